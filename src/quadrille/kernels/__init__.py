"""Arrays in, arrays or named tuples out: state-space recursions, fits and scores.

Nothing here knows a state, a date or a file. Every kernel is compiled by Numba without the GIL
and runs over blocks of dyads on as many threads as there are cores; results do not depend on the
number of threads.
"""

from quadrille.kernels.ar1 import (
    Filtered,
    Smoothed,
    filter_paths,
    log_likelihood,
    simulate_paths,
    smooth_paths,
)
from quadrille.kernels.diagnose import Convergence, convergence
from quadrille.kernels.fit import Fit, fit_map, log_posterior, unpack
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.kernels.margins import expected_counts
from quadrille.kernels.scores import crps_normal

__all__ = [
    "Convergence",
    "Filtered",
    "Fit",
    "Smoothed",
    "convergence",
    "crps_normal",
    "effective_draws",
    "expected_counts",
    "filter_paths",
    "fit_map",
    "log_likelihood",
    "log_posterior",
    "pareto_k",
    "simulate_paths",
    "smooth_paths",
    "unpack",
]
