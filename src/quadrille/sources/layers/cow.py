"""Correlates of War and ATOP: membership, capabilities, trade, contiguity, shared IGOs, alliances.

Each reader takes the publisher's CSV, or a Parquet file with the same columns; the case of column
names does not matter. Published codes for "missing" (-9, -8) become null. Two codes of one state of
the registry (255 and 260 are both ``DEU``, 678 and 679 both ``YEM``) meet in a few years; each reader
says what it then does. Militarized disputes and rivalries are in `quadrille.sources.layers.disputes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import Sheet, open_sheet, ordered, resolve_states, yearly
from quadrille.sources.table import REJECTED
from quadrille.states.registry import all_states

__all__ = [
    "READERS",
    "SIGNATURES",
    "read_atop",
    "read_capabilities",
    "read_contiguity",
    "read_igos",
    "read_state_trade",
    "read_states",
]

PLEDGES = ("defense", "offense", "neutral", "nonagg", "consul")
INDICATORS = ("milex", "milper", "irst", "pec", "tpop", "upop", "cinc")
_IGO_KEYS = {
    "dyadid", "ccode1", "ccode2", "year", "country1", "country2", "state1", "state2", "version",
}  # fmt: skip

CITE_STATES = (
    "Correlates of War Project (2017). State System Membership List, v2016. "
    "https://correlatesofwar.org"
)
CITE_NMC = (
    "Singer, J. D., Bremer, S. & Stuckey, J. (1972). Capability distribution, uncertainty, and major "
    "power war, 1820–1965. In B. Russett (ed.), Peace, War, and Numbers, 19–48. Sage. "
    "Singer, J. D. (1987). Reconstructing the Correlates of War dataset on material capabilities of "
    "states, 1816–1985. International Interactions 14(2): 115–132. Give the version used."
)
CITE_TRADE = (
    "Barbieri, K., Keshk, O. M. G. & Pollins, B. (2009). Trading data: Evaluating our assumptions and "
    "coding rules. Conflict Management and Peace Science 26(5): 471–491. Barbieri, K. & Keshk, "
    "O. M. G. (2016). Correlates of War Project Trade Data Set Codebook, Version 4.0."
)
CITE_CONTIGUITY = (
    "Stinnett, D. M., Tir, J., Schafer, P., Diehl, P. F. & Gochman, C. (2002). The Correlates of War "
    "Project direct contiguity data, version 3. Conflict Management and Peace Science 19(2): 58–66."
)
CITE_IGO = (
    "Pevehouse, J. C. W., Nordstrom, T., McManus, R. W. & Jamison, A. S. (2020). Tracking "
    "organizations in the world: The Correlates of War IGO Version 3.0 datasets. Journal of Peace "
    "Research 57(3): 492–503. https://doi.org/10.1177/0022343319881175"
)
CITE_ATOP = (
    "Leeds, B. A., Ritter, J. M., Mitchell, S. M. & Long, A. G. (2002). Alliance Treaty Obligations "
    "and Provisions, 1815–1944. International Interactions 28(3): 237–260."
)


def _one_code(sheet: Sheet, values: Sequence[str]) -> Sheet:
    """One row a state and year: one that says something, then that of the code now in use."""
    current = {s.iso3: s.cow for s in all_states() if s.cow}
    own = pl.col("ccode") == pl.col("state").replace_strict(
        current, default=None, return_dtype=pl.Int32
    )
    says = pl.any_horizontal(pl.col(*values).is_not_null())
    frame = sheet.frame.with_columns(_says=says, _own=own.fill_null(False)).sort(
        "_says", "_own", "line", descending=[True, True, False]
    )
    again = ~pl.struct("state", "year").is_first_distinct()
    reason = pl.when(again).then(
        pl.format("{} {} appears twice, here under {}", "state", "year", "ccode")
    )
    return replace(sheet, frame=frame.drop("_says", "_own")).reject(reason)


def read_states(path: str | Path) -> Layer:
    """State system membership: who was a state, year by year.

    Takes the spells (``states2016.csv``) or the state-years (``system2016.csv``). Spells of a state
    that fall in one year, under one code or two, make one row.

    Returns
    -------
    Layer
        ``state, year``; ``cow`` (Int32: its number, at the end of the year), ``days`` (Int32: days of
        the year in the system; null where the file has years only).
    """
    spells = ("ccode", "styear", "stmonth", "stday", "endyear", "endmonth", "endday")
    sheet = open_sheet(path, "state system", [spells, ("stateabb", "ccode", "year")])
    dated = sheet.has(*spells)
    sheet = sheet.codes("ccode")
    sheet = _spells(sheet) if dated else sheet.years("year")
    sheet = resolve_states(sheet, state="ccode")
    rows = sheet.frame
    if dated:
        january, december = pl.date(pl.col("year"), 1, 1), pl.date(pl.col("year"), 12, 31)
        last = pl.min_horizontal("_last", december)
        days = (last - pl.max_horizontal("_first", january)).dt.total_days() + 1
        rows = yearly(rows, "styear", "endyear").with_columns(days=days.cast(pl.Int32))
    else:
        rows = rows.with_columns(days=pl.lit(None, pl.Int32), _first=pl.col("ccode"))
    data = rows.group_by("state", "year").agg(
        pl.col("ccode").sort_by("_first").last().alias("cow"),
        pl.when(pl.col("days").is_not_null().any()).then(pl.col("days").sum()).first(),
    )
    return sheet.layer("cow_states", "membership", "state", data, CITE_STATES)


def _spells(sheet: Sheet) -> Sheet:
    """Add the first and the last day, ``_first`` and ``_last``."""
    sheet = sheet.years("styear", "endyear")
    sheet = sheet.whole("stmonth", "endmonth", between=(1, 12), what="month")
    sheet = sheet.whole("stday", "endday", between=(1, 31), what="day")

    def text(*parts: str) -> pl.Expr:
        return pl.concat_str([pl.col(p).cast(pl.String).str.zfill(2) for p in parts], separator="-")

    begun = text("styear", "stmonth", "stday")
    ended = text("endyear", "endmonth", "endday")
    frame = sheet.frame.with_columns(
        _first=begun.str.to_date("%Y-%m-%d", strict=False),
        _last=ended.str.to_date("%Y-%m-%d", strict=False),
    )
    first, last = pl.col("_first"), pl.col("_last")
    return replace(sheet, frame=frame).reject(
        pl.when(first.is_null())
        .then(pl.format("no such day in the calendar ('{}')", begun))
        .when(last.is_null())
        .then(pl.format("no such day in the calendar ('{}')", ended))
        .when(first > last)
        .then(pl.format("it ends ({}) before it starts ({})", last, first))
    )


def read_capabilities(path: str | Path) -> Layer:
    r"""National Material Capabilities.

    The published index is, of state *i* in year *t*, the mean of its shares in the world totals of
    those of the six indicators that are not missing,
    :math:`\mathrm{CINC}_{it} = |K_{it}|^{-1}\sum_{k \in K_{it}} x_{ikt} / \sum_j x_{jkt}` (Singer,
    Bremer & Stuckey 1972), so that it can add up to more than 1 over the states of a year.

    Of two codes of one state in a year the row that holds anything stands, then that of the code now
    in use (255, 679); the other is rejected, its people and arms with it. East Germany and
    South Yemen are states of their own. No value is made up or carried over.

    Returns
    -------
    Layer
        ``state, year``; Float64: ``milex`` (thousands of current USD; of pounds before 1914),
        ``milper`` (thousands), ``irst`` (thousand tons), ``pec`` (thousand tons of coal), ``tpop``
        and ``upop`` (thousands), ``cinc`` (0 to 1).
    """
    sheet = open_sheet(path, "capabilities", [("ccode", "year", *INDICATORS)])
    sheet = sheet.codes("ccode").years("year").numbers(*INDICATORS)
    sheet = resolve_states(sheet, state="ccode")
    sheet = _one_code(sheet, INDICATORS)
    data = sheet.frame.select("state", "year", *INDICATORS)
    return sheet.layer("cow_capabilities", "capabilities", "state", data, CITE_NMC)


def read_state_trade(path: str | Path) -> Layer:
    """Total imports and exports of each state (``National_COW``).

    Of two codes of one state in a year the row that holds anything stands, then that of the code now
    in use; the other is rejected.

    Returns
    -------
    Layer
        ``state, year``; ``imports``, ``exports`` (Float64, millions of current USD).
    """
    values = ("imports", "exports")
    sheet = open_sheet(path, "state trade", [("ccode", "year", *values)])
    sheet = sheet.codes("ccode").years("year").numbers(*values)
    sheet = resolve_states(sheet, state="ccode")
    sheet = _one_code(sheet, values)
    data = sheet.frame.select("state", "year", *values)
    return sheet.layer("cow_state_trade", "trade", "state", data, CITE_TRADE)


def read_contiguity(path: str | Path) -> Layer:
    """Direct contiguity: ``contdird.csv`` or ``contdir.csv``, or spells dated by day.

    A spell counts in every year it touches. Where a dyad has several types in a year (both orders,
    two codes, a change within the year), the closest stands, 0 only where there is no other.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; ``contiguity`` (Int8): 1 by land, 2 to 5 across at most 12, 24,
        150, 400 miles of water, 0 farther, where the file lists such dyads. No row: not listed.
    """
    layouts = [
        ("state1no", "state2no", "year", "conttype"),
        ("statelno", "statehno", "conttype", "begin", "end"),
        ("ccode1", "ccode2", "conttype", "stdate", "enddate"),
    ]
    sheet = open_sheet(path, "contiguity", layouts)
    one, two, *_ = layout = next(found for found in layouts if sheet.has(*found))
    sheet = sheet.codes(one, two).whole("conttype", between=(0, 5), what="contiguity, 0 to 5")
    if "year" in layout:
        sheet = sheet.years("year")
        first = last = "year"
    else:
        first, last = layout[3:]
        heads = (pl.col(c).cast(pl.String).str.strip_chars().str.head(4) for c in (first, last))
        sheet = replace(sheet, frame=sheet.frame.with_columns(heads)).spells(first, last)
    sheet = resolve_states(sheet, _1=one, _2=two)
    rows = ordered(yearly(sheet.frame, first, last))
    near = pl.col("conttype").replace(0, 9).min().replace(9, 0).cast(pl.Int8)
    data = rows.group_by("state_a", "state_b", "year").agg(near.alias("contiguity"))
    return sheet.layer("cow_contiguity", "contiguity", "dyad", data, CITE_CONTIGUITY)


def read_igos(path: str | Path) -> Layer:
    """Shared memberships in intergovernmental organisations, dyad by year.

    Takes the dyadic file, one column an organisation (1 is joint full membership, 0 none, -1 a state
    not in the system, -9 missing), or a table with their count, ``dyadigos``. Where both orders or
    two codes of a state stand in a year, the largest count stands.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; ``igos`` (Int32): organisations of which both are full members,
        null where nothing is known of any.
    """
    keys = ("ccode1", "ccode2", "year")
    sheet = open_sheet(path, "IGOs", [(*keys, "dyadigos"), keys])
    sheet = sheet.codes("ccode1", "ccode2").years("year")
    if sheet.has("dyadigos"):
        sheet = sheet.numbers("dyadigos")
        sheet = replace(sheet, frame=sheet.frame.rename({"dyadigos": "_igos"}))
    else:
        sheet = _counted(sheet)
    sheet = resolve_states(sheet, _1="ccode1", _2="ccode2")
    data = (
        ordered(sheet.frame)
        .group_by("state_a", "state_b", "year")
        .agg(pl.col("_igos").max().cast(pl.Int32).alias("igos"))
    )
    return sheet.layer("cow_igos", "institutions", "dyad", data, CITE_IGO)


def _counted(sheet: Sheet) -> Sheet:
    """Add ``_igos``, the number of columns that hold 1."""
    names = [c for c in sheet.frame.columns if c not in {*_IGO_KEYS, "line", "raw"}]
    if not names:
        raise FileFormatError(
            f"{sheet.file}: line 1: no organisations; expected a column for each, or 'dyadigos'"
        )
    none = pl.DataFrame(schema=REJECTED)
    # In parts: the file has over 500 organisations, and a million rows.
    parts = [
        _count(replace(sheet, frame=part, rejected=none), names)
        for part in sheet.frame.iter_slices(50_000)
    ] or [_count(replace(sheet, rejected=none), names)]
    lost = pl.concat([sheet.rejected, *(p.rejected for p in parts)])
    return replace(sheet, frame=pl.concat([p.frame for p in parts]), rejected=lost)


def _count(sheet: Sheet, names: list[str]) -> Sheet:
    sheet = sheet.numbers(*names, floor=-1)
    known = pl.any_horizontal(pl.col(n) >= 0 for n in names)
    count = pl.sum_horizontal((pl.col(n) == 1).cast(pl.Int32) for n in names)
    frame = sheet.frame.with_columns(_igos=pl.when(known).then(count))
    return replace(sheet, frame=frame.drop(names))


def read_atop(path: str | Path) -> Layer:
    """Alliance obligations (ATOP), from dyad-years or directed dyad-years.

    A pledge counts where either state owes it to the other; under two codes of one state, where
    either code does.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; Boolean: ``defense, offense, neutral, nonagg, consul``, null where
        not known; ``one_sided``: some pledge is owed one way only, null where the file has one order.
    """
    plain = ("year", *PLEDGES)
    layouts = [
        ("ccode1", "ccode2", "year", *(f"atop_{p}" for p in PLEDGES)),
        *((*ends, *plain) for ends in (("statea", "stateb"), ("mem1", "mem2"), ("ccode1", "ccode2"))),
    ]  # fmt: skip
    sheet = open_sheet(path, "ATOP", layouts)
    layout = next(found for found in layouts if sheet.has(*found))
    one, two, _, *pledges = layout
    sheet = sheet.codes(one, two).years("year").numbers(*pledges)
    sheet = resolve_states(sheet, _1=one, _2=two)
    names = dict(zip(pledges, PLEDGES, strict=True))
    dyad = ["state_a", "state_b", "year"]
    owed = (
        ordered(sheet.frame)
        .group_by(*dyad, (pl.col("_1") > pl.col("_2")).alias("_back"))
        .agg((pl.col(c).max() > 0).alias(p) for c, p in names.items())
    )
    data = owed.group_by(dyad).agg(
        *(pl.col(p).max() for p in PLEDGES),
        pl.when(pl.len() == 2)
        .then(pl.any_horizontal(pl.col(p).max() != pl.col(p).min() for p in PLEDGES))
        .alias("one_sided"),
    )
    return sheet.layer("atop", "alliance", "dyad", data, CITE_ATOP)


# A layout by the columns that tell it, in lower case; the first whose columns are all there is it.
# After a colon: which of several layouts of the same layer.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "cow_capabilities": ("ccode", "year", "milex", "milper", "irst", "pec", "tpop", "upop", "cinc"),
    "cow_state_trade": ("ccode", "year", "imports", "exports"),
    "cow_contiguity": ("state1no", "state2no", "year", "conttype"),
    "cow_contiguity:spells": ("statelno", "statehno", "conttype", "begin", "end"),
    "cow_contiguity:dated": ("ccode1", "ccode2", "conttype", "stdate", "enddate"),
    "cow_igos": ("dyadid", "ccode1", "country1", "ccode2", "country2", "year"),
    "cow_igos:counts": ("ccode1", "ccode2", "year", "dyadigos"),
    "atop": ("statea", "stateb", "year", "atopally", "defense", "offense", "nonagg"),
    "atop:dyads": ("mem1", "mem2", "year", "defense", "offense", "neutral", "nonagg"),
    "atop:flags": ("ccode1", "ccode2", "year", "atop_defense", "atop_offense", "atop_nonagg"),
    "cow_states": ("stateabb", "ccode", "styear", "stmonth", "stday", "endyear"),
    "cow_states:years": ("stateabb", "ccode", "year", "version"),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "cow_capabilities": read_capabilities,
    "cow_state_trade": read_state_trade,
    "cow_contiguity": read_contiguity,
    "cow_igos": read_igos,
    "atop": read_atop,
    "cow_states": read_states,
}
