"""Militarized disputes and rivalries: Correlates of War, Gibler–Miller–Little, strategic rivalries.

Disputes by year, their incidents by month, lists of rivalries. All layers are undirected, ``state_a <
state_b``. No row means that the list names no dispute, or no
rivalry, between two states; it does not mean that both were there to have one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

__all__ = [
    "READERS",
    "SIGNATURES",
    "read_disputes",
    "read_gml",
    "read_incidents",
    "read_mids",
    "read_rivalries",
]

KINDS = ("positional", "spatial", "ideological", "interventionary")
DYAD = ["state_a", "state_b", "year"]
# Column of a layout for each of our own; then, by side: hostility, fatality, highest action.
Layout = tuple[tuple[str, str, str, str], tuple[tuple[str, str], ...]]
_SIDES = (("hostlev1", "hostlev2"), ("fatality1", "fatality2"), ("hiact1", "hiact2"))
_DIRECTED: tuple[str, str, str] = ("ccode1", "ccode2", "year")
_DYADIC: Layout = (
    ("disno", "statea", "stateb", "year"),
    (("hihosta", "hihostb"), ("fatleva", "fatlevb"), ("highmcaa", "highmcab")),
)
_MIDB = ("ccode", "sidea", "styear", "endyear", "hostlev", "fatality", "hiact")

CITE_MID = (
    "Palmer, G., McManus, R. W., D'Orazio, V., Kenwick, M. R., Karstens, M., Bloch, C., Dietrich, N., "
    "Kahn, K., Ritter, K. & Soules, M. J. (2022). The MID5 dataset, 2011–2014: Procedures, coding "
    "rules, and description. Conflict Management and Peace Science 39(4): 470–482. Dyadic file: Maoz, "
    "Z., Johnson, P. L., Kaplan, J., Ogunkoya, F. & Shreve, A. P. (2019). The dyadic militarized "
    "interstate disputes (MIDs) dataset version 3.0. Journal of Conflict Resolution 63(3): 811–835."
)
CITE_GML = (
    "Gibler, D. M., Miller, S. V. & Little, E. K. (2016). An analysis of the Militarized Interstate "
    "Dispute (MID) dataset, 1816–2001. International Studies Quarterly 60(4): 719–730."
)
CITE_TD = "Thompson, W. R. & Dreyer, D. R. (2012). Handbook of International Rivalries, 1494–2010. CQ Press."
CITE_TSS = (
    "Thompson, W. R., Sakuwa, K. & Suhas, P. H. (2021). Analyzing Strategic Rivalries in World "
    "Politics: Types of Rivalry, Regional Variation, and Escalation/De-escalation. Springer."
)
CITE_KGD = (
    "Klein, J. P., Goertz, G. & Diehl, P. F. (2006). The new rivalry dataset: Procedures and "
    "patterns. Journal of Peace Research 43(3): 331–348."
)
CITE_MONTHLY = (
    "disputes_monthly_peace_scale: spells of disputes between states by month, on Correlates of War "
    "numbers; the file names no author, so cite whoever gave it to you."
)


def _layout(onset: str | None, number: str) -> tuple[Layout, pl.Expr]:
    """Where a dyad-year file keeps what, and whether the dispute began that year."""
    if onset:
        return ((number, *_DIRECTED), _SIDES), pl.col(onset) > 0
    return _DYADIC, pl.col("year") == pl.col("strtyr")


def _dyad_years(
    rows: pl.DataFrame,
    sides: Sequence[tuple[str, str]],
    keys: Sequence[str] = DYAD,
    what: str = "disputes",
) -> pl.DataFrame:
    """Collapse ``_1, _2``, the time, ``_number, _onset`` and the sides: first to disputes, then by time."""
    named = dict(zip(("hostility", "fatality", "action"), sides, strict=True))
    ends = [f"{name}_{side}" for name in named for side in "ab"]
    each = (
        ordered(rows, **named)
        .group_by(*keys, "_number")
        .agg(pl.col("_onset").any(), pl.col(ends).max().cast(pl.Int32))
    )
    return (
        each.group_by(keys)
        .agg(
            pl.len().cast(pl.Int32).alias(what),
            pl.col("_onset").sum().cast(pl.Int32).alias("onsets"),
            pl.col(ends).max(),
            pl.col("_number").sort().cast(pl.String).str.join(";").alias("numbers"),
        )
        .with_columns(pl.max_horizontal(f"{n}_a", f"{n}_b").alias(n) for n in named)
        .select(
            *keys, what, "onsets",
            *(f"{n}{end}" for n in named for end in ("", "_a", "_b")), "numbers",
        )
    )  # fmt: skip


def _dyadic(sheet: Sheet, onset: str | None, number: str) -> tuple[Sheet, pl.DataFrame]:
    ((dispute, one, two, year), sides), began = _layout(onset, number)
    sheet = sheet.whole(dispute, between=(0, 9_999_999), what="number of a dispute")
    sheet = sheet.codes(one, two).years(year)
    sheet = sheet.numbers(*(c for pair in sides for c in pair))
    sheet = sheet.numbers(onset or "strtyr")
    sheet = resolve_states(sheet, _1=one, _2=two)
    rows = sheet.frame.with_columns(pl.col(dispute).alias("_number"), began.alias("_onset"))
    return sheet, _dyad_years(rows, sides)


def _participants(sheet: Sheet, number: str) -> tuple[Sheet, pl.DataFrame]:
    """Dyads of a file of participants: each with each of the other side, while both were in it."""
    sheet = sheet.whole(number, between=(0, 9_999_999), what="number of a dispute")
    sheet = sheet.codes("ccode").years("styear", "endyear")
    sheet = sheet.whole("sidea", between=(0, 1), what="side, 0 or 1")
    sheet = sheet.numbers("hostlev", "fatality", "hiact")
    sheet = resolve_states(sheet, state="ccode")
    taken = sheet.frame.select(
        pl.col(number).alias("_number"), "state", "line",
        "sidea", "styear", "endyear", "hostlev", "fatality", "hiact",
    )  # fmt: skip
    met = pairs(taken, ["_number"], "styear", "endyear")
    met = met.filter(pl.col("sidea") != pl.col("sidea_2"))
    lonely = pl.format("no known opponent at the time (dispute {})", number)
    sheet = sheet.skip(pl.when(alone(met)).then(lonely))
    rows = yearly(met, "_first", "_last").with_columns(_onset=pl.col("year") == pl.col("_first"))
    # A state that left a dispute and came back begins it once.
    began = pl.col("year").min().over(
        "_number", pl.min_horizontal("_1", "_2"), pl.max_horizontal("_1", "_2")
    )  # fmt: skip
    rows = rows.with_columns(_onset=pl.col("_onset") & (pl.col("year") == began))
    sides = [(c, f"{c}_2") for c in ("hostlev", "fatality", "hiact")]
    return sheet, _dyad_years(rows, sides)


def _read(path: str | Path, name: str, onsets: Sequence[str], cite: str) -> Layer:
    numbers = ("dispnum", "dispnum3")
    flat = [c for pair in _SIDES for c in pair]
    layouts = [(n, *_DIRECTED, o, *flat) for n in numbers for o in onsets]
    if name == "cow_mids":
        layouts.append((*_DYADIC[0], "strtyr", *(c for pair in _DYADIC[1] for c in pair)))
    layouts += [(n, *_MIDB) for n in numbers]
    sheet = open_sheet(path, "disputes", layouts)
    number = next((n for n in numbers if sheet.has(n)), "")
    if sheet.has(*_MIDB):
        sheet, data = _participants(sheet, number)
    else:
        onset = next((o for o in onsets if sheet.has(o)), None)
        sheet, data = _dyadic(sheet, onset, number)
    return sheet.layer(name, "disputes", "dyad", data, cite)


def read_mids(path: str | Path) -> Layer:
    """Militarized interstate disputes of the Correlates of War.

    Takes the dyadic file (``dyadic_mid``, with ``disno, statea, stateb``), directed dyad-years
    (``dispnum, ccode1, ccode2, cowmidonset``), or the participants (``MIDB``). Of participants every
    two of opposite sides make a dyad in the years in which both were in the dispute, which takes
    more dyads for opponents than the dyadic file, whose coders looked at each.

    A dispute that stands in both orders, or under two codes of a state, counts once; of several
    disputes in a year counts and maxima are kept. A maximum passes over what is missing.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; Int32: ``disputes`` under way, ``onsets`` among them;
        ``hostility`` (1 none, 2 threat, 3 display, 4 use of force, 5 war), ``fatality`` (0 none to 6:
        1,000 or more dead) and ``action`` (highest, 0 to 21) of either, and of each, ``*_a``,
        ``*_b``; ``numbers`` (String): the disputes, ``;`` between.
    """
    return _read(path, "cow_mids", ("cowmidonset",), CITE_MID)


def read_gml(path: str | Path) -> Layer:
    """Militarized interstate disputes as revised by Gibler, Miller and Little.

    Takes directed or undirected dyad-years (``dispnum, ccode1, ccode2, year, midonset``) or
    participants. Rules and columns out are those of `read_mids`.

    Returns
    -------
    Layer
        As of `read_mids`.
    """
    return _read(path, "gml_mids", ("midonset", "gmlmidonset"), CITE_GML)


def read_incidents(path: str | Path) -> Layer:
    """Incidents of militarized disputes, by month, from the participants of incidents (``MIDIP``).

    Every two on opposite sides of an incident (``insidea``) make a dyad in the months in which both were in
    it. An incident of which the month is not known is rejected. Who did what is in ``action``: 0 of a
    state that only suffered.

    Returns
    -------
    Layer
        ``state_a, state_b, year, month`` (Int32); ``incidents`` under way, ``onsets`` among them; then as of
        `read_mids`: ``hostility, fatality, action`` and ``numbers``, those of the incidents.
    """
    fixed = (
        "ccode",
        "stmon",
        "styear",
        "endmon",
        "endyear",
        "insidea",
        "fatality",
        "action",
        "hostlev",
    )
    layouts = [(number, *fixed) for number in ("incidnum", "incidnum3")]
    sheet = open_sheet(path, "incidents", layouts)
    number = next(n for n, *_ in layouts if sheet.has(n))
    sheet = sheet.whole(number, between=(0, 99_999_999), what="number of an incident")
    sheet = sheet.codes("ccode").years("styear", "endyear")
    sheet = sheet.whole("stmon", "endmon", between=(1, 12), what="month")
    sheet = sheet.whole("insidea", between=(0, 1), what="side, 0 or 1")
    sheet = sheet.numbers("hostlev", "fatality", "action")
    # Months counted from the year 0, so that spells of them are whole numbers.
    first, last = (
        pl.col("styear") * 12 + pl.col("stmon") - 1,
        pl.col("endyear") * 12 + pl.col("endmon") - 1,
    )
    sheet = replace(sheet, frame=sheet.frame.with_columns(_from=first, _to=last))
    backward = pl.when(pl.col("_from") > pl.col("_to")).then(
        pl.format(
            "it ends ({}-{}) before it starts ({}-{})", "endyear", "endmon", "styear", "stmon"
        )
    )
    sheet = resolve_states(sheet.reject(backward), state="ccode")
    taken = sheet.frame.with_columns(pl.col(number).alias("_number"))
    met = pairs(taken, ["_number"], "_from", "_to").filter(pl.col("insidea") != pl.col("insidea_2"))
    lonely = pl.format("no known opponent at the time (incident {})", number)
    sheet = sheet.skip(pl.when(alone(met)).then(lonely))
    rows = yearly(met.drop("year", strict=False), "_first", "_last").with_columns(
        _onset=pl.col("year") == pl.col("_first"),
        month=(pl.col("year") % 12 + 1).cast(pl.Int32),
        year=pl.col("year") // 12,
    )
    sides = [(c, f"{c}_2") for c in ("hostlev", "fatality", "action")]
    data = _dyad_years(rows, sides, [*DYAD, "month"], "incidents")
    return sheet.layer("cow_incidents", "disputes", "dyad", data, CITE_MID, "M")


_ENDS = (("ccode1", "ccode2"), ("statea", "stateb"), ("rivala", "rivalb"))
_SPANS = (("styear", "endyear"), ("start", "end"), ("begin", "end"), ("startyr", "endyr"))


def read_rivalries(path: str | Path) -> Layer:
    """Rivalries from a list of spells, every year of a spell from its first to its last.

    Takes Thompson and Dreyer (``rivalryno``, ``type1`` to ``type3``), Thompson, Sakuwa and Suhas
    (``tssr_id`` and a column for each type), or any list of spells with the two states
    (``ccode1, ccode2``; ``statea, stateb``) and the years (``styear, endyear``; ``start, end``), as
    the enduring rivalries of Klein, Goertz and Diehl. The last year of a list is where its authors
    stopped, not where its rivalries ended. A spell with no last year is rejected, not guessed.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; ``rivalries`` (Int32), ``since`` (Int32: first year of the
        oldest); Boolean: ``positional, spatial, ideological, interventionary``, of any of them,
        null if the list has no types; ``principal`` (Boolean): marked as principal, null if the list
        does not say.
    """
    layouts = [(*ends, *span) for ends in _ENDS for span in _SPANS]
    sheet = open_sheet(path, "rivalry", layouts)
    one, two, first, last = next(found for found in layouts if sheet.has(*found))
    sheet = sheet.codes(one, two).spells(first, last)
    sheet = resolve_states(sheet, _1=one, _2=two)
    rows = yearly(ordered(_typed(sheet)), first, last)
    data = rows.group_by(DYAD).agg(
        pl.len().cast(pl.Int32).alias("rivalries"),
        pl.col(first).min().alias("since"),
        *(pl.col(f"_{k}").max().alias(k) for k in (*KINDS, "principal")),
    )
    name, cite = _list(sheet)
    return sheet.layer(name, "rivalry", "dyad", data, cite)


def _list(sheet: Sheet) -> tuple[str, str]:
    if sheet.has("rivalryno"):
        return "td_rivalries", CITE_TD
    return ("tss_rivalries", CITE_TSS) if sheet.has("tssr_id") else ("kgd_rivalries", CITE_KGD)


def _typed(sheet: Sheet) -> pl.DataFrame:
    """Add a Boolean for each type, and ``_principal``."""
    types = [c for c in ("type1", "type2", "type3") if sheet.has(c)]
    none = pl.lit(None, pl.Boolean)

    def flag(kind: str) -> pl.Expr:
        if sheet.has(kind):
            return pl.col(kind).cast(pl.String).cast(pl.Float64, strict=False).fill_null(0) > 0
        if types and kind in KINDS:
            said = (pl.col(c).cast(pl.String).str.strip_chars().str.to_lowercase() for c in types)
            return pl.any_horizontal((s == kind).fill_null(False) for s in said)
        return none

    return sheet.frame.with_columns(flag(k).alias(f"_{k}") for k in (*KINDS, "principal"))


def read_disputes(path: str | Path) -> Layer:
    """Dispute by month: ``date`` ("Feb 1947"), ``sourceNum``, ``tarNum``, ``dispute``.

    The file holds both orders of a dyad; either order with a dispute makes one. The copy known to us
    is no count of militarized acts: each of its 116 dyads has one unbroken spell, of what look like
    territorial claims, and none that ended before February 1995 is in it. So before 1995 a missing
    row says nothing, and there are no episodes to time within a spell.

    Returns
    -------
    Layer
        ``state_a, state_b, year, month`` (Int32); ``dispute`` (Boolean), null where missing. No row:
        none listed.
    """
    columns = ("date", "sourcenum", "tarnum", "dispute")
    sheet = open_sheet(path, "monthly disputes", [columns])
    day = pl.concat_str(pl.lit("1 "), pl.col("date").cast(pl.String).str.strip_chars())
    found = sheet.frame.with_columns(_day=day.str.to_date("%d %b %Y", strict=False))
    sheet = replace(sheet, frame=found).reject(
        pl.when(pl.col("_day").is_null()).then(
            pl.format("date is no month ('{}', expected as 'Feb 1947')", pl.col("date").fill_null(""))
        )
    )  # fmt: skip
    sheet = sheet.codes("sourcenum", "tarnum").numbers("dispute")
    sheet = resolve_states(sheet, _1="sourcenum", _2="tarnum")
    data = (
        ordered(sheet.frame)
        .group_by("state_a", "state_b", pl.col("_day").dt.year().alias("year"),
                  pl.col("_day").dt.month().cast(pl.Int32).alias("month"))
        .agg((pl.col("dispute").max() > 0).alias("dispute"))
    )  # fmt: skip
    return sheet.layer("disputes_monthly", "disputes", "dyad", data, CITE_MONTHLY, "M")


# As in `quadrille.sources.layers.cow`: columns in lower case, the first whose columns are all there.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "cow_mids": ("disno", "statea", "stateb", "year", "hihosta", "hihostb"),
    "cow_mids:directed": ("dispnum", "ccode1", "ccode2", "year", "cowmidonset"),
    "gml_mids": ("dispnum", "ccode1", "ccode2", "year", "midonset"),
    "gml_mids:whittled": ("dispnum", "ccode1", "ccode2", "year", "gmlmidonset"),
    "cow_mids:participants": ("dispnum", "stabb", "ccode", "sidea", "styear", "hostlev", "hiact"),
    "cow_mids:participants4": ("dispnum3", "stabb", "ccode", "sidea", "styear", "hostlev", "hiact"),
    "cow_incidents": ("incidnum", "ccode", "stmon", "endmon", "insidea", "action", "hostlev"),
    "cow_incidents:4": ("incidnum3", "ccode", "stmon", "endmon", "insidea", "action", "hostlev"),
    "td_rivalries": ("rivalryno", "ccode1", "ccode2", "styear", "endyear", "type1"),
    "tss_rivalries": ("tssr_id", "ccode1", "ccode2", "start", "end"),
    "disputes_monthly": ("date", "sourcenum", "tarnum", "dispute"),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "cow_mids": read_mids,
    "gml_mids": read_gml,
    "cow_incidents": read_incidents,
    "td_rivalries": read_rivalries,
    "tss_rivalries": read_rivalries,
    "disputes_monthly": read_disputes,
}
