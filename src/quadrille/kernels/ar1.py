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
from quadrille.kernels.compiled import compiled, inner, inner_fused, little

__all__ = [
    "Filtered",
    "Smoothed",
    "filter_paths",
    "log_likelihood",
    "mixed_moments",
    "simulate_paths",
    "smooth_paths",
    "unpack",
]

_LOG_2PI = float(np.log(2.0 * np.pi))


class Filtered(NamedTuple):
    """One-step predictions and updates, each of shape ``(dyad, time)``."""

    predicted: Array
    predicted_var: Array
    updated: Array
    updated_var: Array


class Smoothed(NamedTuple):
    """Smoothed mean and variance ``(dyad, time)``."""

    mean: Array
    var: Array


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


@inner_fused
def loglik_many(y, r, scale, mu, rho, q, room, out):  # type: ignore[no-untyped-def]
    """Log-likelihoods of one series under many parameters, each ``(lane,)``; ``room (5, lane)``.

    Of all parameters at once, period by period: they do not wait for one another as periods do. Logarithms are dear,
    so that of eight variances of predictions the product is taken first.
    """
    mean, var, keeps, product, square = room[0], room[1], room[2], room[3], room[4]
    lanes = mu.shape[0]
    for k in range(lanes):
        mean[k] = mu[k]
        keeps[k] = rho[k] * rho[k]
        var[k] = q[k] / (1.0 - keeps[k])
        product[k] = 1.0
        square[k] = 0.0
        out[k] = 0.0
    seen = 0
    for t in range(y.shape[0]):
        value, noise = y[t], r[t]
        if np.isnan(value):
            for k in range(lanes):
                mean[k] = mu[k] + rho[k] * (mean[k] - mu[k])
                var[k] = keeps[k] * var[k] + q[k]
            continue
        seen += 1
        for k in range(lanes):
            f = var[k] + scale[k] * noise
            inverse = 1.0 / f
            v = value - mean[k]
            gain = var[k] * inverse
            square[k] += v * v * inverse
            product[k] *= f
            mean[k] = mu[k] + rho[k] * (mean[k] + gain * v - mu[k])
            var[k] = keeps[k] * (var[k] - gain * var[k]) + q[k]
        if seen % 8 == 0:
            for k in range(lanes):
                out[k] -= 0.5 * np.log(product[k])
                product[k] = 1.0
    for k in range(lanes):
        out[k] -= 0.5 * (np.log(product[k]) + square[k] + seen * _LOG_2PI)


@inner
def _forward(y, r, phi, mu, rho, q, mean, var):  # type: ignore[no-untyped-def]
    """Mean and variance of each period given the past and its own observation.

    ``y, r`` are one dyad's. The rest are numbers of one draw, or arrays over draws with ``mean, var`` of shape
    (time, draw): of those the loop runs as it is written.
    """
    m = mu
    v = q / (1.0 - rho * rho)
    for t in range(y.shape[0]):
        if not np.isnan(y[t]):
            noise = phi * r[t]
            f = v + noise
            m = m + v / f * (y[t] - m)
            v = v * (noise / f)
        mean[t] = m
        var[t] = v
        m = mu + rho * (m - mu)
        v = rho * rho * v + q


@inner
def _back(mu, rho, q, mean, var):  # type: ignore[no-untyped-def]
    """Of what `_forward` left make the mean and variance given all periods, in place."""
    for t in range(mean.shape[0] - 2, -1, -1):
        ahead = rho * rho * var[t] + q
        gain = var[t] * rho / ahead
        mean[t] += gain * (mean[t + 1] - (mu + rho * (mean[t] - mu)))
        var[t] += gain * gain * (var[t + 1] - ahead)


@inner
def _draw_back(mu, rho, q, mean, var, z, x):  # type: ignore[no-untyped-def]
    """Of what `_forward` left draw a path ``x`` from its last period on; numbers or arrays as there."""
    last = mean.shape[0] - 1
    x[last] = mean[last] + np.sqrt(var[last]) * z[last]
    for t in range(last - 1, -1, -1):
        ahead = rho * rho * var[t] + q
        gain = var[t] * rho / ahead
        centre = mean[t] + gain * (x[t + 1] - (mu + rho * (mean[t] - mu)))
        x[t] = centre + np.sqrt(var[t] * q / ahead) * z[t]


@compiled
def _filter_block(a, b, y, r, mu, rho, q, pm, pv, um, uv):  # type: ignore[no-untyped-def]
    for d in range(a, b):
        _forward(y[d], r[d], 1.0, mu[d], rho[d], q[d], um[d], uv[d])
        pm[d, 0] = mu[d]
        pv[d, 0] = q[d] / (1.0 - rho[d] * rho[d])
        for t in range(1, y.shape[1]):
            pm[d, t] = mu[d] + rho[d] * (um[d, t - 1] - mu[d])
            pv[d, t] = rho[d] * rho[d] * uv[d, t - 1] + q[d]


@compiled
def _likelihood_block(a, b, y, r, mu, rho, q, out):  # type: ignore[no-untyped-def]
    for d in range(a, b):
        out[d] = loglik_one(y[d], r[d], 1.0, mu[d], rho[d], q[d])


