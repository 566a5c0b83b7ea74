"""Correlates of War, ATOP, disputes and rivalries against plain loops over the same files."""

from __future__ import annotations

import calendar
import csv
from collections import defaultdict
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.sources.layers import cow, disputes
from quadrille.sources.layers.layer import KEYS
from quadrille.states.registry import resolve

FILES = {
    "cow_states": ("cow/cow_states.parquet", cow.read_states, 243, 15_284, 15, 0),
    "cow_capabilities": ("cow/cow_nmc.parquet", cow.read_capabilities, 17_121, 16_454, 665, 2),
    "cow_state_trade": ("cow/cow_trade_sy.parquet", cow.read_state_trade, 14_410, 14_304, 74, 32),
    "cow_contiguity": ("cow/cow_contdir.parquet", cow.read_contiguity, 1_874, 41_021, 166, 0),
    "cow_igos": ("cow/cow_igo_ndy.parquet", cow.read_igos, 917_695, 898_342, 19_353, 0),
    "atop": ("cow/atop_alliance.parquet", cow.read_atop, 273_296, 133_909, 5_376, 0),
    "cow_mids": ("cow/cow_mid_ddydisps.parquet", disputes.read_mids, 10_234, 4_947, 340, 0),
    "gml_mids": ("cow/gml_dirdisp.parquet", disputes.read_gml, 10_276, 4_482, 332, 0),
    "td_rivalries": ("cow/td_rivalries.parquet", disputes.read_rivalries, 197, 8_973, 9, 0),
    "tss_rivalries": ("cow/tss_rivalries.parquet", disputes.read_rivalries, 264, 9_977, 7, 0),
    "disputes_monthly": (
        "rivalry/disputes_monthly_peace_scale.csv", disputes.read_disputes, 100_344, 50_172, 0, 0,
    ),
}  # fmt: skip
READ = {}


@pytest.fixture
def layer(data_dir):
    """Read a real file once."""

    def read(name):
        if name not in READ:
            path, reader, *_ = FILES[name]
            READ[name] = reader(data_dir / path)
        return READ[name]

    return read


def rows_of(data_dir, name):
    """The file as dictionaries, without what the readers use."""
    path = data_dir / FILES[name][0]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))
    return pl.read_parquet(path).to_dicts()


def states_of(rows, *columns):
    """COW number to ISO3, for the numbers of some columns."""
    numbers = sorted({int(r[c]) for r in rows for c in columns})
    codes = resolve(pl.Series(numbers), "cow").to_list()
    return {n: c for n, c in zip(numbers, codes, strict=True) if c}


def as_dict(layer, *values):
    keys = [*KEYS[layer.unit], "year", *(["month"] if layer.frequency == "M" else [])]
    rows = layer.data.select(*keys, *values).iter_rows()
    return {r[: len(keys)]: r[len(keys) :] for r in rows}


