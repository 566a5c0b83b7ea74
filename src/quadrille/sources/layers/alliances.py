"""Formal alliances of the Correlates of War, by member, by dyad or by directed dyad.

Files of version 4.1, ``alliance_v4.1_by_*.csv``: spells with an open end where the alliance outlived
the data, or, in the ``_yearly`` files, a row a year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import (
    Sheet,
    alone,
    open_sheet,
    ordered,
    pairs,
    resolve_states,
    yearly,
)

__all__ = ["READERS", "SIGNATURES", "read_alliances"]

# The name in the files of each of our own.
PLEDGES = {
    "defense": "defense", "neutral": "neutrality", "nonagg": "nonaggression", "entente": "entente",
}  # fmt: skip
DYAD = ["state_a", "state_b", "year"]
# The last year of version 4.1: an open end lasts until then.
LAST_YEAR = 2012
_SIGNS = ("version4id", "left_censor", "right_censor", *PLEDGES.values())

CITE_ALLIANCES = (
    "Gibler, D. M. (2009). International Military Alliances, 1648–2008. CQ Press. Singer, J. D. & "
    "Small, M. (1966). Formal alliances, 1815–1939. Journal of Peace Research 3(1): 1–31. Correlates "
    "of War Formal Alliances v4.1; give the version."
)


def _spells(sheet: Sheet, unit: str) -> Sheet:
    """Add ``_from`` and ``_to``, the years of a row, ``_since``, of the whole spell, and ``_open``."""
    first, last = f"{unit}_st_year", f"{unit}_end_year"
    sheet = sheet.years(first).numbers(last, "left_censor", "right_censor")
    still = pl.col("right_censor") == 1
    open_end = pl.when(pl.col(last).is_null() & still).then(LAST_YEAR)
    frame = sheet.frame.with_columns(_to=pl.coalesce(last, open_end), _open=still.fill_null(False))
    sheet = replace(sheet, frame=frame.with_columns(_from=first, _since=first))
    if sheet.has("year"):
        own = replace(sheet, frame=sheet.frame.with_columns(pl.col("year").alias("_to")))
        sheet = own.years("_to")
        return replace(sheet, frame=sheet.frame.with_columns(_from="_to"))
    endless = pl.when(pl.col("_to").is_null())
    sheet = sheet.reject(endless.then(pl.lit("it has no end, and right_censor is not 1")))
    return sheet.spells("_from", "_to")


def _of_members(sheet: Sheet) -> tuple[Sheet, pl.DataFrame]:
    """Dyads of a file of members: every two of an alliance, while both were in it."""
    sheet = _spells(sheet.codes("ccode"), "mem")
    sheet = resolve_states(sheet, state="ccode")
    taken = sheet.frame.select(
        "version4id", "state", "line", "_from", "_to", "_since", "_open", *PLEDGES.values()
    )
    # Of yearly files only rows of one year can meet.
    on = ["version4id", *(["year"] if sheet.has("year") else [])]
    taken = taken.with_columns(year="_from") if sheet.has("year") else taken
    met = pairs(taken, on, "_from", "_to")
    lonely = pl.format("no known partner at the time (alliance {})", "version4id")
    sheet = sheet.skip(pl.when(alone(met)).then(lonely))
    differ = pl.any_horizontal(pl.col(p) != pl.col(f"{p}_2") for p in PLEDGES.values())
    return sheet, met.select(
        *("_1", "_2", "version4id"),
        *(pl.max_horizontal(p, f"{p}_2").alias(p) for p in PLEDGES.values()),
        _from="_first",
        _to="_last",
        _since=pl.max_horizontal("_since", "_since_2"),
        _open=pl.col("_open") & pl.col("_open_2"),
        _asymmetric=differ,
    )


def _of_dyads(sheet: Sheet) -> tuple[Sheet, pl.DataFrame]:
    sheet = _spells(sheet.codes("ccode1", "ccode2"), "dyad")
    asymmetric = pl.lit(None, pl.Boolean)
    if sheet.has("asymmetric"):
        sheet = sheet.numbers("asymmetric")
        asymmetric = pl.col("asymmetric") > 0
    sheet = resolve_states(sheet, _1="ccode1", _2="ccode2")
    return sheet, sheet.frame.with_columns(_asymmetric=asymmetric)


def _one_sided() -> pl.Expr:
    """Whether a pledge is owed one way only: as the file says, else where it has both orders."""
    said, back = pl.col("_asymmetric"), pl.col("_1") > pl.col("_2")
    ways = [(pl.col(c).filter(back).max(), pl.col(c).filter(~back).max()) for c in PLEDGES.values()]
    apart = pl.any_horizontal((one > 0) != (two > 0) for one, two in ways)
    return pl.when(said.is_not_null().any()).then(said.any()).when(back.n_unique() == 2).then(apart)


def read_alliances(path: str | Path) -> Layer:
    """Formal alliances of the Correlates of War, version 4.1.

    Takes any of the six files: members (``ccode``), dyads or directed dyads (``ccode1, ccode2``), as
    spells or year by year. A spell counts in every year it touches; one with no end and
    ``right_censor`` 1 lasts to 2012, where the data stop; one with no end and no such mark is
    rejected. A yearly file is taken at its word, year by year. Of members every two of an alliance make
    a dyad in the years in which both were in it, which takes more dyads than the dyadic files, whose
    coders looked at each. A pledge counts where either owes it to the other, in any alliance.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; Boolean: ``defense, neutral, nonagg, entente``, null where not
        known; ``one_sided``: not all pledges are owed both ways, null where the file cannot say;
        ``alliances`` (Int32) between the two; ``since`` (Int32): first year of the oldest; ``open``
        (Boolean): one of them was in force when the data stopped. No row: no alliance.
    """
    members = ("ccode", "mem_st_year", "mem_end_year", *_SIGNS)
    dyads = ("ccode1", "ccode2", "dyad_st_year", "dyad_end_year", *_SIGNS)
    sheet = open_sheet(path, "alliances", [members, dyads])
    sheet = sheet.whole("version4id", between=(0, 99_999), what="number of an alliance")
    sheet = sheet.numbers(*PLEDGES.values())
    sheet, rows = _of_members(sheet) if sheet.has(*members) else _of_dyads(sheet)
    rows = yearly(ordered(rows).drop("year", strict=False), "_from", "_to")
    data = rows.group_by(DYAD).agg(
        *((pl.col(c).max() > 0).alias(p) for p, c in PLEDGES.items()),
        _one_sided().alias("one_sided"),
        pl.col("version4id").n_unique().cast(pl.Int32).alias("alliances"),
        pl.col("_since").min().cast(pl.Int32).alias("since"),
        pl.col("_open").any().alias("open"),
    )
    return sheet.layer("cow_alliances", "alliance", "dyad", data, CITE_ALLIANCES)


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "cow_alliances": ("ccode", "mem_st_year", "mem_end_year", *_SIGNS),
    "cow_alliances:dyads": ("ccode1", "ccode2", "dyad_st_year", "dyad_end_year", *_SIGNS),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {"cow_alliances": read_alliances}
