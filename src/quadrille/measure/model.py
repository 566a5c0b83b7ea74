"""Measure every dyad of a panel: label, delegate to the kernels, label again."""

from __future__ import annotations

import zlib
from datetime import date
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import SameStateError
from quadrille.kernels.ar1 import simulate_paths
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.constants import BAND
from quadrille.kernels.fit import unpack
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.measure.counts import Counts, count_observations
from quadrille.measure.posterior import Series, make_noise, moments, weighted_draws
from quadrille.measure.prior import Prior, learn_prior
from quadrille.measure.result import Diagnostics, Measurement, Relation
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.facets import Observations

__all__ = ["measure", "relation_of"]

_PROPOSALS = 8
_WORLD_DRAWS = 64


class _Grid(NamedTuple):
    """Dyads by periods: where each row of the data belongs, events, and log volume."""

    data: pl.DataFrame
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    at: tuple[NDArray[np.integer], NDArray[np.integer]]
    n: Array
    volume: Array

    def laid(self, column: str, empty: float = np.nan) -> Array:
        """A column as an array ``(dyad, time)``."""
        out = np.full((len(self.dyads), len(self.periods)), empty)
        out[self.at] = self.data[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return out

    def summed(self, values: pl.Series) -> Array:
        """Sum of a column over each dyad's rows."""
        made = np.bincount(self.at[0], values.to_numpy(), len(self.dyads))
        return np.asarray(made, dtype=float)


class _Learnt(NamedTuple):
    """Normal observations, the prior of the hyperparameters, and where to look for their modes."""

    series: Series
    observed: Array
    prior: Prior
    start: Array | None
    omega: Array


def _grid(obs: Observations) -> _Grid:
    """Lay long observations out as dyad by time arrays over every period of the span."""
    data = obs.data.sort("state_a", "state_b", "period")
    first, last = data["period"].min(), data["period"].max()
    every = FREQUENCIES[obs.panel.frequency]
    periods = list(pl.date_range(first, last, every, eager=True))  # type: ignore[arg-type]
    dyads = data.select("state_a", "state_b").unique().sort("state_a", "state_b")
    rows = (
        data.join(dyads.with_row_index("row"), on=["state_a", "state_b"])
        .join(pl.DataFrame({"period": periods}).with_row_index("col"), on="period")
        .sort("row", "col")
    )
    at = (rows["row"].to_numpy(), rows["col"].to_numpy())
    bare = _Grid(rows, dyads.to_numpy().astype(np.str_), tuple(periods), at, *np.empty((2, 0)))
    size = rows["n"] if rows["n"].null_count() == 0 else rows["y"].abs()
    seen = np.maximum(np.bincount(at[0], minlength=dyads.height), 1)
    return bare._replace(n=bare.laid("n"), volume=np.log1p(bare.summed(size) / seen))


def _learn(g: _Grid, obs: Observations) -> _Learnt:
    if obs.counted:
        return _learn_counts(g, obs)
    y = g.laid("y")
    series = Series(y, g.laid("s2", 1.0), g.summed(g.data["repeats"]), g.summed(g.data["scatter"]))
    prior = learn_prior(series, g.volume, obs.phi_min)
    return _Learnt(series, obs.unit.shown(y), prior, None, np.full(len(g.dyads), np.nan))


def _learn_counts(g: _Grid, obs: Observations) -> _Learnt:
    counts = Counts(g.laid("plus"), g.laid("minus"))
    got = count_observations(counts, g.volume)
    zero = np.zeros(len(g.dyads))
    series = Series(got.y, got.s2, zero, zero)
    return _Learnt(series, obs.unit.shown_counts(*counts), got.prior, got.start, got.omega)


@first_time("the measurement model", 8)
def measure(observations: Observations) -> Measurement:
    """Measure every dyad that has an observation, hyperparameters fitted, in one pass.

    Parameters
    ----------
    observations : Observations

    Returns
    -------
    Measurement
    """
    g = _grid(observations)
    phi_min = observations.phi_min
    learnt = _learn(g, observations)
    prior_mean = learnt.prior.mean(g.volume)
    noise = make_noise(np.random.default_rng(0), len(g.dyads), _WORLD_DRAWS)
    got = weighted_draws(learnt.series, prior_mean, learnt.prior.cov, phi_min, noise, learnt.start)
    mean, sd = moments(learnt.series, got, phi_min)
    return Measurement(
        observations, g.dyads, g.periods, *learnt.series, g.n, learnt.observed, learnt.omega,
        got.mode, got.converged, learnt.prior, prior_mean, mean, sd,
    )  # fmt: skip


def _stream(seed: int, label: str) -> np.random.Generator:
    """Numbers that depend on the seed and the dyad, not on which others are asked for."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


def _hyper_draws(
    m: Measurement, row: int, draws: int, rng: np.random.Generator
) -> tuple[Array, float, float]:
    """Sampling importance resampling of theta: draws, effective proposals, Pareto k; known ones as they are."""
    if m.prior.known:
        return np.broadcast_to(m.theta[row], (draws, 4)).copy(), float(draws), 0.0
    one = slice(row, row + 1)
    got = weighted_draws(
        Series(m.y[one], m.s2[one], m.repeats[one], m.scatter[one]),
        m.prior_mean[one], m.prior.cov, m.observations.phi_min,
        make_noise(rng, 1, _PROPOSALS * draws), m.theta[one],
    )  # fmt: skip
    grid = (np.arange(draws) + rng.random()) / draws
    picked = np.searchsorted(np.cumsum(got.weights[0]), grid, side="right")
    theta = got.theta[0, rng.permutation(picked.clip(max=got.theta.shape[1] - 1))]
    return theta, float(effective_draws(got.log_w)[0]), pareto_k(got.log_w[0])


def _normal_scores(paths: Array) -> Array:
    """Standard normal quantiles in the order of the draws of each period, shape (draw, time)."""
    count = len(paths)
    normal = NormalDist()
    score = np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])
    score /= score.std()
    return np.asarray(score[paths.argsort(axis=0).argsort(axis=0)])


def relation_of(m: Measurement, a: str, b: str, draws: int = 1000, seed: int = 1) -> Relation:
    """Posterior paths of one dyad.

    Of an index, whose mean and standard deviation are known, the draws of each period are put at the quantiles of
    that normal distribution in their own order, so that they repeat it without the noise of drawing.

    Parameters
    ----------
    m : Measurement
    a, b : str
        ISO3 codes in either order.
    draws : int
    seed : int
        The same seed gives the same paths on any machine, whatever else is asked for.

    Raises
    ------
    SameStateError
        ``a == b``.
    NoDataError
        The dyad has no observation.
    """
    if a == b:
        raise SameStateError(f"{a}-{b}: a dyad needs two different states")
    row = m.row(a, b)
    rng = _stream(seed, "-".join(sorted((a, b))))
    theta, effective, k = _hyper_draws(m, row, draws, rng)
    mu, q, rho, phi = unpack(theta, m.observations.phi_min)
    z = rng.standard_normal((1, draws, len(m.periods)))
    one = slice(row, row + 1)
    paths = simulate_paths(m.y[one], m.s2[one], phi[None], mu[None], rho[None], q[None], z)[0]
    if m.prior.known:
        paths = m.mean[row] + m.sd[row] * _normal_scores(paths)
    quantile = {
        name: tuple(float(v) for v in np.quantile(value, BAND))
        for name, value in (("mu", mu), ("q", q), ("rho", rho), ("phi", phi))
    }
    obs, tried = m.observations, 0 if m.prior.known else _PROPOSALS * draws
    return Relation(
        a, b, obs.facet, obs.unit, obs.panel.origin, obs.panel.frequency, m.neutral, m.periods,
        paths,
        m.y[row], m.s2[row], m.n[row], m.observed[row], quantile,  # type: ignore[arg-type]
        Diagnostics(bool(m.converged[row]), effective, tried, draws, k),
        omega=float(m.omega[row]),
    )  # fmt: skip
