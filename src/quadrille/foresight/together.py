"""The coupled model as a forecaster, so that it is judged like any other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quadrille.coupling.ahead import seen_of
from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.coupling.result import Coupled
from quadrille.errors import OptionError
from quadrille.foresight.forecasters import LEVELS, Forecast
from quadrille.foresight.series import Series
from quadrille.kernels.conditional import System, paths_from
from quadrille.measure.draws import Ahead

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
        model = coupled_of(states, past.observations(), self.config)
        labels = ["-".join(d) for d in past.dyads]
        shape = (len(past.dyads), horizons)
        quantiles = np.full((*shape, LEVELS.size), np.nan)
        if model.diagnostics.rhat > _WORST:
            return Forecast(quantiles)
        rows = [labels.index(label) for label in model.dyads]
        late = len(past.periods) - 1 - past.periods.index(model.periods[-1])
        drawn = _ahead(model, horizons + late, self.config.seed)
        observed, relation = drawn.observed[:, :, late:], drawn.relation[:, :, late:]
        paths = np.full((len(observed), *shape), np.nan)
        paths[:, rows] = observed
        quantiles[rows] = np.moveaxis(np.quantile(observed, LEVELS, axis=0), 0, -1)
        warm = np.full(shape, np.nan)
        warm[rows] = (relation > model.neutral).mean(axis=0)
        return Forecast(quantiles, paths, warm)


def _ahead(model: Coupled, horizons: int, seed: int) -> Ahead:
    """Draws of the relations and of what will be observed, ``(draw, dyad, horizon)``."""
    d = model.stacked()
    lags = d.A.shape[1]
    system = System(
        d.c, d.A, np.asarray(np.linalg.cholesky(d.Sigma), dtype=float),
        np.ascontiguousarray(d.x[:, :, -lags:].transpose(0, 2, 1)),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    x = paths_from(system, rng.standard_normal((len(d.c), horizons, d.c.shape[1])))
    relation = np.asarray(x.transpose(0, 2, 1))
    parts = [seen_of(model, k, relation[:, k], d.phi[:, k], rng) for k in range(relation.shape[1])]
    return Ahead(relation, np.stack(parts, axis=1))
