"""Tables for other programs: what Stata reads is what was written, each state has its numbers, every column its line."""

from __future__ import annotations

from datetime import date

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import quadrille
from quadrille.errors import OptionError
from quadrille.states.codes import with_codes
from quadrille.states.registry import resolve
from quadrille.views import tidy as module
from quadrille.views.stata import stata_bytes
from quadrille.views.tidy import codebook, export_table, tidy

LABELS = {"whole": "a whole number", "text": "x" * 100}


def back(path) -> pl.DataFrame:
    return pl.from_pandas(pd.read_stata(path))


COLUMNS = {
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
    "whole": st.none() | st.integers(-(2**31) + 1, 2147483620),
    "small": st.none() | st.integers(-127, 100),
    "number": st.none() | st.floats(-1e300, 1e300),
    "day": st.none() | st.dates(date(1000, 1, 1), date(2200, 1, 1)),
    "truth": st.none() | st.booleans(),
}
KINDS = {
    "text": pl.String, "whole": pl.Int64, "small": pl.Int8, "number": pl.Float64, "day": pl.Date, "truth": pl.Boolean,
}  # fmt: skip


@settings(max_examples=30)
@given(rows=st.lists(st.tuples(*COLUMNS.values()), min_size=1, max_size=8))
def test_what_stata_reads_is_what_was_written(rows, tmp_path_factory):
    made = pl.DataFrame(rows, schema=KINDS, orient="row")
    path = tmp_path_factory.mktemp("stata") / "x.dta"
    path.write_bytes(stata_bytes(made, LABELS))
    got = back(path)
    assert got.columns == made.columns
    assert got["text"].to_list() == made["text"].to_list()
    assert got["day"].cast(pl.Date).to_list() == made["day"].to_list()
    for name in ("whole", "small", "number", "truth"):
        # What is missing in a column of whole numbers makes pandas read it as numbers.
        assert got[name].cast(pl.Float64).to_list() == made[name].cast(pl.Float64).to_list()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([100, -127], "int8"), ([101], "int16"), ([-128], "int16"), ([32740], "int16"), ([32741], "int32"),
        ([2147483620], "int32"), ([2147483621], "float64"), ([2**40], "float64"),
    ],
)  # fmt: skip
def test_whole_numbers_take_the_smallest_type_that_holds_them(values, kind, tmp_path):
    path = tmp_path / "x.dta"
    path.write_bytes(stata_bytes(pl.DataFrame({"whole": values}), {}))
    got = pd.read_stata(path)["whole"]
    assert (str(got.dtype), got.to_list()) == (kind, values)


def test_labels_and_title_arrive(tmp_path):
    path = tmp_path / "x.dta"
    made = pl.DataFrame({"whole": [1], "text": ["Türkiye"]})
    path.write_bytes(stata_bytes(made, LABELS, "Ties – all"))
    with pd.read_stata(path, iterator=True) as found:
        assert found.data_label == "Ties – all"
        assert found.variable_labels() == {"whole": "a whole number", "text": "x" * 80}
    assert back(path)["text"].to_list() == ["Türkiye"]


def test_a_table_without_rows_is_one(tmp_path):
    path = tmp_path / "x.dta"
    path.write_bytes(stata_bytes(pl.DataFrame(schema=KINDS), {}))
    got = pd.read_stata(path)
    assert (list(got.columns), len(got)) == (list(KINDS), 0)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (pl.DataFrame({"text": ["a" * 2046]}), "text: holds text of 2,046 bytes"),
        (pl.DataFrame({"unit veto": [1]}), "'unit veto' is no name of a variable in Stata"),
        (pl.DataFrame(), "a table without columns"),
    ],
)
def test_what_stata_cannot_hold_is_one_line(made, says):
    with pytest.raises(OptionError, match=says):
        stata_bytes(made, {})


def test_a_state_has_the_numbers_of_the_day():
    days = [date(1990, 1, 1), date(1991, 1, 1)]
    frame = pl.DataFrame(
        {"state_a": ["DEU", "DEU", "SRB", "SRB", "XXX"], "state_b": ["YEM", "YEM", "KOR", "KOR", "USA"],
         "period": [*days, date(2006, 1, 1), date(2007, 1, 1), days[0]]}
    )  # fmt: skip
    got = tidy(frame)
    assert got.columns[:4] == ["state_a", "name_a", "cow_a", "gw_a"]
    assert got["cow_a"].to_list() == [260, 255, 345, 345, None]
    assert got["gw_a"].to_list() == [260, 260, 345, 340, None]
    assert got["cow_b"].to_list() == [678, 679, 732, 732, 2]
    assert got["gw_b"].to_list() == [678, 678, 732, 732, 2]
    years = tidy(frame.select("state_a", "state_b", year=pl.col("period").dt.year()))
    assert_frame_equal(years.select(got.columns[:8]), got.select(got.columns[:8]))
    assert with_codes(frame, ["state_a"])["cow_a"].to_list()[:2] == [255, 255]


