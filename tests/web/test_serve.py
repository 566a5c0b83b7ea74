"""The server's socket and its log."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from quadrille.errors import FileFormatError, OptionError
from quadrille.web.serve import _LONGEST_HEAD, _Lines, _listening, _Protocol, run
from quadrille.web.settings import Settings


def test_small_parts_are_sent_at_once():
    """Head and body of a response are written one after the other: the second must not wait until the first is confirmed."""

    async def go() -> int:
        held = []

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            made = writer.get_extra_info("socket")
            held.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(met, sock=_listening(Settings(port=0)))
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reader.read()
        writer.close()
        server.close()
        return held[0]

    assert asyncio.run(go())


def test_a_port_that_is_taken_is_said():
    with _listening(Settings(port=0)) as taken:
        taken.listen()
        with pytest.raises(OptionError, match="cannot listen at"):
            _listening(Settings(port=taken.getsockname()[1]))


def test_data_that_are_not_there_are_said_before_anything_is_served(tmp_path):
    said = []
    with pytest.raises(FileFormatError, match="cannot be read"):
        run(Settings(str(tmp_path / "bogus"), port=0), said.append)
    assert not said


def _record(name: str, said: str, fault: bool = False) -> logging.LogRecord:
    info = None
    if fault:
        try:
            raise ValueError("it")
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord(name, logging.INFO, "", 0, "%s", (said,), info)


def test_a_line_of_log_is_json():
    own = json.loads(
        _Lines().format(_record("quadrille.web", json.dumps({"path": "/é\n", "ms": 1.5})))
    )
    assert (own["level"], own["path"], own["ms"]) == ("info", "/é\n", 1.5)
    other = json.loads(
        _Lines().format(_record("uvicorn.error", 'it says {"a": 1}\nand more', True))
    )
    assert other["says"] == 'it says {"a": 1}\nand more'
    assert "ValueError: it" in other["error"]
    assert set(own) == {"time", "level", "path", "ms"}


@contextmanager
def served():
    """The port of a server in a thread, with the parser that `run` uses."""
    listening = _listening(Settings(port=0))
    listening.listen()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, http=_Protocol, ws="none", log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def test_a_head_without_an_end_is_refused():
    with served() as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 204 ")
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
            for _ in range(2):
                time.sleep(0.05)
                client.sendall(b"x" * (_LONGEST_HEAD // 2))
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            # A head that comes in parts, and a body, are no such head.
            for part in (b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n", b"Host: localhost\r\n\r\n", b"x" * 70_000):  # fmt: skip
                client.sendall(part)
                time.sleep(0.02)
            assert client.recv(100).startswith(b"HTTP/1.1 204 ")
