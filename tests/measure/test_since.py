"""Dates of a sign, from draws made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.measure.result import Diagnostics, Relation
from quadrille.measure.since import last_sure, since_when
from quadrille.panel.units import COOPERATION

HYPER = dict.fromkeys(("mu", "q", "rho", "phi"), (0.1, 0.5, 0.9))


def made(draws, y=None, frequency="Y"):
    draws = np.asarray(draws, float)
    n_time = draws.shape[1]
    if frequency == "Y":
        periods = tuple(date(1950 + t, 1, 1) for t in range(n_time))
    else:
        periods = tuple(date(2018 + t // 12, t % 12 + 1, 1) for t in range(n_time))
    y = np.zeros(n_time) if y is None else np.asarray(y, float)
    return Relation(
        "PAK", "RUS", "cordiality", COOPERATION, "test", frequency, 0.0, periods, draws, y,
        np.ones(n_time), np.ones(n_time), COOPERATION.shown(y), HYPER, Diagnostics(True, 900.0, 8000, len(draws), 0.1),
    )  # fmt: skip


def test_a_start_is_a_distribution_over_draws():
    early, late = [-1, 1, 1, 1, 1], [-1, -1, -1, 1, 1]
    got = since_when(made([early] * 30 + [late] * 70))
    assert got.warm
    assert got.probability == 1.0
    assert (got.early.year, got.median.year, got.late.year) == (1951, 1953, 1953)
    assert got.hole is None
    assert not got.open


def test_only_the_present_run_counts():
    got = since_when(made([[1, 1, -1, -1, -1]] * 10))
    assert not got.warm
    assert got.median.year == 1952


def test_a_run_as_old_as_the_record_is_open():
    assert since_when(made([[1, 1, 1]] * 10)).open


def test_a_start_inside_a_hole_is_its_bounds():
    # June 2018, then nothing for 30 months, as the raw files of ICEWS at hand.
    y = np.full(44, np.nan)
    y[5], y[36:] = 1.0, 1.0
    x = np.ones((10, 44))
    x[:, :12] = -1
    got = since_when(made(x, y, "M"))
    assert got.hole == (date(2018, 7, 1), date(2020, 12, 1))
    assert (got.early, got.late) == got.hole
    assert got.hole[0] <= got.median <= got.hole[1]


def test_a_record_that_opens_with_a_hole_begins_with_its_first_observation():
    y = np.full(40, np.nan)
    y[20:] = 1.0
    got = since_when(made(np.ones((10, 40)), y, "M"))
    assert got.open
    assert got.hole is None
    assert got.early == got.median == got.late == date(2019, 9, 1)


@pytest.mark.parametrize(("frequency", "least"), [("Y", 3), ("M", 12)])
def test_holes_are_long_runs_without_observation(frequency, least):
    y = np.zeros(50)
    y[5 : 5 + least] = np.nan
    y[30 : 30 + least - 1] = np.nan
    tie = made(np.ones((2, 50)), y, frequency)
    assert tie.holes() == ((tie.periods[5], tie.periods[4 + least]),)
    seen = tie.to_polars()["seen"].to_numpy()
    assert (seen == ~np.isnan(y)).all()


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_holes_cover_exactly_the_long_runs(observed):
    y = np.where(observed, 1.0, np.nan)
    tie = made(np.ones((2, len(y))), y)
    inside = [any(a <= p <= b for a, b in tie.holes()) for p in tie.periods]
    for t, seen in enumerate(observed):
        run = 0
        if not seen:
            left = next((k for k in range(t, -1, -1) if observed[k]), -1)
            right = next((k for k in range(t, len(y)) if observed[k]), len(y))
            run = right - left - 1
        assert inside[t] == (run >= 3)


def test_the_last_sure_period_is_the_last_in_which_either_side_had_nine_tenths():
    cold, mixed = np.full((10, 1), -1.0), np.where(np.arange(10)[:, None] < 8, 1.0, -1.0)
    assert last_sure(made(np.hstack([cold, cold, mixed]))) == (date(1951, 1, 1), False)
    assert last_sure(made(np.hstack([cold, -cold]))) == (date(1951, 1, 1), True)
    assert last_sure(made(np.hstack([mixed, mixed]))) is None
