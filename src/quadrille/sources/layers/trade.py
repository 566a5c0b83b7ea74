"""Trade between states: Correlates of War, IMF, CEPII (BACI, Gravity), and the panel of Yotov et al.

Every layer of trade runs from exporter to importer, year by year, in **millions of current US dollars**.
Files are scanned, not loaded: what is held in memory is the result, so a file of products of tens of
millions of rows needs no more than its dyads.

A row is used, skipped or rejected. Besides names that are no state of the registry,
`Layer.unresolved` counts, in brackets, rows that were skipped as a kind: ``(other series)``,
``(not annual)``, ``(no such state that year)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.layers.cow import CITE_TRADE
from quadrille.sources.layers.flows import (
    DYAD,
    Flows,
    Plan,
    Scan,
    one_a_year,
    reported,
    scan_file,
    summed,
    take,
    to_layer,
)
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import BLANK, MISSING
from quadrille.states.registry import all_states, resolve

__all__ = [
    "BACI",
    "COMPANIONS",
    "READERS",
    "SIGNATURES",
    "baci_scans",
    "country_codes",
    "read_agtpa",
    "read_agtpa_domestic",
    "read_baci",
    "read_cow_trade",
    "read_gravity",
    "read_gravity_covariates",
    "read_imf",
]

CITE_IMF = (
    "International Monetary Fund. International Trade in Goods (by partner country), IMTS; until 2025 "
    "Direction of Trade Statistics, DOTS. https://data.imf.org. Give the date of the download."
)
CITE_BACI = (
    "Gaulier, G. & Zignago, S. (2010). BACI: International Trade Database at the Product-Level. The "
    "1994–2007 Version. CEPII Working Paper 2010-23. Give the version and the nomenclature."
)
CITE_GRAVITY = (
    "Conte, M., Cotterlaz, P. & Mayer, T. (2022). The CEPII Gravity database. CEPII Working Paper "
    "2022-05. Give the version."
)
CITE_AGTPA = (
    "Yotov, Y. V., Piermartini, R., Monteiro, J.-A. & Larch, M. (2016). An Advanced Guide to Trade "
    "Policy Analysis: The Structural Gravity Model. UNCTAD and WTO."
)


def _mapped(names: pl.Series, known: Mapping[str, str], found: pl.Series) -> pl.Series:
    """What was found, but for the names known by themselves."""
    codes = [known.get(n, f) for n, f in zip(names, found, strict=True)]
    return pl.Series(codes, dtype=pl.String)


def _iso3(codes: pl.Series) -> pl.Series:
    """ISO3 of today, from ISO3 of today or of the past (``ROM``, ``ZAR``, ``SCG``)."""
    return resolve(codes, "cameo")


# ---------------------------------------------------------------- Correlates of War


def read_cow_trade(path: str | Path) -> Layer:
    """Dyadic trade of the Correlates of War (``Dyadic_COW_4.0.csv``), both directions of a dyad.

    ``flow1`` is what state 1 imports from state 2, so it runs from 2 to 1. Of several rows of a dyad
    and year (two codes of one state) the one with more known flows stands, then that under the codes
    now in use; the others are rejected.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; ``value`` and ``smooth`` (Float64,
        millions of current USD; ``smooth`` has gaps filled and jumps smoothed by the authors, null if
        the file lacks it). A flow that is not known (-9) is null, not zero.
    """
    keys = ("ccode1", "ccode2", "year", "flow1", "flow2")
    scan = scan_file(path, "COW dyadic trade", [keys])
    smooth = ("smoothflow1", "smoothflow2")
    values = {"flow1": "flow1", "flow2": "flow2"}
    if scan.has(*smooth):
        values |= dict(zip(smooth, smooth, strict=True))
    plan = Plan("ccode1", "ccode2", "year", values, missing=MISSING, each=True)
    flows = take(scan, plan, lambda codes: resolve(codes, "cow"))
    current = {str(s.cow): s.iso3 for s in all_states() if s.cow}
    own = pl.all_horizontal(
        pl.col(code).replace_strict(current, default=None, return_dtype=pl.String) == pl.col(iso)
        for code, iso in (("_1", "source"), ("_2", "target"))
    )
    pair = flows.data.with_columns(
        _a=pl.min_horizontal("source", "target"), _b=pl.max_horizontal("source", "target")
    )
    flows = one_a_year(replace(flows, data=pair), ["_a", "_b"], list(values), own)
    none = pl.lit(None, pl.Float64)

    def way(n: int) -> pl.DataFrame:
        ends = ("target", "source") if n == 1 else ("source", "target")
        return flows.data.select(
            pl.col(ends[0]).alias("source"),
            pl.col(ends[1]).alias("target"),
            "year",
            pl.col(f"flow{n}").alias("value"),
            (pl.col(f"smoothflow{n}") if scan.has(*smooth) else none).alias("smooth"),
        )

    return to_layer(flows, "cow_trade", pl.concat([way(1), way(2)]), CITE_TRADE)


# ---------------------------------------------------------------- IMF

_DOTS = ("country name", "counterpart country name")
_IMF_LAYOUTS: list[tuple[str, ...]] = [
    (*_DOTS, "indicator code", "time period", "value"),
    (*_DOTS, "indicator code", "attribute"),
    (*_DOTS, "time period"),
    ("country", "counterpart_country", "indicator", "frequency"),
    ("country.id", "counterpart_country.id", "indicator.id", "frequency.id"),
]
# Codes of the series, before 2025 and from then on, as they end.
_SERIES = {"xg_fob_usd": "exports", "mg_cif_usd": "imports", "mg_fob_usd": "imports_fob"}
_IMF = {
    "KOS": "XKX",
    "China, P.R.: Mainland": "CHN",
    "China, P.R.: Hong Kong": "HKG",
    "China, P.R.: Macao": "MAC",
    "Macao SAR, China": "MAC",
    "Korea, Dem. People's Rep. of": "PRK",
    "Korea, Democratic People's Rep. of": "PRK",
    "Congo, Dem. Rep. of the": "COD",
    "Congo, Democratic Republic of the": "COD",
    "Ethiopia, The Federal Dem. Rep. of": "ETH",
    "Ethiopia, The Federal Democratic Republic of": "ETH",
    "São Tomé and Príncipe, Dem. Rep. of": "STP",
    "São Tomé and Príncipe, Democratic Republic of": "STP",
    "Timor-Leste, Dem. Rep. of": "TLS",
    "Timor-Leste, Democratic Republic of": "TLS",
    "Yemen, P.D. Rep.": "YMD",
    "Yemen Arab Rep.": "YEM",
    "Eastern Germany": "DDR",
    "Guiana, French": "GUF",
    "West Bank and Gaza": "PSE",
    "St. Helena": "SHN",
    "St. Pierre and Miquelon": "SPM",
    "Wallis and Futuna Islands": "WLF",
    "French Territories: French Polynesia": "PYF",
    "French Territories: New Caledonia": "NCL",
}
# What may follow a comma in the IMF's names: the form of a state. "Dem." is not among it, as it tells
# states apart.
_FORM = re.compile(
    r",\s*(The\s*|State\s*|Union\s*|Kingdom\s*|Principality\s*|FYR|SFR|China|"
    r"Islamic\s*|Arab\s*|Rep(ublic|\.)\s*|Bolivariana\s*|República\s*|of\s*|the\s*|de\s*|Netherlands)+$"
)


def _imf(names: pl.Series) -> pl.Series:
    """ISO3 of the IMF's codes (ISO3) or names ("Korea, Rep. of")."""

    def full(name: str) -> str:
        return name.replace("Rep.", "Republic").replace("Dem.", "Democratic").strip()

    code = names.str.contains(r"^[A-Z]{3}$")
    by_code = resolve(names, "cameo")
    whole = resolve(pl.Series([full(n) for n in names], dtype=pl.String), "icews")
    # Not "icews", where "Congo" is one of the two.
    bare = resolve(pl.Series([_FORM.sub("", n) for n in names], dtype=pl.String))
    found = pl.select(pl.when(code).then(by_code).otherwise(pl.coalesce(whole, bare))).to_series()
    return _mapped(names, _IMF, found)


