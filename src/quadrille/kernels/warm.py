"""Compile every kernel once, so that the first command after set-up starts at once.

``python -m quadrille.kernels.warm`` fills Numba's cache on disk; set-up runs it.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.ar1 import simulate_paths, smooth_paths
from quadrille.kernels.conditional import System, given, paths_from, restricted_moments
from quadrille.kernels.coupled import draw_prior, keep_room, sweeps
from quadrille.kernels.diagnose import convergence
from quadrille.kernels.dynamics import World
from quadrille.kernels.fit import fit_map, log_posterior
from quadrille.kernels.frustration import frustration_index, frustration_values
from quadrille.kernels.regimes import regime_probabilities
from quadrille.kernels.smoothing import decayed_quantiles, fit_quantiles
from quadrille.kernels.triads import count_types, pack_draws
from quadrille.kernels.turning import date_phases, list_phases, phase_modes

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
    phase_modes(list_phases(date_phases(np.array([[0.0, 1.0, 0.0]]), 1, 0.5)), 1, 0.5)
    regime_probabilities(y[0], one[0], np.array([0.0, 1.0]), 1.0, np.full(2, 0.9))
    ring = np.ones((1, 3, 3))
    frustration_index(ring[0])
    frustration_values(ring)
    count_types(pack_draws(np.ones((3, 1, 1), bool)), np.arange(3)[None], 1)
    decayed_quantiles(y, 1.0, half)
    fit_quantiles(one.T, one.T, one[0], half)
    world = World(
        y.T.copy(), one.T.copy(), zero, zero, 1.0, np.zeros((1, 1), dtype=np.int64), half,
        np.zeros((3, 1)), np.ones(3), np.array([1.8, 0.25]), 1.0, True, False,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    chain = draw_prior(world, 1, rng)
    sweeps(world, chain, keep_room(chain, 1), 0, 1, 1, rng)
    convergence(rng.standard_normal((1, 2, 20)))
    tall = np.zeros((1, 1, 1, 1))
    system = System(np.zeros((1, 1)), tall, np.ones((1, 1, 1)), np.zeros((1, 1, 1)))
    where, first = np.zeros((1, 2), dtype=np.int64), np.zeros(1, dtype=np.int64)
    paths_from(system, np.zeros((1, 1, 1)))
    restricted_moments(system, 1, where, first)
    given(system, where, first, np.ones((1, 1)), np.ones((1, 1)), first, np.zeros((1, 1, 1)))


if __name__ == "__main__":
    warm()
