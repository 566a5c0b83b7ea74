"""State-based conflict between two governments: armed conflicts by year and fatal events by month (UCDP).

Of the Uppsala Conflict Data Program only rows with a government on each side are about two states: wars
between states, and those within one that another entered with troops. All others are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.sources.layers.flows import narrow, scan_file
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import Sheet, open_sheet, ordered, resolve_states
from quadrille.states.registry import resolve

__all__ = ["READERS", "SIGNATURES", "read_conflicts", "read_fatal_events"]

DYAD = ["state_a", "state_b", "year"]
# Numbers of Gleditsch and Ward: the parties of each side, then those that came to help with troops.
SIDES = {"a": ("gwno_a", "gwno_a_2nd"), "b": ("gwno_b", "gwno_b_2nd")}
_CONFLICT = ("year", "intensity_level", "type_of_conflict", *SIDES["a"], *SIDES["b"])
_EVENT = ("id", "type_of_violence", "date_start", "date_end", "gwnoa", "gwnob")
# Estimates of deaths, under the names of version 5 and before, and as they are called now.
_OLD = {"best_est": "best", "low_est": "low", "high_est": "high"}
_SIDES = ("deaths_a", "deaths_b", "deaths_civilians")
_NO_OTHER = "no government on the other side"

CITE_CONFLICTS = (
    "Gleditsch, N. P., Wallensteen, P., Eriksson, M., Sollenberg, M. & Strand, H. (2002). Armed conflict "
    "1946–2001: A new dataset. Journal of Peace Research 39(5): 615–637. Dyadic: Harbom, L., Melander, E. & "
    "Wallensteen, P. (2008). Dyadic dimensions of armed conflict, 1946–2007. Journal of Peace Research "
    "45(5): 697–710. Give the version."
)
CITE_GED = (
    "Sundberg, R. & Melander, E. (2013). Introducing the UCDP Georeferenced Event Dataset. Journal of "
    "Peace Research 50(4): 523–532. Give the version."
)


def _numbers(column: str) -> pl.Expr:
    """The numbers of a cell such as ``2, 200, 900``."""
    cells = pl.col(column).cast(pl.String).fill_null("").str.split(",")
    trimmed = cells.list.eval(pl.element().str.strip_chars())
    return trimmed.list.eval(pl.element().filter(pl.element() != ""))


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """``line, side, main, number, state``: each number of a row; state null where it is not known."""
    parts = [
        frame.select("line", side=pl.lit(side), main=pl.lit(main), number=_numbers(column))
        for side, columns in SIDES.items()
        for column, main in zip(columns, (True, False), strict=True)
    ]
    parties = pl.concat(parts).filter(pl.col("number").list.len() > 0).explode("number")
    # A text that is no number is no state.
    number = parties["number"].cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    return parties.with_columns(resolve(number, "gw").alias("state"))


def read_conflicts(path: str | Path) -> Layer:
    """Armed conflicts between governments by year (``ucdp-prio-acd``, ``ucdp-dyadic``).

    Each state of side A with each of side B, those that came to help with troops too, makes a dyad: so a
    conflict within a state that another entered on the rebels' side is one between the two, not
    ``primary``. A row with a government on one side only is skipped; so is a whole row that names a
    state the registry does not know.

    Returns
    -------
    Layer
        ``ucdp_conflicts`` or, of the dyadic file, ``ucdp_dyads``: ``state_a, state_b, year``; Int32:
        ``conflicts`` under way, ``intensity`` (1: 25 to 999 deaths in battle in the year, 2: 1,000 or
        more), of the conflict, in the dyadic file of the two; Boolean: ``primary``, both were parties to
        one of them, ``interstate``, one was a conflict between states; ``numbers`` (String): the
        conflicts or dyads, ``;`` between.
    """
    sheet = open_sheet(
        path, "UCDP conflicts", [("dyad_id", *_CONFLICT), ("conflict_id", *_CONFLICT)]
    )
    name = "ucdp_dyads" if sheet.has("dyad_id") else "ucdp_conflicts"
    key = "dyad_id" if sheet.has("dyad_id") else "conflict_id"
    sheet = sheet.whole(key, between=(1, 9_999_999), what="number of a conflict").years("year")
    sheet = sheet.whole("type_of_conflict", between=(1, 4), what="type of conflict, 1 to 4")
    sheet = sheet.whole("intensity_level", between=(1, 2), what="intensity, 1 or 2")
    here = {
        side: pl.sum_horizontal(_numbers(c).list.len() for c in cs) for side, cs in SIDES.items()
    }
    one_sided = (here["a"] == 0) | (here["b"] == 0)
    sheet = sheet.skip(pl.when(one_sided).then(pl.lit(_NO_OTHER)))
    parties = _placed(sheet.frame)
    lost = parties.filter(pl.col("state").is_null()).unique(
        "line", keep="first", maintain_order=True
    )
    named = sheet.frame.join(
        lost.select("line", "number"), on="line", how="left", maintain_order="left"
    )
    sheet = replace(sheet, frame=named).skip_unknown(pl.col("number"))
    one, two = (
        parties.filter(side=side).select("line", "main", pl.col("state").alias(name))
        for side, name in zip(SIDES, ("_1", "_2"), strict=True)
    )
    met = one.join(two, on="line").filter(pl.col("_1") != pl.col("_2")).join(sheet.frame, on="line")
    within = ~pl.col("line").is_in(met["line"].unique().implode())
    sheet = sheet.skip(pl.when(within).then(pl.lit("within one state")))
    data = (
        ordered(met).group_by(DYAD)
        .agg(
            pl.col(key).n_unique().cast(pl.Int32).alias("conflicts"),
            pl.col("intensity_level").max().alias("intensity"),
            (pl.col("main") & pl.col("main_right")).any().alias("primary"),
            (pl.col("type_of_conflict") == 2).any().alias("interstate"),
            pl.col(key).unique().sort().cast(pl.String).str.join(";").alias("numbers"),
        )
    )  # fmt: skip
    return sheet.layer(name, "disputes", "dyad", data, CITE_CONFLICTS)


def _days(sheet: Sheet, *columns: str) -> Sheet:
    """Columns as days; rows without one rejected."""
    text = {c: pl.col(c).cast(pl.String).fill_null("") for c in columns}
    days = {c: t.str.head(10).str.to_date("%Y-%m-%d", strict=False) for c, t in text.items()}
    reasons = [
        pl.when(days[c].is_null()).then(pl.format(f"{c} is no day ('{{}}')", text[c]))
        for c in columns
    ]  # fmt: skip
    sheet = sheet.reject(pl.coalesce(reasons))
    return replace(sheet, frame=sheet.frame.with_columns(**days))


def read_fatal_events(path: str | Path) -> Layer:
    """Fatal events between two governments by month (``GEDEvent``).

    Takes events of state-based violence with a government's number on each side; all others are
    skipped. An event counts in the month in which it starts.

    Returns
    -------
    Layer
        ``state_a, state_b, year, month`` (Int32); Int32: ``events``, ``dated``, those that surely lie in
        the month; ``best, low, high``: estimates of deaths; ``deaths_a, deaths_b``, of either side's own,
        and ``deaths_civilians``. No row: none recorded.
    """
    layouts = [(*_EVENT, *_SIDES, *_OLD.values()), (*_EVENT, *_SIDES, *_OLD)]
    scan = scan_file(path, "UCDP GED", layouts)
    deaths = [*_SIDES, *(_OLD if scan.has(*_OLD) else _OLD.values())]
    sheet = narrow(scan, [*_EVENT, *deaths])
    sheet = sheet.whole("type_of_violence", between=(1, 3), what="type of violence, 1 to 3")
    sides = [pl.col(c).cast(pl.String).str.strip_chars() for c in ("gwnoa", "gwnob")]
    empty = pl.any_horizontal(s.is_null() | (s == "") for s in sides)
    alone = (pl.col("type_of_violence") != 1) | empty
    sheet = sheet.skip(pl.when(alone).then(pl.lit(_NO_OTHER)))
    sheet = _days(sheet.codes("gwnoa", "gwnob").numbers(*deaths), "date_start", "date_end")
    again = ~pl.col("id").is_first_distinct()
    sheet = sheet.reject(pl.when(again).then(pl.format("event {} appears twice", "id")))
    sheet = resolve_states(sheet, "gw", _1="gwnoa", _2="gwnob")
    return sheet.layer("ucdp_ged", "disputes", "dyad", _monthly(sheet.frame), CITE_GED, "M")


def _monthly(events: pl.DataFrame) -> pl.DataFrame:
    """Events of dyads by month, with their deaths."""
    start, end = pl.col("date_start"), pl.col("date_end")
    within = start.dt.truncate("1mo") == end.dt.truncate("1mo")
    named = events.rename({**_OLD, "deaths_a": "_dead_1", "deaths_b": "_dead_2"}, strict=False)
    when = (
        start.dt.year().alias("year"), start.dt.month().cast(pl.Int32).alias("month"),
    )  # fmt: skip
    return (
        ordered(named, deaths=("_dead_1", "_dead_2"))
        .group_by("state_a", "state_b", *when)
        .agg(
            pl.len().cast(pl.Int32).alias("events"),
            within.sum().cast(pl.Int32).alias("dated"),
            pl.col(*_OLD.values(), *_SIDES).sum().cast(pl.Int32),
        )
    )


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "ucdp_conflicts": ("conflict_id", *_CONFLICT),
    "ucdp_dyads": ("dyad_id", *_CONFLICT),
    "ucdp_ged": (*_EVENT, "best"),
    "ucdp_ged:5": (*_EVENT, "best_est"),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "ucdp_conflicts": read_conflicts,
    "ucdp_dyads": read_conflicts,
    "ucdp_ged": read_fatal_events,
}
