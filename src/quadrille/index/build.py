"""The index of every tie, from layers and panels to one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.index.anchor import Scale, anchored, on_scale
from quadrille.index.model import Learnt, estimate, learn, subset
from quadrille.index.witnesses import Evidence
from quadrille.kernels.arrays import Array
from quadrille.kernels.witness import Posterior, Reports

__all__ = ["Index", "build"]

_HALVES = 2


@dataclass(frozen=True, slots=True)
class Index:
    """Every tie, and what it was learnt from.

    Attributes
    ----------
    ties : polars.DataFrame
        ``state_a < state_b, year, valence, sd, engagement, engagement_sd`` and ``half``, the half of the dyads whose
        labels did not anchor this one.
    found : Evidence
    learnt : tuple of Learnt
        By the half that it was used for.
    scales : tuple of Scale
    """

    ties: pl.DataFrame
    found: Evidence
    learnt: tuple[Learnt, ...]
    scales: tuple[Scale, ...]


def _side(cells: pl.DataFrame) -> Array:
    """0 or 1 for every cell, the same for all years of a dyad whatever else the data hold."""
    key = pl.concat_str("state_a", "state_b")
    rank = cells.select(key.alias("k"))["k"]
    table = {k: sum(map(ord, k)) % _HALVES for k in rank.unique()}
    return rank.replace_strict(table, return_dtype=pl.Int8).to_numpy()


def build(found: Evidence, label: Array, told: Callable[[str], None] = lambda _: None) -> Index:
    """The index of every two states in every year since 1946.

    Parameters
    ----------
    found : Evidence
        What every witness reports.
    label : ndarray, shape (cells,)
        Rivals and partners of pacts, as `quadrille.index.anchor.labels` gives them.
    told : callable
        Takes a line of progress.
    """
    side = _side(found.cells)
    first = found.reports.dyad[:-1]
    parts, learnt, scales = [], [], []
    for half in range(_HALVES):
        say = _speaker(told, half)
        other = np.where(side == half, np.nan, label)
        taught = learn(found, other, told=say)
        dyad = np.repeat(np.arange(first.size), np.diff(found.reports.dyad))
        anchors = np.unique(dyad[np.isfinite(other)])
        post = estimate(subset(found.reports, anchors), taught, say)
        cells = _cells(found.reports, anchors)
        scale = anchored(post.mean[:, 0], post.mean[:, 1], other[cells])
        mine = np.flatnonzero(side[first] == half)
        post = estimate(subset(found.reports, mine), taught, say)
        parts.append(_table(found, _cells(found.reports, mine), post, scale, half))
        learnt.append(taught)
        scales.append(scale)
    ties = pl.concat(parts).sort("state_a", "state_b", "year")
    return Index(ties, found, tuple(learnt), tuple(scales))


def _speaker(told: Callable[[str], None], half: int) -> Callable[[str], None]:
    return lambda line: told(f"half {half + 1} of {_HALVES}: {line}")


def _cells(reports: Reports, dyads: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(reports.dyad[d], reports.dyad[d + 1]) for d in dyads])


def _table(
    found: Evidence, cells: NDArray[np.int64], post: Posterior, scale: Scale, half: int
) -> pl.DataFrame:
    tie = on_scale(post, scale)
    columns = {name: pl.Series(value.astype(np.float32)) for name, value in tie._asdict().items()}
    return found.cells[cells].with_columns(**columns, half=pl.lit(half, pl.Int8))
