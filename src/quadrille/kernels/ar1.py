r"""The measurement model of one relation: a stationary AR(1) seen through noise, with gaps.

.. math::

    x_t = \mu + \rho (x_{t-1} - \mu) + \eta_t,\quad \eta_t \sim N(0, q), \qquad
    y_t = x_t + \varepsilon_t,\quad \varepsilon_t \sim N(0, r_t),

with :math:`x_1 \sim N(\mu, q / (1 - \rho^2))` and missing :math:`y_t` (NaN) skipped. The filter,
smoother and backward sampler are the exact recursions of Durbin & Koopman (2012), chapters 4
and 5, for a scalar state; every function takes all dyads at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = [
    "Filtered",
    "Smoothed",
    "filter_paths",
    "log_likelihood",
    "mixed_moments",
    "simulate_paths",
    "smooth_paths",
]

_LOG_2PI = float(np.log(2.0 * np.pi))


class Filtered(NamedTuple):
    """One-step predictions and updates, each of shape ``(dyad, time)``; ``loglik`` is ``(dyad,)``."""

    predicted: Array
    predicted_var: Array
    updated: Array
    updated_var: Array
    loglik: Array


class Smoothed(NamedTuple):
    """Smoothed mean and variance ``(dyad, time)``, and the log-likelihood ``(dyad,)``."""

    mean: Array
    var: Array
    loglik: Array


@inner
def loglik_one(y: Array, r: Array, scale: float, mu: float, rho: float, q: float) -> float:
    """Log-likelihood of one series with observation variance ``scale * r``."""
    total = 0.0
    mean = mu
    var = q / (1.0 - rho * rho)
    for t in range(y.shape[0]):
        if not np.isnan(y[t]):
            f = var + scale * r[t]
            v = y[t] - mean
            total -= 0.5 * (_LOG_2PI + np.log(f) + v * v / f)
            gain = var / f
            mean += gain * v
            var -= gain * var
        mean = mu + rho * (mean - mu)
        var = rho * rho * var + q
    return total


@compiled
def _filter_block(a, b, y, r, mu, rho, q, pm, pv, um, uv, ll):  # type: ignore[no-untyped-def]
    for d in range(a, b):
        mean = mu[d]
        var = q[d] / (1.0 - rho[d] * rho[d])
        total = 0.0
        for t in range(y.shape[1]):
            pm[d, t] = mean
            pv[d, t] = var
            if not np.isnan(y[d, t]):
                f = var + r[d, t]
                v = y[d, t] - mean
                total -= 0.5 * (_LOG_2PI + np.log(f) + v * v / f)
                mean += var / f * v
                var *= r[d, t] / f
            um[d, t] = mean
            uv[d, t] = var
            mean = mu[d] + rho[d] * (mean - mu[d])
            var = rho[d] * rho[d] * var + q[d]
        ll[d] = total


@compiled
def _smooth_block(a, b, rho, pm, pv, um, uv, mean, var):  # type: ignore[no-untyped-def]
    last = um.shape[1] - 1
    for d in range(a, b):
        mean[d, last] = um[d, last]
        var[d, last] = uv[d, last]
        for t in range(last - 1, -1, -1):
            gain = uv[d, t] * rho[d] / pv[d, t + 1]
            mean[d, t] = um[d, t] + gain * (mean[d, t + 1] - pm[d, t + 1])
            var[d, t] = uv[d, t] + gain * gain * (var[d, t + 1] - pv[d, t + 1])


@compiled
def _simulate_block(a, b, y, r, phi, mu, rho, q, z, out):  # type: ignore[no-untyped-def]
    n_time = y.shape[1]
    um = np.empty(n_time)
    uv = np.empty(n_time)
    for d in range(a, b):
        for s in range(z.shape[1]):
            m, k = mu[d, s], rho[d, s]
            mean = m
            var = q[d, s] / (1.0 - k * k)
            for t in range(n_time):
                if not np.isnan(y[d, t]):
                    noise = phi[d, s] * r[d, t]
                    f = var + noise
                    mean += var / f * (y[d, t] - mean)
                    var *= noise / f
                um[t] = mean
                uv[t] = var
                mean = m + k * (mean - m)
                var = k * k * var + q[d, s]
            x = um[n_time - 1] + np.sqrt(uv[n_time - 1]) * z[d, s, n_time - 1]
            out[d, s, n_time - 1] = x
            for t in range(n_time - 2, -1, -1):
                ahead = k * k * uv[t] + q[d, s]
                gain = uv[t] * k / ahead
                centre = um[t] + gain * (x - (m + k * (um[t] - m)))
                x = centre + np.sqrt(uv[t] * q[d, s] / ahead) * z[d, s, t]
                out[d, s, t] = x


@compiled
def _mixed_block(a, b, y, r, phi, mu, rho, q, weight, first, second):  # type: ignore[no-untyped-def]
    last = y.shape[1] - 1
    um = np.empty(last + 1)
    uv = np.empty(last + 1)
    for d in range(a, b):
        for s in range(weight.shape[1]):
            w = weight[d, s]
            if w <= 0.0:
                continue
            m, k, change, scale = mu[d, s], rho[d, s], q[d, s], phi[d, s]
            mean = m
            var = change / (1.0 - k * k)
            for t in range(last + 1):
                if not np.isnan(y[d, t]):
                    noise = scale * r[d, t]
                    f = var + noise
                    mean += var / f * (y[d, t] - mean)
                    var *= noise / f
                um[t] = mean
                uv[t] = var
                mean = m + k * (mean - m)
                var = k * k * var + change
            mean = um[last]
            var = uv[last]
            first[d, last] += w * mean
            second[d, last] += w * (var + mean * mean)
            for t in range(last - 1, -1, -1):
                ahead = k * k * uv[t] + change
                gain = uv[t] * k / ahead
                mean = um[t] + gain * (mean - (m + k * (um[t] - m)))
                var = uv[t] + gain * gain * (var - ahead)
                first[d, t] += w * mean
                second[d, t] += w * (var + mean * mean)


def filter_paths(y: Array, r: Array, mu: Array, rho: Array, q: Array) -> Filtered:
    """Kalman filter of every dyad.

    Parameters
    ----------
    y, r : ndarray, shape (dyad, time)
        Observations (NaN where missing) and their variances (any value where missing).
    mu, rho, q : ndarray, shape (dyad,)
        Long-run mean, persistence in (-1, 1), innovation variance > 0.

    Returns
    -------
    Filtered
    """
    shape = y.shape
    pm, pv, um, uv = (np.empty(shape) for _ in range(4))
    ll = np.empty(shape[0])
    over_blocks(lambda a, b: _filter_block(a, b, y, r, mu, rho, q, pm, pv, um, uv, ll), shape[0])
    return Filtered(pm, pv, um, uv, ll)


def log_likelihood(y: Array, r: Array, mu: Array, rho: Array, q: Array) -> Array:
    """Exact Gaussian log-likelihood of every dyad, shape ``(dyad,)``; arguments as `filter_paths`."""
    return filter_paths(y, r, mu, rho, q).loglik


def smooth_paths(y: Array, r: Array, mu: Array, rho: Array, q: Array) -> Smoothed:
    """Fixed-interval (Rauch-Tung-Striebel) smoother; arguments as `filter_paths`."""
    f = filter_paths(y, r, mu, rho, q)
    mean, var = np.empty(y.shape), np.empty(y.shape)
    over_blocks(
        lambda a, b: _smooth_block(
            a, b, rho, f.predicted, f.predicted_var, f.updated, f.updated_var, mean, var
        ),
        y.shape[0],
    )
    return Smoothed(mean, var, f.loglik)


def mixed_moments(
    y: Array, r: Array, phi: Array, mu: Array, rho: Array, q: Array, weight: Array
) -> tuple[Array, Array]:
    """Smoothed mean and standard deviation under a mixture of parameters, by the law of total variance.

    Parameters
    ----------
    y, r : ndarray, shape (dyad, time)
        Observations (NaN where missing) and base variances.
    phi, mu, rho, q : ndarray, shape (dyad, draw)
        Parameters of each draw; the observation variance is ``phi * r``.
    weight : ndarray, shape (dyad, draw)
        Of the draws, summing to one over them; draws of weight zero cost nothing.

    Returns
    -------
    mean, sd : ndarray, shape (dyad, time)
    """
    first, second = np.zeros(y.shape), np.zeros(y.shape)
    over_blocks(
        lambda a, b: _mixed_block(a, b, y, r, phi, mu, rho, q, weight, first, second), y.shape[0]
    )
    return first, np.sqrt(np.maximum(second - first**2, 0.0))


def simulate_paths(
    y: Array, r: Array, phi: Array, mu: Array, rho: Array, q: Array, z: Array
) -> Array:
    """Draw paths from p(x | y, parameters) by forward filtering, backward sampling.

    Parameters
    ----------
    y, r : ndarray, shape (dyad, time)
        Observations (NaN where missing) and base variances.
    phi, mu, rho, q : ndarray, shape (dyad, draw)
        Parameters of each draw; the observation variance is ``phi * r``.
    z : ndarray, shape (dyad, draw, time)
        Standard normal numbers, so that a seed fixes the result on any machine.

    Returns
    -------
    ndarray, shape (dyad, draw, time)
        (Carter & Kohn 1994; Frühwirth-Schnatter 1994.)
    """
    out = np.empty(z.shape)
    over_blocks(lambda a, b: _simulate_block(a, b, y, r, phi, mu, rho, q, z, out), y.shape[0])
    return out
