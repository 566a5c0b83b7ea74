"""What a tie rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS

if TYPE_CHECKING:
    from quadrille.readings.bond import Bond

__all__ = ["bond"]


@question
def bond(
    a: str,
    b: str,
    data: Data = None,
    *,
    window: int = 10,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Bond:
    """Common goals, shared animosities and domains of a tie.

    Parameters
    ----------
    a, b : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    window : int
        Periods whose cooperation makes up the domains, the last being the one read.
    draws : int
        Posterior draws.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Bond

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> bond("PAK", "RUS").adversaries["state"][0]
    'USA'
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.bond import bond_of

    at_least("window", window, 1)
    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    first, second = world.present((a, b))
    m = world.measurement("cordiality")
    counts = domain_counts(world.table((first, second)), world.panel)
    return bond_of(
        m, first, second, world.layers, domains=counts, window=window, draws=draws, seed=seed
    )
