"""Importance draws under another normal prior: evidence, means and covariance in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled

__all__ = ["Summary", "summary_under"]


# A draw whose weight is less than exp of minus this of the largest adds nothing that a double holds.
_NOTHING = 40.0


class Summary(NamedTuple):
    """Log evidence ``(dyad,)``, posterior mean ``(dyad, k)`` and covariance ``(dyad, k, k)``."""

    log_evidence: Array
    mean: Array
    cov: Array


@compiled
def _summary_block(a, b, theta, base, centre, inverse, log_norm, evidence, mean, cov):  # type: ignore[no-untyped-def]
    draws, size = theta.shape[1], theta.shape[2]
    value = np.empty(draws)
    off = np.empty(size)
    for d in range(a, b):
        top = -np.inf
        for s in range(draws):
            square = 0.0
            for i in range(size):
                off[i] = theta[d, s, i] - centre[d, i]
                z = 0.0
                for j in range(i + 1):
                    z += inverse[i, j] * off[j]
                square += z * z
            value[s] = base[d, s] + log_norm - 0.5 * square
            top = max(top, value[s])
        total = 0.0
        for s in range(draws):
            if value[s] < top - _NOTHING:
                continue
            w = np.exp(value[s] - top)
            total += w
            for i in range(size):
                off[i] = theta[d, s, i] - centre[d, i]
                mean[d, i] += w * off[i]
                for j in range(i + 1):
                    cov[d, i, j] += w * off[i] * off[j]
        evidence[d] = top + np.log(total / draws)
        for i in range(size):
            mean[d, i] /= total
        for i in range(size):
            for j in range(i + 1):
                cov[d, i, j] = cov[d, i, j] / total - mean[d, i] * mean[d, j]
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
    evidence, mean = np.empty(dyads), np.zeros((dyads, size))
    spread = np.zeros((dyads, size, size))
    over_blocks(
        lambda a, b: _summary_block(
            a, b, theta, base, centre, inverse, log_norm, evidence, mean, spread
        ),
        dyads,
    )
    return Summary(evidence, mean, spread)
