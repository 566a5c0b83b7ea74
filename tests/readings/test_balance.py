"""A pivot between two rivals, from ties made by hand and on the chronicle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.measure.result import Diagnostics, Relation
from quadrille.measure.tie import relation_of
from quadrille.panel.directed import directed
from quadrille.panel.units import COOPERATION, Unit
from quadrille.questions.one_state import balance_by_itself
from quadrille.readings.balance import (
    balance_of,
    compensation,
    pivots_between,
    protests,
)

FINE = Diagnostics(True, 900.0, 8000, 1000, 0.1)


def made_tie(a, b, draws, y=None, rho=0.6, frequency="Y"):
    draws = np.asarray(draws, float)
    n = draws.shape[1]
    hyper = {"mu": (0.0,) * 3, "q": (0.5,) * 3, "rho": (rho,) * 3, "phi": (1.0,) * 3}
    periods = tuple(date(1900 + t, 1, 1) for t in range(n))
    y = np.zeros(n) if y is None else y
    return Relation(a, b, "cordiality", COOPERATION, "made", frequency, 0.0, periods, draws,
               y, np.full(n, 0.2), np.ones(n), COOPERATION.shown(y), hyper, FINE)  # fmt: skip


def test_tilt_by_hand():
    px = made_tie("PAK", "USA", [[2 * np.arctanh(0.8), 0.0], [2 * np.arctanh(0.8), 0.1]])
    py = made_tie("PAK", "RUS", [[2 * np.arctanh(0.2), 0.0], [-2 * np.arctanh(0.2), -0.1]])
    got = balance_of(px, py)
    np.testing.assert_allclose(got.tilt[:, 0], [0.3, 0.5])
    np.testing.assert_allclose(got.both_warm, [0.5, 0.0])
    row = got.to_polars().row(0, named=True)
    assert row["even"] == pytest.approx(0.6)
    assert row["shown_USA"] == pytest.approx(0.8)
    turned = balance_of(py, px)
    np.testing.assert_allclose(turned.tilt, -got.tilt)
    np.testing.assert_allclose(
        turned.windows.select("x_only", "y_only").to_numpy(),
        got.windows.select("y_only", "x_only").to_numpy(),
    )


def test_tilt_widens_with_noise():
    rng = np.random.default_rng(0)
    widths = []
    for sd in (0.1, 0.4, 0.8):
        ties = [made_tie("PAK", s, sd * rng.normal(size=(800, 3))) for s in ("USA", "RUS")]
        row = balance_of(*ties).to_polars()
        widths.append((row["tilt_hi90"] - row["tilt_lo90"]).mean())
    assert widths == sorted(widths)


def test_frontier_by_hand():
    x = 2 * np.arctanh(np.array([[0.0, 0.3, 0.3, 0.8]]))
    y = 2 * np.arctanh(np.array([[0.0, 0.1, 0.0, -0.2]]))
    got = balance_of(made_tie("PAK", "USA", x), made_tie("PAK", "RUS", y))
    at = dict(zip(got.losses.tolist(), got.frontier[1].tolist(), strict=True))
    assert at[0.0] == pytest.approx(0.3)  # gained 0.3 while the other tie gained too
    assert at[0.1] == pytest.approx(0.3)
    assert at[0.225] == pytest.approx(0.5)  # gained 0.5 at a loss of 0.2
    assert (np.diff(got.frontier[1]) >= 0).all()


def test_compensation_finds_a_response_and_its_sign():
    rng = np.random.default_rng(3)
    n = 400
    x, y = np.zeros(n), np.zeros(n)
    for t in range(1, n):
        step = rng.normal() * np.sqrt(0.5)
        x[t] = 0.6 * x[t - 1] + step
        y[t] = (
            0.6 * y[t - 1]
            + 0.6 * (x[t - 1] - 0.6 * (x[t - 2] if t > 1 else 0))
            + 0.5 * rng.normal()
        )
    noise = np.sqrt(0.2) * rng.normal(size=(2, n))
    px, py = (made_tie("PAK", s, [v], v + e) for s, v, e in zip("XY", (x, y), noise, strict=True))
    got = compensation(px, py, 2)
    assert got.lo90[1] > 0.1
    assert abs(got.response[0]) < 3 * got.se[0]
    other = replace(py, y=-py.y)
    np.testing.assert_allclose(compensation(px, other, 2).response, -got.response)


def test_protests_by_hand(counts):
    rows = []
    for year in range(1960, 2000):
        moved = year % 8 == 0
        rows += [("RUS", "PAK", year, 30 if moved else 2, 0),
                 ("IND", "RUS", year, 5, 9 if year % 8 == 1 else 1)]  # fmt: skip
    got = protests(directed(counts(rows)), "RUS", "PAK", "IND")
    assert got.moves["period"].dt.year().to_list() == [1960, 1968, 1976, 1984, 1992]
    assert got.moves["protests"].to_list() == [9.0] * 5
    assert got.rate.after == pytest.approx(45.5 / 5)
    assert got.rate.elsewhere == pytest.approx(35.5 / 35)
    assert got.rate.p == pytest.approx(5 / 40)  # every shift by a multiple of eight does as well
    assert got.acts is None
    with pytest.raises(NoDataError, match="protests cannot be read"):
        protests(directed(counts(rows)), "RUS", "PAK", "CHN")
    with pytest.raises(OptionError, match="within"):
        protests(directed(counts(rows)), "RUS", "PAK", "IND", within=0)


def test_the_chronicle_between_india_and_pakistan():
    table = quadrille.open("chronicle").table()
    m = quadrille.open("chronicle").measurement("cordiality")
    got = balance_of(relation_of(m, "RUS", "IND"), relation_of(m, "RUS", "PAK"), directed(table))
    rows = got.to_polars()
    then = rows.filter(pl.col("period").dt.year() == 1980).row(0, named=True)
    assert then["tilt_lo90"] > 0  # the years of Afghanistan
    assert [p.protester for p in got.protests] == ["PAK", "IND"]
    acts = got.protests[1].acts
    assert (acts["date"] > acts["move_date"]).all()
    assert got.missing == ()
    sources = directed(table).cells
    assert sources.filter(source="IND", target="RUS")["conf"].sum() > 0


def test_ranking_of_pivots(measured):
    warm, cold = 1.0, -1.0
    m = measured({
        ("AAA", "XXX"): [warm], ("AAA", "YYY"): [warm], ("BBB", "XXX"): [warm], ("BBB", "YYY"): [cold],
        ("XXX", "YYY"): [cold], ("AAA", "BBB"): [cold],
    }, sd=0.05)  # fmt: skip
    between = pivots_between(m, "XXX", "YYY")
    assert between["pivot"].to_list() == ["AAA", "BBB"]
    assert between["p_both_warm"].to_list() == pytest.approx([1.0, 0.0])
    with pytest.raises(NoDataError):
        pivots_between(m, "XXX", "ZZZ")


def test_what_is_no_balance():
    one = np.zeros((4, 3))
    with pytest.raises(SameStateError):
        balance_of(made_tie("PAK", "USA", one), made_tie("RUS", "USA", one))
    with pytest.raises(SameStateError):
        balance_of(made_tie("PAK", "USA", one), made_tie("PAK", "USA", one))
    with pytest.raises(OptionError, match="share data"):
        balance_of(made_tie("PAK", "USA", one), made_tie("PAK", "RUS", one[:2]))


def test_directed_counts_of_events(data_dir):
    table = quadrille.open(data_dir / "icews_raw" / "events.2018.sample.tab").table()
    got = directed(table).cells
    once = table.data.select("date", "source", "target", "cameo", "domain").n_unique()
    assert got["coop"].sum() + got["conf"].sum() == once < table.data["reports"].sum()
    each = directed(table, collapse="none").cells
    assert each["coop"].sum() + each["conf"].sum() == table.data["reports"].sum()
    assert got.select("source", "target", "period").is_duplicated().sum() == 0


def test_a_balance_of_scores_is_in_their_unit():
    score = Unit("arsinh(score / 2)", "cordiality score (arsinh)")
    px = replace(made_tie("PAK", "USA", [[3.0, 4.0, 2.0]] * 2), unit=score)
    py = replace(made_tie("PAK", "RUS", [[1.0, 1.0, 1.0]] * 2), unit=score)
    b = balance_of(px, py)
    assert b.unit is score
    assert b.tilt[0].tolist() == [1.0, 1.5, 0.5]
    assert b.even[0].tolist() == [1 / 2, 1 / 2.5, 1 / 1.5]
    assert b.frontier[1, 0] == 1.0  # from 3 to 4, and the other lost nothing
    assert b.to_polars()["shown_USA"].to_list() == [3.0, 4.0, 2.0]


def test_of_an_index_a_balance_begins_when_both_ties_do():
    made = balance_by_itself(quadrille.open("index"), "POL", "UKR", "RUS", None, 100, 1)
    assert made.periods[0].year == 1991
    assert made.tilt.shape[1] == len(made.periods)
