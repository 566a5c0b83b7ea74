r"""Normal paths of which each year's mean and deviation, and the deviation of what changed, are known.

Path :math:`x_t = m_t + \sigma_t z_t`, where the deviation :math:`\delta_t` of :math:`x_t - x_{t-1}` says how far :math:`z_t` and
:math:`z_{t-1}` go together,

.. math:: r_t = \frac{\sigma_t^2 + \sigma_{t-1}^2 - \delta_t^2}{2 \sigma_t \sigma_{t-1}} .

What is not known of a tie lasts: a bias of its sources stays, news pass. So that z is not forgotten as an AR(1) of correlation r
would, it is a slow part of share w, of which a step keeps s, and a fast part of which a step keeps what makes up r:

.. math:: z_t = \sqrt{w}\, a_t + \sqrt{1 - w}\, b_t, \qquad r_t = w s_t + (1 - w) f_t .

Where r is less than ws, or more than the fast part can make up, the slow part makes up the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["Lasting", "correlations", "standard_paths", "steps_of"]

# Neighbours that are all but the same would make a path that never moves.
_MOST = 0.9995


class Lasting(NamedTuple):
    """The slow part of what is not known: its share, and how much of it a step keeps."""

    share: float
    keeps: float


def correlations(sd: Array, change_sd: Array) -> Array:
    """How far neighbours go together, from 0 to 1; NaN in the first period.

    Parameters
    ----------
    sd, change_sd : ndarray, shape (path, time)
        Standard deviations of each period, and of the change since the one before.
    """
    out = np.full(sd.shape, np.nan)
    now, old = sd[:, 1:], sd[:, :-1]
    with np.errstate(invalid="ignore"):
        out[:, 1:] = (now**2 + old**2 - change_sd[:, 1:] ** 2) / (2.0 * now * old)
    return np.asarray(np.clip(out, 0.0, _MOST))


def steps_of(kept: Array, lasting: Lasting) -> Array:
    """What a step keeps of the slow part and of the fast one, shape (2, path, time).

    Parameters
    ----------
    kept, lasting
        As of `standard_paths`.
    """
    share = lasting.share
    fast = np.clip((kept - share * lasting.keeps) / (1.0 - share), 0.0, _MOST)
    return np.stack([(kept - (1.0 - share) * fast) / share, fast])


def standard_paths(kept: Array, lasting: Lasting, draws: int, rng: np.random.Generator) -> Array:
    """Draw standard normal paths, shape (path, draw, time).

    Parameters
    ----------
    kept : ndarray, shape (path, time)
        Correlation of a period with the one before, as `correlations` gives it.
    lasting : Lasting
    draws : int
    rng : numpy.random.Generator
    """
    share, parts = lasting.share, steps_of(kept, lasting)
    noise = rng.standard_normal((2, *kept.shape, draws))
    noise[:, :, 1:] *= np.sqrt(1.0 - parts[:, :, 1:] ** 2)[..., None]
    for t in range(1, kept.shape[1]):
        noise[:, :, t] += parts[:, :, t, None] * noise[:, :, t - 1]
    z = np.sqrt(share) * noise[0] + np.sqrt(1.0 - share) * noise[1]
    return np.asarray(z.transpose(0, 2, 1))
