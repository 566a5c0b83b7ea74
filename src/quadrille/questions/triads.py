"""All triads of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Seed

if TYPE_CHECKING:
    from quadrille.readings.triads import Triads

__all__ = ["triads"]


@question
def triads(
    data: Data = None,
    *,
    state: Sequence[str] = (),
    every: bool = False,
    draws: Annotated[int, Range(200, 32_767), "Posterior paths drawn."] = 200,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Triads:
    """All triads: share of each type, most frequent pivots.

    Parameters
    ----------
    state : sequence of str
        Show the triads that hold all of these states.
    every : bool
        Give every triad in every period as the main table, for a file; it is large.

    Examples
    --------
    >>> triads().summary()["triads"].max()
    10
    """
    from quadrille.readings.triads import triads_of

    world = open_world(data, **where)
    chosen = tuple(world.present(state)) if state else ()
    found = triads_of(world.measurement("cordiality"), draws, seed)
    return replace(found, chosen=chosen, every=every)
