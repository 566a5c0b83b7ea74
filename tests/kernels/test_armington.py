"""Worlds in changes: closed forms, laws, an independent solver, and speed."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import fsolve

from quadrille.kernels.armington import balanced, conditional, equilibrium, terms_of_trade

seeds = st.integers(0, 10_000)


def world(n, rng, gap=0.1):
    """Flows among n countries of unequal size, most of them at home."""
    size = rng.lognormal(0, 1.2, n)
    away = np.exp(rng.normal(0, 0.8, (n, n)) - 2.5 * (1 - np.eye(n)))
    return np.outer(size, size * rng.lognormal(0, gap, n)) * away


def cheaper(n, rng):
    cost = np.exp(rng.normal(0, 0.15, (n, n)))
    np.fill_diagonal(cost, 1.0)
    return cost


@given(st.floats(0.05, 0.95), st.floats(0.5, 2.0), st.floats(1.5, 9.0))
def test_two_equal_countries(home, cost, sigma):
    """Prices stay, and P^(1-σ) = h + (1-h) τ^(1-σ)."""
    flows = np.array([[home, 1 - home], [1 - home, home]])
    changed = np.array([[1.0, cost], [cost, 1.0]])
    found = equilibrium(flows, changed, sigma)
    level = home + (1 - home) * cost ** (1 - sigma)
    np.testing.assert_allclose(found.price, 1.0, rtol=1e-9)
    np.testing.assert_allclose(found.price_index, level ** (1 / (1 - sigma)), rtol=1e-9)
    np.testing.assert_allclose(found.flows[0, 0], home / level, rtol=1e-9)


@given(seeds, st.floats(1.5, 9.0))
def test_gains_are_told_by_what_is_bought_at_home(seed, sigma):
    """Real output is the change of the home share to the power 1/(1-σ) (Arkolakis, Costinot & Rodríguez-Clare 2012)."""
    rng = np.random.default_rng(seed)
    flows = world(6, rng)
    found = equilibrium(flows, cheaper(6, rng), sigma)
    home = (np.diag(found.flows) / found.expenditure) / (np.diag(flows) / flows.sum(axis=0))
    np.testing.assert_allclose(found.real_output, home ** (1 / (1 - sigma)), rtol=1e-7)


def test_autarky_costs_what_the_home_share_says():
    rng = np.random.default_rng(3)
    flows = balanced(world(5, rng), *[rng.lognormal(0, 1, 5)] * 2)
    cost = np.where(np.eye(5) == 1, 1.0, np.inf)
    found = equilibrium(flows, cost, 5.0)
    home = np.diag(flows) / flows.sum(axis=0)
    np.testing.assert_allclose(found.welfare(flows.sum(axis=0)), home ** (1 / 4.0), rtol=1e-8)
    assert found.flows[~np.eye(5, dtype=bool)].max() == 0.0


@given(seeds, st.sampled_from(["share", "fixed"]))
def test_markets_clear_and_the_world_spends_what_it_earns(seed, deficits):
    rng = np.random.default_rng(seed)
    flows = world(7, rng)
    found = equilibrium(flows, cheaper(7, rng), 6.0, deficits=deficits)
    output = flows.sum(axis=1)
    np.testing.assert_allclose(found.flows.sum(axis=1), found.price * output, rtol=1e-8)
    np.testing.assert_allclose(found.flows.sum(axis=0), found.expenditure, rtol=1e-9)
    np.testing.assert_allclose(found.expenditure.sum(), output.sum(), rtol=1e-9)


def test_a_world_where_nothing_changes():
    flows = world(8, np.random.default_rng(1))
    tariff = np.full((8, 8), 0.07)
    for found in (
        equilibrium(flows, np.ones((8, 8)), 7.0),
        equilibrium(flows, np.ones((8, 8)), 7.0, tariff_before=tariff, tariff=tariff),
        equilibrium(flows, np.ones((8, 8)), 7.0, payment=np.zeros(8), deficits="fixed"),
    ):
        np.testing.assert_allclose(found.price, 1.0, rtol=1e-12)
        np.testing.assert_allclose(found.flows, flows, rtol=1e-10)
    np.testing.assert_allclose(conditional(flows, np.ones((8, 8)), 7.0), flows, rtol=1e-9)
    np.testing.assert_allclose(terms_of_trade(flows, np.ones(8), 7.0), 1.0, rtol=1e-12)


@given(seeds, st.floats(0.01, 100.0))
def test_the_unit_of_the_flows_does_not_matter(seed, unit):
    rng = np.random.default_rng(seed)
    flows, cost = world(5, rng), cheaper(5, rng)
    one, two = (equilibrium(v, cost, 4.0) for v in (flows, flows * unit))
    np.testing.assert_allclose(one.price, two.price, rtol=1e-8)
    np.testing.assert_allclose(one.flows * unit, two.flows, rtol=1e-7)


@given(seeds)
def test_dearer_for_all_its_sellers_costs_a_country_that_much_alone(seed):
    """All that j buys, at home too, at twice the cost: trade stays, and j's prices double."""
    rng = np.random.default_rng(seed)
    flows = world(5, rng)
    cost = np.ones((5, 5))
    cost[:, 2] = 2.0
    found = equilibrium(flows, cost, 4.0)
    np.testing.assert_allclose(found.flows, flows, rtol=1e-8)
    np.testing.assert_allclose(found.price_index, [1, 1, 2, 1, 1], rtol=1e-8)


