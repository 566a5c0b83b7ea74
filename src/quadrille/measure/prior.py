"""The prior of a dyad's hyperparameters, as it was learnt (`quadrille.measure.learning`) or as it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["Prior"]


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal prior of a dyad's hyperparameters given its volume.

    Attributes
    ----------
    coef : ndarray, shape (2, 4)
        Intercept and slope on standardised log volume, for (mu, log q, logit rho, log phi).
    cov : ndarray, shape (4, 4)
    centre, spread : float
        Mean and standard deviation of log volume over dyads.
    dyads : int
        How many dyads it was learnt from.
    rounds : int
        EM rounds used; 0: the parameters are given.
    converged : bool
    """

    coef: Array
    cov: Array
    centre: float
    spread: float
    dyads: int
    rounds: int
    converged: bool

    @property
    def known(self) -> bool:
        """Whether the parameters are given, as those of an index, and nothing was learnt."""
        return self.rounds == 0

    def mean(self, volume: Array) -> Array:
        """Prior mean per dyad, shape (dyad, 4), from log volume of shape (dyad,)."""
        z = (volume - self.centre) / self.spread
        return np.asarray(self.coef[0] + z[:, None] * self.coef[1], dtype=float)
