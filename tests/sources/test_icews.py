"""ICEWS under every spelling in which its files go round."""

from __future__ import annotations

import csv
import zipfile
from datetime import date

import polars as pl
import pytest

from quadrille.sources.events.rows import codes
from quadrille.sources.formats import read_table

NAMES = (
    "Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text",
    "CAMEO Code", "Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID",
    "Sentence Number", "Publisher", "City", "District", "Province", "Country", "Latitude", "Longitude",
)  # fmt: skip


@pytest.fixture
def published(data_dir):
    return data_dir / "icews_raw" / "events.2018.sample.tab"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(path, rows, quote=lambda cell: cell, end="\n"):
    path.write_text(end.join("\t".join(map(quote, row)) for row in rows) + end, encoding="utf-8")
    return path


def same(path, published):
    ours, theirs = read_table(path), read_table(published)
    assert ours.data.drop("reference").equals(theirs.data.drop("reference"))
    assert ours.rows_in == theirs.rows_in == 3705


def test_counts_equal_those_of_the_csv_module(published):
    head, *rows = rows_of(published)
    assert tuple(head) == NAMES
    kept = [r for r in rows if "NA" not in (r[4], r[10]) and r[4] != r[10]]
    table = read_table(published)
    assert table.data.height == len(kept) == 1741
    assert table.data["goldstein"].sum() == pytest.approx(sum(float(r[7]) for r in kept))
    assert table.data["event_id"].to_list() == [r[0] for r in kept]
    assert table.data["cameo"].to_list() == [r[6] for r in kept]


@pytest.mark.parametrize(
    "spell",
    [
        lambda n: n.lower().replace(" ", "_"),
        lambda n: n.replace(" ", "."),
        lambda n: n.upper(),
        lambda n: f'"{n}"',
    ],
    ids=["database", "R", "capitals", "quoted"],
)
def test_spellings_of_the_header(published, tmp_path, spell):
    head, *rows = rows_of(published)
    same(write(tmp_path / "e.tab", [[spell(n) for n in head], *rows]), published)


def test_the_archives_own_export(published, tmp_path):
    """Texts quoted, numbers not, nothing for nothing, codes made numbers."""
    head, *rows = rows_of(published)
    numbers = {NAMES.index(n) for n in ("Event ID", "CAMEO Code", "Intensity", "Story ID")}

    def cell(k, text):
        text = "" if text == "NA" else text
        return text.lstrip("0") if k == 6 else text if k in numbers or not text else f'"{text}"'

    made = [[f'"{n}"' for n in head], *([cell(k, c) for k, c in enumerate(r)] for r in rows)]
    same(write(tmp_path / "e.tab", made, end="\r\n"), published)


def test_a_zip_of_a_year_and_a_folder_of_days(published, tmp_path):
    head, *rows = rows_of(published)
    packed = tmp_path / "events.2018.tab.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(published, "events.2018.20200427084805.tab")
    same(packed, published)
    days = tmp_path / "days"
    days.mkdir()
    for day in ("2018-06-01", "2018-06-02"):
        write(days / f"{day}.tab", [head, *(r for r in rows if r[1] == day)])
    assert read_table(days).data.height == 1741
    assert read_table(days).rows_in == 3705


def test_a_csv_made_of_it_is_mapped_and_na_is_not_namibia(published, tmp_path):
    path = tmp_path / "mine.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows_of(published))
    table = read_table(path)
    assert table.data.select("event_id", "date", "source", "target", "cameo", "goldstein").equals(
        read_table(published).data.select(
            "event_id", "date", "source", "target", "cameo", "goldstein"
        )
    )
    assert "no country on one side" in table.summary()


HEAD17 = [n for n in NAMES if n != "CAMEO Code"]


def event(number, day, text, names=NAMES, **cells):
    made = {"Event ID": str(number), "Event Date": day, "Event Text": text, "Source Country": "Thailand",
            "Target Country": "China", "Intensity": "1.9", "CAMEO Code": "042"}  # fmt: skip
    made |= {k.replace("_", " "): v for k, v in cells.items()}
    return [made.get(n, "NA") for n in names]


def quote_some(cell):
    return f'"{cell}"' if "," in cell or cell == "Yield" else cell


