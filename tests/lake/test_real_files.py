"""Every published file at hand, in one command, against counts made without Quadrille."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from independent import COUNTS, OPEN, rows_of

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
    "WITS_trade2009.head400.csv": "trade of WITS",
    "andybega_states_cowstates.csv": "a list of states",
    "andybega_states_gwstates.csv": "a list of states",
    "known_relations.csv": "relations named for tests of whole readings",
    "train.txt": "numbers in place of states and days, for tests of other programs",
    "valid.txt": "the same",
    "test.txt": "the same",
}


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
    files = manifest(lake).select("name", "source", "rows_in", "kept", "skipped", "rejected")
    ours = {(n, s): (kept, out, bad) for n, s, _, kept, out, bad in files.iter_rows()}
    counted = {k: COUNTS[k[0] if k[0] in COUNTS else k[1]] for k in ours if k[0] not in OPEN}
    assert {k: ours[k] for k in counted} == {k: count(there[k[0]]) for k, count in counted.items()}
    assert {n for n, _ in ours} - {n for n, _ in counted} == OPEN
    assert (files["kept"] + files["skipped"] + files["rejected"]).equals(files["rows_in"])


def test_rows_of_the_one_that_is_not_counted(whole, data_dir):
    (path,) = (p for p in data_dir.rglob("*") if p.name in OPEN)
    names = rows_of(path, ["source_name", "target_name"])
    (row,) = manifest(whole[0]).filter(name=path.name).iter_rows(named=True)
    assert row["rows_in"] == len(names)
    assert row["rejected"] == 0
    assert row["kept"] <= sum(one != two for one, two in names)


def test_it_is_sound(whole):
    assert verify(whole[0]) == []


def test_layers_come_back_with_their_units(whole):
    layers = lake_layers(whole[0])
    assert layers["unga_votes"].unit == "dyad"
    assert layers["gpr_world"].frequency == "M"
    assert layers["cow_states"].data.height == 15_284
    assert all(layer.citation for layer in layers.values())
