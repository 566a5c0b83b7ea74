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

from typing import NamedTuple

import numpy as np
from numba import njit

from quadrille.kernels.arrays import Array
from quadrille.kernels.blockband import (
    factor,
    solve_lower,
    solve_lower_many,
    solve_upper,
    subtract_gram,
)
from quadrille.kernels.dynamics import (
    Chain,
    World,
    draw_states,
    invert,
    log_start,
    product,
    simulate,
    stationary_cov,
)
from quadrille.kernels.slices import LAMBDA_DF, LAMBDA_SCALE, VOLATILITY, slice_update

__all__ = ["Kept", "draw_prior", "equation_law", "keep_room", "sweeps"]

_FAST = {"contract"}
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


@njit(cache=True, nogil=True)
def _shuffle(order, rng):  # type: ignore[no-untyped-def]
    for i in range(order.shape[0] - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        keep = order[i]
        order[i] = order[j]
        order[j] = keep


@njit(cache=True, nogil=True)
def _rescale(world, chain, rng):  # type: ignore[no-untyped-def]
    """Stretch each tie's deviations, with all that carries its unit; only y and one prior object."""
    n_time, n = world.y.shape
    lags = chain.coef.shape[1] // n
    a = np.empty(5)
    a[4] = world.var[1]
    for d in range(n):
        cross, square = 0.0, 0.0
        for t in range(n_time):
            if not np.isnan(world.y[t, d]):
                w = 1.0 / (chain.phi[d] * world.s2[t, d])
                z = chain.x[t, d] - chain.mu[d]
                cross += w * z * (world.y[t, d] - chain.mu[d])
                square += w * z * z
        a[0], a[1], a[2], a[3] = cross, square, np.log(chain.unit[d]), world.mean[1, d]
        s = np.exp(slice_update(2, 0.0, a, 0.3, rng))
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


@njit(cache=True, nogil=True)
def _draw_phi(world, chain, rng):  # type: ignore[no-untyped-def]
    n_time, n = world.y.shape
    a = np.empty(5)
    for d in range(n):
        count, squares = world.repeats[d], world.scatter[d]
        for t in range(n_time):
            if not np.isnan(world.y[t, d]):
                count += 1.0
                squares += (world.y[t, d] - chain.x[t, d]) ** 2 / world.s2[t, d]
        a[0], a[1], a[2], a[3], a[4] = count, squares, world.phi_min, world.mean[2, d], world.var[2]
        u = np.log(max(chain.phi[d] - world.phi_min, 1e-26))
        chain.phi[d] = world.phi_min + np.exp(slice_update(0, u, a, 0.7, rng))


@njit(cache=True, nogil=True, fastmath=_FAST)
def _moments(chain):  # type: ignore[no-untyped-def]
    """Deviations z, and weighted cross products X'X and X'Y of the regression on their past."""
    n_time, n = chain.x.shape
    m = chain.coef.shape[1]
    lags = m // n
    z = chain.x - chain.mu
    past, now = np.empty((n_time - lags, m)), np.empty((n_time - lags, n))
    for t in range(lags, n_time):
        w = np.exp(-0.5 * chain.h[t])
        now[t - lags] = w * z[t]
        for j in range(lags):
            past[t - lags, j * n : (j + 1) * n] = w * z[t - 1 - j]
    xx, xy = np.zeros((m, m)), np.zeros((m, n))
    subtract_gram(xx, past, past, False)
    subtract_gram(xy, past, now, False)
    return z, now, past, -xx, -xy


@njit(cache=True, nogil=True)
def _prior_of_row(world, chain, d, centre, precision):  # type: ignore[no-untyped-def]
    """Prior mean and precision of equation d's coefficients."""
    n, m = chain.coef.shape
    lam = chain.hyper
    for j in range(m // n):
        for e in range(n):
            g = world.group[d, e]
            tau = lam[0]
            if g > 0:
                tau *= lam[1]
            if g > 1:
                tau *= lam[2]
            spread = tau / (j + 1.0) ** world.decay
            centre[j * n + e] = world.own[d] if (g == 0 and j == 0) else 0.0
            precision[j * n + e] = chain.unit[e] / (chain.unit[d] * spread * spread)


@njit(cache=True, nogil=True, fastmath=_FAST)
def equation_law(
    d: int, coef: Array, q: Array, xx: Array, r: Array, centre: Array, precision: Array
) -> tuple[bool, Array, Array]:
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

    Returns
    -------
    ok, factor, half : bool, ndarray (m, m), ndarray (m,)
        R with R'R the posterior precision, and (R')^-1 times the linear term: R^-1 ``half`` is the
        mean. ``ok`` is False if the precision is not positive definite.
    """
    n, m = coef.shape
    p = np.empty((m, m))
    b = np.zeros(m)
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
    ok = factor(p)
    if ok:
        solve_lower(p, b)
    return ok, p, b


@njit(cache=True, nogil=True, fastmath=_FAST)
def _draw_row(d, coef, q, xx, r, centre, precision, rng):  # type: ignore[no-untyped-def]
    """Draw equation d given the others; ``r = X'Y - X'X coef'`` is kept up to date."""
    m = coef.shape[1]
    ok, p, b = equation_law(d, coef, q, xx, r, centre, precision)
    if not ok:
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


@njit(cache=True, nogil=True)
def _draw_coef(world, chain, q, z, xx, xy, start, rng):  # type: ignore[no-untyped-def]
    """Draw all coefficients, a random block of equations at a time; the start's new density."""
    n, m = chain.coef.shape
    r = xy - product(xx, np.ascontiguousarray(chain.coef.T))
    centre, precision = np.empty(m), np.empty(m)
    order = np.arange(n)
    _shuffle(order, rng)
    blocks = -(-n // _EQUATIONS)
    size = -(-n // blocks)
    for first in range(0, n, size):
        kept, kept_r = chain.coef.copy(), r.copy()
        ok = True
        for d in order[first : first + size]:
            _prior_of_row(world, chain, d, centre, precision)
            ok = ok and _draw_row(d, chain.coef, q, xx, r, centre, precision, rng)
        proposed = log_start(chain.coef, chain.Sigma, z) if ok else -np.inf
        if np.log(rng.random()) < proposed - start:
            start = proposed
        else:
            chain.coef[:] = kept
            r[:] = kept_r
    return start


@njit(cache=True, nogil=True)
def _from_bartlett(lower, half, sigma):  # type: ignore[no-untyped-def]
    """Set Sigma to L (B B')^-1 L', given ``lower`` = B' and ``half`` = L', which is spoilt."""
    solve_lower_many(lower, half)
    sigma[:] = 0.0
    subtract_gram(sigma, half, -half, False)


@njit(cache=True, nogil=True)
def _inverse_wishart(nu, scale, sigma, rng):  # type: ignore[no-untyped-def]
    """Draw Sigma ~ IW(nu, scale)."""
    n = scale.shape[0]
    root = scale.copy()
    if not factor(root):
        return False
    lower = np.zeros((n, n))  # transposed Bartlett factor
    for i in range(n):
        lower[i, i] = np.sqrt(2.0 * rng.standard_gamma(0.5 * (nu - i)))
        for j in range(i):
            lower[j, i] = rng.standard_normal()
    half = np.zeros((n, n))  # L', with L L' = scale
    for i in range(n):
        for j in range(i, n):
            half[i, j] = root[i, j]
    _from_bartlett(lower, half, sigma)
    return True


@njit(cache=True, nogil=True)
def _sigma_given_rest(nu, scale, sigma, order, size, rng):  # type: ignore[no-untyped-def]
    """Draw anew all of Sigma ~ IW(nu, scale) that concerns the last ``size`` ties of ``order``.

    Given the block of the other ties, their regression on it and what it leaves unexplained are
    matrix normal and inverse Wishart.
    """
    n = scale.shape[0]
    rest = n - size
    root, kept = np.empty((n, n)), np.empty((rest, rest))
    for i in range(n):
        for j in range(n):
            root[i, j] = scale[order[i], order[j]]
    if not factor(root):
        return False
    for i in range(rest):
        for j in range(rest):
            kept[i, j] = sigma[order[i], order[j]]
    left, own = np.zeros((size, size)), np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            left[i, j] = root[rest + i, rest + j]
    subtract_gram(own, -left, left, False)
    if not _inverse_wishart(nu, own, own, rng):
        return False
    spread, slope, column = own.copy(), np.empty((rest, size)), np.empty(rest)
    if not factor(spread):
        return False
    for i in range(size):
        spread[i, :i] = 0.0
    first = np.ascontiguousarray(root[:rest, :rest])
    for i in range(rest):
        for j in range(size):
            slope[i, j] = rng.standard_normal()
    slope = product(slope, spread)
    for j in range(size):
        column[:] = root[:rest, rest + j] + slope[:, j]
        solve_upper(first, column)
        slope[:, j] = column
    cross = product(kept, slope)
    subtract_gram(own, -slope, cross, False)
    for j in range(size):
        for i in range(rest):
            sigma[order[i], order[rest + j]] = cross[i, j]
            sigma[order[rest + j], order[i]] = cross[i, j]
        for i in range(size):
            sigma[order[rest + i], order[rest + j]] = 0.5 * (own[i, j] + own[j, i])
    return True


@njit(cache=True, nogil=True)
def _draw_sigma(chain, z, cross, count, start, rng):  # type: ignore[no-untyped-def]
    """Draw Sigma, a random block of ties at a time; the start's new density."""
    n = chain.Sigma.shape[0]
    scale = cross.copy()
    for d in range(n):
        scale[d, d] += chain.hyper[3] * chain.unit[d]
    order = np.arange(n)
    _shuffle(order, rng)
    blocks = -(-n // _SHOCKS)
    for b in range(blocks):
        size = (b + 1) * n // blocks - b * n // blocks
        order = np.roll(order, size)
        proposal = chain.Sigma.copy()
        nu = n + 1.0 + chain.hyper[3] + count
        if not _sigma_given_rest(nu, scale, proposal, order, size, rng):
            continue
        proposed = log_start(chain.coef, proposal, z)
        if np.log(rng.random()) < proposed - start:
            chain.Sigma[:] = proposal
            start = proposed
    return start


@njit(cache=True, nogil=True)
def _draw_tight_free(world, chain, q, z, cross, count, start, rng):  # type: ignore[no-untyped-def]
    """Draw k with Sigma's Bartlett factor held, so that correlations go with it; the start's density.

    ``k D^1/2 Sigma^-1 D^1/2 = B B'``, D the units: entries below B's diagonal are standard normal
    under the prior and stay, its squared diagonal keeps its ratio to its expectation.
    """
    n = chain.Sigma.shape[0]
    k, root = chain.hyper[3], np.sqrt(chain.unit)
    scales = np.outer(root, root)
    upper = k * scales * q  # B'
    if not factor(upper):
        return start
    a = np.zeros(5 + 3 * n)
    a[0], a[1], a[2], a[3] = n, count, world.tight[0], world.tight[1]
    below = np.zeros((n, n))
    for i in range(n):
        a[5 + i] = upper[i, i] ** 2 / (n + 1.0 + k - i)
        a[5 + 2 * n + i] = cross[i, i] / chain.unit[i]
        below[i, :i] = upper[:i, i]
    weighted = product(cross / scales, below)
    a[4] = np.sum(below * weighted)
    for i in range(n):
        a[5 + n + i] = weighted[i, i]
    k = np.exp(slice_update(10, np.log(k), a, 0.5, rng))
    for i in range(n):
        upper[i, i] = np.sqrt(a[5 + i] * (n + 1.0 + k - i))
    proposal = np.empty((n, n))
    _from_bartlett(upper, np.diag(np.sqrt(k) * root), proposal)
    proposed = log_start(chain.coef, proposal, z)
    if np.log(rng.random()) < proposed - start:
        chain.Sigma[:] = proposal
        chain.hyper[3] = k
        return proposed
    return start


@njit(cache=True, nogil=True)
def _draw_units(world, chain, q, rng):  # type: ignore[no-untyped-def]
    """Typical innovation variances."""
    n, m = chain.coef.shape
    a = np.empty(5)
    k = chain.hyper[3]
    for d in range(n):
        down, up = 0.0, 0.0
        for j in range(m // n):
            for e in range(n):
                if e != d:
                    tau = chain.hyper[0] * chain.hyper[1] / (j + 1.0) ** world.decay
                    if world.group[d, e] > 1:
                        tau *= chain.hyper[2]
                    down += chain.coef[d, j * n + e] ** 2 * chain.unit[e] / tau**2
                    up += chain.coef[e, j * n + d] ** 2 / (chain.unit[e] * tau**2)
        a[0], a[1], a[2] = 0.5 * (n + 1.0 + k), 0.5 * (k * q[d, d] + up), 0.5 * down
        a[3], a[4] = world.mean[1, d], world.var[1]
        chain.unit[d] = np.exp(slice_update(1, np.log(chain.unit[d]), a, 1.0, rng))


@njit(cache=True, nogil=True)
def _draw_tight(world, chain, q, rng):  # type: ignore[no-untyped-def]
    """Draw the tightness k, Sigma held."""
    n = chain.Sigma.shape[0]
    a, root = np.zeros(6), chain.Sigma.copy()
    factor(root)
    for d in range(n):
        a[0] += np.log(chain.unit[d])
        a[1] += 2.0 * np.log(root[d, d])
        a[2] += chain.unit[d] * q[d, d]
    a[3], a[4], a[5] = n, world.tight[0], world.tight[1]
    chain.hyper[3] = np.exp(slice_update(3, np.log(chain.hyper[3]), a, 1.0, rng))


@njit(cache=True, nogil=True)
def _draw_lambda(world, chain, kind, a, rng):  # type: ignore[no-untyped-def]
    """Slice each lambda in random order, and lambda_1 against lambda_2, their product held."""
    order = np.array([0, 1, 3, 2]) if world.network else np.array([0, 1, 3])
    _shuffle(order, rng)
    for which in order:
        a[0] = which
        a[1:4] = chain.hyper[:3]
        if which == 3:
            u = slice_update(kind, np.log(chain.hyper[0]), a, 1.0, rng)
            chain.hyper[1] *= chain.hyper[0] / np.exp(u)
            chain.hyper[0] = np.exp(u)
        elif which < 2:
            u = slice_update(kind, np.log(chain.hyper[which]), a, 1.0, rng)
            chain.hyper[which] = np.exp(u)
        else:
            f = min(chain.hyper[2], 1.0 - 1e-16)
            u = slice_update(kind, np.log(f) - np.log1p(-f), a, 2.0, rng)
            chain.hyper[2] = 1.0 / (1.0 + np.exp(-u))


@njit(cache=True, nogil=True)
def _draw_lambda_centred(world, chain, rng):  # type: ignore[no-untyped-def]
    n, m = chain.coef.shape
    a = np.zeros(16)
    for d in range(n):
        for j in range(m // n):
            for e in range(n):
                g = world.group[d, e]
                off = chain.coef[d, j * n + e]
                if g == 0 and j == 0:
                    off -= world.own[d]
                a[4 + g] += 1.0
                grow = (j + 1.0) ** (2.0 * world.decay)
                a[7 + g] += off * off * grow * chain.unit[e] / chain.unit[d]
    _draw_lambda(world, chain, 4, a, rng)


@njit(cache=True, nogil=True)
def _draw_lambda_free(world, chain, q, z, xx, xy, start, rng):  # type: ignore[no-untyped-def]
    """Scale whole groups of coefficients with their lambda; the start's new density."""
    n, m = chain.coef.shape
    tau = np.array([1.0, chain.hyper[1], chain.hyper[1] * chain.hyper[2]]) * chain.hyper[0]
    centre, part = np.zeros((n, m)), np.zeros((3, n, m))
    for d in range(n):
        centre[d, d] = world.own[d]
        for j in range(m):
            g = world.group[d, j % n]
            part[g, d, j] = (chain.coef[d, j] - centre[d, j]) / tau[g]
    rest = xy.T - product(centre, xx)
    a = np.zeros(16)
    weighted = product(q, rest)
    for g in range(3):
        a[4 + g] = np.sum(weighted * part[g])
        one = product(q, product(part[g], xx))
        for f in range(3):
            a[7 + 3 * g + f] = np.sum(one * part[f])
    kept, kept_hyper = chain.coef.copy(), chain.hyper.copy()
    _draw_lambda(world, chain, 5, a, rng)
    tau = np.array([1.0, chain.hyper[1], chain.hyper[1] * chain.hyper[2]]) * chain.hyper[0]
    chain.coef[:] = centre
    for g in range(3):
        chain.coef[:] += tau[g] * part[g]
    proposed = log_start(chain.coef, chain.Sigma, z)
    if np.log(rng.random()) < proposed - start:
        return proposed
    chain.coef[:] = kept
    chain.hyper[:] = kept_hyper
    return start


@njit(cache=True, nogil=True)
def _draw_volatility(world, chain, q, now, past, rng):  # type: ignore[no-untyped-def]
    """Log volatility period by period, its two parameters, and a move of its scale."""
    n_time, n = world.y.shape
    lags = n_time - now.shape[0]
    h, rho, sd = chain.h, chain.vol[0], chain.vol[1]
    u = now - product(past, np.ascontiguousarray(chain.coef.T))
    uq = product(u, q)
    squares = np.zeros(n_time)
    a, var = np.empty(4), sd * sd
    for t in range(n_time):
        if t == 0 or t == n_time - 1:
            a[2], a[3] = rho * (h[1] if t == 0 else h[t - 1]), var
        else:
            a[2], a[3] = rho * (h[t - 1] + h[t + 1]) / (1.0 + rho * rho), var / (1.0 + rho * rho)
        if t < lags:
            h[t] = a[2] + np.sqrt(a[3]) * rng.standard_normal()
        else:
            squares[t] = np.exp(h[t]) * np.dot(u[t - lags], uq[t - lags])
            a[0], a[1] = n, squares[t]
            h[t] = slice_update(6, h[t], a, 1.0, rng)
    a[0] = h[0] ** 2
    a[1] = np.sum(h[:-1] ** 2)
    a[2] = np.sum(h[:-1] * h[1:])
    a[3] = var
    f = slice_update(7, np.log(rho) - np.log1p(-rho), a, 1.0, rng)
    rho = min(1.0 / (1.0 + np.exp(-f)), 1.0 - 1e-12)
    a[0], a[1] = n_time, (1.0 - rho * rho) * h[0] ** 2 + np.sum((h[1:] - rho * h[:-1]) ** 2)
    sd = np.exp(slice_update(8, np.log(sd), a, 0.5, rng))
    b = np.empty(3 + 2 * (n_time - lags))
    b[0], b[1], b[2] = n_time - lags, n, np.log(sd)
    b[3 : 3 + n_time - lags] = h[lags:]
    b[3 + n_time - lags :] = squares[lags:]
    s = np.exp(slice_update(9, 0.0, b, 0.3, rng))
    h *= s
    chain.vol[0], chain.vol[1] = rho, sd * s


@njit(cache=True, nogil=True)
def _sweep(world, chain, band, row, rng):  # type: ignore[no-untyped-def]
    if not draw_states(world, chain, band, row, rng):
        return False
    _rescale(world, chain, rng)
    _draw_phi(world, chain, rng)
    z, now, past, xx, xy = _moments(chain)
    n = chain.Sigma.shape[0]
    q = np.empty((n, n))
    start = log_start(chain.coef, chain.Sigma, z)
    ok = invert(chain.Sigma, q)
    start = _draw_coef(world, chain, q, z, xx, xy, start, rng)
    for _ in range(_HYPER_MOVES):
        _draw_lambda_centred(world, chain, rng)
        start = _draw_lambda_free(world, chain, q, z, xx, xy, start, rng)
    u = now - product(past, np.ascontiguousarray(chain.coef.T))
    cross = np.zeros((n, n))
    subtract_gram(cross, u, -u, False)
    start = _draw_sigma(chain, z, cross, u.shape[0], start, rng)
    ok = ok and invert(chain.Sigma, q)
    for _ in range(_HYPER_MOVES):
        if ok:
            _draw_tight(world, chain, q, rng)
            start = _draw_tight_free(world, chain, q, z, cross, u.shape[0], start, rng)
            ok = invert(chain.Sigma, q)
    if ok:
        _draw_units(world, chain, q, rng)
        if world.moving:
            _draw_volatility(world, chain, q, now, past, rng)
    return ok and np.isfinite(start)


@njit(cache=True, nogil=True)
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
    n_time, n = world.y.shape
    lags = chain.coef.shape[1] // n
    band, row = np.empty((n_time, lags + 1, n, n)), np.empty((n_time, n, n))
    for i in range(count):
        for _ in range(thin):
            if not _sweep(world, chain, band, row, rng):
                return i
        if kept.mu.shape[0] > 0:
            kept.x[first + i] = chain.x
            kept.mu[first + i] = chain.mu
            kept.coef[first + i] = chain.coef
            kept.Sigma[first + i] = chain.Sigma
            kept.phi[first + i] = chain.phi
            kept.unit[first + i] = chain.unit
            kept.hyper[first + i] = chain.hyper
            kept.h[first + i] = chain.h
            kept.vol[first + i] = chain.vol
    return count


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
