"""The scenario bench: its numbers are those of the question, its lines those of its numbers."""

from __future__ import annotations

import asyncio
import json
import re
import time

import httpx
import numpy as np
import polars as pl
import polars.testing
import pytest

import quadrille
from quadrille.errors import NoDataError
from quadrille.foresight.conditions import Condition
from quadrille.web.app import create_app
from quadrille.web.bench import HIGH, WIDE, Position, answer_at, board_of, frame_of, scenario_at
from quadrille.web.bench_api import Bench


@pytest.fixture(scope="module")
def board():
    few = quadrille.couple(["PAK", "RUS", "USA"], "chronicle", chains=2, draws=100, warmup=100, thin=1)  # fmt: skip
    return board_of(few, "PAK", "RUS", "USA")


def same(got, want):
    """Two scenarios are the same to rounding: what is kept is added up in another order."""
    pl.testing.assert_frame_equal(got.to_polars(), want.to_polars(), rel_tol=1e-10, abs_tol=1e-10)
    assert got.conditions == want.conditions
    assert got.spread == want.spread
    for one, other in zip(got.readings, want.readings, strict=True):
        for name in (
            "paths",
            "base",
            "mean",
            "base_mean",
            "parts",
            "reported",
            "kl",
            "coin",
            "surprise",
        ):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-8, atol=1e-10)  # fmt: skip
    for tie in want.conditioned:
        np.testing.assert_allclose(got.conditioned[tie], want.conditioned[tie], atol=1e-10)


@pytest.mark.parametrize("level", [0.3, -0.85])
def test_the_forecast_is_that_of_the_question(board, level):
    held = Condition("PAK-USA", "level", 24, None, low=level, high=level)
    want = quadrille.whatif("PAK", "RUS", if_=[held], model=board.model, horizon=120)
    same(scenario_at(board, Position(level, None, 2)), want)


def test_so_it_is_where_two_ties_are_moved(board):
    for level, other, step in ((0.3, -0.2, 1), (-0.7, 0.9, 1), (0.1, 0.1, 10)):
        held = [
            Condition("PAK-USA", "level", 12 * step, None, low=level, high=level),
            Condition("RUS-USA", "level", 12 * step, None, low=other, high=other),
        ]
        want = quadrille.whatif("PAK", "RUS", if_=held, model=board.model, horizon=120)
        same(scenario_at(board, Position(level, other, step)), want)


def test_what_is_kept_for_the_sliders_is_bounded(board, monkeypatch):
    one = next(iter(board.ready.known.values()))
    monkeypatch.setattr("quadrille.foresight.scenario._KEPT_BYTES", 3 * sum(a.nbytes for a in one))
    want = scenario_at(board, Position(0.3, None, 2))
    board.ready.known.clear()
    for step in (1, 2, 3, 4, 1, 2):
        got = scenario_at(board, Position(0.3, None, step))
        assert 0 < len(board.ready.known) <= 4
    same(got, want)


def test_two_ties_can_be_moved(board):
    got = scenario_at(board, Position(0.3, -0.2, 1))
    assert len(got.conditions) == 2
    said = answer_at(board, Position(0.3, -0.2, 1))["sentences"]
    assert any(line.startswith("If Russia–United States has ") for line in said)
    assert not any(re.search("[A-Z]{3}–[A-Z]{3}", line) for line in said)


def test_sliders_that_wait_hold_up_no_page_and_go_with_their_clients(board, monkeypatch):
    done = []

    def slow(*args):
        done.append("slider")
        time.sleep(0.02)
        return answer_at(*args)

    monkeypatch.setattr(Bench, "kept", lambda self, states: board)
    monkeypatch.setattr("quadrille.web.bench.answer_at", slow)

    async def go():
        through = httpx.ASGITransport(app=create_app(warm=False))
        async with httpx.AsyncClient(transport=through, base_url="http://localhost") as client:
            moves = [
                asyncio.ensure_future(client.get(f"/api/v1/bench?a=PAK&b=RUS&on=USA&level=0.{k}&step=1"))
                for k in range(10, 90, 5)
            ]  # fmt: skip
            while not done:
                await asyncio.sleep(0)
            assert (await client.get("/healthz")).status_code == 200
            before = len(done)
            for move in moves[-10:]:
                move.cancel()
            answers = await asyncio.gather(*moves[:-10])
        return before, [a.status_code for a in answers]

    before, status = asyncio.run(go())
    assert before < 4  # of sixteen
    assert status == [200] * 6
    assert len(done) == 6


def test_its_page_offers_the_model_until_it_is_there(asked, board, monkeypatch):
    place = "/bench?a=PAK&b=RUS&on=USA"
    assert "Estimate the model now" in asked(place).text
    monkeypatch.setattr(Bench, "kept", lambda self, states: board)
    later = asked(place).text
    assert "Estimate the model now" not in later
    assert 'id="b-level"' in later


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
