"""Every published file at hand, in one command, against counts made without Quadrille."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from independent import COUNTS

from quadrille.errors import FileFormatError
from quadrille.lake.catalogue import manifest, open_lake
from quadrille.lake.contents import lake_layers, verify
from quadrille.lake.ingest import ingest
from quadrille.sources.formats import read_table

# Not data: examples of codings, and lists that are read with the file they belong to.
APART = {
    "PLOVER_GSR_CAMEO.txt", "un_roll_calls.parquet", "un_roll_call_issues.parquet",
    "country_codes_V202301.csv",
}  # fmt: skip
# Files of publishers that are known and not read, and what the refusal says of them.
REFUSED = {
    "WITS_trade2009.head400.csv": "give BACI or Gravity of CEPII",
    "andybega_states_cowstates.csv": "a list of states, their numbers and spells; they are known",
    "andybega_states_gwstates.csv": "a list of states, their numbers and spells; they are known",
}
# Files in no layout that is known, and what is said of one that is named: relations by spells, and numbers in
# place of states and days.
UNKNOWN = {
    "known_relations.csv": "a row lasts from 'from' to 'to': write a row a year",
    "train.txt": "its first line holds numbers and no names of columns",
    "valid.txt": "its first line holds numbers",
    "test.txt": "its first line holds numbers",
}


@pytest.fixture(scope="module")
def whole(data_dir, tmp_path_factory):
    lake = open_lake(tmp_path_factory.mktemp("whole") / "lake", create=True)
    return lake, ingest(lake, [data_dir])


@pytest.mark.slow
def test_every_file_is_taken(whole, data_dir):
    _, outcomes = whole
    names = Counter(Path(o.name.split(" (")[0]).name for o in outcomes if o.what == "ingested")
    there = {p.name for p in data_dir.rglob("*") if p.is_file() and p.suffix != ".md"}
    assert set(names) == there - APART - set(REFUSED) - set(UNKNOWN)
    left = {Path(o.name).name for o in outcomes if o.what == "passed over"}
    assert left == APART | set(UNKNOWN)
    refused = {Path(o.name).name: o.note for o in outcomes if o.what == "refused"}
    assert set(refused) == set(REFUSED)
    assert all(why in refused[name] for name, why in REFUSED.items())


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_file_in_no_known_layout_is_refused_with_what_to_do(data_dir, name):
    (path,) = data_dir.rglob(name)
    with pytest.raises(FileFormatError, match=re.escape(UNKNOWN[name])):
        read_table(path)


@pytest.mark.slow
def test_counts_equal_an_independent_count(whole, data_dir):
    lake, _ = whole
    there = {p.name: p for p in data_dir.rglob("*") if p.is_file()}
    files = manifest(lake).select("name", "source", "rows_in", "kept", "skipped", "rejected")
    ours = {(n, s): (kept, out, bad) for n, s, _, kept, out, bad in files.iter_rows()}
    counts = {k: COUNTS[k[0] if k[0] in COUNTS else k[1]] for k in ours}
    assert ours == {k: count(there[k[0]]) for k, count in counts.items()}
    assert (files["kept"] + files["skipped"] + files["rejected"]).equals(files["rows_in"])


@pytest.mark.slow
def test_it_is_sound(whole):
    assert verify(whole[0]) == []


@pytest.mark.slow
def test_layers_come_back_with_their_units(whole):
    layers = lake_layers(whole[0])
    assert layers["unga_votes"].unit == "dyad"
    assert layers["gpr_world"].frequency == "M"
    assert layers["cow_states"].data.height == 15_284
    assert all(layer.citation for layer in layers.values())
