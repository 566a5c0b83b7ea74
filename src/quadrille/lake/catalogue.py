"""The lake on disk: Parquet that the catalogue lists, and nothing else.

::

    lake/
      catalogue.duckdb   what was ingested, and which Parquet holds it: the one truth
      data/<batch>/      Parquet of one batch, partitioned by kind and year
      staging/           half-written batches; anything in it may be deleted
      lock               held while a batch is written

A batch appears by one rename and one transaction, in that order. What a crash leaves behind is either
in staging or a folder of ``data`` that the catalogue does not list; both are swept away before the next
batch is written, and the files that were on their way are ingested again.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from platformdirs import user_data_path

from quadrille.errors import LakeError
from quadrille.lake.frames import fetch

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "Lake",
    "connect",
    "existing_lake",
    "find_lake",
    "manifest",
    "open_lake",
    "overlap",
    "parts_of",
    "quoted",
    "reading",
    "sweep",
    "writing",
]

_WAIT = 30.0
# Seconds after which a writer that waits for another says so.
_PATIENCE = 3.0
_log = logging.getLogger(__name__)
_MEND = "put it back from a copy, or move the lake aside and ingest the files again"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY, sha VARCHAR NOT NULL, name VARCHAR NOT NULL, member VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, bytes BIGINT NOT NULL, rows_in BIGINT NOT NULL, kept BIGINT NOT NULL,
    skipped BIGINT NOT NULL, rejected BIGINT NOT NULL, first DATE, last DATE, id_low BIGINT,
    id_high BIGINT, batch VARCHAR NOT NULL, ingested TIMESTAMP NOT NULL, version VARCHAR NOT NULL,
    state VARCHAR NOT NULL, unit VARCHAR, frequency VARCHAR, citation VARCHAR,
    role VARCHAR, coding VARCHAR);
CREATE TABLE IF NOT EXISTS reasons (
    id INTEGER NOT NULL, fate VARCHAR NOT NULL, reason VARCHAR NOT NULL, name VARCHAR,
    rows BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
    batch VARCHAR NOT NULL, path VARCHAR NOT NULL, bytes BIGINT NOT NULL, sha VARCHAR NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake's place on disk."""

    path: Path

    @property
    def catalogue(self) -> Path:
        """The DuckDB file."""
        return self.path / "catalogue.duckdb"

    @property
    def data(self) -> Path:
        """Folders of committed batches."""
        return self.path / "data"

    @property
    def staging(self) -> Path:
        """Folders of batches being written."""
        return self.path / "staging"


def find_lake(place: str | Path | None = None) -> Path:
    """Where the lake is or would be: the argument, ``QUADRILLE_LAKE``, the platform's data folder."""
    chosen = place or os.environ.get("QUADRILLE_LAKE")
    return Path(chosen) if chosen else user_data_path("quadrille") / "lake"


def existing_lake(place: str | Path | None = None) -> Lake | None:
    """The lake of that place, or None if there is none.

    Raises
    ------
    LakeError
        Its data are there without their catalogue.
    """
    lake = Lake(find_lake(place))
    if lake.catalogue.is_file():
        return lake
    if lake.data.is_dir() and (count := len(list(lake.data.iterdir()))):
        raise LakeError(
            f"{lake.catalogue}: is missing, while {count} batch(es) lie in {lake.data.name}/; {_MEND}"
        )
    return None


def open_lake(place: str | Path | None = None, create: bool = False) -> Lake:
    """Open a lake.

    Raises
    ------
    LakeError
        There is none and none was to be made, its place cannot be used, or as `existing_lake`.
    """
    if found := existing_lake(place):
        return found
    lake = Lake(find_lake(place))
    if not create:
        raise LakeError(
            f"{lake.path}: there is no lake; make one with quadrille ingest FILES, or give another lake"
        )
    try:
        for folder in (lake.path, lake.data, lake.staging):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise LakeError(
            f"{lake.path}: cannot hold a lake ({why.strerror}); choose another lake"
        ) from None
    with writing(lake), connect(lake) as con:
        con.execute(_SCHEMA)
    return lake


