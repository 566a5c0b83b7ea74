"""Measure every dyad of a panel: label, delegate to the kernels, label again."""

from __future__ import annotations

import zlib
from datetime import date
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
from quadrille.measure.posterior import Series, make_noise, moments, weighted_draws
from quadrille.measure.prior import Prior, learn_prior
from quadrille.measure.result import Diagnostics, Measurement, Relation
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.facets import Observations

__all__ = ["measure", "relation_of"]

_PROPOSALS = 8
_WORLD_DRAWS = 64


class _Grid(NamedTuple):
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    series: Series
    n: Array
    volume: Array


def _sum_by(row: NDArray[np.integer], values: pl.Series, n_rows: int) -> Array:
    return np.asarray(np.bincount(row, values.to_numpy(), n_rows), dtype=float)


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
    shape = (dyads.height, len(periods))
    at = (rows["row"].to_numpy(), rows["col"].to_numpy())
    y, s2, n = np.full(shape, np.nan), np.ones(shape), np.full(shape, np.nan)
    y[at], s2[at] = rows["y"].to_numpy(), rows["s2"].to_numpy()
    n[at] = rows["n"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    repeats = _sum_by(at[0], rows["repeats"], shape[0])
    scatter = _sum_by(at[0], rows["scatter"], shape[0])
    seen = rows["n"] if rows["n"].null_count() == 0 else rows["y"].abs()
    seen_count = np.maximum(np.bincount(at[0], minlength=shape[0]), 1)
    volume = np.log1p(_sum_by(at[0], seen, shape[0]) / seen_count)
    return _Grid(
        dyads.to_numpy().astype(np.str_), tuple(periods), Series(y, s2, repeats, scatter), n, volume
    )


@first_time("the measurement model", 8)
def measure(observations: Observations, prior: Prior | None = None) -> Measurement:
    """Measure every dyad that has an observation, hyperparameters fitted, in one pass.

    Parameters
    ----------
    observations : Observations
    prior : Prior, optional
        Learnt from these dyads if not given.

    Returns
    -------
    Measurement
    """
    g = _grid(observations)
    phi_min = observations.phi_min
    prior = prior or learn_prior(g.series, g.volume, phi_min)
    prior_mean = prior.mean(g.volume)
    got = weighted_draws(
        g.series,
        prior_mean,
        prior.cov,
        phi_min,
        make_noise(np.random.default_rng(0), len(g.dyads), _WORLD_DRAWS),
    )
    mean, sd = moments(g.series, got, phi_min)
    return Measurement(
        observations, g.dyads, g.periods, *g.series, g.n,
        got.mode, got.converged, prior, prior_mean, mean, sd,
    )  # fmt: skip


def _stream(seed: int, label: str) -> np.random.Generator:
    """Numbers that depend on the seed and the dyad, not on which others are asked for."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


def _hyper_draws(
    m: Measurement, row: int, draws: int, rng: np.random.Generator
) -> tuple[Array, float, float]:
    """Sampling importance resampling of theta: draws, effective proposals, Pareto k."""
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


def relation_of(m: Measurement, a: str, b: str, draws: int = 1000, seed: int = 1) -> Relation:
    """Posterior paths of one dyad.

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
    quantile = {
        name: tuple(float(v) for v in np.quantile(value, BAND))
        for name, value in (("mu", mu), ("q", q), ("rho", rho), ("phi", phi))
    }
    obs = m.observations
    return Relation(
        a, b, obs.facet, obs.unit, obs.panel.origin, obs.panel.frequency, m.neutral, m.periods,
        paths,
        m.y[row], m.s2[row], m.n[row], quantile,  # type: ignore[arg-type]
        Diagnostics(bool(m.converged[row]), effective, _PROPOSALS * draws, draws, k),
    )  # fmt: skip
