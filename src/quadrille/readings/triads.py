"""Every triangle of the world in every period.

A triad has a type only where all three of its ties are known, that is, observed at least once in the
data: a tie never observed is not cold, and a triad that holds one is counted as unknown. A known
tie that was not observed in a period leans on its neighbours in time, with the band that the model
gives it. A triad of which a state did not exist on the first day of a period has no type in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.triads import count_types, pack_draws
from quadrille.measure.draws import world_draws
from quadrille.measure.result import Measurement
from quadrille.panel.units import Unit
from quadrille.readings.triangle import TYPES
from quadrille.results import Result
from quadrille.states.registry import existed

__all__ = ["Triads", "triads_of"]

_MOST_DRAWS = 32_767
_BLOCK = 500


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Triads(Result):
    """Type counts of every triad.

    Attributes
    ----------
    states : tuple of str
        ISO3, sorted.
    periods : tuple of date, length time
    triads : ndarray of int, shape (triad, 3)
        Indices into ``states``, increasing.
    counts : ndarray of int, shape (triad, time, 6)
        Draws with no warm tie, one, two with the first, second or third state as pivot, three; -1
        where the triad has no type.
    draws : int
    observed : ndarray of int, shape (triad, time)
        How many of the three ties were observed in the period.
    neutral : float
        Level above which a tie is warm, on the scale of ``unit``.
    unit : Unit
    origin, frequency : str
    chosen : tuple of str
        Show the triads that hold all of these states; empty: the world.
    every : bool
        The main table is every triad in every period.
    """

    kind: ClassVar[str] = "triads"

    states: tuple[str, ...]
    periods: tuple[date, ...]
    triads: NDArray[np.int64]
    counts: NDArray[np.int16]
    draws: int
    observed: NDArray[np.int8]
    neutral: float
    unit: Unit
    origin: str
    frequency: str
    chosen: tuple[str, ...] = ()
    every: bool = False

    @property
    def label(self) -> str:
        """What is shown, such as ``triads with PAK``."""
        return f"triads with {' and '.join(self.chosen)}" if self.chosen else "triads"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which triads have a type, shape (triad, time)."""
        return self.counts[:, :, 0] >= 0

    def types(self) -> NDArray[np.float32]:
        """Probabilities in the order of `TYPES`, shape (triad, time, 4); NaN where not known."""
        c = self.counts.astype(np.float32)
        out = np.stack([c[..., 0], c[..., 1], c[..., 2:5].sum(axis=2), c[..., 5]], axis=2)
        out /= self.draws
        out[~self.known] = np.nan
        return out

    def summary(self) -> pl.DataFrame:
        """One row a period: triads with a type and without, expected share of each type, balance."""
        known = self.known
        count = known.sum(axis=0)[:, None]
        # A triad without a type is -1 in each column.
        total = self.counts.sum(axis=0, dtype=np.int64) + len(self.triads) - count
        mean = np.where(count, total / np.maximum(count, 1) / self.draws, np.nan)
        shares = np.column_stack([mean[:, 0], mean[:, 1], mean[:, 2:5].sum(axis=1), mean[:, 5]])
        return pl.DataFrame(
            {
                "period": pl.Series(self.periods, dtype=pl.Date),
                "triads": known.sum(axis=0),
                "unknown": (~known).sum(axis=0),
                **{name: shares[:, k] for k, name in enumerate(TYPES)},
                "balanced": shares[:, 1] + shares[:, 3],
            }
        )

    def pivots(self, t: int = -1) -> pl.DataFrame:
        """One row a state: expected number and share of its triads in which it is the pivot.

        Parameters
        ----------
        t : int
            Index of the period.

        Returns
        -------
        polars.DataFrame
            ``state, pivot_of`` (expected number of romantic triangles with this state as pivot),
            ``triads`` (it is in, with a type), ``share``; by share.
        """
        known = self.known[:, t]
        size = len(self.states)
        triads = self.triads[known]
        chance = self.counts[known, t, 2:5] / self.draws
        held = np.bincount(triads.ravel(), minlength=size)
        pivot = np.bincount(triads.ravel(), chance.ravel(), minlength=size)
        table = pl.DataFrame({"state": self.states, "pivot_of": pivot, "triads": held})
        return (
            table.filter(pl.col("triads") > 0)
            .with_columns(share=pl.col("pivot_of") / pl.col("triads"))
            .sort("share", "state", descending=[True, False])
        )

    def to_polars(self) -> pl.DataFrame:
        """The main table.

        Returns
        -------
        polars.DataFrame
            `summary`, a row a period; of chosen states, their triads in the last period, the likeliest
            romantic triangles first; with ``every``, their triads, or all, in every period. Columns of
            triads as in `listed`.
        """
        if not (self.chosen or self.every):
            return self.summary()
        table = self.listed(None if self.every else -1)
        held = [
            pl.any_horizontal(pl.col("state_a", "state_b", "state_c") == s) for s in self.chosen
        ]
        table = table.filter(*held)
        if self.every:
            return table
        return table.sort("romantic triangle", descending=True, nulls_last=True)

    def listed(self, t: int | None = None) -> pl.DataFrame:
        """One row a triad and period, all periods or the one of index ``t``.

        Returns
        -------
        polars.DataFrame
            ``state_a, state_b, state_c, period``, the four type probabilities, ``pivot_a``,
            ``pivot_b``, ``pivot_c``, ``ties_observed``; null probabilities where the triad has no type.
        """
        at = range(len(self.periods)) if t is None else [range(len(self.periods))[t]]
        types, names = self.types(), pl.Series(self.states)
        parts = []
        for k in at:
            pivot = np.where(
                self.known[:, k, None],
                self.counts[:, k, 2:5] / np.float32(self.draws),
                np.float32(np.nan),
            )
            parts.append(
                pl.DataFrame(
                    {
                        **{
                            f"state_{s}": names.gather(self.triads[:, i])
                            for i, s in enumerate("abc")
                        },
                        "period": pl.repeat(self.periods[k], len(self.triads), eager=True),
                        **{name: types[:, k, i] for i, name in enumerate(TYPES)},
                        **{f"pivot_{s}": pivot[:, i] for i, s in enumerate("abc")},
                        "ties_observed": self.observed[:, k],
                    }
                )
            )
        return pl.concat(parts).with_columns(pl.col(pl.Float32).fill_nan(None))


