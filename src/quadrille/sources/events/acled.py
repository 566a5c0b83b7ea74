"""ACLED: a user's own export, of which what is between the forces or governments of two states is kept.

Layout: the CSV of the export tool or of the API (``event_id_cnty``, ``event_date``, ``event_type``, ``actor1``,
…), in any order and with more columns; Raleigh, Kishi & Linke (2023), *Political instability patterns are
obscured by conflict dataset scope conditions, sources, and coding choices*. Only names of the form
"Military Forces of Russia (2000-)", "Police Forces of …", "Government of …" stand for a state: rebels, militias,
civilians and peacekeepers do not, nor does a faction that a name sets apart ("Haftar Faction").

The columns of the two actors do not say who acted, as the codebook warns; so each event is kept both ways,
with a code that holds both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.coding.record import derive
from quadrille.sources.events.rows import FORMS, date_form, dated, fold, no_dyad, words_of
from quadrille.sources.layers.flows import narrow, scan_file
from quadrille.sources.table import Table, partition_rows
from quadrille.states.registry import resolve

__all__ = ["CODES", "TYPES", "acled_columns", "read_acled"]

_WANTED = ("event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "actor2")
_OPTIONAL = ("time_precision", "source")
# CAMEO code of each sub-event type; of those that are not here nothing is done by one state to another.
CODES = {
    "Armed clash": "190", "Government regains territory": "190",
    "Non-state actor overtakes territory": "190", "Air/drone strike": "195",
    "Shelling/artillery/missile attack": "194", "Grenade": "193",
    "Remote explosive/landmine/IED": "190", "Suicide bomb": "183", "Chemical weapon": "2041",
    "Attack": "180", "Sexual violence": "1821", "Abduction/forced disappearance": "181",
    "Agreement": "057", "Arrests": "173", "Looting/property destruction": "171",
}  # fmt: skip
# Where the type alone is known, as in exports made before 2019.
TYPES = {
    "Battles": "190", "Explosions/Remote violence": "190", "Violence against civilians": "180",
    "Strategic developments": None, "Protests": None, "Riots": None,
}  # fmt: skip
_FORCES = r"^(?:Military Forces|Police Forces|Government) of (?:the )?(.+?)(?: \(\d{4}-(?:\d{4})?\))?( [^()]*)?$"
_APART = r"(?i)faction|mutin|defect|support|council|rebel|coup"
_NO_STATE = "is no government and no force of one"


def acled_columns(names: Sequence[str]) -> int:
    """How many columns of an ACLED export a header has; 0 if it is not one."""
    there = {fold(n) for n in names}
    found = len({fold(n) for n in _WANTED} & there)
    return found if {"eventidcnty", "actor1"} <= there or found == len(_WANTED) else 0


def _behind(actors: pl.Series) -> pl.DataFrame:
    """``name``: the country whose government or force an actor is; null where it is none."""
    part = actors.str.extract_groups(_FORCES)
    name, more = part.struct.field("1"), part.struct.field("2")
    apart = more.fill_null("").str.contains(_APART)
    return pl.DataFrame({"name": name, "apart": apart}).select(
        name=pl.when(~pl.col("apart")).then("name")
    )


def _codes(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """The CAMEO code, and whether the type of the event is one of ACLED's."""
    sub = pl.col("sub_event_type").str.strip_chars()
    kind = pl.col("event_type").str.strip_chars()
    by_type = kind.replace_strict(TYPES, default=None, return_dtype=pl.String)
    told = sub.replace_strict(CODES, default=None, return_dtype=pl.String)
    # A sub-event type that is there and not in the table says that nothing is done to the other.
    return {
        "cameo": pl.when(sub.fill_null("") == "").then(by_type).otherwise(told),
        "_typed": kind.is_in(list(TYPES)).fill_null(False),
    }


