"""How far a set of importance weights can be trusted."""

from __future__ import annotations

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["effective_draws", "pareto_k"]


def effective_draws(log_weights: Array) -> Array:
    """Kish's effective number of draws over the last axis of unnormalised log weights."""
    w = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
    return np.asarray(w.sum(axis=-1) ** 2 / (w**2).sum(axis=-1), dtype=float)


def pareto_k(log_weights: Array) -> float:
    """Shape of the generalised Pareto tail of one set of weights, shape ``(draw,)``.

    Below 0.5 the weighted means are safe, above 0.7 they are not (Vehtari et al. 2024). The fit
    is Zhang & Stephens (2009), with the weakly informative prior of Vehtari et al.
    """
    weights = np.exp(log_weights - log_weights.max())
    n_tail = int(min(np.ceil(0.2 * weights.size), np.ceil(3.0 * np.sqrt(weights.size))))
    tail = np.sort(weights)[-(n_tail + 1) :]
    x = tail[1:] - tail[0]
    if n_tail < 5 or x[-1] <= 1e-12:
        return 0.0
    m = 30 + int(np.sqrt(n_tail))
    quartile = max(x[int(n_tail / 4 + 0.5) - 1], 1e-300)
    theta = 1.0 / x[-1] + (1.0 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3.0 * quartile)
    theta = theta[theta != 0]
    k = np.mean(np.log1p(-theta[:, None] * x), axis=1)
    profile = n_tail * (np.log(-theta / k) - k - 1.0)
    weight = np.exp(profile - profile.max())
    best = float(np.sum(theta * weight) / weight.sum())
    shape = float(np.mean(np.log1p(-best * x)))
    return (n_tail * shape + 5.0) / (n_tail + 10.0)
