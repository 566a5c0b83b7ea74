"""Importance draws under another normal prior: evidence, means and covariance in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled_sums

__all__ = ["Summary", "summary_under"]


# A draw whose weight is less than exp of minus this of the largest adds nothing that a double holds.
_NOTHING = 40.0


class Summary(NamedTuple):
    """Log evidence ``(dyad,)``, posterior mean ``(dyad, k)`` and covariance ``(dyad, k, k)``."""

    log_evidence: Array
    mean: Array
    cov: Array


@compiled_sums
def _summary_block(a, b, theta, base, centre, inverse, log_norm, evidence, mean, cov):  # type: ignore[no-untyped-def]
    # Draws last in what is laid out here, so that each loop runs over many of them.
    draws, size = theta.shape[1], theta.shape[2]
    off, z, weight = np.empty((size, draws)), np.empty(draws), np.empty(draws)
    for d in range(a, b):
        for i in range(size):
            for s in range(draws):
                off[i, s] = theta[d, s, i] - centre[d, i]
        weight[:] = 0.0
        for i in range(size):
            z[:] = 0.0
            for j in range(i + 1):
                f = inverse[i, j]
                for s in range(draws):
                    z[s] += f * off[j, s]
            for s in range(draws):
                weight[s] += z[s] * z[s]
        top = -np.inf
        for s in range(draws):
            weight[s] = base[d, s] + log_norm - 0.5 * weight[s]
            top = max(top, weight[s])
        total = 0.0
        for s in range(draws):
            less = weight[s] - top
            weight[s] = np.exp(less) if less >= -_NOTHING else 0.0
            total += weight[s]
        evidence[d] = top + np.log(total / draws)
        for i in range(size):
            one = 0.0
            for s in range(draws):
                z[s] = weight[s] * off[i, s]
                one += z[s]
            mean[d, i] = one / total
            for j in range(i + 1):
                two = 0.0
                for s in range(draws):
                    two += z[s] * off[j, s]
                cov[d, i, j] = two / total - mean[d, i] * mean[d, j]
                cov[d, j, i] = cov[d, i, j]
        for i in range(size):
            mean[d, i] += centre[d, i]


def summary_under(theta: Array, base: Array, centre: Array, cov: Array) -> Summary:
    """Posterior of every dyad under the prior ``N(centre, cov)``, from draws that are kept.

    Parameters
    ----------
    theta : ndarray, shape (dyad, draw, k)
    base : ndarray, shape (dyad, draw)
        Log likelihood less the log density that the draws were made from.
    centre, cov : ndarray, shapes (dyad, k), (k, k)

    Returns
    -------
    Summary
    """
    dyads, _, size = theta.shape
    root = np.linalg.cholesky(cov)
    inverse = np.ascontiguousarray(np.linalg.inv(root))
    log_norm = float(-np.log(np.diag(root)).sum() - 0.5 * size * np.log(2.0 * np.pi))
    evidence, mean = np.empty(dyads), np.empty((dyads, size))
    spread = np.empty((dyads, size, size))
    over_blocks(
        lambda a, b: _summary_block(
            a, b, theta, base, centre, inverse, log_norm, evidence, mean, spread
        ),
        dyads,
    )
    return Summary(evidence, mean, spread)
