"""What goes out: bodies zipped once, with an ETag, answered with 304 where the client has them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["FRESH", "LASTING", "Raw", "Reply", "answer_to", "header", "reply", "send"]

FRESH = "no-cache"  # kept by the client, and asked about each time
LASTING = "max-age=31536000, immutable"  # of files whose address changes with them
_LEAST = 1000  # bytes that are worth zipping
Raw = list[tuple[bytes, bytes]]  # headers as ASGI has them


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
    lasts: bool = True  # the same would be made again for its address

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


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The value of a header, the first where there are more; empty where there is none."""
    return next((value for key, value in headers if key == name), b"")


def answer_to(made: Reply, asked: Raw) -> tuple[int, Raw, bytes]:
    """Status, headers and body that answer a request with these headers."""
    given = {"cache-control": made.cache, "vary": "Accept-Encoding"}
    given |= {name.lower(): value for name, value in made.headers}
    status, body = made.status, made.body
    if status == 200:
        given["etag"] = made.etag
        known = header(asked, b"if-none-match").decode("latin-1").split(",")
        if made.etag in [t.strip().removeprefix("W/") for t in known]:
            return 304, _raw(given), b""
    if made.zipped and b"gzip" in header(asked, b"accept-encoding"):
        given["content-encoding"], body = "gzip", made.zipped
    return (
        status,
        _raw(given | {"content-type": made.media, "content-length": str(len(body))}),
        body,
    )


def _raw(given: Mapping[str, str]) -> Raw:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()]


def send(request: Request, made: Reply) -> Response:
    """The response to a request."""
    status, headers, body = answer_to(made, request.scope["headers"])
    response = Response(body, status)
    response.raw_headers = headers
    return response
