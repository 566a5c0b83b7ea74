"""Ties of a state and the network as people and machines meet them."""

from __future__ import annotations

import json

import pytest
from figures import WIDTHS
from witnessed import write_small

import quadrille
from quadrille.states.registry import all_states
from quadrille.views.atlas import ABSENT, drawn_states, map_layers, shapes
from quadrille.views.text import to_text
from quadrille.views.ties import KINDS


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    return quadrille.open(path)


@pytest.fixture(scope="module")
def asked(world):
    return world.ties("China", in_="1985"), world.network(["CHN", "IND", "USA", "DZA"], in_="1985")


def test_every_state_of_today_is_on_the_map_as_a_shape_or_a_dot():
    today = {s.iso3 for s in all_states() if s.kind == "state" and s.spells[-1][1] is None}
    assert today <= drawn_states()
    topology = shapes()
    used = {abs(a) if a >= 0 else ~a for g in topology["objects"]["countries"]["geometries"] for p in g["arcs"] for r in p for a in r}  # fmt: skip
    assert used == set(range(len(topology["arcs"])))


@pytest.mark.parametrize("width", WIDTHS)
def test_figures_hold_every_tie(asked, width):
    ties, network = asked
    spec = ties.plot(width).to_dict()
    names = [d for rows in spec["datasets"].values() for d in rows]
    on_map = {d["state"]: d["kind"] for d in names if "state" in d}
    assert {*ties.table["partner"], "CHN"} == set(on_map)
    assert set(on_map.values()) <= {*KINDS, "the state itself"}
    plane = network.plot(width).to_dict()
    placed = [d for rows in plane["datasets"].values() for d in rows if "firm" in d]
    assert {d["state"] for d in placed} == set(network.states)


def test_a_state_without_a_tie_is_drawn_as_absent(asked):
    ties, _ = asked
    layers, height = map_layers(
        ties.table.select(state="partner").head(0).with_columns(kind=None), {}, 640
    )
    assert 280 < height < 340
    assert ABSENT in json.dumps(layers[0].to_dict())


def test_text_fits_and_json_has_its_keys(asked):
    for made in asked:
        assert max(map(len, to_text(made.view()).splitlines())) <= 80
        assert "−0.00" not in str(made)
        facts = json.loads(made.to_json())
        assert facts["kind"] == made.kind
        assert len(facts["rows"]) == made.to_polars().height


def test_what_has_no_shape_and_what_was_no_state_is_said(asked):
    notes = " ".join(asked[0].view().notes)
    assert "East Germany has no shape on a map of today." in notes
    assert "were no states in 1985 and are drawn as absent" in notes
    assert "states of the time is in the data" in notes


def test_the_network_says_its_camps_and_what_is_at_odds(asked):
    said = " ".join(asked[1].view().sentences)
    assert "the two camps that fit best are" in said
    assert "no division has fewer" in said
    assert "expected to be balanced" in said
