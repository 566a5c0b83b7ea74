"""Open what people have: text in some encoding, Parquet, Excel, gzip and zip; one way of each.

A zip, with the zips in it, is unpacked side by side into a folder of ours, under one rule against bombs.
Text in UTF-16 is written there as UTF-8. What a file is, is told by its first bytes and not by its name,
but for damaged files, whose name says what they should be.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import tomllib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, Literal, TypeAlias, cast

import polars as pl

from quadrille.errors import FileFormatError, NoDataError

__all__ = [
    "LONGEST_LINE",
    "SUFFIXES",
    "File",
    "Head",
    "cannot_read",
    "check_once",
    "check_types",
    "csv_cells",
    "csv_rows",
    "data_files",
    "decode",
    "decode_any",
    "decode_lenient",
    "head_of",
    "load_toml",
    "peek",
    "read_bytes",
    "read_frame",
    "read_parquet",
    "read_text",
    "read_workbook",
    "separator_of",
    "unpack",
    "workbook_rows",
]

_TABLES = {".tab", ".tsv", ".csv", ".txt", ".parquet", ".xls", ".xlsx"}
# Endings of what is looked at in a folder.
SUFFIXES = _TABLES | {".zip", ".gz"}
# What unpacks to more than so many times its size, and more than the floor, is a bomb and not data.
# Zeros and ones of 534 organisations, as in the IGOs of Correlates of War, pack to a seventieth and less; a
# deflated bomb is a thousand times its size.
_RATIO = 300
_FLOOR = 1 << 24
_CHUNK = 1 << 20
# Enough for a header of two thousand columns; and the longest line that is looked at.
_HEAD = 65_536
LONGEST_LINE = 2 << 20
# Lines that may come before a header.
_PREAMBLE = 40
# A packed file, and one level of packed files in it.
_LEVELS = 2
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Packed: TypeAlias = IO[bytes] | gzip.GzipFile
Container: TypeAlias = Literal["text", "parquet", "excel", "zip", "gzip", "tar", "binary"]


@dataclass(frozen=True, slots=True)
class File:
    """A file that is no zip: where its content is, and what to call it.

    Attributes
    ----------
    path : Path
    shown : str
        Name for messages and tables; of a file in a zip ``zip/member``.
    member : str
        Name inside a zip; empty for a file that was in none.
    """

    path: Path
    shown: str
    member: str = ""


@dataclass(frozen=True)
class Head:
    """The beginning of a file, enough to tell its format.

    Attributes
    ----------
    file : File
    container : {"text", "parquet", "excel", "zip", "gzip", "tar", "binary"}
    lines : tuple of str
        The first lines of a text, at most `LONGEST_LINE` and 40 of them.
    """

    file: File
    container: Container
    lines: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The first line of a text; empty for others."""
        return self.lines[0] if self.lines else ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns as in the file.

        Raises
        ------
        FileFormatError
            It is not whole.
        """
        if self.container == "parquet":
            return tuple(_parquet_names(self.file))
        if self.container == "excel":
            return tuple(next(workbook_rows(self.file), ()))
        return self.cells(0)

    @cached_property
    def below(self) -> tuple[Head, ...]:
        """Heads that begin at each further line, for headers that stand below explanations."""
        lines = self.lines[1:]
        if self.container == "excel":
            rows = islice(workbook_rows(self.file), 1, _PREAMBLE)
            lines = tuple("\t".join(cells) for cells in rows)
        return tuple(Head(self.file, "text", (line,)) for line in lines)

    def cells(self, line: int) -> tuple[str, ...]:
        """Cells of one of the lines; none where it is no line of a table."""
        if line >= len(self.lines):
            return ()
        text = self.lines[line]
        try:
            return tuple(next(csv.reader([text], delimiter=separator_of(text)), ()))
        except csv.Error:
            return ()


def cannot_read(path: object, why: OSError) -> FileFormatError:
    """The error for a file that the system does not give."""
    return FileFormatError(f"{path}: cannot be read ({why.strerror}); check the path")


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
        raise cannot_read(path, why) from None


# ---------------------------------------------------------------- text


def _western(raw: bytes) -> str:
    """Text of a Western spreadsheet: every byte is a letter."""
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _damaged(raw: bytes) -> bool:
    """Whether bytes that are no UTF-8 hold more letters in it than faults."""
    lenient = raw.decode("utf-8", errors="replace")
    faults = lenient.count("\ufffd")
    return len(lenient) - len(lenient.encode("ascii", errors="ignore")) > 2 * faults


def decode(raw: bytes, file: str) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or else Windows-1252; the mark taken off.

    Raises
    ------
    FileFormatError
        It is UTF-8 but for some bytes; the message names the line.
    """
    try:
        return raw.decode("utf-16" if raw[:2] in _UTF16 else "utf-8-sig")
    except UnicodeDecodeError as why:
        if raw[:2] not in _UTF16 and not _damaged(raw):
            return _western(raw)
        line = raw.count(b"\n", 0, why.start) + 1
        raise FileFormatError(
            f"{file}: line {line}: not {why.encoding.upper()} text (byte 0x{raw[why.start]:02x}); save "
            "it as UTF-8"
        ) from None


