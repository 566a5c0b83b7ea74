r"""Gibbs sampler of the coupled model of n ties.

.. math::

    x_t - \mu = \sum_l A_l (x_{t-l} - \mu) + u_t,\quad u_t \sim N(0, e^{h_t} \Sigma), \qquad
    y_{dt} = x_{dt} + \varepsilon_{dt},\quad \varepsilon_{dt} \sim N(0, \varphi_d s^2_{dt}),

with a stationary start (under h = 0) and missing :math:`y` skipped. Priors:

- :math:`\mu_d`, :math:`\log \omega_d` (typical innovation variance) and
  :math:`\log(\varphi_d - \varphi_{\min})` are normal;
- :math:`A_l[d,e] \sim N(a_{lde},\ \tau_g^2 l^{-2\lambda_3} \omega_d / \omega_e)` restricted to
  stationary dynamics, :math:`\tau = \lambda_1` for a tie's own past, :math:`\lambda_1\lambda_2`
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

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from quadrille.kernels.arrays import Array
from quadrille.kernels.blockband import (
    WHOLE,
    assign,
    factor,
    solve_lower,
    solve_lower_many,
    solve_upper,
    subtract_gram,
    transpose,
)
from quadrille.kernels.compiled import (
    address_of,
    call,
    call_flag,
    call_number,
    compiled,
    fused,
    inner,
    inner_fused,
    types_of,
)
from quadrille.kernels.dynamics import (
    Chain,
    World,
    draw_states,
    simulate,
    state_law,
    stationary_cov,
    work_room,
)
from quadrille.kernels.slices import (
    LAMBDA,
    LAMBDA_DF,
    LAMBDA_FREE,
    LAMBDA_SCALE,
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

__all__ = ["Kept", "draw_prior", "equation_law", "keep_room", "sweeps"]

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
# Each takes (world, chain, work, rng) and is called by its address. `work.start` holds the density of
# the first periods; `work.z`, `now`, `past`, `xx`, `xy` belong to the states drawn last.


@inner
def _shuffle(order, rng):  # type: ignore[no-untyped-def]
    for i in range(order.shape[0]):
        order[i] = i
    for i in range(order.shape[0] - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        keep = order[i]
        order[i] = order[j]
        order[j] = keep


@inner
def _accepted(proposed, work, rng):  # type: ignore[no-untyped-def]
    """Metropolis step on the density of the start."""
    if np.log(rng.random()) < proposed - work.start[0]:
        work.start[0] = proposed
        return True
    return False


@inner
def _scales(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Stretch each tie's deviations, with all that carries its unit; then draw its noise scale.

    The stretch changes nothing but the density of y and one prior object.
    """
    n_time, n = world.y.shape
    lags = chain.coef.shape[1] // n
    a = work.a
    for d in range(n):
        cross, square = 0.0, 0.0
        for t in range(n_time):
            if not np.isnan(world.y[t, d]):
                w = 1.0 / (chain.phi[d] * world.s2[t, d])
                z = chain.x[t, d] - chain.mu[d]
                cross += w * z * (world.y[t, d] - chain.mu[d])
                square += w * z * z
        a[0], a[1], a[2], a[3] = cross, square, np.log(chain.unit[d]), world.mean[1, d]
        a[4] = world.var[1]
        s = np.exp(call_number(work.slice_update, SCALE, 0.0, a, 0.3, rng))
        for t in range(n_time):
            chain.x[t, d] = chain.mu[d] + s * (chain.x[t, d] - chain.mu[d])
        chain.unit[d] *= s * s
        for e in range(n):
            chain.Sigma[d, e] *= s
            chain.Sigma[e, d] *= s
            if e != d:
                for j in range(lags):
                    chain.coef[d, j * n + e] *= s
                    chain.coef[e, j * n + d] /= s
    for d in range(n):
        count, squares = world.repeats[d], world.scatter[d]
        for t in range(n_time):
            if not np.isnan(world.y[t, d]):
                count += 1.0
                squares += (world.y[t, d] - chain.x[t, d]) ** 2 / world.s2[t, d]
        a[0], a[1], a[2], a[3], a[4] = count, squares, world.phi_min, world.mean[2, d], world.var[2]
        u = np.log(max(chain.phi[d] - world.phi_min, 1e-26))
        chain.phi[d] = world.phi_min + np.exp(call_number(work.slice_update, NOISE, u, a, 0.7, rng))
    return True


