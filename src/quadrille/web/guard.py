"""The door: who may ask, what may be asked, how often; the headers of every response; a line of log for each."""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quadrille.web.replies import Raw, header
from quadrille.web.settings import Settings

__all__ = ["POLICY", "Guard"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = tuple((k.lower().encode(), v.encode()) for k, v in {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}.items())  # fmt: skip
_HERE = frozenset((b"localhost", b"127.0.0.1", b"[::1]", b"testserver"))
_LONGEST = 4096  # bytes of path and query
_CLIENTS = 10_000  # whose requests are counted
_COOKIE = "quadrille"
_log = logging.getLogger("quadrille.web")


class _Rate:
    """So many requests a minute for each client, some of them at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, client: str, now: float) -> bool:
        """Whether this client may ask once more."""
        if not self._most:
            return True
        left, then = self._left.pop(client, (float(self._most), now))
        left = min(float(self._most), left + (now - then) * self._most / 60.0)
        self._left[client] = (left - 1.0 if left >= 1.0 else left, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return left >= 1.0


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._rate = _Rate(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, seen = time.perf_counter(), {"status": 0, "bytes": 0}
        bare = scope["method"] == "HEAD"

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                headers = _marked(message.get("headers", ()), bool(self._settings.token))
                message = {**message, "headers": headers}
            else:
                seen["bytes"] += len(message.get("body", b""))
                message = {**message, "body": b""} if bare else message
            await send(message)

        refused = self._refused(scope)
        if bare:
            scope = {**scope, "method": "GET"}
        try:
            await (refused or self._app)(scope, receive, out)
        finally:
            took = (time.perf_counter() - began) * 1000.0
            _log.info("%s", _line(scope, bare, seen, took))

    def _refused(self, scope: Scope) -> Response | None:
        """The response to what may not be asked, or None."""
        headers: Raw = scope["headers"]
        if scope["method"] not in ("GET", "HEAD"):
            return _no(405, "only GET and HEAD are answered here: nothing can be written", Allow="GET, HEAD")  # fmt: skip
        if header(headers, b"content-length") not in (b"", b"0") or header(
            headers, b"transfer-encoding"
        ):
            return _no(413, "a request has no body here; leave it out", Connection="close")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST:
            return _no(414, f"the address is longer than {_LONGEST:,} bytes; ask for less")
        host = header(headers, b"host").rsplit(b":", 1)[0]
        if self._settings.token is None and host not in _HERE:
            return _no(421, "this server answers this machine alone, under the name localhost")
        client = (scope.get("client") or ("", 0))[0]
        if not self._rate.takes(client, time.monotonic()):
            return _no(429, "too many requests; ask again in a minute", Retry_After="60")
        return self._stranger(scope, headers)

    def _stranger(self, scope: Scope, headers: Raw) -> Response | None:
        """The response to one who does not show the token; a token in the address becomes a cookie."""
        token = self._settings.token
        if token is None or scope["path"] == "/healthz":
            return None
        kind, _, shown = header(headers, b"authorization").decode("latin-1").partition(" ")
        if kind.lower() == "bearer" and _same(shown.strip(), token):
            return None
        cookie = SimpleCookie(header(headers, b"cookie").decode("latin-1")).get(_COOKIE)
        if cookie is not None and _same(cookie.value, token):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        if any(k == "token" and _same(v, token) for k, v in query):
            rest = urlencode([(k, v) for k, v in query if k != "token"])
            back = RedirectResponse(f"{scope['path']}?{rest}" if rest else scope["path"], 303)
            back.set_cookie(_COOKIE, token, httponly=True, samesite="strict", path="/")
            return back
        return _no(401, "show the token: ?token=… in the address, or Authorization: Bearer …", WWW_Authenticate="Bearer")  # fmt: skip


def _marked(headers: Iterable[tuple[bytes, bytes]], private: bool) -> Raw:
    """Headers of a response with those that every one has, where it has no such of its own."""
    own = list(headers)
    if private:
        own = [(k, b"private, " + v if k == b"cache-control" else v) for k, v in own]
    names = {k for k, _ in own}
    return own + [h for h in _HEADERS if h[0] not in names]


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())


def _no(status: int, line: str, **headers: str) -> Response:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return PlainTextResponse(f"{line}\n", status, named | {"Cache-Control": "no-store"})


def _line(scope: Scope, bare: bool, seen: Mapping[str, int], took: float) -> str:
    """A request as JSON; a token in the query is not written down."""
    query = [
        (k, "…" if k == "token" else v)
        for k, v in parse_qsl(scope["query_string"].decode("latin-1"))
    ]
    told: dict[str, Any] = {
        "method": "HEAD" if bare else scope["method"], "path": scope["path"][:200], "query": dict(query[:20]),
        "status": seen["status"], "bytes": seen["bytes"], "ms": round(took, 1),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=True)
