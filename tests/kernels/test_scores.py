"""Scores against their definitions, by quadrature, by brute force and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.integrate import quad

from quadrille.kernels.scores import (
    brier,
    clustered_gap,
    crps_mixture,
    crps_normal,
    crps_quantiles,
    crps_sample,
    crps_t,
    diebold_mariano,
    energy_score,
    inside,
    log_score_normal,
    log_score_quantiles,
    log_score_t,
    midpoints,
    pit_quantiles,
    reliability,
)

NUMBER = st.floats(-5, 5)


def crps_by_quadrature(y, cdf, reach=400.0):
    below = quad(lambda x: cdf(x) ** 2, -reach, y, limit=500, points=[y - 20, y - 2])[0]
    above = quad(lambda x: (1 - cdf(x)) ** 2, y, reach, limit=500, points=[y + 2, y + 20])[0]
    return below + above


@given(NUMBER, st.floats(2.5, 40), NUMBER, st.floats(0.1, 4))
def test_crps_of_a_t_is_its_integral(y, df, loc, scale):
    made = float(crps_t(np.array(y), np.array(df), np.array(loc), np.array(scale)))
    # The tails beyond 400 units, left out by the quadrature, are worth less than this.
    assert made == pytest.approx(
        crps_by_quadrature(y, stats.t(df, loc, scale).cdf), rel=1e-4, abs=1e-4
    )


def test_crps_of_a_t_goes_to_the_normal_and_to_infinity():
    y, zero, one = np.array([-1.0, 0.3, 4.0]), np.zeros(3), np.ones(3)
    # A t of 1e7 degrees of freedom is normal to about 1e-7.
    np.testing.assert_allclose(
        crps_t(y, 1e7 * one, zero, one), crps_normal(y, zero, one), atol=1e-6
    )
    assert np.isinf(crps_t(y, one, zero, one)).all()


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            arrays(float, n, elements=st.floats(0.05, 1)),
            arrays(float, n, elements=NUMBER),
            arrays(float, n, elements=st.floats(0.1, 3)),
        )
    ),
    NUMBER,
)
def test_crps_of_a_mixture_is_its_integral(parts, y):
    weight, mean, sd = parts
    weight = weight / weight.sum()
    cdf = lambda x: float(weight @ stats.norm.cdf(x, mean, sd))
    made = float(crps_mixture(np.array(y), weight, mean, sd))
    # Quadrature over eighty units of a curve with several bends.
    assert made == pytest.approx(crps_by_quadrature(y, cdf, 40.0), abs=1e-5)


def test_crps_of_a_mixture_of_one_is_that_of_a_normal():
    y = np.linspace(-3, 3, 7)
    one = np.ones((7, 1))
    np.testing.assert_allclose(
        crps_mixture(y, one, 0.5 * one, 2.0 * one), crps_normal(y, np.full(7, 0.5), np.full(7, 2.0))
    )


@given(arrays(float, st.integers(1, 12), elements=NUMBER), NUMBER)
def test_crps_of_draws_is_its_double_sum(draws, y):
    brute = np.abs(draws - y).mean() - 0.5 * np.abs(draws[:, None] - draws).mean()
    assert float(crps_sample(np.array(y), draws)) == pytest.approx(brute, abs=1e-12)


def test_quantiles_score_as_what_they_come_from():
    y = np.linspace(-3, 3, 13)
    q = np.broadcast_to(stats.norm.ppf(midpoints(400)), (13, 400))
    # Four hundred points lose about 1/400² of the spread.
    np.testing.assert_allclose(
        crps_quantiles(y, q), crps_normal(y, np.zeros(13), np.ones(13)), atol=2e-4
    )


@given(st.floats(-8, 8), st.floats(3, 30), NUMBER, st.floats(0.1, 4))
def test_log_scores_are_densities(y, df, loc, scale):
    value = [np.array(v) for v in (y, loc, scale)]
    assert float(log_score_normal(*value)) == pytest.approx(-stats.norm.logpdf(y, loc, scale))
    assert float(log_score_t(value[0], np.array(df), *value[1:])) == pytest.approx(
        -stats.t.logpdf(y, df, loc, scale)
    )


def test_log_score_of_quantiles_is_a_density_near_the_truth():
    y = np.linspace(-30, 30, 60_001)
    q = np.broadcast_to(stats.norm.ppf(midpoints(100)), (y.size, 100))
    density = np.exp(-log_score_quantiles(y, q))
    # Steps of the grid of y across the jumps of the density.
    assert np.sum(density) * 1e-3 == pytest.approx(1.0, abs=1e-3)
    rng = np.random.default_rng(1)
    x = rng.standard_normal(20_000)
    mean = log_score_quantiles(x, np.broadcast_to(q[0], (x.size, 100))).mean()
    # Twenty steps and exponential tails cost under two hundredths of a nat against the truth.
    truth = log_score_normal(x, np.zeros(x.size), np.ones(x.size)).mean()
    assert truth - 1e-9 < mean < truth + 0.02


def test_log_score_of_a_point_is_infinite():
    assert np.isinf(log_score_quantiles(np.array([1.0]), np.ones((1, 100)))).all()


@given(arrays(float, (6, 3), elements=NUMBER), arrays(float, 3, elements=NUMBER))
def test_energy_score_is_its_double_sum(draws, y):
    brute = np.mean([np.linalg.norm(x - y) for x in draws])
    brute -= 0.5 * np.mean([np.linalg.norm(a - b) for a in draws for b in draws])
    # Distances come from squares, good to the root of the machine's precision.
    assert energy_score(y, draws) == pytest.approx(brute, abs=1e-6)


def test_energy_score_of_one_number_is_its_crps_and_gaps_are_left_out():
    draws, y = np.random.default_rng(0).normal(size=(50, 2)), np.array([0.4, np.nan])
    one = float(crps_sample(np.array(0.4), draws[:, 0]))
    assert energy_score(y, draws) == pytest.approx(one, abs=1e-6)  # as above
    assert np.isnan(energy_score(np.array([np.nan]), draws[:, :1]))


@given(st.lists(NUMBER, min_size=3, max_size=40, unique=True), st.floats(-7, 7))
def test_pit_keeps_order_and_range(points, y):
    q = np.sort(points)[None]
    value = pit_quantiles(np.array([y]), q)[0]
    assert 0 < value < 1
    assert pit_quantiles(np.array([y + 1.0]), q)[0] >= value


def test_pit_and_coverage_at_known_places():
    q = np.broadcast_to(np.arange(1.0, 101.0), (5, 100))
    y = np.array([0.0, 1.0, 50.5, 200.0, np.nan])
    np.testing.assert_allclose(pit_quantiles(y, q), [0.0025, 0.01, 0.5, 0.9975, np.nan], atol=0.006)
    np.testing.assert_array_equal(inside(y, q), [0, 0, 1, 0, np.nan])
    assert pit_quantiles(np.array([7.0]), np.full((1, 10), 7.0))[0] == 0.5


def test_calibrated_forecasts_have_a_uniform_pit():
    rng = np.random.default_rng(3)
    mean, sd = rng.normal(size=4000), rng.gamma(3.0, 1.0, 4000)
    y = mean + sd * rng.standard_t(4, 4000)
    q = mean[:, None] + sd[:, None] * stats.t.ppf(midpoints(100), 4)
    assert stats.kstest(pit_quantiles(y, q), "uniform").pvalue > 0.01
    assert inside(y, q).mean() == pytest.approx(0.9, abs=0.015)  # three standard errors
    narrow = mean[:, None] + 0.7 * (q - mean[:, None])
    assert stats.kstest(pit_quantiles(y, narrow), "uniform").pvalue < 1e-6


def test_reliability_splits_the_brier_score():
    rng = np.random.default_rng(5)
    p = rng.integers(0, 10, 5000) / 10 + 0.05
    came = (rng.random(5000) < p).astype(float)
    r = reliability(p, came)
    assert brier(p, came).mean() == pytest.approx(
        r.miscalibration - r.resolution + r.uncertainty, abs=1e-12
    )
    assert (r.lo <= r.p).mean() >= 0.7
    assert (r.hi >= r.p).mean() >= 0.7
    assert r.n.sum() == 5000
    assert reliability(np.array([1.0]), np.array([1.0])).frequency.tolist() == [1.0]


def hln(d, h):
    """The test as Harvey, Leybourne & Newbold (1997) print it, equations 2 to 9."""
    n, mean = len(d), sum(d) / len(d)
    gamma = [sum((d[t] - mean) * (d[t - k] - mean) for t in range(k, n)) / n for k in range(h)]
    s1 = mean / ((gamma[0] + 2 * sum(gamma[1:])) / n) ** 0.5
    return s1 * ((n + 1 - 2 * h + h * (h - 1) / n) / n) ** 0.5


@pytest.mark.parametrize("h", [1, 2, 4])
def test_diebold_mariano_is_the_printed_formula(h):
    rng = np.random.default_rng(h)
    a, b = rng.gamma(2, 1, 30).cumsum() ** 0.1, rng.gamma(2, 1, 30) ** 0.1
    made = diebold_mariano(a, b, h)
    assert made.statistic == pytest.approx(hln(list(a - b), h))
    assert made.p_value == pytest.approx(2 * stats.t.sf(abs(made.statistic), 29))
    assert made.n == 30
    assert made.lo < made.difference < made.hi


def test_diebold_mariano_worked_by_hand():
    # d = 1, 2, 3, 2: mean 2, variance 1/2, so S1 = 2/sqrt(1/8) and S1* = S1 sqrt(3/4) = sqrt(24).
    made = diebold_mariano(np.array([2.0, 3.0, 4.0, 3.0]), np.ones(4), 1)
    assert made.statistic == pytest.approx(24**0.5)
    assert diebold_mariano(np.ones(4), np.array([2.0, 3.0, 4.0, 3.0])).statistic < 0


def test_diebold_mariano_has_its_size():
    rng = np.random.default_rng(8)
    p = [diebold_mariano(*rng.gamma(2, 1, (2, 20)), 1).p_value for _ in range(2000)]
    assert np.mean(np.array(p) < 0.1) == pytest.approx(0.1, abs=0.025)  # 3.7 standard errors


def test_diebold_mariano_says_when_it_cannot_tell():
    one = np.ones(10)
    for d, h in ((one, 1), (np.arange(10.0), 6), (np.array([1.0]), 1), (np.full(4, np.nan), 1)):
        made = diebold_mariano(d, np.zeros(d.size), h)
        assert np.isnan(made.p_value)
        assert np.isnan(made.lo)


def test_diebold_mariano_bears_a_negative_sum_of_autocovariances():
    d = np.tile([1.0, -1.2], 10)
    made = diebold_mariano(d, np.zeros(20), 2)
    assert np.isfinite(made.p_value)


def test_clustered_errors_are_those_of_repeated_worlds():
    """Dyads, times and cells each with a part of their own, times alike over three periods."""
    rng = np.random.default_rng(9)
    found = []
    for _ in range(400):
        news = np.convolve(rng.normal(size=42), np.ones(3) / 3, "valid")
        d = 0.5 * rng.normal(size=60) + 0.4 * news[:, None] + rng.normal(size=(40, 60))
        d[rng.random(d.shape) < 0.1] = np.nan
        found.append(clustered_gap(d, np.zeros(d.shape), 3)[:2])
    means, errors = np.array(found).T
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(means.std(), rel=0.12)


def test_clustered_errors_are_one_way_where_there_is_one_way():
    rng = np.random.default_rng(10)
    d = np.repeat(rng.normal(size=(1, 50)), 8, axis=0)
    got = clustered_gap(d, np.zeros(d.shape))
    assert got.by_dyads == pytest.approx(d[0].std(ddof=1) / np.sqrt(50))
    assert got.error == pytest.approx(got.by_dyads)
    turned = clustered_gap(d.T, np.zeros(d.T.shape))
    assert turned.by_times == pytest.approx(got.by_dyads)
    assert np.isnan(clustered_gap(d[:1], np.zeros((1, 50))).error)
