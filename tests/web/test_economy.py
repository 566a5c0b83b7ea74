"""The page of economics: with arms at hand, with nothing, and with names that are none."""

from __future__ import annotations

import re

import pytest
from traded import write_arms

from quadrille.lake.catalogue import open_lake
from quadrille.lake.ingest import ingest
from quadrille.web.desk import Desk
from quadrille.web.settings import Settings


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Makes a lake of files."""

    def make(name, *files):
        folder = tmp_path_factory.mktemp(name)
        made = open_lake(folder / "lake", create=True)
        ingest(made, [write(folder / f"{k}.csv") for k, write in enumerate(files)])
        return Settings(lake=str(made.path))

    return make


def lacking(text):
    """The commands that bring what is not at hand."""
    return re.findall("<code>([^<]*)</code>", re.search('id="missing">(.*)</p>', text)[1])


def test_it_shows_what_layers_hold(asked, lake):
    made = asked("/economy?a=Pakistan&b=USSR", lake("armed", write_arms))
    economics, _, arms = made.text.partition('<section id="arms"')
    assert made.status_code == 200
    assert 'data-part="/part/economics?a=PAK&amp;b=RUS"' in economics  # in a process of its own
    assert re.search(r'class="first">Of what was delivered to Pakistan in .* came from', arms)
    assert {f"/file/arms.{kind}?state=PAK" for kind in ("csv", "parquet", "json", "svg", "png")} <= set(re.findall('href="([^"]*)"', arms))  # fmt: skip
    assert lacking(made.text) == ["quadrille pull gravity --ingest"]


def test_it_says_what_brings_what_is_not_there(asked, lake, monkeypatch):
    monkeypatch.setattr(Desk, "_apart", Desk._here)  # a process of its own would start anew
    made = asked("/economy?a=PAK&b=RUS&open=economics", lake("empty"))
    assert made.status_code == 200
    assert lacking(made.text) == ["quadrille pull gravity --ingest", "quadrille ingest FILE"]  # fmt: skip
    assert "What the model implies: " in made.text
    assert "/file/economics.json" in made.text
    assert "/file/economics.csv" not in made.text  # it would be empty


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("a=PAK&b=Atlantis", 404, "unknown state &#39;Atlantis&#39;"),
        ("a=PAK&b=Pakistan", 400, "PAK and Pakistan are one state"),
        ("a=PAK", 400, "b is missing; give it"),
        ("a=PAK&b=RUS&c=USA", 400, "there is no parameter &#39;c&#39;"),
    ],
)
def test_what_is_wrong_is_one_line(asked, query, status, says):
    made = asked(f"/economy?{query}")
    assert made.status_code == status
    assert says in made.text
    assert "Traceback" not in made.text
