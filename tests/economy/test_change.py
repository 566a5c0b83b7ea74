"""Changed worlds of trade: what the scenarios ask of the kernel, their bands, and their laws."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from traded import STATES, write_trade

import quadrille
from quadrille.economy.change import (
    Effect,
    agreement,
    corridor,
    embargo,
    payment,
    tariff,
)
from quadrille.economy.panel import trade_panel
from quadrille.economy.world import trade_world
from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.kernels.armington import equilibrium
from quadrille.sources.formats import read_layers


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    path = write_trade(tmp_path_factory.mktemp("trade") / "trade.csv")
    return {x.name: x for x in read_layers(path)}


@pytest.fixture(scope="module")
def world(layers):
    return trade_world(trade_panel(layers))


def test_world_is_the_flows_of_its_year(layers, world):
    assert world.states == STATES and world.year == 2008 and world.absent == ()
    trade, home = layers["agtpa_trade"].data, layers["agtpa_domestic"].data
    sold = trade.filter(
        pl.col("year") == 2008, pl.col("source") == "IND", pl.col("target") == "USA"
    )
    own = home.filter(pl.col("year") == 2008, pl.col("state") == "IND")
    i, u = world.places(("IND", "USA"))
    assert world.flows[i, u] == sold["value"][0] and world.flows[i, i] == own["value"][0]
    assert ("PAK", "CHN") in world.agreements and ("PAK", "RUS") not in world.agreements
    with pytest.raises(NoDataError, match="years 2000 to 2008"):
        trade_world(trade_panel(layers), 1990)
    with pytest.raises(NoDataError, match="sells to itself"):
        trade_world(trade_panel(layers, domestic=False))


def test_agreement_is_the_kernel_at_the_estimate(world):
    made = agreement(world, "PAK", "RUS", Effect(0.5, 0.1), draws=300).change
    cost = np.ones_like(world.flows)
    p, r = world.places(("PAK", "RUS"))
    cost[p, r] = cost[r, p] = np.exp(0.5 / -6.0)
    found = equilibrium(world.flows, cost, 7.0)
    np.testing.assert_allclose(
        made.after["welfare"], found.welfare(world.flows.sum(axis=0)), rtol=1e-9
    )
    np.testing.assert_allclose(made.direct, made.before * np.exp(0.5), rtol=1e-12)
    np.testing.assert_allclose(
        made.after["flows"][0], found.flows[p, r] / world.flows[p, r], rtol=1e-9
    )
    np.testing.assert_allclose(
        made.after["trade"][0], (made.after["flows"] * made.before).sum() / made.before.sum()
    )


def test_bands_hold_the_estimate_and_say_where_they_come_from(world):
    made = agreement(world, "PAK", "RUS", Effect(0.5, 0.15), draws=2000).change
    low, mid, high = made.band("flows")[:, 0]
    assert low < mid < high
    # With σ fixed the log of trade alone moves by β: its own band is that of the estimate.
    known = agreement(
        world, "PAK", "RUS", Effect(0.5, 0.15), sigma=7.0, sigma_range=(7.0, 7.0), draws=2000
    ).change
    spread = np.log(known.draws["flows"][:, 0]).std()
    assert spread == pytest.approx(0.15, rel=0.15)
    p = made.states.index("PAK")
    wide = {what: np.ptp(np.quantile(v[:, p], (0.05, 0.95))) for what, v in made.alone.items()}
    both = np.ptp(np.quantile(made.draws["welfare"][:, p], (0.05, 0.95)))
    assert set(wide) == {"effect", "sigma"} and all(0 < w < both for w in wide.values())
    given = agreement(world, "PAK", "RUS", Effect(0.5), draws=200).change
    assert set(given.alone) == {"sigma"}


def test_phases_end_where_the_whole_does_and_rise(world):
    made = agreement(world, "PAK", "RUS", Effect(0.5, 0.1), phase_in=4, draws=200)
    assert made.phases["share"].to_list() == [0.25, 0.5, 0.75, 1.0]
    assert made.phases["trade"].is_sorted()
    assert made.phases["trade"][-1] == pytest.approx(made.change.after["trade"][0] - 1, rel=1e-9)
    assert made.phases["PAK"][-1] == pytest.approx(made.change.of("welfare", "PAK")[1], rel=1e-6)


def test_same_seed_same_numbers(world):
    one, two = (corridor(world, ("CHN", "PAK"), 0.1, draws=200, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.change.draws["welfare"], two.change.draws["welfare"])


def test_members_gain_from_cheaper_trade(world):
    for made in (
        agreement(world, "PAK", "RUS", Effect(0.3), draws=200).change,
        corridor(world, ("CHN", "PAK", "IRN"), 0.05, draws=200).change,
    ):
        assert all(made.of("welfare", s)[0] > 0 for s in made.parties)


def test_embargo_ends_the_trade_and_costs_the_target(world):
    made = embargo(world, "RUS", ("USA", "TUR"), draws=200).change
    assert np.abs(made.after["flows"]).max() == 0.0 and (made.direct == 0).all()
    assert made.of("welfare", "RUS")[2] < 0
    with pytest.raises(NotConvergedError, match="leave it a partner"):
        embargo(world, "RUS", tuple(s for s in STATES if s != "RUS"), draws=200)


def test_a_small_tariff_and_a_payment(world):
    made = tariff(world, "USA", "CHN", 0.02, draws=200)
    assert made.after["flows"][0] < 1 and made.pairs == (("CHN", "USA"),)
    assert made.of("terms", "CHN")[1] < 0
    paid = payment(world, "PAK", "CHN", 5.0, draws=200)
    assert paid.of("welfare", "PAK")[1] < 0 < paid.of("welfare", "CHN")[1]
    none = payment(world, "PAK", "CHN", 0.0, draws=200)
    np.testing.assert_allclose(none.after["welfare"], 1.0, rtol=1e-10)


def test_a_world_where_nothing_changes_stays_as_it_was(world):
    made = agreement(world, "PAK", "RUS", Effect(0.0), draws=20)
    for name, values in made.change.after.items():
        np.testing.assert_allclose(values, 1.0, atol=1e-9, err_msg=name)
    assert "by less than 1% either way" in made.view().sentences[0]


def test_what_is_no_change_of_policy_is_refused(world):
    with pytest.raises(OptionError, match="effect is nan"):
        agreement(world, "PAK", "RUS", Effect(float("nan")))
    with pytest.raises(OptionError, match="effect is 1000"):
        agreement(world, "PAK", "RUS", Effect(1e3))
    with pytest.raises(OptionError, match="nobody ends trade with it"):
        embargo(world, "RUS", ())


def test_those_who_have_an_agreement_are_refused(world):
    with pytest.raises(OptionError, match="an agreement in 2008 already"):
        agreement(world, "CHN", "PAK", Effect(0.5))


def test_a_thousand_draws_of_69_countries_in_seconds(agtpa):
    """Processor seconds of all that a question does; three times the bar for busy machines."""
    import time

    world = trade_world(trade_panel(agtpa))
    assert len(world.states) == 69
    start = time.process_time()
    made = corridor(world, ("CHN", "IND"), 0.1, draws=1000)
    assert made.change.draws["welfare"].shape == (1000, 69)
    assert time.process_time() - start < 15


def test_questions_ask_it(layers):
    made = quadrille.trade_agreement("Pakistan", "Russia", effect=0.5, draws=200, layers=layers)
    assert made.label == "PAK-RUS" and made.to_polars().height == 7
    assert (
        quadrille.open("chronicle", layers=layers).trade_corridor(["CHN", "PAK"], draws=200).cut
        == 0.1
    )
    with pytest.raises(OptionError, match="cut is 2"):
        quadrille.trade_corridor(["CHN", "PAK"], cut=2, layers=layers)


def test_question_estimates_the_effect(layers):
    pytest.importorskip("pyfixest")
    made = quadrille.trade_agreement("PAK", "RUS", draws=200, layers=layers)
    assert made.effect.raw is not None and made.effect.se > 0
    # Made with 0.5; the world is small.
    assert abs(made.effect.value - 0.5) < 3 * made.effect.se
