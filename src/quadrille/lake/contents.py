"""What a lake holds: listed, read back, checked and exported."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import polars as pl

from quadrille.coding.record import DETAILS, EVENT_SCHEMA
from quadrille.errors import LakeError, NoDataError, OptionError
from quadrille.lake.catalogue import (
    Lake,
    connect,
    manifest,
    overlap,
    parts_of,
    quoted,
    reading,
    writing,
)
from quadrille.lake.digest import digest
from quadrille.lake.frames import fetch
from quadrille.sources.layers.layer import KEYS, TIME, Layer
from quadrille.sources.table import REJECTED, Coding, Kind, Table

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "LakeSource",
    "choose",
    "current",
    "dyad_days",
    "dyad_rows",
    "export",
    "held",
    "lake_layers",
    "lake_table",
    "manifest_digests",
    "reasons",
    "verify",
]

_TABLES = ("events", "counts", "scores")


@dataclass(frozen=True, slots=True)
class LakeSource:
    """The current files of one source in a lake.

    Attributes
    ----------
    lake : Lake
    source : str
    kind : {"events", "counts", "scores"}
    frequency : {"D", "M", "Y"}
    files : tuple of str
    first, last : date
    kept : int
        Rows.
    twice : bool
        Files may overlap; what appears in two of them counts once.
    coding : {"hand", "machine"}
        Of events, as in `quadrille.sources.table.Table`.
    """

    lake: Lake
    source: str
    kind: Kind
    frequency: Literal["D", "M", "Y"]
    files: tuple[str, ...]
    first: date
    last: date
    kept: int
    twice: bool = False
    coding: Coding = "machine"

    def summary(self) -> str:
        """What it is, in a few words."""
        return (
            f"{self.lake.path}: {self.source}, {self.kept:,} {self.kind} of {len(self.files):,} "
            f"file{'s' if len(self.files) != 1 else ''}, {self.first} to {self.last}"
            f"{'; what appears in two files counts once' if self.twice else ''}"
        )


def held(lake: Lake) -> pl.DataFrame:
    """What a lake holds, one row a source and kind.

    Returns
    -------
    polars.DataFrame
        ``source, kind, files, kept, skipped, rejected, first, last``.
    """
    return (
        manifest(lake)
        .group_by("source", "kind")
        .agg(
            pl.len().alias("files"),
            pl.col("kept", "skipped", "rejected").sum(),
            pl.col("first").min(),
            pl.col("last").max(),
        )
        .sort("kind", "source")
    )


def manifest_digests(found: LakeSource) -> list[tuple[str, str]]:
    """Name and SHA-256 of each file that a source was taken from."""
    rows = manifest(found.lake).filter(pl.col("source") == found.source)
    named = rows.select("name", "sha").unique(maintain_order=True)
    return [(str(name), str(sha)) for name, sha in named.iter_rows()]


def reasons(lake: Lake) -> pl.DataFrame:
    """Why rows were skipped or rejected, most rows first within a source.

    Returns
    -------
    polars.DataFrame
        ``source, fate`` (skipped or rejected), ``reason, name`` (of a layer: the name that is no known
        state), ``files, rows``.
    """
    with connect(lake, read_only=True) as con:
        return fetch(
            con.sql(
                "SELECT f.source, r.fate, r.reason, r.name, count(DISTINCT f.id) AS files, "
                "sum(r.rows)::BIGINT AS rows FROM reasons r JOIN files f USING (id) "
                "WHERE f.state = 'current' GROUP BY ALL ORDER BY source, fate, rows DESC, reason, name"
            )
        )


def choose(lake: Lake, source: str | None = None) -> LakeSource:
    """The source to read from a lake: the one named, or the only one.

    Raises
    ------
    OptionError
        The lake holds several and none was named, or not the one named. Sources are never mixed: the
        same act stands in each.
    NoDataError
        The lake holds no events, counts or scores.
    """
    files = manifest(lake).filter(pl.col("kind").is_in(_TABLES), pl.col("kept") > 0)
    there = files["source"].unique().sort().to_list()
    if not there:
        raise NoDataError(
            f"{lake.path}: holds no events, counts or scores; take some in with: quadrille ingest PATH"
        )
    if source is None and len(there) > 1:
        raise OptionError(
            f"{lake.path}: holds several sources; choose one with data lake:NAME, where NAME is one "
            f"of {', '.join(there)}, or data chronicle"
        )
    name = source or there[0]
    if name not in there:
        raise OptionError(f"{lake.path}: holds no {name!r}; it holds {', '.join(there)}")
    mine = files.filter(pl.col("source") == name)
    kinds = mine["kind"].unique().to_list()
    if len(kinds) > 1:
        raise OptionError(f"{lake.path}: {name} comes as {' and '.join(kinds)}; forget one of them")
    codings = mine["coding"].unique().sort().to_list()
    if len(codings) > 1:
        raise OptionError(f"{lake.path}: {name} is coded by {' and by '.join(codings)}; forget one")
    return LakeSource(
        lake, name, cast(Kind, kinds[0]), mine["frequency"][0], tuple(mine["name"].unique().sort()),
        cast(date, mine["first"].min()), cast(date, mine["last"].max()), int(mine["kept"].sum()),
        kinds[0] == "events" and overlap(mine), cast(Coding, codings[0]),
    )  # fmt: skip


def current(lake: Lake, kind: str, source: str | None = None) -> str | None:
    """SQL that selects the current rows of a kind, with ``file``, the number in the manifest.

    Parameters
    ----------
    kind : str
        A folder of a batch: events, counts, scores, mentions, layer, skipped, rejected.
    source : str, optional
        All by default.

    Returns
    -------
    str or None
        None where there is nothing.
    """
    files = manifest(lake)
    if source is not None:
        files = files.filter(pl.col("source") == source)
    places = parts_of(lake, files["batch"].unique(), kind)
    if not places:
        return None
    listed = ", ".join(map(quoted, places))
    ids = ", ".join(str(i) for i in files["id"])
    return (
        f"SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false) "
        f"WHERE file IN ({ids})"
    )


def _frame(lake: Lake, query: str) -> pl.DataFrame:
    import duckdb

    with reading(lake.path), duckdb.connect() as con:
        return fetch(con.sql(query))


_KEYS = {
    "events": ["event_id", "date"],
    "counts": ["source", "target", "period"],
    "scores": ["state_a", "state_b", "period"],
}


def lake_table(chosen: LakeSource, states: Sequence[str] = ()) -> Table:
    """A source of a lake in memory; where files overlap, the file taken in last counts.

    Parameters
    ----------
    chosen : LakeSource
    states : sequence of str, optional
        ISO3: of events only those that one of these does or suffers.
    """
    query = current(chosen.lake, chosen.kind, chosen.source) or ""
    if states and chosen.kind == "events":
        listed = ", ".join(f"'{s}'" for s in states)
        query += f" AND (source IN ({listed}) OR target IN ({listed}))"
    data = (
        _frame(chosen.lake, query)
        .sort("file", maintain_order=True)
        .unique(_KEYS[chosen.kind], keep="last", maintain_order=True)
        .drop("file", "mentions", "tone", *DETAILS, strict=False)
    )
    return Table(
        chosen.kind, chosen.frequency, data, pl.DataFrame(schema=REJECTED), chosen.source,
        chosen.files, data.height, chosen.coding,
    )  # fmt: skip


def _of_dyad(a: str, b: str) -> str:
    """What holds of the events between two states, in SQL that skips row groups; none is within one state."""
    pair = f"({quoted(a)}, {quoted(b)})"
    return f"source IN {pair} AND target IN {pair}"


def dyad_rows(chosen: LakeSource, a: str, b: str, first: date, last: date) -> pl.DataFrame:
    """The events between two states in a closed interval; Parquet of other years is not opened.

    Parameters
    ----------
    chosen : LakeSource
        Of events.
    a, b : str
        ISO3, in any order.
    first, last : date

    Returns
    -------
    polars.DataFrame
        The columns of `quadrille.coding.record.EVENT_SCHEMA`, and ``mentions`` and ``tone`` where the source has
        them; where files overlap, the file taken in last counts, as in a panel.
    """
    found = [pl.DataFrame(schema={n: c.dtype for n, c in EVENT_SCHEMA.items()})]
    for year in range(first.year, last.year + 1):
        if query := current(chosen.lake, f"events/year={year}", chosen.source):
            query += f" AND {_of_dyad(a, b)} AND date BETWEEN '{first}' AND '{last}' ORDER BY file"
            found.append(_frame(chosen.lake, query).drop("file"))
    rows = pl.concat(found, how="diagonal_relaxed")
    return rows.unique(_KEYS["events"], keep="last", maintain_order=True) if chosen.twice else rows


def dyad_days(chosen: LakeSource, a: str, b: str) -> pl.Series:
    """The days on which a source of events holds any between two states, in order."""
    query = current(chosen.lake, "events", chosen.source) or ""
    days = f"SELECT DISTINCT date FROM ({query} AND {_of_dyad(a, b)}) ORDER BY date"
    return _frame(chosen.lake, days)["date"]


def lake_layers(lake: Lake, only: Collection[str] | None = None) -> dict[str, Layer]:
    """Structural layers, by name; where files overlap, the file taken in last counts.

    The rows of ``rejected`` are counts by reason and name.

    Parameters
    ----------
    lake : Lake
    only : collection of str, optional
        Names of those to read. Default: every one.
    """
    files = manifest(lake).filter(pl.col("kind") == "layer")
    if only is not None:
        files = files.filter(pl.col("source").is_in(list(only)))
    with connect(lake, read_only=True) as con:
        counted = fetch(con.sql("SELECT * FROM reasons"))
    found = {}
    for (name,), mine in files.partition_by("source", as_dict=True, maintain_order=True).items():
        places = parts_of(lake, mine["batch"], f"layer/layer={name}")
        with reading(f"{lake.path}: {name}"):
            data = pl.concat((pl.read_parquet(p) for p in places), how="diagonal")
        data = data.filter(pl.col("file").is_in(mine["id"].to_list())).sort("file")
        last = mine.row(-1, named=True)
        keys = [*KEYS[last["unit"]], *TIME[last["frequency"]]]
        data = data.unique(keys, keep="last", maintain_order=True).drop("file").sort(keys)
        found[str(name)] = Layer(
            str(name), last["role"], last["unit"], last["frequency"], data,
            _rejected(counted, mine["id"].to_list()), tuple(mine["name"]), int(mine["rows_in"].sum()),
            last["citation"],
        )  # fmt: skip
    return found


def _rejected(counted: pl.DataFrame, numbers: list[int]) -> pl.DataFrame:
    counted = counted.filter(pl.col("id").is_in(numbers))
    none = [pl.lit(None, kind).alias(n) for n, kind in REJECTED.items() if n not in counted.columns]
    return counted.with_columns(none).select(list(REJECTED)).cast(REJECTED)  # type: ignore[arg-type]


def verify(lake: Lake) -> list[str]:
    """What is wrong with a lake, one line a fault; nothing if nothing is.

    Every file of every batch must be there with the checksum it was written with, and hold as many
    rows of each kind as the manifest says.
    """
    with ExitStack() as stack:
        # Who may only read a lake cannot keep writers away from it.
        with suppress(LakeError):
            stack.enter_context(writing(lake))
        return list(_faults(lake))


def _faults(lake: Lake) -> Iterator[str]:
    with connect(lake, read_only=True) as con:
        parts = con.execute(
            "SELECT batch, path, bytes, sha FROM parts WHERE batch IN "
            "(SELECT batch FROM files WHERE state = 'current') ORDER BY ALL"
        ).fetchall()
    sound = True
    for batch, path, size, sha in parts:
        place = lake.data / batch / path
        fault = None
        if not place.is_file():
            fault = "is missing"
        elif place.stat().st_size != size or digest(place) != sha:
            fault = "is not what was written"
        if fault:
            sound = False
            yield f"{place}: {fault}; forget its files and ingest them again: {_names(lake, batch)}"
    if sound:
        yield from _miscounted(lake)


def _names(lake: Lake, batch: str) -> str:
    names = manifest(lake).filter(pl.col("batch") == batch)["name"].unique().sort().to_list()
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _miscounted(lake: Lake) -> Iterator[str]:
    files = manifest(lake)
    tables = files.filter(pl.col("kind") != "layer")
    # A layer has rows of its own, and those it skipped may be counted by name only.
    checks = [(str(k), "kept", mine) for (k,), mine in tables.group_by("kind")]
    for kind, column, mine in (
        *checks,
        ("skipped", "skipped", tables),
        ("rejected", "rejected", files),
    ):
        query = current(lake, kind)
        counted: dict[int, int] = {}
        if query:
            there = _frame(lake, f"SELECT file, count(*) FROM ({query}) GROUP BY 1")
            counted = dict(there.iter_rows())
        for number, name, expected in mine.select("id", "name", column).iter_rows():
            found = counted.get(number, 0)
            # A row may be several events: of each two states it names, or one each way.
            if found < expected or (found > expected and kind != "events"):
                yield (f"{name}: {expected:,} rows were {column} and {found:,} are there")


def export(lake: Lake, out: Path, source: str, kind: str | None = None) -> int:
    """Write the current rows of a source to one file. How many.

    Parameters
    ----------
    out : Path
        ``.parquet`` or ``.csv``. In a CSV a text that a spreadsheet would take for a formula gets an
        apostrophe before it.
    source : str
    kind : str, optional
        ``skipped`` or ``rejected`` for what was not kept, ``mentions`` for those of GDELT; by default what
        was kept.

    Raises
    ------
    OptionError
        Another ending or kind, or no such source.
    NoDataError
        There is nothing of this kind.
    LakeError
        The file cannot be written, or the lake's cannot be read.
    """
    if out.suffix not in {".parquet", ".csv"}:
        raise OptionError(f"{out}: the rows are written as .parquet or .csv")
    files = manifest(lake)
    kinds = files.filter(pl.col("source") == source)["kind"].unique().to_list()
    if not kinds:
        there = ", ".join(files["source"].unique().sort()) or "nothing"
        raise OptionError(f"{lake.path}: holds no {source!r}; it holds {there}")
    if kind not in (None, "skipped", "rejected", "mentions"):
        raise OptionError(
            f"unknown kind {kind!r}; use skipped, rejected or mentions, or none for what was kept"
        )
    wanted = kind or next(k for k in (*_TABLES, "layer", "mentions") if k in kinds)
    query = current(lake, f"layer/layer={source}" if wanted == "layer" else wanted, source)
    nothing = NoDataError(
        f"{lake.path}: holds no row {wanted} of {source}; see the reasons in lake status"
    )
    if query is None:
        raise nothing
    import duckdb

    part = out.with_name(f".{out.name}.part")
    try:
        part.touch()
        with reading(lake.path), duckdb.connect() as con:
            rows = _copy(con, query, part, out)
        if not rows:
            raise nothing
        part.replace(out)
    except OSError as why:
        raise _unwritten(out, why.strerror or str(why)) from None
    finally:
        part.unlink(missing_ok=True)
    return rows


def _unwritten(out: Path, reason: str) -> LakeError:
    return LakeError(f"{out}: cannot be written ({reason}); choose another place")


def _copy(con: duckdb.DuckDBPyConnection, query: str, part: Path, out: Path) -> int:
    import duckdb

    how = "FORMAT parquet, COMPRESSION zstd"
    if out.suffix == ".csv":
        columns = con.execute(f"DESCRIBE {query}").fetchall()
        shown = [
            _harmless(name) if kind == "VARCHAR" else f'"{name}"' for name, kind, *_ in columns
        ]
        query, how = f"SELECT {', '.join(shown)} FROM ({query})", "FORMAT csv, HEADER true"
    try:
        done: Any = con.execute(f"COPY ({query}) TO {quoted(part)} ({how})").fetchall()
    except duckdb.IOException as why:
        if str(part) not in str(why) and "write failed" not in str(why):
            raise
        raise _unwritten(out, str(why).splitlines()[0]) from None
    return int(done[0][0])


def _harmless(column: str) -> str:
    """A text that cannot be taken for a formula (OWASP, CSV injection)."""
    signs = r"=+@\t\r-"
    held_by = f"""regexp_matches("{column}", '^[{signs}]')"""
    return f"""CASE WHEN {held_by} THEN '''' || "{column}" ELSE "{column}" END AS "{column}\""""
