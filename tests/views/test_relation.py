"""The relation in sentences, tables and figure, from draws made by hand and on every kind of data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import altair as alt
import numpy as np
import polars as pl
import pytest
from figures import WIDTHS, check_axes

from quadrille.measure.result import Diagnostics, Relation
from quadrille.measure.world import World
from quadrille.panel.units import ACTS_COOPERATION, COOPERATION
from quadrille.views.place import anchor_layers
from quadrille.views.relation import rows_note, tie_sentence, view
from quadrille.views.text import to_text
from quadrille.views.theme import apart
from quadrille.views.words import neutral_words

HYPER = dict.fromkeys(("mu", "q", "rho", "phi"), (0.1, 0.5, 0.9))


def make_tie(draws, neutral=0.0, n=None):
    draws = np.asarray(draws, float)
    n_time = draws.shape[1]
    return Relation(
        "PAK", "RUS", "cordiality", COOPERATION, "test", "Y", neutral,
        tuple(date(2000 + t, 1, 1) for t in range(n_time)), draws, draws[0], np.ones(n_time),
        np.full(n_time, 3.0) if n is None else n, COOPERATION.shown(draws[0]), HYPER, Diagnostics(True, 900.0, 8000, len(draws), 0.1),
    )  # fmt: skip


def test_a_sign_held_throughout_began_before_the_data():
    text = tie_sentence(make_tie([[1, 1, 1]] * 10))
    assert text.startswith(
        "Pakistan–Russia in 2002: warm with probability > 0.99, in every year since the record begins in 2000;"
    )
    assert text.endswith("9 events in 3 of 3 years (test).")


def test_near_the_line_is_undetermined():
    text = tie_sentence(make_tie([[0.1], [-0.1]] * 10))
    assert "undetermined (P(warm) = 0.50, less than 0.9 either way)" in text


def test_warmth_is_measured_from_the_neutral_level():
    draws = [[1.0, 1.0]] * 10
    assert "warm with probability" in tie_sentence(make_tie(draws))
    cold = make_tie(draws, neutral=2.0)
    said = tie_sentence(cold)
    assert "cold with probability" in said
    assert neutral_words(cold) == (
        "warm: above net cooperation +0.76, where a defence pact is as likely as a rivalry"
    )
    acts = replace(make_tie(draws), unit=ACTS_COOPERATION)
    assert neutral_words(acts) == "warm: more cooperation than conflict"


def test_it_says_where_the_rows_behind_a_period_are(yearly, tmp_path):
    tie = World("chronicle", until="1971").relation("Pakistan", "India")
    year = tie.moves.sort(pl.col("move").abs())["period"][-1].year
    assert rows_note(tie) == f"The acts behind a period: quadrille events PAK IND --in {year}."
    assert rows_note(tie) in tie.view().notes
    coded = tmp_path / "events.csv"
    rows = (
        f"2021-{m:02}-05,{a},IND,{c}\n"
        for m in range(1, 13)
        for a, c in (("PAK", "112"), ("RUS", "040"))
    )
    coded.write_text("date,source,target,cameo\n" + "".join(rows))
    events = World(coded, frequency="Q").relation("Pakistan", "India")
    assert (
        rows_note(events)
        == "The events of the same data behind a period: quadrille events PAK IND --in 2021."
    )
    assert rows_note(yearly.relation("Pakistan", "India")) == ""


def test_silence_at_the_end_is_said():
    tie = make_tie([[1.0, 1.0, 1.0]] * 10)
    quiet = replace(tie, y=np.array([1.0, np.nan, np.nan]))
    assert "in 1 of 3 years, none in the last 2 years (test)" in tie_sentence(quiet)
    late = replace(tie, y=np.array([1.0, 1.0, np.nan]))
    assert "none in the last year (test)" in tie_sentence(late)


def test_numbers_in_the_sentence_are_the_tables():
    rng = np.random.default_rng(0)
    tie = make_tie(rng.normal(1.0, 0.2, (200, 4)))
    row = tie.to_polars().row(-1, named=True)
    want = f"net cooperation {row['shown']:+.2f} (90% band {row['shown_lo90']:+.2f} to {row['shown_hi90']:+.2f})"
    assert want in tie_sentence(tie)


def test_a_start_inside_a_hole_is_given_as_its_bounds():
    x = np.ones((10, 12))
    x[:, :5] = -1
    tie = make_tie(x)
    gap = replace(tie, y=np.where(np.arange(12) % 8 < 4, 1.0, np.nan))
    text = tie_sentence(gap)
    assert "since some time between 2004 and 2007, when nothing was observed;" in text


def test_marks_are_moved_apart_and_no_farther_than_they_must():
    places = [(10.0, 50.0), (15.0, 52.0), (15.0, 52.0), (90.0, 50.0), (12.0, 1.0), (14.0, 1.0)]
    down = apart(places, [17.0] * 6, 17.0, 100.0)
    assert (down[0], down[3], down[4]) == (50.0, 50.0, 1.0)
    for (k, (x, _)), (m, (u, _)) in combinations(enumerate(places), 2):
        assert abs(x - u) >= 17 or abs(down[k] - down[m]) >= 17
    assert all(0 <= y <= 100 for y in down)


@pytest.mark.parametrize("width", [270, 640])
def test_no_number_of_a_tie_lies_on_another(width, chronicle):
    tie = chronicle.relation("PAK", "USA")
    spec = view(tie).chart(width).to_dict()
    rows = [r for rows in spec["datasets"].values() for r in rows if "mark" in r]
    assert sorted(int(k) for r in rows for k in r["mark"].split(",")) == list(range(1, 9))
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    days = (tie.periods[-1] - tie.periods[0]).days
    at = [
        ((date.fromisoformat(r["period"][:10]) - tie.periods[0]).days * width / days,
         r["at"] / (high - low) * spec["height"])
        for r in rows
    ]  # fmt: skip
    assert all(abs(a - c) >= 14.5 or abs(b - d) >= 14.5 for (a, b), (c, d) in combinations(at, 2))
    assert any(r["at"] != r["level"] for r in rows)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_observation_is_inside_the_figure(width, chronicle, scored, yearly):
    for world in (chronicle, scored, yearly):
        tie = world.relation("PAK", "RUS")
        far = replace(tie, y=np.where(np.isnan(tie.y), np.nan, tie.y * 3))
        for one in (tie, far):
            check_axes(view(one).chart(width))


def test_text_fits_eighty_columns(chronicle, scored, yearly):
    for world in (chronicle, scored, yearly):
        text = to_text(world.relation("PAK", "RUS").view())
        assert max(map(len, text.splitlines())) <= 80


def test_an_untrusted_tie_says_so_first():
    tie = replace(make_tie([[1.0, 1.0]] * 10), diagnostics=Diagnostics(False, 3.0, 8, 10, 2.0))
    assert str(tie).startswith("NOT RELIABLE. PAK-RUS: fit did not converge")


FALLING = np.linspace(-0.4, -2.5, 15)


@pytest.fixture(scope="module")
def in_index():
    return World("index", until="1960").relation("JPN", "USA")


@pytest.mark.parametrize("path", [1.3, 0.4, 0.0, -0.6, -1.1, -3.0, FALLING, FALLING[::-1]])
def test_names_of_the_anchors_are_where_the_line_is_not(in_index, path):
    made, height, path = in_index, 170, np.broadcast_to(path, 15)
    low, high = -4.0, 1.5
    _, *names = anchor_layers(made, path, alt.Scale(domain=[low, high]), height)
    read = [part.to_dict() for part in names]
    for layer in read:
        (rows,) = layer["datasets"].values()
        near = path[-3:] if layer["mark"]["align"] == "right" else path[:3]
        for row in rows:
            middle = row["at"] + (8 if layer["mark"]["dy"] < 0 else -8) * (high - low) / height
            assert (
                np.abs(near - middle).min() * height / (high - low) > 7
            )  # px; letters are 11 high
    assert sum(len(rows) for layer in read for rows in layer["datasets"].values()) == 3
