"""What the brief gains, and that nothing after --until reaches it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

import quadrille
from quadrille.api.data import table_of

STATES = ("PAK", "RUS", "USA", "IND")


def test_the_brief_has_portfolio_balance_and_bond():
    made = quadrille.make_brief(*STATES)
    assert [s.title for s in made.sections] == [
        "Pakistan's portfolio", "Russia between Pakistan and India", "What Pakistan–Russia rests on",
    ]  # fmt: skip
    assert all(s.lines and s.caption for s in made.sections)


def test_later_acts_change_nothing():
    until = date(1990, 6, 30)
    table = quadrille.load()
    before = table_of(table, None, until)
    assert before.data["date"].max() <= until
    one = quadrille.make_brief(*STATES, data=table, until=until)
    two = quadrille.make_brief(*STATES, data=before)
    assert [s.lines for s in one.sections] == [s.lines for s in two.sections]


def test_scores_have_a_balance_and_a_bond_but_no_shares(data_dir):
    file = data_dir / "gdelt_monthly_score" / "gdelt_dyad_month_score_2018_2021.parquet"
    table = quadrille.load(file)
    few = pl.all_horizontal(pl.col("state_a", "state_b").is_in([*STATES, "CHN", "GBR", "IRN"]))
    made = quadrille.make_brief(*STATES, data=replace(table, data=table.data.filter(few)))
    assert [s.title.split()[0] for s in made.sections] == ["Russia", "What"]
