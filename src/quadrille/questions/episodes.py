"""Thaws and chills of one tie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS, ask_relation

if TYPE_CHECKING:
    from quadrille.readings.episodes import Episodes

__all__ = ["episodes"]


@question
def episodes(
    a: str,
    b: str,
    data: Data = None,
    *,
    least_length: int | None = None,
    least_amplitude: float | None = None,
    least_share: float = 0.25,
    top: int = 3,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Episodes:
    """Thaws and chills of a tie, with dates and causes.

    Parameters
    ----------
    a, b : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`. Data that hold the conflict side only are read as hostility.
    least_length : int, optional
        Periods an episode lasts at least. Default: 2 years, 3 quarters, 8 months or 225 days.
    least_amplitude : float, optional
        Amplitude at least, on the tie's scale. Default: 1.5 times the standard deviation of its path.
    least_share : float
        Share of the draws that must hold an episode for it to be listed.
    top : int
        Acts, or periods, listed for each episode.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Episodes

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> made = episodes("Pakistan", "USSR", until="1991")
    >>> made.items[0].kind
    'chill'
    """
    from quadrille.readings.episodes import EpisodeRules, carriers, episodes_of
    from quadrille.readings.regimes import regimes_of

    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    at_least("top", top, 0)
    rules = EpisodeRules(least_length, least_amplitude, least_share)
    world = open_world(data, **where)
    first, second = world.present((a, b))
    found = episodes_of(ask_relation(world, first, second, None, draws, seed), rules)
    return replace(found, carried=carriers(found, world.panel, top), regimes=regimes_of(found.tie))
