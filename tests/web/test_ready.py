"""What was sent before is sent again as it was, and the door holds for it as for all else."""

from __future__ import annotations

import gzip
import json
import logging

import pytest

from quadrille.web import app as application
from quadrille.web.guard import POLICY
from quadrille.web.settings import Settings

TOKEN = "a-token-of-twenty-four-c"
PLACES = (
    "/", "/data", "/search?q=Burma", "/healthz", "/static/style.css", "/api/v1/states?q=burma", "/api/v1/ties?state=PAK&in=2016&limit=5",
    "/file/ties.csv?state=PAK&in=2016", "/part/ties?state=PAK&in=2016",
)  # fmt: skip


@pytest.fixture
def made(monkeypatch):
    """How often a response was made, not found."""
    count = []
    for module in (application, application.add_api.__globals__):
        place = module if isinstance(module, dict) else vars(module)
        whole = place["keep"]
        monkeypatch.setitem(place, "keep", lambda *args, whole=whole: count.append(1) or whole(*args))  # fmt: skip
    return count


@pytest.mark.parametrize("place", PLACES)
def test_the_second_answer_is_the_first(asked, made, place):
    ours = Settings(seconds=299)  # an application that only these tests ask
    first = asked(place, ours)
    before = len(made)
    second = asked(place, ours)
    assert first.status_code == second.status_code == 200
    assert len(made) == before
    assert first.content == second.content
    assert dict(first.headers) == dict(second.headers)
    assert second.headers["content-security-policy"] == POLICY
    known = asked(place, ours, headers={"If-None-Match": f'W/{first.headers["etag"]}, "x"'})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["etag"] == first.headers["etag"]
    assert asked(place, ours, method="HEAD").content == b""


def test_who_takes_no_zip_gets_none(asked):
    plain = asked("/static/style.css", headers={"Accept-Encoding": "identity"})
    zipped = asked("/static/style.css", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"])
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_what_is_kept_needs_the_token_too(asked):
    ours = Settings(host="0.0.0.0", token=TOKEN, seconds=299)
    shown = {"Authorization": f"Bearer {TOKEN}"}
    for _ in range(2):
        assert asked("/search?q=Burma", ours).status_code == 401
        found = asked("/search?q=Burma", ours, headers=shown)
        assert found.headers["cache-control"] == "private, no-cache"


def test_what_is_kept_counts_for_the_rate(asked):
    ours = Settings(rate=3, seconds=299)
    assert [asked("/data", ours).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_what_is_kept_is_in_the_log(asked, caplog):
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO, "quadrille.web"):
            asked("/search?q=Burma")
        (line,) = [r.getMessage() for r in caplog.records if r.name == "quadrille.web"]
        told = json.loads(line)
        assert (told["path"], told["query"], told["status"]) == ("/search", {"q": "Burma"}, 200)


@pytest.mark.parametrize("place", ["/search?q=zzzzzzzzzz", "/tie?a=PAK&b=Atlantis"])
def test_what_was_no_answer_is_made_again(asked, made, place):
    assert [asked(place).status_code for _ in range(2)] == [404, 404]
    assert len(made) == 2


def test_a_path_is_not_taken_for_a_query(asked):
    assert asked("/search?q=Burma").status_code == 200
    assert asked("/search%3Fq=Burma").status_code == 404


def test_a_query_of_a_file_beside_the_pages_makes_no_second_copy(asked, made):
    ours = Settings(seconds=298)
    assert [asked(f"/static/app.js?{k}", ours).status_code for k in range(3)] == [200] * 3
    assert len(made) == 1
    assert [asked(f"/data?in={k}", ours).status_code for k in range(2)] == [400] * 2
