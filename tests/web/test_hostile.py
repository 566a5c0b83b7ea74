"""Hostile requests: a clear 4xx, nothing executed, nothing told of the machine."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

import pytest

pytest.importorskip("fastapi")
from witnessed import write_small

from quadrille.web.app import create_app
from quadrille.web.settings import Settings

SCRIPT = "<script>alert(1)</script>"
LONG = "x" * 300
STATES = {
    "script": SCRIPT,
    "handler": '"onmouseover="alert(1)',
    "sql": "PAK'; DROP TABLE index; --",
    "nul": "PAK\x00",
    "path": "../../../../etc/passwd",
    "template": "{{ 7 * 7 }}",
    "format": "%s%n{0.__class__}",
    "long": LONG,
    "controls": "PAK\r\nSet-Cookie: a=b",
    "right to left": "\u202ePAK",
    "emoji": "🏴",
}
PATHS = (
    "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/pyproject.toml", "/static//etc/passwd", "/file/../../etc/passwd",
    "/file/relation.exe?a=CHN&b=IND", "/part/__import__", "/api/v1/open", "/api/v1/../../etc/passwd", "/%00", "/api/v1/relation%00?a=CHN&b=IND",
)  # fmt: skip
NUMBERS = ("1e400", "nan", "inf", "9" * 400, "0x10", "one", "[]")


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


class Client:
    """Puts requests to the application as they come off the wire: nothing in a path is made tidy first."""

    def __init__(self, app):
        self.app, self.runner = app, asyncio.Runner()

    def request(self, method, target, params=None, chunks=None):
        path, _, query = target.partition("?")
        query = urlencode(params, errors="surrogatepass") if params else query
        headers = [(b"host", b"localhost")] + [(b"transfer-encoding", b"chunked")] * (
            chunks is not None
        )
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http", "root_path": "",
        }  # fmt: skip
        return self.runner.run(self._sent(scope, iter(chunks or ())))

    def get(self, target, params=None):
        return self.request("GET", target, params)

    async def _sent(self, scope, chunks):
        got, ended = [], asyncio.Event()
        waiting = iter([None])

        async def receive():
            for chunk in chunks:
                return {"type": "http.request", "body": chunk, "more_body": True}
            for _ in waiting:
                return {"type": "http.request", "body": b"", "more_body": False}
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            got.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:  # Starlette sends the answer and raises for the server's log
            if not got:
                raise
        ended.set()
        head = {k.decode(): v.decode() for k, v in got[0]["headers"]}
        body = b"".join(m.get("body", b"") for m in got[1:])
        return Answer(got[0]["status"], head, body.decode("utf-8", "replace"))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    made = Client(create_app(Settings(data=str(path)), warm=False))
    yield made
    made.runner.close()


def refused(answer, status=range(400, 500)):
    assert answer.status in status, answer.text[:200]
    for word in ("Traceback", "/work", "site-packages", "root:", SCRIPT, "<script>alert"):
        assert word not in answer.text
    assert "set-cookie" not in answer.headers
    return answer


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/tie", "a"), ("/world", "state"), ("/network", "region"), ("/bench", "on"), ("/part/ties", "state"), ("/file/ties.csv", "state"),
        ("/api/v1/ties", "state"), ("/api/v1/network", "states"), ("/api/v1/bench", "a"), ("/search", "q"),
    ],
)  # fmt: skip
def test_names_that_are_none(client, path, field, name):
    given = {"a": "CHN", "b": "IND", "on": "USA", "level": "0"} if "bench" in path else {"b": "IND"} if path == "/tie" else {}  # fmt: skip
    refused(client.get(path, params=given | {field: STATES[name]}))


@pytest.mark.parametrize("path", PATHS)
def test_paths_that_lead_elsewhere(client, path):
    refused(client.get(path))


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("name", ["level", "other", "step"])
def test_numbers_that_are_none(client, name, value):
    given = {"a": "CHN", "b": "IND", "on": "USA", "level": "0", name: value}
    for path in ("/api/v1/bench", "/bench"):
        refused(client.get(path, params=given))


@pytest.mark.parametrize("path", ["/world?state=CHN&in=", "/api/v1/ties?state=CHN&in=", "/network?states=CHN&states=IND&states=USA&in="])  # fmt: skip
@pytest.mark.parametrize("year", ["0000", "99999999", "2016-13", "-1", "1985;ls", "1e9"])
def test_years_that_are_none(client, path, year):
    refused(client.get(path + year))


def test_lists_of_ten_thousand_are_refused(client):
    many = "&".join(f"states=S{k}" for k in range(10_000))
    refused(client.get(f"/api/v1/network?{many}"), (414,))
    few = "&".join(f"states=S{k}" for k in range(300))
    refused(client.get(f"/api/v1/network?{few}"))
    refused(client.get(f"/network?{few}"))


def test_a_body_of_ten_megabytes_is_not_read(client):
    sent = 0

    def body():
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b"x" * 65_536

    refused(client.request("POST", "/api/v1/ties", chunks=body()), (405,))
    refused(client.request("GET", "/world?state=CHN", chunks=body()), (413,))
    assert sent == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(client, method):
    refused(client.request(method, "/api/v1/ties?state=CHN"), (405,))


def test_what_is_asked_twice_or_is_unknown_is_refused(client):
    refused(client.get("/world?state=CHN&state=IND"))
    refused(client.get("/api/v1/ties?state=CHN&data=/etc/passwd"))
    refused(client.get("/world?state=CHN&lake=/tmp"))
    line = json.loads(refused(client.get("/api/v1/ties?state=Chna")).text)["error"]["message"]
    assert "unknown state" in line


def test_what_may_be_asked_is_answered(client):
    """The same client and data as above, so that a refusal is one of what was asked."""
    for path in ("/world?state=CHN&in=1985", "/network?states=CHN&states=IND&states=USA&in=1985", "/api/v1/ties?state=CHN&in=1985"):  # fmt: skip
        answer = client.get(path)
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
