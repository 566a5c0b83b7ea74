"""Local projections against statsmodels and simulated worlds; rates after moves by hand."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t as student

from quadrille.kernels.projection import after_moves, local_projection, rate_ratio


def simulate(n, effect, seed):
    """y follows a move with lag 1, both autocorrelated."""
    rng = np.random.default_rng(seed)
    move, y = rng.normal(size=n), np.zeros(n)
    for t in range(1, n):
        y[t] = 0.6 * y[t - 1] + effect * move[t - 1] + rng.normal()
    return y, move


def lagged(y, move):
    out = np.full((y.size, 2), np.nan)
    out[1:, 0], out[1:, 1] = y[:-1], move[:-1]
    return out


@pytest.mark.parametrize("kind", ["robust", "newey-west"])
def test_equals_statsmodels_with_gaps(kind):
    y, move = simulate(120, 0.5, 1)
    y[[10, 40, 41]] = np.nan
    z = lagged(y, move)
    got = local_projection(y, move, z, 4, kind)
    for h in range(5):
        target = y[h:]
        x = sm.add_constant(np.column_stack([move, z])[: target.size])
        keep = ~np.isnan(target) & ~np.isnan(x).any(axis=1)
        lag = h if kind == "newey-west" else 0
        cov = {"cov_type": "HAC", "cov_kwds": {"maxlags": lag, "use_correction": True}}
        fit = sm.OLS(target[keep], x[keep]).fit(**cov)
        assert got.response[h] == pytest.approx(fit.params[1], abs=1e-10)
        assert got.se[h] == pytest.approx(fit.bse[1], abs=1e-10)
        assert got.n[h] == keep.sum()


def test_finds_the_response_that_is_there():
    y, move = simulate(5000, 0.5, 3)
    got = local_projection(y, move, lagged(y, move), 3)
    truth = [0.0, 0.5, 0.5 * 0.6, 0.5 * 0.36]
    np.testing.assert_allclose(got.response, truth, atol=4 * got.se.max())


@pytest.mark.slow
def test_bands_cover_and_a_null_response_is_found_one_time_in_ten():
    inside, n = np.zeros(4), 1000
    for seed in range(n):
        y, move = simulate(80, 0.0, seed)
        got = local_projection(y, move, lagged(y, move), 3)
        inside += (got.lo90 <= 0) & (got.hi90 >= 0)
    print("coverage of 90% bands by horizon", inside / n)
    np.testing.assert_allclose(inside / n, 0.9, atol=0.035)


def test_too_few_rows_are_unknown():
    got = local_projection(np.arange(9.0), np.arange(9.0) ** 2, np.zeros((9, 2)), 2)
    assert np.isnan(got.response).all()
    assert got.n.tolist() == [9, 8, 7]
    assert np.isnan(
        local_projection(np.arange(40.0), np.ones(40), np.zeros((40, 0)), 0).response[0]
    )


def test_windows_after_moves():
    moves = np.array([0, 1, 0, 0, 0, 0, 1], bool)
    assert after_moves(moves, 2).tolist() == [False, False, True, True, False, False, False]


def test_ratio_by_hand():
    moves = np.array([1, 0, 0, 0, 1, 0, 0, 0], bool)
    counts = np.array([0, 3, 0, 1, 0, 2, 0, 0], float)
    got = rate_ratio(moves, counts, 1, 200, np.random.default_rng(0))
    assert got.after == pytest.approx(5.5 / 2)
    assert got.elsewhere == pytest.approx(1.5 / 6)
    assert got.ratio == pytest.approx(11.0)
    # Of the eight shifts only those by 0 and 4 put the moves before the protests.
    assert got.p == pytest.approx(2 / 8)
    always = rate_ratio(np.ones(5, bool), counts[:5], 5, 10, np.random.default_rng(0))
    none = rate_ratio(np.zeros(5, bool), counts[:5], 1, 10, np.random.default_rng(0))
    assert np.isnan(none.ratio) and none.moves == 0
    assert always.moves == 5


@pytest.mark.slow
def test_the_shift_test_has_its_nominal_size():
    rng, p = np.random.default_rng(4), []
    for _ in range(600):
        # Both series come in clusters, as events do.
        rate = np.exp(np.convolve(rng.normal(size=160), np.ones(6) / 3, "same"))
        moves = np.convolve(rng.normal(size=160), np.ones(4) / 2, "same") > 1.0
        p.append(rate_ratio(moves, rng.poisson(rate[:160]).astype(float), 3, 2, rng).p)
    size = float(np.mean(np.array(p) <= 0.1))
    print("rejections at 10%:", size)
    assert size == pytest.approx(0.1, abs=0.035)


def test_the_band_is_student_t():
    rng = np.random.default_rng(5)
    got = local_projection(rng.standard_normal(40), rng.standard_normal(40), np.empty((40, 0)), 0)
    assert (got.hi90 - got.response)[0] / got.se[0] == pytest.approx(
        student.ppf(0.95, 38), rel=1e-12
    )
