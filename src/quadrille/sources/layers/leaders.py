"""Leaders of states and when they changed, by month: Archigos, and the lists of REIGN.

Spells of a leader's time in office become months. No row means that the list does not cover the state then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import Sheet, open_sheet, resolve_states, yearly

__all__ = ["READERS", "SIGNATURES", "read_archigos", "read_reign"]

_MONTH = ["state", "year", "month"]
_SPELLS = ("leader", "startdate", "enddate", "entry", "exit")
_ARCHIGOS = tuple((code, *_SPELLS) for code in ("ccode", "gwcode"))
_LIST = ("ccode", "leader", "sdate", "smonth", "syear", "emonth", "eyear")
_MONTHS = ("ccode", "leader", "year", "month", "tenure_months")
# In the yearly file a spell goes on from the last year, or into the next.
_GOES_ON = ("(p_year)", "(n_year)")
_ENTRIES = ("Regular", "Irregular", "Foreign Imposition", "Unknown", _GOES_ON[0])

CITE_ARCHIGOS = (
    "Goemans, H. E., Gleditsch, K. S. & Chiozza, G. (2009). Introducing Archigos: A dataset of political "
    "leaders. Journal of Peace Research 46(2): 269–283. Give the version."
)
CITE_REIGN = (
    "Bell, C. (2016). The Rulers, Elections, and Irregular Governance Dataset (REIGN). One Earth Future "
    "Foundation. Give the month of the file."
)


def _counted(day: pl.Expr) -> pl.Expr:
    """Months since the year 0, so that spells of them are whole numbers."""
    return (day.dt.year().cast(pl.Int32) * 12 + day.dt.month().cast(pl.Int32) - 1).cast(pl.Int32)


def _monthly(spells: pl.DataFrame) -> pl.DataFrame:
    """One row a state and month, from spells.

    Parameters
    ----------
    spells : polars.DataFrame
        ``state, leader, line``; ``_start, _end, _since`` (Date), and Booleans: ``_enters``, ``_irregular``,
        ``_foreign``, how; ``_removed``, out of office against the rules.
    """
    spans = spells.with_columns(_from=_counted(pl.col("_start")), _to=_counted(pl.col("_end")))
    months = yearly(spans.drop("year", "month", strict=False), "_from", "_to").rename(
        {"year": "_m"}
    )
    first = pl.col("_enters") & (pl.col("_m") == pl.col("_from"))
    last = pl.col("_m") == pl.col("_to")
    ends = pl.date(pl.col("_m") // 12, pl.col("_m") % 12 + 1, 1).dt.month_end()
    stays = pl.col("_end") >= ends
    return (
        months.with_columns(
            year=pl.col("_m") // 12, month=(pl.col("_m") % 12 + 1).cast(pl.Int32),
            _in=first, _irregular=first & pl.col("_irregular"), _foreign=first & pl.col("_foreign"),
            _out=last & pl.col("_removed"), _who=pl.when(stays).then("leader"),
            _since=pl.when(stays).then("_since"),
        )
        .sort("_start", "line")
        .group_by(_MONTH, maintain_order=True)
        .agg(
            pl.col("_who", "_since").last().name.map(lambda c: {"_who": "leader"}.get(c, "since")),
            pl.col("_in").sum().cast(pl.Int32).alias("changes"),
            *(
                pl.col(c).sum().cast(pl.Int32).alias(n)
                for c, n in (("_irregular", "irregular"), ("_foreign", "foreign"), ("_out", "removed"))
            ),
        )
    )  # fmt: skip


def _dated(sheet: Sheet) -> Sheet:
    """Add ``_start`` and ``_end``."""
    days = {c: pl.col(c).cast(pl.String).str.strip_chars() for c in ("startdate", "enddate")}
    found = {c: text.str.head(10).str.to_date("%Y-%m-%d", strict=False) for c, text in days.items()}
    reasons = [
        pl.when(found[c].is_null()).then(pl.format(f"{c} is no day ('{{}}')", text.fill_null("")))
        for c, text in days.items()
    ]
    sheet = sheet.reject(pl.coalesce(reasons))
    named = sheet.frame.with_columns(_start=found["startdate"], _end=found["enddate"])
    return replace(sheet, frame=named)


def _in_order(sheet: Sheet) -> Sheet:
    early = pl.when(pl.col("_start") > pl.col("_end"))
    why = pl.format("it ends ({}) before it starts ({})", "_end", "_start")
    return sheet.reject(early.then(why))


def read_archigos(path: str | Path) -> Layer:
    """Leaders and their changes by month (Archigos 4.1, spells or the yearly file).

    States are on numbers of Gleditsch and Ward. A leader still in office when the list stops is one until
    its last day.

    Returns
    -------
    Layer
        ``state, year, month`` (Int32); ``leader`` (String) at the end of the month, and ``since`` (Date), both
        null in an interregnum; Int32: ``changes``, leaders who entered in the month; of them ``irregular``
        (against the rules of the state) and ``foreign`` (imposed by another state); ``removed``, leaders
        put out in the month against the rules or by another state.
    """
    sheet = open_sheet(path, "leaders", _ARCHIGOS)
    code = "ccode" if sheet.has("ccode") else "gwcode"
    sheet = _in_order(_dated(sheet.codes(code)))
    entry, way_out = (pl.col(c).cast(pl.String).str.strip_chars() for c in ("entry", "exit"))
    unknown = pl.when(~entry.is_in(list(_ENTRIES)).fill_null(False))
    sheet = sheet.reject(
        unknown.then(pl.format("entry is no way into office ('{}')", entry.fill_null("")))
    )
    sheet = resolve_states(sheet, "gw", state=code)
    # Of the yearly file the rows of one spell bear one number.
    since = pl.col("_start").min().over("obsid") if sheet.has("obsid") else pl.col("_start")
    spells = sheet.frame.with_columns(
        _since=since, _enters=entry != _GOES_ON[0], _irregular=entry == "Irregular",
        _foreign=entry == "Foreign Imposition", _removed=way_out.is_in(["Irregular", "Foreign"]),
    )  # fmt: skip
    return sheet.layer("archigos", "leaders", "state", _monthly(spells), CITE_ARCHIGOS, "M")


def read_reign(path: str | Path) -> Layer:
    """Leaders and their changes by month, of REIGN: the list of leaders or the months.

    States are on COW numbers. A leader with no end is in office in the last month of the list. How they came
    and went is not in these files.

    Returns
    -------
    Layer
        As of `read_archigos`; ``irregular``, ``foreign`` and ``removed`` are null.
    """
    sheet = open_sheet(path, "leaders", [_LIST, _MONTHS])
    sheet = _listed(sheet) if sheet.has(*_LIST) else _leader_months(sheet)
    sheet = resolve_states(sheet, state="ccode")
    how = {c: pl.lit(False) for c in ("_irregular", "_foreign", "_removed")}
    months = _monthly(sheet.frame.with_columns(**how))
    none = [pl.lit(None, pl.Int32).alias(c) for c in ("irregular", "foreign", "removed")]
    return sheet.layer("reign", "leaders", "state", months.with_columns(none), CITE_REIGN, "M")


def _listed(sheet: Sheet) -> Sheet:
    """Spells of the list of leaders; of the day of the end nothing is known."""
    sheet = sheet.codes("ccode").years("syear")
    sheet = sheet.whole("smonth", between=(1, 12), what="month").numbers("sdate", "emonth", "eyear")
    text = pl.format("{}-{}-{}", "syear", "smonth", pl.col("sdate").cast(pl.Int32))
    start = pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False), pl.date("syear", "smonth", 1))
    end = pl.date("eyear", "emonth", 1).dt.month_end()
    dated = sheet.frame.with_columns(_start=start, _end=end)
    stops = pl.max_horizontal(pl.col("_start").max(), pl.col("_end").max()).dt.month_end()
    still = dated.with_columns(
        _end=pl.col("_end").fill_null(stops), _since="_start", _enters=pl.lit(True)
    )
    return _in_order(replace(sheet, frame=still))


def _leader_months(sheet: Sheet) -> Sheet:
    """A spell for each month; a leader enters where the one of the month before was another."""
    sheet = sheet.codes("ccode").years("year").whole("month", between=(1, 12), what="month")
    begins = pl.date("year", "month", 1)
    rows = sheet.frame.sort("ccode", "year", "month", "line")
    before = pl.col("leader").shift().over("ccode")
    enters = before.is_not_null() & (before != pl.col("leader"))
    spells = rows.with_columns(_start=begins, _end=begins.dt.month_end(), _enters=enters)
    # The day of the beginning is not in these files.
    return replace(sheet, frame=spells.with_columns(_since=pl.lit(None, pl.Date)))


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "archigos": ("leadid", *_ARCHIGOS[0]),
    "archigos:gw": ("leadid", *_ARCHIGOS[1]),
    "reign": _LIST,
    "reign:months": _MONTHS,
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "archigos": read_archigos,
    "reign": read_reign,
}
