"""A small file on its way to a layer: read whole, checked column by column, resolved to states.

Used by the readers of layers, but for those of trade, whose files are scanned (`quadrille.sources.layers.flows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.files import (
    File,
    check_once,
    csv_cells,
    head_of,
    read_parquet,
    read_text,
    read_workbook,
    separator_of,
)
from quadrille.sources.layers.layer import (
    Frequency,
    Layer,
    Role,
    Unit,
    make_layer,
    unknown_states,
)
from quadrille.sources.numerals import no_number, numbers
from quadrille.sources.table import REJECTED, Fate, left_out
from quadrille.states.registry import Scheme, resolve

__all__ = [
    "BLANK",
    "MISSING",
    "YEARS",
    "Sheet",
    "alone",
    "open_sheet",
    "ordered",
    "pairs",
    "resolve_states",
    "yearly",
]

YEARS = (1400, 2100)
# Published codes for "not known", and cells that hold nothing.
MISSING = (-9.0, -8.0)
BLANK = ("", "NA", "NaN", ".")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file on its way to a layer.

    Attributes
    ----------
    frame : polars.DataFrame
        Rows still in use: the file's columns in lower case, ``line`` and ``raw``.
    rejected : polars.DataFrame
        Rows left out, as in `quadrille.sources.table.Table`.
    file : str
    rows : int
        Rows of the file.
    separator : str
        What parts the cells of a text; empty for others.
    """

    frame: pl.DataFrame
    rejected: pl.DataFrame
    file: str
    rows: int
    separator: str = ""

    def has(self, *columns: str) -> bool:
        """Whether all the columns are there."""
        return set(columns) <= set(self.frame.columns)

    def reject(self, reason: pl.Expr) -> Sheet:
        """Leave out the malformed rows, those whose reason is not null."""
        return self._without("rejected", reason)

    def skip(self, reason: pl.Expr) -> Sheet:
        """Leave out valid rows that are not between two known states, those with a reason."""
        return self._without("skipped", reason)

    def skip_unknown(self, failed: pl.Expr) -> Sheet:
        """Leave out the rows with a name, ``failed`` if not null, that is no known state."""
        lost = unknown_states(self.frame, failed, self.file)
        return self.losing(lost, self.frame.filter(failed.is_null())) if lost.height else self

    def losing(self, lost: pl.DataFrame, frame: pl.DataFrame | None = None) -> Sheet:
        """The sheet with more rows left out, and with the rows still in use."""
        kept = self.frame if frame is None else frame
        return replace(self, frame=kept, rejected=pl.concat([self.rejected, lost]))

    def layer(
        self,
        name: str,
        role: Role,
        unit: Unit,
        data: pl.DataFrame,
        citation: str,
        frequency: Frequency = "Y",
    ) -> Layer:
        """The layer made of the rows in use."""
        lost = self.rejected.sort("line", maintain_order=True)
        return make_layer(name, role, unit, data, lost, self.file, self.rows, citation, frequency)

    def _without(self, fate: Fate, reason: pl.Expr) -> Sheet:
        frame = self.frame.with_columns(_reason=reason)
        gone = frame.filter(pl.col("_reason").is_not_null())
        if gone.is_empty():
            return self
        lost = left_out(gone, self.file, fate=fate, reason=pl.col("_reason"))
        return self.losing(lost, frame.filter(pl.col("_reason").is_null()).drop("_reason"))

    def numbers(self, *columns: str, floor: float | None = 0) -> Sheet:
        """Columns as numbers, missing codes as null; what is no number, or below floor, refused."""
        found = self.frame.with_columns(
            numbers(self.frame[c], self.separator).alias(f"_n_{c}") for c in columns
        )
        reasons = []
        for c in columns:
            text, value = pl.col(c).cast(pl.String).str.strip_chars(), pl.col(f"_n_{c}")
            # Nothing in the cell, against something that is no number.
            wrong = value.is_null() & text.is_not_null() & ~text.is_in(BLANK)
            reasons.append(pl.when(wrong).then(no_number(c, text)))
            if floor is not None:
                low = (value < floor) & ~value.is_in(MISSING)
                reasons.append(pl.when(low).then(pl.format(f"{c} is below {floor} ('{{}}')", text)))
        sheet = replace(self, frame=found).reject(pl.coalesce(reasons))
        clean = [
            pl.when(~pl.col(f"_n_{c}").is_in(MISSING)).then(f"_n_{c}").alias(c) for c in columns
        ]
        return replace(
            sheet, frame=sheet.frame.with_columns(clean).drop(f"_n_{c}" for c in columns)
        )

    def whole(self, *columns: str, between: tuple[int, int], what: str) -> Sheet:
        """Columns as Int32, all there and in range; the other rows refused."""
        sheet = self.numbers(*columns, floor=None)
        reasons = []
        for c in columns:
            value = pl.col(c)
            sound = (value == value.floor()) & value.is_between(*between)
            reasons.append(pl.when(value.is_null()).then(pl.lit(f"{c} is empty")))
            reasons.append(pl.when(~sound).then(pl.format(f"{c} is no {what} ('{{}}')", value)))
        sheet = sheet.reject(pl.coalesce(reasons))
        return replace(sheet, frame=sheet.frame.with_columns(pl.col(*columns).cast(pl.Int32)))

    def years(self, *columns: str) -> Sheet:
        """Columns as years."""
        return self.whole(*columns, between=YEARS, what=f"year from {YEARS[0]} to {YEARS[1]}")

    def spells(self, first: str, last: str) -> Sheet:
        """Columns as the first and the last year of a spell."""
        early = pl.when(pl.col(first) > pl.col(last))
        why = pl.format("it ends ({}) before it starts ({})", last, first)
        return self.years(first, last).reject(early.then(why))

    def codes(self, *columns: str) -> Sheet:
        """Columns as numbers of states."""
        return self.whole(*columns, between=(1, 9999), what="number of a state")


