"""Who may ask, what may be asked, and what every response carries."""

from __future__ import annotations

import json
import logging

import pytest

from quadrille.errors import OptionError
from quadrille.web.guard import POLICY, _Rate
from quadrille.web.settings import Settings

TOKEN = "a-token-of-twenty-four-c"


def test_every_response_has_the_policy(asked):
    for path in ("/", "/healthz", "/nothing", "/api/v1/states?q=burma", "/api/v1/relation?a=PAK"):
        found = asked(path).headers
        assert found["content-security-policy"] == POLICY, path
        assert found["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(asked, method):
    assert asked("/", method=method).status_code == 405


def test_a_body_is_refused(asked):
    made = asked("/", content=b"x" * 1000, headers={"Content-Length": "1000"})
    assert (made.status_code, made.text) == (413, "a request has no body here; leave it out\n")


def test_a_long_address_is_refused(asked):
    assert asked("/tie?a=" + "x" * 5000).status_code == 414


def test_another_name_of_the_host_is_refused(asked):
    assert asked("/", base_url="http://evil.example").status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e%2fapp.py",
        "/file/..%2f..%2fetc%2fpasswd",
        "/..%2f",
        "/%00",
    ],
)
def test_no_file_lies_outside(asked, path):
    made = asked(path)
    assert 400 <= made.status_code < 500
    assert "root:" not in made.text
    assert "create_app" not in made.text


def test_other_machines_need_a_token():
    with pytest.raises(OptionError, match="give a token"):
        Settings(host="0.0.0.0")
    with pytest.raises(OptionError, match="shorter than 16"):
        Settings(host="0.0.0.0", token="short")
    assert Settings(host="::1").local
    assert not Settings(host="192.168.0.2", token=TOKEN).local


def test_the_token_opens(asked):
    ours = Settings(host="0.0.0.0", token=TOKEN)
    assert asked("/", ours).status_code == 401
    assert asked("/healthz", ours).status_code == 200
    assert asked("/", ours, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert asked("/", ours, headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
    shown = asked(f"/data?token={TOKEN}", ours)
    assert (shown.status_code, shown.headers["location"]) == (303, "/data")
    assert "HttpOnly" in shown.headers["set-cookie"]
    again = asked("/", ours, headers={"Cookie": f"quadrille={TOKEN}"})
    assert again.status_code == 200
    assert again.headers["cache-control"].startswith("private")


def test_a_client_may_ask_so_often():
    rate = _Rate(60)
    assert all(rate.takes("a", 0.0) for _ in range(60))
    assert not rate.takes("a", 0.5)
    assert rate.takes("b", 0.5)
    assert rate.takes("a", 1.6)


def test_the_log_is_json_and_holds_no_token(asked, caplog):
    with caplog.at_level(logging.INFO, "quadrille.web"):
        asked(f"/data?token={TOKEN}", Settings(host="0.0.0.0", token=TOKEN))
    (line,) = [r.getMessage() for r in caplog.records if r.name == "quadrille.web"]
    assert json.loads(line)["status"] == 303
    assert TOKEN not in line
