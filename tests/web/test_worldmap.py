"""The map that a slider colours: what it holds of a year is what the question says of that year."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
from witnessed import write_small

import quadrille
from quadrille.errors import NoDataError
from quadrille.kernels.equal_earth import equal_earth
from quadrille.views.atlas import drawn_states
from quadrille.views.ties import KINDS, kind_of
from quadrille.web.worldmap import HEIGHT, WIDTH, history_of, world_shapes


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    return quadrille.open(path)


def test_every_state_of_the_map_is_drawn_inside_it():
    made = world_shapes()
    assert {s.iso3 for s in made} == drawn_states()
    for s in made:
        at = [[float(v) for v in p.split(",")] for p in re.split("[MLZ]", s.d) if p]
        x, y = np.array(at or [[s.x, s.y]]).T
        pieces = [
            np.array([p.split(",") for p in part.split("L")], float)
            for part in re.findall(r"M([^Z]*)Z", s.d)
        ]
        assert all(
            np.abs(np.diff(part[:, 0])).max() < WIDTH / 8 for part in pieces
        )  # none runs across the map
        assert x.min() >= 0 and x.max() <= WIDTH
        assert y.min() >= -1 and y.max() <= HEIGHT + 1, s.iso3


def test_areas_are_true():
    """Two squares of one degree: on the globe their areas are as the cosines of their latitudes."""

    def area(lat):
        x, y = equal_earth(np.array([0, 1, 1, 0.0]), lat + np.array([0, 0, 1, 1.0]))
        return 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))

    for lat in (10.0, 45.0, 70.0):
        true = np.radians(1) * (np.sin(np.radians(lat + 1)) - np.sin(np.radians(lat)))
        assert area(lat) == pytest.approx(true, rel=1e-3)  # its sides are straight here, not curved


def test_each_year_is_what_the_question_says_of_it(world):
    history = history_of(world, "CHN")
    assert history.periods[0] == "1950" and history.periods[-1] == "2012"
    letters = dict(zip(KINDS, "abcdef", strict=True))
    for year in ("1950", "1965", "1990", "2012"):
        table = world.ties("China", in_=year).table.with_columns(kind=kind_of(True))
        want = {p: letters[k] for p, k in table.select("partner", "kind").iter_rows()}
        at = history.at(year)
        assert {p: line[at] for p, line in history.kinds.items() if line[at] != "."} == want
        warm, cold = (int(v.sum()) for v in (table["p_warm"] >= 0.9, table["p_warm"] <= 0.1))
        assert f"{warm} warm and {cold} cold" in history.said[at]
    assert history.at("1066") == len(history.periods) - 1


def test_what_a_page_is_given_cannot_end_its_script(world):
    text = history_of(world, "CHN").to_json()
    assert "<" not in text
    assert json.loads(text)["own"] == "CHN"
    with pytest.raises(NoDataError):
        history_of(world, "BRA")


def test_kinds_follow_probability_and_level():
    rows = pl.DataFrame({"p_warm": [0.95, 0.95, 0.6, 0.4, 0.05, 0.05], "shown": [1.2, 0.5, 0.2, -0.2, -0.5, -1.2]})  # fmt: skip
    assert rows.select(k=kind_of(True))["k"].to_list() == list(KINDS)
    assert rows.select(k=kind_of(False))["k"].to_list() == [
        "warm", "warm", "leans warm", "leans cold", "cold", "cold",
    ]  # fmt: skip
