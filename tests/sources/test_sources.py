"""Readers against the publishers' files and against hand-made broken ones."""

from __future__ import annotations

import zipfile
from datetime import date

import polars as pl
import pytest

from quadrille.coding.record import EVENT_SCHEMA
from quadrille.coding.schema import validate
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.column_map import ColumnMap, read_column_map
from quadrille.sources.formats import read_table

ICEWS = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
    "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\t"
    "City\tDistrict\tProvince\tCountry\tLatitude\tLongitude"
)


def icews(
    number="1", day="2018-06-01", source="Pakistan", code="042", weight="1.9", target="Russia"
):
    return "\t".join(
        [number, day, "Someone", "NA", source, "Make a visit", code, weight, "Someone", "NA", target,
         "7", "1", 'The "Daily" News', "NA", "NA", "NA", "NA", "NA", "NA"]
    )  # fmt: skip


def write(tmp_path, *lines, name="events.tab"):
    path = tmp_path / name
    path.write_text("\n".join((ICEWS, *lines)) + "\n", encoding="utf-8")
    return path


def test_icews_as_published(data_dir):
    path = data_dir / "icews_raw" / "events.2018.sample.tab"
    table = read_table(path)
    validate(table.data, EVENT_SCHEMA, "x")
    raw = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    inside = sum(r[4] == r[10] != "NA" for r in raw)
    nowhere = sum("NA" in (r[4], r[10]) for r in raw)
    assert table.rows_in == len(raw) == 3705
    assert table.rejected.height == inside + nowhere
    assert table.data.height == len(raw) - inside - nowhere
    assert "within one state" in table.summary()


def test_icews_row_by_row(tmp_path):
    path = write(
        tmp_path,
        icews(),
        icews("2", code="42"),
        icews("3", code="9999"),
        icews("4", day="2018-13-01"),
        icews("5", day="1899-01-01"),
        icews("6", source="NA"),
        icews("7", source="Atlantis"),
        icews("8", target="Pakistan"),
        icews("9", weight="11"),
        icews("1"),
        "10\tshort",
    )
    table = read_table(path)
    assert table.data["cameo"].to_list() == ["042", "042"]
    assert table.data.row(0, named=True) | {"text": None} == {
        "event_id": "1", "date": date(2018, 6, 1), "precision": "day", "source": "PAK",
        "target": "RUS", "cameo": "042", "domain": "diplomacy", "goldstein": 1.9, "reports": 1,
        "certainty": 1.0, "text": None, "origin": "icews", "reference": 'The "Daily" News',
        "actor": "Someone", "actor_sectors": None, "recipient": "Someone", "recipient_sectors": None, "story": "7",
    }  # fmt: skip
    reasons = dict(table.rejected.select("line", "reason").iter_rows())
    assert reasons == {
        4: "unknown CAMEO code ('9999')",
        5: "bad date ('2018-13-01', expected YYYY-MM-DD)",
        6: "date out of range ('1899-01-01', expected 1945 to today)",
        7: "no country on one side",
        8: "source is no known state ('Atlantis')",
        9: "within one state",
        10: "intensity out of range ('11', expected -10 to 10)",
        11: "repeated event id",
        12: "wrong number of columns (2, expected 20)",
    }
    assert table.rows_in == table.data.height + table.rejected.height


def test_icews_quoted_and_zipped_is_the_same(tmp_path):
    plain = write(tmp_path, icews(), icews("2", source="India"))
    quoted = tmp_path / "quoted.tab"
    quoted.write_text(
        "\r\n".join(
            "\t".join(f'"{c}"' for c in line.split("\t")) for line in plain.read_text().splitlines()
        ),
        encoding="utf-8-sig",
    )
    packed = tmp_path / "events.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(plain, "2018/events.tab")
        z.writestr("readme.md", "not data")
    same = [read_table(p).data.drop("reference") for p in (plain, quoted, packed)]
    assert same[0].equals(same[1])
    assert same[0].equals(same[2])


def test_icews_without_a_column(tmp_path):
    path = tmp_path / "events.tab"
    path.write_text(ICEWS.replace("Target Country", "Target Land") + "\n" + icews() + "\n")
    with pytest.raises(FileFormatError, match=r"line 1: ICEWS column 'Target Country' is missing"):
        read_table(path)


def test_yearly_panel(data_dir):
    table = read_table(data_dir / "icews_yearly")
    raw = pl.read_parquet(data_dir / "icews_yearly" / "icews_dyad_year_quad_2002_2012.parquet")
    assert (table.kind, table.frequency, table.data.height) == ("counts", "Y", raw.height)
    assert table.rejected.is_empty()
    for ours, theirs in [
        ("verbal_coop", "verbal_cooperation"),
        ("material_conf", "material_conflict"),
    ]:
        assert table.data[ours].sum() == raw[theirs].sum()


