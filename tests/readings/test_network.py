"""The signed network of one period: the camps are the best by brute force, and balance is that of every triangle."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

import quadrille
from quadrille.errors import NoDataError, OptionError
from quadrille.readings.network import network_of

SIX = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
TIES = {pair: [level] for pair, level in zip(
    combinations(SIX, 2), (1.2, 0.9, -1.0, -0.8, -0.05, 1.5, -0.9, 0.4, -1.3, -1.1, -0.7, 0.3, 0.8, -0.2, 0.6), strict=True
)}  # fmt: skip


@pytest.fixture
def made(measured, monkeypatch):
    monkeypatch.setattr("quadrille.readings.moment.existed", lambda *_: True)
    return lambda paths, states=SIX: network_of(measured(paths, sd=0.6), states, 0)


def odds(n, camp):
    at = dict(zip(n.states, camp, strict=True))
    rows = n.table.select("state_a", "state_b", "p_warm").iter_rows()
    return sum(1 - p if at[a] == at[b] else p for a, b, p in rows)


def test_camps_are_the_best_of_all_divisions(made):
    n = made(TIES)
    best = min(odds(n, camp) for camp in product((0, 1), repeat=6))
    assert n.at_odds == pytest.approx(best) == pytest.approx(odds(n, n.camp))
    assert n.at_odds == pytest.approx(n.table["p_odds"].sum())
    assert n.proven
    assert n.camps() == (("AAA", "BBB", "CCC"), ("DDD", "EEE", "FFF"))


def test_firmness_is_what_changing_sides_would_cost(made):
    n = made(TIES)
    for k, firm in enumerate(n.firm):
        turned = n.camp.copy()
        turned[k] = ~turned[k]
        assert odds(n, turned) - n.at_odds == pytest.approx(firm)


def test_balance_is_the_mean_over_triangles_with_three_known_ties(made):
    some = {pair: level for pair, level in TIES.items() if pair != ("AAA", "BBB")}
    n = made(some)
    sign = {
        frozenset((a, b)): 2 * p - 1
        for a, b, p in n.table.select("state_a", "state_b", "p_warm").iter_rows()
    }
    each = [
        0.5 * (1 + np.prod([sign[frozenset(pair)] for pair in combinations(three, 2)]))
        for three in combinations(n.states, 3)
        if all(frozenset(pair) in sign for pair in combinations(three, 2))
    ]
    assert n.triangles == len(each) == 16
    assert n.balanced == pytest.approx(np.mean(each))


def test_friends_stand_nearer_than_foes(made):
    n = made(TIES)
    apart = {
        (a, b): np.linalg.norm(n.place[n.states.index(a)] - n.place[n.states.index(b)])
        for a, b in TIES
    }
    near = np.mean([apart[pair] for pair, (level,) in TIES.items() if level > 0.5])
    far = np.mean([apart[pair] for pair, (level,) in TIES.items() if level < -0.5])
    assert near < far


def test_all_friends_are_one_camp(made):
    n = made({pair: [1.0] for pair in TIES})
    assert n.camps() == (SIX, ())


def test_too_few_and_too_many(made):
    with pytest.raises(NoDataError, match="fewer than three"):
        made(TIES, ("AAA", "BBB"))
    with pytest.raises(OptionError, match="at most 80"):
        made(TIES, tuple(f"S{k:02}" for k in range(81)))
    with pytest.raises(OptionError, match="needs states or a region"):
        quadrille.network()
