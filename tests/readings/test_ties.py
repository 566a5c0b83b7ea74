"""The ties of a state in a period: the index's own numbers, and changes by the joint posterior."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from witnessed import small_frame, write_small

import quadrille
from quadrille.errors import NoDataError, OptionError, StateNotThenError
from quadrille.kernels.constants import Z90


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    return quadrille.open(path)


def own(year, state="CHN"):
    held = (pl.col("state_a") == state) | (pl.col("state_b") == state)
    return small_frame().filter(held, year=year)


def test_levels_bands_and_percentiles_are_the_indexs_own(world):
    got = world.ties("China", in_="1985")
    frame = own(1985)
    partner = pl.when(pl.col("state_a") == "CHN").then("state_b").otherwise("state_a")
    want = frame.with_columns(partner=partner).sort("valence", descending=True)
    assert got.table["partner"].to_list() == want["partner"].to_list()
    np.testing.assert_allclose(got.table["shown"], want["valence"], atol=1e-3)
    np.testing.assert_allclose(got.table["shown_lo90"], want["valence"] - Z90 * want["sd"], atol=2e-3)  # fmt: skip
    every = small_frame().filter(year=1985)["valence"].to_numpy()
    below = [100 * float((every < v - 1e-9).mean()) for v in want["valence"]]
    np.testing.assert_allclose(got.table["percentile"], below, atol=1e-6)
    assert got.ties == len(every)
    assert (got.table["percentile_lo90"] <= got.table["percentile"]).all()
    assert got.table["engagement_percentile"].null_count() == 0


def test_the_change_is_that_of_the_levels_and_null_where_the_tie_was_not_there(world):
    got = world.ties("China", in_="1965")
    assert got.before == date(1960, 1, 1)
    rows = {r["partner"]: r for r in got.table.iter_rows(named=True)}
    assert rows["DZA"]["change"] is None  # a state since 1962
    now, then = (own(y).filter(state_b="IND")["valence"].item() for y in (1965, 1960))
    change = rows["IND"]["change"]
    assert change == pytest.approx(now - then, abs=0.06)  # 500 draws of a difference of sd 0.3
    # What both years share cancels out: narrower than two years taken for independent.
    assert rows["IND"]["change_hi90"] - rows["IND"]["change_lo90"] < 2 * Z90 * 0.3 * 2**0.5
    assert world.ties("China", in_="1952").before is None


def test_states_of_another_time_are_told_from_those_without_a_tie(world):
    got = world.ties("China", in_="1985")
    assert {"TLS", "CZE", "SSD"} <= set(got.elsewhen)
    assert {"PAK", "FRA"} <= set(got.absent)
    assert not set(got.absent) & set(got.elsewhen)
    assert "DDR" in set(got.table["partner"])
    assert "DDR" in world.ties("China").elsewhen


def test_periods_that_are_none_are_refused(world):
    with pytest.raises(OptionError, match="1950 to 2012"):
        world.ties("China", in_="2040")
    with pytest.raises(OptionError, match="no year of these data"):
        world.ties("China", in_="1985-06")
    with pytest.raises(StateNotThenError):
        world.ties("Timor-Leste", in_="1971")
    with pytest.raises(NoDataError):
        world.ties("Brazil")


def test_other_data_than_an_index_are_read_too():
    got = quadrille.open("chronicle").ties("Pakistan", in_="2010")
    assert set(got.table["partner"]) == {"CHN", "IND", "RUS", "USA"} & set(got.table["partner"])
    assert got.table.height >= 3
    assert got.table["p_warm"].is_between(0, 1).all()
    relation = quadrille.open("chronicle").relation("Pakistan", "Russia").to_polars()
    want = relation.filter(period=date(2010, 1, 1))["shown"].item()
    assert got.table.filter(partner="RUS")["shown"].item() == pytest.approx(want, abs=0.05)
