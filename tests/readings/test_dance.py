"""The dance and the triads of the world, from draws made by hand and from the chronicle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quadrille
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.draws import world_draws
from quadrille.measure.model import measure
from quadrille.measure.result import Diagnostics, Relation
from quadrille.measure.tie import relation_of
from quadrille.panel.build import build
from quadrille.panel.facets import facet
from quadrille.panel.units import COOPERATION
from quadrille.readings.dance import dance_of
from quadrille.readings.triads import triads_of
from quadrille.readings.triangle import TYPES, transitions, triangle_of

FINE = Diagnostics(True, 900.0, 8000, 1000, 0.1)
HYPER = {k: (v, v, v) for k, v in (("mu", 0.0), ("q", 0.3), ("rho", 0.7), ("phi", 1.0))}


def make_tie(a, b, draws):
    draws = np.asarray(draws, float)
    n = draws.shape[1]
    return Relation(
        a, b, "cordiality", COOPERATION, "test", "Y", 0.0,
        tuple(date(2000 + t, 1, 1) for t in range(n)), draws, np.ones(n), np.ones(n), np.ones(n), np.ones(n),
        HYPER, FINE,
    )  # fmt: skip


def ties_of(states, signs):
    """Ties with certain signs in one period."""
    return [
        make_tie(a, b, [[s]] * 4) for (a, b), s in zip(combinations(states, 2), signs, strict=True)
    ]


def test_two_blocs_are_balanced_and_one_defector_is_named():
    # A and B against C and D.
    made = dance_of("ABCD", ties_of("ABCD", [1, -1, -1, -1, -1, 1]))
    assert made.value.tolist() == [0]
    assert made.camps_of(0) == (("A", "B"), ("C", "D"))
    assert made.flips_of(0) == ()
    assert made.balanced.tolist() == [1.0]
    warm = dance_of("ABCD", ties_of("ABCD", [1, 1, -1, -1, -1, 1]))
    assert warm.value.tolist() == [1]
    assert warm.flips_of(0) == ("A-C",)
    assert warm.proven.all()
    row = warm.to_polars().row(0, named=True)
    assert (row["camps"], row["flips"], row["expected"]) == ("A B | C D", "A-C", 1.0)


def test_of_several_ties_the_least_certain_flips():
    """One negative tie in a triangle: any of the three would do; the doubtful one is asked."""
    sure, doubtful = np.full((10, 1), 1.0), np.where(np.arange(10) < 6, 1.0, -1.0)[:, None]
    for k, flipped in enumerate(("A-B", "A-C", "B-C")):
        draws = [sure, sure, sure]
        draws[k] = doubtful
        draws[(k + 1) % 3] = -sure
        made = dance_of("ABC", [make_tie(a, b, d) for (a, b), d in
                             zip(combinations("ABC", 2), draws, strict=True)])  # fmt: skip
        assert made.value.tolist() == [1]
        assert made.flips_of(0) == (flipped,)
        assert made.expected.tolist() == [pytest.approx(0.6)]


@given(st.integers(0, 2**31))
def test_draws_are_counted_and_names_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    draws = {pair: rng.normal(size=(30, 3)) for pair in combinations("ABCD", 2)}
    made = dance_of("ABCD", [make_tie(*p, d) for p, d in draws.items()])
    # With four states: balanced when every triad is.
    odd = np.stack([np.prod([np.sign(draws[p]) for p in combinations(t, 2)], axis=0) < 0
                    for t in combinations("ABCD", 3)])  # fmt: skip
    np.testing.assert_allclose(made.balanced, (~odd.any(axis=0)).mean(axis=0))
    assert np.all(made.lo90 <= made.hi90)
    turned = dance_of("DBCA", [make_tie(b, a, d) for (a, b), d in draws.items()])
    np.testing.assert_allclose(turned.expected, made.expected)
    assert turned.value.tolist() == made.value.tolist()
    assert len(made.triangles) == 4


def test_an_unknown_tie_is_no_tie():
    ties = ties_of("ABCD", [-1, -1, -1, -1, -1, 1])
    assert dance_of("ABCD", ties).flips_of(0) == ("A-B",)
    made = dance_of("ABCD", ties[1:])
    assert len(made.pairs) == 5
    assert made.value.tolist() == [0]
    assert len(made.triangles) == 2
    assert made.to_polars()["ties_known"].to_list() == [5]


def test_noise_spreads_the_index_and_pulls_it_to_the_coin_toss():
    rng = np.random.default_rng(7)
    signs = {p: 1.0 if p in (("A", "B"), ("C", "D")) else -1.0 for p in combinations("ABCD", 2)}
    spread, gap = [], []
    for noise in (0.3, 0.8, 3.0):
        made = dance_of(
            "ABCD",
            [make_tie(*p, s + noise * rng.normal(size=(800, 1))) for p, s in signs.items()],
        )
        spread.append(made.hi90[0] - made.lo90[0])
        gap.append(abs(made.expected[0] - made.chance))
    assert spread[0] <= spread[1] <= spread[2]
    assert gap[0] > gap[1] > gap[2]


def test_the_toss_of_a_coin():
    """A triangle of coin-toss signs is unbalanced half of the time."""
    assert dance_of("ABC", ties_of("ABC", [1, 1, 1])).chance == 0.5


def test_what_is_no_dance():
    ties = ties_of("ABC", [1, 1, 1])
    with pytest.raises(OptionError, match="three or more"):
        dance_of("AB", ties)
    with pytest.raises(NoDataError):
        dance_of("ABC", [])
    with pytest.raises(OptionError, match="its own states"):
        dance_of("ABC", [*ties, make_tie("A", "D", [[1]] * 4)])
    with pytest.raises(OptionError, match="share data"):
        dance_of("ABC", [*ties[:2], replace(ties[2], origin="other")])
    with pytest.raises(OptionError, match="cordiality"):
        dance_of("ABC", [replace(t, facet="engagement") for t in ties])


def test_transitions_and_the_pivot():
    a = [[1, 1, 1, -1]] * 4
    made = triangle_of(make_tie("A", "B", a), make_tie("A", "C", [[1, 1, 1, 1]] * 4),
                    make_tie("B", "C", [[-1, -1, 1, 1]] * 4))  # fmt: skip
    assert made.pivots == ("A", "A", None, "C")
    assert made.to_polars()["pivot"].to_list() == ["A", "A", None, "C"]
    rates = transitions(made)
    romantic, menage = TYPES.index("romantic triangle"), TYPES.index("ménage à trois")
    assert rates[romantic, romantic] == rates[romantic, menage] == 0.5
    assert rates[menage, romantic] == 1.0
    assert np.isnan(rates[0]).all()


@pytest.fixture(scope="module")
def chronicle():
    return quadrille.relations(facet="cordiality")


def test_the_world_draws_from_the_same_posterior_as_a_tie(chronicle):
    (rows, paths), *rest = world_draws(chronicle, 2000, 3)
    assert rows == slice(0, len(chronicle.dyads))
    assert not rest
    one = relation_of(chronicle, "PAK", "RUS", 2000, 1)
    got = paths[chronicle.row("PAK", "RUS")]
    # Two samples of 2,000: means agree within six standard errors, spreads within 15%.
    gap = np.abs(got.mean(axis=0) - one.draws.mean(axis=0)) / one.draws.std(axis=0)
    assert gap.max() < 6 * np.sqrt(2 / 2000)
    np.testing.assert_allclose(got.std(axis=0), one.draws.std(axis=0), rtol=0.15)


def test_the_scan_agrees_with_each_triangle(chronicle):
    world = triads_of(chronicle, 2000, 2)
    assert len(world.triads) == 10
    for k, names in enumerate(np.array(world.states)[world.triads]):
        a, b, c = names
        one = triangle_of(*(relation_of(chronicle, *p, 2000, 5) for p in ((a, b), (a, c), (b, c))))
        known = world.known[k]
        # Monte Carlo error of two samples of 2,000, five standard deviations.
        np.testing.assert_allclose(world.types()[k][known], one.types[known], atol=0.08)
        pivots = world.counts[k, :, 2:5] / world.draws
        np.testing.assert_allclose(pivots[known], one.pivot[known], atol=0.08)


def test_unknown_and_unborn_triads_have_no_type(chronicle):
    world = triads_of(chronicle, 200, 1)
    china = world.states.index("CHN")
    # India and Pakistan are states from August 1947: no triad with both on 1 January 1947.
    summary = world.summary()
    assert summary["triads"][0] == 1
    assert summary["triads"][1:].to_list() == [10] * (summary.height - 1)
    assert (summary["triads"] + summary["unknown"]).unique().to_list() == [10]
    types = summary.select(TYPES).to_numpy()
    np.testing.assert_allclose(types.sum(axis=1), 1.0)
    rows = world.listed(0)
    assert rows.filter(rows["unit veto"].is_null()).height == 9
    pivots = world.pivots()
    assert set(pivots["state"]) == set(world.states)
    assert pivots["triads"].to_list() == [6] * 5
    assert (world.triads == china).any()


def test_a_tie_never_observed_is_unknown_not_cold(data_dir):
    """Two years of the world: triads with a silent pair are counted apart."""
    table = quadrille.open(
        data_dir / "icews_yearly" / "icews_dyad_year_quad_2002_2012.parquet"
    ).table()
    few = ["PAK", "RUS", "USA", "SWZ", "BTN"]
    kept = table.data.filter(table.data["source"].is_in(few) & table.data["target"].is_in(few))
    m = measure(facet(build(replace(table, data=kept)), "cordiality"))
    pairs = {frozenset(d) for d in m.dyads.tolist()}
    world = triads_of(m)
    for k, trio in enumerate(np.array(world.states)[world.triads]):
        whole = all(frozenset(p) in pairs for p in combinations(trio.tolist(), 2))
        assert world.known[k].all() == world.known[k].any() == whole
        assert (world.observed[k].max() <= 3) and (whole or world.observed[k].max() < 3)
    assert frozenset(("SWZ", "BTN")) not in pairs


def test_too_many_draws_and_the_wrong_facet_are_refused(chronicle, data_dir):
    with pytest.raises(OptionError, match="draws"):
        triads_of(chronicle, 40_000)
    other = replace(chronicle, observations=replace(chronicle.observations, facet="hostility"))
    with pytest.raises(OptionError, match="hostility"):
        triads_of(other)


def test_an_index_has_no_signs_from_before_all_states_were_there():
    found = quadrille.dance(["POL", "UKR", "USA", "RUS"], "index", draws=200)
    assert found.periods[0] == date(1991, 1, 1)
    assert found.periods == quadrille.triangle("POL", "UKR", "RUS", "index", draws=200).periods
