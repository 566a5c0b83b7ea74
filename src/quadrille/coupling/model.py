"""Couple all ties among a set of states: label, delegate to the kernel, label again."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.arguments import Progress
from quadrille.coupling.crossed import Crossed, crossed_of
from quadrille.coupling.pooled import Pooled
from quadrille.coupling.posterior import Posterior, Variable
from quadrille.coupling.result import PRIORS, Coupled, Diagnostics
from quadrille.errors import NoDataError, NotConvergedError, OptionError, SameStateError
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.coupled import Kept, draw_prior, keep_room, sweeps
from quadrille.kernels.diagnose import convergence
from quadrille.kernels.dynamics import Chain, World, log_density
from quadrille.kernels.slices import LAMBDA_SCALE
from quadrille.measure.model import measure
from quadrille.measure.result import Measurement
from quadrille.panel.facets import Observations

__all__ = [
    "PRIORS",
    "QUICK",
    "CoupleConfig",
    "coupled_of",
    "log_predictive",
    "predictive_of",
    "ties_of",
    "world_of",
]

_FEWEST_SEEN = 3
_FEWEST_DRAWS = 50
# What the pooled effects are of: valence, of which hostility is the negative side.
_OF_THE_WORLD = ("cordiality", "hostility")
_ROUND_SECONDS = 0.5
_JUDGED = 250
# Correlation of two ties' shocks under the prior: sd about 0.35 at k = 6; 0.2 to 0.5 over its 90%.
_TIGHT = np.array([np.log(6.0), 0.5**2])


@dataclass(frozen=True, slots=True)
class CoupleConfig:
    """How to estimate; every field is checked by `couple`.

    Attributes
    ----------
    lags : int
        Periods back that ties act on each other.
    chains, draws, warmup, thin : int
        ``draws`` are kept in each chain, one of every ``thin`` sweeps, after ``warmup`` sweeps.
    seed : int
        The same seed gives the same draws on any number of cores.
    prior : {"network", "world", "minnesota"}
        ``world`` takes means and spread of effects between ties from every triangle of the world
        (`quadrille.coupling.crossed`); ``minnesota`` treats ties that share no state like those that share one.
    volatility : {"constant", "moving"}
        ``moving`` lets the size of all shocks change over time together.
    decay : float
        How fast the prior shrinks longer lags, lambda_3.
    most : int
        Where the draws are not to be trusted (`Diagnostics`), chains go on by as many again, up to so many each.
    """

    lags: int = 1
    chains: int = 4
    draws: int = 1000
    warmup: int = 1000
    thin: int = 20
    seed: int = 1
    prior: Literal["network", "world", "minnesota"] = "network"
    volatility: Literal["constant", "moving"] = "constant"
    decay: float = 1.0
    most: int = 0


# Short data mix fast, so that a quick run begins with few sweeps and goes on only where they do not do: five
# states of the index, of which the posterior of lambda_own has two parts, need some 2,500 draws.
QUICK = CoupleConfig(draws=500, warmup=500, thin=4, most=3000)


class Ties(NamedTuple):
    """Rows of a measurement among the chosen states, and the pairs that have too little data."""

    rows: NDArray[np.intp]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    columns: slice


def _check(config: CoupleConfig) -> None:
    floor = {"lags": 1, "chains": 1, "draws": _FEWEST_DRAWS, "warmup": 0, "thin": 1, "seed": 0}
    for name, least in floor.items():
        if getattr(config, name) < least:
            raise OptionError(f"{name} is {getattr(config, name)}; it must be at least {least}")
    for name, allowed in (
        ("prior", PRIORS),
        ("volatility", ("constant", "moving")),
    ):
        if getattr(config, name) not in allowed:
            raise OptionError(
                f"unknown {name} {getattr(config, name)!r}; use one of {', '.join(allowed)}"
            )


def ties_of(states: Sequence[str], m: Measurement) -> Ties:
    """Ties among the states with at least three observed periods, and the span they cover.

    Raises
    ------
    SameStateError
        A state is named twice, or fewer than two are named.
    NoDataError
        A state has no such tie with any other.
    """
    if len(set(states)) != len(states) or len(states) < 2:
        raise SameStateError(f"{' '.join(states)}: give at least two different states")
    m.require(states)
    where = {(str(a), str(b)): i for i, (a, b) in enumerate(m.dyads)}
    pairs = list(combinations(sorted(states), 2))
    seen = {p: int(np.sum(~np.isnan(m.y[where[p]]))) if p in where else 0 for p in pairs}
    kept = [p for p in pairs if seen[p] >= _FEWEST_SEEN]
    for state in sorted(states):
        if not any(state in p for p in kept):
            raise NoDataError(
                f"{m.observations.panel.origin}: {state} has no tie with the other states that was "
                f"observed in at least {_FEWEST_SEEN} periods; leave it out or give other data"
            )
    rows = np.array([where[p] for p in kept], dtype=np.intp)
    columns = np.flatnonzero((~np.isnan(m.y[rows])).any(axis=0))
    left = tuple("-".join(p) for p in pairs if p not in kept)
    return Ties(
        rows, tuple("-".join(p) for p in kept), left, slice(int(columns[0]), int(columns[-1]) + 1)
    )


def _groups(labels: Sequence[str]) -> NDArray[np.int64]:
    """0 for the tie itself, 1 for a tie that shares a state, 2 for one that shares none."""
    sets = [set(label.split("-")) for label in labels]
    return np.array([[0 if a is b else 1 if a & b else 2 for b in sets] for a in sets])


def crossed_for(m: Measurement, ties: Ties, config: CoupleConfig, pooled: Pooled | None = None, last: int = 0) -> Crossed | None:  # fmt: skip
    """What the world says of the cross effects; None where it is not asked, or speaks of another facet.

    What triads are is taken from the years before the ``last`` periods.

    Raises
    ------
    NoDataError
        The fit of all triads is not there.
    """
    if config.prior != "world" or m.observations.facet not in _OF_THE_WORLD:
        return None
    from quadrille.coupling.shipped import shipped_pooled

    until = m.periods[ties.columns][-1 - last].year
    return crossed_of(
        pooled or shipped_pooled(), ties.labels, m.observations.panel.frequency, until
    )


def world_of(m: Measurement, ties: Ties, config: CoupleConfig, pooled: Pooled | None = None, last: int = 0) -> World:  # fmt: skip
    """Data and prior of the coupled model, both from the measurement of the same data.

    The prior of a tie's mean, innovation variance, persistence and noise is what measuring all
    dyads of the data taught about a dyad of its volume of events (`quadrille.measure.Prior`); that of
    effects between ties is centred on zero, or on what the triads of a world say, by default those of the index.
    """
    mean = m.prior_mean[ties.rows]
    n, crossed = len(ties.labels), crossed_for(m, ties, config, pooled, last)
    scale = LAMBDA_SCALE.copy()
    if crossed is not None:
        scale[1] = crossed.spread / scale[0]
    return World(
        np.ascontiguousarray(m.y[ties.rows, ties.columns].T),
        np.ascontiguousarray(m.s2[ties.rows, ties.columns].T),
        m.repeats[ties.rows], m.scatter[ties.rows], float(m.observations.phi_min),
        _groups(ties.labels), 1.0 / (1.0 + np.exp(-mean[:, 2])),
        np.ascontiguousarray(mean[:, [0, 1, 3]].T), np.diag(m.prior.cov)[[0, 1, 3]].copy(),
        _TIGHT, float(config.decay), config.prior != "minnesota", config.volatility == "moving",
        np.zeros((n, n)) if crossed is None else crossed.mean, scale,
    )  # fmt: skip


class _Judged(NamedTuple):
    """Draws of all chains, and how far they can be trusted."""

    posterior: Posterior
    diagnostics: Diagnostics


class _Run(NamedTuple):
    chain: Chain
    kept: Kept
    rng: np.random.Generator


def _advance(world: World, runs: list[_Run], pool: ThreadPoolExecutor, first: int, count: int, thin: int) -> None:  # fmt: skip
    """Take every chain the same number of draws further; ``first`` below zero keeps nothing."""
    none = [r if first >= 0 else r._replace(kept=keep_room(r.chain, 0)) for r in runs]
    waiting = [
        pool.submit(sweeps, world, r.chain, r.kept, max(first, 0), count, thin, r.rng) for r in none
    ]
    if any(w.result() < count for w in waiting):
        raise NotConvergedError(
            "the sampler met a matrix that is not positive definite; drop ties with hardly any "
            "data, or use fewer lags"
        )


@first_time("the coupled sampler", 25)
def _sample(
    world: World, config: CoupleConfig, progress: Progress | None
) -> tuple[list[Kept], int, _Judged | None]:
    """Run the chains; draws kept, how many in each, and what was thought of them where they were judged."""
    seeds = np.random.SeedSequence(config.seed).spawn(config.chains)
    runs = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        chain = draw_prior(world, config.lags, rng)
        runs.append(_Run(chain, keep_room(chain, max(config.draws, config.most)), rng))
    total, done, pace = config.warmup + config.draws * config.thin, 0, 0.01
    made, judged = 0, None
    with ThreadPoolExecutor(min(config.chains, os.cpu_count() or 1)) as pool:
        try:
            while done < total:
                began = time.perf_counter()
                warm, thin = done < config.warmup, config.thin
                left = config.warmup - done if warm else (total - done) // thin
                count = int(np.clip(_ROUND_SECONDS / pace / (1 if warm else thin), 1, left))
                _advance(world, runs, pool, -1 if warm else made, count, 1 if warm else thin)
                made += 0 if warm else count
                done += count * (1 if warm else thin)
                pace = (time.perf_counter() - began) / (count * (1 if warm else thin))
                if done == total and made + config.draws <= config.most:
                    judged = _trusted([r.kept for r in runs], made, world.moving)
                    total += 0 if judged else config.draws * thin
                if progress:
                    progress(done, total)
        except KeyboardInterrupt:
            if made < _FEWEST_DRAWS:
                raise
    return [r.kept for r in runs], made, judged


def _judge(kept: list[Kept], made: int, moving: bool, asked: int) -> _Judged:
    posterior = _posterior(kept, made, moving)
    return _Judged(posterior, _diagnose(posterior, asked))


def _trusted(kept: list[Kept], made: int, moving: bool) -> _Judged | None:
    """The draws judged, None where they are not to be trusted; the prior's own parameters, which mix slowest, are looked at first."""
    if not _checked({"hyper": np.stack([k.hyper[:made] for k in kept])}, made).trusted:
        return None
    judged = _judge(kept, made, moving, made)
    return judged if judged.diagnostics.trusted else None


