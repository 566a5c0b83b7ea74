"""What several questions take: its type, its range, and what help says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Literal, TypeVar

from quadrille.arguments import Progress, Range
from quadrille.errors import NoDataError
from quadrille.measure.world import Data, Where, World, open_world

T = TypeVar("T")

StateName = Annotated[str, "A state: name, ISO3, COW code, adjective."]
StateNames = Annotated[Sequence[str], "Two states or more: name, ISO3, COW code, adjective."]
Draws = Annotated[int, Range(200, 100_000), "Posterior paths drawn."]
Seed = Annotated[int, Range(0), "Same seed, same numbers."]
Period = Annotated[
    str | date | None, "The period read: YYYY, or as fine as the data. Default: the last."
]
Facet = Annotated[
    str | None,
    "cordiality, engagement, hostility or materiality. Default: cordiality, or hostility where the data hold "
    "the conflict side only.",
]
LeastLength = Annotated[
    int | None,
    "Periods an episode lasts at least. Default: 2 years, 3 quarters, 8 months or 225 days.",
]
LeastAmplitude = Annotated[
    float | None,
    "Amplitude at least, on the tie's scale. Default: 1.5 times the standard deviation of its path.",
]

# Of models of several ties.
Compared = Annotated[str, "The state whose ties are compared: name, ISO3, COW code, adjective."]
Partner = Annotated[str, "Its partner in the tie asked about."]
Pivotal = Annotated[str, "The pivot: does the tie of A with it move the tie of A with B?"]
Lags = Annotated[int, Range(1), "Periods back that ties act on each other."]
Prior = Annotated[
    Literal["network", "world", "minnesota"],
    "Of effects between ties. network: zero, give or take; world: what every triangle of the world says of triads like "
    "them; minnesota: network, but ties that share no state count like those that share one.",
]
Quick = Annotated[bool, "Estimate with fewer draws."]
Sweeps = Annotated[Progress | None, "Called with sweeps done and sweeps in all."]
Ahead = Annotated[
    int | None, Range(1), "Periods ahead. Default: 5 years, 8 quarters, 12 months or 30 days."
]
Order = Annotated[
    Sequence[str],
    "Tie, such as PAK-USA, may be given again: within a period a tie moves only those after it (recursive). "
    "Default: generalised, without an order.",
]


def known(ask: Callable[[], T]) -> T | None:
    """The answer; None where the data do not hold it."""
    try:
        return ask()
    except NoDataError:
        return None


def world_of(data: Data, where: Where, *names: str) -> tuple[World, list[str]]:
    """The world that knows some states, and their ISO3, all of which its data hold."""
    world = open_world(data, **where).about(*names)
    return world, world.present(names)


def of_period(data: Data, where: Where) -> World:
    """The world whose ties are read in one period: the one given, else the index of ties."""
    asked = open_world("index" if data is None else data, **where)
    return asked if asked.named else asked.of_ties()
