"""One server of the shipped index for all tests of pages, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import pytest
import uvicorn

from quadrille.web.app import create_app
from quadrille.web.settings import Settings


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Address of a server."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(warm=False), log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)
    listening.close()


@pytest.fixture(scope="session")
def get(base: str) -> Iterator[Callable[..., httpx.Response]]:
    """Ask that server."""
    with httpx.Client(base_url=base, timeout=120) as client:
        yield client.get


@cache
def _app(settings: Settings | None) -> Any:
    return create_app(settings, warm=False)


@pytest.fixture
def asked() -> Callable[..., httpx.Response]:
    """One request to an application of its own, with no server between."""

    def call(
        path: str, settings: Settings | None = None, method: str = "GET", **more: Any
    ) -> httpx.Response:
        async def go() -> httpx.Response:
            through = httpx.ASGITransport(app=_app(settings), raise_app_exceptions=False)
            host = more.pop("base_url", "http://localhost")
            async with httpx.AsyncClient(transport=through, base_url=host) as client:
                return await client.request(method, path, **more)

        return asyncio.run(go())

    return call
