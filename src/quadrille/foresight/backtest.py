r"""How often were we right: forecasts made again as if at past dates, and scored by what came.

Rolling origin: at every origin each method sees the periods before it and nothing else, and
forecasts the next h; the last fifth of the periods is what is forecast unless told otherwise. A
cell (origin, dyad, horizon) counts only where every method forecast it and the outcome is known, so
that all are judged on the same cells.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quadrille.arguments import Progress
from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.combine import Combination, remembered
from quadrille.foresight.forecasters import (
    Automatic,
    Forecast,
    Forecaster,
    Last,
    Mean,
    Measured,
    Pooled,
    Regression,
    Shifting,
    Smoothed,
    Var,
)
from quadrille.foresight.record import Backtest, BacktestOptions, Scores
from quadrille.foresight.series import Series
from quadrille.foresight.together import Together
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.scores import (
    crps_quantiles,
    energy_score,
    inside,
    log_score_quantiles,
    pit_quantiles,
)
from quadrille.kernels.smoothing import carry_forward
from quadrille.measure.model import measure

__all__ = [
    "DEFAULT_METHODS",
    "METHODS",
    "backtest_of",
    "forecaster",
    "joint_draws",
]

# What the combination is made of, and what each weighs before any outcome is known.
_MEMBERS = {
    "rolling": 0.05,
    "pooled": 0.1,
    "regression": 0.35,
    "shifting": 0.25,
    "measurement": 0.25,
}
DEFAULT_METHODS = ("last", "mean", "smoothing", *_MEMBERS, "combination")
METHODS = (
    *DEFAULT_METHODS, "var", "coupled", "autoets", "autoets12", "autoarima", "autoarima12",
    "autotheta",
)  # fmt: skip
# Values a dyad must have had before an origin for its forecast to count.
_LEAST = 3
_DRAWS = 100


def forecaster(name: str | Forecaster) -> Forecaster:
    """The forecaster of that name; one that is given as such is that one.

    Raises
    ------
    OptionError
        There is none; the message lists them.
    """
    if isinstance(name, Forecaster):
        return name
    made: dict[str, Forecaster] = {
        "last": Last(),
        "mean": Mean(),
        "rolling": Mean("rolling", 0),
        "smoothing": Smoothed(),
        "pooled": Pooled(),
        "regression": Regression(),
        "measurement": Measured(),
        "shifting": Shifting(),
        "var": Var(),
        "coupled": Together(),
        "autoets": Automatic("AutoETS"),
        "autoets12": Automatic("AutoETS", 12),
        "autoarima": Automatic("AutoARIMA"),
        "autoarima12": Automatic("AutoARIMA", 12),
        "autotheta": Automatic("AutoTheta"),
    }
    if name == "combination":
        return Combination(tuple(made[m] for m in _MEMBERS), tuple(_MEMBERS.values()))
    if name not in made:
        raise OptionError(f"unknown method {name!r}; use one of {', '.join(METHODS)}")
    return made[name]


def joint_draws(forecast: Forecast, past: Series, seed: int = 1) -> Array:
    """Draws of all dyads and horizons together, shape (draw, dyad, horizon).

    The method's own paths, else its margins in the order in which past stretches of the same length
    were ranked (the Schaake shuffle, Clark et al. 2004): what moved together in the past moves
    together in the draws. A stretch's missing values are the last seen; ties are broken at random
    by the seed. Where the past is shorter than the horizons, order is at random.
    """
    if forecast.paths is not None:
        return forecast.paths
    _, horizons, count = forecast.quantiles.shape
    place = past.known(
        ("order", horizons, count, seed), len(past.periods), lambda s: _places(s, horizons, count, seed)
    )  # fmt: skip
    return np.asarray(
        np.take_along_axis(forecast.quantiles, place.transpose(1, 2, 0), axis=2).transpose(2, 0, 1)
    )


def _places(past: Series, horizons: int, count: int, seed: int) -> NDArray[np.uint16]:
    """Which of the quantiles each draw takes, ``(draw, dyad, horizon)``: the same for every method."""
    rng = np.random.default_rng(seed)
    dyads, stretches = len(past.y), past.y.shape[1] - horizons + 1
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
    # Short numbers: there are many.
    place: NDArray[np.uint16] = np.minimum((level * count).astype(int), count - 1).astype(np.uint16)
    return place


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
    population: int | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast again from past origins, and score.

    Parameters
    ----------
    series : Series
    methods : tuple of str or Forecaster
        Names of `METHODS`, or anything that keeps the protocol.
    options : BacktestOptions, optional
    population : int, optional
        Dyads that the series was chosen from; by default its own number.
    progress : callable, optional
        Called with forecasts done and forecasts in all, one a method and origin.

    Raises
    ------
    OptionError
        An unknown, repeated or missing method, or one that cannot do these data.
    NoDataError
        No period is left to forecast, or no cell that every method forecast.
    """
    options = options or BacktestOptions()
    made = [forecaster(m) for m in methods]
    _check(made, options)
    first, last = options.span(series)
    h = options.horizons
    starts = range(max(options.origins_before, first - h + 1), last)
    truth = _came(series, starts, h, first, last)
    unit = np.nanmean(np.abs(series.y), axis=1) if series.own_unit else np.ones(len(series.y))
    # A memory of its own, so that what is remembered is not kept with the result.
    outcomes = _Outcomes(replace(series), starts, truth, np.where(unit > 0, unit, np.nan))
    # Those that a combination is made of are asked once for both, and of the origins that it learns from.
    mixed = [m for m in made if isinstance(m, Combination)]
    members = [x for m in mixed for x in m.members]
    learnt = range(min((m.earliest(starts[0], h) for m in mixed), default=starts[0]), starts[0])
    earlier = {m.name: learnt if m in members else range(0) for m in made}
    counter = _Counter(progress, sum(len(starts) + len(e) for e in earlier.values()))
    scores = {m.name: outcomes.score(m, m in members, earlier[m.name], counter) for m in made}
    counts = np.logical_and.reduce([~np.isnan(s.crps) for s in scores.values()])
    if not counts.any():
        raise NoDataError(
            f"{series.origin}: no dyad and period that {', '.join(scores)} all forecast; "
            "name fewer methods or widen the data"
        )
    used = counts.any(axis=(1, 2))
    apart = any(np.isfinite(s.latent).any() for s in scores.values())
    latent = np.where(counts, outcomes.latent_then() if apart else np.nan, np.nan)[used]
    scores = {name: _only(s, counts, used) for name, s in scores.items()}
    warm = np.where(counts, outcomes.warm_then, np.nan)[used]
    return Backtest(
        series, options, tuple(series.periods[t] for t, u in zip(starts, used, strict=True) if u),
        (series.periods[first], series.periods[last - 1]), warm, latent, scores,
        len(series.dyads) if population is None else population,
    )  # fmt: skip


