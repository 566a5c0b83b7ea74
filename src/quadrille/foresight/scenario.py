"""What would become of a tie if other ties went a certain way: two readings, side by side.

*See*: the conditions are observed to hold, whatever drives them; every shock may answer for them, and so
what usually goes with them comes along. *Do*: they are brought about by the conditioned ties' own shocks
alone. An own shock is the part of a tie's innovation that no other tie's innovation of the same period
explains (the tie is ordered last in the Cholesky factor): the other ties answer it from the next period
on. Where a common cause moves both ties within a period, *see* counts it and *do* does not.

Antolín-Díaz, Petrella & Rubio-Ramírez (2021), *Journal of Monetary Economics* 117: 798-815. The parameters
are not learnt anew from the conditions; equalities enter by their density, bounds by sampling weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import chi2

from quadrille.coupling import Coupled, Draws
from quadrille.coupling import Diagnostics as CoupledDiagnostics
from quadrille.errors import OptionError
from quadrille.foresight.conditions import Condition, Resolved, resolve_condition
from quadrille.kernels import effective_draws, pareto_k
from quadrille.kernels.conditional import System, given, restricted_moments, truncated_normal
from quadrille.panel import FREQUENCIES

__all__ = ["Reading", "Scenario", "Way", "what_if"]

Array = NDArray[np.float64]
Way: TypeAlias = Literal["see", "do"]
IDENTIFICATION: dict[Way, str] = {
    "see": "the conditions are observed; any shock may have brought them about",
    "do": "the conditioned ties are moved by their own shocks alone, which no other tie's innovation of "
    "the same period explains (ordered last); other ties answer from the next period on",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The forecast of one tie under the conditions, in one way of reading them.

    Attributes
    ----------
    way : {"see", "do"}
    identification : str
    paths, base : ndarray, shape (draw, step)
        The tie with and without the conditions, on the model's scale, from the same shocks.
    mean, base_mean : ndarray, shape (draw, step)
        Expected paths in each draw.
    parts : ndarray, shape (condition, step)
        What each condition adds to the expected path, averaged over draws; bounds count where they
        came to lie.
    kl : float
        Implausibility: median over draws of the Kullback-Leibler divergence, in nats, of the scenario
        from the unconditional forecast, its mean moved and its spread as usual.
    surprise : float
        Probability that the unconditional forecast strays at least as far (chi-squared), the mean
        over draws.
    effective, pareto_k : float
        Effective number of draws after weighting by bounds, and the tail of the weights; without bounds
        all of them, and 0.
    possible : float
        Probability of the bounds, given the equalities; 1 without bounds.
    """

    way: Way
    identification: str
    paths: Array
    base: Array
    mean: Array
    base_mean: Array
    parts: Array
    kl: float
    surprise: float
    effective: float
    pareto_k: float
    possible: float

    @property
    def trusted(self) -> bool:
        """At least 200 effective draws, and a tail of weights that allows averaging."""
        return self.effective >= 200 and self.pareto_k <= 0.7


@dataclass(frozen=True, slots=True)
class Scenario:
    """One tie's future under conditions on others.

    Attributes
    ----------
    tie : str
        Label such as ``PAK-RUS``.
    conditions : tuple of str
        The exact conditions, in words.
    periods : tuple of date, length step
        First days of the periods forecast.
    months : tuple of int, length step
        Months after the last period of the data.
    frequency, origin, facet : str
    neutral : float
        Level above which a tie is called warm.
    last : date
        Last period of the data.
    p_warm_now : float
        P(the tie is warm in the last period).
    readings : tuple of Reading
    conditioned : dict of str to ndarray, shape (draw, step)
        Paths of the conditioned ties as *seen*.
    diagnostics : quadrille.coupling.Diagnostics
        Of the model.
    provenance : dict
    """

    tie: str
    conditions: tuple[str, ...]
    periods: tuple[date, ...]
    months: tuple[int, ...]
    frequency: str
    origin: str
    facet: str
    neutral: float
    last: date
    p_warm_now: float
    readings: tuple[Reading, ...]
    conditioned: dict[str, Array]
    diagnostics: CoupledDiagnostics
    provenance: dict[str, Any]

    def to_polars(self) -> pl.DataFrame:
        """One row a reading and period.

        Returns
        -------
        polars.DataFrame
            ``way, period, month``; ``net, net_lo90, net_hi90``: net cooperation under the conditions;
            ``base_net, base_lo90, base_hi90``: without them; ``diff, diff_lo90, diff_hi90``: what the
            conditions change in the expected path, on the model's scale; ``p_warm, base_p_warm``:
            P(warm in the period); ``p_stays, base_p_stays``: P(never cold up to the period).
        """
        return pl.concat(self._table(r) for r in self.readings)

    def _table(self, r: Reading) -> pl.DataFrame:
        columns: dict[str, Any] = {
            "way": [r.way] * len(self.periods),
            "period": pl.Series(self.periods, dtype=pl.Date),
            "month": list(self.months),
        }
        for name, paths in (("", r.paths), ("base_", r.base)):
            lo, mid, hi = np.tanh(np.quantile(paths, (0.05, 0.5, 0.95), axis=0) / 2)
            columns |= {f"{name}net": mid, f"{name or 'net_'}lo90": lo, f"{name or 'net_'}hi90": hi}
        lo, mid, hi = np.quantile(r.mean - r.base_mean, (0.05, 0.5, 0.95), axis=0)
        columns |= {"diff": mid, "diff_lo90": lo, "diff_hi90": hi}
        for name, paths in (("", r.paths), ("base_", r.base)):
            warm = paths > self.neutral
            columns[f"{name}p_warm"] = warm.mean(axis=0)
            columns[f"{name}p_stays"] = np.logical_and.accumulate(warm, axis=1).mean(axis=0)
        return pl.DataFrame(columns)

    def survival(self) -> pl.DataFrame:
        """One row a reading: how long the tie stays warm, with and without the conditions.

        Returns
        -------
        polars.DataFrame
            ``way``; ``p_warm, base_p_warm`` at the end; ``p_stays, base_p_stays`` up to the end;
            ``months, base_months``: expected months until it first is cold, counted to the end of the
            forecast at most.
        """
        step = self.months[0]
        rows: list[dict[str, Any]] = []
        for r in self.readings:
            row: dict[str, Any] = {"way": r.way}
            for name, paths in (("", r.paths), ("base_", r.base)):
                warm = paths > self.neutral
                stays = np.logical_and.accumulate(warm, axis=1)
                row[f"{name}p_warm"] = float(warm[:, -1].mean())
                row[f"{name}p_stays"] = float(stays[:, -1].mean())
                row[f"{name}months"] = float(stays.sum(axis=1).mean() * step)
            rows.append(row)
        return pl.DataFrame(rows)


