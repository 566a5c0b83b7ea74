"""Warmth and trade: a made world in which the answer is known, and the real one beside the literature."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import quadrille
from quadrille.economy.panel import TradePanel, dropped_rows
from quadrille.economy.warmth import (
    AGREED,
    LITERATURE,
    shipped_warmth,
    warmth_of_trade,
    with_valence,
    write_warmth,
)
from quadrille.errors import NoDataError, OptionError
from quadrille.views.trade_warmth import term_words

STATES = [f"S{k:02}" for k in range(14)]
YEARS = range(1980, 2021)


def made(effect, seed, returns=0.0):
    """An index that walks, and trade that answers to its level now by `effect`."""
    rng = np.random.default_rng(seed)
    pairs = list(itertools.combinations(STATES, 2))
    level = np.zeros((len(pairs), len(YEARS)))
    level[:, 0] = rng.normal(0, 0.6, len(pairs))
    for t in range(1, len(YEARS)):
        level[:, t] = 0.9 * level[:, t - 1] + rng.normal(0, 0.3, len(pairs))
    index = pl.DataFrame(
        [(a, b, y, level[p, t], 1.0) for p, (a, b) in enumerate(pairs) for t, y in enumerate(YEARS)],
        schema={"state_a": pl.String, "state_b": pl.String, "year": pl.Int16, "valence": pl.Float32,
                "shift_trade": pl.Float32}, orient="row",
    ).with_columns(pl.col("valence") + pl.col("shift_trade"))  # fmt: skip
    size, apart = rng.lognormal(3, 1, len(STATES)), rng.normal(0, 1, len(pairs))
    rows = []
    for p, (a, b) in enumerate(pairs):
        for t, y in enumerate(YEARS):
            for one, two in ((a, b), (b, a)):
                mean = (
                    size[STATES.index(one)]
                    * size[STATES.index(two)]
                    * np.exp(apart[p] + effect * level[p, t])
                )
                rows.append((one, two, y, float(mean * rng.lognormal(-0.02, 0.2))))
    data = pl.DataFrame(
        rows, schema=["exporter", "importer", "year", "value"], orient="row"
    ).with_columns(pl.col("year").cast(pl.Int32))
    return TradePanel(data, dropped_rows({}), "made", ()), index


def test_valence_is_without_what_trade_says_and_is_shifted():
    panel, index = made(0.0, 1)
    found = with_valence(panel, index, (0, 4, -4)).data
    row = found.filter(
        pl.col("exporter") == "S01", pl.col("importer") == "S00", pl.col("year") == 2000
    ).row(0, named=True)
    told = index.filter(pl.col("state_a") == "S00", pl.col("state_b") == "S01")
    for name, year in (("valence", 2000), ("valence_lag4", 1996), ("valence_lead4", 2004)):
        at = told.filter(pl.col("year") == year).row(0, named=True)
        assert row[name] == pytest.approx(at["valence"] - at["shift_trade"], abs=1e-6)
    assert found.filter(pl.col("year") > 2016)["valence_lead4"].is_null().all()


@pytest.fixture(scope="module")
def warm():
    pytest.importorskip("pyfixest")
    return warmth_of_trade(*made(0.4, 2))


def test_a_known_elasticity_is_found_and_no_trend_before(warm):
    found = warm
    want = 0.4 * found.sd
    for term in ("valence alone", "long run, lead left out"):
        value, se = found.of(term)
        assert abs(value - want) < 3 * se and se < want / 4
    assert not found.trends
    for term in ("valence_lag4", "valence_lag8"):
        value, se = found.of(term)
        assert abs(value) < 3 * se


def test_where_there_is_none_none_is_found():
    pytest.importorskip("pyfixest")
    found = warmth_of_trade(*made(0.0, 3))
    value, se = found.of("valence alone")
    assert abs(value) < 3 * se
    value, se = found.of("valence in 4 years")
    assert abs(value) < 3 * se


def test_index_and_trade_of_other_states_are_refused():
    panel, index = made(0.0, 1)
    other = index.with_columns(pl.col("state_a") + "x")
    with pytest.raises(NoDataError, match="no pairs in common"):
        warmth_of_trade(panel, other)


def test_verdicts_follow_from_the_bands_and_the_tests(warm):
    assert warm.verdict.word == "moves it" and warm.verdict.way == 1
    # The same estimates with a lead that tells: no verdict.
    lead = pl.when(pl.col("term") == "valence_lead4").then(0.5).otherwise(pl.col("estimate"))
    false = replace(warm, table=warm.table.with_columns(estimate=lead))
    assert false.trends and false.verdict.word == "undetermined"
    assert "test fails" in " ".join(false.view().sentences)
    # Trade that warms, with and without the same of the past.
    for back, word in ((0.0, "moves it"), (0.4, "undetermined")):
        value = pl.when(pl.col("term").str.ends_with("ago")).then(back).otherwise(0.4)
        of = replace(warm, table=warm.table.with_columns(estimate=value, se=pl.lit(0.01)))
        assert of.reverse_verdict.word == word


def test_what_ships_is_read_back_as_it_was_written(tmp_path):
    kept = shipped_warmth()
    write_warmth(kept, tmp_path / "warmth.json", "version 1")
    said = json.loads((tmp_path / "warmth.json").read_text())
    assert said["n"] == kept.n and len(said["table"]) == kept.table.height
    assert (tmp_path / "warmth.json").read_text().startswith('{\n "index": "version 1"')


def test_an_agreement_is_no_condition_of_a_scenario():
    kept = shipped_warmth()
    with pytest.raises(
        OptionError,
        match=r"signs a trade agreement.*adds 0\.\d\d .*one more in the log of trade goes with",
    ) as why:
        quadrille.whatif("PAK", "RUS", if_=["PAK-RUS signs a trade agreement"])
    low, mid, high = kept.of_agreement
    assert mid == kept.of(AGREED)[0] * kept.of("valence in 4 years")[0] and low < mid < high
    assert f"{mid:.3f} together (90% band {low:.3f}".replace("-", "−") in str(why.value)


def test_the_page_prints_the_estimates_that_ship():
    """`python tools/warmth.py` writes both."""
    page = (Path(__file__).parents[2] / "docs" / "methods" / "economy.md").read_text("utf-8")
    for question, term, estimate, se in shipped_warmth().table.rows():
        row = f"| {question} | {term_words(term)} | {estimate:.3f} | {se:.3f} |"
        assert row.replace("-", "\N{MINUS SIGN}") in page


@pytest.mark.slow
def test_the_real_world_is_asked_both_ways(agtpa):
    """Which verdict comes out is the data's; that the literature's figure is not excluded by far is known."""
    pytest.importorskip("pyfixest")
    found = quadrille.trade_warmth(layers=agtpa)
    value, se = found.long_run
    assert abs(value - np.log1p(LITERATURE)) < 4 * se
    assert found.years == (1986, 1990, 1994, 1998, 2002, 2006)
    asked = {"trade on agreement", "trade on valence", "valence on trade"}
    assert set(found.table["question"]) == asked
