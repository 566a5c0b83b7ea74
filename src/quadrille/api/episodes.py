"""Episodes, their synchrony, the dance and the triads of the world, from names and data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl

from quadrille.api.data import Data, as_kind, states_of
from quadrille.api.relations import relations
from quadrille.brief.figures_episodes import dance_figure, episodes_figure, world_figure
from quadrille.errors import NoDataError
from quadrille.measure.model import relation_of
from quadrille.measure.result import Measurement
from quadrille.readings.dance import Dance
from quadrille.readings.dance import dance_of as read_dance
from quadrille.readings.episodes import EpisodeRules, Episodes, carriers
from quadrille.readings.episodes import episodes_of as read_episodes
from quadrille.readings.regimes import TieRegimes, regimes_of
from quadrille.readings.synchrony import Synchrony
from quadrille.readings.synchrony import synchrony_of as read_synchrony
from quadrille.readings.triads import Triads, triads_of

__all__ = [
    "DanceReading",
    "EpisodesReading",
    "WorldReading",
    "dance",
    "episodes",
    "synchrony",
    "triads",
]


@dataclass(frozen=True, slots=True)
class EpisodesReading(Episodes):
    """Episodes that can draw themselves; fields as in `quadrille.readings.Episodes`.

    ``carried`` is the table of `quadrille.readings.carriers`, ``regimes`` the alternative reading.
    """

    carried: pl.DataFrame
    regimes: TieRegimes

    def plot(self) -> Any:
        """An Altair chart: the tie, its thaws and chills, and their chances over time."""
        return episodes_figure(self)

    def to_polars(self) -> pl.DataFrame:
        """One row an episode, with what the regime reading says of it."""
        return self.regimes.beside(self)


@dataclass(frozen=True, slots=True)
class DanceReading(Dance):
    """A dance that can draw itself; fields as in `quadrille.readings.Dance`."""

    def plot(self) -> Any:
        """An Altair chart: frustration over time, and the signs of the ties."""
        return dance_figure(self)


@dataclass(frozen=True, slots=True)
class WorldReading(Triads):
    """Triads of the world that can draw themselves; fields as in `quadrille.readings.World`."""

    def plot(self) -> Any:
        """An Altair chart: the expected share of each type over time."""
        return world_figure(self)


def episodes(
    a: str,
    b: str,
    data: Data = None,
    *,
    rules: EpisodeRules | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
    top: int = 3,
) -> EpisodesReading:
    """Thaws and chills of one relation, and what carried them.

    Parameters
    ----------
    a, b, data, frequency, since, until, draws, seed
        As in `quadrille.relation`. Data that hold the conflict side only are read as hostility.
    rules : quadrille.readings.EpisodeRules, optional
    top : int
        Acts, or periods, listed for each episode.

    Examples
    --------
    >>> made = episodes("Pakistan", "USSR", until=date(1991, 12, 31))
    >>> made.items[0].kind
    'chill'
    """
    first, second = states_of((a, b), since, until)
    m = relations(data, None, frequency, since, until)
    found = read_episodes(relation_of(m, first, second, draws, seed), rules)
    made: EpisodesReading = as_kind(
        EpisodesReading,
        found,
        carried=carriers(found, m.observations.panel, top),
        regimes=regimes_of(found.tie),
    )
    return made


def synchrony(
    first: tuple[str, str],
    second: tuple[str, str],
    data: Data = None,
    *,
    window: int = 2,
    rules: EpisodeRules | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Synchrony:
    """Whether thaws of the first tie begin when the second frays, and end when it mends.

    Parameters
    ----------
    first, second : (str, str)
        Two states each.
    window : int
        Periods within which the first tie follows the second.
    data, rules, frequency, since, until, draws, seed
        As in `episodes`.
    """
    pairs = [states_of(pair, since, until) for pair in (first, second)]
    m = relations(data, None, frequency, since, until)
    here, there = (read_episodes(relation_of(m, a, b, draws, seed), rules) for a, b in pairs)
    return read_synchrony(here, there, window)


def dance(
    states: Sequence[str],
    data: Data = None,
    *,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> DanceReading:
    """The signed network of three or more states over time, and its frustration.

    Parameters
    ----------
    states : sequence of str
    data, frequency, since, until, draws, seed
        As in `quadrille.relation`.
    """
    names = states_of(states, since, until)
    m = relations(data, "cordiality", frequency, since, until)
    made: DanceReading = as_kind(DanceReading, dance_of(m, names, draws, seed))
    return made


def dance_of(m: Measurement, names: Sequence[str], draws: int, seed: int) -> Dance:
    """The dance of states in a measurement; pairs without data are left out."""
    ties = []
    for a, b in combinations(names, 2):
        try:
            ties.append(relation_of(m, a, b, draws, seed))
        except NoDataError:
            continue
    return read_dance(names, ties)


def triads(
    data: Data = None,
    *,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 200,
    seed: int = 1,
) -> WorldReading:
    """Every triad of the data's states in every period; arguments as in `quadrille.relation`."""
    m = relations(data, "cordiality", frequency, since, until)
    made: WorldReading = as_kind(WorldReading, triads_of(m, draws, seed))
    return made
