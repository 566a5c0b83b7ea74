r"""With how many of some powers a state is warm at a time: with none, with one, or with several.

The share of periods in which exactly one of the state's ties with the powers is warm, draw by draw. For the other
states the ties are taken as independent given the data: with :math:`p_k` the chance that the tie with power k is warm,

.. math:: P(\text{one}) = \sum_k p_k \prod_{l \ne k} (1 - p_l),

meaned over the periods in which all of these ties are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.special import ndtr

from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.measure.result import Measurement, Relation
from quadrille.panel.build import Panel

__all__ = ["Alignment", "alignment_of", "chances_of_index", "chances_of_measurement"]

_FEWEST = 5  # periods that another state must share to be compared with


@dataclass(frozen=True, slots=True)
class Alignment:
    """Shares of the periods read.

    Attributes
    ----------
    state : str
    powers : tuple of str
    none, one, several : tuple of 3 floats
        5%, 50% and 95% points of the share of periods with so many warm ties.
    warm : dict of str to float
        Share of periods in which the tie with each power is warm, mean over draws.
    periods : tuple of date
    others : ndarray, shape (state,)
        Expected share with exactly one, of each other state.
    """

    state: str
    powers: tuple[str, ...]
    none: tuple[float, float, float]
    one: tuple[float, float, float]
    several: tuple[float, float, float]
    warm: dict[str, float]
    periods: tuple[date, ...]
    others: Array


def chances_of_index(panel: Panel) -> pl.DataFrame:
    """Chance that a tie of an index is warm: ``state_a, state_b, period, p_warm``."""
    level = (pl.col("valence") / pl.col("sd")).cast(pl.Float64)
    return panel.cells.select(
        "state_a", "state_b", "period", p_warm=level.map_batches(ndtr, return_dtype=pl.Float64)
    )


def chances_of_measurement(m: Measurement) -> pl.DataFrame:
    """The same of measured ties."""
    n = len(m.periods)
    return pl.DataFrame(
        {
            "state_a": np.repeat(m.dyads[:, 0], n), "state_b": np.repeat(m.dyads[:, 1], n),
            "period": pl.Series([*m.periods] * len(m.dyads), dtype=pl.Date),
            "p_warm": m.p_warm.ravel(),
        }
    ).filter(pl.col("p_warm").is_not_nan())  # fmt: skip


def _others(chances: pl.DataFrame, state: str, powers: Sequence[str], periods: Sequence[date]) -> Array:  # fmt: skip
    """Expected share with exactly one warm tie, of every other state with ties to all of the powers."""
    near, far = pl.col("state_a").is_in(powers), pl.col("state_b").is_in(powers)
    rows = chances.filter(near ^ far, pl.col("period").is_in(periods)).select(
        "period", "p_warm",
        power=pl.when(near).then("state_a").otherwise("state_b"),
        own=pl.when(near).then("state_b").otherwise("state_a"),
    )  # fmt: skip
    odds = pl.col("p_warm").clip(1e-9, 1 - 1e-9)
    by = rows.group_by("own", "period").agg(
        known=pl.len(), none=(1 - odds).product(), ratio=(odds / (1 - odds)).sum()
    )
    share = (
        by.filter(pl.col("known") == len(powers), pl.col("own") != state)
        .group_by("own")
        .agg(one=(pl.col("none") * pl.col("ratio")).mean(), known=pl.len())
        .filter(pl.col("known") >= min(_FEWEST, len(periods)))
    )
    return share.sort("own")["one"].to_numpy()


def alignment_of(
    ties: Sequence[Relation], chances: pl.DataFrame, first: date | None = None, last: date | None = None
) -> Alignment:  # fmt: skip
    """With how many of some powers a state is warm.

    Parameters
    ----------
    ties : sequence of Relation
        The state's with each power, the state named first, with equally many draws.
    chances : polars.DataFrame
        Of all ties of the data, see `chances_of_index`.
    first, last : date, optional
        The time read; by default all.

    Raises
    ------
    NoDataError
        The ties have no period of that time in common.
    """
    common = sorted(set.intersection(*({*t.periods} for t in ties)))
    periods = [p for p in common if (not first or p >= first) and (not last or p <= last)]
    if not periods:
        raise NoDataError(
            f"{', '.join(t.label for t in ties)} have no period in common in that time; give another"
        )
    warm = np.stack([t.draws[:, [t.periods.index(p) for p in periods]] > t.neutral for t in ties])
    many = warm.sum(axis=0)
    powers = tuple(t.state_b for t in ties)

    def share(which: Array) -> tuple[float, float, float]:
        lo, mid, hi = (float(v) for v in np.quantile(which.mean(axis=1), BAND))
        return lo, mid, hi

    return Alignment(
        ties[0].state_a, powers, share(many == 0), share(many == 1), share(many > 1),
        dict(zip(powers, (float(v) for v in warm.mean(axis=(1, 2))), strict=True)), tuple(periods),
        _others(chances, ties[0].state_a, powers, periods),
    )  # fmt: skip
