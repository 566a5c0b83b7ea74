"""Small data of each kind for views: yearly and monthly counts, monthly scores."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.measure.world import World
from quadrille.panel.build import QUADS
from quadrille.sources.table import REJECTED, Table

STATES = ("PAK", "RUS", "USA", "IND", "CHN", "AFG", "IRN", "GBR")


def _pairs():
    return [(a, b) for i, a in enumerate(STATES) for b in STATES[i + 1 :]]


def _counted(frequency, periods, each, drift, seed):
    """Counts of eight states in some periods, about so many events a tie and period; some ties are cold."""
    rng = np.random.default_rng(seed)
    rows = []
    for k, (a, b) in enumerate(_pairs()):
        level = np.cumsum(rng.normal(0, drift, len(periods))) + (-1.5 if k % 3 == 0 else 1.0)
        for day, log_odds in zip(periods, level, strict=True):
            share = 1 / (1 + np.exp(-log_odds))
            both = rng.poisson(each * share), rng.poisson(each * (1 - share))
            rows += [
                (one, two, day, *(float(c) for c in both for _ in (0, 1)))
                for one, two in ((a, b), (b, a))
            ]
    schema = {"source": pl.String, "target": pl.String, "period": pl.Date,
              **dict.fromkeys(QUADS, pl.Float64)}  # fmt: skip
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return World(
        Table(
            "counts", frequency, data, pl.DataFrame(schema=REJECTED), "counts:made", (), len(rows)
        )
    )


@pytest.fixture(scope="session")
def yearly():
    """Return a world of yearly counts among eight states, some ties cold."""
    return _counted("Y", [date(2000 + t, 1, 1) for t in range(14)], 120, 0.5, 1)


@pytest.fixture(scope="session")
def monthly():
    """Return a world of monthly counts among eight states, some ties cold."""
    days = [date(2010 + t // 12, t % 12 + 1, 1) for t in range(60)]
    return _counted("M", days, 40, 0.3, 3)


@pytest.fixture(scope="session")
def scored():
    """Return a world of monthly scores among eight states."""
    rng = np.random.default_rng(2)
    rows = []
    for k, (a, b) in enumerate(_pairs()):
        level = np.zeros(40) + (-6.0 if k % 3 == 0 else 6.0)
        for t in range(1, 40):
            level[t] += 0.8 * (level[t - 1] - level[0]) + rng.normal(0, 10.0)
        for t in range(40):
            one, two = sorted((a, b))
            rows.append(
                (one, two, date(2018 + t // 12, t % 12 + 1, 1), level[t] + rng.normal(0, 5))
            )
    schema = {"state_a": pl.String, "state_b": pl.String, "period": pl.Date, "score": pl.Float64}
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return World(
        Table("scores", "M", data, pl.DataFrame(schema=REJECTED), "scores:made", (), len(rows))
    )


@pytest.fixture(scope="session")
def chronicle():
    """Return the embedded chronicle as a world."""
    return World("chronicle")


@pytest.fixture(scope="session")
def brief(chronicle):
    """Return the brief on Pakistan and Russia, made once."""
    return chronicle.brief("PAK", "RUS", pivot="USA", rival="IND", draws=200)


@pytest.fixture(scope="session")
def to_2018():
    """Return the chronicle up to 2018, so that what is said of it does not change with the years it gains."""
    return World("chronicle", until="2018")
