"""All ties among some states in one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

from quadrille.arguments import Progress, Range, one_of, question
from quadrille.coupling.result import Coupled
from quadrille.errors import OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.shared import Facet, Lags, Seed, StateNames

if TYPE_CHECKING:
    from quadrille.coupling.model import CoupleConfig

__all__ = ["Model", "config_of", "couple", "estimate", "model_at_hand"]

Model = Annotated[
    Coupled | str | Path | None, "A model of couple, or its .nc file, in place of data."
]


def config_of(quick: bool, lags: int, seed: int) -> CoupleConfig:
    """How to estimate the model of another question."""
    from quadrille.coupling.model import QUICK, CoupleConfig

    return replace(QUICK if quick else CoupleConfig(), lags=lags, seed=seed)


def estimate(
    world: World, states: Sequence[str], facet: str | None, config: CoupleConfig, progress: Progress | None
) -> Coupled:  # fmt: skip
    """The model of some states (ISO3) of a world."""
    from quadrille.coupling.model import coupled_of

    return coupled_of(states, world.measurement(facet), config, progress)


def model_at_hand(
    model: Coupled | str | Path | None, data: Data, where: Mapping[str, Any], lags: int = 1, **other: Any
) -> Coupled | None:  # fmt: skip
    """A model as it is, or read from its file; None where there is none.

    Raises
    ------
    OptionError
        Data, dates or states are given too: the model has its own.
    FileFormatError
        The file does not hold a model.
    """
    if model is None:
        return None
    given = {"data": data, **where, **other, "lags": lags if lags != 1 else None}
    named = [k for k, v in given.items() if v is not None and v is not False and v != ()]
    if named:
        raise OptionError(
            f"{', '.join(named)} cannot be given with a model, which has its own; leave out one or the other"
        )
    return model if isinstance(model, Coupled) else Coupled.load(model)


@question
def couple(
    states: StateNames,
    data: Data = None,
    *,
    lags: Lags = 1,
    chains: Annotated[int, Range(1, 64)] = 4,
    draws: Annotated[int, Range(50, 100_000)] = 1000,
    warmup: Annotated[int, Range(0)] = 1000,
    thin: Annotated[int, Range(1)] = 20,
    seed: Seed = 1,
    prior: str = "network",
    volatility: str = "constant",
    facet: Facet = None,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Coupled:
    """All ties among some states in one model.

    Keep the model in a file with the suffix .nc: connectedness, responses and whatif take it in place of data.

    Parameters
    ----------
    chains : int
        Chains.
    draws : int
        Draws kept in each chain.
    warmup : int
        Sweeps before the first draw.
    thin : int
        Sweeps for each draw kept.
    prior : str
        network, or minnesota, which treats ties that share no state like those that share one.
    volatility : str
        constant, or moving: the size of all shocks changes over time together.
    progress : callable, optional
        Called with sweeps done and sweeps in all. Ctrl-C keeps the draws made so far.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, NotConvergedError

    Examples
    --------
    >>> model = couple(["Pakistan", "Russia", "United States"], chains=2, draws=100, warmup=100, thin=1)
    >>> model.dyads
    ('PAK-RUS', 'PAK-USA', 'RUS-USA')
    """
    one_of("prior", prior, ("network", "minnesota"))
    one_of("volatility", volatility, ("constant", "moving"))
    world = open_world(data, **where)
    codes = world.present(states)
    from quadrille.coupling.model import CoupleConfig

    config = CoupleConfig(lags, chains, draws, warmup, thin, seed, prior, volatility)  # type: ignore[arg-type]
    return estimate(world, codes, facet, config, progress)
