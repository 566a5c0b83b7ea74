"""All ties among some states in one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from quadrille.arguments import Progress, at_least, one_of, question
from quadrille.coupling.result import Coupled
from quadrille.errors import OptionError
from quadrille.measure.world import Data, Where, World, open_world

if TYPE_CHECKING:
    from quadrille.coupling.model import CoupleConfig

__all__ = ["config_of", "couple", "estimate", "model_at_hand"]

_MOST_DRAWS = 100_000


def config_of(quick: bool, lags: int, seed: int) -> CoupleConfig:
    """How to estimate the model of another question."""
    from dataclasses import replace

    from quadrille.coupling.model import QUICK, CoupleConfig

    at_least("lags", lags, 1)
    at_least("seed", seed, 0)
    return replace(QUICK if quick else CoupleConfig(), lags=lags, seed=seed)


def estimate(
    world: World, states: Sequence[str], facet: str | None, config: CoupleConfig, progress: Progress | None
) -> Coupled:  # fmt: skip
    """The model of some states (ISO3) of a world."""
    from quadrille.coupling.model import coupled_of

    return coupled_of(states, world.measurement(facet), config, progress)


def model_at_hand(
    model: Coupled | str | Path,
    data: Data,
    where: Mapping[str, Any],
    quick: bool = False,
    lags: int = 1,
    **other: Any,
) -> Coupled:
    """A model as it is, or read from its file.

    Raises
    ------
    OptionError
        Data, dates or states are given too: the model has its own.
    FileFormatError
        The file does not hold a model.
    """
    given = {
        "data": data,
        **where,
        **other,
        "quick": quick or None,
        "lags": lags if lags != 1 else None,
    }
    named = [k for k, v in given.items() if v is not None and v != ()]
    if named:
        raise OptionError(
            f"{', '.join(named)} cannot be given with a model, which has its own; leave out one or the other"
        )
    return model if isinstance(model, Coupled) else Coupled.load(model)


@question
def couple(
    states: Sequence[str],
    data: Data = None,
    *,
    lags: int = 1,
    chains: int = 4,
    draws: int = 1000,
    warmup: int = 1000,
    thin: int = 20,
    seed: int = 1,
    prior: str = "network",
    volatility: str = "constant",
    facet: str | None = None,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Coupled:
    """All ties among some states in one model.

    Keep the model in a file with the suffix .nc: connectedness, responses and whatif take it in place of data.

    Parameters
    ----------
    states : sequence of str
        Two states or more: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    lags : int
        Periods back that ties act on each other.
    chains : int
        Chains.
    draws : int
        Draws kept in each chain.
    warmup : int
        Sweeps before the first draw.
    thin : int
        Sweeps for each draw kept.
    seed : int
        Same seed, same numbers, on any number of cores.
    prior : str
        network, or minnesota, which treats ties that share no state like those that share one.
    volatility : str
        constant, or moving: the size of all shocks changes over time together.
    facet : str, optional
        cordiality, engagement, hostility or materiality.
    progress : callable, optional
        Called with sweeps done and sweeps in all. Ctrl-C keeps the draws made so far.

    Returns
    -------
    Coupled

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError
    NotConvergedError
        The sampler broke down.

    Examples
    --------
    >>> model = couple(["Pakistan", "Russia", "United States"], chains=2, draws=100, warmup=100, thin=1)
    >>> model.dyads
    ('PAK-RUS', 'PAK-USA', 'RUS-USA')
    """
    at_least("lags", lags, 1)
    at_least("chains", chains, 1, 64)
    at_least("draws", draws, 50, _MOST_DRAWS)
    at_least("warmup", warmup, 0)
    at_least("thin", thin, 1)
    at_least("seed", seed, 0)
    one_of("prior", prior, ("network", "minnesota"))
    one_of("volatility", volatility, ("constant", "moving"))
    world = open_world(data, **where)
    codes = world.present(states)
    from quadrille.coupling.model import CoupleConfig

    config = CoupleConfig(lags, chains, draws, warmup, thin, seed, prior, volatility)  # type: ignore[arg-type]
    return estimate(world, codes, facet, config, progress)