def write(tmp_path, text, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ---------------------------------------------------------------- real files


@pytest.mark.parametrize("name", FILES)
def test_counts(layer, name):
    _, _, rows, kept, lost, refused = FILES[name]
    found = layer(name)
    assert found.name == name
    assert (found.rows_in, found.data.height) == (rows, kept)
    assert found.unresolved["rows"].sum() == lost
    assert found.rejected.filter(pl.col("name").is_null()).height == refused
    assert found.data.schema["year"] == pl.Int32
    assert found.citation
    if found.unit == "dyad":
        assert (found.data["state_a"] < found.data["state_b"]).all()


@pytest.mark.parametrize("name", ["cow_capabilities", "cow_state_trade"])
def test_every_row_of_a_state_year_is_accounted_for(layer, name):
    found = layer(name)
    lost = found.unresolved["rows"].sum()
    assert (
        found.data.height + lost + found.rejected.filter(pl.col("name").is_null()).height
        == found.rows_in
    )


def test_days_in_the_system(data_dir, layer):
    raw = rows_of(data_dir, "cow_states")
    names, days, last = states_of(raw, "ccode"), defaultdict(int), {}
    for r in raw:
        if (code := int(r["ccode"])) not in names:
            continue
        first, end = (
            date(*(int(r[f"{p}{part}"]) for part in ("year", "month", "day")))
            for p in ("st", "end")
        )
        for year in range(first.year, end.year + 1):
            lower, upper = max(first, date(year, 1, 1)), min(end, date(year, 12, 31))
            key = (names[code], year)
            days[key] += (upper - lower).days + 1
            last[key] = max(last.get(key, (date.min, 0)), (first, code))
    assert as_dict(layer("cow_states"), "days", "cow") == {
        k: (d, last[k][1]) for k, d in days.items()
    }
    # Two German states, each for part of the year, are one row of a whole year.
    assert as_dict(layer("cow_states"), "days", "cow")["DEU", 1990] == (365, 255)
    for (_, year), (found,) in as_dict(layer("cow_states"), "days").items():
        assert 1 <= found <= 365 + calendar.isleap(year)


def test_capabilities_as_published(data_dir, layer):
    raw = rows_of(data_dir, "cow_capabilities")
    names = states_of(raw, "ccode")
    theirs = defaultdict(list)
    for r in raw:
        if (code := int(r["ccode"])) in names:
            values = tuple(r[c] for c in cow.INDICATORS)
            theirs[names[code], int(r["year"])].append((code, values))
    ours = as_dict(layer("cow_capabilities"), *cow.INDICATORS)
    assert ours.keys() == theirs.keys()
    twice = {k for k, v in theirs.items() if len(v) > 1}
    assert twice == {("DEU", 1990), ("YEM", 1990)}
    for key, found in ours.items():
        if key not in twice:
            assert found == theirs[key][0][1]
    assert ours["DEU", 1990] == dict(theirs["DEU", 1990])[255]
    assert ours["YEM", 1990] == dict(theirs["YEM", 1990])[679]


def test_index_is_the_mean_of_the_shares_that_are_known(data_dir, layer):
    """The formula in the docstring gives the published index, of all states of the file."""
    raw, ours = rows_of(data_dir, "cow_capabilities"), as_dict(layer("cow_capabilities"), "cinc")
    names, totals = states_of(raw, "ccode"), defaultdict(float)
    for r in raw:
        for k in cow.INDICATORS[:6]:
            totals[r["year"], k] += r[k] or 0
    worst = 0.0
    for r in raw:
        code, year = names.get(int(r["ccode"])), int(r["year"])
        if not code or (code in ("DEU", "YEM") and year == 1990):
            continue
        known = [k for k in cow.INDICATORS[:6] if r[k] is not None and totals[r["year"], k]]
        shares = [r[k] / totals[r["year"], k] for k in known]
        worst = max(worst, abs(sum(shares) / len(shares) - ours[code, year][0]))
    assert worst < 1e-7  # the published index is in single precision


def test_trade_row_that_says_something_stands(data_dir, layer):
    raw = {(int(r["ccode"]), int(r["year"])): r for r in rows_of(data_dir, "cow_state_trade")}
    ours = as_dict(layer("cow_state_trade"), "imports", "exports")
    assert raw[260, 1960]["imports"] is None
    assert ours["DEU", 1960] == (raw[255, 1960]["imports"], raw[255, 1960]["exports"])
    reasons = layer("cow_state_trade").rejected.filter(pl.col("name").is_null())["reason"]
    assert reasons.str.contains(
        "appears twice, here under 26|appears twice, here under 67|25"
    ).all()


def test_contiguity_by_a_plain_loop(data_dir, layer):
    raw = rows_of(data_dir, "cow_contiguity")
    names, seen = states_of(raw, "ccode1", "ccode2"), defaultdict(set)
    for r in raw:
        ends = [names.get(int(r[c])) for c in ("ccode1", "ccode2")]
        if None not in ends:
            for year in range(int(r["stdate"][:4]), int(r["enddate"][:4]) + 1):
                seen[(*sorted(ends), year)].add(int(r["conttype"]))
    expected = {k: (min(v - {0}, default=0),) for k, v in seen.items()}
    assert as_dict(layer("cow_contiguity"), "contiguity") == expected
    assert expected["IND", "PAK", 1950] == (1,)


def test_igos_by_a_plain_loop(data_dir, layer):
    raw = pl.read_parquet(data_dir / FILES["cow_igos"][0]).sample(20_000, seed=1).to_dicts()
    names, ours = states_of(raw, "ccode1", "ccode2"), as_dict(layer("cow_igos"), "igos")
    checked = 0
    for r in raw:
        ends = [names.get(int(r[c])) for c in ("ccode1", "ccode2")]
        if None in ends or {"DEU", "YEM"} & set(ends):
            continue
        assert ours[(*sorted(ends), int(r["year"]))] == (int(r["dyadigos"]),)
        checked += 1
    assert checked > 15_000


def test_atop_by_a_plain_loop(data_dir, layer):
    raw = rows_of(data_dir, "atop")
    names, owed = states_of(raw, "ccode1", "ccode2"), defaultdict(lambda: defaultdict(set))
    for r in raw:
        one, two = (names.get(int(r[c])) for c in ("ccode1", "ccode2"))
        if one and two:
            pledged = {p for p in cow.PLEDGES if r[f"atop_{p}"] == 1}
            owed[(min(one, two), max(one, two), int(r["year"]))][one] |= pledged
    expected = {
        k: (*(any(p in s for s in v.values()) for p in cow.PLEDGES), len({*map(frozenset, v.values())}) > 1)
        for k, v in owed.items()
    }  # fmt: skip
    assert as_dict(layer("atop"), *cow.PLEDGES, "one_sided") == expected


@pytest.mark.parametrize(("name", "onset"), [("cow_mids", "cowmidonset"), ("gml_mids", "midonset")])
def test_disputes_by_a_plain_loop(data_dir, layer, name, onset):
    raw = rows_of(data_dir, name)
    names = states_of(raw, "ccode1", "ccode2")
    found, began, worst = defaultdict(set), defaultdict(set), defaultdict(lambda: -9)
    for r in raw:
        one, two = (names.get(int(r[c])) for c in ("ccode1", "ccode2"))
        if not (one and two):
            continue
        key = (min(one, two), max(one, two), int(r["year"]))
        found[key].add(int(r["dispnum"]))
        if r[onset]:
            began[key].add(int(r["dispnum"]))
        for who, end in ((one, "1"), (two, "2")):
            for what in ("hostlev", "fatality", "hiact"):
                side = "a" if who == key[0] else "b"
                slot = (key, what, side)
                worst[slot] = max(worst[slot], int(r[what + end]))
    expected = {}
    for key, numbers in found.items():
        sides = [
            [None if (v := worst[key, what, s]) == -9 else v for s in "ab"]
            for what in ("hostlev", "fatality", "hiact")
        ]
        both = [max((v for v in pair if v is not None), default=None) for pair in sides]
        expected[key] = (
            len(numbers), len(began[key]),
            *(v for b, pair in zip(both, sides, strict=True) for v in (b, *pair)),
            ";".join(map(str, sorted(numbers))),
        )  # fmt: skip
    values = [c for c in layer(name).data.columns if c not in disputes.DYAD]
    assert as_dict(layer(name), *values) == expected


@pytest.mark.parametrize("name", ["td_rivalries", "tss_rivalries"])
def test_rivalries_by_a_plain_loop(data_dir, layer, name):
    raw = rows_of(data_dir, name)
    first, last = ("styear", "endyear") if name == "td_rivalries" else ("start", "end")
    names, spells = states_of(raw, "ccode1", "ccode2"), defaultdict(list)
    for r in raw:
        ends = [names.get(int(r[c])) for c in ("ccode1", "ccode2")]
        if None in ends:
            continue
        kinds = (
            {r[f"type{i}"] for i in (1, 2, 3)} if "type1" in r else {k for k in r if r[k] == 1.0}
        )
        for year in range(int(r[first]), int(r[last]) + 1):
            spells[(*sorted(ends), year)].append((int(r[first]), kinds))
    expected = {
        k: (
            len(v),
            min(s for s, _ in v),
            *(any(kind in t for _, t in v) for kind in disputes.KINDS),
        )
        for k, v in spells.items()
    }
    assert as_dict(layer(name), "rivalries", "since", *disputes.KINDS) == expected
    assert expected["IND", "PAK", 1971][:2] == (1, 1947)


def test_monthly_disputes_by_a_plain_loop(data_dir, layer):
    raw = rows_of(data_dir, "disputes_monthly")
    names = states_of(raw, "sourceNum", "tarNum")
    months = {name: i for i, name in enumerate(calendar.month_abbr) if name}
    expected = set()
    for r in raw:
        month, year = r["date"].split()
        ends = sorted(names[int(r[c])] for c in ("sourceNum", "tarNum"))
        assert float(r["dispute"]) == 1.0
        expected.add((*ends, int(year), months[month]))
    found = as_dict(layer("disputes_monthly"), "dispute")
    assert found.keys() == expected
    assert set(found.values()) == {(True,)}
    # What the docstring says of this copy: one unbroken spell a dyad, none that ended early.
    spells = defaultdict(list)
    for one, two, year, month in expected:
        spells[one, two].append(12 * year + month - 1)
    assert len(spells) == 116
    assert all(max(s) - min(s) + 1 == len(s) for s in spells.values())
    assert min(max(s) for s in spells.values()) == 12 * 1995 + 1


def test_a_parquet_file_and_its_csv_are_the_same(data_dir, tmp_path):
    for name in ("cow_capabilities", "cow_mids", "td_rivalries", "cow_contiguity", "cow_states"):
        path, reader, *_ = FILES[name]
        pl.read_parquet(data_dir / path).write_csv(tmp_path / f"{name}.csv")
        one, two = reader(data_dir / path), reader(tmp_path / f"{name}.csv")
        assert one.data.equals(two.data)
        assert one.unresolved.equals(two.unresolved)
        assert one.rejected.filter(pl.col("name").is_null())["reason"].equals(
            two.rejected.filter(pl.col("name").is_null())["reason"]
        )


# ---------------------------------------------------------------- layouts as published


def test_states_by_year(tmp_path):
    path = write(tmp_path, "stateabb,ccode,year,version\nUSA,2,1816,2016\nRUS,365,1816,2016\n")
    found = cow.read_states(path)
    assert found.data.rows() == [("RUS", 1816, 365, None), ("USA", 1816, 2, None)]


def test_two_spells_in_a_year_are_added_up(tmp_path):
    head = "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\n"
    rows = "CUB,40,Cuba,1906,1,1,1906,1,10,2016\nCUB,40,Cuba,1906,12,31,1907,1,1,2016\n"
    found = cow.read_states(
        write(tmp_path, head + rows + "BAD,41,Haiti,1859,2,30,1915,7,28,2016\n")
    )
    assert found.data.rows() == [("CUB", 1906, 40, 11), ("CUB", 1907, 40, 1)]
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "no such day in the calendar ('1859-02-30')"
    ]


