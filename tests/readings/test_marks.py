"""Two briefs compared: what moved, what flipped, what is new; and files that are no brief to compare with."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from quadrille.errors import FileFormatError
from quadrille.measure.world import World
from quadrille.readings.marks import (
    Act,
    Level,
    Marks,
    Moved,
    _moved,
    changes_of,
    read_marks,
)
from quadrille.views.changes import changes_view
from quadrille.views.machine import plain

LEVEL = Level("PAK-RUS", date(2015, 1, 1), 0.2, 0.1, 0.4, 0.95)
THEN = Marks(
    ("PAK", "RUS"), "chronicle", "net cooperation", "Y", (date(1947, 1, 1), date(2015, 1, 1)), (LEVEL,),
    (Act("a", date(1950, 1, 1), "first"), Act("b", date(1960, 1, 1), "second")), ("dawn", "lost"),
    (date(2018, 1, 1), 0.9), {"PAK-RUS: warm or cold": "warm", "confidence": "moderate"},
)  # fmt: skip
NOW = replace(
    THEN, periods=(date(1947, 1, 1), date(2017, 1, 1)),
    acts=(THEN.acts[0], Act("c", date(2016, 9, 24), "third")), sources=("dawn", "tass"),
    verdicts={"PAK-RUS: warm or cold": "undetermined", "confidence": "moderate", "claim new": "supported"},
)  # fmt: skip


@pytest.fixture(scope="module")
def chronicle():
    return World("chronicle")


def written(path, marks, **other):
    head = {"kind": "brief", "schema": 1, "version": "0.1.0", "facts": {"marks": plain(marks)}}
    path.write_text(json.dumps(head | other))
    return path


def test_marks_come_back_from_json_as_they_were(tmp_path):
    assert read_marks(written(tmp_path / "b.json", THEN), "PAK", "RUS") == THEN


def test_what_is_new_gone_and_flipped():
    got = changes_of(THEN, NOW, ())
    assert [a.act for a in got.acts] == ["c"]
    assert (got.withdrawn, got.sources, got.gone, got.added) == (1, ("tass",), ("lost",), True)
    assert got.flipped == (("PAK-RUS: warm or cold", "warm", "undetermined"),)
    said = " ".join(changes_view(got).sentences)
    assert "Flipped: Pakistan–Russia: warm or cold, warm then and undetermined now." in said
    assert "New: years after 2015, to 2017, 1 act and 1 source (tass)." in said
    assert "1 act of the earlier brief is no longer in the data." in said


def test_the_same_brief_has_nothing_new_and_nothing_flipped():
    said = changes_view(changes_of(THEN, THEN, ())).sentences
    assert said[1:] == ("No verdict flipped.", "Nothing is new: no act, period or source.")


@pytest.mark.parametrize(("shift", "matters"), [(0.0, False), (0.22, False), (0.23, True), (-0.22, False), (-0.23, True)])  # fmt: skip
def test_a_change_within_its_uncertainty_is_too_small_to_matter(shift, matters):
    now = LEVEL._replace(shown=0.2 + shift, lo=0.1 + shift, hi=0.4 + shift)
    assert _moved(LEVEL, now).matters is matters


def test_the_band_of_a_change_is_that_of_the_difference_of_two_normals():
    """Of symmetric bands the formula is the exact one; draws say the same."""
    z = 1.6448536269514722
    one, two = (LEVEL._replace(shown=m, lo=m - z * s, hi=m + z * s) for m, s in ((0.1, 0.3), (0.9, 0.4)))  # fmt: skip
    got = _moved(one, two)
    assert got.change == pytest.approx(0.8)
    assert (got.lo, got.hi) == pytest.approx((0.8 - z * 0.5, 0.8 + z * 0.5))
    rng = np.random.default_rng(1)
    drawn = rng.normal(0.9, 0.4, 200_000) - rng.normal(0.1, 0.3, 200_000)
    # 200,000 draws have a 5% point within 0.005.
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([got.lo, got.hi], abs=0.01)


def test_a_tie_is_read_anew_in_the_last_period_of_then(chronicle):
    tie = chronicle.relation("PAK", "RUS", draws=200)
    row = tie.to_polars().filter(period=date(1990, 1, 1)).row(0, named=True)
    before = Level("PAK-RUS", date(1990, 1, 1), row["shown"], row["shown_lo90"], row["shown_hi90"], row["p_warm"])  # fmt: skip
    got = changes_of(replace(THEN, levels=(before,)), NOW, (tie,))
    assert [m.change for m in got.reread] == [0.0]
    assert got.moved[0].now.period == tie.periods[-1]
    assert isinstance(got.moved[0], Moved)
    assert math.isfinite(got.moved[0].lo)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "relation"}, "is not the JSON of a brief"),
        ({"facts": {}}, "was made by another version of quadrille (0.1.0)"),
        ({"facts": {"marks": plain(replace(THEN, form=0))}}, "was made by another version"),
        ({"facts": {"marks": plain(THEN) | {"levels": [["PAK-RUS"]]}}}, "facts.marks is not whole"),
        ({"facts": {"marks": plain(THEN) | {"periods": None}}}, "facts.marks is not whole"),
        ({"facts": {"marks": plain(replace(THEN, states=("RUS", "PAK")))}}, "is a brief of RUS-PAK, not of PAK-RUS"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_brief_to_compare_with_is_one_line(tmp_path, change, says):
    place = written(tmp_path / "b.json", THEN, **change)
    with pytest.raises(FileFormatError, match=r"b\.json: ") as caught:
        read_marks(place, "PAK", "RUS")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[1, 2]", b"{"])
def test_what_is_no_json_is_one_line(tmp_path, content):
    place = tmp_path / "b.json"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"b\.json: (cannot be read|is not the JSON of a brief)"):  # fmt: skip
        read_marks(place, "PAK", "RUS")


def test_levels_in_another_unit_are_refused(chronicle):
    now = chronicle.measurement()
    replace(THEN, unit=now.unit.label).check(now)
    with pytest.raises(FileFormatError, match="the unit of its levels is index"):
        replace(THEN, unit="index of ties").check(now)


@pytest.mark.parametrize("text", ["[" * 20_000, '{"kind": "brief", "facts": 3}'])
def test_a_file_of_another_shape_is_one_line(tmp_path, text):
    place = tmp_path / "x.json"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"x\.json: "):
        read_marks(place, "PAK", "RUS")
