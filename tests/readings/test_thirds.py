"""Third states that a tie is read against where nobody names them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from quadrille.coupling.shipped import shipped_pooled
from quadrille.errors import NoDataError
from quadrille.index.shipped import read_index
from quadrille.readings.thirds import pivot_among, rival_among, third_states


@pytest.fixture(scope="module")
def world():
    return shipped_pooled().world


@pytest.fixture(scope="module")
def index():
    return read_index()


def thirds(index, world, a, b, among=None):
    found = third_states(index, world, a, b, among or world.states)
    pivot = pivot_among(found)
    return pivot, rival_among(found.filter(pl.col("third") != (pivot or "")))


@pytest.mark.parametrize(
    ("a", "b", "pivots", "rivals"),
    [
        ("PAK", "RUS", {"USA"}, {"IND"}), ("JPN", "KOR", {"USA"}, {"PRK", "CHN"}), ("PAK", "CHN", {"USA", "RUS"}, {"IND"}),
        ("IND", "CHN", {"USA", "RUS"}, {"PAK", "USA"}), ("ISR", "EGY", {"USA"}, {"SYR", "IRN", "IRQ"}), ("SAU", "IRN", {"USA"}, {"ISR"}),
        ("FRA", "DEU", {"RUS", "USA"}, {None, "RUS"}), ("USA", "VNM", {"RUS", "CHN"}, {"CHN", "RUS"}), ("ARM", "AZE", {"RUS"}, {None}),
        ("KEN", "ETH", {"CHN", "USA"}, {"SOM"}), ("BRA", "ARG", {"USA"}, {"GBR"}), ("QAT", "SAU", {"USA"}, {"IRN"}),
        ("COL", "VEN", {"USA"}, {"GUY", "RUS"}), ("GRC", "TUR", {"USA"}, {"CYP", "SYR", "IRN"}),
        ("PAK", "USA", {"RUS", "CHN"}, {"IND", "CHN"}), ("NGA", "ZAF", {"USA"}, {None}),
    ],
)  # fmt: skip
def test_ties_that_every_reader_knows(index, world, a, b, pivots, rivals):
    pivot, rival = thirds(index, world, a, b)
    assert pivot in pivots and rival in rivals
    assert thirds(index, world, b, a) == (pivot, rival)


def _made(world, levels, **about):
    """An index and a world of six states: valence and engagement of ties, and what is known of them."""
    who = ("AFG", "CHN", "EST", "IND", "PAK", "RUS", "USA")
    at = {s: i for i, s in enumerate(who)}
    power = np.log(np.array([0.002, 0.1, 0.0001, 0.05, 0.02, 0.1, 0.15]))
    known = {name: np.zeros((1, 7, 7)) for name in ("border", "rival")}
    for name, pairs in about.items():
        for x, y in pairs:
            known[name][0, at[x], at[y]] = known[name][0, at[y], at[x]] = 1
    known["power"] = np.broadcast_to(power, (1, 7, 7)).copy()
    rows = [
        (*sorted(tie), y, v, 0.1, g) for tie, (v, g) in levels.items() for y in (2000, 2020, 2021)
    ]
    names = ["state_a", "state_b", "year", "valence", "sd", "engagement"]
    index = pl.DataFrame(rows, names, orient="row")
    return index, replace(world, states=who, about=known)


LEVELS = {
    ("PAK", "USA"): (0.0, 1.0), ("RUS", "USA"): (-0.3, 0.9), ("PAK", "CHN"): (1.5, 1.0), ("RUS", "CHN"): (1.2, 0.5),
    ("PAK", "IND"): (-1.0, 2.0), ("RUS", "IND"): (1.4, 0.8), ("PAK", "AFG"): (-2.0, 3.0), ("RUS", "AFG"): (0.5, 0.9),
    ("PAK", "EST"): (0.1, 0.1), ("RUS", "EST"): (-2.0, 3.0),
}  # fmt: skip


def test_the_rules_one_by_one(world):
    def asked(**about):
        return thirds(*_made(world, LEVELS, **about), "PAK", "RUS")

    # The great power both deal with; a state of a thousandth of the capability presses nobody, nor one far away.
    assert asked() == ("USA", None)
    assert asked(border=[("RUS", "EST")]) == ("USA", None)
    assert asked(border=[("PAK", "IND")]) == ("USA", "IND")
    # Of two of a kind, the more capable, unless both have much less to do with it; a named one comes first.
    borders = [("PAK", "IND"), ("PAK", "AFG")]
    assert asked(border=borders) == ("USA", "IND")
    far = LEVELS | {("RUS", "IND"): (1.4, 0.5)}
    assert thirds(*_made(world, far, border=borders), "PAK", "RUS") == ("USA", "AFG")
    assert asked(border=[("PAK", "AFG")], rival=[("PAK", "IND")]) == ("USA", "IND")
    # A rivalry that has gone quiet is none: cold with probability 0.58.
    quiet = LEVELS | {("PAK", "IND"): (-0.02, 2.0)}
    assert thirds(*_made(world, quiet, rival=[("PAK", "IND")]), "PAK", "RUS") == ("USA", None)
    # A warm tie is no rivalry, whoever named it; a rival of both is a rival and no pivot.
    assert asked(rival=[("PAK", "CHN")]) == ("USA", None)
    made = LEVELS | {("PAK", "USA"): (-1.0, 1.0)}
    assert thirds(*_made(world, made, rival=[("PAK", "USA"), ("RUS", "USA")]), "PAK", "RUS") == (
        "CHN", "USA",
    )  # fmt: skip


def test_only_states_that_may_be_named_are(world):
    index, made = _made(world, LEVELS, border=[("PAK", "IND")])
    assert thirds(index, made, "PAK", "RUS", {"CHN", "EST"}) == ("CHN", None)
    assert thirds(index, made, "PAK", "RUS", {"EST"}) == (None, None)
    # A state that the fit of triangles does not know has neither.
    assert thirds(index, made, "PAK", "FJI", {"USA"}) == (None, None)


def test_a_fit_without_capabilities_is_one_line(index, world):
    with pytest.raises(NoDataError, match=r"know no capabilities.*name pivot and rival"):
        third_states(index, replace(world, about={"level": world.about["level"]}), "PAK", "RUS", ["USA"])  # fmt: skip