def test_capabilities_csv_with_missing_codes(tmp_path):
    text = (
        "stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version\r\n"
        "USA,2,1816,3823,17,80,254,8659,101,0.0396975,2021\r\n"
        "USA,2,1817,-9,-9,-9,-9,8899,106,0.04,2021\r\n"
        "AUH,300,1817,-9,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,2,1818,many,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,2,1819,-3,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,2,18200,1,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,2.5,1820,1,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,,1820,1,-9,-9,-9,8899,106,0.04,2021\r\n"
        "USA,2,1820,1\r\n"
        'USA,2,1820,"1,-9,-9,-9,8899,106,0.04,2021\r\n'
        '"USA",2,1821,"5",,NA,.,1,1,1,2021\r\n'
        "USA,2,1821,6,,,,1,1,1,2021\r\n"
        "\r\n"
    )
    found = cow.read_capabilities(write(tmp_path, b"\xef\xbb\xbf" + text.encode()))
    none = (None, None, None)
    assert found.data.rows() == [
        ("USA", 1816, 3823.0, 17.0, 80.0, 254.0, 8659.0, 101.0, 0.0396975),
        ("USA", 1817, None, *none, 8899.0, 106.0, 0.04),
        ("USA", 1821, 5.0, *none, 1.0, 1.0, 1.0),
    ]
    assert found.unresolved.rows() == [("300", 1)]
    assert dict(
        found.rejected.filter(pl.col("name").is_null()).select("line", "reason").iter_rows()
    ) == {
        5: "milex is no number ('many')",
        6: "milex is below 0 ('-3')",
        7: "year is no year from 1400 to 2100 ('18200.0')",
        8: "ccode is no number of a state ('2.5')",
        9: "ccode is empty",
        10: "wrong number of columns (4, expected 11)",
        11: "a quotation mark is not closed",
        13: "USA 1821 appears twice, here under 2",
    }
    assert (
        found.rejected.filter(pl.col("name").is_null())["raw"][0]
        == "USA,2,1818,many,-9,-9,-9,8899,106,0.04,2021"
    )
    assert found.rows_in == 12 == 3 + 1 + found.rejected.filter(pl.col("name").is_null()).height


