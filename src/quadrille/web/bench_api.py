"""The bench on a server: models and answers that are kept, and the route that a slider asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from quadrille.web.api import REFUSED
from quadrille.web.attending import attended
from quadrille.web.desk import Desk, Kept
from quadrille.web.links import API
from quadrille.web.replies import Reply, reply, send

if TYPE_CHECKING:
    from quadrille.web.bench import Board, Position

__all__ = ["Bench", "add_bench", "bench_of"]

_BOARDS, _ANSWERS = 6, 4000
_ROOM = 32 * 1024 * 1024
_STATE = {"min_length": 1, "max_length": 80, "pattern": r"^[^\x00-\x1f\x7f<>]+$"}


class Asked(BaseModel):
    """Where the sliders stand."""

    model_config = ConfigDict(extra="forbid")

    a: Annotated[str, Field(description="A state of the tie asked about.", **_STATE)]
    b: Annotated[str, Field(description="The other one.", **_STATE)]
    on: Annotated[str, Field(description="The third state, whose ties are moved.", **_STATE)]
    level: Annotated[
        float,
        Field(
            ge=-100,
            le=100,
            allow_inf_nan=False,
            description="That the tie of A with the third state goes to.",
        ),
    ]
    other: Annotated[
        float | None, Field(ge=-100, le=100, allow_inf_nan=False, description="The same of B.")
    ] = None
    step: Annotated[int, Field(ge=1, le=36, description="Period from which the levels are held.")] = 1  # fmt: skip


class Moved(BaseModel):
    """The forecast there: what is said, what is drawn, and the table behind it."""

    sentences: list[str]
    paths: dict[str, str]
    heads: list[str]
    rows: list[list[str]]


class Bench:
    """Models of three states and the answers at positions of their sliders."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # An answer takes some milliseconds of Python. In a thread beside the loop it takes twice that, since each waits for
        # the other; so answers are worked out in the loop, one at a time.
        self._turn = asyncio.Lock()
        self._boards: Kept = Kept(_BOARDS, 10**9)
        self._answers: Kept = Kept(_ANSWERS, _ROOM)

    def states(self, a: str, b: str, on: str) -> tuple[str, ...]:
        """ISO3 of three different states.

        Raises
        ------
        UnknownStateError, SameStateError
        """
        return tuple(self._desk.world.states((a, b, on)))

    def kept(self, states: tuple[str, ...]) -> Board | None:
        """The board of three states, if it is there."""
        found: Board | None = self._boards.get(states)
        return found

    async def board(self, states: tuple[str, ...]) -> Board:
        """The board of three states; the model is estimated where it is not there.

        Raises
        ------
        QuadrilleError
        """
        found = self.kept(states)
        if found is not None:
            return found
        content = await self._desk.model(sorted(states))
        made = await self._desk.in_thread(_loaded, content, states)
        self._boards.put(states, made, len(content))
        return made

    async def answer(
        self, states: tuple[str, ...], level: float, other: float | None, step: int
    ) -> Reply:
        """What is sent where the sliders stand, which is put to the nearest position that they have.

        Raises
        ------
        QuadrilleError
        """
        board = await self.board(states)
        at = board.position(level, other, step)
        key = (states, at)
        found: Reply | None = self._answers.get(key)
        if found is not None:
            return found
        return await self._desk.once(("bench", key), lambda: self._made(key, board))

    async def _made(self, key: tuple[tuple[str, ...], Position], board: Board) -> Reply:
        from quadrille.web.bench import answer_at

        async with self._turn:
            await asyncio.sleep(0)  # what came meanwhile is seen to first
            sent = reply(_json(answer_at(board, key[1])), "application/json")
        self._answers.put(key, sent, sent.size)
        return sent


def _json(made: Mapping[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, allow_nan=False).encode()


def _loaded(content: bytes, states: tuple[str, ...]) -> Board:
    from quadrille.coupling.result import Coupled
    from quadrille.web.bench import board_of

    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.nc"
        path.write_bytes(content)
        model = Coupled.load(path)
    a, b, on = states
    return board_of(model, a, b, on)


def bench_of(desk: Desk) -> Bench:
    """The bench of a desk."""
    if desk.bench is None:
        desk.bench = Bench(desk)
    found: Bench = desk.bench
    return found


def add_bench(app: FastAPI, desk: Desk) -> None:
    """Add the route that a slider asks."""
    bench = bench_of(desk)

    async def moved(request: Request, query: Annotated[Asked, Query()]) -> Response:
        states = bench.states(query.a, query.b, query.on)
        work = bench.answer(states, query.level, query.other, query.step)
        return send(request, await attended(request, work))

    moved.__annotations__ |= {"request": Request, "query": Annotated[Asked, Query()]}
    app.add_api_route(
        f"{API}/bench", moved, methods=["GET"], operation_id="bench", response_class=Response,
        summary="Forecast of a tie where two other ties go to given levels, from a model that is estimated once.",
        responses={200: {"model": Moved}, **REFUSED},
    )  # fmt: skip
