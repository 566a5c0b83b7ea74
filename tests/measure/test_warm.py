"""Warm is one thing: the same in every answer, whatever the last date and the dyads; what is printed as observed is counted."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.foresight.analogues import AnalogueRules
from quadrille.foresight.cases import levels_of, measured_paths
from quadrille.foresight.conditions import parse
from quadrille.foresight.scenario import scenario_of
from quadrille.foresight.series import to_series
from quadrille.measure.world import World
from quadrille.panel.units import neutral_level
from quadrille.sources.table import REJECTED, Table

STATES = ("CHN", "IND", "PAK", "RUS", "USA", "DEU", "FRA", "GBR", "JPN")
FIVE = STATES[:5]
QUADS = ("verbal_coop", "material_coop", "verbal_conf", "material_conf")


def table(states=STATES, years=range(2000, 2012)):
    """Counts of dyads in whose news there is more talk than quarrel."""
    rng = np.random.default_rng(8)
    rows = []
    for a, b in combinations(sorted(STATES), 2):
        share, rate = rng.uniform(0.6, 0.97), rng.uniform(3.0, 60.0)
        for year in range(2000, 2012):
            n = rng.poisson(rate)
            plus = rng.binomial(n, share)
            kept = a in states and b in states and year in years
            if kept and n:
                rows.append((a, b, date(year, 1, 1), float(plus), 0.0, float(n - plus), 0.0))
    schema = {
        "source": pl.String,
        "target": pl.String,
        "period": pl.Date,
        **dict.fromkeys(QUADS, pl.Float64),
    }
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("counts", "Y", data, pl.DataFrame(schema=REJECTED), "made", (), data.height)


@pytest.fixture(scope="module")
def world():
    return World(table())


def test_the_line_between_warm_and_cold_is_the_same_everywhere(world):
    m = world.measurement()
    level = neutral_level("counts", "cordiality")
    short = CoupleConfig(chains=1, draws=50, warmup=50, thin=1)
    model = coupled_of(("PAK", "RUS", "USA"), m, short)
    if_ = scenario_of(model, "PAK", "RUS", [parse("PAK-USA stays for 12 months")], 12)
    assert {
        m.neutral, world.relation("PAK", "RUS").neutral, world.triads().neutral, model.neutral, if_.neutral,
        *(t.neutral for t in world.triangle("PAK", "RUS", "USA").ties),
        *(t.neutral for t in world.dance(FIVE).ties),
        levels_of(measured_paths(m), AnalogueRules(), None).neutral,
    } == {level}  # fmt: skip
    for series in (to_series(world.panel), to_series(world.panel).among(FIVE)):
        assert series.neutral == pytest.approx(np.tanh(level / 2))


def test_neither_the_last_date_nor_the_dyads_move_it(world):
    fewer, shorter = World(table(FIVE)), World(table(years=range(2000, 2006)))
    asked = [w.relation("PAK", "RUS") for w in (world, fewer, shorter)]
    assert len({tie.neutral for tie in asked}) == 1
    assert (
        len({w.backtest(horizons=1, methods=("last",)).series.neutral for w in (world, fewer)}) == 1
    )


def test_what_is_printed_as_observed_is_the_share_in_the_file(world):
    cells = world.panel.cells.filter(state_a="PAK", state_b="RUS")
    plus, minus = (cells[f"verbal_{k}"].to_numpy() for k in ("coop", "conf"))
    table = world.relation("PAK", "RUS").to_polars().filter("seen")
    np.testing.assert_allclose(table["observed"], (plus - minus) / (plus + minus))
    np.testing.assert_array_equal(table["n"], plus + minus)
    whole = (
        world.measurement().to_polars().filter(state_a="PAK", state_b="RUS").drop_nulls("observed")
    )
    np.testing.assert_allclose(whole["observed"], (plus - minus) / (plus + minus))
    series = to_series(world.panel)
    row = series.labels.index("PAK-RUS")
    np.testing.assert_allclose(
        series.y[row][~np.isnan(series.y[row])], (plus - minus) / (plus + minus)
    )