def decode_lenient(raw: bytes) -> str:
    """The text of a file of which only columns of ASCII are used, other bytes escaped."""
    if raw[:2] in _UTF16:
        return raw.decode("utf-16", errors="backslashreplace")
    return raw.decode("utf-8-sig", errors="backslashreplace")


def decode_any(raw: bytes) -> str:
    """The text of a file as `decode` has it; bytes at fault become U+FFFD."""
    if raw[:2] in _UTF16:
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("utf-8-sig", errors="replace") if _damaged(raw) else _western(raw)


def read_text(path: str | Path, what: str) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows-1252, lines ended by line feeds.

    Parameters
    ----------
    what : str
        Name of the data, for messages.

    Raises
    ------
    FileFormatError
        It cannot be read, is empty, or is no text.
    """
    raw = read_bytes(Path(path))
    if not raw.strip():
        raise FileFormatError(f"{path}: it is empty; expected {what} as CSV or Parquet")
    binary = b"\0" in raw[:4096] and raw[:2] not in _UTF16
    if raw[:2] == b"PK" or binary or raw.startswith(b"{\\rtf"):
        raise FileFormatError(f"{path}: not text; unpack it, or save {what} as CSV or Parquet")
    return decode_any(raw).replace("\r\n", "\n").replace("\r", "\n")


def load_toml(text: str) -> dict[str, Any]:
    """TOML as the standard library reads it; what is nested too deep for it is none.

    Raises
    ------
    tomllib.TOMLDecodeError
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets are nested too deep") from None


def separator_of(line: str) -> str:
    """What parts the cells of a line: comma, semicolon, tab or bar."""
    return max(",;\t|", key=line.count)


