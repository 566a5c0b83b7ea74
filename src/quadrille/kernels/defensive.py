r"""Proposals of four parameters from half a t around a mode and half the prior, with their densities.

The mixture is defensive (Hesterberg 1995): importance weights are bounded by twice the likelihood. Of the half that a
component makes, its own standard normal numbers are known; the other component's are worked out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = ["DF", "Proposed", "propose"]

_N = 4
DF = 6.0
_LOG_2PI = math.log(2.0 * math.pi)
_LOG_T = math.lgamma((DF + _N) / 2) - math.lgamma(DF / 2) - 0.5 * _N * math.log(DF * math.pi)


class Proposed(NamedTuple):
    """``theta (row, draw, 4)``, and log densities ``(row, draw)`` of the proposal and of the prior."""

    theta: Array
    log_proposal: Array
    log_prior: Array


@inner
def _square(theta, centre, root):  # type: ignore[no-untyped-def]
    """Squared distance from the centre in the metric of ``root`` L, of L L'."""
    z0 = (theta[0] - centre[0]) / root[0, 0]
    z1 = (theta[1] - centre[1] - root[1, 0] * z0) / root[1, 1]
    z2 = (theta[2] - centre[2] - root[2, 0] * z0 - root[2, 1] * z1) / root[2, 2]
    off = theta[3] - centre[3] - root[3, 0] * z0 - root[3, 1] * z1 - root[3, 2] * z2
    z3 = off / root[3, 3]
    return z0 * z0 + z1 * z1 + z2 * z2 + z3 * z3


@compiled
def _propose_block(a, b, mode, root, mean, wide_root, near, stretch, wide, theta, out, prior):  # type: ignore[no-untyped-def]
    half = near.shape[1]
    log_wide = -0.5 * _N * _LOG_2PI
    for i in range(_N):
        log_wide -= np.log(wide_root[i, i])
    for d in range(a, b):
        log_near = _LOG_T
        for i in range(_N):
            log_near -= np.log(root[d, i, i])
        for s in range(2 * half):
            here = theta[d, s]
            k = s if s < half else s - half
            square = 0.0
            for i in range(_N):
                here[i] = mode[d, i] if s < half else mean[d, i]
                for j in range(i + 1):
                    if s < half:
                        here[i] += root[d, i, j] * near[d, k, j] * stretch[d, k, 0]
                    else:
                        here[i] += wide_root[i, j] * wide[d, k, j]
                z = near[d, k, i] * stretch[d, k, 0] if s < half else wide[d, k, i]
                square += z * z
            other = (
                _square(here, mean[d], wide_root) if s < half else _square(here, mode[d], root[d])
            )
            t, normal = (square, other) if s < half else (other, square)
            one = log_near - 0.5 * (DF + _N) * np.log1p(t / DF)
            prior[d, s] = log_wide - 0.5 * normal
            top, low = max(one, prior[d, s]), min(one, prior[d, s])
            out[d, s] = top + np.log1p(np.exp(low - top)) - np.log(2.0)


def propose(
    mode: Array, cov: Array, mean: Array, prior_cov: Array, near: Array, stretch: Array, wide: Array
) -> Proposed:
    """Draws of every row, half from each component.

    Parameters
    ----------
    mode, cov : ndarray, shapes (row, 4), (row, 4, 4)
        Centre and scale matrix of the t, of `DF` degrees of freedom.
    mean, prior_cov : ndarray, shapes (row, 4), (4, 4)
        Of the prior.
    near, wide : ndarray, shape (row, draw / 2, 4)
        Standard normal numbers of the two.
    stretch : ndarray, shape (row, draw / 2, 1)
        Root of `DF` over a chi-squared number.
    """
    rows, half = near.shape[:2]
    theta = np.empty((rows, 2 * half, _N))
    out, prior = np.empty((2, rows, 2 * half))
    parts = [
        mode,
        np.linalg.cholesky(cov),
        mean,
        np.linalg.cholesky(prior_cov),
        near,
        stretch,
        wide,
    ]
    laid = [np.ascontiguousarray(part) for part in parts]
    over_blocks(lambda a, b: _propose_block(a, b, *laid, theta, out, prior), rows)
    return Proposed(theta, out, prior)
