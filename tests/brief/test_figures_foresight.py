"""Pictures of scenarios and reference classes."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.brief.figures import save_figure
from quadrille.brief.figures_foresight import analogues_figure, scenario_figure
from quadrille.brief.words_foresight import (
    implausible_words,
    scenario_sentences,
    survival_sentence,
    survival_table,
)
from quadrille.coupling.result import Diagnostics
from quadrille.foresight.scenario import Reading, Scenario
from quadrille.panel.units import COOPERATION


def scenario(shift=-1.0, level=0.0, trusted=True, frequency="M"):
    """A scenario of six periods that moves the tie by ``shift`` on average."""
    rng = np.random.default_rng(0)
    base = level + rng.normal(size=(400, 6))
    mean = np.full((400, 6), level)
    moved = np.broadcast_to(shift + 0.1 * rng.normal(size=(400, 1)), (400, 6))
    readings = tuple(
        Reading(way, "named", base + moved, base, mean + moved, mean, np.full((1, 6), shift),
                1.2, 0.55, surprise, 1.0, 1.0, 1)
        for way, surprise in (("see", 0.3), ("do", 0.002))
    )  # fmt: skip
    fit = Diagnostics(1.0 if trusted else 1.3, 900.0, 900.0, "mu", 4, 1000, 1000, 50)
    step = 12 if frequency == "Y" else 1
    at = [2020 * 12 + step * (k + 1) for k in range(6)]
    return Scenario(
        "PAK-RUS", ("PAK-USA goes up",), tuple(date(m // 12, m % 12 + 1, 1) for m in at),
        tuple(step * (k + 1) for k in range(6)), frequency, "made", "cordiality", COOPERATION, 0.0,
        date(2020, 1, 1), 0.8, readings, {"PAK-USA": base + 1}, {"PAK-USA": base}, fit, {},
    )  # fmt: skip


@pytest.mark.parametrize("frequency", ["M", "Y"])
def test_a_scenario_has_a_panel_a_reading_and_one_for_what_is_supposed(tmp_path, frequency):
    chart = scenario_figure(scenario(frequency=frequency))
    panels = chart.to_dict()["vconcat"]
    titles = [p["title"]["text"] for p in panels]
    assert titles[0].startswith("PAK–RUS, seen")
    assert titles[1].startswith("PAK–RUS, done")
    assert titles[2] == "PAK–USA, as supposed"
    save_figure(chart, tmp_path / "fan.png")
    assert (tmp_path / "fan.png").read_bytes()[:4] == b"\x89PNG"


def test_base_rates_leave_out_empty_classes(tmp_path):
    row = {
        "class": "one", "cases": 12, "dyads": 11, "warmer_rate": 0.7, "warmer_lo90": 0.5,
        "warmer_hi90": 0.9, "contrast_warmer": 0.6,
    }  # fmt: skip
    chart = analogues_figure(pl.DataFrame([row, {**row, "class": "two", "cases": 0}]), "made")
    save_figure(chart, tmp_path / "rates.svg")
    text = (tmp_path / "rates.svg").read_text()
    assert "12 cases, 11 dyads" in text
    assert "two" not in text


def test_sentences_say_what_the_band_allows():
    cools, zero = scenario(-1.0), scenario(0.0)
    assert scenario_sentences(cools)[0].startswith(
        "Seen: cools PAK–RUS: expected change by 2020-07 -1.0"
    )
    assert scenario_sentences(scenario(1.0))[1].startswith("Done: warms PAK–RUS")
    assert "a band that covers zero" in scenario_sentences(zero)[0]
    assert "has not converged" in scenario_sentences(scenario(-1.0, trusted=False))[0]
    assert "? undetermined: " in survival_sentence(cools)
    assert "? yes, most likely: 1.00 (see) and 1.00 (do)." in survival_sentence(scenario(0.0, 9.0))
    assert "? no, most likely: 0.00" in survival_sentence(scenario(0.0, -9.0))
    assert "undetermined (not converged)" in survival_sentence(scenario(0.0, 9.0, trusted=False))
    see, do = cools.readings
    assert implausible_words(see).startswith("nothing out of the ordinary")
    assert implausible_words(do).startswith("far out of the ordinary")
    table = survival_table(cools, None)
    assert table["reading"].to_list() == ["without", "see", "do"]
    assert table["p_above"][0] > table["p_above"][1]