def csv_rows(
    lines: Iterable[str],
    separator: str,
    file: str,
    first: int = 1,
    *,
    strict: bool = False,
    error: type[FileFormatError] = FileFormatError,
) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and cells of each row of a CSV, in which a quoted cell may run over lines.

    Parameters
    ----------
    first : int
        Number of the first of the lines.
    strict : bool
        A quotation mark must be closed, and stand at the ends of a cell.
    error : type
        What is raised.

    Raises
    ------
    FileFormatError
        A quotation mark is not closed for so long that the cell is none; or, if strict, at all.
    """
    reader = csv.reader(lines, delimiter=separator, strict=strict)
    start = first
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as why:
            raise error(
                f"{file}: line {start}: the row that begins here cannot be read ({why}); close every "
                "quotation mark, and double those within a text"
            ) from None
        last = first - 1 + reader.line_num
        yield start, last, cells
        start = last + 1


def csv_cells(line: str, separator: str, file: str) -> list[str]:
    """Cells of one line of a CSV; none of an empty one. Raises as `csv_rows`."""
    return next((cells for _, _, cells in csv_rows([line], separator, file)), [])


def check_once(names: Sequence[str], wanted: Iterable[str], file: str, line: int = 1) -> None:
    """Refuse a header that names one of the columns we use twice: which of them counts, nobody can tell.

    Raises
    ------
    FileFormatError
    """
    there = Counter(n.strip() for n in names)
    twice = next((n for n in wanted if there[n.strip()] > 1), None)
    if twice is not None:
        raise FileFormatError(f"{file}: line {line}: column {twice!r} appears twice; rename one")


# ---------------------------------------------------------------- Parquet and Excel


def _not_whole(file: object, what: str, why: Exception) -> FileFormatError:
    return FileFormatError(
        f"{file}: not a whole {what} ({str(why).splitlines()[0]}); fetch it again"
    )


def _parquet_names(file: File) -> list[str]:
    try:
        return list(pl.read_parquet_schema(file.path))
    except Exception as why:
        raise _not_whole(file.shown, "Parquet file", why) from None


def read_parquet(path: str | Path, shown: str | None = None) -> pl.DataFrame:
    """The table in a Parquet file.

    Raises
    ------
    FileFormatError
        It cannot be read, or is not whole.
    """
    raw = read_bytes(Path(path))
    try:
        frame = pl.read_parquet(io.BytesIO(raw))
    # Rust panics and DuckDB alike: whatever it says, the file is damaged.
    except Exception as why:
        raise _not_whole(shown or path, "Parquet file", why) from None
    check_types(frame.schema, str(shown or path))
    return frame


def check_types(schema: Mapping[str, pl.DataType], file: str) -> None:
    """Refuse columns that hold neither text, numbers nor days.

    Raises
    ------
    FileFormatError
    """
    for name, kind in schema.items():
        if isinstance(kind, pl.List | pl.Array | pl.Duration | pl.Object):
            raise FileFormatError(
                f"{file}: column {name!r} holds {kind}; expected text, numbers or days: save it as one of "
                "these, or leave it out"
            )


def _cell(value: object) -> str:
    """A cell of a workbook as text: whole numbers without a point, dates as ISO writes them."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def workbook_rows(file: File) -> Iterator[list[str]]:
    """Rows of the first sheet of an Excel file, as text.

    Raises
    ------
    FileFormatError
        It cannot be read, or is no Excel file.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with file.path.open("rb"):
            pass
        sheet = CalamineWorkbook.from_path(file.path).get_sheet_by_index(0)
        for row in sheet.iter_rows():
            yield [_cell(value) for value in row]
    except OSError as why:
        raise cannot_read(file.shown, why) from None
    except CalamineError as why:
        raise _not_whole(file.shown, "Excel file", why) from None


def read_workbook(path: str | Path, shown: str | None = None) -> tuple[list[str], pl.DataFrame]:
    """Header and rows of the first sheet of an Excel file.

    Returns
    -------
    header : list of str
    rows : polars.DataFrame
        A text column ``column_0``, … for each of the header, null for empty cells, and ``line``;
        rows without any cell are left out.

    Raises
    ------
    FileFormatError
        It cannot be read, or is no Excel file.
    """
    rows = workbook_rows(File(Path(path), shown or str(path)))
    header = next(rows, [])
    body = [[c if c.strip() else None for c in row] for row in rows]
    names = [f"column_{k}" for k in range(len(header))]
    frame = pl.DataFrame(body, schema=dict.fromkeys(names, pl.String), orient="row")
    line = pl.int_range(2, frame.height + 2, dtype=pl.Int64, eager=True).alias("line")
    some = pl.any_horizontal(pl.col(names).is_not_null()) if names else pl.lit(False)
    return header, frame.with_columns(line).filter(some)


# ---------------------------------------------------------------- what a file is


def _container(path: Path, start: bytes) -> Container:
    suffix = path.suffix.lower()
    if start[:4] == b"PAR1" or suffix == ".parquet":
        return "parquet"
    if start[:2] == b"\x1f\x8b":
        return "gzip"
    if suffix in (".xls", ".xlsx") or start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "excel"
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06") or suffix == ".zip":
        return "zip"
    if start[257:262] == b"ustar":
        return "tar"
    return "binary" if b"\0" in start[:4096] and start[:2] not in _UTF16 else "text"


def _start(handle: Packed) -> bytes:
    """The first lines: the whole of the first, and a little more."""
    return handle.readline(LONGEST_LINE) + handle.read(_HEAD)


def _text_head(file: File, start: bytes, container: Container) -> Head:
    if container != "text":
        return Head(file, container)
    if start[:2] in _UTF16:
        text = start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
        return Head(file, container, tuple(text.splitlines()[:_PREAMBLE]))
    # Line by line: the last may be cut within a letter.
    return Head(file, container, tuple(map(decode_any, start.splitlines()[:_PREAMBLE])))


def head_of(file: File) -> Head:
    """The beginning of a file.

    Raises
    ------
    FileFormatError
        It cannot be read.
    """
    try:
        with file.path.open("rb") as handle:
            start = _start(handle)
    except OSError as why:
        raise cannot_read(file.shown, why) from None
    return _text_head(file, start, _container(file.path, start))


def peek(path: Path) -> Head:
    """The beginning of a file, or of the first table in a zip, without unpacking it.

    Raises
    ------
    FileFormatError
        It cannot be read, or is not a whole zip.
    """
    file = File(path, str(path))
    try:
        handle = path.open("rb")
    except OSError as why:
        raise cannot_read(file.shown, why) from None
    with handle, _unpacking(file.shown):
        return _peeked(file, handle, path.name, _LEVELS)


def _peeked(file: File, handle: IO[bytes], name: str, levels: int) -> Head:
    start = _start(handle)
    container = _container(Path(name), start)
    if container in ("zip", "gzip") and levels:
        handle.seek(0)
        if container == "gzip":
            with gzip.open(handle) as packed:
                return _peeked(file, cast("IO[bytes]", packed), Path(name).stem, levels - 1)
        with zipfile.ZipFile(handle) as archive:
            first = _members(archive, file.shown)[0]
            with archive.open(first) as packed:
                return _peeked(file, packed, first, levels - 1)
    return _text_head(file, start, container)


# ---------------------------------------------------------------- folders and zips


def data_files(paths: Sequence[str | Path]) -> list[Path]:
    """The paths, in order, and for a folder every data file in it but hidden ones.

    Raises
    ------
    NoDataError
        A folder holds none.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
            continue
        inside = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        tables = sorted(p for p in inside if p.suffix.lower() in SUFFIXES)
        if not tables:
            kinds = ", ".join(sorted(SUFFIXES))
            raise NoDataError(f"{path}: the folder holds no data file ({kinds})")
        found += tables
    return list(dict.fromkeys(found))