def test_numbers_of_the_day_are_those_of_the_published_list(data_dir):
    """Every state and year from 1946 to 2016 of the Correlates of War system, but for states that it dates otherwise."""
    listed = pl.read_parquet(data_dir / "cow" / "cow_states.parquet")
    spans = listed.select("ccode", first=pl.col("styear").clip(1946), last="endyear").filter(pl.col("last") >= 1946)  # fmt: skip
    codes = spans.with_columns(iso3=resolve(spans["ccode"], "cow"))
    middle = codes.with_columns(period=pl.date((pl.col("first") + pl.col("last")) // 2, 7, 1))
    got = with_codes(middle.select("iso3", "period", "ccode"), ["iso3"], "period")
    assert got.height > 150
    assert got.filter(pl.col("cow_iso3") != pl.col("ccode")).is_empty()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".dta"])
def test_a_relation_is_exported_with_its_codebook(chronicle, tmp_path, suffix):
    made = chronicle.relation("PAK", "RUS", draws=200)
    place, book, page = made.export(tmp_path / f"tie{suffix}")
    read = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".dta": back}[suffix]
    got = read(place)
    assert got.height == len(made.periods)
    assert got.row(0)[:8] == ("PAK", "Pakistan", 770, 770, "RUS", "Russia", 365, 365)
    assert got["shown"].to_list() == pytest.approx(made.to_polars()["shown"].to_list())
    lines = pl.read_csv(book)
    assert lines["name"].to_list() == got.columns
    assert lines.filter(name="shown")["unit"].item() == "net cooperation"
    assert lines["meaning"].null_count() == 0
    assert all(f"| {name} |" in page.read_text() for name in got.columns)


def test_pivots_and_claims_are_exported(chronicle, tmp_path):
    place, _, _ = quadrille.pivots("PAK", data="index", top=20).export(tmp_path / "pivots.dta")
    got = back(place)
    assert {"state_a", "pivot", "cow_pivot", "name_b", "effect"} <= set(got.columns)
    assert set(got["state_a"]) == {"PAK"}
    file = tmp_path / "one.toml"
    file.write_text(
        '[text]\ntitle = "A letter"\n[[claim]]\nid = "warm"\nsays = "They are close."\ntest = "relation"\n'
        'ties = ["PAK-CHN"]\ndirection = "warm"\ndata = ["chronicle"]\n'
    )
    claims = pl.read_csv(quadrille.check(file, chronicle).export(tmp_path / "claims.csv")[0])
    assert claims.select("claim", "verdict", "part").row(0) == ("warm", "supported", "level")


def test_every_meaning_fits_a_label_of_stata():
    assert max(len(line["meaning"]) for line in module._columns().values()) <= 80


def test_a_column_without_a_line_is_refused():
    with pytest.raises(OptionError, match="odd: no line of the codebook says what it is"):
        codebook(pl.DataFrame({"odd": [1]}), "relation", "data")


def test_results_without_such_a_table_say_so(chronicle, tmp_path):
    with pytest.raises(OptionError, match="triads has no table for other programs"):
        chronicle.triads().export(tmp_path / "x.csv")
    with pytest.raises(OptionError, match=r"ends in \.parquet or \.csv or \.dta"):
        export_table(pl.DataFrame(), tmp_path / "x.xlsx", "index", "", "")


def test_panel_and_index_are_exported_by_their_commands(run, tmp_path):
    (tmp_path / "events.csv").write_text(
        "date,source,target,cameo\n2010-02-03,PAK,RUS,040\n2010-03-04,RUS,PAK,190\n"
    )
    code, _, said = run("panel", "build", "--data", "events.csv", "--export", "cells.dta")
    assert (code, "exported: cells.dta, cells-codebook.csv" in said) == (0, True)
    cells = back(tmp_path / "cells.dta")
    assert cells["cow_b"].to_list() == [365, 365]
    assert set(pl.read_csv(tmp_path / "cells-codebook.csv")["name"]) == set(cells.columns)
    code, out, _ = run("index", "export", "index.csv", "--state", "Pakistan", "--since", "2020")
    assert (code, "Codebook: index-codebook.csv" in out) == (0, True)
    ties = pl.read_csv(tmp_path / "index.csv")
    assert set(ties["year"]) >= {2020}
    assert ties.filter((pl.col("state_a") != "PAK") & (pl.col("state_b") != "PAK")).is_empty()
    assert run("index", "export", "i.csv", "--since", "2200")[0] == 2
