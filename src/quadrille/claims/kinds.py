"""The kinds of test that a claim may name: what each asks, of which ties, and which ways the answer may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quadrille.coding.record import DOMAINS
from quadrille.readings.covariates import COVARIATES

__all__ = ["KINDS", "OPTIONS", "Kind", "Option"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of test.

    Attributes
    ----------
    name, asks : str
        What it asks, in words, of ties called first, second.
    question : str
        The question of the package that answers it.
    ties : (int, int)
        Fewest and most.
    directions : tuple of str
        Ways that the answer may be claimed to go.
    example : str
        Of ``ties``.
    options, needs : tuple of str
        Further keys that it takes, and those of them that it cannot do without.
    shares : bool
        All its ties have one state in common.
    cuts : bool
        The data are cut to the time named before they are measured; else all are measured, and that time is read.
    """

    name: str
    asks: str
    question: str
    ties: tuple[int, int]
    directions: tuple[str, ...]
    example: str
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    shares: bool = False
    cuts: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """What a further key of a claim may hold."""

    what: str
    fits: Callable[[Any], bool]


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda v: type(v) is int and low <= v <= high


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _years(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(v) is int for v in value)
        and 1800 <= value[0] <= value[1] <= 2200
    )


OPTIONS = {
    "within": Option("a number of periods, 0 to 100", _whole(0, 100)),
    "among": Option("a list of further states", _texts),
    "against": Option("two years, the earlier first, such as [1950, 1972]", _years),
    "domain": Option(f"one of {', '.join(DOMAINS)}", lambda v: v in DOMAINS),
    "if": Option("a list of conditions, such as [\"PAK-USA normalises over 24 months\"]", _texts),
    "horizon": Option("a number of months, 1 to 1200", _whole(1, 1200)),
    "covariate": Option(f"one of {', '.join(COVARIATES)}", lambda v: v in COVARIATES),
    "longer_than": Option(f"one of {', '.join(COVARIATES)}", lambda v: v in COVARIATES),
}  # fmt: skip

_TWO = '["PAK-RUS", "PAK-USA"]'
_ONE = '["PAK-RUS"]'

KINDS = {
    kind.name: kind
    for kind in (
        Kind("relation", "the tie was warm, or cold, in the time named", "relation", (1, 1),
             ("warm", "cold"), _ONE),
        Kind("change", "the tie was warmer, or colder, in the time named than in the years of against",
             "relation", (1, 1), ("warmer", "colder"), _ONE, ("against",), ("against",)),
        Kind("synchrony", "thaws of the first tie begin when the second chills, and end when it thaws",
             "synchrony", (2, 2), ("begins", "ends", "begins and ends"), _TWO, ("within",), cuts=True),
        Kind("episodes", "the first tie began to thaw before the second did, in the time named",
             "episodes", (2, 2), ("before", "after"), _TWO),
        Kind("pivot", "when the second tie warms, the first cools (against) or warms (with)",
             "pivot", (2, 2), ("against", "with"), _TWO, ("among",), (), True, True),
        Kind("connectedness", "of all third states the one of the second tie moves the first tie most",
             "connectedness", (2, 2), ("largest",), _TWO, ("among",), ("among",), True, True),
        Kind("alignment", "of the powers at the other end of the ties the shared state is warm with one at a time, "
             "or with several", "relation", (2, 8), ("one", "several"), '["PAK-USA", "PAK-RUS", "PAK-CHN"]',
             shares=True),
        Kind("balance", "the shared state is warm with both, and no warmer with the one than with the other",
             "balance", (2, 2), ("even", "first", "second"), '["RUS-IND", "RUS-PAK"]', shares=True),
        Kind("bond", "the domain is the largest of the tie's cooperation", "bond", (1, 1), ("largest",), _ONE,
             ("domain",), ("domain",)),
        Kind("portfolio", "the shared state's cooperation in the domain is spread over more partners than all of it",
             "portfolio", (1, 8), ("wider", "narrower"), '["PAK-USA", "PAK-RUS"]', ("domain",), ("domain",), True),
        Kind("durability", "more of the covariate keeps warm spells, or shortens them; longer_than: it keeps them better "
             "than another does", "durability", (1, 1), ("keeps", "shortens"), _ONE, ("covariate", "longer_than"),
             ("covariate",), cuts=True),
        Kind("analogues", "thaws of the first tie while the second frayed lasted once the second had mended",
             "analogues", (2, 2), ("lasted", "did not last"), _TWO, shares=True, cuts=True),
        Kind("whatif", "the tie stays warm under the conditions of if, or does not", "whatif", (1, 1),
             ("stays warm", "turns cold"), _ONE, ("if", "horizon", "among"), ("if",), cuts=True),
    )
}  # fmt: skip
