"""Geopolitical risk (GPR): the share of newspaper articles on it, of the world and by state, by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.layers.layer import Layer, unknown_states
from quadrille.sources.layers.sheet import Sheet, open_sheet
from quadrille.states.registry import resolve

__all__ = ["READERS", "SIGNATURES", "read_gpr_states", "read_gpr_world"]

WORLD = (
    "gpr", "gprt", "gpra", "gprh", "gprht", "gprha", "share_gpr", "n10", "share_gprh", "n3h",
)  # fmt: skip
# Our column → how the publisher's begin; the code of the state follows.
STATE = {"gpr_share": "gprc_", "gpr_share_historical": "gprhc_"}
_MONTHS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d%b%Y")
_LAYOUT = ("month", "gpr", "gprh")

CITE_GPR = (
    "Caldara, D. & Iacoviello, M. (2022). Measuring geopolitical risk. American Economic Review "
    "112(4): 1194–1225. Data: https://www.matteoiacoviello.com/gpr.htm (give the date of the file)."
)


def _open(path: str | Path) -> Sheet:
    """The table, its months as ``year`` and ``month``."""
    sheet = _listed(open_sheet(path, "GPR", [_LAYOUT]))
    text = pl.col("month").cast(pl.String).str.strip_chars()
    day = pl.coalesce(text.str.to_date(f, strict=False) for f in _MONTHS)
    sheet = replace(sheet, frame=sheet.frame.with_columns(_day=day))
    again = pl.col("_day").dt.truncate("1mo").is_first_distinct()
    wrong = pl.format("month is no date ('{}', expected as '1985-01-01')", text.fill_null(""))
    sheet = sheet.reject(
        pl.when(pl.col("_day").is_null())
        .then(wrong)
        .when(~again)
        .then(pl.format("the month of {} appears twice", text))
    )
    months = sheet.frame.with_columns(
        pl.col("_day").dt.year().alias("year"),
        pl.col("_day").dt.month().cast(pl.Int32).alias("month"),
    )
    return replace(sheet, frame=months)


def _listed(sheet: Sheet) -> Sheet:
    """The sheet without the list of variables that the publisher's workbook keeps in two more columns."""
    wanted = ("month", "gpr", "share", "n10", "n3h")
    kept = [c for c in sheet.frame.columns if c.startswith(wanted)]
    frame = sheet.frame.filter(pl.any_horizontal(pl.col(kept).is_not_null()))
    return replace(sheet, frame=frame, rows=sheet.rows - sheet.frame.height + frame.height)


def read_gpr_world(path: str | Path) -> Layer:
    """Geopolitical risk in the world, month by month (``data_gpr_export.xls``, or the same as CSV).

    Returns
    -------
    Layer
        ``year, month``; Float64: ``gpr`` (index of ten newspapers from 1985, mean of 1985 to 2019 is
        100), its ``gprt`` (threats) and ``gpra`` (acts); ``gprh, gprht, gprha``, the same of three
        newspapers from 1900, mean of 1900 to 2019 is 100; ``share_gpr, share_gprh`` (percent of
        articles), ``n10, n3h`` (articles searched). Null where the index does not reach, or the file
        has no such column.
    """
    sheet = _open(path)
    there = [c for c in WORLD if sheet.has(c)]
    sheet = sheet.numbers(*there)
    values = [pl.col(c) if c in there else pl.lit(None, pl.Float64).alias(c) for c in WORLD]
    data = sheet.frame.select("year", "month", *values)
    return sheet.layer("gpr_world", "risk", "world", data, CITE_GPR, "M")


def read_gpr_states(path: str | Path) -> Layer:
    """Geopolitical risk of states, month by month (``data_gpr_export.xls``, or the same as CSV).

    The share of articles in newspapers of the United States, Britain and Canada that speak of
    geopolitical risk and name the state or its large cities: attention there, not danger here.

    Returns
    -------
    Layer
        ``state, year, month``; Float64, percent of articles: ``gpr_share`` (ten newspapers, from
        1985), ``gpr_share_historical`` (three newspapers, from 1900). No row where both are missing.
        ``rows_in`` counts months, and once more the months with a value under each code that failed,
        which ``unresolved`` has.
    """
    sheet = _open(path)
    columns = {
        c: (ours, c.removeprefix(start).upper())
        for ours, start in STATE.items()
        for c in sheet.frame.columns
        if c.startswith(start)
    }
    if not columns:
        raise FileFormatError(
            f"{path}: line 1: it has no states; expected columns such as GPRC_USA"
        )
    sheet = sheet.numbers(*columns)
    long = sheet.frame.unpivot(
        list(columns), index=["year", "month", "line", "raw"], variable_name="column"
    )
    long = long.filter(pl.col("value").is_not_null()).with_columns(
        pl.col("column").replace_strict({c: o for c, (o, _) in columns.items()}).alias("_ours"),
        pl.col("column")
        .replace_strict({c: code for c, (_, code) in columns.items()})
        .alias("_code"),
    )
    long = long.with_columns(resolve(long["_code"], "iso3").alias("state"))
    known = pl.col("state").is_not_null()
    months = long.unique(["_code", "year", "month"], maintain_order=True)
    lost = unknown_states(months, pl.when(~known).then("_code"), sheet.file)
    # A month whose other values are used counts once more for each code that is no state.
    sheet = replace(sheet.losing(lost), rows=sheet.rows + lost.height)
    data = (
        long.filter(known)
        .group_by("state", "year", "month")
        .agg(pl.col("value").filter(pl.col("_ours") == ours).first().alias(ours) for ours in STATE)
    )
    return sheet.layer("gpr_states", "risk", "state", data, CITE_GPR, "M")


# As in `quadrille.sources.layers.cow`; one file holds both.
SIGNATURES: dict[str, tuple[str, ...]] = {"gpr_states": _LAYOUT, "gpr_world": _LAYOUT}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "gpr_states": read_gpr_states,
    "gpr_world": read_gpr_world,
}