@inner_fused
def _moments(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Deviations z, weighted cross products of the regression on their past, and Sigma's inverse."""
    n_time, n = chain.x.shape
    m = chain.coef.shape[1]
    lags = m // n
    z, past, now = work.z, work.past, work.now
    for t in range(n_time):
        for d in range(n):
            z[t, d] = chain.x[t, d] - chain.mu[d]
    for t in range(lags, n_time):
        w = np.exp(-0.5 * chain.h[t])
        for d in range(n):
            now[t - lags, d] = w * z[t, d]
            for j in range(lags):
                past[t - lags, j * n + d] = w * z[t - 1 - j, d]
    work.xx[:] = 0.0
    work.xy[:] = 0.0
    call(work.subtract_gram, work.xx, past, past, WHOLE)
    call(work.subtract_gram, work.xy, past, now, WHOLE)
    for i in range(m):
        for j in range(m):
            work.xx[i, j] = -work.xx[i, j]
        for j in range(n):
            work.xy[i, j] = -work.xy[i, j]
    work.start[0] = call_number(work.log_start, chain.coef, chain.Sigma, z)
    return call_flag(work.invert, chain.Sigma, work.cross, work.q)


@inner
def _prior_of_row(world, chain, d, centre, precision):  # type: ignore[no-untyped-def]
    """Prior mean and precision of equation d's coefficients."""
    n, m = chain.coef.shape
    lam = chain.hyper
    for j in range(m // n):
        steep = (j + 1.0) ** world.decay
        for e in range(n):
            g = world.group[d, e]
            tau = lam[0]
            if g > 0:
                tau *= lam[1]
            if g > 1:
                tau *= lam[2]
            spread = tau / steep
            centre[j * n + e] = world.own[d] if (g == 0 and j == 0) else 0.0
            precision[j * n + e] = chain.unit[e] / (chain.unit[d] * spread * spread)


@fused
def equation_law(d: int, coef: Array, q: Array, xx: Array, r: Array, centre: Array, precision: Array, p: Array, b: Array) -> bool:  # fmt: skip
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
    ok: bool = factor(p)
    if ok:
        solve_lower(p, b)
    return ok


@inner_fused
def _draw_row(d, coef, q, xx, r, centre, precision, p, b, rng):  # type: ignore[no-untyped-def]
    """Draw equation d given the others; ``r = X'Y - X'X coef'`` is kept up to date."""
    m = coef.shape[1]
    if not equation_law(d, coef, q, xx, r, centre, precision, p, b):
        return False
    for i in range(m):
        b[i] += rng.standard_normal()
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
    n, m = chain.coef.shape
    r, kept_r, kept = np.empty((m, n)), np.empty((m, n)), np.empty((n, m))
    p, b, centre, precision = np.empty((m, m)), np.empty(m), np.empty(m), np.empty(m)
    transpose(chain.coef, kept_r)
    call(work.multiply, work.xx, kept_r, r)
    for i in range(m):
        for j in range(n):
            r[i, j] = work.xy[i, j] - r[i, j]
    order = np.empty(n, np.int64)
    _shuffle(order, rng)
    blocks = -(-n // _EQUATIONS)
    size = -(-n // blocks)
    for first in range(0, n, size):
        assign(chain.coef, kept)
        assign(r, kept_r)
        ok = True
        for i in range(first, min(first + size, n)):
            d = order[i]
            _prior_of_row(world, chain, d, centre, precision)
            ok = ok and _draw_row(d, chain.coef, work.q, work.xx, r, centre, precision, p, b, rng)
        proposed = -np.inf
        if ok:
            proposed = call_number(work.log_start, chain.coef, chain.Sigma, work.z)
        if not _accepted(proposed, work, rng):
            assign(kept, chain.coef)
            assign(kept_r, r)
    return True


@inner
def _from_bartlett(lower, half, sigma):  # type: ignore[no-untyped-def]
    """Set Sigma to L (B B')^-1 L', given ``lower`` = B' and ``half`` = L'; both are spoilt."""
    solve_lower_many(lower, half)
    for i in range(half.shape[0]):
        for j in range(half.shape[1]):
            lower[i, j] = -half[i, j]
    sigma[:] = 0.0
    subtract_gram(sigma, half, lower, WHOLE)


@compiled
def _inverse_wishart(nu, scale, sigma, rng):  # type: ignore[no-untyped-def]
    """Draw Sigma ~ IW(nu, scale)."""
    n = scale.shape[0]
    root, lower = np.empty((n, n)), np.zeros((n, n))  # the latter: transposed Bartlett factor
    assign(scale, root)
    if not factor(root):
        return False
    for i in range(n):
        lower[i, i] = np.sqrt(2.0 * rng.standard_gamma(0.5 * (nu - i)))
        for j in range(i):
            lower[j, i] = rng.standard_normal()
            root[i, j] = 0.0  # what is left is L', with L L' = scale
    _from_bartlett(lower, root, sigma)
    return True


@inner
def _sigma_given_rest(nu, scale, sigma, order, size, work, rng):  # type: ignore[no-untyped-def]
    """Draw anew all of Sigma ~ IW(nu, scale) that concerns the last ``size`` ties of ``order``.

    Given the block of the other ties, their regression on it and what it leaves unexplained are
    matrix normal and inverse Wishart.
    """
    n = scale.shape[0]
    rest = n - size
    root, kept, first = np.empty((n, n)), np.empty((rest, rest)), np.empty((rest, rest))
    for i in range(n):
        for j in range(n):
            root[i, j] = scale[order[i], order[j]]
    if not factor(root):
        return False
    for i in range(rest):
        for j in range(rest):
            kept[i, j] = sigma[order[i], order[j]]
            first[i, j] = root[i, j]
    left, negative, own = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            left[i, j] = root[rest + i, rest + j]
            negative[i, j] = -left[i, j]
    call(work.subtract_gram, own, negative, left, WHOLE)
    if not call_flag(work.inverse_wishart, nu, own, own, rng):
        return False
    assign(own, left)
    if not factor(left):
        return False
    normal, slope, cross = np.empty((rest, size)), np.empty((rest, size)), np.empty((rest, size))
    column = np.empty(rest)
    for i in range(size):
        for j in range(i):
            left[i, j] = 0.0
    for i in range(rest):
        for j in range(size):
            normal[i, j] = rng.standard_normal()
    call(work.multiply, normal, left, slope)
    for j in range(size):
        for i in range(rest):
            column[i] = root[i, rest + j] + slope[i, j]
        solve_upper(first, column)
        for i in range(rest):
            slope[i, j] = column[i]
            normal[i, j] = -column[i]
    call(work.multiply, kept, slope, cross)
    call(work.subtract_gram, own, normal, cross, WHOLE)
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
    n = chain.Sigma.shape[0]
    scale, proposal = np.empty((n, n)), np.empty((n, n))
    rows, m = work.past.shape
    coef, u, negative = np.empty((m, n)), np.empty((rows, n)), np.empty((rows, n))
    transpose(chain.coef, coef)
    call(work.multiply, work.past, coef, u)
    for t in range(rows):
        for d in range(n):
            u[t, d] = work.now[t, d] - u[t, d]
            negative[t, d] = -u[t, d]
    work.cross[:] = 0.0
    call(work.subtract_gram, work.cross, u, negative, WHOLE)
    assign(work.cross, scale)
    for d in range(n):
        scale[d, d] += chain.hyper[3] * chain.unit[d]
    shuffled, order = np.empty(n, np.int64), np.empty(n, np.int64)
    _shuffle(shuffled, rng)
    nu = n + 1.0 + chain.hyper[3] + rows
    blocks, turned = -(-n // _SHOCKS), 0
    for b in range(blocks):
        size = (b + 1) * n // blocks - b * n // blocks
        turned += size
        for i in range(n):
            order[i] = shuffled[(i - turned) % n]
        assign(chain.Sigma, proposal)
        at = work.sigma_given_rest
        if not call_flag(at, nu, scale, proposal, order, size, work, rng):
            continue
        proposed = call_number(work.log_start, chain.coef, proposal, work.z)
        if _accepted(proposed, work, rng):
            assign(proposal, chain.Sigma)
    return call_flag(work.invert, chain.Sigma, scale, work.q)


@inner
def _tightness_held(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw the tightness k, Sigma held."""
    n = chain.Sigma.shape[0]
    a, root = work.a, np.empty((n, n))
    assign(chain.Sigma, root)
    factor(root)
    a[0], a[1], a[2] = 0.0, 0.0, 0.0
    for d in range(n):
        a[0] += np.log(chain.unit[d])
        a[1] += 2.0 * np.log(root[d, d])
        a[2] += chain.unit[d] * work.q[d, d]
    a[3], a[4], a[5] = n, world.tight[0], world.tight[1]
    u = call_number(work.slice_update, TIGHTNESS, np.log(chain.hyper[3]), a, 1.0, rng)
    chain.hyper[3] = np.exp(u)
    return True


@inner
def _tightness_free(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw k with Sigma's Bartlett factor held, so that correlations go with it; invert Sigma.

    ``k D^1/2 Sigma^-1 D^1/2 = B B'``, D the units: entries below B's diagonal are standard normal
    under the prior and stay, its squared diagonal keeps its ratio to its expectation.
    """
    n = chain.Sigma.shape[0]
    k, a = chain.hyper[3], work.a
    upper, below = np.empty((n, n)), np.zeros((n, n))  # the former: B'
    scaled, weighted = np.empty((n, n)), np.empty((n, n))
    for i in range(n):
        for j in range(n):
            both = np.sqrt(chain.unit[i]) * np.sqrt(chain.unit[j])
            upper[i, j] = k * both * work.q[i, j]
            scaled[i, j] = work.cross[i, j] / both
    if not factor(upper):
        return True
    a[0], a[1], a[2], a[3], a[4] = n, work.past.shape[0], world.tight[0], world.tight[1], 0.0
    for i in range(n):
        a[5 + i] = upper[i, i] ** 2 / (n + 1.0 + k - i)
        a[5 + 2 * n + i] = work.cross[i, i] / chain.unit[i]
        for j in range(i):
            below[i, j] = upper[j, i]
    call(work.multiply, scaled, below, weighted)
    for i in range(n):
        a[5 + n + i] = weighted[i, i]
        for j in range(n):
            a[4] += below[i, j] * weighted[i, j]
    k = np.exp(call_number(work.slice_update, TIGHTNESS_FREE, np.log(k), a, 0.5, rng))
    below[:] = 0.0
    for i in range(n):
        upper[i, i] = np.sqrt(a[5 + i] * (n + 1.0 + k - i))
        below[i, i] = np.sqrt(k) * np.sqrt(chain.unit[i])
    _from_bartlett(upper, below, scaled)
    if _accepted(call_number(work.log_start, chain.coef, scaled, work.z), work, rng):
        assign(scaled, chain.Sigma)
        chain.hyper[3] = k
    return call_flag(work.invert, chain.Sigma, weighted, work.q)


@inner
def _units(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Typical innovation variances."""
    n, m = chain.coef.shape
    a, k = work.a, chain.hyper[3]
    for d in range(n):
        down, up = 0.0, 0.0
        for j in range(m // n):
            steep = (j + 1.0) ** world.decay
            for e in range(n):
                if e != d:
                    tau = chain.hyper[0] * chain.hyper[1] / steep
                    if world.group[d, e] > 1:
                        tau *= chain.hyper[2]
                    down += chain.coef[d, j * n + e] ** 2 * chain.unit[e] / tau**2
                    up += chain.coef[e, j * n + d] ** 2 / (chain.unit[e] * tau**2)
        a[0], a[1], a[2] = 0.5 * (n + 1.0 + k), 0.5 * (k * work.q[d, d] + up), 0.5 * down
        a[3], a[4] = world.mean[1, d], world.var[1]
        u = call_number(work.slice_update, UNIT, np.log(chain.unit[d]), a, 1.0, rng)
        chain.unit[d] = np.exp(u)
    return True


@inner
def _draw_lambda(world, chain, work, kind, rng):  # type: ignore[no-untyped-def]
    """Slice each lambda in random order, and lambda_1 against lambda_2, their product held."""
    a = work.a
    order = np.empty(4 if world.network else 3, np.int64)
    _shuffle(order, rng)
    for place in order:
        which = place if place < 2 else 5 - place  # 0, 1, 3, 2
        a[0] = which
        for i in range(3):
            a[1 + i] = chain.hyper[i]
        f = min(chain.hyper[2], 1.0 - 1e-16)
        now = np.log(f) - np.log1p(-f) if which == 2 else np.log(chain.hyper[which % 3])
        u = call_number(work.slice_update, kind, now, a, 2.0 if which == 2 else 1.0, rng)
        if which == 3:
            chain.hyper[1] *= chain.hyper[0] / np.exp(u)
            chain.hyper[0] = np.exp(u)
        elif which < 2:
            chain.hyper[which] = np.exp(u)
        else:
            chain.hyper[2] = 1.0 / (1.0 + np.exp(-u))


@inner
def _lambda_centred(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw the lambdas given the coefficients."""
    n, m = chain.coef.shape
    a = work.a
    a[:16] = 0.0
    for d in range(n):
        for j in range(m // n):
            grow = (j + 1.0) ** (2.0 * world.decay)
            for e in range(n):
                g = world.group[d, e]
                off = chain.coef[d, j * n + e]
                if g == 0 and j == 0:
                    off -= world.own[d]
                a[4 + g] += 1.0
                a[7 + g] += off * off * grow * chain.unit[e] / chain.unit[d]
    _draw_lambda(world, chain, work, LAMBDA, rng)
    return True


@inner
def _spread_of(g, hyper):  # type: ignore[no-untyped-def]
    """Tau of a group of coefficients."""
    shared = 1.0 if g == 0 else hyper[1] if g == 1 else hyper[1] * hyper[2]
    return shared * hyper[0]


@inner
def _lambda_free(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Scale whole groups of coefficients with their lambda."""
    n, m = chain.coef.shape
    kept_hyper = np.empty(4)
    centre, rest, weighted = np.zeros((n, m)), np.empty((n, m)), np.empty((n, m))
    part, flow = np.zeros((3, n, m)), np.empty((3, n, m))
    a = work.a
    for i in range(4):
        kept_hyper[i] = chain.hyper[i]
    for d in range(n):
        centre[d, d] = world.own[d]
        for j in range(m):
            g = world.group[d, j % n]
            part[g, d, j] = (chain.coef[d, j] - centre[d, j]) / _spread_of(g, chain.hyper)
    call(work.multiply, centre, work.xx, rest)
    for d in range(n):
        for j in range(m):
            rest[d, j] = work.xy[j, d] - rest[d, j]
    call(work.multiply, work.q, rest, weighted)
    for g in range(3):
        call(work.multiply, part[g], work.xx, rest)
        call(work.multiply, work.q, rest, flow[g])
    a[:16] = 0.0
    for g in range(3):
        for d in range(n):
            for j in range(m):
                a[4 + g] += weighted[d, j] * part[g, d, j]
                for f in range(3):
                    a[7 + 3 * g + f] += flow[g, d, j] * part[f, d, j]
    assign(chain.coef, rest)
    _draw_lambda(world, chain, work, LAMBDA_FREE, rng)
    assign(centre, chain.coef)
    for g in range(3):
        tau = _spread_of(g, chain.hyper)
        for d in range(n):
            for j in range(m):
                chain.coef[d, j] += tau * part[g, d, j]
    if not _accepted(call_number(work.log_start, chain.coef, chain.Sigma, work.z), work, rng):
        assign(rest, chain.coef)
        for i in range(4):
            chain.hyper[i] = kept_hyper[i]
    return True


@inner
def _volatility(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Log volatility period by period, its two parameters, and a move of its scale."""
    n_time, n = world.y.shape
    rows, m = work.past.shape
    lags = n_time - rows
    h, rho, sd = chain.h, chain.vol[0], chain.vol[1]
    coef, u, uq = np.empty((m, n)), np.empty((rows, n)), np.empty((rows, n))
    transpose(chain.coef, coef)
    call(work.multiply, work.past, coef, u)
    for t in range(rows):
        for d in range(n):
            u[t, d] = work.now[t, d] - u[t, d]
    call(work.multiply, u, work.q, uq)
    squares = np.zeros(n_time)
    a, var = work.a, sd * sd
    for t in range(n_time):
        around = (h[t - 1] if t > 0 else 0.0) + (h[t + 1] if t < n_time - 1 else 0.0)
        ends = 1.0 if t == 0 or t == n_time - 1 else 1.0 + rho * rho
        a[2], a[3] = rho * around / ends, var / ends
        if t < lags:
            h[t] = a[2] + np.sqrt(a[3]) * rng.standard_normal()
        else:
            for d in range(n):
                squares[t] += u[t - lags, d] * uq[t - lags, d]
            squares[t] *= np.exp(h[t])
            a[0], a[1] = n, squares[t]
            h[t] = call_number(work.slice_update, VOLATILITY_STATE, h[t], a, 1.0, rng)
    a[0], a[1], a[2], a[3] = h[0] ** 2, 0.0, 0.0, var
    for t in range(n_time - 1):
        a[1] += h[t] ** 2
        a[2] += h[t] * h[t + 1]
    logit = np.log(rho) - np.log1p(-rho)
    f = call_number(work.slice_update, VOLATILITY_PERSISTENCE, logit, a, 1.0, rng)
    rho = min(1.0 / (1.0 + np.exp(-f)), 1.0 - 1e-12)
    a[0], a[1] = n_time, (1.0 - rho * rho) * h[0] ** 2
    for t in range(n_time - 1):
        a[1] += (h[t + 1] - rho * h[t]) ** 2
    sd = np.exp(call_number(work.slice_update, VOLATILITY_SD, np.log(sd), a, 0.5, rng))
    a[0], a[1], a[2] = rows, n, np.log(sd)
    for t in range(rows):
        a[3 + t] = h[lags + t]
        a[3 + rows + t] = squares[lags + t]
    s = np.exp(call_number(work.slice_update, VOLATILITY_SCALE, 0.0, a, 0.3, rng))
    for t in range(n_time):
        h[t] *= s
    chain.vol[0], chain.vol[1] = rho, sd * s
    return True


@inner
def _keep(kept, i, chain):  # type: ignore[no-untyped-def]
    assign(chain.x, kept.x[i])
    assign(chain.coef, kept.coef[i])
    assign(chain.Sigma, kept.Sigma[i])
    for t in range(chain.h.shape[0]):
        kept.h[i, t] = chain.h[t]
    for d in range(chain.mu.shape[0]):
        kept.mu[i, d] = chain.mu[d]
        kept.phi[i, d] = chain.phi[d]
        kept.unit[i, d] = chain.unit[d]
    for k in range(4):
        kept.hyper[i, k] = chain.hyper[k]
    for k in range(2):
        kept.vol[i, k] = chain.vol[k]


@compiled
def _run(law, steps, world, chain, work, kept, first, count, thin, rng):  # type: ignore[no-untyped-def]
    """The loop of `sweeps`."""
    for sweep in range(count * thin):
        for k in range(law.shape[0]):
            if not call_flag(law[k], world, chain, work):
                return sweep // thin
        for k in range(steps.shape[0]):
            if not call_flag(steps[k], world, chain, work, rng):
                return sweep // thin
        if not np.isfinite(work.start[0]):
            return sweep // thin
        if kept.mu.shape[0] > 0 and (sweep + 1) % thin == 0:
            _keep(kept, first + sweep // thin, chain)
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
def _wishart(square: Any, room: Any, source: Any) -> tuple[int, int]:
    """The last two addresses of `Work`."""
    number, order = types.float64, types.Array(types.int64, 1, "C")
    takes = number, square, square, order, types.int64, room, source
    return (
        address_of(_inverse_wishart, number, square, square, source),
        address_of(_sigma_given_rest, *takes),
    )


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
    work = work_room(chain, rng)
    takes = types_of(world, chain, work, rng)
    square = types.Array(types.float64, 2, "C")
    one, two = _wishart(square, *takes[2:])
    work = work._replace(inverse_wishart=one, sigma_given_rest=two)
    law = np.array(state_law(*takes[:3]))
    steps = np.array(_addresses(world.moving, *takes))
    return int(_run(law, steps, world, chain, work, kept, first, count, thin, rng))


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
        lam = np.abs(rng.standard_t(LAMBDA_DF, 2)) * LAMBDA_SCALE
        l4 = rng.random() if world.network else 1.0
        k = np.exp(world.tight[0] + np.sqrt(world.tight[1]) * rng.standard_normal())
        unit, sigma = np.exp(log_unit), np.empty((n, n))
        _inverse_wishart(n + 1.0 + k, k * np.diag(unit), sigma, rng)
        tau = np.array([1.0, lam[1], lam[1] * l4])[world.group] * lam[0]
        tau *= np.sqrt(unit[:, None] / unit)
        decay = np.repeat(np.arange(1.0, lags + 1) ** -world.decay, n)
        coef = rng.standard_normal((n, lags * n)) * np.tile(tau, lags) * decay
        coef[:, :n] += np.diag(world.own)
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
