"""Public functions given what nobody should give them: only errors of our own come out."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import quadrille
from quadrille import public
from quadrille.arguments import at_least, check_place, one_of, question
from quadrille.errors import (
    FileFormatError,
    InputError,
    OptionError,
    QuadrilleError,
    UnknownStateError,
)
from quadrille.measure.world import Where

FUNCTIONS = {q.name: public.load(q.name) for q in public.QUESTIONS}
STATES = ["PAK", "RUS", "USA", "IND", "CHN"]
# What makes a question answer quickly, were its other arguments good.
QUICK = {"draws": 200, "chains": 2, "warmup": 50, "thin": 1, "quick": True, "methods": ("last",), "horizons": 1}  # fmt: skip

wrong = st.one_of(
    st.none(), st.integers(-5, 5), st.floats(), st.booleans(), st.binary(max_size=4), st.text(max_size=8),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.lists(st.sampled_from(["PAK", "Atlantis"]), max_size=2),
    st.sampled_from([date(2050, 1, 1), "1990-02-30", "1800", "Atlantis", "lake:nothing", Path("nowhere.csv"), object()]),
)  # fmt: skip

# Nothing takes these: for questions whose answer takes seconds, so that none is computed here.
never = st.sampled_from([object(), b"x", {"a": 1}, [1.5, None], (object(),), "Atlantis"])
SLOW = {
    "check",
    "couple",
    "connectedness",
    "responses",
    "pivot",
    "rolling_pivot",
    "whatif",
    "backtest",
    "brief",
}


@question
def sample(
    a: str,
    n: int = 1,
    x: float | None = None,
    names: Sequence[str] = (),
    pair: tuple[str, str] = ("a", "b"),
    word: Literal["see", "do"] = "see",
    day: str | date | None = None,
    flag: bool = False,
) -> str:
    """A function of every kind of argument."""
    return a


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"a": 5}, "a is 5; expected text"),
        ({"a": "x", "n": "many"}, "n is 'many'; expected a whole number"),
        ({"a": "x", "n": True}, "n is True; expected a whole number"),
        ({"a": "x", "x": "1"}, "x is '1'; expected a number or None"),
        ({"a": "x", "names": "PAK"}, "names is 'PAK'; expected several of text"),
        ({"a": "x", "names": [1]}, "names is [1]"),
        ({"a": "x", "pair": ("a",)}, "expected 2 of text"),
        ({"a": "x", "word": "make"}, "unknown word 'make'; use one of see, do"),
        ({"a": "x", "word": 2}, "word is 2; expected see, do"),
        ({"a": "x", "day": 3.5}, "day is 3.5"),
        ({"a": "x", "flag": 1}, "expected True or False"),
        ({"a": "x", "wurd": "do"}, "takes no argument 'wurd'; did you mean word?"),
        ({}, "missing a required argument: 'a'"),
    ],
)
def test_a_wrong_argument_is_named(given_, says):
    with pytest.raises(OptionError, match=r".") as caught:
        sample(**given_)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_right_arguments_pass():
    assert sample("x", 2, 1, ["a"], ["a", "b"], "do", date(2000, 1, 1), True) == "x"
    assert sample("x", x=2.5, day="1990") == "x"


def test_ranges_and_words():
    at_least("n", None, 1)
    at_least("n", 1, 1)
    with pytest.raises(OptionError, match="n is 0; it must be at least 1"):
        at_least("n", 0, 1)
    with pytest.raises(OptionError, match="at most 3"):
        at_least("n", 4, 1, 3)
    with pytest.raises(OptionError, match="unknown way 'x'; use one of see, do"):
        one_of("way", "x", ("see", "do"))


def test_places_are_checked_before_the_work(tmp_path):
    check_place(tmp_path / "new.csv", (".csv",))
    for place, says in (
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "x.csv", "no such folder"),
        (tmp_path / "x.xls", "ends in .csv"),
    ):
        with pytest.raises(OptionError, match=says):
            check_place(place, (".csv",))


# Of arguments that must be given and are no state.
NEEDED = {"in_": "1990", "cut": 2014, "products": "nowhere", "claims": "article"}


def good(name):
    """Arguments that a question would answer."""
    known = inspect.signature(FUNCTIONS[name]).parameters
    made = {k: v for k, v in QUICK.items() if k in known}
    states = iter(STATES)
    for k, p in known.items():
        if k in {"states", "by"}:
            made[k] = STATES[-3:]
        elif p.kind is not p.VAR_KEYWORD and p.default is p.empty:
            made[k] = NEEDED[k] if k in NEEDED else next(states)
    for k, pair in (("between", ("IND", "PAK")), ("with_", ("PAK", "USA"))):
        made |= {k: pair} if k in known else {}
    return made | ({"if_": ["PAK-USA stays"]} if name == "whatif" else {})


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_our_own_errors_come_out(name, data):
    """One argument is wrong, missing or absurd; the answer is an answer or a QuadrilleError."""
    known = {p for p in inspect.signature(FUNCTIONS[name]).parameters if p != "where"}
    target = data.draw(st.sampled_from(sorted({*known, *Where.__annotations__} - {"progress"})))
    arguments = good(name) | {target: data.draw(never if name in SLOW else wrong)}
    try:
        FUNCTIONS[name](**arguments)
    except QuadrilleError as problem:
        assert "\n" not in str(problem)


@pytest.fixture(scope="module")
def empty():
    table = quadrille.open("chronicle").table()
    return replace(table, data=table.data.clear())


@pytest.mark.parametrize(
    "where",
    [
        {"since": "1990", "until": "1980"},
        {"since": date(1990, 5, 1), "until": date(1980, 1, 1)},
        {"since": "yesterday"},
        {"frequency": "W"},
        {"data": "lake:nothing"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_question_refuses_where(name, where):
    with pytest.raises(QuadrilleError):
        FUNCTIONS[name](**good(name), **where)


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {"check"}))
def test_every_question_refuses_empty_tables(name, empty):
    with pytest.raises(InputError):
        FUNCTIONS[name](**good(name), data=empty)


def test_claims_put_to_an_empty_table_are_faults(empty):
    found = quadrille.check("article", empty)
    assert not found.answers
    assert len(found.faults) > 5
    assert all("no rows" in line for line in found.faults)


def naming_states():
    """Each question with each of its arguments that names states."""
    for name in FUNCTIONS:
        for k, v in good(name).items():
            if v in STATES or (isinstance(v, list | tuple) and v[0] in STATES):
                yield name, k


@pytest.mark.parametrize(("name", "argument"), list(naming_states()))
def test_every_question_refuses_a_state_that_is_none(name, argument):
    given_ = good(name)
    one = given_[argument]
    given_[argument] = "Atlantis" if isinstance(one, str) else type(one)([*one[:-1], "Atlantis"])
    with pytest.raises(UnknownStateError, match="Atlantis"):
        FUNCTIONS[name](**given_)


@pytest.fixture(scope="module")
def result():
    return quadrille.relation("PAK", "RUS", "chronicle")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        *((lambda r, v=v: quadrille.find(v), "text is .*; expected text") for v in (None, float("nan"), 2)),
        *((lambda r, v=v: r.save(v), "path is .*; expected the name") for v in (None, 3, "\0.html")),
        (lambda r: r.export(None), "path is None; expected the name"),
        (lambda r: quadrille.open("\0"), "data is .*; expected the name"),
        *((lambda r, v=v: quadrille.Coupled.load(v), "path is .*; expected the name") for v in (None, 3, b"x")),
        *((lambda r, v=v: quadrille.Condition("PAK-USA", "return", v), "whole numbers") for v in (None, "x", 2.5)),
        (lambda r: r.plot("x.png"), "takes a width in pixels; save\\('x.png'\\) writes a file"),
        (lambda r: at_least("seed", 2**64, 0), "at least 0 and at most 2,147,483,647"),
    ],
)  # fmt: skip
def test_what_results_and_find_cannot_take_is_one_line(result, ask, said):
    with pytest.raises(OptionError, match=said):
        ask(result)


METHODS = [n for n, m in vars(quadrille.World).items() if inspect.isfunction(m) and n[0] != "_"]


@pytest.mark.parametrize("method", sorted({*METHODS} - {"summary", "countable", "of_ties"}))
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_our_own_errors_come_out_of_a_world(method, data):
    world = quadrille.open("chronicle")
    asked = getattr(world, method)
    known = inspect.signature(asked).parameters
    with suppress(QuadrilleError):
        asked(*(data.draw(wrong) for _ in known))


@settings(max_examples=40)
@given(
    data=st.data(), name=st.sampled_from(["data", "frequency", "since", "until", "lake", "layers"])
)
def test_a_world_is_made_or_refused(data, name):
    with suppress(QuadrilleError):
        quadrille.World(**{name: data.draw(wrong)})


def test_a_layer_that_is_not_there_is_refused_by_every_question():
    with pytest.raises(FileFormatError, match=r"nowhere\.csv: cannot be read"):
        quadrille.relation("PAK", "RUS", "chronicle", layers=["nowhere.csv"])
