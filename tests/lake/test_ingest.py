"""The lake keeps each file once, whole, and says what became of every row."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zipfile

import duckdb
import pytest

from quadrille.errors import LakeError, OptionError
from quadrille.lake.catalogue import connect, find_lake, manifest, open_lake, sweep, writing
from quadrille.lake.contents import choose, current, lake_layers, lake_table
from quadrille.lake.events import lake_events
from quadrille.lake.ingest import forget, ingest
from quadrille.sources.events.gdelt import V1, V2
from quadrille.states.registry import find

ROW = {"SQLDATE": "20180601", "Actor1CountryCode": "PAK", "Actor2CountryCode": "RUS",
       "EventCode": "042", "GoldsteinScale": "1.9", "NumMentions": "4", "AvgTone": "-1.5",
       "DATEADDED": "20180602"}  # fmt: skip


def gdelt(number, layout=V2, **cells):
    row = ROW | {"GLOBALEVENTID": str(number)} | cells
    return "\t".join(row.get(c, "") for c in layout)


def write(folder, *lines, name="20180601.export.CSV"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def lake(tmp_path):
    return open_lake(tmp_path / "lake", create=True)


def events(lake):
    with duckdb.connect() as con:
        return con.sql(current(lake, "events")).pl()


def test_gdelt_rows_end_as_events_aside_or_broken(lake, tmp_path):
    path = write(
        tmp_path,
        gdelt(1),
        gdelt(2, Actor1CountryCode=""),
        gdelt(3, Actor2CountryCode="EUR"),
        gdelt(4, Actor2CountryCode="PAK"),
        gdelt(5, Actor2CountryCode="XQZ"),
        gdelt(6, SQLDATE="20180631"),
        gdelt(7, SQLDATE="18990101"),
        gdelt(8, EventCode="9999"),
        gdelt(9, GoldsteinScale="44"),
        gdelt("x"),
        gdelt(10, Actor1CountryCode="ROM"),
    )
    (outcome,) = ingest(lake, [path])
    assert (outcome.what, outcome.rows_in) == ("ingested", 11)
    assert (outcome.kept, outcome.skipped, outcome.rejected) == (2, 4, 5)
    kept = events(lake).sort("event_id")
    assert kept["source"].to_list() == ["PAK", "ROU"]
    assert kept["mentions"].to_list() == [4, 4]
    with connect(lake, read_only=True) as con:
        reasons = dict(con.execute("SELECT reason, rows FROM reasons").fetchall())
    assert reasons == {
        "no country on one side": 1, "a region, not a state": 1, "within one state": 1,
        "unknown country code": 1, "bad date": 1, "date out of range": 1,
        "unknown CAMEO code": 1, "weight out of range": 1, "event id is no number": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["gdelt1_mixed_57_58_columns.csv", "20170101073000.export.CSV", "20191024143000.export.CSV"],
)
def test_published_files_agree_with_an_independent_count(lake, data_dir, name):
    path = data_dir / "gdelt_raw" / name
    (outcome,) = ingest(lake, [path])
    rows = [r.split("\t") for r in path.read_text(encoding="utf-8").splitlines()]
    regions = {"AFR", "ASA", "EUR", "MEA", "SEA", "WST", "EEU", "LAM", "CAS", "SAS", "NAF", "WAF",
               "EAF", "SAF", "SAM", "CRB", "CAU", "CEU", "BLK", "EIN", "MDT", "NMR", "PGS",
               "SCN"}  # fmt: skip
    sides = [(r[7], r[17]) for r in rows]
    two = [p for p in sides if all(p) and not set(p) & regions]
    between = [p for p in two if find(p[0]).iso3 != find(p[1]).iso3]
    assert outcome.rows_in == len(rows)
    assert outcome.kept == len(between)
    assert outcome.skipped == len(rows) - len(between)


def test_the_same_content_changes_nothing_under_any_name(lake, tmp_path):
    path = write(tmp_path, gdelt(1))
    ingest(lake, [path])
    before = manifest(lake)
    copy = write(tmp_path, gdelt(1), name="copy.CSV")
    assert [o.what for o in ingest(lake, [path, copy])] == ["known", "known"]
    assert manifest(lake).equals(before)


def test_a_corrected_file_takes_the_place_of_the_old(lake, tmp_path):
    ingest(lake, [write(tmp_path, gdelt(1), gdelt(2))])
    (outcome,) = ingest(lake, [write(tmp_path, gdelt(1), gdelt(2), gdelt(3))])
    assert outcome.what == "replaced"
    assert "takes the place of" in outcome.line()
    assert manifest(lake)["kept"].to_list() == [3]
    assert manifest(lake, ("superseded",))["kept"].to_list() == [2]
    with writing(lake):
        sweep(lake)
    assert events(lake).height == 3


@pytest.mark.parametrize("machine", [True, False])
def test_of_two_files_of_one_name_in_one_run_neither_takes_the_others_place(
    lake, tmp_path, machine
):
    years = [tmp_path / y for y in ("2019", "2020")]
    for k, folder in enumerate(years):
        folder.mkdir()
        lines = ["state_a,state_b,year,score", f"PAK,RUS,20{k + 19},1"]
        write(
            folder, *([gdelt(k)] if machine else lines), name="x.CSV" if machine else "events.csv"
        )
    # The same command again, and in another order, must not do what the first did not.
    for order in (years, years, years[::-1]):
        kept, refused = sorted(ingest(lake, order), key=lambda o: o.what)
        assert kept.what in ("ingested", "known")
        assert refused.what == "refused"
        assert all(str(y) in refused.note for y in years)
        assert manifest(lake)["kept"].to_list() == [1]
    assert [o.what for o in ingest(lake, years[1:])] == ["replaced"]


def test_forgotten_files_are_gone_and_can_come_back(lake, tmp_path):
    path = write(tmp_path, gdelt(1))
    ingest(lake, [path])
    assert forget(lake, path.name) == [path.name]
    assert manifest(lake).is_empty()
    assert list(lake.data.iterdir()) == []
    assert ingest(lake, [path])[0].what == "ingested"
    sha = manifest(lake)["sha"][0]
    for nothing in ("nothing", "", sha[:7]):
        with pytest.raises(LakeError, match=f"holds no file, source or checksum '{nothing}'"):
            forget(lake, nothing)
    assert forget(lake, sha[:8]) == [path.name]


def test_a_mended_column_map_makes_another_table(lake, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("from,to,day,act\nPAK,RUS,2018-06-01,042\n")
    column_map = tmp_path / "mine.csv.map.toml"
    text = (
        'kind = "events"\nsource = "{}"\ntarget = "{}"\nscheme = "iso3"\ndate = "day"\n'
        'date_format = "%Y-%m-%d"\ncode = "act"\n'
    )
    column_map.write_text(text.format("to", "from"))
    assert [o.what for o in ingest(lake, [path])] == ["ingested"]
    assert [o.what for o in ingest(lake, [path])] == ["known"]
    column_map.write_text(text.format("from", "to"))
    assert [o.what for o in ingest(lake, [path])] == ["replaced"]
    assert events(lake).select("source", "target").rows() == [("PAK", "RUS")]


def test_what_is_not_there_does_not_stop_the_others(lake, tmp_path):
    here = write(tmp_path, gdelt(1))
    made = ingest(lake, [tmp_path / "nope.csv", here, "/dev/null"])
    assert {o.name: o.what for o in made} == {
        str(tmp_path / "nope.csv"): "refused", "/dev/null": "refused", str(here): "ingested",
    }  # fmt: skip
    assert {o.note.split(" (")[1] for o in made if o.note} == {
        "no such file); check the path", "it is no regular file); check the path",
    }  # fmt: skip


def test_zips_with_hostile_names_and_mixed_widths(lake, tmp_path):
    path = tmp_path / "2018.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("../../outside.csv", gdelt(1, V1) + "\n" + gdelt(2, V1[:57]) + "\n")
        z.writestr("/tmp/absolute.csv", gdelt(3) + "\n")
    (outcome,) = ingest(lake, [path])
    assert outcome.kept == 3
    assert not (tmp_path.parent / "outside.csv").exists()
    assert sorted(events(lake)["event_id"]) == ["1", "2", "3"]


def test_a_bomb_is_refused(lake, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.csv", (gdelt(1) + "\n").encode() + b"\0" * (64 << 20))
    (outcome,) = ingest(lake, [path])
    assert outcome.what == "refused"
    assert "bomb" in outcome.note
    assert list(lake.staging.iterdir()) == []


def test_a_line_of_ten_megabytes_and_nul_bytes_harm_no_other_row(lake, tmp_path):
    path = write(
        tmp_path,
        gdelt(1),
        gdelt(2, SOURCEURL="x" * (10 << 20)),
        gdelt(3),
        gdelt(4, Actor1Name="a\0b"),
    )
    (outcome,) = ingest(lake, [path])
    assert {"1", "3"} <= set(events(lake)["event_id"])
    assert outcome.rejected >= 1
    assert outcome.rows_in == 4


def test_tables_of_other_sources(lake, data_dir):
    made = ingest(lake, [data_dir / "icews_raw", data_dir / "icews_yearly"])
    assert [o.kept for o in made] == [1741, 252_472]
    assert made[0].skipped == 1964


def test_a_broken_file_does_not_stop_the_others(lake, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    good = write(tmp_path, gdelt(1))
    assert [o.what for o in ingest(lake, [bad, good])] == ["refused", "ingested"]
    assert manifest(lake).height == 1


def test_the_place_of_the_lake(tmp_path, monkeypatch):
    monkeypatch.setenv("QUADRILLE_LAKE", str(tmp_path / "a"))
    assert find_lake() == tmp_path / "a"
    assert find_lake(tmp_path / "b") == tmp_path / "b"
    monkeypatch.delenv("QUADRILLE_LAKE")
    assert find_lake().name == "lake"
    with pytest.raises(LakeError, match="there is no lake; make one with quadrille ingest FILES"):
        open_lake(tmp_path / "nowhere")


INGEST = """
import sys
from quadrille.lake.catalogue import open_lake
from quadrille.lake.ingest import ingest
ingest(open_lake(sys.argv[1], create=True), [sys.argv[2]])
"""


def test_two_writers(lake, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(6):
        write(folder, gdelt(k), name=f"{k}.csv")
    pair = [subprocess.Popen([sys.executable, "-c", INGEST, lake.path, folder]) for _ in "ab"]
    assert [p.wait() for p in pair] == [0, 0]
    assert sorted(events(lake)["event_id"]) == [str(k) for k in range(6)]
    assert manifest(lake).height == 6


@pytest.mark.slow
def test_killed_at_fifty_points_it_is_whole_after_resuming(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(30):
        name = f"{k}.csv"
        write(folder, *(gdelt(1000 * k + i) for i in range(300)), name=name)
    yearly = folder / "panel.csv"
    yearly.write_text(
        "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,"
        "material_conflict\nPAK,RUS,2002,3,1,0,0\n"
    )
    place = tmp_path / "lake"
    open_lake(place, create=True)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", INGEST, tmp_path / "other", folder], check=True)
    whole = time.monotonic() - began
    rng = random.Random(1)
    for _ in range(50):
        run = subprocess.Popen([sys.executable, "-c", INGEST, place, folder])
        time.sleep(rng.uniform(0.3, 1.0) * whole)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        lake = open_lake(place)
        held = manifest(lake)
        assert held["name"].is_unique().all()
        for batch in held["batch"].unique():
            assert (lake.data / batch).is_dir()
        if rng.random() < 0.3 and held.height:
            forget(lake, held["name"][0])
    subprocess.run([sys.executable, "-c", INGEST, place, folder], check=True)
    assert manifest(lake).height == 31
    assert sorted(events(lake)["event_id"].cast(int)) == [
        1000 * k + i for k in range(30) for i in range(300)
    ]
    with writing(lake):
        assert sweep(lake) == 0
    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(tmp_path / "not there" / "x.duckdb"))


def test_a_known_file_of_a_folder_that_cannot_be_read_is_refused_with_the_reason(lake, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    header = (
        "Event ID\tEvent Date\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Country"
    )
    bad = f"{header}\n1\tlately\tIndia\tx\t042\t1\tPakistan\n"
    (folder / "icews.tab").write_text(bad)
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        archive.writestr("notes.txt", "Read me.\n")
        archive.writestr("events.2017.tab", bad)
    (folder / "half.parquet").write_bytes(b"PAR1 and no more")
    (folder / "nmc.csv").write_text("ccode,year,milex,milper,irst,pec,tpop\n2,1990,1,1,1,1,1\n")
    (folder / "readme.txt").write_text("Read me.\n")
    made = {o.name.rsplit("/", 1)[1]: (o.what, o.note) for o in ingest(lake, [folder])}
    assert made.pop("readme.txt")[0] == "passed over"
    assert {what for what, _ in made.values()} == {"refused"}
    assert "line 2: bad date" in made["icews.tab"][1]
    assert "line 2: bad date" in made["packed.zip"][1]
    assert "not a whole Parquet file" in made["half.parquet"][1]
    looks = "looks like a file of Correlates of War or ATOP (cow_capabilities), but has no column 'cinc'"
    assert looks in made["nmc.csv"][1]


def test_the_lake_keeps_who_coded_and_what_a_layer_is_about(lake, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("a,b,day,code\nPakistan,Russia,2002-03-01,042\n")
    (tmp_path / "mine.csv.map.toml").write_text(
        'kind = "events"\nsource = "a"\ntarget = "b"\ndate = "day"\ncode = "code"\ncoding = "hand"\n'
    )
    (tmp_path / "cont.csv").write_text("state1no,state2no,year,conttype\n2,20,1990,1\n")
    ingest(lake, [path, tmp_path / "cont.csv"])
    files = manifest(lake).select("kind", "coding", "role").rows()
    assert files == [("events", "hand", None), ("layer", None, "contiguity")]
    chosen = choose(lake)
    assert (chosen.coding, lake_table(chosen).coding) == ("hand", "hand")
    assert lake_layers(lake)["cow_contiguity"].role == "contiguity"
    with pytest.raises(OptionError, match="hand-coded acts are read one by one"):
        lake_events(lake)
