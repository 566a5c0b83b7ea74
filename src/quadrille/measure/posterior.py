r"""Posterior of a dyad's hyperparameters by importance sampling.

The proposal is half a multivariate t around the posterior mode, with the Laplace covariance, and
half the prior itself (a defensive mixture, Hesterberg 1995): where a series is short the posterior
is skewed or flat and the mode misleads, but the weights stay bounded by twice the likelihood.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.ar1 import mixed_moments, unpack
from quadrille.kernels.arrays import Array
from quadrille.kernels.defensive import DF, propose
from quadrille.kernels.fit import fit_map, log_posterior

__all__ = [
    "Noise", "Series", "Weighted", "common_noise", "make_noise", "moments", "weighted_draws",
]  # fmt: skip

_N = 4
_NEGLIGIBLE = 1e-6
_DRAWS = 64


class Series(NamedTuple):
    """Arrays of `quadrille.kernels.fit_map`: ``y, s2 (dyad, time)``, ``repeats, scatter (dyad,)``."""

    y: Array
    s2: Array
    repeats: Array
    scatter: Array

    def rows(self, chosen: NDArray[np.intp] | slice) -> Series:
        """The dyads chosen."""
        return Series(*(part[chosen] for part in self))


class Weighted(NamedTuple):
    """Draws ``theta (dyad, draw, 4)`` with ``log_w (dyad, draw)``, and the modes' fit.

    ``base`` is ``log_w`` without the prior, so that draws can be weighted under another
    (`quadrille.kernels.reweigh`).
    """

    theta: Array
    log_w: Array
    base: Array
    mode: Array
    converged: NDArray[np.bool_]

    @property
    def weights(self) -> Array:
        """Normalised over draws."""
        w = np.exp(self.log_w - self.log_w.max(axis=1, keepdims=True))
        return np.asarray(w / w.sum(axis=1, keepdims=True), dtype=float)


class Noise(NamedTuple):
    """Random numbers of the two components, to be used again: ``(dyad, draw/2, 4)`` and ``(…, 1)``."""

    near: Array
    stretch: Array
    wide: Array

    def rows(self, chosen: NDArray[np.intp]) -> Noise:
        """That of the dyads chosen, in order and each once; that of all is not copied."""
        if chosen.size == len(self.near):
            return self
        return Noise(*(part[chosen] for part in self))


def make_noise(rng: np.random.Generator, dyads: int, draws: int) -> Noise:
    """Noise for an even number of draws, half from each component."""
    shape = (dyads, draws // 2)
    near, wide = rng.standard_normal((2, *shape, _N))
    return Noise(near, np.sqrt(DF / rng.chisquare(DF, (*shape, 1))), wide)


@lru_cache(maxsize=2)
def common_noise(dyads: int) -> Noise:
    """The same 64 draws a dyad at every call, so that rounds of learning, and one tie and the whole, share them.

    Those of the whole and of the sample that is learnt from are kept: for one tie, making them takes most of the time.
    """
    return make_noise(np.random.default_rng(0), dyads, _DRAWS)


def weighted_draws(
    series: Series,
    mean: Array,
    cov: Array,
    phi_min: float,
    noise: Noise,
    start: Array | None = None,
) -> Weighted:
    """Weighted draws of theta for every dyad.

    Parameters
    ----------
    series : Series
    mean, cov : ndarray, shapes (dyad, 4), (4, 4)
        Prior.
    phi_min : float
    noise : Noise
        Of as many dyads.
    start : ndarray, shape (dyad, 4), optional
        Where the search for the mode begins.
    """
    fit = fit_map(*series, mean, np.asarray(np.linalg.inv(cov)), phi_min, start)
    made = propose(fit.theta, fit.cov, mean, cov, *noise)
    flat = np.zeros((_N, _N))
    base = log_posterior(*series, made.theta, mean, flat, phi_min) - made.log_proposal
    return Weighted(made.theta, base + made.log_prior, base, fit.theta, fit.converged)


def moments(series: Series, got: Weighted, phi_min: float) -> tuple[Array, Array]:
    """Smoothed mean and standard deviation of x, integrated over theta by the law of total variance.

    Returns
    -------
    mean, sd : ndarray, shape (dyad, time)
    """
    w = got.weights
    w[w <= _NEGLIGIBLE] = 0.0
    mu, q, rho, phi = (np.ascontiguousarray(v) for v in unpack(got.theta, phi_min))
    return mixed_moments(series.y, series.s2, phi, mu, rho, q, w / w.sum(axis=1, keepdims=True))
