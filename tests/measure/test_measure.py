"""The measurement model on worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from quadrille.errors import NoDataError, SameStateError
from quadrille.kernels.ar1 import smooth_paths, unpack
from quadrille.kernels.constants import Z90
from quadrille.measure.model import measure
from quadrille.measure.tie import relation_of
from quadrille.panel.facets import Observations


@pytest.fixture(scope="module")
def world(simulate):
    obs, truth, theta = simulate(n_dyads=150, n_time=30)
    return obs, truth, theta, measure(obs)


def with_data(obs, data):
    return Observations(obs.facet, obs.unit, obs.phi_min, data, obs.panel)


def test_everything_converges(world):
    _, _, _, m = world
    assert m.converged.all()
    assert m.prior.converged
    assert np.isfinite(m.mean).all()
    assert (m.sd > 0).all()


def test_learns_the_truth_across_dyads(world):
    _, _, theta, m = world
    mu, q, rho, phi = unpack(m.theta, 1.0)
    assert np.corrcoef(mu, theta[:, 0])[0, 1] > 0.8
    assert np.median(q) == pytest.approx(np.median(theta[:, 1]), rel=0.5)
    assert np.median(rho) == pytest.approx(np.median(theta[:, 2]), abs=0.12)
    assert np.median(phi) == pytest.approx(np.median(theta[:, 3]), rel=0.35)


def test_estimates_beat_the_raw_observations(world):
    _, truth, _, m = world
    seen = ~np.isnan(m.y)
    ours = np.mean((m.mean - truth)[seen] ** 2)
    raw = np.mean((m.y - truth)[seen] ** 2)
    assert ours < 0.75 * raw


def test_uncertainty_grows_in_gaps(world):
    _, _, _, m = world
    seen = ~np.isnan(m.y)
    assert m.sd[~seen].mean() > 1.1 * m.sd[seen].mean()


def test_draws_agree_with_the_integrated_moments(world):
    _, _, _, m = world
    for row in range(5):
        made = relation_of(m, *m.dyads[row], draws=4000)
        assert made.diagnostics.trusted
        # Two approximations of one posterior: sigma points against importance draws.
        np.testing.assert_allclose(
            made.draws.mean(axis=0), m.mean[row], atol=0.15 * m.sd[row].max()
        )
        np.testing.assert_allclose(made.draws.std(axis=0), m.sd[row], rtol=0.15)


def test_bands_are_wider_than_with_parameters_taken_as_known(world):
    _, _, _, m = world
    mu, q, rho, phi = unpack(m.theta, 1.0)
    plain = np.sqrt(smooth_paths(m.y, phi[:, None] * m.s2, mu, rho, q).var)
    assert np.mean(m.sd > plain) > 0.9


def test_seed_and_company_do_not_matter(world):
    _, _, _, m = world
    a, b = m.dyads[3]
    relation_of(m, *m.dyads[7])
    np.testing.assert_array_equal(
        relation_of(m, a, b, seed=5).draws, relation_of(m, b, a, seed=5).draws
    )
    assert not np.array_equal(
        relation_of(m, a, b, seed=5).draws, relation_of(m, a, b, seed=6).draws
    )


def test_row_order_does_not_matter(world):
    obs, _, _, m = world
    shuffled = measure(with_data(obs, obs.data.sample(fraction=1.0, shuffle=True, seed=1)))
    np.testing.assert_allclose(shuffled.mean, m.mean, rtol=1e-9)


def test_a_dyad_with_one_observation_borrows(simulate):
    obs, _, _ = simulate(n_dyads=150, n_time=20, seed=3)
    first = obs.data.filter(pl.col("state_a") == "A00000").head(1)
    rest = obs.data.filter(pl.col("state_a") != "A00000")
    m = measure(with_data(obs, pl.concat([first, rest])))
    made = relation_of(m, "A00000", "B00000")
    assert made.diagnostics.trusted
    lo, _, hi = made.hyper["rho"]
    assert 0 < lo < hi < 1
    assert np.isfinite(made.draws).all()


def test_few_dyads_fall_back_on_the_hyperprior(simulate):
    obs, _, _ = simulate(n_dyads=2, n_time=12, seed=4)
    m = measure(obs)
    assert m.converged.all()
    assert (m.sd > 0).all()


def test_unknown_dyad_is_an_error(world):
    _, _, _, m = world
    first, second = m.dyads[0, 0], m.dyads[1, 1]
    with pytest.raises(NoDataError, match=f"no observation of cordiality for {first}-{second}"):
        relation_of(m, first, second)
    with pytest.raises(SameStateError):
        relation_of(m, "X", "X")


def test_states_that_the_data_do_not_hold_are_said_at_once(world):
    _, _, _, m = world
    with pytest.raises(
        NoDataError, match="X and Turkey are not among the 300 states of these data"
    ):
        relation_of(m, "X", "TUR")
    with pytest.raises(
        NoDataError, match=r"Turkey is not among the 300 states of these data \(simulated\)"
    ):
        m.require([m.dyads[0, 0], "TUR", "TUR"])
    m.require(m.dyads[0])


def test_table_holds_every_dyad_and_period(world):
    _, _, _, m = world
    table = m.to_polars()
    assert table.height == m.mean.size
    assert table["lo90"].is_finite().all()
    one = relation_of(m, *m.dyads[0]).to_polars()
    assert one.height == len(m.periods)
    assert one.select((pl.col("shown_lo90") <= pl.col("shown")).all()).item()
    assert one["p_warm"].is_between(0, 1).all()


@pytest.mark.slow
@pytest.mark.parametrize(("n_time", "gaps"), [(12, 0.2), (30, 0.3), (120, 0.6)])
def test_ninety_percent_bands_cover_ninety_percent(simulate, n_time, gaps):
    """Coverage over 3,000 dyads, by moments and by draws."""
    obs, truth, _ = simulate(n_dyads=3000, n_time=n_time, seed=7, gaps=gaps)
    m = measure(obs)
    inside = np.abs(truth - m.mean) <= Z90 * m.sd
    drawn = []
    for row in range(0, 3000, 5):
        lo, hi = np.quantile(relation_of(m, *m.dyads[row]).draws, (0.05, 0.95), axis=0)
        drawn.append((lo <= truth[row]) & (truth[row] <= hi))
    print(f"\n{n_time} periods: moments {inside.mean():.4f}, draws {np.mean(drawn):.4f}")
    assert 0.88 <= inside.mean() <= 0.92
    assert 0.88 <= np.mean(drawn) <= 0.92
