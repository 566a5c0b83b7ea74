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

from quadrille.errors import OptionError
from quadrille.events.record import EVENT_SCHEMA
from quadrille.events.vocabulary import QUADS, cameo
from quadrille.lake.engines import PANEL
from quadrille.lake.query import EVENTS, panel_query
from quadrille.panel.build import build
from quadrille.sources.collapse import COLLAPSE
from quadrille.sources.table import Table

TABLE = ibis.table(EVENTS, name="events")
KEY = ["state_a", "state_b", "period"]


def run(events, **options):
    with duckdb.connect() as con:
        con.register("events", events.to_arrow())
        found = con.sql(ibis.to_sql(panel_query(TABLE, **options), dialect="duckdb")).pl()
    return found.select(list(PANEL)).cast(PANEL).sort(KEY)


def same(got, wanted):
    # Counts are equal; means differ by the order of summation.
    exact = [c for c in PANEL if not c.startswith("goldstein")]
    assert_frame_equal(got.select(exact), wanted.select(exact))
    assert_frame_equal(got, wanted, rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    frequency=st.sampled_from("DMQY"),
    collapse=st.sampled_from(COLLAPSE),
    once=st.booleans(),
    ends=st.none() | st.just((date(1945, 7, 1), date(2018, 3, 31))),
)
def test_equals_counting_by_hand(random_events, brute_panel, seed, frequency, collapse, once, ends):
    since, until = ends or (None, None)
    events = random_events(seed, 120)
    options = dict(frequency=frequency, collapse=collapse, since=since, until=until, once=once)
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


def test_uncollapsed_it_is_the_panel_of_the_other_reader(random_events):
    events = random_events(5, 2000).drop_nulls().unique(["event_id", "date"])
    whole = events.drop("file").with_columns(
        precision=pl.lit("day"), certainty=pl.lit(1.0), text=pl.lit(None, pl.String),
        origin=pl.lit("x"), reference=pl.lit(None, pl.String),
    ).select(list(EVENT_SCHEMA))  # fmt: skip
    quarantine = pl.DataFrame()
    table = Table("events", "D", whole, quarantine, "x", (), whole.height)
    wanted = build(table, "Q", collapse="none").cells
    got = run(events, frequency="Q", collapse="none")
    assert_frame_equal(got, wanted, check_column_order=False, rel_tol=1e-12)
    assert got["raw"].sum() == events["reports"].sum()


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
