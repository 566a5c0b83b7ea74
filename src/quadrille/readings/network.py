r"""The signed network of some states in one period: who is with whom, in which two camps, and how well they fit.

With :math:`p_{ij}` the probability that a tie is warm, its expected sign is :math:`w_{ij} = 2 p_{ij} - 1`. The camps are
the division with the fewest ties expected to be at odds with it, warm across or cold inside:

.. math:: \min_s \sum_{s_i = s_j} (1 - p_{ij}) + \sum_{s_i \ne s_j} p_{ij}
    = L(w) + \tfrac12 \sum_{ij} (1 - |w_{ij}|),

with L the frustration index of the weights (`quadrille.kernels.frustration`; Harary 1959). A tie whose sign is a toss of a
coin counts nothing either way. The *balanced* share is that of the triangles with an even number of cold ties (Cartwright &
Harary 1956), expected with the ties' signs independent: :math:`(1 + w_{ij} w_{jk} w_{ik})/2` of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.kernels.frustration import frustration_index
from quadrille.kernels.layout import stress_layout
from quadrille.measure.result import Measurement
from quadrille.panel.units import Unit
from quadrille.readings.moment import known_in
from quadrille.results import Result

__all__ = ["MOST", "Network", "network_of"]

MOST = 80
# Branches tried before the division is given as the best found: some seconds.
_LIMIT = 3_000_000
# Wanted distance of two states: 1 of a surely warm tie, 2 of one that may be either, 3 of a surely cold one.
_NEAR, _FAR = 2.0, 1.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Network(Result):
    """The signed network of some states in a period.

    Attributes
    ----------
    states : tuple of str
        ISO3, sorted.
    region : str
        Whose states these are; empty where they were named.
    origin, frequency : str
    unit : Unit
        Of the levels.
    neutral : float
    period : date
    table : polars.DataFrame
        See `to_polars`.
    camp : ndarray of bool, shape (state,)
        The larger camp is True; in a tie, that of the first state.
    firm : ndarray, shape (state,)
        How many more ties would be expected to be at odds if the state alone changed camps.
    at_odds, least : float
        Ties expected to be at odds with the camps; a proven lower bound. Equal where the camps are proven the best.
    balanced : float
        Expected share of balanced triangles; NaN where there are none.
    triangles : int
        With three known ties.
    place : ndarray, shape (state, 2)
        Where each state stands in the plane: warm ties short, cold ones long.
    absent : tuple of str
        States asked for that have no tie with the others in the period.
    """

    kind: ClassVar[str] = "network"

    states: tuple[str, ...]
    region: str
    origin: str
    frequency: str
    unit: Unit
    neutral: float
    period: date
    table: pl.DataFrame
    camp: NDArray[np.bool_]
    firm: Array
    at_odds: float
    least: float
    balanced: float
    triangles: int
    place: Array
    absent: tuple[str, ...]

    @property
    def label(self) -> str:
        """The region, or the states."""
        return self.region or "-".join(self.states)

    @property
    def periods(self) -> tuple[date, ...]:
        """The period read."""
        return (self.period,)

    @property
    def proven(self) -> bool:
        """Whether no other division has fewer ties at odds."""
        return self.at_odds - self.least < 1e-9

    def camps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Both camps, the larger first; the second may be empty."""
        one, other = (
            tuple(s for s, c in zip(self.states, self.camp, strict=True) if c == side)
            for side in (True, False)
        )
        return one, other

    def members(self) -> pl.DataFrame:
        """One row a state.

        Returns
        -------
        polars.DataFrame
            ``state, camp`` (1 the larger, 2), ``firm``, ``warm, cold`` (ties of expected sign, summed probabilities),
            ``x, y``.
        """
        p = pl.col("p_warm")
        each = pl.concat(
            [self.table.select(state=c, warm=p, cold=1.0 - p) for c in ("state_a", "state_b")]
        ).group_by("state").sum()  # fmt: skip
        table = pl.DataFrame(
            {
                "state": self.states, "camp": np.where(self.camp, 1, 2), "firm": self.firm,
                "x": self.place[:, 0], "y": self.place[:, 1],
            }
        )  # fmt: skip
        order = ["state", "camp", "firm", "warm", "cold", "x", "y"]
        return table.join(each, on="state", how="left", maintain_order="left").select(order)

    def to_polars(self) -> pl.DataFrame:
        """One row a tie.

        Returns
        -------
        polars.DataFrame
            ``state_a, state_b``; ``shown, shown_lo90, shown_hi90`` as it is shown; ``p_warm``; ``inside``: both are in
            one camp; ``p_odds``: probability that the tie is at odds with the camps.
        """
        return self.table


