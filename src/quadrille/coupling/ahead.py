"""What will be observed of ties that a coupled model draws."""

from __future__ import annotations

import numpy as np

from quadrille.coupling.result import Coupled
from quadrille.kernels.arrays import Array
from quadrille.measure.draws import observed_draws

__all__ = ["seen_of"]


def seen_of(model: Coupled, x: Array, rng: np.random.Generator, rows: slice = slice(None)) -> Array:
    """Observations to come, see `quadrille.measure.draws.observed_draws`.

    Parameters
    ----------
    model : Coupled
    x : ndarray, shape (draw, dyad, step)
        Relations in coming periods; draws as in ``model.stacked(len(x))``.
    rng : numpy.random.Generator
    rows : slice
        Which dyads of the model ``x`` holds.

    Returns
    -------
    ndarray, shape (draw, dyad, step)
        Of counts what is shown, else on the model's scale.
    """
    out = np.empty(x.shape)
    phi = model.stacked(len(x)).phi[:, rows]
    for k, d in enumerate(range(len(model.dyads))[rows]):
        usual = float(np.nanmedian(np.where(np.isnan(model.y[d]), np.nan, model.s2[d])))
        noise = phi[:, k, None] * usual
        out[:, k] = observed_draws(
            x[:, k], noise, model.n[d], float(model.omega[d]), model.unit, rng
        )
    return out
