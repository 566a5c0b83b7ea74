"""Counts expected from how much each state is in the news, pair by pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array

__all__ = ["expected_counts"]

_ROUNDS = 2000


def expected_counts(
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    n: Array,
    n_states: int,
    tolerance: float = 1e-8,
) -> Array:
    r"""Quasi-independence fit :math:`E_{ij} = w_i w_j` for the pairs given, one period.

    The weights make every state's expected total equal its observed total over the pairs listed
    (Bishop, Fienberg & Holland 1975, chapter 5), by iterative proportional fitting.

    Parameters
    ----------
    first, second : ndarray of int, shape (pair,)
        State indices of each pair, ``first != second``; only pairs that could be seen are listed.
    n : ndarray, shape (pair,)
        Observed counts, >= 0.
    n_states : int
    tolerance : float
        Largest relative change of a weight at which the iteration ends.

    Returns
    -------
    ndarray, shape (pair,)
        Expected counts. Where a state holds more than half of everything no exact fit exists and
        the iteration converges to the nearest margins.
    """
    total = np.bincount(first, n, n_states) + np.bincount(second, n, n_states)
    if total.sum() <= 0:
        return np.zeros_like(n, dtype=float)
    w = total / np.sqrt(total.sum())
    for _ in range(_ROUNDS):
        fit = w[first] * w[second]
        got = np.bincount(first, fit, n_states) + np.bincount(second, fit, n_states)
        ratio = np.sqrt(np.divide(total, got, out=np.ones_like(got), where=got > 0))
        w = w * ratio
        if np.max(np.abs(ratio - 1.0), where=total > 0, initial=0.0) < tolerance:
            break
    return np.asarray(w[first] * w[second], dtype=float)
