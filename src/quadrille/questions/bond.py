"""What a tie rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Draws, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.bond import Bond

__all__ = ["bond"]


@question
def bond(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    window: Annotated[int, Range(1)] = 10,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Bond:
    """Common goals, shared animosities and domains of a tie.

    Parameters
    ----------
    window : int
        Periods whose cooperation makes up the domains, the last being the one read.

    Examples
    --------
    >>> bond("PAK", "RUS").adversaries["state"][0]
    'USA'
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.bond import bond_of

    world = open_world(data, **where)
    first, second = world.present((a, b))
    m = world.measurement("cordiality")
    counts = domain_counts(world.table((first, second)), world.panel)
    return bond_of(
        m, first, second, world.layers, domains=counts, window=window, draws=draws, seed=seed
    )
