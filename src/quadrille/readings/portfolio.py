r"""How a state's cooperation is spread over partners and over domains.

With :math:`p_j` the share of partner j in the state's cooperative events of a window:

- *effective partners* :math:`1/\sum_j p_j^2` (Laakso & Taagepera 1979; the inverse of Herfindahl and
  Hirschman's index): n equal partners count n, one alone counts 1;
- *largest dependence* :math:`\max_j p_j`, with its name;
- *among major powers*: the share that goes to major powers of the year, and the effective number
  among them.

Shares have a Dirichlet posterior (`quadrille.kernels.perks`), counts divided by how often one thing is
reported, so every index is a distribution. News cover some states far more than others: the
*corrected* shares divide each partner's count by the count expected from how much both are in the
news (`quadrille.kernels.expected_counts`), shrunk where little is expected.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.coding.record import DOMAINS
from quadrille.economy.dependence import Dependence
from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.kernels.margins import expected_counts
from quadrille.kernels.shares import (
    dirichlet_draws,
    expected_concentration,
    perks,
    relative_draws,
    shrinkage_size,
)
from quadrille.measure.model import measure
from quadrille.measure.result import Measurement
from quadrille.panel.build import FREQUENCIES, Panel
from quadrille.panel.domains import cooperation
from quadrille.panel.facets import facet
from quadrille.results import Result
from quadrille.states.powers import major_powers

__all__ = [
    "DomainSpread",
    "Portfolio",
    "default_window",
    "domain_spread_of",
    "portfolio_of",
    "repeat_scale",
    "reports_per_event",
    "world_partners",
]

# A state's place in the world is read where it, and ten others, have this many events a window.
_ENOUGH, _WORLD = 30, 10
_YEARS = {"Y": 1, "Q": 4, "M": 12}


def default_window(panel: Panel) -> int:
    """Periods pooled: a year of counted events, ten years of hand-coded acts, which are few."""
    if panel.frequency not in _YEARS:
        raise OptionError("a portfolio is read by month, quarter or year; give frequency M, Q or Y")
    return _YEARS[panel.frequency] * (10 if panel.kind == "acts" else 1)


def repeat_scale(m: Measurement, state: str) -> float:
    r"""How often one thing is reported in a state's counts, by events.

    N reports of a dyad and period are worth :math:`N / (1 + (N - 1) \omega/(1 + \omega))` independent
    events (`quadrille.measure.counts`). Acts of a chronicle are coded once each: 1.
    """
    obs = m.observations
    if obs.panel.kind != "counts":
        return 1.0
    own = (m.dyads == state).any(axis=1)
    if not own.any():
        raise NoDataError(f"{obs.panel.origin}: nothing is recorded between {state} and any state")
    n, omega = np.nan_to_num(m.n[own]), m.omega[own, None]
    repeats = 1.0 + np.maximum(n - 1.0, 0.0) * omega / (1.0 + omega)
    return float(np.average(repeats, weights=n + 1e-9))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Portfolio(Result):
    """One state's cooperation, spread over partners and domains.

    Attributes
    ----------
    state, origin, frequency : str
    window : int
        Periods pooled, the named one being the last.
    scale : float
        Reports per independent event.
    periods : tuple of date, length time
    partners : tuple of str, length partner
    n : ndarray, shape (time, partner)
        Cooperative events in the window.
    shares, corrected : ndarray, shape (3, time, partner)
        5%, 50%, 95% of each partner's share; corrected for media attention, NaN where it cannot be.
    effective, largest, majors, majors_effective, percentile, corrected_effective, corrected_largest :
        ndarray, shape (draw, time)
        The indices; NaN where not known. ``percentile`` is the place of ``effective`` among the
        states of the world that year, 0 to 100.
    powers : tuple of tuple of str, length time
        The major powers of each period, the state itself left out.
    domains : ndarray, shape (3, time, domain), or None
        Shares over `quadrille.coding.record.DOMAINS`; None for data without domains.
    domain_n : ndarray, shape (time,), or None
    coded : bool
        Of acts that people chose and coded: shares then measure the record, not the state.
    against : int
        Index of the period that the last one is compared with.
    acts : str
        Of an index, which holds no acts: the source that the shares are from; empty: the data themselves.
    dependence : Dependence or None
        On whom the state depends for arms and trade, up to the last period.
    """

    kind: ClassVar[str] = "portfolio"
    state: str
    origin: str
    frequency: str
    window: int
    scale: float
    periods: tuple[date, ...]
    partners: tuple[str, ...]
    n: Array
    shares: Array
    corrected: Array
    effective: Array
    largest: Array
    majors: Array
    majors_effective: Array
    percentile: Array
    corrected_effective: Array
    corrected_largest: Array
    powers: tuple[tuple[str, ...], ...]
    domains: Array | None
    domain_n: Array | None
    coded: bool
    against: int
    acts: str = ""
    dependence: Dependence | None = None

    @property
    def label(self) -> str:
        """ISO3 of the state."""
        return self.state

    def to_polars(self) -> pl.DataFrame:
        """One row a period: events, largest partner, and each index with its 90% band."""
        top = self.shares[1].argmax(axis=1)
        columns: dict[str, object] = {
            "period": pl.Series(self.periods, dtype=pl.Date),
            "n": self.n.sum(axis=1),
            "largest_partner": [self.partners[j] for j in top],
        }
        for name in (
            "effective", "largest", "majors", "majors_effective", "percentile",
            "corrected_effective", "corrected_largest",
        ):  # fmt: skip
            for at, end in zip(
                _quantiles(getattr(self, name)), ("_lo90", "", "_hi90"), strict=True
            ):
                columns[f"{name}{end}"] = at
        return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))

    def partner_table(self, at: int = -1) -> pl.DataFrame:
        """Partners of one period, largest first, with the change of the share since `against`."""
        lo, mid, hi = self.shares[:, at]
        corrected = self.corrected[:, at]
        return (
            pl.DataFrame(
                {
                    "partner": self.partners,
                    "events": self.n[at],
                    "share": mid, "lo90": lo, "hi90": hi,
                    "change": mid - self.shares[1, self.against],
                    "corrected": corrected[1],
                    "corrected_lo90": corrected[0], "corrected_hi90": corrected[2],
                    "major": [p in self.powers[at] for p in self.partners],
                }
            )
            .with_columns(pl.col(pl.Float64).fill_nan(None))
            .sort("share", "partner", descending=[True, False])
        )  # fmt: skip

    def domain_table(self, at: int = -1) -> pl.DataFrame | None:
        """Domains of one period, largest first; None for data without domains."""
        if self.domains is None:
            return None
        lo, mid, hi = self.domains[:, at]
        return pl.DataFrame(
            {
                "domain": DOMAINS, "share": mid, "lo90": lo, "hi90": hi,
                "change": mid - self.domains[1, self.against],
            }
        ).sort("share", descending=True)  # fmt: skip

    def change(self, name: str = "effective") -> tuple[float, float, float, float]:
        """5%, 50%, 95% of an index in the last period less that in `against`, and P(it rose)."""
        values = getattr(self, name)
        gap = values[:, -1] - values[:, self.against]
        lo, mid, hi = (float(q) for q in _quantiles(gap[:, None])[:, 0])
        return lo, mid, hi, float((gap > 0).mean())


def _quantiles(draws: Array) -> Array:
    return np.quantile(draws, BAND, axis=0)


def _trailing(values: Array, window: int) -> Array:
    """Sums over the last ``window`` entries of the first axis."""
    total = np.cumsum(values, axis=0)
    total[window:] = total[window:] - total[:-window]
    return total


def _cube(data: pl.DataFrame, states: Sequence[str], periods: Sequence[date], value: str) -> Array:
    """Symmetric counts, shape ``(time, state, state)``."""
    at = {s: i for i, s in enumerate(states)}
    when = {p: i for i, p in enumerate(periods)}
    cube = np.zeros((len(periods), len(states), len(states)))
    i = data["state_a"].replace_strict(at, return_dtype=pl.Int64).to_numpy()
    j = data["state_b"].replace_strict(at, return_dtype=pl.Int64).to_numpy()
    t = data["period"].replace_strict(when, return_dtype=pl.Int64).to_numpy()
    np.add.at(cube, (t, i, j), data[value].to_numpy())
    return cube + cube.transpose(0, 2, 1)


def _place(effective: Array, alpha: Array, enough: NDArray[np.bool_], own: int) -> Array:
    """Percentile of each draw among the other states' expected effective numbers."""
    if enough.sum() < _WORLD or not enough[own]:
        return np.full(effective.shape, np.nan)
    others = np.delete(1.0 / expected_concentration(alpha), own)[np.delete(enough, own)]
    below = (others[None] < effective[:, None]).mean(axis=1)
    same = (others[None] == effective[:, None]).mean(axis=1)
    return np.asarray(100.0 * (below + same / 2.0), dtype=float)


