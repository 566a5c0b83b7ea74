"""Panels and facets on hand-worked cases."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.coding.record import DOMAINS
from quadrille.errors import NoDataError, OptionError
from quadrille.panel.build import build
from quadrille.panel.domains import domain_shares
from quadrille.panel.facets import attention_variance, default_facet, facet
from quadrille.sources.table import Table

QUADS = ("verbal_coop", "material_coop", "verbal_conf", "material_conf")
EMPTY = pl.DataFrame(
    schema={"file": pl.String, "line": pl.Int64, "reason": pl.String, "raw": pl.String}
)


def counts_table(rows, frequency="Y"):
    schema = {"source": pl.String, "target": pl.String, "period": pl.Date} | dict.fromkeys(
        QUADS, pl.Float64
    )
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("counts", frequency, data, EMPTY, "test", (), len(rows))


def events_table(rows, origin="icews"):
    names = ("event_id", "date", "precision", "source", "target", "cameo", "domain", "goldstein",
             "reports", "certainty", "text", "origin", "reference")  # fmt: skip
    full = [(*r, "a line", origin, None) for r in rows]
    return Table(
        "events",
        "D",
        pl.DataFrame(full, schema=list(names), orient="row"),
        EMPTY,
        origin,
        (),
        len(rows),
        "hand" if origin == "chronicle" else "machine",
    )


YEAR = date(2002, 1, 1)
BOTH_WAYS = [("IND", "PAK", YEAR, 3.0, 1.0, 2.0, 0.0), ("PAK", "IND", YEAR, 2.0, 0.0, 1.0, 4.0)]


def test_a_state_that_the_data_do_not_hold_is_said():
    panel = build(counts_table(BOTH_WAYS))
    assert panel.states == ("IND", "PAK")
    panel.require(["PAK", "IND"])
    with pytest.raises(
        NoDataError, match=r"Turkey is not among the 2 states of these data \(test\)"
    ):
        panel.require(["PAK", "TUR"])


def test_cordiality_by_hand():
    obs = facet(build(counts_table(BOTH_WAYS)))
    row = obs.data.row(0, named=True)
    assert (row["state_a"], row["state_b"], row["n"]) == ("IND", "PAK", 13.0)
    assert (row["plus"], row["minus"]) == (6.0, 7.0)
    assert obs.counted
    assert obs.phi_min == 1.0


def test_materiality_by_hand():
    row = facet(build(counts_table(BOTH_WAYS)), "materiality").data.row(0, named=True)
    assert (row["plus"], row["minus"]) == (5.0, 8.0)


def test_no_events_is_no_observation_of_cordiality_but_is_one_of_engagement():
    rows = [
        *BOTH_WAYS,
        ("IND", "USA", YEAR, 0.0, 0.0, 0.0, 0.0),
        ("PAK", "USA", YEAR, 5.0, 0.0, 0.0, 0.0),
    ]
    panel = build(counts_table(rows))
    assert facet(panel, "cordiality").data.height == 2
    assert facet(panel, "engagement").data.height == 3


def test_engagement_is_zero_when_nobody_is_special():
    states = ["AAA", "BBB", "CCC", "DDD", "EEE"]
    weight = dict(zip(states, (10.0, 20.0, 30.0, 40.0, 50.0), strict=True))
    rows = [
        (a, b, YEAR, weight[a] * weight[b], 0.0, 0.0, 0.0) for a in states for b in states if a < b
    ]
    obs = facet(build(counts_table(rows)), "engagement")
    np.testing.assert_allclose(obs.data["y"], 0.0, atol=1e-6)


@given(st.integers(0, 10_000))
def test_swapping_source_and_target_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    rows = [
        ("IND", "PAK", date(2000 + t, 1, 1), *rng.poisson(3, 4).astype(float)) for t in range(4)
    ]
    swapped = [(b, a, *rest) for a, b, *rest in rows]
    assert build(counts_table(rows)).cells.equals(build(counts_table(swapped)).cells)
    shuffled = [rows[i] for i in rng.permutation(4)]
    assert build(counts_table(rows)).cells.equals(build(counts_table(shuffled)).cells)


def test_months_add_up_to_years():
    rows = [("IND", "PAK", date(2002, m, 1), 1.0, 2.0, 3.0, 4.0) for m in range(1, 13)]
    panel = build(counts_table(rows, "M"), "Y")
    assert panel.cells.select(QUADS).row(0) == (12.0, 24.0, 36.0, 48.0)
    with pytest.raises(OptionError, match="finer"):
        build(counts_table(rows, "Y"), "M")


def test_conflict_only_sources_measure_hostility():
    rows = [("IND", "PAK", YEAR, None, None, 5.0, 1.0), ("IND", "USA", YEAR, None, None, 0.0, 0.0),
            ("PAK", "USA", YEAR, None, None, 2.0, 1.0)]  # fmt: skip
    panel = build(counts_table(rows))
    assert default_facet(panel) == "hostility"
    assert facet(panel).data.height == 3
    with pytest.raises(OptionError, match="test cannot show cordiality; it can show hostility"):
        facet(panel, "cordiality")


def test_machine_coded_events_are_counted_by_quad_class_and_domain():
    rows = [("1", date(2018, 6, 1), "day", "IND", "PAK", "042", "diplomacy", 1.9, 3, 1.0),
            ("2", date(2018, 6, 9), "day", "PAK", "IND", "190", "defence", -10.0, 1, 1.0)]  # fmt: skip
    panel = build(events_table(rows), collapse="none")
    assert (panel.kind, panel.frequency) == ("counts", "M")
    cell = panel.cells.row(0, named=True)
    assert cell["verbal_coop"] == 3.0
    assert cell["material_conf"] == 1.0
    assert cell["goldstein"] == pytest.approx((3 * 1.9 - 10) / 4)
    assert (cell["d_diplomacy"], cell["d_defence"]) == (3.0, 1.0)
    # Unless told otherwise, reports of the same day, directed dyad and code are one event.
    once = build(events_table(rows)).cells.row(0, named=True)
    assert (once["verbal_coop"], once["material_conf"]) == (1.0, 1.0)


ACTS = [("1966-a>", date(1966, 1, 10), "day", "IND", "PAK", "057", "diplomacy", 8.0, 1, 1.0),
        ("1966-a<", date(1966, 1, 10), "day", "PAK", "IND", "057", "diplomacy", 8.0, 1, 1.0),
        ("1966-b", date(1966, 1, 1), "year", "IND", "PAK", "111", "territory", -2.0, 1, 0.5)]  # fmt: skip


def test_a_mutual_act_is_one_observation():
    panel = build(events_table(ACTS, "chronicle"))
    assert (panel.kind, panel.frequency, panel.cells.height) == ("acts", "Y", 2)
    row = facet(panel).data.row(0, named=True)
    y = 2 * np.arctanh(0.09 * np.array([8.0, -2.0]))
    s2 = 4 / (np.array([1.0, 0.5]) * (0.5 + np.array([0.8, 0.2])))
    pooled = (y / s2).sum() / (1 / s2).sum()
    assert row["y"] == pytest.approx(pooled)
    assert row["s2"] == pytest.approx(1 / (1 / s2).sum())
    assert (row["n"], row["repeats"]) == (2.0, 1.0)
    assert row["scatter"] == pytest.approx(((y - pooled) ** 2 / s2).sum())


def test_acts_dated_less_exactly_than_the_panel_are_counted_out():
    panel = build(events_table(ACTS, "chronicle"), "M")
    assert panel.cells.height == 1
    assert panel.dropped == 1


def test_scores_are_linear_when_small_and_logarithmic_when_large():
    data = pl.DataFrame({"state_a": ["IND"] * 3, "state_b": ["PAK"] * 3,
                         "period": [date(2018, m, 1) for m in (1, 2, 3)], "score": [-8.0, 8.0, 8000.0]})  # fmt: skip
    obs = facet(build(Table("scores", "M", data, EMPTY, "scores", (), 3)))
    np.testing.assert_allclose(obs.data["y"], np.arcsinh([-1.0, 1.0, 1000.0]))
    assert obs.phi_min == 0.0


def test_domain_shares_sum_to_one():
    shares = domain_shares(build(events_table(ACTS, "chronicle")))
    assert shares.height == len(DOMAINS)
    assert shares["share"].sum() == pytest.approx(1.0)
    top = shares.sort("share").row(-1, named=True)
    assert top["share"] == pytest.approx(1.5 / (2 + 0.5 * len(DOMAINS)))
    with pytest.raises(OptionError, match="holds no domains"):
        domain_shares(build(counts_table(BOTH_WAYS)))


def test_attention_variance_is_the_poisson_one():
    rng = np.random.default_rng(0)
    for rate in (0.05, 0.7, 6.0, 80.0):
        drawn = np.log(rng.poisson(rate, 400_000) + 0.5)
        # Simulation error of a variance over 400,000 draws, and interpolation of the table: 2%.
        assert attention_variance(np.array([rate]))[0] == pytest.approx(drawn.var(), rel=0.02)


def test_errors_say_what_is_allowed():
    table = counts_table(BOTH_WAYS)
    with pytest.raises(OptionError, match="unknown frequency 'W'; use one of D, M, Q, Y"):
        build(table, "W")
    with pytest.raises(OptionError, match="unknown facet 'love'; use one of cordiality"):
        facet(build(table), "love")
    with pytest.raises(NoDataError, match="no rows from 2010-01-01"):
        build(table, since=date(2010, 1, 1))
    nothing = [("IND", "PAK", YEAR, 0.0, 0.0, 0.0, 0.0)]
    with pytest.raises(NoDataError, match="no dyad has an observation of cordiality"):
        facet(build(counts_table(nothing)))
