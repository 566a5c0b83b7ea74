"""Regions: every state lies in one small region, and in the large ones that it makes up."""

from __future__ import annotations

from datetime import date

import pytest

from quadrille.errors import OptionError
from quadrille.states.regions import region_name, region_names, states_in
from quadrille.states.registry import all_states, existed

CONTINENTS = ("Africa", "Americas", "Asia", "Europe", "Oceania")


def test_every_state_lies_in_one_continent():
    found = [code for part in CONTINENTS for code in states_in(part)]
    assert sorted(found) == sorted(s.iso3 for s in all_states() if s.kind == "state")


def test_every_region_is_a_part_of_one_continent_or_the_middle_east():
    for name in region_names():
        inside = [c for c in CONTINENTS if set(states_in(name)) <= set(states_in(c))]
        assert len(inside) == 1 or name == "Middle East", name


def test_of_a_day_only_states_that_existed():
    then = states_in("Western Europe", date(1960, 1, 1))
    assert {"DEU", "DDR"} <= set(then)
    assert "DDR" not in states_in("Western Europe", date(2000, 1, 1))
    assert all(existed(code, date(1960, 1, 1)) for code in then)
    assert {"EGY", "IRN", "ISR", "TUR"} <= set(states_in("the Middle East"))
    assert not {"ARM", "CYP"} & set(states_in("Middle East"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("south asia", "Southern Asia"),
        ("SOUTHEAST ASIA", "South-eastern Asia"),
        ("Latin America", "Latin America and the Caribbean"),
    ],
)
def test_common_names_are_understood(said, meant):
    assert region_name(said) == meant


def test_another_name_is_refused_with_the_nearest():
    with pytest.raises(OptionError, match="did you mean Southern Asia"):
        region_name("Southern Azia")
    with pytest.raises(OptionError, match="use one of Africa"):
        region_name("Narnia")
