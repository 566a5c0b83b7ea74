"""What goes out: bodies zipped once, with an ETag, answered with 304 where the client has them."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["FRESH", "LASTING", "Reply", "reply", "send"]

FRESH = "no-cache"  # kept by the client, and asked about each time
LASTING = "max-age=31536000, immutable"  # of files whose address changes with them
_LEAST = 1000  # bytes that are worth zipping


@dataclass(frozen=True, slots=True)
class Reply:
    """A body and what is said about it."""

    body: bytes
    zipped: bytes | None
    media: str
    etag: str
    status: int = 200
    cache: str = FRESH
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        return len(self.body) + len(self.zipped or b"") + 500


def reply(
    body: bytes,
    media: str,
    status: int = 200,
    cache: str = FRESH,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """A body to be sent, perhaps often."""
    text = media.split(";")[0] in ("application/json", "image/svg+xml") or media.startswith("text/")
    zipped = gzip.compress(body, 6, mtime=0) if text and len(body) >= _LEAST else None
    named = tuple((headers or {}).items())
    return Reply(body, zipped, media, f'"{sha256(body).hexdigest()[:20]}"', status, cache, named)


def send(request: Request, made: Reply) -> Response:
    """The response to a request."""
    headers = {"Cache-Control": made.cache, "Vary": "Accept-Encoding", **dict(made.headers)}
    if made.status == 200:
        headers["ETag"] = made.etag
        asked = request.headers.get("if-none-match", "")
        if made.etag in [t.strip().removeprefix("W/") for t in asked.split(",")]:
            return Response(status_code=304, headers=headers)
    if made.zipped and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(made.zipped, made.status, headers, made.media)
    return Response(made.body, made.status, headers, made.media)