def test_the_layout_of_2017(tmp_path):
    """No code: it follows from the text. Month first in dates. Quotes in single cells."""
    rows = [event(1, "1/4/2017", "Make a visit", HEAD17),
            event(2, "1/13/2017", "Conduct suicide, car, or other non-military bombing", HEAD17),
            event(3, "1/14/2017", "Fall asleep", HEAD17), event(4, "2/30/2017", "Yield", HEAD17)]  # fmt: skip
    table = read_table(write(tmp_path / "e.tab", [HEAD17, *rows], quote_some))
    assert table.data.select("date", "cameo").rows() == [
        (date(2017, 1, 4), "042"),
        (date(2017, 1, 13), "183"),
    ]
    assert table.rejected["reason"].to_list() == [
        "no CAMEO code, and unknown event text ('Fall asleep')",
        "bad date ('2/30/2017', expected MM/DD/YYYY)",
    ]


@pytest.mark.parametrize(
    ("form", "expected"),
    [("{m}/{d}/{y}", "MM/DD/YYYY"), ("{m:02}/{d:02}/{y} 0:00", "MM/DD/YYYY"),
     ("{d}/{m}/{y}", "DD/MM/YYYY"), ("{d:02}.{m:02}.{y}", "DD.MM.YYYY"), ("{y}{m:02}{d:02}", "YYYYMMDD"),
     ("{y}-{m:02}-{d:02} 00:00:00", "YYYY-MM-DD"), ("{m}/{d}/17", "MM/DD/YY"), ("{d:02}-Mar-17", "DD-MON-YY")],
)  # fmt: skip
def test_dates_in_every_form(tmp_path, form, expected):
    days = [date(2017, 3, d) for d in range(10, 22)]
    rows = [event(d.day, form.format(d=d.day, m=d.month, y=d.year), "Make a visit") for d in days]
    table = read_table(
        write(tmp_path / "e.tab", [NAMES, *rows, event(1, "long ago", "Make a visit")])
    )
    assert table.data["date"].to_list() == days
    assert table.rejected["reason"].to_list() == [f"bad date ('long ago', expected {expected})"]


@pytest.mark.parametrize("part", [",", ";", "|"])
def test_saved_again_with_other_separators(published, tmp_path, part):
    path = tmp_path / "mine.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=part).writerows(rows_of(published))
    same(path, published)
    assert read_table(path).origin == "icews"


def test_saved_again_as_parquet(published, tmp_path):
    head, *rows = rows_of(published)
    frame = pl.DataFrame(rows, schema=head, orient="row").with_columns(
        pl.col("Event Date").str.to_date(), pl.col("Intensity").cast(pl.Float64)
    )
    frame.write_parquet(tmp_path / "e.parquet")
    same(tmp_path / "e.parquet", published)


def test_intensities_with_a_comma(tmp_path):
    rows = [event(k, "2018-01-01", "Make a visit", Intensity=f"{k},9") for k in range(1, 4)]
    table = read_table(write(tmp_path / "e.tab", [NAMES, *rows]))
    assert table.data["goldstein"].to_list() == [1.9, 2.9, 3.9]
    mixed = [*rows, event(5, "2018-01-01", "Make a visit", Intensity="4.5")]
    table = read_table(write(tmp_path / "m.tab", [NAMES, *mixed]))
    assert table.data["goldstein"].to_list() == [4.5]
    assert table.rejected["reason"][0] == "intensity is no number ('1,9')"


def test_a_zero_lost_is_not_a_demand():
    numbers = pl.Series(["10", "42", "100", "10"])
    texts = pl.Series(["Make statement", "Make a visit", "Demand", "Make statement"])
    assert codes(numbers, texts).to_list() == ["010", "042", "100", "010"]
    assert codes(numbers).to_list() == ["010", "042", "100", "010"]
    whole = pl.Series(["10", "042", "20"])
    assert codes(whole).to_list() == ["10", "042", "20"]
    assert codes(pl.Series(["10", "20", "14"])).to_list() == ["10", "20", "14"]
    assert codes(pl.Series([None, "9999"]), pl.Series(["Yield", "Yield"])).to_list() == [
        "080",
        None,
    ]


def test_named_events_count_as_pandas_does(data_dir):
    path = next((data_dir / "icews_events").iterdir())
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(path)
    table = read_table(path)
    assert table.rows_in == len(frame)
    plain = frame[frame["source_name"].isin(["Russia", "China"]) & (frame["target_name"] == "Iran")]
    ours = table.data.filter(pl.col("source").is_in(["RUS", "CHN"]), target="IRN")
    named = frame.iloc[[int(k) - 1 for k in ours["event_id"]]]
    both = named[named["source_name"].isin(["Russia", "China"]) & (named["target_name"] == "Iran")]
    assert len(both) == len(plain) > 100
