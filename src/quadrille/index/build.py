"""The index of every tie, from layers and panels to one table."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.index.anchor import Scale, anchored, on_scale, shift
from quadrille.index.model import (
    Learnt,
    agreed,
    distant,
    estimate,
    learn,
    members,
    subset,
    without,
)
from quadrille.index.witnesses import Evidence
from quadrille.kernels.arrays import Array

__all__ = ["Index", "build", "part_in", "parts_of", "scales_of", "taught"]

_HALVES = 2
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Index:
    """Every tie, and what it was learnt from.

    Attributes
    ----------
    ties : polars.DataFrame
        ``state_a < state_b, year``, the columns of `quadrille.index.anchor.Tie`, and ``part`` of the world, see `parts_of`.
    found : Evidence
    learnt : tuple of Learnt
        By the part that it was used for.
    scales : tuple of Scale
        The same.
    """

    ties: pl.DataFrame
    found: Evidence
    learnt: tuple[Learnt, ...]
    scales: tuple[Scale, ...]


def _half(dyads: pl.DataFrame) -> Ints:
    """The half that every dyad is in, 0 or 1, whatever else the data hold."""
    return np.array([sum(map(ord, a + b)) % _HALVES for a, b in dyads.iter_rows()], np.int64)


def parts_of(found: Evidence) -> Ints:
    """The part of the world that every dyad is in, ``(dyads,)``: its half, and 2 more where it is distant.

    The labels of one half teach and anchor the other; distant ties have dynamics of their own.
    """
    half = _half(found.cells[found.reports.dyad[:-1].tolist()].select("state_a", "state_b"))
    return half if found.distant is None else half + _HALVES * found.distant


def part_in(cells: pl.DataFrame, parts: pl.DataFrame) -> Ints:
    """The part of every cell as an index has it; a dyad that it does not hold is taken for one that is not distant.

    Parameters
    ----------
    cells : polars.DataFrame
        ``state_a, state_b``.
    parts : polars.DataFrame
        ``state_a, state_b, part``, a row for each dyad.
    """
    key = ["state_a", "state_b"]
    new = cells.select(key).unique().join(parts, on=key, how="anti")
    every = pl.concat(
        [parts.cast({"part": pl.Int64}), new.with_columns(part=pl.Series(_half(new)))]
    )
    return cells.join(every, on=key, how="left", maintain_order="left")["part"].to_numpy()


def taught(
    found: Evidence, label: Array, told: Callable[[str], None] = lambda _: None
) -> tuple[Learnt, ...]:
    """What the witnesses' numbers mean, by the part of the world that it is used for; see `build`."""
    half = np.repeat(parts_of(found) % _HALVES, np.diff(found.reports.dyad))
    others = [np.where(half == h, np.nan, label) for h in range(_HALVES)]
    says = [_speaker(told, h) for h in range(_HALVES)]
    # Kernels use all cores, what lies between them one: the halves fill each other's gaps.
    with ThreadPoolExecutor(_HALVES) as pool:
        near = agreed([*pool.map(lambda o, say: learn(found, o, told=say), others, says)])
        if found.distant is None:
            return near
        far = np.flatnonzero(found.distant)
        return (*near, *pool.map(lambda x: distant(found, x, far), near))


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
    learnt = taught(found, label, told)
    parts, scales = parts_of(found), scales_of(found, label, learnt)

    def measured(half: int) -> pl.DataFrame:
        mine = [p for p in range(len(learnt)) if p % _HALVES == half and (parts == p).any()]
        says = _speaker(told, half)
        return pl.concat(_ties(found, parts, p, learnt[p], scales[half], says) for p in mine)

    with ThreadPoolExecutor(_HALVES) as pool:
        ties = pl.concat(pool.map(measured, range(_HALVES))).sort("state_a", "state_b", "year")
    return Index(ties, found, learnt, tuple(scales[p % _HALVES] for p in range(len(learnt))))


def scales_of(found: Evidence, label: Array, learnt: tuple[Learnt, ...]) -> tuple[Scale, ...]:
    """The scale of each half of the dyads, anchored by the labels of the other as that half's weights see them."""
    parts = parts_of(found)
    dyad = np.repeat(np.arange(parts.size), np.diff(found.reports.dyad))

    def anchor(half: int) -> Scale:
        known = np.where(parts[dyad] % _HALVES == half, np.nan, label)
        has = np.bincount(dyad[np.isfinite(known)], minlength=parts.size) > 0
        cells, states = [], []
        for far in range(len(learnt) // _HALVES):
            mine = np.flatnonzero(has & (parts // _HALVES == far))
            if mine.size:
                weights = learnt[_HALVES * far + half]
                cells.append(members(found.reports.dyad, mine))
                states.append(estimate(subset(found.reports, mine), weights).mean)
        at, mean = np.concatenate(cells), np.concatenate(states)
        return anchored(found.cells[at], mean[:, 0], mean[:, 1], known[at])

    with ThreadPoolExecutor(_HALVES) as pool:
        return tuple(pool.map(anchor, range(_HALVES)))


def _speaker(told: Callable[[str], None], half: int) -> Callable[[str], None]:
    return lambda line: told(f"half {half + 1} of {_HALVES}: {line}")


def _ties(
    found: Evidence, parts: Ints, part: int, learnt: Learnt, scale: Scale,
    told: Callable[[str], None],
) -> pl.DataFrame:  # fmt: skip
    """A part of the dyads on the scale, and how far each witness moves them: level less that without it, in one unit."""
    dyads = np.flatnonzero(parts == part)
    reports = subset(found.reports, dyads)
    cells = members(found.reports.dyad, dyads)
    post = estimate(reports, learnt, told)
    tie = on_scale(post, scale)
    columns = tie.columns()
    speaker = np.array([found.witnesses.index(i.witness) for i in found.items])[reports.item]
    spoken = np.repeat(np.arange(cells.size), np.diff(reports.cell))
    for w, witness in enumerate(found.witnesses):
        told(f"without {witness}")
        added = shift(post, without(reports, learnt, post, speaker == w), scale)
        silent = np.bincount(spoken[speaker == w], minlength=cells.size) == 0
        added = np.where(silent, np.nan, added).astype(np.float32)
        columns[f"shift_{witness}"] = pl.Series(added).fill_nan(None)
    return found.cells[cells].with_columns(**columns, part=pl.lit(part, pl.Int8))
