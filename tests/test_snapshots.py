"""What every command says on the chronicle, kept as files: text, keys of the JSON, exit code, and frequent errors.

``QUADRILLE_SNAPSHOTS=write pytest tests/test_snapshots.py`` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from functools import wraps
from pathlib import Path
from types import SimpleNamespace

import pytest
from traded import write_arms, write_products, write_trade, write_warm
from witnessed import write_small

from quadrille import public
from quadrille.cli import questions as cli
from quadrille.public import QUESTIONS

FOLDER = Path(__file__).parent / "snapshots"
MODEL = [
    "couple",
    "PAK",
    "RUS",
    "USA",
    "--chains",
    "2",
    "--draws",
    "100",
    "--warmup",
    "100",
    "--thin",
    "1",
    "--out",
    "three.nc",
]
QUESTION = {
    "brief": ["brief", "PAK", "RUS", "--pivot", "USA", "--rival", "IND"],
    "check": ["check", "claims.toml"],
    "relation": ["relation", "PAK", "RUS"],
    "relations": ["relations"],
    "episodes": ["episodes", "PAK", "RUS"],
    "events": ["events", "PAK", "RUS", "--in", "2017", "--top", "4"],
    "compare": ["compare", "CHN", "IND", "--data", "index.parquet"],
    "bond": ["bond", "PAK", "RUS"],
    "durability": ["durability", "PAK", "RUS"],
    "triangle": ["triangle", "PAK", "RUS", "USA"],
    "triads": ["triads"],
    "dance": ["dance", "PAK", "RUS", "USA", "IND"],
    "network": ["network", "CHN", "IND", "USA", "DZA", "--in", "1975", "--data", "index.parquet"],
    "synchrony": ["synchrony", "PAK", "RUS", "--with", "PAK", "USA"],
    "ties": ["ties", "China", "--in", "1985", "--data", "index.parquet"],
    "portfolio": ["portfolio", "PAK"],
    "balance": ["balance", "RUS", "--between", "IND", "PAK"],
    "couple": MODEL,
    "connectedness": ["connectedness", "--model", "three.nc"],
    "responses": ["responses", "PAK", "RUS", "--model", "three.nc"],
    "pivot": ["pivot", "PAK", "RUS", "--on", "USA", "--quick"],
    "pivots": ["pivots", "PAK", "--top", "20"],
    "rolling-pivot": ["rolling-pivot", "PAK", "RUS", "--on", "USA", "--width", "40"],
    "trade-potential": ["trade-potential", "PAK", "RUS", "--layers", "trade.csv"],
    "trade-agreement": [
        "trade-agreement", "PAK", "RUS", "--phase-in", "3", "--effect", "0.5", "--draws", "200", "--layers", "trade.csv"
    ],
    "trade-corridor": ["trade-corridor", "CHN", "PAK", "IRN", "--draws", "200", "--layers", "trade.csv"],
    "trade-embargo": [
        "trade-embargo", "RUS", "--by", "USA", "--by", "TUR", "--draws", "200", "--layers", "trade.csv"
    ],
    "economics": ["economics", "PAK", "RUS", "--layers", "trade.csv", "--layers", "arms.csv", "--draws", "200"],
    "trade-openings": [
        "trade-openings", "PAK", "RUS", "--products", "products", "--cut", "2014", "--by", "DEU", "--by", "USA"
    ],
    "trade-warmth": ["trade-warmth", "--data", "warm.parquet", "--layers", "warm.csv"],
    "arms": ["arms", "PAK", "--layers", "arms.csv", "--supplier", "Russia"],
    "whatif": ["whatif", "PAK", "RUS", "--if", "PAK-USA normalises over 24 months", "--model", "three.nc"],
    "analogues": ["analogues", "PAK", "RUS", "--on", "USA"],
    "backtest": ["backtest", "--methods", "last", "--methods", "mean", "--horizons", "3"],
}  # fmt: skip
DATA = {
    "help": ["--help"],
    "version": ["--version"],
    "states": ["states", "find", "Korea"],
    "chronicle": ["chronicle", "check"],
    "agreement": ["chronicle", "agreement", "first.csv", "second.csv"],
    "data": ["data", "events.csv"],
    "map": ["map", "guess", "events.csv"],
    "ingest": ["ingest", "events.csv", "--lake", "lake"],
    "status": ["lake", "status", "--lake", "lake"],
    "panel": ["panel", "build", "--data", "events.csv", "--out", "panel.csv"],
}
ERRORS = {
    "unknown state": ["relation", "PAK", "Atlantis"],
    "close match": ["relation", "PAK", "Rusia"],
    "two states of that name": ["relation", "Korea", "Japan"],
    "state not then": ["relation", "PAK", "Bangladesh", "--until", "1960"],
    "same state": ["relation", "Russia", "USSR"],
    "state not in data": ["relation", "PAK", "Brazil", "--data", "chronicle"],
    "no such file": ["relation", "PAK", "RUS", "--data", "nowhere.csv"],
    "no table": ["relation", "PAK", "RUS", "--data", "notes.md"],
    "empty file": ["relation", "PAK", "RUS", "--data", "empty.csv"],
    "no lake": ["relation", "PAK", "RUS", "--data", "lake:icews"],
    "bad date": ["relation", "PAK", "RUS", "--since", "yesterday"],
    "dates swapped": ["relation", "PAK", "RUS", "--since", "1999", "--until", "1990"],
    "before all data": ["relation", "PAK", "RUS", "--until", "1947-08-20"],
    "unknown facet": ["relation", "PAK", "RUS", "--facet", "love"],
    "unknown frequency": ["relation", "PAK", "RUS", "--frequency", "W"],
    "no such option": ["relation", "PAK", "RUS", "--nope"],
    "acts of another coding": ["chronicle", "agreement", "first.csv", "other.csv"],
    "no such command": ["relationships"],
    "argument left out": ["relation", "PAK"],
    "too few draws": ["relation", "PAK", "RUS", "--draws", "3"],
    "cannot write": ["brief", "PAK", "RUS", "--pivot", "USA", "--rival", "IND", "--out", "no/such.html"],
    "json and csv": ["relation", "PAK", "RUS", "--json", "--csv"],
    "no condition": ["whatif", "PAK", "RUS"],
    "finer than a year": ["compare", "CHN", "IND", "--in", "1971-12", "--data", "index.parquet"],
    "never together": ["compare", "East Germany", "Timor-Leste", "--data", "index.parquet"],
    "finer than the data": ["ties", "PAK", "--in", "2010-03-05", "--data", "events.csv"],
    "a year of months": ["ties", "PAK", "--in", "2010", "--data", "events.csv"],
    "not in the record": ["ties", "CHN", "--in", "2040", "--data", "index.parquet"],
    "no state of the year": ["ties", "Timor-Leste", "--in", "1971", "--data", "index.parquet"],
    "no such region": ["network", "--region", "South Azia", "--data", "index.parquet"],
    "no states": ["network", "--data", "index.parquet"],
    "no index": ["compare", "PAK", "RUS", "--data", "chronicle"],
    "period to come": ["events", "PAK", "RUS", "--in", "2199-01"],
    "period without events": ["events", "PAK", "RUS", "--in", "2020-02"],
    "no rows behind counts": ["events", "PAK", "RUS", "--in", "2010", "--data", "counts.csv"],
    "no trade": ["trade-corridor", "PAK", "RUS"],
    "not in the trade": ["trade-embargo", "Brazil", "--by", "USA", "--layers", "trade.csv"],
    "agreed already": ["trade-agreement", "CHN", "PAK", "--effect", "0.5", "--layers", "trade.csv"],
    "no such elasticity": ["trade-corridor", "PAK", "RUS", "--sigma", "0.5", "--layers", "trade.csv"],
    "no arms": ["arms", "PAK", "--layers", "trade.csv"],
    "unknown phrase": ["whatif", "PAK", "RUS", "--if", "nonsense"],
}  # fmt: skip
EVENTS = "date,source,target,cameo\n" + "".join(
    f"2010-{month:02}-{day:02},{who},{whom},{code}\n"
    for month in range(1, 13)
    for day, who, whom, code in (
        (5, "PAK", "RUS", "040"),
        (9, "RUS", "PAK", "036"),
        (11, "IND", "PAK", "112"),
    )
)
CODED = """id,source,target,mutual,cameo,intensity
visit,PAK,IND,no,042,
war,PAK,IND,yes,190,
treaty,PAK,IND,no,057,
aid,USA,PAK,no,072,
cut,USA,PAK,no,162,-3
"""
COUNTS = (
    "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,material_conflict\n"
)
CLAIMS = """[text]
title = "A letter to the editor"

