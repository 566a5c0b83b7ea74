r"""Normal values within bounds, by sequential importance sampling, many proposals at a time.

Loops run over the proposals of a draw without a branch, so that the machine takes several at once. The chance of the tail is
:math:`P(Z > x) = e^{-x^2/2} r(x) / (1 + x)`, and the inverse :math:`\Phi^{-1}(p) = r(w) - w` with :math:`w = \sqrt{-2 \log p}`, each r
a ratio of two polynomials of the eighth degree fitted over the whole range (AAA, Nakatsukasa, Sete & Trefethen 2018). The first
is right to 1e-12 of itself, the second to 2e-11. Exponential and logarithm are polynomials beside the exponent of the number.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import fused, inner, inner_fused

__all__ = ["Truncated", "normal_quantile", "normal_tail", "truncated_normal"]

# Beyond so many deviations chances are taken as logarithms, one by one.
_FAR = 30.0
_FARTHEST = 37.0
_NO_BOUND = 1e150
_SMALL = 1e-100
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# Added to a number of moderate size this leaves its whole part in the last bits.
_SHIFT = 6755399441055744.0
_LOG2_E = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
_BIAS, _FRACTION = 1023, 52
_ONE_BITS, _FRACTION_BITS = 0x3FF0000000000000, 0x000FFFFFFFFFFFFF
_WHOLE_BITS, _WHOLE = 0x4330000000000000, 4503599627370496.0
_TAIL_TOP = (
    4.8822752029945073e-05, 9.5851259769485792e-04, 9.2122159365702772e-03, 5.5192997610118873e-02, 2.2226170567052356e-01,
    6.0955838849986210e-01, 1.0990968222775823e00, 1.1649089966628157e00, 4.9999999999999056e-01,
)  # fmt: skip
_TAIL_LOW = (
    1.2238049074661417e-04, 2.2802542784957618e-03, 2.0933727801126800e-02, 1.1981721015014904e-01, 4.6015774617757121e-01,
    1.2013101322631403e00, 2.0660366688634273e00, 2.1277025541382550e00, 1.0,
)  # fmt: skip
_INVERSE_TOP = (
    1.7763624151272605e-08, 8.3279676349562226e-05, 1.3780725697507870e-02, 5.2462289514361982e-01, 6.1879309035984180e00,
    2.5529650352888620e01, 4.2399062375305640e01, 2.6842444028922962e01, 3.5568954748561841e00,
)  # fmt: skip
_INVERSE_LOW = (
    1.1319270489668503e-05, 2.5163661582936992e-03, 1.2444007153107790e-01, 1.9544394618390386e00, 1.1271889208476887e01,
    2.7007143740983793e01, 2.9367143092695319e01, 1.1973716456785503e01, 1.0,
)  # fmt: skip


class Truncated(NamedTuple):
    """``draws (draw, proposal, k)`` within bounds, and log importance weights ``(draw, proposal)``."""

    draws: Array
    log_w: Array


@inner_fused
def _ratio(x, top, low):  # type: ignore[no-untyped-def]
    a = (((top[0] * x + top[1]) * x + top[2]) * x + top[3]) * x + top[4]
    a = (((a * x + top[5]) * x + top[6]) * x + top[7]) * x + top[8]
    b = (((low[0] * x + low[1]) * x + low[2]) * x + low[3]) * x + low[4]
    b = (((b * x + low[5]) * x + low[6]) * x + low[7]) * x + low[8]
    return a / b


@inner_fused
def _tails(x, out, power, bits, rest):  # type: ignore[no-untyped-def]
    """P(Z > x) of each ``x`` in [0, 37]; ``bits`` are those of ``power``, which with ``rest`` is room."""
    for p in range(x.size):
        y = -0.5 * x[p] * x[p]
        shifted = y * _LOG2_E + _SHIFT
        whole = shifted - _SHIFT
        power[p] = shifted
        rest[p] = (y - whole * _LN2_HIGH) - whole * _LN2_LOW
    for p in range(x.size):
        bits[p] = (bits[p] + _BIAS) << _FRACTION
    for p in range(x.size):
        r = rest[p]
        e = 1.0 + r * (1.0 / 11.0)
        e = 1.0 + r * (1.0 / 10.0) * e
        e = 1.0 + r * (1.0 / 9.0) * e
        e = 1.0 + r * (1.0 / 8.0) * e
        e = 1.0 + r * (1.0 / 7.0) * e
        e = 1.0 + r * (1.0 / 6.0) * e
        e = 1.0 + r * 0.2 * e
        e = 1.0 + r * 0.25 * e
        e = 1.0 + r * (1.0 / 3.0) * e
        e = 1.0 + r * 0.5 * e
        e = 1.0 + r * e
        out[p] = power[p] * e * _ratio(x[p], _TAIL_TOP, _TAIL_LOW) / (1.0 + x[p])


@inner_fused
def _quantiles(chance, chance_bits, out, power, bits):  # type: ignore[no-untyped-def]
    """Where P(Z > x) is each ``chance`` in (0, 0.5]; ``chance`` is spoilt."""
    for p in range(out.size):
        bits[p] = (chance_bits[p] >> _FRACTION) | _WHOLE_BITS
        chance_bits[p] = (chance_bits[p] & _FRACTION_BITS) | _ONE_BITS
    for p in range(out.size):
        m, exponent = chance[p], power[p] - (_WHOLE + _BIAS)
        large = m > 1.4142135623730951
        m = 0.5 * m if large else m
        exponent = exponent + 1.0 if large else exponent
        s = (m - 1.0) / (m + 1.0)
        t = s * s
        v = 1.0 / 15.0 + t * (1.0 / 17.0 + t * (1.0 / 19.0))
        v = 1.0 / 9.0 + t * (1.0 / 11.0 + t * (1.0 / 13.0 + t * v))
        v = 1.0 + t * (1.0 / 3.0 + t * (0.2 + t * (1.0 / 7.0 + t * v)))
        log = exponent * _LN2_HIGH + (2.0 * s * v + exponent * _LN2_LOW)
        w = np.sqrt(-2.0 * log)
        out[p] = w - _ratio(w, _INVERSE_TOP, _INVERSE_LOW)


@inner
def _tail_log(x):  # type: ignore[no-untyped-def]
    """Log of the normal distribution function far below zero, by its asymptotic series."""
    y = 1.0 / (x * x)
    return -0.5 * x * x - np.log(-x) - _HALF_LOG_2PI + np.log1p(y * (-1.0 + y * (3.0 - 15.0 * y)))


@inner
def _tail_inverse(log_p):  # type: ignore[no-untyped-def]
    """Where the log of the distribution function is so small, by Newton's steps."""
    x = -np.sqrt(-2.0 * log_p)
    for _ in range(6):
        # The slope of log Phi is the density over Phi.
        slope = np.exp(-0.5 * x * x - _HALF_LOG_2PI - _tail_log(x))
        x -= (_tail_log(x) - log_p) / slope
    return x


