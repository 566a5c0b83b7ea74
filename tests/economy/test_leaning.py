"""Dependence and warmth: made worlds in which a supplier's share follows warmth, foretells it, or neither."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from quadrille.economy.leaning import leaning_of, shipped_leanings, write_leanings
from quadrille.errors import NoDataError
from quadrille.sources.layers.layer import make_layer
from quadrille.views.dependence import leaning_line

STATES = [f"S{k:02}" for k in range(9)]
YEARS = range(1960, 2010)


def made(shift, seed=3):
    """An index that walks, and arms by the valence `shift` years on; None: by nothing."""
    rng = np.random.default_rng(seed)
    pairs = list(itertools.combinations(STATES, 2))
    steps = rng.normal(0, 0.3, (len(pairs), len(YEARS)))
    level = np.zeros_like(steps)
    for t in range(1, len(YEARS)):
        level[:, t] = 0.95 * level[:, t - 1] + steps[:, t]
    index = pl.DataFrame(
        [(a, b, y, level[p, t]) for p, (a, b) in enumerate(pairs) for t, y in enumerate(YEARS)],
        schema=["state_a", "state_b", "year", "valence"], orient="row",
    )  # fmt: skip
    rows = []
    for p, (a, b) in enumerate(pairs):
        for t, y in enumerate(YEARS):
            at = min(max(t + (shift or 0), 0), len(YEARS) - 1)
            seen = rng.normal() if shift is None else level[p, at]
            rows += [(a, b, y, float(np.exp(seen))), (b, a, y, float(np.exp(seen)))]
    data = pl.DataFrame(rows, schema=["source", "target", "year", "tiv"], orient="row")
    data = data.with_columns(pl.col("year").cast(pl.Int32))
    layer = make_layer("arms", "arms", "directed dyad", data, None, "arms.csv", len(rows), "Nobody")
    return {"arms": layer}, index


@pytest.mark.usefixtures("pyfixest")
def test_a_share_that_foretells_is_found_and_one_that_follows_is_not_worth_a_place():
    told, follows, neither = (leaning_of(*made(s), "arms") for s in (4, -4, None))
    assert told.ahead[0] > 5 * told.ahead[1] and told.gain > 0.05
    assert "may be worth" in leaning_line(told)
    # What follows warmth goes with the past, so that nothing is said of the future.
    assert follows.back[0] > 5 * follows.back[1] and follows.verdict.word != "moves it"
    assert follows.gain < 0.01
    assert abs(neither.ahead[0]) < 3 * neither.ahead[1] and neither.gain < 0.01
    assert neither.scored == sum(y >= neither.split for y in range(1965, 2006, 4)) * 72


@pytest.fixture(scope="module")
def pyfixest():
    return pytest.importorskip("pyfixest")


def test_too_few_years_and_no_layer_are_said():
    layers, index = made(None)
    with pytest.raises(NoDataError, match=r"arms\.csv has too few years in common with the index"):
        leaning_of(layers, index.filter(pl.col("year") < 1972), "arms")
    with pytest.raises(NoDataError, match="no trade between states among them"):
        leaning_of(layers, index, "trade")


def test_what_ships_is_read_back_as_it_was_written(tmp_path):
    kept = shipped_leanings()
    assert [x.what for x in kept] == ["arms", "trade"]
    write_leanings(kept, tmp_path / "x.json")
    assert (tmp_path / "x.json").read_text().count('"what"') == 2
