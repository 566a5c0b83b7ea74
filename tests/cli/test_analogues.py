"""``quadrille analogues`` as a person meets it."""

from __future__ import annotations

import json
from io import StringIO

import polars as pl
import pytest

YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"


BAD = {
    "same states": (["analogues", "PAK", "RUS", "--on", "PAK"], "different states"),
    "no window": (["analogues", "PAK", "RUS", "--on", "USA", "--window", "0"], "at least 1"),
    "no layer": (["analogues", "PAK", "RUS", "--on", "USA", "--layer", "none.csv"], "none.csv"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_2(run, case):
    args, message = BAD[case]
    code, out, err = run(*args)
    assert code == 2
    last = err.strip().splitlines()[-1]
    assert last.startswith("quadrille: ")
    assert message in last
    assert out == ""


def test_analogues_of_the_chronicle(run, tmp_path):
    code, out, err = run(
        "analogues", "PAK", "RUS", "--on", "USA", "--rival", "IND", "--plot", "a.svg"
    )
    assert code == 0
    assert "figure: a.svg" in err
    assert "60 ordered triads" in out
    assert "Base rates as the class narrows" in out
    assert "Sensitivity" in out
    assert "Verdict: " in out
    assert "rival of PAK (coldest tie): IND" in out


def test_analogues_json_and_csv_agree(run):
    args = ("analogues", "PAK", "RUS", "--on", "USA")
    _, text, _ = run(*args, "--json")
    _, table, _ = run(*args, "--csv")
    made, rows = json.loads(text), pl.read_csv(StringIO(table))
    assert made["tie"] == "PAK-RUS"
    assert made["rules"]["window"] == 2
    assert len(made["rows"]) == rows.height
    assert made["classes"][0]["cases"] + made["classes"][0]["contrast_cases"] == rows.height


@pytest.mark.slow
def test_analogues_of_the_world(run, data_dir):
    args = ("analogues", "PAK", "RUS", "--on", "USA", "--data", data_dir / YEARLY, "--json")
    code, text, _ = run(*args)
    assert code == 0
    made = json.loads(text)
    assert made["triads"] > 500_000
    assert made["classes"][0]["cases"] > 10_000
    assert made["verdict"].startswith("mostly lasted")
    assert made["rivals"] == ["ISR"]
    _, text, _ = run(*args, "--layer", data_dir / "cow" / "tss_rivalries.parquet")
    listed = json.loads(text)
    assert "IND" in listed["rivals"]
    assert listed["rivalry"].startswith("listed in ")
    assert listed["classes"][0]["cases"] == made["classes"][0]["cases"]
