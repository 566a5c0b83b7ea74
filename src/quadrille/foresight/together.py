"""The coupled model as a forecaster, so that it is judged like any other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.coupling.result import Coupled
from quadrille.errors import OptionError
from quadrille.foresight.forecasters import LEVELS, Forecast
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array
from quadrille.kernels.conditional import System, paths_from
from quadrille.panel.build import Panel
from quadrille.panel.facets import Observations

__all__ = ["Together"]

# Short runs, since every origin needs one; above this R-hat an origin is not forecast at all.
_BRIEF = CoupleConfig(chains=2, draws=250, warmup=500, thin=8)
_WORST = 1.1
_MOST = 40


@dataclass(frozen=True, slots=True)
class Together:
    """The coupled model of `quadrille.coupling`, estimated anew at every origin from its past alone.

    The noise of the coming periods is not known: each tie's median :math:`s^2` so far stands in. Where
    the largest R-hat is above 1.1 it says nothing. It takes all ties among the dyads' states, so name a
    few states first.

    Attributes
    ----------
    config : CoupleConfig
        By default two chains of 250 draws, of which every eighth sweep is kept.
    """

    name: str = "coupled"
    config: CoupleConfig = _BRIEF

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `quadrille.foresight.Forecaster`.

        Raises
        ------
        OptionError
            More ties than can be estimated together at every origin, or raw scores.
        """
        if len(past.dyads) > _MOST or past.own_unit:
            raise OptionError(
                f"coupled: {len(past.dyads)} dyads of {past.facet}; name up to nine states, and a facet "
                "measured on the model's scale, such as cordiality"
            )
        states = sorted(set(past.dyads.ravel().tolist()))
        model = coupled_of(states, _observed(past), self.config)
        labels = ["-".join(d) for d in past.dyads]
        shape = (len(past.dyads), horizons)
        quantiles = np.full((*shape, LEVELS.size), np.nan)
        if model.diagnostics.rhat > _WORST:
            return Forecast(quantiles)
        rows = [labels.index(label) for label in model.dyads]
        drawn = _ahead(model, horizons, self.config.seed)
        paths = np.full((len(drawn), *shape), np.nan)
        paths[:, rows] = drawn
        quantiles[rows] = np.moveaxis(np.quantile(drawn, LEVELS, axis=0), 0, -1)
        return Forecast(quantiles, paths)


def _observed(past: Series) -> Observations:
    """The past as observations, to be measured and coupled."""
    at = np.nonzero(~np.isnan(past.y))
    data = pl.DataFrame(
        {
            "state_a": past.dyads[at[0], 0],
            "state_b": past.dyads[at[0], 1],
            "period": pl.Series([past.periods[t] for t in at[1]], dtype=pl.Date),
            **{k: getattr(past, k)[at] for k in ("y", "s2", "n", "repeats", "scatter")},
        }
    ).with_columns(pl.col("n").fill_nan(None))
    kind = "acts" if past.signed_zero else "counts"
    panel = Panel(kind, past.frequency, pl.DataFrame(), past.origin, ())  # type: ignore[arg-type]
    return Observations(past.facet, past.unit, past.phi_min, data, panel)


def _ahead(model: Coupled, horizons: int, seed: int) -> Array:
    """Draws of what will be observed, ``(draw, dyad, horizon)``."""
    d = model.stacked()
    lags = d.A.shape[1]
    system = System(
        d.c, d.A, np.asarray(np.linalg.cholesky(d.Sigma), dtype=float),
        np.ascontiguousarray(d.x[:, :, -lags:].transpose(0, 2, 1)),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    shape = (len(d.c), horizons, d.c.shape[1])
    x = paths_from(system, rng.standard_normal(shape))
    s2 = np.nanmedian(np.where(np.isnan(model.y), np.nan, model.s2), axis=1)
    y = x + np.sqrt(d.phi * s2)[:, None] * rng.standard_normal(shape)
    return np.asarray(y.transpose(0, 2, 1))
