"""Decimal commas: one rule, in every reader of numbers."""

from __future__ import annotations

import polars as pl
import pytest

from quadrille.sources.formats import read_layers, read_table
from quadrille.sources.numerals import numbers


@pytest.mark.parametrize(
    ("cells", "separator", "expected"),
    [
        (["1850,5", "-9", "311,9", None], "", [1850.5, -9, 311.9, None]),
        (["0,142", "0,001"], "\t", [0.142, 0.001]),
        (["1,850", "12,000"], "\t", [None, None]),
        (["1,850", "12,000"], ";", [1.85, 12.0]),
        (["1,850", "2,5"], "\t", [1.85, 2.5]),
        (["1850,5", "1.5"], ";", [None, 1.5]),
        (["1,850,000", "2,5"], ";", [None, None]),
        (["1.850,5", "2,5"], ";", [None, None]),
        (["8,5e-05", ",25"], "\t", [8.5e-5, 0.25]),
        (["2,5", ".", "NA", ""], ";", [2.5, None, None, None]),
        (["2.5", "3", "inf", "x"], ";", [2.5, 3, None, None]),
        ([], ";", []),
    ],
)
def test_commas_are_decimal_where_a_whole_column_is_written_so(cells, separator, expected):
    assert numbers(pl.Series(cells, dtype=pl.String), separator).to_list() == expected


LAYERS = {
    "cow_trade": "ccode1;ccode2;year;flow1;flow2\n2;20;1950;1850,5;2000,25\n2;70;1950;311,9;-9\n",
    "cepii_gravity": "year;iso3_o;iso3_d;dist;contig;tradeflow_comtrade_o;tradeflow_comtrade_d\n"
    "2019;TGO;AGO;2126;0;1234,5;1300,25\n2019;TGO;AUS;15661,5;0;10,5;\n",
    "cow_capabilities": "ccode;year;milex;milper;irst;pec;tpop;upop;cinc\n"
    "2;2000;30;1366;101803;3407544;282896,5;80000,1;0,142149\n",
    "cow_state_trade": "ccode;year;imports;exports\n2;1950;9631,2;10282,75\n",
    "fbic": "iso3a;iso3b;year;fbic;bandwidth\nCHN;LAO;2020;0,3;1\n",
    "sipri_tiv": "import_to;export_from;year;tiv\nIndia;France;1990;12,5\n",
    "gpr_world": "month;gpr;gprh;gprc_usa\n1985-01-01;101,5;90,25;2,5\n",
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_with_decimal_commas_are_those_with_points(tmp_path, name):
    german, plain = tmp_path / "german.csv", tmp_path / "plain.csv"
    german.write_text(LAYERS[name], encoding="utf-8-sig")
    plain.write_text(LAYERS[name].replace(",", ".").replace(";", ","))
    for ours, theirs in zip(read_layers(german), read_layers(plain), strict=True):
        assert ours.data.equals(theirs.data)
        assert ours.rejected.is_empty()
    assert name in [layer.name for layer in read_layers(german)]


@pytest.mark.parametrize("name", ["cow_trade", "cow_state_trade"])
def test_a_column_of_both_is_named(tmp_path, name):
    header, row, *_ = LAYERS[name].splitlines()
    mixed = row.replace("1950", "1951").replace(",", ".")
    path = tmp_path / "mixed.csv"
    path.write_text(f"{header}\n{row}\n{mixed}\n")
    (layer,) = read_layers(path)
    said = layer.rejected.select("line", "reason").rows()
    assert [line for line, _ in said] == [2]
    assert said[0][1] in ("flow1 is no number ('1850,5')", "imports is no number ('9631,2')")


def test_thousands_are_not_decimals(tmp_path):
    path = tmp_path / "us.csv"
    path.write_text('ccode,year,imports,exports\n2,1950,"9,631","10,282"\n2,1951,5,5\n')
    (layer,) = read_layers(path)
    assert layer.rejected["reason"].to_list() == ["imports is no number ('9,631')"]


def test_baci_with_decimal_commas(tmp_path):
    (tmp_path / "country_codes_V1.csv").write_text(
        "country_code,country_name,country_iso3\n356,India,IND\n842,USA,USA\n"
    )
    path = tmp_path / "BACI_HS92_Y2020_V1.csv"
    path.write_text("t;i;j;k;v;q\n2020;356;842;010121;1500,5;2,5\n2020;842;356;010121;1;NA\n")
    (layer,) = read_layers(path)
    assert layer.data["value"].to_list() == [1.5005, 0.001]
    assert layer.data["quantity"].to_list() == [0.0025, None]


def test_tables_with_decimal_commas(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("state_a;state_b;year;score\nPAK;IND;1990;-2,5\nPAK;CHN;1990;3,25\n")
    assert sorted(read_table(path).data["score"]) == [-2.5, 3.25]
    acts = tmp_path / "acts.csv"
    rows = "".join(f"Pakistan;India;2003-05-{k};042;1,{k}\n" for k in range(10, 20))
    acts.write_text(f"source;target;date;code;weight\n{rows}India;China;2003-05-02;042;heavy\n")
    table = read_table(acts)
    assert table.data["goldstein"].to_list() == [float(f"1.{k}") for k in range(10, 20)]
    assert table.rejected["reason"].to_list() == ["weight is no number ('heavy')"]
