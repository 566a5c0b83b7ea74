r"""What a tie rests on: common goals, shared animosities, and which domains.

*Coldness* of state A to a third state k is how far the tie lies below the line between warm and cold,
as shown: in net cooperation :math:`c_{Ak} = \max(0, \tanh(x_0/2) - \tanh(x_{Ak}/2))`, in scores their
difference (`quadrille.panel.units.Unit`). The *shared animosity* of A and B is :math:`\sum_k \sqrt{s_{Ak} s_{Bk}}\, c_{Ak} c_{Bk}` with :math:`s_{Ak}` the share of k in all that
is recorded of A with anyone: coldness to a state that neither deals with binds nobody, and is poorly
measured besides. An index counts nothing; there engagement tells the share (`quadrille.measure.dealings`). Ties are measured one by one, so that the expectation of the product is the product of
expectations, and the animosity of every dyad of the world is one matrix product. A tie that is not
measured adds nothing.

*Common goals* come from structural layers: votes in the General Assembly, shared organisations,
alliance, trade. Each part is read as the dyad's percentile in the world of that year, so that parts of
different units can stand side by side.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from quadrille.coding.record import DOMAINS
from quadrille.economy.dependence import Dependence
from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND, band_of
from quadrille.kernels.shares import dirichlet_draws, perks
from quadrille.measure.dealings import dealings, existing
from quadrille.measure.result import Measurement
from quadrille.panel.units import Unit
from quadrille.readings.goals import GOALS, goal_values
from quadrille.results import Result
from quadrille.sources.layers.layer import Layer

__all__ = [
    "Bond",
    "Coldness",
    "DomainShare",
    "animosity",
    "bond_of",
    "coldness",
    "domain_share_of",
    "percentile",
]  # fmt: skip

_NODES, _FAR = 40, 8.0
# Standard deviations below the line from which a year of an index is cold, with probability 0.9.
_SURE = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True, slots=True)
class Coldness:
    """Coldness of every tie, as matrices.

    Attributes
    ----------
    states : tuple of str, length state
    row : ndarray of int, shape (state, state)
        Row of the measurement, -1 where the tie is not measured.
    cold : ndarray, shape (time, state, state)
        Expected coldness, zero where not measured.
    engaged : ndarray, shape (state, state)
        Share of the column's state in what is recorded of the row's, over the whole record.
    """

    states: tuple[str, ...]
    row: NDArray[np.intp]
    cold: Array
    engaged: Array


def _expected_cold(mean: Array, sd: Array, neutral: float, unit: Unit) -> Array:
    """E max(0, shown(x0) − shown(x)) for normal x, by Gauss-Legendre quadrature below x0."""
    nodes, weights = leggauss(_NODES)
    top = np.clip((neutral - mean) / np.maximum(sd, 1e-12), -_FAR, _FAR)
    half = (top + _FAR) / 2.0
    total = np.zeros(mean.shape)
    for node, weight in zip(nodes, weights, strict=True):
        z = half * (node + 1.0) - _FAR
        below = unit.shown(neutral) - unit.shown(mean + sd * z)
        total += weight * half * below * np.exp(-(z**2) / 2.0)
    return np.asarray(total / np.sqrt(2.0 * np.pi), dtype=float)


def coldness(
    m: Measurement, periods: slice = slice(None), held: NDArray[np.bool_] | None = None
) -> Coldness:
    """Coldness of every tie of a measurement, and how engaged states are with each other.

    Parameters
    ----------
    m : Measurement
    periods : slice, optional
        Coldness in these alone.
    held : ndarray of bool, shape (dyad, time), optional
        Where there is a tie, as `existing` has it.

    Raises
    ------
    OptionError
        The measurement is not of cordiality.
    """
    if m.observations.facet != "cordiality":
        raise OptionError(f"a bond is read from cordiality, not from {m.observations.facet}")
    states = tuple(str(s) for s in np.unique(m.dyads))
    i, j = np.searchsorted(states, m.dyads[:, 0]), np.searchsorted(states, m.dyads[:, 1])
    n = len(states)
    row, events = np.full((n, n), -1), np.zeros((n, n))
    row[i, j] = row[j, i] = np.arange(len(m.dyads))
    mean, sd = m.mean[:, periods], m.sd[:, periods]
    there = (existing(m) if held is None else held)[:, periods]
    felt = np.where(there, _expected_cold(mean, sd, m.neutral, m.observations.unit), 0.0)
    cold = np.zeros((mean.shape[1], n, n))
    cold[:, i, j] = cold[:, j, i] = felt.T
    events[i, j] = events[j, i] = dealings(m)
    total = events.sum(axis=1, keepdims=True)
    return Coldness(states, row, cold, events / np.where(total > 0, total, 1.0))


def animosity(w: Coldness, at: int) -> Array:
    """Expected shared animosity of every dyad in one period, shape ``(state, state)``."""
    felt = w.cold[at] * np.sqrt(w.engaged)
    return np.asarray(felt @ felt.T, dtype=float)


def percentile(values: Array, own: Array | float) -> Array:
    """Mid-rank percentile of ``own`` among ``values``, 0 to 100."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, own, "left")
    through = np.searchsorted(ordered, own, "right")
    return np.asarray(50.0 * (below + through) / max(values.size, 1), dtype=float)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bond(Result):
    """What one tie rests on in one period.

    Attributes
    ----------
    state_a, state_b, origin, frequency : str
    unit : Unit
        Of the measurement.
    neutral : float
        Level that separates warm from cold.
    p_warm : float
        Probability that the tie is warm in the period. A cold tie rests on nothing.
    period : date
    others : int
        Dyads that percentiles are among.
    parts : polars.DataFrame
        ``part, side, value, lo90, hi90, percentile, percentile_lo90, percentile_hi90, year, what, layer``;
        layers are published without error, so that their bounds are null.
    goals, animosity : float, tuple of 3 floats
        Mean percentile of the goals that are known (NaN if none is), percentile of the animosity (5%,
        50%, 95%).
    rests_on_animosity : tuple of 3 floats
        animosity / (animosity + goals), on draws; NaN without goals.
    adversaries : polars.DataFrame
        ``state, cold_a, cold_b, weight, share, share_lo90, share_hi90, p_both_cold, left,
        left_percentile, thin_tie, cold_periods, cold_reports``: third states by their share in the expected animosity, with the 90% band of
        the share over the draws that hold any, and what of it is left (value, percentile) if A and B
        both reconciled with that one. The last three: of its ties with A and B the one that was observed on
        the cold side in fewest periods up to this one, in how many, and on how many reports; of an index, which
        observes nothing, periods in which it was cold with probability 0.9.
    periods : tuple of date, length time
    path : ndarray, shape (3, time)
        Animosity over time, 5%, 50%, 95%; NaN while there was no tie.
    domains : polars.DataFrame or None
        ``domain, count, share, lo90, hi90`` over the window.
    window : int
    one_domain : tuple of (str, float) or None
        The largest domain, and the probability that it holds more than half of the cooperation.
    coded : bool
        Of hand-coded acts.
    layers : mapping of str to str
        Layers used, and how to cite each.
    absent : tuple of str
        Parts of common goals that no layer at hand holds for the period.
    missing : tuple of str
        What else is not known, and why.
    acts : str
        Of an index, which holds no acts: the source that the domains are from; empty: the data themselves.
    dependence : tuple of Dependence
        Of A and of B for arms and trade, up to the period.
    """

    kind: ClassVar[str] = "bond"
    state_a: str
    state_b: str
    origin: str
    frequency: str
    unit: Unit
    neutral: float
    p_warm: float
    period: date
    others: int
    parts: pl.DataFrame
    goals: float
    animosity: tuple[float, float, float]
    rests_on_animosity: tuple[float, float, float]
    adversaries: pl.DataFrame
    periods: tuple[date, ...]
    path: Array
    domains: pl.DataFrame | None
    window: int
    one_domain: tuple[str, float] | None
    coded: bool
    layers: Mapping[str, str]
    absent: tuple[str, ...]
    missing: tuple[str, ...]
    acts: str = ""
    dependence: tuple[Dependence, ...] = ()

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def flagged(self) -> bool:
        """A one-domain bond: one domain holds more than half, with probability 0.9 or more."""
        return self.one_domain is not None and self.one_domain[1] >= 0.9

    def to_polars(self) -> pl.DataFrame:
        """The parts, goals first."""
        return self.parts