@inner
def _far_between(low, high, u):  # type: ignore[no-untyped-def]
    """Standard normal between bounds far above zero, by its inverse, and the log of their probability."""
    a, b = -high, -low
    log_b = _tail_log(b)
    log_a = _tail_log(a) if a > -_NO_BOUND else -np.inf
    share = np.exp(log_a - log_b)
    x = _tail_inverse(log_b + np.log(u + (1.0 - u) * share))
    return -min(max(x, a), b), log_b + np.log1p(-share)


@inner_fused
def _ends(bound, room, bits, out):  # type: ignore[no-untyped-def]
    """P(Z > |bound|), 0 where there is no bound."""
    size = room[0]
    for p in range(bound.size):
        size[p] = min(abs(bound[p]), _FARTHEST)
    _tails(size, out, room[1], bits, room[2])


@inner_fused
def _between(low, high, u, bounded, room, bits, chance_bits, z, p_of):  # type: ignore[no-untyped-def]
    """Standard normals ``z`` between bounds, each ``(proposal,)``, by the inverse; ``p_of`` their probability.

    ``bounded``: which of the two ends there are.
    """
    under, over, chance, far_side = room[3], room[4], room[5], room[6]
    under[:] = 0.0
    over[:] = 0.0
    if bounded[0]:
        _ends(low, room, bits, under)
    if bounded[1]:
        _ends(high, room, bits, over)
    for k in range(u.size):
        # What lies beyond the ends; where both are on one side of zero, and which, is a matter of the smaller tails.
        a, b = under[k], over[k]
        flip, below_zero = low[k] > 0.0, high[k] < 0.0
        p = a - b if flip else (b - a if below_zero else 1.0 - a - b)
        left = b if flip else a
        right = 1.0 - a if flip else (1.0 - b if below_zero else b)
        q, rest = left + u[k] * p, right + (1.0 - u[k]) * p
        p_of[k] = p
        # The sign of what is looked up; above zero things are seen in a mirror.
        far_side[k] = -1.0 if (q < rest) != flip else 1.0
        chance[k] = min(max(min(q, rest), 1e-300), 0.5)
    _quantiles(chance, chance_bits, z, room[1], bits)
    for k in range(u.size):
        z[k] = min(max(far_side[k] * z[k], low[k]), high[k])


@inner_fused
def _cholesky(cov, root):  # type: ignore[no-untyped-def]
    """Fill ``root`` with the upper triangular R of R' R = cov, row by row, so that sums run along memory."""
    k = len(cov)
    root[:] = cov
    for c in range(k):
        pivot = np.sqrt(max(root[c, c], 1e-300))
        root[c, c] = pivot
        for j in range(c + 1, k):
            root[c, j] /= pivot
        for i in range(c + 1, k):
            weight = root[c, i]
            for j in range(i, k):
                root[i, j] -= weight * root[c, j]


