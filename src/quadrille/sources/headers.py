"""The columns of a table, read without the table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from quadrille.errors import FileFormatError

__all__ = ["HEAD", "TABLES", "columns_below", "columns_of", "workbook_rows"]

TABLES = {".csv", ".tab", ".tsv", ".txt", ".parquet", ".xls", ".xlsx"}
# Enough for a header of two thousand columns.
HEAD = 65_536


def columns_of(path: str | Path) -> tuple[str, ...]:
    """Names of the columns of a CSV, Parquet or Excel file, in lower case.

    Raises
    ------
    FileFormatError
        It cannot be read, or is no table.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            head = file.read(HEAD)
        if head[:4] == b"PAR1":
            names = list(pl.read_parquet_schema(place))
        elif place.suffix.lower() in (".xls", ".xlsx"):
            names = [str(cell) for cell in next(workbook_rows(place), [])]
        else:
            names = _text_header(head, str(path))
    except OSError as why:
        raise FileFormatError(f"{path}: cannot be read ({why.strerror}); check the path") from None
    except pl.exceptions.PolarsError as why:
        reason = str(why).splitlines()[0]
        raise FileFormatError(
            f"{path}: not a whole Parquet file ({reason}); fetch it again"
        ) from None
    return tuple(name.strip().lower() for name in names)


def columns_below(path: str | Path) -> Iterator[tuple[str, ...]]:
    """Names of the columns were each of the next lines of a text the header, after an explanation.

    SIPRI's exports begin with up to eleven lines of it; the first forty are looked at.
    """
    with Path(path).open("rb") as file:
        head = file.read(HEAD)
    if head[:4] == b"PAR1" or b"\0" in head:
        return
    for line in head.splitlines()[1:40]:
        yield tuple(name.strip().lower() for name in _cells(line, str(path)))


def _text_header(head: bytes, file: str) -> list[str]:
    if b"\0" in head:
        raise FileFormatError(f"{file}: not text; save it as CSV or Parquet")
    return _cells(head.splitlines()[0] if head.strip() else b"", file)


def _cells(line: bytes, file: str) -> list[str]:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    try:
        return next(csv.reader([text], delimiter=max(",;\t|", key=text.count)), [])
    except csv.Error as why:
        raise FileFormatError(f"{file}: line 1: not a header ({why})") from None


def workbook_rows(path: Path) -> Iterator[Sequence[object]]:
    """Rows of the first sheet of an Excel file; empty cells are ``""``.

    Raises
    ------
    FileFormatError
        It is no Excel file.
    """
    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
        yield from rows
    except CalamineError as why:
        raise FileFormatError(f"{path}: not a whole Excel file ({why}); fetch it again") from None
