"""Posterior paths of every dyad of a measurement, block by block, and where they go from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.ar1 import simulate_paths, unpack
from quadrille.kernels.arrays import Array
from quadrille.measure.levels import scores_of
from quadrille.measure.posterior import Series, make_noise, weighted_draws
from quadrille.measure.result import Measurement
from quadrille.panel.units import Unit

__all__ = ["Ahead", "draws_ahead", "observed_draws", "world_draws"]

# Proposals a draw: half as many as for one tie looked at by itself, since a world has no one tie.
_PROPOSALS = 4
# Dyads at once: 200 draws of 500 dyads keep the peak under 300 MB.
_BLOCK = 500
_REPEATS = 4


class _Block(NamedTuple):
    """Dyads, their drawn parameters ``(dyad, draw)`` and paths ``(dyad, draw, time)``."""

    rows: slice
    mu: Array
    q: Array
    rho: Array
    phi: Array
    paths: Array


def _blocks(m: Measurement, draws: int, rng: np.random.Generator) -> Iterator[_Block]:
    phi_min = m.observations.phi_min
    for first in range(0, len(m.dyads), _BLOCK):
        rows = slice(first, min(first + _BLOCK, len(m.dyads)))
        series = Series(m.y, m.s2, m.repeats, m.scatter).rows(rows)
        size = rows.stop - rows.start
        theta = _parameters(m, rows, series, draws, rng)
        mu, q, rho, phi = (np.ascontiguousarray(v) for v in unpack(theta, phi_min))
        if m.kept is not None:
            scores = scores_of(m, rows, draws, rng)
            paths = m.mean[rows, None] + m.sd[rows, None] * scores
        else:
            z = rng.standard_normal((size, draws, len(m.periods)))
            paths = simulate_paths(series.y, series.s2, phi, mu, rho, q, z)
        yield _Block(rows, mu, q, rho, phi, paths)


def _parameters(
    m: Measurement, rows: slice, series: Series, draws: int, rng: np.random.Generator
) -> Array:
    """Draws of the hyperparameters ``(dyad, draw, 4)``; known ones as they are."""
    size = rows.stop - rows.start
    if m.prior.known:
        return np.repeat(m.theta[rows, None], draws, axis=1)
    got = weighted_draws(
        series, m.prior_mean[rows], m.prior.cov, m.observations.phi_min,
        make_noise(rng, size, _PROPOSALS * draws), m.theta[rows],
    )  # fmt: skip
    grid = (np.arange(draws) + rng.random((size, 1))) / draws
    edges = np.cumsum(got.weights, axis=1)
    picked = np.stack([np.searchsorted(e, g) for e, g in zip(edges, grid, strict=True)])
    picked = rng.permuted(picked.clip(max=edges.shape[1] - 1), axis=1)
    return np.take_along_axis(got.theta, picked[:, :, None], axis=1)


def world_draws(
    m: Measurement, draws: int = 200, seed: int = 1
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Draw paths of all dyads.

    Hyperparameters are drawn by sampling importance resampling, as for one tie, then paths by forward
    filtering, backward sampling. A dyad's paths here are not those of `quadrille.measure.tie`, but of
    the same posterior.

    Parameters
    ----------
    m : Measurement
    draws, seed : int

    Yields
    ------
    rows : slice
        Which dyads of ``m``.
    paths : ndarray, shape (dyad, draw, time)
    """
    for block in _blocks(m, draws, np.random.default_rng([seed, draws])):
        yield block.rows, block.paths


class Ahead(NamedTuple):
    """Draws of the coming periods, each of shape ``(dyad, draw, horizon)``.

    ``relation`` is x on the model's scale; ``observed`` what will be seen of it: of counts what is
    shown, else on the model's scale.
    """

    relation: Array
    observed: Array


def draws_ahead(m: Measurement, horizons: int, draws: int = 200, seed: int = 1) -> Ahead:
    """Draw where every dyad goes, and what will be observed there.

    Parameters are drawn, not taken at their modes. Each draw is carried on four times, with new shocks and
    new noise.

    Parameters
    ----------
    m : Measurement
    horizons, draws, seed : int

    Returns
    -------
    Ahead
        With four times as many draws.
    """
    rng = np.random.default_rng([seed, draws, horizons])
    # Laid out horizon by horizon, and with the draws of a dyad together.
    shape = (len(m.dyads), horizons, draws * _REPEATS)
    relation, observed = np.empty(shape), np.empty(shape)
    for block in _blocks(m, draws, rng):
        mu, rho, sd, x = (
            np.repeat(v, _REPEATS, axis=1)
            for v in (block.mu, block.rho, np.sqrt(block.q), block.paths[:, :, -1])
        )
        for h in range(horizons):
            x -= mu
            x *= rho
            x += mu
            x += sd * rng.standard_normal(x.shape)
            relation[block.rows, h] = x
        for d in range(block.rows.start, block.rows.stop):
            noise = np.repeat(block.phi[d - block.rows.start], _REPEATS) * _usual(m.s2[d], m.y[d])
            observed[d] = observed_draws(
                relation[d].T, noise[:, None], m.n[d], float(m.omega[d]), m.observations.unit, rng
            ).T
    return Ahead(relation.transpose(0, 2, 1), observed.transpose(0, 2, 1))


def _usual(s2: Array, y: Array) -> float:
    return float(np.median(s2[~np.isnan(y)]))


def observed_draws(
    x: Array, noise: Array, n: Array, omega: float, unit: Unit, rng: np.random.Generator
) -> Array:
    """What will be observed of one dyad, of the shape of its draws.

    Parameters
    ----------
    x : ndarray
        Draws of the relation.
    noise : ndarray
        Variance of a normal observation, to be broadcast with ``x``.
    n : ndarray, shape (time,)
        Events of past periods: how many the coming ones will have is drawn from those that had any.
    omega : float
        Over-dispersion of counts; NaN: the observation is normal.
    unit : Unit
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        Of counts what is shown, else on the model's scale.
    """
    if np.isnan(omega):
        return np.asarray(x + np.sqrt(noise) * rng.standard_normal(x.shape))
    events = rng.choice(n[np.nan_to_num(n) > 0], x.shape)
    p = np.clip(1.0 / (1.0 + np.exp(-x)), 1e-9, 1.0 - 1e-9)
    share = rng.beta(p / omega, (1.0 - p) / omega) if omega > 1e-9 else p
    plus = rng.binomial(events.astype(np.int64), share)
    return unit.shown_counts(plus, events - plus)
