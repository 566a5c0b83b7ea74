"""Rows that people write: a CSV read line by line, and what each line breaks of a schema."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from quadrille.coding.schema import EMPTY, REPEATED, Column, Rule, Schema, failures
from quadrille.errors import ChronicleError, UnknownStateError
from quadrille.sources.files import csv_rows
from quadrille.states.registry import existed, find, get

__all__ = [
    "CERTAINTY",
    "UNKNOWN",
    "Problem",
    "Span",
    "among",
    "certainty",
    "column",
    "dated",
    "dates",
    "frame_of",
    "number",
    "parties",
    "problems_of",
    "sure",
    "written",
]

# Weight of a row in the measurement: how sure its coder is that it happened, then, so.
CERTAINTY = {"certain": 1.0, "probable": 0.8, "contested": 0.5}
UNKNOWN = "unknown state"
_DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a chronicle: where, and what was expected."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        """One line: file, line, column, what is wrong and what was expected."""
        where = f"{self.file}: line {self.line}"
        return (
            f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


def column(*rules: Rule, nullable: bool = False, unique: bool = False) -> Column:
    """A column of text."""
    return Column(pl.String, rules, nullable, unique)


def among(name: str, values: Sequence[str], nullable: bool = False) -> Column:
    """A column of words from a list."""
    rule = Rule(pl.col(name).is_in(list(values)), f"use one of {', '.join(values)}")
    return column(rule, nullable=nullable)


def certainty() -> Column:
    """The column of certainty; `prepare` of the rows adds ``_certain_ok``, see `sure`."""
    seen = Rule(
        pl.col("_certain_ok"),
        "needs where it was seen: give an address, a page or an issue in the column seen, or write probable",
    )
    return column(*among("certainty", tuple(CERTAINTY)).rules, seen)


def sure(row: dict[str, Any]) -> bool:
    """Whether a row that is certain says where its fact and its day were seen."""
    return row["certainty"] != "certain" or bool(row["seen"])


def written(name: str, pattern: str, message: str, unique: bool = False) -> Column:
    """A column of texts of one form."""
    return column(Rule(pl.col(name).str.contains(pattern), message), unique=unique)


def dated(name: str, *rules: Rule, nullable: bool = False) -> Column:
    """A column of dates; `prepare` of the rows adds ``_<name>_ok``."""
    return column(
        Rule(pl.col(name).str.contains(_DATE), "write YYYY, YYYY-MM or YYYY-MM-DD"),
        Rule(pl.col(f"_{name}_ok"), "no day of the calendar from 1945 to today"),
        *rules,
        nullable=nullable,
    )


def dates(text: str | None) -> Span | None:
    """First and last day of YYYY, YYYY-MM or YYYY-MM-DD; None if it is no such date."""
    try:
        parts = [int(p) for p in (text or "").split("-")]
        first = date(*[*parts, 1, 1][:3])
        if len(parts) == 3:
            return first, first
        after = date(first.year + 1, 1, 1) if len(parts) == 1 else _next_month(first)
        return first, date.fromordinal(after.toordinal() - 1)
    except (ValueError, TypeError):
        return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def number(text: str | None) -> float | None:
    """A number as written; NaN if it is none, None if nothing is written."""
    try:
        return float(text) if text else None
    except ValueError:
        return float("nan")


def parties(row: dict[str, Any], when: Span | None) -> dict[str, Any]:
    """Who acts on whom, as ISO3, and whether both are known, existed then and differ."""
    ends = {e: _state(row[e], when) for e in ("source", "target")}
    return {
        **{f"_{e}": ends[e] for e in ends},
        **{f"_{e}_ok": ends[e] is not None for e in ends},
        **{f"_{e}_then": _then(ends[e], when) for e in ends},
        "_differ": ends["source"] is None or ends["source"] != ends["target"],
    }


def _state(text: str | None, when: Span | None) -> str | None:
    try:
        return find(text or "", on=when[0] if when else None).iso3
    except UnknownStateError:
        return None


def _then(iso3: str | None, when: Span | None) -> bool:
    """Whether a state existed at some time of a span; True where either is unknown."""
    return (
        not iso3
        or not when
        or any(existed(iso3, d) for d in when)
        or any(a <= when[1] and (b or when[0]) >= when[0] for a, b in get(iso3).spells)
    )


def _cells(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every row that is not blank, header first."""
    rows = csv_rows(io.StringIO(text), ",", file, strict=True, error=ChronicleError)
    return ((line, cells) for line, _, cells in rows if any(c.strip() for c in cells))


def frame_of(
    text: str,
    file: str,
    required: Sequence[str],
    columns: Sequence[str],
    prepare: Callable[[dict[str, Any]], dict[str, Any]],
) -> tuple[pl.DataFrame, list[Problem]]:
    """Rows as written with what the checks need, ``_line`` and ``_file``, and the rows that are no rows.

    Raises
    ------
    ChronicleError
        A quotation mark is not closed, or the header is not one of ``columns``.
    """
    rows = _cells(text, file)
    header = [c.strip() for c in next(rows, (1, []))[1]]
    missing = [c for c in required if c not in header]
    strange = [c for c in header if c not in columns]
    if missing or strange or len(set(header)) < len(header):
        what = (
            f"column {missing[0]!r} is missing"
            if missing
            else f"unknown column {strange[0]!r}"
            if strange
            else f"column {next(c for c in header if header.count(c) > 1)!r} appears twice; rename one"
        )
        raise ChronicleError(f"{file}: line 1: {what}; columns are {','.join(columns)}")
    problems, made = [], []
    for line, cells in rows:
        if len(cells) != len(header):
            found = f"{len(cells)} columns, expected {len(header)}; quote texts that hold commas"
            problems.append(Problem(file, line, "", found))
            continue
        row = dict.fromkeys(columns) | {
            n: c.strip() or None for n, c in zip(header, cells, strict=True)
        }
        made.append(prepare(row) | {"_line": line, "_file": file})
    return pl.DataFrame(made, infer_schema_length=None), problems


def problems_of(
    frame: pl.DataFrame, file: str, schema: Schema, columns: Sequence[str]
) -> list[Problem]:
    """What breaks a schema, with the line of each; of each cell the first rule it breaks."""
    texts = frame.with_columns(pl.col(c).cast(pl.String) for c in columns)
    first: dict[tuple[int, str], Problem] = {}
    for row, name, message in failures(texts, schema):
        line, value = texts["_line"][row], texts[name][row]
        first.setdefault((line, name), Problem(file, line, name, _said(value, message)))
    return sorted(first.values(), key=lambda p: (p.line, columns.index(p.column)))


def _said(value: str | None, message: str) -> str:
    if message == EMPTY:
        return message
    if message == REPEATED:
        message = "the same id stands on another line"
    if message == UNKNOWN:
        try:
            find(value or "")
        except UnknownStateError as why:
            return str(why)
    return f"{value!r}: {message}"
