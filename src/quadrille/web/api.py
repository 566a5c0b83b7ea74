"""The API: each served question under its name, checked and documented from its signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from quadrille import public
from quadrille.states.registry import search
from quadrille.views.machine import plain
from quadrille.web.answer import KEPT
from quadrille.web.asking import SERVED, Served, asked, model_of
from quadrille.web.attending import attended
from quadrille.web.desk import Desk
from quadrille.web.links import API
from quadrille.web.ready import keep
from quadrille.web.replies import Reply, reply

__all__ = ["REFUSED", "add_api"]

_MOST = 10_000


class Rows(BaseModel):
    """Which rows of the main table are given."""

    offset: int
    limit: int
    rows: int
    total: int


class Envelope(BaseModel):
    """The answer to a question: as the commands print it with --json, its rows by pages."""

    kind: str
    schema_: int = Field(alias="schema")
    version: str
    title: str
    data: str
    states: list[str]
    frequency: str
    periods: list[str]
    trusted: bool
    diagnostics: list[str]
    sentences: list[str]
    notes: list[str]
    facts: dict[str, Any]
    page: Rows
    rows: list[dict[str, Any]]


class Problem(BaseModel):
    """Why there is no answer."""

    status: int
    message: str


class Problems(BaseModel):
    """What is sent where there is no answer."""

    error: Problem


class Found(BaseModel):
    """States whose names or codes are, hold or resemble a text."""

    rows: list[dict[str, Any]]


class _Paged(BaseModel):
    offset: int = Field(0, ge=0, le=KEPT, description="Rows left out before the first.")
    limit: int = Field(1000, ge=0, le=_MOST, description="Rows at most.")


REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": Problems, "description": "A parameter is missing, unknown or out of its range."},
    404: {"model": Problems, "description": "There is no such state, or no data on it."},
    503: {"model": Problems, "description": "Too many long questions are being worked on."},
}


def _json(value: Any) -> Reply:
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return reply(body, "application/json")


def _endpoint(desk: Desk, question: Served) -> Callable[..., Any]:
    given = model_of(question.name)
    model = create_model(f"{given.__name__}Query", __base__=(given, _Paged))

    async def answer(request: Request, query: Any) -> Response:
        offset, limit = query.offset, query.limit
        found = await attended(request, desk.answer(asked(question.name, query)))
        made = await desk.in_thread(lambda: _json(found.page(offset, limit)))
        return keep(request, made)

    answer.__signature__ = Signature([  # type: ignore[attr-defined]
        Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request),
        Parameter("query", Parameter.KEYWORD_ONLY, annotation=Annotated[model, Query()]),
    ])  # fmt: skip
    return answer


def add_api(app: FastAPI, desk: Desk) -> None:
    """Add a route for each served question, and the search for states."""
    for each in SERVED:
        known = public.question_named(each.name)
        app.add_api_route(
            f"{API}/{each.name}", _endpoint(desk, each), methods=["GET"], name=each.name, operation_id=each.name,
            summary=known.help if known else "", response_class=Response, responses={200: {"model": Envelope}, **REFUSED},
        )  # fmt: skip

    async def states(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=80, description="A name, code or adjective; part of one is enough.")],
        limit: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = 10,
    ) -> Response:  # fmt: skip
        return keep(request, _json({"rows": plain(search(q, limit))}))

    states.__annotations__ |= {"request": Request}
    app.add_api_route(
        f"{API}/states", states, methods=["GET"], operation_id="states", summary="Find states by name, code or adjective.",
        response_class=Response, responses={200: {"model": Found}, **REFUSED},
    )  # fmt: skip
