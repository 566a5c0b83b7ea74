"""Sentences and dates from draws made by hand."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np

from quadrille.brief.words import neutral_words, tie_sentence
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


def test_a_start_inside_a_hole_is_given_as_its_bounds():
    x = np.ones((10, 12))
    x[:, :5] = -1
    tie = make_tie(x)
    gap = dataclasses.replace(tie, y=np.where(np.arange(12) % 8 < 4, 1.0, np.nan))
    text = tie_sentence(gap, NAMES)
    assert "since some time between 2004 and 2007, when nothing was observed;" in text
