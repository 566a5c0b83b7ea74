"""The server: Uvicorn around the application, its log as JSON, one line when it is up."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from quadrille.errors import OptionError
from quadrille.web.app import create_app
from quadrille.web.settings import Settings

__all__ = ["run"]

_LONGEST_HEAD = 16 * 1024
_OPEN = 512  # connections at once
_OWN = "quadrille.web"  # the log of the pages


class _Protocol(HttpToolsProtocol):
    """The parser in C, half of what a kept page costs with the one in Python; that a head ends in time is seen to here."""

    _unread = -1  # bytes of a head that goes on; -1: none does

    def on_message_begin(self) -> None:
        """A head begins."""
        self._unread = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._unread = -1
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Part of a request, of many, or of none."""
        super().data_received(data)
        self._unread += len(data) if self._unread >= 0 else 0
        if self._unread > _LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(f"The head of a request is longer than {_LONGEST_HEAD:,} bytes.")


class _Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own JSON, or its text, with time and level."""
        said, told = record.getMessage(), dict[str, Any]()
        head: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        if record.name != _OWN:
            return json.dumps(head | {"says": said} | told)
        # What the pages say is JSON already: its first brace goes.
        return json.dumps(head | told)[:-1] + ", " + said[1:]


def _log() -> None:
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(_Lines())
    for name, level in ((_OWN, logging.INFO), ("uvicorn.error", logging.WARNING)):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [shown], False
        log.setLevel(level)


def _listening(settings: Settings) -> socket.socket:
    """A socket at the address.

    Raises
    ------
    OptionError
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small parts at once only where the protocol is named: else head and body of a response lie 40 ms apart.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host, settings.port))
    except OSError as why:
        made.close()
        raise OptionError(
            f"cannot listen at {settings.host}:{settings.port} ({why.strerror or why}); choose another port or host"
        ) from None
    return made


def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises
    ------
    OptionError
        The address cannot be listened at.
    FileFormatError
        The data are not there.
    """
    app = create_app(settings)
    listening = _listening(settings)
    _log()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"http://{host}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
    config = uvicorn.Config(
        app, access_log=False, log_config=None, server_header=False, lifespan="on",
        http=_Protocol, ws="none", limit_concurrency=_OPEN, timeout_keep_alive=15, timeout_graceful_shutdown=3,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
