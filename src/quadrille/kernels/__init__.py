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
from quadrille.kernels.fit import Fit, fit_map, log_posterior, unpack
from quadrille.kernels.hazard import baseline_increments, partial_parts, proportionality
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.kernels.margins import expected_counts
from quadrille.kernels.projection import after_moves, local_projection, rate_ratio
from quadrille.kernels.scores import crps_normal
from quadrille.kernels.shares import (
    concentration_moments,
    dirichlet_draws,
    expected_concentration,
    perks,
    relative_draws,
    shrinkage_size,
)

__all__ = [
    "Filtered",
    "Fit",
    "Smoothed",
    "after_moves",
    "baseline_increments",
    "concentration_moments",
    "crps_normal",
    "dirichlet_draws",
    "effective_draws",
    "expected_concentration",
    "expected_counts",
    "filter_paths",
    "fit_map",
    "local_projection",
    "log_likelihood",
    "log_posterior",
    "pareto_k",
    "partial_parts",
    "perks",
    "proportionality",
    "rate_ratio",
    "relative_draws",
    "shrinkage_size",
    "simulate_paths",
    "smooth_paths",
    "unpack",
]
