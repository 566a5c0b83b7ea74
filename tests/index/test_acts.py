"""What an index does not hold: acts, and who existed when; where readings take them from."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from quadrille.coupling.pivot import third_states
from quadrille.errors import NoDataError
from quadrille.measure.dealings import dealings, existing
from quadrille.measure.world import World
from quadrille.readings.durability import thaws


def note_of(result):
    return [line for line in result.view().notes if line.startswith("The index holds levels")]


def test_acts_of_the_chronicles_states_are_the_chronicles(world):
    acts = world.acts_of("CHN", "USA")
    assert (acts.origin, acts.panel.kind, acts.panel.frequency) == ("chronicle", "acts", "Y")
    assert acts.acts_of("CHN", "USA") is acts


def test_a_state_whose_acts_nobody_holds_is_named(world, tmp_path, monkeypatch):
    monkeypatch.setenv("QUADRILLE_LAKE", str(tmp_path / "none"))
    with pytest.raises(NoDataError, match="nor a lake holds Japan and South Korea; give"):
        world.acts_of("JPN", "KOR")
    with pytest.raises(NoDataError, match="nor a lake holds Japan"):
        world.portfolio("Japan")


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda w: w.portfolio("China"), "all that is said here is"),
        (lambda w: w.events("China", "USA", in_="1972"), "these events are"),
        (lambda w: w.bond("China", "USA"), "the domains are"),
    ],
)
def test_a_reading_says_once_where_its_acts_are_from(world, ask, what):
    made = ask(World(world.source, until="1999"))
    assert made.acts == "chronicle"
    assert note_of(made) == [
        f"The index holds levels of ties, not acts: {what} from the chronicle."
    ]


def test_protests_are_the_chronicles_and_levels_the_indexs():
    made = World("index").balance("RUS", between=("IND", "PAK"))
    assert (made.acts, made.ties[0].origin) == ("chronicle", "index")
    assert made.protests
    assert not made.missing
    assert len(note_of(made)) == 1


def test_episodes_of_the_index_name_the_chronicles_acts(world):
    own = World("index").episodes("Pakistan", "Russia")
    assert own.acts == "chronicle"
    assert {"text", "reference"} <= set(own.carried.columns)
    assert own.carried.height > 5
    assert own.view().references
    other = world.episodes("Japan", "South Korea", least_share=0.05)
    assert (other.acts, note_of(other)) == ("", [])
    assert "before" in other.carried.columns


def test_a_source_that_holds_acts_says_nothing_of_the_index():
    made = World("chronicle").portfolio("Pakistan")
    assert made.acts == ""
    assert note_of(made) == []


def test_a_dyad_exists_while_both_states_do(world):
    m = world.measurement()
    held = existing(m)
    years = np.array([p.year for p in m.periods])
    for row, dyad in enumerate(m.dyads):
        first = 1970 if "DZA" in dyad else 1950
        np.testing.assert_array_equal(held[row], years >= first)


def test_a_dyad_of_months_exists_in_the_months_that_the_index_holds():
    """Of a measurement of some dyads in other order, by dyad and month."""
    days = [date(2001, 11, 1), date(2001, 12, 1), date(2002, 1, 1)]
    cells = pl.DataFrame(
        [("AAA", "BBB", days[1]), ("AAA", "BBB", days[2]), ("AAA", "CCC", days[0])],
        schema=["state_a", "state_b", "period"], orient="row",
    ).with_columns(valence=0.1, sd=0.2)  # fmt: skip
    panel = SimpleNamespace(kind="index", cells=cells, frequency="M", span=(days[0], days[-1]))
    made = SimpleNamespace(
        observations=SimpleNamespace(panel=panel, facet="cordiality"),
        dyads=np.array([["AAA", "CCC"], ["AAA", "BBB"]]), periods=tuple(days), mean=np.zeros((2, 3)),
    )  # fmt: skip
    np.testing.assert_array_equal(existing(made), [[True, False, False], [False, True, True]])


def test_engagement_tells_who_has_to_do_with_whom(world, frame):
    m = world.measurement()
    much = dealings(m)
    for row, (a, b) in enumerate(m.dyads):
        levels = frame.filter(state_a=a, state_b=b)["engagement"].to_numpy()
        assert much[row] == pytest.approx(np.exp(2.9 * levels).mean(), rel=0.05)
    third = third_states(m, "JPN", "KOR")
    least = [min(much[m.row(s, "JPN")], much[m.row(s, "KOR")]) for s in third]
    assert least == sorted(least, reverse=True)


def test_a_thaw_neither_begins_nor_ends_with_a_state():
    m = World("index").measurement()
    held, at = existing(m), {tuple(d): k for k, d in enumerate(m.dyads.tolist())}
    when = {p: k for k, p in enumerate(m.periods)}
    found = thaws(m)
    for a, b, start, end, censored in found.select(
        "state_a", "state_b", "start", "end", "censored"
    ).iter_rows():
        row, first, after = at[a, b], when[start], when.get(end, len(m.periods))
        assert held[row, first - 1 : after].all()
        assert censored == (after == len(m.periods) or not held[row, after])


# ---------------------------------------------------------------- what the index says of well-known ties


@pytest.fixture(scope="module")
def index():
    return World("index")


def p_warm(world, a, b, year):
    tie = world.relation(a, b).to_polars()
    return float(tie.filter(tie["period"].dt.year() == year)["p_warm"][0])


def test_pakistan_and_india_are_cold(index):
    assert p_warm(index, "Pakistan", "India", 2012) < 0.05


def test_japan_and_south_korea_are_warmer_than_japan_and_north_korea(index):
    with_south, with_north = (index.relation("Japan", s) for s in ("South Korea", "North Korea"))
    south, north = with_south.to_polars(), with_north.to_polars()
    both = south.join(north, on="period", suffix="_north").filter(south["period"].dt.year() >= 1965)
    assert (both["mean"] > both["mean_north"]).mean() > 0.9
    assert p_warm(index, "Japan", "South Korea", 2012) > 0.1  # not cold
    assert p_warm(index, "Japan", "North Korea", 2012) < 0.1


def test_russia_and_the_united_states_are_cold_in_1962(index):
    assert p_warm(index, "Russia", "USA", 1962) < 0.01
    chronicle = World("chronicle")
    assert p_warm(chronicle, "Russia", "USA", 1962) < 0.1
    assert p_warm(World("chronicle", until="1962"), "Russia", "USA", 1962) < 0.1


def test_one_story_in_one_year_carries_no_reading(index):
    """The extradition of 2012 once made Hungary "93% of the shared animosity" of Armenia and Azerbaijan."""
    found = World("index", until="2012").bond("Armenia", "Azerbaijan")
    hungary = found.adversaries.filter(state="HUN").row(0, named=True)
    assert hungary["share"] < 0.5
    assert hungary["p_both_cold"] < 0.9
    assert hungary["cold_periods"] == 0
    said = " ".join(found.view().sentences)
    assert "Hungary makes" not in said
    assert "no finding" in said or "rests on nothing" in said
    now = index.bond("Armenia", "Azerbaijan")
    assert "Hungary" not in " ".join(now.view().sentences)


def test_a_state_that_is_gone_is_no_adversary(index):
    gone = {"CSK", "DDR", "YMD", "RVN"}
    table = index.bond("Pakistan", "Russia").adversaries
    assert gone <= set(table["state"])
    assert table.filter(table["state"].is_in(list(gone)))["share"].sum() == 0.0


# What docs/methods/index-of-relations.md says of twelve ties, right or wrong.
SAID = [
    ("GBR", "USA", "warm", (1956, 2021)), ("DEU", "FRA", "warm", (1950, 1963)),
    ("AUS", "USA", "warm", (1951, 2021)), ("JPN", "USA", "warm", (1946, 1960)),
    ("IND", "RUS", "warm", (1971, 2021)), ("PAK", "RUS", "warm", (2017, 2021)),
    ("RUS", "USA", "cold", (1950, 1962, 1983)), ("RUS", "USA", "open", (2015, 2021)),
    ("CHN", "USA", "cold", (1951, 1972, 2008, 2021)), ("CHN", "USA", "open", (1979,)),
    ("IND", "PAK", "open", (1948,)), ("IND", "PAK", "cold", (1965, 1971, 1999, 2012, 2021)), ("PAK", "USA", "cold", (2011,)),
    ("CHN", "RUS", "open", (1969,)),
    ("KOR", "PRK", "cold", (1965, 2010, 2012)), ("KOR", "PRK", "open", (1990, 2021)), ("IRN", "ISR", "open", (1962, 1971, 1979)),
    ("IRN", "ISR", "cold", (2015,)), ("IND", "PAK", "cold", (2005,)), ("ARM", "AZE", "open", (1993, 2005)),
    ("ARM", "AZE", "cold", (2010, 2016)), ("RUS", "UKR", "warm", (1995, 2010)), ("RUS", "UKR", "cold", (2021,)),
    ("IRN", "USA", "warm", (1965, 1975)), ("IRN", "USA", "cold", (1990, 1996, 2000, 2021)), ("DMA", "IND", "open", (2012, 2021)),
    ("LIE", "RUS", "open", (2012, 2021)), ("KIR", "RUS", "open", (2012, 2021)), ("FJI", "TCD", "open", (2010,)),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "side", "years"), SAID)
def test_the_page_says_what_the_index_says(index, a, b, side, years):
    for year in years:
        p = p_warm(index, a, b, year)
        assert side == ("warm" if p >= 0.9 else "cold" if p <= 0.1 else "open"), (year, p)
