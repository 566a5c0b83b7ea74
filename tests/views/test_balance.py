"""A state between two rivals as people and machines meet it."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.views.balance import determined_view
from quadrille.views.text import to_text

BETWEEN = ("IND", "PAK")


@pytest.fixture(scope="module")
def russia(to_2018):
    return to_2018.balance("Russia", between=BETWEEN)


def test_it_says_where_it_stands_and_needs_nine_in_ten():
    then = quadrille.balance("RUS", "chronicle", between=BETWEEN, until="1985")
    assert then.view().sentences[0].startswith("Russia in 1985: closer to India with probability ")
    even = quadrille.balance("RUS", "chronicle", between=BETWEEN)
    assert "closer to neither (P(closer to India) = " in even.view().sentences[0]
    assert "less than 0.9 either way" in even.view().sentences[0]


def test_one_rule_decides_whether_it_protests(russia):
    said = [s for s in russia.view().sentences if "conflictual acts" in s]
    assert len(said) == 2
    for protest, line in zip(russia.protests, said, strict=True):
        assert (
            line.endswith("it protests.") == (protest.rate.p <= 0.05) == (protest.verdict.way > 0)
        )
        assert (protest.rate.ratio > protest.rate.null_hi) == (protest.verdict.way > 0)


def test_the_lag_is_said_to_be_fixed_and_a_coin_toss_is_not_printed(russia):
    view = russia.view()
    assert any(
        "Responses are read 1 year after the move, a lag fixed before looking" in n
        for n in view.notes
    )
    shares = russia.windows.select("both_gain", "x_only", "y_only", "both_lose").mean().row(0)
    assert max(shares) < 0.4
    assert not any("both ties gained" in s for s in view.sentences)
    told = replace(russia, windows=russia.windows.head(1).with_columns(both_gain=0.9))
    assert any("both ties gained in 90% of 1 windows" in s for s in told.view().sentences)


def test_it_tells_of_the_three_alone_and_why_the_line_lies_above_the_dots(russia):
    view = russia.view()
    assert not any("romantic" in g.title for g in view.grids)
    best = russia.best_expected
    kept = russia.windows.filter(pl.col("gain_y") >= 0)
    assert best == max(0.0, kept["gain_x"].max()) < russia.frontier[1, 0]
    (said,) = [s for s in view.sentences if s.startswith("The most gained")]
    assert said.endswith(f"on a draw of the paths, and {best:.2f} by the expected changes.")


def test_a_note_on_protests_needs_a_protest_that_is_told(russia):
    def noted(view):
        return any(n.startswith("Protests:") for n in view.notes)

    assert noted(russia.view()) and noted(determined_view(russia))
    bare = determined_view(replace(russia, protests=()))
    assert not noted(bare) and not bare.grids
    assert not any(s.endswith("undetermined.") for s in bare.sentences)


def test_scores_are_told_in_their_own_unit(scored):
    made = scored.balance("RUS", between=("PAK", "USA"))
    assert "net cooperation" not in str(made)
    assert "log odds" not in str(made)
    assert "without direction" in " ".join(made.view().notes)


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(russia, yearly, scored, width):
    for made in (russia, *(w.balance("RUS", between=("PAK", "USA")) for w in (yearly, scored))):
        check_axes(made.plot(width))


def test_text_fits_and_json_has_its_facts(russia):
    assert max(map(len, to_text(russia.view()).splitlines())) <= 80
    made = json.loads(russia.to_json())
    assert (made["kind"], made["data"]) == ("balance", "chronicle")
    assert made["states"] == ["RUS", "IND", "PAK"]
    assert made["facts"]["read_at"] == [1, 1]
    assert [t["dyad"] for t in made["facts"]["ties"]] == ["RUS-IND", "RUS-PAK"]
    assert len(made["facts"]["frontier"]) == len(russia.losses)
    assert len(made["rows"]) == len(russia.periods)


def test_as_of_a_year_nothing_later_is_used():
    made = quadrille.balance("RUS", "chronicle", between=BETWEEN, until="2015")
    assert max(made.periods).year == 2015
    assert "Druzhba" not in str(made)  # of 2016


def test_what_it_refuses():
    with pytest.raises(SameStateError, match="give different states"):
        quadrille.balance("RUS", "chronicle", between=("IND", "IND"))
    with pytest.raises(NoDataError, match="France is not among the 5 states"):
        quadrille.balance("RUS", "chronicle", between=("IND", "FRA"))
    with pytest.raises(OptionError, match="between"):
        quadrille.balance("RUS", "chronicle")
    with pytest.raises(OptionError, match="within"):
        quadrille.balance("RUS", "chronicle", between=BETWEEN, within=0)
