"""The events behind a period, as people and machines meet them."""

from __future__ import annotations

import json
from datetime import date
from itertools import combinations, pairwise

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.views.text import to_text


@pytest.fixture(scope="module")
def icews(data_dir):
    return quadrille.open(data_dir / "icews_raw")


@pytest.fixture(scope="module")
def summit(icews):
    return icews.events("USA", "North Korea", in_="2018-06", top=5)


def test_the_view_leads_with_what_carries_the_period(summit):
    text = " ".join(summit.view().sentences)
    assert text.startswith(
        "United States–North Korea in 2018-06 (icews): 30 events in 312 rows; 26 verbal cooperation, 1 material "
        "cooperation and 3 verbal conflict; 20 by the United States to North Korea and 10 by North Korea to the "
        "United States. 3 of 13 types are 40% of the events: Consult (040) 4"
    )
    assert "share of the 312 reports: 2018-06-01 (64%) and 2018-06-02 (36%)" in text


def test_whom_the_source_names_is_said_but_for_the_states(summit):
    text = " ".join(summit.view().sentences)
    assert (
        "Named most, and in what share of the reports: Donald Trump (56%), Kim Yong-chol (33%)"
        in text
    )
    assert "Largest story: 47406118, 3% of the reports (7 events); 121 stories in all" in text
    what = summit.view().grids[-1].rows[0][1]
    assert what == (
        "USA → PRK: Engage in negotiation (046): Donald Trump; Mike Pompeo and 3 more to Kim Jong-Un; Kim Yong-chol"
    )


def test_the_list_says_how_many_more_there_are(summit):
    shown = summit.view().grids[-1]
    assert shown.title == "Events, the weightiest first: 5 of 30, 25 more"
    assert len(shown.rows) == 5
    weights = summit.counted["goldstein"].abs()
    assert weights.is_sorted(descending=True)


def test_a_file_holds_every_row(run, data_dir):
    code, out, err = run(
        "events", "USA", "PRK", "--in", "2018-06", "--data", data_dir / "icews_raw", "--top", 2, "--out", "rows.csv"
    )  # fmt: skip
    assert (code, "written: rows.csv" in err) == (0, True)
    assert "2 of 30, 28 more" in out
    rows = pl.read_csv("rows.csv", infer_schema=False)
    assert rows.height == 312
    assert rows["event_id"].is_unique().all()


def test_an_act_has_its_title_certainty_and_citation():
    found = quadrille.events("Pakistan", "Russia", "chronicle", in_="2020-11")
    text = " ".join([*found.view().sentences, *found.view().grids[0].rows[0]])
    for part in (
        "1 act;", "PAK ↔ RUS: Fifth exercise Druzhba opens at Tarbela.", "[tass;ispr]", "2020-pak-rus-druzhba-2020",
        "Cooperate militarily (062)", "certain", "+7.4",
    ):  # fmt: skip
        assert part in text
    assert set(found.view().references) == {"tass", "ispr"}


def test_what_lasts_is_told_from_what_was_done():
    found = quadrille.events("USA", "China", "chronicle", in_="1950")
    assert found.states_of_affairs() == 2
    assert "7 acts and 2 states of affairs" in found.view().sentences[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(summit, icews, width):
    acts = quadrille.events("Pakistan", "India", "chronicle", in_="1965")
    for found in (summit, icews.events("USA", "PRK", in_="2018-06-02"), acts):
        check_axes(found.plot(width))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_act_has_its_number_and_none_stands_on_another(width):
    acts = quadrille.events("Pakistan", "India", "chronicle", in_="1971")
    spec = acts.plot(width).to_dict()
    rows = [r for rows in spec["datasets"].values() for r in rows if "text" in r]
    numbers = [int(k) for r in rows for k in r["text"].split(",")]
    assert sorted(numbers) == list(range(1, acts.counted.height + 1))
    for weight in {r["goldstein"] for r in rows}:
        days = sorted(date.fromisoformat(r["date"][:10]) for r in rows if r["goldstein"] == weight)
        assert all((b - a).days * width / 365 >= 14 for a, b in pairwise(days))
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    at = [
        (date.fromisoformat(r["date"][:10]).timetuple().tm_yday * width / 365, 14 * len(r["text"]), r["at"] / (high - low) * 240)
        for r in rows
    ]  # fmt: skip
    for (x, wide, y), (u, _, v) in combinations(sorted(at), 2):
        assert u - x >= wide - 1 or abs(y - v) >= 11.9


def test_text_fits_and_json_holds_all(summit):
    assert max(map(len, to_text(summit.view()).splitlines())) <= 80
    made = json.loads(summit.to_json())
    assert (made["kind"], made["states"], len(made["rows"])) == ("events", ["USA", "PRK"], 312)
    assert made["facts"]["quad_classes"] == {
        "verbal_coop": 26, "material_coop": 1, "verbal_conf": 3, "material_conf": 0,
    }  # fmt: skip
    assert len(made["facts"]["counted"]) == 30
