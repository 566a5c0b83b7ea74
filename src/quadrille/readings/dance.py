r"""The whole dance: the signed network of a few states, its triangles, and what frustrates it.

In each period and posterior draw a tie is positive where the relation is above its neutral level.
The *frustration index* of the network is the least number of ties that would have to change sign for
it to be balanced, that is, for the states to fall into two camps, friends inside and foes across
(Harary 1959; Aref, Mason & Wilson 2020); see `quadrille.kernels.frustration_index`. It is given for
the network of the likelier signs, with the camps and the ties that would flip, and over draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.frustration import frustration_index, frustration_values
from quadrille.measure.result import Measurement, Relation
from quadrille.measure.tie import relation_of
from quadrille.readings.triangle import Triangle, triangle_of
from quadrille.results import Result

__all__ = ["Dance", "dance_of", "known_ties"]

_DRAWS_OF_MANY = 200
_FEW = 12
_ALL_PATTERNS = 10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dance(Result):
    """Frustration of the network of some states over time.

    Attributes
    ----------
    states : tuple of str
        ISO3, in the order asked for.
    periods : tuple of date, length time
    pairs : ndarray of int, shape (tie, 2)
        Indices into ``states`` of the ties that are known; a pair without any observation is no tie.
    p_warm : ndarray, shape (tie, time)
    observed : ndarray of bool, shape (tie, time)
    value, bound : ndarray of int, shape (time,)
        Frustration index of the network of the likelier signs, and a proven lower bound; equal
        where the index is proven optimal.
    camps : ndarray of bool, shape (time, state)
        An optimal division in two camps. Of several, one that asks the ties of the least certain sign
        to flip.
    flips : ndarray of bool, shape (tie, time)
        The ties that would change sign to make it balanced.
    expected, lo90, hi90, balanced : ndarray, shape (time,)
        Mean of the index over draws, its 5% and 95% points, and the share of draws with index 0.
    chance : float
        Mean index if every known tie had its sign by the toss of a coin: what uncertainty alone makes
        of this network (all patterns for up to 10 ties, else 1,000 random ones).
    draws_proven : bool
        Every draw's index is proven optimal.
    draws : int
        Draws used for these.
    triangles : tuple of Triangle
        The triads whose three ties are known.
    ties : tuple of Relation, length tie
    """

    kind: ClassVar[str] = "dance"

    states: tuple[str, ...]
    periods: tuple[date, ...]
    pairs: NDArray[np.int64]
    p_warm: Array
    observed: NDArray[np.bool_]
    value: NDArray[np.int64]
    bound: NDArray[np.int64]
    camps: NDArray[np.bool_]
    flips: NDArray[np.bool_]
    expected: Array
    lo90: Array
    hi90: Array
    balanced: Array
    chance: float
    draws_proven: bool
    draws: int
    triangles: tuple[Triangle, ...]
    ties: tuple[Relation, ...]

    @property
    def label(self) -> str:
        """``PAK-RUS-IND-USA``."""
        return "-".join(self.states)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Labels of the pairs without data."""
        known = {tuple(p) for p in self.pairs.tolist()}
        return tuple(
            f"{self.states[i]}-{self.states[j]}"
            for i, j in combinations(range(len(self.states)), 2)
            if (i, j) not in known
        )

    @property
    def proven(self) -> NDArray[np.bool_]:
        """Where the index of the likelier signs is proven optimal."""
        return np.asarray(self.value == self.bound)

    def camps_of(self, t: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The two camps of a period; the second is empty where all are in one."""
        sides = self.camps[t]
        return (
            tuple(s for s, far in zip(self.states, sides, strict=True) if not far),
            tuple(s for s, far in zip(self.states, sides, strict=True) if far),
        )

    def flips_of(self, t: int) -> tuple[str, ...]:
        """Labels of the ties that would have to flip in a period."""
        return tuple(
            f"{self.states[i]}-{self.states[j]}"
            for i, j in self.pairs[np.flatnonzero(self.flips[:, t])]
        )

    def to_polars(self) -> pl.DataFrame:
        """One row a period: index, proof, camps, ties to flip, expected index and band, balance."""
        n = range(len(self.periods))
        return pl.DataFrame(
            {
                "period": pl.Series(self.periods, dtype=pl.Date),
                "frustration": self.value,
                "proven": self.proven,
                "camps": [" | ".join(" ".join(c) for c in self.camps_of(t) if c) for t in n],
                "flips": [" ".join(self.flips_of(t)) for t in n],
                "expected": self.expected,
                "lo90": self.lo90,
                "hi90": self.hi90,
                "p_balanced": self.balanced,
                "chance": np.full(len(n), self.chance),
                "ties_known": np.full(len(n), len(self.pairs)),
                "ties_observed": self.observed.sum(axis=0),
            }
        )


def _network(n: int, pairs: NDArray[np.int64], values: Array) -> Array:
    """Symmetric matrices ``(..., n, n)`` from tie values ``(tie, ...)``."""
    out = np.zeros((*values.shape[1:], n, n))
    for (i, j), value in zip(pairs, values, strict=True):
        out[..., i, j] = value
        out[..., j, i] = value
    return out


def _division(w: Array, sure: Array) -> tuple[int, int, NDArray[np.bool_]]:
    """Index, bound and camps of signs ``w``; among optimal camps those that flip the least sure ties."""
    ties = max(int(np.count_nonzero(w)) // 2, 1)
    got = frustration_index(w * (1.0 + sure / (ties + 1.0)))
    apart = got.side[:, None] != got.side[None, :]
    index = int(np.sum(np.triu(((w > 0) & apart) | ((w < 0) & ~apart), 1)))
    # The extra weights add up to less than one tie, so the whole part of the bound counts ties.
    least = index if got.proven else int(np.ceil(got.bound - ties / (ties + 1.0) - 1e-9))
    return index, max(least, 0), got.side


def _chance(n: int, pairs: NDArray[np.int64]) -> float:
    """Mean index over coin-toss signs."""
    ties = len(pairs)
    if ties <= _ALL_PATTERNS:
        toss = (np.arange(2**ties) >> np.arange(ties)[:, None]) & 1
    else:
        toss = np.random.default_rng(0).integers(0, 2, (ties, 1000))
    return float(frustration_values(_network(n, pairs, (2.0 * toss - 1.0).astype(float)))[0].mean())


def _over_draws(n: int, pairs: NDArray[np.int64], warm: NDArray[np.bool_]) -> tuple[Array, bool]:
    """Index of every draw and period (draw, time), solving each pattern of signs once."""
    ties, draws, n_time = warm.shape
    patterns, back = np.unique(warm.reshape(ties, -1), axis=1, return_inverse=True)
    value, bound = frustration_values(_network(n, pairs, np.where(patterns, 1.0, -1.0)))
    return value[back].reshape(draws, n_time), bool(np.all(value - bound < 1e-9))


def known_ties(m: Measurement, states: Sequence[str], draws: int, seed: int) -> list[Relation]:
    """The ties among some states of which a measurement holds any observation."""
    there = {frozenset(pair) for pair in m.dyads.tolist()}
    return [
        relation_of(m, a, b, draws, seed)
        for a, b in combinations(states, 2)
        if frozenset((a, b)) in there
    ]


def dance_of(states: Sequence[str], ties: Sequence[Relation]) -> Dance:
    """Read the dance of three or more states from the posterior draws of their ties.

    Parameters
    ----------
    states : sequence of str
        ISO3, all different.
    ties : sequence of Relation
        The known ties among them, measured on cordiality from the same data with the same number of
        draws, over the same periods. A pair of states without a tie here has none in the network:
        not known is neither warm nor cold.

    Returns
    -------
    Dance
        Over 12 states, the first 200 draws are used for the index over draws.

    Raises
    ------
    OptionError
        Fewer than three states, a tie of others, or ties that cannot be compared.
    NoDataError
        Fewer than three known ties.
    """
    names = tuple(states)
    known, ordered = _known(names, ties)
    pairs = np.array(known, np.int64)
    warm = np.stack([t.draws > t.neutral for t in ordered])
    p_warm = warm.mean(axis=1)
    signs, sure = np.where(p_warm > 0.5, 1.0, -1.0), np.abs(2.0 * p_warm - 1.0)
    found = [
        _division(_network(len(names), pairs, signs[:, t]), _network(len(names), pairs, sure[:, t]))
        for t in range(p_warm.shape[1])
    ]
    camps = np.stack([side for _, _, side in found])
    apart = camps[:, pairs[:, 0]] != camps[:, pairs[:, 1]]
    used = warm if len(names) <= _FEW else warm[:, :_DRAWS_OF_MANY]
    index, draws_proven = _over_draws(len(names), pairs, used)
    lo, hi = np.quantile(index, (0.05, 0.95), axis=0, method="inverted_cdf")
    return Dance(
        names, ordered[0].periods, pairs, p_warm, np.stack([~np.isnan(t.y) for t in ordered]),
        np.array([v for v, _, _ in found]), np.array([b for _, b, _ in found]), camps,
        (signs > 0) == apart.T,
        index.mean(axis=0), lo, hi, (index == 0).mean(axis=0), _chance(len(names), pairs),
        draws_proven, used.shape[1],
        _triads(len(names), dict(zip(known, ordered, strict=True))), ordered,
    )  # fmt: skip


def _known(
    names: tuple[str, ...], ties: Sequence[Relation]
) -> tuple[list[tuple[int, int]], tuple[Relation, ...]]:
    """Which pairs of the states have a tie, and the ties in that order; refuses ties that make no dance."""
    if len(names) < 3 or len(set(names)) != len(names):
        raise OptionError(f"a dance needs three or more different states, got {', '.join(names)}")
    if len(ties) < 3:
        raise NoDataError(
            f"{len(ties)} of the ties among {', '.join(names)} have data; a dance needs at least three"
        )
    if {t.facet for t in ties} != {"cordiality"}:
        raise OptionError(f"a dance is read from cordiality, not from {ties[0].facet}")
    if len({(t.origin, t.periods, t.draws.shape[0]) for t in ties}) != 1:
        raise OptionError("the ties of a dance must share data, periods and number of draws")
    by_pair = {frozenset((t.state_a, t.state_b)): t for t in ties}
    known = [(i, j) for i, j in combinations(range(len(names)), 2)
             if frozenset((names[i], names[j])) in by_pair]  # fmt: skip
    if len(known) != len(ties):
        raise OptionError("the ties of a dance join its own states, each pair once")
    return known, tuple(
        replace(by_pair[frozenset((names[i], names[j]))], state_a=names[i], state_b=names[j])
        for i, j in known
    )


def _triads(n: int, at: Mapping[tuple[int, int], Relation]) -> tuple[Triangle, ...]:
    """The triangles all of whose ties are known."""
    return tuple(
        triangle_of(at[i, j], at[i, k], at[j, k])
        for i, j, k in combinations(range(n), 3)
        if {(i, j), (i, k), (j, k)} <= at.keys()
    )