def _came(series: Series, starts: range, h: int, first: int, last: int) -> Array:
    """What came in the periods that are scored, shape (origin, dyad, horizon); NaN where a dyad was hardly seen before."""
    truth = np.full((len(starts), len(series.y), h), np.nan)
    for i, t in enumerate(starts):
        ahead = np.arange(t, min(t + h, last))
        cells = np.where(ahead >= first, series.y[:, ahead], np.nan)
        enough = np.sum(~np.isnan(series.y[:, :t]), axis=1) >= _LEAST
        truth[i, :, : ahead.size] = np.where(enough[:, None], cells, np.nan)
    return truth


def _only(s: Scores, counts: NDArray[np.bool_], used: NDArray[np.bool_]) -> Scores:
    def cut(cells: Array) -> Array:
        return np.where(counts, cells, np.nan)[used]

    return Scores(
        cut(s.crps), cut(s.log_score), cut(s.hit), cut(s.pit), cut(s.warm), cut(s.latent),
        s.energy[used], s.joint, s.seconds,
    )  # fmt: skip


class _Counter:
    """Forecasts done, of all, as progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._done, self._total = progress, 0, total

    def one_more(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)


class _Outcomes:
    """What came, and how a method's forecasts compare with it."""

    def __init__(self, series: Series, starts: range, truth: Array, unit: Array) -> None:
        self.series, self.starts, self.truth, self.unit = series, starts, truth, unit
        last = carry_forward(series.y)
        self.warm_now = np.stack([last[:, t - 1] > series.neutral for t in starts])
        known = self.warm_now[:, :, None] & ~np.isnan(truth)
        self.warm_then = np.where(known, truth > series.neutral, np.nan)

    def latent_then(self) -> Array:
        """P(the relation was warm) by the whole record, shape ``(origin, dyad, horizon)``."""
        m = measure(self.series.observations())
        at = self.series.periods.index(m.periods[0])
        warm = np.full(self.series.y.shape, np.nan)
        held = np.flatnonzero(~np.isnan(self.series.y).all(axis=1))
        warm[held, at : at + len(m.periods)] = m.p_warm
        out: Array = np.full(self.truth.shape, np.nan)
        horizons = self.truth.shape[2]
        for i, t in enumerate(self.starts):
            ahead = warm[:, t : t + horizons]
            out[i, :, : ahead.shape[1]] = ahead
        return np.where(self.warm_now[:, :, None] & ~np.isnan(self.truth), out, np.nan)

    def score(self, method: Forecaster, again: bool, earlier: range, counter: _Counter) -> Scores:
        """Run a method over all origins; of one that is asked again, what it said is remembered, here and at earlier origins."""
        parts = {
            n: np.full(self.truth.shape, np.nan)
            for n in ("crps", "log", "hit", "pit", "warm", "latent")
        }
        energy, seconds, joint = np.full(len(self.starts), np.nan), 0.0, False
        for t in earlier:
            began = time.perf_counter()
            remembered(method, self.series.before(t), self.truth.shape[2])
            seconds += time.perf_counter() - began
            counter.one_more()
        for i, t in enumerate(self.starts):
            past = self.series.before(t)
            began = time.perf_counter()
            h = self.truth.shape[2]
            made = remembered(method, past, h) if again else method.forecast(past, h)
            seconds += time.perf_counter() - began
            joint = made.paths is not None
            y, q = self.truth[i], made.quantiles.clip(*self.series.bounds)
            use = ~np.isnan(y) & np.isfinite(q).all(axis=2) & ~np.isnan(self.unit)[:, None]
            unit = np.broadcast_to(self.unit[:, None], y.shape)[use]
            value, points = y[use] / unit, q[use] / unit[:, None]
            parts["crps"][i][use] = crps_quantiles(value, points)
            if not self.series.counted:  # a share has no density
                parts["log"][i][use] = log_score_quantiles(value, points)
            parts["hit"][i][use] = inside(value, points)
            parts["pit"][i][use] = pit_quantiles(value, points)
            cold = pit_quantiles(np.full(value.shape, self.series.neutral) / unit, points)
            chance = np.full(y.shape, np.nan)
            chance[use] = 1.0 - cold
            parts["warm"][i] = np.where(self.warm_now[i][:, None], chance, np.nan)
            if made.latent_warm is not None:
                parts["latent"][i] = np.where(self.warm_now[i][:, None], made.latent_warm, np.nan)
            draws = joint_draws(made, past)[:, use].clip(*self.series.bounds)
            if use.any():
                energy[i] = energy_score(value, draws / unit) / np.sqrt(value.size)
            counter.one_more()
        return Scores(
            parts["crps"], parts["log"], parts["hit"], parts["pit"], parts["warm"], parts["latent"],
            energy, joint, seconds,
        )  # fmt: skip
