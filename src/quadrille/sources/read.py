"""Read a file, a zip or a folder: what it is follows from what it holds."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError, NoDataError
from quadrille.sources.icews import NAMED_COLUMNS, is_icews, read_icews, read_named
from quadrille.sources.panels import ColumnMap, matching, read_column_map, read_panel
from quadrille.sources.table import Table, merge

__all__ = ["SUFFIXES", "decode", "read", "read_all", "read_bytes"]

SUFFIXES = {".tab", ".tsv", ".csv", ".txt", ".zip", ".parquet"}
WANTED = "an ICEWS tab file, a panel of counts or scores with a column map, or a chronicle"


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises
    ------
    FileFormatError
        It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as why:
        raise FileFormatError(f"{path}: cannot be read ({why.strerror}); check the path") from None


def decode(raw: bytes, file: str) -> str:
    """The UTF-8 text of a file, a byte-order mark taken off.

    Raises
    ------
    FileFormatError
        It is not UTF-8; the message names the line.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw.count(b"\n", 0, why.start) + 1
        raise FileFormatError(
            f"{file}: line {line}: not UTF-8 text (byte 0x{raw[why.start]:02x}); save it as UTF-8"
        ) from None


def _members(path: Path, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [n for n in archive.namelist() if Path(n).suffix.lower() in SUFFIXES - {".zip"}]
            names = [n for n in names if not n.startswith("__MACOSX/")]
            if not names:
                raise FileFormatError(f"{path}: the zip holds no tab, CSV or Parquet file")
            for name in sorted(names):
                yield f"{path}/{name}", archive.read(name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as why:
        raise FileFormatError(f"{path}: not a whole zip ({why}); fetch it again") from None
    except RuntimeError as why:
        raise FileFormatError(f"{path}: the zip cannot be opened ({why}); unpack it") from None


def _parquet(raw: bytes, file: str, column_map: ColumnMap | None) -> Table:
    try:
        frame = pl.read_parquet(io.BytesIO(raw))
    except Exception as why:
        reason = str(why).splitlines()[0]
        raise FileFormatError(
            f"{file}: not a whole Parquet file ({reason}); fetch it again"
        ) from None
    if column_map is None and set(NAMED_COLUMNS) <= set(frame.columns):
        return read_named(frame, file)
    return read_panel(frame, column_map or _preset(frame.columns, file), file, 1)


def _preset(columns: list[str], file: str) -> ColumnMap:
    found = matching(columns)
    if found is None:
        raise FileFormatError(
            f"{file}: cannot tell what its columns {', '.join(columns[:8])} are; expected {WANTED}: "
            f"put a column map beside it as {Path(file).name}.map.toml"
        )
    return found


def _separator(header: str) -> str:
    return max(",;\t|", key=header.count)


def _csv(text: str, file: str, column_map: ColumnMap | None) -> Table:
    header = text.split("\n", 1)[0]
    separator = _separator(header)
    try:
        frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        raise FileFormatError(_ragged(text, separator, file)) from None
    if column_map is None and set(NAMED_COLUMNS) <= set(frame.columns):
        return read_named(frame.with_columns(pl.col("date").str.to_datetime(strict=False)), file)
    return read_panel(frame, column_map or _preset(frame.columns, file), file, 2)


def _ragged(text: str, separator: str, file: str) -> str:
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    width = len(next(rows))
    for row in rows:
        if len(row) > width:
            return f"{file}: line {rows.line_num}: {len(row)} columns, expected {width}"
    return f"{file}: not a table that can be read; expected {WANTED}"


def _one(raw: bytes, file: str, column_map: ColumnMap | None) -> Table:
    if raw[:4] == b"PAR1" or file.endswith(".parquet"):
        return _parquet(raw, file, column_map)
    if b"\0" in raw[:4096]:
        raise FileFormatError(f"{file}: not a UTF-8 text file; expected {WANTED}")
    text = decode(raw, file)
    if not text.strip():
        raise FileFormatError(f"{file}: it is empty; expected {WANTED}")
    if column_map is None and is_icews(text.split("\n", 1)[0]):
        return read_icews(text, file)
    return _csv(text, file, column_map)


def _beside(path: Path) -> ColumnMap | None:
    """The column map that lies beside a file."""
    own = path.with_name(f"{path.name}.map.toml")
    return read_column_map(own) if own.is_file() else None


def read(path: str | Path, *, column_map: ColumnMap | None = None) -> Table:
    """Read a file, a zip or a folder into one canonical table.

    Parameters
    ----------
    path : path
        ICEWS as Dataverse publishes it (``.tab`` or a zip of such files), named ICEWS events, or a
        panel of counts or scores as CSV or Parquet. A folder is read whole.
    column_map : ColumnMap, optional
        What the columns of a panel are. By default ``<file>.map.toml`` beside the file, else a
        known layout.

    Raises
    ------
    FileFormatError
        The file cannot be used; one line says where and how to mend it.
    NoDataError
        The folder holds no data file.
    OptionError
        The files of a folder are of different kinds.
    """
    place = Path(path)
    if place.is_dir():
        inside = sorted(p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not inside:
            kinds = ", ".join(sorted(SUFFIXES))
            raise NoDataError(f"{place}: the folder holds no data file ({kinds})")
        return merge([read(p, column_map=column_map) for p in inside])
    raw = read_bytes(place)
    chosen = column_map or _beside(place)
    if zipfile.is_zipfile(io.BytesIO(raw)) or place.suffix.lower() == ".zip":
        return merge([_one(content, name, chosen) for name, content in _members(place, raw)])
    return _one(raw, str(place), chosen)


def read_all(paths: Sequence[str | Path]) -> Table:
    """Read several files, zips or folders of the same kind into one table.

    Raises
    ------
    FileFormatError, NoDataError, OptionError
        As `read`.
    """
    return merge([read(p) for p in paths])
