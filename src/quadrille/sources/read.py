"""Read a file, a zip or a folder: what it is follows from what it holds."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError, NoDataError
from quadrille.sources.column_map import ColumnMap, matching, read_column_map, read_panel
from quadrille.sources.events.gdelt import gdelt_kind, read_gdelt
from quadrille.sources.events.icews import NAMED_COLUMNS, is_icews, read_icews, read_named
from quadrille.sources.events.mapped import guess_map, missing_parts, read_events
from quadrille.sources.events.phoenix import is_phoenix, read_phoenix
from quadrille.sources.events.polecat import is_polecat, read_polecat
from quadrille.sources.table import Table, merge

__all__ = [
    "SUFFIXES",
    "beside",
    "decode",
    "frame_of",
    "publisher_of",
    "read",
    "read_all",
    "read_bytes",
    "texts",
]

SUFFIXES = {".tab", ".tsv", ".csv", ".txt", ".zip", ".parquet"}
# A zip that says it unpacks to more than this many times its size is a bomb, not data.
_RATIO = 100
_FLOOR = 1 << 24
WANTED = "ICEWS, POLECAT, GDELT or Phoenix events, a table with a column map, or a chronicle"


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


def _lenient(raw: bytes) -> str:
    """The text of a file of which only columns of ASCII are used, other bytes escaped."""
    return raw.decode("utf-8-sig", errors="backslashreplace")


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
            size = sum(archive.getinfo(n).file_size for n in names)
            if size > max(_RATIO * len(raw), _FLOOR):
                raise FileFormatError(
                    f"{path}: unpacks to more than {_RATIO} times its size; refused as a bomb"
                )
            for name in sorted(names):
                yield f"{path}/{name}", archive.read(name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as why:
        raise FileFormatError(f"{path}: not a whole zip ({why}); fetch it again") from None
    except RuntimeError as why:
        raise FileFormatError(f"{path}: the zip cannot be opened ({why}); unpack it") from None


def _parquet_frame(raw: bytes, file: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(io.BytesIO(raw))
    except Exception as why:
        reason = str(why).splitlines()[0]
        raise FileFormatError(
            f"{file}: not a whole Parquet file ({reason}); fetch it again"
        ) from None


def _parquet(raw: bytes, file: str, column_map: ColumnMap | None) -> Table:
    frame = _parquet_frame(raw, file)
    if column_map is None and set(NAMED_COLUMNS) <= set(frame.columns):
        return read_named(frame, file)
    return _mapped(frame, column_map, file, 1)


def _mapped(frame: pl.DataFrame, given: ColumnMap | None, file: str, first_line: int) -> Table:
    """A table by its map: the one given, a known layout, else a guess that is clear."""
    chosen = given or matching(frame.columns) or guess_map(frame)
    if chosen is None and frame.is_empty():
        raise FileFormatError(f"{file}: it holds no rows under its header; expected {WANTED}")
    if chosen is None:
        raise FileFormatError(
            f"{file}: cannot tell what its columns {', '.join(frame.columns[:8])} are: it has "
            f"{missing_parts(frame)}; expected {WANTED}: put a column map beside it as {Path(file).name}.map.toml "
            "(quadrille map guess FILE shows how)"
        )
    if chosen.kind == "events":
        return read_events(frame, chosen, file, first_line)
    return read_panel(frame, chosen, file, first_line)


def frame_of(path: str | Path) -> pl.DataFrame:
    """The table in a CSV or Parquet file, as it stands, for a look at its columns.

    Raises
    ------
    FileFormatError
        It is no table.
    """
    raw, file = read_bytes(Path(path)), str(path)
    if raw[:4] == b"PAR1":
        return _parquet_frame(raw, file)
    if raw[:2] == b"PK":
        raise FileFormatError(f"{file}: is a zip; unpack it and give the table in it")
    text = decode(raw, file)
    if not text.strip():
        raise FileFormatError(f"{file}: it is empty; expected a table with a header")
    return _csv_frame(text, file)


def _separator(header: str) -> str:
    return max(",;\t|", key=header.count)


def _csv_frame(text: str, file: str) -> pl.DataFrame:
    separator = _separator(text.split("\n", 1)[0])
    try:
        return pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        raise FileFormatError(_ragged(text, separator, file)) from None


def _csv(text: str, file: str, column_map: ColumnMap | None) -> Table:
    frame = _csv_frame(text, file)
    if column_map is None and set(NAMED_COLUMNS) <= set(frame.columns):
        return read_named(frame.with_columns(pl.col("date").str.to_datetime(strict=False)), file)
    return _mapped(frame, column_map, file, 2)


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
    if column_map is None and (reader := _publisher(raw)):
        return reader(_lenient(raw), file)
    text = decode(raw, file)
    if not text.strip():
        raise FileFormatError(f"{file}: it is empty; expected {WANTED}")
    return _csv(text, file, column_map) if column_map else _known(text, file)


def _publisher(raw: bytes) -> Callable[[str, str], Table] | None:
    """The reader of files whose used columns are ASCII, whatever place names are written in."""
    first = _lenient(raw.split(b"\n", 1)[0])
    if is_polecat(first):
        return read_polecat
    return read_gdelt if gdelt_kind(first) == "events" else None


def _known(text: str, file: str) -> Table:
    """A text whose first line tells its publisher, else a table."""
    first = text.split("\n", 1)[0]
    if is_icews(first):
        return read_icews(text, file)
    if gdelt_kind(first) == "mentions":
        raise FileFormatError(
            f"{file}: GDELT mentions tell how events were reported, not events; give the export file, "
            "and see quadrille.sources.weigh"
        )
    return read_phoenix(text, file) if is_phoenix(first) else _csv(text, file, None)


def beside(path: Path) -> ColumnMap | None:
    """The column map that lies beside a file."""
    own = path.with_name(f"{path.name}.map.toml")
    return read_column_map(own) if own.is_file() else None


def publisher_of(path: str | Path) -> str | None:
    """Whose file this is, if its first line tells; such a file needs no column map."""
    raw = read_bytes(Path(path))
    if raw[:4] == b"PAR1":
        named = set(NAMED_COLUMNS) <= set(_parquet_frame(raw, str(path)).columns)
        return "named ICEWS events" if named else None
    first = _lenient(raw.split(b"\n", 1)[0])
    found = {
        "POLECAT": is_polecat(first),
        "ICEWS": is_icews(first),
        "GDELT": gdelt_kind(first) is not None,
        "Phoenix": is_phoenix(first),
    }
    return next((name for name, there in found.items() if there), None)


def _files(place: Path) -> list[Path]:
    """The file itself, or the data files of a folder."""
    if not place.is_dir():
        return [place]
    inside = sorted(p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not inside:
        kinds = ", ".join(sorted(SUFFIXES))
        raise NoDataError(f"{place}: the folder holds no data file ({kinds})")
    return inside


def _contents(place: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of a file, or of each file of a zip."""
    raw = read_bytes(place)
    if zipfile.is_zipfile(io.BytesIO(raw)) or place.suffix.lower() == ".zip":
        yield from _members(place, raw)
    else:
        yield str(place), raw


