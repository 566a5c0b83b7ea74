"""``quadrille map guess``: what it proposes is TOML that reads the file."""

from __future__ import annotations

import csv
import sys

import polars as pl
import pytest

from quadrille.cli.main import main
from quadrille.sources.column_map import read_column_map
from quadrille.sources.formats import read_table


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*argv):
        monkeypatch.setattr(sys, "argv", ["quadrille", *map(str, argv)])
        with pytest.raises(SystemExit) as leave:
            main()
        out = capsys.readouterr()
        return leave.value.code, out.out, out.err

    return call


@pytest.mark.parametrize(
    "name",
    ["20190121220000.semicolon.CSV", "20201113.csv", "20201114.csv", "20201115.csv"],
)
def test_files_of_gdelt_saved_by_others(run, data_dir, tmp_path, name):
    path = data_dir / "gdelt_raw" / name
    made = tmp_path / f"{name}.map.toml"
    code, out, err = run("map", "guess", path, "--out", made)
    assert (code, out) == (0, "")
    assert str(made) in err.replace("\n", "")
    assert read_table(path, column_map=read_column_map(made)).data.equals(read_table(path).data)
    shown = run("map", "guess", path)[1]
    assert shown == made.read_text(encoding="utf-8")
    assert 'kind = "events"' in shown
    assert "% of" in shown
    assert "are states" in shown


def test_what_it_prints(run, tmp_path):
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows(
            [["Sender", "Receiver", "When", "CAMEO", "Goldstein"],
             ["Pakistan", "USSR", "17/03/1965", "042", "1.9"],
             ["India", "Pakistan", "18/03/1965", "190", "-10"],
             ["At\nlantis", "Pakistan", "19/03/1965", "190", "many"],
             ["Iran", "", "20/03/1965", "010", "0"]]
        )  # fmt: skip
    code, out, err = run("map", "guess", path)
    assert (code, err) == (0, "")
    assert out == (
        "# A proposal from the first 4 rows of mine.csv: check it.\n"
        'kind = "events"\n'
        'source = "Sender"  # 75.0% of 4 are states; not: At lantis\n'
        'target = "Receiver"  # 100.0% of 3 are states, 1 empty\n'
        'scheme = "icews"\n'
        'date = "When"  # 100.0% of 4 are dates\n'
        'date_format = "%d/%m/%Y"\n'
        'code = "CAMEO"  # 100.0% of 4 are CAMEO codes\n'
        'weight = "Goldstein"  # 75.0% of 4 are numbers; not: many\n'
    )


def test_yearly_counts_and_scores(run, data_dir):
    for folder, kind in (("icews_yearly", "counts"), ("icews_monthly_conflict", "counts"),
                         ("gdelt_monthly_score", "scores")):  # fmt: skip
        (path,) = (data_dir / folder).iterdir()
        code, out, _ = run("map", "guess", path)
        assert code == 0
        assert f'kind = "{kind}"' in out


def test_yearly_counts_of_ones_own(run, tmp_path):
    path = tmp_path / "c.parquet"
    pl.DataFrame(
        {"ccode1": [365, 750, 770], "ccode2": [770, 365, 2], "yr": [1999] * 3, "quad1": [1, 2, 3],
         "quad4": [0, 1, 0]}
    ).write_parquet(path)  # fmt: skip
    code, out, _ = run("map", "guess", path)
    assert code == 0
    assert 'scheme = "cow"' in out
    assert 'verbal_coop = ["quad1"]' in out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "colour,size\nred,3\nblue,4\ngreen,5\n", "it has no two columns of states"),
        ("a.csv", "who,whom,n\nPAK,RUS,1\nIND,CHN,2\nUSA,FRA,3\n", "no column of dates or years"),
        (
            "a.csv",
            "Event ID\tEvent Text\tCAMEO Code\n1\tx\t042\n",
            "ICEWS column 'Event Date' is missing",
        ),
        ("a.csv", "", "it is empty"),
    ],
)
def test_nothing_fits(run, tmp_path, name, content, says):
    path = tmp_path / name
    path.write_text(content)
    code, out, err = run("map", "guess", path)
    assert (code, out) == (2, "")
    assert err.startswith("quadrille: ")
    assert err.count("\n") == 1
    assert says in err


def test_a_known_file_that_cannot_be_read_gets_a_map(run, tmp_path):
    """A map beside it is the way out: it goes before the publisher's format."""
    rows = "".join(
        f"{k}\tin May\t2017-05-{k}\tIndia\tMake a visit\t042\t1\tPakistan\n" for k in range(10, 20)
    )
    path = tmp_path / "events.tab"
    head = "Event ID\tEvent Date\tDay\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Country"
    path.write_text(f"{head}\n{rows}")
    assert run("data", path)[0] == 2
    made = tmp_path / "events.tab.map.toml"
    code, _, _ = run("map", "guess", path, "--out", made)
    assert code == 0
    assert "# It looks like a file of ICEWS, but: " in made.read_text()
    assert "bad date ('in May'" in made.read_text()
    assert "10 events" in run("data", path)[1]


def test_known_files_zips_and_places_taken(run, data_dir, tmp_path):
    code, _, err = run("map", "guess", data_dir / "gdelt_raw" / "20170101073000.export.CSV")
    assert code == 2
    assert "is a file of GDELT and needs no map" in err
    (named,) = (data_dir / "icews_events").iterdir()
    assert "named ICEWS events and needs no map" in run("map", "guess", named)[2]
    zipped = tmp_path / "a.zip"
    zipped.write_bytes(b"PK\x03\x04" + b"\0" * 30)
    assert "is a zip; unpack it" in run("map", "guess", zipped)[2]
    table = data_dir / "gdelt_raw" / "20201113.csv"
    taken = tmp_path / "m.toml"
    taken.write_text("mine")
    assert "is there already" in run("map", "guess", table, "--out", taken)[2]
    assert taken.read_text() == "mine"
    assert (
        "cannot write there" in run("map", "guess", table, "--out", tmp_path / "no" / "m.toml")[2]
    )
    assert run("map", "guess", tmp_path / "nothing.csv")[0] == 2