def test_trade_in_latin_1(tmp_path):
    text = (
        "ccode,statename,stateabb,year,imports,exports,alt_imports,alt_exports,source1,source2,version\n"
        "437,Côte d'Ivoire,CDI,1990,-9,3.5,,,1,1,4\n"
    )
    found = cow.read_state_trade(write(tmp_path, text.encode("latin-1")))
    assert found.data.rows() == [("CIV", 1990, None, 3.5)]


def test_contiguity_as_published(tmp_path):
    years = (
        "dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n"
        "2020,2,USA,20,CAN,1920,1,3.2\n20002,20,CAN,2,USA,1920,1,3.2\n2020,2,USA,20,CAN,1921,2,3.2\n"
        "20002,20,CAN,2,USA,1921,1,3.2\n2020,2,USA,20,CAN,1922,7,3.2\n2002,2,USA,2,USA,1922,1,3.2\n"
    )
    found = cow.read_contiguity(write(tmp_path, years))
    assert found.data.rows() == [("CAN", "USA", 1920, 1), ("CAN", "USA", 1921, 1)]
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "conttype is no contiguity, 0 to 5 ('7.0')",
        "within one state",
    ]
    spells = (
        "dyad,statelno,statelab,statehno,statehab,conttype,begin,end,notes,version\n"
        '2020,2,USA,20,CAN,2,192001,192103,"a, b",3.2\n2020,2,USA,20,CAN,5,192103,192201,,3.2\n'
        "2020,2,USA,20,CAN,5,193003,192201,,3.2\n"
    )
    found = cow.read_contiguity(write(tmp_path, spells))
    assert [r[2:] for r in found.data.rows()] == [(1920, 2), (1921, 2), (1922, 5)]
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "it ends (1922) before it starts (1930)"
    ]


