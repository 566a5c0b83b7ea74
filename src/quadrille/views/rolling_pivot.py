"""The pivot's effect in rolling windows."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.coupling.effects import RollingPivot
from quadrille.panel.periods import n_periods, span_name
from quadrille.views import theme
from quadrille.views.forms import signed, yes
from quadrille.views.names import plural, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import band, chance, equals, verdict

__all__ = ["view"]


def _window(p: RollingPivot, k: int) -> str:
    response = band((p.lo90[k], p.median[k], p.hi90[k]), sign=True)
    return f"{_span(p, k)} {response}"


def _span(p: RollingPivot, k: int) -> str:
    return span_name(p.first[k], p.last[k], p.frequency)


def _sentence(p: RollingPivot) -> str:
    """Whether the effect grew or faded."""
    ties = f"{tie_name(p.a, p.b)} to one typical shock in {tie_name(p.a, p.on)}"
    about = f"over {n_periods(p.horizon, p.frequency)}, {p.unit.name}; {source(p.origin)}"
    if len(p.first) < 2:
        return f"Response of {ties}: in the one window, {_window(p, 0)} ({about})."
    undetermined = "Whether the effect grew or faded is undetermined"
    return (
        f"{verdict(p.p_grew, 'The effect grew', 'The effect faded', undetermined)}: P(it is larger in the last window than in the first) {equals(p.p_grew)}. Response of "
        f"{ties}: in {_window(p, 0)}, in {_window(p, -1)} ({about})."
    )


def _grid(p: RollingPivot) -> Grid:
    spans = pl.Series("window", [_span(p, k) for k in range(len(p.first))])
    columns = [
        Column("window", "window"), *interval("median", "response", signed(), ("lo90", "hi90")),
        Column("p_negative", "P(it cools)", chance), Column("trusted", "converged", yes),
    ]  # fmt: skip
    return grid(
        f"Cumulative response, {plural(len(p.first), 'window')}",
        p.to_polars().with_columns(spans),
        columns,
    )


def draw(p: RollingPivot, width: int) -> Any:
    """The response, window by window, at the windows' ends."""
    data = p.to_polars().rename({"lo90": "lo", "median": "value", "hi90": "hi"})
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    x = theme.time_axis(p.last, width, "last", "last period of the window")
    label = "cumulative response"
    shade, line = theme.band_layers(data, x, label, scale)
    dots = alt.Chart(data).mark_circle(color=theme.BLUE, size=30, opacity=1)
    dots = dots.encode(x=x, y=alt.Y("value:Q", title=label, scale=scale))
    title = f"{tie_name(p.a, p.b)} when {tie_name(p.a, p.on)} warms, in rolling windows"
    note = f"line: median; band: 90%; {p.unit.name}; data: {source(p.origin)}"
    layers = (shade, theme.rule(0.0, scale, heading=label), line, dots)
    return theme.panel(layers, width, 180, title, note)


def view(p: RollingPivot) -> View:
    """The windows as people read them."""
    bad = int((~p.trusted).sum())
    return view_of(
        p, f"{the(p.on)}'s effect on {tie_name(p.a, p.b)} over time", (_sentence(p),), draw=draw, grids=(_grid(p),),
        warnings=(f"{p.label}: {bad} of {len(p.first)} windows have not converged",) if bad else (),
        notes=("Windows overlap, so neighbours are not independent.",) if len(p.first) > 1 else (),
        facts={"dyad": f"{p.a}-{p.b}", "on": p.on, "horizon": p.horizon, "unit": p.unit.name, "p_grew": p.p_grew},
        caption="Cumulative response in rolling windows: median and 90% band, at each window's end.",
        states=(p.a, p.b, p.on), periods=(p.first[0], p.last[-1]),
    )  # fmt: skip
