"""How long thaws last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.durability import Durability

__all__ = ["durability"]


@question
def durability(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    horizon: Annotated[int | None, Range(1, 1200)] = None,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Durability:
    """How long thaws last, and how long this one may.

    Parameters
    ----------
    horizon : int, optional
        Periods ahead. Default: 5 years, 8 quarters, 24 months or 60 days.

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

    world = open_world(data, **where)
    first, second = world.present((a, b))
    m = world.measurement("cordiality")
    counts = domain_counts(world.table(), world.panel)
    return durability_of(m, first, second, world.layers, domains=counts, horizon=horizon, seed=seed)
