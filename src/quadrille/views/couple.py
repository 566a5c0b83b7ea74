"""All ties among some states in one model: where each stands in the last period."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.coupling.result import Coupled
from quadrille.panel.periods import n_periods, period_name
from quadrille.views import theme
from quadrille.views.model import model_facts, model_notes, span_words, state_list
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, count, grid, number, signed, warnings_of
from quadrille.views.words import dash

__all__ = ["view"]

_SURE = 0.9


def _model_sentence(c: Coupled) -> str:
    ties = f"{len(c.dyads)} tie{'s' if len(c.dyads) > 1 else ''}"
    return (
        f"{ties} among {state_list(c.states)} in one model, each acting on the others over "
        f"{n_periods(c.lags, c.frequency)}; {c.facet} in {c.unit.name} ({span_words(c)})."
    )


def _standing(c: Coupled, last: pl.DataFrame) -> str:
    """Which ties are warm, cold and neither in the last period, against what."""
    line = "the neutral level" if c.neutral == 0.0 else (
        f"the median dyad of these data ({signed()(float(c.unit.shown(c.neutral)))})"
    )  # fmt: skip
    p = pl.col("p_warm")
    parts = []
    for word, rule in (("warmer", p >= _SURE), ("colder", p <= 1 - _SURE)):
        names = ", ".join(map(dash, last.filter(rule)["dyad"]))
        parts.append(f"{word} than {line} with probability 0.9 or more: {names or 'none'}")
    left = ", ".join(map(dash, last.filter(p.is_between(1 - _SURE, _SURE, closed="none"))["dyad"]))
    when = period_name(c.periods[-1], c.frequency)
    return f"In {when}, {'; '.join(parts)}; undetermined: {left or 'none'}."


def _grid(c: Coupled, last: pl.DataFrame) -> Grid:
    columns = [
        Column("dyad", "tie", dash),
        Column("shown", c.unit.label, signed()),
        Column("shown_lo90", "90% from", signed()),
        Column("shown_hi90", "to", signed()),
        *([Column("p_warm", "P(warm)", number())] if c.facet == "cordiality" else []),
        Column("shown_y", "observed", signed()),
        Column("n", "events", count),
    ]
    return grid(f"Last period, {period_name(c.periods[-1], c.frequency)}", last, columns)


def draw(c: Coupled, width: int) -> Any:
    """A small panel a tie: median, 90% band, observed periods, neutral level."""
    neutral = float(c.unit.shown(c.neutral))
    data = c.to_polars().select(
        "period", tie=pl.col("dyad").str.replace("-", "–"), value="shown", lo="shown_lo90",
        hi="shown_hi90", seen="shown_y", neutral=pl.lit(neutral),
    )  # fmt: skip
    across = 1 if width < theme.PHONE else 2 if width < 900 else 3
    across = min(across, len(c.dyads))
    each = (width - 60 * (across - 1)) // across
    scale = theme.value_scale(*theme.span(data, "lo", "hi", "seen", "neutral"), c.unit.bounds)
    x, y = theme.time_axis(c.periods, each), alt.Y("seen:Q", title=c.unit.label, scale=scale)
    band, line = theme.band_layers(data, x, c.unit.label, scale)
    base = alt.Chart(data)
    rule = base.mark_rule(color="#888", strokeDash=[4, 3]).encode(
        y=alt.Y("neutral:Q", title=c.unit.label, scale=scale)
    )
    dots = base.transform_filter(alt.expr.isValid(alt.datum.seen)).mark_circle(
        color=theme.GREY, opacity=0.55, size=16
    )
    panel = alt.layer(band, rule, line, dots.encode(x=x, y=y), data=data).properties(
        width=each, height=120
    )
    facet = alt.Facet("tie:N", title=None, sort=[dash(d) for d in c.dyads])
    return theme.figure(
        panel.facet(facet, columns=across).properties(
            title=theme.title(
                f"Ties among {state_list(c.states)}", width,
                f"line: median; band: 90%; dots: observed; dashed: neutral; data: {c.origin}",
            )
        )
    )  # fmt: skip


def view(c: Coupled) -> View:
    """The coupled model as people read it."""
    last = c.to_polars().filter(period=c.periods[-1])
    return View(
        kind="couple", title=f"Ties among {state_list(c.states)}", rows=c.to_polars(),
        sentences=(_model_sentence(c), _standing(c, last)) if c.facet == "cordiality" else (_model_sentence(c),),
        grids=(_grid(c, last),), notes=model_notes(c), warnings=warnings_of([c]),
        diagnostics=(f"Draws: {c.diagnostics.line()}",), facts=model_facts(c),
        draw=lambda width: draw(c, width),
        caption="Each tie over time: median, 90% band, observed periods as dots.", data=c.origin,
        states=c.states, frequency=c.frequency, periods=(c.periods[0], c.periods[-1]),
    )  # fmt: skip
