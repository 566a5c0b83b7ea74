"""The embedded chronicle, and what the check says of broken ones."""

from __future__ import annotations

import polars as pl
import pytest

from quadrille.chronicle import load as chronicle
from quadrille.chronicle.dance import DYADS
from quadrille.coding.record import EVENT_SCHEMA, is_act
from quadrille.coding.schema import validate
from quadrille.errors import ChronicleError, FileFormatError

HEAD = ",".join(chronicle.COLUMNS)
GOOD = "1999-pak-ind-visit,1999-02-20,PAK,IND,no,042,diplomacy,,,A visit that was made.,certain,smith2000,,no,p. 7"
BOOK = '[smith2000]\ntitle = "A Book"\nauthor = "Smith, A."\nyear = 2000\n'


@pytest.fixture
def write(tmp_path):
    def make(*rows, head=HEAD, book=BOOK):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        (tmp_path / "bibliography.toml").write_text(book, encoding="utf-8")
        return path

    return make


def test_the_embedded_chronicle_has_no_problems():
    assert chronicle.check() == []


def test_it_is_as_large_as_it_says():
    acts = chronicle.acts()
    assert acts.height >= 800
    assert acts["date"].min() < "1948"
    assert acts["date"].max() >= "2025"
    pairs = {tuple(sorted(p)) for p in acts.select("source", "target").iter_rows()}
    assert pairs == set(DYADS)
    per = acts.group_by(
        a=pl.min_horizontal("source", "target"), b=pl.max_horizontal("source", "target")
    ).len()
    assert per["len"].min() >= 50


def test_every_event_of_the_article_is_there():
    told = chronicle.acts().filter(pl.col("article") == "yes")["id"].str.join(" ").item()
    for event in (
        "tashkent", "steel-mill", "war-of-1965", "war-of-1971", "ceasefire-veto", "invasion-of-afghan",
        "123-agreement", "salala-attack", "salala-condemnation", "putin-backs-sco",
        "chirkin", "arms-embargo-lifted", "mi35m-delivery", "su35", "druzhba-2017", "indra-2017",
        "warning-over-washington", "free-trade-wish", "food-embargo", "corridor", "do-more",
        "unsettled-financial", "commission", "opposition-to-mi35m", "trade-agreement-1965",
    ):  # fmt: skip
        assert event in told, event


def test_mutual_acts_are_two_events():
    table = chronicle.load()
    validate(table.data, EVENT_SCHEMA, "x")
    acts = chronicle.acts()
    mutual = acts.filter(pl.col("mutual") == "yes").height
    assert table.data.filter(is_act()).height == acts.height + mutual
    there = table.data.filter(pl.col("event_id") == "1966-ind-pak-tashkent-declaration>")
    back = table.data.filter(pl.col("event_id") == "1966-ind-pak-tashkent-declaration<")
    assert there.select("source", "target").row(0) == back.select("target", "source").row(0)


def test_every_work_is_used_and_has_a_title():
    works = chronicle.bibliography()
    rows = pl.concat([chronicle.acts()["reference"], chronicle.affairs()["reference"]])
    used = set(rows.str.split(";").explode().str.strip_chars())
    assert used == set(works)
    assert all(w["title"] and w["author"] for w in works.values())


def test_own_chronicle(write):
    path = write(
        GOOD,
        "1999-x,1999,Pakistan,USSR,yes,057,economy,3.5,small,A deal both made.,contested,smith2000,,,",
    )
    assert chronicle.check(path) == []
    assert chronicle.looks_like(path)
    table = chronicle.load(path)
    assert table.origin == "chronicle:mine"
    assert table.data["event_id"].to_list() == ["1999-x<", "1999-x>", "1999-pak-ind-visit"]
    assert table.data["goldstein"].to_list() == [3.5, 3.5, 1.9]
    assert table.data["certainty"].to_list() == [0.5, 0.5, 1.0]
    assert table.data["precision"].to_list() == ["year", "year", "day"]


def test_a_sign_against_the_code_needs_a_reason_that_says_so(write):
    sour = GOOD.replace("diplomacy,,,", "diplomacy,-3,Against the code: a visit to insult,")
    assert chronicle.check(write(sour)) == []
    # The code itself weighs less than nothing: an appeal to yield.
    appeal = GOOD.replace("042", "025").replace("diplomacy,,,", "diplomacy,-1,stern,")
    assert chronicle.check(write(appeal)) == []
    kind = GOOD.replace("042", "112").replace("diplomacy,,,", "diplomacy,2,in jest,")
    assert [p.column for p in chronicle.check(write(kind))] == ["intensity"]


