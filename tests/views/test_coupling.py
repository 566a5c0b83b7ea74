"""Ties together as people read them: one model, connectedness, responses, the pivot, its windows."""

from __future__ import annotations

import json

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.coupling.pivot import pivot_of, rolling_pivot_of
from quadrille.coupling.result import Coupled
from quadrille.errors import InputError, OptionError
from quadrille.views.text import to_text

TINY = CoupleConfig(chains=2, draws=60, warmup=60, thin=1)
FEW = {"chains": 2, "draws": 60, "warmup": 60, "thin": 1}
STATES = ("PAK", "RUS", "USA", "IND")


@pytest.fixture(scope="module", params=["chronicle", "yearly", "scored"])
def world(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def model(world):
    return coupled_of(STATES, world.measurement(), TINY)


@pytest.fixture(scope="module")
def results(world, model):
    """Return every result of this room on one kind of data."""
    m = world.measurement()
    return {
        "couple": model,
        "connectedness": quadrille.connectedness(model=model),
        "responses": quadrille.responses("RUS", "PAK", model=model, horizon=4),
        "pivot": pivot_of(m, "PAK", "RUS", "USA", config=TINY, quick=True),
        "rolling_pivot": rolling_pivot_of(m, "PAK", "RUS", "USA", width=10, step=20, config=TINY),
    }


KINDS = ("couple", "connectedness", "responses", "pivot", "rolling_pivot")


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "connectedness"])
def test_figures_hold_what_they_show(results, kind):
    for width in WIDTHS:
        check_axes(results[kind].plot(width))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_pair_has_a_cell(results, width):
    spec = results["connectedness"].plot(width).to_dict()
    (rows,) = spec["datasets"].values()
    assert len(rows) == len(results["connectedness"].dyads) ** 2
    assert spec["width"] <= max(width, 52 * 6)


@pytest.mark.parametrize("kind", KINDS)
def test_text_fits_and_says_first_what_is_not_reliable(results, kind):
    text = to_text(results[kind].view())
    assert max(map(len, text.splitlines())) <= 80
    assert "-0.00" not in text
    if kind != "rolling_pivot":
        assert text.startswith("NOT RELIABLE. ")
        assert " ".join(text.split()).count("NOT RELIABLE") == 2  # and in the line on the draws


@pytest.mark.parametrize("kind", KINDS)
def test_the_envelope_names_unit_and_data(results, kind):
    made = json.loads(results[kind].to_json())
    assert made["kind"] == kind
    assert made["data"] in ("chronicle", "counts:made", "scores:made")
    assert made["rows"]
    facts = made["facts"]
    assert kind == "couple" or "model" in facts or "unit" in facts


def test_scores_are_not_called_net_cooperation(results, world):
    if world.panel.kind != "scores":
        return
    for result in results.values():
        assert "net cooperation" not in str(result)
        assert "log odds" not in str(result)


def test_the_order_asked_for_is_kept(results):
    assert results["responses"].label == "RUS-PAK"
    assert "Russia–Pakistan" in str(results["responses"])
    assert results["responses"].tie == "PAK-RUS"


def test_the_pivot_says_its_verdict_and_what_a_quick_run_left_out(results):
    asked = results["pivot"]
    said = asked.view().sentences
    assert said[0].startswith("When Pakistan–United States warms by one typical shock")
    assert any(word in said[1] for word in ("Undetermined", "Substitution", "Complement"))
    assert "evidence" in said[1]
    assert said[2].startswith("Placebo: the United States ranks ")
    assert "A quick run left out most of the sweeps" in str(asked)


# ---------------------------------------------------------------- commands


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("coupled") / "m.nc"
    model = quadrille.couple(["Pakistan", "Russia", "US"], "chronicle", **FEW)
    assert model.save(path) == path
    return path


ARGS = ("--chains", "2", "--draws", "60", "--warmup", "60", "--thin", "1")


