"""ACLED exports: which events are between two states, both ways, and which are not and why."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest

from quadrille.coding.vocabulary import cameo
from quadrille.errors import FileFormatError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.contents import choose, lake_table, verify
from quadrille.lake.ingest import ingest
from quadrille.sources.events.acled import CODES, TYPES
from quadrille.sources.formats import format_within, read_table

_COLUMNS = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,"
    "admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,"
    "tags,timestamp"
)
COLUMNS = _COLUMNS.split(",")
RUSSIA, UKRAINE = "Military Forces of Russia (2000-)", "Military Forces of Ukraine (2019-)"


def event(number, one, two, kind="Battles", sub="Armed clash", day="24 February 2022", precision=1):
    return {
        "event_id_cnty": number, "event_date": day, "time_precision": precision, "event_type": kind,
        "sub_event_type": sub, "actor1": one, "actor2": two, "source": "Interfax; AP",
        "notes": 'On 24 Feb, "forces",\nclashed', "inter1": "External/Other forces",
    }  # fmt: skip


def put(folder, rows, header=COLUMNS, separator=",", name="acled.csv"):
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", delimiter=separator, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_an_event_is_kept_both_ways(tmp_path):
    path = put(tmp_path, [event("UKR1", RUSSIA, UKRAINE)])
    table = read_table(path)
    head = ("event_id", "date", "precision", "source", "target", "cameo", "text", "reference")
    rest = (date(2022, 2, 24), "day")
    said = ("190", "Armed clash", "Interfax; AP")
    assert table.data.select(head).rows() == [
        ("UKR1>", *rest, "RUS", "UKR", *said), ("UKR1<", *rest, "UKR", "RUS", *said),
    ]  # fmt: skip
    assert table.data.select("actor", "recipient").rows() == [(RUSSIA, UKRAINE), (UKRAINE, RUSSIA)]
    assert (table.origin, table.kind, table.coding, table.rows_in) == (
        "acled",
        "events",
        "machine",
        1,
    )


SKIPPED = {
    "actor2 is no government and no force of one ('Civilians (Ukraine)')": (RUSSIA, "Civilians (Ukraine)"),
    "actor1 is no government and no force of one ('NAF: DPR')": ("NAF: DPR", UKRAINE),
    "actor1 is no government and no force of one ('Military Forces of Libya (2014-) Haftar Faction')": (
        "Military Forces of Libya (2014-) Haftar Faction", UKRAINE,
    ),
    "actor1 is no government and no force of one ('Mutiny of Military Forces of Burundi (2005-)')": (
        "Mutiny of Military Forces of Burundi (2005-)", UKRAINE,
    ),
    "target is no known state ('Atlantis')": (RUSSIA, "Military Forces of Atlantis (2000-)"),
    "no country on one side": (RUSSIA, ""),
    "within one state": (UKRAINE, "Police Forces of Ukraine (2019-) Azov"),
}  # fmt: skip


def test_what_is_not_between_two_states_is_skipped_with_the_reason(tmp_path):
    rows = [event(f"A{k}", *ends) for k, ends in enumerate(SKIPPED.values())]
    rows.append(event("B", RUSSIA, UKRAINE, "Strategic developments", "Change to group/activity"))
    rows.append(event("C", RUSSIA, UKRAINE, "Protests", ""))
    rows.append(event("D", RUSSIA, UKRAINE))
    table = read_table(put(tmp_path, rows))
    assert table.rejected["reason"].to_list() == [
        *SKIPPED,
        "nothing done by one to the other ('Change to group/activity')",
        "nothing done by one to the other ('Protests')",
    ]
    assert set(table.rejected["fate"]) == {"skipped"}
    assert table.rejected["name"].drop_nulls().to_list() == ["Atlantis"]
    assert table.rows_in == len(rows) == table.rejected.height + table.data.height // 2


def test_malformed_rows_are_rejected(tmp_path):
    rows = [
        event("D", RUSSIA, UKRAINE), event("D", RUSSIA, UKRAINE), event("", RUSSIA, UKRAINE),
        event("E", RUSSIA, UKRAINE, day="soon"), event("F", RUSSIA, UKRAINE, "Quarrels", "x"),
    ]  # fmt: skip
    table = read_table(put(tmp_path, rows))
    assert sorted(table.rejected["reason"]) == [
        "bad date ('soon', expected DD MONTH YYYY)",
        "no event id", "repeated event id", "unknown event type ('Quarrels')",
    ]  # fmt: skip
    assert set(table.rejected["fate"]) == {"rejected"}
    assert table.data.height == 2


@pytest.mark.parametrize(
    "actor, state",
    [
        ("Government of India (2014-)", "IND"),
        ("Military Forces of the United States (2021-2025)", "USA"),
        ("Military Forces of Iran (1989-) Islamic Revolutionary Guard Corps", "IRN"),
        ("Police Forces of the Democratic Republic of Congo (2019-)", "COD"),
        ("Military Forces of South Sudan (2011-) Presidential Guard", "SSD"),
        ("Military Forces of Pakistan (2022-)", "PAK"),
    ],
)
def test_forces_and_governments_stand_for_their_state(tmp_path, actor, state):
    found = read_table(put(tmp_path, [event("X", actor, RUSSIA)])).data
    assert found["source"].to_list() == [state, "RUS"]


@pytest.mark.parametrize(
    "precision, first, word", [(1, 24, "day"), (2, 1, "month"), (3, 1, "month")]
)
def test_a_week_or_month_is_the_months(tmp_path, precision, first, word):
    found = read_table(put(tmp_path, [event("X", RUSSIA, UKRAINE, precision=precision)])).data
    assert found.select("date", "precision").row(0) == (date(2022, 2, first), word)


@pytest.mark.parametrize("day", ["2022-02-24", "24/02/2022", "24-Feb-2022", "24 February 2022"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_exports_of_every_kind(tmp_path, day, separator):
    header = ["data_id", *reversed(COLUMNS)]
    path = put(tmp_path, [event("X", RUSSIA, UKRAINE, day=day)], header, separator)
    assert format_within(path).name == "ACLED"
    assert read_table(path).data["date"].to_list() == [date(2022, 2, 24)] * 2


def test_every_code_is_one_of_cameo_and_holds_both_ways():
    codes = {*CODES.values(), *TYPES.values()} - {None}
    assert codes <= set(cameo()["code"])


def test_the_documentation_shows_the_table():
    page = Path(__file__).parents[2] / "docs" / "data" / "sources-conflict.md"
    shown = re.findall(r"^\| (.+?) \| (\d+) \|$", page.read_text(encoding="utf-8"), re.M)
    listed = [(name, code) for names, code in shown for name in names.split("; ")]
    assert dict(listed) == CODES


def test_a_lake_takes_it(tmp_path):
    lake = open_lake(tmp_path / "lake", create=True)
    rows = [event("D", RUSSIA, UKRAINE), event("E", RUSSIA, "")]
    outcome = ingest(lake, [put(tmp_path, rows)])[0]
    assert (outcome.what, outcome.rows_in, outcome.kept, outcome.skipped) == ("ingested", 2, 1, 1)
    assert lake_table(choose(lake)).data.height == 2
    assert verify(lake) == []


def test_a_column_that_lacks(tmp_path):
    header = [c for c in COLUMNS if c != "sub_event_type"]
    with pytest.raises(FileFormatError, match="ACLED column 'sub_event_type' is missing"):
        read_table(put(tmp_path, [event("X", RUSSIA, UKRAINE)], header))