def open_sheet(path: str | Path, what: str, layouts: Sequence[tuple[str, ...]]) -> Sheet:
    """Read a CSV (parted by commas, semicolons, tabs or bars), Parquet or Excel file.

    Parameters
    ----------
    what : str
        Name of the data, for messages.
    layouts : sequence of tuple of str
        The file must have all columns of one of these.

    Raises
    ------
    FileFormatError
        It is no such file; one line says why and what to do.
    """
    file = str(path)
    head = head_of(File(Path(path), file))
    if head.container == "parquet":
        sheet = _whole(read_parquet(path), file)
    elif head.container == "excel":
        header, rows = read_workbook(path)
        lines = rows["line"]
        rows = rows.drop("line")
        rows.columns = _lower(header, file)
        sheet = _whole(rows, file, lines)
    else:
        sheet = _csv(read_text(path, what), file)
    if not any(sheet.has(*layout) for layout in layouts):
        closest = min(layouts, key=lambda layout: len(set(layout) - set(sheet.frame.columns)))
        missing = next(c for c in closest if c not in sheet.frame.columns)
        has = ", ".join([c for c in sheet.frame.columns if c not in ("line", "raw")][:12])
        raise FileFormatError(
            f"{file}: line 1: {what} column {missing!r} is missing; expected {', '.join(closest)}; "
            f"it has {has}"
        )
    if not sheet.rows:
        raise FileFormatError(f"{file}: it holds no rows; fetch it again")
    return sheet


def _lower(names: Sequence[str], file: str) -> list[str]:
    """Column names in lower case; nameless ones numbered."""
    lower = [n.strip().lower() or f"_{i}" for i, n in enumerate(names, 1)]
    check_once(lower, lower, file)
    return [f"{n}_" if n in ("line", "raw") else n for n in lower]


def _whole(frame: pl.DataFrame, file: str, lines: pl.Series | None = None) -> Sheet:
    """A sheet of a table that came whole, its rows numbered from 1 unless their lines are known."""
    frame.columns = _lower(frame.columns, file)
    shown = [pl.col(c).cast(pl.String).fill_null("") for c in frame.columns]
    line = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True) if lines is None else lines
    frame = frame.with_columns(pl.concat_str(shown, separator=",").alias("raw"), line.alias("line"))
    return Sheet(frame, pl.DataFrame(schema=REJECTED), file, frame.height)


def _csv(text: str, file: str) -> Sheet:
    """Rows as text; those that are not as wide as the header are rejected."""
    lines = text.split("\n")
    separator = separator_of(lines[0])
    names = _lower(csv_cells(lines[0], separator, file), file)
    rows = pl.DataFrame({"raw": lines[1:]}, schema={"raw": pl.String})
    rows = rows.with_row_index("line", offset=2).with_columns(pl.col("line").cast(pl.Int64))
    rows = rows.filter(pl.col("raw").str.strip_chars(f"{separator} ") != "")
    bare = pl.col("raw").str.replace_all('"[^"]*"', "")
    width = bare.str.count_matches(separator, literal=True) + 1
    reason = (
        pl.when(bare.str.contains('"', literal=True))
        .then(pl.lit("a quotation mark is not closed"))
        .when(width != len(names))
        .then(pl.format("wrong number of columns ({}, expected {})", width, pl.lit(len(names))))
    )
    none = pl.DataFrame(schema=REJECTED)
    sheet = Sheet(rows, none, file, rows.height, separator).reject(reason)
    return replace(sheet, frame=_cells(sheet.frame, names, separator, file))


