"""With how many powers a state is warm at a time, against counting by hand."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest

import quadrille
from quadrille.errors import NoDataError
from quadrille.measure.tie import relation_of
from quadrille.readings.alignment import (
    alignment_of,
    chances_of_index,
    chances_of_measurement,
)


@pytest.fixture(scope="module")
def world():
    return quadrille.open("chronicle")


@pytest.fixture(scope="module")
def ties(world):
    m = world.measurement("cordiality")
    return [relation_of(m, "PAK", power, 200, 1) for power in ("USA", "RUS", "CHN")]


def test_shares_are_those_counted_draw_by_draw(world, ties):
    chances = chances_of_measurement(world.measurement("cordiality"))
    made = alignment_of(ties, chances, date(1960, 1, 1), date(1969, 12, 31))
    assert [p.year for p in made.periods] == list(range(1960, 1970))
    one = []
    for draw in range(200):
        warm = 0
        for p in made.periods:
            many = sum(t.draws[draw, t.periods.index(p)] > t.neutral for t in ties)
            warm += many == 1
        one.append(warm / len(made.periods))
    assert made.one == pytest.approx(np.quantile(one, (0.05, 0.5, 0.95)))
    assert set(made.warm) == {"USA", "RUS", "CHN"}


def test_others_are_expected_over_every_pattern(world, ties):
    chances = chances_of_measurement(world.measurement("cordiality"))
    made = alignment_of(ties, chances)
    at = {(a, b, p): q for a, b, p, q in chances.iter_rows()}
    shares = []
    for p in made.periods:
        odds = [at.get((*sorted(("IND", power)), p)) for power in ("USA", "RUS", "CHN")]
        if None in odds:
            continue
        shares.append(
            sum(
                np.prod([q if w else 1 - q for q, w in zip(odds, pattern, strict=True)])
                for pattern in product((0, 1), repeat=3)
                if sum(pattern) == 1
            )
        )
    assert made.others == pytest.approx([np.mean(shares)], rel=1e-6)


def test_the_chance_of_an_index_is_the_normal_one():
    panel = quadrille.open("index").panel
    first = chances_of_index(panel).head(3)
    own = panel.cells.head(3)
    draws = np.random.default_rng(1).standard_normal(400_000)
    for p, level, sd in zip(first["p_warm"], own["valence"], own["sd"], strict=True):
        assert p == pytest.approx(np.mean(level + sd * draws > 0), abs=0.005)


def test_a_time_without_periods_is_said(ties):
    nothing = pl.DataFrame(
        schema={"state_a": pl.String, "state_b": pl.String, "period": pl.Date, "p_warm": pl.Float64}
    )
    with pytest.raises(NoDataError, match="no period in common in that time"):
        alignment_of(ties, nothing, date(1900, 1, 1), date(1901, 1, 1))
