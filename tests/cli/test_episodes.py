"""The commands on episodes and the dance: answers, machine-readable output, and errors."""

from __future__ import annotations

import json
from io import StringIO

import polars as pl
import pytest

from quadrille.readings.triangle import TYPES


def test_episodes_are_told_with_what_carried_them(run):
    code, out, err = run("episodes", "Pakistan", "USSR", "--until", "1991")
    assert (code, err) == (0, "")
    assert out.startswith("PAK-RUS, chronicle. An episode lasts at least 2 years")
    assert "Chill from 1966" in out
    assert "occupy Afghanistan" in out
    assert "Read as a tie that jumps between two regimes" in out


def test_episodes_json_and_csv_agree(run):
    _, text, _ = run("episodes", "PAK", "RUS", "--json")
    _, table, _ = run("episodes", "PAK", "RUS", "--csv")
    made, rows = json.loads(text), pl.read_csv(StringIO(table))
    assert [r["kind"] for r in made["rows"]] == rows["kind"].to_list()
    assert {c["episode"] for c in made["carried_by"]} == set(range(rows.height))
    assert made["least_length"] == 2
    assert len(made["periods"]) == 72
    assert "regimes_agree" in rows.columns


def test_synchrony_says_whether_more_than_chance(run):
    code, out, _ = run("synchrony", "PAK", "RUS", "--with", "PAK", "USA")
    assert code == 0
    assert "Thaws of PAK-RUS begin within 2 years of a fray of PAK-USA" in out
    assert "than by chance" in out
    _, text, _ = run("synchrony", "PAK", "RUS", "--with", "PAK", "USA", "--within", "1", "--json")
    made = json.loads(text)
    assert made["window"] == 1
    assert all(0 <= r["p"] <= 1 and 0 <= r["value"] <= 1 for r in made["rows"])


def test_the_dance_names_camps_and_ties(run):
    code, out, _ = run("dance", "PAK", "RUS", "IND", "USA")
    assert code == 0
    assert out.startswith("PAK–RUS–IND–USA in 2018: by the likelier signs 1 of 6 known ties")
    assert "proven optimal): RUS-IND; camps: PAK, RUS against IND, USA" in out.replace("\n", " ")
    _, text, _ = run("dance", "PAK", "RUS", "IND", "USA", "--json")
    made = json.loads(text)
    assert len(made["triangles"]) == 4
    for one in made["triangles"]:
        assert one["types"] == list(TYPES)
        assert all(sum(v or 0 for v in row) in (0, pytest.approx(1)) for row in one["transitions"])


def test_triads_are_summed_listed_and_written(run, tmp_path):
    code, out, _ = run("triads", "--out", "all.parquet", "--csv")
    assert code == 0
    rows = pl.read_csv(StringIO(out))
    assert rows["triads"].max() == 10
    assert pl.read_parquet(tmp_path / "all.parquet").height == 10 * rows.height
    _, text, _ = run("triads", "--state", "PAK", "--state", "Russia", "--json")
    assert len(json.loads(text)["rows"]) == 3
    _, shown, _ = run("triads", "--state", "PAK")
    assert "With PAK, last period" in shown


@pytest.mark.parametrize(
    "args",
    [
        ("episodes", "PAK", "RUS", "--least-amplitude", "-1"),
        ("episodes", "PAK", "RUS", "--least-length", "200"),
        ("synchrony", "PAK", "RUS", "--with", "RUS", "PAK"),
        ("synchrony", "PAK", "RUS", "--with", "PAK", "USA", "--within", "99"),
        ("dance", "PAK", "RUS"),
        ("dance", "PAK", "PAK", "RUS"),
        ("triads", "--out", "table.xlsx"),
        ("triads", "--since", "1947", "--until", "1947-01"),
    ],
)
def test_bad_input_is_one_line(run, args):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("quadrille: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "args",
    [
        ("episodes", "PAK", "RUS"),
        ("synchrony", "PAK", "RUS", "--with", "PAK", "USA"),
        ("dance", "PAK", "RUS", "USA"),
        ("triads",),
    ],
)
def test_each_can_draw(run, tmp_path, args):
    code, _, err = run(*args, "--plot", "figure.svg")
    assert (code, err) == (0, "figure: figure.svg\n")
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<svg")
