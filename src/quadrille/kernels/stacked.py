r"""An event study over stacked windows with a dose, and how it may fail.

Each event is a window of its own against controls of its own (Cengiz, Dube, Lindner & Zipperer 2019), so that no event serves as control
of another and no weights are negative (Goodman-Bacon 2021). What is left of a window is one number, and an event is a cluster: over E
events :math:`y_e = \alpha + \pi d_e + u_e`, with errors that differ from event to event (HC3: MacKinnon & White 1985) and t with E - 2 degrees
of freedom. With a first stage z on the same dose the effect is a ratio; its band holds every :math:`\beta` for which
:math:`y - \beta z` does not go with the dose (Anderson & Rubin 1949), which holds its level however weak the first stage is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from quadrille.kernels.arrays import Array

__all__ = ["Line", "line", "ratio_band", "robustness"]


class Line(NamedTuple):
    """A slope over events.

    Attributes
    ----------
    value, se : float
        The slope and its standard error by HC3.
    t : float
        Of classical standard errors, which `robustness` needs.
    df : int
        Events less two.
    """

    value: float
    se: float
    t: float
    df: int

    @property
    def f(self) -> float:
        """Robust F of the slope."""
        return float((self.value / self.se) ** 2) if self.se > 0 else float("nan")

    @property
    def p(self) -> float:
        """Two-sided p-value."""
        return float(2.0 * stdtr(self.df, -np.sqrt(self.f)))

    def band(self, level: float = 0.9) -> tuple[float, float]:
        """Ends of a band."""
        half = float(stdtrit(self.df, 0.5 + level / 2.0)) * self.se
        return self.value - half, self.value + half


def _parts(y: Array, dose: Array) -> tuple[Array, Array]:
    """Slopes of rows of y on the dose, and the covariance of their errors by HC3; y (rows, E)."""
    d = dose - dose.mean()
    square = float(d @ d)
    value = y @ d / square
    lever = 1.0 / d.size + d * d / square
    rest = y - y.mean(axis=1, keepdims=True) - value[:, None] * d
    weighted = rest * (d / square / (1.0 - lever))
    return value, weighted @ weighted.T


def line(y: Array, dose: Array) -> Line:
    """Slope of y on the dose over events; NaN with fewer than four, or where the dose does not vary.

    Parameters
    ----------
    y, dose : ndarray, shape (E,)
    """
    if y.size < 4 or np.ptp(dose) <= 0.0:
        return Line(float("nan"), float("nan"), float("nan"), max(y.size - 2, 0))
    value, cov = _parts(y[None], dose)
    d = dose - dose.mean()
    rest = y - y.mean() - value[0] * d
    classical = np.sqrt(rest @ rest / (y.size - 2) / (d @ d))
    return Line(float(value[0]), float(np.sqrt(cov[0, 0])), float(value[0] / classical), y.size - 2)


def ratio_band(y: Array, z: Array, dose: Array, level: float = 0.9) -> tuple[float, float, float]:
    r"""Lower end, estimate and upper end of what z does to y, the dose being the instrument.

    The ends solve :math:`(\pi_y - \beta \pi_z)^2 = c^2 (V_{yy} - 2 \beta V_{yz} + \beta^2 V_{zz})`. Where the set is not an interval
    the ends are infinite: the first stage is then not told from zero.
    """
    if y.size < 4 or np.ptp(dose) <= 0.0:
        return float("nan"), float("nan"), float("nan")
    value, cov = _parts(np.stack([y, z]), dose)
    c2 = float(stdtrit(y.size - 2, 0.5 + level / 2.0)) ** 2
    two = value[1] ** 2 - c2 * cov[1, 1]
    one = value[0] * value[1] - c2 * cov[0, 1]
    none = value[0] ** 2 - c2 * cov[0, 0]
    middle = float(value[0] / value[1])
    inner = one * one - two * none
    if two <= 0.0 or inner < 0.0:
        return -np.inf, middle, np.inf
    root = np.sqrt(inner)
    return float((one - root) / two), middle, float((one + root) / two)


def robustness(t: float, df: int, level: float = 0.0) -> float:
    r"""Robustness value of a slope (Cinelli & Hazlett 2020, eq. 19).

    The share of the residual variance both of the dose and of the outcome that an omitted cause would have to explain for the slope to be zero,
    or, with a level, no longer told from zero at it: :math:`\frac12 (\sqrt{f^4 + 4 f^2} - f^2)` with
    :math:`f = |t| / \sqrt{df}`, less :math:`t^* / \sqrt{df - 1}` at a level.

    Parameters
    ----------
    t : float
        Of classical standard errors.
    df : int
    level : float
        Of the band, such as 0.9; 0: the slope itself.
    """
    f = abs(t) / np.sqrt(df)
    if level > 0.0:
        f = max(f - float(stdtrit(df - 1, 0.5 + level / 2.0)) / np.sqrt(df - 1), 0.0)
    return float(0.5 * (np.sqrt(f**4 + 4.0 * f**2) - f**2))
