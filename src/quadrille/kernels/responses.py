r"""Who moves whom in a vector autoregression: responses, variance shares, connectedness.

All functions take draws along the first axis; n ties, H horizons after the shock. With
:math:`\Psi_h` the moving-average coefficients,

- generalised response of i to one standard deviation of j (Koop, Pesaran & Potter 1996; Pesaran &
  Shin 1998): :math:`(\Psi_h \Sigma e_j)_i / \sqrt{\sigma_{jj}}`: what follows a surprise in j,
  together with whatever usually comes along with it; no ordering is needed;
- recursive response: :math:`(\Psi_h P e_j)_i` with P the Cholesky factor in a stated order: a tie
  moves those after it within the period, and none before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array

__all__ = [
    "Spillover",
    "generalised_responses",
    "moving_average",
    "recursive_responses",
    "savage_dickey",
    "spillover",
    "variance_shares",
]


class Spillover(NamedTuple):
    """Diebold & Yilmaz (2014), each with draws first.

    ``shares (draw, i, j)``: what j contributes to the forecast variance of i, rows sum to one;
    ``received, sent, net (draw, n)``: from others, to others, and their difference; ``total
    (draw,)``: mean share that comes from other ties.
    """

    shares: Array
    received: Array
    sent: Array
    net: Array
    total: Array


def moving_average(a: Array, horizon: int) -> Array:
    """Coefficients ``(draw, horizon + 1, n, n)`` of ``a (draw, lag, n, n)``; the first is I."""
    draws, lags, n, _ = a.shape
    psi = np.zeros((draws, horizon + 1, n, n))
    psi[:, 0] = np.eye(n)
    for h in range(1, horizon + 1):
        for lag in range(min(lags, h)):
            psi[:, h] += a[:, lag] @ psi[:, h - 1 - lag]
    return psi


def generalised_responses(psi: Array, sigma: Array) -> Array:
    """Responses ``(draw, h, responding, shocked)`` to one standard deviation of each tie's shock."""
    sd = np.sqrt(np.diagonal(sigma, axis1=1, axis2=2))
    return np.asarray(psi @ sigma[:, None] / sd[:, None, None, :])


def recursive_responses(psi: Array, sigma: Array, order: NDArray[np.intp]) -> Array:
    """Responses to orthogonal shocks of one standard deviation, ties ordered as in ``order``."""
    root = np.zeros_like(sigma)
    grid = np.ix_(np.arange(sigma.shape[0]), order, order)
    root[grid] = np.linalg.cholesky(sigma[grid])
    return np.asarray(psi @ root[:, None])


def variance_shares(responses: Array, psi: Array, sigma: Array) -> Array:
    """Share ``(draw, i, j)`` of the forecast variance of i that goes with shocks to j.

    Over the horizons held by ``responses``, h = 0 to H. Recursive shares sum to one over j;
    generalised shares need not, as the shocks overlap.
    """
    total = np.einsum("shij,sjk,shik->si", psi, sigma, psi, optimize=True)
    return np.asarray((responses**2).sum(axis=1) / total[:, :, None])


def spillover(shares: Array) -> Spillover:
    """Connectedness of variance shares, whose rows are first made to sum to one."""
    table = shares / shares.sum(axis=2, keepdims=True)
    own = np.diagonal(table, axis1=1, axis2=2)
    received, sent = 1.0 - own, table.sum(axis=1) - own
    return Spillover(table, received, sent, sent - received, received.mean(axis=1))


def savage_dickey(posterior: Array, prior: Array) -> float:
    r"""Bayes factor for "no effect" against "some effect", from draws of a scalar effect.

    :math:`p(0 \mid y) / p(0)` (Dickey 1971), both densities smoothed by one normal kernel whose
    width is Silverman's for the posterior. With the same kernel in both the ratio is exact for the
    null "about zero, give or take that width", whatever the shape of the two densities.

    Parameters
    ----------
    posterior, prior : ndarray, shapes (draw,)

    Returns
    -------
    float
        Above 1: the data speak for no effect.
    """
    spread = min(posterior.std(), np.subtract(*np.quantile(posterior, (0.75, 0.25))) / 1.349)
    width = 0.9 * spread * posterior.size**-0.2
    near = [np.exp(-0.5 * (draws / width) ** 2).mean() for draws in (posterior, prior)]
    return float(near[0] / near[1])