def test_monthly_conflict_panel_knows_no_cooperation(data_dir):
    table = read_table(data_dir / "icews_monthly_conflict")
    raw = pl.read_parquet(
        data_dir / "icews_monthly_conflict" / "icews_dyad_month_conflict_1990_2009.parquet"
    )
    assert table.frequency == "M"
    assert table.data["verbal_coop"].null_count() == raw.height
    total = raw.select(pl.sum_horizontal(pl.sum(f"cameo_{r}" for r in range(10, 14)))).item()
    assert table.data["verbal_conf"].sum() == total


def test_score_panel(data_dir):
    table = read_table(data_dir / "gdelt_monthly_score")
    raw = pl.read_parquet(
        data_dir / "gdelt_monthly_score" / "gdelt_dyad_month_score_2018_2021.parquet"
    )
    assert (table.kind, table.frequency, table.rows_in) == ("scores", "M", raw.height)
    assert table.data.height + table.rejected.height == raw.height
    assert (table.data["state_a"] < table.data["state_b"]).all()


def test_named_events_read_the_state_from_the_name(data_dir):
    table = read_table(data_dir / "icews_events")
    assert table.rows_in == 326_354 == table.data.height + table.rejected.height
    assert {"PAK", "RUS", "USA", "IND", "CHN"} <= set(table.data["source"])


HEAD = (
    "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,material_conflict"
)


def test_broken_rows_of_a_panel_are_rejected(tmp_path):
    path = tmp_path / "mine.csv"
    rows = [
        "Pakistan,Russia,2002,3,1,0,",
        "IND,PAK,2002,-5,0,7,1",
        "IND,PAK,20002,5,0,7,1",
        "IND,PAK,2003,many,0,7,1",
        "IND,Atlantis,2003,5,0,7,1",
        "IND,India,2003,5,0,7,1",
        "PAK,RUS,2002,9,9,9,9",
        "IND,PAK,2004,inf,0,7,1",
    ]
    path.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    table = read_table(path)
    assert table.data.row(0) == ("PAK", "RUS", date(2002, 1, 1), 3.0, 1.0, 0.0, None)
    reasons = dict(table.rejected.select("line", "reason").iter_rows())
    assert reasons == {
        3: "verbal_cooperation is negative ('-5')",
        4: "no period from 1945 to 2100 ('20002')",
        5: "verbal_cooperation is no number ('many')",
        6: "target is no known state ('Atlantis')",
        7: "within one state",
        8: "repeated dyad and period",
        9: "verbal_cooperation is no number ('inf')",
    }


def test_a_map_beside_the_file(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("from;to;day;w\n365;770;1999-01-01;2,5\n365;770;1999-02-01;-1.5\n")
    (tmp_path / "scores.csv.map.toml").write_text(
        'kind = "scores"\nsource = "from"\ntarget = "to"\nscheme = "cow"\n'
        'date = "day"\nfrequency = "M"\nscore = "w"\n'
    )
    table = read_table(path)
    assert table.data.row(0) == ("PAK", "RUS", date(1999, 2, 1), -1.5)
    assert table.rejected["reason"].to_list() == ["w is no number ('2,5')"]
    assert table.frequency == "M"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind = 3", "field 'source' is missing"),
        ('kind = "x"\nsource = "a"\ntarget = "b"\nyear = "y"', "kind is 'x'"),
        ('kind = "counts"\nsource = "a"\ntarget = "b"', "give year"),
        ('kind = "counts"\nsource = "a"\ntarget = "b"\nyear = "y"', "name columns for"),
        ('kind = "scores"\nsource = "a"\ntarget = "b"\nyear = "y"', "name the column with score"),
        ('colour = "red"', "unknown field 'colour'"),
        ("kind = ", "not a TOML file"),
    ],
)
def test_broken_maps(tmp_path, text, says):
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=says):
        read_column_map(path)


def test_columns_added_up(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("a,b,y,x1,x2\nPAK,IND,1999,1,2\n")
    table = read_table(
        path, column_map=ColumnMap("counts", "a", "b", year="y", verbal_conf=("x1", "x2"))
    )
    assert table.data["verbal_conf"].to_list() == [3.0]
    assert table.data["verbal_coop"].to_list() == [None]


def test_several_files(tmp_path):
    one = write(tmp_path, icews(), icews("2"), name="a.tab")
    two = write(tmp_path, icews("2"), icews("3"), name="b.tab")
    table = read_table(one, two)
    assert table.data["event_id"].to_list() == ["1", "2", "3"]
    assert table.rejected["reason"].to_list() == ["repeated in another file"]
    assert read_table(tmp_path).data.equals(table.data)
    panel = tmp_path / "c.csv"
    panel.write_text(HEAD + "\nPAK,RUS,2002,3,1,0,0\n")
    with pytest.raises(OptionError, match="one kind at a time"):
        read_table(one, panel)


def test_long_line_is_named(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(HEAD + "\nPAK,RUS,2002,3,1,0,0\nPAK,RUS,2003,3,1,0,0,9,9\n")
    with pytest.raises(FileFormatError, match="line 3: 9 columns, expected 7"):
        read_table(path)


def test_empty_folder(tmp_path):
    with pytest.raises(NoDataError, match="holds no data file"):
        read_table(tmp_path)
