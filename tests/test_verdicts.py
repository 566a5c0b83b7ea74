"""Three verdicts: one rule, wherever a verdict is printed."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.coupling.effects import Pivot, Responses
from quadrille.foresight.analogues import CLASSES, Analogues
from quadrille.foresight.outcome import Scenario
from quadrille.kernels.projection import Projection, RateRatio
from quadrille.readings.balance import Balance, Protests
from quadrille.readings.synchrony import Coincidence
from quadrille.verdicts import REGION, THRESHOLDS, Verdict, region_of, verdict_of

# Ends of a band in multiples of a standard deviation, away from the edges of the rule.
EDGES = (-REGION, 0.0, REGION)
END = st.floats(-0.4, 0.4).filter(lambda v: min(abs(v - e) for e in EDGES) > 1e-6)
BANDS = st.tuples(END, END).map(sorted).filter(lambda b: b[1] - b[0] > 1e-6)


def _blank(kind, **fields):
    """A result of which only some fields are ever looked at."""
    made = object.__new__(kind)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _model(sd):
    fit = SimpleNamespace(trusted=True)
    return SimpleNamespace(spread=lambda a, b: sd, diagnostics=fit)


def _pivot(lo, hi, sd):
    # Of 21 evenly spaced points the second and the last but one are the 5% and 95% quantiles.
    step = 4 * (hi - lo) * sd / 18
    response = 4 * lo * sd + step * (np.arange(21) - 1)
    return _blank(Pivot, a="A", b="B", horizon=3, response=response, model=_model(sd)).verdict


def _responses(lo, hi, sd):
    made = _blank(Responses, a="A", b="B", median=np.zeros((4, 1, 1)), model=_model(sd))
    return made.verdict(4 * lo * sd, 4 * hi * sd)


def _scenario(lo, hi, sd):
    made = _blank(Scenario, spread=sd, diagnostics=SimpleNamespace(trusted=True), readings=())
    return made.verdict({"diff_lo90": lo * sd, "diff_hi90": hi * sd})


def _balance(lo, hi, sd):
    one = np.zeros(1)
    got = Projection(one, one, one + lo * sd, one + hi * sd, np.array([50]))
    tie = SimpleNamespace(frequency="Y", omega=np.nan, spread=lambda shown: sd)
    made = _blank(Balance, x="X", y="Y", toward_x=got, toward_y=got, ties=(tie, tie))
    assert made.verdict("X") == made.verdict("Y")
    return made.verdict("X")


def _protests(lo, hi, _):
    ratio = RateRatio(1.0, 1.0, 1.0, 0.0, 0.0, math.exp(-hi), math.exp(-lo), 0.5, 9, 99)
    return _blank(Protests, rate=ratio).verdict


def _synchrony(lo, hi, _):
    excess = (lo * 0.5, hi * 0.5)
    rate = (0.5, (0.0, 1.0), 0.5, excess, 0.5)
    made = Coincidence("", 1.0, 1.0, *rate, *rate)
    assert made.verdicts == (made.verdict, made.verdict)
    return made.verdict


def _classes(lo, hi):
    return pl.DataFrame(
        {
            "class": [CLASSES[0]], "cases": [50], "dyads": [50], "warmer_lo90": [0.5 + lo * 0.5],
            "warmer_hi90": [0.5 + hi * 0.5], "effect_lo90": [lo * 0.5], "effect_hi90": [hi * 0.5],
        }
    )  # fmt: skip


def _analogues(lo, hi, _):
    made = _blank(Analogues, classes=_classes(lo, hi))
    assert (made.lasted.word, made.lasted.way) == (made.verdict.word, made.verdict.way)
    return made.verdict


PLACES = (_pivot, _responses, _scenario, _balance, _protests, _synchrony, _analogues)


@given(BANDS, st.floats(0.05, 5.0))
def test_the_same_numbers_give_the_same_verdict_everywhere(band, sd):
    lo, hi = band
    rule = verdict_of(lo, hi, REGION)
    for place in PLACES:
        got = place(lo, hi, sd)
        assert (got.word, got.way) == (rule.word, rule.way), place.__name__
        assert got.facts().keys() == rule.facts().keys()


@given(BANDS, st.floats(0.01, 1.0))
def test_the_rule(band, region):
    lo, hi = band
    got = verdict_of(lo, hi, region)
    inside = -region < lo and hi < region
    assert (got.word == "too small to matter") == inside
    assert (got.word == "moves it") == (not inside and (lo > 0 or hi < 0))
    assert got.way == (0 if got.word != "moves it" else 1 if lo > 0 else -1)
    turned = verdict_of(-hi, -lo, region)
    assert (turned.word, turned.way) == (got.word, -got.way)


@given(BANDS, st.floats(0.01, 1.0))
def test_a_narrower_band_never_takes_a_verdict_back(band, region):
    lo, hi = band
    wide, narrow = verdict_of(lo, hi, region), verdict_of(lo + (hi - lo) / 4, hi, region)
    if wide.word == "too small to matter":
        assert narrow.word == "too small to matter"
    if wide.way > 0:
        assert narrow.way > 0 or narrow.word == "too small to matter"


def test_nothing_is_judged_without_a_band_or_without_convergence():
    assert verdict_of(np.nan, 1.0, 0.1).word == "undetermined"
    assert verdict_of(0.5, 1.0, 0.1, trusted=False).word == "undetermined"
    assert verdict_of(-0.01, 0.01, np.nan).word == "undetermined"
    assert verdict_of(-0.01, 0.01, 0.0).word == "undetermined"


def test_the_region_grows_with_the_deviation_and_the_periods():
    assert region_of(2.0) == pytest.approx(0.2)
    assert region_of(2.0, periods=12) == pytest.approx(2.4)
    assert region_of(0.5) == pytest.approx(0.05)


def test_a_verdict_says_its_way():
    up = Verdict("moves it", 1, 0.2, 0.3, 0.1)
    assert up.said("warms", "cools") == "warms"
    assert replace(up, way=-1).facts() == {"word": "moves it", "way": "down", "lo90": 0.2, "hi90": 0.3, "region": 0.1}  # fmt: skip
    assert verdict_of(-1, 1, 0.1).said("warms", "cools") == "undetermined"


def test_the_page_has_the_table_of_thresholds():
    page = (Path(__file__).parents[1] / "docs/reference/verdicts.md").read_text(encoding="utf-8")
    for line in THRESHOLDS:
        assert f"| {line.judged} | {line.value:g} {line.unit} |" in page
