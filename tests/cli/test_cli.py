"""Commands as a person meets them: answers, machine-readable output, and errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import StringIO

import polars as pl
import pytest

BRIEF = ["brief", "PAK", "RUS", "--pivot", "USA", "--rival", "IND"]


def test_relation_says_how_warm_and_since_when(run):
    code, out, err = run("relation", "Pakistan", "USSR", "--until", "1991")
    assert (code, err) == (0, "")
    assert out.startswith("Pakistan–Russia in 1991: ")
    assert "90% band" in out
    assert "ok: fit converged" in out


def test_relation_json_and_csv_agree(run):
    _, text, _ = run("relation", "PAK", "RUS", "--json")
    _, table, _ = run("relation", "PAK", "RUS", "--csv")
    made = json.loads(text)
    rows = pl.read_csv(StringIO(table))
    assert made["facts"]["dyad"] == "PAK-RUS"
    assert made["facts"]["diagnostics"]["trusted"] is True
    assert made["trusted"] is True
    assert len(made["rows"]) == rows.height
    assert made["rows"][-1]["shown"] == pytest.approx(rows["shown"][-1])


def test_triangle_probabilities_sum_to_one(run):
    code, text, _ = run("triangle", "PAK", "RUS", "USA", "--csv")
    assert code == 0
    rows = pl.read_csv(StringIO(text))
    kinds = ["unit veto", "stable marriage", "romantic triangle", "ménage à trois"]
    assert rows.select(pl.sum_horizontal(kinds)).to_series().to_list() == pytest.approx(
        [1.0] * rows.height
    )


@pytest.fixture(scope="module")
def page():
    """What a brief printed and left in its folder, kept for both tests of it."""
    return {}


def made_once(run, tmp_path, page):
    if not page:
        page["said"] = run(*BRIEF, "--out", "page.html")
        page["files"] = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()}
    return page["said"], page["files"]


def test_brief_is_one_page_without_a_network(run, tmp_path, page):
    (code, out, err), files = made_once(run, tmp_path, page)
    assert (code, err) == (0, "written: page.html\n")
    assert "Pakistan–Russia in 20" in out
    assert list(files) == ["page.html"]
    page = files["page.html"]
    for outside in ("src=", "href='", "@import", "url(http"):
        assert outside not in page
    # An address is a link to follow; nothing is fetched by itself.
    assert set(re.findall(r'<(\w+)[^>]* href="h', page)) == {"a"}
    # Data for other programs, and nothing that runs.
    kinds = re.findall(r"<script([^>]*)>", page)
    assert kinds and all(re.fullmatch(r' type="application/[a-z.]+\+json"', k) for k in kinds)
    # Each figure is there twice: for a desk and for a phone.
    assert page.count("<svg") == 2 * page.count("<figure")
    assert page.count("<figure") >= 8
    assert "What it cannot say" in page
    assert "Pakistan" in page


def test_the_same_seed_gives_the_same_page(run, tmp_path, page):
    _, files = made_once(run, tmp_path, page)
    run(*BRIEF, "--out", "two.html")
    assert files["page.html"] == (tmp_path / "two.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", ["png", "svg", "html", "json"])
def test_plot_writes_what_the_suffix_says(run, tmp_path, suffix):
    code, _, err = run("relation", "PAK", "RUS", "--csv", "--plot", f"tie.{suffix}")
    assert code == 0
    assert f"figure: tie.{suffix}" in err
    head = (tmp_path / f"tie.{suffix}").read_bytes()[:400]
    assert {"png": b"\x89PNG", "svg": b"<svg", "html": b"<!DOCTYPE html>", "json": b"{"}[
        suffix
    ] in head


def test_relations_writes_every_dyad(run, tmp_path):
    code, out, _ = run("relations", "--out", "all.csv")
    assert code == 0
    assert "10 dyads" in out
    table = pl.read_csv(tmp_path / "all.csv")
    assert table.select("state_a", "state_b").unique().height == 10


def test_states_find(run):
    code, out, _ = run("states", "find", "Soviet", "--json")
    assert code == 0
    assert "RUS" in {row["iso3"] for row in json.loads(out)["rows"]}
    assert run("states", "find", "qqqqzzzz")[0] == 2


BAD = {
    "unknown state": (["relation", "PAK", "Atlantis"], "unknown state 'Atlantis'"),
    "close match": (["relation", "PAK", "Rusia"], "did you mean"),
    "state not then": (["relation", "PAK", "BGD", "--until", "1960"], "Bangladesh"),
    "same state": (["relation", "PAK", "Pakistan"], "different states"),
    "same through another name": (["relation", "Russia", "USSR"], "different states"),
    "not four states": (
        ["brief", "PAK", "RUS", "--pivot", "USA", "--rival", "RUS"],
        "different states",
    ),
    "no such file": (["relation", "PAK", "RUS", "--data", "nowhere.csv"], "nowhere.csv"),
    "bad date": (["relation", "PAK", "RUS", "--since", "yesterday"], "is not a date; write YYYY"),
    "month 13": (["relation", "PAK", "RUS", "--since", "1999-13"], "out of range"),
    "30 February": (
        ["relation", "PAK", "RUS", "--since", "1999-02-30"],
        "not a day of the calendar",
    ),
    "dates swapped": (
        ["relation", "PAK", "RUS", "--since", "1999", "--until", "1990"],
        "swap them",
    ),
    "before all data": (
        ["relation", "RUS", "USA", "--until", "1946"],
        "widen since or until",
    ),
    "unknown facet": (["relation", "PAK", "RUS", "--facet", "love"], "use one of cordiality"),
    "facet not there": (["relation", "PAK", "RUS", "--facet", "engagement"], "can show cordiality"),
    "unknown frequency": (["relation", "PAK", "RUS", "--frequency", "W"], "use one of D, M, Q, Y"),
    "plot suffix": (["relation", "PAK", "RUS", "--plot", "x.bmp"], ".png"),
    "plot nowhere": (["relation", "PAK", "RUS", "--plot", "no/x.png"], "cannot write there"),
    "out nowhere": ([*BRIEF, "--out", "no/such/brief.html"], "cannot write there"),
    "out is a folder": ([*BRIEF, "--out", "."], "it is a folder"),
    "json and csv": (["relation", "PAK", "RUS", "--json", "--csv"], "not both"),
    "out suffix": (["relations", "--out", "x.xls"], "ends in .html or .md"),
    "no such option": (["relation", "PAK", "RUS", "--nope"], "--nope (Possible"),
    "no such command": (["relationships"], "No such command 'relationships'"),
    "argument left out": (
        ["relation", "PAK"],
        "Missing argument 'B'. (see: quadrille relation --help)",
    ),
    "too few draws": (
        ["relation", "PAK", "RUS", "--draws", "3"],
        "draws is 3; it must be at least 200",
    ),
    "nothing like it": (["relation", "PAK", "Zzzq"], "give a name, an ISO3 code or a COW number"),
}


@pytest.mark.parametrize(("args", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_and_exit_code_two(run, tmp_path, args, says):
    code, out, err = run(*args)
    assert code == 2
    assert out == ""
    assert err.startswith("quadrille: ")
    assert err.count("\n") == 1
    assert says in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_the_data_named_do_not_hold_is_one_line_below_what_was_read(run):
    code, out, err = run("relation", "PAK", "BRA", "--data", "chronicle")
    assert (code, out) == (2, "")
    read, line = err.splitlines()
    assert read.startswith("chronicle: ")
    assert line == "quadrille: Brazil is not among the 5 states of these data (chronicle)"


def test_runs_as_a_module():
    made = subprocess.run(
        [sys.executable, "-m", "quadrille", "--version"], capture_output=True, text=True, check=True
    )
    assert made.stdout.startswith("quadrille ")


@pytest.mark.parametrize("words", [("trade", "potential"), ("rolling", "pivot")])
def test_a_name_of_two_words_is_known_with_a_space(run, words):
    apart, joined = (run(*form, "--help") for form in (words, ("-".join(words),)))
    assert apart == joined
    assert apart[0] == 0 and "Usage: quadrille " + "-".join(words) in apart[1]
