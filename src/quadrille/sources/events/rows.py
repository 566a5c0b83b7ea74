"""What readers of event files share: rows as text, and why a row is no act between two states."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from quadrille.coding.vocabulary import codes_of, normalise_code
from quadrille.errors import FileFormatError, UnknownEventError
from quadrille.sources.files import LONGEST_LINE, check_once, csv_cells, csv_rows, separator_of
from quadrille.sources.numerals import no_number

__all__ = [
    "FIRST_DAY",
    "FORMS",
    "Rows",
    "bad_number",
    "codes",
    "date_form",
    "dated",
    "days",
    "ends",
    "fold",
    "no_dyad",
    "rows_of_table",
    "rows_of_text",
    "taken",
    "text_lines",
    "words_of",
]

FIRST_DAY = date(1945, 1, 1)
# Cells that hold nothing, in databases, R and Python.
_NOTHING = ("NA", "None", "NULL", "NaN", r"\N", "")
# How dates are written, the likelier first; of those that fit as well the first is meant.
FORMS = (
    "%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%d-%b-%Y",
    "%d%b%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y",
)  # fmt: skip
_CLOCK = r"[ T]+\d{1,2}:\d{2}.*$"
_ROOTS = [f"{root:02}" for root in range(1, 21)]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file on their way to events.

    Attributes
    ----------
    names : tuple of str
        Columns of the file.
    frame : polars.DataFrame
        ``line``, ``raw`` (the row as text) and ``cells``, a list of texts.
    separator : str
        What parts the cells of a text; empty for a table that is none.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame
    separator: str


def fold(name: str) -> str:
    """A column's name without what programs change in it: ``Event.ID``, ``event_id``, ``Event ID``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def text_lines(text: str) -> list[str]:
    """Lines of a text, whatever ends them."""
    if "\n" not in text:
        return text.split("\r")
    return [line.rstrip("\r") for line in text.split("\n")] if "\r" in text else text.split("\n")


def rows_of_text(
    text: str,
    separator: str | None = None,
    header: Sequence[str] | None = None,
    file: str = "the text",
) -> Rows:
    """Rows of a text: those parted by tabs as they stand, as publishers write them; others as CSV.

    Parameters
    ----------
    separator : str, optional
        By default what parts the first line.
    header : sequence of str, optional
        Names of the columns, for files without a header.
    file : str
        For messages.

    Raises
    ------
    FileFormatError
        A row cannot be read; the message names its line.
    """
    first = text_lines(text[:LONGEST_LINE])[0]
    part = separator_of(first) if separator is None else separator
    names = header or [n.strip() for n in csv_cells(first, part, file)]
    start = 1 if header else 2
    if part == "\t":
        body = text_lines(text)[start - 1 :]
        frame = pl.DataFrame({"raw": body}, schema={"raw": pl.String}).with_row_index(
            "line", offset=start
        )
        frame = frame.filter(pl.col("raw") != "").with_columns(
            pl.col("line").cast(pl.Int64), cells=pl.col("raw").str.split(part)
        )
    else:
        frame = _quoted(text_lines(text), part, start, file)
    return Rows(tuple(names), frame, part)


def _quoted(lines: list[str], separator: str, start: int, file: str) -> pl.DataFrame:
    """Rows of a CSV, in which a quoted cell may hold separators and run over lines."""
    body = (f"{line}\n" for line in lines[start - 1 :])
    made = [
        (first, "\n".join(lines[first - 1 : last]), cells)
        for first, last, cells in csv_rows(body, separator, file, start)
        if cells
    ]
    return pl.DataFrame(
        made,
        schema={"line": pl.Int64, "raw": pl.String, "cells": pl.List(pl.String)},
        orient="row",
    )


