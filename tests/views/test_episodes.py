"""Episodes and their synchrony as people and machines meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.readings.episodes import Episode
from quadrille.views.episodes import _rows, _spans, episode_sentence
from quadrille.views.text import to_text


@pytest.fixture(scope="module")
def made(to_2018):
    return to_2018.episodes("PAK", "RUS")


def test_it_says_first_what_moved_the_tie_then_what_is_under_way_and_the_last_episode(made):
    moved, first, last, counted = made.view().sentences
    assert moved.startswith(
        "What moved it: (a) its last turn that can be dated, a thaw from about 1982 to 1995 "
    )
    assert "The last Soviet combat troops leave" in moved
    assert first.startswith("Pakistan–Russia in 2018: whether in a thaw or a chill is undetermined")
    assert last.startswith("Last: thaw from 2006 (")
    assert counted.startswith(
        "6 episodes, 1947 to 2018 (chronicle): 3 thaws and 3 chills, 2 undetermined."
    )


def test_episodes_come_with_what_carried_them():
    said = str(quadrille.episodes("Pakistan", "USSR", until="1991"))
    assert "occupy" in said
    assert "An episode lasts at least 2 years" in said
    assert "Read as a tie that jumps between two levels" in said


def test_text_and_picture_round_alike(made):
    shares = [row[-1] for row in made.view().grids[0].rows]
    assert shares == _spans(made, 640)["label"].to_list()
    for share, e in zip(shares, made.items, strict=True):
        assert f"held by {share} of draws" in episode_sentence(e, made)


def test_a_change_is_that_of_the_level_between_the_two_dates_as_the_picture_has_it(made):
    shown = made.tie.unit.shown(made.tie.draws)
    for e in made.items:
        i, j = (made.tie.periods.index(d[1]) for d in (e.start, e.end))
        assert e.change == pytest.approx(np.quantile(shown[:, j] - shown[:, i], [0.05, 0.5, 0.95]))
        assert (e.change[1] > 0) == (e.kind == "thaw")


def test_overlapping_episodes_are_said_and_not_drawn_over_one_another(made):
    day = made.tie.periods
    items = tuple(
        Episode(kind, p, (day[a],) * 3, (day[b],) * 3, (1.0,) * 3, (0.5,) * 3, 0.0, 0.0)
        for kind, p, a, b in (("thaw", 0.6, 5, 20), ("chill", 0.9, 16, 30), ("thaw", 0.5, 30, 40))
    )
    two = replace(made, items=items, carried=None)
    notes = " ".join(two.view().notes)
    assert f"The thaw to {day[20].year} and the chill from {day[16].year} overlap" in notes
    spans = _spans(two, 640)
    assert spans["to"][0] == spans["from"][1] == day[16]
    assert all(
        a <= b for a, b in pairwise([d for row in spans.select("from", "to").rows() for d in row])
    )
    check_axes(two.plot())


def test_labels_do_not_stand_on_one_another():
    days = [date(2000 + k, 1, 1) for k in range(12)]
    assert _rows(days[:3], days, 110 * 12) == [0, 0, 0]
    assert _rows(days[:4], days, 20 * 11) == [0, 1, 0, 1]


@pytest.mark.parametrize("width", WIDTHS)
def test_figures_show_everything(chronicle, yearly, scored, width):
    for world in (chronicle, yearly, scored):
        check_axes(world.episodes("PAK", "RUS").plot(width))
        if world is not yearly:
            check_axes(world.synchrony("PAK", "RUS", with_=("PAK", "USA")).plot(width))


def test_a_quiet_tie_has_no_episode_and_says_so(chronicle):
    quiet = chronicle.episodes("PAK", "RUS", least_amplitude=50.0)
    assert quiet.items == ()
    assert "No episode is held by enough draws" in str(quiet)
    check_axes(quiet.plot())


def test_text_fits_and_json_agrees_with_the_table(made, scored):
    for one in (made, scored.episodes("PAK", "USA")):
        assert max(map(len, to_text(one.view()).splitlines())) <= 80
    facts = json.loads(made.to_json())
    assert (facts["kind"], facts["data"], facts["states"]) == (
        "episodes",
        "chronicle",
        ["PAK", "RUS"],
    )
    assert [r["kind"] for r in facts["rows"]] == made.to_polars()["kind"].to_list()
    assert {c["episode"] for c in facts["facts"]["carried_by"]} == set(range(len(made.items)))
    assert facts["facts"]["least_length"] == 2
    assert len(facts["facts"]["periods"]) == 72
    assert "regimes_agree" in made.to_polars().columns


def test_a_score_is_not_called_net_cooperation(scored):
    said = str(scored.episodes("PAK", "RUS"))
    assert "net cooperation" not in said
    assert "cordiality score (arsinh)" in said


def test_synchrony_says_whether_more_than_chance(chronicle):
    pair = chronicle.synchrony("PAK", "RUS", with_=("PAK", "USA"))
    said = " ".join(str(pair).split())
    assert (
        "Thaws of Pakistan–Russia begin within 2 years after a chill of Pakistan–United States begins"
        in said
    )
    assert "than by chance" in said
    assert max(map(len, to_text(pair.view()).splitlines())) <= 80
    one = chronicle.synchrony("PAK", "RUS", with_=("PAK", "USA"), within=1)
    facts = json.loads(one.to_json())
    assert facts["facts"]["window"] == 1
    assert "within 1 year after" in facts["sentences"][0]
    assert all(0 <= r["p"] <= 1 and 0 <= r["value"] <= 1 for r in facts["rows"])


def test_no_turning_points_are_said(chronicle):
    pair = chronicle.synchrony("PAK", "RUS", with_=("PAK", "USA"), least_amplitude=50.0)
    assert "no turning points to compare" in str(pair)
    assert np.isnan(pair.begin.precursor)
    json.loads(pair.to_json())


def test_what_is_refused(chronicle):
    for bad in (
        {"least_amplitude": -1.0},
        {"least_length": 0},
        {"least_share": 0.0},
        {"draws": 3},
        {"top": -1},
    ):
        with pytest.raises(OptionError):
            chronicle.episodes("PAK", "RUS", **bad)
    with pytest.raises(NoDataError):
        chronicle.episodes("PAK", "RUS", least_length=200)
    with pytest.raises(OptionError, match="two different ties"):
        chronicle.synchrony("PAK", "RUS", with_=("RUS", "PAK"))
    with pytest.raises(OptionError, match="within"):
        chronicle.synchrony("PAK", "RUS", with_=("PAK", "USA"), within=99)
    with pytest.raises(SameStateError):
        chronicle.synchrony("PAK", "RUS", with_=("USA", "USA"))
    with pytest.raises(NoDataError, match="France is not among the 5 states"):
        chronicle.episodes("PAK", "FRA")


def test_a_hole_in_the_record_is_said(made):
    y = np.where(np.arange(len(made.tie.periods)) // 10 == 3, np.nan, 1.0)
    gap = replace(made, tie=replace(made.tie, y=y))
    assert "Pakistan–Russia was not observed in 1977 to 1986" in " ".join(gap.view().notes)


def test_of_an_index_without_acts_witnesses_say_what_moved_the_tie():
    moved = quadrille.episodes("Japan", "South Korea", "index").view().sentences[0]
    assert moved.startswith("What moved it: (a) its last turn, a chill from")
    assert "militarised disputes ended or grew rarer" in moved