@contextmanager
def writing(lake: Lake) -> Iterator[None]:
    """Hold the lake's lock; a second writer waits for the first, and logs that it does.

    Raises
    ------
    LakeError
        The lake cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(lake.path / "lock")
    try:
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout:
            _log.warning("%s: another program is writing; waiting for it to end", lake.path)
            lock.acquire()
    except OSError as why:
        raise LakeError(
            f"{lake.path}: cannot be written to ({why.strerror or why}); check permissions, "
            "or choose another lake"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Turn the failures of an engine that reads a lake's Parquet into one line.

    Raises
    ------
    LakeError
        A file is gone or damaged, or there was no room to work in.
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as why:
        raise LakeError(
            f"{what}: cannot be read ({_first(why)}); make room in memory or for temporary files"
        ) from None
    # Engines say of damage what they please: DuckDB alone has four exceptions for it.
    except (duckdb.Error, pl.exceptions.PolarsError, OSError) as why:
        raise LakeError(
            f"{what}: cannot be read ({_first(why)}); if the lake was written to meanwhile, run the "
            "same command again, else see what is damaged: quadrille lake verify"
        ) from None


def _first(why: Exception) -> str:
    return str(why).splitlines()[0]


@contextmanager
def connect(lake: Lake, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short connection to the catalogue; waits while another process has it open.

    Raises
    ------
    LakeError
        It stays locked, or is not a catalogue.
    """
    import duckdb

    end = time.monotonic() + _WAIT
    while True:
        try:
            con = duckdb.connect(str(lake.catalogue), read_only=read_only)
            break
        except duckdb.IOException as why:
            locked = "lock" in str(why).lower()
            if not locked or time.monotonic() > end:
                mend = "let the other program end" if locked else _MEND
                raise LakeError(
                    f"{lake.catalogue}: cannot be opened ({_first(why)}); {mend}"
                ) from None
            time.sleep(0.05)
    try:
        yield con
    finally:
        con.close()


def manifest(lake: Lake, states: tuple[str, ...] = ("current",)) -> pl.DataFrame:
    """What was ingested, one row a file, and a row each for what one file holds several of.

    Returns
    -------
    polars.DataFrame
        ``id, sha, name, member`` (inside a zip), ``source, kind`` (events, counts, scores, mentions,
        layer), ``bytes, rows_in, kept, skipped`` (valid, but not between two known states),
        ``rejected`` (malformed), ``first, last, id_low, id_high, batch, ingested`` (UTC), ``version,
        state, unit, frequency, citation, role, coding``.
    """
    with connect(lake, read_only=True) as con:
        found = fetch(con.sql("SELECT * FROM files ORDER BY id"))
    return found.filter(pl.col("state").is_in(states))


def parts_of(lake: Lake, batches: Iterable[str], kind: str) -> list[Path]:
    """The Parquet of a kind in some batches, as the catalogue lists it.

    Raises
    ------
    LakeError
        One is gone.
    """
    with connect(lake, read_only=True) as con:
        rows = con.execute(
            "SELECT batch, path FROM parts WHERE list_contains(?, batch) AND starts_with(path, ?) "
            "ORDER BY ALL",
            [list(batches), f"kind={kind}/"],
        ).fetchall()
    found = [lake.data / batch / path for batch, path in rows]
    gone = next((p for p in found if not p.is_file()), None)
    if gone:
        raise LakeError(f"{gone}: is missing; for what else is, run: quadrille lake verify")
    return found


def quoted(text: object) -> str:
    """Text, or a path, as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def overlap(current: pl.DataFrame) -> bool:
    """Whether two files of a manifest may hold the same event: their ids, or else their days, meet."""
    files = current.filter(pl.col("kept") > 0)
    numbered = files["id_low"].null_count() == 0
    low, high = ("id_low", "id_high") if numbered else ("first", "last")
    spans = files.sort(low)
    return bool((spans[low].shift(-1) <= spans[high].cum_max()).any())


def listed(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Batches that hold a current file."""
    rows: list[Any] = con.execute(
        "SELECT DISTINCT batch FROM files WHERE state = 'current'"
    ).fetchall()
    return {r[0] for r in rows}


def sweep(lake: Lake) -> int:
    """Delete what no committed batch holds; call it with the lock held. How many folders went.

    Raises
    ------
    LakeError
        One cannot be deleted.
    """
    with connect(lake, read_only=True) as con:
        keep = listed(con)
    strays = [p for p in lake.data.iterdir() if p.name not in keep] + list(lake.staging.iterdir())
    for stray in strays:
        try:
            shutil.rmtree(stray) if stray.is_dir() else stray.unlink()
        except OSError as why:
            raise LakeError(
                f"{stray}: belongs to no batch and cannot be deleted ({why.strerror}); delete it"
            ) from None
    return len(strays)