def read_imf(path: str | Path) -> Layer:
    """Goods traded, as reported to the IMF: DOTS, and IMTS since 2025.

    Takes, by their columns: DOTS as time series (``Country Name, …, Indicator Code, Counterpart
    Country Name, Attribute``, a column a period), as a list (``…, Time Period, Value``) or as a panel
    (a column an indicator, its code in brackets); IMTS as SDMX-CSV (``COUNTRY, INDICATOR,
    COUNTERPART_COUNTRY, FREQUENCY, TIME_PERIOD, OBS_VALUE``) or with a column a period, with or without
    ``.ID`` columns. Written from descriptions of these layouts; no file of the publisher was at hand.

    Annual exports (FOB) and imports (CIF, or FOB) in US dollars are used. `Layer.rows_in` counts
    values: cells, where a year has a column. Other series, and months and quarters where they are
    rows, are counted in ``unresolved``; columns of months and quarters are not looked at.

    Values are taken as dollars, as both DOTS and IMTS in SDMX-CSV have them, though the latter's
    ``SCALE`` says 6. Only where such a column says millions *and* no flow between two states reaches
    1,000,000 (a million dollars; or a trillion, which no two states have traded) are they millions.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; Float64, millions of current USD:
        ``value`` (of the importer's report, CIF before FOB; where there is none, the exporter's),
        ``exports`` (the exporter's report, FOB), ``imports`` (the importer's, CIF), ``imports_fob``
        (the importer's, FOB); ``by`` (String: "importer" or "exporter", whose report ``value`` is).
    """
    scan = scan_file(path, "IMF trade", _IMF_LAYOUTS)
    listed, skip = _listed(scan)
    values = {v: v for v in _SERIES.values()}
    flows = take(listed, Plan("exporter", "importer", "period", values, skip=skip), _imf)
    data = summed(flows.data, list(values))
    factor = 1.0 if _in_millions(scan, data) else 1e-6
    data = data.with_columns(pl.col(v) * factor for v in values).with_columns(
        _importer=pl.coalesce("imports", "imports_fob")
    )
    data = data.select(*DYAD, *reported("_importer", "exports"), *values)
    return to_layer(flows, "imf_trade", data, CITE_IMF)


