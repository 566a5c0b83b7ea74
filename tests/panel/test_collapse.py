"""What counts as one event: by hand, and on publishers' files."""

from __future__ import annotations

from collections import Counter
from datetime import date

import polars as pl
import pytest

from quadrille.coding.vocabulary import QUADS, cameo
from quadrille.errors import OptionError
from quadrille.panel.build import build
from quadrille.panel.directed import directed
from quadrille.panel.schema import COLLAPSE
from quadrille.sources.formats import read_table
from quadrille.sources.table import Table

DAY = date(2020, 1, 1)
REPORTS = [
    (DAY, "PAK", "RUS", "042", "diplomacy", 2.0, 1),
    (DAY, "PAK", "RUS", "042", "diplomacy", 1.0, 3),
    (DAY, "PAK", "RUS", "042", "defence", 1.9, 1),
    (DAY, "PAK", "RUS", "041", "economy", 1.0, 1),
    (DAY, "RUS", "PAK", "042", "diplomacy", 1.9, 1),
    (DAY, "PAK", "RUS", "190", "diplomacy", -10.0, 2),
]


def table(rows):
    names = ["date", "source", "target", "cameo", "domain", "goldstein", "reports"]
    data = pl.DataFrame(rows, schema=names, orient="row").with_columns(event_id=pl.lit("x"))
    return Table("events", "D", data, pl.DataFrame(), "made", (), len(rows))


@pytest.mark.parametrize(
    ("rule", "verbal", "material", "defence", "weight"),
    [
        ("none", 7, 2, 1, (2.0 + 3.0 + 1.9 + 1.0 + 1.9 - 20.0) / 9),
        ("code", 4, 1, 1, (1.25 + 1.9 + 1.0 + 1.9 - 10.0) / 5),
        ("day", 2, 1, 0, ((2.0 + 3.0 + 1.9 + 1.0) / 6 + 1.9 - 10.0) / 3),
    ],
)
def test_each_rule_by_hand(rule, verbal, material, defence, weight):
    (cell,) = build(table(REPORTS), "D", collapse=rule).cells.rows(named=True)
    assert (cell["verbal_coop"], cell["material_conf"], cell["d_defence"]) == (
        verbal, material, defence,
    )  # fmt: skip
    assert cell["raw"] == 9
    assert cell["goldstein"] == pytest.approx(weight)


def test_directions_are_kept_apart():
    got = directed(table(REPORTS), "D").cells.select("source", "target", "coop", "conf").rows()
    assert got == [("PAK", "RUS", 3.0, 1.0), ("RUS", "PAK", 1.0, 0.0)]


def test_an_unknown_rule_is_refused():
    with pytest.raises(OptionError, match="unknown rule 'week'; use one of none, code, day"):
        build(table(REPORTS), collapse="week")


@pytest.mark.parametrize("rule", COLLAPSE)
@pytest.mark.parametrize("name", ["icews_raw", "gdelt_raw/20201115.csv"])
def test_real_files_are_counted_once_by_each_rule(data_dir, rule, name):
    events = read_table(data_dir / name)
    cells = build(events, "M", collapse=rule).cells
    quads = events.data.join(cameo().select("code", "quad"), left_on="cameo", right_on="code")
    keys = {
        "none": list(range(events.data.height)),
        "code": events.data.select("date", "source", "target", "cameo", "domain").rows(),
        "day": quads.select("date", "source", "target", "quad").rows(),
    }
    assert sum(cells[q].sum() for q in QUADS) == len(Counter(keys[rule]))
    assert cells["raw"].sum() == events.data.height
