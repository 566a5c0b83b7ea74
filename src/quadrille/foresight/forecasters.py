r"""Forecasters of many dyads at once, behind one small protocol.

A forecaster is given the past and a number of horizons, and hands back a distribution for every
dyad and horizon: 100 equally likely points, the quantiles at the levels (k - 1/2)/100. The same
form for all of them makes their scores comparable, and nothing is assumed of tails beyond the
points. Forecasts of several numbers at once may come as paths as well.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtri

from quadrille.errors import OptionError
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array
from quadrille.kernels.breaks import stand_after_breaks
from quadrille.kernels.scores import midpoints
from quadrille.kernels.smoothing import (
    carry_forward,
    decayed_mean,
    decayed_quantiles,
    fit_quantiles,
    smooth_exponentially,
)
from quadrille.measure.draws import draws_ahead
from quadrille.measure.model import measure

__all__ = [
    "LEVELS",
    "Automatic",
    "Forecast",
    "Forecaster",
    "Last",
    "Mean",
    "Measured",
    "Pooled",
    "Regression",
    "Shifting",
    "Smoothed",
    "Var",
]

LEVELS = midpoints(100)
_Z = ndtri(LEVELS)
_YEAR = {"D": 30, "M": 12, "Q": 4, "Y": 5}


@dataclass(frozen=True, slots=True)
class Forecast:
    """A distribution for every dyad and horizon.

    Attributes
    ----------
    quantiles : ndarray, shape (dyad, horizon, 100)
        Ascending, at `LEVELS`; NaN where the method has nothing to say.
    paths : ndarray, shape (draw, dyad, horizon), or None
        Joint draws, from a method that models how dyads and horizons hang together.
    latent_warm : ndarray, shape (dyad, horizon), or None
        P(the relation is warm), from a method that tells it from what is reported of it.
    """

    quantiles: Array
    paths: Array | None = None
    latent_warm: Array | None = None


@runtime_checkable
class Forecaster(Protocol):
    """Anything that forecasts; it must not keep what it saw from one call to the next."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """Forecast the ``horizons`` periods that follow ``past``."""
        ...


def _normal(mean: Array, sd: Array) -> Array:
    """Quantiles of normals, shape (..., 100)."""
    return np.asarray(mean[..., None] + sd[..., None] * _Z)


def _spread(squares: Array) -> Array:
    """Root mean square along time, NaN where nothing is seen."""
    seen = np.sum(~np.isnan(squares), axis=1)
    return np.asarray(np.sqrt(np.nansum(squares, axis=1) / np.where(seen > 0, seen, np.nan)))


@dataclass(frozen=True, slots=True)
class Last:
    """The last value seen, with normal errors as wide as its past misses at the same horizon.

    At horizon h the spread is the root mean square of y[t+h] less the value carried forward to t;
    where fewer than three such changes fit into the past, that of the longest horizon that does.
    """

    name: str = "last"

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        carried, t = carry_forward(past.y), past.y.shape[1]
        spread = np.stack(
            [
                _spread((past.y[:, lag:] - carried[:, :-lag]) ** 2)
                for lag in (max(1, min(h, t - 3)) for h in range(1, horizons + 1))
            ],
            axis=1,
        )
        return Forecast(_normal(np.repeat(carried[:, -1:], horizons, axis=1), spread))


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of the past with normal errors of its standard deviation.

    Attributes
    ----------
    window : int or None
        Only the last so many periods; None: all of them. 0: a year (five years by the year).
    """

    name: str = "mean"
    window: int | None = None

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        window = _YEAR[past.frequency] if self.window == 0 else self.window
        y = past.y if window is None else past.y[:, -window:]
        seen = np.sum(~np.isnan(y), axis=1)
        mean = np.nansum(y, axis=1) / np.where(seen > 0, seen, np.nan)
        square = np.nansum((y - mean[:, None]) ** 2, axis=1)
        sd = np.sqrt(square / np.where(seen > 1, seen - 1, np.nan))
        return Forecast(np.repeat(_normal(mean, sd)[:, None], horizons, axis=1))


