"""Alliances of the Correlates of War against plain loops over the same files."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import combinations

import polars as pl
import pytest

from quadrille.errors import FileFormatError
from quadrille.readings.goals import goal_values
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.alliances import LAST_YEAR, PLEDGES, read_alliances
from quadrille.states.registry import resolve

REAL = "more/alliance_v4.1_by_member_yearly.csv"
DYADS = (
    "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_day,dyad_st_month,dyad_st_year,"
    "dyad_end_day,dyad_end_month,dyad_end_year,left_censor,right_censor,defense,neutrality,"
    "nonaggression,entente,asymmetric,version\n"
)
MEMBERS = (
    "version4id,ccode,state_name,all_st_day,all_st_month,all_st_year,all_end_day,all_end_month,"
    "all_end_year,ss_type,mem_st_day,mem_st_month,mem_st_year,mem_end_day,mem_end_month,mem_end_year,"
    "left_censor,right_censor,defense,neutrality,nonaggression,entente,version\n"
)


def put(folder, text):
    path = folder / "alliance.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_members_by_a_plain_loop(data_dir):
    path = data_dir / REAL
    if not path.exists():
        pytest.skip(f"no {REAL}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {c: resolve(pl.Series([c]), "cow")[0] for c in {r["ccode"] for r in rows}}
    together = defaultdict(list)
    for line, row in enumerate(rows, 2):
        if codes[row["ccode"]]:
            together[row["version4id"], row["year"]].append((line, codes[row["ccode"]], row))
    wanted, met = {}, set()
    for (number, year), members in together.items():
        for (one, a, x), (two, b, y) in combinations(members, 2):
            if a == b:
                continue
            met |= {one, two}
            key = (min(a, b), max(a, b), int(year))
            flags, numbers = wanted.setdefault(key, ({p: set() for p in PLEDGES}, set()))
            numbers.add(number)
            for ours, theirs in PLEDGES.items():
                flags[ours] |= {v[theirs] for v in (x, y)} - {""}
    layer = read_alliances(path)
    found = {
        (r["state_a"], r["state_b"], r["year"]): (
            [r[p] for p in PLEDGES], r["alliances"]
        )
        for r in layer.data.to_dicts()
    }  # fmt: skip
    told = {
        key: ([None if not flags[p] else "1" in flags[p] for p in PLEDGES], len(numbers))
        for key, (flags, numbers) in wanted.items()
    }
    assert found == told
    unknown = sum(codes[r["ccode"]] is None for r in rows)
    known = {line for members in together.values() for line, *_ in members}
    reasons = layer.rejected["reason"].str.starts_with("no known state")
    assert (reasons.sum(), (~reasons).sum()) == (unknown, len(known - met))
    assert layer.rows_in == len(rows) == len(met) + layer.rejected["rows"].sum()


def test_a_dyadic_file_and_its_open_ends(tmp_path):
    path = put(
        tmp_path,
        DYADS
        + "1,2,United States,200,United Kingdom,4,4,2009,,,,0,1,1,0,0,1,0,4.1\n"
        + "2,2,United States,200,United Kingdom,1,1,2010,1,6,2010,1,0,0,0,1,,1,4.1\n"
        + "3,2,United States,740,Japan,8,9,1951,,,,0,0,1,0,0,1,0,4.1\n"
        + "4,300,Austria-Hungary,2,United States,8,9,1851,1,1,1852,0,0,1,0,0,1,0,4.1\n"
        + "5,2,United States,740,Japan,8,9,1960,1,1,1952,0,0,1,0,0,1,0,4.1\n",
    )
    layer = read_alliances(path)
    head = ("year", *PLEDGES, "one_sided", "alliances", "since", "open")
    assert layer.data.select("state_a", "state_b").unique().rows() == [("GBR", "USA")]
    assert layer.data.select(head).rows() == [
        (2009, True, False, False, True, False, 1, 2009, True),
        (2010, True, False, True, True, True, 2, 2009, True),
        (2011, True, False, False, True, False, 1, 2009, True),
        (2012, True, False, False, True, False, 1, 2009, True),
    ]
    assert layer.data["year"].max() == LAST_YEAR
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (4, "rejected", "it has no end, and right_censor is not 1"),
        (5, "skipped", "no known state ('300')"),
        (6, "rejected", "it ends (1952) before it starts (1960)"),
    ]
    goal = goal_values({layer.name: layer}, "alliance", 2012)
    assert goal is not None
    assert goal.values.rows() == [("GBR", "USA", 1.0)]


def test_a_directed_file_says_who_owes(tmp_path):
    text = DYADS.replace("asymmetric,", "").replace("version\n", "year,version\n")
    text += (
        "1,2,a,40,b,1,1,1990,,,,0,1,1,0,0,0,1990,4.1\n1,40,b,2,a,1,1,1990,,,,0,1,0,0,0,0,1990,4.1\n"
    )
    text += (
        "2,2,a,20,b,1,1,1990,,,,0,1,1,0,0,0,1990,4.1\n2,20,b,2,a,1,1,1990,,,,0,1,1,0,0,0,1990,4.1\n"
    )
    text += "3,365,a,710,b,1,1,1990,,,,0,1,0,0,0,1,1990,4.1\n"
    found = read_alliances(put(tmp_path, text)).data
    assert found.select("state_a", "defense", "one_sided").rows() == [
        ("CAN", True, False), ("CHN", False, None), ("CUB", True, True),
    ]  # fmt: skip


def test_members_meet_while_both_are_in(tmp_path):
    row = "7,{},x,1,1,1955,1,1,1990,Type I: Defense Pact,1,1,{},,,{},0,{},{},0,0,1,4.1\n"
    text = MEMBERS + row.format(365, 1955, 1990, 0, 1) + row.format(290, 1956, 1957, 0, 1)
    text += row.format(339, 1957, 1968, 0, 0) + row.format(310, 1995, "", 1, 1)
    layer = read_layers(put(tmp_path, text))[0]
    assert layer.data.select("state_a", "state_b", "year", "one_sided").filter(
        pl.col("year") < 1958
    ).rows() == [
        ("ALB", "POL", 1957, True), ("ALB", "RUS", 1957, True),
        ("POL", "RUS", 1956, False), ("POL", "RUS", 1957, False),
    ]  # fmt: skip
    assert layer.rejected.select("fate", "reason").rows() == [
        ("skipped", "no known partner at the time (alliance 7)")
    ]


def test_a_lesser_pledge_counts_half(tmp_path):
    text = DYADS + "1,2,a,200,b,1,1,2000,,,,0,1,0,0,0,1,0,4.1\n"
    layer = read_alliances(put(tmp_path, text))
    goal = goal_values({layer.name: layer}, "alliance", 2014)
    assert goal is not None
    assert (goal.year, goal.values["value"].to_list()) == (2012, [0.5])


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="alliances column 'dyad_st_year' is missing"):
        read_alliances(put(tmp_path, DYADS.replace("dyad_st_year", "start")))
