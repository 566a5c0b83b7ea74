"""Where a tie goes if it moves as it has."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.panel.periods import period_name, unit_word
from quadrille.readings.outlook import Outlook
from quadrille.views import theme
from quadrille.views.forms import signed
from quadrille.views.names import source, tie_name
from quadrille.views.relation import path_data
from quadrille.views.view import Column, Grid, View, grid, interval, period_column, view_of
from quadrille.views.words import band, chance, neutral_words

__all__ = ["view"]

_PAST, _ROWS = 15, 5  # periods drawn before the forecast; rows of the table


def _sentence(o: Outlook) -> str:
    f, last = o.tie.frequency, o.to_polars().row(-1, named=True)
    level = band([last["shown_lo90"], last["shown"], last["shown_hi90"]], sign=True)
    now = chance(float((o.tie.draws[:, -1] > o.tie.neutral).mean()))
    return (
        f"If {tie_name(o.label)} moves as it has, its {o.tie.unit.label} is {level} in {period_name(last['period'], f)}, and P(warm) "
        f"{chance(last['p_warm'])}, after {now} in {period_name(o.tie.periods[-1], f)} ({source(o.tie.origin)})."
    )


def _grid(o: Outlook) -> Grid:
    rows = o.to_polars()
    step = -(-rows.height // _ROWS)
    shown = rows.with_row_index().filter((rows.height - 1 - pl.col("index")) % step == 0)
    columns = [
        period_column(o.tie.frequency), *interval("shown", o.tie.unit.label, signed()), Column("p_warm", "P(warm)", chance)
    ]  # fmt: skip
    return grid(f"{tie_name(o.label)}, the {unit_word(o.tie.frequency, 2)} to come", shown, columns)


def draw(o: Outlook, width: int) -> Any:
    """The last periods and those to come, on one scale."""
    past = path_data(o.tie).tail(_PAST).with_columns(when=pl.lit("estimated"))
    lo, mid, hi = o.path
    ahead = theme.bands(o.periods, (lo, mid, hi))
    joint = past.tail(1).select("period", "lo", "value", "hi")
    ahead = pl.concat([joint, ahead.select(joint.columns)])
    neutral = float(o.tie.unit.shown(o.tie.neutral))
    both = pl.concat([past.select(joint.columns), ahead])
    scale = theme.value_scale(*theme.span(both, "lo", "hi", include=(neutral,)), o.tie.unit.bounds)
    x, label = theme.time_axis(both["period"].unique().sort(), width), o.tie.unit.label
    layers = [
        *theme.band_layers(past, x, label, scale), *theme.band_layers(ahead, x, label, scale, theme.ORANGE),
        theme.rule(neutral, scale, heading=label),
    ]  # fmt: skip
    note = f"blue: estimated; orange: to come; line: median; band: 90%; dashed: neutral ({neutral_words(o.tie)})"
    data = f"data: {source(o.tie.origin)}"
    return theme.panel(layers, width, 160, f"Outlook of {tie_name(o.label)}", note, data)


def view(o: Outlook) -> View:
    """The outlook as people read it."""
    return view_of(
        o, f"Outlook of {tie_name(o.label)}", (_sentence(o),), o.tie, draw, (o.tie,), (_grid(o),),
        states=(o.tie.state_a, o.tie.state_b), periods=(o.periods[0], o.periods[-1]),
        facts={"dyad": o.label, "p_warm": float(o.p_warm[-1]), "p_stays": float(o.p_stays[-1]), "period": o.periods[-1]},
        notes=("The tie's own autoregression from each path; nothing but its past is in it.",),
        caption=f"{tie_name(o.label)}: the last {min(_PAST, len(o.tie.periods))} {unit_word(o.tie.frequency, 2)} and the forecast, with 90% bands.",
    )  # fmt: skip
