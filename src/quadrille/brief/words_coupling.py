"""Sentences about coupled ties."""

from __future__ import annotations

from quadrille.coupling.result import Pivot, RollingPivot

__all__ = ["hold_sentence", "pivot_sentences"]

_PERIOD = {"D": "days", "M": "months", "Q": "quarters", "Y": "years"}


def _evidence(factor: float) -> str:
    """A Bayes factor for no effect, in the words of Kass & Raftery (1995)."""
    strength = max(factor, 1.0 / factor)
    size = (
        "hardly any" if strength < 3 else "some" if strength < 20
        else "strong" if strength < 150 else "very strong"
    )  # fmt: skip
    return f"{size} evidence {'for' if factor < 1 else 'against'} an effect"


def _verdict(p: Pivot) -> str:
    lo, _, hi = p.interval
    if lo <= 0.0 <= hi:
        return "Undetermined: the 90% band holds both directions"
    return "Substitution" if hi < 0 else "Complement"


def pivot_sentences(p: Pivot) -> list[str]:
    """The answer in plain words, one sentence a line."""
    lo, mid, hi = p.interval
    tie, pull = p.tie.replace("-", "–"), p.pull.replace("-", "–")
    moves = "cools" if mid < 0 else "warms"
    lines = [
        f"When {pull} warms by one typical shock ({p.shock:.2f}), {tie} {moves} by {abs(mid):.2f} "
        f"in all over {p.horizon} {_PERIOD[p.frequency]} (90%: {lo:+.2f} to {hi:+.2f}). "
        f"P(it cools) = {p.p_substitution:.2f}.",
        f"{_verdict(p)}. Bayes factor for no effect {p.bayes_factor:.2f}: "
        f"{_evidence(p.bayes_factor)}.",
    ]
    others = len(p.placebos) - 1
    floor = 1.0 / len(p.placebos)
    coarse = f"; with so few it cannot be below {floor:.2f}" if floor > 0.05 else ""
    lines.append(
        f"Placebo: {p.on} ranks {p.rank} of {others + 1} third states by the size of the effect "
        f"(p = {p.p_value:.2f}{coarse})."
        if others
        else "Placebo: the data hold no other third state to compare with."
    )
    third = [(label, band) for label, band in p.shares if label != p.tie]
    leader = third[0][0].replace("-", "–")
    own = dict(p.shares)[p.pull]
    place = (
        "more than with any other third tie"
        if leader == pull
        else f"{leader} has the largest share of the third ties"
    )
    lines.append(
        f"Of {tie}'s forecast variance {own[1]:.0%} goes with {pull} (90%: {own[0]:.0%} to "
        f"{own[2]:.0%}); {place}; P({pull} leads) = {p.dominant:.2f}."
    )
    return lines


def hold_sentence(h: RollingPivot) -> str:
    """Whether the hold grew or faded, in plain words."""
    return (
        f"From {h.first[0]:%Y}–{h.last[0]:%Y} to {h.first[-1]:%Y}–{h.last[-1]:%Y} the response of "
        f"{h.a}–{h.b} to {h.a}–{h.on} went from {h.median[0]:+.2f} to {h.median[-1]:+.2f}; "
        f"P(the hold grew) = {h.p_grew:.2f}."
    )
