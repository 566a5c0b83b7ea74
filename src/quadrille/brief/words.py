"""Sentences an analyst can publish, each with its interval, n, data and date."""

from __future__ import annotations

import numpy as np

from quadrille.measure.result import Relation
from quadrille.measure.since import SinceWhen, since_when
from quadrille.panel.periods import period_name

__all__ = ["neutral_words", "tie_sentence"]


def tie_sentence(tie: Relation, names: tuple[str, str]) -> str:
    """State in one or two sentences how warm a tie is, and since when.

    Parameters
    ----------
    tie : Tie
        Measured on cordiality.
    names : tuple of str
        Names of the two states, for the text.
    """
    last = tie.to_polars().row(-1, named=True)
    when = period_name(tie.periods[-1], tie.frequency)
    start = since_when(tie)
    if max(last["p_warm"], 1 - last["p_warm"]) < 0.9:
        verdict = f"warm or cold is undetermined (P(warm) = {last['p_warm']:.2f})"
    else:
        word = "warm" if start.warm else "cold"
        sure = last["p_warm"] if start.warm else 1 - last["p_warm"]
        verdict = f"{word} with probability {_chance(sure)}, {_since(start, tie.frequency)}"
    level = (
        f"{tie.unit.label} {last['shown']:+.2f} "
        f"(90% band {last['shown_lo90']:+.2f} to {last['shown_hi90']:+.2f})"
    )
    return f"{names[0]}–{names[1]} in {when}: {verdict}; {level}; {_evidence(tie)}."


def _since(start: SinceWhen, frequency: str) -> str:
    lo, hi = (period_name(d, frequency) for d in (start.early, start.late))
    spread = f" (90% interval {lo} to {hi})" if lo != hi else ""
    if start.open:
        return f"since {period_name(start.median, frequency)} or before{spread}"
    if start.hole is None:
        return f"since {period_name(start.median, frequency)}{spread}"
    first, last = (period_name(d, frequency) for d in start.hole)
    inside = f"since some time between {first} and {last}, when nothing was observed"
    return inside if (lo, hi) == (first, last) else inside + spread


def neutral_words(tie: Relation) -> str:
    """What warm means for this tie."""
    if tie.neutral == 0.0:
        return "warm: more cooperation than conflict"
    level = float(tie.unit.shown(tie.neutral))
    return f"warm: above the world's median tie, {tie.unit.label} {level:+.2f}"


def _chance(p: float) -> str:
    return "> 0.99" if p > 0.99 else f"{p:.2f}"


def _evidence(tie: Relation) -> str:
    seen = int(np.sum(~np.isnan(tie.y)))
    total = np.nansum(tie.n)
    what = f"{total:,.0f} events" if total > 0 else "scores without counts"
    idle = len(tie.periods) - 1 - int(np.flatnonzero(~np.isnan(tie.y))[-1])
    note = f", none in the last {idle}" if idle else ""
    return f"{what} in {seen} of {len(tie.periods)} periods{note} ({tie.origin})"
