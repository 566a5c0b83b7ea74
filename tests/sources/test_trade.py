"""Dyadic trade: the real panel against pandas, the other layouts on files made by hand."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.sources.formats import read_layers
from quadrille.sources.layers import trade
from quadrille.states.registry import resolve

COW = "ccode1,ccode2,year,importer1,importer2,flow1,flow2,smoothflow1,smoothflow2,version\n"
BACI = "t,i,j,k,v,q\n"
CODES = (
    "country_code,country_name,country_iso2,country_iso3\n356,India,IN,IND\n586,Pakistan,PK,PAK\n"
    '842,USA,US,USA\n490,"Other Asia, nes",,S19\n711,"Southern African Customs Union",,ZA1\n'
    "891,Serbia and Montenegro,CS,SCG\n688,Serbia,RS,SRB\n"
)
GRAVITY = (
    "year,country_id_o,country_id_d,iso3_o,iso3_d,country_exists_o,country_exists_d,dist,contig,"
    "fta_wto,gdp_o,gdp_d,tradeflow_comtrade_o,tradeflow_comtrade_d,tradeflow_baci\n"
)
AGTPA = "exporter,importer,pair_id,year,trade,DIST,CNTG,LANG,CLNY,RTA\n"


def write(tmp_path, text, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def counted(layer):
    return dict(layer.unresolved.iter_rows())


def refused(layer):
    return layer.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows()


# ---------------------------------------------------------------- the panel of Yotov et al.


@pytest.fixture(scope="module")
def panel(data_dir):
    return data_dir / "trade" / "agtpa_applications.parquet"


def test_panel_as_pandas_reads_it(panel):
    pd = pytest.importorskip("pandas")
    theirs = pd.read_parquet(panel)
    foreign = theirs[theirs.exporter != theirs.importer].replace({"ROM": "ROU"})
    layer, home = trade.read_agtpa(panel), trade.read_agtpa_domestic(panel)
    assert layer.rows_in == len(theirs) == 99_981
    assert layer.data.height == len(foreign) == 98_532
    assert (
        layer.rejected.filter(pl.col("name").is_null()).height
        == home.data.height
        == len(theirs) - len(foreign)
        == 1_449
    )
    assert set(layer.rejected.filter(pl.col("name").is_null())["reason"]) == {"within one state"}
    assert layer.unresolved.is_empty()
    assert layer.data["value"].sum() + home.data["value"].sum() == pytest.approx(
        theirs.trade.sum(), rel=1e-12
    )
    keys = ["exporter", "importer", "year"]
    ordered = foreign.sort_values(keys)
    assert layer.data.select("source", "target").rows() == list(
        ordered[["exporter", "importer"]].itertuples(index=False, name=None)
    )
    for ours, column in (("value", "trade"), ("dist", "dist"), ("rta", "rta"), ("clny", "clny"),
                         ("rta_lead4", "rta_lead4"), ("rta_lag12", "rta_lag12")):  # fmt: skip
        assert layer.data[ours].to_list() == ordered[column].to_list()


def test_panel_in_millions_of_dollars(panel):
    """The United States sold Canada about 177 billion dollars of manufactures in 2006."""
    rows = trade.read_agtpa(panel).data.filter(
        (pl.col("source") == "USA") & (pl.col("target") == "CAN") & (pl.col("year") == 2006)
    )
    assert 150_000 < rows["value"].item() < 200_000


def test_panel_from_csv_with_broken_rows(tmp_path):
    text = (
        AGTPA
        + "ROM,PAK,1,1986,2.5,100,0,0,0,0\nPAK,ROM,1,1986,,100,0,0,0,0\nPAK,PAK,2,1986,9,1,0,0,0,0\n"
        "PAK,ATL,3,1986,1,1,0,0,0,0\nPAK,ROM,1,86,1,1,0,0,0,0\nPAK,ROM,1,1987,lots,1,0,0,0,0\n"
        "PAK,ROM,1,1988,1,1,0,0,0,0,77\nROM,PAK,1,1986,1,100,,,,\n"
    )
    layer = trade.read_agtpa(write(tmp_path, text))
    assert layer.data.select("source", "target", "year", "value", "dist").rows() == [
        ("ROU", "PAK", 1986, 2.5, 100.0)
    ]
    assert refused(layer) == [
        (3, "trade is empty"),
        (4, "within one state"),
        (6, "year is no year ('86')"),
        (7, "trade is no number ('lots')"),
        (8, "too many columns"),
        (9, "another row of the dyad and year says as much or more"),
    ]
    assert counted(layer) == {"ATL": 1}
    home = trade.read_agtpa_domestic(write(tmp_path, text))
    assert home.data.drop("dist").rows() == [("PAK", 1986, 9.0)]


# ---------------------------------------------------------------- Correlates of War


def test_cow_runs_from_exporter_to_importer(tmp_path):
    text = (
        COW + "2,770,2000,USA,Pakistan,2167.5,540,2167.5,540,4\n"
        "2,710,1951,USA,China,-9,-9,10,0,4\n"
        "2,300,1900,USA,Austria-Hungary,10,20,10,20,4\n2,770,2001,USA,Pakistan,-4,1,1,1,4\n"
    )
    layer = trade.read_cow_trade(write(tmp_path, text))
    assert layer.data.rows() == [
        ("CHN", "USA", 1951, None, 10.0),
        ("PAK", "USA", 2000, 2167.5, 2167.5),
        ("USA", "CHN", 1951, None, 0.0),
        ("USA", "PAK", 2000, 540.0, 540.0),
    ]
    assert counted(layer) == {"300": 1}
    assert refused(layer) == [(5, "flow1 is below 0 ('-4')")]
    assert layer.rows_in == 4


def test_cow_two_codes_of_a_state(tmp_path):
    """255 and 260 are both Germany: the row that says more stands, then that of the code in use."""
    text = (
        COW + "2,255,1990,a,b,-9,-9,-9,-9,4\n2,260,1990,a,b,5,6,5,6,4\n"
        "2,255,1991,a,b,7,8,7,8,4\n2,260,1991,a,b,1,2,1,2,4\n"
    )
    layer = trade.read_cow_trade(write(tmp_path, text))
    values = {r[:3]: r[3] for r in layer.data.iter_rows()}
    assert values["DEU", "USA", 1990] == 5 and values["USA", "DEU", 1990] == 6
    assert values["DEU", "USA", 1991] == 7 and values["USA", "DEU", 1991] == 8
    assert layer.rejected.filter(pl.col("name").is_null())["line"].to_list() == [2, 5]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([2, 365, 710, 750]), st.sampled_from([770, 300, 200]),
                  st.integers(1900, 2014)),
        st.tuples(st.integers(-9, -9) | st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1, max_size=15,
    )
)  # fmt: skip
def test_cow_keeps_totals(tmp_path_factory, rows):
    rows |= {(2, 770, 1899): (1, 1)}
    text = "ccode1,ccode2,year,flow1,flow2\n" + "".join(
        f"{a},{b},{y},{f},{g}\n" for (a, b, y), (f, g) in rows.items()
    )
    layer = trade.read_cow_trade(write(tmp_path_factory.mktemp("c"), text))
    used = [v for (_, b, _), v in rows.items() if b != 300]
    assert layer.data["value"].sum() == sum(max(f, 0) + g for f, g in used)
    assert layer.data.height == 2 * len(used)
    assert layer.unresolved["rows"].sum() + len(used) == layer.rows_in == len(rows)
    assert layer.data["smooth"].is_null().all()


# ---------------------------------------------------------------- BACI


def baci_folder(tmp_path, **files):
    folder = tmp_path / "baci"
    folder.mkdir(exist_ok=True)
    write(folder, CODES, "country_codes_V202401.csv")
    for name, text in files.items():
        write(folder, BACI + text, f"BACI_{name}_V202401.csv")
    return folder


def test_baci_adds_up_products_and_years(tmp_path):
    folder = baci_folder(
        tmp_path,
        HS92_Y2019="2019,356,842,010121,1500.5,2.5\n2019,356,842,010129,499.5,       NA\n"
        "2019,490,842,010129,1000,1\n",
        HS92_Y2020="2020,356,842,010121,3000,\n2020,711,842,010121,3,1\n2020,999,842,010121,4,1\n",
    )
    layer = trade.read_baci(folder)
    assert layer.data.rows() == [
        ("IND", "USA", 2019, 2.0, 0.0025, 2),
        ("IND", "USA", 2020, 3.0, None, 1),
        ("TWN", "USA", 2019, 1.0, 0.001, 1),
    ]
    assert layer.unresolved.rows() == [("711 Southern African Customs Union", 1), ("999", 1)]
    assert layer.rows_in == 6
    one = trade.read_baci(folder / "BACI_HS92_Y2019_V202401.csv")
    assert one.data.height == 2


def test_baci_broken_rows(tmp_path):
    folder = baci_folder(
        tmp_path,
        HS92_Y2020="2020,356,842,010121,5,1\n2020,356,842,010129,x,1\n2020,356,842\n"
        "2020,356,842,010129,-5,1\n2020,,842,010129,5,1\n20200,356,842,010129,5,1\n"
        "2020,891,688,010129,5,1\n2020,356,842,010130,5,1,9\n",
    )
    layer = trade.read_baci(folder)
    assert refused(layer) == [
        (3, "v is no number ('x')"),
        (4, "v is empty"),
        (5, "v is below 0 ('-5')"),
        (6, "i is empty"),
        (7, "t is no year ('20200')"),
        (8, "within one state"),
        (9, "too many columns"),
    ]
    assert layer.rejected.filter(pl.col("name").is_null())["raw"][0] == "2020,356,842,010129,x,1"
    assert (
        layer.data["products"].sum() + layer.rejected.filter(pl.col("name").is_null()).height
        == layer.rows_in
    )
    assert layer.rejected["file"][0].endswith("BACI_HS92_Y2020_V202401.csv")


GROUPS = (
    ("58", "Belgium-Luxembourg", "BEL"), ("711", "So. African Customs Union", "ZAF"),
    ("697", "Europe EFTA, nes", "NOR"), ("849", "US Misc. Pacific Isds", "USA"),
    ("899", "Areas, nes", "USA"), ("837", "Bunkers", "USA"), ("472", "Africa CAMEU region, nes", "CMR"),
    ("999", "Rest of Africa", "ZAF"), ("998", "Denmark and Norway", "DNK"),
)  # fmt: skip


@pytest.mark.parametrize(("number", "name", "iso3"), GROUPS)
def test_baci_groups_are_no_member_of_theirs(tmp_path, number, name, iso3):
    """Though the publisher's own list gives some the ISO3 of a member."""
    states = "56,Belgium,BEL\n710,South Africa,ZAF\n842,USA,USA\n891,Serbia and Montenegro,SCG\n"
    states += '810,Fmr Soviet Union,SUN\n344,"China, Hong Kong Special Administrative Region",HKG\n'
    states += '490,"Other Asia, nes",TWN\n624,Guinea-Bissau,GNB\n'
    codes = f'country_code,country_name_full,iso_3digit_alpha\n{states}{number},"{name}",{iso3}\n'
    write(tmp_path, codes, "country_codes_V1.csv")
    known = ("56", "710", "891", "810", "344", "490", "624")
    rows = "".join(f"1998,{i},842,010121,1,1\n" for i in (*known, number))
    layer = trade.read_baci(write(tmp_path, BACI + rows, "BACI_HS92_Y1998_V1.csv"))
    assert counted(layer) == {f"{number} {name}": 1}
    assert set(layer.data["source"]) == {"BEL", "ZAF", "SRB", "RUS", "HKG", "TWN", "GNB"}
    alone = write(tmp_path, BACI + f"1998,{number},842,010121,1,1\n", "BACI_HS92_Y1998_V1.csv")
    with pytest.raises(FileFormatError, match=f"no known state .'{number} "):
        trade.read_baci(alone)