@given(seeds)
def test_names_of_countries_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    flows, cost, order = world(6, rng), cheaper(6, rng), rng.permutation(6)
    one = equilibrium(flows, cost, 5.0)
    two = equilibrium(flows[np.ix_(order, order)], cost[np.ix_(order, order)], 5.0)
    np.testing.assert_allclose(one.price[order], two.price, rtol=1e-8)


@pytest.mark.parametrize("deficits", ["share", "fixed"])
def test_tariffs_and_payments_against_a_general_solver(deficits):
    """Every equation written out, and solved by MINPACK."""
    rng = np.random.default_rng(11)
    n, sigma = 5, 4.5
    flows, cost = world(n, rng), cheaper(n, rng)
    before, after = (rng.uniform(0, 0.3, (n, n)) * (1 - np.eye(n)) for _ in range(2))
    payment = rng.normal(0, 0.02, n) * flows.sum(axis=1).min()
    payment -= payment.mean()
    output, own, spent = flows.sum(axis=1), flows.sum(axis=0), (flows * (1 + before)).sum(axis=0)
    share = flows * (1 + before) / spent

    def world_at(price):
        dear = price[:, None] * cost * (1 + after) / (1 + before)
        part = share * dear ** (1 - sigma)
        part = part / part.sum(axis=0)
        base = own * price if deficits == "share" else output * price + own - output
        base = base * (output @ price) / base.sum() + payment
        spending = base / (part / (1 + after)).sum(axis=0)
        return part * spending / (1 + after), spending

    def excess(log_price):
        price = np.exp(log_price)
        sold = world_at(price)[0].sum(axis=1) - price * output
        return np.append(sold[:-1], output @ price - output.sum())

    price = np.exp(fsolve(excess, np.zeros(n), xtol=1e-13))
    found = equilibrium(
        flows, cost, sigma, tariff_before=before, tariff=after, payment=payment, deficits=deficits
    )
    np.testing.assert_allclose(found.price, price, rtol=1e-8)
    np.testing.assert_allclose(found.flows, world_at(price)[0], rtol=1e-7)
    np.testing.assert_allclose(found.expenditure, world_at(price)[1], rtol=1e-7)


def test_a_small_tariff_of_a_large_country_turns_its_terms_of_trade():
    rng = np.random.default_rng(2)
    flows = balanced(world(6, rng), *[rng.lognormal(0, 0.3, 6)] * 2)
    tariff = np.zeros((6, 6))
    tariff[:, 0] = 0.05
    tariff[0, 0] = 0.0
    found = equilibrium(flows, np.ones((6, 6)), 4.0, tariff=tariff)
    assert terms_of_trade(flows, found.price, 4.0)[0] > 1.0
    # The best tariff is about 1/(σ-1), so that one of 5% gains, at others' expense.
    welfare = found.welfare(flows.sum(axis=0))
    assert welfare[0] > 1.0 and welfare[1:].max() < 1.0


def test_draws_are_solved_each_by_itself():
    rng = np.random.default_rng(5)
    flows = world(9, rng)
    costs = np.stack([cheaper(9, rng) for _ in range(120)])
    sigma = rng.uniform(3, 9, 120)
    found = equilibrium(flows, costs, sigma)
    for k in (0, 49, 50, 119):
        alone = equilibrium(flows, costs[k], float(sigma[k]))
        np.testing.assert_allclose(found.price[k], alone.price, rtol=1e-8)
        np.testing.assert_allclose(found.flows[k], alone.flows, rtol=1e-7)


def test_conditional_keeps_outputs_and_expenditures():
    rng = np.random.default_rng(6)
    flows, cost = world(6, rng), cheaper(6, rng)
    found = conditional(flows, cost, 5.0)
    np.testing.assert_allclose(found.sum(axis=1), flows.sum(axis=1), rtol=1e-8)
    np.testing.assert_allclose(found.sum(axis=0), flows.sum(axis=0), rtol=1e-8)
    odds = found / (flows * cost**-4.0)
    np.testing.assert_allclose(odds * odds[0, 0], np.outer(odds[:, 0], odds[0]), rtol=1e-8)


def test_it_is_quick():
    """Processor seconds; three times the bar, for busy machines."""
    rng = np.random.default_rng(0)
    flows = {n: world(n, rng) for n in (69, 200)}
    cost = {n: cheaper(n, rng) for n in flows}
    for n, bar in ((69, 0.03), (200, 0.3)):
        equilibrium(flows[n], cost[n], 7.0)
        start = time.process_time()
        equilibrium(flows[n], cost[n], 7.0)
        assert time.process_time() - start < bar
    start = time.process_time()
    equilibrium(flows[69], cost[69] ** rng.normal(1, 0.3, (1000, 1, 1)), rng.uniform(4, 9, 1000))
    assert time.process_time() - start < 15
