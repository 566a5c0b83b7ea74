"""Open what people hand over: plain files and zips, hostile ones among them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from quadrille.errors import FileFormatError
from quadrille.sources.read import SUFFIXES

__all__ = ["LONGEST_LINE", "data_files", "digest", "first_line", "unpacked"]

_WANTED = SUFFIXES | {".xls", ".xlsx"}

# A zip that unpacks to more than this many times its size is a bomb, not data.
_RATIO = 100
_FLOOR = 1 << 24
_CHUNK = 1 << 20
LONGEST_LINE = 2 << 20


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def data_files(paths: Sequence[str | Path]) -> list[Path]:
    """The paths, in order, and for a folder every data file in it but hidden ones."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            found += sorted(p for p in inside if p.suffix.lower() in _WANTED)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


@contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[str]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = (n for n in archive.namelist() if not n.startswith("__MACOSX/"))
            names = sorted(n for n in inside if Path(n).suffix.lower() in _WANTED - {".zip"})
            if not names:
                raise FileFormatError(f"{path}: the zip holds no tab, CSV or Parquet file")
            yield archive, names
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as why:
        raise FileFormatError(f"{path}: not a whole zip ({why}); fetch it again") from None
    except RuntimeError as why:
        raise FileFormatError(f"{path}: the zip cannot be opened ({why}); unpack it") from None


def first_line(path: Path) -> bytes:
    """The first line of a file, or of the first data file of a zip; at most `LONGEST_LINE` bytes."""
    if path.suffix.lower() != ".zip":
        with path.open("rb") as handle:
            return handle.readline(LONGEST_LINE)
    with _archive(path) as (archive, names), archive.open(names[0]) as packed:
        return packed.readline(LONGEST_LINE)


def unpacked(path: Path, into: Path) -> list[tuple[str, Path]]:
    """The file itself, or the data files of a zip, unpacked side by side into a folder of our own.

    Of a name inside a zip only its last part is used, so that none can point outside.

    Returns
    -------
    list of (str, Path)
        Name inside the zip (empty for a file that is none), and where the content lies.

    Raises
    ------
    FileFormatError
        Not a whole zip, nothing in it, or a bomb.
    """
    if path.suffix.lower() != ".zip":
        return [("", path)]
    folder = Path(mkdtemp(dir=into))
    left = max(_RATIO * path.stat().st_size, _FLOOR)
    made = []
    with _archive(path) as (archive, names):
        for k, name in enumerate(names):
            place = folder / Path(name).name[-100:]
            made.append((name, folder / f"{k}-{place.name}" if place.exists() else place))
            with archive.open(name) as packed, made[-1][1].open("wb") as out:
                while chunk := packed.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise FileFormatError(
                            f"{path}: unpacks to more than {_RATIO} times its size; refused as a bomb"
                        )
                    out.write(chunk)
    return made
