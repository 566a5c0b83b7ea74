"""Every published file at hand, in one command, against counts made without Quadrille."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from quadrille.lake.catalogue import manifest, open_lake
from quadrille.lake.contents import lake_layers, verify
from quadrille.lake.ingest import ingest

# Not data: examples of codings, and lists that are read with the file they belong to.
APART = {
    "PLOVER_GSR_CAMEO.txt", "un_roll_calls.parquet", "un_roll_call_issues.parquet",
    "country_codes_V202301.csv",
}  # fmt: skip
# Published files in formats that are not read yet, and why.
UNKNOWN = {
    "Gravity_V202211.resaved.xlsx": "saved again with 16 columns: no iso3_o, iso3_d, no trade",
    "Gravity_V202211.resaved_semicolon_decimalcomma.csv": "the same",
    "WITS_trade2009.head400.csv": "trade of WITS",
    "andybega_states_cowstates.csv": "a list of states",
    "andybega_states_gwstates.csv": "a list of states",
    "known_relations.csv": "relations named for tests of whole readings",
    "train.txt": "numbers in place of states and days, for tests of other programs",
    "valid.txt": "the same",
    "test.txt": "the same",
}


def rows_of(path: Path) -> int:
    """Rows of a file, counted by its format alone."""
    if path.suffix == ".parquet":
        return pq.read_metadata(path).num_rows
    if path.suffix == ".xls":
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        return len(sheet) - 1
    raw = path.read_bytes()
    text = raw.decode("latin-1")
    if path.parent.name == "gdelt_raw" and "\t" in text.split("\n", 1)[0]:
        return raw.count(b"\n") + (not raw.endswith(b"\n"))
    if "sipri_register" in path.name:
        # Up to eleven lines of explanation come before the header.
        text = text[text.index("Recipient,Supplier") :]
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count))
    return sum(1 for row in reader if any(row)) - 1


@pytest.fixture(scope="module")
def whole(data_dir, tmp_path_factory):
    lake = open_lake(tmp_path_factory.mktemp("whole") / "lake", create=True)
    return lake, ingest(lake, [data_dir])


def test_every_file_is_taken(whole, data_dir):
    _, outcomes = whole
    names = Counter(Path(o.name.split(" (")[0]).name for o in outcomes if o.what == "ingested")
    there = {p.name for p in data_dir.rglob("*") if p.is_file() and p.suffix != ".md"}
    assert set(names) == there - APART - set(UNKNOWN)
    left = {Path(o.name).name for o in outcomes if o.what == "passed over"}
    assert left == APART | set(UNKNOWN)
    assert {o.what for o in outcomes} == {"ingested", "passed over"}


def test_counts_equal_an_independent_count(whole, data_dir):
    lake, _ = whole
    there = {p.name: p for p in data_dir.rglob("*") if p.is_file()}
    files = manifest(lake).select("name", "rows_in", "kept", "skipped", "rejected")
    assert (files["kept"] + files["skipped"] + files["rejected"]).equals(files["rows_in"])
    # Of a file that holds two layers, each read its own part of the rows.
    counted = dict(files.group_by("name").agg(pl.col("rows_in").max()).iter_rows())
    assert counted == {name: rows_of(there[name]) for name in counted}


def test_it_is_sound(whole):
    assert verify(whole[0]) == []


def test_layers_come_back_with_their_units(whole):
    layers = lake_layers(whole[0])
    assert layers["unga_votes"].unit == "dyad"
    assert layers["gpr_world"].frequency == "M"
    assert layers["cow_states"].data.height == 15_284
    assert all(layer.citation for layer in layers.values())
