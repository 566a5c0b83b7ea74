"""The track record that ships: it is read where the same is asked of the same data, and says so."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256

import numpy as np
import polars as pl
import polars.testing
import pytest

import quadrille
from quadrille.foresight.backtest import backtest_of
from quadrille.foresight.record import BacktestOptions
from quadrille.foresight.series import to_series
from quadrille.foresight.shipped import record_path, shipped_record, write_record
from quadrille.index.shipped import index_path

METHODS = ("last", "mean", "rolling")


@pytest.fixture(scope="module")
def run():
    series = to_series(quadrille.open("chronicle").panel)
    return backtest_of(series, METHODS, BacktestOptions(2), 200)


def same(got, want):
    pl.testing.assert_frame_equal(got.to_polars(), want.to_polars(), rel_tol=2e-3, abs_tol=2e-3)
    assert (got.origins, got.targets, got.methods) == (want.origins, want.targets, want.methods)
    assert got.population == want.population
    assert got.card().lines()[1].split(";")[1] == want.card().lines()[1].split(";")[1]
    np.testing.assert_allclose(got.survival("last").frequency, want.survival("last").frequency, atol=1e-3)  # fmt: skip


def test_what_is_read_is_what_was_run(run, tmp_path):
    path = write_record(run, tmp_path / "record.npz", date(2026, 1, 2))
    got = shipped_record(run.series, METHODS, run.options, 200, path)
    same(got, run)
    assert "Run on 2026-01-02 by quadrille" in str(got)
    assert "Run on" not in str(run)


def test_nothing_is_read_where_something_else_is_asked(run, tmp_path):
    path = write_record(run, tmp_path / "record.npz", date(2026, 1, 2))
    few = run.series.rows(np.arange(3))
    assert shipped_record(few, METHODS, run.options, 200, path) is None
    assert shipped_record(run.series, METHODS[:2], run.options, 200, path) is None
    assert shipped_record(run.series, METHODS, BacktestOptions(3), 200, path) is None
    assert shipped_record(run.series, METHODS, run.options, 200, tmp_path / "none.npz") is None


def test_what_ships_was_run_on_the_index_that_ships():
    with np.load(record_path()) as held:
        about = json.loads(held["about"].tobytes())
    assert about["of"] == sha256(index_path().read_bytes()).hexdigest(), "python tools/record.py"
    assert record_path().stat().st_size < 600_000


@pytest.mark.slow
def test_the_record_of_the_index_is_what_is_found_anew(monkeypatch):
    kept = quadrille.backtest(data="index", top=100, horizons=5)
    assert kept.kept
    monkeypatch.setattr(
        "quadrille.foresight.shipped.record_path", lambda: index_path().parent / "none"
    )
    again = quadrille.backtest(data="index", top=100, horizons=5)
    assert not again.kept
    same(kept, again)
