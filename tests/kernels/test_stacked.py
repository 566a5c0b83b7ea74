"""Stacked event windows: against least squares, by definition, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t as student

from quadrille.kernels.stacked import line, ratio_band, robustness


def _events(seed, n=14):
    rng = np.random.default_rng(seed)
    dose = rng.standard_normal(n)
    z = 1.5 * dose + rng.standard_normal(n)
    return dose, z, 0.4 * z + rng.standard_normal(n)


def test_a_slope_and_its_error_are_those_of_statsmodels():
    dose, _, y = _events(1)
    got = line(y, dose)
    want = sm.OLS(y, sm.add_constant(dose)).fit()
    assert got.value == pytest.approx(want.params[1], rel=1e-10)
    assert got.t == pytest.approx(want.tvalues[1], rel=1e-10)
    assert got.se == pytest.approx(want.HC3_se[1], rel=1e-10)
    assert got.p == pytest.approx(2 * student.sf(abs(got.value / got.se), 12), rel=1e-10)


def test_the_band_of_a_ratio_holds_what_is_not_rejected():
    dose, z, y = _events(2)
    lo, middle, hi = ratio_band(y, z, dose, 0.9)
    assert lo < middle < hi
    for end in (lo, hi):
        assert line(y - end * z, dose).p == pytest.approx(0.1, abs=1e-8)
    assert line(y - middle * z, dose).value == pytest.approx(0.0, abs=1e-12)


def test_a_band_without_a_first_stage_has_no_ends():
    dose, _, y = _events(3)
    z = np.random.default_rng(0).standard_normal(14)
    lo, _, hi = ratio_band(y, z - line(z, dose).value * dose, dose)
    assert (lo, hi) == (-np.inf, np.inf)


def test_a_cause_as_strong_as_the_robustness_value_takes_the_slope_to_zero():
    """Cinelli & Hazlett (2020): bias = se sqrt(df) R / sqrt(1 - R) with both partial R2 at R."""
    dose, _, y = _events(4)
    got = line(y, dose)
    share = robustness(got.t, got.df)
    assert abs(got.t) == pytest.approx(np.sqrt(got.df) * share / np.sqrt(1.0 - share), rel=1e-10)
    assert 0.0 <= robustness(got.t, got.df, 0.9) < share
    assert robustness(0.1, 12, 0.9) == 0.0


def test_few_events_or_one_dose_have_no_slope():
    assert np.isnan(line(np.arange(3.0), np.arange(3.0)).value)
    assert np.isnan(line(np.arange(9.0), np.ones(9)).value)
    assert np.isnan(ratio_band(np.arange(3.0), np.arange(3.0), np.arange(3.0))[1])


def test_size_is_nominal_with_a_dozen_events_whose_errors_differ():
    rng = np.random.default_rng(5)
    many, held = 0, 0
    for _ in range(1500):
        dose = rng.standard_normal(12)
        z = 1.5 * dose + rng.standard_normal(12)
        y = 0.5 * z + rng.standard_normal(12) * (0.5 + np.abs(dose))
        many += line(y - 0.5 * z, dose).p < 0.05
        lo, _, hi = ratio_band(y, z, dose)
        held += lo <= 0.5 <= hi
    assert 0.02 < many / 1500 < 0.075
    assert 0.87 < held / 1500 < 0.96
