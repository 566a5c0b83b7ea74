"""Work for a client, which ends with its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

__all__ = ["LeftError", "attended"]

T = TypeVar("T")


class LeftError(Exception):
    """The client has gone."""


async def attended(request: Request, work: Awaitable[T]) -> T:
    """The outcome of work; the work is ended where the client leaves first.

    Raises
    ------
    LeftError
    """

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise LeftError
        return doing.result()
    finally:
        leaving.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})
