"""How far coders of the same units agree: Krippendorff's alpha, Cohen's kappa, plain agreement, resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND

__all__ = ["bootstrap_band", "interval_alpha", "kappa", "same"]


def interval_alpha(values: Array) -> Array:
    r"""Krippendorff's alpha for an interval scale.

    :math:`\alpha = 1 - D_o/D_e`, with :math:`D_o` the mean squared difference of the values of one unit and
    :math:`D_e` that of all pairable values (Krippendorff 2011, *Computing Krippendorff's Alpha-Reliability*).
    With :math:`m_u` values in unit *u*, :math:`S_u` their squared deviations from its mean, and *n* values in the
    units that have at least two,

    .. math:: D_o = \frac2n \sum_u \frac{m_u S_u}{m_u - 1}, \qquad D_e = \frac{2 S}{n - 1}.

    Parameters
    ----------
    values : ndarray, shape (..., unit, coder)
        NaN where a coder left a unit out.

    Returns
    -------
    ndarray, shape (...)
        NaN where no unit has two values, or all pairable values are the same: there is nothing to agree on.
    """
    present = ~np.isnan(values)
    m = present.sum(axis=-1)
    pairable = m >= 2
    used = present & pairable[..., None]
    x = np.where(used, values, 0.0)
    count = np.maximum(m, 1)
    within = np.where(used, x - (x.sum(axis=-1) / count)[..., None], 0.0)
    s_unit = (within**2).sum(axis=-1)
    n = np.where(pairable, m, 0).sum(axis=-1)
    total = x.sum(axis=(-2, -1)) / np.maximum(n, 1)
    around = np.where(used, x - total[..., None, None], 0.0)
    # Values that are the same may differ from their rounded mean.
    ends = (-2, -1)
    varied = np.where(used, values, -np.inf).max(ends) > np.where(used, values, np.inf).min(ends)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = 2.0 * (m * s_unit / np.maximum(m - 1, 1)).sum(axis=-1) / n
        expected = 2.0 * (around**2).sum(axis=(-2, -1)) / (n - 1)
        return np.asarray(np.where(varied, 1.0 - observed / expected, np.nan))


def same(first: NDArray[np.intp], second: NDArray[np.intp]) -> Array:
    """Share of units, the last axis, that both coders put into one category."""
    return np.asarray((first == second).mean(axis=-1), dtype=float)


def kappa(first: NDArray[np.intp], second: NDArray[np.intp]) -> Array:
    r"""Cohen's kappa: agreement beyond chance, :math:`(p_o - p_e)/(1 - p_e)` (Cohen 1960).

    Parameters
    ----------
    first, second : ndarray of int, shape (..., unit)
        Categories; :math:`p_e` is the sum over them of the product of the two coders' shares.

    Returns
    -------
    ndarray, shape (...)
        NaN where both put every unit into the same one category: there is nothing to agree on.
    """
    every = np.union1d(first, second)
    chance = sum((first == k).mean(axis=-1) * (second == k).mean(axis=-1) for k in every)
    room = 1.0 - np.asarray(chance, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(room > 1e-12, (same(first, second) - 1.0 + room) / room, np.nan))


def bootstrap_band(
    measure: Callable[[NDArray[np.intp]], Array], units: int, draws: int, seed: int
) -> tuple[float, float]:
    """Middle 90% of a measure over units drawn with replacement.

    Parameters
    ----------
    measure : callable
        Indices of units, shape (draw, unit) → its value in each draw, shape (draw,).
    units, draws, seed : int

    Returns
    -------
    tuple of float
        NaN where no draw has a value; draws without one are left out.
    """
    chosen = np.random.default_rng(seed).integers(0, units, (draws, units))
    found = measure(chosen)
    known = found[~np.isnan(found)]
    if not known.size:
        return np.nan, np.nan
    low, high = np.quantile(known, (BAND[0], BAND[-1]))
    return float(low), float(high)
