"""Proper scores of forecasts, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

__all__ = ["crps_normal"]

Array = NDArray[np.float64]


def crps_normal(y: Array, mean: Array, sd: Array) -> Array:
    """Continuous ranked probability score of N(mean, sd²) at y (Gneiting & Raftery 2007, eq. 21).

    Parameters
    ----------
    y, mean, sd : ndarray
        Any shapes that broadcast; ``sd >= 0`` (0 gives the absolute error).

    Returns
    -------
    ndarray
        Same unit as ``y``; smaller is better.
    """
    error = np.asarray(y) - mean
    safe = np.where(sd > 0, sd, 1.0)
    z = error / safe
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    score = safe * (z * erf(z / np.sqrt(2.0)) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    return np.where(sd > 0, score, np.abs(error))
