"""Changes of leader as dated shocks: on made worlds with and without an effect, and what is said where there is none."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from quadrille.coupling.turnover import STEPS, changes_by_state, turnover_of
from quadrille.panel.levels import Paths
from quadrille.states.leaders import leading

FIRST, YEARS = 1946, 76
OTHERS = [f"X{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(28)]


def world(rng, effect=0.0, turn=3.0, trend=0.0):
    """Ties of thirty-one states; leaders of the United States turn it to or from everyone."""
    states = tuple(sorted(["PAK", "RUS", "USA", *OTHERS]))
    pairs = np.array(list(combinations(states, 2)))
    move = rng.standard_normal((len(pairs), YEARS)) + rng.standard_normal(YEARS)
    at = {tuple(p): i for i, p in enumerate(pairs.tolist())}
    years = [y - FIRST for y in leading("USA") if y < FIRST + YEARS]
    for year in years:
        much = turn * rng.standard_normal()
        ours = [i for p, i in at.items() if "USA" in p]
        move[ours, year] += much
        move[at["PAK", "RUS"], year] += effect * move[at["PAK", "USA"], year]
        move[at["PAK", "RUS"], year - 3 : year] -= trend * much
    level = 0.2 * move.cumsum(axis=1)
    periods = tuple(date(FIRST + k, 1, 1) for k in range(YEARS))
    return Paths(pairs, periods, level, *np.ones((2, *level.shape)))


def asked(paths, a="PAK", b="RUS", on="USA"):
    return turnover_of(paths, "index", a, b, on, {})


def test_years_in_which_another_leader_held_office_for_most_of_the_days():
    assert leading("USA")[:6] == (1953, 1961, 1964, 1969, 1975, 1977)
    assert leading("RUS")[-1] == 2012
    assert leading("XKX") == ()


def test_an_effect_is_found_and_its_path_begins_at_the_change():
    got = asked(world(np.random.default_rng(1), effect=-1.0))
    assert not got.failures
    assert got.verdict.word == "moves it"
    assert got.verdict.way == -1
    assert got.first_stage > 10
    base = list(STEPS).index(-1)
    assert got.moved[1, base] == 0.0
    assert got.moved[2, base + 1] < 0.0
    assert got.years[0] == 1953
    assert np.all(np.diff(got.years) >= 3)
    assert 0 < got.robust_band < got.robust < 1


def test_a_tie_that_moves_before_the_change_fails_the_design():
    found = [asked(world(np.random.default_rng(s), trend=1.0)) for s in range(3)]
    assert all(
        any("the tie itself moved before the change" in why for why in x.failures) for x in found
    )
    assert {x.verdict.word for x in found} == {"undetermined"}


def test_without_a_turn_the_first_stage_is_weak():
    found = [asked(world(np.random.default_rng(s), turn=0.0)) for s in range(6)]
    assert sum(any("weak first stage" in why for why in x.failures) for x in found) >= 5


def test_what_is_missing_is_said():
    made = world(np.random.default_rng(1))
    assert "no leaders of XAA" in asked(made, on="XAA").missing
    assert "holds no IND" in asked(made, b="IND").missing
    tie = (made.dyads == ["PAK", "RUS"]).all(axis=1)
    gone = made._replace(mean=np.where(tie[:, None], np.nan, made.mean))
    got = asked(gone)
    assert (
        got.missing
        == "0 changes of leader have a whole window of PAK-RUS and PAK-USA, and at least 4 are needed"
    )
    assert got.failures == (got.missing,)
    assert got.verdict.word == "undetermined"


def test_a_layer_of_leaders_knows_every_state():
    rows = [
        ("XAA", y, mth, "one" if (y, mth) < (1950, 9) else "two")
        for y in (1949, 1950, 1951)
        for mth in range(1, 13)
    ]
    data = pl.DataFrame(rows, schema=["state", "year", "month", "leader"], orient="row")
    changes, where = changes_by_state(
        {"reign": SimpleNamespace(role="leaders", data=data, name="reign")}
    )
    assert changes["XAA"] == (1951,)
    assert changes["USA"] == leading("USA")
    assert where == "reign"


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "least", "most"), [(0.0, 0.05, 0.13), (-1.0, 0.6, 1.0)])
def test_size_and_power(effect, least, most):
    """Share of 400 worlds in which zero lies outside the 90% band: a tenth without an effect, give or take 3 points."""
    found = [asked(world(np.random.default_rng(s), effect=effect)) for s in range(400)]
    out = np.mean([not x.effect[0] <= 0.0 <= x.effect[2] for x in found])
    print(
        f"effect {effect}: {out:.3f} outside; {np.mean([not x.failures for x in found]):.2f} of designs hold"
    )
    assert least < out < most
