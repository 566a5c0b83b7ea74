"""GDELT mentions: which reports told of an event, and how sure the coder was; used to weigh events.

Layout: *GDELT 2.0 Event Database Codebook* (2015): 16 tab-separated columns without header, one row for
each mention of an event in a document, in the 15-minute file of the mention (not of the event).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from quadrille.errors import NoDataError, OptionError
from quadrille.sources.events.gdelt import MENTIONS
from quadrille.sources.events.rows import text_lines
from quadrille.sources.table import Table, left_out

__all__ = ["Mentions", "join", "mentions_of", "weigh"]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Mentions of events.

    Attributes
    ----------
    data : polars.DataFrame
        ``event_id``, ``mentioned`` (time of the update, UTC), ``source`` (its name, such as a domain),
        ``identifier`` (address or citation), ``confidence`` (10 to 100) and ``tone`` of the document.
    rejected : polars.DataFrame
        Rows that cannot be used, as in `quadrille.sources.table.Table`.
    files : tuple of str
    rows_in : int
    """

    data: pl.DataFrame
    rejected: pl.DataFrame
    files: tuple[str, ...]
    rows_in: int


def _rows(text: str, file: str) -> pl.DataFrame:
    lines = text_lines(text)
    rows = pl.DataFrame({"raw": lines}).with_row_index("line", offset=1).filter(pl.col("raw") != "")
    parts = pl.col("raw").str.split("\t")

    def cell(name: str) -> pl.Expr:
        found = parts.list.get(MENTIONS.index(name), null_on_oob=True).str.strip_chars()
        return pl.when(found != "").then(found)

    return rows.select(
        pl.lit(file).alias("file"),
        pl.col("line").cast(pl.Int64),
        "raw",
        width=parts.list.len(),
        event_id=cell("GLOBALEVENTID"),
        mentioned=cell("MentionTimeDate").str.to_datetime("%Y%m%d%H%M%S", strict=False),
        source=cell("MentionSourceName").str.to_lowercase(),
        identifier=cell("MentionIdentifier"),
        confidence=cell("Confidence").cast(pl.Int64, strict=False),
        tone=cell("MentionDocTone").cast(pl.Float64, strict=False),
    ).with_columns(
        reason=pl.when(pl.col("width") != len(MENTIONS))
        .then(
            pl.format("wrong number of columns ({}, expected {})", "width", pl.lit(len(MENTIONS)))
        )
        .when(pl.col("event_id").cast(pl.Int64, strict=False).is_null())
        .then(pl.lit("event id is no number"))
        .when(pl.col("mentioned").is_null())
        .then(pl.lit("bad time of mention (expected YYYYMMDDHHMMSS)"))
        .when(pl.col("source").is_null())
        .then(pl.lit("no source"))
        .when(~pl.col("confidence").is_between(0, 100).fill_null(False))
        .then(pl.lit("confidence out of range (expected 0 to 100)"))
    )


def mentions_of(text: str, file: str) -> Mentions:
    """The mentions in the text of one file."""
    rows = _rows(text, file)
    data = rows.filter(pl.col("reason").is_null())
    return Mentions(
        data.select("event_id", "mentioned", "source", "identifier", "confidence", "tone"),
        left_out(rows.filter(pl.col("reason").is_not_null()), pl.col("file"), fate="rejected"),
        (file,),
        rows.height,
    )


def join(parts: Sequence[Mentions]) -> Mentions:
    """The mentions of several files."""
    return Mentions(
        pl.concat(p.data for p in parts),
        pl.concat(p.rejected for p in parts),
        tuple(f for p in parts for f in p.files),
        sum(p.rows_in for p in parts),
    )


def weigh(table: Table, mentions: Mentions, *, confidence: int = 0, sources: int = 1) -> Table:
    """Weigh events by how many sources tell of them.

    An event's ``reports`` becomes the number of different sources that mention it with at least a given
    confidence: copies of a story on one site count once, the same story on two sites twice. Events with
    too few are skipped, with the number. Read the mentions of the hours after the events too, for
    an event gathers mentions for days.

    Parameters
    ----------
    table : Table
        Events of GDELT.
    mentions : Mentions
    confidence : int
        Least confidence of a mention that counts, from 0 to 100.
    sources : int
        Least number of sources.

    Raises
    ------
    OptionError
        The table holds no events, or an option is out of range.
    NoDataError
        No event has so many sources.
    """
    if table.kind != "events":
        raise OptionError(f"{table.origin} holds {table.kind}; only events have mentions")
    if not 0 <= confidence <= 100 or sources < 1:
        raise OptionError("confidence runs from 0 to 100, sources from 1 up")
    told = (
        mentions.data.filter(pl.col("confidence") >= confidence)
        .group_by("event_id")
        .agg(pl.col("source").n_unique().cast(pl.Int64).alias("_sources"))
    )
    events = table.data.join(told, on="event_id", how="left", maintain_order="left").with_columns(
        pl.col("_sources").fill_null(0)
    )
    enough = pl.col("_sources") >= sources
    few = left_out(
        events.filter(~enough),
        table.files[0],
        line=pl.lit(None),
        fate="skipped",
        reason=pl.format(
            f"mentioned by too few sources ({{}} at confidence {confidence}, expected {sources})",
            "_sources",
        ),
        raw=pl.col("event_id"),
    )
    if few.height == events.height:
        raise NoDataError(
            f"{table.origin}: no event is mentioned by {sources} sources at confidence {confidence}; "
            "give more files of mentions, or ask for less"
        )
    kept = events.filter(enough).with_columns(pl.col("_sources").alias("reports")).drop("_sources")
    return replace(table, data=kept, rejected=pl.concat([table.rejected, few]))
