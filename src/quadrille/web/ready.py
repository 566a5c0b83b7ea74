"""What was sent before is sent again: found by its address before a route is looked for, a query checked or JSON made.

The door (`quadrille.web.guard`) stands before it, so that tokens, limits, headers and the log hold for it as for all else.
An address is kept only where its answer was whole (200) and would be made the same again; nothing that can be kept depends on
who asks.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from quadrille.web.desk import Kept
from quadrille.web.replies import Reply, answer_to, send

__all__ = ["Address", "Ready", "address_of", "keep"]

Address = tuple[str, bytes]


def address_of(path: str, query: bytes) -> Address:
    """Path and query; what a file beside the pages is asked with says nothing but its age."""
    return path, b"" if path.startswith("/static/") else query


def keep(request: Request, made: Reply) -> Response:
    """The response to a request, which is kept for its address."""
    if made.status == 200 and made.lasts:
        address = address_of(request.scope["path"], request.scope["query_string"])
        request.app.state.kept.put(address, made, made.size)
    return send(request, made)


class Ready:
    """ASGI middleware: answers that are kept."""

    def __init__(self, app: ASGIApp, kept: Kept) -> None:
        self._app, self._kept = app, kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        made = None
        if scope["type"] == "http":
            made = self._kept.get(address_of(scope["path"], scope["query_string"]))
        if made is None:
            await self._app(scope, receive, send)
            return
        status, headers, body = answer_to(made, scope["headers"])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
