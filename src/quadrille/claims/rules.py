"""From numbers to verdicts: one table, stated wherever a verdict is printed.

Every part of a claim's evidence is one number with a 90% band and one of three rules; what the claim says is
turned so that larger speaks for it. Effects are judged by `quadrille.verdicts.verdict_of`.

======  ==============================  ==============================  ===========================
rule    supported                       contradicted                    too small to matter
======  ==============================  ==============================  ===========================
effect  band above null, and not small  band below null, and not small  band inside null +- small
same    band inside null +- small       band outside it                 (does not apply)
chance  probability >= 0.9              probability <= 0.1              (does not apply)
======  ==============================  ==============================  ===========================

All else is undetermined, and so is an effect that placebos show as well (p > 0.1 among at least ten, the case itself
among them). Of several parts all must be supported; one that is contradicted contradicts the claim. Sources of data are
asked one by one. A claim has the verdict of the sources that have one, and *evidence disagrees* where one supports
what another denies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from quadrille.claims.evidence import Part, Verdict
from quadrille.verdicts import SURE, verdict_of

__all__ = ["FEWEST_PLACEBOS", "PLACEBO", "VERDICTS", "of_claim", "of_part", "of_source"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
PLACEBO = 0.1
FEWEST_PLACEBOS = 10  # with fewer the rank of the one asked about cannot be as low as `PLACEBO`
_WAYS: dict[int, Verdict] = {1: "supported", -1: "contradicted", 0: "undetermined"}


def _effect(part: Part) -> Verdict:
    got = verdict_of(part.lo - part.null, part.hi - part.null, part.small)
    if got.word == "too small to matter":
        return got.word
    return "undetermined" if got.way and like_placebos(part) else _WAYS[got.way]


def like_placebos(part: Part) -> bool:
    """Whether the placebos show an effect as large too often."""
    return part.placebo is not None and part.placebos >= FEWEST_PLACEBOS and part.placebo > PLACEBO


def _same(part: Part) -> Verdict:
    low, high = part.null - part.small, part.null + part.small
    if low < part.lo and part.hi < high:
        return "supported"
    return "contradicted" if part.lo > high or part.hi < low else "undetermined"


def _chance(part: Part) -> Verdict:
    if part.value >= SURE:
        return "supported"
    return "contradicted" if part.value <= 1 - SURE else "undetermined"


_RULES = {"effect": _effect, "same": _same, "chance": _chance}


def of_part(part: Part) -> Verdict:
    """The verdict of one number."""
    return _RULES[part.rule](part)


def of_source(parts: Sequence[Verdict]) -> Verdict:
    """The verdict of one source of data from those of its parts: a claim is as strong as its weakest part."""
    weak: tuple[Verdict, ...] = ("contradicted", "too small to matter", "undetermined")
    for weakest in weak:
        if weakest in parts:
            return weakest
    return "supported" if parts else "not testable with these data"


def of_claim(sources: Sequence[Verdict]) -> Verdict:
    """The verdict of a claim from those of its sources of data."""
    told = {v for v in sources if v != "not testable with these data"}
    if not told:
        return "not testable with these data"
    denied = told & {"contradicted", "too small to matter"}
    if "supported" in told:
        return "evidence disagrees" if denied else "supported"
    if denied:
        return "too small to matter" if len(denied) == 2 else denied.pop()
    return "undetermined"
