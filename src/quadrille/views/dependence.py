"""How a state depends on others for arms and trade, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from quadrille.economy.dependence import Dependence, Reliance
from quadrille.views.forms import number, percent, signed_percent
from quadrille.views.names import listed, plural, source, state_list, the
from quadrille.views.words import band

if TYPE_CHECKING:
    from quadrille.economy.leaning import Leaning

__all__ = [
    "dependence_facts",
    "dependence_note",
    "dependence_sentences",
    "leaning_line",
    "leaning_lines",
]

_TRADE = "dyadic trade"
_ARMS = "deliveries of arms (SIPRI)"


def _one(r: Reliance, asked: Sequence[str]) -> str:
    top = r.partners[0]
    others = [p for p in asked if p not in (top, r.state)]
    shown = [
        f"{percent()(float(r.shares[0]))} {'came from' if r.what == 'arms' else 'was with'} {the(top)}"
    ]
    shown += [
        f"{percent()(r.share(p))} {'from' if r.what == 'arms' else 'with'} {the(p)}" for p in others
    ]
    what = f"arms delivered to {the(r.state)}" if r.what == "arms" else f"{the(r.state)}'s trade"
    when = str(r.first) if r.first == r.last else f"{r.first} to {r.last}"
    low, high = r.hhi_range
    left = f", {number()(low)} to {number()(high)} with one year left out" if r.years > 1 else ""
    return (
        f"Of {what} in {when}, {listed(shown)} ({source(r.origin)}); concentration (HHI) {number()(r.hhi)}{left}, on "
        f"{plural(len(r.partners), 'partner')} in {plural(r.years, 'year')}."
    )


def dependence_sentences(d: Dependence | None, *asked: str) -> tuple[str, ...]:
    """A sentence for arms and one for trade, where they are known: the largest partner, and those asked about."""
    return tuple(_one(r, asked) for r in d.parts) if d else ()


def dependence_note(of: Iterable[Dependence | None]) -> str:
    """One line on what is missing; empty where all is known."""
    there = [d for d in of if d is not None and d.missing]
    if not there:
        return ""
    wanted = dict.fromkeys(w for d in there for w in d.missing)
    what = listed([_ARMS if w == "arms" else _TRADE for w in wanted])
    who = state_list(d.state for d in there)
    return f"Dependence of {who} up to {there[0].year} is not known in full: give layers of {what}."


def leaning_line(x: Leaning) -> str:
    """Whether dependence tells how warm a tie will be: the verdict with its numbers, in one line."""
    ahead, back = (band(x.band(way), sign=True) for way in (x.ahead, x.back))
    word = x.verdict.said("it warms ties", "it cools ties")
    return (
        f"Whether a larger share of a state's {x.what} warms a tie: {word}; one standard deviation ({100 * x.spread:.0f} points) goes with {ahead} standard "
        f"deviations of valence 4 years on, and with {back} 4 years back ({source(x.origin)}, {x.first} to {x.last}). Of the squared "
        f"error of forecasts from {x.split} on it saves {signed_percent(2)(x.gain)}: it {'may be' if x.gain > 0.01 else 'is not'} worth a place in a forecast."
    )


def leaning_lines(of: Iterable[Dependence | None]) -> list[str]:
    """The same of what is known of these states."""
    # Portfolio and bond show dependence, and need no estimation.
    from quadrille.economy.leaning import shipped_leanings

    told = {r.what for d in of if d is not None for r in d.parts}
    return [leaning_line(x) for x in shipped_leanings() if x.what in told]


def dependence_facts(of: Iterable[Dependence | None]) -> list[dict[str, Any]]:
    """As JSON has it."""
    return [
        {
            "state": r.state, "what": r.what, "layer": r.origin, "first": r.first, "last": r.last, "hhi": r.hhi,
            "hhi_range": r.hhi_range, "years": r.years,
            "shares": {p: float(s) for p, s in zip(r.partners[:8], r.shares, strict=False)},
        }
        for d in of if d is not None for r in d.parts
    ]  # fmt: skip
