"""GDELT, 1.0 and 2.0, as published and as others re-saved it, read in memory."""

from __future__ import annotations

import csv
import zipfile

import pytest

from quadrille.errors import FileFormatError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.ingest import ingest
from quadrille.sources.events.gdelt import REGIONS, V1, V2
from quadrille.sources.formats import open_files, read_table
from quadrille.states.registry import find

RAW = [
    "gdelt1_mixed_57_58_columns.csv",
    "20170101073000.export.CSV",
    "20191024143000.export.CSV",
]
SAVED = {
    "20190121220000.semicolon.CSV": (";", "Actor1CountryCode", "Actor2CountryCode", "EventCode"),
    **{
        f"202011{day}.csv": (",", "Actor_1_Country_ABBR", "Actor_2_Country_ABBR", "Event_Code")
        for day in (13, 14, 15)
    },
}


def between(pairs):
    """Rows of two states, by the registry's own reading of each code."""
    known = [p for p in pairs if all(p) and not set(p) & set(REGIONS)]
    return [p for p in known if find(p[0]).iso3 != find(p[1]).iso3]


@pytest.mark.parametrize("name", RAW)
def test_published_files(data_dir, name, tmp_path):
    path = data_dir / "gdelt_raw" / name
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    table = read_table(path)
    assert table.rows_in == len(rows) == table.data.height + table.rejected.height
    assert table.data.height == len(between([(r[7], r[17]) for r in rows]))
    (outcome,) = ingest(open_lake(tmp_path / "lake", create=True), [path])
    assert outcome.kept == table.data.height


@pytest.mark.parametrize(("name", "how"), SAVED.items(), ids=SAVED)
def test_files_saved_by_others(data_dir, name, how):
    path = data_dir / "gdelt_raw" / name
    separator, one, two, code = how
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=separator))
    table = read_table(path)
    assert table.origin == "gdelt"
    assert table.rows_in == len(rows) == table.data.height + table.rejected.height
    kept = between([(r[one].strip(), r[two].strip()) for r in rows])
    assert table.data.height == len(kept)
    # Spreadsheets ate the zeros; none of the codes became a root.
    assert (table.data["cameo"].str.len_chars() >= 3).all()
    assert {c.zfill(3) for c in (r[code] for r in rows)} >= {
        c for c in table.data["cameo"] if len(c) == 3
    }


@pytest.mark.parametrize("part", [",", ";"])
def test_saved_again_without_a_header(data_dir, tmp_path, part):
    """As a spreadsheet saves it: quoted where a cell holds the separator, zeros of codes lost."""
    for kind in ("export", "mentions"):
        published = data_dir / "gdelt_raw" / f"20170101073000.{kind}.CSV"
        with published.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
        codes = (26, 27, 28) if kind == "export" else ()
        rows = [[c.lstrip("0") if k in codes else c for k, c in enumerate(r)] for r in rows]
        path = tmp_path / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, delimiter=part).writerows(rows)
        ours, theirs = open_files(path)[0], open_files(published)[0]
        assert ours.data.equals(theirs.data)
        assert ours.rows_in == theirs.rows_in == len(rows)


def line(number, layout=V2, **cells):
    row = {"GLOBALEVENTID": str(number), "SQLDATE": "20180601", "Actor1CountryCode": "PAK",
           "Actor2CountryCode": "RUS", "EventCode": "042", "EventRootCode": "04",
           "GoldsteinScale": "1.9", "SOURCEURL": "http://a"} | cells  # fmt: skip
    return "\t".join(row.get(c, "") for c in layout)


def test_rows_end_kept_or_with_a_reason(tmp_path):
    path = tmp_path / "20180601.export.CSV"
    lines = [
        line(1),
        line(2, V1),
        line(3, V1[:57]),
        line(4, Actor1CountryCode=""),
        line(5, Actor2CountryCode="EUR"),
        line(6, Actor2CountryCode="PAK"),
        line(7, SQLDATE="20180631"),
        line(8, SQLDATE="18990101"),
        line(9, EventCode="9999"),
        line(10, GoldsteinScale="44"),
        line(11, Actor1CountryCode="ROM"),
        line(1),
        line(12) + "\tmore",
        line(13, Actor2CountryCode="XQZ"),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    table = read_table(path)
    assert table.data["event_id"].to_list() == ["1", "2", "3", "11"]
    assert table.data["reference"].to_list() == ["http://a", "http://a", None, "http://a"]
    assert dict(table.rejected.select("line", "reason").iter_rows()) == {
        4: "no country on one side",
        5: "a region, not a state",
        6: "within one state",
        7: "bad date ('20180631', expected %Y%m%d)",
        8: "date out of range ('18990101', expected 1945 to today)",
        9: "unknown CAMEO code ('9999')",
        10: "weight out of range ('44', expected -10 to 10)",
        12: "repeated event id",
        13: "wrong number of columns (62, expected 57, 58 or 61)",
        14: "target is no known state ('XQZ')",
    }


@pytest.mark.parametrize(
    ("name", "inside", "layout"),
    [
        ("1979.zip", "1979.csv", V1[:57]),
        ("200601.zip", "200601.csv", V1[:57]),
        ("20130401.export.CSV.zip", "20130401.export.CSV", V1),
        ("20180601120000.export.CSV.zip", "20180601120000.export.CSV", V2),
    ],
)
def test_zips_of_a_year_a_month_a_day_and_fifteen_minutes(tmp_path, name, inside, layout):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(inside, line(1, layout) + "\n" + line(2, layout, SQLDATE="19790101") + "\n")
    assert read_table(path).data["event_id"].to_list() == ["1", "2"]


def test_places_in_another_encoding_do_not_stop_a_file(tmp_path):
    path = tmp_path / "20130401.export.CSV"
    path.write_bytes(line(1, V1, ActionGeo_FullName="Málaga").encode("latin-1") + b"\n")
    assert read_table(path).data["event_id"].to_list() == ["1"]


def test_mentions_are_not_events(data_dir):
    with pytest.raises(FileFormatError, match="mentions say how events were reported"):
        read_table(data_dir / "gdelt_raw" / "20170101073000.mentions.CSV")


def test_a_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.csv", (line(1) + "\n").encode() + b"\0" * (32 << 20))
    with pytest.raises(FileFormatError, match="refused as a possible bomb"):
        read_table(path)
