"""The one-dimensional densities that the coupled model's sampler slices, and the slice update."""

from __future__ import annotations

import math

import numpy as np

from quadrille.kernels.compiled import inner

__all__ = [
    "LAMBDA",
    "LAMBDA_DF",
    "LAMBDA_FREE",
    "LAMBDA_SCALE",
    "NOISE",
    "SCALE",
    "TIGHTNESS",
    "TIGHTNESS_FREE",
    "UNIT",
    "VOLATILITY",
    "VOLATILITY_PERSISTENCE",
    "VOLATILITY_SCALE",
    "VOLATILITY_SD",
    "VOLATILITY_STATE",
    "slice_update",
]

# Half-t priors of lambda_1 (spread of own lags) and lambda_2 (cross lags relative to own); the
# literature's usual 0.2 and 0.5 are their scales (Litterman 1986) where a world gives no others.
LAMBDA_DF = 3.0
LAMBDA_SCALE = np.array([0.2, 0.5])
# Log volatility: mean and variance of the logit of its persistence and of its log innovation sd.
VOLATILITY = np.array([2.0, 1.0, np.log(0.2), 0.5**2])
_STEPS_OUT = 40

# The densities. Typed, so that Numba does not compile a slice update for each of them.
NOISE = np.int64(0)
UNIT = np.int64(1)
SCALE = np.int64(2)
TIGHTNESS = np.int64(3)
LAMBDA = np.int64(4)
LAMBDA_FREE = np.int64(5)
VOLATILITY_STATE = np.int64(6)
VOLATILITY_PERSISTENCE = np.int64(7)
VOLATILITY_SD = np.int64(8)
VOLATILITY_SCALE = np.int64(9)
TIGHTNESS_FREE = np.int64(10)


@inner
def _half_t(u, scale):  # type: ignore[no-untyped-def]
    """Log density of u = log of a half-t variable."""
    return u - 0.5 * (LAMBDA_DF + 1.0) * math.log1p(math.exp(2.0 * u) / (LAMBDA_DF * scale * scale))


@inner
def _log_iw_constant(nu, n):  # type: ignore[no-untyped-def]
    value = 0.5 * nu * n * math.log(2.0) + 0.25 * n * (n - 1) * math.log(math.pi)
    for i in range(n):
        value += math.lgamma(0.5 * (nu - i))
    return -value


@inner
def _spreads(u, which, lam, scale):  # type: ignore[no-untyped-def]
    """(tau of own, shared, disjoint) and log prior of u, with entry ``which`` of lambda at u."""
    l1, l2, l4 = lam[0], lam[1], lam[2]
    if which == 0:
        l1 = math.exp(u)
        prior = _half_t(u, scale[0])
    elif which == 1:
        l2 = math.exp(u)
        prior = _half_t(u, scale[1])
    elif which == 3:  # lambda_1, its product with lambda_2 held
        l1, l2 = math.exp(u), lam[0] * lam[1] / math.exp(u)
        prior = _half_t(u, scale[0]) + _half_t(math.log(l2), scale[1])
    else:
        l4 = 1.0 / (1.0 + math.exp(-u))
        prior = -abs(u) - 2.0 * math.log1p(math.exp(-abs(u)))
    return l1, l1 * l2, l1 * l2 * l4, prior


