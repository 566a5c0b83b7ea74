"""The lowest point of a function without derivatives, for a few numbers within a box.

SciPy's optimisers do the same and more; loading them takes longer than the questions that need this take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["Lowest", "golden_section", "simplex_search"]

_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
# Where the search begins, corners of the simplex lie apart by this share of each number, or by this much of a zero.
_APART, _APART_OF_ZERO = 0.05, 0.00025
_ROUNDS = 2000


class Lowest(NamedTuple):
    """Where the function is lowest, ``x (k,)``, and its ``value`` there."""

    x: Array
    value: float


def golden_section(loss: Callable[[float], float], low: float, high: float, near: float = 1e-6) -> float:  # fmt: skip
    """The lowest value of a function of one number between two bounds, by golden sections (Kiefer 1953).

    Parameters
    ----------
    loss : callable
        With one valley between the bounds; of several, one is found.
    low, high : float
    near : float
        How close the last points are.
    """
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    while high - low > near:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
    return min(at_left, at_right)


def _corners(start: Array, low: Array, high: Array) -> Array:
    """A simplex of k + 1 corners: the start, and for each number the start with that one moved."""
    first = np.clip(start, low, high)
    corners = np.tile(first, (first.size + 1, 1))
    moved = np.where(first != 0, (1 + _APART) * first, _APART_OF_ZERO)
    np.fill_diagonal(corners[1:], moved)
    # What lies beyond the upper edge is mirrored by it, so that the simplex keeps its volume.
    return np.where(corners > high, 2 * high - corners, corners).clip(low, high)


def simplex_search(
    loss: Callable[[Array], float], start: Array, low: Array, high: Array,
    near: float = 1e-4, level: float = 1e-7,
) -> Lowest:  # fmt: skip
    """The lowest point that a simplex comes to which turns its worst corner over the others (Nelder & Mead 1965).

    Parameters
    ----------
    loss : callable
        Of an array ``(k,)``.
    start, low, high : ndarray, shape (k,)
        Where the search begins, and the edges of the box: a point beyond one is put on it.
    near, level : float
        It ends when all corners are this near the lowest in each number, and their values this near its own.
    """
    corners = _corners(start, low, high)
    values = np.array([loss(x) for x in corners])
    for _ in range(_ROUNDS):
        order = np.argsort(values)
        corners, values = corners[order], values[order]
        apart = np.abs(corners[1:] - corners[0]).max()
        if apart <= near and np.abs(values[1:] - values[0]).max() <= level:
            break
        centre, worst = corners[:-1].sum(axis=0) / start.size, corners[-1]

        def beyond(by: float, centre: Array = centre, worst: Array = worst) -> tuple[Array, float]:
            """The point on the line from the worst corner through the centre, so many times as far again."""
            x = np.clip((1 + by) * centre - by * worst, low, high)
            return x, loss(x)

        new = beyond(1)
        if new[1] < values[0]:
            new = min(beyond(2), new, key=lambda point: point[1])
        elif new[1] >= values[-2]:
            outside = new[1] < values[-1]
            least = new[1] if outside else values[-1]
            new = beyond(0.5 if outside else -0.5)
            if new[1] > least or (new[1] == least and not outside):
                corners[1:] = np.clip(corners[0] + 0.5 * (corners[1:] - corners[0]), low, high)
                values[1:] = [loss(x) for x in corners[1:]]
                continue
        corners[-1], values[-1] = new
    best = values.argmin()
    return Lowest(corners[best], float(values[best]))