def _warm_draws(m: Measurement, draws: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Which ties are warm in which draw, block by block of dyads, shape (dyad, draw, time).

    Of an index each period is drawn by itself, from its known chance: nothing here looks across periods.
    """
    if not m.prior.known:
        yield from (paths > m.neutral for _, paths in world_draws(m, draws, seed))
        return
    rng, chance = np.random.default_rng([seed, draws]), m.p_warm
    for first in range(0, len(m.dyads), _BLOCK):
        p = chance[first : first + _BLOCK, None].astype(np.float32)
        yield rng.random((p.shape[0], draws, p.shape[2]), np.float32) < p


def triads_of(m: Measurement, draws: int = 200, seed: int = 1) -> Triads:
    """Read every triad of the states of a measurement, in every period.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    draws, seed : int
        Posterior paths of each tie.

    Returns
    -------
    Triads

    Raises
    ------
    OptionError
        Another facet than cordiality, or too many draws.
    NoDataError
        Fewer than three states.
    """
    if m.observations.facet != "cordiality":
        raise OptionError(f"triads are read from cordiality, not from {m.observations.facet}")
    if not 1 <= draws <= _MOST_DRAWS:
        raise OptionError(f"draws are 1 to {_MOST_DRAWS:,} here, not {draws}")
    states = tuple(sorted(set(m.dyads.ravel().tolist())))
    if len(states) < 3:
        raise NoDataError(f"{m.observations.panel.origin}: a triad needs three states")
    bits = np.concatenate([pack_draws(warm) for warm in _warm_draws(m, draws, seed)])
    number = {s: k for k, s in enumerate(states)}
    row = np.full((len(states), len(states)), -1, np.int64)
    for k, (a, b) in enumerate(m.dyads):
        row[number[a], number[b]] = k
    triads = np.array(list(combinations(range(len(states)), 3)), np.int64)
    a, b, c = triads.T
    rows = np.column_stack([row[a, b], row[a, c], row[b, c]])
    counts = count_types(bits, rows, draws)
    alive = np.array([[existed(s, p) for p in m.periods] for s in states])
    counts[~(alive[a] & alive[b] & alive[c])] = -1
    seen = np.concatenate([~np.isnan(m.y), np.zeros((1, len(m.periods)), bool)]).astype(np.int8)
    observed = seen[rows[:, 0]] + seen[rows[:, 1]] + seen[rows[:, 2]]
    panel = m.observations.panel
    return Triads(
        states,
        m.periods,
        triads,
        counts,
        draws,
        observed,
        m.neutral,
        m.observations.unit,
        panel.origin,
        panel.frequency,
    )