class _Pooled(NamedTuple):
    """Cooperation and all events of dyads in trailing windows, shape ``(time, state, state)``."""

    states: list[str]
    periods: list[date]
    window: int
    coop: Array
    total: Array


def _pooled(panel: Panel, window: int) -> _Pooled:
    data = cooperation(panel)
    states = sorted({*data["state_a"], *data["state_b"]})
    first, last = panel.span
    periods = list(pl.date_range(first, last, FREQUENCIES[panel.frequency], eager=True))
    window = min(window, len(periods))
    coop, total = (_trailing(_cube(data, states, periods, c), window) for c in ("coop", "total"))
    return _Pooled(states, periods, window, coop, total)


def world_partners(panel: Panel) -> pl.DataFrame:
    """Effective partners of every state and period, one over the posterior mean of concentration.

    Returns
    -------
    polars.DataFrame
        ``state, period, effective, n``; a state without cooperation in the window has no row.
    """
    states, periods, _, coop, _ = _pooled(panel, default_window(panel))
    off = ~np.eye(len(states), dtype=bool)
    alpha = perks(coop[:, off].reshape(len(periods), len(states), -1), 1.0)
    return pl.DataFrame(
        {
            "state": states * len(periods),
            "period": pl.Series([p for p in periods for _ in states], dtype=pl.Date),
            "effective": (1.0 / expected_concentration(alpha)).ravel(),
            "n": coop.sum(axis=2).ravel(),
        }
    ).filter(pl.col("n") > 0)


