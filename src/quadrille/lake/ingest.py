"""Ingest publishers' files: whole batches or nothing, each content once."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import ibis
import polars as pl

from quadrille.errors import FileFormatError, InputError, LakeError
from quadrille.lake.catalogue import Lake, connect, manifest, quoted, sweep, writing
from quadrille.lake.digest import digest
from quadrille.lake.frames import fetch, offer
from quadrille.sources.column_map import find_column_map
from quadrille.sources.events.gdelt import columns_for
from quadrille.sources.events.gdelt_query import canonical
from quadrille.sources.files import LONGEST_LINE, File, Head, data_files, head_of, unpack
from quadrille.sources.formats import (
    GDELT,
    TABLE,
    Found,
    format_of,
    format_within,
    nearly,
    read_file,
)
from quadrille.sources.layers.layer import TIME, Layer
from quadrille.sources.table import Table, reason_kind

__all__ = ["Outcome", "forget", "ingest"]

# One batch is one folder of Parquet; small files share one.
_BATCH_BYTES = 1 << 30
_BATCH_FILES = 1000
_MEMORY = "1000MB"
# Rows of a Parquet row group. Every kind and year has one half-filled in memory while it is written.
_GROUP = 32_768
# Letters of a checksum that tell one file from another.
_PREFIX = 8
_UNKNOWN = "in no format that is known; name the file itself to see why"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    name : str
    what : {"ingested", "replaced", "known", "refused", "passed over"}
        ``replaced``: it takes the place of a file of the same name and source with other content;
        ``known``: the same content is there already; ``passed over``: a file of a folder in a layout
        that is not known, where the folder was named and not the file.
    note : str
    rows_in, kept, skipped, rejected : int
        Rows of the file; kept as canonical; valid but not between two known states; malformed.
    """

    name: str
    what: str
    note: str = ""
    rows_in: int = 0
    kept: int = 0
    skipped: int = 0
    rejected: int = 0

    def line(self) -> str:
        """One line for people."""
        text = f"{self.name}: {self.what}"
        if self.what in ("ingested", "replaced"):
            text += f": {self.kept:,} kept of {self.rows_in:,} rows"
            text += f", {self.skipped:,} skipped" if self.skipped else ""
            text += f", {self.rejected:,} rejected" if self.rejected else ""
        return f"{text}; {self.note}" if self.note else text


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    sha: str
    size: int
    gdelt: bool
    named: bool


