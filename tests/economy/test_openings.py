"""Openings: shares, advantage and overlap by hand, rows of files accounted for, the publisher's list of countries."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from traded import LINES, write_products

import quadrille
from quadrille.economy.openings import advantage, overlap
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.layers.products import read_products


def exports(**sold):
    rows = [(s, str(k), float(v)) for s, values in sold.items() for k, v in enumerate(values)]
    return pl.DataFrame(rows, schema=["state", "line", "value"], orient="row")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_products(tmp_path_factory.mktemp("products"))


@pytest.fixture(scope="module")
def found(folder):
    return quadrille.trade_openings("PAK", "RUS", products=folder, cut=2014, by=["DEU", "USA"])


def test_advantage_by_hand():
    table = advantage(exports(A=(6, 2, 2), B=(2, 6, 2)), "A")
    np.testing.assert_allclose(table["rca"], [(6 / 10) / (8 / 20), (2 / 10) / (8 / 20), 1.0])
    np.testing.assert_allclose(table["srca"], [0.2, -1 / 3, 0.0], atol=1e-12)
    # Weighted by the world's shares, the advantages of a state average to one.
    weights = table["world"].to_numpy() / table["world"].sum()
    assert (weights * table["rca"].to_numpy()).sum() == pytest.approx(1.0)


def test_what_a_state_does_not_sell_it_has_no_advantage_in():
    table = advantage(exports(A=(0, 0), B=(1, 2)), "A")
    assert table["rca"].to_list() == [0.0, 0.0] and table["srca"].to_list() == [-1.0, -1.0]


def test_overlap_is_michaely_and_finger_kreinin():
    one, other = exports(A=(6, 2, 2)).drop("state"), exports(B=(1, 6, 3)).drop("state")
    a, b = np.array([0.6, 0.2, 0.2]), np.array([0.1, 0.6, 0.3])
    assert overlap(one, other) == pytest.approx(1 - np.abs(a - b).sum() / 2)
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one.with_columns(pl.col("value") * 7)) == pytest.approx(1.0)
    assert np.isnan(overlap(one.head(0), other))


def test_lost_lines_are_those_that_fell_and_the_state_has_one_of_them(found):
    assert set(found.lines["line"]) == {LINES[0], LINES[1]}
    assert found.open["line"].to_list() == [LINES[0]] and found.open["name"].to_list() == [
        "Mandarins"
    ]
    np.testing.assert_allclose(found.lines["lost"], 0.95 * found.lines["before"], rtol=1e-5)
    np.testing.assert_allclose(
        found.lines["srca"], (found.lines["rca"] - 1) / (found.lines["rca"] + 1)
    )
    # Nobody else moved.
    np.testing.assert_allclose(found.lines["replaced"], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.lines["sold_before"], found.lines["sold_after"])
    assert found.rows == 4 * 8 * 7 * 6 and found.skipped == found.rejected == 0


def test_advantage_leaves_the_market_out_and_expected_shares_add_up(folder, found):
    raw = pl.concat(
        pl.read_csv(f, schema_overrides={"k": pl.String}) for f in folder.glob("BACI*201[45]*")
    )
    line = raw.filter(pl.col("k").str.zfill(6) == LINES[0], pl.col("j") != 643, pl.col("i") != 643)
    own = line.filter(pl.col("i") == 586)["v"].sum() / 2e3
    row = found.open.row(0, named=True)
    assert row["sells"] == pytest.approx(own)
    remaining = line.filter(~pl.col("i").is_in([276, 842]))["v"].sum() / 2e3
    assert row["expected"] == pytest.approx(row["lost"] * own / remaining)


def test_all_others_are_who_left_where_nobody_is_named(folder):
    every = quadrille.trade_openings("PAK", "RUS", products=folder, cut=2014, drop=0.2)
    assert every.by == () and "Mandarins" in every.lines["name"].to_list()


def test_chapters_add_up_lines(folder, found):
    chapters = quadrille.trade_openings(
        "PAK", "RUS", products=folder, cut=2014, by=["DEU", "USA"], digits="2"
    )
    assert chapters.lines.sort("line")["line"].to_list() == ["04", "08"]
    assert chapters.lines.sort("line")["name"].to_list() == ["dairy, eggs, honey", "fruit and nuts"]
    assert chapters.lines["lost"].sum() == pytest.approx(found.lines["lost"].sum())


def test_what_cannot_be_answered_is_said(folder, tmp_path):
    with pytest.raises(NoDataError, match="no year before 2012"):
        quadrille.trade_openings("PAK", "RUS", products=folder, cut=2012)
    with pytest.raises(NoDataError, match="BRA sold RUS nothing"):
        quadrille.trade_openings("PAK", "RUS", products=folder, cut=2014, by=["Brazil"])
    with pytest.raises(NoDataError, match="no exports of BRA"):
        quadrille.trade_openings("Brazil", "RUS", products=folder, cut=2014)
    with pytest.raises(OptionError, match="drop is 2"):
        quadrille.trade_openings("PAK", "RUS", products=folder, cut=2014, drop=2)
    with pytest.raises(FileFormatError, match="no BACI_"):
        quadrille.trade_openings("PAK", "RUS", products=tmp_path, cut=2014)


def test_the_publishers_list_of_countries(data_dir, tmp_path):
    """Rows between every two of some real numbers, broken rows and no states among them, are all accounted for."""
    real = data_dir / "more" / "country_codes_V202301.csv"
    (tmp_path / real.name).write_bytes(real.read_bytes())
    listed = pl.read_csv(real, encoding="utf8-lossy")
    codes = dict(zip(listed["iso_3digit_alpha"], listed["country_code"], strict=True))
    some = {k: codes[k] for k in ("PAK", "RUS", "USA", "DEU", "IND", "CHN", "TUR", "IRN")}
    write_products(tmp_path, years=(2013, 2014), codes=some)
    path = tmp_path / "BACI_HS12_Y2014_V202401.csv"
    odd = "2014,711,643,80520,5,1\n2014,586,643,8052x,5,1\n2014,586,643,80520,NA,1\n2014,490,643,80520,5,1\n"
    path.write_text(path.read_text() + odd)
    got = read_products(tmp_path, ("PAK", "RUS"))
    assert (got.skipped, got.rejected) == (1, 2) and got.rows == 2 * 8 * 7 * 6 + 4
    assert got.years == (2013, 2014) and set(got.exports["state"]) == {*some, "TWN"}
    assert got.flows.filter(pl.col("source") == "TWN")["value"].to_list() == [0.005]
    total = pl.concat(
        pl.read_csv(f, schema_overrides={"k": pl.String, "v": pl.String})
        for f in tmp_path.glob("BACI*")
    )
    kept = total.filter(pl.col("i") != 711, ~pl.col("k").str.contains("x"), pl.col("v") != "NA")
    assert got.exports["value"].sum() == pytest.approx(kept["v"].cast(pl.Float64).sum() / 1e3)
