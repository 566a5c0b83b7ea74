"""An index of ties as arrays: its levels, and the observations that stand for them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time, little
from quadrille.kernels.pseudo import Matched, match_each
from quadrille.panel.build import Panel

__all__ = ["Levels", "Paths", "levels_of", "paths_of"]

_COLUMNS = {
    "cordiality": ("valence", "sd", "change_sd"),
    "engagement": ("engagement", "engagement_sd", "engagement_change_sd"),
}


class Levels(NamedTuple):
    """A facet of an index.

    Attributes
    ----------
    dyads : ndarray of str, shape (dyad, 2)
    periods : tuple of date, length time
        Every year, or month, from the first to the last of any dyad.
    mean, sd, change_sd : ndarray, shape (dyad, time)
        As the index has them (NaN: a period without an estimate, or without one before).
    got : Matched
        Observations that an AR(1) smoother turns into them, and what it makes of the periods without.
    innovation : ndarray, shape (dyad,)
        Innovation variance of that smoother.
    """

    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    mean: Array
    sd: Array
    change_sd: Array
    got: Matched
    innovation: Array


class Paths(NamedTuple):
    """A facet of an index as it has it: as the first five of `Levels`."""

    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    mean: Array
    sd: Array
    change_sd: Array


def paths_of(panel: Panel, facet: str) -> Paths:
    """Lay a facet of an index out.

    Parameters
    ----------
    panel : Panel
        Of kind index, by years sorted by dyad and period.
    facet : {"cordiality", "engagement"}
    """
    cells, each = panel.cells, 12 if panel.frequency == "M" else 1
    if each > 1:
        cells = cells.sort("state_a", "state_b", "period")
    first, last = (day.year * each + (day.month - 1) * (each > 1) for day in panel.span)
    changed = [(pl.col(c) != pl.col(c).shift()).fill_null(True) for c in ("state_a", "state_b")]
    starts = cells.select(new=changed[0] | changed[1])["new"]
    row = starts.cast(pl.Int64).cum_sum().to_numpy() - 1
    column = cells["period"].dt.year().to_numpy().astype(np.int64) * each - first
    if each > 1:
        column += cells["period"].dt.month().to_numpy() - 1
    dyads = cells.filter(starts).select("state_a", "state_b").to_numpy().astype(np.str_)
    found = np.full((3, len(dyads), last - first + 1), np.nan)
    for values, name in zip(found, _COLUMNS[facet], strict=True):
        if name in cells.columns:
            values[row, column] = cells[name].to_numpy()
    periods = tuple(date(at // each, at % each + 1, 1) for at in range(first, last + 1))
    return Paths(dyads, periods, *found)


def levels_of(panel: Panel, facet: str, of: Collection[str] = ()) -> Levels:
    """Lay a facet of an index out, with the observations that stand for it.

    Parameters
    ----------
    panel, facet
        As of `paths_of`.
    of : collection of str, optional
        ISO3: observations for the ties of any of these alone. Of the other ties there is then none, and
        what lies between their estimates stays unknown.
    """
    paths = paths_of(panel, facet)
    dyads, _, mean, sd, _ = paths
    centre, persistence, innovation = panel.dynamics[facet]
    wanted = np.isin(dyads, list(of)).any(axis=1) if of else np.ones(len(dyads), bool)
    told = nullcontext() if little(mean[wanted]) else first_time("the index of ties", 6)
    with told:
        found, moved = match_each(mean[wanted] - centre, sd[wanted], persistence, innovation)
    found = found._replace(y=found.y + centre, mean=found.mean + centre)
    if wanted.all():
        return Levels(*paths, found, moved)
    got = Matched(np.full(mean.shape, np.nan), np.full(mean.shape, np.inf), mean.copy(), sd.copy())
    own = np.full(len(dyads), innovation)
    for whole, part in zip((*got, own), (*found, moved), strict=True):
        whole[wanted] = part
    return Levels(*paths, got, own)