# Of the files of one run: name → checksum → path.
_Named: TypeAlias = Mapping[str, Mapping[str, Path]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A text of GDELT events: where it lies, what to call it, its number in the catalogue."""

    path: Path
    shown: str
    file: int
    width: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the catalogue's ``files``, but for what the batch adds."""

    file: _File
    source: str
    kind: str
    rows_in: int
    kept: int
    reasons: list[tuple[str, str, str | None, int]]
    first: date | None = None
    last: date | None = None
    ids: tuple[int | None, int | None] = (None, None)
    member: str = ""
    unit: str | None = None
    frequency: str | None = None
    citation: str | None = None
    role: str | None = None
    coding: str | None = None

    def total(self, fate: str) -> int:
        return sum(n for f, _, _, n in self.reasons if f == fate)


def _classify(path: Path, named: bool) -> _File:
    if not path.is_file():
        what = "it is no regular file" if path.exists() else "no such file"
        raise FileFormatError(f"{path}: cannot be read ({what}); check the path")
    sha, beside_it = digest(path), path.with_name(f"{path.name}.map.toml")
    if beside_it.is_file():
        # With another map the same file is another table.
        sha = hashlib.sha256(f"{sha} {digest(beside_it)}".encode()).hexdigest()
    try:
        gdelt = format_within(path) is GDELT
    except InputError:
        # What is wrong with it is said when it is read.
        gdelt = False
    return _File(path, sha, path.stat().st_size, gdelt, named)


def _batches(files: list[_File]) -> Iterator[list[_File]]:
    """GDELT files together up to a size; every other file on its own."""
    batch: list[_File] = []
    for f in files:
        full = sum(b.size for b in batch) + f.size > _BATCH_BYTES or len(batch) >= _BATCH_FILES
        if batch and (not f.gdelt or not batch[0].gdelt or full):
            yield batch
            batch = []
        batch.append(f)
    if batch:
        yield batch


def ingest(
    lake: Lake,
    paths: Sequence[str | Path],
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Take files into the lake.

    Parameters
    ----------
    lake : Lake
    paths : sequence of paths
        Files, zips and folders; folders are read whole.
    tell : callable
        Called with each outcome as soon as it is certain.

    Returns
    -------
    list of Outcome
        A file that cannot be used, or is not there, is refused, with the reason, and the others go on.

    Raises
    ------
    LakeError
        The lake cannot be written (a full disk); nothing of the batch on its way was kept.
    """
    outcomes: list[Outcome] = []

    def say(outcome: Outcome) -> None:
        outcomes.append(outcome)
        tell(outcome)

    known = set(manifest(lake)["sha"])
    given = {Path(p) for p in paths}
    files: list[_File] = []
    here: dict[str, dict[str, Path]] = {}
    for path in data_files(paths):
        try:
            file = _classify(path, path in given)
        except InputError as why:
            say(Outcome(str(path), "refused", str(why)))
            continue
        here.setdefault(path.name, {}).setdefault(file.sha, path)
        if file.sha in known:
            say(Outcome(str(path), "known"))
        else:
            known.add(file.sha)
            files.append(file)
    for batch in _batches(files):
        for outcome in _take(lake, batch, here):
            say(outcome)
    return outcomes


def _take(lake: Lake, batch: list[_File], here: _Named) -> list[Outcome]:
    """One batch, under the lock; what another writer has taken meanwhile is left out."""
    try:
        with writing(lake):
            sweep(lake)
            known = set(manifest(lake)["sha"])
            fresh = [f for f in batch if f.sha not in known]
            done = [Outcome(str(f.path), "known") for f in batch if f.sha in known]
            return done + (_write(lake, fresh, here) if fresh else [])
    except (
        OSError,
        duckdb.IOException,
        duckdb.OutOfMemoryException,
        pl.exceptions.ComputeError,
    ) as why:
        first = str(why).splitlines()[0]
        raise LakeError(
            f"{lake.path}: cannot be written ({first}); nothing of {batch[0].path.name} and its batch "
            "was kept: make room, or check permissions, and run the same command again"
        ) from None


def _clash(lake: Lake, file: _File, sources: Iterable[str], here: _Named) -> Outcome | None:
    """The refusal of a file that would take the place of another one of the same run."""
    others = {sha: path for sha, path in here[file.path.name].items() if sha != file.sha}
    if not others:
        return None
    with connect(lake, read_only=True) as con:
        for source in sources:
            found = con.execute(
                "SELECT sha FROM files WHERE state = 'current' AND name = ? AND source = ?",
                [file.path.name, source],
            ).fetchall()
            for (sha,) in found:
                if sha in others:
                    return _refused_beside(file, others[sha], source)
    return None


def _refused_beside(file: _File, other: Path, source: str) -> Outcome:
    note = (
        f"{file.path}: has the name and the source ({source}) of {other}, whose place it would take; "
        "rename one of them, or give each an origin of its own in a column map"
    )
    return Outcome(str(file.path), "refused", note)


def _alone(lake: Lake, batch: list[_File], here: _Named) -> tuple[list[_File], list[Outcome]]:
    """The files of GDELT but for those whose name another of the same run has."""
    sound: dict[str, _File] = {}
    refused: list[Outcome] = []
    for file in batch:
        first = sound.get(file.path.name)
        clash = (
            _refused_beside(file, first.path, "gdelt")
            if first
            else _clash(lake, file, ("gdelt",), here)
        )
        if clash:
            refused.append(clash)
        else:
            sound[file.path.name] = file
    return list(sound.values()), refused


def _write(lake: Lake, batch: list[_File], here: _Named) -> list[Outcome]:
    clashes: list[Outcome] = []
    if batch[0].gdelt:
        batch, clashes = _alone(lake, batch, here)
        if not batch:
            return clashes
    name = uuid.uuid4().hex[:12]
    stage = lake.staging / name
    (stage / "in").mkdir(parents=True)
    (stage / "out").mkdir()
    with connect(lake, read_only=True) as con:
        start = con.execute("SELECT coalesce(max(id), 0) + 1 FROM files").fetchall()[0][0]
    try:
        if batch[0].gdelt:
            rows, refused = _write_gdelt(batch, start, stage)
        else:
            rows, refused = _write_others(batch[0], start, stage)
            clash = _clash(lake, batch[0], {r.source for r in rows}, here)
            if clash:
                return [clash]
        refused = clashes + refused
        if not rows:
            return refused
        parts = _parts(stage / "out")
        (stage / "out").rename(lake.data / name)
        return refused + _commit(lake, name, start, rows, parts)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _parts(out: Path) -> list[tuple[str, int, str]]:
    """Path, size and checksum of every file of a batch, each of them safe on disk."""
    found = []
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        found.append((path.relative_to(out).as_posix(), path.stat().st_size, digest(path)))
    return found


def _write_others(file: _File, start: int, stage: Path) -> tuple[list[_Row], list[Outcome]]:
    """Every table and layer of a file, or of the files of a zip."""
    rows: list[_Row] = []
    refused: list[Outcome] = []
    try:
        column_map = find_column_map(file.path)
        members = unpack(file.path, stage / "in")
    except InputError as why:
        return [], [Outcome(str(file.path), "refused", str(why))]
    names = {str(m.path): m.shown for m in members}
    for member in members:
        named = column_map is not None or (file.named and not member.member)
        try:
            head = head_of(member)
            known = column_map is None and format_of(head) is not TABLE
        except InputError as why:
            refused.append(Outcome(member.shown, "refused", str(why)))
            continue
        if known and format_of(head).kind == "companion":
            note = "is read with the file it belongs to"
            refused.append(Outcome(member.shown, "passed over", note))
            continue
        try:
            for found in read_file(head, column_map, names):
                rows.append(_keep(file, member, found, start + len(rows), stage / "out"))
        except InputError as why:
            refused.append(_left(member, head, str(why), known or named, file.named))
    if not rows and members[0].member:
        # Of a zip that was named, or holds a file that is known, the user waits for rows.
        worst = next((o for o in refused if o.what == "refused"), refused[0])
        reason = f"none of the {len(refused)} files in it can be used; {worst.note}"
        what = "refused" if file.named else worst.what
        refused = [Outcome(str(file.path), what, reason)]
    return rows, refused


def _left(member: File, head: Head, why: str, expected: bool, named: bool) -> Outcome:
    """A file that cannot be used: of a folder, those in no known format are none of its data."""
    near = "" if expected else nearly(head)
    if expected or near:
        note = f"{member.shown}: {near}" if near else why
        return Outcome(member.shown, "refused", note)
    return Outcome(member.shown, "passed over", why if named else _UNKNOWN)


def _keep(file: _File, member: File, found: Found, number: int, out: Path) -> _Row:
    """Write one table, and say what there is to enter in the catalogue."""
    here = pl.lit(number, pl.Int32).alias("file")
    data = found.data.with_columns(here)
    if isinstance(found, Layer):
        kind, source = "layer", found.name
        _parquet(data, out / f"kind=layer/layer={found.name}", number)
        timed = pl.date("year", 1, 1) if TIME[found.frequency] else pl.lit(None, pl.Date)
        days = found.data.select(timed).to_series()
    else:
        kind, source = ("mentions", "gdelt")
        if isinstance(found, Table):
            kind, source = found.kind, found.origin
        day = {"events": "date", "mentions": "mentioned"}.get(kind, "period")
        days = found.data[day].cast(pl.Date)
        parts = data.with_columns(_year=days.dt.year()).partition_by(
            "_year", as_dict=True, include_key=False
        )
        for (year,), part in parts.items():
            _parquet(part, out / f"kind={kind}/year={year}", number)
    lost = found.rejected
    # A row without a line stands for many, which are counted by name only.
    rows = lost.filter(pl.col("line").is_not_null()).select(
        "fate",
        pl.lit(member.shown).alias("path"),
        "line",
        "reason",
        "name",
        pl.col("raw").alias("text"),
        here,
    )
    for (fate,), part in rows.partition_by("fate", as_dict=True, include_key=False).items():
        _parquet(part, out / f"kind={fate}", number)
    # Of a layer the names are counted too; of events there may be as many as rows.
    name = pl.col("name") if kind == "layer" else pl.lit(None, pl.String).alias("name")
    reasons = (
        lost.group_by("fate", reason_kind(), name).agg(pl.col("rows").sum())
        .sort("fate", "reason", "name")
    )  # fmt: skip
    return _Row(
        file, source, kind, found.rows_in, found.rows_in - int(lost["rows"].sum()), reasons.rows(),
        days.min(), days.max(),  # type: ignore[arg-type]
        member=member.member, unit=getattr(found, "unit", None), frequency=getattr(found, "frequency", None),
        citation=getattr(found, "citation", None), role=getattr(found, "role", None),
        coding=getattr(found, "coding", None),
    )  # fmt: skip


def _parquet(frame: pl.DataFrame, folder: Path, number: int | str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / f"part-{number}.parquet", compression="zstd")


def _read_csv(parts: list[Path], names: tuple[str, ...], how: str) -> str:
    """SQL that reads lines; ``how`` says what else than the usual."""
    columns = ", ".join(f"'{n}': 'VARCHAR'" for n in names)
    listed = ", ".join(map(quoted, parts))
    return (
        f"read_csv([{listed}], columns = {{{columns}}}, header = false, quote = '', escape = '', "
        f"auto_detect = false, store_rejects = true, {how})"
    )


def _write_gdelt(batch: list[_File], start: int, stage: Path) -> tuple[list[_Row], list[Outcome]]:
    refused: list[Outcome] = []
    parts: list[_Part] = []
    sound: list[_File] = []
    for file in batch:
        try:
            members = unpack(file.path, stage / "in")
        except InputError as why:
            refused.append(Outcome(str(file.path), "refused", str(why)))
            continue
        for m in members:
            width = 61 if head_of(m).first.count("\t") == 60 else 58
            parts.append(_Part(m.path, m.shown, start + len(sound), width))
        sound.append(file)
    if not sound:
        return [], refused
    with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(stage)}) as con:
        con.execute(f"SET partitioned_write_flush_threshold = {2 * _GROUP}")
        con.execute("CREATE TABLE parts (filename VARCHAR, file INTEGER)")
        con.executemany("INSERT INTO parts VALUES (?, ?)", [[str(p.path), p.file] for p in parts])
        for width in sorted({p.width for p in parts}):
            _copy(con, [p.path for p in parts if p.width == width], width, stage / "out")
        rejected = _write_rejected(con, parts, stage / "out")
        return _gdelt_rows(con, sound, start, stage / "out", rejected), refused


@cache
def _canonical_sql(names: tuple[str, ...], padded: bool) -> str:
    raw = ibis.table(dict.fromkeys((*names, "filename"), "string"), name="raw")
    return str(ibis.to_sql(canonical(raw, ("filename",), padded), dialect="duckdb"))


def _copy(con: duckdb.DuckDBPyConnection, files: list[Path], width: int, out: Path) -> None:
    """Canonical rows to Parquet, by kind and year; only the columns that events need are read."""
    names = columns_for(width) or ()
    # GDELT 1.0 has 57 columns and 58; a row that lacks more is found by its cells.
    how = (
        f"delim = '\t', filename = true, strict_mode = true, null_padding = {width != 61}, "
        f"max_line_size = {LONGEST_LINE}"
    )
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT * FROM {_read_csv(files, names, how)}")
    query = _canonical_sql(names, width != 61)
    con.execute("SET preserve_insertion_order = false")
    con.execute(
        f"COPY (SELECT q.* EXCLUDE (filename), parts.file, year(date) AS year FROM ({query}) q "
        f"JOIN parts USING (filename)) TO {quoted(out)} (FORMAT parquet, COMPRESSION zstd, "
        f"ROW_GROUP_SIZE {_GROUP}, PARTITION_BY (kind, year), FILENAME_PATTERN 'w{width}_{{i}}', "
        "OVERWRITE_OR_IGNORE)"
    )


_WHY_UNREAD = """CASE error_type WHEN 'MISSING COLUMNS' THEN 'wrong number of columns'
WHEN 'TOO MANY COLUMNS' THEN 'wrong number of columns' WHEN 'LINE SIZE OVER MAXIMUM' THEN
'line over 2 MB' WHEN 'INVALID ENCODING' THEN 'not UTF-8 text' ELSE 'line that cannot be read' END"""


def _write_rejected(
    con: duckdb.DuckDBPyConnection, parts: list[_Part], out: Path
) -> list[tuple[int, str, str, int]]:
    """Malformed rows in the form of every other source, with the line and its whole text.

    The first pass has found it, but read neither the whole line nor its number. A second one takes
    the lines of the files that hold any. Returned is the number of rows by file and reason.
    """
    unread = fetch(
        con.sql(
            f"SELECT s.file_path AS part, line::BIGINT AS line, min({_WHY_UNREAD}) AS reason, "
            "any_value(trim(csv_line, chr(10) || chr(13))) AS text FROM reject_errors JOIN reject_scans s USING (scan_id, file_id) "
            "GROUP BY ALL ORDER BY ALL"
        )
    )
    first = list((out / "kind=rejected").rglob("*.parquet"))
    found = [unread]
    if first:
        listed = ", ".join(map(quoted, first))
        con.execute(
            "CREATE TEMP TABLE suspects AS SELECT DISTINCT file, coalesce(event_id, '') AS id "
            f"FROM read_parquet([{listed}], hive_partitioning = false)"
        )
        numbers = {n for (n,) in con.execute("SELECT DISTINCT file FROM suspects").fetchall()}
        offer(con, "unread", unread)
        found += [_rejected_lines(con, p) for p in parts if p.file in numbers]
    shutil.rmtree(out / "kind=rejected", ignore_errors=True)
    rows = pl.concat(found)
    counts: list[tuple[int, str, str, int]] = []
    for k, part in enumerate(parts):
        mine = rows.filter(part=str(part.path)).sort("line")
        if mine.height:
            shown = pl.lit(part.shown).alias("path")
            number = pl.lit(part.file, pl.Int32).alias("file")
            none = pl.lit(None, pl.String).alias("name")
            _parquet(
                mine.select(shown, "line", "reason", none, "text", number),
                out / "kind=rejected",
                f"{part.file}-{k}",
            )
            by = mine.group_by(reason_kind()).len().sort("reason")
            counts += [(part.file, "rejected", reason, n) for reason, n in by.iter_rows()]
    return counts


# Why a row of GDELT is malformed, and the cell that the reason names.
_AT_FAULT = {
    "event id is no number": "GLOBALEVENTID", "bad date": "SQLDATE", "date out of range": "SQLDATE",
    "unknown CAMEO code": "EventCode", "weight is no number": "GoldsteinScale",
    "weight out of range": "GoldsteinScale",
}  # fmt: skip
_IN_NO_LINE = "\x01\x02\x01"


def _rejected_lines(con: duckdb.DuckDBPyConnection, part: _Part) -> pl.DataFrame:
    """The malformed lines of a text but for those that could not be read at all."""
    names = columns_for(part.width) or ()
    # Every byte is a letter of Latin-1, so that no line is refused.
    how = (
        f"delim = '{_IN_NO_LINE}', encoding = 'latin-1', strict_mode = false, "
        f"max_line_size = {4 * LONGEST_LINE}"
    )
    cells = ", ".join(f"nullif(c[{k}], '') AS {n}" for k, n in enumerate(names, 1))
    con.execute("SET preserve_insertion_order = true")
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW raw AS SELECT {cells}, line, whole FROM ("
        "SELECT line, whole, string_split(whole, '\t') AS c FROM ("
        "SELECT row_number() OVER () AS line, whole FROM "
        f"{_read_csv([part.path], ('whole',), how)}) WHERE split_part(whole, '\t', 1) IN "
        f"(SELECT id FROM suspects WHERE file = {part.file})) WHERE line NOT IN "
        f"(SELECT line FROM unread WHERE part = {quoted(part.path)})"
    )
    raw = ibis.table(
        {**dict.fromkeys((*names, "whole"), "string"), "line": "int64"}, name="raw"
    )  # fmt: skip
    named = canonical(raw, ("line", "whole", *_AT_FAULT.values()), part.width != 61)
    query = ibis.to_sql(named, dialect="duckdb")
    cells = ", ".join(_AT_FAULT.values())
    found = fetch(
        con.sql(f"SELECT line, reason, whole, {cells} FROM ({query}) WHERE kind = 'rejected'")
    )
    values = [
        pl.when(pl.col("reason") == why).then(pl.col(cell).fill_null(""))
        for why, cell in _AT_FAULT.items()
    ]
    value = pl.format(" ('{}')", pl.coalesce(values)).fill_null("")
    return found.select(
        pl.lit(str(part.path)).alias("part"), "line", pl.concat_str("reason", value),
        pl.col("whole").map_elements(_as_utf8, return_dtype=pl.String).alias("text"),
    )  # fmt: skip


def _as_utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")


def _gdelt_rows(
    con: duckdb.DuckDBPyConnection,
    files: list[_File],
    start: int,
    out: Path,
    rejected: list[tuple[int, str, str, int]],
) -> list[_Row]:
    counted: list[tuple[Any, ...]] = [(*b, None, None, None, None) for b in rejected]
    places = [
        p for kind in ("events", "skipped") for p in (out / f"kind={kind}").rglob("*.parquet")
    ]
    if places:
        listed = ", ".join(map(quoted, places))
        counted += con.execute(
            "SELECT file, kind, coalesce(reason, ''), count(*), min(date), max(date), "
            "min(TRY_CAST(event_id AS BIGINT)), max(TRY_CAST(event_id AS BIGINT)) FROM "
            f"read_parquet([{listed}], hive_partitioning = true, union_by_name = true) "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    rows = []
    for k, file in enumerate(files):
        mine = [r for r in counted if r[0] == start + k]
        reasons: list[tuple[str, str, str | None, int]] = [
            (fate, why, None, n) for _, fate, why, n, *_ in mine if fate != "events"
        ]
        total = sum(r[3] for r in mine)
        kept, *ends = next((r[3:] for r in mine if r[1] == "events"), (0, None, None, None, None))
        rows.append(
            _Row(file, "gdelt", "events", total, kept, reasons, ends[0], ends[1],
                 (ends[2], ends[3]), frequency="D", coding="machine")
        )  # fmt: skip
    return rows


def _commit(
    lake: Lake, batch: str, start: int, rows: list[_Row], parts: list[tuple[str, int, str]]
) -> list[Outcome]:
    """Enter a batch in the catalogue, in one transaction, and let it supersede what it replaces."""
    outcomes = []
    now, by = datetime.now(UTC).replace(tzinfo=None), version("quadrille")
    with connect(lake) as con:
        con.execute("BEGIN")
        older = {
            (r.file.path.name, r.source): con.execute(
                "UPDATE files SET state = 'superseded' WHERE state = 'current' AND name = ? "
                "AND source = ? RETURNING sha", [r.file.path.name, r.source],
            ).fetchall()
            for r in rows
        }  # fmt: skip
        for k, row in enumerate(rows):
            name, number = row.file.path.name, start + k
            skipped, rejected = row.total("skipped"), row.total("rejected")
            con.execute(
                f"INSERT INTO files VALUES ({', '.join('?' * 24)})",
                [number, row.file.sha, name, row.member, row.source, row.kind, row.file.size,
                 row.rows_in, row.kept, skipped, rejected, row.first, row.last, *row.ids, batch, now, by,
                 "current", row.unit, row.frequency, row.citation, row.role, row.coding],
            )  # fmt: skip
            if reasons := [[number, *r] for r in row.reasons]:
                con.executemany("INSERT INTO reasons VALUES (?, ?, ?, ?, ?)", reasons)
            before = older[name, row.source]
            note = f"takes the place of {before[0][0][:12]}" if before else ""
            shown = f"{row.file.path}/{row.member}" if row.member else str(row.file.path)
            what = "replaced" if before else "ingested"
            label = f"{shown} ({row.source})" if row.kind == "layer" else shown
            outcomes.append(Outcome(label, what, note, row.rows_in, row.kept, skipped, rejected))
        con.executemany("INSERT INTO parts VALUES (?, ?, ?, ?)", [[batch, *p] for p in parts])
        con.execute("COMMIT")
    return outcomes


def forget(lake: Lake, name: str) -> list[str]:
    """Leave a file out of the lake from now on.

    Parameters
    ----------
    name : str
        A file's name, a source, or eight letters or more of a checksum.

    Returns
    -------
    list of str
        Names of the files, one an entry of the catalogue.

    Raises
    ------
    LakeError
        No current file is called that, or the lake cannot be written.
    """
    whole = "name = ? OR source = ?"
    given = [name, name]
    if len(name) >= _PREFIX:
        whole, given = f"{whole} OR starts_with(sha, ?)", [*given, name]
    with writing(lake):
        with connect(lake) as con:
            gone = con.execute(
                f"UPDATE files SET state = 'forgotten' WHERE state = 'current' AND ({whole}) "
                "RETURNING name", given,
            ).fetchall()  # fmt: skip
        if not gone:
            raise LakeError(
                f"{lake.path}: holds no file, source or checksum {name!r}; see the files in lake status"
            )
        sweep(lake)
    return sorted(n for (n,) in gone)
