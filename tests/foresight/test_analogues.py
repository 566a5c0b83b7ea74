"""Reference classes against loops over every triad, and on worlds with planted cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.foresight.analogues import _ALIKE, _jeffreys, _resampled, analogues_of, rivalry_list
from quadrille.foresight.cases import AnalogueRules, index_paths, measured_paths
from quadrille.kernels.coincidences import coincidences
from quadrille.measure.prior import Prior
from quadrille.measure.result import Measurement
from quadrille.measure.world import World
from quadrille.panel import units
from quadrille.panel.build import Panel
from quadrille.panel.facets import Observations
from quadrille.panel.units import COOPERATION
from quadrille.sources.layers.layer import make_layer


@pytest.fixture(autouse=True)
def line_at_zero(monkeypatch):
    """Warm is above zero in these made-up worlds."""
    monkeypatch.setitem(units._NEUTRAL, "counts", 0.0)


RULES = AnalogueRules(window=2, gap=1, horizon=2, size=1.0, seen=0.0, reports=0)


def measurement(states, level, frequency="Y", y=None, facet="cordiality", start=1990):
    """A measurement with these levels ``(dyad, time)``, dyads in order of `combinations`."""
    dyads = np.array(list(combinations(sorted(states), 2)))
    level = np.asarray(level, float)
    months = {"Y": 12, "M": 1}[frequency]
    at = [start * 12 + months * t for t in range(level.shape[1])]
    periods = tuple(date(m // 12, m % 12 + 1, 1) for m in at)
    panel = Panel("counts", frequency, pl.DataFrame(), "made", ())
    observations = Observations(facet, COOPERATION, 1.0, pl.DataFrame(), panel)
    n, one = len(dyads), np.ones(level.shape)
    prior = Prior(np.zeros(4), np.zeros(4), 0.0, np.eye(4), n, 1, True)
    return Measurement(
        observations, dyads, periods, level if y is None else y, one, np.zeros(n), np.zeros(n), one,
        np.tanh((level if y is None else y) / 2), np.full(n, np.nan), np.zeros((n, 4)), np.ones(n, bool), prior, np.zeros((n, 4)), level, one,
    )  # fmt: skip


def walk(seed, states="ABCDE", time=14):
    rng = np.random.default_rng(seed)
    n = len(list(combinations(states, 2)))
    return measurement(states, np.cumsum(rng.standard_normal((n, time)), axis=1) / 2)


def by_hand(m, rules):
    """The definitions, one triad and period at a time."""
    w, gap, h = rules.window, rules.gap, rules.horizon
    x = {frozenset(d): m.mean[k] for k, d in enumerate(m.dyads.tolist())}
    states = sorted({s for d in m.dyads.tolist() for s in d})
    time = len(m.periods)
    unit = np.std([v[t] - v[t - w] for v in x.values() for t in range(w, time)])

    def rises(tie, t):
        return t >= w and x[tie][t] - x[tie][t - w] >= rules.size * unit

    def falls(tie, t):
        return t >= w and x[tie][t] - x[tie][t - w] <= -rules.size * unit

    found, undecided = {}, 0
    for a in states:
        for b in states:
            for c in states:
                if len({a, b, c}) < 3:
                    continue
                ab, ac = frozenset((a, b)), frozenset((a, c))
                for u in range(time):
                    here = rises(ab, u) and falls(ac, u)
                    if not here or (u > 0 and rises(ab, u - 1) and falls(ac, u - 1)):
                        continue
                    ends = [t for t in range(u + w, min(u + w + gap, time - 1) + 1) if rises(ac, t)]
                    judged = (ends[0] if ends else u + w + gap) + h
                    if judged >= time:
                        undecided += 1
                        continue
                    coldest = min((s for s in states if s != a),
                                  key=lambda s: x[frozenset((a, s))][: u + 1].mean())  # fmt: skip
                    rival = x[frozenset((b, coldest))][u] if coldest not in (b, c) else None
                    found[a, b, c, m.periods[u]] = (
                        m.periods[ends[0]] if ends else None,
                        bool(x[ab][judged] > x[ab][u - w]),
                        bool(x[ab][judged] > m.neutral),
                        rival,
                        bool(x[ac][ends[0]] >= x[ac][u - w]) if ends else None,
                    )
    return found, undecided


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(0, 2), st.integers(0, 2))
def test_cases_are_those_of_a_loop_over_every_triad(seed, window, gap, horizon):
    m = walk(seed)
    rules = AnalogueRules(window, gap, horizon, size=0.7, seen=0.0)
    got = analogues_of(m, "A", "B", "C", rules=rules)
    wanted, undecided = by_hand(m, rules)
    own = ("A", "B", "C", got.query["period"])
    if got.query["is_case"]:
        undecided -= own not in wanted  # the question's own case is neither judged nor counted
        wanted.pop(own, None)
    made = {
        (r["a"], r["b"], r["c"], r["thawed"]): (
            r["mended"], r["warmer"], r["warm"], r["b_rival"], r["in_full"],
        )
        for r in got.cases.iter_rows(named=True)
    }  # fmt: skip
    assert set(made) == set(wanted)
    for key, value in made.items():
        assert value[:3] == wanted[key][:3]
        assert value[3] == (
            wanted[key][3] if wanted[key][3] is None else pytest.approx(wanted[key][3])
        )
        assert value[4] == wanted[key][4]
    assert got.undecided == undecided
    assert got.triads == 60
    done = [v for v in wanted.values() if v[0] is not None]
    first = got.classes.row(0, named=True)
    assert first["cases"] == len(done)
    assert first["contrast_cases"] == len(wanted) - len(done)
    if done:
        k = sum(v[1] for v in done)
        assert first["warmer_rate"] == pytest.approx(k / len(done))
        lo, hi = beta.ppf((0.05, 0.95), k + 0.5, len(done) - k + 0.5)
        assert first["warmer_jeffreys_lo90"] == pytest.approx(lo)
        assert first["warmer_jeffreys_hi90"] == pytest.approx(hi)


def planted(last, states="ABCDEFGH"):
    """All ties still, but for a thaw of A–B in 1992-94 while A–C frays; A–C mends in 1994-96."""
    dyads = list(combinations(states, 2))
    level = np.full((len(dyads), 10), 1.0)
    level[dyads.index(("A", "B"))] = [-1, -1, -1, -1, 1, 1, 1, *[last] * 3]
    level[dyads.index(("A", "C"))] = [2, 2, 2, 2, 0, 0, 2, 2, 2, 2]
    level[dyads.index(("A", "D"))] = -3.0
    return measurement(states, level)


@pytest.mark.parametrize(("last", "lasted"), [(0.9, True), (-2.0, False)])
def test_a_planted_case_is_found_and_judged(last, lasted):
    got = analogues_of(planted(last), "E", "F", "G", rules=RULES)
    case = got.cases.filter(a="A", b="B", c="C").row(0, named=True)
    assert [case[k].year for k in ("before", "thawed", "mended", "judged")] == [
        1992, 1994, 1996, 1998,
    ]  # fmt: skip
    assert case["warmer"] is lasted
    assert case["warm"] is lasted
    assert case["in_full"] and case["close"] and case["warm_after"]
    assert (case["ab_before"], case["ab_thaw"], case["ac_before"], case["ac_fray"]) == (
        -1,
        2,
        2,
        -2,
    )
    assert case["b_rival"] == 1.0  # B and D, A's coldest
    assert not got.query["is_case"]
    assert got.query["period"] == date(1999, 1, 1)
    assert (got.lasted.word, got.verdict.word, got.judged) == ("undetermined", "undetermined", None)


def test_the_question_s_own_case_describes_it_and_is_left_out():
    got = analogues_of(planted(0.9), "A", "B", "C", rules=RULES)
    assert got.query["is_case"]
    assert got.query["period"] == date(1994, 1, 1)
    assert got.cases.filter(a="A", b="B", c="C").is_empty()
    assert got.rivals == ("D",)
    assert analogues_of(planted(0.9), "A", "B", "C", "E", RULES).rivals == ("E",)


def test_an_old_case_of_the_triad_is_a_case_like_any_other():
    m = planted(0.9)
    later = measurement(
        "ABCDEFGH", np.concatenate([m.mean, np.repeat(m.mean[:, -1:], 8, 1)], axis=1)
    )
    got = analogues_of(later, "A", "B", "C", rules=RULES)
    assert not got.query["is_case"]
    assert got.query["period"] == later.periods[-1]
    assert got.cases.filter(a="A", b="B", c="C").height == 1


def test_a_list_of_rivalries_names_the_rival():
    rows = pl.DataFrame(
        {"state_a": ["A"], "state_b": ["H"], "year": [1994]}, schema_overrides={"year": pl.Int32}
    )
    layer = make_layer("made_rivalries", "rivalry", "dyad", rows, None, "f", 1, "none")  # fmt: skip
    got = analogues_of(planted(0.9), "E", "F", "G", rules=RULES, rivalries=layer)
    assert got.rivalry == "listed in made_rivalries"
    case = got.cases.filter(a="A", b="B", c="C").row(0, named=True)
    assert case["b_rival"] == 1.0  # B and H
    other = rows.with_columns(state_b=pl.lit("C"))
    layer = make_layer("made_rivalries", "rivalry", "dyad", other, None, "f", 1, "none")  # fmt: skip
    got = analogues_of(planted(0.9), "E", "F", "G", rules=RULES, rivalries=layer)
    case = got.cases.filter(a="A", b="B", c="C").row(0, named=True)
    assert case["b_rival"] is None  # the pivot is no third state
    assert case["close"] is False


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.permutations("ABCDE"))
def test_names_do_not_matter(seed, new):
    m = walk(seed)
    rules = AnalogueRules(2, 1, 2, size=0.7, seen=0.0, seed=3)
    one = analogues_of(m, "A", "B", "C", "D", rules)
    name = dict(zip("ABCDE", new, strict=True))
    pairs = [tuple(sorted((name[a], name[b]))) for a, b in m.dyads.tolist()]
    order = np.argsort([p[0] + p[1] for p in pairs])
    two = analogues_of(measurement("ABCDE", m.mean[order]), *(name[s] for s in "ABCD"), rules=rules)
    points = ["cases", "dyads", "warmer_rate", "contrast_cases", "contrast_warmer", "effect"]
    assert one.classes.select(points).head(5).equals(two.classes.select(points).head(5))
    back = {v: k for k, v in name.items()}
    renamed = two.cases.with_columns(pl.col("a", "b", "c").replace_strict(back))
    key = ["a", "b", "c", "thawed"]
    assert (
        one.cases.sort(key)
        .select(*key, "warmer", "mended")
        .equals(renamed.sort(key).select(*key, "warmer", "mended"))
    )


def test_classes_lie_within_each_other_and_nearest_come_first():
    states = ["CHN", "FRA", "USA", "RUS", "PAK", "IND", "IRN", "AFG", "KEN", "PER", "CHL", "NPL"]
    got = analogues_of(walk(5, states, 20), "PAK", "IND", "USA", rules=RULES)
    counts = got.classes["cases"].to_list()
    assert 0 < counts[1] < counts[0]
    assert set(got.cases.filter("great")["c"]) == {"CHN", "FRA", "USA", "RUS"}
    assert counts[:5] == sorted(counts[:5], reverse=True)
    assert counts[5] == min(20, counts[1])
    assert got.cases["distance"].is_sorted()
    lo, hi = got.classes["warmer_lo90"][0], got.classes["warmer_hi90"][0]
    assert lo < got.classes["warmer_rate"][0] < hi
    assert got.sensitivity.height == 9
    base = got.sensitivity.filter(window=2, size=1.0).row(0, named=True)
    assert base["cases"] == counts[0]
    assert base["narrow_cases"] == counts[4]
    wide = got.sensitivity.filter(window=2).sort("size")["cases"].to_list()
    assert wide == sorted(wide, reverse=True)


def test_one_thaw_seen_against_many_pivots_is_not_many_thaws():
    """Six ties fray while A–B thaws: six cases of one dyad, whose interval says so."""
    states = "ABCDEFGH"
    dyads = list(combinations(states, 2))
    level = np.full((len(dyads), 12), 1.0)
    level[dyads.index(("A", "B"))] = [-1, -1, -1, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    for c in states[2:]:
        level[dyads.index(("A", c))] = [2, 2, 2, 1, 0, 1, 2, 2, 2, 2, 2, 2]
    m = measurement(states, level)
    got = analogues_of(m, "C", "D", "E", rules=RULES)
    row = got.classes.row(0, named=True)
    assert (row["cases"], row["dyads"], row["warmer_rate"]) == (6, 1, 1.0)
    assert row["warmer_jeffreys_lo90"] > 0.7
    assert got.judged is None
    assert row["warmer_lo90"] < 0.3  # one dyad, not six


def test_clustered_intervals_cover_on_simulated_worlds():
    """Dyads of five cases that share their fate: Jeffreys is too narrow, the bootstrap is not."""
    from quadrille.foresight.analogues import _class

    rng = np.random.default_rng(2)
    inside = {"": 0, "jeffreys_": 0}
    for seed in range(60):
        fate = rng.random(40) < 0.6
        cases = pl.DataFrame({"dyad": np.repeat(np.arange(40), 5), "warmer": np.repeat(fate, 5)})
        cases = cases.with_columns(warm=pl.col("warmer"))
        row = _class("all", cases, cases.clear(), seed)
        for kind in inside:
            inside[kind] += row[f"warmer_{kind}lo90"] <= 0.6 <= row[f"warmer_{kind}hi90"]
    assert inside[""] >= 48  # 90% of 60, less three standard errors
    assert inside["jeffreys_"] < 42


def test_what_cannot_be_asked_is_refused_in_one_line():
    m = walk(1)
    with pytest.raises(SameStateError):
        analogues_of(m, "A", "B", "A")
    with pytest.raises(NoDataError, match="A-Z"):
        analogues_of(m, "A", "Z", "C")
    with pytest.raises(NoDataError, match="too few"):
        analogues_of(m, "A", "B", "C", rules=AnalogueRules(window=7))
    with pytest.raises(OptionError, match="window"):
        analogues_of(m, "A", "B", "C", rules=AnalogueRules(window=0))
    with pytest.raises(OptionError, match="size"):
        analogues_of(m, "A", "B", "C", rules=AnalogueRules(size=0.0))
    with pytest.raises(OptionError, match="cordiality"):
        analogues_of(measurement("ABC", np.zeros((3, 12)), facet="hostility"), "A", "B", "C")
    y = np.full(m.mean.shape, np.nan)
    y[:, 0] = 0.0
    with pytest.raises(NoDataError, match="50%"):
        analogues_of(measurement("ABCDE", m.mean, y=y), "A", "B", "C")


def test_a_case_is_named_only_on_enough_reports():
    states = ["CHN", "FRA", "USA", "RUS", "PAK", "IND", "IRN", "AFG"]
    m = walk(5, states, 20)
    m.n[:, :] = np.random.default_rng(1).integers(0, 100, m.n.shape)
    rules = AnalogueRules(window=2, gap=1, horizon=2, size=1.0, seen=0.0, reports=1000)
    got = analogues_of(m, "PAK", "IND", "USA", rules=rules)
    total = {frozenset(d): m.n[k].sum() for k, d in enumerate(m.dyads.tolist())}
    for r in got.cases.iter_rows(named=True):
        assert r["reports"] == min(total[frozenset((r["a"], r[k]))] for k in "bc")
    assert got.nearest["reports"].min() >= 1000
    assert got.nearest["great"].all()
    assert got.classes["cases"][-1] == got.nearest.height < got.classes["cases"][1]


def test_of_several_lists_of_rivalries_the_latest_is_used():
    def rivalries(name, last):
        rows = pl.DataFrame({"state_a": ["A"], "state_b": ["H"], "year": [last]},
                            schema_overrides={"year": pl.Int32})  # fmt: skip
        return make_layer(name, "rivalry", "dyad", rows, None, "f", 1, "none")

    one, two = rivalries("one", 2001), rivalries("two", 2015)
    assert rivalry_list({"one": one, "two": two}) is two
    assert rivalry_list({}) is None


@pytest.mark.parametrize(("k", "n", "trials"), [(0, 4, 4), (3, 10, 7), (0, 0, 0), (25, 25, 12)])
def test_interval_of_a_share_equals_scipy(k, n, trials):
    won = k * trials / n if n else 0.0
    want = beta.ppf((0.05, 0.95), won + 0.5, trials - won + 0.5)
    np.testing.assert_allclose(_jeffreys(k, n, trials), want, rtol=1e-10)


def test_nothing_is_read_of_states_that_are_gone(monkeypatch):
    m = walk(3, "ABCDEF", 30)
    held = np.ones(m.mean.shape, bool)
    of_f = (m.dyads == "F").any(axis=1)
    held[of_f, 15:] = False
    monkeypatch.setattr("quadrille.foresight.cases.existing", lambda _: held)
    rules = replace(RULES, size=0.5)
    found = analogues_of(m, "A", "B", "C", rules=rules).cases
    gone = found.filter(pl.any_horizontal(pl.col("a", "b", "c") == "F"))
    assert 0 < gone.height < found.height
    # The pivot may go after it is known to have mended, not before; the tie that thawed lasts until it is judged.
    assert gone.filter(pl.any_horizontal(pl.col("a", "b") == "F"))["judged"].max() < m.periods[15]
    assert gone["thawed"].max() < m.periods[15]
    # What the levels were after it was gone changes nothing.
    m.mean[of_f, 15:] += 1000.0
    again = analogues_of(m, "A", "B", "C", rules=rules).cases
    assert found.equals(again)
    assert analogues_of(m, "A", "F", "B", rules=rules).query["period"] < m.periods[15]


def test_dyads_of_one_kind_are_drawn_together_as_they_would_be_alone():
    rng = np.random.default_rng(1)
    counts = np.stack([rng.integers(1, 4, 400), rng.integers(0, 3, 400)]).astype(float)
    assert len(np.unique(counts, axis=1).T) * _ALIKE < 400
    told = counts + 1e-9 * np.arange(400)  # all different: each is drawn alone
    kinds, alone = (_resampled(c, 2) for c in (counts, told))
    # Of 2,000 replicates the mean is good to 2% of a standard deviation, that to 2% of itself, and so is the correlation.
    for one, two in zip(kinds, alone, strict=True):
        assert abs(one.mean() - two.mean()) < 0.1 * two.std()
        assert one.std() == pytest.approx(two.std(), rel=0.1)
    assert np.corrcoef(kinds)[0, 1] == pytest.approx(np.corrcoef(alone)[0, 1], abs=0.1)


def test_an_index_tells_the_same_without_the_observations_that_stand_for_it():
    few, world = ("DEU", "PAK", "RUS", "SSD", "USA"), World("index", since="2005")
    one = measured_paths(world.measurement("cordiality", few))
    two = index_paths(world.panel.among(few))
    assert np.isnan(one.level).any()  # South Sudan was not there yet
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_case_is_found_in_whatever_period_it_lies():
    place = np.array([[-1, 0, 1], [0, -1, -1], [1, -1, -1]])
    rise, fall = np.zeros((2, 2, 200), bool)
    rise[0, [0, 63, 64, 127, 128, 199]] = True
    fall[1, [0, 63, 64, 127, 128, 199]] = True
    found = coincidences(place, rise, fall, fall)
    # 64 and 128 go on from the period before.
    assert found.period.tolist() == [0, 63, 127, 199]
    assert set(zip(*found[:3], strict=True)) == {(0, 1, 2)}
    some = fall.copy()
    some[1, 63] = False
    assert coincidences(place, rise, fall, some).period.tolist() == [0, 127, 199]
