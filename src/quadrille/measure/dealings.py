"""How much states have to do with each other, and when there was anything to have: of counts, scores and an index."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.measure.result import Measurement
from quadrille.panel.levels import paths_of

__all__ = ["dealings", "existing"]

# What a unit of an index's engagement counts for, in logs: less than the loading of reported events in ICEWS (about 5 in what ships).
_EVENTS = 2.9


def dealings(m: Measurement) -> Array:
    r"""How much the two of each dyad have to do with each other, over the whole record.

    Of counts the events. An index counts nothing; there it is the mean of :math:`\exp(\lambda e_t)`, with e the
    engagement and :math:`\lambda = 2.9`. Of scores, which have no counts, the periods observed stand in.

    Returns
    -------
    ndarray, shape (dyad,)
        Comparable among the dyads of one measurement only.
    """
    panel = m.observations.panel
    if panel.kind == "index":
        own = panel.cells.group_by("state_a", "state_b", maintain_order=True)
        events = own.agg((pl.col("engagement").cast(pl.Float64) * _EVENTS).exp().mean())
        return events["engagement"].to_numpy()
    seen = np.nansum(m.n, axis=1)
    return np.asarray(seen if seen.any() else np.sum(~np.isnan(m.y), axis=1), dtype=float)


def existing(m: Measurement) -> NDArray[np.bool_]:
    """Periods in which an index holds a dyad, that is in which both states existed; of other data every one.

    Returns
    -------
    ndarray of bool, shape (dyad, time)
    """
    panel = m.observations.panel
    if panel.kind != "index":
        return np.ones(m.mean.shape, bool)
    paths = paths_of(panel, m.observations.facet)
    held = ~np.isnan(paths.mean)
    if np.array_equal(paths.dyads, m.dyads):
        return held
    row = {(a, b): k for k, (a, b) in enumerate(paths.dyads.tolist())}
    return held[[row[a, b] for a, b in m.dyads.tolist()]]