def test_dyadic_igos_as_published(tmp_path):
    text = (
        "dyadid,ccode1,country1,state1,ccode2,country2,state2,year,aaaid,UN,nato,version\n"
        "2020,2,United States,usa,20,Canada,can,1950,-1,1,1,3\n"
        "2020,2,United States,usa,20,Canada,can,1951,-9,-9,-1,3\n"
        "2020,2,United States,usa,20,Canada,can,1952,0,-9,0,3\n"
        "2020,2,United States,usa,20,Canada,can,1953,0,yes,0,3\n"
    )
    found = cow.read_igos(write(tmp_path, text))
    assert [r[2:] for r in found.data.rows()] == [(1950, 2), (1951, None), (1952, 0)]
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "un is no number ('yes')"
    ]


ATOP = "year,atopally,defense,offense,neutral,nonagg,consul"


def test_atop_as_published(tmp_path):
    directed = (
        f"ddyad,stateA,stateB,{ATOP}\n1,365,2,1950,1,1,0,0,0,0\n2,2,365,1950,1,0,0,0,0,0\n"
        "1,365,2,1951,1,0,0,0,1,0\n2,2,365,1951,1,0,0,0,1,0\n"
    )
    yes, no = True, False
    assert cow.read_atop(write(tmp_path, directed)).data.rows() == [
        ("RUS", "USA", 1950, yes, no, no, no, no, yes),
        ("RUS", "USA", 1951, no, no, no, yes, no, no),
    ]
    plain = f"dyad,mem1,mem2,{ATOP}\n2365,2,365,1950,1,1,0,0,0,\n"
    assert cow.read_atop(write(tmp_path, plain)).data.rows() == [
        ("RUS", "USA", 1950, yes, no, no, no, None, None)
    ]


DYADIC = (
    "disno,dyindex,statea,namea,stateb,nameb,strtyr,year,hihosta,hihostb,fatleva,fatlevb,"
    "highmcaa,highmcab\n"
)


def test_dyadic_mids_as_published(tmp_path):
    text = DYADIC + (
        "9,1,750,IND,770,PAK,1965,1965,5,4,6,-9,20,18\n"
        "9,1,770,PAK,750,IND,1965,1965,4,5,-9,6,18,20\n"
        "11,1,750,IND,770,PAK,1964,1965,3,1,-9,-9,7,0\n"
    )
    (row,) = disputes.read_mids(write(tmp_path, text)).data.rows(named=True)
    assert row == {
        "state_a": "IND", "state_b": "PAK", "year": 1965, "disputes": 2, "onsets": 1,
        "hostility": 5, "hostility_a": 5, "hostility_b": 4, "fatality": 6, "fatality_a": 6,
        "fatality_b": None, "action": 20, "action_a": 20, "action_b": 18, "numbers": "9;11",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["dispnum", "dispnum3"])
