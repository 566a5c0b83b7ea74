r"""Counts as counts: a normal observation that stands for a beta-binomial one.

Of N events C are cooperative, :math:`C \sim \mathrm{BetaBinomial}(N, Mp, M(1-p))` with
:math:`p = \mathrm{logistic}(x)` and :math:`M = 1/\omega`: two events of one dyad and period agree more
often than independent ones would, with intra-class correlation :math:`\omega/(1+\omega)`. Against
what the other periods say of x (the cavity, normal), the moments of the exact posterior are taken by
Gauss-Hermite quadrature; the normal observation ("site") is the one that would have given the same moments
(expectation propagation; Minka 2001, Rasmussen & Williams 2006, section 3.6). Unlike the empirical
logit it is not biased where events are few: three of three cooperative events say "not below",
not "1.95".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = ["Tilted", "tilted_moments"]

_NODES = 24
_SHORT = 12.0
# Beyond this many independent draws from a beta-binomial it is binomial.
_NO_REPEATS = 1e7
_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
_AT, _WEIGHT = np.polynomial.hermite_e.hermegauss(_NODES)
_LOG_WEIGHT = np.log(_WEIGHT) - 0.5 * np.log(2.0 * np.pi)


class Tilted(NamedTuple):
    """Log normaliser, mean and variance of ``likelihood x cavity``, each of shape ``(cell,)``."""

    log_z: Array
    mean: Array
    var: Array


@inner
def _log_gamma(x):  # type: ignore[no-untyped-def]
    """Stirling's series, from 8 on (Abramowitz & Stegun 6.1.41); below, by what lies between."""
    below = 1.0
    while x < 8.0:
        below *= x
        x += 1.0
    r = 1.0 / (x * x)
    series = 1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (
        1.0 / 1188.0 - r * (691.0 / 360360.0 - r / 156.0)
    ))))  # fmt: skip
    value = (x - 0.5) * np.log(x) - x + _HALF_LOG_2PI + series / x
    return value - np.log(below) if below != 1.0 else value


@inner
def _rising(a, k):  # type: ignore[no-untyped-def]
    """Log of a (a + 1) ... (a + k - 1): a product where k is small, since the gamma function is slow."""
    if k > _SHORT:
        return _log_gamma(a + k) - _log_gamma(a)
    value = 1.0
    for i in range(int(k)):
        value *= a + i
    return np.log(value) if k > 0.0 else 0.0


@inner
def _loglik(c, f, x, m, both):  # type: ignore[no-untyped-def]
    """Log beta-binomial probability without the binomial coefficient; ``both`` is the part that x does not change."""
    if x > 0.0:
        e = np.exp(-x)
        p, r = 1.0 / (1.0 + e), e / (1.0 + e)
    else:
        e = np.exp(x)
        p, r = e / (1.0 + e), 1.0 / (1.0 + e)
    if m > _NO_REPEATS:
        return c * np.log(max(p, 1e-300)) + f * np.log(max(r, 1e-300))
    a, b = max(m * p, 1e-290), max(m * r, 1e-290)
    return _rising(a, c) + _rising(b, f) - both


@compiled
def _tilt_block(first, last, c, f, m, mean, var, at, scale, nodes, log_weight, out):  # type: ignore[no-untyped-def]
    size = nodes.size
    value = np.empty(size)
    for i in range(first, last):
        top = -np.inf
        both = _rising(m[i], c[i] + f[i]) if m[i] <= _NO_REPEATS else 0.0
        for k in range(size):
            x = at[i] + scale[i] * nodes[k]
            off = x - mean[i]
            value[k] = (
                log_weight[k] + _loglik(c[i], f[i], x, m[i], both)
                - 0.5 * off * off / var[i] + 0.5 * nodes[k] * nodes[k]
            )  # fmt: skip
            top = max(top, value[k])
        total = 0.0
        one = 0.0
        two = 0.0
        for k in range(size):
            w = np.exp(value[k] - top)
            total += w
            one += w * nodes[k]
            two += w * nodes[k] * nodes[k]
        one /= total
        two /= total
        out[0, i] = top + np.log(total) + 0.5 * np.log(scale[i] * scale[i] / var[i])
        out[1, i] = at[i] + scale[i] * one
        out[2, i] = scale[i] * scale[i] * max(two - one * one, 1e-12)


def tilted_moments(
    cooperative: Array, conflictual: Array, omega: Array, mean: Array, var: Array, at: Array, scale: Array
) -> Tilted:  # fmt: skip
    """Moments of x given its counts and a normal prior.

    Parameters
    ----------
    cooperative, conflictual : ndarray, shape (cell,)
        Counts.
    omega : ndarray, shape (cell,)
        Over-dispersion; 0 is binomial.
    mean, var : ndarray, shape (cell,)
        Of the prior.
    at, scale : ndarray, shape (cell,)
        Where the nodes are put: about the posterior's mean and standard deviation.

    Returns
    -------
    Tilted
    """
    out = np.empty((3, mean.size))
    m = 1.0 / np.maximum(omega, 1e-12)
    over_blocks(
        lambda a, b: _tilt_block(
            a, b, cooperative, conflictual, m, mean, var, at, scale, _AT, _LOG_WEIGHT, out
        ),
        mean.size,
    )
    return Tilted(*out)
