"""The same readings from Python: name the states, point at the data, get typed results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from quadrille import chronicle, sources
from quadrille.brief import Brief, compose, tie_figure, triangles_figure
from quadrille.errors import OptionError, SameStateError
from quadrille.measure import Measurement, Tie, measure, tie
from quadrille.panel import build, facet
from quadrille.readings import Triangle
from quadrille.readings import triangle as read_triangle
from quadrille.sources import Table
from quadrille.states import require

__all__ = [
    "Data",
    "Relation",
    "TriangleReading",
    "load",
    "make_brief",
    "relation",
    "relations",
    "triangle",
]

Data: TypeAlias = str | Path | Table | Sequence[str | Path] | None


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


def _as(kind: type, value: Any) -> Any:
    return kind(**{f.name: getattr(value, f.name) for f in fields(value)})


def load(data: Data = None) -> Table:
    """Read data into one canonical table.

    Parameters
    ----------
    data : path, sequence of paths, Table or None
        None is the embedded chronicle.

    Raises
    ------
    FileFormatError, InputError
        A file cannot be used; the message says where and how to mend it.
    """
    if data is None:
        return chronicle.load()
    if isinstance(data, Table):
        return data
    paths = [Path(data)] if isinstance(data, str | Path) else [Path(p) for p in data]
    if not paths:
        return chronicle.load()
    own = [chronicle.looks_like(p) for p in paths]
    if any(own):
        if len(paths) > 1:
            raise OptionError("a chronicle cannot be mixed with other files; give it alone")
        return chronicle.load(paths[0])
    return sources.read_all(paths)


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
    data : path, sequence of paths, Table or None
    facet_name : {"cordiality", "engagement", "hostility", "materiality"}, optional
    frequency : {"D", "M", "Q", "Y"}, optional
    since, until : date, optional
        Only what happened in this closed interval is used, by the prior too.

    Returns
    -------
    quadrille.measure.Measurement
    """
    panel = build(load(data), frequency, since, until)  # type: ignore[arg-type]
    return measure(facet(panel, facet_name))


def _states(names: Iterable[str], since: date | None, until: date | None) -> list[str]:
    codes = [require(n, since, until).iso3 for n in names]
    if len(set(codes)) != len(codes):
        raise SameStateError(f"{' '.join(codes)}: give different states")
    return codes


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
    first, second = _states((a, b), since, until)
    m = relations(data, facet_name, frequency, since, until)
    made: Relation = _as(Relation, tie(m, first, second, draws, seed))
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
    first, second, third = _states((a, b, c), since, until)
    m = relations(data, "cordiality", frequency, since, until)
    pairs = ((first, second), (first, third), (second, third))
    made: TriangleReading = _as(
        TriangleReading,
        read_triangle(*(tie(m, *pair, draws, seed) for pair in pairs)),
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
    states = _states((a, b, pivot, rival), since, until)
    m = relations(data, None, frequency, since, until)
    return compose(m, states, draws, seed)