def rows_of_table(frame: pl.DataFrame, lines: pl.Series) -> Rows:
    """Rows of a table that came whole, as Parquet or Excel."""
    text = frame.select(pl.all().cast(pl.String))
    made = text.select(
        lines.alias("line"),
        pl.concat_str(pl.all().fill_null(""), separator=",").alias("raw"),
        pl.concat_list(pl.all()).alias("cells"),
    )
    return Rows(tuple(frame.columns), made, "")


def taken(
    rows: Rows,
    file: str,
    what: str,
    wanted: Sequence[str],
    optional: Sequence[str] = (),
    least: int | None = None,
) -> pl.DataFrame:
    """Columns by name, whatever programs made of the names.

    Parameters
    ----------
    what : str
        Name of the source, for messages.
    wanted : sequence of str
        Columns that must be there.
    optional : sequence of str
        Columns that are null where they are not there.
    least : int, optional
        How many cells a row must have; by default those up to the last one wanted.

    Returns
    -------
    polars.DataFrame
        ``line, raw``, the columns as text (null for empty, ``NA`` and their like), and ``reason``,
        null but for rows too short, or wider than the header where ``least`` is given.

    Raises
    ------
    FileFormatError
        A column is missing, or named twice.
    """
    known = [n.lower() for n in (*wanted, *optional)]
    check_once([n.lower() for n in rows.names], known, file)
    place = {fold(n): k for k, n in reversed(list(enumerate(rows.names)))}
    missing = [n for n in wanted if fold(n) not in place]
    if missing:
        raise FileFormatError(
            f"{file}: line 1: {what} column {missing[0]!r} is missing; expected {', '.join(wanted)}"
        )

    def cell(name: str) -> pl.Expr:
        if fold(name) not in place:
            return pl.lit(None, pl.String).alias(name)
        found = pl.col("cells").list.get(place[fold(name)], null_on_oob=True)
        found = found.str.strip_chars().str.strip_chars('"').str.strip_chars()
        return pl.when(~found.is_in(_NOTHING)).then(found).alias(name)

    width = pl.col("cells").list.len()
    short = width < 1 + max(place[fold(n)] for n in wanted) if least is None else width != least
    wrong = pl.format(
        "wrong number of columns ({}, expected {})", width, pl.lit(least or len(rows.names))
    )
    return rows.frame.select(
        "line", "raw", *(cell(n) for n in (*wanted, *optional)), reason=pl.when(short).then(wrong)
    )


def _days(column: pl.Expr, form: str) -> pl.Expr:
    text = column.str.strip_chars().str.replace(_CLOCK, "")
    if form in ("%d-%b-%Y", "%d-%b-%y", "%d%b%Y"):
        text = text.str.to_titlecase()
    return text.str.to_date(form, strict=False)


def days(written: pl.Series, form: str) -> pl.Series:
    """Dates of a column of text, a time of day left off; null where a cell is none."""
    return written.to_frame("_").select(_days(pl.col("_"), form)).to_series()


def date_form(written: pl.Series, forms: Sequence[str] = FORMS) -> str:
    """The form that most cells of a column have, the first of those that fit as well."""

    def fit(form: str) -> int:
        found = days(distinct, form)
        return int(found.is_between(FIRST_DAY, date(2100, 1, 1)).sum())

    distinct = written.drop_nulls().unique()
    return max(forms, key=fit)


def words_of(form: str) -> str:
    """A form of dates in letters: ``YYYY-MM-DD``."""
    for sign, letters in (
        ("%Y", "YYYY"), ("%y", "YY"), ("%m", "MM"), ("%b", "MON"), ("%B", "MONTH"), ("%d", "DD"),
    ):  # fmt: skip
        form = form.replace(sign, letters)
    return form


