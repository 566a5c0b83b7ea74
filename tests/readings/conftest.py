"""Small worlds made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.measure.prior import Prior
from quadrille.measure.result import Measurement
from quadrille.panel import units
from quadrille.panel.build import QUADS, Panel
from quadrille.panel.facets import Observations
from quadrille.panel.units import COOPERATION
from quadrille.sources.table import REJECTED, Table


@pytest.fixture
def counts():
    """Return ``counts(rows)``: a table of directed counts, ``(source, target, year, coop, conf)``."""

    def make(rows, origin="made"):
        data = pl.DataFrame(
            [(s, t, date(y, 1, 1), float(c), 0.0, float(f), 0.0) for s, t, y, c, f in rows],
            schema={
                "source": pl.String, "target": pl.String, "period": pl.Date,
                **dict.fromkeys(QUADS, pl.Float64),
            },
            orient="row",
        )  # fmt: skip
        return Table("counts", "Y", data, pl.DataFrame(schema=REJECTED), origin, (), data.height)

    return make


@pytest.fixture
def measured(monkeypatch):
    """Return ``measured(mean, sd, n)``: a measurement with this posterior, ``{(a, b): path}``, warm above zero."""
    monkeypatch.setitem(units._NEUTRAL, "counts", 0.0)

    def make(paths, sd=0.1, n=100.0, kind="counts", frequency="Y"):
        pairs = sorted(tuple(sorted(p)) for p in paths)
        mean = np.array([paths.get(p, paths.get(p[::-1])) for p in pairs], float)
        shape = mean.shape
        periods = tuple(date(2000 + t, 1, 1) for t in range(shape[1]))
        cells = pl.DataFrame(
            [(a, b, p, 50.0, 0.0, 50.0, 0.0) for a, b in pairs for p in periods],
            schema={"state_a": pl.String, "state_b": pl.String, "period": pl.Date,
                    **dict.fromkeys(QUADS, pl.Float64)},
            orient="row",
        )  # fmt: skip
        panel = Panel(kind, frequency, cells, "made", ())
        obs = Observations("cordiality", COOPERATION, 1.0, cells, panel)
        zero, d = np.zeros(len(pairs)), len(pairs)
        prior = Prior(np.zeros((2, 4)), np.eye(4), 0.0, 1.0, d, 1, True)
        return Measurement(
            obs, np.array(pairs), periods, mean.copy(), np.ones(shape), zero, zero,
            np.full(shape, float(n)), COOPERATION.shown(mean), np.full(d, np.nan), np.zeros((d, 4)), np.ones(d, bool), prior, np.zeros((d, 4)),
            mean, np.full(shape, float(sd)),
        )  # fmt: skip

    return make
