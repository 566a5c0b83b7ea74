"""Phrases, the conditions they stand for, and scenario files."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError, InputError, NoDataError, OptionError
from quadrille.foresight.conditions import (
    PHRASES,
    Condition,
    check_conditions,
    parse,
    read_scenario,
    resolve_condition,
    steps_of,
)
from quadrille.panel.units import Unit

TIE = "PAK-USA"


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("PAK-USA normalises over 24 months", Condition(TIE, "return", 24)),
        ("USA–Pakistan NORMALIZES within 2 years", Condition(TIE, "return", 24)),
        (
            "Pakistan - USA returns to 2004-2010 over 2 years",
            Condition(TIE, "return", 24, years=(2004, 2010)),
        ),
        (
            "PAK-USA returns to the mean of 2004 over 6 months exactly",
            Condition(TIE, "return", 6, years=(2004, 2004), exact=True),
        ),
        ("PAK-USA stays", Condition(TIE, "stay")),
        (
            "PAK-USA stays where it is for 1 year exactly",
            Condition(TIE, "stay", last=12, exact=True),
        ),
        (
            "PAK-USA is at 0.3 from month 6 to 12",
            Condition(TIE, "level", 6, 12, low=0.3, high=0.3),
        ),
        (
            "PAK-USA is at −.3 in year 2",
            Condition(TIE, "level", 13, 24, low=-0.3, high=-0.3),
        ),
        (
            "PAK-USA is between 0.1 and 0.4 in month 12",
            Condition(TIE, "band", 12, 12, low=0.1, high=0.4),
        ),
        ("PAK-USA is above 0.2 from month 6 on", Condition(TIE, "above", 6, low=0.2)),
        ("PAK-USA is below -0.2", Condition(TIE, "below", high=-0.2)),
        ("PAK-USA is cold in month 12", Condition(TIE, "below", 12, 12)),
        ("PAK-USA is warm from year 2 on", Condition(TIE, "above", 13)),
        ("PAK-USA jumps by 2 sd", Condition(TIE, "shock", 1, 1, size=2.0)),
        ("PAK-USA falls by 1.5 sd", Condition(TIE, "shock", 1, 1, size=-1.5)),
        ("PAK-USA thaws over 24 months", Condition(TIE, "return", 24, size=1.0)),
        ("PAK-USA warms", Condition(TIE, "return", 12, size=1.0)),
        (
            "PAK-USA warms up within 2 years exactly",
            Condition(TIE, "return", 24, size=1.0, exact=True),
        ),
        ("PAK-USA chills over 1 year", Condition(TIE, "return", 12, size=-1.0)),
        ("PAK-USA freezes", Condition(TIE, "return", 12, size=-1.0)),
        ("PAK-USA cools down over 6 months", Condition(TIE, "return", 6, size=-1.0)),
        ("PAK-USA warms up by 2 sd", Condition(TIE, "shock", 1, 1, size=2.0)),
        ("PAK-USA cools by 2 sd", Condition(TIE, "shock", 1, 1, size=-2.0)),
    ],
)
def test_a_phrase_stands_for_a_condition(phrase, wanted):
    assert parse(phrase) == wanted


def test_every_phrase_offered_is_understood_and_echoed_in_full(make):
    model = make.random(1, start=date(2009, 1, 1))
    for phrase in PHRASES:
        made = parse(phrase)
        said = str(made.read(model))
        assert said.startswith("PAK–USA ")
        assert "month" in said
    assert str(parse(PHRASES[0]).read(model)) == (
        "PAK–USA goes in equal steps from where it is to its mean over all of the data by month 24, "
        "and stays there to the end (in expectation, varying about it as usual)"
    )
    assert str(parse("PAK-USA cools over 24 months").read(model)) == (
        "PAK–USA goes in equal steps from where it is to one standard deviation of its level over the data below that by "
        "month 24, and stays there to the end (in expectation, varying about it as usual)"
    )
    assert str(parse(PHRASES[4]).read(model)) == (
        "PAK–USA has net cooperation +0.30 exactly, in every month from month 6 to month 12"
    )


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("Iran-USA improves soon", "write one as: Iran-USA normalises over 24 months; Iran-USA"),
        ("nonsense", "write one as: PAK-USA normalises over 24 months; "),
        ("normalises over 24 months", "not a phrase that is known"),
        ("PAK-Atlantis normalises over 24 months", "unknown state 'Atlantis'"),
        ("PAK-Pakistan stays", "two different states"),
        ("PAK stays", "write it as PAK-USA"),
        ("PAK-USA normalises over 0 months", "1 or more"),
        ("PAK-USA returns to 2010-2004 over 2 years", "the earlier first"),
        ("PAK-USA is between 0.4 and 0.1 in month 12", "swap them"),
        ("PAK-USA is at 0.3 from month 12 to 6", "swap them"),
        ("PAK-USA is at 0.3 from now on", "cannot tell when"),
        ("PAK-USA is at 0.3 in month 0", "1 or more"),
        ("PAK-USA jumps by 0 sd", "other than 0"),
        ("PAK-USA jumps by 200 sd", "up to 20 sd"),
        ("PAK-USA is warm exactly", "only a return and a stay"),
    ],
)
def test_what_is_wrong_with_a_phrase_is_said_in_one_line(phrase, message):
    with pytest.raises(InputError) as caught:
        parse(phrase)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_condition_at_all_is_answered_with_one_on_a_state_of_the_tie():
    with pytest.raises(OptionError, match="such as 'GRC-USA normalises over 24 months'"):
        check_conditions("GRC-TUR", ())


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_one_clear_error(text):
    try:
        made = parse(f"PAK-USA {text}")
    except InputError:
        return
    assert made.tie == TIE


@pytest.mark.parametrize(
    ("fields_", "message"),
    [
        ({"kind": "wish"}, "use one of return, stay"),
        ({"kind": "stay", "first": 0}, "whole numbers"),
        ({"kind": "stay", "first": 1.5}, "whole numbers"),
        ({"kind": "level"}, "needs low and high"),
        ({"kind": "level", "low": 0.1, "high": 0.2}, "the same"),
        ({"kind": "above", "low": float("nan")}, "numbers"),
        ({"kind": "above", "low": "high"}, "numbers"),
        ({"kind": "above", "high": 0.2}, "one bound"),
        ({"kind": "shock"}, "other than 0"),
        (
            {"kind": "return", "years": (2004, 2010), "size": 1.0},
            "to a mean over years, or by a size",
        ),
    ],
)
def test_a_condition_checks_itself(fields_, message):
    with pytest.raises(OptionError, match=message):
        Condition(TIE, **fields_)


def test_a_scenario_file_holds_phrases_and_tables(tmp_path):
    path = tmp_path / "thaw.toml"
    path.write_text(
        'horizon = 24\nif = ["PAK-USA normalises over 12 months", '
        '{tie = "India-Pakistan", kind = "return", first = 6, years = [2010, 2011], exact = true}]\n'
    )
    made, horizon = read_scenario(path)
    assert horizon == 24
    assert made == [
        Condition(TIE, "return", 12),
        Condition("IND-PAK", "return", 6, years=(2010, 2011), exact=True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("if = ", "not a TOML file"),
        ("horizon = 3", "expected horizon"),
        ('if = ["PAK-USA stays"]\nwhen = 3', "expected horizon"),
        ('if = ["PAK-USA stays"]\nhorizon = 0', "1 to 1,200"),
        ('if = ["PAK-USA stays", "PAK-USA dreams"]', "condition 2"),
        ("if = [3]", "condition 1: is neither"),
        ('if = [{tie = "PAK-USA", kind = "stay", mood = 1}]', "field 'mood'"),
        ('if = [{kind = "stay"}]', "field 'tie'"),
        ('if = [{tie = "PAK-USA", kind = "stay", first = "soon"}]', "condition 1: PAK-USA"),
        ('if = [{tie = 3, kind = "stay"}]', "condition 1"),
        ('if = [{tie = "PAK-USA", kind = "return", years = 2004}]', "condition 1"),
    ],
)
def test_a_broken_scenario_file_names_the_place(tmp_path, text, message):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_scenario(path)
    assert str(path) in str(caught.value)
    with pytest.raises(FileFormatError, match=r"cannot be read \(No such file"):
        read_scenario(tmp_path / "missing.toml")


def test_months_count_in_the_periods_that_hold_them():
    assert [steps_of(m, "M") for m in (1, 24)] == [1, 24]
    assert [steps_of(m, "Q") for m in (1, 3, 4, 24)] == [1, 1, 2, 8]
    assert [steps_of(m, "Y") for m in (1, 12, 13, 30, 36)] == [1, 1, 2, 3, 3]
    with pytest.raises(OptionError, match="too fine"):
        steps_of(1, "D")


def test_a_return_goes_in_equal_steps_to_the_mean_of_the_years(make):
    model = make.random(3, start=date(2009, 1, 1))
    draws = model.stacked()
    made = resolve_condition(parse("PAK-USA returns to 2010 over 4 months"), model, draws, 6)
    now, goal = draws.x[:, 2, -1], draws.x[:, 2, 12:24].mean(axis=1)
    np.testing.assert_array_equal(made.steps, np.arange(6))
    for k, share in enumerate((0.25, 0.5, 0.75, 1.0, 1.0, 1.0)):
        np.testing.assert_allclose(made.centre[:, k], now + share * (goal - now))
    assert np.isnan(made.spread).all()
    with pytest.raises(NoDataError, match="1999"):
        resolve_condition(parse("PAK-USA returns to 1999 over 4 months"), model, draws, 6)


def test_a_thaw_goes_in_equal_steps_by_a_standard_deviation_of_the_tie(make):
    model = make.random(3, start=date(2009, 1, 1))
    draws = model.stacked()
    now, spread = draws.x[:, 2, -1], draws.x[:, 2].std(axis=1)
    for verb, way in (("thaws", 1.0), ("freezes", -1.0)):
        made = resolve_condition(parse(f"PAK-USA {verb} over 4 months"), model, draws, 6)
        for k, share in enumerate((0.25, 0.5, 0.75, 1.0, 1.0, 1.0)):
            np.testing.assert_allclose(made.centre[:, k], now + way * share * spread)


def test_levels_are_in_the_unit_of_the_model(make):
    model = make.random(3)
    draws = model.stacked()
    made = resolve_condition(parse("PAK-USA is at 0.5 in month 2"), model, draws, 6)
    np.testing.assert_allclose(made.centre, 2 * np.arctanh(0.5))
    np.testing.assert_array_equal(made.steps, [1])
    with pytest.raises(OptionError, match="between -1 and 1"):
        resolve_condition(parse("PAK-USA is at 1.5 in month 2"), model, draws, 6)
    with pytest.raises(OptionError, match="longer horizon"):
        resolve_condition(parse("PAK-USA is at 0.5 in month 9"), model, draws, 6)
    other = make.random(3, facet="engagement", unit=Unit("log ratio", "engagement (log ratio)"))
    made = resolve_condition(parse("PAK-USA is at 1.5 in month 2"), other, draws, 6)
    np.testing.assert_allclose(made.centre, 1.5)


def test_every_field_of_a_condition_can_stand_in_a_file():
    assert {f.name for f in fields(Condition) if f.init} == {
        "tie", "kind", "first", "last", "years", "low", "high", "size", "exact",
    }  # fmt: skip
