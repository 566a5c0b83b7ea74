"""How alike the choices of each two of many are: agreement, S, and what is left of it beyond chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array

__all__ = ["Similarity", "similarity"]


class Similarity(NamedTuple):
    """Symmetric measures of each two, all ``(n, n)``; NaN where they are not defined."""

    joint: NDArray[np.int64]  # items on which both chose
    agreement: Array  # share of those on which they chose the same
    s_absolute: Array
    s_squared: Array
    kappa: Array
    pi: Array


def similarity(choices: NDArray[np.int8], levels: int) -> Similarity:
    r"""Similarity of each two rows of choices on an ordered scale, over the items on which both chose.

    With :math:`d_k = |x_{ik} - x_{jk}|` on the *m* items of both, all of weight 1, and
    :math:`d_{\max}` the length of the scale, ``levels - 1``,

    .. math::

        S_{\mathrm{abs}} = 1 - \frac{2}{m} \sum_k \frac{d_k}{d_{\max}}, \quad
        S_{\mathrm{sq}} = 1 - \frac{2}{m} \sum_k \frac{d_k^2}{d_{\max}^2}, \quad
        \kappa, \pi = 1 - \frac{\sum_k d_k^2}{m\,E}

    (Signorino & Ritter 1999; Häge 2011). *E* is the squared distance to expect if the two chose
    independently, each by its own shares of the levels on these items (Cohen's κ), or both by their
    common shares (Scott's π). With means and variances (divisor *m*) it is
    :math:`v_i + v_j + (\bar x_i - \bar x_j)^2` for κ and
    :math:`v_i + v_j + (\bar x_i - \bar x_j)^2 / 2` for π, so that :math:`\pi \le \kappa`.

    Parameters
    ----------
    choices : ndarray of int8, (n, items)
        0 to ``levels - 1``; negative: no choice.
    levels : int
        At least 2.

    Returns
    -------
    Similarity
        κ and π are NaN where both always made one and the same choice: agreement by chance is then
        certain. All but ``joint`` are NaN where that is 0.
    """
    chose = np.stack([choices == level for level in range(levels)]).astype(np.float64)
    # counts[a, b, i, j]: items on which i chose a and j chose b.
    counts = chose[:, None] @ chose.transpose(0, 2, 1)[None]
    joint = counts.sum(axis=(0, 1))
    far = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))) / (levels - 1.0)
    m = np.where(joint > 0, joint, np.nan)
    near = np.einsum("aaij->ij", counts) / m
    absolute = np.einsum("ab,abij->ij", far, counts) / m
    squared = np.einsum("ab,abij->ij", far**2, counts) / m
    one, other = counts.sum(axis=1) / m, counts.sum(axis=0) / m
    both = (one + other) / 2
    by_own = np.einsum("ab,aij,bij->ij", far**2, one, other)
    by_both = np.einsum("ab,aij,bij->ij", far**2, both, both)
    return Similarity(
        joint.astype(np.int64), near, 1 - 2 * absolute, 1 - 2 * squared,
        _beyond(squared, by_own), _beyond(squared, by_both),
    )  # fmt: skip


def _beyond(observed: Array, expected: Array) -> Array:
    """1 minus the ratio of the distances; NaN where none is expected."""
    return 1 - observed / np.where(expected > 0, expected, np.nan)