def test_couple_writes_a_model(run, tmp_path):
    code, out, err = run("couple", "Pakistan", "Russia", "US", "--out", "m.nc", *ARGS)
    assert code == 0, err
    assert "PAK–RUS" in out
    assert out.startswith("NOT RELIABLE")  # 120 draws are too few, and it says so
    assert "written: m.nc" in err
    made = Coupled.load(tmp_path / "m.nc")
    assert made.dyads == ("PAK-RUS", "PAK-USA", "RUS-USA")
    assert made.provenance["config"]["draws"] == 60


def test_couple_without_a_place_writes_nothing_and_says_how(run, tmp_path):
    code, out, err = run("couple", "PAK", "RUS", "--json", *ARGS)
    assert code == 0
    assert "not kept; --out FILE.nc keeps it" in err
    assert not list(tmp_path.iterdir())
    made = json.loads(out)
    assert made["facts"]["dyads"] == ["PAK-RUS"]
    assert made["trusted"] is False
    assert made["facts"]["provenance"]["seed"] == 1
    assert {r["dyad"] for r in made["rows"]} == {"PAK-RUS"}


def test_connectedness_of_a_file(run, file, tmp_path):
    code, out, err = run("connectedness", "--model", file, "--plot", "c.svg")
    assert code == 0, err
    assert "of the forecast variance" in out
    assert (tmp_path / "c.svg").stat().st_size > 1000
    made = json.loads(run("connectedness", "--model", file, "--json")[1])
    assert len(made["facts"]["pairs"]) == 9
    assert 0 <= made["facts"]["total"] <= 1


def test_responses_of_a_file(run, file):
    code, out, err = run(
        "responses", "RUS", "PAK", "--model", file, "--order", "PAK-USA", "--plot", "r.json"
    )
    assert code == 0, err
    assert "recursive" in out
    table = run("responses", "PAK", "RUS", "--model", file, "--csv", "--horizon", "2")[1]
    assert len(table.splitlines()) == 1 + 3 * 3


def test_pivot_as_json(results):
    made = json.loads(results["pivot"].to_json())
    facts = made["facts"]
    assert facts["dyad"] == "PAK-RUS"
    assert facts["placebos"] == len(made["rows"]) - 1
    assert facts["response_lo90"] < facts["response"] < facts["response_hi90"]
    assert facts["left_out"]


def test_rolling_pivot_as_csv(run):
    code, out, err = run("rolling-pivot", "PAK", "RUS", "--on", "USA", "--width", "36", "--step", "36", "--csv")  # fmt: skip
    assert code == 0, err
    assert out.splitlines()[0] == "first,last,lo90,median,hi90,p_negative,trusted"


@pytest.mark.parametrize(
    ("args", "match"),
    [
        (["couple", "PAK", "Atlantis"], "unknown state"),
        (["couple", "PAK", "RUS", "--out", "m.xyz"], r"\.nc"),
        (["couple", "PAK", "RUS", "--prior", "flat", *ARGS], "network, world, minnesota"),
        (["connectedness"], "needs states, or a model"),
        (["connectedness", "--model", "none.nc"], "cannot be read"),
        (["connectedness", "PAK", "--model", "none.nc"], "states cannot be given with a model"),
        (["responses", "PAK", "RUS", "--model", "x.nc", "--until", "2010"], "until cannot be given"),
        (["pivot", "PAK", "RUS", "--on", "PAK"], "different states"),
        (["rolling-pivot", "PAK", "RUS", "--on", "USA", "--width", "500"], "a window of 500"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(run, args, match):
    code, out, err = run(*args)
    assert code == 2
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith("quadrille: ")
    with pytest.raises(InputError, match=match):
        raise InputError(line)


def test_files_of_a_model(file, tmp_path):
    model = Coupled.load(file)
    model.save(tmp_path / "m.csv")
    assert pl.read_csv(tmp_path / "m.csv").height == 3 * len(model.periods)
    with pytest.raises(OptionError, match="ends in"):
        model.save(tmp_path / "m.xyz")
