r"""Observations that stand for a posterior that is known: what an AR(1) smoother turns back into it.

Of each path the posterior's mean :math:`m_t` and standard deviation :math:`\sigma_t` are given, and the prior is
an AR(1) around zero with persistence :math:`\rho` and innovation variance :math:`q`, of precision :math:`P`. Wanted are
normal observations :math:`y_t` with variances :math:`1/D_t` of which the posterior is that one:

.. math:: \operatorname{diag}\,(P + D)^{-1} = \sigma^2, \qquad y = D^{-1} (P + D)\, m .

The left side is the gradient condition of :math:`\max_{D \ge 0} \log\lvert P + D\rvert - \sum_t D_t \sigma_t^2`, which is
concave. Given the others the best :math:`D_t` is :math:`\max(0, 1/\sigma_t^2 - c_t)`, with :math:`c_t` the precision of
:math:`x_t` without its own observation, so that sweeping forth and back over a path, messages at hand, is coordinate
ascent and cannot run away; updating all at once does where neighbours are close (as parallel expectation
propagation does, Minka 2001). Where :math:`D_t = 0` the prior and the neighbours alone are surer than was asked for: there is
no observation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner, little

__all__ = ["Matched", "bridge", "match_each", "match_posterior"]

_SWEEPS = 200
# Sweeps end where no precision changes by more than this share of the posterior's.
_TOLERANCE = 1e-4
# Share of the posterior's precision that an observation has at least, so that the mean is given back everywhere.
_LEAST = 0.01
# How far observations may lie from the mean, as a mean square over what it should be, before a path is taken to move
# more than others; how often its innovation variance may be doubled.
_FAR = 2.0
_DOUBLINGS = 10


class Matched(NamedTuple):
    """Observations ``y`` (NaN: none), their variances ``s2``, and what the smoother makes of them.

    All of shape ``(path, time)``. ``mean, sd`` are defined in every period, those without a given posterior
    included.
    """

    y: Array
    s2: Array
    mean: Array
    sd: Array


@inner
def _sweep(sd, rho, q, d, ahead, back):  # type: ignore[no-untyped-def]
    """Fill the precisions ``d`` of a path; ``ahead, back``: precision of x_t from what comes before, after.

    Where it runs as it is, a call (of ``isnan``, ``max``) would take longer than the arithmetic: NaN is what differs from itself.
    """
    n_time = len(sd)
    kept = rho * rho
    start = (1.0 - kept) / q
    for t in range(n_time):
        d[t] = 0.0
        back[t] = 0.0
    for _ in range(_SWEEPS):
        moved = 0.0
        f = start
        for t in range(n_time):
            ahead[t] = f
            given = sd[t]
            if given == given:
                asked = 1.0 / (given * given)
                new, least = asked - f - back[t], _LEAST * asked
                if new < least:
                    new = least
                step = abs(new - d[t]) / asked
                if step > moved:
                    moved = step
                d[t] = new
            f += d[t]
            f = f / (kept + q * f)
        b = 0.0
        for t in range(n_time - 1, -1, -1):
            back[t] = b
            given = sd[t]
            if given == given:
                asked = 1.0 / (given * given)
                new, least = asked - ahead[t] - b, _LEAST * asked
                if new < least:
                    new = least
                step = abs(new - d[t]) / asked
                if step > moved:
                    moved = step
                d[t] = new
            b += d[t]
            b = kept * b / (1.0 + q * b)
        if moved < _TOLERANCE:
            break


@inner
def _bridge(x, rho, out):  # type: ignore[no-untyped-def]
    n_time = len(x)
    left = -1
    for t in range(n_time + 1):
        if t < n_time and math.isnan(x[t]):
            continue
        for s in range(left + 1, min(t, n_time)):
            if left < 0 and t == n_time:
                out[s] = 0.0
            elif left < 0:
                out[s] = rho ** (t - s) * x[t]
            elif t == n_time:
                out[s] = rho ** (s - left) * x[left]
            else:
                i, j = s - left, t - s
                near = rho**i * (1.0 - rho ** (2 * j)) * x[left]
                far = rho**j * (1.0 - rho ** (2 * i)) * x[t]
                out[s] = (near + far) / (1.0 - rho ** (2 * (i + j)))
        if t < n_time:
            out[t] = x[t]
            left = t


@inner
def _value(mean, d, ahead, back, rho, q, y, sd):  # type: ignore[no-untyped-def]
    n_time = len(mean)
    for t in range(n_time):
        sd[t] = 1.0 / math.sqrt(ahead[t] + d[t] + back[t])
        pull = 0.0
        if t == 0:
            pull += (1.0 - rho * rho) / q * mean[0]
        else:
            pull += (mean[t] - rho * mean[t - 1]) / q
        if t < n_time - 1:
            pull -= rho * (mean[t + 1] - rho * mean[t]) / q
        y[t] = mean[t] + pull / d[t] if d[t] > 0.0 else math.nan


@compiled
def _sweep_block(first, last, sd, rho, q, d, ahead, back):  # type: ignore[no-untyped-def]
    for k in range(first, last):
        _sweep(sd[k], rho, q[k], d[k], ahead[k], back[k])


@compiled
def _bridge_block(first, last, x, rho, out):  # type: ignore[no-untyped-def]
    for k in range(first, last):
        _bridge(x[k], rho, out[k])


@compiled
def _value_block(first, last, mean, d, ahead, back, rho, q, y, sd):  # type: ignore[no-untyped-def]
    for k in range(first, last):
        _value(mean[k], d[k], ahead[k], back[k], rho, q[k], y[k], sd[k])


def bridge(x: Array, rho: float) -> Array:
    """Fill the gaps of paths (NaN) with the expectation of an AR(1) around zero given what is known.

    Parameters
    ----------
    x : ndarray, shape (path, time)
    rho : float
        Persistence in (0, 1).
    """
    out = np.zeros(x.shape)
    over_blocks(lambda a, b: _bridge_block(a, b, x, rho, out), x.shape[0])
    return out


def match_each(mean: Array, sd: Array, rho: float, q: float) -> tuple[Matched, Array]:
    r"""The same, with an innovation variance of its own for each path that moves more than others.

    Were the path an AR(1) with innovation variance :math:`q`, then :math:`y_t - m_t` would have the variance
    :math:`1/D_t - \sigma_t^2`. Where a path jumps, observations must lie far beyond that to bring it about; there
    :math:`q` is doubled until their mean square is no more than `_FAR` times what it should be.

    Returns
    -------
    Matched
    q : ndarray, shape (path,)
    """
    own = np.full(len(mean), q)
    got = match_posterior(mean, sd, rho, own)
    left = np.flatnonzero(_strain(mean, got) > _FAR)
    for _ in range(_DOUBLINGS):
        if not left.size:
            break
        own[left] *= 2.0
        new = match_posterior(mean[left], sd[left], rho, own[left])
        for whole, part in zip(got, new, strict=True):
            whole[left] = part
        left = left[_strain(mean[left], new) > _FAR]
    return got, own


def _strain(mean: Array, got: Matched) -> Array:
    """Mean square of an observation's distance from the mean, over its expectation, shape (path,)."""
    room = np.maximum(got.s2 - got.sd**2, 1e-12)
    with np.errstate(invalid="ignore"):
        square = (got.y - got.mean) ** 2 / room
    seen = ~np.isnan(got.y)
    return np.asarray(np.where(seen, square, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def match_posterior(mean: Array, sd: Array, rho: float, q: float | Array) -> Matched:
    """Observations of which an AR(1) smoother makes a given posterior.

    Parameters
    ----------
    mean, sd : ndarray, shape (path, time)
        Posterior mean and standard deviation; NaN where there is none.
    rho, q : float
        Persistence in (0, 1) and innovation variance above 0 of the prior, which has mean zero; one ``q``, or
        one for each path.

    Returns
    -------
    Matched
        The smoother gives back ``mean`` and ``sd`` where there is an observation. Where there is none,
        ``mean`` is that of the neighbours, and ``sd`` at most the one given.
    """
    own = np.broadcast_to(q, mean.shape[:1]).astype(float)
    if little(mean):
        return _match_plainly(mean, sd, rho, own)
    d, ahead, back, y, got = (np.empty(mean.shape) for _ in range(5))
    sd = np.ascontiguousarray(sd)
    over_blocks(lambda a, b: _sweep_block(a, b, sd, rho, own, d, ahead, back), len(mean))
    full = bridge(np.ascontiguousarray(mean), rho)
    over_blocks(lambda a, b: _value_block(a, b, full, d, ahead, back, rho, own, y, got), len(mean))
    return _matched(y, d, full, got)


def _matched(y: Array, d: Array, mean: Array, sd: Array) -> Matched:
    with np.errstate(divide="ignore"):
        return Matched(y, np.where(d > 0.0, 1.0 / d, 1.0), mean, sd)


def _match_plainly(mean: Array, sd: Array, rho: float, q: Array) -> Matched:
    """The same kernels as they are, on lists, of which Python reads a number faster than of an array."""
    y, d, full, got = (np.empty(mean.shape) for _ in range(4))
    for k in range(len(mean)):
        values = [[0.0] * mean.shape[1] for _ in range(6)]
        precision, ahead, back, path, value, spread = values
        variance = float(q[k])
        _sweep.plain(sd[k].tolist(), rho, variance, precision, ahead, back)
        _bridge.plain(mean[k].tolist(), rho, path)
        _value.plain(path, precision, ahead, back, rho, variance, value, spread)
        y[k], d[k], full[k], got[k] = value, precision, path, spread
    return _matched(y, d, full, got)
