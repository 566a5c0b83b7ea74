"""Relations measured: the latent, slowly moving state of every dyad, with its uncertainty."""

from quadrille.measure.model import forecast_scores, measure, tie
from quadrille.measure.prior import Prior, learn_prior
from quadrille.measure.result import Diagnostics, Measurement, Tie

__all__ = [
    "Diagnostics",
    "Measurement",
    "Prior",
    "Tie",
    "forecast_scores",
    "learn_prior",
    "measure",
    "tie",
]
