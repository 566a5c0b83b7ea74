"""The witnesses of a tie, as people and machines meet them."""

from __future__ import annotations

import json

import pytest
from figures import WIDTHS, check_axes
from witnessed import write_small

import quadrille
from quadrille.views.text import to_text


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    return quadrille.open(path)


@pytest.fixture(scope="module")
def found(world):
    return world.compare("China", "India")


def test_the_level_leads_then_who_pulls_where(found):
    lead, who, disagree, hangs, silent = found.view().sentences
    assert lead.startswith("China–India in 2000: index of ties −")
    assert "where 0 is neutral, +1 the median ally and −1 the median rival; colder than" in lead
    assert "of the world's 6 ties in 2000 (percentile " in lead
    assert who == (
        "The UN votes (+0.4) and ICEWS (+0.1) make it warmer, the disputes colder (−1.2); trade adds nothing."
    )
    assert disagree == "Witnesses disagree."
    assert hangs == "Without the disputes the level would lie outside its band."
    assert silent == (
        "Silent in 2000: the chronicle (last in 1990); no data on this tie from the register of arms transfers."
    )


def test_one_on_each_side_is_said_as_a_person_would(world):
    sentences = world.compare("China", "India", in_="1994").view().sentences
    assert (
        sentences[1]
        == "The UN votes make it warmer (+0.4), the disputes colder (−1.2); trade adds nothing."
    )
    assert "ICEWS (from 1995)" in sentences[-1]
    apart = world.compare("China", "United States").view().sentences
    assert apart[1].startswith("The disputes make it warmer (+0.3), the UN votes colder (−0.2); most of the level rests on ")  # fmt: skip
    assert "disagree" not in " ".join(apart)
    alone = world.compare("China", "India", in_="2005").view().sentences
    assert alone[1].startswith(
        "ICEWS makes it warmer (+0.1); most of the level rests on other years, "
    )


def test_where_none_speaks_that_is_said(world):
    none = world.compare("Algeria", "United States").view()
    assert none.sentences[1].startswith("No source speaks in 2012: ")
    assert none.sentences[2].startswith("No data on this tie from ")
    check_axes(none.chart(640))


def test_the_table_says_nothing_and_silent_in_words(found):
    shown = found.view().grids[0]
    assert shown.heads == ("witness", "2000", "1990", "last spoke")
    assert shown.rows == (
        ("disputes", "−1.2", "−1.2", "2000"),
        ("UN votes", "+0.4", "+0.4", "2000"),
        ("ICEWS", "+0.1", "silent", "2010"),
        ("trade", "adds nothing", "adds nothing", "2000"),
        ("chronicle", "silent", "+0.2", "1990"),
        ("arms transfers", "silent", "silent", "no data"),
    )


def test_ten_years_before_is_left_out_where_there_was_no_tie(world):
    early = world.compare("China", "India", in_="1955").view().grids[0]
    assert early.heads == ("witness", "1955", "last spoke")


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(found, width):
    spec = found.plot(width).to_dict()
    check_axes(spec)
    boxes = [r for rows in spec["datasets"].values() for r in rows if "who" in r]
    assert len(boxes) == found.path.select(found.names).count().sum_horizontal().item()
    kinds = {(r["witness"], r["kind"]) for r in boxes}
    assert kinds == {
        ("votes", "+0.1 to +0.4"), ("disputes", "−1.0 and less"), ("trade", "adds nothing"),
        ("icews", "+0.1 to +0.4"), ("chronicle", "+0.1 to +0.4"),
    }  # fmt: skip


def test_text_fits_and_json_holds_all(found):
    assert max(map(len, to_text(found.view()).splitlines())) <= 80
    made = json.loads(found.to_json())
    assert (made["kind"], made["states"], len(made["rows"])) == ("compare", ["CHN", "IND"], 63)
    assert made["facts"]["disagree"] is True
    assert [w["witness"] for w in made["facts"]["witnesses"]][:2] == ["disputes", "votes"]
