"""How long warm spells last, as people and machines meet it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.views.text import to_text


@pytest.fixture(scope="module")
def thaw(to_2018):
    return to_2018.durability("PAK", "RUS")


def test_the_chance_comes_first_with_both_models(thaw):
    first = thaw.view().sentences[0]
    assert "Pakistan–Russia's last warm spell began in 1988 and is on, 31 years old" in first
    assert "by a Weibull model" in first
    ended = replace(thaw, thaw=(date(1980, 1, 1), 1, False)).view().sentences[0]
    assert "ended after 1 year; read from its start" in ended
    none = replace(thaw, thaw=None).view().sentences[0]
    assert "has no warm spell with a known start" in none


def test_what_layers_would_add_is_said_once_and_a_drift_with_age_too(thaw):
    drifting = replace(thaw, cox=thaw.cox._replace(ph_p=np.zeros(len(thaw.cox.ph_p))))
    notes = drifting.view().notes
    assert sum(n.startswith("Not known: ") for n in notes) == 1
    assert any(n.startswith("Not proportional") for n in notes)
    assert "--" not in " ".join(notes)


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(thaw, scored, width):
    for made in (thaw, scored.durability("PAK", "RUS", horizon=6)):
        check_axes(made.plot(width))


def test_text_fits_and_json_has_its_facts(thaw, scored):
    for made in (thaw, scored.durability("PAK", "RUS")):
        assert max(map(len, to_text(made.view()).splitlines())) <= 80
    made = json.loads(thaw.to_json())
    assert (made["kind"], made["data"], made["states"]) == (
        "durability",
        "chronicle",
        ["PAK", "RUS"],
    )
    assert (made["facts"]["thaws"], made["facts"]["ended"]) == (thaw.spells, thaw.ends)
    assert made["facts"]["thaw"]["on"] is True
    assert len(made["facts"]["survival"]) == 5
    assert len(made["rows"]) == thaw.to_polars().height


def test_what_it_refuses():
    with pytest.raises(NoDataError, match="too few for a hazard"):
        quadrille.durability("PAK", "RUS", "chronicle", until="1970")
    with pytest.raises(SameStateError):
        quadrille.durability("PAK", "PAK", "chronicle")
    with pytest.raises(OptionError, match="horizon"):
        quadrille.durability("PAK", "RUS", "chronicle", horizon=0)
