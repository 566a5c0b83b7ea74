r"""How often were we right: forecasts made again as if at past dates, and scored by what came.

Rolling origin: at every origin each method sees the periods before it and nothing else, and
forecasts the next h; the last fifth of the periods is what is forecast unless told otherwise. A
cell (origin, dyad, horizon) counts only where every method forecast it and the outcome is known, so
that all are judged on the same cells.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.combine import Combination, Remembered
from quadrille.foresight.forecasters import (
    Automatic,
    Forecast,
    Forecaster,
    Last,
    Mean,
    Measured,
    Pooled,
    Regression,
    Smoothed,
    Var,
)
from quadrille.foresight.series import Series
from quadrille.foresight.together import Together
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.scores import (
    Compared,
    Reliability,
    brier,
    crps_quantiles,
    diebold_mariano,
    energy_score,
    inside,
    log_score_quantiles,
    pit_quantiles,
    reliability,
)
from quadrille.kernels.smoothing import carry_forward

__all__ = [
    "DEFAULT_METHODS",
    "METHODS",
    "Backtest",
    "BacktestOptions",
    "Scores",
    "backtest_of",
    "default_forecaster",
    "forecaster",
    "joint_draws",
]

DEFAULT_METHODS = ("last", "mean", "rolling", "smoothing", "pooled", "regression", "combination")
_MEMBERS = ("regression", "pooled")
METHODS = (
    *DEFAULT_METHODS, "measurement", "var", "coupled", "autoets", "autoets12", "autoarima", "autoarima12",
    "autotheta",
)  # fmt: skip
_MAY_BE_NULL = ("skill_lo90", "skill_hi90", "p_value", "brier", "brier_skill")
# Values a dyad must have had before an origin for its forecast to count.
_LEAST = 3
_DRAWS = 100


def forecaster(name: str) -> Forecaster:
    """The forecaster of that name.

    Raises
    ------
    OptionError
        There is none; the message lists them.
    """
    made: dict[str, Forecaster] = {
        "last": Last(),
        "mean": Mean(),
        "rolling": Mean("rolling", 0),
        "smoothing": Smoothed(),
        "pooled": Pooled(),
        "regression": Regression(),
        "measurement": Measured(),
        "var": Var(),
        "coupled": Together(),
        "autoets": Automatic("AutoETS"),
        "autoets12": Automatic("AutoETS", 12),
        "autoarima": Automatic("AutoARIMA"),
        "autoarima12": Automatic("AutoARIMA", 12),
        "autotheta": Automatic("AutoTheta"),
    }
    if name == "combination":
        return Combination(tuple(made[m] for m in _MEMBERS))
    if name not in made:
        raise OptionError(f"unknown method {name!r}; use one of {', '.join(METHODS)}")
    return made[name]


def default_forecaster() -> Forecaster:
    """The forecaster used where none is named: the combination (docs/backtest.md says why)."""
    return forecaster("combination")


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """What to forecast, and when.

    Attributes
    ----------
    horizons : int
        Forecast 1 to so many periods ahead.
    reference : str
        The method that skill is measured against; it must be among the methods.
    score_from, score_until : date, optional
        First and last period forecast, by their first days; default: the last fifth of the periods.
    origins_before : int
        Fewest periods a method must be given.
    """

    horizons: int = 12
    reference: str = "last"
    score_from: date | None = None
    score_until: date | None = None
    origins_before: int = 7

    def span(self, series: Series) -> tuple[int, int]:
        """Index of the first period forecast, and one past the last.

        Raises
        ------
        NoDataError
            No period is left to forecast.
        """
        count = len(series.periods)
        first = int(np.ceil(0.8 * count)) if self.score_from is None else 0
        if self.score_from is not None:
            first = sum(p < self.score_from for p in series.periods)
        last = count
        if self.score_until is not None:
            last = sum(p <= self.score_until for p in series.periods)
        first = max(first, self.origins_before)
        if first >= last:
            raise NoDataError(
                f"{series.origin}: no period left to forecast of {count} from {series.periods[0]} on; at "
                f"least {self.origins_before} must come before the first"
            )
        return first, last


@dataclass(frozen=True, slots=True)
class Scores:
    """One method's scores, NaN where a cell does not count.

    Attributes
    ----------
    crps, log_score, hit, pit : ndarray, shape (origin, dyad, horizon)
        CRPS divided by the dyad's unit; minus log density of the value so divided; whether the
        central 90% held the outcome; probability integral transform.
    warm : ndarray, shape (origin, dyad, horizon)
        Forecast probability that a tie warm at the origin is warm then; NaN for ties that were not.
    energy : ndarray, shape (origin,)
        Energy score of all cells of the origin together, divided by the root of their number.
    joint : bool
        The method's own joint paths; else its margins were joined as past values were (`joint_draws`).
    seconds : float
        Spent in forecasting.
    """

    crps: Array
    log_score: Array
    hit: Array
    pit: Array
    warm: Array
    energy: Array
    joint: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The track record of several methods on the same cells.

    Attributes
    ----------
    series : Series
        What was forecast.
    options : BacktestOptions
    origins : tuple of date
        First period not known to the forecasters, in order.
    targets : (date, date)
        First and last period forecast.
    outcome_warm : ndarray, shape (origin, dyad, horizon)
        Whether the tie was warm, as `Scores.warm`.
    scores : dict of str to Scores
    """

    series: Series
    options: BacktestOptions
    origins: tuple[date, ...]
    targets: tuple[date, date]
    outcome_warm: Array
    scores: dict[str, Scores]

    @property
    def methods(self) -> tuple[str, ...]:
        """Names, in the order given."""
        return tuple(self.scores)

    def loss(self, method: str, horizon: int) -> Array:
        """Mean CRPS over dyads at each origin, shape (origin,); NaN where nothing counts."""
        cells = self.scores[method].crps[:, :, horizon - 1]
        known = ~np.isnan(cells)
        n = known.sum(axis=1)
        return np.asarray(np.nansum(cells, axis=1) / np.where(n > 0, n, np.nan), dtype=float)

    def compare(self, a: str, b: str, horizon: int) -> Compared:
        """Diebold–Mariano test of the two at a horizon, an origin's mean over dyads one time."""
        for name in (a, b):
            if name not in self.scores:
                raise OptionError(
                    f"method {name!r} was not run; there are {', '.join(self.methods)}"
                )
        return diebold_mariano(self.loss(a, horizon), self.loss(b, horizon), horizon)

    def best(self, without: tuple[str, ...] = ()) -> str:
        """The method with the smallest CRPS, horizons weighing the same."""
        names = [m for m in self.methods if m not in without]
        if not names:
            raise OptionError("no method is left to choose the best of; name more methods")
        return min(names, key=lambda m: float(np.mean(self._by_horizon(m))))

    def _by_horizon(self, method: str) -> Array:
        return np.array([np.nanmean(self.loss(method, h)) for h in self.horizons])

    @property
    def horizons(self) -> range:
        """1 to the longest."""
        return range(1, self.options.horizons + 1)

    def survival(self, method: str, horizon: int | None = None) -> Reliability | None:
        """Reliability of P(a warm tie is still warm at the horizon); all horizons if None.

        None where no tie was warm at any origin.
        """
        at = slice(None) if horizon is None else slice(horizon - 1, horizon)
        p, came = self.scores[method].warm[:, :, at].ravel(), self.outcome_warm[:, :, at].ravel()
        known = ~np.isnan(p) & ~np.isnan(came)
        return reliability(p[known], came[known]) if known.any() else None

    def to_polars(self) -> pl.DataFrame:
        """One row a method and horizon.

        Returns
        -------
        polars.DataFrame
            ``method, horizon, crps, skill, skill_lo90, skill_hi90, p_value, coverage90, log_score,
            brier, brier_skill, cells, origins``: skill is the percentage by which CRPS is smaller
            than the reference's, with the interval and p-value of the Diebold–Mariano test;
            ``brier`` scores P(still warm), its skill is over the share of warm ties that stayed
            warm in these very cells, which nobody knew beforehand.
        """
        rows = [self._row(m, h) for m in self.methods for h in self.horizons]
        kinds = {c: pl.Float64 for c in _MAY_BE_NULL}
        return pl.DataFrame(rows, schema_overrides=kinds)

    def _row(self, method: str, horizon: int) -> dict[str, object]:
        s, at, base = self.scores[method], horizon - 1, self.options.reference
        crps = np.nanmean(self.loss(method, horizon))
        other = np.nanmean(self.loss(base, horizon))
        test = self.compare(method, base, horizon)
        p, came = s.warm[:, :, at], self.outcome_warm[:, :, at]
        known = ~np.isnan(p) & ~np.isnan(came)
        score = float(brier(p, came)[known].mean()) if known.any() else None
        rate = float(came[known].mean()) if known.any() else 0.0
        cells = s.crps[:, :, at]
        return {
            "method": method,
            "horizon": horizon,
            "crps": float(crps),
            "skill": float(100.0 * (1.0 - crps / other)),
            "skill_lo90": _finite(-100.0 * test.hi / float(other)),
            "skill_hi90": _finite(-100.0 * test.lo / float(other)),
            "p_value": _finite(test.p_value),
            "coverage90": float(np.nanmean(s.hit[:, :, at])),
            "log_score": float(np.nanmean(s.log_score[:, :, at])),
            "brier": score,
            "brier_skill": _finite(100.0 * (1.0 - score / (rate * (1.0 - rate))))
            if score is not None and 0.0 < rate < 1.0
            else None,
            "cells": int(np.sum(~np.isnan(cells))),
            "origins": int(np.sum((~np.isnan(cells)).any(axis=1))),
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def joint_draws(forecast: Forecast, past: Series, seed: int = 1) -> Array:
    """Draws of all dyads and horizons together, shape (draw, dyad, horizon).

    The method's own paths, else its margins in the order in which past stretches of the same length
    were ranked (the Schaake shuffle, Clark et al. 2004): what moved together in the past moves
    together in the draws. A stretch's missing values are the last seen; ties are broken at random
    by the seed. Where the past is shorter than the horizons, order is at random.
    """
    if forecast.paths is not None:
        return forecast.paths
    rng = np.random.default_rng(seed)
    dyads, horizons, count = forecast.quantiles.shape
    stretches = past.y.shape[1] - horizons + 1
    if stretches < 2:
        level = rng.random((_DRAWS, dyads, horizons))
    else:
        known = np.nan_to_num(carry_forward(past.y))
        seen = np.lib.stride_tricks.sliding_window_view(known, horizons, axis=1)
        again = -(-_DRAWS // stretches)
        tall = np.repeat(seen.transpose(1, 0, 2), again, axis=0)
        order = np.lexsort((rng.random(tall.shape), tall), axis=0)
        rank = np.argsort(order, axis=0)
        level = (rank + rng.random(tall.shape)) / len(tall)
    place = np.minimum((level * count).astype(int), count - 1)
    return np.asarray(
        np.take_along_axis(forecast.quantiles, place.transpose(1, 2, 0), axis=2).transpose(2, 0, 1)
    )


def _memory(methods: tuple[str | Forecaster, ...]) -> list[Forecaster]:
    """Forecasters by name or as given; a combination shares its members' forecasts with them."""
    made = [forecaster(m) if isinstance(m, str) else m for m in methods]
    wanted = {x.name for m in made if isinstance(m, Combination) for x in m.members}
    kept: dict[str, Forecaster] = {m.name: Remembered(m) for m in made if m.name in wanted}
    out: list[Forecaster] = []
    for m in made:
        if isinstance(m, Combination):
            members = tuple(kept.setdefault(x.name, Remembered(x)) for x in m.members)
            out.append(replace(m, members=members))
        else:
            out.append(kept.get(m.name, m))
    return out


def _check(methods: list[Forecaster], options: BacktestOptions) -> None:
    names = [m.name for m in methods]
    if len(set(names)) != len(names):
        raise OptionError(f"methods {', '.join(names)}: each may be named once")
    if options.reference not in names:
        raise OptionError(f"the reference {options.reference!r} is not among {', '.join(names)}")
    if options.horizons < 1:
        raise OptionError(f"horizons: {options.horizons}; forecast at least one period ahead")


@first_time("the forecasting methods", 8)
def backtest_of(
    series: Series,
    methods: tuple[str | Forecaster, ...] = DEFAULT_METHODS,
    options: BacktestOptions | None = None,
) -> Backtest:
    """Forecast again from past origins, and score.

    Parameters
    ----------
    series : Series
    methods : tuple of str or Forecaster
        Names of `METHODS`, or anything that keeps the protocol.
    options : BacktestOptions, optional

    Raises
    ------
    OptionError
        An unknown, repeated or missing method, or one that cannot do these data.
    NoDataError
        No period is left to forecast, or no cell that every method forecast.
    """
    options = options or BacktestOptions()
    made = _memory(methods)
    _check(made, options)
    first, last = options.span(series)
    h = options.horizons
    starts = range(max(options.origins_before, first - h + 1), last)
    unit = np.ones(len(series.y))
    if series.own_unit:
        unit = np.nanmean(np.abs(series.y), axis=1)
    truth = np.full((len(starts), len(series.y), h), np.nan)
    for i, t in enumerate(starts):
        ahead = np.arange(t, min(t + h, last))
        cells = np.where(ahead >= first, series.y[:, ahead], np.nan)
        enough = np.sum(~np.isnan(series.y[:, :t]), axis=1) >= _LEAST
        truth[i, :, : ahead.size] = np.where(enough[:, None], cells, np.nan)
    outcomes = _Outcomes(series, starts, truth, np.where(unit > 0, unit, np.nan))
    scores = {m.name: outcomes.score(m) for m in made}
    counts = np.logical_and.reduce([~np.isnan(s.crps) for s in scores.values()])
    if not counts.any():
        raise NoDataError(
            f"{series.origin}: no dyad and period that {', '.join(scores)} all forecast; "
            "name fewer methods or widen the data"
        )
    used = counts.any(axis=(1, 2))
    scores = {name: _only(s, counts, used) for name, s in scores.items()}
    warm = np.where(counts, outcomes.warm_then, np.nan)[used]
    return Backtest(
        series, options, tuple(series.periods[t] for t, u in zip(starts, used, strict=True) if u),
        (series.periods[first], series.periods[last - 1]), warm, scores,
    )  # fmt: skip


def _only(s: Scores, counts: NDArray[np.bool_], used: NDArray[np.bool_]) -> Scores:
    def cut(cells: Array) -> Array:
        return np.where(counts, cells, np.nan)[used]

    return Scores(
        cut(s.crps), cut(s.log_score), cut(s.hit), cut(s.pit), cut(s.warm), s.energy[used], s.joint,
        s.seconds,
    )  # fmt: skip


class _Outcomes:
    """What came, and how a method's forecasts compare with it."""

    def __init__(self, series: Series, starts: range, truth: Array, unit: Array) -> None:
        self.series, self.starts, self.truth, self.unit = series, starts, truth, unit
        pasts = [series.before(t) for t in starts]
        self.neutral = [p.neutral for p in pasts]
        warm = [carry_forward(p.y)[:, -1] > n for p, n in zip(pasts, self.neutral, strict=True)]
        self.warm_now = np.stack(warm)
        level = np.array(self.neutral)[:, None, None]
        known = self.warm_now[:, :, None] & ~np.isnan(truth)
        self.warm_then = np.where(known, truth > level, np.nan)

    def score(self, method: Forecaster) -> Scores:
        """Run a method over all origins."""
        parts = {
            n: np.full(self.truth.shape, np.nan) for n in ("crps", "log", "hit", "pit", "warm")
        }
        energy, seconds, joint = np.full(len(self.starts), np.nan), 0.0, False
        for i, t in enumerate(self.starts):
            past = self.series.before(t)
            began = time.perf_counter()
            made = method.forecast(past, self.truth.shape[2])
            seconds += time.perf_counter() - began
            joint = made.paths is not None
            y, q = self.truth[i], made.quantiles
            use = ~np.isnan(y) & np.isfinite(q).all(axis=2) & ~np.isnan(self.unit)[:, None]
            unit = np.broadcast_to(self.unit[:, None], y.shape)[use]
            value, points = y[use] / unit, q[use] / unit[:, None]
            parts["crps"][i][use] = crps_quantiles(value, points)
            parts["log"][i][use] = log_score_quantiles(value, points)
            parts["hit"][i][use] = inside(value, points)
            parts["pit"][i][use] = pit_quantiles(value, points)
            cold = pit_quantiles(np.full(value.shape, self.neutral[i]) / unit, points)
            chance = np.full(y.shape, np.nan)
            chance[use] = 1.0 - cold
            parts["warm"][i] = np.where(self.warm_now[i][:, None], chance, np.nan)
            draws = joint_draws(made, past)[:, use]
            if use.any():
                energy[i] = energy_score(value, draws / unit) / np.sqrt(value.size)
        return Scores(
            parts["crps"], parts["log"], parts["hit"], parts["pit"], parts["warm"], energy, joint,
            seconds,
        )  # fmt: skip
