"""The server's socket and its log."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys

import pytest

from quadrille.errors import OptionError
from quadrille.web.serve import _Lines, _listening
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