def _thirds(w: Coldness, a: int, b: int) -> NDArray[np.intp]:
    known = (w.row[a] >= 0) & (w.row[b] >= 0)
    known[[a, b]] = False
    return np.flatnonzero(known)


def _cold_draws(
    m: Measurement, rows: NDArray[np.intp], held: NDArray[np.bool_], at: int, draws: int,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Coldness of chosen ties, shape ``(draw, tie)``; each marginal posterior is taken as normal."""
    z = rng.standard_normal((draws, rows.size))
    x = m.mean[rows, at] + m.sd[rows, at] * z
    unit = m.observations.unit
    felt = np.maximum(0.0, unit.shown(m.neutral) - unit.shown(x))
    return np.asarray(felt * held[rows, at], dtype=float)


def _seen_cold(
    m: Measurement, rows: NDArray[np.intp], held: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Periods in which ties were observed on the cold side; of an index those in which it is sure that they were."""
    if m.observations.panel.kind != "index":
        return np.asarray(m.observed[rows] < float(m.unit.shown(m.neutral)))
    mean, sd = m.mean[rows], np.maximum(m.sd[rows], 1e-12)
    return np.asarray(((m.neutral - mean) / sd >= _SURE) & held[rows])


def _evidence(
    m: Measurement, rows: tuple[NDArray[np.intp], NDArray[np.intp]], ends: tuple[str, str], at: int,
    held: NDArray[np.bool_],
) -> pl.DataFrame:  # fmt: skip
    """What the coldness to each third state rests on: of its two ties, the one with less."""
    counts = []
    for own in rows:
        n, cold = m.n[own, : at + 1], _seen_cold(m, own, held)[:, : at + 1]
        counts.append((cold.sum(axis=1), np.nansum(np.where(cold, n, 0.0), axis=1)))
    (periods_a, reports_a), (periods_b, reports_b) = counts
    second = (periods_b < periods_a) | ((periods_b == periods_a) & (reports_b < reports_a))
    return pl.DataFrame(
        {
            "thin_tie": np.where(second, ends[1], ends[0]).astype(str),
            "cold_periods": np.where(second, periods_b, periods_a).astype(np.int64),
            "cold_reports": np.where(second, reports_b, reports_a),
        },
        schema={"thin_tie": pl.String, "cold_periods": pl.Int64, "cold_reports": pl.Float64},
    )


def _adversaries(
    w: Coldness, thirds: NDArray[np.intp], cold_a: Array, cold_b: Array, weight: Array, others: Array,
    evidence: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    each = weight * cold_a.mean(axis=0) * cold_b.mean(axis=0)
    total = each.sum()
    left = total - each
    drawn = weight * cold_a * cold_b
    sums = drawn.sum(axis=1, keepdims=True)
    # Where a draw is warm throughout there is nothing to have a share of.
    some = drawn[sums[:, 0] > 0] / sums[sums[:, 0] > 0]
    lo, hi = np.quantile(some, (0.05, 0.95), axis=0) if some.size else np.zeros((2, each.size))
    return pl.DataFrame(
        {
            "state": [w.states[k] for k in thirds],
            "cold_a": cold_a.mean(axis=0), "cold_b": cold_b.mean(axis=0), "weight": weight,
            "share": each / total if total > 0 else np.zeros_like(each),
            "share_lo90": lo, "share_hi90": hi,
            "p_both_cold": ((cold_a > 0) & (cold_b > 0)).mean(axis=0),
            "left": left, "left_percentile": percentile(others, left),
        },
        schema={"state": pl.String, **dict.fromkeys(
            ["cold_a", "cold_b", "weight", "share", "share_lo90", "share_hi90", "p_both_cold", "left",
             "left_percentile"], pl.Float64
        )},
    ).hstack(evidence).sort("share", "state", descending=[True, False])  # fmt: skip


def _goal_rows(
    layers: Mapping[str, Layer], dyads: NDArray[np.str_], a: str, b: str, year: int
) -> tuple[list[dict[str, object]], tuple[str, ...], list[str]]:
    """Goals that are known, parts that no layer holds, and why others are not known."""
    rows: list[dict[str, object]] = []
    absent, missing = [], []
    first, second = sorted((a, b))
    for part in GOALS:
        found = goal_values(layers, part, year)
        if found is None:
            absent.append(part)
            continue
        values = found.values
        own = values.filter(pl.col("state_a") == first, pl.col("state_b") == second)
        if own.is_empty() and part != "alliance":
            missing.append(
                f"{part}: {found.layer} says nothing of {first}-{second} in {found.year}"
            )
            continue
        value = float(own["value"][0]) if own.height else 0.0
        if part == "alliance":  # its list holds allies only
            every = pl.DataFrame(dyads, schema=["state_a", "state_b"], orient="row")
            values = every.join(values, on=["state_a", "state_b"], how="left").fill_null(0.0)
        place = float(percentile(values["value"].to_numpy(), value))
        rows.append({"part": part, "side": "goal", "value": value, "percentile": place,
                     "year": found.year, "what": found.what, "layer": found.layer})  # fmt: skip
    return rows, tuple(absent), missing


def _domain_rows(
    counts: pl.DataFrame | None, a: str, b: str, first: date, last: date, draws: int,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame | None, tuple[str, float] | None]:  # fmt: skip
    if counts is None:
        return None, None
    one, two = sorted((a, b))
    mine = counts.filter(
        pl.col("state_a") == one, pl.col("state_b") == two,
        pl.col("period").is_between(first, last),
    )  # fmt: skip
    by = dict(mine.group_by("domain").agg(pl.col("count").sum()).iter_rows())
    n = np.array([by.get(d, 0.0) for d in DOMAINS])
    if n.sum() == 0:
        return None, None
    shares = dirichlet_draws(perks(n, 1.0), draws, rng)
    lo, mid, hi = np.quantile(shares, BAND, axis=0)
    table = pl.DataFrame({"domain": DOMAINS, "count": n, "share": mid, "lo90": lo, "hi90": hi})
    table = table.sort("share", "domain", descending=[True, False])
    top = int(n.argmax())
    return table, (DOMAINS[top], float((shares[:, top] > 0.5).mean()))


class DomainShare(NamedTuple):
    """One domain's share of a tie's cooperation.

    Attributes
    ----------
    share : (float, float, float)
        5%, 50% and 95% points.
    largest : float
        Probability that no other domain has a larger share.
    top : str
        The domain with most events.
    events : float
        Cooperative events of the tie in the time read.
    others : tuple of float
        The same domain's plain share of the events of each other dyad that has at least ten.
    """

    share: tuple[float, float, float]
    largest: float
    top: str
    events: float
    others: tuple[float, ...]


_FEWEST = 10


def domain_share_of(
    counts: pl.DataFrame | None, a: str, b: str, domain: str, first: date, last: date, draws: int = 1000, seed: int = 1
) -> DomainShare:  # fmt: skip
    """How much of a tie's cooperation is in one domain, and whether that is the largest.

    Parameters
    ----------
    counts : polars.DataFrame or None
        As `quadrille.panel.domains.domain_counts` makes it.
    a, b : str
        ISO3.
    domain : str
    first, last : date
    draws, seed : int

    Raises
    ------
    NoDataError
        The data hold no single events, or none of the tie in that time.
    """
    if counts is None:
        raise NoDataError("the data hold no single events, which have domains; give events or acts")
    every = counts.filter(pl.col("period").is_between(first, last))
    by = every.group_by("state_a", "state_b").agg(
        events=pl.col("count").sum(), own=pl.col("count").filter(pl.col("domain") == domain).sum(),
        each=pl.struct("domain", "count"),
    )  # fmt: skip
    one, two = sorted((a, b))
    own = (pl.col("state_a") == one) & (pl.col("state_b") == two)
    mine = by.filter(own, pl.col("events") > 0)
    if mine.is_empty():
        raise NoDataError(
            f"no cooperation of {a}-{b} with a domain in that time; give another time"
        )
    n = np.zeros(len(DOMAINS))
    for row in mine["each"][0].to_list():
        n[DOMAINS.index(row["domain"])] += row["count"]
    rng = np.random.default_rng([seed, zlib.crc32(f"{one}-{two}".encode())])
    shares = dirichlet_draws(perks(n, 1.0), draws, rng)
    chosen = DOMAINS.index(domain)
    others = by.filter(~own, pl.col("events") >= _FEWEST).sort("state_a", "state_b")
    return DomainShare(
        band_of(shares[:, chosen]), float((shares.argmax(axis=1) == chosen).mean()),
        DOMAINS[int(n.argmax())], float(n.sum()), tuple((others["own"] / others["events"]).to_list()),
    )  # fmt: skip


_PARTS = {
    "part": pl.String, "side": pl.String, "value": pl.Float64, "lo90": pl.Float64, "hi90": pl.Float64,
    "percentile": pl.Float64, "percentile_lo90": pl.Float64, "percentile_hi90": pl.Float64,
    "year": pl.Int64, "what": pl.String, "layer": pl.String,
}  # fmt: skip


def _animosity_row(
    values: Array, place: tuple[float, float, float], thirds: int, year: int
) -> dict[str, object]:
    lo, mid, hi = band_of(values)
    return {
        "part": "animosity", "side": "animosity", "value": mid, "lo90": lo, "hi90": hi,
        "percentile": place[1], "percentile_lo90": place[0], "percentile_hi90": place[2],
        "year": year, "what": f"coldness of both to {thirds} third states, by engagement",
    }  # fmt: skip


def _drawn(
    m: Measurement, rows: tuple[NDArray[np.intp], NDArray[np.intp]], weight: Array, at: int, draws: int,
    rng: np.random.Generator, held: NDArray[np.bool_],
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Animosity over time (3, time), its draws in the period read, and the coldness of both then."""
    path, values = np.full((3, len(m.periods)), np.nan), np.zeros(draws)
    cold_a = cold_b = np.zeros((draws, weight.size))
    for t in [*(t for t in range(len(m.periods)) if t != at), at]:
        cold_a, cold_b = (_cold_draws(m, own, held, t, draws, rng) for own in rows)
        values = (weight * cold_a * cold_b).sum(axis=1)
        path[:, t] = np.quantile(values, BAND)
    return path, values, cold_a, cold_b


def _no_domains(
    domains: pl.DataFrame | None, shares: pl.DataFrame | None, dyad: str, window: int
) -> list[str]:
    """Why the domains are not known; empty where they are."""
    if domains is None:
        return ["domains: the data hold no single events; give events or acts"]
    if shares is None:
        return [f"domains: no cooperation of {dyad} with a domain in the {window} periods read"]
    return []


def _others(w: Coldness, a: int, b: int) -> Array:
    """Animosity of every other measured dyad in the first period of these."""
    measured = np.triu(w.row >= 0, 1)
    measured[min(a, b), max(a, b)] = False
    return np.asarray(animosity(w, 0)[measured], dtype=float)


def _p_warm(m: Measurement, row: int, at: int) -> float:
    return NormalDist(m.neutral, max(m.sd[row, at], 1e-12)).cdf(m.mean[row, at])


def bond_of(
    m: Measurement, a: str, b: str, layers: Mapping[str, Layer] | None = None, *,
    domains: pl.DataFrame | None = None, window: int = 10, draws: int = 1000, seed: int = 1, at: int = -1,
) -> Bond:  # fmt: skip
    """Read what the tie of A and B rests on.

    Parameters
    ----------
    m : Measurement
        Of cordiality, of as much of the world as there is: third states make the animosities.
    a, b : str
        ISO3.
    layers : mapping of str to Layer, optional
        By name; parts that none holds are named in ``absent``.
    domains : polars.DataFrame, optional
        As `quadrille.panel.domains.domain_counts` makes it.
    window : int
        Periods whose cooperation makes up the domains, the last being the one read.
    draws, seed : int
    at : int
        Which period; the last by default.

    Raises
    ------
    NoDataError
        The tie is not measured.
    OptionError
        The measurement is not of cordiality.
    """
    m.row(a, b)
    layers = layers or {}
    at = at % len(m.periods)
    held = existing(m)
    w = coldness(m, slice(at, at + 1), held)
    ia, ib = w.states.index(a), w.states.index(b)
    thirds = _thirds(w, ia, ib)
    weight = np.sqrt(w.engaged[ia, thirds] * w.engaged[ib, thirds])
    rng = np.random.default_rng([seed, zlib.crc32("-".join(sorted((a, b))).encode())])
    pairs = w.row[ia, thirds], w.row[ib, thirds]
    path, values, cold_a, cold_b = _drawn(m, pairs, weight, at, draws, rng, held)
    path[:, ~held[m.row(a, b)]] = np.nan  # before there was a tie
    others = _others(w, ia, ib)
    place = percentile(others, values)
    rows, absent, missing = _goal_rows(layers, m.dyads, a, b, m.periods[at].year)
    goals = float(np.mean([r["percentile"] for r in rows])) if rows else float("nan")
    standing = band_of(place) if others.size else (np.nan, np.nan, np.nan)
    rows.append(_animosity_row(values, standing, thirds.size, m.periods[at].year))
    ratio = place / (place + goals) if rows[:-1] and others.size else np.full(1, np.nan)
    first = m.periods[max(0, at - window + 1)]
    shares, one = _domain_rows(domains, a, b, first, m.periods[at], draws, rng)
    missing += _no_domains(domains, shares, f"{a}-{b}", window)
    known = {name: layers[name].citation for r in rows if (name := str(r.get("layer"))) in layers}
    return Bond(
        a, b, m.origin, m.frequency, m.unit, m.neutral,
        _p_warm(m, m.row(a, b), at), m.periods[at], others.size,
        pl.DataFrame(rows, schema=_PARTS).with_columns(pl.col(pl.Float64).fill_nan(None)),
        goals, standing, band_of(ratio),
        _adversaries(w, thirds, cold_a, cold_b, weight, others, _evidence(m, pairs, (a, b), at, held)),
        m.periods, path, shares, window, one, m.observations.panel.kind == "acts", known, absent,
        tuple(missing),
    )  # fmt: skip
