"""The same readings from Python: name the states, point at the data, get typed results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from quadrille.api.data import Data, as_kind, load, panel_of, states_of, table_of
from quadrille.api.sections import reading_sections
from quadrille.brief.compose import Brief, compose
from quadrille.brief.figures import tie_figure, triangles_figure
from quadrille.measure.model import measure, relation_of
from quadrille.measure.result import Measurement
from quadrille.measure.result import Relation as Tie
from quadrille.panel.facets import facet
from quadrille.readings.triangle import Triangle
from quadrille.readings.triangle import triangle_of as read_triangle

__all__ = [
    "Relation",
    "TriangleReading",
    "make_brief",
    "relation",
    "relations",
    "triangle",
]


@dataclass(frozen=True, slots=True)
class Relation(Tie):
    """A tie that can draw itself; fields as in `quadrille.measure.Tie`."""

    def plot(self) -> Any:
        """An Altair chart: median, 90% band, observed periods."""
        return tie_figure(self)


@dataclass(frozen=True, slots=True)
class TriangleReading(Triangle):
    """A triangle that can draw itself; fields as in `quadrille.readings.Triangle`."""

    def plot(self) -> Any:
        """An Altair chart: type probabilities over time."""
        return triangles_figure([self], columns=1, width=640)


def relations(
    data: Data = None,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Measurement:
    """Measure every dyad of the data in one pass.

    Parameters
    ----------
    data
        As in `quadrille.api.load`.
    facet_name : {"cordiality", "engagement", "hostility", "materiality"}, optional
    frequency : {"D", "M", "Q", "Y"}, optional
    since, until : date, optional
        Only what happened in this closed interval is used, by the prior too.

    Returns
    -------
    quadrille.measure.Measurement
    """
    return measure(facet(panel_of(data, frequency, since, until), facet_name))


def relation(
    a: str,
    b: str,
    data: Data = None,
    *,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Relation:
    """One relation over time.

    Parameters
    ----------
    a, b : str
        Anything `quadrille.states.find` resolves.
    data, facet_name, frequency, since, until
        As in `relations`.
    draws, seed : int
        Posterior paths; the same seed gives the same paths.

    Examples
    --------
    >>> tie = relation("Pakistan", "Soviet Union", until=date(1991, 12, 31))
    >>> tie.label
    'PAK-RUS'
    """
    first, second = states_of((a, b), since, until)
    m = relations(data, facet_name, frequency, since, until)
    made: Relation = as_kind(Relation, relation_of(m, first, second, draws, seed))
    return made


def triangle(
    a: str,
    b: str,
    c: str,
    data: Data = None,
    *,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> TriangleReading:
    """The strategic triangle of three states over time; arguments as in `relation`."""
    first, second, third = states_of((a, b, c), since, until)
    m = relations(data, "cordiality", frequency, since, until)
    pairs = ((first, second), (first, third), (second, third))
    made: TriangleReading = as_kind(
        TriangleReading,
        read_triangle(*(relation_of(m, *pair, draws, seed) for pair in pairs)),
    )
    return made


def make_brief(
    a: str,
    b: str,
    pivot: str,
    rival: str,
    data: Data = None,
    *,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Brief:
    """Compose the brief of A-B with a pivot and a rival; arguments as in `relation`."""
    states = states_of((a, b, pivot, rival), since, until)
    found = load(data)
    m = relations(found, None, frequency, since, until)
    made = compose(m, states, draws, seed)
    table = table_of(found, since, until, states)
    return replace(made, sections=reading_sections(m, table, states, draws, seed))
