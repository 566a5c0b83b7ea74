"""What a lake holds can be listed, read back as it was read, checked and exported."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest

import quadrille
from quadrille.errors import LakeError, NoDataError, OptionError
from quadrille.lake import catalogue
from quadrille.lake.catalogue import connect, manifest, open_lake, writing
from quadrille.lake.contents import (
    choose,
    current,
    export,
    held,
    lake_layers,
    lake_table,
    reasons,
    verify,
)
from quadrille.lake.ingest import forget, ingest
from quadrille.measure.world import World
from quadrille.sources.events.gdelt import V1, V2
from quadrille.sources.formats import read_table
from quadrille.sources.layers.cow import read_contiguity

COUNTS = (
    "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,material_conflict\n"
)
CONTIGUITY = (
    "dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n"
    "750770,750,IND,770,PAK,1950,1,3.2\n300345,300,AUH,345,SER,1912,1,3.2\n"
)
ROW = {"SQLDATE": "20180601", "Actor1CountryCode": "PAK", "Actor2CountryCode": "RUS",
       "EventCode": "042", "GoldsteinScale": "1.9", "NumMentions": "4", "AvgTone": "-1.5"}  # fmt: skip


def gdelt(number, **cells):
    row = ROW | {"GLOBALEVENTID": str(number)} | cells
    return "\t".join(row.get(c, "") for c in V2) + "\n"


def write(folder, name, *lines):
    path = folder / name
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def lake(tmp_path):
    return open_lake(tmp_path / "lake", create=True)


def test_a_layer_comes_back_as_it_was_read(lake, tmp_path):
    path = write(tmp_path, "contdird.csv", CONTIGUITY)
    (outcome,) = ingest(lake, [path])
    assert (outcome.rows_in, outcome.kept, outcome.skipped) == (2, 1, 1)
    here, there = lake_layers(lake)["cow_contiguity"], read_contiguity(path)
    assert here.data.equals(there.data)
    assert here.unresolved.equals(there.unresolved)
    assert (here.unit, here.frequency, here.citation) == (
        there.unit, there.frequency, there.citation,
    )  # fmt: skip


def test_counts_come_back_as_they_were_read(lake, data_dir):
    path = data_dir / "icews_yearly"
    ingest(lake, [path])
    keys = ["source", "target", "period"]
    assert lake_table(choose(lake)).data.sort(keys).equals(read_table(path).data.sort(keys))


def test_the_last_file_counts_where_files_overlap(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.csv", COUNTS, "PAK,RUS,2002,3,1,0,0\nPAK,RUS,2003,1,1,1,1\n")])
    (tmp_path / "new").mkdir()
    ingest(lake, [write(tmp_path / "new", "a.csv", COUNTS, "PAK,RUS,2002,5,1,0,0\n")])
    found = lake_table(choose(lake)).data
    assert found.rows() == [("PAK", "RUS", date(2002, 1, 1), 5.0, 1.0, 0.0, 0.0)]


def test_sources_are_never_mixed(lake, tmp_path):
    with pytest.raises(NoDataError, match="quadrille ingest"):
        choose(lake)
    ingest(lake, [write(tmp_path, "a.csv", COUNTS, "PAK,RUS,2002,3,1,0,0\n")])
    assert choose(lake).source == "counts:a"
    ingest(lake, [write(tmp_path, "e.CSV", gdelt(1))])
    with pytest.raises(OptionError, match=r"choose one with data lake:NAME.*counts:a, gdelt"):
        choose(lake)
    assert choose(lake, "gdelt").kept == 1
    with pytest.raises(OptionError, match="holds no 'icews'"):
        choose(lake, "icews")
    assert held(lake).select("source", "kind", "kept").rows() == [
        ("counts:a", "counts", 1), ("gdelt", "events", 1),
    ]  # fmt: skip


def test_readings_take_the_lake_unless_told_otherwise(lake, tmp_path, monkeypatch):
    assert World().source.origin == "chronicle"
    lines = [gdelt(k, SQLDATE=f"2018{m:02}15") for k, m in enumerate([1, 2, 3, 4, 5, 6, 7] * 3)]
    ingest(lake, [write(tmp_path, "e.CSV", *lines)])
    monkeypatch.setenv("QUADRILLE_LAKE", str(lake.path))
    tie = quadrille.relation("PAK", "RUS")
    assert (tie.origin, tie.frequency, len(tie.periods)) == ("gdelt", "M", 7)
    assert World("chronicle").source.origin == "chronicle"
    assert quadrille.relation("PAK", "RUS", "chronicle").origin == "chronicle"
    assert World("lake:gdelt").source.source == "gdelt"
    # Three reports of one act on one day are one event; the raw number is kept.
    cells = World().panel.cells
    assert cells.select("verbal_coop", "raw").unique().rows() == [(1.0, 3)]
    with pytest.raises(NoDataError, match="widen since"):
        _ = World(since=date(2019, 1, 1)).panel


def test_events_in_two_files_count_once(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.CSV", gdelt(1), gdelt(2, EventCode="043"))])
    ingest(lake, [write(tmp_path, "b.CSV", gdelt(2, EventCode="043"), gdelt(3, EventCode="057"))])
    assert World(choose(lake)).panel.cells["raw"].to_list() == [3]
    assert lake_table(choose(lake)).data["event_id"].sort().to_list() == ["1", "2", "3"]


def test_a_sound_lake_has_no_faults(lake, tmp_path, data_dir):
    ingest(
        lake, [data_dir / "icews_raw", data_dir / "gdelt_raw", write(tmp_path, "c.csv", CONTIGUITY)]
    )
    assert verify(lake) == []


@pytest.mark.parametrize("harm", ["gone", "changed", "miscounted"])
def test_faults_are_found(lake, tmp_path, harm):
    ingest(lake, [write(tmp_path, "e.CSV", gdelt(1))])
    (part,) = lake.data.rglob("kind=events/**/*.parquet")
    if harm == "gone":
        part.unlink()
    elif harm == "changed":
        part.write_bytes(part.read_bytes()[:-1] + b"x")
    else:
        with connect(lake) as con:
            con.execute("UPDATE files SET kept = 7")
    (fault,) = verify(lake)
    says = {
        "gone": "is missing",
        "changed": "is not what was written",
        "miscounted": "7 rows were kept",
    }
    assert says[harm] in fault
    assert "e.CSV" in fault


def test_exported_text_is_no_formula(lake, tmp_path):
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "plain"]
    ingest(
        lake,
        [write(tmp_path, "e.CSV", *(gdelt(k, SOURCEURL=t.strip("\t")) for k, t in enumerate(bad)))],
    )
    out = tmp_path / "out.csv"
    assert export(lake, out, "gdelt") == 6
    with out.open(encoding="utf-8", newline="") as handle:
        rows = {r["event_id"]: r for r in csv.DictReader(handle)}
    assert [rows[str(k)]["reference"] for k in range(6)] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "x",
        "plain",
    ]
    assert {r["tone"] for r in rows.values()} == {"-1.5"}  # a number, not a text


def test_what_was_not_kept_can_be_exported(lake, tmp_path):
    ingest(
        lake,
        [write(tmp_path, "e.CSV", gdelt(1), gdelt(2, SQLDATE="x"), gdelt(3, Actor1CountryCode=""))],
    )
    out = tmp_path / "out.parquet"
    assert export(lake, out, "gdelt", "rejected") == 1
    assert pl.read_parquet(out)["reason"].to_list() == ["bad date ('x')"]
    assert pl.read_parquet(out)["text"][0].startswith("2\tx")
    assert export(lake, out, "gdelt", "skipped") == 1
    with pytest.raises(OptionError, match="unknown kind 'quarantine'; use skipped, rejected or"):
        export(lake, out, "gdelt", "quarantine")
    with pytest.raises(OptionError, match=r"\.parquet or \.csv"):
        export(lake, tmp_path / "out.xlsx", "gdelt")
    with pytest.raises(OptionError, match="holds no 'x'; it holds gdelt"):
        export(lake, out, "x")
    with pytest.raises(LakeError, match="choose another place"):
        export(lake, tmp_path / "no" / "out.csv", "gdelt")


def test_a_zip_of_different_things(lake, tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("data/contdird.csv", CONTIGUITY)
        z.writestr("counts.csv", COUNTS + "PAK,RUS,2002,3,1,0,0\nPAK,XQZ,2002,3,1,0,0\n")
        z.writestr("readme.txt", "read me\n")
    made = ingest(lake, [path])
    assert sorted((o.what, o.kept, o.skipped) for o in made) == [
        ("ingested", 1, 1), ("ingested", 1, 1), ("passed over", 0, 0),
    ]  # fmt: skip
    assert [o.what for o in ingest(lake, [path])] == ["known"]
    assert manifest(lake)["member"].to_list() == ["counts.csv", "data/contdird.csv"]
    aside = current(lake, "skipped")
    assert aside is not None
    with connect(lake, read_only=True) as con:
        assert con.sql(f"SELECT path, reason FROM ({aside}) ORDER BY ALL").fetchall() == [
            (f"{path}/counts.csv", "target is no known state ('XQZ')"),
            (f"{path}/data/contdird.csv", "no known state ('300')"),
        ]
    assert forget(lake, "all.zip") == ["all.zip", "all.zip"]


@pytest.mark.parametrize(
    "name",
    [
        "icews_raw",
        "sipri",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("gdelt_raw", "cow")),
    ],
)
def test_what_is_counted_as_left_out_is_what_is_exported(lake, tmp_path, data_dir, name):
    ingest(lake, [data_dir / name])
    assert verify(lake) == []
    out = tmp_path / "out.parquet"
    mine = held(lake).group_by("source").agg(pl.col("skipped", "rejected").sum())
    assert mine["skipped"].sum() + mine["rejected"].sum() > 0
    for source, aside, broken in mine.iter_rows():
        for kind, counted in (("skipped", aside), ("rejected", broken)):
            if counted:
                assert export(lake, out, source, kind) == counted
                assert pl.read_parquet(out)["reason"].null_count() == 0
            else:
                with pytest.raises(NoDataError, match=f"no row {kind} of {source}"):
                    export(lake, out, source, kind)
    why = reasons(lake)
    told = why.group_by("source").agg(pl.col("rows").sum())
    for source, rows in told.iter_rows():
        assert (
            rows
            == mine.filter(source=source)
            .select(pl.sum_horizontal("skipped", "rejected").sum())
            .item()
        )


def test_lines_that_cannot_be_read_are_kept_as_broken(lake, tmp_path):
    path = tmp_path / "e.CSV"
    long = gdelt(2, SOURCEURL="x" * 3_000_000).encode()
    path.write_bytes(gdelt(1).encode() + long + gdelt(3).encode().replace(b"PAK", b"P\xffK"))
    (outcome,) = ingest(lake, [path])
    assert (outcome.rows_in, outcome.kept, outcome.rejected) == (3, 1, 2)
    out = tmp_path / "out.parquet"
    assert export(lake, out, "gdelt", "rejected") == 2
    rows = pl.read_parquet(out).sort("line")
    assert rows["line"].to_list() == [2, 3]
    assert rows["reason"].to_list() == ["line over 2 MB", "not UTF-8 text"]
    assert [t[0] for t in rows["text"]] == ["2", "3"]
    assert verify(lake) == []


@pytest.mark.parametrize("layout", [V1, V2])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
def test_every_line_of_gdelt_is_in_one_place(lake, tmp_path, layout, seed):
    """Spoilt lines of every kind, in any order, against a count by hand."""
    rng = random.Random(seed)
    harms = {
        "sound": lambda r: r,
        "bad place": lambda r: r.replace(b"Bala", b"Bal\xe9"),
        "bad actor": lambda r: r.replace(b"Anna", b"An\xffa"),
        "bad code in bytes": lambda r: r.replace(b"PAK", b"P\xffK"),
        "cut": lambda r: b"\t".join(r.split(b"\t")[: rng.randrange(1, 55)]),
        "longer": lambda r: r + b"\tmore\tmore",
        "no date": lambda r: r.replace(b"20180601", b"20181301"),
        "no number": lambda r: b"x" + r,
        "no number and bad place": lambda r: b"x" + r.replace(b"Bala", b"Bal\xe9"),
        "1920": lambda r: r.replace(b"20180601", b"19200101"),
        "no weight": lambda r: r.replace(b"1.9", b"one"),
        "skipped": lambda r: r.replace(b"PAK", b"AFR"),
        "long": lambda r: r.replace(b"Anna", b"A" * (3 << 20)),
    }
    kept, aside = {"sound", "bad place"}, {"skipped"}
    drawn = [rng.choice(list(harms)) for _ in range(60)]
    lines = []
    for k, harm in enumerate(drawn):
        row = ROW | {"GLOBALEVENTID": str(k), "Actor1Name": "Anna", "DATEADDED": "20180601"}
        row["ActionGeo_FullName"] = "Bala"
        width = len(layout) - (layout is V1 and rng.random() < 0.5)
        cells = [row.get(c, "") for c in layout][:width]
        if width == len(layout):
            cells[-1] = "http://x"
        lines.append(harms[harm]("\t".join(cells).encode()))
    for _ in range(4):
        lines.insert(rng.randrange(len(lines)), b"")
    path = tmp_path / "e.CSV"
    first = "\t".join((ROW | {"GLOBALEVENTID": "99", "DATEADDED": "1"}).get(c, "") for c in layout)
    path.write_bytes(first.encode() + b"\n" + b"\n".join(lines) + b"\n")
    (outcome,) = ingest(lake, [path])
    counts = [1 + sum(h in kept for h in drawn), sum(h in aside for h in drawn)]
    assert [outcome.kept, outcome.skipped] == counts
    assert outcome.rows_in == 61
    assert verify(lake) == []
    out = tmp_path / "out.parquet"
    assert export(lake, out, "gdelt", "rejected") == outcome.rejected == 61 - sum(counts)
    everything = path.read_bytes().split(b"\n")
    for line, text in pl.read_parquet(out).select("line", "text").iter_rows():
        # DuckDB shows the letters of a line that is no text in its own way.
        there, here = everything[line - 1].split(b"\t"), text.split("\t")
        assert here[0] == there[0].decode()
        assert len(here) == len(there) or len(text) > 9_990


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "scrambled"])
def test_readers_say_what_to_do_about_damage(lake, tmp_path, harm, monkeypatch):
    ingest(lake, [write(tmp_path, "e.CSV", *(gdelt(k, SOURCEURL=f"u{k}") for k in range(99)))])
    ingest(lake, [write(tmp_path, "contdird.csv", CONTIGUITY)])
    monkeypatch.setenv("QUADRILLE_LAKE", str(lake.path))
    for part in lake.data.rglob("*.parquet"):
        raw = part.read_bytes()
        if harm == "gone":
            part.unlink()
        else:
            # A page whose header is whole and whose body is not.
            scrambled = raw[:60] + bytes(200) + raw[260:]
            part.write_bytes(
                {"empty": b"", "cut": raw[: len(raw) // 2], "scrambled": scrambled}[harm]
            )
    for reads in (
        lambda: World().panel,
        lambda: lake_table(choose(lake)),
        lambda: World().layers,
        lambda: export(lake, tmp_path / "out.csv", "gdelt"),
    ):
        with pytest.raises(LakeError, match=r"quadrille lake verify$") as caught:
            reads()
        assert "\n" not in str(caught.value)
    assert len(verify(lake)) >= 2
    assert not (tmp_path / "out.csv").exists()


def test_a_lake_whose_place_has_an_apostrophe(tmp_path):
    folder = tmp_path / "o'brien's"
    folder.mkdir()
    lake = open_lake(folder / "lake", create=True)
    rows = [gdelt(1), gdelt(2, SQLDATE="x"), gdelt(3, Actor1CountryCode="")]
    (outcome,) = ingest(lake, [write(folder, "e.CSV", *rows)])
    assert (outcome.kept, outcome.skipped, outcome.rejected) == (1, 1, 1)
    assert verify(lake) == []
    assert World(choose(lake)).panel.cells["raw"].to_list() == [1]
    assert export(lake, folder / "out.csv", "gdelt", "rejected") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mount is for root")
def test_a_lake_that_may_only_be_read(tmp_path):
    place = tmp_path / "fixed"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", place], check=True)
    try:
        lake = open_lake(place / "lake", create=True)
        ingest(lake, [write(tmp_path, "e.CSV", gdelt(1))])
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        assert verify(lake) == []
        assert lake_table(choose(lake)).data.height == 1
        for write_to in (
            lambda: forget(lake, "e.CSV"),
            lambda: ingest(lake, [write(tmp_path, "f.CSV", gdelt(2))]),
        ):
            with pytest.raises(
                LakeError, match=r"lake: cannot be written to \(.*\); check permissions"
            ):
                write_to()
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_writer_that_waits_says_so(lake, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(catalogue, "_PATIENCE", 0.05)
    path = write(tmp_path, "e.CSV", gdelt(1))
    with ThreadPoolExecutor() as pool:
        with writing(lake):
            waiting = pool.submit(ingest, lake, [path])
            while "another program is writing; waiting" not in caplog.text:
                assert not waiting.done()
                time.sleep(0.01)
        assert [o.what for o in waiting.result()] == ["ingested"]


def test_a_zip_of_nothing_is_refused(lake, tmp_path):
    path = tmp_path / "none.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("readme.txt", "read me\n")
    (outcome,) = ingest(lake, [path])
    assert outcome.what == "refused"
    assert "none of the 1 files in it" in outcome.note
    (outcome,) = ingest(lake, [tmp_path])
    assert outcome.what == "passed over"


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made with mount, which root may do")
def test_a_full_disk_loses_nothing(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], check=True)
    try:
        lake = open_lake(small / "lake", create=True)
        first = write(tmp_path, "first.CSV", gdelt(1))
        ingest(lake, [first])
        rng = os.urandom
        big = write(tmp_path, "big.CSV", *(gdelt(k, SOURCEURL=rng(600).hex()) for k in range(9000)))
        with pytest.raises(LakeError, match=r"cannot be written.*make room") as caught:
            ingest(lake, [big])
        assert "\n" not in str(caught.value)
        assert manifest(lake)["name"].to_list() == ["first.CSV"]
        assert verify(lake) == []
        assert list(lake.staging.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        assert [o.what for o in ingest(lake, [first, big])] == ["known", "ingested"]
        assert verify(lake) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_lost_or_spoilt_catalogue_costs_no_data(lake, tmp_path, monkeypatch):
    ingest(lake, [write(tmp_path, "contdird.csv", CONTIGUITY)])
    held_before = sorted(lake.data.rglob("*.parquet"))
    whole = lake.catalogue.read_bytes()
    lake.catalogue.unlink()
    with pytest.raises(
        LakeError, match=r"is missing, while 1 batch\(es\) lie in data/; put it back"
    ):
        open_lake(lake.path, create=True)
    monkeypatch.setenv("QUADRILLE_LAKE", str(lake.path))
    for reads in (
        lambda: World().source,
        lambda: World().layers,
    ):  # not from the chronicle instead
        with pytest.raises(LakeError, match="is missing, while 1 batch"):
            reads()
    lake.catalogue.write_text("no database")
    with pytest.raises(LakeError, match=r"cannot be opened .*; put it back from a copy"):
        manifest(open_lake(lake.path, create=True))
    assert sorted(lake.data.rglob("*.parquet")) == held_before
    lake.catalogue.write_bytes(whole)
    assert verify(open_lake(lake.path)) == []
