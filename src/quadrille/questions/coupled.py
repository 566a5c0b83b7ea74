"""Who moves whom: all ties among some states in one model, and what the model says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Unpack

from quadrille.arguments import Progress, Range, question
from quadrille.coupling.result import Coupled
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.shared import (
    Ahead,
    Compared,
    Facet,
    Lags,
    Order,
    Partner,
    Pivotal,
    Prior,
    Quick,
    Seed,
    StateName,
    StateNames,
    Sweeps,
    known,
    world_of,
)

if TYPE_CHECKING:
    from quadrille.coupling.effects import Connectedness, Pivot, Responses, RollingPivot
    from quadrille.coupling.evidence import Evidence, Pivots
    from quadrille.coupling.model import CoupleConfig
    from quadrille.coupling.turnover import Turnover

__all__ = ["connectedness", "couple", "pivot", "pivots", "responses", "rolling_pivot"]

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

    return coupled_of(states, world.measurement(facet, states), config, progress)


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


def _at_hand_or_estimated(
    about: Sequence[str], codes: Callable[[World], Sequence[str]], where: Where, seed: int, progress: Progress | None,
    *, model: Coupled | str | Path | None, data: Data, facet: str | None, quick: bool, lags: int, **states: tuple[str, ...],
) -> Coupled:  # fmt: skip
    """The model given, else that of the states which ``codes`` finds in a world that knows of ``about``."""
    used = model_at_hand(model, data, where, lags, **states, facet=facet, quick=quick)
    if used is not None:
        return used
    world = open_world(data, **where).about(*about)
    return estimate(world, codes(world), facet, config_of(quick, lags, seed), progress)


@question
def couple(
    states: StateNames,
    data: Data = None,
    *,
    lags: Lags = 1,
    chains: Annotated[int, Range(1, 64), "Chains."] = 4,
    draws: Annotated[int, Range(50, 100_000), "Draws kept in each chain."] = 1000,
    warmup: Annotated[int, Range(0), "Sweeps before the first draw."] = 1000,
    thin: Annotated[int, Range(1), "Sweeps for each draw kept."] = 20,
    seed: Seed = 1,
    prior: Prior = "network",
    volatility: Annotated[
        Literal["constant", "moving"],
        "constant, or moving: the size of all shocks changes over time together.",
    ] = "constant",
    facet: Facet = None,
    progress: Annotated[
        Progress | None,
        "Called with sweeps done and sweeps in all. Ctrl-C keeps the draws made so far.",
    ] = None,
    **where: Unpack[Where],
) -> Coupled:
    """All ties among some states in one model.

    Keep the model in a file with the suffix .nc: connectedness, responses and whatif take it in place of data.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, NotConvergedError

    Examples
    --------
    >>> model = couple(["Pakistan", "Russia", "United States"], chains=2, draws=100, warmup=100, thin=1)
    >>> model.dyads
    ('PAK-RUS', 'PAK-USA', 'RUS-USA')
    """
    world, codes = world_of(data, where, *states)
    from quadrille.coupling.model import CoupleConfig

    config = CoupleConfig(lags, chains, draws, warmup, thin, seed, prior, volatility)
    return estimate(world, codes, facet, config, progress)


_COMPANY = 3


@question
def connectedness(
    states: Annotated[
        Sequence[str],
        "Two states or more: name, ISO3, COW code, adjective. None where a model is given.",
    ] = (),
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
    used = _at_hand_or_estimated(
        states, lambda w: w.present(states), where, seed, progress,
        model=model, data=data, facet=facet, quick=quick, lags=lags, states=tuple(states),
    )  # fmt: skip
    from quadrille.coupling.responses import connectedness_of

    return connectedness_of(used, horizon, order)


@question
def responses(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    among: Annotated[
        Sequence[str],
        "Further state of the model, may be given again. Default: the three states with most to do with both.",
    ] = (),
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

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> moved = responses("PAK", "RUS", model=few)
    >>> moved.tie
    'PAK-RUS'
    """

    def codes(world: World) -> Sequence[str]:
        first, second, *others = world.present((a, b, *among))
        return first, second, *(others or _company(world, first, second, facet))

    used = _at_hand_or_estimated(
        (a, b, *among), codes, where, seed, progress,
        model=model, data=data, facet=facet, quick=quick, lags=lags, among=tuple(among),
    )  # fmt: skip
    first, second = World(None).states((a, b))
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

    found = third_states(world.measurement(facet, of=(a, b)), a, b)[:_COMPANY]
    if not found:
        raise NoDataError(
            f"{world.origin}: no third state has ties with both {a} and {b}; give other data"
        )
    return found