def network_of(m: Measurement, states: Sequence[str], t: int, region: str = "") -> Network:
    """The signed network of some states.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    states : sequence of str
        ISO3, three to eighty.
    t : int
        Index of the period.
    region : str
        Whose states these are.

    Raises
    ------
    OptionError
        Too many states.
    NoDataError
        Fewer than three states have a tie with another one in the period.
    """
    if len(states) > MOST:
        raise OptionError(
            f"a network of {len(states)} states is too large to be divided; give at most {MOST}"
        )
    held = known_in(m, t) & np.isin(m.dyads, list(states)).all(axis=1)
    names = tuple(str(s) for s in np.unique(m.dyads[held]))
    if len(names) < 3:
        raise NoDataError(
            f"{m.origin}: fewer than three of these states have a tie with another in {m.periods[t]:%Y-%m-%d}; "
            "give others or another period"
        )
    number = {s: k for k, s in enumerate(names)}
    pairs = np.array([[number[str(s)] for s in dyad] for dyad in m.dyads[held]], np.int64)
    p = m.p_warm[held, t]
    w = _matrix(len(names), pairs, 2.0 * p - 1.0)
    known = _matrix(len(names), pairs, np.ones(len(p)))
    got = frustration_index(w, _LIMIT)
    camp, open_ = _larger(got.side), float(np.sum(1.0 - np.abs(2.0 * p - 1.0)) / 2.0)
    sign = np.where(camp[:, None] == camp[None], 1.0, -1.0)
    balanced, triangles = _balance(w, known)
    return Network(
        names, region, m.origin, m.frequency, m.unit, m.neutral, m.periods[t],
        _table(m, held, t, p, camp[pairs[:, 0]] == camp[pairs[:, 1]]), camp, np.sum(w * sign, axis=1),
        got.value + open_, got.bound + open_, balanced, triangles, _placed(w, known),
        tuple(s for s in states if s not in number),
    )  # fmt: skip


def _matrix(n: int, pairs: NDArray[np.int64], values: Array) -> Array:
    made = np.zeros((n, n))
    made[pairs[:, 0], pairs[:, 1]] = values
    return made + made.T


def _larger(side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The camps with the larger one True; of two as large, that of the first state."""
    many = int(side.sum())
    first = many > len(side) - many or (2 * many == len(side) and bool(side[0]))
    return side if first else ~side


def _balance(w: Array, known: Array) -> tuple[float, int]:
    """Expected share of balanced triangles among those with three known ties, and how many these are.

    A closed walk of three steps is a triangle, met six times; a weight of zero, no tie, takes it out.
    """
    product, many = (float(np.trace(x @ x @ x)) / 6.0 for x in (w, known))
    return (0.5 * (1.0 + product / many) if many else float("nan")), round(many)


def _placed(w: Array, known: Array) -> Array:
    """Positions; a pair without a tie pulls a tenth of what a tie does."""
    distance = _NEAR - _FAR * w
    np.fill_diagonal(distance, 0.0)
    return stress_layout(distance, np.where(known > 0, 1.0, 0.1))


def _table(
    m: Measurement, held: NDArray[np.bool_], t: int, p: Array, inside: NDArray[np.bool_]
) -> pl.DataFrame:
    mean, sd = m.mean[held, t], m.sd[held, t]
    lo, mid, hi = (m.unit.shown(mean + k * Z90 * sd) for k in (-1, 0, 1))
    return pl.DataFrame(
        {
            "state_a": m.dyads[held, 0], "state_b": m.dyads[held, 1],
            "shown": mid, "shown_lo90": lo, "shown_hi90": hi, "p_warm": p,
            "inside": inside, "p_odds": np.where(inside, 1.0 - p, p),
        }
    ).sort("state_a", "state_b")  # fmt: skip