@contextmanager
def _unpacking(path: object) -> Iterator[None]:
    """Turn the failures of packed files into one line."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
    ) as why:
        raise _not_whole(path, "zip", why) from None
    except gzip.BadGzipFile as why:
        raise _not_whole(path, "gzip file", why) from None
    except RuntimeError as why:
        raise FileFormatError(f"{path}: the zip cannot be opened ({why}); unpack it") from None


def _members(archive: zipfile.ZipFile, shown: str) -> list[str]:
    """The tables in a zip, then the packed files.

    Raises
    ------
    FileFormatError
        There is neither.
    """
    inside = [n for n in archive.namelist() if not n.startswith("__MACOSX/")]
    named = sorted(n for n in inside if Path(n).suffix.lower() in SUFFIXES)
    if not named:
        raise FileFormatError(f"{shown}: the zip holds no tab, CSV, Parquet or Excel file")
    return sorted(named, key=lambda n: Path(n).suffix.lower() not in _TABLES)


def _copy(packed: Packed, place: Path, left: int, path: object) -> int:
    """Unpack one file; how many bytes may still come.

    Raises
    ------
    FileFormatError
        More came than the rule against bombs allows.
    """
    with place.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise FileFormatError(
                    f"{path}: unpacks to more than {_RATIO} times its size; refused as a possible "
                    "bomb: unpack it by hand if you trust it"
                )
            out.write(chunk)
    return left


def unpack(path: Path, into: Path) -> list[File]:
    """The file itself, or the tables of a zip or gzip file, unpacked side by side into a folder.

    Of a name inside a zip only its last part is used, so that none can point outside. Zips in a zip are
    unpacked too, one level down.

    Raises
    ------
    FileFormatError
        It cannot be read, is not whole, holds nothing, or is a bomb.
    """
    whole = File(path, str(path))
    if head_of(whole).container not in ("zip", "gzip"):
        return [_as_utf8(whole, into)]
    left = max(_RATIO * path.stat().st_size, _FLOOR)
    return [_as_utf8(f, into) for f in _unpacked(whole, into, left, _LEVELS)[0]]


def _unpacked(file: File, into: Path, left: int, levels: int) -> tuple[list[File], int]:
    """The tables of a packed file, and how many bytes may still come."""
    container = head_of(file).container
    if container not in ("zip", "gzip"):
        return [file], left
    if not levels:
        raise FileFormatError(f"{file.shown}: is packed too deep; unpack it and give what is in it")
    made: list[File] = []
    folder = Path(mkdtemp(dir=into))
    with _unpacking(file.shown):
        if container == "gzip":
            place = folder / (Path(file.shown).stem or "table")
            with gzip.open(file.path) as packed:
                left = _copy(packed, place, left, file.shown)
            return _unpacked(File(place, file.shown, file.member), into, left, levels - 1)
        with zipfile.ZipFile(file.path) as archive:
            for k, name in enumerate(_members(archive, file.shown)):
                place = folder / Path(name).name[-100:]
                place = folder / f"{k}-{place.name}" if place.exists() else place
                with archive.open(name) as packed:
                    left = _copy(packed, place, left, file.shown)
                member = f"{file.member}/{name}" if file.member else name
                one = File(place, f"{file.shown}/{name}", member)
                more, left = _unpacked(one, into, left, levels - 1)
                made += more
    return made, left


def _as_utf8(file: File, into: Path) -> File:
    """A text in UTF-16 written anew as UTF-8, which is all that large files are scanned in."""
    with file.path.open("rb") as handle:
        if handle.read(2) not in _UTF16:
            return file
    place = Path(mkdtemp(dir=into)) / file.path.name
    try:
        with (
            file.path.open(encoding="utf-16", newline="") as source,
            place.open("w", encoding="utf-8", newline="") as out,
        ):
            while chunk := source.read(_CHUNK):
                out.write(chunk)
    except UnicodeError:
        raise FileFormatError(f"{file.shown}: not whole UTF-16 text; save it as UTF-8") from None
    return replace(file, path=place)


# ---------------------------------------------------------------- tables


def read_frame(head: Head) -> tuple[pl.DataFrame, pl.Series]:
    """The table in a CSV, Parquet or Excel file as it is, and the line of each row.

    Rows of Parquet are numbered from 1; cells of the others are text, and the header is line 1.

    Raises
    ------
    FileFormatError
        It cannot be read, or is no table.
    """
    file = head.file
    if head.container == "parquet":
        frame = read_parquet(file.path, file.shown)
        return frame, _numbered(frame, 1)
    if head.container == "excel":
        header, frame = read_workbook(file.path, file.shown)
        names = [c.strip() or f"_{k}" for k, c in enumerate(header, 1)]
        check_once(names, names, file.shown)
        return frame.drop("line").rename(dict(zip(frame.columns, names, strict=False))), frame[
            "line"
        ]
    if head.container != "text":
        raise FileFormatError(f"{file.shown}: not a text file; save it as CSV or Parquet")
    text = decode(read_bytes(file.path), file.shown)
    if not text.strip():
        raise FileFormatError(f"{file.shown}: it is empty; expected a table with a header")
    # Old Macs end lines by carriage returns alone.
    text = text if "\n" in text else text.replace("\r", "\n")
    frame = _csv_frame(text, file.shown)
    return frame, _numbered(frame, 2)


def _numbered(frame: pl.DataFrame, first: int) -> pl.Series:
    return pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("line")


def _csv_frame(text: str, file: str) -> pl.DataFrame:
    separator = separator_of(text.split("\n", 1)[0])
    try:
        return pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        raise FileFormatError(_ragged(text, separator, file)) from None


def _ragged(text: str, separator: str, file: str) -> str:
    rows = csv_rows(io.StringIO(text), separator, file)
    width = len(next(rows)[2])
    for _, last, row in rows:
        if len(row) > width:
            return f"{file}: line {last}: {len(row)} columns, expected {width}; read as a table of text"
    return f"{file}: not a table that can be read; save it as CSV or Parquet"