def test_participants_make_dyads_while_they_overlap(tmp_path, number):
    text = (
        f"{number},stabb,ccode,stday,stmon,styear,endday,endmon,endyear,sidea,fatality,hiact,hostlev\n"
        "1,IND,750,1,1,1965,1,1,1967,1,2,17,4\n"
        "1,PAK,770,1,1,1966,1,1,1966,0,-9,0,1\n"
        "1,CHN,710,1,1,1967,1,1,1968,0,0,7,3\n"
        "1,RUS,365,1,1,1970,1,1,1970,0,0,7,3\n"
        "1,PAK,770,1,6,1967,1,8,1967,0,3,7,3\n"
    )
    found = disputes.read_mids(write(tmp_path, text))
    rows = found.data.select(*disputes.DYAD, "onsets", "hostility", "fatality_b").rows()
    assert rows == [
        ("CHN", "IND", 1967, 1, 4, 2),
        ("IND", "PAK", 1966, 1, 4, None),
        ("IND", "PAK", 1967, 0, 4, 3),
    ]
    assert found.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (5, "no known opponent at the time (dispute 1)")
    ]
    assert disputes.read_gml(write(tmp_path, text)).name == "gml_mids"


def test_rivalries_of_any_list(tmp_path):
    text = "statea,stateb,begin,end\n770,750,1947,1949\n750,770,1949,1950\n2,365,1946,\n2,200,1816,1815\n"
    found = disputes.read_rivalries(write(tmp_path, text))
    assert found.name == "kgd_rivalries"
    assert [r[2:5] for r in found.data.rows()] == [
        (1947, 1, 1947), (1948, 1, 1947), (1949, 2, 1947), (1950, 1, 1949),
    ]  # fmt: skip
    assert found.data["positional"].null_count() == found.data["principal"].null_count() == 4
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "end is empty",
        "it ends (1815) before it starts (1816)",
    ]


def test_monthly_disputes_that_are_broken(tmp_path):
    text = "date,sourceNum,tarNum,dispute\nFeb 1947,130,135,0\nFeb 1947,135,130,1.0\n1947-03,130,135,1\n"
    found = disputes.read_disputes(write(tmp_path, text))
    assert found.data.rows() == [("ECU", "PER", 1947, 2, True)]
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "date is no month ('1947-03', expected as 'Feb 1947')"
    ]


# ---------------------------------------------------------------- what must always hold

SIDE = st.sampled_from([2, 200, 220, 255, 260, 300, 365, 710, 750, 770])
LEVEL = st.sampled_from([-9, 0, 1, 3, 5])
ROW = st.tuples(
    st.integers(1, 4), SIDE, SIDE, st.integers(1950, 1953), *([LEVEL] * 6), st.integers(0, 1)
)
HEAD = (
    "dispnum,ccode1,ccode2,year,hostlev1,hostlev2,fatality1,fatality2,hiact1,hiact2,cowmidonset\n"
)


def turned(row):
    number, one, two, year, *levels, onset = row
    swapped = [levels[i] for i in (1, 0, 3, 2, 5, 4)]
    return (number, two, one, year, *swapped, onset)


