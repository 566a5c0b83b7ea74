"""Measure every dyad of a panel: label, delegate to the kernels, label again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.measure.counts import Counts, Taught, count_observations, learn_counts
from quadrille.measure.learning import learn_prior
from quadrille.measure.posterior import Series, common_noise, moments, weighted_draws
from quadrille.measure.prior import Prior
from quadrille.measure.result import Measurement
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.facets import Observations

__all__ = ["Learnt", "learn", "measure", "measured"]


class _Grid(NamedTuple):
    """Dyads by periods: where each row of the data belongs, events, and log volume."""

    data: pl.DataFrame
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    at: tuple[NDArray[np.integer], NDArray[np.integer]]
    n: Array
    volume: Array

    def laid(self, column: str, empty: float = np.nan) -> Array:
        """A column as an array ``(dyad, time)``."""
        out = np.full((len(self.dyads), len(self.periods)), empty)
        out[self.at] = self.data[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return out

    def summed(self, values: pl.Series) -> Array:
        """Sum of a column over each dyad's rows."""
        made = np.bincount(self.at[0], values.to_numpy(), len(self.dyads))
        return np.asarray(made, dtype=float)


class Learnt(NamedTuple):
    """What all dyads of a panel taught, from which any of them can be measured; see `measured`.

    Of counts ``taught`` gives what stands for observations; of other data ``series`` are the observations.
    """

    observations: Observations
    grid: _Grid
    prior: Prior
    taught: Taught | None = None
    series: Series | None = None

    def rows(self, among: Sequence[str], of: Sequence[str]) -> NDArray[np.intp]:
        """Dyads whose two states are among these, and that any of these has; all where none is given, or one has none.

        So what is said of a state or a tie that the data lack does not depend on what was asked.
        """
        dyads = self.grid.dyads
        inside = np.isin(dyads, list(among) or dyads).all(axis=1)
        held = inside & np.isin(dyads, list(of) or dyads).any(axis=1)
        missing = not np.isin([*among, *of], dyads[held]).all()
        return np.flatnonzero(held | missing)


def _grid(obs: Observations) -> _Grid:
    """Lay long observations out as dyad by time arrays over every period of the span."""
    data = obs.data.sort("state_a", "state_b", "period")
    first, last = data["period"].min(), data["period"].max()
    every = FREQUENCIES[obs.panel.frequency]
    periods = list(pl.date_range(first, last, every, eager=True))  # type: ignore[arg-type]
    dyads = data.select("state_a", "state_b").unique().sort("state_a", "state_b")
    rows = (
        data.join(dyads.with_row_index("row"), on=["state_a", "state_b"])
        .join(pl.DataFrame({"period": periods}).with_row_index("col"), on="period")
        .sort("row", "col")
    )
    at = (rows["row"].to_numpy(), rows["col"].to_numpy())
    bare = _Grid(rows, dyads.to_numpy().astype(np.str_), tuple(periods), at, *np.empty((2, 0)))
    size = rows["n"] if rows["n"].null_count() == 0 else rows["y"].abs()
    seen = np.maximum(np.bincount(at[0], minlength=dyads.height), 1)
    return bare._replace(n=bare.laid("n"), volume=np.log1p(bare.summed(size) / seen))


def learn(observations: Observations) -> Learnt:
    """Lay the observations out, and learn the prior of a dyad's hyperparameters from all dyads.

    Parameters
    ----------
    observations : Observations

    Returns
    -------
    Learnt
    """
    g = _grid(observations)
    with first_time("the measurement model", 8):
        if observations.counted:
            taught = learn_counts(Counts(g.laid("plus"), g.laid("minus")), g.volume)
            return Learnt(observations, g, taught.prior, taught)
        repeats, scatter = (g.summed(g.data[name]) for name in ("repeats", "scatter"))
        series = Series(g.laid("y"), g.laid("s2", 1.0), repeats, scatter)
        prior = learn_prior(series, g.volume, observations.phi_min)
    return Learnt(observations, g, prior, series=series)


class _Given(NamedTuple):
    """Normal observations of the dyads asked for, what is shown of them, and where to look for modes."""

    series: Series
    observed: Array
    start: Array | None
    omega: Array


def _given(known: Learnt, rows: NDArray[np.intp]) -> _Given:
    unit = known.observations.unit
    if known.taught is None:
        assert known.series is not None
        series = known.series.rows(rows)
        return _Given(series, unit.shown(series.y), None, np.full(rows.size, np.nan))
    got, zero = count_observations(known.taught, rows), np.zeros(rows.size)
    shown = unit.shown_counts(*known.taught.counts.rows(rows))
    return _Given(Series(got.y, got.s2, zero, zero), shown, got.start, got.omega)


@first_time("the measurement model", 8)
def measured(known: Learnt, rows: NDArray[np.intp] | None = None) -> Measurement:
    """Measure some of the dyads, by default all; none depends on which others are asked for.

    Parameters
    ----------
    known : Learnt
    rows : ndarray of int, optional
        Of ``known.grid.dyads``.

    Returns
    -------
    Measurement
    """
    g, phi_min = known.grid, known.observations.phi_min
    rows = np.arange(len(g.dyads)) if rows is None else rows
    given = _given(known, rows)
    prior_mean = known.prior.mean(g.volume[rows])
    noise = common_noise(len(g.dyads)).rows(rows)
    got = weighted_draws(given.series, prior_mean, known.prior.cov, phi_min, noise, given.start)
    mean, sd = moments(given.series, got, phi_min)
    return Measurement(
        known.observations, g.dyads[rows], g.periods, *given.series, g.n[rows], given.observed, given.omega,
        got.mode, got.converged, known.prior, prior_mean, mean, sd,
    )  # fmt: skip


def measure(observations: Observations) -> Measurement:
    """Measure every dyad that has an observation, hyperparameters fitted, in one pass.

    Parameters
    ----------
    observations : Observations

    Returns
    -------
    Measurement
    """
    return measured(learn(observations))
