"""The evidence behind a tie's level: what is stored is what is said, and who pulls where is counted."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from witnessed import CHN_IND, META, WITNESSES, small_frame, write_small

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError, StateNotThenError
from quadrille.index.shipped import write_index
from quadrille.kernels.constants import Z90


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_small(path)
    return path


@pytest.fixture(scope="module")
def world(small):
    return quadrille.open(small)


@pytest.fixture(scope="module")
def found(world):
    return world.compare("China", "India")


def test_the_default_year_is_the_last_in_which_two_speak(world, found):
    assert found.period == date(2000, 1, 1)
    assert world.compare("USA", "IND").period == date(1980, 1, 1)
    assert world.compare("USA", "Algeria").period == date(2012, 1, 1)


def test_level_band_and_place_are_the_indexs_own(world, found):
    frame = small_frame().filter(year=2000)
    own = frame.filter(state_a="CHN", state_b="IND").row(0, named=True)
    half = Z90 * own["sd"]
    np.testing.assert_allclose(
        found.level, (own["valence"] - half, own["valence"], own["valence"] + half), atol=2e-3
    )
    assert found.ties == frame.height == 6
    assert found.world[1] == pytest.approx(100 * (frame["valence"] < own["valence"]).mean())
    assert found.world[0] <= found.world[1] <= found.world[2]


def test_every_witness_is_there_with_what_it_adds(found):
    table = {r["witness"]: r for r in found.witnesses.iter_rows(named=True)}
    assert set(table) == set(WITNESSES)
    for name, (first, last, shift) in CHN_IND.items():
        row = table[name]
        assert row["shift"] == (shift if last >= 2000 else None)
        assert row["before"] == (shift if first <= 1990 <= last else None)
        assert (row["first"], row["last"]) == (first, last)
    assert (table["arms"]["shift"], table["arms"]["first"], table["arms"]["last"]) == (None,) * 3


def test_the_largest_pull_leads_and_the_silent_come_last(found):
    assert found.witnesses["witness"].to_list() == [
        "disputes", "votes", "icews", "trade", "chronicle", "arms",
    ]  # fmt: skip
    assert found.warm["witness"].to_list() == ["votes", "icews"]
    assert found.cold["witness"].to_list() == ["disputes"]
    assert found.nothing["witness"].to_list() == ["trade"]
    assert found.silent["witness"].to_list() == ["chronicle", "arms"]
    assert "arms" not in found.names


def test_they_disagree_where_one_pulls_up_and_another_down_by_a_quarter(world, found):
    assert found.disagree
    assert not world.compare("CHN", "USA").disagree  # -0.24 is kept as -0.2
    assert not world.compare("USA", "IND").disagree
    assert not world.compare("CHN", "IND", in_="2005").disagree


def test_a_level_hangs_on_those_that_move_it_out_of_its_band(world, found):
    assert found.decisive["witness"].to_list() == ["disputes"]  # 1.2, the band 0.49 either way
    assert world.compare("IND", "USA").decisive["witness"].to_list() == ["votes"]  # 0.5
    assert world.compare("CHN", "USA").decisive.is_empty()


def test_a_row_is_a_year_of_the_tie(found):
    table = found.to_polars()
    assert table.columns[:4] == ["period", "level", "level_lo90", "level_hi90"]
    assert table.height == 63
    assert table["icews"].drop_nulls().len() == 16
    assert table["arms"].null_count() == 63


def test_either_order_is_the_same_tie(world, found):
    other = world.compare("India", "China")
    assert (found.label, other.label) == ("CHN-IND", "IND-CHN")
    assert other.path.equals(found.path)
    assert other.witnesses.equals(found.witnesses)


def test_time_is_cut_as_in_any_data(small):
    early = quadrille.open(small, until="1985").compare("CHN", "IND")
    assert early.period == date(1985, 1, 1)
    assert early.periods[-1] == date(1985, 1, 1)
    assert early.witnesses.filter(witness="votes")["last"].item() == 1985


@pytest.mark.parametrize("year", ["1971", date(1971, 1, 1)])
def test_a_year_may_be_asked_for(world, year):
    assert world.compare("CHN", "IND", in_=year).period == date(1971, 1, 1)


def test_what_cannot_be_answered_is_one_line(world):
    with pytest.raises(
        OptionError, match=r"2000-05: the index comes by years; give a year, such as 2000"
    ):
        world.compare("CHN", "IND", in_="2000-05")
    with pytest.raises(
        NoDataError, match="China–India has no level in 2013; the index has it from 1950 to 2012"
    ):
        world.compare("CHN", "IND", in_="2013")
    with pytest.raises(SameStateError):
        world.compare("CHN", "China")
    with pytest.raises(NoDataError, match="Peru is not among the 6 states"):
        world.compare("CHN", "Peru")
    with pytest.raises(StateNotThenError, match="Algeria did not exist from 1955-01-01"):
        world.compare("CHN", "Algeria", in_="1955")


def test_two_that_never_existed_together_are_one_line(world):
    with pytest.raises(
        NoDataError,
        match=r"East Germany \(1949-10-07 to 1990-10-02\) and Timor-Leste \(2002-05-20 to today\) never existed together",
    ):
        world.compare("East Germany", "Timor-Leste")


def test_a_pair_that_the_index_leaves_out_is_another_line(small):
    cut = small.with_name("cut.parquet")
    write_index(
        small_frame().filter((pl.col("state_a") != "CHN") | (pl.col("state_b") != "IND")), cut, META
    )
    with pytest.raises(NoDataError, match="China–India is not in the index from 1950 to 2012"):
        quadrille.open(cut).compare("CHN", "IND")


def test_other_data_and_an_index_without_witnesses_are_refused(small, monkeypatch):
    with pytest.raises(
        OptionError, match="data: chronicle is no index of ties; leave data out, or give one"
    ):
        quadrille.compare("PAK", "RUS", "chronicle")
    bare = small.with_name("bare.parquet")
    write_index(small_frame().select(~pl.selectors.starts_with("shift_")), bare, META)
    with pytest.raises(NoDataError, match="does not hold what each witness adds; build it again"):
        quadrille.compare("CHN", "IND", bare)
    monkeypatch.setenv("QUADRILLE_INDEX", str(small.with_name("none.parquet")))
    with pytest.raises(NoDataError, match="no index of ties is there; build one"):
        quadrille.compare("CHN", "IND")


def test_without_data_the_index_is_read(small, monkeypatch, found):
    monkeypatch.setenv("QUADRILLE_INDEX", str(small))
    assert quadrille.compare("CHN", "IND").path.equals(found.path)
    assert quadrille.open().compare("CHN", "IND").path.equals(found.path)
    assert quadrille.open(until="1985").compare("CHN", "IND").period == date(1985, 1, 1)
