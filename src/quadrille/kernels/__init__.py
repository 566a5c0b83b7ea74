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
from quadrille.kernels.frustration import Frustration, frustration_index, frustration_values
from quadrille.kernels.hazard import baseline_increments, partial_parts, proportionality
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.kernels.margins import expected_counts
from quadrille.kernels.projection import after_moves, local_projection, rate_ratio
from quadrille.kernels.regimes import Regimes, fit_regimes, regime_probabilities
from quadrille.kernels.scores import crps_normal
from quadrille.kernels.shares import (
    concentration_moments,
    dirichlet_draws,
    expected_concentration,
    perks,
    relative_draws,
    shrinkage_size,
)
from quadrille.kernels.triads import count_types, pack_draws
from quadrille.kernels.turning import (
    coincidences,
    date_phases,
    list_phases,
    phase_modes,
    same_phase,
)

__all__ = [
    "Convergence",
    "Filtered",
    "Fit",
    "Frustration",
    "Regimes",
    "Smoothed",
    "after_moves",
    "baseline_increments",
    "coincidences",
    "concentration_moments",
    "convergence",
    "count_types",
    "crps_normal",
    "date_phases",
    "dirichlet_draws",
    "effective_draws",
    "expected_concentration",
    "expected_counts",
    "filter_paths",
    "fit_map",
    "fit_regimes",
    "frustration_index",
    "frustration_values",
    "list_phases",
    "local_projection",
    "log_likelihood",
    "log_posterior",
    "pack_draws",
    "pareto_k",
    "partial_parts",
    "perks",
    "phase_modes",
    "proportionality",
    "rate_ratio",
    "regime_probabilities",
    "relative_draws",
    "same_phase",
    "shrinkage_size",
    "simulate_paths",
    "smooth_paths",
    "unpack",
]
