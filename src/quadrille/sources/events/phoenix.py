"""Phoenix and other output of PETRARCH: real-time files of OEDA and the historical data of the Cline Center.

Real-time layout: 26 tab-separated columns without header (27 with a GeoNames sentence), Open Event Data
Alliance (2014). Historical layout: CSV with header, Althaus et al. (2020), *Cline Center Historical
Phoenix Event Data*. Written from the published codebooks; no published file was at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from quadrille.coding.record import derive
from quadrille.sources.events.rows import (
    Rows,
    bad_number,
    codes,
    dated,
    days,
    ends,
    rows_of_text,
    taken,
)
from quadrille.sources.files import separator_of
from quadrille.sources.numerals import numbers
from quadrille.sources.table import Table, partition_rows
from quadrille.states.registry import resolve

__all__ = ["is_phoenix", "read_phoenix"]

REALTIME = ("EventID", "Date", "Year", "Month", "Day", "SourceActorFull", "SourceActorEntity",
            "SourceActorRole", "SourceActorAttribute", "TargetActorFull", "TargetActorEntity",
            "TargetActorRole", "TargetActorAttribute", "EventCode", "EventRootCode", "QuadClass",
            "GoldsteinScore", "Issues", "Lat", "Lon", "LocationName", "StateName", "CountryCode",
            "SentenceID", "URLs", "NewsSources")  # fmt: skip
HISTORICAL = {"eid", "story_date", "source_root", "target_root", "code", "goldstein", "aid"}
_WANTED = ("EventID", "Date", "SourceActorEntity", "TargetActorEntity", "EventCode",
           "GoldsteinScore", "URLs")  # fmt: skip
# Of a real-time file; a historical one writes the actors as codes only.
_DETAILS = {
    "actor": "SourceActorFull", "actor_sectors": "SourceActorRole", "recipient": "TargetActorFull",
    "recipient_sectors": "TargetActorRole",
}  # fmt: skip
_NAMES = {"eid": "EventID", "story_date": "Date", "source_root": "SourceActorEntity",
          "target_root": "TargetActorEntity", "code": "EventCode", "goldstein": "GoldsteinScore",
          "aid": "URLs"}  # fmt: skip


def is_phoenix(names: Sequence[str], separator: str) -> bool:
    """Whether cells of a first line are the header of a historical file, or a row of a real-time one."""
    if {name.strip().lower() for name in names} >= HISTORICAL:
        return True
    width = separator == "\t" and len(names) in (26, 27)
    return width and names[1].isdigit() and len(names[1]) == 8


def _historical(rows: Rows, file: str) -> pl.DataFrame:
    names = [_NAMES.get(n.strip().lower(), n) for n in rows.names]
    table = taken(replace(rows, names=tuple(names)), file, "Phoenix", _WANTED)
    # The story's date is written month/day/year.
    american = days(table["Date"], "%m/%d/%Y").dt.strftime("%Y%m%d")
    plain = table["Date"].str.replace_all("-", "")
    absent = [pl.lit(None, pl.String).alias(column) for column in _DETAILS.values()]
    return table.with_columns(american.fill_null(plain).alias("Date"), *absent)


def read_phoenix(text: str, file: str) -> Table:
    """Read a Phoenix file, real-time or historical.

    Actors are CAMEO country codes; those of bodies between states, and of groups, are skipped.

    Raises
    ------
    FileFormatError
        No row can be used.
    """
    first = text.split("\n", 1)[0]
    live = HISTORICAL.isdisjoint(
        n.strip().strip('"').lower() for n in first.split(separator_of(first))
    )
    found = rows_of_text(text, header=REALTIME if live else None, file=file)
    rows = (
        taken(found, file, "Phoenix", _WANTED, tuple(_DETAILS.values()))
        if live
        else _historical(found, file)
    )
    weight = numbers(rows["GoldsteinScore"], found.separator)
    rows = dated(rows, "Date", "%Y%m%d").with_columns(
        cameo=codes(rows["EventCode"]),
        source=resolve(rows["SourceActorEntity"], "cameo"),
        target=resolve(rows["TargetActorEntity"], "cameo"),
        goldstein=weight,
    )
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("EventID").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown CAMEO code ('{}')", pl.col("EventCode").fill_null(""))
            ),
            *bad_number("GoldsteinScore", "goldstein", "weight"),
        ),
        **ends("SourceActorEntity", "TargetActorEntity"),
    )
    made = derive(rows).select(
        pl.col("EventID").alias("event_id"), "date", pl.lit("day").alias("precision"),
        "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.lit(None, pl.String).alias("text"), pl.lit("phoenix").alias("origin"),
        pl.col("URLs").alias("reference"), "line", "raw", "reason", "skip", "name",
        *(pl.col(column).alias(field) for field, column in _DETAILS.items()),
    )  # fmt: skip
    return partition_rows(made, "events", "D", "phoenix", file)