def test_one_act_under_two_codes_is_a_doubt_and_no_problem(write):
    act = GOOD.replace("1999-pak-ind-visit", "a").replace("042", "163")
    other = act.replace("a,1999", "b,1999").replace("PAK,IND", "PAK,USA")
    path = write(act, other.replace("163", "1312"))
    assert chronicle.check(path) == []
    found = chronicle.doubts(path)
    assert [(d.line, d.column) for d in found] == [(3, "cameo")]
    assert "'1312', and '163' of a (line 2 of" in str(found[0])
    assert chronicle.doubts(write(act, other)) == []
    assert chronicle.doubts(write(act, other.replace("163", "1312").replace("-20,", "-21,"))) == []
    # Support of one and rebuff of the other is one act seen from two sides.
    assert chronicle.doubts(write(act, other.replace("163", "042"))) == []


BROKEN = {
    "id": ("1999-pak-ind-visit", "1999 Visit!", "id", "small letters"),
    "date": ("1999-02-20", "20 Feb 1999", "date", "write YYYY"),
    "no such day": ("1999-02-20", "1999-02-30", "date", "calendar"),
    "future": ("1999-02-20", "2999-01-01", "date", "to today"),
    "state": ("PAK,IND", "PAK,Indai", "target", "did you mean India"),
    "not then": ("1999-02-20,PAK,IND", "1960-02-20,PAK,BGD", "target", "did not exist then"),
    "self": ("PAK,IND", "PAK,Pakistan", "target", "same state"),
    "mutual": (",no,042", ",maybe,042", "mutual", "use one of yes, no"),
    "code": (",042,", ",42,", "cameo", "no CAMEO code"),
    "domain": ("diplomacy", "football", "domain", "use one of diplomacy"),
    "intensity": ("diplomacy,,,", "diplomacy,12,much,", "intensity", "from -10 to 10"),
    "no reason": ("diplomacy,,,", "diplomacy,2,,", "intensity", "intensity_reason"),
    "sign": ("diplomacy,,,", "diplomacy,-3,sour,", "intensity", "against the code:"),
    "no text": ("A visit that was made.", "", "description", "is empty"),
    "certainty": (",certain,", ",sure,", "certainty", "certain, probable, contested"),
    "nothing seen": (
        ",no,p. 7",
        ",no,",
        "certainty",
        "give an address, a page or an issue in the column seen",
    ),
    "reference": ("smith2000", "jones1999", "reference", "bibliography"),
}


@pytest.mark.parametrize(("old", "new", "column", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_each_problem_is_named_with_its_line(write, old, new, column, says):
    path = write(
        GOOD,
        GOOD.replace("1999-pak-ind-visit", "other", 1) if old != "1999-pak-ind-visit" else "",
        "",
        GOOD.replace(old, new, 1),
    )
    if old not in GOOD.split(",")[0]:
        path = write("", GOOD.replace("1999-pak-ind-visit", "third", 1).replace(old, new, 1))
        line = 3
    else:
        path, line = write(GOOD.replace(old, new, 1)), 2
    problems = chronicle.check(path)
    assert [(p.line, p.column) for p in problems] == [(line, column)]
    assert says in str(problems[0])
    with pytest.raises(ChronicleError, match=f"line {line}: {column}: "):
        chronicle.load(path)


def test_only_what_was_seen_is_certain(write):
    unseen = GOOD.replace(",no,p. 7", ",no,")
    for word in ("probable", "contested"):
        assert chronicle.check(write(unseen.replace(",certain,", f",{word},"))) == []
    # A file without the column has seen nothing.
    short = unseen.removesuffix(",no,") + ",no"
    path = write(short, head=HEAD.removesuffix(",seen"))
    assert [str(p) for p in chronicle.check(path)] == [
        f"{path}: line 2: certainty: 'certain': needs where it was seen: give an address, a page or an issue in the "
        "column seen, or write probable"
    ]
    acts = pl.concat([chronicle.acts(), chronicle.affairs()], how="diagonal")
    assert acts.filter(certainty="certain")["seen"].null_count() == 0


def test_the_same_id_twice(write):
    problems = chronicle.check(write(GOOD, GOOD))
    assert [(p.line, p.column) for p in problems] == [(2, "id"), (3, "id")]


def test_lines_after_a_text_of_two_lines(write):
    two = GOOD.replace("A visit that was made.", '"A visit\nthat was made."').replace(
        "1999-pak", "x"
    )
    problems = chronicle.check(write(two, GOOD.replace("042", "0")))
    assert [p.line for p in problems] == [4]


def test_files_that_are_no_chronicle(write, tmp_path):
    with pytest.raises(ChronicleError, match="column 'id' is missing"):
        chronicle.check(write("a,b", head="x,y"))
    with pytest.raises(ChronicleError, match="holds no acts"):
        chronicle.check(write())
    with pytest.raises(ChronicleError, match="close every quotation mark"):
        chronicle.check(write(GOOD.replace("A visit", '"A visit')))
    assert "expected 15" in str(chronicle.check(write(GOOD + ",more"))[0])
    path = write(GOOD)
    (tmp_path / "bibliography.toml").unlink()
    with pytest.raises(FileFormatError, match="no bibliography beside it"):
        chronicle.check(path)
    assert not chronicle.looks_like(tmp_path / "nowhere.csv")
