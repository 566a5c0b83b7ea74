r"""Gibbs sampler of the coupled model of n ties.

.. math::

    x_t - \mu = \sum_l A_l (x_{t-l} - \mu) + u_t,\quad u_t \sim N(0, e^{h_t} \Sigma), \qquad
    y_{dt} = x_{dt} + \varepsilon_{dt},\quad \varepsilon_{dt} \sim N(0, \varphi_d s^2_{dt}),

with a stationary start (under h = 0) and missing :math:`y` skipped. Priors:

- :math:`\mu_d`, :math:`\log \omega_d` (typical innovation variance) and
  :math:`\log(\varphi_d - \varphi_{\min})` are normal;
- :math:`A_l[d,e] \sim N(a_{lde},\ \tau_g^2 l^{-2\lambda_3} \omega_d / \omega_e)` restricted to
  stationary dynamics, :math:`a_{1de} = c_{de} \sqrt{\omega_d / \omega_e}` for another tie (c is given, mostly 0), :math:`\tau = \lambda_1` for a tie's own past, :math:`\lambda_1\lambda_2`
  for a tie that shares a state, :math:`\lambda_1\lambda_2\lambda_4` for one that shares none;
- log volatility h, shared by all ties, is zero or an AR(1) about zero;
- :math:`\Sigma \sim IW(n + 1 + k,\ k \operatorname{diag}(\omega))`, so that its mean is
  :math:`\operatorname{diag}(\omega)`; k, inferred, says how little shocks are correlated.

One sweep: :math:`\mu` with x integrated out, then x, by the precision sampler (Chan & Jeliazkov
2009); a scale move of every tie (Liu & Sabatti 2000); :math:`\varphi`; coefficients equation by
equation given the others (Carriero, Chan, Clark & Marcellino 2022); :math:`\Sigma` block of ties by
block; slice updates (Neal 2003) of the hyperparameters, centred and not (Yu & Meng 2011). The density
of the start is left out of the conjugate updates and put right by a Metropolis step, a few ties at a
time; this is exact because each update, its order being random, is reversible.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from quadrille.kernels.addresses import (
    address_of,
    call,
    call_flag,
    call_number,
    over,
    pointer_to,
    types_of,
)
from quadrille.kernels.arrays import Array
from quadrille.kernels.blockband import (
    WHOLE,
    assign,
    solve_lower,
    solve_lower_many,
    solve_upper,
    transpose,
)
from quadrille.kernels.compiled import compiled, inner, inner_fused
from quadrille.kernels.dynamics import (
    Chain,
    Kernels,
    World,
    draw_states,
    kernels,
    pointers,
    simulate,
    state_law,
    stationary_cov,
    work_room,
)
from quadrille.kernels.slices import (
    LAMBDA,
    LAMBDA_DF,
    LAMBDA_FREE,
    NOISE,
    SCALE,
    TIGHTNESS,
    TIGHTNESS_FREE,
    UNIT,
    VOLATILITY,
    VOLATILITY_PERSISTENCE,
    VOLATILITY_SCALE,
    VOLATILITY_SD,
    VOLATILITY_STATE,
)

__all__ = ["Kept", "all_kernels", "draw_prior", "inverse_wishart", "keep_room", "sweeps"]

# Ties whose equations, and whose part of Sigma, are drawn before the start's density is looked at.
_EQUATIONS, _SHOCKS = 3, 5
# How often what many numbers share is moved in a sweep, without them and with them in turn.
_HYPER_MOVES = 3


class Kept(NamedTuple):
    """Draws kept, first axis draw; otherwise as `Chain`."""

    x: Array
    mu: Array
    coef: Array
    Sigma: Array
    phi: Array
    unit: Array
    hyper: Array
    h: Array
    vol: Array


def keep_room(chain: Chain, draws: int) -> Kept:
    """Room for draws of a chain."""
    return Kept(*(np.full((draws, *part.shape), np.nan) for part in chain))


# ---------------------------------------------------------------- steps of a sweep
# Each takes (world, chain, work, rng), the first three by pointer, and is called by its address; each
# lays out what it needs over rows of `work.room`. `work.start` holds the density of the first periods;
# `work.z`, `now`, `past`, `xx`, `xy` belong to the states drawn last.


@inner
def _shuffle(order, n, rng):  # type: ignore[no-untyped-def]
    """Set the first n of ``order`` to 0 … n - 1 in random order."""
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        keep = order[i]
        order[i] = order[j]
        order[j] = keep


@inner
def _accepted(proposed, start, rng):  # type: ignore[no-untyped-def]
    """Metropolis step on the density of the start."""
    if math.log(rng.random()) < proposed - start[0]:
        start[0] = proposed
        return True
    return False


@inner
def _scales(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Stretch each tie's deviations, with all that carries its unit; then draw its noise scale.

    The stretch changes nothing but the density of y and one prior object.
    """
    y, s2 = world.y, world.s2
    mean, var = world.mean, world.var
    x, mu = chain.x, chain.mu
    coef, sigma = chain.coef, chain.Sigma
    phi, unit, phi_min = chain.phi, chain.unit, world.phi_min
    repeats, scatter = world.repeats, world.scatter
    a, slice_update = work.a, work.at.slice_update
    n_time, n = y.shape
    lags = coef.shape[1] // n
    for d in range(n):
        cross, square = 0.0, 0.0
        for t in range(n_time):
            if not math.isnan(y[t, d]):
                w = 1.0 / (phi[d] * s2[t, d])
                z = x[t, d] - mu[d]
                cross += w * z * (y[t, d] - mu[d])
                square += w * z * z
        a[0], a[1], a[2] = cross, square, math.log(unit[d])
        a[3], a[4] = mean[1, d], var[1]
        s = math.exp(call_number(slice_update, SCALE, 0.0, a, 0.3, rng))
        for t in range(n_time):
            x[t, d] = mu[d] + s * (x[t, d] - mu[d])
        unit[d] *= s * s
        for e in range(n):
            sigma[d, e] *= s
            sigma[e, d] *= s
            if e != d:
                for j in range(lags):
                    coef[d, j * n + e] *= s
                    coef[e, j * n + d] /= s
    for d in range(n):
        count, squares = repeats[d], scatter[d]
        for t in range(n_time):
            if not math.isnan(y[t, d]):
                count += 1.0
                squares += (y[t, d] - x[t, d]) ** 2 / s2[t, d]
        a[0], a[1], a[2] = count, squares, phi_min
        a[3], a[4] = mean[2, d], var[2]
        u = math.log(max(phi[d] - phi_min, 1e-26))
        phi[d] = phi_min + math.exp(call_number(slice_update, NOISE, u, a, 0.7, rng))
    return True


