r"""How a total is spread: shares, concentration, and counts against an expectation.

Counts :math:`c_k` of a total, each event reported :math:`\varphi` times over what independent events
would be, weigh as :math:`c_k/\varphi` independent ones. With Perks' (1947) prior, one pseudo-count
for all K together, the shares are :math:`\mathrm{Dirichlet}(c_k/\varphi + 1/K)`: many partners that
were never seen add nothing to the number of partners, which one half for each would.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = [
    "concentration_moments",
    "dirichlet_draws",
    "expected_concentration",
    "perks",
    "relative_draws",
    "shrinkage_size",
]

_LOG_SIZE = (-4.0, 6.0)


def perks(counts: Array, scale: float) -> Array:
    """Dirichlet weights of shares, ``counts / scale + 1/K`` over the last axis."""
    return np.asarray(counts / scale + 1.0 / counts.shape[-1], dtype=float)


def dirichlet_draws(alpha: Array, draws: int, rng: np.random.Generator) -> Array:
    r"""Draws of shares, shape ``(draw, K)``; each row sums to one.

    Weights below about 1e-3 underflow in gamma draws; they are drawn on the log scale, by
    :math:`G_\alpha = G_{\alpha + 1} U^{1/\alpha}`.
    """
    log_g = np.log(rng.standard_gamma(alpha + 1.0, (draws, alpha.size)))
    log_g += np.log(rng.random((draws, alpha.size))) / alpha
    g = np.exp(log_g - log_g.max(axis=1, keepdims=True))
    return np.asarray(g / g.sum(axis=1, keepdims=True), dtype=float)


def expected_concentration(alpha: Array) -> Array:
    r"""Posterior mean of :math:`\sum_k p_k^2` over the last axis, :math:`\sum_k \alpha_k(\alpha_k+1)/(A(A+1))`."""
    total = alpha.sum(axis=-1)
    return np.asarray((alpha * (alpha + 1.0)).sum(axis=-1) / (total * (total + 1.0)), dtype=float)


def concentration_moments(alpha: Array) -> tuple[float, float]:
    r"""Exact mean and variance of :math:`\sum_k p_k^2` for Dirichlet shares.

    With rising factorials :math:`a^{(m)} = a(a+1)\cdots(a+m-1)`,
    :math:`E[(\sum p_k^2)^2] = \left(\sum_k \alpha_k^{(4)} + \sum_{k \ne l} \alpha_k^{(2)}
    \alpha_l^{(2)}\right) / A^{(4)}`.
    """
    two = alpha * (alpha + 1.0)
    four = two * (alpha + 2.0) * (alpha + 3.0)
    total = float(alpha.sum())
    mean = float(two.sum()) / (total * (total + 1.0))
    square = float(four.sum() + two.sum() ** 2 - (two**2).sum())
    square /= total * (total + 1.0) * (total + 2.0) * (total + 3.0)
    return mean, square - mean**2


def shrinkage_size(counts: Array, expected: Array) -> float:
    r"""Size κ of a gamma(κ, κ) spread of the ratios behind counts, by maximum likelihood.

    :math:`c_k \sim \mathrm{Poisson}(\lambda_k e_k)`, :math:`\lambda_k \sim \Gamma(\kappa, \kappa)`,
    so that :math:`c_k` is negative binomial (DuMouchel 1999). Kept between :math:`e^{-4}` (ratios
    have nothing in common) and :math:`e^6` (all are one).

    Parameters
    ----------
    counts, expected : ndarray
        Same shape; pairs with nothing expected are left out.
    """
    # Loaded here alone: they take as long as many an answer.
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    use = expected > 0
    c, e = counts[use], expected[use]

    def loss(log_size: float) -> float:
        k = np.exp(log_size)
        terms = (
            gammaln(k + c) - gammaln(k) + k * np.log(k) + c * np.log(e) - (k + c) * np.log(k + e)
        )
        return -float(terms.sum())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_SIZE, method="bounded").x))


def relative_draws(
    counts: Array, expected: Array, size: float, draws: int, rng: np.random.Generator
) -> Array:
    r"""Shares of :math:`\lambda_k`, counts over their expectation, shape ``(draw, K)``.

    :math:`\lambda_k \mid c_k \sim \Gamma(\kappa + c_k, \kappa + e_k)`; partners that nobody would
    expect to see are drawn near the common ratio, one.
    """
    rate = rng.standard_gamma(size + counts, (draws, counts.size)) / (size + expected)
    return np.asarray(rate / rate.sum(axis=1, keepdims=True), dtype=float)
