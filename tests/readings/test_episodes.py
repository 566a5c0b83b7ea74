"""Episodes from draws made by hand, from the chronicle, and from worlds whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import quadrille
from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.ar1 import simulate_paths
from quadrille.measure.result import Diagnostics, Relation
from quadrille.measure.tie import relation_of
from quadrille.panel.units import COOPERATION
from quadrille.readings.episodes import EpisodeRules, carriers, episodes_of
from quadrille.readings.regimes import regimes_of

FINE = Diagnostics(True, 900.0, 8000, 1000, 0.1)


def make_tie(draws, y=None, s2=None, facet="cordiality", q=0.3, rho=0.7, phi=1.0):
    draws = np.asarray(draws, float)
    n = draws.shape[1]
    hyper = {k: (v, v, v) for k, v in (("mu", 0.0), ("q", q), ("rho", rho), ("phi", phi))}
    return Relation(
        "A", "B", facet, COOPERATION, "test", "Y", 0.0,
        tuple(date(1950 + t, 1, 1) for t in range(n)), draws,
        draws.mean(axis=0) if y is None else y, np.full(n, 0.1) if s2 is None else s2, np.ones(n),
        COOPERATION.shown(draws.mean(axis=0) if y is None else y), hyper, FINE,
    )  # fmt: skip


def zigzag(*turns):
    """Straight lines between (period, level)."""
    at, level = zip(*turns, strict=True)
    return np.interp(np.arange(at[-1] + 1), at, level)


PATH = zigzag((0, 1), (6, -1), (14, 2), (20, 0), (23, 0.5))


def test_the_dates_of_a_known_path():
    found = episodes_of(make_tie(np.tile(PATH, (50, 1))), EpisodeRules(least_amplitude=1.0))
    assert [(e.kind, e.start[1].year, e.end[1].year) for e in found.items] == [
        ("chill", 1950, 1956), ("thaw", 1956, 1964), ("chill", 1964, 1970),
    ]  # fmt: skip
    assert all(e.probability == 1.0 and e.start[0] == e.start[2] for e in found.items)
    assert [e.amplitude[1] for e in found.items] == pytest.approx([2.0, 3.0, 2.0])
    assert [e.p_open for e in found.items] == [1.0, 0.0, 0.0]
    assert [e.p_ongoing for e in found.items] == [0.0, 0.0, 0.0]
    assert found.trough.nonzero()[0].tolist() == [6]
    assert found.peak.nonzero()[0].tolist() == [14]
    assert found.thaw[7:15].tolist() == [1.0] * 8
    assert np.all(found.thaw + found.chill <= 1.0)
    ongoing = episodes_of(make_tie(np.tile(PATH[:13], (50, 1))), EpisodeRules(least_amplitude=1.0))
    assert [e.p_ongoing for e in ongoing.items] == [0.0, 1.0]


def test_less_hostility_is_a_thaw():
    rules = EpisodeRules(least_amplitude=1.0)
    warm, hostile = (
        episodes_of(make_tie(np.tile(sign * PATH, (20, 1)), facet=facet), rules)
        for sign, facet in ((1, "cordiality"), (-1, "hostility"))
    )
    for one, other in zip(warm.items, hostile.items, strict=True):
        none = (0.0, 0.0, 0.0)
        assert replace(one, turn=None, change=none) == replace(other, turn=None, change=none)
        assert one.change[1] * other.change[1] < 0  # of warmth and of hostility
        assert (one.turn.probability, one.turn.when) == (other.turn.probability, other.turn.when)
        assert (one.turn.before, one.turn.after) == (-other.turn.before, -other.turn.after)
    ours, theirs = regimes_of(warm.tie), regimes_of(hostile.tie)
    np.testing.assert_allclose(ours.warm, theirs.warm)
    np.testing.assert_allclose(ours.levels, -np.array(theirs.levels))


def test_noise_widens_dates_and_lowers_chances():
    rng = np.random.default_rng(0)
    spread, share = [], []
    for noise in (0.1, 0.5, 1.0):
        draws = PATH + noise * rng.normal(size=(400, PATH.size))
        found = episodes_of(make_tie(draws), EpisodeRules(least_amplitude=1.5, least_share=0.05))
        thaw = max((e for e in found.items if e.kind == "thaw"), key=lambda e: e.probability)
        spread.append(thaw.start[2].year - thaw.start[0].year)
        share.append(thaw.probability)
    assert spread[0] < spread[1]
    assert share[0] > share[1] > share[2]


def test_a_tie_that_hardly_moves_has_no_episode():
    draws = 0.01 * np.random.default_rng(1).normal(size=(50, 30))
    found = episodes_of(make_tie(draws), EpisodeRules(least_amplitude=1.0))
    assert found.items == ()
    assert found.to_polars().is_empty()
    assert found.to_polars().columns[:3] == ["kind", "probability", "start_lo90"]


def test_where_regimes_and_episodes_disagree():
    """A jump both see; then a drift within the warm regime that only the dating sees."""
    path = np.concatenate(
        [np.full(20, -2.0), np.full(10, 2.0), zigzag((0, 2), (8, 1.2), (16, 2.2))]
    )
    found = episodes_of(make_tie(np.tile(path, (20, 1))), EpisodeRules(least_amplitude=0.5))
    other = regimes_of(found.tie)
    table = replace(found, regimes=other).to_polars()
    assert table["kind"][0] == "thaw"
    assert table["regimes_agree"].to_list() == [True] + [False] * (table.height - 1)
    assert table.height > 1
    assert table["regime_change"][0] == pytest.approx(1.0, abs=1e-3)  # a jump of many deviations
    assert other.jumps() == (date(1970, 1, 1),)
    assert other.bic_gain > 0


def test_a_tie_that_stays_in_one_regime_has_no_jump():
    y = 1.0 + 0.1 * np.random.default_rng(2).normal(size=30)
    tie = regimes_of(make_tie(np.tile(y, (20, 1)), y=y))
    steady = replace(tie, warm=np.full(30, 0.9))
    assert steady.jumps() == steady.dated() == ()


def test_a_break_has_a_date_where_a_chill_has_a_span():
    """Quiet years, one fall; the turning points lie anywhere in the quiet."""
    rng = np.random.default_rng(7)
    level = np.where(np.arange(60) >= 40, -1.5, 1.0)
    y = level + 0.4 * rng.normal(size=60)
    draws = level + 0.3 * rng.normal(size=(200, 60))
    found = episodes_of(make_tie(draws, y=y), EpisodeRules(least_amplitude=1.5))
    (k,) = [k for k, e in enumerate(found.items) if e.kind == "chill"]
    broke = found.items[k].broke
    assert broke is not None
    when = found.tie.periods.index(broke.when[1])
    assert abs(when - 40) <= 1
    assert broke.when[0] <= broke.when[1] <= broke.when[2]
    assert broke.before > 0.5 > -1.0 > broke.after
    table = found.to_polars()
    assert table["break"][k] == broke.when[1]
    assert table["p_break"][k] > 0.5
    low, mid, high = regimes_of(found.tie).dated()[0]
    assert low <= mid <= high
    assert mid == regimes_of(found.tie).jumps()[0]


def test_what_cannot_be_dated_is_refused():
    one = np.tile(PATH, (5, 1))
    with pytest.raises(OptionError, match="engagement"):
        episodes_of(make_tie(one, facet="engagement"))
    with pytest.raises(NoDataError, match="two regimes"):
        regimes_of(make_tie(one, y=np.where(np.arange(PATH.size) < 2, 1.0, np.nan)))
    with pytest.raises(NoDataError, match="too few"):
        episodes_of(make_tie(one, y=np.where(np.arange(PATH.size) < 2, 1.0, np.nan)))
    with pytest.raises(NoDataError, match="2 periods"):
        episodes_of(make_tie(one[:, :2], y=np.ones(2)))
    for bad in ({"least_length": 0}, {"least_amplitude": 0.0}, {"least_share": 0.0}):
        with pytest.raises(OptionError):
            EpisodeRules(**bad)


@pytest.fixture(scope="module")
def chronicle():
    return quadrille.relations(facet="cordiality")


def test_carriers_lie_inside_and_point_the_right_way(chronicle):
    found = episodes_of(relation_of(chronicle, "PAK", "RUS", 300, 1))
    carried = carriers(found, chronicle.observations.panel, 2)
    assert carried["episode"].unique().sort().to_list() == list(range(len(found.items)))
    for row in carried.iter_rows(named=True):
        e = found.items[row["episode"]]
        assert e.start[1] < row["period"] <= e.end[1]
        assert (row["move"] > 0) == (e.kind == "thaw")
    withdrawal = carried.filter(carried["text"].str.contains("troops leave Afghanistan"))
    assert withdrawal["kind"].to_list() == ["thaw"]


def test_history_is_told_as_it_is_known(chronicle):
    """The chill that ends during the war in Afghanistan, and the thaw around Tashkent."""
    found = episodes_of(relation_of(chronicle, "PAK", "RUS", 500, 1))
    spans = [(e.kind, e.start[1].year, e.end[1].year) for e in found.items]
    assert any(k == "thaw" and 1956 <= s <= 1961 and 1963 <= e <= 1968 for k, s, e in spans)
    assert any(k == "chill" and 1964 <= s <= 1969 and 1978 <= e <= 1983 for k, s, e in spans)


def simulated(rng, turns, noise=0.5, draws=200):
    """A zigzag observed with gaps, and its posterior under an AR(1) of the same persistence."""
    truth = zigzag(*turns)
    n = truth.size
    s2 = np.full(n, noise**2)
    y = truth + noise * rng.normal(size=n)
    y[rng.random(n) < 0.2] = np.nan
    mu, rho = truth.mean(), np.corrcoef(truth[1:], truth[:-1])[0, 1]
    q = truth.var() * (1 - rho**2)
    one = np.ones((1, draws))
    z = rng.normal(size=(1, draws, n))
    paths = simulate_paths(y[None], s2[None], one, mu * one, rho * one, q * one, z)[0]
    return make_tie(paths, y, s2, q=q, rho=rho)


@pytest.mark.slow
def test_dates_of_simulated_worlds():
    """Hit rate, date error and coverage of the 90% bands of turning points."""
    rng = np.random.default_rng(4)
    hits = total = inside = dated = 0
    errors = []
    for _ in range(150):
        at = np.concatenate([[0], np.cumsum(rng.integers(6, 15, size=7))])
        level = np.cumsum([0.0, *(rng.uniform(2, 3, 7) * (-1.0) ** np.arange(7))])
        found = episodes_of(simulated(rng, list(zip(at, level, strict=True))))
        for k in range(1, 6):
            kind = "thaw" if level[k + 1] > level[k] else "chill"
            total += 1
            middle = (at[k] + at[k + 1]) / 2
            match = [e for e in found.items if e.kind == kind
                     and e.start[1].year - 1950 <= middle <= e.end[1].year - 1950]  # fmt: skip
            if match:
                hits += 1
                low, mid, high = (d.year - 1950 for d in match[0].start)
                errors.append(abs(mid - at[k]))
                dated += 1
                inside += low <= at[k] <= high
    print(f"{hits / total:.3f} of {total} episodes found, start off by {np.mean(errors):.2f} periods, "
          f"90% bands hold {inside / dated:.3f} of the starts")  # fmt: skip
    assert hits / total > 0.9
    assert np.mean(errors) < 1.5
    assert inside / dated > 0.85


def test_rules_are_kept_in_the_result():
    made = make_tie(np.tile(PATH, (5, 1)))
    found = episodes_of(made)
    assert found.least_length == 2
    assert found.least_amplitude == pytest.approx(1.5 * PATH.std())
    monthly = replace(made, frequency="M")
    assert episodes_of(monthly, EpisodeRules(least_amplitude=0.1)).least_length == 8
