"""All triads of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world

if TYPE_CHECKING:
    from quadrille.readings.triads import Triads

__all__ = ["triads"]

_MOST_DRAWS = 32_767


@question
def triads(
    data: Data = None,
    *,
    state: Sequence[str] = (),
    every: bool = False,
    draws: int = 200,
    seed: int = 1,
    **where: Unpack[Where],
) -> Triads:
    """All triads: share of each type, most frequent pivots.

    Parameters
    ----------
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    state : sequence of str
        Show the triads that hold all of these states.
    every : bool
        Give every triad in every period as the main table, for --csv and --out; it is large.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Triads

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> triads().summary()["triads"].max()
    10
    """
    from quadrille.readings.triads import triads_of

    at_least("draws", draws, 200, _MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    chosen = tuple(world.present(state)) if state else ()
    found = triads_of(world.measurement("cordiality"), draws, seed)
    return replace(found, chosen=chosen, every=every)
