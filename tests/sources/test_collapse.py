"""Near-duplicates counted once: by hand, and as the lake's query counts."""

from __future__ import annotations

from collections import Counter
from datetime import date

import duckdb
import ibis
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quadrille.errors import OptionError
from quadrille.lake.query import panel_query
from quadrille.panel.build import build
from quadrille.sources.collapse import COLLAPSE, collapse
from quadrille.sources.read import read


def test_by_hand():
    day = date(2020, 1, 1)
    events = pl.DataFrame(
        [
            (day, "PAK", "RUS", "042", "diplomacy", 2.0, 1),
            (day, "PAK", "RUS", "042", "diplomacy", 1.0, 3),
            (day, "PAK", "RUS", "042", "defence", 1.9, 1),
            (day, "PAK", "RUS", "041", "economy", 1.0, 1),
            (day, "RUS", "PAK", "042", "diplomacy", 1.9, 1),
            (day, "PAK", "RUS", "190", "diplomacy", -10.0, 2),
        ],
        schema=["date", "source", "target", "cameo", "domain", "goldstein", "reports"],
        orient="row",
    )
    assert collapse(events, "none")["n"].to_list() == [1, 3, 1, 1, 1, 2]
    by_code = collapse(events, "code")
    assert by_code["n"].to_list() == [1.0] * 5
    assert by_code["reports"].to_list() == [4, 1, 1, 1, 2]
    assert by_code["goldstein"][0] == 1.25
    by_day = collapse(events, "day")
    assert by_day.select("source", "quad", "reports", "domain").rows() == [
        ("PAK", "verbal_coop", 6, "diplomacy"),
        ("RUS", "verbal_coop", 1, "diplomacy"),
        ("PAK", "material_conf", 2, "diplomacy"),
    ]
    with pytest.raises(OptionError, match="unknown rule 'week'; use one of none, code, day"):
        collapse(events, "week")


@pytest.mark.parametrize("rule", COLLAPSE)
@pytest.mark.parametrize("name", ["icews_raw", "gdelt_raw/20201115.csv"])
def test_the_lakes_query_counts_the_same(data_dir, tmp_path, rule, name):
    table = read(data_dir / name)
    table.data.write_parquet(tmp_path / "events.parquet")
    kinds = {"date": "date", "goldstein": "float64", "reports": "int64"}
    events = ibis.table({c: kinds.get(c, "string") for c in table.data.columns}, name="events")
    con = duckdb.connect()
    con.execute(f"CREATE TABLE events AS FROM '{tmp_path}/events.parquet'")
    made = con.sql(ibis.to_sql(panel_query(events, "M", rule), dialect="duckdb"))
    theirs = pl.DataFrame(made.fetchall(), schema=made.columns, orient="row")
    theirs = theirs.with_columns(pl.col("period").cast(pl.Date))
    ours = build(table, "M", collapse=rule).cells
    assert_frame_equal(
        ours, theirs.sort("state_a", "state_b", "period").select(ours.columns), check_dtypes=False,
        # Means are summed in another order.
        rel_tol=1e-9,
    )  # fmt: skip
    keys = {
        "none": list(range(table.data.height)),
        "code": table.data.select("date", "source", "target", "cameo", "domain").rows(),
        "day": collapse(table.data, "none").select("date", "source", "target", "quad").rows(),
    }
    total = sum(
        ours[q].sum() for q in ("verbal_coop", "material_coop", "verbal_conf", "material_conf")
    )
    assert total == len(Counter(keys[rule]))
    assert ours["raw"].sum() == table.data.height