def _attention(total: Array) -> Array:
    """Counts expected from the margins, shape ``(state, state)``."""
    first, second = np.triu_indices(total.shape[0], 1)
    fit = expected_counts(first, second, total[first, second], total.shape[0])
    made = np.zeros_like(total)
    made[first, second] = fit
    return made + made.T


def _over_majors(shares: Array, chosen: NDArray[np.bool_]) -> tuple[Array, Array]:
    if not chosen.any():
        return np.full((2, shares.shape[0]), np.nan)  # type: ignore[return-value]
    part = shares[:, chosen]
    total = part.sum(axis=1)
    return total, total**2 / (part**2).sum(axis=1)


def portfolio_of(
    panel: Panel,
    state: str,
    *,
    scale: float = 1.0,
    domains: pl.DataFrame | None = None,
    window: int | None = None,
    against: int | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Portfolio:
    """Read one state's portfolio.

    Parameters
    ----------
    panel : Panel
        Of counts, events or acts.
    state : str
        ISO3.
    scale : float
        Reports per independent event, see `repeat_scale`.
    domains : polars.DataFrame, optional
        As `quadrille.panel.domains.domain_counts` makes it.
    window : int, optional
        Periods pooled; see `default_window`.
    against : int, optional
        Year that the last period is compared with; by default ten years earlier, or as near as there is.
    draws, seed : int

    Returns
    -------
    Portfolio
        Over the periods whose window lies whole in the record and holds cooperation of the state; the
        last one alone where the record is shorter than the window.

    Raises
    ------
    NoDataError
        No cooperation of the state is recorded.
    OptionError
        The data cannot show shares, the window is shorter than a period, or the portfolio is not known
        for the year ``against``.
    """
    window = default_window(panel) if window is None else window
    if window < 1:
        raise OptionError(f"a window of {window} periods holds nothing; give 1 or more")
    panel.require([state])
    states, periods, window, coop, total = _pooled(panel, window)
    own = states.index(state) if state in states else -1
    if own < 0 or not coop[:, own].any():
        raise NoDataError(f"{panel.origin}: no cooperation of {state} is recorded; give other data")
    others = np.arange(len(states)) != own
    # A window that begins before the record would be compared with whole ones.
    whole = np.arange(len(periods)) >= window - 1
    kept = np.flatnonzero((coop[:, own].sum(axis=1) > 0) & whole)
    if kept.size == 0:
        raise NoDataError(
            f"{panel.origin}: no cooperation of {state} in any {window} whole periods; give a "
            "shorter window"
        )
    days = [periods[t] for t in kept]
    compared = _compared(days, against)
    partners = tuple(s for s in states if s != state)
    rng = np.random.default_rng([seed, zlib.crc32(state.encode())])
    corrects = panel.kind == "counts" and len(states) >= _WORLD
    parts = [
        _one(coop[t], total[t], own, others, partners, periods[t].year, scale, corrects, draws, rng)
        for t in kept
    ]
    index = {k: np.stack([p.index[k] for p in parts], axis=1) for k in parts[0].index}
    spread, spread_n = _domains(domains, state, days, periods, window, scale,
                                draws, rng)  # fmt: skip
    return Portfolio(
        state, panel.origin, panel.frequency, window, scale, tuple(days),
        partners, coop[kept, own][:, others],
        np.stack([p.shares for p in parts], axis=1), np.stack([p.corrected for p in parts], axis=1),
        powers=tuple(p.powers for p in parts), domains=spread, domain_n=spread_n,
        coded=panel.kind == "acts", against=compared, **index,  # type: ignore[arg-type]
    )  # fmt: skip


def _compared(periods: Sequence[date], year: int | None) -> int:
    """Index of the period to compare with: of that year, else closest to ten years before the last."""
    if year is None:
        return int(np.argmin([abs(p.year - periods[-1].year + 10) for p in periods]))
    years = [p.year for p in periods]
    if year not in years:
        raise OptionError(
            f"against {year}: the portfolio is known for {years[0]} to {years[-1]}; give one of these years"
        )
    return years.index(year)


@dataclass(frozen=True, slots=True)
class _Part:
    shares: Array
    corrected: Array
    index: dict[str, Array]
    powers: tuple[str, ...]


def _one(
    coop: Array, total: Array, own: int, others: NDArray[np.bool_], partners: tuple[str, ...],
    year: int, scale: float, corrects: bool, draws: int, rng: np.random.Generator,
) -> _Part:  # fmt: skip
    """One window: ``coop, total (state, state)``."""
    counts = coop[own, others]
    shares = dirichlet_draws(perks(counts, scale), draws, rng)
    powers = tuple(p for p in major_powers(year) if p in partners)
    majors, among = _over_majors(shares, np.isin(partners, powers))
    effective = 1.0 / (shares**2).sum(axis=1)
    whole = coop.sum(axis=1)
    off = ~np.eye(coop.shape[0], dtype=bool)
    alpha = perks(coop[off].reshape(coop.shape[0], -1), scale)
    corrected = np.full((draws, counts.size), np.nan)
    if corrects:
        expected = _attention(total)[own, others]
        expected *= counts.sum() / expected.sum() / scale
        size = shrinkage_size(counts / scale, expected)
        corrected = relative_draws(counts / scale, expected, size, draws, rng)
    return _Part(
        _quantiles(shares),
        _quantiles(corrected),
        {
            "effective": effective,
            "largest": shares.max(axis=1),
            "majors": majors,
            "majors_effective": among,
            "percentile": _place(effective, alpha, whole >= _ENOUGH, own),
            "corrected_effective": 1.0 / (corrected**2).sum(axis=1),
            "corrected_largest": corrected.max(axis=1),
        },
        powers,
    )


class DomainSpread(NamedTuple):
    """Partners of a state in one domain against partners in all of its cooperation.

    ``ratio`` is effective partners in the domain over those in all: 5%, 50% and 95% points; ``domain`` and ``all`` are
    the two medians, ``events`` the cooperative events of the domain.
    """

    ratio: tuple[float, float, float]
    domain: float
    all: float
    events: float


def domain_spread_of(
    counts: pl.DataFrame | None, state: str, domain: str, *, coded: bool, scale: float = 1.0, draws: int = 1000, seed: int = 1
) -> DomainSpread:  # fmt: skip
    """Whether a state's cooperation in one domain is spread over more partners than all of it.

    Parameters
    ----------
    counts : polars.DataFrame or None
        As `quadrille.panel.domains.domain_counts` makes it.
    state : str
        ISO3.
    domain : str
    coded : bool
        Of acts that people chose and coded: their shares measure the record, not the state.
    scale : float
        Reports per independent event.
    draws, seed : int

    Raises
    ------
    NoDataError
        The data hold no single events, were chosen by people, or hold none of the domain.
    """
    if counts is None:
        raise NoDataError(
            "the data hold no single events, which have domains; give machine-coded events"
        )
    if coded:
        raise NoDataError(
            "shares of hand-coded acts measure the record, not the state; give machine-coded events"
        )
    mine = counts.filter((pl.col("state_a") == state) | (pl.col("state_b") == state)).select(
        "domain", "count", partner=pl.when(pl.col("state_a") == state).then("state_b").otherwise("state_a")
    )  # fmt: skip
    by = mine.group_by("partner").agg(
        all=pl.col("count").sum(), own=pl.col("count").filter(pl.col("domain") == domain).sum()
    )
    if by.is_empty() or not by["own"].sum():
        raise NoDataError(f"no cooperation of {state} in {domain} is recorded; give other data")
    rng = np.random.default_rng([seed, zlib.crc32(state.encode())])
    one, every = (
        1.0 / (dirichlet_draws(perks(by[name].to_numpy().astype(float), scale), draws, rng) ** 2).sum(axis=1)
        for name in ("own", "all")
    )  # fmt: skip
    lo, mid, hi = (float(v) for v in _quantiles((one / every)[:, None])[:, 0])
    return DomainSpread(
        (lo, mid, hi), float(np.median(one)), float(np.median(every)), float(by["own"].sum())
    )


def _domains(
    counts: pl.DataFrame | None, state: str, kept: list[date], periods: list[date], window: int,
    scale: float, draws: int, rng: np.random.Generator,
) -> tuple[Array | None, Array | None]:  # fmt: skip
    if counts is None:
        return None, None
    mine = counts.filter((pl.col("state_a") == state) | (pl.col("state_b") == state))
    wide = np.zeros((len(periods), len(DOMAINS)))
    when = {p: i for i, p in enumerate(periods)}
    for period, domain, count in mine.select("period", "domain", "count").iter_rows():
        wide[when[period], DOMAINS.index(domain)] += count
    pooled = _trailing(wide, window)[[when[p] for p in kept]]
    made = [_quantiles(dirichlet_draws(perks(row, scale), draws, rng)) for row in pooled]
    return np.stack(made, axis=1), pooled.sum(axis=1)


def reports_per_event(panel: Panel, state: str) -> float:
    """Reports per independent event, from the dyads of the state measured among themselves."""
    if panel.kind != "counts" or panel.cells["verbal_coop"].null_count() == panel.cells.height:
        return 1.0
    obs = facet(panel, "cordiality")
    mine = (pl.col("state_a") == state) | (pl.col("state_b") == state)
    return repeat_scale(measure(replace(obs, data=obs.data.filter(mine))), state)