[[claim]]
id = "friends"
says = "Pakistan and China are friends."
test = "relation"
ties = ["PAK-CHN"]
direction = "warm"

[[claim]]
id = "after-washington"
says = "Moscow comes when Washington goes."
test = "synchrony"
ties = ["PAK-RUS", "PAK-USA"]
direction = "begins"

[[claim]]
id = "friends"
says = "A second claim of that name."
test = "gossip"
ties = ["PAK-Atlantis"]
direction = "warm"
""".replace("direction", 'data = ["chronicle"]\ndirection')
COUNTS += "PAK,RUS,2010,3,1,0,0\n"
EVENTS += "2010-02-12,PAK,Atlantis,112\n2010-03-01,USA,PAK,999\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that commands are given, and the model that some start from."""
    place = tmp_path_factory.mktemp("commands")
    (place / "events.csv").write_text(EVENTS)
    (place / "counts.csv").write_text(COUNTS)
    write_small(place / "index.parquet")
    write_trade(place / "trade.csv")
    write_arms(place / "arms.csv")
    write_products(place / "products")
    write_warm(place / "warm.csv", place / "warm.parquet")
    (place / "first.csv").write_text(CODED)
    (place / "second.csv").write_text(CODED.replace(",042,", ",112,").replace("no,057", "yes,057"))
    (place / "other.csv").write_text(CODED.replace("war,", "peace,"))
    (place / "claims.toml").write_text(CLAIMS)
    (place / "empty.csv").write_text("")
    (place / "notes.md").write_text("# Notes\n\nNo table, but text.\n")
    return place