@dataclass(frozen=True, slots=True)
class Smoothed:
    r"""Simple exponential smoothing of each dyad, alpha by least squares, normal errors.

    The variance at horizon h is :math:`\sigma^2 (1 + (h-1)\alpha^2)` (ETS(A,N,N), Hyndman et al.
    2008).
    """

    name: str = "smoothing"

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        s = smooth_exponentially(past.y, np.linspace(0.02, 1.0, 50))
        ahead = np.arange(horizons)
        sd = s.sigma[:, None] * np.sqrt(1.0 + ahead * s.alpha[:, None] ** 2)
        return Forecast(_normal(np.repeat(s.level[:, None], horizons, axis=1), sd))


def _first(t: int) -> int:
    """The earliest origin learnt from: a third of the past, between 3 and 12 periods."""
    return max(3, min(12, t // 3))


def _used(t: int, horizons: int, window: int) -> list[int]:
    """The origins that any horizon learns from, and the present."""
    return sorted({t, *(u for h in range(1, horizons + 1) for u in _origins(t, h, window)[1])})


def _origins(t: int, horizon: int, window: int) -> tuple[int, range]:
    """Horizon and past origins to learn from: those whose outcome is known at t.

    A horizon too long for the past borrows the longest that fits.
    """
    first = _first(t)
    fits = max(1, min(horizon, t - first))
    return fits, range(max(first, t - fits - window + 1), t - fits + 1)


# Levels at which quantile regressions are fitted; between them quantiles are linear in the normal
# score of the level, beyond them flat.
_TAUS = np.array(
    [0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.99]
)
_SPREAD_OUT = np.stack([np.interp(_Z, ndtri(_TAUS), unit) for unit in np.eye(_TAUS.size)])
# Half-lives in periods, chosen on the first four fifths of monthly GDELT scores and held for all.
_FAST, _SHORT, _MIDDLE, _OWN, _LONG, _RUN = 3.0, 4.0, 6.0, 9.0, 12.0, 24.0
_MEDIAN = np.array([0.5])
_MOST_ROWS = 6_000


def _level(y: Array, half_life: float) -> Array:
    """Median of each row that forgets: one wild month hardly moves it."""
    return decayed_quantiles(y, half_life, _MEDIAN)[:, 0]


def _size(y: Array) -> Array:
    """Unit of each row: mean of its size and of its distance from its own level, forgetting.

    At least a twentieth of the median over rows, so that a row of zeros has a unit too.
    """
    off = y - _level(y, _LONG)[:, None]
    size = 0.5 * (decayed_mean(np.abs(y), _MIDDLE) + decayed_mean(np.abs(off), _MIDDLE))
    typical = _typical(size)
    return np.asarray(np.maximum(size, 0.05 * typical if typical > 0 else 1e-9))


def _typical(size: Array) -> float:
    """Median over the dyads seen so far; NaN where there are none."""
    seen = size[~np.isnan(size)]
    return float(np.median(seen)) if seen.size else float("nan")


@dataclass(frozen=True, slots=True)
class Pooled:
    r"""A robust level, and the past misses of all dyads around it.

    :math:`y_{d,t+h} = m_{d,t} + s_{d,t} e`, with m the forgetting median (half-life 6 periods), s
    the dyad's size, and e drawn from every dyad's past :math:`(y_{d,u+h} - m_{d,u})/s_{d,u}`,
    :math:`u + h \le t`. No parameter is fitted.

    Attributes
    ----------
    window : int
        Only misses from the last so many origins.
    """

    name: str = "pooled"
    window: int = 36

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        t = len(past.periods)
        used = _used(t, horizons, self.window)
        known = {u: past.known("level and size", u, _level_and_size) for u in used}
        return _around(past, horizons, self.window, known)


def _around(
    past: Series, horizons: int, window: int, known: Mapping[int, tuple[Array, Array]]
) -> Forecast:
    """Levels with the past misses of all dyads around them, each in units of its size."""
    y, t = past.y, past.y.shape[1]
    level, size = known[t]
    out = np.empty((y.shape[0], horizons, LEVELS.size))
    for h in range(1, horizons + 1):
        lag, origins = _origins(t, h, window)
        miss = np.stack([(y[:, u + lag - 1] - known[u][0]) / known[u][1] for u in origins])
        miss = miss[np.isfinite(miss)]
        shape = np.quantile(miss, LEVELS) if miss.size else np.full(LEVELS.size, np.nan)
        out[:, h - 1] = level[:, None] + size[:, None] * shape
    return Forecast(out)


@dataclass(frozen=True, slots=True)
class Regression:
    r"""Quantile regression of what came next on what was known, all dyads and past origins pooled.

    At each horizon and level, :math:`Q_\tau(y_{d,t+h})` is linear, without intercept, in the dyad's
    size, its last value, its forgetting medians of half-life 4 and 12, the world's typical size,
    and the dyad's own forgetting :math:`\tau`-quantile (half-life 9), each row divided by the
    dyad's size. Six coefficients a level, learnt anew at every origin from pairs whose outcome was
    known by then; levels that cross are sorted (Chernozhukov, Fernández-Val & Galichon 2010).

    Attributes
    ----------
    window : int
        Only pairs from the last so many origins; beyond 6,000 pairs every k-th is used.
    """

    name: str = "regression"
    window: int = 36

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        t = len(past.periods)
        used = _used(t, horizons, self.window)
        known = {u: past.known("regressors", u, _regressors) for u in used}
        return _regress(past, horizons, self.window, known)


@dataclass(frozen=True, slots=True)
class Shifting:
    r"""The same regression on levels that jump and spreads that move, for ties in a break.

    Its regressors are the dyad's size, the level and the spread of the run that it is in
    (`quadrille.kernels.breaks`: starts of runs averaged over), a fast forgetting mean (half-life 3), a fast
    spread (forgetting mean of the size of that mean's misses, half-life 4), the forgetting median of half-life 12
    and the dyad's own forgetting quantile. How much of a jump lasts is learnt at each horizon.

    Attributes
    ----------
    window : int
        As in `Regression`.
    """

    name: str = "shifting"
    window: int = 36

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        t = len(past.periods)
        fast = np.stack([past.known("fast level", u, _fast) for u in range(1, t + 1)], axis=1)
        first = np.full((len(past.y), 1, 2), np.nan)
        priors = [past.known("run", u, _run) for u in range(1, t)]
        runs = stand_after_breaks(past.y, np.concatenate([first, *priors], axis=1))
        miss = np.abs(past.y[:, 1:] - fast[:, :-1])
        known = {}
        for u in _used(t, horizons, self.window):
            size, shared, own = past.known("regressors", u, _regressors)
            moving = np.nan_to_num(decayed_mean(miss[:, : u - 1], _SHORT) / size)
            levels = (runs.level[:, u - 1], runs.spread[:, u - 1], fast[:, u - 1])
            more = np.stack([*(v / size for v in levels), moving], axis=1)
            known[u] = size, np.column_stack([shared[:, [0, 3]], more]), own
        return _regress(past, horizons, self.window, known)


def _fast(past: Series) -> Array:
    return decayed_mean(past.y, _FAST)


def _run(past: Series) -> Array:
    """Mean and variance that a run begins with, (dyad, 1, 2): robust ones of what came before."""
    low, middle, high = decayed_quantiles(past.y, _RUN, np.array([0.25, 0.5, 0.75])).T
    sd = np.maximum((high - low) / 1.35, 0.25 * _size(past.y))
    return np.stack([middle, 0.5 * sd**2], axis=-1)[:, None]


def _regress(
    past: Series, horizons: int, window: int, known: Mapping[int, tuple[Array, Array, Array]]
) -> Forecast:
    """Quantile regression at each horizon on what was known at past origins."""
    y, t = past.y, past.y.shape[1]
    size, shared, own = known[t]
    out = np.empty((y.shape[0], horizons, LEVELS.size))
    coef = None
    for h in range(1, horizons + 1):
        lag, origins = _origins(t, h, window)
        pairs = [(*known[u], y[:, u + lag - 1]) for u in origins]
        coef = _learn(pairs, coef)
        fitted = shared @ coef[:, :-1].T + own * coef[:, -1]
        out[:, h - 1] = size[:, None] * (np.sort(fitted, axis=1) @ _SPREAD_OUT)
    return Forecast(out)


def _level_and_size(past: Series) -> tuple[Array, Array]:
    return _level(past.y, _MIDDLE), _size(past.y)


def _regressors(past: Series) -> tuple[Array, Array, Array]:
    """Size (dyad,), regressors of all levels (dyad, 5), and of each its own (dyad, 17)."""
    y = past.y
    size = _size(y)
    parts = (
        np.ones(size.size), carry_forward(y)[:, -1] / size, _level(y, _SHORT) / size,
        _level(y, _LONG) / size, _typical(size) / size,
    )  # fmt: skip
    return size, np.stack(parts, axis=1), decayed_quantiles(y, _OWN, _TAUS) / size[:, None]


def _learn(pairs: Sequence[tuple[Array, Array, Array, Array]], start: Array | None) -> Array:
    """Coefficients (level, column) from sizes, regressors and outcomes of past origins.

    NaN where there are fewer than twice as many pairs as coefficients.
    """
    size, shared, own, y = (list(v) for v in zip(*pairs, strict=True))
    outcome = np.concatenate(y) / np.concatenate(size)
    x, z = np.concatenate(shared), np.concatenate(own)
    use = np.flatnonzero(np.isfinite(outcome) & np.isfinite(x).all(axis=1))
    if use.size < 2 * (x.shape[1] + 1):
        return np.full((_TAUS.size, x.shape[1] + 1), np.nan)
    use = use[:: -(-use.size // _MOST_ROWS)]
    return fit_quantiles(x[use], z[use], outcome[use], _TAUS, start)


@dataclass(frozen=True, slots=True)
class Measured:
    r"""The measurement model of `quadrille.measure`, each dyad by itself, by draws of its posterior.

    The prior is learnt from the past alone. What the coming period's observation will be made of is not
    known: of counts the number of events is drawn from the dyad's past; else its median :math:`s^2` stands
    in. Raw scores are measured as arsinh(score/κ), κ the median size of the past, and their quantiles
    turned back.

    Attributes
    ----------
    draws : int
        Of the parameters and the last state.
    """

    name: str = "measurement"
    draws: int = 200

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        held = ~np.isnan(past.y).all(axis=1)
        out = np.full((held.size, horizons, LEVELS.size), np.nan)
        if not held.any():
            return Forecast(out)
        m = measure(past.observations())
        late = len(past.periods) - 1 - past.periods.index(m.periods[-1])
        ahead = draws_ahead(m, horizons + late, self.draws)
        drawn = np.sort(ahead.observed[:, :, late:].transpose(0, 2, 1), axis=-1)
        out[held] = drawn[..., (LEVELS * drawn.shape[-1]).astype(int)]
        warm = np.full((held.size, horizons), np.nan)
        warm[held] = (ahead.relation[:, :, late:] > m.neutral).mean(axis=1)
        return Forecast(past.size * np.sinh(out) if past.own_unit else out, latent_warm=warm)


@dataclass(frozen=True, slots=True)
class Var:
    """Vector autoregression of all dyads together, by ordinary least squares (Lütkepohl 2005).

    Gaps are filled with the last value seen. Errors are normal with the residuals' covariance;
    coefficients are taken as known. It needs few dyads: choose states first.

    Attributes
    ----------
    lags : int
    draws, seed : int
        Joint paths.
    """

    name: str = "var"
    lags: int = 1
    draws: int = 100
    seed: int = 1

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`.

        Raises
        ------
        OptionError
            More coefficients an equation than two thirds of the periods can carry.
        """
        y = carry_forward(past.y)
        y = y[:, np.isnan(y).any(axis=0).sum() :].T
        rows, n = y.shape[0] - self.lags, y.shape[1]
        width = 1 + n * self.lags
        if rows < 1.5 * width:
            raise OptionError(
                f"var: {n} dyads with {self.lags} lag(s) need {width} coefficients each, and there "
                f"are {max(rows, 0)} periods before {past.periods[-1]}; name fewer states"
            )
        x = np.column_stack(
            [np.ones(rows), *(y[self.lags - k : len(y) - k] for k in range(1, self.lags + 1))]
        )
        coef, *_ = np.linalg.lstsq(x, y[self.lags :], rcond=None)
        off = y[self.lags :] - x @ coef
        cov = off.T @ off / (rows - width)
        root = np.linalg.cholesky(cov + 1e-12 * np.trace(cov) / n * np.eye(n))
        noise = np.random.default_rng(self.seed).standard_normal((self.draws, horizons, n)) @ root.T
        return self._roll(y, coef, cov, noise)

    def _roll(self, y: Array, coef: Array, cov: Array, noise: Array) -> Forecast:
        """Exact normal margins, and paths."""
        n, p = y.shape[1], self.lags
        draws, horizons, _ = noise.shape
        state = np.tile(y[-1 : -p - 1 : -1].ravel(), (draws + 1, 1))
        companion = np.eye(n * p, k=-n)
        companion[:n] = coef[1:].T
        spread = np.zeros((n * p, n * p))
        mean, sd, paths = np.empty((n, horizons)), np.empty((n, horizons)), np.empty(noise.shape)
        for h in range(horizons):
            state = state @ companion.T
            state[:, :n] += coef[0]
            state[1:, :n] += noise[:, h]
            spread = companion @ spread @ companion.T
            spread[:n, :n] += cov
            mean[:, h], paths[:, h] = state[0, :n], state[1:, :n]
            sd[:, h] = np.sqrt(np.diag(spread)[:n])
        return Forecast(_normal(mean, sd), paths.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True)
class Automatic:
    """An automatic model of statsforecast, dyad by dyad (the extra ``baselines``).

    AutoETS and AutoARIMA give normal intervals: their mean and spread make the quantiles. AutoTheta
    gives none in closed form: its own intervals at fifty levels are the hundred quantiles. Gaps
    are filled with the last value seen.

    Attributes
    ----------
    model : {"AutoETS", "AutoARIMA", "AutoTheta"}
    season : int
        Periods a cycle; 1: none.
    """

    model: Literal["AutoETS", "AutoARIMA", "AutoTheta"]
    season: int = 1

    @property
    def name(self) -> str:
        """``autoets``, or ``autoets12`` with a cycle of 12."""
        return self.model.lower() + (str(self.season) if self.season > 1 else "")

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`.

        Raises
        ------
        OptionError
            statsforecast is not installed.
        """
        make = _statsforecast(self.model)
        y = carry_forward(past.y)
        out = np.full((len(y), horizons, LEVELS.size), np.nan)
        for d, row in enumerate(y):
            known = row[~np.isnan(row)]
            if known.size >= 3:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    # Some of them refuse series of a few values: there they have nothing to say.
                    with suppress(NotImplementedError):
                        out[d] = self._one(make(season_length=self.season), known, horizons)
        return Forecast(out)

    def _one(self, model: Any, y: Array, horizons: int) -> Array:
        """Quantiles (horizon, 100) of one series."""
        if self.model == "AutoTheta":
            half = [float(v) for v in range(1, 100, 2)]
            got = model.forecast(y=y, h=horizons, level=half)
            columns = [f"lo-{v}" for v in half[::-1]] + [f"hi-{v}" for v in half]
            return np.sort(np.stack([np.asarray(got[c]) for c in columns], axis=-1), axis=-1)
        got = model.forecast(y=y, h=horizons, level=[90])
        mean, high = np.asarray(got["mean"], dtype=float), np.asarray(got["hi-90"], dtype=float)
        return _normal(mean, np.maximum(high - mean, 0.0) / float(ndtri(0.95)))


def _statsforecast(model: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from statsforecast import models
    except ImportError:
        raise OptionError(
            f"{model.lower()} needs statsforecast; install it: pip install 'quadrille[baselines]'"
        ) from None
    return getattr(models, model)
