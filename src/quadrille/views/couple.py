"""All ties among some states in one model: where each stands in the last period."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.coupling.result import Coupled
from quadrille.panel.periods import n_periods, period_name
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.model import model_facts, model_notes, span_words
from quadrille.views.names import dash, plural, source, state_list
from quadrille.views.relation import path_columns, path_data
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, view_of
from quadrille.views.words import warmth

__all__ = ["view"]


def _model_sentence(c: Coupled) -> str:
    return (
        f"{plural(len(c.dyads), 'tie')} among {state_list(c.states)} in one model, each acting on the others over "
        f"{n_periods(c.lags, c.frequency)}; {c.facet} in {c.unit.name} ({span_words(c)})."
    )


def _standing(c: Coupled, last: pl.DataFrame) -> str:
    """Which ties are warm, cold and neither in the last period, against what."""
    p, found = pl.col("p_warm"), []
    for warm, rule in ((True, p >= SURE), (False, p <= 1 - SURE)):
        names = ", ".join(map(dash, last.filter(rule)["dyad"]))
        found.append(f"{warmth(warm)} with probability 0.9 or more: {names or 'none'}")
    left = ", ".join(map(dash, last.filter(p.is_between(1 - SURE, SURE, closed="none"))["dyad"]))
    when = period_name(c.periods[-1], c.frequency)
    return f"In {when}, {'; '.join(found)}; undetermined: {left or 'none'}."


def _grid(c: Coupled, last: pl.DataFrame) -> Grid:
    columns = [Column("dyad", "tie", dash), *path_columns(c.unit.label, c.facet)]
    return grid(f"Last period, {period_name(c.periods[-1], c.frequency)}", last, columns)


def draw(c: Coupled, width: int) -> Any:
    """A small panel a tie: median, 90% band, observed periods, neutral level."""
    data = path_data(c, "dyad").with_columns(panel=pl.col("dyad").str.replace("-", "–"))
    _, each = theme.columns_of(width, len(c.dyads))
    scale = theme.value_scale(*theme.span(data, "lo", "hi", "seen", "neutral"), c.unit.bounds)
    unit = c.unit.label
    x = theme.time_axis(c.periods, each)
    band, line = theme.band_layers(data, x, unit, scale)
    base = alt.Chart(data)
    rule = theme.dashed(data, "neutral", scale, unit)
    seen = base.transform_filter(alt.expr.isValid(alt.datum.seen))
    dots = seen.mark_circle(color=theme.GREY, opacity=0.55, size=16)
    dots = dots.encode(x=x, y=theme.on_y("seen", unit, scale))
    return theme.small_multiples(
        (band, rule, line, dots), data, [dash(d) for d in c.dyads], width, 120, f"Ties among {state_list(c.states)}",
        f"line: median; band: 90%; dots: observed; dashed: neutral; data: {source(c.origin)}",
    )  # fmt: skip


def view(c: Coupled) -> View:
    """The coupled model as people read it."""
    last = c.to_polars().filter(period=c.periods[-1])
    standing = _standing(c, last) if c.facet == "cordiality" else ""
    return view_of(
        c, f"Ties among {state_list(c.states)}", (_model_sentence(c), standing), draw=draw, states=c.states,
        grids=(_grid(c, last),), notes=model_notes(c), facts=model_facts(c), checked=(c,),
        caption="Each tie over time: median, 90% band, observed periods as dots.",
    )  # fmt: skip
