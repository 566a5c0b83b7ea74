"""The track record of several methods on the same cells: options, scores, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np
import polars as pl

from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.card import HorizonRecord, ModelCard
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array
from quadrille.kernels.scores import Compared, Reliability, brier, diebold_mariano, reliability
from quadrille.results import Result

__all__ = ["Backtest", "BacktestOptions", "Scores"]

_MAY_BE_NULL = (
    "skill_lo90", "skill_hi90", "p_value", "log_score", "brier", "brier_skill", "latent_brier", "latent_brier_skill",
)  # fmt: skip
# Of the table, for the record at one horizon.
_TAKEN = (
    "crps", "skill", "skill_lo90", "skill_hi90", "coverage90", "brier", "brier_skill", "latent_brier", "latent_brier_skill",
    "cells", "origins",
)  # fmt: skip


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
    latent : ndarray, shape (origin, dyad, horizon)
        The same of the relation behind what is reported; NaN where the method does not tell them apart.
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
    latent: Array
    energy: Array
    joint: bool
    seconds: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Backtest(Result):
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
        Whether what was reported was warm, as `Scores.warm`.
    outcome_latent : ndarray, shape (origin, dyad, horizon)
        P(the relation was warm) by the measurement of the whole record, as `Scores.latent`.
    scores : dict of str to Scores
    population : int
        Dyads that could have been scored; `series` holds those that were.
    kept : str
        When and by what it was run, where it is read from a file; empty: it was run now.
    """

    kind: ClassVar[str] = "backtest"
    series: Series
    options: BacktestOptions
    origins: tuple[date, ...]
    targets: tuple[date, date]
    outcome_warm: Array
    outcome_latent: Array
    scores: dict[str, Scores]
    population: int
    kept: str = ""

    @property
    def label(self) -> str:
        """``icews 2011-01-01 to 2012-01-01``."""
        return f"{self.series.origin} {self.targets[0]} to {self.targets[1]}"

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

    def best(self) -> str:
        """The method with the smallest CRPS, horizons weighing the same."""
        return min(self.methods, key=lambda m: float(np.mean(self._by_horizon(m))))

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
            brier, brier_skill, latent_brier, latent_brier_skill, cells, origins``: skill is the percentage by which CRPS is smaller
            than the reference's, with the interval and p-value of the Diebold–Mariano test;
            ``brier`` scores P(what is reported is still warm), its skill is over the share that stayed
            warm in these very cells, which nobody knew beforehand; ``latent_brier`` scores P(the relation
            is still warm), whose outcome nobody sees: it is expected under what the whole record says of
            it later, by the same model.
        """
        rows = [self._row(m, h) for m in self.methods for h in self.horizons]
        kinds = {c: pl.Float64 for c in _MAY_BE_NULL}
        return pl.DataFrame(rows, schema_overrides=kinds)

    def _row(self, method: str, horizon: int) -> dict[str, object]:
        s, at, base = self.scores[method], horizon - 1, self.options.reference
        crps = np.nanmean(self.loss(method, horizon))
        other = np.nanmean(self.loss(base, horizon))
        test = self.compare(method, base, horizon)
        seen = _judged(s.warm[:, :, at], self.outcome_warm[:, :, at])
        latent = _judged(s.latent[:, :, at], self.outcome_latent[:, :, at])
        cells, log = s.crps[:, :, at], s.log_score[:, :, at]
        return {
            "method": method,
            "horizon": horizon,
            "crps": float(crps),
            "skill": float(100.0 * (1.0 - crps / other)),
            "skill_lo90": _finite(-100.0 * test.hi / float(other)),
            "skill_hi90": _finite(-100.0 * test.lo / float(other)),
            "p_value": _finite(test.p_value),
            "coverage90": float(np.nanmean(s.hit[:, :, at])),
            "log_score": None if np.isnan(log).all() else float(np.nanmean(log)),
            "brier": seen[0],
            "brier_skill": seen[1],
            "latent_brier": latent[0],
            "latent_brier_skill": latent[1],
            "cells": int(np.sum(~np.isnan(cells))),
            "origins": int(np.sum((~np.isnan(cells)).any(axis=1))),
        }

    def card(self, method: str | None = None) -> ModelCard:
        """The model card of one method; the best one if none is named.

        Raises
        ------
        OptionError
            The method was not run.
        """
        chosen = method or self.best()
        reference = self.options.reference
        if chosen not in self.scores:
            raise OptionError(f"method {chosen!r} was not run; there are {', '.join(self.methods)}")
        rows = {(r["method"], r["horizon"]): r for r in self.to_polars().iter_rows(named=True)}
        others = tuple(m for m in self.methods if m != chosen)
        records = tuple(self._at(chosen, others, rows, h) for h in self.horizons)
        s = self.scores[chosen]
        pit = np.sort(s.pit[~np.isnan(s.pit)])
        rank = np.arange(pit.size)
        off = max(float(np.max(pit - rank / pit.size)), float(np.max((rank + 1) / pit.size - pit)))
        series = self.series
        return ModelCard(
            chosen, reference, others, series.origin, series.facet, series.scale, series.frequency,
            len(series.dyads), str(self.targets[0]), str(self.targets[1]), records,
            float(np.nanmean(s.energy)), float(np.nanmean(self.scores[reference].energy)),
            s.joint, off, s.seconds, version("quadrille"),
        )  # fmt: skip

    def _at(
        self, chosen: str, others: Sequence[str], rows: Mapping[tuple[str, int], Mapping[str, Any]], h: int
    ) -> HorizonRecord:  # fmt: skip
        """How a method did at one horizon, against the best of the others and against the mean."""

        def less(than: str) -> float:
            return float(100.0 * (1.0 - rows[chosen, h]["crps"] / rows[than, h]["crps"]))

        row = rows[chosen, h]
        rival = min(others, key=lambda m: rows[m, h]["crps"]) if others else None
        return HorizonRecord(
            horizon=h,
            rival=rival,
            over_rival=None if rival is None else less(rival),
            rival_p=None if rival is None else _finite(self.compare(chosen, rival, h).p_value),
            over_mean=less("mean") if "mean" in self.methods else None,
            **{k: row[k] for k in _TAKEN},
        )


def _judged(p: Array, came: Array) -> tuple[float | None, float | None]:
    """Brier score of probabilities, and its percentage below that of the share that came true.

    An outcome may be a probability itself: then both are expected under it.
    """
    known = ~np.isnan(p) & ~np.isnan(came)
    if not known.any():
        return None, None
    p, came = p[known], came[known]
    score = float((brier(p, came) + came * (1.0 - came)).mean())
    rate = float(came.mean())
    base = rate * (1.0 - rate)
    return score, _finite(100.0 * (1.0 - score / base)) if base > 0 else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
