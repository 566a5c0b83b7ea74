r"""Where the members of a network stand in the plane, so that near means close: stress majorisation.

Of wanted distances :math:`\delta_{ij}` with weights :math:`w_{ij}` positions are found that minimise

.. math:: \sum_{i<j} w_{ij} (\lVert x_i - x_j \rVert - \delta_{ij})^2

by the Guttman transform (SMACOF; de Leeuw 1977; Gansner, Koren & North 2004), from the classical scaling of
:math:`\delta` (Torgerson 1952). Nothing is drawn at random: the same distances give the same picture.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["classical_scaling", "stress", "stress_layout"]

_STEPS = 500
_TOLERANCE = 1e-7
_TINY = 1e-9


def classical_scaling(distance: Array, dimensions: int = 2) -> Array:
    """Positions whose distances are those wanted as nearly as their inner products can be.

    Parameters
    ----------
    distance : ndarray, shape (n, n)
        Symmetric, zero on the diagonal.
    dimensions : int

    Returns
    -------
    ndarray, shape (n, dimensions)
        Centred; the largest coordinate of each axis is positive.
    """
    centred = distance**2
    centred = centred - centred.mean(axis=0) - centred.mean(axis=1)[:, None] + centred.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)
    top = np.argsort(values)[::-1][:dimensions]
    found = vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))
    largest = np.abs(found).argmax(axis=0)
    return np.asarray(found * np.where(found[largest, range(len(top))] < 0, -1.0, 1.0))


def stress(x: Array, distance: Array, weight: Array) -> float:
    """Weighted sum of squared differences between distances and those wanted, each pair once."""
    apart = np.linalg.norm(x[:, None] - x[None], axis=2)
    return float(0.5 * np.sum(weight * (apart - distance) ** 2))


def stress_layout(distance: Array, weight: Array | None = None, steps: int = _STEPS) -> Array:
    """Positions in the plane of least stress near the classical scaling.

    Parameters
    ----------
    distance : ndarray, shape (n, n)
        Wanted, symmetric, above zero off the diagonal.
    weight : ndarray, shape (n, n), optional
        Symmetric, not negative; all pairs must be joined by pairs of positive weight. Default:
        ``distance ** -2``, so that errors count relative to the distance.
    steps : int
        At most; stress never rises from one to the next.

    Returns
    -------
    ndarray, shape (n, 2)
        Centred, along its principal axes, the longer one first.

    Raises
    ------
    ValueError
        The distances are not square and symmetric.
    """
    d = np.array(distance, dtype=float)
    if d.ndim != 2 or not np.array_equal(d, d.T):
        raise ValueError("distances must be square and symmetric")
    n = len(d)
    if n < 2:
        return np.zeros((n, 2))
    np.fill_diagonal(d, 1.0)
    w = d**-2.0 if weight is None else np.array(weight, dtype=float)
    np.fill_diagonal(w, 0.0)
    np.fill_diagonal(d, 0.0)
    x = classical_scaling(d)
    x = _moved(_parted(np.pad(x, ((0, 0), (0, 2 - x.shape[1]))), d), d, w, steps)
    return _turned(x)


def _parted(x: Array, d: Array) -> Array:
    """Members that start at one place, though wanted apart, a tenth of that apart: no step would part them."""
    near = np.linalg.norm(x[:, None] - x[None], axis=2) < 1e-6 * d.max()
    size = 0.1 * np.where(near, d, 0.0).max(axis=1)
    turn = 2 * np.pi * near.cumsum(axis=1).diagonal() / np.maximum(near.sum(axis=1), 1)
    return np.asarray(x + size[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))


def _moved(x: Array, d: Array, w: Array, steps: int) -> Array:
    """Guttman transforms until stress no longer falls."""
    laplacian = np.diag(w.sum(axis=1)) - w
    inverse = np.linalg.pinv(laplacian)
    last = stress(x, d, w)
    for _ in range(steps):
        apart = np.linalg.norm(x[:, None] - x[None], axis=2)
        ratio = np.where(apart > _TINY, d / np.maximum(apart, _TINY), 0.0)
        pull = -w * ratio
        np.fill_diagonal(pull, -pull.sum(axis=1))
        x = inverse @ pull @ x
        now = stress(x, d, w)
        if last - now <= _TOLERANCE * max(last, _TINY):
            break
        last = now
    return x


def _turned(x: Array) -> Array:
    """Centred and turned to its principal axes; the largest coordinate of each is positive."""
    x = x - x.mean(axis=0)
    _, _, axes = np.linalg.svd(x, full_matrices=False)
    x = x @ axes.T
    largest = np.abs(x).argmax(axis=0)
    return np.asarray(x * np.where(x[largest, range(x.shape[1])] < 0, -1.0, 1.0))