def _in_millions(scan: Scan, data: pl.DataFrame) -> bool:
    column = next((c for c in ("scale.id", "scale") if scan.has(c)), None)
    if column is None:
        return False
    said = scan.read(scan.rows.select(scan.text(column).drop_nulls().first())).item()
    largest = data.select(pl.max_horizontal(pl.col(v).max() for v in _SERIES.values())).item()
    return str(said).lower() in ("6", "millions") and (largest or 0.0) < 1e6


def _listed(scan: Scan) -> tuple[Scan, pl.Expr]:
    """A value a row: ``exporter, importer, period``, a column a kind of flow; and why to pass over a row."""
    new = not scan.has(*_DOTS)
    dot = ".id" if scan.has("country.id", "counterpart_country.id") else ""
    here, there = (f"country{dot}", f"counterpart_country{dot}") if new else _DOTS
    series = f"indicator{dot}" if new else "indicator code"
    period, value = ("time_period", "obs_value") if new else ("time period", "value")
    common = ["_file", "_line", "_more", here, there]
    years = [n for n in scan.names if re.fullmatch(r"\d{4}", n)]
    panel = {n: m[1] for n in scan.names if (m := re.search(r"\((\w+)\)\s*$", n))}
    if scan.has(period, value):
        rows = scan.rows.rename({value: "_value", period: "period", series: "_series"})
        rows = rows.select(*common, "_series", "period", "_value")
    elif years:
        keep = pl.lit(True) if not scan.has("attribute") else pl.col("attribute") == "Value"
        frequency = f"frequency{dot}"
        # Where every frequency has its rows, a column a year is empty in those of months.
        columns = [*common, series, *([frequency] if scan.has(frequency) else [])]
        rows = scan.rows.filter(keep).unpivot(
            on=years, index=columns, variable_name="period", value_name="_value"
        )
        rows = rows.rename({series: "_series"})
    elif panel and scan.has(period):
        rows = scan.rows.unpivot(
            on=list(panel), index=[*common, period], variable_name="_series", value_name="_value"
        )
        rows = rows.rename({period: "period"}).with_columns(pl.col("_series").replace(panel))
    else:
        raise FileFormatError(
            f"{scan.file}: line 1: no values; expected columns {value!r} and {period!r}, a column a "
            f"year ('2019'), or a column an indicator, its code in brackets"
        )
    return _directed(scan, rows, here, there)


