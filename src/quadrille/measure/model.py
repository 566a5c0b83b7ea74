"""Measure every dyad of a panel: label, delegate to the kernels, label again."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.measure.counts import Counts, count_observations
from quadrille.measure.learning import learn_prior
from quadrille.measure.posterior import Series, make_noise, moments, weighted_draws
from quadrille.measure.prior import Prior
from quadrille.measure.result import Measurement
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.facets import Observations

__all__ = ["measure"]

_WORLD_DRAWS = 64


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


class _Learnt(NamedTuple):
    """Normal observations, the prior of the hyperparameters, and where to look for their modes."""

    series: Series
    observed: Array
    prior: Prior
    start: Array | None
    omega: Array


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


def _learn(g: _Grid, obs: Observations) -> _Learnt:
    if obs.counted:
        return _learn_counts(g, obs)
    y = g.laid("y")
    series = Series(y, g.laid("s2", 1.0), g.summed(g.data["repeats"]), g.summed(g.data["scatter"]))
    prior = learn_prior(series, g.volume, obs.phi_min)
    return _Learnt(series, obs.unit.shown(y), prior, None, np.full(len(g.dyads), np.nan))


def _learn_counts(g: _Grid, obs: Observations) -> _Learnt:
    counts = Counts(g.laid("plus"), g.laid("minus"))
    got = count_observations(counts, g.volume)
    zero = np.zeros(len(g.dyads))
    series = Series(got.y, got.s2, zero, zero)
    return _Learnt(series, obs.unit.shown_counts(*counts), got.prior, got.start, got.omega)


@first_time("the measurement model", 8)
def measure(observations: Observations) -> Measurement:
    """Measure every dyad that has an observation, hyperparameters fitted, in one pass.

    Parameters
    ----------
    observations : Observations

    Returns
    -------
    Measurement
    """
    g = _grid(observations)
    phi_min = observations.phi_min
    learnt = _learn(g, observations)
    prior_mean = learnt.prior.mean(g.volume)
    noise = make_noise(np.random.default_rng(0), len(g.dyads), _WORLD_DRAWS)
    got = weighted_draws(learnt.series, prior_mean, learnt.prior.cov, phi_min, noise, learnt.start)
    mean, sd = moments(learnt.series, got, phi_min)
    return Measurement(
        observations, g.dyads, g.periods, *learnt.series, g.n, learnt.observed, learnt.omega,
        got.mode, got.converged, learnt.prior, prior_mean, mean, sd,
    )  # fmt: skip
