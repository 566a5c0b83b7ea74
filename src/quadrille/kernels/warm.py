"""Compile every kernel once, so that the first command after set-up starts at once.

``python -m quadrille.kernels.warm`` fills Numba's cache on disk; set-up runs it.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.ar1 import simulate_paths, smooth_paths
from quadrille.kernels.coupled import draw_prior, keep_room, sweeps
from quadrille.kernels.diagnose import convergence
from quadrille.kernels.dynamics import World
from quadrille.kernels.fit import fit_map, log_posterior

__all__ = ["warm"]


def warm() -> None:
    """Run each compiled kernel on one tiny series."""
    y, one = np.array([[0.0, 1.0, np.nan]]), np.ones((1, 3))
    zero, half = np.zeros(1), np.full(1, 0.5)
    smooth_paths(y, one, zero, half, half)
    square = np.full((1, 1), 0.5)
    simulate_paths(y, one, square, square, square, square, np.zeros((1, 1, 3)))
    mean, precision = np.zeros((1, 4)), np.eye(4)
    fit_map(y, one, zero, zero, mean, precision, 1.0)
    log_posterior(y, one, zero, zero, mean[None], mean, precision, 1.0)
    world = World(
        y.T.copy(), one.T.copy(), zero, zero, 1.0, np.zeros((1, 1), dtype=np.int64), half,
        np.zeros((3, 1)), np.ones(3), np.array([1.8, 0.25]), 1.0, True, False,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    chain = draw_prior(world, 1, rng)
    sweeps(world, chain, keep_room(chain, 1), 0, 1, 1, rng)
    convergence(rng.standard_normal((1, 2, 20)))


if __name__ == "__main__":
    warm()
