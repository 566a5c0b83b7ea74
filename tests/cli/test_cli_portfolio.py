"""Portfolio, balance, bond and durability as a person meets them."""

from __future__ import annotations

import json
from io import StringIO

import polars as pl
import pytest

COMMANDS = {
    "portfolio": ["portfolio", "Pakistan"],
    "balance": ["balance", "RUS", "--between", "IND", "PAK"],
    "bond": ["bond", "PAK", "USSR"],
    "durability": ["durability", "PAK", "RUS"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_says_it_draws_it_and_prints_it_for_machines(run, name, tmp_path):
    code, out, err = run(*COMMANDS[name], "--plot", "figure.svg")
    assert (code, err) == (0, "figure: figure.svg\n")
    assert "90%" in out and "chronicle" in out
    assert (tmp_path / "figure.svg").read_text().startswith("<svg")
    _, text, _ = run(*COMMANDS[name], "--json")
    made = json.loads(text)
    assert made["data"] == "chronicle"
    _, table, _ = run(*COMMANDS[name], "--csv")
    assert pl.read_csv(StringIO(table)).height == len(made["rows"])


def test_what_they_say(run):
    _, out, _ = run("portfolio", "PAK", "--until", "1968", "--against", "1958")
    assert out.startswith("Pakistan in 10 periods to 1968: ")
    assert "Since 1958 effective partners changed by" in out
    _, out, _ = run("balance", "RUS", "--between", "IND", "PAK", "--until", "1985")
    assert "Russia in 1985: closer to India" in out
    _, out, _ = run("bond", "PAK", "RUS")
    assert "United States makes" in out
    assert "votes: not known for 2018; give --layer FILE" in out


def test_as_of_a_year_nothing_later_is_used(run):
    _, out, _ = run("balance", "RUS", "--between", "IND", "PAK", "--until", "2015", "--json")
    assert max(r["period"] for r in json.loads(out)["rows"]) < "2016"
    _, text, _ = run("balance", "RUS", "--between", "IND", "PAK", "--until", "2015")
    assert "Druzhba" not in text  # of 2016


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["portfolio", "Pakistn"], "unknown state"),
        (["portfolio", "PAK", "--against", "1900"], "--against 1900"),
        (["portfolio", "PAK", "--frequency", "D"], "month, quarter or year"),
        (["balance", "RUS", "--between", "IND", "IND"], "give different states"),
        (
            ["balance", "RUS", "--between", "IND", "FRA"],
            "France is not among the 5 states of these data",
        ),
        (["bond", "PAK", "RUS", "--layer", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["durability", "PAK", "RUS", "--until", "1970"], "too few for a hazard"),
        (["bond", "PAK", "RUS", "--json", "--csv"], "--json or --csv"),
    ],
)
def test_bad_input_is_one_line(run, args, said):
    code, out, err = run(*args)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_layers_are_read_and_cited(run, tmp_path):
    rows = ["ccode1,ccode2,year,dyadigos", "770,365,2016,44", "770,750,2016,50", "2,365,2016,30"]
    (tmp_path / "igos.csv").write_text("\n".join(rows) + "\n")
    code, out, err = run("bond", "PAK", "RUS", "--layer", "igos.csv", "--json")
    assert code == 0
    assert err.startswith("cow_igos: 3 dyad-years")
    made = json.loads(out)
    goal = made["rows"][0]
    assert (goal["part"], goal["value"], goal["percentile"]) == ("organisations", 44.0, 50.0)
    assert "Pevehouse" in made["citations"]["cow_igos"]
