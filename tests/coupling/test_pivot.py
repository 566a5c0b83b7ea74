"""Responses, connectedness and the pivot question."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from quadrille.coupling.model import CoupleConfig
from quadrille.coupling.pivot import _triad_of, pivot_of, rolling_pivot_of, third_states
from quadrille.coupling.responses import connectedness_of, responses_of, third_shares
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.coupled import draw_prior, keep_room, sweeps
from quadrille.kernels.dynamics import World


@pytest.fixture(scope="module")
def asked(measured, tiny):
    return pivot_of(measured, "PAK", "RUS", "USA", config=tiny, quick=True)


def test_responses_are_labelled_and_ordered(model):
    got = responses_of(model, horizon=3)
    assert got.median.shape == (4, 6, 6)
    assert (got.lo90 <= got.median).all()
    np.testing.assert_allclose(got.cumulative_median[0], got.median[0])
    assert got.identification.startswith("generalised")
    table = got.to_polars()
    row = table.filter(dyad="PAK-RUS", dyad_from="PAK-USA", horizon=2)
    assert row["median"].item() == got.median[2, 3, 4]


def test_a_recursive_order_holds_within_the_period(model):
    got = responses_of(model, horizon=2, order=["PAK-USA", "PAK-RUS"])
    assert got.identification.startswith("recursive (within a period a tie moves only those after")
    first = model.dyads.index("PAK-USA")
    others = [i for i in range(6) if i != first]
    assert np.abs(got.median[0, first, others]).max() == 0.0
    with pytest.raises(OptionError, match="twice"):
        responses_of(model, order=["PAK-USA", "USA-PAK"])
    with pytest.raises(NoDataError, match="not among"):
        responses_of(model, order=["PAK-FRA"])
    with pytest.raises(OptionError, match="horizon"):
        responses_of(model, horizon=0)


def test_connectedness_is_consistent(model):
    got = connectedness_of(model)
    assert got.shares.shape == (3, 6, 6)
    assert ((got.shares >= 0) & (got.shares <= 1)).all()
    assert got.to_polars().height == 6
    pairs = got.pairs()
    row = pairs.filter(dyad="PAK-RUS", dyad_from="PAK-USA")
    back = pairs.filter(dyad="PAK-USA", dyad_from="PAK-RUS")
    assert row["pairwise"].item() == pytest.approx(-back["pairwise"].item(), abs=1e-9)


def test_the_answer_hangs_together(asked):
    assert (asked.tie, asked.pull) == ("PAK-RUS", "PAK-USA")
    assert asked.model.states == ("CHN", "IND", "PAK", "RUS", "USA")
    assert {p.state for p in asked.placebos} == {"USA", "CHN", "IND"}
    assert asked.placebos[0].state == "USA"
    assert asked.p_value == pytest.approx(asked.rank / 3)
    assert asked.path[1, -1] == pytest.approx(np.median(asked.response))
    assert 0 <= asked.p_substitution <= 1
    assert asked.bayes_factor > 0
    names = [label for label, _ in asked.shares]
    assert sorted(names) == sorted(asked.model.dyads)
    assert asked.left_out
    assert asked.to_polars().filter("named")["state"].item() == "USA"


def test_same_seed_same_answer(asked, measured, tiny):
    again = pivot_of(measured, "PAK", "RUS", "USA", config=tiny, quick=True)
    np.testing.assert_array_equal(again.response, asked.response)
    assert again.placebos == asked.placebos
    assert again.bayes_factor == asked.bayes_factor


def test_third_states_have_data(measured):
    assert set(third_states(measured, "PAK", "RUS", "USA")) == {"CHN", "IND"}


def test_bad_questions(measured, tiny):
    with pytest.raises(SameStateError, match="three different"):
        pivot_of(measured, "PAK", "RUS", "RUS", config=tiny)
    with pytest.raises(NoDataError, match="France is not among"):
        pivot_of(measured, "PAK", "RUS", "FRA", config=tiny)
    with pytest.raises(OptionError, match="horizon"):
        pivot_of(measured, "PAK", "RUS", "USA", horizon=0, config=tiny)
    with pytest.raises(OptionError, match="a window of 500"):
        rolling_pivot_of(measured, "PAK", "RUS", "USA", width=500)


def test_a_tie_that_was_not_observed_is_named_with_where_the_rest_is(measured, tiny):
    gone = (measured.dyads == ["PAK", "RUS"]).all(axis=1)
    lacking = replace(measured, y=np.where(gone[:, None], np.nan, measured.y))
    said = r"PAK-RUS was observed in fewer than 3 periods, so that this triad has no number; data='index' may have it, and pivots of PAK has"
    with pytest.raises(NoDataError, match=said):
        pivot_of(lacking, "PAK", "RUS", "USA", config=tiny)


def test_windows_cover_the_span(measured, tiny):
    got = rolling_pivot_of(measured, "PAK", "RUS", "USA", width=30, step=20, config=tiny)
    assert got.first[0] == measured.periods[0]
    assert got.last[-1] == measured.periods[-1]
    assert got.to_polars().height == len(got.first) == 4
    assert (got.lo90 <= got.hi90).all()


# ---------------------------------------------------------------- worlds with a known truth

FAST = CoupleConfig(chains=1, draws=100, warmup=100, thin=2)
_GROUP = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])


def ar(rng, n_time, rho=0.7, sd=0.5):
    x = np.empty(n_time)
    x[0] = rng.standard_normal() * sd / np.sqrt(1 - rho**2)
    for t in range(1, n_time):
        x[t] = rho * x[t - 1] + sd * rng.standard_normal()
    return x


def triad(rng, ab, ac, bc):
    """The world of three ties seen with noise and gaps."""
    x = np.column_stack([ab, ac, bc])
    s2 = np.full(x.shape, 0.1)
    y = x + rng.standard_normal(x.shape) * np.sqrt(1.5 * s2)
    y[rng.random(x.shape) < 0.15] = np.nan
    return World(
        y, s2, np.zeros(3), np.zeros(3), 1.0, _GROUP, np.full(3, 0.7),
        np.array([np.zeros(3), np.full(3, np.log(0.25)), np.full(3, -0.7)]),
        np.array([0.5, 0.3, 0.3]), np.array([np.log(6.0), 0.25]), 1.0, True, False,
    )  # fmt: skip


def z_of(world, *entropy):
    got = _triad_of(world, FAST, 5, 0, 1, entropy).response
    return got.mean() / got.std()


def p_value(seed, n_time=40, thirds=20, effect=0.0):
    """Placebo p of the first third state; with an effect, its tie moves A-B one period later."""
    rng = np.random.default_rng([seed, 99])
    pulls = [ar(rng, n_time) for _ in range(thirds)]
    ab = ar(rng, n_time)
    for t in range(1, n_time):
        ab[t:] += effect * pulls[0][t - 1] * 0.7 ** np.arange(n_time - t)
    z = [z_of(triad(rng, ab, pull, ar(rng, n_time)), seed, k) for k, pull in enumerate(pulls)]
    return float((np.abs(z) >= abs(z[0])).mean()), z[0]


@pytest.mark.slow
def test_placebo_rate_under_the_null():
    p = np.array([p_value(seed)[0] for seed in range(400)])
    rate = float((p <= 0.05 + 1e-9).mean())
    print(f"placebo p <= 0.05 in {rate:.3f} of 400 null worlds of 20 third states")
    assert 0.03 <= rate <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_time", "effect", "power"), [(40, -0.8, 0.1), (150, -0.4, 0.5), (150, -0.8, 0.9)]
)
def test_a_true_pivot_is_found(n_time, effect, power):
    """The placebo test finds what there is in long records; in 40 periods it seldom does."""
    got = [p_value(10_000 + seed, n_time, effect=effect) for seed in range(30)]
    found = float(np.mean([p <= 0.05 + 1e-9 for p, _ in got]))
    sign = float(np.mean([z < 0 for _, z in got]))
    print(
        f"true pivot ({effect} a period later, {n_time} periods): p <= 0.05 in {found:.2f}, right sign "
        f"{sign:.2f}"
    )
    assert found > power
    assert sign > 0.8


def _score(world, truth, network, seed):
    """Mean log density of the true coefficients under normals of the posterior's moments."""
    rng = np.random.default_rng(seed)
    world = world._replace(network=network)
    chain = draw_prior(world, 1, rng)
    sweeps(world, chain, keep_room(chain, 0), 0, 400, 1, rng)
    kept = keep_room(chain, 400)
    sweeps(world, chain, kept, 0, 400, 4, rng)
    return norm.logpdf(truth, kept.coef.mean(axis=0), kept.coef.std(axis=0)).mean()