def _posterior(kept: list[Kept], made: int, moving: bool) -> Posterior:
    parts = Kept(*(np.stack([getattr(k, f)[:made] for k in kept]) for f in Kept._fields))
    n_chain, _, n, m = parts.coef.shape
    a = np.ascontiguousarray(parts.coef.reshape(n_chain, made, n, m // n, n).swapaxes(2, 3))
    c = parts.mu - np.einsum("cslij,csj->csi", a, parts.mu)
    base, tie = ("chain", "draw"), ("chain", "draw", "dyad")
    variables = {
        "mu": Variable(tie, parts.mu),
        "c": Variable(tie, c),
        "A": Variable((*base, "lag", "dyad", "dyad_from"), a),
        "Sigma": Variable((*tie, "dyad_from"), parts.Sigma),
        "x": Variable((*tie, "time"), np.ascontiguousarray(parts.x.swapaxes(2, 3))),
        "phi": Variable(tie, parts.phi),
        "unit": Variable(tie, parts.unit),
    }
    for i, name in enumerate(("lambda_own", "lambda_shared", "lambda_disjoint", "tightness")):
        variables[name] = Variable(base, np.ascontiguousarray(parts.hyper[:, :, i]))
    if moving:
        variables["h"] = Variable((*base, "time"), parts.h)
        variables["h_persistence"] = Variable(base, np.ascontiguousarray(parts.vol[:, :, 0]))
        variables["h_sd"] = Variable(base, np.ascontiguousarray(parts.vol[:, :, 1]))
    return Posterior(variables)


def _diagnose(posterior: Posterior, asked: int) -> Diagnostics:
    upper = np.triu_indices(posterior.sizes["dyad"])
    half = {name: v[:, :, *upper] if name == "Sigma" else v for name, v in posterior.items()}
    return _checked(half, asked)


def _checked(values: Mapping[str, Array], asked: int) -> Diagnostics:
    """Diagnostics of arrays by name, each of shape ``(chain, draw, ...)``."""
    names, parts = [], []
    n_chain, made = next(iter(values.values())).shape[:2]
    for name, value in values.items():
        flat = value.reshape(n_chain, made, -1)
        moves = flat[0, 0] != flat[0, -1]  # what the prior fixes is not sampled
        if moves.any():
            parts.append(flat[:, :, moves].transpose(2, 0, 1))
            names += [name] * int(moves.sum())
    got = [convergence(p) for p in parts]
    rhat, bulk, tail = (np.concatenate(f) for f in zip(*got, strict=True))
    worst = int(np.argmax(rhat))
    return Diagnostics(
        float(rhat[worst]), float(bulk.min()), float(tail.min()), names[worst],
        n_chain, made, asked, len(names),
    )  # fmt: skip


def coupled_of(
    states: Sequence[str],
    observations: Observations | Measurement,
    config: CoupleConfig | None = None,
    progress: Progress | None = None,
    pooled: Pooled | None = None,
) -> Coupled:
    """Estimate all ties among the states in one model.

    Parameters
    ----------
    states : sequence of str
        ISO3.
    observations : Observations or Measurement
        A measurement that is at hand saves measuring again.
    config : CoupleConfig, optional
    progress : callable, optional
        Called with sweeps done and sweeps in all.
    pooled : Pooled, optional
        The triads that the prior ``world`` is taken from. Default: those of the index.

    Returns
    -------
    Coupled
        Ties seen in fewer than three periods are left out and named in ``provenance``. After
        Ctrl-C, the draws made so far, if there are at least 50 in each chain.

    Raises
    ------
    OptionError, SameStateError, NoDataError
    """
    config = config or CoupleConfig()
    _check(config)
    if isinstance(observations, Observations):
        observations = measure(observations)
    m = observations
    ties = ties_of(states, m)
    periods = m.periods[ties.columns]
    if len(periods) <= config.lags + 1:
        raise OptionError(
            f"{len(periods)} periods are too few for {config.lags} lags; use fewer lags"
        )
    world = world_of(m, ties, config, pooled)
    kept, made, judged = _sample(world, config, progress)
    judged = judged or _judge(kept, made, world.moving, max(made, config.draws))
    obs = m.observations
    provenance: dict[str, Any] = {
        "seed": config.seed,
        "config": asdict(config),
        "version": version("quadrille"),
        "files": list(obs.panel.files),
        "date": date.today().isoformat(),
        "left_out": list(ties.left_out),
        "prior_from": f"{m.prior.dyads} dyads of {obs.panel.origin}",
        **_cross_from(crossed_for(m, ties, config, pooled)),
    }
    return Coupled(
        tuple(sorted(states)), ties.labels, periods, obs.panel.frequency, obs.facet, obs.unit,
        obs.panel.origin, m.neutral, judged.posterior,
        world.y.T.copy(), world.s2.T.copy(), m.n[ties.rows, ties.columns],
        m.observed[ties.rows, ties.columns], m.omega[ties.rows],
        judged.diagnostics, provenance,
    )  # fmt: skip


def _cross_from(crossed: Crossed | None) -> dict[str, str]:
    """Where the prior's means of effects between ties are from; nothing where they are zero."""
    if crossed is None:
        return {}
    said = (
        f"triads of the world, {crossed.left_out} that hold a tie of the model left out; {crossed.known} effects have a "
        f"mean, spread {crossed.spread:.4f}"
    )
    return {"cross_from": said}


def log_predictive(
    states: Sequence[str], m: Measurement, last: int, config: CoupleConfig | None = None, pooled: Pooled | None = None
) -> tuple[float, float]:  # fmt: skip
    """Log predictive likelihood of the last periods, to choose lags and prior by.

    The marginal likelihood of all data over that of the data before (Geweke & Keane 2007): the
    joint density of the last periods' observations given the earlier ones, averaged over the
    posterior of the earlier ones, states integrated out exactly. Unlike the full marginal
    likelihood it hardly depends on how wide the prior is. The prior of each tie's level and noise
    comes from ``m``, which has seen all periods; this is the same for the models compared.

    Parameters
    ----------
    states, config, pooled
        As in `coupled_of`; constant volatility only.
    m : Measurement
    last : int
        How many periods are kept for judging.

    Returns
    -------
    value, error : float
        In nats, and its Monte Carlo standard error, from the spread over chains.

    Raises
    ------
    OptionError, SameStateError, NoDataError
    """
    config = config or CoupleConfig()
    _check(config)
    ties = ties_of(states, m)
    return predictive_of(world_of(m, ties, config, pooled, last), last, config)


def predictive_of(world: World, last: int, config: CoupleConfig) -> tuple[float, float]:
    """As `log_predictive`, of data and prior that are at hand."""
    n_time = world.y.shape[0]
    if not 1 <= last < n_time - config.lags - 1:
        raise OptionError(f"last is {last}; it must be from 1 to {n_time - config.lags - 2}")
    if config.volatility != "constant":
        raise OptionError("the predictive likelihood is for constant volatility only")
    past = world._replace(y=world.y[:-last], s2=world.s2[:-last])
    kept, made, _ = _sample(past, config, None)
    each = []
    for k in kept:
        gain = []
        for i in np.linspace(0, made - 1, min(made, _JUDGED)).astype(int):
            chain = Chain(*(part[i] for part in k))
            whole = chain._replace(h=np.zeros(n_time))
            gain.append(log_density(world, whole) - log_density(past, chain))
        each.append(np.logaddexp.reduce(gain) - np.log(len(gain)))
    value = float(np.logaddexp.reduce(each) - np.log(len(each)))
    return value, float(np.std(each) / np.sqrt(len(each)))
