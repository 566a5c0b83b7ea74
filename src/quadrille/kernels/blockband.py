r"""Normal vectors whose precision is block-banded: factor, solve, draw.

A vector of T blocks of n numbers has a precision K in which blocks further apart than p are zero.
Blocks on and below the diagonal are held as ``band[t, j]``, the *transpose* of block (t, t - j), so
that every inner loop runs along memory. The factor :math:`K = L L^\top` takes its place:
``band[t, 0]`` becomes the upper triangle :math:`L_{tt}^\top` and ``band[t, j]`` becomes
:math:`L_{t,t-j}^\top`. Cost: of the order of :math:`T p\,(p+1) n^3` (Chan & Jeliazkov 2009, with
the band in blocks). Loops are written out, not left to BLAS, so that results do not depend on the
number of threads.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import fused, inner_fused

__all__ = [
    "UPPER",
    "WHOLE",
    "assign",
    "band_backward",
    "band_factor",
    "band_forward",
    "band_forward_many",
    "factor",
    "multiply",
    "solve_lower",
    "solve_lower_many",
    "solve_upper",
    "subtract_gram",
    "transpose",
]

# Typed, so that Numba does not compile `subtract_gram` for each.
UPPER, WHOLE = np.bool_(True), np.bool_(False)


@inner_fused
def assign(a: Array, out: Array) -> None:
    """Set ``out`` to ``a``."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = a[i, j]


@inner_fused
def transpose(a: Array, out: Array) -> None:
    """Set ``out`` to a'."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = a[j, i]


@fused
def factor(a: Array) -> bool:
    """Replace the upper triangle of ``a`` by R with a = R'R; False if not positive definite."""
    n = a.shape[0]
    for k in range(n):
        for i in range(k):
            f = a[i, k]
            for j in range(k, n):
                a[k, j] -= f * a[i, j]
        if not a[k, k] > 0.0:
            return False
        root = np.sqrt(a[k, k])
        scale = 1.0 / root
        a[k, k] = root
        for j in range(k + 1, n):
            a[k, j] *= scale
    return True


@inner_fused
def subtract_gram(out: Array, a: Array, b: Array, upper: bool) -> None:
    """Subtract a'b from ``out``; of a square result only the upper triangle where asked."""
    n, m, depth = out.shape[0], out.shape[1], a.shape[0]
    whole = depth - depth % 4
    for i in range(n):
        first = i if upper else 0
        for k in range(0, whole, 4):
            f0, f1, f2, f3 = a[k, i], a[k + 1, i], a[k + 2, i], a[k + 3, i]
            for j in range(first, m):
                out[i, j] -= f0 * b[k, j] + f1 * b[k + 1, j] + f2 * b[k + 2, j] + f3 * b[k + 3, j]
        for k in range(whole, depth):
            f0 = a[k, i]
            for j in range(first, m):
                out[i, j] -= f0 * b[k, j]


@fused
def multiply(a: Array, b: Array, out: Array) -> None:
    """Set ``out`` to a b."""
    depth = b.shape[0]
    whole = depth - depth % 4
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0.0
        for k in range(0, whole, 4):
            f0, f1, f2, f3 = a[i, k], a[i, k + 1], a[i, k + 2], a[i, k + 3]
            for j in range(b.shape[1]):
                out[i, j] += f0 * b[k, j] + f1 * b[k + 1, j] + f2 * b[k + 2, j] + f3 * b[k + 3, j]
        for k in range(whole, depth):
            f0 = a[i, k]
            for j in range(b.shape[1]):
                out[i, j] += f0 * b[k, j]


@inner_fused
def solve_lower_many(r: Array, b: Array) -> None:
    """Replace ``b`` by (R')^-1 b, column by column at once."""
    for k in range(r.shape[0]):
        for i in range(k):
            f = r[i, k]
            for j in range(b.shape[1]):
                b[k, j] -= f * b[i, j]
        scale = 1.0 / r[k, k]
        for j in range(b.shape[1]):
            b[k, j] *= scale


@inner_fused
def solve_lower(r: Array, b: Array) -> None:
    """Replace the vector ``b`` by (R')^-1 b."""
    n = r.shape[0]
    for k in range(n):
        b[k] /= r[k, k]
        f = b[k]
        for j in range(k + 1, n):
            b[j] -= f * r[k, j]


@inner_fused
def solve_upper(r: Array, b: Array) -> None:
    """Replace the vector ``b`` by R^-1 b."""
    n = r.shape[0]
    for k in range(n - 1, -1, -1):
        s = b[k]
        for j in range(k + 1, n):
            s -= r[k, j] * b[j]
        b[k] = s / r[k, k]


@fused
def band_factor(band: Array) -> bool:
    """Factor a block-banded precision in place; see the module for the layout.

    Parameters
    ----------
    band : ndarray, shape (T, p + 1, n, n)

    Returns
    -------
    bool
        False if the matrix is not positive definite (``band`` is then spoilt).
    """
    lags = band.shape[1] - 1
    for t in range(band.shape[0]):
        for j in range(min(lags, t), -1, -1):
            c = t - j
            for m in range(j + 1, min(lags, t) + 1):
                subtract_gram(band[t, j], band[c, m - j], band[t, m], j == 0)
            if j > 0:
                solve_lower_many(band[c, 0], band[t, j])
            elif not factor(band[t, 0]):
                return False
    return True


@fused
def band_forward(band: Array, b: Array) -> None:
    """Replace ``b (T, n)`` by L^-1 b."""
    lags, n = band.shape[1] - 1, band.shape[2]
    for t in range(band.shape[0]):
        for j in range(1, min(lags, t) + 1):
            u = band[t, j]
            for k in range(n):
                f = b[t - j, k]
                for i in range(n):
                    b[t, i] -= f * u[k, i]
        solve_lower(band[t, 0], b[t])


@fused
def band_forward_many(band: Array, b: Array) -> None:
    """Replace ``b (T, n, m)`` by L^-1 b, m right-hand sides at once."""
    lags = band.shape[1] - 1
    for t in range(band.shape[0]):
        for j in range(1, min(lags, t) + 1):
            subtract_gram(b[t], band[t, j], b[t - j], WHOLE)
        solve_lower_many(band[t, 0], b[t])


@fused
def band_backward(band: Array, b: Array) -> None:
    """Replace ``b (T, n)`` by (L')^-1 b."""
    n_time, lags, n = band.shape[0], band.shape[1] - 1, band.shape[2]
    for t in range(n_time - 1, -1, -1):
        for j in range(1, min(lags, n_time - 1 - t) + 1):
            u = band[t + j, j]
            for k in range(n):
                s = 0.0
                for i in range(n):
                    s += u[k, i] * b[t + j, i]
                b[t, k] -= s
        solve_upper(band[t, 0], b[t])
