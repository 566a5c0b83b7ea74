"""Sentences an analyst can publish, each with its interval, n, data and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from quadrille.measure.result import Relation

__all__ = ["SinceWhen", "neutral_words", "period_name", "since_when", "tie_sentence"]


@dataclass(frozen=True, slots=True)
class SinceWhen:
    """How long a tie has had its present sign.

    Attributes
    ----------
    warm : bool
        Sign of the larger share of draws in the last period.
    probability : float
        Share of draws with that sign in the last period.
    early, median, late : date
        5%, 50% and 95% points, over draws of that sign, of the first period of the present run.
    """

    warm: bool
    probability: float
    early: date
    median: date
    late: date


def period_name(day: date, frequency: str) -> str:
    """``2011``, ``2011-05`` or ``2011-05-02``, as fine as the panel."""
    return day.strftime({"Y": "%Y", "Q": "%Y-%m", "M": "%Y-%m", "D": "%Y-%m-%d"}[frequency])


def since_when(tie: Relation) -> SinceWhen:
    """Date the start of the present sign on posterior draws, so that it is a distribution."""
    positive = tie.draws > tie.neutral
    warm = bool(positive[:, -1].mean() >= 0.5)
    now = positive[positive[:, -1] == warm]
    broken = now[:, ::-1] != warm
    run = np.where(broken.any(axis=1), broken.argmax(axis=1), now.shape[1])
    start = now.shape[1] - run
    early, middle, late = (
        tie.periods[int(i)] for i in np.quantile(start, (0.05, 0.5, 0.95), method="nearest")
    )
    return SinceWhen(warm, now.shape[0] / positive.shape[0], early, middle, late)


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
        first = period_name(start.median, tie.frequency)
        lo, hi = (period_name(d, tie.frequency) for d in (start.early, start.late))
        spread = f" (90% interval {lo} to {hi})" if lo != hi else ""
        bound = " or before" if start.median == tie.periods[0] else ""
        verdict = f"{word} with probability {_chance(sure)}, since {first}{bound}{spread}"
    level = (
        f"{tie.unit.label} {last['shown']:+.2f} "
        f"(90% band {last['shown_lo90']:+.2f} to {last['shown_hi90']:+.2f})"
    )
    return f"{names[0]}–{names[1]} in {when}: {verdict}; {level}; {_evidence(tie)}."


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