def _ends(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the states of both actors, and why a row is no act between two."""
    named = {side: _behind(rows[side])["name"] for side in ("actor1", "actor2")}
    rows = rows.with_columns(
        source=resolve(named["actor1"], "icews"), target=resolve(named["actor2"], "icews"),
        _one=named["actor1"], _two=named["actor2"],
    )  # fmt: skip
    absent = pl.col("actor1").is_null() | pl.col("actor2").is_null()
    none = [
        pl.when(pl.col(name).is_null()).then(pl.format(f"{actor} {_NO_STATE} ('{{}}')", actor))
        for name, actor in (("_one", "actor1"), ("_two", "actor2"))
    ]
    unknown = {side: pl.col(side).is_null() for side in ("source", "target")}
    written = {"source": "_one", "target": "_two"}
    said = no_dyad(absent, unknown, written, pl.col("source") == pl.col("target"))
    other = pl.when(~absent).then(pl.coalesce(none))
    return rows.with_columns(
        skip=pl.coalesce(other, said["skip"]), name=pl.when(other.is_null()).then(said["name"])
    )


def read_acled(path: str | Path, file: str) -> Table:
    """Read one export of ACLED.

    Every row is kept as two events, one each way (identifiers end in ``>`` and ``<``), skipped (an actor
    that is no state's, an unknown state, both of one state, nothing done by one to the other) or
    rejected (no date, an unknown type, a repeated identifier). A day known only to the week or month is
    the month's.

    Parameters
    ----------
    path : path
        Where the file is.
    file : str
        What to call it.

    Raises
    ------
    FileFormatError
        A column is missing, or no row can be used.
    """
    scan = scan_file(path, "ACLED", [_WANTED])
    optional = [c for c in _OPTIONAL if scan.has(c)]
    sheet = narrow(scan, [*_WANTED, *optional])
    absent = [pl.lit(None, pl.String).alias(c) for c in _OPTIONAL if c not in optional]
    text = sheet.frame.with_columns(pl.col(*_WANTED, *optional).cast(pl.String).str.strip_chars())
    filled = [pl.when(pl.col(c) != "").then(c).alias(c) for c in (*_WANTED, *optional)]
    rows = text.with_columns(*filled, *absent, reason=pl.lit(None, pl.String))
    rows = rows.rename({"source": "reference"})
    form = date_form(rows["event_date"], ("%d %B %Y", *FORMS))
    rows = dated(rows, "event_date", form, words_of(form))
    rows = _ends(rows.with_columns(**_codes(rows)))
    sound = pl.col("reason").is_null() & pl.col("skip").is_null()
    again = ~pl.col("event_id_cnty").is_first_distinct().over(sound)
    shown = pl.col("event_type").fill_null("")
    nothing = pl.format(
        "nothing done by one to the other ('{}')", pl.coalesce("sub_event_type", "event_type")
    )
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("event_id_cnty").is_null()).then(pl.lit("no event id")),
            pl.when(~pl.col("_typed")).then(pl.format("unknown event type ('{}')", shown)),
            pl.when(sound & again).then(pl.lit("repeated event id")),
        ),
        skip=pl.coalesce("skip", pl.when(pl.col("cameo").is_null()).then(nothing)),
    )  # fmt: skip
    wide = sheet.rejected
    table = partition_rows(_both_ways(rows), "events", "D", "acled", file)
    lost = pl.concat([table.rejected, wide.with_columns(pl.lit(file).alias("file"))])
    return replace(table, rows_in=sheet.rows, rejected=lost)


def _both_ways(rows: pl.DataFrame) -> pl.DataFrame:
    """Canonical events: of a row that is kept two, of another one."""
    day = pl.col("time_precision").is_null() | pl.col("time_precision").is_in(["1", "1.0"])
    rows = rows.with_columns(
        precision=pl.when(day).then(pl.lit("day")).otherwise(pl.lit("month")),
        date=pl.when(day).then("date").otherwise(pl.col("date").dt.truncate("1mo")),
    )
    kept = pl.col("reason").is_null() & pl.col("skip").is_null()
    rows = rows.with_columns(actor="actor1", recipient="actor2")
    one = rows.with_columns(_way=pl.when(kept).then(pl.lit(">")).otherwise(pl.lit("")))
    two = rows.filter(kept).with_columns(
        source="target", target="source", actor="recipient", recipient="actor", _way=pl.lit("<")
    )
    return derive(pl.concat([one, two])).sort("line", "_way", descending=[False, True]).select(
        pl.concat_str("event_id_cnty", "_way").alias("event_id"),
        "date", "precision", "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.coalesce("sub_event_type", "event_type").alias("text"), pl.lit("acled").alias("origin"),
        "reference", "actor", "recipient", "line", "raw", "reason", "skip", "name",
    )  # fmt: skip
