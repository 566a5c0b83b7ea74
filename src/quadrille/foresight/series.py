"""What a forecaster may look at: every dyad of a panel as one array over time, cut off at a date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.panel.build import FREQUENCIES, Panel
from quadrille.panel.facets import FACETS, Observations, attention_variance, facet
from quadrille.panel.units import Unit

__all__ = ["SCORE", "Series", "to_series"]

SCORE = "score"
_KEY = ("state_a", "state_b", "period")
_WORLD = 30


@dataclass(frozen=True, slots=True)
class Series:
    """One facet of every dyad over consecutive periods.

    Attributes
    ----------
    facet, origin, frequency : str
    unit : Unit
    own_unit : bool
        Each dyad has a unit of its own (raw scores grow with coverage): errors are divided by the
        dyad's mean absolute value before dyads are averaged.
    signed_zero : bool
        Zero parts warm from cold; else the world's median tie does, see `neutral`.
    phi_min : float
        As in `quadrille.panel.Observations`.
    dyads : ndarray of str, shape (dyad, 2)
    periods : tuple of date, length time
    y, s2, n, repeats, scatter : ndarray, shape (dyad, time)
        Values (NaN: missing), their sampling variances, events behind them (NaN: not known), and
        what `quadrille.kernels.fit_map` needs of pooled acts. Entry t depends on periods up to t
        only.
    """

    facet: str
    unit: Unit
    origin: str
    frequency: str
    own_unit: bool
    signed_zero: bool
    phi_min: float
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    y: Array
    s2: Array
    n: Array
    repeats: Array
    scatter: Array

    def before(self, t: int) -> Series:
        """The first ``t`` periods: all that was known when period ``t`` had not begun."""
        parts = {name: getattr(self, name)[:, :t] for name in _ARRAYS}
        return replace(self, periods=self.periods[:t], **parts)

    def rows(self, chosen: NDArray[np.intp]) -> Series:
        """The dyads chosen."""
        parts = {name: getattr(self, name)[chosen] for name in _ARRAYS}
        return replace(self, dyads=self.dyads[chosen], **parts)

    def largest(self, count: int, t: int) -> Series:
        """The ``count`` dyads with most coverage in the first ``t`` periods.

        Coverage is the sum of events, or of absolute values where events are not known; dyads
        without any are left out.
        """
        weight = np.abs(self.y) if np.isnan(self.n).all() else np.where(np.isnan(self.y), 0, self.n)
        total = np.nansum(weight[:, :t], axis=1)
        order = np.argsort(-total, kind="stable")[:count]
        return self.rows(np.sort(order[total[order] > 0]))

    def among(self, states: tuple[str, ...]) -> Series:
        """The dyads whose two states are both in ``states`` (ISO3)."""
        return self.rows(np.flatnonzero(np.isin(self.dyads, states).all(axis=1)))

    @property
    def neutral(self) -> float:
        """Value above which a tie is called warm, from these periods alone.

        Zero for scores, hand-coded acts and panels under 30 dyads; else the median over dyads of
        their mean: machine-coded news are mostly polite talk (see `Measurement.neutral`).
        """
        if self.signed_zero or len(self.dyads) < _WORLD:
            return 0.0
        seen = ~np.isnan(self.y)
        held = seen.any(axis=1)
        mean = np.where(seen, self.y, 0.0).sum(axis=1)[held] / seen.sum(axis=1)[held]
        return float(np.median(mean))

    @property
    def labels(self) -> tuple[str, ...]:
        """``PAK-RUS`` and so on, in order of rows."""
        return tuple(f"{a}-{b}" for a, b in self.dyads)


_ARRAYS = ("y", "s2", "n", "repeats", "scatter")


def _scores(panel: Panel) -> Observations:
    data = panel.cells.select(
        *_KEY, pl.col("score").alias("y"), s2=pl.lit(1.0), n=pl.lit(None, pl.Float64),
        repeats=pl.lit(0.0), scatter=pl.lit(0.0),
    )  # fmt: skip
    return Observations(
        SCORE, Unit("sum of event weights", "sum of event weights"), 0.0, data, panel
    )


def _seen_so_far(y: Array, n: Array) -> Array:
    """Variance of an attention facet from the dyad's usual rate up to each period, not beyond it."""
    expected = (n + 0.5) / np.exp(y) - 0.5
    usual = np.nancumsum(n, axis=1) + 0.5
    usual /= np.nancumsum(expected, axis=1) + 0.5
    return attention_variance(usual * np.where(np.isnan(expected), 1.0, expected))


def to_series(panel: Panel, name: str | None = None) -> Series:
    """Lay a facet of a panel out as arrays over every period of its span.

    Parameters
    ----------
    panel : Panel
    name : str, optional
        A facet of `quadrille.panel.facet`, or ``"score"`` for the sums of a scored panel as they
        stand (the default there).

    Raises
    ------
    OptionError
        The facet is unknown, or these data cannot show it.
    NoDataError
        No dyad has an observation.
    """
    if name not in (None, SCORE, *FACETS):
        raise OptionError(f"unknown facet {name!r}; use one of {', '.join((*FACETS, SCORE))}")
    raw = name == SCORE or (name is None and panel.kind == "scores")
    if raw and panel.kind != "scores":
        raise OptionError(f"{panel.origin} holds no scores; leave out the facet, or name another")
    obs = _scores(panel) if raw else facet(panel, name)
    data = obs.data.sort(*_KEY)
    first, last = panel.span
    every = FREQUENCIES[panel.frequency]
    periods = tuple(pl.date_range(first, last, every, eager=True))
    dyads = data.select("state_a", "state_b").unique().sort("state_a", "state_b")
    rows = data.join(dyads.with_row_index("row"), on=["state_a", "state_b"]).join(
        pl.DataFrame({"period": periods}).with_row_index("col"), on="period"
    )
    if rows.is_empty():
        raise NoDataError(f"{panel.origin}: no dyad has an observation of {obs.facet}")
    at = (rows["row"].to_numpy(), rows["col"].to_numpy())
    filled = {}
    for column, empty in zip(_ARRAYS, (np.nan, 1.0, np.nan, 0.0, 0.0), strict=True):
        filled[column] = np.full((dyads.height, len(periods)), empty)
        filled[column][at] = rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
    if obs.facet in ("engagement", "hostility"):
        filled["s2"] = _seen_so_far(filled["y"], filled["n"])
    return Series(
        obs.facet, obs.unit, panel.origin, panel.frequency, raw,
        panel.kind in ("scores", "acts"), obs.phi_min,
        dyads.to_numpy().astype(np.str_), periods, **filled,
    )  # fmt: skip