class _Plan(NamedTuple):
    """All conditions laid end to end: values of equalities first, bounds after."""

    where: NDArray[np.int64]
    groups: NDArray[np.int64]
    centre: Array
    spread: Array
    low: Array
    high: Array
    relative: NDArray[np.bool_]

    @property
    def bounded(self) -> NDArray[np.bool_]:
        return np.isfinite(self.low) | np.isfinite(self.high)


def _plan(model: Coupled, conditions: Sequence[Condition], found: Sequence[Resolved]) -> _Plan:
    rows = [model.index(*c.tie.split("-")) for c in conditions]
    where = np.concatenate(
        [
            np.stack([r.steps, np.full(len(r.steps), i)], axis=1)
            for r, i in zip(found, rows, strict=True)
        ]
    )
    groups = np.concatenate([np.full(len(r.steps), k) for k, r in enumerate(found)])
    parts = (
        np.concatenate([r.centre for r in found], axis=1),
        *(np.concatenate([getattr(r, n) for r in found]) for n in ("spread", "low", "high")),
        np.concatenate([np.full(len(r.steps), r.relative) for r in found]),
    )
    plan = _Plan(where, groups, *parts)
    if len(np.unique(where, axis=0)) < len(where):
        twice = next(i for i in range(len(where)) if (where[:i] == where[i]).all(axis=1).any())
        raise OptionError(
            f"{conditions[groups[twice]].tie}: two conditions on the same period; give one of them "
            "other months"
        )
    order = np.argsort(plan.bounded, kind="stable")
    return _Plan(where[order], groups[order], plan.centre[:, order], *(a[order] for a in plan[3:]))


def _factor(sigma: Array, tail: Sequence[int]) -> Array:
    """P with P P' = Sigma, the shocks of the series in ``tail`` last, rows in the old order."""
    n = sigma.shape[-1]
    order = np.array([i for i in range(n) if i not in tail] + list(tail))
    root = np.linalg.cholesky(sigma[:, order][:, :, order])
    return np.asarray(root[:, np.argsort(order)])


def _values(
    plan: _Plan, system: System, free: NDArray[np.int64], noise: Array, uniform: Array
) -> tuple[Array, Array, Array]:
    """What the restricted values are in each draw, their means, and log weights of the bounds."""
    draws, steps, _ = noise.shape
    none = np.zeros((0, 2), np.int64), free, np.zeros((draws, 0)), np.zeros((draws, 0))
    usual = given(system, *none, np.zeros(0, np.int64), noise)
    at = (slice(None), plan.where[:, 0], plan.where[:, 1])
    target = plan.centre + np.where(plan.relative, usual.base_mean[at], 0.0)
    own = np.where(np.isnan(plan.spread), usual.base[at] - usual.base_mean[at], 0.0)
    jitter = np.nan_to_num(plan.spread) * uniform[0]
    value = target + own + jitter
    tied = plan.bounded
    log_w = np.zeros(draws)
    if tied.any():
        still = noise.copy()
        still[:, :, free] = 0.0
        mean = given(system, *none, np.zeros(0, np.int64), still).base[at]
        _, cov = restricted_moments(system, steps, plan.where, free)
        e, i = np.flatnonzero(~tied), np.flatnonzero(tied)
        centre, spread = mean[:, i], cov[:, i][:, :, i]
        if e.size:
            gain = np.linalg.solve(cov[:, e][:, :, e], cov[:, e][:, :, i]).transpose(0, 2, 1)
            centre = centre + (gain @ (value[:, e] - mean[:, e])[:, :, None])[:, :, 0]
            spread = spread - gain @ cov[:, e][:, :, i]
        cut = truncated_normal(centre, spread, plan.low[i], plan.high[i], uniform[1][:, i])
        value[:, i], log_w = cut.draws, cut.log_w
        target[:, i] = value[:, i]
    return value, target, log_w


