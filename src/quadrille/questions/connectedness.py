"""Who moves whom: connectedness of all ties of a model, and responses of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import question
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.couple import Model, config_of, estimate, model_at_hand
from quadrille.questions.shared import Ahead, Facet, Lags, Order, Quick, Seed, StateName, Sweeps

if TYPE_CHECKING:
    from quadrille.coupling.effects import Connectedness, Responses

__all__ = ["connectedness", "responses"]

_COMPANY = 3


@question
def connectedness(
    states: Sequence[str] = (),
    data: Data = None,
    *,
    model: Model = None,
    horizon: Ahead = None,
    order: Order = (),
    facet: Facet = None,
    lags: Lags = 1,
    quick: Quick = False,
    seed: Seed = 1,
    progress: Sweeps = None,
    **where: Unpack[Where],
) -> Connectedness:
    """How much of each tie's future comes from other ties.

    Parameters
    ----------
    states : sequence of str
        Two states or more: name, ISO3, COW code, adjective. None where a model is given.

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> table = connectedness(model=few)
    >>> table.to_polars()["dyad"].to_list()
    ['PAK-RUS', 'PAK-USA', 'RUS-USA']
    """
    if model is None and not states:
        raise OptionError("connectedness needs states, or a model; name two states or more")
    used = model_at_hand(
        model, data, where, states=tuple(states), facet=facet, quick=quick, lags=lags
    )
    if used is None:
        world = open_world(data, **where)
        codes = world.present(states)
        used = estimate(world, codes, facet, config_of(quick, lags, seed), progress)
    from quadrille.coupling.responses import connectedness_of

    return connectedness_of(used, horizon, order)


@question
def responses(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    among: Sequence[str] = (),
    model: Model = None,
    horizon: Ahead = None,
    order: Order = (),
    facet: Facet = None,
    lags: Lags = 1,
    quick: Quick = False,
    seed: Seed = 1,
    progress: Sweeps = None,
    **where: Unpack[Where],
) -> Responses:
    """How one tie responds to shocks in each tie.

    Parameters
    ----------
    among : sequence of str
        Further state of the model, may be given again. Default: the three states with most to do with both.

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> moved = responses("PAK", "RUS", model=few)
    >>> moved.tie
    'PAK-RUS'
    """
    used = model_at_hand(
        model, data, where, among=tuple(among), facet=facet, quick=quick, lags=lags
    )
    world = open_world(data, **where) if used is None else World(None)
    first, second = world.states((a, b))
    if used is None:
        others = world.present((first, second, *among))[2:] or _company(world, first, second, facet)
        codes = (first, second, *others)
        used = estimate(world, codes, facet, config_of(quick, lags, seed), progress)
    from quadrille.coupling.responses import responses_of

    used.index(first, second)
    return replace(responses_of(used, horizon, order), a=first, b=second)


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