@compiled
def _smooth_block(a, b, y, r, mu, rho, q, mean, var):  # type: ignore[no-untyped-def]
    for d in range(a, b):
        _forward(y[d], r[d], 1.0, mu[d], rho[d], q[d], mean[d], var[d])
        _back(mu[d], rho[d], q[d], mean[d], var[d])


@compiled
def _simulate_block(a, b, y, r, phi, mu, rho, q, z, out):  # type: ignore[no-untyped-def]
    mean = np.empty(y.shape[1])
    var = np.empty(y.shape[1])
    for d in range(a, b):
        for s in range(z.shape[1]):
            _forward(y[d], r[d], phi[d, s], mu[d, s], rho[d, s], q[d, s], mean, var)
            _draw_back(mu[d, s], rho[d, s], q[d, s], mean, var, z[d, s], out[d, s])


@inner
def _smooth_many(y, r, phi, mu, rho, q, room, mean, var):  # type: ignore[no-untyped-def]
    """What `_forward` and `_back` leave of one series under many parameters, each ``(lane,)``; ``room (2, lane)``.

    ``mean, var (time, lane)``, of all parameters at once as in `loglik_many`.
    """
    m, v = room[0], room[1]
    for k in range(mu.shape[0]):
        m[k] = mu[k]
        v[k] = q[k] / (1.0 - rho[k] * rho[k])
    for t in range(y.shape[0]):
        value, base, seen = y[t], r[t], not np.isnan(y[t])
        for k in range(mu.shape[0]):
            if seen:
                noise = phi[k] * base
                f = v[k] + noise
                m[k] += v[k] / f * (value - m[k])
                v[k] *= noise / f
            mean[t, k] = m[k]
            var[t, k] = v[k]
            m[k] = mu[k] + rho[k] * (m[k] - mu[k])
            v[k] = rho[k] * rho[k] * v[k] + q[k]
    for t in range(y.shape[0] - 2, -1, -1):
        for k in range(mu.shape[0]):
            ahead = rho[k] * rho[k] * var[t, k] + q[k]
            gain = var[t, k] * rho[k] / ahead
            mean[t, k] += gain * (mean[t + 1, k] - (mu[k] + rho[k] * (mean[t, k] - mu[k])))
            var[t, k] += gain * gain * (var[t + 1, k] - ahead)


@compiled
def _mixed_block(a, b, y, r, phi, mu, rho, q, weight, first, second):  # type: ignore[no-untyped-def]
    mean = np.empty((y.shape[1], weight.shape[1]))
    var = np.empty((y.shape[1], weight.shape[1]))
    room = np.empty((2, weight.shape[1]))
    for d in range(a, b):
        _smooth_many(y[d], r[d], phi[d], mu[d], rho[d], q[d], room, mean, var)
        for t in range(y.shape[1]):
            one, two = 0.0, 0.0
            for s in range(weight.shape[1]):
                w, m = weight[d, s], mean[t, s]
                one += w * m if w > 0.0 else 0.0
                two += w * (var[t, s] + m * m) if w > 0.0 else 0.0
            first[d, t], second[d, t] = one, two


def unpack(theta: Array, phi_min: float) -> tuple[Array, Array, Array, Array]:
    """Return ``(mu, q, rho, phi)`` from ``theta[..., 4]``: mu, log q, logit rho, log(phi - phi_min)."""
    rho = 1.0 / (1.0 + np.exp(-theta[..., 2]))
    return theta[..., 0], np.exp(theta[..., 1]), rho, phi_min + np.exp(theta[..., 3])


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
    over_blocks(lambda a, b: _filter_block(a, b, y, r, mu, rho, q, pm, pv, um, uv), shape[0])
    return Filtered(pm, pv, um, uv)


def log_likelihood(y: Array, r: Array, mu: Array, rho: Array, q: Array) -> Array:
    """Exact Gaussian log-likelihood of every dyad, shape ``(dyad,)``; arguments as `filter_paths`."""
    out = np.empty(y.shape[0])
    over_blocks(lambda a, b: _likelihood_block(a, b, y, r, mu, rho, q, out), y.shape[0])
    return out


def smooth_paths(y: Array, r: Array, mu: Array, rho: Array, q: Array) -> Smoothed:
    """Fixed-interval (Rauch-Tung-Striebel) smoother; arguments as `filter_paths`."""
    mean, var = np.empty(y.shape), np.empty(y.shape)
    over_blocks(lambda a, b: _smooth_block(a, b, y, r, mu, rho, q, mean, var), y.shape[0])
    return Smoothed(mean, var)


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
        Of the draws, summing to one over them; draws of weight zero add nothing.

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
    if len(y) == 1 and little(y):
        mean, var = np.empty((2, y.shape[1], z.shape[1]))
        _forward.plain(y[0], r[0], phi[0], mu[0], rho[0], q[0], mean, var)
        _draw_back.plain(mu[0], rho[0], q[0], mean, var, z[0].T, out[0].T)
        return out
    over_blocks(lambda a, b: _simulate_block(a, b, y, r, phi, mu, rho, q, z, out), y.shape[0])
    return out
