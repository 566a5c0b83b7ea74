"""The index of every tie, from layers and panels to one table."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.index.anchor import Scale, anchored, on_scale
from quadrille.index.model import (
    Learnt,
    agreed,
    estimate,
    learn,
    members,
    subset,
    without,
)
from quadrille.index.witnesses import Evidence
from quadrille.kernels.arrays import Array

__all__ = ["Index", "build", "side"]

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


def side(cells: pl.DataFrame) -> Array:
    """The half of the dyads, 0 or 1, of every cell, the same for all years of a dyad whatever else the data hold."""
    dyads = cells.select(dyad=pl.concat_str("state_a", "state_b"))["dyad"]
    table = {d: sum(map(ord, d)) % _HALVES for d in dyads.unique()}
    return dyads.replace_strict(table, return_dtype=pl.Int8).to_numpy()


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
    halves = side(found.cells)
    first = found.reports.dyad[:-1]
    dyad = np.repeat(np.arange(first.size), np.diff(found.reports.dyad))
    others = [np.where(halves == half, np.nan, label) for half in range(_HALVES)]
    says = [_speaker(told, half) for half in range(_HALVES)]

    def measured(half: int) -> tuple[pl.DataFrame, Scale]:
        taught, other = learnt[half], others[half]
        scale = _scale(found, other, np.unique(dyad[np.isfinite(other)]), taught)
        mine = np.flatnonzero(halves[first] == half)
        ties = _ties(found, mine, taught, scale, says[half])
        return ties.with_columns(half=pl.lit(half, pl.Int8)), scale

    # Kernels use all cores, what lies between them one: the halves fill each other's gaps.
    with ThreadPoolExecutor(_HALVES) as pool:
        learnt = agreed([*pool.map(lambda o, say: learn(found, o, told=say), others, says)])
        parts, scales = zip(*pool.map(measured, range(_HALVES)), strict=True)
    ties = pl.concat(parts).sort("state_a", "state_b", "year")
    return Index(ties, found, learnt, scales)


def _scale(found: Evidence, label: Array, dyads: NDArray[np.int64], taught: Learnt) -> Scale:
    """The anchored scale, from dyads that have labels."""
    post = estimate(subset(found.reports, dyads), taught)
    cells = members(found.reports.dyad, dyads)
    return anchored(found.cells[cells], post.mean[:, 0], post.mean[:, 1], label[cells])


def _speaker(told: Callable[[str], None], half: int) -> Callable[[str], None]:
    return lambda line: told(f"half {half + 1} of {_HALVES}: {line}")


def _ties(
    found: Evidence,
    dyads: NDArray[np.int64],
    taught: Learnt,
    scale: Scale,
    told: Callable[[str], None],
) -> pl.DataFrame:
    """Some dyads on the scale, and how far each witness moves them: the level less that without the witness."""
    reports = subset(found.reports, dyads)
    cells = members(found.reports.dyad, dyads)
    post = estimate(reports, taught, told)
    tie = on_scale(post, scale)
    columns = {name: pl.Series(value.astype(np.float32)) for name, value in tie._asdict().items()}
    speaker = np.array([found.witnesses.index(i.witness) for i in found.items])[reports.item]
    spoken = np.repeat(np.arange(cells.size), np.diff(reports.cell))
    for w, witness in enumerate(found.witnesses):
        told(f"without {witness}")
        rest = without(reports, taught, post, speaker == w)
        shift = (tie.valence - on_scale(rest, scale).valence).astype(np.float32)
        silent = np.bincount(spoken[speaker == w], minlength=cells.size) == 0
        columns[f"shift_{witness}"] = pl.Series(np.where(silent, np.nan, shift)).fill_nan(None)
    return found.cells[cells].with_columns(**columns)
