"""The scenario bench: its numbers are those of the question, its lines those of its numbers."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import quadrille
from quadrille.errors import NoDataError
from quadrille.foresight.conditions import Condition
from quadrille.web.bench import HIGH, WIDE, Position, answer_at, board_of, frame_of, scenario_at


@pytest.fixture(scope="module")
def board():
    few = quadrille.couple(["PAK", "RUS", "USA"], "chronicle", chains=2, draws=100, warmup=100, thin=1)  # fmt: skip
    return board_of(few, "PAK", "RUS", "USA")


def test_the_forecast_is_that_of_the_question(board):
    held = Condition("PAK-USA", "level", 24, None, low=0.3, high=0.3)
    want = quadrille.whatif("PAK", "RUS", if_=[held], model=board.model, horizon=120)
    got = scenario_at(board, Position(0.3, None, 2), draws=4000)
    assert got.to_polars().equals(want.to_polars())
    assert got.conditions == want.conditions


def test_two_ties_can_be_moved(board):
    got = scenario_at(board, Position(0.3, -0.2, 1))
    assert len(got.conditions) == 2
    assert "Russia–United States" in str(got) or "RUS–USA" in str(got)


def test_lines_lie_where_the_numbers_are(board):
    at = Position(board.nearest(0.4), None, 2)
    made = answer_at(board, at)
    rows = scenario_at(board, at).rows("see")
    points = np.array(
        [p.split(",") for p in re.split("[ML]", made["paths"]["see-line"]) if p], float
    )
    level = board.top - points[:, 1] / HIGH * (board.top - board.floor)
    np.testing.assert_allclose(level, rows["level"], atol=0.02)
    assert points[-1, 0] == WIDE
    assert len(made["rows"]) == 2 * board.steps
    assert json.loads(json.dumps(made))["sentences"][0].startswith(("If", "Not reliable"))


def test_positions_are_those_of_the_slider(board):
    assert board.nearest(99.0) == board.high == 0.95
    assert board.nearest(-99.0) == board.low
    assert board.nearest(0.3333) == 0.35
    frame = frame_of(board)
    assert len(board.periods) == board.steps == 10
    assert frame["periods"][0][1] == board.periods[0]
    with pytest.raises(NoDataError):
        board_of(board.model, "PAK", "RUS", "CHN")
