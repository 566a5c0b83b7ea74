"""Scenarios as people and machines meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import StringIO

import numpy as np
import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.coupling.result import Diagnostics
from quadrille.errors import OptionError
from quadrille.foresight.conditions import Supposed, parse
from quadrille.foresight.outcome import Hazards, Reading, Scenario
from quadrille.foresight.scenario import scenario_of
from quadrille.foresight.survival import hazards_of
from quadrille.panel.units import COOPERATION, Unit
from quadrille.views.text import to_text
from quadrille.views.whatif import _implausible, _named, _shown_steps, _survival, _verdict

IF = ("--if", "PAK-USA normalises over 24 months")
TINY = CoupleConfig(chains=2, draws=60, warmup=60, thin=1)


def scenario(shift=-1.0, level=0.0, trusted=True, frequency="M", shape=(1,) * 6, unit=COOPERATION):
    """A scenario of six periods that moves the tie by ``shift`` times ``shape`` on average."""
    rng = np.random.default_rng(0)
    base = level + rng.normal(size=(400, 6))
    mean = np.full((400, 6), level)
    moved = (shift + 0.1 * rng.normal(size=(400, 1))) * np.array(shape, dtype=float)
    readings = tuple(
        Reading(way, "named", base + moved, base, np.full(6, 0.7), np.full(6, 0.8), mean + moved, mean, np.full((1, 6), shift),
                1.2, 0.55, surprise, 1.0, 1.0, 1)
        for way, surprise in (("see", 0.3), ("do", 0.002))
    )  # fmt: skip
    fit = Diagnostics(1.0 if trusted else 1.3, 900.0, 900.0, "mu", 4, 1000, 1000, 50)
    step = 12 if frequency == "Y" else 1
    at = [2020 * 12 + step * (k + 1) for k in range(6)]
    return Scenario(
        "PAK-RUS", (Supposed(parse("PAK-USA stays"), "goes up"),), tuple(date(m // 12, m % 12 + 1, 1) for m in at),
        tuple(step * (k + 1) for k in range(6)), frequency, "made", "cordiality", unit, 0.0,
        date(2020, 1, 1), 0.8, readings, {"PAK-USA": base + 1}, {"PAK-USA": base}, fit, {},
    )  # fmt: skip


@pytest.mark.parametrize("frequency", ["M", "Y"])
def test_a_scenario_has_a_panel_a_reading_and_one_for_what_is_supposed(frequency):
    chart = scenario(frequency=frequency).plot()
    titles = [" ".join(p["title"]["text"]) for p in chart.to_dict()["vconcat"]]
    assert titles[0].startswith("Pakistan–Russia, seen")
    assert titles[1].startswith("Pakistan–Russia, done")
    assert titles[2] == "Pakistan–United States, as supposed"


@pytest.mark.parametrize("kind", ["chronicle", "yearly", "scored"])
def test_figures_and_text_on_every_kind_of_data(request, kind):
    world = request.getfixturevalue(kind)
    model = coupled_of(("PAK", "RUS", "USA"), world.measurement(), TINY)
    made = scenario_of(model, "RUS", "PAK", [parse("USA-PAK is warm in month 12")], 36)
    for width in WIDTHS:
        check_axes(made.plot(width))
    text = to_text(made.view())
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("NOT RELIABLE. 2 chains")
    assert "Russia–Pakistan" in text
    assert "If United States–Pakistan lies above the neutral level" in text
    assert ("net cooperation" in " ".join(text.split())) == (kind != "scored")
    assert "-0.00" not in text


def test_sentences_say_what_the_band_allows():
    cools, zero = scenario(-1.0), scenario(0.0)
    see, do = cools.readings
    assert _verdict(cools, see).startswith(
        "Seen (conditional forecast): cools Pakistan–Russia: the largest expected change is −1.0"
    )
    warms = scenario(1.0)
    assert _verdict(warms, warms.readings[1]).startswith(
        "Done (intervention): warms Pakistan–Russia"
    )
    assert "a band that covers zero" in _verdict(zero, zero.readings[0])
    doubtful = scenario(-1.0, trusted=False)
    assert "has not converged" in _verdict(doubtful, doubtful.readings[0])
    assert doubtful.view().warnings
    assert "? undetermined: " in _survival(cools)
    assert "? yes, most likely (0.9 or more): > 0.99 (see) and > 0.99 (do)." in _survival(
        scenario(0.0, 9.0)
    )
    assert "? no, most likely (0.1 or less): < 0.01" in _survival(scenario(0.0, -9.0))
    assert "undetermined (not converged)" in _survival(scenario(0.0, 9.0, trusted=False))
    assert _implausible(see).startswith("nothing out of the ordinary")
    assert _implausible(do).startswith("far out of the ordinary")


def test_the_verdict_is_about_the_largest_change_and_then_the_last_month():
    made = scenario(-1.0, shape=(0.1, 1.0, 0.5, 0.1, 0.0, 0.0))
    said = _verdict(made, made.readings[0])
    assert "the largest expected change is −1.0" in said
    assert "in 2020-03 (month 2); by 2020-07 (month 6) it is undetermined: 0.00" in said


def test_the_table_has_the_months_of_the_conditions_and_of_the_largest_change():
    made = replace(scenario(-1.0, shape=(0.1, 0.2, 0.3, 1.0, 0.1, 0.1)), marked=(4,))
    assert _shown_steps(made, made.readings[0]) == [1, 2, 3, 4, 5]
    months = [row[1] for row in made.view().grids[0].rows]
    assert months == ["2", "3", "4", "5", "6"]


def test_survival_is_shown_without_and_with_the_conditions():
    rows = scenario(-1.0).view().grids[2].rows
    assert [row[0] for row in rows] == ["without", "see", "do"]
    assert float(rows[0][1]) > float(rows[1][1])


def test_where_seen_and_done_differ_the_other_end_is_offered():
    made = scenario(-1.0)
    see, do = made.readings
    apart = replace(made, readings=(see, replace(do, mean=do.base_mean)))
    said = " ".join(apart.view().sentences)
    assert "Seen and done differ in " in said
    assert 'the other end is “do at once”, which --way all (in Python: way="all") adds' in said
    assert "differ in" not in " ".join(made.view().sentences)


def test_a_warm_spell_and_a_thaw_are_told_apart():
    table = pl.DataFrame(
        {"month": [6], "without": [0.9], "hazard": [0.5], "hazard_lo90": [0.4], "hazard_hi90": [0.6], "differ": [True]}
    )  # fmt: skip
    made = replace(scenario(), hazards=Hazards(table, (date(2019, 1, 1), 12, True), 30))
    said = made.view()
    assert "which began in 2019-01 and is 12 months old" in " ".join(said.sentences)
    assert "they differ" in " ".join(said.sentences)
    assert any("a thaw is a move" in note for note in said.notes)


def test_of_a_tie_that_is_not_warm_now_no_survival_is_told():
    made = replace(scenario(), p_warm_now=0.34)
    assert hazards_of(made, None, {}, None).table is None
    said = " ".join(replace(made, hazards=Hazards(None, why="not warm")).view().sentences)
    assert (
        "Pakistan–Russia is not warm in 2020-01, so that there is no warm spell to survive." in said
    )
    assert "Is Pakistan–Russia warm in 2020-07 under the conditions?" in said
    assert "still warm" in " ".join(scenario().view().sentences)


def test_units_of_scores():
    made = scenario(unit=Unit("arsinh(score / 8.4)", "cordiality score (arsinh)"))
    text = str(made)
    assert "net cooperation" not in text
    assert "cordiality score (arsinh), median" in text


# ---------------------------------------------------------------- question and command


@pytest.fixture(scope="module")
def rough(tmp_path_factory):
    """A model of three ties with too few draws to trust."""
    path = tmp_path_factory.mktemp("model") / "rough.nc"
    few = {"chains": 2, "draws": 150, "warmup": 100, "thin": 1}
    quadrille.couple(["PAK", "RUS", "USA"], "chronicle", **few).save(path)
    return path


def test_whatif_echoes_answers_and_says_when_not_to_trust(run, rough):
    code, out, _ = run("whatif", "Pakistan", "Russia", *IF, "--model", rough, "--way", "all")
    assert code == 0
    assert out.startswith("NOT RELIABLE. ")
    out = " ".join(out.split())
    assert "If Pakistan–United States goes in equal steps" in out
    for way in ("Seen", "Done", "Done at once"):
        assert f"{way} (" in out
    assert "ordered last" in out
    assert "of throws differs from a fair one" in out
    assert 'with --against record (in Python: against="record")' in out
    assert "Seen (conditional forecast): undetermined, since the sampling has not converged" in out
    assert "undetermined (not converged)" in out
    assert "always" in out


def test_whatif_json_and_csv_agree(run, rough):
    args = ("whatif", "PAK", "RUS", *IF, "--model", rough, "--horizon", "48", "--floor", "0.1")
    _, text, _ = run(*args, "--json")
    _, table, _ = run(*args, "--csv")
    made, rows = json.loads(text), pl.read_csv(StringIO(table))
    facts = made["facts"]
    assert facts["dyad"] == "PAK-RUS"
    assert facts["floor"] == 0.1
    assert {k: v["also"] for k, v in facts["readings"].items()} == {
        "see": "conditional forecast", "do": "intervention",
    }  # fmt: skip
    assert facts["diagnostics"]["trusted"] is made["trusted"] is False
    assert [r["way"] for r in facts["survival"]] == ["see", "do"]
    assert len(made["rows"]) == rows.height == 8
    assert made["rows"][-1]["level"] == pytest.approx(rows["level"][-1])
    assert len(made["sentences"]) >= 3


def test_whatif_takes_a_scenario_file_and_draws(run, rough, tmp_path):
    (tmp_path / "s.toml").write_text(
        'horizon = 24\nif = ["PAK-USA is at 0.3 from year 1 on", "RUS-USA stays"]\n'
    )
    args = ("whatif", "PAK", "RUS", "--scenario", "s.toml", "--model", rough)
    code, out, err = run(*args, "--plot", "fan.png")
    assert code == 0
    assert "figure: fan.png" in err
    assert (tmp_path / "fan.png").read_bytes()[:4] == b"\x89PNG"
    out = " ".join(out.split())
    assert "has net cooperation +0.30 exactly, in every year from year 1 to the end" in out
    assert "What each condition adds" in out
    assert "Survival over 2 years" in out
    _, out, _ = run(*args, "--horizon", "36")
    assert "Survival over 3 years" in out
    assert "(year 3)" in " ".join(out.split()) and "month" not in out


def test_whatif_estimates_where_no_model_is_given(run):
    code, out, _ = run(
        "whatif", "PAK", "RUS", *IF, "--data", "chronicle", "--since", "2000", "--quick"
    )
    assert code == 0
    assert "Model: " in out
    last = quadrille.open("chronicle").panel.span[1].year
    assert f"P(warm) in the last period of the data, {last}: " in " ".join(out.split())
    assert "Survival by warm spells of the world: undetermined" in out


def test_the_record_is_a_field_of_the_scenario():
    with pytest.raises(OptionError, match="a record is made from past dates"):
        quadrille.whatif("PAK", "RUS", if_=["PAK-USA stays"], model="any.nc", against="record")


BAD = {
    "no condition": (["whatif", "PAK", "RUS"], "needs a condition"),
    "no phrase": (["whatif", "PAK", "RUS", "--if", "all is well"], "write one as"),
    "too far": (["whatif", "PAK", "RUS", *IF, "--horizon", "100000"], "horizon is 100000; it must be at least 1"),
    "no state": (["whatif", "PAK", "Atlantis", *IF], "unknown state 'Atlantis'"),
    "no tie": (["whatif", "PAK", "RUS", "--if", "IND-PAK stays", "--model", "ROUGH"], "IND-PAK"),
    "itself": (["whatif", "PAK", "RUS", "--if", "PAK-RUS stays", "--model", "ROUGH"], "conditions must be on other ties than PAK-RUS"),
    "no file": (["whatif", "PAK", "RUS", "--scenario", "none.toml"], "none.toml: cannot be read (No such"),
    "no model": (["whatif", "PAK", "RUS", *IF, "--model", "none.nc"], "(no such file); make it with"),
    "model and data": (
        ["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--until", "2010"], "until cannot be given with a model",
    ),
    "against": (["whatif", "PAK", "RUS", *IF, "--against", "guess"], "use one of hazards, record, both, none"),
    "way": (["whatif", "PAK", "RUS", *IF, "--way", "guess"], "use one of see, do, both, all"),
    "floor": (["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--floor", "2"], "between -1 and 1"),
    "json and csv": (
        ["whatif", "PAK", "RUS", *IF, "--model", "ROUGH", "--json", "--csv"], "not both",
    ),
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


def test_a_condition_carries_its_tie_in_the_order_asked():
    found = Supposed(parse("USA-PAK falls by 2 sd"), "lies above it")
    assert (found.tie, found.condition.size) == ("USA-PAK", -2.0)
    assert str(found) == "USA–PAK lies above it"
    assert _named(found.tie, found.what) == "United States–Pakistan lies above it"
