r"""Maximum a posteriori hyperparameters of every dyad, with their curvature.

A dyad's parameters are :math:`\theta = (\mu, \log q, \operatorname{logit} \rho, \psi)` with
:math:`\varphi = \varphi_{\min} + e^{\psi}`. The objective is the exact likelihood of `ar1`, plus
the within-period part of repeated observations, plus a normal prior on :math:`\theta` that the
caller learns across dyads. Newton steps with Levenberg damping; derivatives by central
differences, exact enough here because the likelihood is smooth and cheap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from quadrille.kernels.addresses import address_of, call_number
from quadrille.kernels.ar1 import loglik_one
from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = ["PARAMETERS", "Fit", "fit_map", "log_posterior"]

PARAMETERS = ("mu", "log_q", "logit_rho", "log_phi")
_N = 4
_STEP = 1e-3
_STEPS = 60
_LOG_2PI = float(np.log(2.0 * np.pi))


class Fit(NamedTuple):
    """MAP ``theta (dyad, 4)``, Laplace covariance ``cov (dyad, 4, 4)``, log posterior, flags."""

    theta: Array
    cov: Array
    logpost: Array
    converged: NDArray[np.bool_]


@inner
def _objective(y, s2, repeats, scatter, theta, mean, prec, phi_min):  # type: ignore[no-untyped-def]
    rho = 1.0 / (1.0 + np.exp(-theta[2]))
    q = np.exp(theta[1])
    phi = phi_min + np.exp(theta[3])
    if rho > 1.0 - 1e-9 or q > 1e8 or q < 1e-12 or phi > 1e8:
        return -np.inf
    value = loglik_one(y, s2, phi, theta[0], rho, q)
    value -= 0.5 * (repeats * (_LOG_2PI + np.log(phi)) + scatter / phi)
    for i in range(_N):
        for j in range(_N):
            value -= 0.5 * (theta[i] - mean[i]) * prec[i, j] * (theta[j] - mean[j])
    return value


@inner
def _derivatives(at, y, s2, repeats, scatter, theta, f0, mean, prec, phi_min, g, h, up, down, point):  # type: ignore[no-untyped-def]  # fmt: skip
    for i in range(_N):
        point[i] = theta[i]
    for i in range(_N):
        point[i] = theta[i] + _STEP
        up[i] = call_number(at, y, s2, repeats, scatter, point, mean, prec, phi_min)
        point[i] = theta[i] - _STEP
        down[i] = call_number(at, y, s2, repeats, scatter, point, mean, prec, phi_min)
        point[i] = theta[i]
        g[i] = (up[i] - down[i]) / (2.0 * _STEP)
        h[i, i] = (up[i] - 2.0 * f0 + down[i]) / (_STEP * _STEP)
    for i in range(_N):
        for j in range(i):
            point[i] = theta[i] + _STEP
            point[j] = theta[j] + _STEP
            both_up = call_number(at, y, s2, repeats, scatter, point, mean, prec, phi_min)
            point[i] = theta[i] - _STEP
            point[j] = theta[j] - _STEP
            both_down = call_number(at, y, s2, repeats, scatter, point, mean, prec, phi_min)
            point[i] = theta[i]
            point[j] = theta[j]
            cross = both_up - up[i] - up[j] + 2.0 * f0 - down[i] - down[j] + both_down
            h[i, j] = cross / (2.0 * _STEP * _STEP)
            h[j, i] = h[i, j]


@inner
def _cholesky(a, damping, lower):  # type: ignore[no-untyped-def]
    """Factor ``-a + damping * I``; False when it is not positive definite."""
    for i in range(_N):
        for j in range(i + 1):
            s = -a[i, j]
            if i == j:
                s += damping
            for k in range(j):
                s -= lower[i, k] * lower[j, k]
            if i == j:
                if s <= 1e-12:
                    return False
                lower[i, i] = np.sqrt(s)
            else:
                lower[i, j] = s / lower[j, j]
    return True


@inner
def _solve(lower, b, x):  # type: ignore[no-untyped-def]
    for i in range(_N):
        s = b[i]
        for k in range(i):
            s -= lower[i, k] * x[k]
        x[i] = s / lower[i, i]
    for i in range(_N - 1, -1, -1):
        s = x[i]
        for k in range(i + 1, _N):
            s -= lower[k, i] * x[k]
        x[i] = s / lower[i, i]


@compiled
def _fit_block(a, b, at, y, s2, repeats, scatter, mean, prec, phi_min, theta, cov, value, ok):  # type: ignore[no-untyped-def]
    g = np.zeros(_N)
    h = np.zeros((_N, _N))
    lower = np.zeros((_N, _N))
    step, unit = np.zeros(_N), np.zeros(_N)
    up, down, point = np.zeros(_N), np.zeros(_N), np.zeros(_N)
    for d in range(a, b):
        x, args, prior = theta[d], (y[d], s2[d], repeats[d], scatter[d]), (mean[d], prec, phi_min)
        f0 = call_number(at, *args, x, *prior)
        damping = 0.0
        ok[d] = False
        for _ in range(_STEPS):
            _derivatives(at, *args, x, f0, *prior, g, h, up, down, point)
            moved = False
            for _ in range(12):
                if _cholesky(h, damping, lower):
                    _solve(lower, g, step)
                    longest = 0.0
                    for i in range(_N):
                        longest = max(longest, abs(step[i]))
                    shrink = 1.0 if longest <= 2.0 else 2.0 / longest
                    for i in range(_N):
                        point[i] = x[i] + shrink * step[i]
                    f1 = call_number(at, *args, point, *prior)
                    if f1 >= f0 - 1e-12:
                        moved = True
                        break
                damping = max(4.0 * damping, 1e-2)
            if not moved:
                break
            for i in range(_N):
                x[i] = point[i]
            gain = f1 - f0
            f0 = f1
            damping = 0.0 if damping < 1e-2 else damping / 16.0
            if longest < 1e-4 or (gain < 1e-9 and longest < 1e-2):
                ok[d] = True
                break
        value[d] = f0
        _derivatives(at, *args, x, f0, *prior, g, h, up, down, point)
        extra = 0.0
        while not _cholesky(h, extra, lower):
            ok[d] = False
            extra = max(4.0 * extra, 1e-3)
        for i in range(_N):
            for j in range(_N):
                unit[j] = 1.0 if i == j else 0.0
            _solve(lower, unit, cov[d, i])


@compiled
def _posterior_block(a, b, y, s2, repeats, scatter, theta, mean, prec, phi_min, out):  # type: ignore[no-untyped-def]
    for d in range(a, b):
        for s in range(theta.shape[1]):
            out[d, s] = _objective(
                y[d], s2[d], repeats[d], scatter[d], theta[d, s], mean[d], prec, phi_min
            )


def fit_map(
    y: Array,
    s2: Array,
    repeats: Array,
    scatter: Array,
    prior_mean: Array,
    prior_prec: Array,
    phi_min: float,
    start: Array | None = None,
) -> Fit:
    r"""Fit every dyad's :math:`\theta` by maximum a posteriori.

    Parameters
    ----------
    y, s2 : ndarray, shape (dyad, time)
        Observations (NaN where missing) and base variances; the noise variance is ``phi * s2``.
    repeats, scatter : ndarray, shape (dyad,)
        Where a period's observation pools several: how many beyond the first, and their
        precision-weighted squares around the pooled value, summed over periods (else zeros).
    prior_mean : ndarray, shape (dyad, 4)
    prior_prec : ndarray, shape (4, 4)
    phi_min : float
        Smallest noise scale: 1 for counts (never below Poisson), 0 where s2 has no natural unit.
    start : ndarray, shape (dyad, 4), optional
        Where to begin; the prior mean if not given.

    Returns
    -------
    Fit
        ``converged`` is False where Newton stopped early or the curvature had to be mended.
    """
    n = y.shape[0]
    theta = np.array(prior_mean if start is None else start, dtype=float, order="C")
    cov, value = np.empty((n, _N, _N)), np.empty(n)
    ok = np.zeros(n, dtype=np.bool_)
    # In one layout: the objective is called by its address, which nothing checks.
    data = [np.ascontiguousarray(part, dtype=float) for part in (y, s2, repeats, scatter)]
    mean, prec = (np.ascontiguousarray(part, dtype=float) for part in (prior_mean, prior_prec))
    number, row, square = types.float64, *(types.Array(types.float64, k, "C") for k in (1, 2))
    at = address_of(_objective, row, row, number, number, row, row, square, number)
    over_blocks(
        lambda a, b: _fit_block(a, b, at, *data, mean, prec, float(phi_min), theta, cov, value, ok),
        n,
    )
    return Fit(theta, cov, value, ok)


def log_posterior(
    y: Array,
    s2: Array,
    repeats: Array,
    scatter: Array,
    theta: Array,
    prior_mean: Array,
    prior_prec: Array,
    phi_min: float,
) -> Array:
    """Log posterior (up to a constant) of ``theta (dyad, draw, 4)``, shape ``(dyad, draw)``."""
    out = np.empty(theta.shape[:2])
    over_blocks(
        lambda a, b: _posterior_block(
            a, b, y, s2, repeats, scatter, theta, prior_mean, prior_prec, phi_min, out
        ),
        y.shape[0],
    )
    return out
