"""The commands that fill a lake and look after it."""

from __future__ import annotations

import json
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

COUNTS = (
    "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,material_conflict\n"
    "PAK,RUS,2002,3,1,0,0\nPAK,RUS,2003,3,1,1,0\nPAK,RUS,2004,4,1,1,2\nPAK,XQZ,2004,4,1,1,2\n"
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty lake's place, and a file to take in."""
    monkeypatch.setenv("QUADRILLE_LAKE", str(tmp_path / "lake"))
    (tmp_path / "counts.csv").write_text(COUNTS)


def test_a_newcomers_first_minutes(run, tmp_path):
    code, _, err = run("lake", "status")
    assert code == 2
    assert "there is no lake; make one with quadrille ingest FILES, or give another lake" in err
    code, out, err = run("ingest", "counts.csv")
    assert code == 0
    assert "counts.csv: ingested: 3 kept of 4 rows, 1 skipped" in err
    assert " ".join(out.split()) == f"{tmp_path / 'lake'}: 1 ingested; 3 rows kept"
    code, out, err = run("relation", "PAK", "RUS", "--csv")
    assert code == 0
    assert len(out.splitlines()) == 4
    assert "3 counts of 1 file, 2002-01-01 to 2004-01-01" in err
    code, out, _ = run("lake", "status")
    assert "counts:counts" in out
    code, out, _ = run("lake", "verify")
    assert (code, " ".join(out.split())) == (0, f"{tmp_path / 'lake'}: sound, 1 entry")
    code, out, _ = run("lake", "export", "counts:counts", "out.csv")
    assert "out.csv: 3 rows kept of counts:counts" in " ".join(out.split())
    code, out, _ = run("lake", "forget", "counts.csv")
    assert "1 forgotten: counts.csv" in " ".join(out.split())


def test_every_command_prints_json(run):
    code, out, _ = run("ingest", "counts.csv", "--json")
    made = json.loads(out)
    facts = made["facts"]
    assert (code, facts["kept"], facts["files"]) == (0, 3, {"ingested": 1})
    assert made["rows"][0]["skipped"] == 1
    assert json.loads(run("lake", "status", "--json")[1])["rows"][0]["source"] == "counts:counts"
    assert (
        json.loads(run("lake", "status", "--files", "--json")[1])["rows"][0]["name"] == "counts.csv"
    )
    assert json.loads(run("lake", "verify", "--json")[1])["facts"]["faults"] == []
    assert (
        json.loads(run("lake", "export", "counts:counts", "a.parquet", "--json")[1])["facts"][
            "rows"
        ]
        == 3
    )
    assert json.loads(run("lake", "forget", "counts.csv", "--json")[1])["facts"]["forgotten"] == [
        "counts.csv"
    ]


def test_a_refused_file_fails_the_command_and_keeps_the_others(run, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    code, out, err = run("ingest", "bad.csv", "counts.csv")
    assert code == 2
    assert "quadrille: 1 file refused, the others are in the lake; the first: bad.csv" in err
    assert "1 ingested, 1 refused; 3 rows kept" in " ".join(out.split())


def test_all_refused_is_not_said_to_be_in_the_lake(run, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    code, _, err = run("ingest", "bad.csv")
    assert code == 2
    assert "1 file refused; the first: bad.csv" in err


def test_what_was_left_out_can_be_seen(run):
    run("ingest", "counts.csv")
    code, out, _ = run("lake", "status", "--reasons", "--json")
    assert code == 0
    (row,) = json.loads(out)["rows"]
    assert (row["source"], row["fate"], row["reason"], row["rows"]) == (
        "counts:counts", "skipped", "target is no known state", 1,
    )  # fmt: skip
    code, out, _ = run("lake", "export", "counts:counts", "skipped.csv", "--kind", "skipped")
    assert (code, out) == (0, "skipped.csv: 1 rows skipped of counts:counts\n")
    code, _, err = run("lake", "export", "counts:counts", "no/out.csv")
    assert (code, "cannot write there (no such folder)" in err) == (2, True)
    code, _, err = run("lake", "status", "--reasons", "--files")
    assert (code, "not both" in err) == (2, True)


def test_a_mistyped_lake_is_not_passed_over_in_silence(run, monkeypatch):
    code, out, err = run("relation", "PAK", "RUS", "--csv", "--lake", "no-such")
    assert (code, out) == (2, "")
    assert "no-such: there is no lake" in err
    monkeypatch.setenv("QUADRILLE_LAKE", "no-such")
    code, out, err = run("relation", "PAK", "RUS", "--csv")
    assert code == 0
    assert out
    assert "no-such: there is no lake; the embedded chronicle is read instead" in err
    code, _, err = run("relation", "PAK", "RUS", "--data", "lake:a", "--data", "lake:b")
    assert (code, "lake:a is read alone" in err) == (2, True)


def test_the_lake_is_where_the_option_says(run, tmp_path):
    assert run("ingest", "counts.csv", "--lake", "other")[0] == 0
    assert (tmp_path / "other" / "catalogue.duckdb").is_file()
    assert not (tmp_path / "lake").exists()


def test_a_broken_lake_fails_verify(run, tmp_path):
    run("ingest", "counts.csv")
    next((tmp_path / "lake" / "data").rglob("*.parquet")).unlink()
    code, _, err = run("lake", "verify")
    assert code == 2
    assert "is missing" in err


def test_pull_fetches_and_ingests(run, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    with zipfile.ZipFile(site / "atop_5.1__.csv_.zip", "w") as z:
        z.writestr("ATOP 5.1 (.csv)/counts.csv", COUNTS)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(site))

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_address[1]}/"
        code, out, _ = run("pull", "atop", "--address", place, "--into", "here")
        assert (code, out) == (0, "1 files in here; take them in with: quadrille ingest here\n")
        code, out, _ = run("pull", "atop", "--address", place, "--into", "here", "--json")
        assert json.loads(out)["rows"][0]["how"] == "already there"
        code, out, err = run("pull", "atop", "--address", place, "--into", "here", "--ingest")
        assert code == 0, err
        assert "1 ingested; 3 rows kept" in " ".join(out.split())
        server.shutdown()
