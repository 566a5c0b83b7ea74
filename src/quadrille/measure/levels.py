"""An index of ties as a measurement: it is measured already, so that nothing is fitted."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from quadrille.errors import OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.lasting import Lasting, correlations, standard_paths
from quadrille.measure.prior import Prior
from quadrille.measure.result import Measurement
from quadrille.panel.build import Panel
from quadrille.panel.facets import index_observations
from quadrille.panel.levels import levels_of

__all__ = ["LASTING", "index_measurement", "scores_of"]

# How far a tie may move by other rules than all: the spread of (mu, log q, logit rho, log phi) that a
# model of several ties starts from. What the index says of a tie is drawn with the common rules alone.
_SPREAD = (0.5, 0.25, 0.1, 1e-3)
# What lasts of what is not known, a year: fitted to how far years go together in the index's own posterior
# (`benchmarks/index_checks.py --only paths`).
LASTING = {"cordiality": Lasting(0.7, 0.97), "engagement": Lasting(0.3, 0.99)}


def index_measurement(
    panel: Panel, facet: str | None = None, of: Collection[str] = ()
) -> Measurement:
    """The levels of an index, and the observations that stand for them.

    Parameters
    ----------
    panel : Panel
        Of kind index.
    facet : {"cordiality", "engagement"}, optional
        Default: cordiality.
    of : collection of str, optional
        As in `levels_of`.

    Raises
    ------
    OptionError
        An index does not show the facet.
    """
    name = facet or "cordiality"
    if name not in panel.dynamics:
        raise OptionError(
            f"{panel.origin} cannot show {name}; it can show {', '.join(panel.dynamics)}"
        )
    mean, persistence, innovation = panel.dynamics[name]
    levels = levels_of(panel, name, of)
    theta = np.array([mean, np.log(innovation), np.log(persistence / (1.0 - persistence)), 0.0])
    dyads = len(levels.dyads)
    prior = Prior(np.stack([theta, np.zeros(4)]), np.diag(_SPREAD), 0.0, 1.0, dyads, 0, True)
    given = ~np.isnan(levels.mean)
    none, zero = np.full(levels.mean.shape, np.nan), np.zeros(dyads)
    own = np.tile(theta, (dyads, 1))
    own[:, 1] = np.log(levels.innovation)
    sd = np.where(given, levels.sd, levels.got.sd)
    unknown = np.isnan(levels.change_sd)
    changes = np.where(unknown, np.sqrt(levels.innovation)[:, None], levels.change_sd)
    return Measurement(
        index_observations(panel, name, levels), levels.dyads, levels.periods,
        levels.got.y, levels.got.s2, zero, zero, none, none, none[:, 0].copy(), own, np.ones(dyads, bool), prior,
        own, np.where(given, levels.mean, levels.got.mean), sd,
        correlations(sd, changes),
    )  # fmt: skip


def scores_of(m: Measurement, rows: slice, draws: int, rng: np.random.Generator) -> Array:
    """Standard normal paths of ties of an index: what is not known of them, in standard deviations.

    Parameters
    ----------
    m : Measurement
        With ``kept``.
    rows : slice
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (dyad, draw, time)
    """
    if m.kept is None:
        raise OptionError(f"{m.origin} is no index: its levels are measured, not known")
    share, keeps = LASTING[m.observations.facet]
    year = Lasting(share, keeps ** (1.0 / 12.0) if m.frequency == "M" else keeps)
    return standard_paths(m.kept[rows], year, draws, rng)
