"""The brief's sections on episodes and on the whole dance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quadrille.brief.compose import Brief
from quadrille.brief.figures_episodes import dance_figure, episodes_figure
from quadrille.brief.words_episodes import (
    dance_sentence,
    disagreements,
    episode_sentence,
    rules_sentence,
    synchrony_lines,
)
from quadrille.errors import NoDataError
from quadrille.readings.dance import dance_of
from quadrille.readings.episodes import Episodes, episodes_of
from quadrille.readings.regimes import regimes_of
from quadrille.readings.synchrony import synchrony_of

__all__ = ["dance_view", "episodes_view"]

_DESK, _PHONE = 660, 270
Picture = Callable[[Callable[[bool], Any], str], dict[str, str]]


def _synchrony(brief: Brief, found: Episodes) -> list[str]:
    """Whether A-B turns with A-pivot; empty where that cannot be asked."""
    a, _, pivot, _ = brief.states
    others = [s.tie for s in brief.stories if {s.tie.state_a, s.tie.state_b} == {a, pivot}]
    try:
        return [
            line
            for other in others
            for line in synchrony_lines(synchrony_of(found, episodes_of(other)))
        ]
    except NoDataError:
        return []


def episodes_view(brief: Brief, picture: Picture) -> dict[str, Any] | None:
    """The tie's thaws and chills, for the template; None where they cannot be dated."""
    tie = brief.stories[0].tie
    try:
        found = episodes_of(tie)
    except NoDataError:
        return None
    drawn = picture(
        lambda phone: episodes_figure(found, _PHONE if phone else _DESK),
        f"{tie.label.replace('-', '–')}: thaws and chills at their median dates, the darker the more "
        "draws hold them; below, the chance of being in one.",
    )
    sentences = [episode_sentence(e, tie.frequency) for e in found.items]
    return {
        **drawn,
        "lines": [f"{s[0].upper()}{s[1:]}." for s in sentences]
        or ["No episode is held by enough draws."],
        "rules": rules_sentence(found),
        "regimes": " ".join(disagreements(found, regimes_of(tie))),
        "other": f"{brief.states[0]}–{brief.states[2]}",
        "synchrony": _synchrony(brief, found),
    }


def dance_view(brief: Brief, picture: Picture) -> dict[str, Any] | None:
    """Frustration of the four states' network, for the template."""
    made = dance_of(brief.states, [s.tie for s in brief.stories])
    drawn = picture(
        lambda phone: dance_figure(made, _PHONE if phone else _DESK - 60),
        "How many ties would have to change sign for the four to fall into two camps; below, how "
        "warm each tie is, and which would flip.",
    )
    return {**drawn, "sentence": dance_sentence(made)}
