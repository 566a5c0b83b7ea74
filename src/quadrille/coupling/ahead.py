"""What will be observed of ties that a coupled model draws."""

from __future__ import annotations

import numpy as np

from quadrille.coupling.result import Coupled
from quadrille.kernels.arrays import Array
from quadrille.measure.draws import observed_draws

__all__ = ["reported_warm", "seen_of"]


def seen_of(model: Coupled, d: int, x: Array, phi: Array, rng: np.random.Generator) -> Array:
    """Observations to come of one tie, see `quadrille.measure.draws.observed_draws`.

    Parameters
    ----------
    model : Coupled
    d : int
        Which dyad of the model.
    x : ndarray, shape (draw, step)
        The relation in coming periods.
    phi : ndarray, shape (draw,)
        Noise scale of the same draws.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (draw, step)
        Of counts what is shown, else on the model's scale.
    """
    noise = phi[:, None] * float(np.median(model.s2[d][~np.isnan(model.y[d])]))
    return observed_draws(x, noise, model.n[d], float(model.omega[d]), model.unit, rng)


def reported_warm(model: Coupled, d: int, x: Array, phi: Array, rng: np.random.Generator) -> Array:
    """P(what is reported of a coming period lies above the neutral level), shape (step,)."""
    counted = not np.isnan(model.omega[d])
    level = float(model.unit.shown(model.neutral)) if counted else model.neutral
    return np.asarray((seen_of(model, d, x, phi, rng) > level).mean(axis=0))