@inner_fused
def _centre(mean, root, z, j, out):  # type: ignore[no-untyped-def]
    """Where value ``j`` lies by those before it; four of these at a time, so that few numbers are fetched twice."""
    out[:] = mean
    whole = j - j % 4
    for m in range(0, whole, 4):
        a, b, c, e = root[m, j], root[m + 1, j], root[m + 2, j], root[m + 3, j]
        for p in range(out.size):
            near = out[p] + a * z[m, p] + b * z[m + 1, p]
            out[p] = near + c * z[m + 2, p] + e * z[m + 3, p]
    for m in range(whole, j):
        a = root[m, j]
        for p in range(out.size):
            out[p] += a * z[m, p]


@fused
def _truncated_block(mean, cov, low, high, uniform, out, log_w, first, last):  # type: ignore[no-untyped-def]
    proposals, k = uniform.shape[1], uniform.shape[2]
    root, z = np.empty((k, k)), np.empty((k, proposals))
    u = np.empty((k, proposals))  # the proposals of a value together in memory
    centre, chance, here = np.empty(proposals), np.empty(proposals), np.empty(proposals)
    below, above = np.empty(proposals), np.empty(proposals)
    room = np.empty((7, proposals))
    bits, chance_bits = room[1].view(np.int64), room[5].view(np.int64)
    for d in range(first, last):
        _cholesky(cov[d], root)
        for p in range(proposals):
            for j in range(k):
                u[j, p] = uniform[d, p, j]
        log_w[d] = 0.0
        chance[:] = 1.0
        for j in range(k):
            _centre(mean[d, j], root, z, j, centre)
            scale, own = root[j, j], z[j]
            for p in range(proposals):
                below[p] = (low[j] - centre[p]) / scale
                above[p] = (high[j] - centre[p]) / scale
            # Counted, not compared with the farthest so far: several at once.
            far = 0
            for p in range(proposals):
                far += (below[p] > _FAR) | (above[p] < -_FAR)
            bounded = (low[j] > -_NO_BOUND, high[j] < _NO_BOUND)
            _between(below, above, u[j], bounded, room, bits, chance_bits, own, here)
            if far > 0:
                for p in range(proposals):
                    log_here = 0.0
                    if below[p] > _FAR:
                        own[p], log_here = _far_between(below[p], above[p], u[j, p])
                        here[p] = 1.0
                    elif above[p] < -_FAR:
                        x, log_here = _far_between(-above[p], -below[p], u[j, p])
                        own[p], here[p] = -x, 1.0
                    log_w[d, p] += log_here
            small = 0
            for p in range(proposals):
                chance[p] *= here[p]
                small += chance[p] < _SMALL
                out[d, j, p] = min(max(centre[p] + scale * own[p], low[j]), high[j])
            # Logarithms are dear: products are taken as long as they can be told from zero.
            if small > 0:
                for p in range(proposals):
                    log_w[d, p] += np.log(chance[p])
                    chance[p] = 1.0
        for p in range(proposals):
            log_w[d, p] += np.log(chance[p])


@fused
def _many(x, chance, tails, quantiles):  # type: ignore[no-untyped-def]
    room, n = np.empty((3, x.size)), x.size
    _tails(x, tails, room[0], room[0].view(np.int64), room[1])
    own = room[2]
    for p in range(n):
        own[p] = chance[p]
    _quantiles(own, own.view(np.int64), quantiles, room[0], room[0].view(np.int64))


def normal_tail(x: Array) -> Array:
    """P(Z > x) of a standard normal, x in [0, 37], shape (n,)."""
    out = np.empty(x.size)
    _many(np.ascontiguousarray(x, dtype=float), np.full(x.size, 0.5), out, np.empty(x.size))
    return out


def normal_quantile(chance: Array) -> Array:
    """Where P(Z > x) is ``chance``, in [1e-300, 0.5], shape (n,)."""
    out = np.empty(chance.size)
    _many(
        np.zeros(chance.size), np.ascontiguousarray(chance, dtype=float), np.empty(chance.size), out
    )
    return out


def truncated_normal(mean: Array, cov: Array, low: Array, high: Array, uniform: Array) -> Truncated:
    """Normal values within bounds, by sequential importance sampling (Geweke, Hajivassiliou, Keane).

    Each value is drawn from its normal given those before it, truncated to its bounds; the product of
    the truncations' probabilities is the weight, and its mean estimates the probability of the bounds.

    Parameters
    ----------
    mean : ndarray, shape (draw, k)
    cov : ndarray, shape (draw, k, k)
    low, high : ndarray, shape (k,)
        May be infinite; ``low < high``.
    uniform : ndarray, shape (draw, proposal, k)
        In (0, 1).
    """
    draws, proposals, k = uniform.shape
    out, log_w = np.empty((draws, k, proposals)), np.empty((draws, proposals))
    parts = (np.ascontiguousarray(v, dtype=float) for v in (mean, cov, low, high, uniform))
    m, c, a, b, u = parts
    over_blocks(
        lambda first, last: _truncated_block(m, c, a, b, u, out, log_w, first, last), len(mean)
    )
    return Truncated(out.transpose(0, 2, 1), log_w)