@question
def pivot(
    a: Compared,
    b: Partner,
    data: Data = None,
    *,
    on: Pivotal,
    among: Annotated[
        Sequence[str],
        "Further state of the model, may be given again. Default: the two third states with most to do with both.",
    ] = (),
    horizon: Ahead = None,
    lags: Lags = 1,
    quick: Annotated[bool, "Fewer sweeps and at most 30 placebos."] = False,
    prior: Prior = "network",
    facet: Facet = None,
    seed: Seed = 1,
    progress: Annotated[Progress | None, "Called with placebos done and placebos in all."] = None,
    **where: Unpack[Where],
) -> Pivot:
    """Whether a state's tie with a pivot moves another of its ties.

    Examples
    --------
    >>> answer = pivot("PAK", "RUS", on="USA", quick=True)
    >>> answer.label
    'PAK-RUS on USA'
    """
    world, (first, second, third, *rest) = world_of(data, where, a, b, on, *among)
    config = replace(config_of(quick, lags, seed), prior=prior)
    from quadrille.coupling.pivot import pivot_of, with_company

    evidence = evidence_in_index(first, second, third)
    try:
        around = world.measurement(facet, of=(first, second))
        chosen = with_company(around, first, second, third, rest)
        found = pivot_of(
            around, first, second, third, among=chosen[3:], company=world.measurement(facet, chosen),
            horizon=horizon, config=config, quick=quick, progress=progress,
        )  # fmt: skip
    except NoDataError as error:
        if evidence is None:
            raise
        raise NoDataError(f"{error}; {evidence.without_model()}") from None
    return replace(found, evidence=evidence, turnover=_turnover(world, first, second, third))


def evidence_in_index(a: str, b: str, on: str) -> Evidence | None:
    """What every triangle of the index says; None where its fit is not there."""
    from quadrille.coupling.evidence import evidence_of
    from quadrille.coupling.shipped import shipped_pooled

    return known(lambda: evidence_of(shipped_pooled(), a, b, on))


def _turnover(world: World, a: str, b: str, on: str) -> Turnover | None:
    """What the tie did when leaders of the pivot changed; None where the index is not there, or of years."""
    from quadrille.coupling.turnover import turnover_of, whole_paths

    if world.index is None:
        return None
    layers = world.layers_named("archigos", "reign")
    return turnover_of(whole_paths(world.index.panel), world.index.origin, a, b, on, layers)


@question
def pivots(
    a: Annotated[str | None, "The state whose ties are moved. Default: every state."] = None,
    data: Data = None,
    *,
    top: Annotated[int, Range(1, 300), "Triads listed at most."] = 200,
    **where: Unpack[Where],
) -> Pivots:
    """Who pivots whom in the world, learnt from every triangle.

    Examples
    --------
    >>> found = pivots("Pakistan", top=6)
    >>> found.to_polars().height
    6
    """
    from quadrille.coupling.evidence import pivots_of
    from quadrille.coupling.shipped import shipped_pooled

    world = open_world(data, **where)
    code = world.states((a,))[0] if a is not None else None
    if _is_shipped(world):
        return pivots_of(shipped_pooled(), code, top)
    from quadrille.coupling.pooled import pooled_of

    indexed = world.source.kind == "index"
    engagement = world.measurement("engagement") if indexed else None
    pooled = pooled_of(world.measurement(), engagement, world.layers, placebos=0)
    return pivots_of(pooled, code, top)


def _is_shipped(world: World) -> bool:
    """Whether the index is asked that the fit was made of, whole."""
    from quadrille.index.shipped import index_path

    if world.since or world.until or world.frequency not in (None, "Y"):
        return False
    return not world.named or str(index_path()) in getattr(world.source, "files", ())


@question
def rolling_pivot(
    a: Compared,
    b: Partner,
    data: Data = None,
    *,
    on: Pivotal,
    width: Annotated[
        int | None, Range(8), "Periods in a window, at least 8. Default: 40% of all."
    ] = None,
    step: Annotated[
        int | None,
        Range(1),
        "Periods between the starts of two windows. Default: a quarter of the width.",
    ] = None,
    horizon: Ahead = None,
    lags: Lags = 1,
    facet: Facet = None,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> RollingPivot:
    """The pivot's effect in rolling windows.

    Examples
    --------
    >>> windows = rolling_pivot("PAK", "RUS", on="USA", width=36, step=36)
    >>> windows.to_polars().columns[:2]
    ['first', 'last']
    """
    world, (first, second, third) = world_of(data, where, a, b, on)
    from quadrille.coupling.pivot import SMALL, rolling_pivot_of

    return rolling_pivot_of(
        world.measurement(facet, (first, second, third)), first, second, third,
        width=width, step=step, horizon=horizon, config=replace(SMALL, lags=lags, seed=seed),
    )  # fmt: skip
