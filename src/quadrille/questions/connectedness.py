"""Who moves whom: connectedness of all ties of a model, and responses of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import Progress, at_least, question
from quadrille.coupling.result import Coupled
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.couple import config_of, estimate, model_at_hand

if TYPE_CHECKING:
    from quadrille.coupling.effects import Connectedness, Responses

__all__ = ["connectedness", "responses"]

_COMPANY = 3


@question
def connectedness(
    states: Sequence[str] = (),
    data: Data = None,
    *,
    model: Coupled | str | Path | None = None,
    horizon: int | None = None,
    order: Sequence[str] = (),
    facet: str | None = None,
    lags: int = 1,
    quick: bool = False,
    seed: int = 1,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Connectedness:
    """How much of each tie's future comes from other ties.

    Parameters
    ----------
    states : sequence of str
        Two states or more: name, ISO3, COW code, adjective. None where a model is given.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    model : Coupled or path, optional
        A model of couple, or its .nc file, in place of states and data.
    horizon : int, optional
        Periods ahead. Default: 5 years, 8 quarters, 12 months or 30 days.
    order : sequence of str
        Tie, such as PAK-USA, may be given again: within a period a tie moves only those after it (recursive).
        Default: generalised, without an order.
    facet : str, optional
        cordiality, engagement, hostility or materiality.
    lags : int
        Periods back that ties act on each other.
    quick : bool
        Estimate with fewer draws.
    seed : int
        Same seed, same numbers.
    progress : callable, optional
        Called with sweeps done and sweeps in all.

    Returns
    -------
    Connectedness

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> table = connectedness(model=few)
    >>> table.to_polars()["dyad"].to_list()
    ['PAK-RUS', 'PAK-USA', 'RUS-USA']
    """
    at_least("horizon", horizon, 1)
    if model is None and not states:
        raise OptionError("connectedness needs states, or a model; name two states or more")
    if model is None:
        world = open_world(data, **where)
        codes = world.present(states)
        used = estimate(world, codes, facet, config_of(quick, lags, seed), progress)
    else:
        used = model_at_hand(
            model, data, where, states=tuple(states), facet=facet, quick=quick, lags=lags
        )
    from quadrille.coupling.responses import connectedness_of

    return connectedness_of(used, horizon, order)


@question
def responses(
    a: str,
    b: str,
    data: Data = None,
    *,
    among: Sequence[str] = (),
    model: Coupled | str | Path | None = None,
    horizon: int | None = None,
    order: Sequence[str] = (),
    facet: str | None = None,
    lags: int = 1,
    quick: bool = False,
    seed: int = 1,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Responses:
    """How one tie responds to shocks in each tie.

    Parameters
    ----------
    a, b : str
        A state of the tie that responds: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    among : sequence of str
        Further state of the model, may be given again. Default: the three states with most to do with both.
    model : Coupled or path, optional
        A model of couple, or its .nc file, in place of data.
    horizon : int, optional
        Periods after the shock. Default: 5 years, 8 quarters, 12 months or 30 days.
    order : sequence of str
        Tie, such as PAK-USA, may be given again: within a period a tie moves only those after it (recursive).
        Default: generalised, without an order.
    facet : str, optional
        cordiality, engagement, hostility or materiality.
    lags : int
        Periods back that ties act on each other.
    quick : bool
        Estimate with fewer draws.
    seed : int
        Same seed, same numbers.
    progress : callable, optional
        Called with sweeps done and sweeps in all.

    Returns
    -------
    Responses

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> moved = responses("PAK", "RUS", model=few)
    >>> moved.tie
    'PAK-RUS'
    """
    at_least("horizon", horizon, 1)
    if model is None:
        world = open_world(data, **where)
        codes = world.present((a, b, *among))
        company = codes if among else [*codes, *_company(world, codes[0], codes[1], facet)]
        used = estimate(world, company, facet, config_of(quick, lags, seed), progress)
    else:
        used = model_at_hand(
            model, data, where, among=tuple(among), facet=facet, quick=quick, lags=lags
        )
        codes = World(None).states((a, b))
    from dataclasses import replace

    from quadrille.coupling.responses import responses_of

    used.index(codes[0], codes[1])
    return replace(responses_of(used, horizon, order), a=codes[0], b=codes[1])


def _company(world: World, a: str, b: str, facet: str | None) -> list[str]:
    """States with most to do with both of a tie.

    Raises
    ------
    NoDataError
        There are none.
    """
    from quadrille.coupling.pivot import third_states

    found = third_states(world.measurement(facet), a, b)[:_COMPANY]
    if not found:
        raise NoDataError(
            f"{world.origin}: no third state has ties with both {a} and {b}; give other data"
        )
    return found
