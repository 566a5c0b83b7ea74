"""States of affairs: what they expand to, what their file may hold, and what the measurement makes of them."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

import quadrille
from quadrille.chronicle import affairs as standing
from quadrille.chronicle import load as chronicle
from quadrille.chronicle.dance import DYADS
from quadrille.coding.record import EVENT_SCHEMA, is_act
from quadrille.coding.schema import validate
from quadrille.coding.vocabulary import cameo
from quadrille.errors import ChronicleError
from quadrille.panel.build import build
from quadrille.panel.directed import directed
from quadrille.panel.domains import cooperation, domain_counts, domain_shares

ACTS = ",".join(chronicle.COLUMNS)
HEAD = ",".join(standing.COLUMNS)
WAR = "1999-war,1999-05-03,1999-07-26,IND,PAK,yes,war,territory,A war that was fought.,certain,smith2000,,,p. 7"
EMBARGO = WAR.replace("1999-war,1999-05-03,1999-07-26", "1998-embargo,1998-03,").replace(
    ",yes,war,territory", ",no,embargo,economy"
)
VISIT = "2001-visit,2001-07-14,PAK,IND,no,042,diplomacy,,,A visit that was made.,certain,smith2000,,no,p. 9"


@pytest.fixture
def write(tmp_path):
    def make(*affairs, acts=(VISIT,), head=HEAD):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join((ACTS, *acts)) + "\n", encoding="utf-8")
        path.with_suffix(".affairs.csv").write_text(
            "\n".join((head, *affairs)) + "\n", encoding="utf-8"
        )
        (tmp_path / "bibliography.toml").write_text(
            '[smith2000]\ntitle = "A Book"\n', encoding="utf-8"
        )
        return path

    return make


def standing_of(path) -> pl.DataFrame:
    return chronicle.load(path).data.filter(~is_act())


def test_a_war_is_an_act_a_month_both_ways(write):
    found = standing_of(write(WAR))
    assert found["event_id"].to_list() == [
        "1999-war@1999-05<", "1999-war@1999-05>", "1999-war@1999-06<",
        "1999-war@1999-06>", "1999-war@1999-07<", "1999-war@1999-07>",
    ]  # fmt: skip
    assert found["date"].cast(pl.String).unique(maintain_order=True).to_list() == [
        "1999-05-03", "1999-06-01", "1999-07-01",
    ]  # fmt: skip
    assert set(found["goldstein"]) == {-10.0}
    assert set(found["precision"]) == {"month"}
    assert set(found["text"]) == {"A war that was fought. (war, since 1999-05-03)"}
    validate(found, EVENT_SCHEMA, "x")


def test_what_stands_is_half_an_act_a_year_to_the_last_act(write):
    found = standing_of(write(EMBARGO))
    assert found["event_id"].to_list() == [
        "1998-embargo@1998-03", "1998-embargo@1999-01", "1998-embargo@2000-01", "1998-embargo@2001-01",
    ]  # fmt: skip
    assert set(found["goldstein"]) == {-4.0}


def test_an_act_of_the_same_root_speaks_for_its_period(write):
    battle = VISIT.replace("2001-visit,2001-07-14", "1999-battle,1999-06-20").replace(
        ",042,", ",193,"
    )
    ban = VISIT.replace("2001-visit,2001-07-14", "1999-ban,1999").replace(",042,", ",1621,")
    found = standing_of(write(WAR, EMBARGO, acts=(VISIT, battle, ban)))
    assert "1999-war@1999-06>" not in found["event_id"]
    assert "1998-embargo@1999-01" not in found["event_id"]
    assert found.filter(pl.col("event_id").str.starts_with("1998")).height == 3
    assert found.filter(pl.col("event_id").str.starts_with("1999-war")).height == 4
    # A year is no month: the ban of 1999 says nothing of the fighting in May.
    fought = VISIT.replace("2001-visit,2001-07-14", "1999-fought,1999").replace(",042,", ",193,")
    assert standing_of(write(WAR, acts=(VISIT, fought))).height == 6


def test_of_several_the_gravest_stands(write):
    ban = EMBARGO.replace("1998-embargo", "1998-ban").replace(",embargo,", ",restrictions,")
    pact = EMBARGO.replace("1998-embargo", "1998-pact").replace(",embargo,", ",pact,")
    found = standing_of(write(ban, EMBARGO, pact))
    names = found["event_id"].str.split("@").list.first()
    assert names.value_counts().sort("event_id").rows() == [("1998-embargo", 4), ("1998-pact", 4)]


def test_every_kind_has_a_code_and_a_rhythm():
    codes = dict(cameo().select("code", "goldstein").iter_rows())
    for name, kind in standing.KINDS.items():
        assert kind.cameo in codes, name
        assert kind.share == (1.0 if kind.every == "month" else 0.5), name


BROKEN = {
    "id": ("1999-war,", "1999 War,", "id", "small letters"),
    "first": ("1999-05-03", "May 1999", "first", "write YYYY"),
    "last": ("1999-07-26", "1999-02-31", "last", "calendar"),
    "order": ("1999-07-26", "1999-04", "last", "before the first"),
    "state": ("IND,PAK", "IND,Pakstan", "target", "did you mean Pakistan"),
    "then": ("IND,PAK", "IND,SSD", "target", "did not exist then"),
    "self": ("IND,PAK", "IND,India", "target", "same state"),
    "mutual": (",yes,war", ",both,war", "mutual", "use one of yes, no"),
    "kind": (",war,", ",peace,", "kind", "use one of war, siege"),
    "domain": ("territory", "football", "domain", "use one of diplomacy"),
    "text": ("A war that was fought.", "War", "description", "10 to 300"),
    "certainty": (",certain,", ",sure,", "certainty", "certain, probable, contested"),
    "nothing seen": (",p. 7", ",", "certainty", "or write probable"),
    "reference": ("smith2000", "jones1999", "reference", "bibliography"),
}


@pytest.mark.parametrize(("old", "new", "column", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_each_problem_is_named_with_its_line(write, old, new, column, says):
    path = write(EMBARGO, "", WAR.replace(old, new, 1))
    problems = chronicle.check(path)
    assert [(p.line, p.column) for p in problems] == [(4, column)]
    assert problems[0].file.endswith("mine.affairs.csv")
    assert says in str(problems[0])
    with pytest.raises(ChronicleError, match=f"line 4: {column}: "):
        chronicle.load(path)


def test_files_that_hold_no_states_of_affairs(write):
    with pytest.raises(ChronicleError, match="column 'id' is missing"):
        chronicle.check(write("a,b", head="x,y"))
    assert "expected 14" in str(chronicle.check(write(WAR + ",more"))[0])
    path = write()
    assert chronicle.load(path).summary().startswith("chronicle:mine: 1 events from 1 act, ")
    assert chronicle.affairs(path).is_empty()


def test_the_summary_counts_acts_and_states_of_affairs(write):
    path = write(WAR, EMBARGO)
    assert (
        "11 events from 1 act and 2 states of affairs (10 events)" in chronicle.load(path).summary()
    )
    assert chronicle.load(path).rows_in == 3
    assert chronicle.acts(path).height == 1
    assert chronicle.affairs(path)["id"].to_list() == ["1998-embargo", "1999-war"]


def test_what_counts_acts_counts_no_state_of_affairs(write):
    pact = EMBARGO.replace("1998-embargo", "1998-pact").replace(",embargo,", ",pact,")
    table = chronicle.load(write(WAR, EMBARGO, pact))
    panel = build(table)
    assert panel.cells.height == 3 + 4 + 4 + 1
    assert cooperation(panel)["total"].sum() == 1
    assert domain_counts(table, panel)["count"].sum() == 1
    assert domain_shares(panel)["n"].max() == 1
    seen = directed(table)
    assert seen.acts.height == 1
    assert seen.cells["conf"].sum() == 0


@cache
def warm(a: str, b: str) -> dict[int, float]:
    """Probability that a tie of the embedded chronicle is warm, by year."""
    path = quadrille.relation(a, b, "chronicle").to_polars()
    return dict(path.select(pl.col("period").dt.year(), "p_warm").iter_rows())


@pytest.mark.parametrize(
    ("a", "b", "years"),
    [("RUS", "USA", (1962,)), ("CHN", "USA", range(1951, 1956)), ("IND", "PAK", (2002,))],
)
def test_years_of_crisis_and_war_are_not_warm(a, b, years):
    assert max(warm(a, b)[y] for y in years) < 0.4


def test_no_year_of_fighting_or_embargo_is_warm_for_want_of_acts():
    """War, siege and mobilisation: never; an embargo: only where a dated act of that year is cooperative."""
    acts = chronicle.load().data.filter(is_act(), pl.col("goldstein") > 0)
    kind = {(a, b, d.year) for a, b, d in acts.select("source", "target", "date").iter_rows()}
    spans = chronicle.affairs().filter(
        pl.col("kind").is_in(["war", "siege", "mobilisation", "embargo"])
    )
    checked = 0
    for row in spans.iter_rows(named=True):
        a, b = row["source"], row["target"]
        path = warm(*sorted((a, b)))
        for year in range(int(row["first"][:4]), int((row["last"] or str(max(path)))[:4]) + 1):
            friendly = (a, b, year) in kind or (b, a, year) in kind
            if row["kind"] != "embargo" or not friendly:
                assert path[year] < 0.5, (row["id"], year)
                checked += 1
    assert checked > 40


def test_the_embedded_states_of_affairs_say_where_they_were_seen():
    rows = chronicle.affairs()
    assert rows.height >= 60
    assert {tuple(sorted(p)) for p in rows.select("source", "target").iter_rows()} == set(DYADS)
    unseen = rows.filter(pl.col("seen").is_null())
    assert set(unseen["certainty"]) <= {"probable", "contested"}
