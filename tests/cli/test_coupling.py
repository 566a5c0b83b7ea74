"""Commands on ties together."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from quadrille.cli.main import app
from quadrille.coupling.result import Coupled
from quadrille.errors import InputError

FEW = ["--chains", "2", "--draws", "60", "--warmup", "60", "--thin", "1"]


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=True)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("coupled") / "m.nc"
    got = run("couple", "Pakistan", "Russia", "US", "--out", path, *FEW)
    assert got.exit_code == 0, got.output
    assert "PAK-RUS" in got.stdout
    assert "NOT RELIABLE" in got.output  # 120 draws are too few, and it says so
    return path


def test_couple_writes_a_model(file):
    model = Coupled.load(file)
    assert model.dyads == ("PAK-RUS", "PAK-USA", "RUS-USA")
    assert model.provenance["config"]["draws"] == 60


def test_couple_as_json(tmp_path):
    got = run("couple", "PAK", "RUS", "--out", tmp_path / "m.nc", "--json", *FEW)
    facts = json.loads(got.stdout)
    assert facts["dyads"] == ["PAK-RUS"]
    assert facts["diagnostics"]["trusted"] is False
    assert facts["provenance"]["seed"] == 1
    assert len(facts["rows"]) == 1


def test_connectedness_of_a_file(file, tmp_path):
    got = run("connectedness", file, "--plot", tmp_path / "c.svg")
    assert got.exit_code == 0, got.output
    assert "Total: " in got.stdout
    assert (tmp_path / "c.svg").stat().st_size > 1000
    facts = json.loads(run("connectedness", file, "--json").stdout)
    assert len(facts["rows"]) == 9
    assert 0 <= facts["total"] <= 1


def test_responses_of_a_file(file, tmp_path):
    got = run(
        "connectedness",
        file,
        "--of",
        "RUS-PAK",
        "--order",
        "PAK-USA",
        "--plot",
        tmp_path / "r.json",
    )
    assert got.exit_code == 0, got.output
    assert "recursive" in got.stdout
    table = run("connectedness", file, "--of", "PAK-RUS", "--csv", "--horizon", "2").stdout
    assert len(table.splitlines()) == 1 + 3 * 3


def test_pivot_quick(tmp_path):
    got = run(
        "pivot", "PAK", "RUS", "--on", "USA", "--quick", "--json", "--plot", tmp_path / "p.svg"
    )
    assert got.exit_code == 0, got.output
    facts = json.loads(got.stdout)
    assert facts["tie"] == "PAK-RUS"
    assert facts["placebos"] == 2
    assert facts["response_lo90"] < facts["response"] < facts["response_hi90"]
    assert facts["gave_up"]
    assert facts["sentences"][0].startswith("When PAK–USA warms by one typical shock")
    assert (tmp_path / "p.svg").stat().st_size > 1000


def test_rolling_pivot():
    got = run("pivot", "PAK", "RUS", "--on", "USA", "--rolling", "--csv")
    assert got.exit_code == 0, got.output
    assert got.stdout.splitlines()[0] == "first,last,lo90,median,hi90,p_negative,trusted"


@pytest.mark.parametrize(
    ("args", "match"),
    [
        (["couple", "PAK", "Atlantis"], "unknown state"),
        (["couple", "PAK", "RUS", "--out", "m.csv"], r"\.nc"),
        (["couple", "PAK", "RUS", "--prior", "flat", *FEW], "network, minnesota"),
        (["connectedness", "none.nc"], "cannot be read"),
        (["pivot", "PAK", "RUS", "--on", "PAK"], "different states"),
        (["pivot", "PAK", "RUS", "--on", "FRA", "--quick"], "FRA"),
    ],
)
def test_bad_input_is_one_line(args, match):
    got = run(*args)
    assert isinstance(got.exception, InputError)
    assert "\n" not in str(got.exception)
    with pytest.raises(InputError, match=match):
        raise got.exception