def _read(
    way: Way, plan: _Plan, draws: Draws, row: int, steps: int, seed: int
) -> tuple[Reading, Array]:
    """One reading of the tie in ``row``, and the paths of all ties."""
    lags, n = draws.A.shape[1], draws.c.shape[1]
    tail = sorted(set(plan.where[:, 1].tolist()))
    free = np.arange(n) if way == "see" else np.arange(n - len(tail), n)
    system = System(
        draws.c, draws.A, _factor(draws.Sigma, tail), draws.x[:, :, -lags:].transpose(0, 2, 1)
    )
    rng = np.random.default_rng(seed)
    count, k = len(draws.c), len(plan.where)
    noise = rng.standard_normal((count, steps, n))
    uniform = np.stack([rng.standard_normal((count, k)), rng.random((count, k))])
    value, target, log_w = _values(plan, system, free, noise, uniform)
    got = given(system, plan.where, free, value, target, plan.groups, noise)
    kept = np.arange(count)
    effective, tail_k, possible = float(count), 0.0, 1.0
    if plan.bounded.any():
        w = np.exp(log_w - log_w.max())
        grid = (np.arange(count) + rng.random()) / count
        kept = np.searchsorted(np.cumsum(w / w.sum()), grid).clip(max=count - 1)
        effective, tail_k = float(effective_draws(log_w[None])[0]), pareto_k(log_w)
        possible = float(np.exp(log_w).mean())
    reading = Reading(
        way, IDENTIFICATION[way], got.draws[kept, :, row], got.base[:, :, row], got.mean[kept, :, row],
        got.base_mean[kept, :, row], got.parts[:, kept, :, row].mean(axis=1),
        float(np.median(got.distance[kept]) / 2), float(chi2.sf(got.distance[kept], k).mean()),
        effective, tail_k, possible,
    )  # fmt: skip
    return reading, got.draws[kept]


def _ahead(model: Coupled, steps: int) -> tuple[tuple[date, ...], tuple[int, ...]]:
    every = FREQUENCIES[model.frequency]  # type: ignore[index]
    start = model.periods[-1]
    days = pl.select(
        pl.lit(start)
        .dt.offset_by(pl.format("{}" + every[1:], pl.int_range(1, steps + 1)))
        .alias("d")
    )["d"]
    per = {"M": 1, "Q": 3, "Y": 12}[model.frequency]
    return tuple(days.to_list()), tuple(per * (k + 1) for k in range(steps))


def what_if(
    model: Coupled,
    a: str,
    b: str,
    conditions: Sequence[Condition],
    horizon: int = 36,
    ways: Sequence[Way] = ("see", "do"),
    draws: int = 4000,
    seed: int = 1,
) -> Scenario:
    """Forecast the tie A-B under conditions on ties.

    Parameters
    ----------
    model : Coupled
    a, b : str
        ISO3.
    conditions : sequence of Condition
    horizon : int
        Months.
    ways : sequence of {"see", "do"}
    draws, seed : int
        Posterior draws used, at most; the same seed gives the same paths.

    Raises
    ------
    OptionError
        No condition; one on the tie itself; two on the same tie and period; a horizon that is too
        short.
    NoDataError
        The model lacks a tie, or the data the years named.
    """
    if not conditions:
        raise OptionError(
            "a scenario needs a condition, such as 'PAK-USA normalises over 24 months'"
        )
    row = model.index(a, b)
    tie = model.dyads[row]
    if tie in {c.tie for c in conditions}:
        raise OptionError(f"{tie}: a condition on the tie that is asked about answers itself")
    per = {"M": 1, "Q": 3, "Y": 12}.get(model.frequency)
    if per is None:
        raise OptionError(
            f"scenarios are counted in months; data by {model.frequency} are too fine"
        )
    steps = max(1, round(horizon / per))
    chosen = model.stacked(draws)
    found = [resolve_condition(c, model, chosen, steps) for c in conditions]
    plan = _plan(model, conditions, found)
    made = {way: _read(way, plan, chosen, row, steps, seed) for way in ways}
    periods, months = _ahead(model, steps)
    shown = next(iter(made.values()))[1]
    return Scenario(
        tie, tuple(c.echo(model.frequency) for c in conditions), periods, months, model.frequency,
        model.origin, model.facet, model.neutral, model.periods[-1],
        float((chosen.x[:, row, -1] > model.neutral).mean()), tuple(r for r, _ in made.values()),
        {c.tie: shown[:, :, model.index(*c.tie.split("-"))] for c in conditions},
        model.diagnostics, model.provenance,
    )  # fmt: skip