@inner_fused
def _moments(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Deviations z, weighted cross products of the regression on their past, and Sigma's inverse."""
    x, mu, coef = chain.x, chain.mu, chain.coef
    sigma, h = chain.Sigma, chain.h
    z, past, now = work.z, work.past, work.now
    xx, xy = work.xx, work.xy
    deep, at = work.deep, work.at
    n_time, n = x.shape
    m = coef.shape[1]
    lags = m // n
    for t in range(n_time):
        for d in range(n):
            z[t, d] = x[t, d] - mu[d]
    for t in range(lags, n_time):
        w = math.exp(-0.5 * h[t])
        for d in range(n):
            now[t - lags, d] = w * z[t, d]
            for j in range(lags):
                past[t - lags, j * n + d] = w * z[t - 1 - j, d]
    xx[:] = 0.0
    xy[:] = 0.0
    call(at.subtract_gram, xx, past, past, WHOLE)
    call(at.subtract_gram, xy, past, now, WHOLE)
    for i in range(m):
        for j in range(m):
            xx[i, j] = -xx[i, j]
        for j in range(n):
            xy[i, j] = -xy[i, j]
    work.start[0] = call_number(at.log_start, coef, sigma, z, deep, at)
    return call_flag(at.invert, sigma, work.q, deep, at.factor, at.subtract_gram)


@inner
def _prior_of_row(world, chain, d, centre, precision):  # type: ignore[no-untyped-def]
    """Prior mean and precision of equation d's coefficients."""
    group, own, decay = world.group, world.own, world.decay
    lam, unit, cross = chain.hyper, chain.unit, world.cross
    n, m = chain.coef.shape
    for j in range(m // n):
        steep = (j + 1.0) ** decay
        for e in range(n):
            g = group[d, e]
            tau = lam[0]
            if g > 0:
                tau *= lam[1]
            if g > 1:
                tau *= lam[2]
            spread = tau / steep
            centre[j * n + e] = 0.0
            if j == 0:
                centre[e] = own[d] if g == 0 else cross[d, e] * math.sqrt(unit[d] / unit[e])
            precision[j * n + e] = unit[e] / (unit[d] * spread * spread)


@inner_fused
def equation_law(d, coef, q, xx, r, centre, precision, p, b, factor):  # type: ignore[no-untyped-def]
    """Normal law of equation d's coefficients given the other equations.

    Parameters
    ----------
    d : int
    coef : ndarray, shape (n, m)
        All coefficients now.
    q : ndarray, shape (n, n)
        Inverse of Sigma.
    xx, r : ndarray, shapes (m, m), (m, n)
        X'X, and X'(Y - X coef') of the regression on the past.
    centre, precision : ndarray, shape (m,)
        Prior; zero precision is a flat prior.
    p, b : ndarray, shapes (m, m), (m,)
        Receive R with R'R the posterior precision, and (R')^-1 times the linear term: R^-1 ``b`` is
        the mean.
    factor : int
        Address.

    Returns
    -------
    bool
        False if the precision is not positive definite.
    """
    n, m = coef.shape
    qd = q[d, d]
    for i in range(m):
        s = precision[i] * centre[i]
        for j in range(n):
            s += q[d, j] * r[i, j]
        for j in range(m):
            p[i, j] = qd * xx[i, j]
            s += p[i, j] * coef[d, j]
        p[i, i] += precision[i]
        b[i] = s
    if not call_flag(factor, p):
        return False
    solve_lower(p, b)
    return True


@inner_fused
def _draw_row(d, coef, q, xx, r, centre, precision, p, b, at, rng):  # type: ignore[no-untyped-def]
    """Draw equation d given the others; ``r = X'Y - X'X coef'`` is kept up to date."""
    m = coef.shape[1]
    if not call_flag(at.equation_law, d, coef, q, xx, r, centre, precision, p, b, at.factor):
        return False
    for i in range(m):
        b[i] += call_number(at.normal, rng)
    solve_upper(p, b)
    for j in range(m):
        step = b[j] - coef[d, j]
        coef[d, j] = b[j]
        for i in range(m):
            r[i, d] -= xx[j, i] * step
    return True


@inner
def _coefficients(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw all coefficients, a random block of equations at a time."""
    coef, room = chain.coef, work.room
    order, at = work.order[0], work.at
    q, xx, xy = work.q, work.xx, work.xy
    n, m = coef.shape
    r, kept_r, kept = over(room, 0, m, n), over(room, 1, m, n), over(room, 2, n, m)
    p, b = over(room, 3, m, m), over(room, 4, m)
    centre, precision = over(room, 5, m), over(room, 6, m)
    transpose(coef, kept_r)
    call(at.multiply, xx, kept_r, r)
    for i in range(m):
        for j in range(n):
            r[i, j] = xy[i, j] - r[i, j]
    call(at.shuffle, order, n, rng)
    blocks = -(-n // _EQUATIONS)
    size = -(-n // blocks)
    for first in range(0, n, size):
        assign(coef, kept)
        assign(r, kept_r)
        ok = True
        for i in range(first, min(first + size, n)):
            d = order[i]
            _prior_of_row(world, chain, d, centre, precision)
            ok = ok and _draw_row(d, coef, q, xx, r, centre, precision, p, b, at, rng)
        proposed = -math.inf
        if ok:
            proposed = call_number(at.log_start, coef, chain.Sigma, work.z, work.deep, at)
        if not call_flag(at.accepted, proposed, work.start, rng):
            assign(kept, coef)
            assign(kept_r, r)
    return True


@inner
def _gamma(shape, normal, rng):  # type: ignore[no-untyped-def]
    """Standard gamma with a shape above 1 (Marsaglia & Tsang 2000), from the numbers NumPy takes."""
    b = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * b)
    while True:
        v = -1.0
        while v <= 0.0:
            x = call_number(normal, rng)
            v = 1.0 + c * x
        v = v * v * v
        u = rng.random()
        if u < 1.0 - 0.0331 * (x * x) * (x * x):
            return b * v
        if math.log(u) < 0.5 * x * x + b * (1.0 - v + math.log(v)):
            return b * v


@inner
def _from_bartlett(lower, half, sigma, subtract_gram):  # type: ignore[no-untyped-def]
    """Set Sigma to L (B B')^-1 L', given ``lower`` = B' and ``half`` = L'; both are spoilt."""
    solve_lower_many(lower, half)
    for i in range(half.shape[0]):
        for j in range(half.shape[1]):
            lower[i, j] = -half[i, j]
    sigma[:] = 0.0
    call(subtract_gram, sigma, half, lower, WHOLE)


@compiled
def _inverse_wishart(nu, scale, sigma, deep, at, rng):  # type: ignore[no-untyped-def]
    """See `inverse_wishart`; the first two rows of ``deep`` are room."""
    n = scale.shape[0]
    root, lower = over(deep, 0, n, n), over(deep, 1, n, n)  # the latter: transposed Bartlett factor
    assign(scale, root)
    if not call_flag(at.factor, root):
        return False
    for i in range(n):
        lower[i, i] = math.sqrt(2.0 * _gamma(0.5 * (nu - i), at.normal, rng))
        for j in range(i):
            lower[j, i] = call_number(at.normal, rng)
            lower[i, j] = 0.0
            root[i, j] = 0.0  # what is left is L', with L L' = scale
    call(at.from_bartlett, lower, root, sigma, at.subtract_gram)
    return True


@inner
def _sigma_given_rest(nu, scale, sigma, order, size, work, rng):  # type: ignore[no-untyped-def]
    """Draw anew all of Sigma ~ IW(nu, scale) that concerns the last ``size`` ties of ``order``.

    Given the block of the other ties, their regression on it and what it leaves unexplained are
    matrix normal and inverse Wishart.
    """
    room, at = work.room, work.at
    n = scale.shape[0]
    rest = n - size
    root, kept, first = over(room, 5, n, n), over(room, 6, rest, rest), over(room, 7, rest, rest)
    for i in range(n):
        for j in range(n):
            root[i, j] = scale[order[i], order[j]]
    if not call_flag(at.factor, root):
        return False
    for i in range(rest):
        for j in range(rest):
            kept[i, j] = sigma[order[i], order[j]]
            first[i, j] = root[i, j]
    left, negative = over(room, 8, size, size), over(room, 9, size, size)
    own = over(room, 10, size, size)
    left[:] = 0.0
    negative[:] = 0.0
    own[:] = 0.0
    for i in range(size):
        for j in range(i, size):
            left[i, j] = root[rest + i, rest + j]
            negative[i, j] = -left[i, j]
    call(at.subtract_gram, own, negative, left, WHOLE)
    if not call_flag(at.inverse_wishart, nu, own, own, work.deep, at, rng):
        return False
    assign(own, left)
    if not call_flag(at.factor, left):
        return False
    normal, slope = over(room, 11, rest, size), over(room, 12, rest, size)
    cross, column = over(room, 13, rest, size), over(room, 14, rest)
    for i in range(size):
        for j in range(i):
            left[i, j] = 0.0
    for i in range(rest):
        for j in range(size):
            normal[i, j] = call_number(at.normal, rng)
    call(at.multiply, normal, left, slope)
    for j in range(size):
        for i in range(rest):
            column[i] = root[i, rest + j] + slope[i, j]
        solve_upper(first, column)
        for i in range(rest):
            slope[i, j] = column[i]
            normal[i, j] = -column[i]
    call(at.multiply, kept, slope, cross)
    call(at.subtract_gram, own, normal, cross, WHOLE)
    for j in range(size):
        for i in range(rest):
            sigma[order[i], order[rest + j]] = cross[i, j]
            sigma[order[rest + j], order[i]] = cross[i, j]
        for i in range(size):
            sigma[order[rest + i], order[rest + j]] = 0.5 * (own[i, j] + own[j, i])
    return True


@inner
def _shocks(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw Sigma, a random block of ties at a time, and invert it."""
    past, now, cross = work.past, work.now, work.cross
    room, deep, at = work.room, work.deep, work.at
    sigma, unit, k = chain.Sigma, chain.unit, chain.hyper[3]
    n = sigma.shape[0]
    rows, m = past.shape
    scale, proposal, coef = over(room, 0, n, n), over(room, 1, n, n), over(room, 2, m, n)
    u, negative = over(room, 3, rows, n), over(room, 4, rows, n)
    transpose(chain.coef, coef)
    call(at.multiply, past, coef, u)
    for t in range(rows):
        for d in range(n):
            u[t, d] = now[t, d] - u[t, d]
            negative[t, d] = -u[t, d]
    cross[:] = 0.0
    call(at.subtract_gram, cross, u, negative, WHOLE)
    assign(cross, scale)
    for d in range(n):
        scale[d, d] += k * unit[d]
    shuffled, order = work.order[0], work.order[1]
    call(at.shuffle, shuffled, n, rng)
    nu = n + 1.0 + k + rows
    blocks, turned = -(-n // _SHOCKS), 0
    for b in range(blocks):
        size = (b + 1) * n // blocks - b * n // blocks
        turned += size
        for i in range(n):
            order[i] = shuffled[(i - turned) % n]
        assign(sigma, proposal)
        if not call_flag(at.sigma_given_rest, nu, scale, proposal, order, size, work, rng):
            continue
        proposed = call_number(at.log_start, chain.coef, proposal, work.z, deep, at)
        if call_flag(at.accepted, proposed, work.start, rng):
            assign(proposal, sigma)
    return call_flag(at.invert, sigma, work.q, deep, at.factor, at.subtract_gram)


@inner
def _tightness_held(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw the tightness k, Sigma held."""
    a, q, at = work.a, work.q, work.at
    unit, hyper, tight = chain.unit, chain.hyper, world.tight
    n = unit.shape[0]
    root = over(work.room, 0, n, n)
    assign(chain.Sigma, root)
    call_flag(at.factor, root)
    a[0], a[1], a[2] = 0.0, 0.0, 0.0
    for d in range(n):
        a[0] += math.log(unit[d])
        a[1] += 2.0 * math.log(root[d, d])
        a[2] += unit[d] * q[d, d]
    a[3], a[4], a[5] = n, tight[0], tight[1]
    u = call_number(at.slice_update, TIGHTNESS, math.log(hyper[3]), a, 1.0, rng)
    hyper[3] = math.exp(u)
    return True


@inner
def _tightness_free(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw k with Sigma's Bartlett factor held, so that correlations go with it; invert Sigma.

    ``k D^1/2 Sigma^-1 D^1/2 = B B'``, D the units: entries below B's diagonal are standard normal
    under the prior and stay, its squared diagonal keeps its ratio to its expectation.
    """
    unit, tight, q = chain.unit, world.tight, work.q
    cross, room = work.cross, work.room
    k, a = chain.hyper[3], work.a
    deep, at = work.deep, work.at
    n = unit.shape[0]
    upper, below = over(room, 0, n, n), over(room, 1, n, n)  # the former: B'
    scaled, weighted = over(room, 2, n, n), over(room, 3, n, n)
    below[:] = 0.0
    for i in range(n):
        for j in range(n):
            both = math.sqrt(unit[i]) * math.sqrt(unit[j])
            upper[i, j] = k * both * q[i, j]
            scaled[i, j] = cross[i, j] / both
    if not call_flag(at.factor, upper):
        return True
    a[0], a[1], a[2] = n, work.past.shape[0], tight[0]
    a[3], a[4] = tight[1], 0.0
    for i in range(n):
        a[5 + i] = upper[i, i] ** 2 / (n + 1.0 + k - i)
        a[5 + 2 * n + i] = cross[i, i] / unit[i]
        for j in range(i):
            below[i, j] = upper[j, i]
    call(at.multiply, scaled, below, weighted)
    for i in range(n):
        a[5 + n + i] = weighted[i, i]
        for j in range(n):
            a[4] += below[i, j] * weighted[i, j]
    k = math.exp(call_number(at.slice_update, TIGHTNESS_FREE, math.log(k), a, 0.5, rng))
    below[:] = 0.0
    for i in range(n):
        upper[i, i] = math.sqrt(a[5 + i] * (n + 1.0 + k - i))
        below[i, i] = math.sqrt(k) * math.sqrt(unit[i])
    call(at.from_bartlett, upper, below, scaled, at.subtract_gram)
    proposed = call_number(at.log_start, chain.coef, scaled, work.z, deep, at)
    if call_flag(at.accepted, proposed, work.start, rng):
        assign(scaled, chain.Sigma)
        chain.hyper[3] = k
    return call_flag(at.invert, chain.Sigma, work.q, deep, at.factor, at.subtract_gram)


@inner
def _units(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Typical innovation variances."""
    coef, unit, hyper = chain.coef, chain.unit, chain.hyper
    group, mean = world.group, world.mean
    a, q, k = work.a, work.q, hyper[3]
    at, decay, cross = work.at, world.decay, world.cross
    n, m = coef.shape
    for d in range(n):
        down, up, root_down, root_up = 0.0, 0.0, 0.0, 0.0
        for j in range(m // n):
            steep = (j + 1.0) ** decay
            for e in range(n):
                if e != d:
                    tau = hyper[0] * hyper[1] / steep
                    if group[d, e] > 1:
                        tau *= hyper[2]
                    down += coef[d, j * n + e] ** 2 * unit[e] / tau**2
                    up += coef[e, j * n + d] ** 2 / (unit[e] * tau**2)
                    if j == 0:
                        root_down += coef[d, e] * cross[d, e] * math.sqrt(unit[e]) / tau**2
                        root_up += coef[e, d] * cross[e, d] / (math.sqrt(unit[e]) * tau**2)
        a[0], a[1], a[2] = 0.5 * (n + 1.0 + k), 0.5 * (k * q[d, d] + up), 0.5 * down
        a[3], a[4], a[5], a[6] = mean[1, d], world.var[1], root_up, root_down
        unit[d] = math.exp(call_number(at.slice_update, UNIT, math.log(unit[d]), a, 1.0, rng))
    return True


@inner
def _draw_lambda(network, hyper, a, order, kind, at, rng):  # type: ignore[no-untyped-def]
    """Slice each lambda in random order, and lambda_1 against lambda_2, their product held."""
    n = 4 if network else 3
    call(at.shuffle, order, n, rng)
    for i in range(n):
        place = order[i]
        which = place if place < 2 else 5 - place  # 0, 1, 3, 2
        a[0] = which
        for j in range(3):
            a[1 + j] = hyper[j]
        f = min(hyper[2], 1.0 - 1e-16)
        now = math.log(f) - math.log1p(-f) if which == 2 else math.log(hyper[which % 3])
        u = call_number(at.slice_update, kind, now, a, 2.0 if which == 2 else 1.0, rng)
        if which == 3:
            hyper[1] *= hyper[0] / math.exp(u)
            hyper[0] = math.exp(u)
        elif which < 2:
            hyper[which] = math.exp(u)
        else:
            hyper[2] = 1.0 / (1.0 + math.exp(-u))


@inner
def _lambda_centred(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw the lambdas given the coefficients."""
    coef, unit, group = chain.coef, chain.unit, world.group
    own, a, cross = world.own, work.a, world.cross
    decay = world.decay
    n, m = coef.shape
    for i in range(16):
        a[i] = 0.0
    a[16], a[17] = world.scale[0], world.scale[1]
    for d in range(n):
        for j in range(m // n):
            grow = (j + 1.0) ** (2.0 * decay)
            for e in range(n):
                g = group[d, e]
                off = coef[d, j * n + e]
                if j == 0:
                    off -= own[d] if g == 0 else cross[d, e] * math.sqrt(unit[d] / unit[e])
                a[4 + g] += 1.0
                a[7 + g] += off * off * grow * unit[e] / unit[d]
    _draw_lambda(world.network, chain.hyper, a, work.order[0], LAMBDA, work.at, rng)
    return True


@inner
def _spread_of(g, hyper):  # type: ignore[no-untyped-def]
    """Tau of a group of coefficients."""
    shared = 1.0 if g == 0 else hyper[1] if g == 1 else hyper[1] * hyper[2]
    return shared * hyper[0]


@inner
def _lambda_free(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Scale whole groups of coefficients with their lambda."""
    coef, hyper = chain.coef, chain.hyper
    group, own, cross, unit = world.group, world.own, world.cross, chain.unit
    xx, xy, q = work.xx, work.xy, work.q
    room, a, at = work.room, work.a, work.at
    n, m = coef.shape
    centre, rest, weighted = over(room, 0, n, m), over(room, 1, n, m), over(room, 2, n, m)
    part, flow, kept = over(room, 3, 3, n, m), over(room, 4, 3, n, m), over(room, 5, 4)
    centre[:] = 0.0
    part[:] = 0.0
    for i in range(4):
        kept[i] = hyper[i]
    for d in range(n):
        for e in range(n):
            centre[d, e] = own[d] if e == d else cross[d, e] * math.sqrt(unit[d] / unit[e])
        for j in range(m):
            g = group[d, j % n]
            part[g, d, j] = (coef[d, j] - centre[d, j]) / _spread_of(g, hyper)
    call(at.multiply, centre, xx, rest)
    for d in range(n):
        for j in range(m):
            rest[d, j] = xy[j, d] - rest[d, j]
    call(at.multiply, q, rest, weighted)
    for g in range(3):
        call(at.multiply, part[g], xx, rest)
        call(at.multiply, q, rest, flow[g])
    for i in range(16):
        a[i] = 0.0
    for g in range(3):
        for d in range(n):
            for j in range(m):
                a[4 + g] += weighted[d, j] * part[g, d, j]
                for f in range(3):
                    a[7 + 3 * g + f] += flow[g, d, j] * part[f, d, j]
    a[16], a[17] = world.scale[0], world.scale[1]
    assign(coef, rest)
    _draw_lambda(world.network, hyper, a, work.order[0], LAMBDA_FREE, at, rng)
    assign(centre, coef)
    for g in range(3):
        tau = _spread_of(g, hyper)
        for d in range(n):
            for j in range(m):
                coef[d, j] += tau * part[g, d, j]
    proposed = call_number(at.log_start, coef, chain.Sigma, work.z, work.deep, at)
    if not call_flag(at.accepted, proposed, work.start, rng):
        assign(rest, coef)
        for i in range(4):
            hyper[i] = kept[i]
    return True


@inner
def _volatility(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Log volatility period by period, its two parameters, and a move of its scale."""
    past, now, room = work.past, work.now, work.room
    a, at = work.a, work.at
    h, rho, sd = chain.h, chain.vol[0], chain.vol[1]
    n_time, n = work.z.shape
    rows, m = past.shape
    lags = n_time - rows
    coef, u, uq = over(room, 0, m, n), over(room, 1, rows, n), over(room, 2, rows, n)
    squares, var = over(room, 3, n_time), sd * sd
    transpose(chain.coef, coef)
    call(at.multiply, past, coef, u)
    for t in range(rows):
        for d in range(n):
            u[t, d] = now[t, d] - u[t, d]
    call(at.multiply, u, work.q, uq)
    squares[:] = 0.0
    for t in range(n_time):
        around = (h[t - 1] if t > 0 else 0.0) + (h[t + 1] if t < n_time - 1 else 0.0)
        ends = 1.0 if t == 0 or t == n_time - 1 else 1.0 + rho * rho
        a[2], a[3] = rho * around / ends, var / ends
        if t < lags:
            h[t] = a[2] + math.sqrt(a[3]) * call_number(at.normal, rng)
        else:
            for d in range(n):
                squares[t] += u[t - lags, d] * uq[t - lags, d]
            squares[t] *= math.exp(h[t])
            a[0], a[1] = n, squares[t]
            h[t] = call_number(at.slice_update, VOLATILITY_STATE, h[t], a, 1.0, rng)
    a[0], a[1] = h[0] ** 2, 0.0
    a[2], a[3] = 0.0, var
    for t in range(n_time - 1):
        a[1] += h[t] ** 2
        a[2] += h[t] * h[t + 1]
    logit = math.log(rho) - math.log1p(-rho)
    f = call_number(at.slice_update, VOLATILITY_PERSISTENCE, logit, a, 1.0, rng)
    rho = min(1.0 / (1.0 + math.exp(-f)), 1.0 - 1e-12)
    a[0], a[1] = n_time, (1.0 - rho * rho) * h[0] ** 2
    for t in range(n_time - 1):
        a[1] += (h[t + 1] - rho * h[t]) ** 2
    sd = math.exp(call_number(at.slice_update, VOLATILITY_SD, math.log(sd), a, 0.5, rng))
    a[0], a[1], a[2] = rows, n, math.log(sd)
    for t in range(rows):
        a[3 + t] = h[lags + t]
        a[3 + rows + t] = squares[lags + t]
    s = math.exp(call_number(at.slice_update, VOLATILITY_SCALE, 0.0, a, 0.3, rng))
    for t in range(n_time):
        h[t] *= s
    chain.vol[0], chain.vol[1] = rho, sd * s
    return True


@compiled
def _run(law, steps, world, chain, work, flat, kept, count, thin, rng):  # type: ignore[no-untyped-def]
    """The loop of `sweeps`: every ``thin``-th time, ``flat`` is kept if ``kept`` has rows."""
    one, two, three = pointer_to(world), pointer_to(chain), pointer_to(work)
    start = work.start
    for sweep in range(count * thin):
        for k in range(law.shape[0]):
            if not call_flag(law[k], one, two, three):
                return sweep // thin
        for k in range(steps.shape[0]):
            if not call_flag(steps[k], one, two, three, rng):
                return sweep // thin
        if not math.isfinite(start[0]):
            return sweep // thin
        if kept.shape[0] > 0 and (sweep + 1) % thin == 0:
            for j in range(flat.shape[0]):
                kept[sweep // thin, j] = flat[j]
    return count


@cache
def _addresses(moving: bool, *takes: Any) -> tuple[int, ...]:
    """Addresses of a sweep's steps after the states' law, in order."""
    lambdas, tightness = [_lambda_centred, _lambda_free], [_tightness_held, _tightness_free]
    steps = [draw_states, _scales, _moments, _coefficients]
    steps += [*lambdas * _HYPER_MOVES, _shocks, *tightness * _HYPER_MOVES, _units]
    if moving:
        steps.append(_volatility)
    return tuple(address_of(step, *takes) for step in steps)


@cache
def all_kernels() -> Kernels:
    """`kernels`, and those of this module that do not depend on the data's types."""
    at = kernels()
    one, two = (types.Array(types.float64, k, "C") for k in (1, 2))
    order, number, where = types.Array(types.int64, 1, "C"), types.float64, types.int64
    source, kind = types_of(np.random.default_rng(0), at)
    law = (where, two, two, two, two, one, one, two, one, where)
    return at._replace(
        shuffle=address_of(_shuffle, order, where, source),
        accepted=address_of(_accepted, number, one, source),
        equation_law=address_of(equation_law, *law),
        from_bartlett=address_of(_from_bartlett, two, two, two, where),
        inverse_wishart=address_of(_inverse_wishart, number, two, two, two, kind, source),
    )


@cache
def _sigma_given_rest_at(work: Any) -> int:
    two, order = types.Array(types.float64, 2, "C"), types.Array(types.int64, 1, "C")
    (source,) = types_of(np.random.default_rng(0))
    takes = types.float64, two, two, order, types.int64, work, source
    return address_of(_sigma_given_rest, *takes)


def _in_one(chain: Chain) -> tuple[Array, Chain]:
    """A chain's numbers in one array, and a chain that is laid out over it."""
    flat = np.concatenate([part.ravel() for part in chain])
    return flat, Chain(*_parts(flat, chain))


def _parts(flat: Array, chain: Chain) -> list[Array]:
    """The last axis of ``flat`` cut and shaped like the parts of a chain."""
    pieces = np.split(flat, np.cumsum([part.size for part in chain])[:-1], axis=-1)
    return [
        piece.reshape(*flat.shape[:-1], *part.shape)
        for piece, part in zip(pieces, chain, strict=True)
    ]


def sweeps(
    world: World,
    chain: Chain,
    kept: Kept,
    first: int,
    count: int,
    thin: int,
    rng: np.random.Generator,
) -> int:
    """Advance a chain by ``count * thin`` sweeps and keep every ``thin``-th from ``first`` on.

    Parameters
    ----------
    world : World
    chain : Chain
        Advanced in place.
    kept : Kept
        Rows ``first`` to ``first + count - 1`` are filled; with room for none, nothing is kept.
    first, count, thin : int
    rng : numpy.random.Generator

    Returns
    -------
    int
        How many draws were made; fewer than ``count`` if a matrix ceased to be positive definite.
    """
    flat, moved = _in_one(chain)
    work = work_room(moved, all_kernels())
    takes = pointers(world, moved, work)
    work = work._replace(at=work.at._replace(sigma_given_rest=_sigma_given_rest_at(takes[2])))
    law = np.array(state_law(*takes))
    steps = np.array(_addresses(world.moving, *takes, *types_of(rng)))
    rows = np.empty((count if len(kept.mu) else 0, flat.size))
    made = int(_run(law, steps, world, moved, work, flat, rows, count, thin, rng))
    for part, now in zip(chain, moved, strict=True):
        part[...] = now
    if len(kept.mu):
        for room, part in zip(kept, _parts(rows[:made], chain), strict=True):
            room[first : first + made] = part
    return made


def inverse_wishart(nu: float, scale: Array, sigma: Array, rng: np.random.Generator) -> bool:
    """Draw Sigma ~ IW(nu, scale), by Bartlett's decomposition; False if ``scale`` is not positive."""
    deep = np.empty((2, scale.size))
    return bool(_inverse_wishart(nu, scale, sigma, deep, all_kernels(), rng))


# ---------------------------------------------------------------- the prior, forwards


def draw_prior(world: World, lags: int, rng: np.random.Generator, tries: int = 10_000) -> Chain:
    """Draw every parameter from the prior and x given them, as a `Chain`; data are not used.

    Raises
    ------
    RuntimeError
        No stationary draw in so many tries.
    """
    n_time, n = world.y.shape
    root = np.sqrt(world.var)[:, None]
    for _ in range(tries):
        mu, log_unit, log_phi = world.mean + root * rng.standard_normal((3, n))
        lam = np.abs(rng.standard_t(LAMBDA_DF, 2)) * world.scale
        l4 = rng.random() if world.network else 1.0
        k = np.exp(world.tight[0] + np.sqrt(world.tight[1]) * rng.standard_normal())
        unit, sigma = np.exp(log_unit), np.empty((n, n))
        inverse_wishart(n + 1.0 + k, k * np.diag(unit), sigma, rng)
        tau = np.array([1.0, lam[1], lam[1] * l4])[world.group] * lam[0]
        tau *= np.sqrt(unit[:, None] / unit)
        decay = np.repeat(np.arange(1.0, lags + 1) ** -world.decay, n)
        coef = rng.standard_normal((n, lags * n)) * np.tile(tau, lags) * decay
        coef[:, :n] += np.diag(world.own) + world.cross * np.sqrt(unit[:, None] / unit)
        start = np.empty((lags * n, lags * n))
        if stationary_cov(coef, sigma, start):
            break
    else:
        raise RuntimeError(f"no stationary dynamics in {tries} draws from the prior")
    hyper = np.array([lam[0], lam[1], l4, k])
    h, vol = np.zeros(n_time), np.zeros(2)
    if world.moving:
        logit, log_sd = VOLATILITY[[0, 2]] + np.sqrt(VOLATILITY[[1, 3]]) * rng.standard_normal(2)
        vol[:] = 1.0 / (1.0 + np.exp(-logit)), np.exp(log_sd)
        h[0] = rng.standard_normal() * vol[1] / np.sqrt(1.0 - vol[0] ** 2)
        for t in range(1, n_time):
            h[t] = vol[0] * h[t - 1] + vol[1] * rng.standard_normal()
    x = simulate(mu, coef, sigma, h, start, rng)
    return Chain(x, mu, coef, sigma, world.phi_min + np.exp(log_phi), unit, hyper, h, vol)