def question_of(args):
    """A command without where and how its answer is written."""
    words = [word for word in args if word != "--json"]
    if "--out" in words:
        at = words.index("--out")
        del words[at : at + 2]
    return tuple(words)


@pytest.fixture(scope="module")
def answers():
    """Each question answered so far: it is asked once, for its text, its JSON and its page."""
    return {}


def without_estimates(text: str) -> str:
    """What is estimated from the index that ships, which is made anew at times, left out."""
    return re.sub(
        r"Whether more trade warms a tie:.*?to\s+\d{4}\)\.",
        "Whether more trade warms a tie: …",
        text,
        flags=re.S,
    )


@pytest.fixture
def say(run_command, folder, monkeypatch, answers):
    """Run a command there: what it prints, without times and places."""
    monkeypatch.chdir(folder)
    asked = []

    def load(name):
        function = public.load(name)

        @wraps(function)
        def once(**given):
            if asked[-1] not in answers:
                answers[asked[-1]] = function(**given)
            return answers[asked[-1]]

        return once

    monkeypatch.setattr(cli, "public", SimpleNamespace(**vars(public) | {"load": load}))

    def call(args):
        if "--model" in args and not (folder / "three.nc").exists():
            call(MODEL)
        if args[0] == "lake":
            assert run_command(*DATA["ingest"])[0] == 0
        asked.append(question_of(args))
        code, out, err = run_command(*args)
        # Errors are one line, however long; all else fits a terminal.
        assert "--json" in args or max(map(len, out.splitlines()), default=0) <= 80
        text = f"$ quadrille {' '.join(args)}\n{out}{err}exit {code}\n"
        text = text.replace(str(folder), "HERE")
        text = re.sub(r"\(\d+\.\d s\)", "(… s)", text)
        return without_estimates(text)

    return call


def kept(name: str, text: str) -> None:
    place = FOLDER / f"{name}.txt"
    if os.environ.get("QUADRILLE_SNAPSHOTS") == "write":
        place.write_text(text, encoding="utf-8")
    assert text == place.read_text(encoding="utf-8")


def test_every_question_is_here():
    assert set(QUESTION) == {q.command for q in QUESTIONS}


def needs_the_extra(name):
    if name in ("trade-potential", "trade-warmth", "economics"):
        pytest.importorskip("pyfixest")


@pytest.mark.parametrize("name", [*QUESTION, *DATA])
def test_text(say, name):
    needs_the_extra(name)
    text = say((QUESTION | DATA)[name])
    kept(name, text)


def keys(value, inside="") -> list[str]:
    """Every key of a JSON value, with its place; the first of a list stands for all."""
    if isinstance(value, dict):
        return [
            line for k, v in value.items() for line in [f"{inside}{k}", *keys(v, f"{inside}{k}.")]
        ]
    return keys(value[0], f"{inside}[].") if isinstance(value, list) and value else []


@pytest.mark.parametrize("name", QUESTION)
def test_json_keys(say, name):
    needs_the_extra(name)
    text = say([*QUESTION[name], "--json"])
    body = text.split("\n", 1)[1].rsplit("\n}", 1)[0] + "\n}"
    kept(f"{name}.json", "\n".join(keys(json.loads(body))) + "\n")


def test_errors(say):
    kept("errors", "\n".join(say(args) for args in ERRORS.values()))


def test_page(say, folder):
    """The page; its figures, its date and the hashes of its data left out."""
    say([*QUESTION["brief"], "--out", "page.html"])
    page = (folder / "page.html").read_text(encoding="utf-8")
    page = re.sub(r"<svg.*?</svg>", "<svg/>", page, flags=re.S)
    page = re.sub(r"\b[0-9a-f]{64}\b", "hash", page)
    kept("page", without_estimates(re.sub(r"made \d{4}-\d\d-\d\d", "made today", page)))
