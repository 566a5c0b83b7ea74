"""Scenarios against the joint normal by linear algebra, and on worlds whose causes are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.conditions import Condition, parse
from quadrille.foresight.outcome import _bands
from quadrille.foresight.scenario import ask, prepare, scenario_of
from quadrille.kernels.constants import BAND

TIE, ROW, COLUMN = ("PAK", "RUS"), 1, 2


def joint(draws, d, steps):
    """Mean of the future ``(step * n,)`` and M with ``future = mean + M u``, u the innovations."""
    lags, n = draws.A.shape[1:3]
    F = np.zeros((n * lags, n * lags))
    F[:n] = np.hstack(list(draws.A[d]))
    F[n:, :-n] = np.eye(n * (lags - 1))
    state = draws.x[d][:, -lags:][:, ::-1].T.ravel()
    mean, M = [], np.zeros((steps * n, steps * n))
    for t in range(steps):
        state = F @ state
        state[:n] += draws.c[d]
        mean.append(state[:n].copy())
        for s in range(t + 1):
            M[t * n : (t + 1) * n, s * n : (s + 1) * n] = np.linalg.matrix_power(F, t - s)[:n, :n]
    return np.concatenate(mean), M


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_seen_forecasts_are_those_of_the_joint_normal(make, seed, lags):
    model = make.random(seed, lags=lags)
    steps = 6
    made = scenario_of(
        model, *TIE,
        [Condition("PAK-USA", "level", 2, 4, low=0.6, high=0.6), parse("IND-PAK stays for 2 months")],
        steps, draws=4, seed=seed,
    )  # fmt: skip
    draws = model.stacked()
    cells = [t * 3 + 2 for t in (1, 2, 3)] + [t * 3 for t in (0, 1)]
    see = made.readings[0]
    for d in range(4):
        mean, M = joint(draws, d, steps)
        cov = M @ np.kron(np.eye(steps), draws.Sigma[d]) @ M.T
        target = np.r_[np.full(3, 2 * np.arctanh(0.6)), np.full(2, draws.x[d, 0, -1])]
        gain = cov[:, cells] @ np.linalg.inv(cov[np.ix_(cells, cells)])
        wanted = (mean + gain @ (target - mean[cells])).reshape(steps, 3)[:, ROW]
        np.testing.assert_allclose(see.mean[d], wanted, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(see.base_mean[d], mean.reshape(steps, 3)[:, ROW], atol=1e-10)
    np.testing.assert_allclose(
        see.parts.sum(axis=0), see.difference.mean(axis=0), rtol=1e-10, atol=1e-10
    )


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_done_forecasts_move_only_the_tie_s_own_shocks(make, seed, lags):
    """By hand: own shocks g_t with u_t = k g_t, k the column of Sigma's factor ordered last."""
    model, steps = make.random(seed, lags=lags), 5
    made = scenario_of(
        model, *TIE, [parse("PAK-USA normalises over 3 months exactly")], steps, draws=4
    )
    draws, do = model.stacked(), made.readings[1]
    for d in range(4):
        mean, M = joint(draws, d, steps)
        own = np.zeros((steps * 3, steps))
        for t in range(steps):
            own[t * 3 + COLUMN, t] = 1.0  # ordered last, it moves nothing else at once
        now, goal = draws.x[d, COLUMN, -1], draws.x[d, COLUMN].mean()
        target = now + np.minimum(np.arange(1, steps + 1) / 3, 1.0) * (goal - now)
        at = np.arange(steps) * 3 + COLUMN
        g = np.linalg.solve((M @ own)[at], target - mean[at])
        wanted = (mean + M @ own @ g).reshape(steps, 3)
        np.testing.assert_allclose(do.mean[d], wanted[:, ROW], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(do.mean[d, 0], do.base_mean[d, 0], atol=1e-10)
        own_var = 1.0 / np.linalg.inv(draws.Sigma[d])[COLUMN, COLUMN]
        kl = 0.5 * (g**2).sum() / own_var
        if d == 0:
            one = scenario_of(model, *TIE, [parse("PAK-USA normalises over 3 months exactly")], steps,
                          ways=("do",), draws=1)  # fmt: skip
            assert one.readings[0].kl == pytest.approx(kl, rel=1e-8)


@pytest.mark.parametrize("lags", [1, 2, 4])
def test_hard_conditions_are_met_exactly_in_both_readings(make, lags):
    model = make.random(7, lags=lags, draws=50)
    made = [parse("PAK-USA is at 0.5 from month 2 to 5"), parse("IND-PAK stays exactly")]
    for way in ("see", "do"):
        got = scenario_of(model, *TIE, made, 8, ways=(way,), draws=50)
        np.testing.assert_allclose(
            got.conditioned["PAK-USA"][:, 1:5], 2 * np.arctanh(0.5), atol=1e-9
        )
        now = model.stacked().x[:, 0, -1:]
        np.testing.assert_allclose(got.conditioned["IND-PAK"], np.repeat(now, 8, 1), atol=1e-9)


def test_a_condition_at_what_is_expected_anyway_changes_nothing(make):
    """Constant series at their mean: to stay, in expectation, is what happens anyway."""
    A = np.broadcast_to(0.5 * np.eye(3) + 0.1, (300, 1, 3, 3)) * 0.8
    Sigma = np.broadcast_to(np.eye(3) + 0.3, (300, 3, 3))
    model = make.model(A, Sigma, np.full((300, 3, 24), 0.4), mu=np.full(3, 0.4))
    for r in scenario_of(model, *TIE, [parse("PAK-USA stays")], 12, draws=300).readings:
        np.testing.assert_allclose(r.paths, r.base, atol=1e-10)
        np.testing.assert_allclose(r.difference, 0.0, atol=1e-10)
        assert r.kl == pytest.approx(0.0, abs=1e-12)
        assert r.coin == pytest.approx(0.5, abs=1e-6)  # a square root of rounding
        assert r.surprise == pytest.approx(1.0, abs=1e-6)  # likewise


def test_a_bound_that_does_not_bind_changes_nothing_but_noise(make):
    model = make.random(11, draws=4000, same=True)
    made = scenario_of(model, *TIE, [parse("PAK-USA is above -0.9999999 from month 1 on")], 6)
    for r in made.readings:
        assert r.possible == pytest.approx(1.0)
        assert r.kl == pytest.approx(0.0, abs=1e-6)  # the bound is not quite at minus infinity
        assert r.effective == pytest.approx(16.0)
        sd = r.base.std(axis=0)
        np.testing.assert_allclose(r.paths.mean(axis=0), r.base.mean(axis=0), atol=0.1 * sd.max())
        np.testing.assert_allclose(r.paths.std(axis=0), sd, rtol=0.08)  # Monte Carlo, 4,000 draws


def test_conditions_far_in_the_tail_stay_finite(make):
    model = make.random(5, draws=200)
    for phrase in (
        "PAK-USA is at 0.999999999 from month 1 on",
        "PAK-USA is above 0.9999999 in month 3",
        "PAK-USA is below -0.9999999 from month 1 on",
        "PAK-USA jumps by 20 sd",
    ):
        for r in scenario_of(model, *TIE, [parse(phrase)], 12, draws=200).readings:
            assert np.isfinite(r.paths).all()
            assert np.isfinite([r.kl, r.coin, r.surprise, r.possible]).all()
            assert r.surprise < 1e-3
            assert r.kl > 3


def test_bounded_forecasts_are_those_of_rejection_sampling(make):
    model = make.random(21, draws=4000, same=True)
    draws, steps = model.stacked(1), 4
    bound = 0.3
    condition = Condition("PAK-USA", "above", 2, 3, low=bound)
    mean, M = joint(draws, 0, steps)
    rng = np.random.default_rng(1)
    u = rng.multivariate_normal(np.zeros(3), draws.Sigma[0], (200_000, steps))
    paths = (mean + u.reshape(-1, steps * 3) @ M.T).reshape(-1, steps, 3)
    kept = paths[(paths[:, 1:3, COLUMN] >= 2 * np.arctanh(bound)).all(axis=1)]
    see = scenario_of(model, *TIE, [condition], steps, ways=("see",)).readings[0]
    assert see.possible == pytest.approx(len(kept) / len(paths), rel=0.05)  # Monte Carlo
    assert see.kl == pytest.approx(-np.log(len(kept) / len(paths)), abs=0.2)  # 16 proposals a draw
    sd = kept[:, :, ROW].std(axis=0)
    np.testing.assert_allclose(
        see.paths.mean(axis=0), kept[:, :, ROW].mean(axis=0), atol=0.06 * sd.max()
    )
    np.testing.assert_allclose(see.paths.std(axis=0), sd, rtol=0.06)  # Monte Carlo, 4,000 draws
    # In each draw the mean is that of 16 proposals; over draws it varies far less than the paths.
    np.testing.assert_allclose(
        see.mean.mean(axis=0), kept[:, :, ROW].mean(axis=0), atol=0.02 * sd.max()
    )
    assert (see.mean.std(axis=0) < 0.3 * sd).all()


def test_a_bound_next_to_a_path_is_that_of_rejection_sampling(make):
    model = make.random(21, draws=4000, same=True)
    draws, steps = model.stacked(1), 4
    pair = [
        Condition("PAK-USA", "above", 2, 2, low=0.3),
        parse("IND-PAK stays for 2 months exactly"),
    ]
    mean, M = joint(draws, 0, steps)
    cov = M @ np.kron(np.eye(steps), draws.Sigma[0]) @ M.T
    cells = [0, 3]
    gain = cov[:, cells] @ np.linalg.inv(cov[np.ix_(cells, cells)])
    centre = mean + gain @ (draws.x[0, 0, -1] - mean[cells])
    left = cov - gain @ cov[cells]
    rng = np.random.default_rng(1)
    paths = rng.multivariate_normal(centre, left, 200_000, method="eigh").reshape(-1, steps, 3)
    inside = paths[:, 1, COLUMN] >= 2 * np.arctanh(0.3)
    see = scenario_of(model, *TIE, pair, steps, ways=("see",)).readings[0]
    wanted, sd = paths[inside][:, :, ROW].mean(axis=0), paths[inside][:, :, ROW].std(axis=0)
    assert see.possible == pytest.approx(inside.mean(), rel=0.05)  # Monte Carlo
    np.testing.assert_allclose(see.paths.mean(axis=0), wanted, atol=0.06 * sd.max())
    np.testing.assert_allclose(see.mean.mean(axis=0), wanted, atol=0.02 * sd.max())
    np.testing.assert_allclose(
        see.parts.sum(axis=0), see.difference.mean(axis=0), rtol=1e-10, atol=1e-10
    )


def test_a_band_has_the_spread_that_was_asked_for_and_moves_as_usual(make):
    model = make.random(2, draws=4000, same=True)
    made = scenario_of(model, *TIE, [parse("PAK-USA is between 0.1 and 0.4 from month 3 to 6")], 8)
    path = np.tanh(made.conditioned["PAK-USA"][:, 2:6] / 2)
    lo, hi = np.quantile(path, (0.05, 0.95), axis=0)
    np.testing.assert_allclose(lo, 0.1, atol=0.015)  # Monte Carlo, 4,000 draws
    np.testing.assert_allclose(hi, 0.4, atol=0.015)
    draws = model.stacked(1)
    _, M = joint(draws, 0, 8)
    cov = M @ np.kron(np.eye(8), draws.Sigma[0]) @ M.T
    at = np.arange(2, 6) * 3 + COLUMN
    sd = np.sqrt(np.diag(cov)[at])
    usual = cov[np.ix_(at, at)] / np.outer(sd, sd)
    np.testing.assert_allclose(np.corrcoef(made.conditioned["PAK-USA"][:, 2:6].T), usual, atol=0.06)


def test_a_shock_lies_where_it_was_told_to(make):
    model = make.random(8, draws=100)
    draws = model.stacked()
    seen = scenario_of(model, *TIE, [parse("PAK-USA jumps by 2 sd")], 6, ways=("see",), draws=100)
    sd = np.sqrt(draws.Sigma[:, COLUMN, COLUMN])
    means = np.stack([joint(draws, d, 1)[0] for d in range(100)])
    np.testing.assert_allclose(
        seen.conditioned["PAK-USA"][:, 0], means[:, COLUMN] + 2 * sd, atol=1e-9
    )
    # What is seen of one innovation says Sigma[r, c] / Sigma[c, c] of it about another's.
    wanted = 2 * draws.Sigma[:, ROW, COLUMN] / sd
    np.testing.assert_allclose(seen.readings[0].difference[:, 0], wanted, atol=1e-9)
    assert seen.readings[0].kl == pytest.approx(2.0, abs=1e-9)
    assert seen.readings[0].surprise == pytest.approx(2 * stats.norm.sf(2.0), rel=1e-9)


def world(effect, cause, feedback):
    """IND-PAK drives both others by ``cause``; PAK-USA drives PAK-RUS by ``effect``, a period later."""
    A = np.zeros((3, 3))
    np.fill_diagonal(A, (0.8, 0.5, 0.7))
    A[ROW, COLUMN] = effect
    A[ROW, 0] = A[COLUMN, 0] = cause
    A[COLUMN, ROW] = feedback
    return A


def both(make, A, Sigma, steps=18, phrase="PAK-USA is at 0.6 from month 6 on"):
    draws = 500
    model = make.model(
        np.broadcast_to(A, (draws, 1, 3, 3)),
        np.broadcast_to(Sigma, (draws, 3, 3)),
        np.zeros((draws, 3, 24)),
    )
    see, do = scenario_of(model, *TIE, [parse(phrase)], steps, draws=draws).readings
    return see, do


def test_seeing_and_doing_coincide_without_confounding(make):
    """PAK-USA goes its own way and shares no shock: what is seen of it tells of nothing else."""
    see, do = both(make, world(effect=-0.4, cause=0.0, feedback=0.0), np.diag([1.0, 0.5, 0.8]))
    np.testing.assert_allclose(see.mean, do.mean, atol=1e-10)
    np.testing.assert_allclose(see.paths, do.paths, atol=1e-9)
    assert see.kl == pytest.approx(do.kl)


@pytest.mark.parametrize("within", [0.0, 0.5], ids=["cause from the past", "cause at once"])
def test_with_a_common_cause_doing_recovers_the_effect_and_seeing_does_not(make, within):
    effect, steps = -0.4, 18
    A = world(effect, cause=0.5, feedback=0.0)
    Sigma = np.diag([1.0, 0.5, 0.8])
    Sigma[ROW, COLUMN] = Sigma[COLUMN, ROW] = within
    see, do = both(make, A, Sigma, steps)
    # The truth by intervention: simulate twice from the same shocks, PAK-USA overruled in one of them.
    rng = np.random.default_rng(3)
    u = rng.multivariate_normal(np.zeros(3), Sigma, (2000, steps))
    gap = []
    level = 2 * np.arctanh(0.6)
    for overruled in (True, False):
        x = np.zeros((2000, 3))
        for t in range(steps):
            x = x @ A.T + u[:, t]
            if overruled and t >= 5:
                x[:, COLUMN] = level
        gap.append(x[:, ROW].mean())
    truth = gap[0] - gap[1]
    # Before month 6 the least shocks that lead there move the tie already; by month 18 that is gone.
    assert truth < -0.5
    assert do.difference[:, -1].mean() == pytest.approx(truth, abs=0.1)  # Monte Carlo
    assert see.difference[:, -1].mean() > truth + 0.3


def test_the_pivot_s_answer_to_the_tie_is_seen_but_not_done(make):
    """PAK-RUS moves PAK-USA, not the other way round: to make PAK-USA warm changes nothing."""
    see, do = both(make, world(effect=0.0, cause=0.0, feedback=0.5), np.eye(3))
    np.testing.assert_allclose(do.difference, 0.0, atol=1e-10)
    assert see.difference[:, -3].mean() > 0.1


def test_doing_at_once_is_seeing_where_only_the_same_period_is_shared(make):
    """No tie answers another's past: what is left of seeing is what goes together at once."""
    Sigma = np.array([[1.0, 0.2, 0.3], [0.2, 0.8, -0.4], [0.3, -0.4, 0.6]])
    A = np.diag([0.5, 0.6, 0.7])
    model = make.model(
        np.broadcast_to(A, (50, 1, 3, 3)), np.broadcast_to(Sigma, (50, 3, 3)), np.zeros((50, 3, 24))
    )
    path = [parse("PAK-USA is at 0.6 from month 1 on")]
    ways = ("see", "do", "do at once")
    see, do, once = scenario_of(model, *TIE, path, 12, ways, draws=50).readings
    np.testing.assert_allclose(see.mean, once.mean, atol=1e-10)
    np.testing.assert_allclose(do.difference, 0.0, atol=1e-10)
    assert (once.difference < -0.2).all()


def test_doing_two_ties_moves_both_by_their_own_shocks(make):
    model = make.random(4, draws=100)
    pair = [parse("PAK-USA is at 0.5 in month 3"), parse("IND-PAK is at 0.2 in month 3")]
    one = scenario_of(model, *TIE, pair, 6, ways=("do",), draws=100).readings[0]
    two = scenario_of(model, *TIE, pair[::-1], 6, ways=("do",), draws=100).readings[0]
    np.testing.assert_allclose(one.mean, two.mean, atol=1e-10)
    np.testing.assert_allclose(one.parts, two.parts[::-1], atol=1e-10)
    np.testing.assert_allclose(one.mean[:, 0], one.base_mean[:, 0], atol=1e-10)


def test_bounds_are_kept_in_both_readings_and_leave_other_shocks_alone_when_done(make):
    model = make.random(6, draws=1000, same=True)
    made = scenario_of(model, *TIE, [parse("PAK-USA is warm from month 2 on")], 6, draws=1000)
    assert (made.conditioned["PAK-USA"][:, 1:] >= -1e-9).all()
    do = made.readings[1]
    np.testing.assert_allclose(do.paths[:, 0], do.base[:, 0], atol=1e-9)  # no answer at once
    done = scenario_of(
        model, *TIE, [parse("PAK-USA is warm from month 2 on")], 6, ways=("do",), draws=1000
    )
    assert (done.conditioned["PAK-USA"][:, 1:] >= -1e-9).all()


def test_bounds_that_hardly_ever_hold_get_more_proposals_and_say_so(make):
    model = make.random(6, draws=300, same=True)
    near = scenario_of(model, *TIE, [parse("PAK-USA is warm in month 2")], 6, draws=300).readings[0]
    assert near.proposals == 16
    assert near.trusted
    assert near.line().startswith("ok: ")
    hard = [parse("PAK-USA is above 0.999 from month 1 on"), parse("IND-PAK is below -0.999")]
    far = scenario_of(model, *TIE, hard, 60, draws=300).readings[0]
    assert far.proposals == 64
    assert not far.trusted
    assert far.line().startswith("NOT RELIABLE: ")
    none = scenario_of(model, *TIE, [parse("PAK-USA stays")], 6, draws=300).readings[0]
    assert (none.effective, none.proposals, none.trusted) == (1.0, 1, True)


def test_the_same_seed_gives_the_same_and_another_something_else(make):
    model = make.random(9, draws=50)
    phrases = [parse("PAK-USA normalises over 4 months"), parse("IND-PAK is warm in month 5")]
    one, two, other = (scenario_of(model, *TIE, phrases, 6, draws=50, seed=s) for s in (1, 1, 2))
    for a, b, c in zip(one.readings, two.readings, other.readings, strict=True):
        np.testing.assert_array_equal(a.paths, b.paths)
        assert not np.array_equal(a.paths, c.paths)
    assert one.to_polars().equals(two.to_polars())


def test_a_model_made_ready_answers_as_one_asked_once(make):
    """Nothing of an earlier question stays."""
    model = make.random(9, draws=40)
    ready = prepare(model, 6, draws=40)
    for phrase in ("PAK-USA is at 0.3 in month 4", "PAK-USA is warm from month 3 on", "PAK-USA is at 0.3 in month 4"):  # fmt: skip
        again, once = ask(ready, *TIE, [parse(phrase)]), scenario_of(model, *TIE, [parse(phrase)], 6, draws=40)  # fmt: skip
        for one, other in zip(again.readings, once.readings, strict=True):
            np.testing.assert_array_equal(one.paths, other.paths)
            assert one.kl == other.kl
        np.testing.assert_array_equal(again.conditioned["PAK-USA"], once.conditioned["PAK-USA"])


def test_survival_counts_paths(make):
    model = make.random(12, draws=400)
    made = scenario_of(model, *TIE, [parse("PAK-USA normalises over 4 months")], 6, draws=400)
    table, row = made.survival(), made.survival().row(0, named=True)
    r = made.readings[0]
    warm = r.paths > 0
    assert row["p_above"] == pytest.approx(warm[:, -1].mean())
    assert row["p_never_below"] == pytest.approx(warm.all(axis=1).mean())
    first = np.where(warm.all(axis=1), 6, (~warm).argmax(axis=1))
    assert row["months"] == pytest.approx(first.mean())
    assert table["way"].to_list() == ["see", "do"]
    low = made.survival(floor=-0.9).row(0, named=True)
    assert low["p_never_below"] >= row["p_never_below"]
    with pytest.raises(OptionError, match="between -1 and 1"):
        made.survival(floor=-1.0)
    long = made.to_polars()
    assert long.filter(way="see")["p_warm"][-1] == pytest.approx(row["p_above"])
    assert long.filter(way="see")["p_stays"][-1] == pytest.approx(row["p_never_below"])
    parts = made.attribution().filter(way="see")["adds"].sum()
    assert parts == pytest.approx(r.difference[:, -1].mean())


@pytest.mark.slow
def test_survival_forecasts_are_calibrated_on_simulated_worlds(make):
    """Futures of worlds whose parameters are known: of those forecast at p, a share p comes true."""
    rng = np.random.default_rng(1)
    said, came = [], []
    for seed in range(300):
        model = make.random(seed, draws=400, same=True)
        made = scenario_of(
            model, *TIE, [parse("PAK-USA stays exactly")], 8, ways=("see",), draws=400
        )
        draws = model.stacked(1)
        mean, M = joint(draws, 0, 8)
        # The world: a draw of the future in which PAK-USA does stay.
        root = np.linalg.cholesky(np.kron(np.eye(8), draws.Sigma[0]))
        at = np.arange(8) * 3 + COLUMN
        R = M @ root
        future = mean + R @ rng.standard_normal(24)
        gain = R @ np.linalg.pinv(R[at])
        future = future + gain @ (draws.x[0, COLUMN, -1] - future[at])
        said.append(made.survival()["p_never_below"][0])
        came.append(bool((future.reshape(8, 3)[:, ROW] > 0).all()))
    said, came = np.array(said), np.array(came)
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.01)):
        inside = (said >= low) & (said < high)
        error = np.sqrt(np.mean(said[inside] * (1 - said[inside])) / max(inside.sum(), 1))
        assert inside.sum() >= 10
        assert abs(came[inside].mean() - said[inside].mean()) < 3 * error + 0.01


