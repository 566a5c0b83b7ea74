"""Words that views share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quadrille import views
from quadrille.views.words import chance, chance_band, equals, rank

VIEWS = sorted(Path(views.__file__).parent.glob("*.py"))
COLUMN = re.compile(r'(?:Column|interval)\("\w+", (?P<head>f?"[^"]*"), (?P<form>\w+)')


def test_a_chance_is_never_certain():
    assert [chance(p) for p in (0.0, 0.004, 0.01, 0.5, 0.99, 0.996, 1.0)] == [
        "< 0.01", "< 0.01", "0.01", "0.50", "0.99", "> 0.99", "> 0.99",
    ]  # fmt: skip
    assert chance(None) == ""
    # What misses 0.9 or 0.1 is not printed as if it did not.
    assert [chance(p) for p in (0.897, 0.8999, 0.9, 0.1, 0.1001)] == ["0.897", "0.899", "0.90", "0.10", "0.101"]  # fmt: skip
    assert (equals(0.5), equals(1.0)) == ("= 0.50", "> 0.99")
    assert chance_band((0.0, 0.4, 1.0)) == "0.40 (90% band < 0.01 to > 0.99)"


def test_a_percentile_that_is_not_known_says_so():
    assert (rank(None), rank(71.6)) == ("not known", "72")


@pytest.mark.parametrize("path", VIEWS, ids=lambda p: p.stem)
def test_every_column_of_chances_is_written_as_one(path):
    text = path.read_text(encoding="utf-8")
    for head, form in COLUMN.findall(text):
        assert not re.search(r"\bP\(|\bp\b|probab", head) or form == "chance", f"{head}: {form}"


def test_such_columns_are_found():
    heads = [h for p in VIEWS for h, _ in COLUMN.findall(p.read_text(encoding="utf-8"))]
    assert sum("P(" in h for h in heads) >= 8