def dated(rows: pl.DataFrame, column: str, form: str, called: str = "") -> pl.DataFrame:
    """Add ``date``, and a reason where there is none or it lies out of range.

    Parameters
    ----------
    called : str
        What to call the form; by default as `strptime` does.
    """
    day = _days(pl.col(column), form)
    shown = pl.col(column).fill_null("")
    return rows.with_columns(
        date=day,
        reason=pl.coalesce(
            "reason",
            pl.when(day.is_null()).then(
                pl.format(f"bad date ('{{}}', expected {called or form})", shown)
            ),
            pl.when(~day.is_between(FIRST_DAY, date.today())).then(
                pl.format("date out of range ('{}', expected 1945 to today)", shown)
            ),
        ),
    )


def bad_number(column: str, value: str, called: str, limit: float = 10) -> list[pl.Expr]:
    """Why a weight is none: not a number, or out of range; null where it is empty or sound.

    Parameters
    ----------
    column : str
        Column of the text.
    value : str
        Column of the number made of it.
    called : str
        What to call it.
    """
    number, text = pl.col(value), pl.col(column)
    return [
        pl.when(number.is_null() & text.is_not_null()).then(no_number(called, text)),
        pl.when(number.abs() > limit).then(
            pl.format(f"{called} out of range ('{{}}', expected -10 to 10)", text)
        ),
    ]


def ends(source: str, target: str, what: str = "is no known state") -> dict[str, pl.Expr]:
    """Why the ends, resolved in ``source`` and ``target``, are no dyad, as `no_dyad`.

    Parameters
    ----------
    source, target : str
        Columns of the ends as written.
    """
    absent = pl.col(source).is_null() | pl.col(target).is_null()
    unknown = {side: pl.col(side).is_null() for side in ("source", "target")}
    within = pl.col("source") == pl.col("target")
    return no_dyad(absent, unknown, {"source": source, "target": target}, within, what)


def no_dyad(
    absent: pl.Expr,
    unknown: Mapping[str, pl.Expr],
    written: Mapping[str, str],
    within: pl.Expr,
    what: str = "is no known state",
) -> dict[str, pl.Expr]:
    """``skip``, why a valid row is not between two known states, and ``name``, the name at fault.

    Parameters
    ----------
    absent : polars.Expr
        Whether a side has no state.
    unknown : mapping
        Side → whether its name is unknown.
    written : mapping
        Side → column of its name.
    within : polars.Expr
        Whether both sides are one state.
    """
    skip = [pl.when(absent).then(pl.lit("no country on one side"))]
    for side, cell in written.items():
        skip.append(pl.when(unknown[side]).then(pl.format(f"{side} {what} ('{{}}')", cell)))
    skip.append(pl.when(within).then(pl.lit("within one state")))
    name = pl.coalesce(pl.when(unknown[s]).then(pl.col(c)) for s, c in written.items())
    return {"skip": pl.coalesce(skip), "name": pl.when(~absent).then(name)}


def codes(written: pl.Series, texts: pl.Series | None = None) -> pl.Series:
    """CAMEO codes as CAMEO writes them; from the event text where there is no code.

    A column of codes that was read as numbers has lost its leading zeros, and then ``10`` may be
    ``010`` or the root 10. It is ``010`` where the text says so, and where no code of the column begins
    with a zero while some two-digit code is no root: publishers do not mix roots with such codes.
    """
    distinct = written.drop_nulls().unique()
    lost = _lost_zeros(distinct)
    fixed = pl.Series([_known(c, lost) for c in distinct], dtype=pl.String)
    found = written.replace_strict(distinct, fixed, default=None, return_dtype=pl.String)
    if texts is None:
        return found
    by_text = codes_of(texts)
    told = written.is_null() | (by_text == "0" + written).fill_null(False)
    return pl.select(pl.when(told).then(by_text).otherwise(found)).to_series()


def _known(code: str, lost_zeros: bool) -> str | None:
    try:
        return normalise_code(f"0{code}" if lost_zeros and len(code) == 2 else code)
    except UnknownEventError:
        return None


def _lost_zeros(distinct: pl.Series) -> bool:
    two = distinct.filter(distinct.str.len_chars() == 2)
    return not distinct.str.starts_with("0").any() and not two.is_in(_ROOTS).all()
