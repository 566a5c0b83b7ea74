"""``quadrille whatif`` and ``quadrille analogues`` as a person meets them."""

from __future__ import annotations

import json
from io import StringIO

import polars as pl
import pytest

from quadrille.coupling.model import CoupleConfig

IF = ("--if", "PAK-USA normalises over 24 months")
YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"


@pytest.fixture(scope="session")
def rough(tmp_path_factory):
    """A model of three ties with too few draws to trust."""
    from quadrille import couple

    config = CoupleConfig(chains=2, draws=150, warmup=100, thin=1)
    path = tmp_path_factory.mktemp("model") / "rough.nc"
    couple(["PAK", "RUS", "USA"], "chronicle", config=config).save(path)
    return path


def test_whatif_echoes_answers_and_says_when_not_to_trust(run, rough):
    code, out, err = run("whatif", "Pakistan", "Russia", *IF, "--model", rough, "--way", "all")
    assert code == 0
    assert "If PAK-USA goes in equal steps from where it is to its mean over all of the data" in out
    assert "NOT RELIABLE" in err
    assert "NOT RELIABLE" in out
    for way in ("see", "do", "do at once"):
        assert f"{way}: " in out
    assert "ordered last" in out
    assert "nats" in out
    assert "Seen: undetermined, the sampling has not converged" in out
    assert "undetermined (not converged)" in out
    assert "P(always warm)" in out


def test_whatif_json_and_csv_agree(run, rough):
    args = ("whatif", "PAK", "RUS", *IF, "--model", rough, "--horizon", "48", "--floor", "0.1")
    _, text, _ = run(*args, "--json")
    _, table, _ = run(*args, "--csv")
    made, rows = json.loads(text), pl.read_csv(StringIO(table))
    assert made["tie"] == "PAK-RUS"
    assert made["floor"] == 0.1
    assert set(made["readings"]) == {"see", "do"}
    assert made["diagnostics"]["trusted"] is False
    assert [r["way"] for r in made["survival"]] == ["see", "do"]
    assert len(made["rows"]) == rows.height == 8
    assert made["rows"][-1]["level"] == pytest.approx(rows["level"][-1])
    assert len(made["verdict"]) == 3


def test_whatif_takes_a_scenario_file_and_draws(run, rough, tmp_path):
    (tmp_path / "s.toml").write_text(
        'horizon = 24\nif = ["PAK-USA is at 0.3 from year 1 on", "RUS-USA stays"]\n'
    )
    args = ("whatif", "PAK", "RUS", "--scenario", "s.toml", "--model", rough)
    code, out, err = run(*args, "--plot", "fan.png")
    assert code == 0
    assert "figure: fan.png" in err
    assert (tmp_path / "fan.png").read_bytes()[:4] == b"\x89PNG"
    assert "has net cooperation +0.30 exactly, in every year from year 1 to the end" in out
    assert "What each condition adds" in out
    assert "Survival over 24 months" in out
    _, out, _ = run(*args, "--horizon", "36")
    assert "Survival over 36 months" in out


def test_whatif_estimates_where_no_model_is_given(run):
    code, out, _ = run(
        "whatif", "PAK", "RUS", *IF, "--data", "chronicle", "--since", "2000", "--quick"
    )
    assert code == 0
    assert "Model: " in out
    assert "chronicle to 2018" in out


BAD = {
    "no condition": (["whatif", "PAK", "RUS"], "needs a condition"),
    "no phrase": (["whatif", "PAK", "RUS", "--if", "all is well"], "write one as"),
    "too far": (["whatif", "PAK", "RUS", *IF, "--horizon", "100000"], "'--horizon': Input should be"),
    "no state": (["whatif", "PAK", "Atlantis", *IF], "unknown state 'Atlantis'"),
    "no tie": (["whatif", "PAK", "RUS", "--if", "IND-PAK stays", "--model", "ROUGH"], "IND-PAK"),
    "itself": (["whatif", "PAK", "RUS", "--if", "PAK-RUS stays", "--model", "ROUGH"], "answers itself"),
    "no file": (["whatif", "PAK", "RUS", "--scenario", "none.toml"], "none.toml: cannot be read (No such"),
    "no model": (["whatif", "PAK", "RUS", *IF, "--model", "none.nc"], "(no such file); make it with"),
    "model and data": (
        ["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--until", "2010"], "give --model, or",
    ),
    "floor": (["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--floor", "2"], "between -1 and 1"),
    "json and csv": (
        ["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--json", "--csv"], "not both",
    ),
    "same states": (["analogues", "PAK", "RUS", "--on", "PAK"], "different states"),
    "no window": (["analogues", "PAK", "RUS", "--on", "USA", "--window", "0"], "at least 1"),
    "no layer": (["analogues", "PAK", "RUS", "--on", "USA", "--layer", "none.csv"], "none.csv"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_2(run, rough, case):
    args, message = BAD[case]
    code, out, err = run(*[rough if a == "ROUGH" else a for a in args])
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