def _directed(scan: Scan, rows: pl.LazyFrame, here: str, there: str) -> tuple[Scan, pl.Expr]:
    # Other series of goods end alike: what they count is not all that a state trades.
    kind = pl.col("_series").str.to_lowercase().str.replace("^t", "")
    kind = kind.replace_strict(_SERIES, default=None, return_dtype=pl.String)
    rows = rows.with_columns(pl.col("period", "_value").cast(pl.String))
    blank = pl.col("_value").str.strip_chars().is_in(BLANK).fill_null(True)
    rows = rows.filter(~blank).with_columns(_kind=kind)
    out = pl.col("_kind") == "exports"
    rows = rows.with_columns(
        pl.when(out).then(here).otherwise(there).alias("exporter"),
        pl.when(out).then(there).otherwise(here).alias("importer"),
        *(pl.when(pl.col("_kind") == v).then("_value").alias(v) for v in _SERIES.values()),
    )
    names = ("exporter", "importer", "period", "_series", "_value")
    skip = (
        pl.when(pl.col("_kind").is_null())
        .then(pl.lit("other series"))
        .when(pl.col("period").str.contains(r"^\d{4}-?[MQSWHmq]"))
        .then(pl.lit("not annual"))
    )
    return Scan(rows, names, scan.file, scan.separator), skip


# ---------------------------------------------------------------- CEPII

BACI = ("t", "i", "j", "k", "v", "q")
# "Other Asia, nes": in practice Taiwan, which the United Nations do not list.
_BACI = {"S19": "TWN"}
_TAIWAN = "490"
# Numbers of the United Nations that are several states, what is left of a region, or none: customs
# unions (58 Belgium and Luxembourg, 711 Southern Africa), "Europe EFTA, nes", bunkers, free zones.
_GROUPS = frozenset(
    map(str, (0, 1, 2, 5, 9, 11, 13, 14, 15, 17, 18, 19, 21, 29, 30, 34, 35, 39, 53, 54, 57, 58, 61, 97,
              129, 142, 143, 145, 150, 151, 154, 155, 202, 221, 290, 419, 471, 472, 473, 492, 527, 536,
              568, 577, 636, 637, 697, 711, 837, 838, 839, 849, 879, 899))
)  # fmt: skip
_GROUP = re.compile(
    r"\bn\.?e\.?s\b|not elsewhere|customs|\bunion\b|bunkers|free zones|special categories|"
    r"\bareas?\b|\brest of\b|\bEFTA\b",
    re.IGNORECASE,
)
_WAS_A_STATE = re.compile(r"soviet union", re.IGNORECASE)


def _is_group(number: str, names: Sequence[str]) -> bool:
    """Whether an entry of a list is no one state, whatever ISO3 the list gives it."""
    if number == _TAIWAN:
        return False
    said = any(_GROUP.search(n) and not _WAS_A_STATE.search(n) for n in names)
    return number in _GROUPS or said or any(map(_is_pair, names))


def _is_pair(name: str) -> bool:
    """Whether a name is those of two states: Belgium-Luxembourg."""
    parts = re.split(r"\s*[-–/&]\s*|\s+and\s+", name)
    if len(parts) != 2:
        return False
    whole, *found = resolve(pl.Series([name, *parts], dtype=pl.String), "any")
    return whole is None and None not in found


def read_baci(path: str | Path) -> Layer:
    """Trade reconciled from both partners' reports, all products added up (CEPII BACI).

    Takes one file (``BACI_HS92_Y2020_V202401.csv``: ``t, i, j, k, v, q``) or a folder of them, of one
    nomenclature. ``country_codes*.csv`` of the same release must lie beside them: BACI's numbers are
    mostly but not all those of ISO 3166. Only the dyads are held in memory. Code 490, "Other Asia, nes",
    is taken as Taiwan. Customs unions and what is left of a region are no states, though the list gives
    some of them the ISO3 of a member: 711, the Southern African Customs Union, is not South Africa.

    A quantity that is missing or no number is left out of the sum of quantities; its value counts.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; ``value`` (Float64, millions of current
        USD, FOB; published in thousands), ``quantity`` (Float64, thousand tons, of the products whose
        quantity is known), ``products`` (Int32: lines of the nomenclature traded). No row: no trade
        recorded.

    Raises
    ------
    FileFormatError
        No list of country codes, files of several nomenclatures, or no such file.
    """
    files, scans = baci_scans(path)
    rows = pl.concat([s.rows.select("_file", "_line", "_more", *BACI) for s in scans])
    quantity = pl.col("q").cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    rows = rows.with_columns(
        _tons=pl.when(quantity.is_finite() & (quantity >= 0)).then(quantity), _one=pl.lit(1.0)
    )
    scan = Scan(rows, BACI, str(path), ",")
    plan = Plan(
        "i", "j", "t", {"v": "v", "tons": "_tons", "products": "_one"}, needed=("v",)
    )  # fmt: skip
    named, known = country_codes(files[0].parent)
    flows = take(scan, plan, lambda codes: codes.replace_strict(
        known, default=None, return_dtype=pl.String))  # fmt: skip
    data = summed(flows.data, ["v", "tons", "products"]).select(
        *DYAD,
        (pl.col("v") / 1e3).alias("value"),
        (pl.col("tons") / 1e3).alias("quantity"),
        pl.col("products").cast(pl.Int32),
    )
    lost = flows.skipped.with_columns(pl.col("name").replace(named))
    return to_layer(replace(flows, skipped=lost), "baci_trade", data, CITE_BACI)


