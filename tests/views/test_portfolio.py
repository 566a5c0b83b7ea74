"""A portfolio as people and machines meet it."""

from __future__ import annotations

import json

import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, UnknownStateError
from quadrille.views.text import to_text


def test_of_a_chronicle_it_says_first_that_shares_are_of_what_was_coded(to_2018):
    said = to_2018.portfolio("Pakistan")
    first, second = said.view().sentences[:2]
    assert "measure what was coded, not what Pakistan does" in first
    assert "%" not in first
    assert second.startswith("Of the coded acts, ")
    assert "its cooperation" not in str(said)


def test_of_counts_it_names_the_largest_partner(yearly):
    made = yearly.portfolio("PAK")
    assert "of its reported cooperation" in made.view().sentences[0]
    assert "Too few states" in made.view().notes[0]


def test_it_compares_with_the_year_asked_for():
    made = quadrille.portfolio("PAK", "chronicle", until="1968", against=1958)
    assert "Pakistan in 10 years to 1968: " in str(made)
    assert "Since 1958 effective partners of the coded acts changed by" in str(made)
    with pytest.raises(OptionError, match="against 1900"):
        quadrille.portfolio("PAK", "chronicle", against=1900)


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(to_2018, yearly, width):
    for world in (to_2018, yearly):
        check_axes(world.portfolio("PAK").plot(width))


def test_text_fits_and_json_has_its_facts(to_2018):
    made = to_2018.portfolio("PAK")
    assert max(map(len, to_text(made.view()).splitlines())) <= 80
    facts = json.loads(made.to_json())
    assert (facts["kind"], facts["data"], facts["states"]) == ("portfolio", "chronicle", ["PAK"])
    assert facts["facts"]["coded_acts"] is True
    assert facts["facts"]["partners"][0]["partner"] == "RUS"
    assert len(facts["rows"]) == made.to_polars().height


def test_one_period_is_drawn_without_a_path(yearly):
    made = quadrille.portfolio("PAK", yearly.source, since="2012", until="2012")
    assert len(made.periods) == 1
    check_axes(made.plot())


def test_what_it_refuses(scored):
    with pytest.raises(OptionError, match="no shares"):
        scored.portfolio("PAK")
    with pytest.raises(UnknownStateError):
        quadrille.portfolio("Pakistn")
    with pytest.raises(OptionError, match="month, quarter or year"):
        quadrille.portfolio("PAK", "chronicle", frequency="D")
    with pytest.raises(OptionError, match="window"):
        quadrille.portfolio("PAK", "chronicle", window=0)
    with pytest.raises(NoDataError, match="France"):
        quadrille.portfolio("FRA", "chronicle")