@inner
def _target(kind, u, a):  # type: ignore[no-untyped-def]
    """Log densities that are sliced; each lists what ``a`` holds."""
    if abs(u) > 60.0:
        return -math.inf
    if kind == NOISE:  # log(phi - phi_min): count, squares, phi_min, mean, var
        phi = a[2] + math.exp(u)
        value = -0.5 * a[0] * math.log(phi) - 0.5 * a[1] / phi - 0.5 * (u - a[3]) ** 2 / a[4]
    elif kind == UNIT:  # log unit: linear, up, down, mean, var, up and down of its root
        value = a[0] * u - a[1] * math.exp(u) - a[2] * math.exp(-u) - 0.5 * (u - a[3]) ** 2 / a[4]
        value += a[5] * math.exp(0.5 * u) + a[6] * math.exp(-0.5 * u)
    elif kind == SCALE:  # log scale of a tie: cross, square, log unit, mean, var
        s = math.exp(u)
        value = a[0] * s - 0.5 * a[1] * s * s - 0.5 * (a[2] + 2.0 * u - a[3]) ** 2 / a[4]
    elif kind == TIGHTNESS:  # log k: log det units, log det Sigma, trace, n, mean, var
        k, n = math.exp(u), int(a[3])
        nu = n + 1.0 + k
        value = 0.5 * nu * (n * u + a[0] - a[1]) - 0.5 * k * a[2] - 0.5 * (u - a[4]) ** 2 / a[5]
        value += _log_iw_constant(nu, n)
    elif (
        kind == LAMBDA
    ):  # lambda given coefficients: which, lambda (3), counts (3), squares (3); at 16 scales (2)
        t0, t1, t2, value = _spreads(u, int(a[0]), a[1:4], a[16:18])
        value -= a[4] * math.log(t0) + a[5] * math.log(t1) + a[6] * math.log(t2)
        value -= 0.5 * (a[7] / t0**2 + a[8] / t1**2 + a[9] / t2**2)
    elif (
        kind == LAMBDA_FREE
    ):  # lambda given standardised coefficients: which, lambda (3), linear (3), square (9), scales (2)
        t0, t1, t2, value = _spreads(u, int(a[0]), a[1:4], a[16:18])
        value += a[4] * t0 + a[5] * t1 + a[6] * t2
        value -= 0.5 * (a[7] * t0 * t0 + a[11] * t1 * t1 + a[15] * t2 * t2)
        value -= a[8] * t0 * t1 + a[9] * t0 * t2 + a[12] * t1 * t2
    elif kind == VOLATILITY_STATE:  # one log volatility: n, squares, mean, var
        value = -0.5 * a[0] * u - 0.5 * a[1] * math.exp(-u) - 0.5 * (u - a[2]) ** 2 / a[3]
    elif (
        kind == VOLATILITY_PERSISTENCE
    ):  # logit of their persistence: first square, squares before, cross, variance
        f = 1.0 / (1.0 + math.exp(-u))
        value = 0.5 * math.log1p(-f * f) - 0.5 * (u - VOLATILITY[0]) ** 2 / VOLATILITY[1]
        value -= 0.5 * (f * f * (a[1] - a[0]) - 2.0 * f * a[2]) / a[3]
    elif kind == VOLATILITY_SD:  # log of their innovation sd: count, squares
        value = -a[0] * u - 0.5 * a[1] * math.exp(-2.0 * u)
        value -= 0.5 * (u - VOLATILITY[2]) ** 2 / VOLATILITY[3]
    elif (
        kind == TIGHTNESS_FREE
    ):  # log k, Bartlett factor held: n, rows, mean, var, square, then by tie the
        # squared diagonal over its expectation, linear and square terms
        k, n = math.exp(u), int(a[0])
        value, total = -0.5 * (u - a[2]) ** 2 / a[3] - 0.5 * a[1] * n * u, a[4]
        for i in range(n):
            df = n + 1.0 + k - i
            b = a[5 + i] * df
            value += 0.5 * (df + a[1]) * math.log(b) - 0.5 * b - 0.5 * df * math.log(2.0)
            value -= math.lgamma(0.5 * df)
            total += 2.0 * math.sqrt(b) * a[5 + n + i] + b * a[5 + 2 * n + i]
        value -= 0.5 * total / k
    else:  # log scale of all of them: count, n, log sd, then h and squares of each
        m = int(a[0])
        value = -0.5 * (a[2] + u - VOLATILITY[2]) ** 2 / VOLATILITY[3]
        for t in range(m):
            g = math.exp(u) * a[3 + t]
            value -= 0.5 * a[1] * g + 0.5 * a[3 + m + t] * math.exp(-min(max(g, -60.0), 60.0))
    return value


@inner
def slice_update(kind, u, a, width, rng):  # type: ignore[no-untyped-def]
    """One slice update, stepping out and shrinking."""
    level = _target(kind, u, a) + math.log(rng.random())
    low = u - width * rng.random()
    high = low + width
    steps = int(_STEPS_OUT * rng.random())
    left, right = steps, _STEPS_OUT - 1 - steps
    while left > 0 and _target(kind, low, a) > level:
        low -= width
        left -= 1
    while right > 0 and _target(kind, high, a) > level:
        high += width
        right -= 1
    while True:
        v = low + (high - low) * rng.random()
        if _target(kind, v, a) >= level:
            return v
        if v < u:
            low = v
        else:
            high = v
        if high - low < 1e-14:
            return u
