"""GeoDist: layers without a year, from the file to the lake and back."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from quadrille.errors import FileFormatError
from quadrille.lake.catalogue import manifest, open_lake
from quadrille.lake.contents import lake_layers, verify
from quadrille.lake.ingest import ingest
from quadrille.readings.goals import GOALS, goal_values
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.geodist import DISTANCES, LINKS, read_distances, read_places
from quadrille.states.registry import resolve

DYADS = "iso_o;iso_d;contig;comlang_off;comlang_ethno;colony;comcol;curcol;col45;smctry;dist;distcap;distw;distwces\n"
STATES = (
    "iso2\tiso3\tcnum\tcountry\tarea\tdis_int\tlandlocked\tcontinent\tcity_en\tcity_fr\tlat\tlon\tcap\t"
    "maincity\tcitynum\n"
)


def put(folder, text, name="dist_cepii.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_distances_by_a_plain_loop(data_dir):
    path = data_dir / "more/dist_cepii.head400.csv"
    if not path.exists():
        pytest.skip("no dist_cepii")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    wanted, skipped = {}, 0
    for row in rows:
        one, two = resolve(pl.Series([row["iso_o"], row["iso_d"]]), "cameo")
        if not one or not two or one == two:
            skipped += 1
            continue
        values = [float(row[c]) if row[c] not in ("", ".") else None for c in DISTANCES]
        wanted.setdefault((min(one, two), max(one, two)), values + [row[c] == "1" for c in LINKS])
    layer = read_distances(path)
    assert {row[:2]: list(row[2:]) for row in layer.data.rows()} == wanted
    assert (layer.rows_in, layer.rejected["rows"].sum()) == (len(rows), skipped)


def test_both_orders_are_one_dyad(tmp_path):
    path = put(
        tmp_path,
        DYADS
        + "IND;PAK;1;1;1;0;1;0;0;1;688.1;688.1;1000;900\nPAK;IND;1;1;1;0;1;0;0;1;688.1;688.1;1000;900\n"
        + "ROM;YUG;1;0;0;0;0;0;0;0;450;450;.;\nYUG;ROM;0;0;0;0;0;0;0;0;450;450;.;\n"
        + "IND;IND;0;1;1;0;0;0;0;0;600;600;600;600\nIND;ZZZ;0;1;1;0;0;0;0;0;6;6;6;6\n"
        + "IND;CHN;x;1;1;0;0;0;0;0;6;6;6;6\n",
    )  # fmt: skip
    layer = read_layers(path)[0]
    assert layer.data.select("state_a", "state_b", "dist", "distw", "contig", "smctry").rows() == [
        ("IND", "PAK", 688.1, 1000.0, True, True), ("ROU", "SRB", 450.0, None, True, False),
    ]  # fmt: skip
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (5, "rejected", "another row of ROU and SRB says otherwise"),
        (6, "skipped", "within one state"),
        (7, "skipped", "no known state ('ZZZ')"),
        (8, "rejected", "contig is no number ('x')"),
    ]
    assert layer.summary() == (
        "cepii_distances: 2 dyads from 7 rows, 4 states; 2 rows skipped, of 1 unknown names: 'ZZZ'; "
        "2 rows rejected"
    )
    assert all(goal_values({layer.name: layer}, part, 2000) is None for part in GOALS)


def test_the_capital_stands_for_its_state(tmp_path):
    row = "{}\t{}\t1\tx\t796095\t503.5\t0\tAsia\t{}\tx\t{}\t{}\t{}\t{}\t1\n"
    text = STATES + row.format("PK", "PAK", "Karachi", 24.9, 67.1, 0, 1)
    text += row.format("PK", "PAK", "Islamabad", 33.7, 73.1, 1, 0)
    text += row.format("XX", "ZZZ", "Nowhere", 1, 1, 1, 1)
    text += row.format("AO", "AGO", "Luanda", -8.83, 13.25, 1, 1)
    layer = read_places(put(tmp_path, text, "geo_cepii.txt"))
    assert layer.data.select("state", "city", "lat", "lon", "landlocked").rows() == [
        ("AGO", "Luanda", -8.83, 13.25, False), ("PAK", "Islamabad", 33.7, 73.1, False),
    ]  # fmt: skip
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (2, "rejected", "another city of PAK: its capital stands"),
        (4, "skipped", "no known state ('ZZZ')"),
    ]
    assert read_layers(tmp_path / "geo_cepii.txt")[0].name == "cepii_places"


def test_a_lake_keeps_what_has_no_year(tmp_path, run_command):
    row = "IND;PAK;1;1;1;0;1;0;0;1;688.1;688.1;1000;900\n"
    path = put(tmp_path, DYADS + row)
    lake = open_lake(tmp_path / "lake", create=True)
    assert [o.what for o in ingest(lake, [path])] == ["ingested"]
    assert manifest(lake).select("first", "last", "kept").rows() == [(None, None, 1)]
    assert verify(lake) == []
    found = lake_layers(lake)["cepii_distances"]
    assert (found.frequency, found.unit, found.role) == ("none", "dyad", "geography")
    assert found.data.drop("state_a", "state_b").row(0)[:2] == (688.1, 688.1)
    for command in ("status", "verify"):
        assert run_command("lake", command, "--lake", lake.path)[0] == 0


def test_data_says_that_it_is_a_layer(tmp_path, run_command):
    path = put(tmp_path, DYADS + "IND;PAK;1;1;1;0;1;0;0;1;688.1;688.1;1000;900\n")
    code, _, err = run_command("data", path)
    assert code == 2
    assert "is a layer (cepii_distances)" in err


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="GeoDist column 'iso_d' is missing"):
        read_distances(put(tmp_path, DYADS.replace("iso_d", "to")))
