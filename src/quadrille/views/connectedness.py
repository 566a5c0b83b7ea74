"""Who moves whom: how much of each tie's forecast variance comes from which other tie."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.coupling.effects import Connectedness
from quadrille.panel.periods import n_periods
from quadrille.views import theme
from quadrille.views.forms import number, signed, signed_percent
from quadrille.views.model import model_facts, model_notes, span_words
from quadrille.views.names import dash, source, state_list, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, view_of
from quadrille.views.words import percents

__all__ = ["view"]

_LEGIBLE = 26  # pixels of a cell that holds a number


def _sentences(c: Connectedness) -> tuple[str, ...]:
    ahead = n_periods(c.horizon, c.model.frequency)
    whole = (
        f"Over {ahead}, {percents(c.total)} of the forecast variance of the ties among "
        f"{state_list(c.model.states)} comes from other ties ({span_words(c.model)})."
    )
    if len(c.dyads) < 2:
        return (whole,)
    k = int(c.net[1].argmax())
    low, middle, high = map(signed_percent(), c.net[:, k])
    band, tie = f"(90% band {low} to {high})", tie_name(c.dyads[k])
    if c.net[0, k] > 0:
        return (whole, f"{tie} gives most: {middle} more than it gets {band}.")
    return (
        whole,
        f"Which tie gives most is undetermined: {tie}, first by its median, gives {middle} more than "
        f"it gets {band}.",
    )


def _share(name: str, head: str, form: Any) -> Column:
    """A share of the variance with its band, in per cent."""
    return Column(
        (name, f"{name}_lo90", f"{name}_hi90"), head,
        lambda mid, lo, hi: f"{form(100 * mid)}% ({form(100 * lo)} to {form(100 * hi)})",
    )  # fmt: skip


def _grid(c: Connectedness) -> Grid:
    columns = [
        Column("dyad", "tie", dash), _share("received", "from others", number(0)),
        _share("sent", "to others", number(0)), _share("net", "net given", signed(0)),
    ]  # fmt: skip
    ahead = n_periods(c.horizon, c.model.frequency)
    return grid(
        f"Shares of forecast variance over {ahead}, median (90% band)", c.to_polars(), columns
    )


def draw(c: Connectedness, width: int) -> Any:
    """Median shares, a cell a pair."""
    names = [dash(d) for d in c.dyads]
    data = c.pairs().with_columns(
        pl.col("dyad", "dyad_from").str.replace("-", "–"),
        other=pl.col("dyad") != pl.col("dyad_from"),
    )
    size = min(52, max(8, (width - 20) // len(names)))
    font = 11 if size >= 14 else 7
    base = alt.Chart(data).encode(
        x=alt.X("dyad_from:N", sort=names, title="shock in",
                axis=alt.Axis(labelAngle=-60, labelFontSize=font, labelOverlap=False)),
        y=alt.Y("dyad:N", sort=names, title="share of forecast variance of",
                axis=alt.Axis(labelFontSize=font, labelOverlap=False)),
    )  # fmt: skip
    top = float(data.filter("other")["share"].max() or 1.0)  # type: ignore[arg-type]
    colour = alt.Color(
        "share:Q", title="median share", scale=alt.Scale(scheme="blues", domain=[0, top]),
        legend=alt.Legend(format=".0%", orient="bottom", values=[0, top], gradientLength=120),
    )  # fmt: skip
    layers = [base.transform_filter("datum.other").mark_rect().encode(color=colour)]
    if size >= _LEGIBLE:
        text = base.mark_text(fontSize=11).encode(text=alt.Text("share:Q", format=".0%"))
        light = text.transform_filter(f"datum.other && datum.share > {0.6 * top}")
        dark = text.transform_filter(f"!datum.other || datum.share <= {0.6 * top}")
        layers += [
            light.encode(color=alt.ColorValue("white")),
            dark.encode(color=alt.ColorValue("#333")),
        ]
    heading = theme.title(
        f"Who moves whom, over {n_periods(c.horizon, c.model.frequency)}", width,
        f"{percents(c.total)} of forecast variance comes from other ties",
        f"{c.identification.split(' (')[0]} shocks; data: {source(c.model.origin)}",
    )  # fmt: skip
    side = size * len(names)
    return alt.layer(*layers, width=side, height=side, title=heading)


def view(c: Connectedness) -> View:
    """Connectedness as people read it."""
    m = c.model
    lo, mid, hi = (float(v) for v in c.total)
    return view_of(
        c, f"Who moves whom among {state_list(m.states)}", _sentences(c), m, draw, (m,), grids=(_grid(c),),
        notes=(
            f"Shocks are {dash(c.identification)}.",
            "Shares are never zero: with short data they stay near the prior's. Compare ties with each other.",
            *model_notes(m),
        ),
        facts={
            "horizon": c.horizon, "identification": c.identification, "total": mid, "total_lo90": lo,
            "total_hi90": hi, "pairs": c.pairs(), "model": model_facts(m),
        },
        caption="Median share of each tie's forecast variance that comes from a shock in another tie.",
        states=m.states,
    )  # fmt: skip