@pytest.mark.slow
def test_network_structure_is_recovered_better_than_by_plain_minnesota():
    """Worlds of 10 ties in which only those that share a state move each other."""
    pairs = list(combinations(range(5), 2))
    group = np.array([[0 if a == b else 1 if set(a) & set(b) else 2 for b in pairs] for a in pairs])
    gains = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        while True:
            coef = np.where(group == 0, 0.6, np.where(group == 1, rng.normal(0, 0.12, (10, 10)), 0))
            if np.abs(np.linalg.eigvals(coef)).max() < 0.97:
                break
        x = np.zeros((150, 10))
        for t in range(1, 150):
            x[t] = coef @ x[t - 1] + 0.5 * rng.standard_normal(10)
        world = World(
            x + np.sqrt(0.1) * rng.standard_normal(x.shape), np.full(x.shape, 0.05),
            np.zeros(10), np.zeros(10), 1.0, group, np.full(10, 0.7),
            np.array([np.zeros(10), np.full(10, np.log(0.25)), np.full(10, -0.3)]),
            np.array([0.5, 0.3, 0.3]), np.array([np.log(6.0), 0.25]), 1.0, True, False,
        )  # fmt: skip
        gains.append([_score(world, coef, network, seed) for network in (True, False)])
    network, plain = np.array(gains).T
    gain = network - plain
    print(
        f"log score of a true coefficient: network {network.mean():.3f}, plain {plain.mean():.3f}; "
        f"network ahead in {np.mean(gain > 0):.0%} of 20 worlds"
    )
    assert gain.mean() > 2 * gain.std() / np.sqrt(gain.size)


def test_third_states_share_what_the_other_ties_of_a_tie_have(model):
    a, b = model.dyads[0].split("-")
    got = third_shares(model, a, b)
    table = connectedness_of(model).pairs().filter(dyad=model.dyads[0])
    others = {s for label in model.dyads for s in label.split("-")} - {a, b}
    assert {t.state for t in got} == others
    assert sum(t.largest for t in got) == pytest.approx(1.0)
    for t in got:
        own = [d for d in model.dyads if t.state in d.split("-") and {a, b} & {*d.split("-")}]
        parts = table.filter(pl.col("dyad_from").is_in(own))["share"]
        # The median of a sum is near the sum of medians.
        assert t.share[1] == pytest.approx(parts.sum(), abs=0.05)
        assert 0 <= t.share[0] <= t.share[1] <= t.share[2] <= 1
