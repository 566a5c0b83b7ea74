"""Forecasters against independent implementations, and on worlds whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.quantile_regression import QuantReg
from statsmodels.tsa.api import VAR, SimpleExpSmoothing

from quadrille.errors import OptionError
from quadrille.foresight.backtest import METHODS, forecaster
from quadrille.foresight.combine import Combination, moved_weights, stretch
from quadrille.foresight.forecasters import (
    LEVELS,
    Automatic,
    Forecast,
    Last,
    Mean,
    Regression,
    Var,
)
from quadrille.foresight.series import Series
from quadrille.kernels.breaks import stand_after_breaks
from quadrille.kernels.scores import crps_quantiles, inside
from quadrille.kernels.smoothing import (
    carry_forward,
    decayed_mean,
    decayed_quantiles,
    fit_quantiles,
    smooth_exponentially,
)
from quadrille.panel.units import Unit

OWN = [m for m in METHODS if not m.startswith("auto") and m not in ("var", "coupled")]


def world(n_dyads=30, n_time=30, seed=0, gaps=0.1):
    """Level plus AR(1) plus noise that differs from dyad to dyad."""
    rng = np.random.default_rng(seed)
    level, spread = rng.normal(2.0, 1.0, n_dyads), rng.gamma(4.0, 0.25, n_dyads)
    x = np.zeros((n_dyads, n_time))
    for t in range(1, n_time):
        x[:, t] = 0.6 * x[:, t - 1] + rng.normal(size=n_dyads)
    y = level[:, None] + spread[:, None] * x
    y[rng.random(y.shape) < gaps] = np.nan
    return of(y)


def of(y):
    y = np.asarray(y, dtype=float)
    n_dyads, n_time = y.shape
    dyads = np.array([(f"A{d:03d}", f"B{d:03d}") for d in range(n_dyads)])
    periods = tuple(date(2000 + t // 12, t % 12 + 1, 1) for t in range(n_time))
    zero = np.zeros(y.shape)
    return Series(
        "score", Unit("unit", "unit"), "simulated", "M", True, "scores", 0.0, dyads, periods,
        y, zero + 1.0, zero + np.nan, zero, zero,
    )  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_every_forecast_is_a_distribution(name):
    past = world()
    q = forecaster(name).forecast(past, 4).quantiles
    assert q.shape == (30, 4, LEVELS.size)
    assert np.isfinite(q).all()
    assert (np.diff(q, axis=2) >= -1e-12).all()


@pytest.mark.parametrize("name", OWN)
def test_a_forecast_does_not_depend_on_the_unit(name):
    past = world(seed=3)
    a = forecaster(name).forecast(past, 3).quantiles
    b = forecaster(name).forecast(replace(past, y=64.0 * past.y), 3).quantiles
    # Newton steps and iterated regressions stop a little apart on rescaled numbers.
    np.testing.assert_allclose(b, 64.0 * a, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*OWN, "autoets", "autotheta"])
def test_poor_series_are_borne(name):
    late = np.full((3, 20), np.nan)
    late[:, 16:] = [[1.0, 2.0, 0.5, 1.5]]
    for y in (np.zeros((3, 20)), np.full((3, 20), 3.0), late, late[:, 16:]):
        q = forecaster(name).forecast(of(y), 2).quantiles
        assert q.shape == (3, 2, LEVELS.size)
        assert not np.isinf(q).any()


def test_last_repeats_the_last_value_with_its_past_misses():
    q = Last().forecast(of([[1.0, 3.0, 2.0, 4.0, np.nan, 5.0]]), 2).quantiles
    once, twice = [2.0, -1.0, 2.0, 1.0], [1.0, 1.0, 1.0]
    spread = [np.sqrt(np.mean(np.square(c))) for c in (once, twice)]
    assert q[0, 0].mean() == pytest.approx(5.0)
    for h in range(2):
        z = stats.norm.ppf(LEVELS[90])
        assert q[0, h, 90] == pytest.approx(5.0 + z * spread[h])


def test_mean_is_the_mean_of_its_window():
    y = np.random.default_rng(0).normal(size=(2, 20))
    q = Mean("x", 5).forecast(of(y), 1).quantiles
    np.testing.assert_allclose(q.mean(axis=2)[:, 0], y[:, -5:].mean(axis=1))
    z = stats.norm.ppf(LEVELS[-1])
    np.testing.assert_allclose(
        q[:, 0, -1], y[:, -5:].mean(axis=1) + z * y[:, -5:].std(axis=1, ddof=1)
    )


def test_exponential_smoothing_is_that_of_statsmodels():
    y = np.random.default_rng(1).normal(size=(3, 40)).cumsum(axis=1)
    for alpha in (0.1, 0.55, 1.0):
        made = smooth_exponentially(y, np.array([alpha]))
        for d in range(3):
            theirs = SimpleExpSmoothing(
                y[d], initialization_method="known", initial_level=y[d, 0]
            ).fit(smoothing_level=alpha, optimized=False)
            assert made.level[d] == pytest.approx(theirs.forecast(1)[0], rel=1e-10)
            errors = y[d, 1:] - theirs.fittedvalues[1:]
            assert made.sigma[d] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-10)


def test_exponential_smoothing_takes_the_best_alpha_and_passes_over_gaps():
    y = np.array([[0.0, 1.0, np.nan, 2.0, 3.0, 4.0], [np.nan] * 6])
    made = smooth_exponentially(y, np.array([0.2, 1.0]))
    assert made.alpha[0] == 1.0
    assert made.level[0] == 4.0
    assert made.sigma[0] == 1.0
    assert np.isnan(made.level[1])


@given(st.integers(1, 30), st.floats(0.5, 50), st.integers(0, 2**31))
def test_decayed_quantiles_by_brute_force(n, half_life, seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    w = 0.5 ** ((n - 1 - np.arange(n)) / half_life)
    order = np.argsort(y)
    middle = (np.cumsum(w[order]) - 0.5 * w[order]) / w.sum()
    levels = np.array([0.01, 0.3, 0.5, 0.99])
    made = decayed_quantiles(y[None], half_life, levels)[0]
    np.testing.assert_allclose(made, np.interp(levels, middle, y[order]), rtol=1e-9, atol=1e-12)
    assert decayed_mean(y[None], half_life)[0] == pytest.approx(w @ y / w.sum())


def test_decayed_quantiles_of_equal_weights_are_hazens():
    y = np.random.default_rng(2).normal(size=(4, 25))
    made = decayed_quantiles(y, 1e12, np.array([0.2, 0.5, 0.9]))
    np.testing.assert_allclose(made, np.quantile(y, [0.2, 0.5, 0.9], axis=1, method="hazen").T)
    assert np.isnan(decayed_quantiles(np.full((1, 3), np.nan), 4.0, np.array([0.5]))).all()


def test_carry_forward_keeps_the_last_seen():
    y = np.array([[np.nan, 1.0, np.nan, 2.0, np.nan]])
    np.testing.assert_array_equal(carry_forward(y), [[np.nan, 1.0, 1.0, 2.0, 2.0]])


def test_quantile_regression_is_as_good_as_that_of_statsmodels():
    rng = np.random.default_rng(4)
    n, levels = 3000, np.array([0.05, 0.3, 0.5, 0.9])
    shared = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    own = rng.normal(size=(n, levels.size))
    y = shared @ [1.0, 0.5, -0.3] + 0.8 * own[:, 1] + 0.5 * rng.standard_t(4, n)
    made = fit_quantiles(shared, own, y, levels)
    for k, tau in enumerate(levels):
        x = np.column_stack([shared, own[:, k]])
        theirs = QuantReg(y, x).fit(q=tau).params
        loss = [np.mean((e := y - x @ b) * (tau - (e < 0))) for b in (made[k], theirs)]
        # Forty steps on a loss smoothed within a hundredth of zero: the loss, not the last digit
        # of the coefficients, is what is promised.
        assert loss[0] <= 1.003 * loss[1]
        np.testing.assert_allclose(made[k], theirs, atol=0.06)


def test_var_is_that_of_statsmodels():
    rng = np.random.default_rng(6)
    y = np.zeros((60, 3))
    for t in range(1, 60):
        y[t] = 0.4 * y[t - 1] + 0.2 * y[t - 1, ::-1] + rng.normal(size=3)
    theirs = VAR(y).fit(2)
    mean, low, high = theirs.forecast_interval(y, 4, alpha=0.1)
    made = Var(lags=2, draws=20_000).forecast(of(y.T), 4)
    np.testing.assert_allclose(made.quantiles.mean(axis=2), mean.T, atol=1e-8)
    z = stats.norm.ppf(LEVELS[94]) / stats.norm.ppf(0.95)
    np.testing.assert_allclose(made.quantiles[:, :, 94], (mean + z * (high - low) / 2).T, atol=1e-8)
    # Twenty thousand draws: standard errors of means and spreads are about 0.01.
    np.testing.assert_allclose(made.paths.mean(axis=0), mean.T, atol=0.06)
    cov = np.cov(made.paths[:, :, 2].T)
    np.testing.assert_allclose(cov, theirs.forecast_cov(4)[2], atol=0.12)


def test_var_of_too_many_dyads_says_so():
    with pytest.raises(OptionError, match="name fewer states"):
        Var().forecast(world(n_dyads=30, n_time=30), 2)


def test_regression_finds_what_drives_a_world():
    q = Regression().forecast(world(300, 40, seed=9, gaps=0.0), 1).quantiles
    past = world(300, 41, seed=9, gaps=0.0)
    y = past.y[:, -1]
    mean = Mean().forecast(past.before(40), 1).quantiles
    # The world is an AR(1) with coefficient 0.6: knowing it cuts the spread to 0.8.
    assert crps_quantiles(y, q[:, 0]).mean() < 0.92 * crps_quantiles(y, mean[:, 0]).mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pooled", "regression", "combination"])
def test_ninety_percent_intervals_cover_ninety_percent(name):
    hits = []
    for seed in range(4):
        whole = world(200, 46, seed=seed, gaps=0.1)
        q = forecaster(name).forecast(whole.before(40), 6).quantiles
        hits.append(inside(whole.y[:, 40:], q))
    # 4,800 outcomes that hang together within a dyad: standard error below 0.01.
    assert np.nanmean(hits) == pytest.approx(0.9, abs=0.03)


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_weights_come_close_to_the_best_on_a_grid(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=300)
    z = stats.norm.ppf(LEVELS)
    q = np.stack([y[:, None] * a + b + c * z for a, b, c in ((0.3, 0.0, 1.0), (0.0, 0.4, 1.3))])
    q = np.stack([q[0], np.broadcast_to(q[1], q[0].shape)])
    equal = np.full(2, 0.5)
    w = moved_weights(equal, [y] * 24, [q] * 24, np.ones(300))
    assert w.sum() == pytest.approx(1.0)
    score = lambda v: crps_quantiles(y, v * q[0] + (1 - v) * q[1]).mean()
    best = min(score(v) for v in np.linspace(0, 1, 41))
    assert (
        score(w[0]) <= 1.02 * best
    )  # every fifth quantile, 24 steps, a share that every member keeps


def test_weights_move_fast_after_a_break_and_no_member_is_lost():
    z = stats.norm.ppf(LEVELS)
    prior = np.full(2, 0.5)
    q = np.stack([np.broadcast_to(m + z, (50, 100)) for m in (0.0, 3.0)])
    calm, broken = [np.zeros(50)] * 24, [np.full(50, 3.0)] * 3
    before = moved_weights(prior, calm, [q] * 24, np.ones(50))
    assert 0.9 < before[0] < 1.0
    after = moved_weights(prior, calm + broken, [q] * 27, np.ones(50))
    assert after[1] > 0.8
    assert after.min() > 0.0


def test_outcomes_that_overlap_move_weights_and_intervals_less():
    rng = np.random.default_rng(3)
    z = stats.norm.ppf(LEVELS)
    prior = np.full(2, 0.5)
    q = np.stack([np.broadcast_to(m + z, (50, 100)) for m in (0.0, 0.2)])
    said, came = [q] * 24, [rng.normal(size=50) for _ in range(24)]
    one, twelve = (moved_weights(prior, came, said, np.ones(50), lag)[0] for lag in (1, 12))
    assert 0.5 < twelve < one
    wide = [2.0 * rng.normal(size=2000) for _ in range(24)]
    held = [np.broadcast_to(z, (2000, 100))] * 24
    one, twelve = (stretch(wide, held, lag) for lag in (1, 12))
    # Drawn towards one by what 4 and 48 origins are worth.
    assert one == pytest.approx(2 ** (24 / 28), rel=0.03)
    assert twelve == pytest.approx(2 ** (24 / 72), rel=0.03)


def test_weights_of_nothing_known_stay_where_they_start():
    start, q = np.array([0.5, 0.3, 0.2]), np.zeros((3, 2, 100))
    none = [np.full(2, np.nan)]
    np.testing.assert_allclose(moved_weights(start, none, [q], np.ones(2)), start)


def test_intervals_are_stretched_to_what_they_held():
    rng = np.random.default_rng(1)
    z = np.broadcast_to(stats.norm.ppf(LEVELS), (2000, 100))
    origins = 40
    wide = stretch([2.0 * rng.normal(size=2000) for _ in range(origins)], [z] * origins)
    narrow = stretch([0.5 * rng.normal(size=2000) for _ in range(origins)], [z] * origins)
    # Drawn towards one by what four origins are worth.
    assert wide == pytest.approx(2 ** (40 / 44), rel=0.03)
    assert narrow == pytest.approx(0.5 ** (40 / 44), rel=0.03)
    assert stretch([rng.normal(size=2000)] * 2, [z] * 2) == 1.0


def test_what_intervals_set_at_past_origins_failed_to_hold_is_made_good():
    """Outcomes that spread from origin to origin: the width that would have held the past holds less of what comes."""
    rng = np.random.default_rng(1)
    z, origins = np.broadcast_to(stats.norm.ppf(LEVELS), (2000, 100)), 40
    grows = [1.05**k * rng.normal(size=2000) for k in range(origins)]
    every = np.quantile(np.abs(np.concatenate(grows)) / stats.norm.ppf(0.95), 0.9)
    for lag, worth, more in ((1, 4, 0.2), (6, 24, 0.1)):
        made = np.log(stretch(grows, [z] * origins, lag)) * (origins + worth) / origins
        assert made > np.log(every) + more


def test_a_member_without_a_word_leaves_it_to_the_others():
    class Silent:
        name = "silent"

        def forecast(self, past, horizons):
            return Forecast(np.full((len(past.dyads), horizons, 100), np.nan))

    past = world()
    made = Combination((Mean("a"), Silent()), window=1).forecast(past, 2).quantiles
    np.testing.assert_allclose(
        made, Mean().forecast(past, 2).quantiles, rtol=1e-5
    )  # single precision


def test_levels_jump_with_the_series_and_one_wild_period_is_no_break():
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(40, 60))
    prior = np.broadcast_to([0.0, 1.0], (40, 60, 2))
    jump = noise + 6.0 * (np.arange(60) >= 50)
    wild = noise + 12.0 * (np.arange(60) == 50)
    found, once = stand_after_breaks(jump, prior), stand_after_breaks(wild, prior)
    assert abs(float(np.median(found.level[:, -1])) - 6.0) < 0.5
    assert float(np.median(found.fresh[:, 52])) > 0.9
    assert float(np.median(np.abs(once.level[:, -1]))) < 0.5
    cut = stand_after_breaks(jump[:, :30], prior[:, :30])
    np.testing.assert_array_equal(cut.level, found.level[:, :30])  # nothing later is used


def test_a_combination_of_twins_is_either_stretched_about_its_median():
    past = world()
    both = Combination((Mean("a"), Mean("b"))).forecast(past, 2).quantiles
    one = Mean().forecast(past, 2).quantiles
    middle = 0.5 * (one[:, :, 49] + one[:, :, 50])
    np.testing.assert_allclose(
        0.5 * (both[:, :, 49] + both[:, :, 50]), middle, rtol=1e-4, atol=1e-5
    )
    for h in range(2):
        own, made = (q[:, h] - middle[:, h, None] for q in (one, both))
        factor = made[0, 0] / own[0, 0]
        assert factor > 0
        np.testing.assert_allclose(made, factor * own, rtol=1e-3, atol=1e-5)  # single precision


@pytest.mark.parametrize("model", ["AutoETS", "AutoTheta", "AutoARIMA"])
def test_automatic_models_make_distributions(model):
    past = world(3, 24)
    made = Automatic(model).forecast(past, 3).quantiles
    assert np.isfinite(made).all()
    assert (np.diff(made, axis=2) >= 0).all()


def test_a_missing_baseline_says_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "statsforecast", None)
    with pytest.raises(OptionError, match=r"quadrille\[baselines\]"):
        forecaster("autoets").forecast(world(2, 12), 1)


def test_an_unknown_method_lists_the_known():
    with pytest.raises(OptionError, match="combination"):
        forecaster("oracle")
