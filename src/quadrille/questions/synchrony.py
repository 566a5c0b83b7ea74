"""Whether two ties turn together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import ask_relation
from quadrille.questions.shared import Draws, LeastAmplitude, LeastLength, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.synchrony import Synchrony

__all__ = ["synchrony"]


@question
def synchrony(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    with_: tuple[str, str],
    within: Annotated[int, Range(0)] = 2,
    least_length: LeastLength = None,
    least_amplitude: LeastAmplitude = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Synchrony:
    """Whether two ties turn together.

    Do thaws of a-b begin when another tie starts to chill, and end when it starts to thaw?

    Parameters
    ----------
    with_ : (str, str)
        The two states of the other tie.
    within : int
        Periods within which a-b follows the other tie.

    Examples
    --------
    >>> synchrony("PAK", "RUS", with_=("PAK", "USA")).label
    'PAK-RUS after PAK-USA'
    """
    from quadrille.readings.episodes import EpisodeRules, episodes_of
    from quadrille.readings.synchrony import synchrony_of

    rules = EpisodeRules(least_length, least_amplitude)
    world = open_world(data, **where)
    pairs = [world.present(pair) for pair in ((a, b), with_)]
    first, second = (
        episodes_of(ask_relation(world, x, y, None, draws, seed), rules) for x, y in pairs
    )
    return synchrony_of(first, second, within)
