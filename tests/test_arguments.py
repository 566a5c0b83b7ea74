"""Public functions given what nobody should give them: only errors of our own come out."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import quadrille
from quadrille import public
from quadrille.arguments import at_least, check_place, one_of, question
from quadrille.errors import FileFormatError, InputError, OptionError, QuadrilleError
from quadrille.measure.world import Where

FUNCTIONS = {q.name: public.load(q.name) for q in public.QUESTIONS}
STATES = ["PAK", "RUS", "USA", "IND", "CHN"]
# What makes a question answer quickly, were its other arguments good.
QUICK = {"draws": 200, "chains": 2, "warmup": 50, "thin": 1, "quick": True, "methods": ("last",), "horizons": 1}  # fmt: skip

wrong = st.one_of(
    st.none(), st.integers(-5, 5), st.floats(), st.booleans(), st.binary(max_size=4), st.text(max_size=8),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from([date(2050, 1, 1), "1990-02-30", "1800", "Atlantis", "lake:nothing", Path("nowhere.csv"), object()]),
)  # fmt: skip

# Nothing takes these: for questions whose answer takes seconds, so that none is computed here.
never = st.sampled_from([object(), b"x", {"a": 1}, [1.5, None], (object(),), "Atlantis"])
SLOW = {
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


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_our_own_errors_come_out(name, data):
    """One argument is wrong, missing or absurd; the answer is an answer or a QuadrilleError."""
    function = FUNCTIONS[name]
    known = {
        p.name: p
        for p in inspect.signature(function).parameters.values()
        if p.kind is not p.VAR_KEYWORD
    }
    arguments = {k: v for k, v in QUICK.items() if k in known}
    states = iter(STATES)
    for k, p in known.items():
        if p.default is p.empty and k != "data":
            arguments[k] = STATES[:3] if k == "states" else next(states)
    if "between" in known:
        arguments["between"] = ("IND", "PAK")
    if "with_" in known:
        arguments["with_"] = ("PAK", "USA")
    target = data.draw(st.sampled_from(sorted({*known, *Where.__annotations__} - {"progress"})))
    arguments[target] = data.draw(never if name in SLOW else wrong)
    try:
        function(**arguments)
    except QuadrilleError as problem:
        assert "\n" not in str(problem)


def test_every_question_refuses_empty_tables():
    table = quadrille.open("chronicle").table()
    empty = type(table)(**{
        f: getattr(table, f).clear() if f == "data" else getattr(table, f)
        for f in table.__slots__
    })  # fmt: skip
    for name in ("relations", "triads", "backtest"):
        with pytest.raises(InputError):
            FUNCTIONS[name](empty)
    with pytest.raises(InputError):
        quadrille.relation("PAK", "RUS", empty)


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
        (lambda r: r.plot("x.png"), "takes a width in pixels; save\\('x.png'\\) writes a file"),
        (lambda r: at_least("seed", 2**64, 0), "at least 0 and at most 2,147,483,647"),
    ],
)  # fmt: skip
def test_what_results_and_find_cannot_take_is_one_line(result, ask, said):
    with pytest.raises(OptionError, match=said):
        ask(result)


def test_a_layer_that_is_not_there_is_refused_by_every_question():
    with pytest.raises(FileFormatError, match=r"nowhere\.csv: cannot be read"):
        quadrille.relation("PAK", "RUS", "chronicle", layers=["nowhere.csv"])
