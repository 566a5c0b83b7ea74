"""Episodes, their synchrony and the dance in sentences, each with interval and chance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from quadrille.panel.periods import period_name
from quadrille.readings.dance import Dance
from quadrille.readings.episodes import Episode, Episodes
from quadrille.readings.regimes import TieRegimes
from quadrille.readings.synchrony import Coincidence, Synchrony

__all__ = [
    "dance_sentence",
    "disagreements",
    "episode_lines",
    "episode_sentence",
    "rules_sentence",
    "synchrony_lines",
]

_SURE = 0.05


def _dated(points: tuple[date, date, date], frequency: str) -> str:
    low, mid, high = (period_name(p, frequency) for p in points)
    return mid if low == high else f"{mid} ({low} to {high})"


def episode_sentence(e: Episode, frequency: str) -> str:
    """One episode: kind, dates with 90% bands, amplitude, and how many draws hold it."""
    start, end = _dated(e.start, frequency), _dated(e.end, frequency)
    if e.p_open > 0.5:
        start = f"{period_name(e.start[1], frequency)} or before"
    if e.p_ongoing > 0.5:
        end = f"{period_name(e.end[1], frequency)}, where the record ends"
    low, mid, high = e.amplitude
    sure = "" if e.probability >= 0.5 else ", undetermined"
    return (
        f"{e.kind} from {start} to {end}, by {mid:.2f} ({low:.2f} to {high:.2f}), "
        f"in {e.probability:.0%} of draws{sure}"
    )


def rules_sentence(found: Episodes) -> str:
    """What counts as an episode here."""
    unit = {"D": "days", "M": "months", "Q": "quarters", "Y": "years"}[found.tie.frequency]
    return (
        f"An episode lasts at least {found.least_length} {unit} and moves the tie by at least "
        f"{found.least_amplitude:.2f} ({found.tie.unit.name}); dates are turning points, medians with "
        "90% bands over the draws that hold it."
    )


def disagreements(found: Episodes, other: TieRegimes) -> list[str]:
    """Where the reading by two regimes and the dated episodes differ."""
    f = found.tie.frequency
    low, high = other.levels
    worth = (
        f"two levels, {low:+.2f} and {high:+.2f}, are worth their parameters"
        if other.bic_gain > 0
        else "the data do not ask for two levels, so this reading is weak"
    )
    lines = [
        f"Read as a tie that jumps between two regimes: {worth} (BIC gain {other.bic_gain:.1f})."
    ]
    within = [
        f"{e.kind} of {period_name(e.start[1], f)} to {period_name(e.end[1], f)}"
        for e in found.items
        if not other.agrees(e)
    ]
    if within:
        lines.append(f"Episodes without a change of regime: {', '.join(within)}.")
    outside = [
        period_name(day, f)
        for day in other.jumps()
        if not any(e.start[1] <= day <= e.end[1] for e in found.items)
    ]
    if outside:
        lines.append(f"Changes of regime outside any episode: {', '.join(outside)}.")
    return lines


def _move(row: Mapping[str, Any], frequency: str) -> str:
    if "text" in row:
        return f"{row['date']:%Y}: {row['text']} ({row['move']:+.2f})"
    return f"{period_name(row['period'], frequency)} ({row['move']:+.2f})"


def episode_lines(found: Episodes, carried: pl.DataFrame, other: TieRegimes) -> list[str]:
    """The whole reading for a screen."""
    f = found.tie.frequency
    lines = [f"{found.tie.label}, {found.tie.origin}. {rules_sentence(found)}"]
    if not found.items:
        lines.append("No episode is held by enough draws.")
    for k, e in enumerate(found.items):
        lines.append(f"{_sentence(episode_sentence(e, f))}.")
        rows = carried.filter(pl.col("episode") == k).iter_rows(named=True)
        lines += [f"    {_move(row, f)}" for row in rows]
    return lines + disagreements(found, other)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _verdict(c: Coincidence) -> str:
    if not (c.precursor == c.precursor and c.trigger == c.trigger):
        return f"{c.question}: no turning points to compare"
    best = min(c.precursor_p, c.trigger_p)
    word = "more often than by chance" if best <= _SURE else "no more often than by chance"
    return (
        f"{c.question}: {c.precursor:.0%} of them (expected {c.precursor_null:.0%}, "
        f"p = {c.precursor_p:.2f}); {c.trigger:.0%} of the other's turns are followed by one "
        f"(expected {c.trigger_null:.0%}, p = {c.trigger_p:.2f}): {word}"
    )


def synchrony_lines(made: Synchrony) -> list[str]:
    """The comparison for a screen."""
    return [
        *(f"{_sentence(_verdict(c))}." for c in (made.begin, made.end)),
        f"p: share of {made.shifts} circular shifts of the other tie with a rate at least as high; "
        "four tests, no correction. Rates are over all draws of both ties.",
    ]


def dance_sentence(d: Dance) -> str:
    """The last period: index, camps, ties that would flip, and what the draws say."""
    when = period_name(d.periods[-1], d.ties[0].frequency)
    near, far = d.camps_of(len(d.periods) - 1)
    camps = f"{', '.join(near)} against {', '.join(far)}" if far else "all in one camp"
    flips = ", ".join(d.flips_of(len(d.periods) - 1)) or "none"
    proof = "proven optimal" if d.proven[-1] else f"not proven optimal, at least {d.bound[-1]}"
    return (
        f"{'–'.join(d.states)} in {when}: by the likelier signs {d.value[-1]} of {len(d.pairs)} known "
        f"ties would have to flip for balance ({proof}): {flips}; camps: {camps}. Over draws: "
        f"{d.expected[-1]:.1f} ties (90% band {d.lo90[-1]:.0f} to {d.hi90[-1]:.0f}), balanced with "
        f"probability {d.balanced[-1]:.2f}; signs by coin toss would give {d.chance:.1f}."
    )
