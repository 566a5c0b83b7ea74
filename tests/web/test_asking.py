"""A query becomes the arguments of a question, or one line that says what is wrong with it."""

from __future__ import annotations

import inspect

import pytest

from quadrille import public
from quadrille.errors import OptionError, UnknownStateError
from quadrille.web.asking import SERVED, ask_of, model_of


def test_what_is_served_is_a_parameter_of_the_question():
    for each in SERVED:
        known = inspect.signature(public.load(each.name)).parameters
        assert set(each.parameters) <= set(known), each.name
        needed = {
            n for n, p in known.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD
        }
        assert needed <= set(each.parameters), each.name


def test_nothing_that_names_a_place_is_served():
    taken = {p for each in SERVED for p in each.parameters}
    assert not taken & {"data", "lake", "layers", "model", "scenario", "out"}


def test_one_tie_by_any_name_is_one_question():
    first = ask_of("relation", [("a", "Pakistan"), ("b", "USSR"), ("facet", "")])
    assert first.key == ask_of("relation", {"a": "PAK", "b": "365"}).key
    assert first.query == {"a": "PAK", "b": "RUS"}


def test_names_of_python_are_not_those_of_a_query():
    made = ask_of("events", {"a": "PAK", "b": "RUS", "in": "1965-09"})
    assert dict(made.arguments)["in_"] == "1965-09"
    assert made.query["in"] == "1965-09"
    assert ask_of("synchrony", {"a": "PAK", "b": "RUS", "with": ["PAK", "US"]}).query["with"] == [
        "PAK",
        "USA",
    ]


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("relation", {"a": "PAK"}, "b is missing; give it"),
        ("relation", {"a": "PAK", "b": "RUS", "data": "/etc/passwd"}, "there is no parameter 'data'; leave it out"),
        ("relation", {"a": "PAK", "b": "x" * 81}, "b: string should have at most 80 characters"),
        ("relation", {"a": "PAK", "b": "R\x00S"}, "b: string should match pattern"),
        ("relation", {"a": "PAK", "b": "<script>"}, "b: string should match pattern"),
        ("relation", {"a": "PAK", "b": "RUS", "seed": "1e99"}, "seed: input should be a valid integer"),
        ("relation", {"a": "PAK", "b": "RUS", "draws": "999999999"}, "draws: input should be less than"),
        ("events", {"a": "PAK", "b": "RUS", "in": "../../x"}, "in: string should match pattern"),
        ("check", {"claims": "/etc/passwd"}, "claims: input should be"),
        ("analogues", {"a": "PAK", "b": "RUS", "on": "USA", "size": "nan"}, "size: input should be a finite number"),
        ("dance", [("states", "PAK")] * 21, "states: list should have at most 20 items"),
        ("relation", [("a", "PAK"), ("a", "IND"), ("b", "RUS")], "a is given twice"),
        ("couple", {}, "no such question 'couple'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(name, given, says):
    with pytest.raises(OptionError) as why:
        ask_of(name, given)
    assert str(why.value).startswith(says)
    assert "\n" not in str(why.value)
    assert len(str(why.value)) < 400


def test_a_state_that_is_none_has_suggestions():
    with pytest.raises(UnknownStateError, match="did you mean"):
        ask_of("relation", {"a": "Pakistann", "b": "RUS"})


def test_ranges_are_those_of_the_signature():
    schema = model_of("relation").model_json_schema()["properties"]["draws"]
    assert {"minimum": 200, "maximum": 10_000} in [
        {k: part.get(k) for k in ("minimum", "maximum")} for part in schema["anyOf"]
    ]
