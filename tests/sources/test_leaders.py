"""Leaders: spells into months, changes and how they came about."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.contents import lake_layers, verify
from quadrille.lake.ingest import ingest
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.leaders import read_archigos, read_reign

SPELLS = "obsid\tleadid\tccode\tidacr\tleader\tstartdate\tenddate\tentry\texit\texitcode\tgender\n"
LIST = (
    "stateabb,ccode,leadid,leader,sdate,smonth,syear,emonth,eyear,birthyear,gender,militarycareer,l_month,"
    "l_year,,,codedby,notes\n"
)
MONTHS = (
    "ccode,country,leader,year,month,elected,age,male,militarycareer,tenure_months,government\n"
)


def put(folder, text, name="Archigos_4.1.txt"):
    path = folder / name
    path.write_bytes(text.encode("latin-1"))
    return path


def spell(leader, start, end, entry="Regular", way_out="Regular", code=770, number=""):
    return (
        f"{number or leader}\tx\t{code}\tPAK\t{leader}\t{start}\t{end}\t{entry}\t{way_out}\tx\tM\n"
    )


PAKISTAN = (
    spell("Sharif", "1997-02-17", "1999-10-12", way_out="Irregular")
    + spell("Musharraf", "1999-10-12", "1999-12-31", "Irregular", "Still in Office")
)  # fmt: skip


def test_a_change_of_leader_in_its_month(tmp_path):
    layer = read_layers(put(tmp_path, SPELLS + PAKISTAN))[0]
    assert (layer.name, layer.role, layer.unit, layer.frequency) == (
        "archigos", "leaders", "state", "M",
    )  # fmt: skip
    late = layer.data.filter(pl.col("year") == 1999, pl.col("month") > 8)
    head = ("month", "leader", "since", "changes", "irregular", "foreign", "removed")
    assert late.select(head).rows() == [
        (9, "Sharif", date(1997, 2, 17), 0, 0, 0, 0),
        (10, "Musharraf", date(1999, 10, 12), 1, 1, 0, 1),
        (11, "Musharraf", date(1999, 10, 12), 0, 0, 0, 0),
        (12, "Musharraf", date(1999, 10, 12), 0, 0, 0, 0),
    ]
    assert layer.data["changes"].sum() == 2
    assert layer.data.height == 11 + 12 + 12


def test_nobody_in_an_interregnum_and_the_last_of_several(tmp_path):
    text = SPELLS + spell("A", "1990-01-01", "1990-03-10") + spell("B", "1990-05-02", "1990-05-04")
    text += spell("C", "1990-05-04", "1990-05-20", "Foreign Imposition", "Foreign")
    text += spell("D", "1990-05-20", "1990-06-30")
    found = read_archigos(put(tmp_path, text)).data
    assert found.select("month", "leader", "changes", "foreign", "removed").rows() == [
        (1, "A", 1, 0, 0), (2, "A", 0, 0, 0), (3, None, 0, 0, 0), (5, "D", 3, 1, 1),
        (6, "D", 0, 0, 0),
    ]  # fmt: skip


def test_the_yearly_file_says_the_same(tmp_path):
    yearly = SPELLS + (
        spell("Sharif", "1997-02-17", "1997-12-31", way_out="(n_year)")
        + spell("Sharif", "1998-01-01", "1998-12-31", "(p_year)", "(n_year)")
        + spell("Sharif", "1999-01-01", "1999-10-12", "(p_year)", "Irregular")
        + spell("Musharraf", "1999-10-12", "1999-12-31", "Irregular", "Still in Office")
    )
    whole = read_archigos(put(tmp_path, SPELLS + PAKISTAN)).data
    assert read_archigos(put(tmp_path, yearly, "arch_annual.txt")).data.equals(whole)


def test_rows_that_are_broken_or_of_no_known_state(tmp_path):
    text = (
        SPELLS
        + PAKISTAN
        + spell("E", "soon", "1990-03-10")
        + spell("F", "1990-03-11", "1990-03-10")
    )
    text += spell("G", "1990-03-11", "1990-04-10", "By lot") + spell(
        "H", "1990-01-01", "1990-01-02", code=563
    )
    layer = read_archigos(put(tmp_path, text))
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (4, "rejected", "startdate is no day ('soon')"),
        (5, "rejected", "it ends (1990-03-10) before it starts (1990-03-11)"),
        (6, "rejected", "entry is no way into office ('By lot')"),
        (7, "skipped", "no known state ('563')"),
    ]
    assert layer.rows_in == 6


def test_the_list_of_reign(tmp_path):
    text = LIST + "PAK,770,a,Sharif,17,2,1997,10,1999,1949,1,0,2,1997,,,x,\n"
    text += "PAK,770,b,Musharraf,12,10,1999,,,1943,1,1,,,,,x,Pérez\n"
    text += "IND,750,c,Vajpayee,31,3,1998,1,2000,1924,1,0,,,,,x,\nIND,750,d,X,1,13,1998,1,2000,1924,1,0,,,,,x,\n"
    layer = read_layers(put(tmp_path, text, "leaderlist_3_21.csv"))[0]
    pakistan = layer.data.filter(state="PAK")
    assert pakistan.filter(year=1999).select("month", "leader", "since", "changes").rows()[-3:] == [
        (10, "Musharraf", date(1999, 10, 12), 1), (11, "Musharraf", date(1999, 10, 12), 0),
        (12, "Musharraf", date(1999, 10, 12), 0),
    ]  # fmt: skip
    # An open end lasts to the last month of the list.
    assert pakistan.select("year", "month").row(-1) == (2000, 1)
    assert layer.data.filter(state="IND")["since"][0] == date(1998, 3, 31)
    assert layer.data["irregular"].null_count() == layer.data.height
    assert layer.rejected["reason"].to_list() == ["smonth is no month ('13.0')"]


def test_the_months_of_reign(tmp_path):
    row = "770,Pakistan,{},1999,{},1,50,1,0,{},x\n"
    text = MONTHS + row.format("Sharif", 9, 31) + row.format("Sharif", 10, 32)
    text += row.format("Musharraf", 11, 1)
    layer = read_layers(put(tmp_path, text, "REIGN_2021_3.csv"))[0]
    assert layer.name == "reign"
    assert layer.data.select("month", "leader", "since", "changes").rows() == [
        (9, "Sharif", None, 0), (10, "Sharif", None, 0), (11, "Musharraf", None, 1),
    ]  # fmt: skip


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_every_month_of_unbroken_rule_has_a_leader(tmp_path_factory, lengths):
    days = [date(1950, 1, 1)]
    for n in lengths:
        days.append(date.fromordinal(days[-1].toordinal() + n))
    text = SPELLS + "".join(spell(f"L{k}", a, b) for k, (a, b) in enumerate(pairwise(days)))
    found = read_archigos(put(tmp_path_factory.mktemp("f"), text)).data
    months = (days[-1].year - 1950) * 12 + days[-1].month
    assert found.height == months
    assert found["changes"].sum() == len(lengths)
    assert found["leader"][:-1].null_count() == 0


def test_a_lake_keeps_them(tmp_path):
    lake = open_lake(tmp_path / "lake", create=True)
    assert [o.what for o in ingest(lake, [put(tmp_path, SPELLS + PAKISTAN)])] == ["ingested"]
    found = lake_layers(lake)["archigos"]
    assert found.data.schema["since"] == pl.Date
    assert found.data.height == 35
    assert verify(lake) == []


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="leaders column 'entry' is missing"):
        read_archigos(put(tmp_path, SPELLS.replace("\tentry", "")))
    with pytest.raises(FileFormatError, match="leaders column"):
        read_reign(put(tmp_path, SPELLS))
