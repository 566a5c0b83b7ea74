"""How much states have to do with each other, and when there was anything to have: of counts, scores and an index."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.measure.result import Measurement

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
    kinds = panel.cells.select("state_a", "state_b", "period").schema
    names = {"state_a": m.dyads[:, 0], "state_b": m.dyads[:, 1]}
    rows = pl.DataFrame(names).cast({c: kinds[c] for c in names}).with_row_index("row")
    days = pl.DataFrame({"period": pl.Series(m.periods, dtype=pl.Date)}).with_row_index("column")
    at = panel.cells.select(kinds.names()).join(rows, on=list(names)).join(days, on="period")
    held = np.zeros(m.mean.shape, bool)
    held[at["row"].to_numpy(), at["column"].to_numpy()] = True
    return held
