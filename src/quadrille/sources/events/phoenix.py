"""Phoenix and other output of PETRARCH: real-time files of OEDA and the historical data of the Cline Center.

Real-time layout: 26 tab-separated columns without header (27 with a GeoNames sentence), Open Event Data
Alliance (2014). Historical layout: CSV with header, Althaus et al. (2020), *Cline Center Historical
Phoenix Event Data*. Written from the published codebooks; no published file was at hand.
"""

from __future__ import annotations

import io

import polars as pl

from quadrille.events.record import derive
from quadrille.sources.events.rows import cells, codes, dated, ends
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
_NAMES = {"eid": "EventID", "story_date": "Date", "source_root": "SourceActorEntity",
          "target_root": "TargetActorEntity", "code": "EventCode", "goldstein": "GoldsteinScore",
          "aid": "URLs"}  # fmt: skip


def is_phoenix(first_line: str) -> bool:
    """Whether a line is the header of a historical file, or a row of a real-time one."""
    if {name.strip().strip('"') for name in first_line.split(",")} >= HISTORICAL:
        return True
    parts = first_line.split("\t")
    return len(parts) in (26, 27) and parts[1].isdigit() and len(parts[1]) == 8


def _historical(text: str) -> pl.DataFrame:
    frame = pl.read_csv(
        io.StringIO(text), infer_schema=False, null_values=["", "NA"], truncate_ragged_lines=True
    )
    kept = frame.rename(_NAMES).with_row_index("line", offset=2)
    return kept.select(
        pl.col("line").cast(pl.Int64),
        pl.concat_str([pl.col(c).fill_null("") for c in frame.rename(_NAMES).columns], separator=",")
        .alias("raw"),
        # The story's date is written month/day/year.
        pl.col("Date").str.to_date("%m/%d/%Y", strict=False).dt.strftime("%Y%m%d").fill_null(
            pl.col("Date").str.replace_all("-", "")),
        *(c for c in _WANTED if c != "Date"),
        reason=pl.lit(None, pl.String),
    )  # fmt: skip


def read_phoenix(text: str, file: str) -> Table:
    """Read a Phoenix file, real-time or historical.

    Actors are CAMEO country codes; those of bodies between states, and of groups, are skipped.

    Raises
    ------
    FileFormatError
        No row can be used.
    """
    first = text.split("\n", 1)[0]
    if "\t" in first:
        rows = cells(text, file, "\t", _WANTED, "Phoenix", REALTIME)
    else:
        rows = _historical(text)
    weight = pl.col("GoldsteinScore").cast(pl.Float64, strict=False)
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
            pl.when(weight.abs() > 10).then(
                pl.format("weight out of range ('{}', expected -10 to 10)", "GoldsteinScore")
            ),
        ),
        **ends("SourceActorEntity", "TargetActorEntity"),
    )
    made = derive(rows).select(
        pl.col("EventID").alias("event_id"), "date", pl.lit("day").alias("precision"),
        "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.lit(None, pl.String).alias("text"), pl.lit("phoenix").alias("origin"),
        pl.col("URLs").alias("reference"), "line", "raw", "reason", "skip", "name",
    )  # fmt: skip
    return partition_rows(made, "events", "D", "phoenix", file)
