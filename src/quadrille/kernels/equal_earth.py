r"""The Equal Earth projection: areas are true everywhere, shapes nearly so near the equator.

With :math:`\sin\theta = \tfrac{\sqrt 3}{2} \sin\varphi`,

.. math:: x = \frac{2 \sqrt 3\, \lambda \cos\theta}{3 (9 A_4 \theta^8 + 7 A_3 \theta^6 + 3 A_2 \theta^2 + A_1)}, \qquad
    y = A_4 \theta^9 + A_3 \theta^7 + A_2 \theta^3 + A_1 \theta

(Šavrič, Patterson & Jenny 2019, *International Journal of Geographical Information Science* 33: 454-465).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quadrille.kernels.arrays import Array

__all__ = ["equal_earth"]

_A = (1.340264, -0.081106, 0.000893, 0.003796)
_M = np.sqrt(3.0) / 2.0


def equal_earth(lon: ArrayLike, lat: ArrayLike) -> tuple[Array, Array]:
    """Positions in the plane, on a globe of radius one.

    Parameters
    ----------
    lon, lat : array_like
        Degrees east and north.

    Returns
    -------
    x, y : ndarray
        x to the right within ±2.7066, y upward within ±1.3174.

    Examples
    --------
    >>> x, y = equal_earth([180.0, 0.0], [0.0, 90.0])
    >>> [round(float(v), 4) for v in (x[0], y[1])]
    [2.7066, 1.3174]
    """
    a1, a2, a3, a4 = _A
    theta = np.arcsin(_M * np.sin(np.radians(np.asarray(lat, dtype=float))))
    t2 = theta * theta
    slope = 9.0 * a4 * t2**4 + 7.0 * a3 * t2**3 + 3.0 * a2 * t2 + a1
    x = np.radians(np.asarray(lon, dtype=float)) * np.cos(theta) / (_M * slope)
    y = theta * (a4 * t2**4 + a3 * t2**3 + a2 * t2 + a1)
    return np.asarray(x), np.asarray(y)
