"""ICEWS events: the tab files of Harvard Dataverse, and tables of named events made from them.

Layout: Boschee et al. (2015), *ICEWS Coded Event Data*, Harvard Dataverse: 20 tab-separated columns with
a header, the same for all years and for the daily files, plain or zipped. What differs is how a file was
fetched: as published, without quotes, ``NA`` or an empty cell for nothing; from the archive's own
re-export, with quotes around texts and perhaps codes made numbers; through R, with ``Event.ID`` or
``event_id`` for ``Event ID``.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.events.record import derive
from quadrille.sources.events.rows import FIRST_DAY, codes, ends, split
from quadrille.sources.table import Table, partition_rows
from quadrille.states.actors import resolve_actors
from quadrille.states.registry import resolve

__all__ = ["NAMED_COLUMNS", "icews_columns", "read_icews", "read_named"]

REQUIRED = (
    "Event ID", "Event Date", "Source Country", "Event Text", "CAMEO Code", "Intensity",
    "Target Country",
)  # fmt: skip
OPTIONAL = ("Publisher",)
NAMED_COLUMNS = ("date", "source_name", "event_text", "target_name")


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_SPELLING = {_fold(name): name for name in (*REQUIRED, *OPTIONAL)}


def _header(line: str) -> list[str]:
    """Names of the columns, those we use in the publisher's spelling."""
    return [_SPELLING.get(_fold(name), name.strip().strip('"')) for name in line.split("\t")]


def icews_columns(first_line: str) -> int:
    """How many columns of an ICEWS file a header has, whole or not; 0 if it does not look like one."""
    names = set(_header(first_line))
    sure = len({"Event ID", "CAMEO Code", "Event Text"} & names) >= 2
    return len(names & set(REQUIRED)) if sure else 0


def read_icews(text: str, file: str) -> Table:
    """Read one ICEWS tab file.

    Every row is kept, skipped (no country, an unknown country, both ends in one country) or rejected
    (wrong number of columns, no date, an unknown code).

    Parameters
    ----------
    text : str
        The whole file.
    file : str
        Its name, for messages.

    Raises
    ------
    FileFormatError
        A column is missing, or no row can be used.
    """
    lines = split(text)
    names = _header(lines[0])
    missing = [n for n in REQUIRED if n not in names]
    if missing:
        raise FileFormatError(
            f"{file}: line 1: ICEWS column {missing[0]!r} is missing; "
            "expected the 20 tab-separated columns of the Dataverse files"
        )
    quoted = lines[0].startswith('"')
    rows = pl.DataFrame({"raw": lines[1:]}).with_row_index("line", offset=2)
    rows = rows.filter(pl.col("raw") != "").with_columns(
        pl.col("line").cast(pl.Int64), cells=pl.col("raw").str.split("\t")
    )

    def cell(name: str) -> pl.Expr:
        found = pl.col("cells").list.get(names.index(name), null_on_oob=True)
        if quoted:
            found = found.str.strip_chars_start('"').str.strip_chars_end('"')
        found = found.str.strip_chars()
        return pl.when(~found.is_in(["NA", ""])).then(found).alias(name)

    return _table(
        rows.with_columns(
            *(cell(n) for n in REQUIRED),
            *(cell(n) if n in names else pl.lit(None, pl.String).alias(n) for n in OPTIONAL),
            width=pl.col("cells").list.len(),
        ),
        len(names),
        file,
    )


def _states(names: pl.Series, on: pl.Series, named: bool) -> pl.Series:
    return resolve_actors(names, on) if named else resolve(names, "icews")


def _table(rows: pl.DataFrame, width: int, file: str, named: bool = False) -> Table:
    day = pl.col("Event Date").str.to_date("%Y-%m-%d", strict=False)
    code = codes(rows["CAMEO Code"], rows["Event Text"])
    what = "stands for no state" if named else "is no known state"
    rows = rows.with_columns(date=day)
    rows = rows.with_columns(
        cameo=code,
        source=_states(rows["Source Country"], rows["date"], named),
        target=_states(rows["Target Country"], rows["date"], named),
        goldstein=pl.col("Intensity").cast(pl.Float64, strict=False),
    )
    rows = rows.with_columns(
        reason=pl.when(pl.col("width") != width)
        .then(pl.format("wrong number of columns ({}, expected {})", "width", pl.lit(width)))
        .when(pl.col("Event ID").is_null())
        .then(pl.lit("no event id"))
        .when(pl.col("date").is_null())
        .then(pl.format("bad date ('{}', expected YYYY-MM-DD)", pl.col("Event Date").fill_null("")))
        .when(~pl.col("date").is_between(FIRST_DAY, date.today()))
        .then(pl.format("date out of range ('{}', expected 1945 to today)", "Event Date"))
        .when(pl.col("cameo").is_null())
        .then(pl.format("unknown CAMEO code ('{}')", pl.col("CAMEO Code").fill_null("")))
        .when(pl.col("goldstein").abs() > 10)
        .then(pl.format("intensity out of range ('{}', expected -10 to 10)", "Intensity")),
        **ends("Source Country", "Target Country", what),
    )
    made = derive(rows).select(
        pl.col("Event ID").alias("event_id"), "date", pl.lit("day").alias("precision"),
        "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.col("Event Text").alias("text"), pl.lit("icews").alias("origin"),
        pl.col("Publisher").alias("reference"), "line", "raw", "reason", "skip", "name",
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
        pl.lit(None, pl.String).alias("CAMEO Code"),
        pl.lit(None, pl.String).alias("Intensity"),
        pl.lit(None, pl.String).alias("Publisher"),
        pl.lit(1, pl.UInt32).alias("width"),
    )
    return _table(rows, 1, file, named=True)
