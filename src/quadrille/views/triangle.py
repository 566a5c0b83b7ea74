"""A strategic triangle: which of Dittmer's types, who is the pivot, and since when."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.panel.periods import n_periods, period_name, span_name
from quadrille.readings.triangle import TYPES, Triangle, transitions
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.forms import last_of, number
from quadrille.views.names import name, source, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, period_column, view_of
from quadrille.views.words import chance, hole_notes, neutral_notes

__all__ = ["DEFINED", "draw", "type_colour", "view"]

_ROWS, _RUNS = 12, 12
_WARM = ("no tie is warm", "one tie is warm", "two ties are warm", "all three ties are warm")
DEFINED = dict(zip(TYPES, _WARM, strict=True))


def type_colour(width: int) -> alt.Color:
    """A colour for each type."""
    colours = (theme.VERMILION, theme.ORANGE, theme.LIGHT_BLUE, theme.GREEN)
    legend = theme.legend_of(2 if width < theme.PHONE else 4)
    return theme.colours_of("type", dict(zip(TYPES, colours, strict=True)), legend)


def _kind(likeliest: str, pivot: str | None) -> str:
    return f"{likeliest}, pivot {name(pivot)}" if pivot else likeliest


def _verdict(t: Triangle) -> str:
    f = t.ties[0].frequency
    first, _, likeliest, pivot = t.runs()[-1]
    kind, p = _kind(likeliest, pivot), float(t.types[-1].max())
    meaning = DEFINED[likeliest]
    if likeliest == "stable marriage":
        meaning += f", likeliest {tie_name(t.ties[int(t.p_warm[:, -1].argmax())].label)}"
    about = f"{tie_name(t.label)} in {period_name(t.periods[-1], f)}"
    if p < SURE:
        return f"{about}: undetermined; the likeliest type, {kind} ({meaning}), has probability {chance(p)}, less than 0.9."
    since = f"since {period_name(t.periods[first], f)}" if first else "in the whole record"
    return f"{about}: {kind} ({meaning}) with probability {chance(p)}; the likeliest type {since}."


def _warmth(t: Triangle) -> str:
    each = (
        f"{tie_name(tie.label)} {chance(float(p))}"
        for tie, p in zip(t.ties, t.p_warm[:, -1], strict=True)
    )
    last = t.ties[0]
    return f"P(warm) of its ties in {period_name(t.periods[-1], last.frequency)}: {', '.join(each)} ({source(last.origin)})."


def _run_grid(t: Triangle) -> Grid:
    f, runs = t.ties[0].frequency, t.runs()
    rows = []
    for first, last, likeliest, pivot in runs[-_RUNS:]:
        p = t.types[first : last + 1].max(axis=1)
        low, high = chance(float(p.min())), chance(float(p.max()))
        rows.append((
            span_name(t.periods[first], t.periods[last], f), _kind(likeliest, pivot), low if low == high else f"{low} to {high}"
        ))  # fmt: skip
    heads = ("when", "likeliest type", "its probability")
    title = f"Runs of the likeliest type{last_of(_RUNS, len(runs))}"
    return Grid(title, heads, tuple(rows), (True, True, False))


def _period_grid(t: Triangle) -> Grid:
    f = t.ties[0].frequency
    columns = [
        period_column(f),
        *(Column(k, k, chance) for k in TYPES),
        Column("ties_observed", "ties observed", number(0)),
    ]
    shown = f"the last {_ROWS} of " if len(t.periods) > _ROWS else ""
    title = f"Probability of each type: {shown}{n_periods(len(t.periods), f)}"
    return grid(title, t.to_polars().tail(_ROWS), columns)


def boxes(t: Triangle) -> pl.DataFrame:
    """One box a period and type, stacked from 0 to 1."""
    top = t.types.cumsum(axis=1).clip(0.0, 1.0)
    low = (top - t.types).clip(0.0, 1.0)
    period = pl.Series("period", t.periods, dtype=pl.Date)
    return pl.concat(
        pl.DataFrame(
            {"period": period, "low": low[:, k], "high": top[:, k], "type": [kind] * len(t.periods)}
        )
        for k, kind in enumerate(TYPES)
    ).with_columns(theme.period_end(t.ties[0].frequency))


def draw(t: Triangle, width: int) -> Any:
    """Probabilities of the types, stacked, period by period."""
    chart = alt.Chart(boxes(t)).mark_rect(stroke=None).encode(
        x=theme.time_axis(t.periods, width), x2=alt.X2("until:T"),
        y=theme.on_y("low", "probability", theme.unit_scale()), y2=alt.Y2("high:Q"), color=type_colour(width),
    )  # fmt: skip
    notes = ("probability of each type of triangle", f"data: {source(t.ties[0].origin)}")
    return theme.panel(chart, width, 160, tie_name(t.label), *notes)


def view(t: Triangle) -> View:
    """The triangle as people read it."""
    tie = t.ties[0]
    return view_of(
        t, f"The triangle {tie_name(t.label)}", (_verdict(t), _warmth(t)), tie, draw, t.ties, states=t.states,
        facts={"ties": [x.label for x in t.ties], "types": TYPES, "transitions": transitions(t),
               "neutral": tie.neutral, "unit": tie.unit.name},
        grids=(_run_grid(t), _period_grid(t)),
        notes=(
            *neutral_notes(tie),
            *hole_notes(t.ties),
            "A type is given as found from probability 0.9 on; below it is undetermined. The runs show the likeliest "
            "type, however likely.",
            "A tie that was not observed in a period rests on its neighbours in time.",
        ),
        caption=f"{tie_name(t.label)}: probability of each type of triangle, period by period.", periods=t.periods,
    )  # fmt: skip
