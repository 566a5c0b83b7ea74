"""What a tie rests on, as people and machines meet it."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import FileFormatError, NoDataError, OptionError, SameStateError
from quadrille.panel.units import COOPERATION
from quadrille.views.text import to_text


@pytest.fixture(scope="module")
def pakrus(to_2018):
    return to_2018.bond("PAK", "USSR")


def said(b):
    return " ".join(b.view().sentences)


def first(b, **cells):
    """The same bond, its first adversary changed."""
    top = b.adversaries.head(1).with_columns(**{k: pl.lit(v) for k, v in cells.items()})
    return replace(
        b, adversaries=pl.concat([top.cast(dict(b.adversaries.schema)), b.adversaries[1:]])
    )


def test_a_cold_tie_rests_on_nothing(pakrus):
    cold = replace(pakrus, p_warm=0.03)
    (line,) = cold.view().sentences
    assert "is cold, with probability 0.97: a tie of two opponents rests on nothing" in line
    assert "%" not in to_text(cold.view()).replace("90%", "")
    machine = replace(cold, unit=COOPERATION, neutral=2.1)
    assert "Warm: above net cooperation +0.78, where a defence pact" in machine.view().notes[-2]
    assert "whether it is warm is undetermined (P(warm) = 0.60, less than 0.9" in said(
        replace(pakrus, p_warm=0.6)
    )


def test_a_band_that_leaves_all_open_is_not_a_finding(pakrus):
    assert "stand at a percentile that is not known" in said(pakrus)
    known = replace(pakrus, animosity=(60.0, 70.0, 80.0))
    assert "stand at percentile 70 (90% band 60 to 80)" in said(known)
    assert "animosity" not in pakrus.view().grids[0].title


def test_evidence_of_one_year_is_named_as_such(pakrus):
    thin = first(pakrus, cold_periods=1, cold_reports=45.0, p_both_cold=0.99)
    assert "is on the cold side in 1 year only, on 45 coded acts: one story can make it" in said(
        thin
    )
    unsure = first(pakrus, p_both_cold=0.84)
    assert "No third state is cold to both with probability 0.9" in said(unsure)
    two = pl.concat([pakrus.adversaries.head(1)] * 2).with_columns(
        share=pl.Series([0.7, 0.3]), share_lo90=pl.lit(0.5), share_hi90=pl.lit(0.9),
        p_both_cold=pl.lit(0.95), cold_periods=pl.lit(9, pl.Int64),
    )  # fmt: skip
    assert "The United States makes 70% (90% band 50 to 90)" in said(
        replace(pakrus, adversaries=two)
    )
    wide = two.with_columns(share_lo90=pl.lit(0.0))
    assert "how much of it is not known" in said(replace(pakrus, adversaries=wide))


def test_shares_of_next_to_nothing_are_not_drawn(pakrus):
    both = pl.concat([pakrus.adversaries.head(1)] * 2).with_columns(
        share=pl.Series([0.7, 0.3]), p_both_cold=pl.Series([0.8, 0.1])
    )
    likely = replace(pakrus, adversaries=both)
    hardly = replace(pakrus, adversaries=both.with_columns(p_both_cold=pl.lit(0.2)))
    heading = "Third states both are cold to"
    assert heading in json.dumps(likely.plot(800).to_dict())
    assert heading not in json.dumps(hardly.plot(800).to_dict())
    assert "third states both are cold to" in likely.view().caption
    assert "third states" not in hardly.view().caption


def test_what_no_layer_holds_is_said_once(pakrus):
    notes = " ".join(pakrus.view().notes)
    assert notes.count("Not known for 2018") == 1
    assert "UN General Assembly votes" in notes
    assert "--" not in notes


def test_layers_are_read_and_cited_and_not_listed_otherwise(run, tmp_path):
    rows = ["ccode1,ccode2,year,dyadigos", "770,365,2016,44", "770,750,2016,50", "2,365,2016,30"]
    (tmp_path / "igos.csv").write_text("\n".join(rows) + "\n")
    code, out, err = run("bond", "PAK", "RUS", "--until", "2018", "--layers", "igos.csv", "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    goal = made["rows"][0]
    assert (goal["part"], goal["value"], goal["percentile"]) == ("organisations", 44.0, 50.0)
    assert "Pevehouse" in made["facts"]["citations"]["cow_igos"]
    assert "Structural data used: cow_igos." in made["notes"]


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(pakrus, yearly, scored, width):
    for made in (pakrus, *(w.bond("RUS", "USA") for w in (yearly, scored))):
        check_axes(made.plot(width))
        check_axes(replace(made, p_warm=0.0).plot(width))


def test_text_fits_and_json_has_its_facts(pakrus, yearly):
    for made in (pakrus, yearly.bond("PAK", "USA")):
        assert max(map(len, to_text(made.view()).splitlines())) <= 80
    made = json.loads(pakrus.to_json())
    assert (made["kind"], made["data"], made["states"]) == ("bond", "chronicle", ["PAK", "RUS"])
    assert made["facts"]["adversaries"][0]["state"] == "USA"
    assert made["facts"]["one_domain_bond"] is False
    assert len(made["rows"]) == pakrus.parts.height


def test_what_it_refuses(tmp_path):
    with pytest.raises(SameStateError):
        quadrille.bond("PAK", "PAK", "chronicle")
    with pytest.raises(NoDataError, match="France"):
        quadrille.bond("PAK", "FRA", "chronicle")
    with pytest.raises(FileFormatError, match=r"nowhere\.csv"):
        quadrille.bond("PAK", "RUS", "chronicle", layers=["nowhere.csv"])
    with pytest.raises(OptionError, match="window"):
        quadrille.bond("PAK", "RUS", "chronicle", window=0)
