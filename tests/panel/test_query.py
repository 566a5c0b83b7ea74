"""The panel query gives what counting by hand gives."""

from __future__ import annotations

from datetime import date

import duckdb
import ibis
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quadrille.coding.vocabulary import QUADS, cameo
from quadrille.errors import OptionError
from quadrille.panel.build import build
from quadrille.panel.directed import directed
from quadrille.panel.query import panel_query
from quadrille.panel.schema import COLLAPSE, EVENTS, cell_schema
from quadrille.sources.table import Table

TABLE = ibis.table(EVENTS, name="events")
KEY = ["state_a", "state_b", "period"]


def run(events, **options):
    with duckdb.connect() as con:
        con.register("events", events.to_arrow())
        found = con.sql(ibis.to_sql(panel_query(TABLE, **options), dialect="duckdb")).pl()
    schema = cell_schema(options.get("directed", False))
    return found.select(list(schema)).cast(schema).sort(list(schema)[:3])


def same(got, wanted):
    # Counts are equal; means differ by the order of summation.
    exact = [c for c in wanted.columns if not c.startswith("goldstein")]
    assert_frame_equal(got.select(exact), wanted.select(exact))
    assert_frame_equal(got, wanted, rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    frequency=st.sampled_from("DMQY"),
    collapse=st.sampled_from(COLLAPSE),
    once=st.booleans(),
    directed=st.booleans(),
    ends=st.none() | st.just((date(1945, 7, 1), date(2018, 3, 31))),
)
def test_equals_counting_by_hand(
    random_events, brute_panel, seed, frequency, collapse, once, directed, ends
):
    since, until = ends or (None, None)
    events = random_events(seed, 120)
    options = dict(
        frequency=frequency,
        collapse=collapse,
        since=since,
        until=until,
        once=once,
        directed=directed,
    )
    same(run(events, **options), brute_panel(events, **options))


@pytest.mark.parametrize("collapse", COLLAPSE)
def test_order_of_rows_and_direction_do_not_matter(random_events, collapse):
    events = random_events(3)
    wanted = run(events, collapse=collapse)
    same(run(events.sample(fraction=1, shuffle=True, seed=1), collapse=collapse), wanted)
    swapped = events.rename({"source": "target", "target": "source"}).select(list(EVENTS))
    same(run(swapped, collapse=collapse), wanted)


def test_quads_are_those_of_every_code():
    codes = cameo()["code"]
    events = pl.DataFrame(
        {"event_id": codes, "date": date(2018, 1, 1), "source": "PAK", "target": codes,
         "cameo": codes, "domain": "diplomacy", "goldstein": 0.0, "reports": 1, "file": 1},
    ).cast({"reports": pl.Int64, "file": pl.Int32})  # fmt: skip
    got = run(events)
    got = got.unpivot(QUADS, index=KEY).filter(pl.col("value") == 1)
    got = dict(got.with_columns(code=pl.min_horizontal("state_a", "state_b"))
               .select("code", "variable").iter_rows())  # fmt: skip
    assert got == dict(cameo().select("code", "quad").iter_rows())


@pytest.mark.parametrize("frequency", "DMQY")
@pytest.mark.parametrize("collapse", COLLAPSE)
def test_events_at_hand_are_counted_as_by_hand(random_events, brute_panel, frequency, collapse):
    events = random_events(5, 2000)
    whole = events.drop("file").with_columns(
        precision=pl.lit("day"), certainty=pl.lit(1.0), text=pl.lit(None, pl.String),
        origin=pl.lit("x"), reference=pl.lit(None, pl.String),
    )  # fmt: skip
    table = Table("events", "D", whole, pl.DataFrame(), "x", (), whole.height)
    ends = (date(1900, 1, 1), date(2018, 3, 31))
    panel = build(table, frequency, *ends, collapse)
    same(panel.cells, brute_panel(events, frequency, collapse, *ends))
    sides = directed(table, frequency, *ends, collapse).cells
    wanted = brute_panel(events, frequency, collapse, *ends, directed=True)
    assert_frame_equal(
        sides,
        wanted.select(
            "source", "target", "period",
            coop=pl.sum_horizontal(QUADS[:2]), conf=pl.sum_horizontal(QUADS[2:]),
        ),
    )  # fmt: skip
    assert sides.select(pl.sum("coop", "conf")).row(0) == tuple(
        panel.cells.select(
            pl.sum_horizontal(pl.sum(*QUADS[:2])), pl.sum_horizontal(pl.sum(*QUADS[2:]))
        ).row(0)
    )


def test_nothing_is_counted_twice_and_raw_keeps_all(random_events):
    events = random_events(7).drop_nulls()
    kept = {rule: run(events, collapse=rule) for rule in COLLAPSE}
    total = {r: c.select(pl.sum_horizontal(pl.sum(*QUADS))).item() for r, c in kept.items()}
    assert total["none"] > total["code"] > total["day"]
    assert {c["raw"].sum() for c in kept.values()} == {events["reports"].sum()}
    assert total["day"] == events.join(
        cameo().select("code", "quad"), left_on="cameo", right_on="code"
    ).select("date", "source", "target", "quad").n_unique()  # fmt: skip


def test_nothing_in_gives_nothing_out(random_events):
    assert run(random_events(1).clear()).is_empty()


def test_what_is_unknown_is_refused():
    with pytest.raises(OptionError, match="unknown frequency 'W'; use one of D, M, Q, Y"):
        panel_query(TABLE, "W")
    with pytest.raises(OptionError, match="unknown rule 'week'; use one of none, code, day"):
        panel_query(TABLE, "M", "week")
