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

from quadrille.kernels.addresses import address_of, call
from quadrille.kernels.ar1 import loglik_many
from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner, inner_fused

__all__ = ["PARAMETERS", "Fit", "fit_map", "log_posterior"]

PARAMETERS = ("mu", "log_q", "logit_rho", "log_phi")
_N = 4
# Points of central differences, and rows of room that the objective needs.
_POINTS, _ROWS = 1 + _N + _N * _N, 9
_STEP = 1e-3
_STEPS = 60
_LOG_2PI = float(np.log(2.0 * np.pi))


class Fit(NamedTuple):
    """MAP ``theta (dyad, 4)``, Laplace covariance ``cov (dyad, 4, 4)``, log posterior, flags."""

    theta: Array
    cov: Array
    logpost: Array
    converged: NDArray[np.bool_]


@inner_fused
def _objectives(y, s2, repeats, scatter, points, mean, prec, phi_min, room, out):  # type: ignore[no-untyped-def]
    """Log posteriors of ``points (lane, 4)``; minus infinity outside the range of the model."""
    mu, rho, q, phi = room[0], room[1], room[2], room[3]
    for k in range(points.shape[0]):
        mu[k] = points[k, 0]
        q[k] = np.exp(points[k, 1])
        rho[k] = 1.0 / (1.0 + np.exp(-points[k, 2]))
        phi[k] = phi_min + np.exp(points[k, 3])
        if rho[k] > 1.0 - 1e-9 or q[k] > 1e8 or q[k] < 1e-12 or phi[k] > 1e8:
            rho[k], q[k], phi[k] = 0.0, 1.0, np.inf
    loglik_many(y, s2, phi, mu, rho, q, room[4:], out)
    for k in range(points.shape[0]):
        if phi[k] == np.inf:
            out[k] = -np.inf
            continue
        if repeats > 0.0 or scatter > 0.0:
            out[k] -= 0.5 * (repeats * (_LOG_2PI + np.log(phi[k])) + scatter / phi[k])
        for i in range(_N):
            for j in range(_N):
                out[k] -= 0.5 * (points[k, i] - mean[i]) * prec[i, j] * (points[k, j] - mean[j])


@inner
def _lay_out(theta, points):  # type: ignore[no-untyped-def]
    """The points at which central differences around theta are taken, itself first."""
    for k in range(points.shape[0]):
        for i in range(_N):
            points[k, i] = theta[i]
    at = 1
    for i in range(_N):
        points[at, i] += _STEP
        points[at + 1, i] -= _STEP
        at += 2
    for i in range(_N):
        for j in range(i):
            points[at, i] += _STEP
            points[at, j] += _STEP
            points[at + 1, i] -= _STEP
            points[at + 1, j] -= _STEP
            at += 2


@inner
def _derivatives(f, g, h):  # type: ignore[no-untyped-def]
    """Gradient and curvature from the values at the points of `_lay_out`."""
    for i in range(_N):
        up, down = f[1 + 2 * i], f[2 + 2 * i]
        g[i] = (up - down) / (2.0 * _STEP)
        h[i, i] = (up - 2.0 * f[0] + down) / (_STEP * _STEP)
    at = 1 + 2 * _N
    for i in range(_N):
        for j in range(i):
            cross = f[at] - f[1 + 2 * i] - f[1 + 2 * j] + 2.0 * f[0] - f[2 + 2 * i] - f[2 + 2 * j] + f[at + 1]  # fmt: skip
            h[i, j] = cross / (2.0 * _STEP * _STEP)
            h[j, i] = h[i, j]
            at += 2


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
    step, unit, point = np.zeros(_N), np.zeros(_N), np.zeros(_N)
    points, room, f = np.zeros((_POINTS, _N)), np.zeros((_ROWS, _POINTS)), np.zeros(_POINTS)
    for d in range(a, b):
        x, args, prior = theta[d], (y[d], s2[d], repeats[d], scatter[d]), (mean[d], prec, phi_min)
        _lay_out(x, points)
        call(at, *args, points, *prior, room, f)
        f0 = f[0]
        _derivatives(f, g, h)
        damping = 0.0
        ok[d] = False
        for _ in range(_STEPS):
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
                    # What the next step needs, too: most steps are taken.
                    _lay_out(point, points)
                    call(at, *args, points, *prior, room, f)
                    if f[0] >= f0 - 1e-12:
                        moved = True
                        break
                damping = max(4.0 * damping, 1e-2)
            if not moved:
                break
            for i in range(_N):
                x[i] = point[i]
            gain = f[0] - f0
            f0 = f[0]
            _derivatives(f, g, h)
            damping = 0.0 if damping < 1e-2 else damping / 16.0
            if longest < 1e-4 or (gain < 1e-9 and longest < 1e-2):
                ok[d] = True
                break
        value[d] = f0
        extra = 0.0
        while not _cholesky(h, extra, lower):
            ok[d] = False
            extra = max(4.0 * extra, 1e-3)
        for i in range(_N):
            for j in range(_N):
                unit[j] = 1.0 if i == j else 0.0
            _solve(lower, unit, cov[d, i])


@compiled
def _posterior_block(a, b, at, y, s2, repeats, scatter, theta, mean, prec, phi_min, out):  # type: ignore[no-untyped-def]
    room = np.zeros((_ROWS, theta.shape[1]))
    for d in range(a, b):
        call(
            at, y[d], s2[d], repeats[d], scatter[d], theta[d], mean[d], prec, phi_min, room, out[d]
        )


def _laid(*parts: Array) -> tuple[Array, ...]:
    """In one layout: the objective is called by its address, which nothing checks."""
    return tuple(np.ascontiguousarray(part, dtype=float) for part in parts)


def _where() -> int:
    number, row, square = types.float64, *(types.Array(types.float64, k, "C") for k in (1, 2))
    return address_of(
        _objectives, row, row, number, number, square, row, square, number, square, row
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
    data, at = _laid(y, s2, repeats, scatter, prior_mean, prior_prec), _where()
    over_blocks(lambda a, b: _fit_block(a, b, at, *data, float(phi_min), theta, cov, value, ok), n)
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
    out, at = np.empty(theta.shape[:2]), _where()
    data = _laid(y, s2, repeats, scatter, theta, prior_mean, prior_prec)
    over_blocks(lambda a, b: _posterior_block(a, b, at, *data, float(phi_min), out), y.shape[0])
    return out