def _cells(rows: pl.DataFrame, names: list[str], separator: str, file: str) -> pl.DataFrame:
    schema = dict.fromkeys(names, pl.String)
    if rows.is_empty():
        return pl.DataFrame(schema={**schema, "line": pl.Int64, "raw": pl.String})
    body = "\n".join(rows["raw"]).encode()
    try:
        cells = pl.read_csv(body, separator=separator, has_header=False, schema=schema)
    except pl.exceptions.PolarsError as why:
        raise FileFormatError(f"{file}: not a table ({str(why).splitlines()[0]})") from None
    return cells.hstack(rows.select("line", "raw"))


def resolve_states(sheet: Sheet, scheme: Scheme = "cow", **columns: str) -> Sheet:
    """Resolve columns of numbers, by default those of the Correlates of War.

    Parameters
    ----------
    scheme : str
        As in `quadrille.states.registry.resolve`.
    **columns : str
        ISO3 column to make → column of numbers.

    Returns
    -------
    Sheet
        Rows whose states all resolved and differ; the others are skipped, by the first number that
        failed.
    """
    frame = sheet.frame.with_columns(
        resolve(sheet.frame[code], scheme).alias(iso3) for iso3, code in columns.items()
    )
    failed = pl.coalesce(
        pl.when(pl.col(iso3).is_null()).then(pl.col(code).cast(pl.String))
        for iso3, code in columns.items()
    )
    sheet = replace(sheet, frame=frame).skip_unknown(failed)
    if len(columns) == 2:
        one, two = columns
        within = pl.when(pl.col(one) == pl.col(two)).then(pl.lit("within one state"))
        sheet = sheet.skip(within)
    return sheet


def ordered(frame: pl.DataFrame, **sides: tuple[str, str]) -> pl.DataFrame:
    """Turn dyads ``_1, _2`` into ``state_a < state_b``; each pair of sides becomes ``*_a, *_b``."""
    swap = pl.col("_1") > pl.col("_2")
    made = [
        pl.min_horizontal("_1", "_2").alias("state_a"),
        pl.max_horizontal("_1", "_2").alias("state_b"),
    ]
    for name, (one, two) in sides.items():
        made.append(pl.when(swap).then(two).otherwise(one).alias(f"{name}_a"))
        made.append(pl.when(swap).then(one).otherwise(two).alias(f"{name}_b"))
    return frame.with_columns(made)


def yearly(frame: pl.DataFrame, first: str, last: str) -> pl.DataFrame:
    """One row for each ``year`` of a spell, both ends in it."""
    spans = pl.int_ranges(pl.col(first), pl.col(last) + 1, dtype=pl.Int32)
    return frame.with_columns(year=spans).explode("year")


def pairs(rows: pl.DataFrame, on: Sequence[str], first: str, last: str) -> pl.DataFrame:
    """Every two rows alike in ``on`` whose spells overlap and whose states differ, once.

    Parameters
    ----------
    rows : polars.DataFrame
        With ``state``, ``line``, the columns of ``on`` and the ends of the spell.

    Returns
    -------
    polars.DataFrame
        ``_1, _2``, the columns of the first row and, with ``_2`` at the end, those of the second;
        ``_first`` and ``_last``, the ends of the time of both.
    """
    return (
        rows.join(rows, on=list(on), suffix="_2")
        .filter(pl.col("line") < pl.col("line_2"), pl.col("state") != pl.col("state_2"))
        .with_columns(
            _first=pl.max_horizontal(first, f"{first}_2"),
            _last=pl.min_horizontal(last, f"{last}_2"),
        )
        .filter(pl.col("_first") <= pl.col("_last"))
        .rename({"state": "_1", "state_2": "_2"})
    )


def alone(met: pl.DataFrame) -> pl.Expr:
    """Whether a row is in none of the pairs ``met``."""
    lines = pl.concat([met["line"], met["line_2"].alias("line")]).unique()
    return ~pl.col("line").is_in(lines.implode())
