"""Gather what a brief tells, without deciding how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from quadrille.brief.sections_portfolio import Section
from quadrille.brief.words import tie_sentence
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.model import relation_of
from quadrille.measure.result import Measurement, Relation
from quadrille.measure.since import SinceWhen, since_when
from quadrille.readings.moves import event_moves, period_moves
from quadrille.readings.triangle import Triangle, triangle_of
from quadrille.states.registry import get

__all__ = ["Brief", "TieStory", "compose"]

_TOP_MOVES = 8


@dataclass(frozen=True, slots=True)
class TieStory:
    """One tie with what the brief says of it.

    Attributes
    ----------
    tie : Tie
    sentence : str
    since : SinceWhen
    moves : polars.DataFrame
        The acts (or, for counted data, the periods) that moved the estimate most, by date:
        ``date, precision, text, source, target, reference, move``, or ``period, y, expected,
        n, move``.
    """

    tie: Relation
    sentence: str
    since: SinceWhen
    moves: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything on the page.

    Attributes
    ----------
    states : tuple of str
        A, B, pivot, rival as ISO3.
    stories : tuple of TieStory
        The six ties, A-B first; ties without data are in ``missing``.
    missing : tuple of str
        One line for each tie that could not be measured.
    triangles : tuple of Triangle
        The four triads whose ties are all there.
    measurement : Measurement
    sections : tuple of Section
        Further readings.
    """

    states: tuple[str, str, str, str]
    stories: tuple[TieStory, ...]
    missing: tuple[str, ...]
    triangles: tuple[Triangle, ...]
    measurement: Measurement
    sections: tuple[Section, ...] = ()

    @property
    def unreliable(self) -> tuple[str, ...]:
        """Labels of ties whose diagnostics failed."""
        return tuple(s.tie.label for s in self.stories if not s.tie.diagnostics.trusted)


def _story(m: Measurement, a: str, b: str, draws: int, seed: int) -> TieStory:
    one = relation_of(m, a, b, draws, seed)
    panel = m.observations.panel
    moves = event_moves(one, panel) if panel.kind == "acts" else period_moves(one)
    by_date = "date" if panel.kind == "acts" else "period"
    top = moves.sort(pl.col("move").abs(), descending=True).head(_TOP_MOVES).sort(by_date)
    return TieStory(one, tie_sentence(one, (get(a).name, get(b).name)), since_when(one), top)


def compose(m: Measurement, states: Sequence[str], draws: int = 1000, seed: int = 1) -> Brief:
    """Compose the brief of a tie A-B, a pivot and a rival.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    states : sequence of str, length 4
        ISO3 of A, B, pivot, rival.
    draws, seed : int

    Raises
    ------
    OptionError
        The four states are not different, or the measurement is not of cordiality.
    NoDataError
        The tie A-B itself has no data.
    """
    if len(states) != 4 or len(set(states)) != 4:
        raise OptionError(
            f"a brief needs four different states (A, B, pivot, rival), got {', '.join(states)}"
        )
    if m.observations.facet != "cordiality":
        raise OptionError(
            f"{m.observations.panel.origin} holds {m.observations.facet} only; a brief needs "
            "data with cooperation and conflict"
        )
    stories: dict[frozenset[str], TieStory] = {}
    missing = []
    for a, b in combinations(states, 2):
        try:
            stories[frozenset((a, b))] = _story(m, a, b, draws, seed)
        except NoDataError as gap:
            if (a, b) == tuple(states[:2]):
                raise
            missing.append(str(gap))
    triads = []
    for a, b, c in combinations(states, 3):
        keys = [frozenset(p) for p in ((a, b), (a, c), (b, c))]
        if all(k in stories for k in keys):
            triads.append(triangle_of(*(stories[k].tie for k in keys)))
    a, b, c, d = states
    return Brief((a, b, c, d), tuple(stories.values()), tuple(missing), tuple(triads), m)
