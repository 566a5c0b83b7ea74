"""Sentences and dates from draws made by hand."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from quadrille.brief.words import neutral_words, period_name, since_when, tie_sentence
from quadrille.measure.result import Diagnostics, Relation
from quadrille.panel.units import COOPERATION

HYPER = dict.fromkeys(("mu", "q", "rho", "phi"), (0.1, 0.5, 0.9))
NAMES = ("Pakistan", "Russia")


def make_tie(draws, neutral=0.0, n=None):
    draws = np.asarray(draws, float)
    n_time = draws.shape[1]
    return Relation(
        "PAK", "RUS", "cordiality", COOPERATION, "test", "Y", neutral,
        tuple(date(2000 + t, 1, 1) for t in range(n_time)), draws, draws[0], np.ones(n_time),
        np.full(n_time, 3.0) if n is None else n, HYPER, Diagnostics(True, 900.0, 8000, len(draws), 0.1),
    )  # fmt: skip


def test_since_when_is_a_distribution():
    early, late = [-1, 1, 1, 1, 1], [-1, -1, -1, 1, 1]
    made = since_when(make_tie([early] * 30 + [late] * 70))
    assert made.warm
    assert made.probability == 1.0
    assert (made.early.year, made.median.year, made.late.year) == (2001, 2003, 2003)


def test_since_when_counts_only_the_present_run():
    made = since_when(make_tie([[1, 1, -1, -1, -1]] * 10))
    assert not made.warm
    assert made.median.year == 2002


def test_a_sign_held_throughout_began_before_the_data():
    text = tie_sentence(make_tie([[1, 1, 1]] * 10), NAMES)
    assert text.startswith(
        "Pakistan–Russia in 2002: warm with probability > 0.99, since 2000 or before"
    )
    assert text.endswith("9 events in 3 of 3 periods (test).")


def test_near_the_line_is_undetermined():
    text = tie_sentence(make_tie([[0.1], [-0.1]] * 10), NAMES)
    assert "undetermined (P(warm) = 0.50)" in text


def test_warmth_is_measured_from_the_neutral_level():
    draws = [[1.0, 1.0]] * 10
    assert "warm with probability" in tie_sentence(make_tie(draws), NAMES)
    cold = make_tie(draws, neutral=2.0)
    assert "cold with probability" in tie_sentence(cold, NAMES)
    assert neutral_words(cold) == "warm: above the world's median tie, net cooperation +0.76"
    assert neutral_words(make_tie(draws)) == "warm: more cooperation than conflict"


def test_silence_at_the_end_is_said():
    tie = make_tie([[1.0, 1.0, 1.0]] * 10)
    quiet = dataclasses.replace(tie, y=np.array([1.0, np.nan, np.nan]))
    assert "in 1 of 3 periods, none in the last 2 (test)" in tie_sentence(quiet, NAMES)


def test_numbers_in_the_sentence_are_the_tables():
    rng = np.random.default_rng(0)
    tie = make_tie(rng.normal(1.0, 0.2, (200, 4)))
    row = tie.to_polars().row(-1, named=True)
    want = f"net cooperation {row['shown']:+.2f} (90% band {row['shown_lo90']:+.2f} to {row['shown_hi90']:+.2f})"
    assert want in tie_sentence(tie, NAMES)


@pytest.mark.parametrize(
    ("frequency", "name"), [("Y", "2011"), ("M", "2011-05"), ("D", "2011-05-02")]
)
def test_period_names(frequency, name):
    assert period_name(date(2011, 5, 2), frequency) == name