def baci_scans(path: str | Path) -> tuple[list[Path], list[Scan]]:
    """The files of a release, one or a folder of them, of one nomenclature, not yet read.

    Raises
    ------
    FileFormatError
        No such file, or files of several nomenclatures.
    """
    folder = Path(path)
    files = [folder] if not folder.is_dir() else sorted(folder.glob("BACI_*.csv"))
    if not files:
        raise FileFormatError(f"{path}: no BACI_*.csv in it; unpack a release there")
    kinds = {m[0] for f in files if (m := re.match(r"BACI_HS\d+", f.name))}
    if len(kinds) > 1:
        raise FileFormatError(
            f"{path}: files of {', '.join(sorted(kinds))}; keep one nomenclature in a folder, or "
            f"trade counts twice"
        )
    return files, [scan_file(f, "BACI", [BACI]).with_points("v", "q") for f in files]


def country_codes(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """BACI's number to "number name", and to ISO3 of the registry."""
    file = next(iter(sorted(folder.glob("country_codes*.csv"))), None)
    if file is None:
        raise FileFormatError(
            f"{folder}: no country_codes*.csv beside the file; copy it there from the same release"
        )
    columns = COMPANIONS
    scan = scan_file(file, "BACI country codes", columns)
    code = next(c for c in ("country_iso3", "iso_3digit_alpha") if scan.has(c))
    name = next((c for c in ("country_name", "country_name_full") if scan.has(c)), code)
    short = "country_name_abbreviation" if scan.has("country_name_abbreviation") else name
    listed = scan.rows.select(
        scan.text("country_code").alias("number"),
        scan.text(code).alias("iso3"),
        scan.text(name).fill_null("").alias("name"),
        scan.text(short).fill_null("").alias("short"),
    )
    table = scan.read(listed)
    found = _mapped(table["iso3"], _BACI, _iso3(table["iso3"]))
    named = {
        n: f"{n} {name}".strip() for n, name in zip(table["number"], table["name"], strict=True)
    }
    known = {
        n: iso
        for n, name, short, iso in zip(
            *table["number", "name", "short"].get_columns(), found, strict=True
        )
        if iso and not _is_group(n, [name, short])
    }
    return named, known


_GRAVITY = ("iso3_o", "iso3_d", "year")
# The same with a number for definitions that changed: "DEU.2".
_GRAVITY_IDS = ("country_id_o", "country_id_d", "year")
_REPORTS = {
    "exports": "tradeflow_comtrade_o",
    "imports": "tradeflow_comtrade_d",
    "baci": "tradeflow_baci",
    "manufactures": "manuf_tradeflow_baci",
    "exports_imf": "tradeflow_imf_o",
    "imports_imf": "tradeflow_imf_d",
}
# Name here, and the columns it goes by in the releases.
_COVARIATES = {
    "dist": ("dist",), "distw": ("distw_harmonic", "distw"), "distcap": ("distcap",),
    "contig": ("contig",), "comlang_off": ("comlang_off",), "comlang_ethno": ("comlang_ethno",),
    "comcol": ("comcol",), "col45": ("col45",), "col_dep_ever": ("col_dep_ever",),
    "col_dep": ("col_dep",), "sibling": ("sibling",), "comleg": ("comleg_posttrans",),
    "comrelig": ("comrelig",), "diplo_disagreement": ("diplo_disagreement",),
    "rta": ("rta", "fta_wto"),
    **{f"{v}_{end}": (f"{v}_{letter}",)
       for v in ("gdp", "gdpcap", "pop", "gatt", "wto", "eu")
       for end, letter in (("source", "o"), ("target", "d"))},
}  # fmt: skip


def _gravity(path: str | Path, values: Mapping[str, Sequence[str]], what: str) -> Flows:
    """Rows of states that were there, one a dyad and year."""
    scan = scan_file(path, what, [_GRAVITY, _GRAVITY_IDS])
    found = {
        n: c for n, all_ in values.items() if (c := next((c for c in all_ if scan.has(c)), None))
    }
    if not found:
        wanted = ", ".join(c for all_ in list(values.values())[:6] for c in all_)
        raise FileFormatError(f"{path}: line 1: it holds no {what}; expected one of {wanted}")
    there = ("country_exists_o", "country_exists_d")
    skip = None
    if scan.has(*there):
        gone = pl.any_horizontal(scan.number(c) == 0 for c in there)
        skip = pl.when(gone).then(pl.lit("no such state that year"))
    signed = ("diplo_disagreement",)
    one, two, year = _GRAVITY if scan.has(*_GRAVITY) else _GRAVITY_IDS
    plan = Plan(one, two, year, found, signed=signed, skip=skip, each=True)
    flows = take(scan, plan, lambda codes: _iso3(codes.str.replace(r"\.\d+$", "")))
    flows = one_a_year(flows, DYAD[:2], list(found), pl.col("_1") == pl.col("source"))
    absent = [pl.lit(None, pl.Float64).alias(n) for n in values if n not in found]
    return replace(flows, data=flows.data.with_columns(absent))


def read_gravity(path: str | Path) -> Layer:
    """Trade of the CEPII Gravity database, as several sources report it.

    Takes ``Gravity_V*.csv`` from 202102 on, or a Parquet file with its columns. Rows of countries that
    did not exist that year (``country_exists_o`` or ``_d`` is 0) are counted in ``unresolved``. Where
    two definitions of a country (before and after a split) have a row in a year, the one that says
    more stands. What a country trades with itself is skipped.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; Float64, millions of current USD
        (published in thousands): ``value`` (Comtrade: the importer's report, else the exporter's),
        ``exports`` and ``imports`` (Comtrade, of the exporter and of the importer), ``baci`` and
        ``manufactures`` (BACI), ``exports_imf`` and ``imports_imf`` (IMF); ``by`` (String).
    """
    flows = _gravity(path, {n: (c,) for n, c in _REPORTS.items()}, "CEPII Gravity trade")
    data = flows.data.with_columns(pl.col(v) / 1e3 for v in _REPORTS)
    data = data.select(*DYAD, *reported("imports", "exports"), *_REPORTS)
    return to_layer(flows, "cepii_gravity", data, CITE_GRAVITY)


def read_gravity_covariates(path: str | Path) -> Layer:
    """What explains trade, of the CEPII Gravity database: distance, language, agreements, size.

    Rows are chosen as in `read_gravity`. Columns that a release lacks are null throughout. A copy that
    keeps ``country_id_o, country_id_d`` in place of ``iso3_o, iso3_d`` is read by these.

    Returns
    -------
    Layer
        ``source``, ``target``, ``year``; Float64. Of the dyad: ``dist, distw, distcap`` (km), ``contig,
        comlang_off, comlang_ethno, comcol, col45, col_dep_ever, col_dep, sibling, comleg, rta`` (0 or
        1), ``comrelig`` (0 to 1), ``diplo_disagreement`` (of voting in the United Nations). Of each
        end, ``*_source`` and ``*_target``: ``gdp, gdpcap`` (thousands of current USD), ``pop``
        (thousands), ``gatt, wto, eu`` (0 or 1).
    """
    flows = _gravity(path, _COVARIATES, "CEPII Gravity covariates")
    data = flows.data.select(*DYAD, *_COVARIATES)
    return to_layer(flows, "cepii_covariates", data, CITE_GRAVITY, role="covariates")


# ---------------------------------------------------------------- UNCTAD and WTO

_AGTPA = ("exporter", "importer", "pair_id", "year", "trade")


def read_agtpa(path: str | Path) -> Layer:
    """The panel of manufactures traded among 69 countries, 1986 to 2006, of Yotov et al. (2016).

    Sales of a country to itself are skipped here, and in `read_agtpa_domestic`.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; Float64: ``value`` (millions of current
        USD), and, where the file has them, ``dist`` (km), ``cntg``, ``lang``, ``clny``, ``rta`` (0 or
        1) and ``rta_lag*``, ``rta_lead*`` (the agreement so many years before, or after).
    """
    scan = scan_file(path, "the gravity panel", [_AGTPA])
    wanted = ("dist", "cntg", "lang", "clny", "rta")
    extra = [n for n in scan.names if n in wanted or re.fullmatch(r"rta_(lag|lead)\d+", n)]
    values = {"value": "trade", **{n: n for n in extra}}
    plan = Plan("exporter", "importer", "year", values, needed=("value",), each=True)
    flows = take(scan, plan, _iso3)
    flows = one_a_year(flows, DYAD[:2], list(values), pl.col("_1") == pl.col("source"))
    return to_layer(flows, "agtpa_trade", flows.data.select(*DYAD, *values), _cite_agtpa(flows))


def _cite_agtpa(flows: Flows) -> str:
    """The panel's citation, or of a file of other years that it has the same columns."""
    if flows.data["year"].is_between(1986, 2006).all():
        return CITE_AGTPA
    return (
        f"{Path(flows.scan.file).name}, a file with the columns of the panel of Yotov et al. (2016)"
    )


def read_agtpa_domestic(path: str | Path) -> Layer | None:
    """What each country of the panel of Yotov et al. (2016) sells to itself.

    Gravity with trade inside countries needs it. Rows between two countries are not looked at, nor
    counted.

    Returns
    -------
    Layer or None
        ``state, year``; Float64: ``value`` (millions of current USD) and, where the file has it, ``dist``
        (km, inside the country). None: the file has no such rows.
    """
    scan = scan_file(path, "the gravity panel", [_AGTPA])
    values = {"value": "trade"} | ({"dist": "dist"} if scan.has("dist") else {})
    own = scan.rows.filter(scan.text("exporter") == scan.text("importer"))
    if scan.read(own.head(1)).is_empty():
        return None
    # Two parties, so that the rows pass as those of a dyad do.
    scan = replace(scan, rows=own.with_columns(_other=pl.lit("-")), names=(*scan.names, "_other"))
    plan = Plan("exporter", "_other", "year", values, needed=("value",), each=True)

    def place(codes: pl.Series) -> pl.Series:
        return _mapped(codes, {"-": "-"}, _iso3(codes))

    flows = one_a_year(
        take(scan, plan, place), ["source"], ["value"], pl.col("_1") == pl.col("source")
    )
    data = flows.data.select(pl.col("source").alias("state"), "year", *values)
    return to_layer(flows, "agtpa_domestic", data, _cite_agtpa(flows), "state")


# As in `quadrille.sources.layers.cow`. A file may hold several layers: its first name here is the one it is
# taken for.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "cow_trade": ("ccode1", "ccode2", "year", "flow1", "flow2"),
    "imf_trade:list": _IMF_LAYOUTS[0],
    "imf_trade:series": _IMF_LAYOUTS[1],
    "imf_trade:panel": _IMF_LAYOUTS[2],
    "imf_trade:sdmx": _IMF_LAYOUTS[3],
    "imf_trade:ids": _IMF_LAYOUTS[4],
    "baci_trade": BACI,
    # One file, two layers: the same columns.
    "cepii_gravity": (*_GRAVITY, "dist", "contig", "tradeflow_comtrade_o"),
    "cepii_covariates": (*_GRAVITY, "dist", "contig", "tradeflow_comtrade_o"),
    "cepii_covariates:ids": (*_GRAVITY_IDS, "dist", "contig"),
    "agtpa_trade": _AGTPA,
    "agtpa_domestic": _AGTPA,
}
COMPANIONS = (("country_code", "country_iso3"), ("country_code", "iso_3digit_alpha"))
READERS: dict[str, Callable[[str | Path], Layer | None]] = {
    "cow_trade": read_cow_trade,
    "imf_trade": read_imf,
    "baci_trade": read_baci,
    "cepii_gravity": read_gravity,
    "cepii_covariates": read_gravity_covariates,
    "agtpa_trade": read_agtpa,
    "agtpa_domestic": read_agtpa_domestic,
}