def test_baci_says_what_it_needs(tmp_path):
    with pytest.raises(FileFormatError, match=r"no BACI_\*\.csv in it"):
        trade.read_baci(tmp_path)
    file = write(tmp_path, BACI + "2020,356,842,010121,5,1\n", "BACI_HS92_Y2020_V1.csv")
    with pytest.raises(FileFormatError, match="no country_codes"):
        trade.read_baci(file)
    folder = baci_folder(
        tmp_path, HS92_Y2020="2020,356,842,1,5,1\n", HS17_Y2020="2020,356,842,1,5,1\n"
    )
    with pytest.raises(FileFormatError, match="keep one nomenclature"):
        trade.read_baci(folder)


def test_baci_older_list_of_codes(tmp_path):
    codes = "country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha\n"
    write(
        tmp_path,
        codes + "356,India,India,IN,IND\n842,USA,USA,US,USA\n",
        "country_codes_V202001.csv",
    )
    file = write(tmp_path, BACI + "2018,356,842,010121,5,1\n")
    assert trade.read_baci(file).data.rows() == [("IND", "USA", 2018, 0.005, 0.001, 1)]


@given(
    st.lists(
        st.tuples(st.sampled_from([356, 586, 842, 490, 711]), st.sampled_from([356, 586, 842, 711]),
                  st.integers(1995, 2022), st.integers(1, 10**9)).filter(lambda r: r[0] != r[1]),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_baci_keeps_totals(tmp_path_factory, rows):
    rows = [(356, 842, 1994, 1), *rows]
    folder = baci_folder(
        tmp_path_factory.mktemp("b"),
        HS92_Y2000="".join(f"{t},{i},{j},{k:06d},{v},1\n" for k, (i, j, t, v) in enumerate(rows)),
    )
    layer = trade.read_baci(folder)
    used = [r for r in rows if 711 not in r[:2]]
    assert layer.data["value"].sum() == pytest.approx(sum(r[3] for r in used) / 1e3)
    assert layer.data["products"].sum() == len(used)
    assert layer.unresolved["rows"].sum() + len(used) == layer.rows_in


@pytest.mark.slow
def test_baci_in_bounded_memory(tmp_path):
    """Two million products, then six: the same memory, within what a scan buffers."""
    folder = baci_folder(tmp_path)
    part = "".join(
        f"2020,{(356, 586, 842)[k % 3]},{(586, 842, 356)[k % 3]},{k:06d},{k % 977}.125,{k % 89}.5\n"
        for k in range(1_000_000)
    )
    script = (
        "import sys, resource; from quadrille.sources.layers.trade import read_baci; "
        "l = read_baci(sys.argv[1]); "
        "print(l.rows_in, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    peaks = []
    for times in (2, 6):
        file = folder / "BACI_HS92_Y2020_V1.csv"
        with file.open("w") as f:
            f.write(BACI)
            for _ in range(times):
                f.write(part)
        done = subprocess.run(
            [sys.executable, "-c", script, str(file)], capture_output=True, check=True
        )
        rows, peak = map(int, done.stdout.split())
        assert rows == times * 1_000_000
        peaks.append(peak)
    assert peaks[1] < 1_500 and peaks[1] < peaks[0] + 500, peaks  # ru_maxrss is in kB on Linux


# ---------------------------------------------------------------- CEPII Gravity


def test_gravity_trade_and_covariates(tmp_path):
    text = (
        GRAVITY + "2000,USA,PAK,USA,PAK,1,1,11000,0,0,1e10,8e7,462000,540000,\n"
        "2000,PAK,USA,PAK,USA,1,1,11000,0,0,8e7,1e10,2167000,,2000000\n"
        "2000,USA,USA,USA,USA,1,1,1500,,,1e10,1e10,,,\n"
        "1950,USA,BGD,USA,BGD,1,0,12000,0,,1e9,,,,\n2000,USA,FRE,USA,FRE,1,1,3000,0,,1e10,,7,,\n"
        "1990,USA,DEU.1,USA,DEU,1,1,6000,0,,1,,,,\n1990,USA,DEU.2,USA,DEU,1,1,6000,0,,1,,10,20,\n"
    )
    path = write(tmp_path, text)
    layer = trade.read_gravity(path)
    wanted = [
        "source",
        "target",
        "year",
        "value",
        "by",
        "exports",
        "imports",
        "baci",
        "imports_imf",
    ]
    assert layer.data.select(wanted).rows() == [
        ("PAK", "USA", 2000, 2167.0, "exporter", 2167.0, None, 2000.0, None),
        ("USA", "DEU", 1990, 0.02, "importer", 0.01, 0.02, None, None),
        ("USA", "PAK", 2000, 540.0, "importer", 462.0, 540.0, None, None),
    ]
    assert counted(layer) == {"(no such state that year)": 1, "FRE": 1}
    assert refused(layer) == [
        (4, "within one state"),
        (7, "another row of the dyad and year says as much or more"),
    ]
    assert layer.rows_in == 7
    side = trade.read_gravity_covariates(path)
    row = side.data.filter(pl.col("target") == "PAK").row(0, named=True)
    assert (row["dist"], row["rta"], row["gdp_source"], row["gdp_target"]) == (11000, 0, 1e10, 8e7)
    assert row["wto_source"] is None
    parquet = tmp_path / "g.parquet"
    pl.read_csv(path).write_parquet(parquet)
    assert trade.read_gravity(parquet).data.equals(layer.data)


def test_gravity_by_country_ids(tmp_path):
    """A copy without ISO3: of two definitions of a state, the row that says more stands."""
    text = (
        "year;country_id_o;country_id_d;dist;contig;gdp_o\n1990;TGO;DEU.1;2,5;0;\n1990;TGO;DEU.2;2,5;0;7,5\n"
        "1990;TGO;TGO;1;0;1\n1990;TGO;XQZ;1;0;1\n"
    )
    (layer,) = read_layers(write(tmp_path, text))
    assert layer.name == "cepii_covariates"
    assert layer.data.select("source", "target", "dist", "gdp_source").rows() == [
        ("TGO", "DEU", 2.5, 7.5)
    ]
    assert counted(layer) == {"XQZ": 1}
    assert [line for line, _ in refused(layer)] == [2, 4]


def test_gravity_without_trade(tmp_path):
    path = write(tmp_path, "year,iso3_o,iso3_d,dist,contig\n2000,USA,PAK,1,0\n")
    assert trade.read_gravity_covariates(path).data["dist"].to_list() == [1.0]
    with pytest.raises(FileFormatError, match="holds no CEPII Gravity trade"):
        trade.read_gravity(path)


# ---------------------------------------------------------------- IMF

# What the United States and Pakistan report of each other, in dollars.
REPORTS = [
    ("USA", "TXG_FOB_USD", "PAK", 2000, 462_000_000), ("USA", "TMG_CIF_USD", "PAK", 2000, 2_168_000_000),
    ("PAK", "TXG_FOB_USD", "USA", 2000, 2_300_000_000), ("PAK", "TMG_CIF_USD", "USA", 2001, 630_000_000),
    ("USA", "TXG_FOB_USD", "PAK", 2001, 541_000_000), ("USA", "TBG_USD", "PAK", 2001, -5),
    ("USA", "TXG_FOB_USD", "World", 2001, 9_000_000_000),
]  # fmt: skip
NAMES = {"USA": "United States", "PAK": "Pakistan", "World": "World"}
EXPECTED = [
    ("PAK", "USA", 2000, 2168.0, 2300.0, 2168.0, None, "importer"),
    ("USA", "PAK", 2000, 462.0, 462.0, None, None, "exporter"),
    ("USA", "PAK", 2001, 630.0, 541.0, 630.0, None, "importer"),
]
COLUMNS = ["source", "target", "year", "value", "exports", "imports", "imports_fob", "by"]


def dots_list():
    head = ("Country Name,Country Code,Indicator Name,Indicator Code,Counterpart Country Name,"
            "Counterpart Country Code,Time Period,Value,Status,\n")  # fmt: skip
    rows = [
        f'"{NAMES[a]}",1,"Goods, x",{s},"{NAMES[b]}",2,{y},{v},,\n' for a, s, b, y, v in REPORTS
    ]
    return (
        head + "".join(rows) + '"United States",1,"Goods, x",TXG_FOB_USD,"Pakistan",2,2000M1,5,,\n'
    )


def dots_series():
    head = ('"Country Name","Country Code","Indicator Name","Indicator Code","Counterpart Country Name",'
            '"Counterpart Country Code","Attribute","2000","2000M1","2001","2001Q1",\n')  # fmt: skip
    cells = defaultdict(dict)
    for a, s, b, y, v in REPORTS:
        cells[a, s, b][y] = v
    rows = [
        f'"{NAMES[a]}","1","Goods, x","{s}","{NAMES[b]}","2","{kind}",'
        f'"{v.get(2000, "") if kind == "Value" else "E"}","1","{v.get(2001, "")}","2",\n'
        for (a, s, b), v in cells.items() for kind in ("Value", "Status")
    ]  # fmt: skip
    return "﻿" + head + "".join(rows)


def dots_panel():
    kinds = {"TXG_FOB_USD": "Goods, Value of Exports, FOB, US Dollars (TXG_FOB_USD)",
             "TMG_CIF_USD": "Goods, Value of Imports, CIF, US Dollars (TMG_CIF_USD)",
             "TBG_USD": "Goods, Value of Trade Balance, US Dollars (TBG_USD)"}  # fmt: skip
    head = "Country Name,Country Code,Counterpart Country Name,Counterpart Country Code,Time Period"
    for name in kinds.values():
        head += f',"{name}",Status'
    cells = defaultdict(dict)
    for a, s, b, y, v in REPORTS:
        cells[a, b, y][s] = v
    rows = [
        f"{NAMES[a]},1,{NAMES[b]},2,{y}" + "".join(f",{v.get(s, '')}," for s in kinds) + ",\n"
        for (a, b, y), v in cells.items()
    ]
    return head + ",\n" + "".join(rows)


def imts(wide=False, dot="", factor=1.0, scale="6"):
    world = {"World": "G001"}
    if not wide:
        rows = [f"IMF.STA:IMTS(1.0.0),{a},{s[1:]},{world.get(b, b)},A,{y},{v * factor},{scale}\n"
                for a, s, b, y, v in REPORTS]  # fmt: skip
        head = f"DATAFLOW,COUNTRY{dot},INDICATOR{dot},COUNTERPART_COUNTRY{dot},FREQUENCY{dot},TIME_PERIOD,OBS_VALUE,SCALE{dot}\n"
        return head + "".join(rows) + f"x,USA,XG_FOB_USD,PAK,M,2000-M01,5,{scale}\n"
    cells = defaultdict(dict)
    for a, s, b, y, v in REPORTS:
        cells[a, s[1:], world.get(b, b)][y] = v * factor
    head = f"DATASET,SERIES_CODE,COUNTRY{dot},INDICATOR{dot},COUNTERPART_COUNTRY{dot},FREQUENCY{dot},SCALE{dot},2000,2000-M01,2001\n"
    return head + "".join(f"x,y,{a},{s},{b},A,{scale},{v.get(2000, '')},3,{v.get(2001, '')}\n"
                          for (a, s, b), v in cells.items())  # fmt: skip


LAYOUTS = {
    "list": dots_list(), "series": dots_series(), "panel": dots_panel(), "sdmx": imts(),
    "ids": imts(dot=".ID"), "wide": imts(wide=True), "wide ids": imts(wide=True, dot=".ID"),
    "millions": imts(factor=1e-6), "wide millions": imts(wide=True, factor=1e-6, scale="Millions"),
    "units": imts(scale="0"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_imf_layouts_say_the_same(tmp_path, layout):
    layer = trade.read_imf(write(tmp_path, LAYOUTS[layout]))
    rows = layer.data.select(COLUMNS).rows()
    assert [r[:3] + r[-1:] for r in rows] == [r[:3] + r[-1:] for r in EXPECTED]
    for found, expected in zip(rows, EXPECTED, strict=True):
        assert found[3:7] == pytest.approx(expected[3:7])
    world = "World" if layout in ("list", "series", "panel") else "G001"
    months = {"(not annual)": 1} if layout in ("list", "sdmx", "ids", "millions", "units") else {}
    assert counted(layer) == {"(other series)": 1, world: 1, **months}
    assert layer.rows_in == len(REPORTS) + len(months)


def test_imf_from_parquet(tmp_path):
    """Years and values as numbers say what they say as text."""
    for layout in ("sdmx", "wide"):
        path = write(tmp_path, LAYOUTS[layout])
        table = pl.read_csv(path, null_values="")
        if layout == "sdmx":
            table = table.filter(pl.col("FREQUENCY") == "A").cast({"TIME_PERIOD": pl.Int64})
        table.write_parquet(tmp_path / "f.parquet")
        assert trade.read_imf(tmp_path / "f.parquet").data.equals(trade.read_imf(path).data)


def test_imf_small_flows_in_dollars_are_dollars_unless_said_otherwise(tmp_path):
    head = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE\n"
    row = "x,USA,XG_FOB_USD,PAK,A,2000,462000,"
    for scale, value in (("0", 0.462), ("", 0.462), ("6", 462_000.0)):
        layer = trade.read_imf(write(tmp_path, f"{head}{row}{scale}\n"))
        assert layer.data["value"].to_list() == pytest.approx([value])


def test_imf_broken_values(tmp_path):
    text = LAYOUTS["list"] + 'Pakistan,1,"Goods, x",TXG_FOB_USD,India,2,2000,many,,\n'
    text += 'Pakistan,1,"Goods, x",TXG_FOB_USD,,2,2000,5,,\n'
    layer = trade.read_imf(write(tmp_path, text))
    lines = len(LAYOUTS["list"].splitlines())
    assert refused(layer) == [
        (lines + 1, "exports is no number ('many')"),
        (lines + 2, "importer is empty"),
    ]


IMF_NAMES = {
    "China, P.R.: Mainland": "CHN", "China, P.R.: Hong Kong": "HKG", "Hong Kong SAR, China": "HKG",
    "Korea, Rep. of": "KOR", "Korea, Dem. People's Rep. of": "PRK", "Korea": None,
    "Congo, Dem. Rep. of the": "COD", "Congo, Democratic Republic of the": "COD", "Congo, Rep. of": "COG",
    "Congo, Republic of": "COG", "Yemen, P.D. Rep.": "YMD", "Yemen, Rep. of": "YEM",
    "Yemen Arab Rep.": "YEM", "Iran, Islamic Rep. of": "IRN", "Lao People's Dem. Rep.": "LAO",
    "Venezuela, República Bolivariana de": "VEN", "Netherlands, The": "NLD",
    "Aruba, Kingdom of the Netherlands": "ABW", "Macedonia, FYR": "MKD", "Yugoslavia, SFR": "SRB",
    "Türkiye, Rep. of": "TUR", "Czech Rep.": "CZE", "Central African Rep.": "CAF", "USSR": "RUS",
    "Timor-Leste, Dem. Rep. of": "TLS", "South Sudan, Rep. of": "SSD", "World": None, "G001": None,
    "Africa not specified": None, "Advanced Economies": None, "KOS": "XKX", "PSE": "PSE",
    "Germany, Dem. Rep. of": "DDR", "Eastern Germany": "DDR", "Euro Area": None,
}  # fmt: skip


@pytest.mark.parametrize(("name", "iso3"), IMF_NAMES.items())
def test_imf_names(name, iso3):
    assert trade._imf(pl.Series([name])).to_list() == [iso3]


# ---------------------------------------------------------------- every reader


@pytest.mark.parametrize("name", trade.READERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"PK\x03\x04", "not text"), (b"PAR1broken", "not a whole Parquet"),
     (b"a,b\n1,2\n", "is missing; expected")],
)  # fmt: skip
def test_bad_files(tmp_path, name, content, message):
    with pytest.raises(FileFormatError, match=message) as problem:
        trade.READERS[name](write(tmp_path, content))
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize("name", trade.READERS)
def test_missing_file(tmp_path, name):
    with pytest.raises(FileFormatError, match="cannot be read"):
        trade.READERS[name](tmp_path / "none.csv")


def test_header_alone(tmp_path):
    with pytest.raises(FileFormatError, match="holds no rows"):
        trade.read_cow_trade(write(tmp_path, COW))


def test_signatures_are_of_readers_and_tell_layouts_apart():
    assert {n.split(":")[0] for n in trade.SIGNATURES} <= set(trade.READERS)
    for text, name in ((COW, "cow_trade"), (BACI, "baci_trade"), (GRAVITY, "cepii_gravity"),
                       (AGTPA, "agtpa_trade"), *((t, "imf_trade") for t in LAYOUTS.values())):  # fmt: skip
        header = next(csv.reader([text.lstrip("﻿").splitlines()[0]]))
        columns = {c.lower() for c in header}
        found = next(n for n, s in trade.SIGNATURES.items() if set(s) <= columns)
        assert found.split(":")[0] == name


def test_codes_of_the_real_panel_are_states(panel):
    codes = pl.read_parquet(panel, columns=["exporter"])["exporter"].unique()
    assert resolve(codes, "cameo").null_count() == 0


def test_baci_with_its_real_list_of_countries(data_dir, tmp_path):
    """Made flows of products among every number of the publisher's list, against pandas."""
    pd = pytest.importorskip("pandas")
    real = data_dir / "more" / "country_codes_V202301.csv"
    numbers = pd.read_csv(real, encoding="latin-1")
    iso = dict(zip(numbers.country_code, numbers.iso_3digit_alpha, strict=True))
    (tmp_path / real.name).write_bytes(real.read_bytes())
    codes = list(iso)
    lines = ["t,i,j,k,v,q"]
    for n, i in enumerate(codes):
        for step, product in ((1, "010121"), (7, "270900"), (7, "847130"), (40, "999999")):
            j = codes[(n + step) % len(codes)]
            lines.append(f"2021,{i},{j},{product},{1000 + n}.5,{'NA' if n % 5 == 0 else n}")
    path = tmp_path / "BACI_HS92_Y2021_V202301.csv"
    path.write_text("\n".join(lines) + "\n")
    layer = trade.read_baci(tmp_path)
    theirs = pd.read_csv(path, dtype={"k": str})
    theirs["source"], theirs["target"] = theirs.i.map(iso), theirs.j.map(iso)
    # Taiwan goes as 490, "Other Asia"; whoever else is no state of the registry has a line of its own.
    theirs = theirs.replace({"source": {"S19": "TWN"}, "target": {"S19": "TWN"}})
    kept = {*layer.data["source"], *layer.data["target"]}
    assert {"PAK", "RUS", "IND", "USA", "CHN", "TWN", "ZAF"} <= kept and len(kept) > 190
    # Two numbers of one state, such as Serbia with and without Montenegro, are within one state.
    left = layer.rejected["rows"].sum()
    assert left < 0.05 * layer.rows_in
    assert layer.rows_in == len(theirs) == layer.data["products"].sum() + left
    joined = theirs[theirs.source.isin(kept) & theirs.target.isin(kept)]
    pairs = joined.groupby(["source", "target"]).agg(v=("v", "sum"), k=("k", "size"))
    ours = {
        (a, b): (v, n)
        for a, b, v, n in layer.data.select("source", "target", "value", "products").rows()
    }
    seen = [key for key in ours if key in pairs.index]
    assert len(seen) > 0.95 * len(ours)
    for key in seen:
        value, products = ours[key]
        assert products <= pairs.loc[key].k
        if products == pairs.loc[key].k:
            assert value == pytest.approx(pairs.loc[key].v / 1000, rel=1e-9)
