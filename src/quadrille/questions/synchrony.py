"""Whether two ties turn together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS, ask_relation

if TYPE_CHECKING:
    from quadrille.readings.synchrony import Synchrony

__all__ = ["synchrony"]


@question
def synchrony(
    a: str,
    b: str,
    data: Data = None,
    *,
    with_: tuple[str, str],
    within: int = 2,
    least_length: int | None = None,
    least_amplitude: float | None = None,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Synchrony:
    """Whether two ties turn together.

    Do thaws of a-b begin when another tie starts to chill, and end when it starts to thaw?

    Parameters
    ----------
    a, b : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    with_ : (str, str)
        The two states of the other tie.
    within : int
        Periods within which a-b follows the other tie.
    least_length : int, optional
        Periods an episode lasts at least. Default: 2 years, 3 quarters, 8 months or 225 days.
    least_amplitude : float, optional
        Amplitude at least, on the ties' scale. Default: 1.5 times the standard deviation of each path.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Synchrony

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> synchrony("PAK", "RUS", with_=("PAK", "USA")).label
    'PAK-RUS after PAK-USA'
    """
    from quadrille.readings.episodes import EpisodeRules, episodes_of
    from quadrille.readings.synchrony import synchrony_of

    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    at_least("within", within, 0)
    rules = EpisodeRules(least_length, least_amplitude)
    world = open_world(data, **where)
    pairs = [world.present(pair) for pair in ((a, b), with_)]
    first, second = (
        episodes_of(ask_relation(world, x, y, None, draws, seed), rules) for x, y in pairs
    )
    return synchrony_of(first, second, within)