def texts(place: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file of a path, zip or folder, whatever bytes it holds."""
    for file in _files(place):
        for name, raw in _contents(file):
            yield name, _lenient(raw)


def read(path: str | Path, *, column_map: ColumnMap | None = None) -> Table:
    """Read a file, a zip or a folder into one canonical table.

    Parameters
    ----------
    path : path
        ICEWS and POLECAT as Dataverse publishes them, GDELT 1.0 and 2.0, Phoenix, named ICEWS events,
        or any table of events, counts or scores as CSV or Parquet. A zip or a folder is read whole.
    column_map : ColumnMap, optional
        What the columns of a table are. By default ``<file>.map.toml`` beside the file, else a
        known layout, else what `quadrille.sources.guess_map` finds.

    Raises
    ------
    FileFormatError
        The file cannot be used; one line says where and how to mend it.
    NoDataError
        The folder holds no data file.
    OptionError
        The files of a folder are of different kinds.
    """
    return merge(
        [
            _one(raw, name, column_map or beside(file))
            for file in _files(Path(path))
            for name, raw in _contents(file)
        ]
    )


def read_all(paths: Sequence[str | Path]) -> Table:
    """Read several files, zips or folders of the same kind into one table.

    Raises
    ------
    FileFormatError, NoDataError, OptionError
        As `read`.
    """
    return merge([read(p) for p in paths])
