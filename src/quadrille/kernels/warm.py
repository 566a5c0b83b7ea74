"""Compile once the kernels of a brief, so that the first one after set-up starts at once.

``python -m quadrille.kernels.warm`` fills Numba's cache on disk; set-up runs it, but for `make brief`, whose brief follows at
once and compiles for itself. What other commands
need is compiled when it is first used, see `quadrille.kernels.compiled.first_time`.
"""

from __future__ import annotations

import gc

import numpy as np

from quadrille.kernels.ar1 import mixed_moments, simulate_paths
from quadrille.kernels.defensive import propose
from quadrille.kernels.fit import fit_map, log_posterior
from quadrille.kernels.regimes import regime_probabilities
from quadrille.kernels.reweigh import summary_under
from quadrille.kernels.turning import date_phases, list_phases, phase_modes

__all__ = ["warm"]


def warm() -> None:
    """Run each kernel of a brief on two tiny series: of one alone some run as they are written."""
    y, one = np.array([[0.0, 1.0, np.nan]] * 2), np.ones((2, 3))
    zero = np.zeros(2)
    square = np.full((2, 1), 0.5)
    simulate_paths(y, one, square, square, square, square, np.zeros((2, 1, 3)))
    mixed_moments(y, one, square, square, square, square, square)
    mean, precision = np.zeros((2, 4)), np.eye(4)
    fit_map(y, one, zero, zero, mean, precision, 1.0)
    near, stretch = np.zeros((2, 1, 4)), np.ones((2, 1, 1))
    propose(mean, np.stack([precision] * 2), mean, precision, near, stretch, near)
    log_posterior(y, one, zero, zero, mean[:, None], mean, precision, 1.0)
    summary_under(mean[:, None], zero[:, None], mean, precision)
    phase_modes(list_phases(date_phases(np.array([[0.0, 1.0, 0.0]] * 2), 1, 0.5)), 2, 0.5)
    regime_probabilities(y[0], one[0], np.array([0.0, 1.0]), 1.0, np.full(2, 0.9))


if __name__ == "__main__":
    gc.disable()  # compiling makes much that is kept: looking for garbage took a quarter of the time
    warm()