def test_frequencies_count_in_months(make):
    for frequency, steps, month in (("M", 24, 1), ("Q", 8, 3), ("Y", 2, 12)):
        model = make.random(1, draws=20, frequency=frequency)
        made = scenario_of(model, *TIE, [parse("PAK-USA stays")], 24, draws=20)
        assert len(made.periods) == steps
        assert made.months == tuple(month * (k + 1) for k in range(steps))
        assert made.periods[0] > model.periods[-1]
        assert (made.periods[-1].year - model.periods[-1].year) == 2


def test_what_cannot_be_asked_is_refused_in_one_line(make):
    model = make.random(1, draws=20)
    with pytest.raises(OptionError, match="needs a condition"):
        scenario_of(model, *TIE, [])
    with pytest.raises(OptionError, match="conditions must be on other ties"):
        scenario_of(model, *TIE, [parse("PAK-RUS stays")])
    with pytest.raises(OptionError, match="same period"):
        scenario_of(model, *TIE, [parse("PAK-USA stays"), parse("PAK-USA is warm in month 3")])
    with pytest.raises(OptionError, match="longer horizon"):
        scenario_of(model, *TIE, [parse("PAK-USA normalises over 9 months")], 6)
    with pytest.raises(OptionError, match="use see, do, do at once"):
        scenario_of(model, *TIE, [parse("PAK-USA stays")], ways=("guess",))
    with pytest.raises(NoDataError, match="CHN-USA"):
        scenario_of(model, *TIE, [parse("CHN-USA stays")])
    moving = make.random(1, draws=20)
    moving.provenance["config"] = {"volatility": "moving"}
    with pytest.raises(OptionError, match="constant volatility"):
        scenario_of(moving, *TIE, [parse("PAK-USA stays")])
    assert scenario_of(model, *TIE, [parse("PAK-USA stays")], 6).trusted
    poor = make.random(1, draws=20, diagnostics=make.poor)
    assert not scenario_of(poor, *TIE, [parse("PAK-USA stays")], 6).trusted


@pytest.mark.parametrize("draws", [1, 2, 19, 500])
def test_bands_are_quantiles(draws):
    values = np.random.default_rng(draws).standard_normal((draws, 4))
    want = np.quantile(values, BAND, axis=0)
    np.testing.assert_allclose(_bands(values), want, rtol=1e-12, atol=1e-12)
