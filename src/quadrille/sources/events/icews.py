"""ICEWS events: the tab files of Harvard Dataverse, and tables of named events made from them.

Layout: Boschee et al. (2015), *ICEWS Coded Event Data*, Harvard Dataverse: 20 tab-separated columns with
a header, the same for all years and for the daily files, plain or zipped; in 2017 some had no CAMEO Code,
which then follows from the event text, and dates as month/day/year. What differs besides is how a file was
fetched: as published, without quotes, ``NA`` or an empty cell for nothing; from the archive's own
re-export, with quotes around texts and perhaps codes made numbers; through R, with ``Event.ID`` or
``event_id`` for ``Event ID``; saved again by a spreadsheet, with other separators, or as Excel.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from quadrille.coding.record import derive
from quadrille.sources.events.rows import (
    Rows,
    bad_number,
    codes,
    date_form,
    dated,
    ends,
    fold,
    taken,
    words_of,
)
from quadrille.sources.numerals import numbers
from quadrille.sources.table import Table, partition_rows
from quadrille.states.actors import resolve_actors
from quadrille.states.registry import resolve

__all__ = ["NAMED_COLUMNS", "icews_columns", "read_icews", "read_named"]

REQUIRED = (
    "Event ID", "Event Date", "Source Country", "Event Text", "Intensity", "Target Country",
)  # fmt: skip
OPTIONAL = ("CAMEO Code", "Publisher")
# Who acted on whom, and in which story.
DETAILS = {
    "actor": "Source Name", "actor_sectors": "Source Sectors", "recipient": "Target Name",
    "recipient_sectors": "Target Sectors", "story": "Story ID",
}  # fmt: skip
NAMED_COLUMNS = ("date", "source_name", "event_text", "target_name")


def icews_columns(names: Sequence[str]) -> int:
    """How many columns of an ICEWS file there are, all or not; 0 if it does not look like one."""
    there = {fold(n) for n in names}
    known = {fold(n) for n in (*REQUIRED, *OPTIONAL)} & there
    sure = {"eventtext", "sourcecountry", "targetcountry"} <= there and known & {
        "eventid",
        "cameocode",
    }
    return len(known) if sure or {"eventid", "cameocode"} <= there else 0


def read_icews(rows: Rows, file: str) -> Table:
    """Read one ICEWS file.

    Every row is kept, skipped (no country, an unknown country, both ends in one country) or rejected
    (wrong number of columns, no date, an unknown code). Dates have the form that most of them fit; where
    the day might be the month, the month comes first, as in the publisher's files.

    Parameters
    ----------
    rows : Rows
    file : str
        Its name, for messages.

    Raises
    ------
    FileFormatError
        A column is missing, or no row can be used.
    """
    least = len(rows.names)
    table = taken(rows, file, "ICEWS", REQUIRED, (*OPTIONAL, *DETAILS.values()), least)
    weight = numbers(table["Intensity"], rows.separator)
    return _table(table.with_columns(goldstein=weight), file)


def _states(names: pl.Series, on: pl.Series, named: bool) -> pl.Series:
    return resolve_actors(names, on) if named else resolve(names, "icews")


def _table(rows: pl.DataFrame, file: str, named: bool = False) -> Table:
    code = codes(rows["CAMEO Code"], rows["Event Text"])
    what = "stands for no state" if named else "is no known state"
    form = date_form(rows["Event Date"])
    rows = dated(rows, "Event Date", form, words_of(form))
    written, text = pl.col("CAMEO Code"), pl.col("Event Text").fill_null("")
    rows = rows.with_columns(
        cameo=code,
        source=_states(rows["Source Country"], rows["date"], named),
        target=_states(rows["Target Country"], rows["date"], named),
    )
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("Event ID").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null() & written.is_null()).then(
                pl.format("no CAMEO code, and unknown event text ('{}')", text)
            ),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown CAMEO code ('{}')", written)
            ),
            *bad_number("Intensity", "goldstein", "intensity"),
        ),
        **ends("Source Country", "Target Country", what),
    )
    made = derive(rows).select(
        pl.col("Event ID").alias("event_id"), "date", pl.lit("day").alias("precision"),
        "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.col("Event Text").alias("text"), pl.lit("icews").alias("origin"),
        pl.col("Publisher").alias("reference"), "line", "raw", "reason", "skip", "name",
        *(pl.col(column).alias(field) for field, column in DETAILS.items()),
    )  # fmt: skip
    return partition_rows(made, "events", "D", "icews", file)


def read_named(frame: pl.DataFrame, file: str) -> Table:
    """Read named events: ``date, source_name, event_text, target_name``, without identifiers.

    Actors stand for states as `quadrille.states.actors.resolve_actors` says; events of others are
    skipped. Identifiers are row numbers.
    """
    rows = frame.with_row_index("line", offset=1).select(
        pl.col("line").cast(pl.Int64),
        pl.concat_str(
            [pl.col(c).cast(pl.String) for c in NAMED_COLUMNS], separator=" | ", ignore_nulls=True
        ).alias("raw"),
        pl.col("line").cast(pl.String).alias("Event ID"),
        pl.col("date").cast(pl.Date).cast(pl.String).alias("Event Date"),
        pl.col("source_name").alias("Source Country"),
        pl.col("target_name").alias("Target Country"),
        pl.col("event_text").alias("Event Text"),
        pl.col("source_name").alias("Source Name"),
        pl.col("target_name").alias("Target Name"),
        *(
            pl.lit(None, pl.String).alias(DETAILS[f])
            for f in ("actor_sectors", "recipient_sectors", "story")
        ),
        pl.lit(None, pl.String).alias("CAMEO Code"),
        pl.lit(None, pl.String).alias("Intensity"),
        pl.lit(None, pl.String).alias("Publisher"),
        pl.lit(None, pl.String).alias("reason"),
        pl.lit(None, pl.Float64).alias("goldstein"),
    )
    return _table(rows, file, named=True)
