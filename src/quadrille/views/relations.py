"""Every dyad of the data: how many are warm, which lie highest and lowest, and whether the fit can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.measure.result import Measurement
from quadrille.panel.periods import n_periods, period_name, span_name, unit_word
from quadrille.views import theme
from quadrille.views.forms import count, signed
from quadrille.views.names import plural, source, tie_name
from quadrille.views.theme import alt
from quadrille.views.ties import end_grids, sure_of
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import chance, neutral_notes

__all__ = ["view"]

_FEW, _MANY = 20, 10
_BANDS = ((0.05, 0.95, 0.18), (0.25, 0.75, 0.3))


def _named(m: Measurement) -> pl.DataFrame:
    """The dyads in the last period, with their names."""
    table = m.standing()
    dyads = [tie_name(a, b) for a, b in table.select("state_a", "state_b").iter_rows()]
    seen = [period_name(p, m.frequency) for p in table["last_seen"]]
    return table.with_columns(
        pl.Series("dyad", dyads, dtype=pl.String), pl.Series("last_seen", seen, dtype=pl.String)
    )


def _answer(m: Measurement, table: pl.DataFrame) -> str:
    """How many dyads, of what, and how many are surely warm or cold."""
    when = period_name(m.periods[-1], m.frequency)
    span = span_name(m.periods[0], m.periods[-1], m.frequency)
    about = (
        f"{plural(len(m.dyads), 'dyad')} of {len(m.states)} states, {span}: "
        f"{m.observations.facet}, shown as {m.unit.label} ({source(m.origin)})."
    )
    if m.observations.facet != "cordiality":
        return about
    warm, cold = sure_of(table)
    return (
        f"{about} In {when} {warm:,} are warm and {cold:,} cold with probability 0.9 or more; "
        f"{table.height - warm - cold:,} are undetermined."
    )


def _seen(m: Measurement) -> str:
    cells = int(np.sum(~np.isnan(m.y)))
    return (
        f"Observed: {cells:,} of {m.y.size:,} dyad-{unit_word(m.frequency, 2)} ({100 * cells / m.y.size:.0f}%), {n_periods(len(m.periods), m.frequency)}; "
        f"{int((~np.isnan(m.y[:, -1])).sum()):,} dyads in the last."
    )


def _grids(m: Measurement, table: pl.DataFrame) -> tuple[Grid, ...]:
    columns = [
        Column("dyad", "dyad"), *interval("shown", m.unit.label, signed()),
        *([Column("p_warm", "P(warm)", chance)] if m.observations.facet == "cordiality" else []),
        Column("last_seen", "last observed"), Column("events", "events", count),
    ]  # fmt: skip
    columns = [c for c in columns if c.name != "events" or table["events"].sum()]
    when = period_name(m.periods[-1], m.frequency)
    if table.height <= _FEW:
        return (grid(f"Dyads in {when}", table.sort("shown", descending=True), columns),)
    warm = m.observations.facet == "cordiality"
    names = ("Warmest", "Coldest") if warm else ("Highest", "Lowest")
    return end_grids(table, _MANY, when, columns, names)


def _draw_few(m: Measurement, width: int) -> Any:
    """Every dyad in the last period with its band."""
    data = (
        _named(m)
        .sort("shown", descending=True)
        .select(name="dyad", value="shown", lo="shown_lo90", hi="shown_hi90", kind=pl.lit("dyad"))
    )
    level = float(m.unit.shown(m.neutral))
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(level,)), m.unit.bounds)
    title = f"Dyads in {period_name(m.periods[-1], m.frequency)}"
    titles = (title, "median and 90% band; dashed: neutral", f"data: {source(m.origin)}")
    colours = {"dyad": theme.BLUE}
    return theme.interval_chart(data, m.unit.label, width, colours, scale, titles, level)


def _draw_many(m: Measurement, width: int) -> Any:
    """How the dyads are spread in each period."""
    shown = m.unit.shown(m.mean)
    shares = [0.5, *(q for low, high, _ in _BANDS for q in (low, high))]
    data = pl.DataFrame(
        {"period": pl.Series(m.periods, dtype=pl.Date)}
        | {f"q{100 * q:.0f}": np.quantile(shown, q, axis=0) for q in shares}
    )
    level = float(m.unit.shown(m.neutral))
    scale = theme.value_scale(*theme.span(data, *data.columns[1:], include=(level,)), m.unit.bounds)
    x, base = theme.time_axis(m.periods, width), alt.Chart(data)
    areas = [
        base.mark_area(color=theme.BLUE, opacity=opacity).encode(
            x=x, y=theme.on_y(f"q{100 * low:.0f}", m.unit.label, scale), y2=f"q{100 * high:.0f}:Q"
        )
        for low, high, opacity in _BANDS
    ]
    line = base.mark_line(color=theme.BLUE, strokeWidth=2)
    line = line.encode(x=x, y=theme.on_y("q50", m.unit.label, scale))
    note = "line: median dyad; bands: the middle half and the middle 90% of dyads; dashed: neutral"
    layers = [*areas, theme.rule(level, scale, heading=m.unit.label), line]
    heading = f"Spread of {len(m.dyads):,} dyads"
    return theme.panel(layers, width, 240, heading, note, f"data: {source(m.origin)}")


def _facts(m: Measurement, table: pl.DataFrame) -> dict[str, Any]:
    return {
        "facet": m.observations.facet, "unit": m.unit.name, "shown": m.unit.label, "neutral": m.neutral,
        "dyads": len(m.dyads), "states": len(m.states), "converged": int(m.converged.sum()),
        "prior": {"dyads": m.prior.dyads, "rounds": m.prior.rounds, "converged": m.prior.converged},
        "last": table.drop("dyad"),
    }  # fmt: skip


def view(m: Measurement) -> View:
    """The measurement as people read it."""
    table, few = _named(m), len(m.dyads) <= _FEW
    settled = "settled" if m.prior.converged else "did not settle"
    fits = int(m.converged.sum())
    return view_of(
        m, f"All dyads: {m.unit.label}", (_answer(m, table), _seen(m)), facts=_facts(m, table), grids=_grids(m, table),
        notes=(
            *(neutral_notes(m) if m.observations.facet == "cordiality" else ()),
            "A dyad that was last observed long ago rests on the model alone since then: its band is wide.",
        ),
        warnings=() if m.prior.converged else (f"The prior did not settle in {m.prior.rounds} rounds.",),
        diagnostics=("The levels are the index's own; nothing is fitted.",) if m.prior.known else (
            f"Prior: learnt from {m.prior.dyads:,} dyads, {settled} after {m.prior.rounds} rounds.",
            f"Fits: {fits:,} of {len(m.dyads):,} dyads converged.",
        ),
        draw=_draw_few if few else _draw_many,
        caption="Dyads in the last period: median and 90% band." if few else "How the dyads are spread in each period.",
    )  # fmt: skip
