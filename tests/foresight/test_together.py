"""The coupled model, judged like any other forecaster."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.chronicle import load as chronicle
from quadrille.coupling.model import CoupleConfig
from quadrille.errors import OptionError
from quadrille.foresight.backtest import backtest_of
from quadrille.foresight.record import BacktestOptions
from quadrille.foresight.series import to_series
from quadrille.foresight.together import Together
from quadrille.panel.build import build
from quadrille.sources.formats import read_table

SHORT = CoupleConfig(chains=2, draws=100, warmup=300, thin=4)


@pytest.fixture(scope="module")
def series():
    return to_series(build(chronicle.load()), "cordiality").among(("PAK", "RUS", "USA"))


def test_a_forecast_is_a_joint_distribution_of_what_will_be_observed(series):
    past = series.before(60)
    got = Together(config=SHORT).forecast(past, 3)
    assert got.quantiles.shape == (3, 3, 100)
    assert (np.diff(got.quantiles, axis=2) >= 0).all()
    assert got.paths.shape == (200, 3, 3)
    again = Together(config=SHORT).forecast(past, 3)
    np.testing.assert_array_equal(got.quantiles, again.quantiles)
    # What will be observed varies more than what it is observed of.
    wide = got.quantiles[:, 0, 94] - got.quantiles[:, 0, 5]
    noise = np.sqrt(np.nanmedian(np.where(np.isnan(past.y), np.nan, past.s2), axis=1))
    assert (wide > noise).all()


def test_what_has_not_converged_says_nothing(series):
    hasty = CoupleConfig(chains=2, draws=50, warmup=0, thin=1)
    got = Together(config=hasty).forecast(series.before(60), 1)
    assert np.isnan(got.quantiles).all()
    assert got.paths is None


def test_it_is_scored_beside_the_others(series):
    options = BacktestOptions(horizons=2, score_from=series.periods[-2])
    made = backtest_of(series, ("last", Together(config=SHORT)), options)
    rows = made.to_polars()
    assert set(rows["method"]) == {"last", "coupled"}
    assert rows["crps"].is_finite().all()


def test_too_many_ties_and_raw_scores_are_refused(data_dir):
    panel = build(read_table(data_dir / "gdelt_monthly_score"))
    with pytest.raises(OptionError, match="name up to nine states"):
        Together().forecast(to_series(panel, "cordiality").largest(300, 40).before(40), 1)
    with pytest.raises(OptionError, match="measured on the model's scale"):
        Together().forecast(to_series(panel, "score").among(("PAK", "RUS", "USA")).before(40), 1)
