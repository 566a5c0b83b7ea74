"""How one tie responds to shocks in each tie."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.coupling.effects import Responses
from quadrille.panel.periods import n_periods, unit_word
from quadrille.views import theme
from quadrille.views.model import model_facts, model_notes, span_words
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, number, signed, warnings_of
from quadrille.views.words import dash, equals, tie_name

__all__ = ["view"]


def _ends(r: Responses) -> pl.DataFrame:
    """Cumulative response at the last horizon, the largest first: ``tie, value, lo, hi, p_negative``."""
    i = r.dyads.index(r.tie)
    return pl.DataFrame(
        {
            "tie": [r.label if d == r.tie else d for d in r.dyads],
            "value": r.cumulative_median[-1, i], "lo": r.cumulative_lo90[-1, i],
            "hi": r.cumulative_hi90[-1, i], "p_negative": r.p_negative[i],
        }
    ).sort(pl.col("value").abs(), descending=True)  # fmt: skip


def _sentence(r: Responses, ends: pl.DataFrame) -> str:
    """The largest response to another tie's shock."""
    others = ends.filter(pl.col("tie") != r.label)
    ahead = n_periods(r.median.shape[0] - 1, r.model.frequency)
    if others.is_empty():
        return f"The model holds no other tie than {tie_name(r.label)} ({span_words(r.model)})."
    top = others.row(0, named=True)
    verdict = (
        "Undetermined, since the 90% band holds both directions: " if top["lo"] <= 0 <= top["hi"] else ""
    )  # fmt: skip
    moved = "cools" if top["value"] < 0 else "warms"
    form = signed()
    return (
        f"{verdict}{'when' if verdict else 'When'} {tie_name(top['tie'])} warms by one typical shock, {tie_name(r.label)} {moved} by "
        f"{number()(abs(top['value']))} in all over {ahead} (90% band {form(top['lo'])} to {form(top['hi'])}; "
        f"{r.model.unit.name}), the largest response to another tie; P(it cools) "
        f"{equals(top['p_negative'])} ({span_words(r.model)})."
    )


def _grid(r: Responses, ends: pl.DataFrame) -> Grid:
    columns = [
        Column("tie", "shock in", dash),
        Column("value", "response", signed()),
        Column("lo", "90% from", signed()),
        Column("hi", "to", signed()),
        Column("p_negative", "P(it cools)", number()),
    ]
    ahead = n_periods(r.median.shape[0] - 1, r.model.frequency)
    return grid(f"Cumulative response of {dash(r.label)} over {ahead}", ends, columns)


def _paths(r: Responses) -> pl.DataFrame:
    i, steps = r.dyads.index(r.tie), r.median.shape[0]
    return pl.concat(
        pl.DataFrame(
            {
                "step": np.arange(steps), "lo": r.cumulative_lo90[:, i, j],
                "value": r.cumulative_median[:, i, j], "hi": r.cumulative_hi90[:, i, j],
            }
        ).with_columns(shock=pl.lit(dash(name)), zero=pl.lit(0.0))
        for j, name in enumerate(r.dyads)
    )  # fmt: skip


def draw(r: Responses, width: int) -> Any:
    """A small panel a shock: cumulative response, median and 90% band."""
    data = _paths(r)
    across = min(1 if width < theme.PHONE else 2 if width < 900 else 3, len(r.dyads))
    each = (width - 60 * (across - 1)) // across
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    heading = f"{unit_word(r.model.frequency, 2)} after the shock"
    x = theme.step_axis("step", range(r.median.shape[0]), each, heading)
    band, line = theme.band_layers(data, x, "response", scale)
    zero = alt.Chart(data).mark_rule(color="#888", strokeDash=[4, 3])
    zero = zero.encode(y=alt.Y("zero:Q", title="response", scale=scale))
    facet = alt.Facet("shock:N", title=None, sort=[dash(d) for d in r.dyads])
    return theme.figure(
        alt.layer(band, zero, line, data=data)
        .properties(width=each, height=110)
        .facet(facet, columns=across)
        .properties(
            title=theme.title(
                f"Cumulative response of {tie_name(r.label)} to one typical shock in each tie", width,
                f"line: median; band: 90%; {r.model.unit.name}; {r.identification.split(' (')[0]}",
                f"data: {r.model.origin}",
            )
        )
    )  # fmt: skip


def view(r: Responses) -> View:
    """Responses of one tie as people read them."""
    m, ends = r.model, _ends(r)
    return View(
        kind="responses", title=f"What moves {tie_name(r.label)}", sentences=(_sentence(r, ends),), rows=r.to_polars(),
        grids=(_grid(r, ends),), warnings=warnings_of([m]),
        notes=(f"Shocks are {dash(r.identification)}.", *model_notes(m)),
        diagnostics=(f"Draws: {m.diagnostics.line()}",),
        facts={
            "dyad": r.label, "horizon": r.median.shape[0] - 1, "identification": r.identification,
            "cumulative": ends, "model": model_facts(m),
        },
        draw=lambda width: draw(r, width),
        caption=f"Cumulative response of {tie_name(r.label)} to one typical shock in each tie: median and 90% band.",
        data=m.origin, states=(r.a, r.b), frequency=m.frequency, periods=(m.periods[0], m.periods[-1]),
    )  # fmt: skip
