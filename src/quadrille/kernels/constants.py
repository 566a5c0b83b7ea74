"""Numbers that all rooms share."""

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["BAND", "Z90", "band_of"]

# Half of a normal's 90% band, in standard deviations.
Z90 = 1.6448536269514722
# The band's ends and its middle, as probabilities.
BAND = (0.05, 0.5, 0.95)


def band_of(draws: Array) -> tuple[float, float, float]:
    """5%, 50% and 95% points of draws, of any shape."""
    lo, mid, hi = (float(v) for v in np.quantile(draws, BAND))
    return lo, mid, hi
