"""Portfolios worked out by hand, relabelled, and on the chronicle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import quadrille
from quadrille.coding.record import DOMAINS, is_act
from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.shares import concentration_moments, perks
from quadrille.panel.build import build
from quadrille.panel.domains import cooperation, domain_counts
from quadrille.readings.portfolio import portfolio_of, world_partners
from quadrille.states.powers import major_powers


def test_major_powers_by_year():
    assert major_powers(1948) == ("FRA", "GBR", "RUS", "USA")
    assert major_powers(1960) == ("CHN", "FRA", "GBR", "RUS", "USA")
    assert major_powers(1995) == major_powers(2026)
    assert {"DEU", "JPN"} <= set(major_powers(1991))


def test_two_equal_partners_count_two(counts):
    rows = [
        ("AFG", "BEL", 2000, 4000, 10),
        ("CHL", "AFG", 2000, 4000, 0),
        ("BEL", "CHL", 2000, 9, 1),
    ]
    made = portfolio_of(build(counts(rows)), "AFG")
    row = made.to_polars().row(0, named=True)
    assert row["n"] == 8000  # both directions count
    assert row["effective"] == pytest.approx(2.0, abs=0.01)
    assert row["largest"] == pytest.approx(0.5, abs=0.02)
    assert row["percentile"] is None  # three states are no world
    assert row["corrected_effective"] is None
    assert np.isnan(made.majors).all()  # none of these is a major power


def test_band_has_the_exact_moments_and_grows_with_noise(counts):
    rows = [("AFG", s, 2000, n, 0) for s, n in (("BEL", 30), ("CHL", 15), ("DNK", 5))]
    widths = []
    for scale in (1.0, 3.0, 9.0):
        made = portfolio_of(build(counts(rows)), "AFG", scale=scale, draws=20_000)
        mean, var = concentration_moments(perks(np.array([30.0, 15, 5]), scale))
        squares = 1 / made.effective[:, 0]
        # Monte Carlo error of 20,000 draws.
        assert squares.mean() == pytest.approx(mean, abs=5 * np.sqrt(var / 20_000))
        assert squares.var() == pytest.approx(var, rel=0.05)
        widths.append(squares.var())
    assert widths == sorted(widths)


def test_windows_pool_the_years_before(counts):
    rows = [("AFG", "BEL", 2000, 10, 0), ("AFG", "CHL", 2001, 20, 0), ("AFG", "BEL", 2003, 5, 0)]
    made = portfolio_of(build(counts(rows)), "AFG", window=2)
    assert [p.year for p in made.periods] == [2001, 2002, 2003]  # the first whole window on
    assert made.n.tolist() == [[10, 20], [0, 20], [5, 0]]
    once = portfolio_of(build(counts(rows)), "AFG", window=1)
    assert [p.year for p in once.periods] == [2000, 2001, 2003]
    longest = portfolio_of(build(counts(rows)), "AFG", window=50)
    assert longest.n.tolist() == [[15, 20]]


def world(counts, seed=0, states=14):
    rng = np.random.default_rng(seed)
    names = ["ARG", "BEL", "CHL", "DNK", "EGY", "FIN", "GHA", "HUN", "IDN", "KEN", "LBN", "MEX",
             "NPL", "OMN"][:states]  # fmt: skip
    return counts(
        [(a, b, 2000, int(rng.integers(0, 60)), int(rng.integers(0, 20)))
         for a in names for b in names if a != b]
    ), names  # fmt: skip


def test_relabelling_states_relabels_the_portfolio(counts):
    table, names = world(counts)
    turn = dict(zip(names, reversed(names), strict=True))
    turned = replace(table, data=table.data.with_columns(pl.col("source", "target").replace(turn)))
    one, two = portfolio_of(build(table), names[0]), portfolio_of(build(turned), turn[names[0]])
    a = one.partner_table().select("partner", "events").rows()
    b = two.partner_table().select("partner", "events").rows()
    assert {turn[s]: n for s, n in a} == dict(b)
    same = ("effective", "largest", "corrected_effective", "percentile")
    for name in same:
        # Draws go by the name of the state, so that only Monte Carlo error may differ.
        first, second = np.median(getattr(one, name)), np.median(getattr(two, name))
        assert first == pytest.approx(second, rel=0.08)


def test_place_in_the_world(counts):
    table, names = world(counts)
    rows = [(names[0], names[1], 2000, 5000, 0), *(
        (s, t, 2000, 100, 0) for s in names[1:] for t in names[1:] if s != t)]  # fmt: skip
    narrow = portfolio_of(build(counts(rows)), names[0])
    wide = portfolio_of(build(counts(rows)), names[2])
    assert np.median(narrow.percentile) < 10 < 50 < np.median(wide.percentile)
    known = world_partners(build(table))
    assert known.height == len(names)
    assert known["effective"].is_between(1, len(names) - 1).all()


def test_attention_is_taken_off(counts):
    """A state in the news everywhere is no closer a partner for it."""
    names = ["USA", *(world(counts)[1])]
    rows = [(a, b, 2000, 400 if "USA" in (a, b) else 20, 0) for a in names for b in names if a < b]
    made = portfolio_of(build(counts(rows)), "KEN", draws=4000)
    table = made.partner_table()
    assert table["partner"][0] == "USA"
    usa = table.row(0, named=True)
    others = table.filter(pl.col("partner") != "USA")["corrected"].mean()
    assert usa["share"] > 0.5
    assert usa["corrected"] == pytest.approx(others, rel=0.1)


def test_domains_and_majors_of_the_chronicle():
    table = quadrille.open("chronicle", until="2018").table()
    panel = build(table)
    made = portfolio_of(panel, "PAK", domains=domain_counts(table, panel))
    assert set(made.partners) == {"CHN", "IND", "RUS", "USA"}
    assert made.periods[0].year == 1956
    assert made.powers[-1] == ("CHN", "RUS", "USA")
    last = made.partner_table()
    assert last.filter("major")["share"].sum() == pytest.approx(
        np.median(made.majors[:, -1]), abs=0.02
    )
    by = made.domain_table()
    assert sorted(by["domain"]) == sorted(DOMAINS)
    assert by["share"].sum() == pytest.approx(1.0, abs=0.05)
    # Acts counted once: a mutual act is one act, in both tables.
    acts = panel.cells.filter((pl.col("state_a") == "PAK") | (pl.col("state_b") == "PAK"))
    in_window = acts.filter(is_act(), pl.col("period").dt.year() > 2008, pl.col("goldstein") > 0)
    assert made.n[-1].sum() == in_window.height == made.domain_n[-1]


def test_what_is_no_portfolio(counts, data_dir):
    table = counts([("AFG", "BEL", 2000, 0, 3), ("BEL", "CHL", 2000, 2, 0)])
    with pytest.raises(NoDataError, match="no cooperation of AFG"):
        portfolio_of(build(table), "AFG")
    with pytest.raises(OptionError, match="window"):
        portfolio_of(build(table), "BEL", window=0)
    one_sided = replace(table, data=table.data.with_columns(verbal_coop=pl.lit(None, pl.Float64)))
    with pytest.raises(OptionError, match="conflict side"):
        cooperation(build(one_sided))


def test_domains_of_machine_coded_events_are_those_of_material_acts(data_dir):
    table = quadrille.open(data_dir / "icews_raw" / "events.2018.sample.tab").table()
    panel = build(table)
    counts = domain_counts(table, panel)
    assert counts["count"].sum() == panel.cells["material_coop"].sum() > 0
    assert set(counts["domain"]) == set(DOMAINS)
    assert counts.filter(pl.col("count") > 0)["domain"].n_unique() > 2


def test_partners_in_a_domain_against_partners_in_all():
    from quadrille.readings.portfolio import domain_spread_of

    day = date(2000, 1, 1)
    partners = ("CHN", "IND", "RUS", "USA")
    rows = [(*sorted(("PAK", p)), day, "economy", 400.0) for p in partners]
    rows += [("PAK", "USA", day, "defence", 4000.0), ("CHN", "USA", day, "economy", 999.0)]
    counts = pl.DataFrame(
        rows, schema=["state_a", "state_b", "period", "domain", "count"], orient="row"
    )
    made = domain_spread_of(counts, "PAK", "economy", coded=False)
    every = np.array([400, 400, 400, 4400]) / 5600
    assert made.domain == pytest.approx(4.0, rel=0.02)
    assert made.all == pytest.approx(1 / (every**2).sum(), rel=0.02)
    assert made.ratio[0] < made.domain / made.all < made.ratio[2]
    assert made.events == 1600
    with pytest.raises(NoDataError, match="measure the record"):
        domain_spread_of(counts, "PAK", "economy", coded=True)
    with pytest.raises(NoDataError, match="no cooperation of PAK in nuclear"):
        domain_spread_of(counts, "PAK", "nuclear", coded=False)