@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    flips=st.lists(st.booleans(), min_size=12, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_order_of_rows_and_of_states_does_not_matter(tmp_path_factory, rows, flips, order):
    folder = tmp_path_factory.mktemp("mid")
    rows = [*rows, (9, 750, 770, 1950, 1, 1, 0, 0, 0, 0, 1)]

    def read(these):
        lines = "\n".join(",".join(map(str, r)) for r in these)
        return disputes.read_mids(write(folder, HEAD + lines))

    other = [turned(r) if f else r for r, f in zip(rows, [*flips, True], strict=False)]
    order.shuffle(other)
    one, two = read(rows), read(other)
    assert one.data.equals(two.data)
    # Which of two unknown codes a row is listed under follows their order.
    assert one.unresolved["rows"].sum() == two.unresolved["rows"].sum()
    used = [
        r for r in rows if 300 not in r[1:3] and len({260 if c == 255 else c for c in r[1:3]}) == 2
    ]
    assert one.rows_in == len(rows)
    assert len(used) + one.unresolved["rows"].sum() + one.rejected.filter(
        pl.col("name").is_null()
    ).height == len(rows)


@given(
    st.lists(
        st.tuples(SIDE, SIDE, st.integers(1500, 2000), st.integers(0, 60)), min_size=1, max_size=8
    )
)
def test_spells_give_each_year_once(tmp_path_factory, spells):
    spells = [*spells, (750, 770, 1947, 3)]
    lines = "\n".join(f"{a},{b},{y},{y + n}" for a, b, y, n in spells)
    path = write(tmp_path_factory.mktemp("riv"), "ccode1,ccode2,start,end\n" + lines)
    found = disputes.read_rivalries(path)
    german = {255: "DEU", 260: "DEU"}
    sound = [
        s for s in spells if 300 not in s[:2] and german.get(s[0], s[0]) != german.get(s[1], s[1])
    ]
    assert found.data["rivalries"].sum() == sum(n + 1 for *_, n in sound)


# ---------------------------------------------------------------- errors and signatures


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"ccode,year\n1,2\n", "line 1: capabilities column 'milex' is missing; expected ccode"),
        (b"PK\x03\x04rest", "not text; unpack it"),
        (b"PAR1junk", "not a whole Parquet file"),
        (b"ccode,CCODE\n1,2\n", "column 'ccode' appears twice"),
        (b"ccode,year,milex,milper,irst,pec,tpop,upop,cinc\n", "it holds no rows"),
        (
            b"ccode,year,milex,milper,irst,pec,tpop,upop,cinc\n300,1900,1,1,1,1,1,1,1\n",
            "nothing in",
        ),
    ],
)
def test_errors_are_one_line_that_names_the_file(tmp_path, content, says):
    path = write(tmp_path, content)
    with pytest.raises(FileFormatError, match=says) as caught:
        cow.read_capabilities(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


EVERY = cow.SIGNATURES | disputes.SIGNATURES


@pytest.mark.parametrize("key", EVERY)
@pytest.mark.parametrize("cell", ["x", "-9", "", "300"])
def test_nothing_usable_is_an_error_of_one_line(tmp_path, key, cell):
    """Every layout, its columns all there, its rows all broken or all unknown."""
    more = {
        "cow_states": "stateabb,ccode,styear,stmonth,stday,endyear,endmonth,endday",
        "cow_mids:directed": "cowmidonset", "gml_mids": "midonset", "gml_mids:whittled": "gmlmidonset",
        "cow_incidents": "styear", "cow_incidents:4": "styear",
    }  # fmt: skip
    sides = "hostlev1,hostlev2,fatality1,fatality2,hiact1,hiact2"
    dyadic = "strtyr,fatleva,fatlevb,highmcaa,highmcab"
    extra = f"{more.get(key, '')},neutral,consul,atop_neutral,atop_consul,org,{sides},{dyadic}"
    extra += ",endyear,hiact,hostlev,fatality"
    names = [n for n in dict.fromkeys([*EVERY[key], *extra.split(",")]) if n]
    path = write(tmp_path, ",".join(names) + "\n" + ",".join([cell] * len(names)) + "\n")
    reader = (cow.READERS | disputes.READERS)[key.split(":")[0]]
    says = "nothing in it can be used" if cell else "it holds no rows"
    with pytest.raises(FileFormatError, match=says) as caught:
        reader(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        cow.read_states(tmp_path / "none.csv")


def test_igos_without_organisations(tmp_path):
    with pytest.raises(FileFormatError, match="no organisations"):
        cow.read_igos(write(tmp_path, "dyadid,ccode1,ccode2,year\n2020,2,20,1950\n"))


@pytest.mark.parametrize("name", FILES)
def test_signatures_tell_the_files_apart(data_dir, name):
    path = data_dir / FILES[name][0]
    frame = (
        pl.read_csv(path, n_rows=1) if path.suffix == ".csv" else pl.read_parquet(path, n_rows=1)
    )
    columns = {c.lower() for c in frame.columns}
    every = {**cow.SIGNATURES, **disputes.SIGNATURES}
    matches = [k.split(":")[0] for k, wanted in every.items() if set(wanted) <= columns]
    assert matches == [name]
    readers = cow.READERS | disputes.READERS
    assert {k.split(":")[0] for k in every} <= readers.keys()
    assert readers[name] is FILES[name][1]
