"""Posterior paths of every dyad of a measurement, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.ar1 import simulate_paths
from quadrille.kernels.fit import unpack
from quadrille.measure.posterior import Series, make_noise, weighted_draws
from quadrille.measure.result import Measurement

__all__ = ["world_draws"]

# Proposals a draw: half as many as for one tie looked at by itself, since a world has no one tie.
_PROPOSALS = 4
# Dyads at once: 200 draws of 500 dyads keep the peak under 300 MB.
_BLOCK = 500


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
    rng = np.random.default_rng([seed, draws])
    phi_min = m.observations.phi_min
    for first in range(0, len(m.dyads), _BLOCK):
        rows = slice(first, min(first + _BLOCK, len(m.dyads)))
        series = Series(m.y, m.s2, m.repeats, m.scatter).rows(rows)
        size = rows.stop - rows.start
        got = weighted_draws(
            series, m.prior_mean[rows], m.prior.cov, phi_min,
            make_noise(rng, size, _PROPOSALS * draws), m.theta[rows],
        )  # fmt: skip
        grid = (np.arange(draws) + rng.random((size, 1))) / draws
        edges = np.cumsum(got.weights, axis=1)
        picked = np.stack([np.searchsorted(e, g) for e, g in zip(edges, grid, strict=True)])
        picked = rng.permuted(picked.clip(max=edges.shape[1] - 1), axis=1)
        theta = np.take_along_axis(got.theta, picked[:, :, None], axis=1)
        mu, q, rho, phi = (np.ascontiguousarray(v) for v in unpack(theta, phi_min))
        z = rng.standard_normal((size, draws, len(m.periods)))
        yield rows, simulate_paths(series.y, series.s2, phi, mu, rho, q, z)
