"""The economics of one tie: what data show, what the model implies, what is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quadrille.economy.section import Economics
from quadrille.views.dependence import dependence_facts, dependence_note, dependence_sentences
from quadrille.views.names import the, tie_name
from quadrille.views.trade import bands_of, cited, flow_words
from quadrille.views.trade_potential import draw as potential_chart
from quadrille.views.trade_potential import view as potential_view
from quadrille.views.trade_warmth import warming_line
from quadrille.views.view import View, view_of

__all__ = ["view"]

_SHOWN, _IMPLIED, _UNKNOWN = "What data show", "What the model implies", "What is unknown"


def _shown(e: Economics) -> list[str]:
    """Trade, its place, arms and dependence: nothing that a model adds beyond the expected flows."""
    said = list(potential_view(e.potential).sentences) if e.potential else []
    for d, other in zip(e.dependence, (e.state_b, e.state_a), strict=True):
        said += dependence_sentences(d, other)
    return said


def _implied(e: Economics) -> list[str]:
    told = e.warmth.reverse_verdict.word != "undetermined"
    return [*_agreed(e), *([warming_line(e.warmth)] if told else [])]


def _agreed(e: Economics) -> list[str]:
    if e.agreement is None:
        return ["nothing of an agreement of the two; why is said below, under what is unknown."]
    change = e.agreement.change
    return [
        f"a free-trade agreement would change the trade between {the(e.state_a)} and {the(e.state_b)} by {flow_words(change)}.",
        *bands_of(change, change.parties),
    ]


def _unknown(e: Economics) -> list[str]:
    said = [f"{line.removeprefix('trade: ').rstrip('.')}." for line in e.missing]
    if e.trade_until is not None and e.trade_until < e.year:
        said.append(f"trade after {e.trade_until}: the layers end there.")
    if any("arms" in d.missing for d in e.dependence):
        said.append(dependence_note(e.dependence))
    if e.warmth.reverse_verdict.word == "undetermined":
        said.append(warming_line(e.warmth))
    return said


def _headed(head: str, said: Sequence[str], none: str) -> list[str]:
    """A group of sentences, its head before the first."""
    first, *rest = said or [none]
    return [f"{head}: {first}", *rest]


def draw(e: Economics, width: int) -> Any:
    """Trade against what is to be expected."""
    assert e.potential is not None
    return potential_chart(e.potential, width)


def view(e: Economics) -> View:
    """The section as people read it."""
    grids = potential_view(e.potential).grids[:1] if e.potential else ()
    said = [
        *_headed(_SHOWN, _shown(e), "nothing; no layer at hand holds trade or arms of the two."),
        *_headed(_IMPLIED, _implied(e), ""),
        *_headed(_UNKNOWN, _unknown(e), "nothing that these layers should hold."),
    ]  # fmt: skip
    return view_of(
        e, f"The economics of {tie_name(e.label)}", said, draw=draw if e.potential else None, grids=grids,
        facts={
            "trade_until": e.trade_until, "dependence": dependence_facts(e.dependence), "missing": e.missing,
            "agreement_effect": e.agreement.effect.value if e.agreement else None,
            "warmth": {"verdict": e.warmth.verdict.facts(), "reverse_verdict": e.warmth.reverse_verdict.facts()},
        },
        notes=(
            "What the model implies is no observation: one good a country, all substitutes, outputs fixed; oil, wheat and arms are "
            "not in it by themselves." if e.agreement else "", *cited(e.citations),
        ),
        caption="Actual trade over expected, both ways.",
        states=(e.state_a, e.state_b),
    )  # fmt: skip
