"""How long thaws last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world

if TYPE_CHECKING:
    from quadrille.readings.durability import Durability

__all__ = ["durability"]

_FARTHEST = 1200


@question
def durability(
    a: str,
    b: str,
    data: Data = None,
    *,
    horizon: int | None = None,
    seed: int = 1,
    **where: Unpack[Where],
) -> Durability:
    """How long thaws last, and how long this one may.

    Parameters
    ----------
    a, b : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    horizon : int, optional
        Periods ahead. Default: 5 years, 8 quarters, 24 months or 60 days.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Durability

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, OptionError
    NoDataError
        A state or the tie is not in the data, or fewer than ten thaws of the data ended.
    NotConvergedError

    Examples
    --------
    >>> found = durability("PAK", "RUS")
    >>> found.spells > found.ends > 10
    True
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.durability import durability_of

    at_least("horizon", horizon, 1, _FARTHEST)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    first, second = world.present((a, b))
    m = world.measurement("cordiality")
    counts = domain_counts(world.table(), world.panel)
    return durability_of(m, first, second, world.layers, domains=counts, horizon=horizon, seed=seed)
