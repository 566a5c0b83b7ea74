"""The API: documented from the signatures, the envelope of the commands, rows by pages, one line for what is wrong."""

from __future__ import annotations

import json

import polars as pl
import pytest

import quadrille
from quadrille.web.asking import SERVED


def test_every_question_is_documented(get):
    made = get("/api/v1/openapi.json").json()
    assert {f"/api/v1/{s.name}" for s in SERVED} <= set(made["paths"])
    for each in SERVED:
        told = made["paths"][f"/api/v1/{each.name}"]["get"]
        assert told["operationId"] == each.name
        names = {p["name"] for p in told["parameters"]}
        assert names == {p.rstrip("_") for p in each.parameters} | {"offset", "limit"}
        assert {"200", "400", "404", "503"} <= set(told["responses"])


def test_the_envelope_is_that_of_the_command(get):
    ours = get(
        "/api/v1/relation", params={"a": "Pakistan", "b": "USSR", "offset": 3, "limit": 2}
    ).json()
    want = json.loads(quadrille.relation("PAK", "RUS", "index").to_json())
    assert ours.pop("page") == {"offset": 3, "limit": 2, "rows": 2, "total": len(want["rows"])}
    assert ours.pop("rows") == want.pop("rows")[3:5]
    assert ours == want


def test_what_has_not_changed_is_not_sent_again(get):
    first = get("/api/v1/compare?a=PAK&b=RUS&in=1965")
    again = get(
        "/api/v1/compare?a=PAK&b=RUS&in=1965", headers={"If-None-Match": first.headers["etag"]}
    )
    assert first.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("relation?a=PAK", 400, "b is missing; give it"),
        ("relation?a=PAK&b=Atlantis", 404, "unknown state 'Atlantis'"),
        ("relation?a=PAK&b=PAK", 400, "PAK and PAK are one state"),
        ("relation?a=PAK&b=RUS&limit=1000000", 400, "limit: input should be less than or equal to 10000"),
        ("relation?a=PAK&b=RUS&x=1", 400, "there is no parameter 'x'; leave it out"),
        ("events?a=PAK&b=RUS&in=1900", 400, "Pakistan did not exist"),
        ("nothing", 404, "there is no such page"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(get, path, status, says):
    made = get(f"/api/v1/{path}")
    error = made.json()["error"]
    assert (made.status_code, error["status"]) == (status, status)
    assert error["message"].startswith(says)
    assert "\n" not in error["message"]
    assert "Traceback" not in made.text


@pytest.mark.parametrize(
    "path", ["/progress/check?claims=article", "/progress/bench?a=PAK&b=RUS&on=USA"]
)
def test_how_far_a_question_is(get, path):
    found = get(path)
    assert found.json() == {"working": False, "done": 0, "total": 0}
    assert found.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/progress/nothing", "/progress/check?claims=../x", "/progress/bench?a=PAK", "/part/relation?a=PAK&b=RUS&part=%3Cb%3E"])  # fmt: skip
def test_what_nothing_can_be_told_of_is_refused(get, path):
    assert 400 <= get(path).status_code < 500


def test_a_piece_of_a_page_has_the_name_of_its_place(get):
    assert 'id="here-numbers"' in get("/part/relation?a=PAK&b=RUS&part=here").text


def test_states_are_found_by_any_name(get):
    assert get("/api/v1/states?q=burma").json()["rows"][0]["iso3"] == "MMR"


def test_files_hold_the_rows(get, tmp_path):
    rows = quadrille.relation("PAK", "RUS", "index").to_polars()
    place = tmp_path / "rows.parquet"
    place.write_bytes(get("/file/relation.parquet?a=PAK&b=RUS").content)
    assert pl.read_parquet(place).equals(rows)
    made = get("/file/relation.csv?a=PAK&b=RUS")
    assert made.text == rows.write_csv()
    assert made.headers["content-disposition"] == 'attachment; filename="relation-PAK-RUS.csv"'
    assert get("/file/relation.png?a=PAK&b=RUS").content.startswith(b"\x89PNG")
    assert get("/file/relation.svg?a=PAK&b=RUS&size=phone").text.startswith("<svg")
    assert get("/file/relation.exe?a=PAK&b=RUS").status_code == 400
