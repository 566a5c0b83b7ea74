"""Where the panel query runs: DuckDB here, Spark on a cluster, BigQuery on GDELT's public table."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import ibis
import polars as pl
import sqlglot
from sqlglot.optimizer import optimize
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from quadrille.errors import LakeError, NoDataError, OptionError
from quadrille.events.record import DOMAINS
from quadrille.events.vocabulary import QUADS
from quadrille.lake.catalogue import Lake, connect, overlap, parts_of, quoted, reading
from quadrille.lake.query import EVENTS, panel_query
from quadrille.sources.events.gdelt_query import canonical
from quadrille.sources.table import Table

__all__ = [
    "PANEL",
    "StoredEvents",
    "bigquery_schema",
    "bigquery_sql",
    "lake_events",
    "panel_cells",
    "stored",
]

PANEL = {
    "state_a": pl.String,
    "state_b": pl.String,
    "period": pl.Date,
    **dict.fromkeys((*QUADS, "goldstein", "goldstein_sq"), pl.Float64),
    **{f"d_{d}": pl.Float64 for d in DOMAINS},
    "raw": pl.Int64,
}
BIGQUERY_TABLE = "gdelt-bq.gdeltv2.events"
_MEMORY = "2GB"
_BY_HAND = (
    "hand-coded acts are read one by one, not counted; quadrille measure takes them as they are"
)
# Events counted at a time: their groups fit in memory, so that nothing is spilt.
_AT_ONCE = 5_000_000
_SPARK = re.compile(r"local(\[[^]]+\])?|local-cluster\[\d+, *\d+, *\d+\]|spark://.+|yarn|k8s://.+")
# Everything runs on this machine: no name need resolve.
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """Canonical events in Parquet.

    Attributes
    ----------
    paths : tuple of str
        Files, or folders read whole.
    origin : str
        Short name of the data.
    files : tuple of str
        What they were ingested from.
    without : tuple of int
        ``file`` of rows that no longer count.
    once : bool
        Files overlap, so that an ``event_id`` may stand in more than one.
    """

    paths: tuple[str, ...]
    origin: str
    files: tuple[str, ...]
    without: tuple[int, ...] = ()
    once: bool = False


def lake_events(lake: Lake, source: str | None = None) -> StoredEvents:
    """The events of one source that the lake now holds.

    Parameters
    ----------
    lake : Lake
    source : str, optional
        Needed where the lake holds events of several sources: the same act stands in each of them.

    Raises
    ------
    NoDataError
        The lake holds no events.
    OptionError
        It holds none of this source, or of several and none was chosen.
    LakeError
        Parquet that the catalogue lists is gone.
    """
    with connect(lake, read_only=True) as con:
        listed: pl.DataFrame = con.sql(
            "SELECT id, name, source, batch, state, kept, id_low, id_high, first, last, coding FROM files "
            "WHERE kind = 'events' ORDER BY id"
        ).pl()
    current = listed.filter(state="current")
    held = current["source"].unique().sort().to_list()
    if not held:
        raise NoDataError(f"{lake.path}: the lake holds no events; quadrille ingest PATH adds some")
    if source is None and len(held) > 1:
        raise OptionError(
            f"{lake.path} holds events of {', '.join(held)}, which tell of the same acts; "
            "choose one with --data lake:NAME"
        )
    chosen = source or held[0]
    if chosen not in held:
        raise OptionError(
            f"{lake.path} holds no events of {chosen!r}; use one of {', '.join(held)}"
        )
    current = current.filter(source=chosen)
    if (current["coding"] == "hand").any():
        raise OptionError(f"{chosen}: {_BY_HAND}")
    kept = current.filter(pl.col("kept") > 0)["batch"].unique(maintain_order=True)
    folders = [lake.data / batch / "kind=events" for batch in kept]
    if not folders:
        raise NoDataError(f"{lake.path}: no row of {chosen} was an act between two states")
    parts_of(lake, kept, "events")
    stale = listed.filter(pl.col("batch").is_in(kept.implode()), pl.col("state") != "current")
    return StoredEvents(
        tuple(map(str, folders)), chosen, tuple(current["name"]), tuple(stale["id"]),
        overlap(current),
    )  # fmt: skip


@contextmanager
def stored(table: Table) -> Iterator[StoredEvents]:
    """Events at hand, as Parquet for as long as the context lasts.

    Raises
    ------
    OptionError
        The table holds no events, or hand-coded ones.
    """
    if table.kind != "events":
        raise OptionError(
            f"{table.origin} holds {table.kind}, which are counted already; give events"
        )
    if table.coding == "hand":
        raise OptionError(f"{table.origin}: {_BY_HAND}")
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        path = Path(folder) / "events.parquet"
        names = [c for c in EVENTS if c != "file"]
        table.data.select(*names, pl.lit(0, pl.Int32).alias("file")).write_parquet(path)
        yield StoredEvents((str(path),), table.origin, table.files)


def panel_cells(
    events: StoredEvents,
    engine: str = "duckdb",
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
) -> pl.DataFrame:
    """Run the panel query.

    Parameters
    ----------
    events : StoredEvents
    engine : str
        ``duckdb``, or the master of Spark: ``spark://HOST:PORT``, ``local[N]``,
        ``local-cluster[N,CORES,MB]``, ``yarn``, ``k8s://…``.
    frequency, collapse, since, until
        As in `quadrille.lake.query.panel_query`.

    Returns
    -------
    polars.DataFrame
        The columns of `PANEL`, sorted by dyad and period.

    Raises
    ------
    OptionError
        Unknown engine, frequency or rule; Spark or Java is not installed.
    NoDataError
        Nothing lies in the interval.
    LakeError
        The files changed while they were read, or there is no room to work.
    """
    query = panel_query(
        ibis.table(EVENTS, name="events"), frequency, collapse, since, until, events.once
    )
    if engine == "duckdb":
        cells = _duckdb(events, frequency, collapse, since, until)
    elif _SPARK.fullmatch(engine):
        cells = _spark(events, engine, query)
    else:
        raise OptionError(
            f"unknown engine {engine!r}; use duckdb, bigquery, or a master of Spark: "
            "spark://HOST:PORT, local[N], local-cluster[N,CORES,MB], yarn, k8s://…"
        )
    if cells.is_empty():
        when = f"{since or 'the beginning'} to {until or 'the end'}"
        raise NoDataError(f"{events.origin}: no rows from {when}; widen --since/--until")
    return _shaped(cells).sort("state_a", "state_b", "period")


def _shaped(cells: pl.DataFrame) -> pl.DataFrame:
    """Columns and types of `PANEL`: engines sum whole numbers to types of their own."""
    return cells.select(list(PANEL)).cast(pl.Schema(PANEL))


# ---------------------------------------------------------------- DuckDB


def _view(events: StoredEvents) -> str:
    paths = [f"{p}/**/*.parquet" if Path(p).is_dir() else p for p in events.paths]
    listed = ", ".join(map(quoted, paths))
    rest = f" WHERE file NOT IN ({', '.join(map(str, events.without))})" if events.without else ""
    return (
        f"CREATE VIEW events AS SELECT {', '.join(EVENTS)} FROM "
        f"read_parquet([{listed}], hive_partitioning = false){rest}"
    )


def _spans(
    con: duckdb.DuckDBPyConnection, frequency: str, since: date | None, until: date | None
) -> list[tuple[date, date]]:
    """Closed intervals of whole periods that hold about `_AT_ONCE` events or one period each."""
    unit = "year" if frequency == "Y" else "quarter"
    counted = con.execute(
        f"SELECT CAST(date_trunc('{unit}', date) AS DATE), max(date), count(*) FROM events "
        "WHERE date >= coalesce(?, date) AND date <= coalesce(?, date) GROUP BY 1 ORDER BY 1",
        [since, until],
    ).fetchall()
    spans: list[tuple[date, date]] = []
    room = 0
    for first, last, n in counted:
        if n > room:
            spans.append((max(first, since) if since else first, last))
            room = _AT_ONCE
        spans[-1] = (spans[-1][0], last)
        room -= n
    return spans


def _duckdb(
    events: StoredEvents, frequency: str, collapse: str, since: date | None, until: date | None
) -> pl.DataFrame:
    empty = pl.DataFrame(schema=PANEL)
    table = ibis.table(EVENTS, name="events")
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": folder}
        with reading(events.origin), duckdb.connect(config=settings) as con:
            con.execute("SET preserve_insertion_order = false")
            con.execute(_view(events))
            parts = [empty]
            for first, last in _spans(con, frequency, since, until):
                query = panel_query(table, frequency, collapse, first, last, events.once)
                found = con.sql(ibis.to_sql(query, dialect="duckdb")).pl()
                parts.append(_shaped(found))
    return pl.concat(parts)


# ---------------------------------------------------------------- Spark


def _pyspark() -> Any:
    """The module, if Spark can run here.

    Raises
    ------
    OptionError
        PySpark or Java is missing.
    """
    java = Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java"
    if shutil.which("java") is None and not java.is_file():
        raise OptionError("Spark needs Java 17 or later, and there is none; install a JRE")
    try:
        import pyspark.errors
        import pyspark.sql
    except ImportError:
        raise OptionError(
            "PySpark is not installed; install it with: pip install 'quadrille[spark]'"
        ) from None
    ibis.pyspark  # noqa: B018 - registers the options its compiler reads
    return pyspark


def _reachable(master: str) -> None:
    """Look whether a standalone master answers, since Spark itself tries for a minute and then breaks.

    Raises
    ------
    OptionError
        None does.
    """
    hosts = [h.rpartition(":") for h in master.removeprefix("spark://").split(",")]
    reason = ""
    for host, _, port in hosts:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except (OSError, ValueError) as why:
            reason = getattr(why, "strerror", None) or str(why)
        else:
            return
    raise OptionError(
        f"{master}: no Spark master answers ({reason}); start it, or mend spark://HOST:PORT"
    )


@contextmanager
def _session(master: str) -> Iterator[Any]:
    """The session in use, or one of our own that ends with the context."""
    sql = _pyspark().sql
    if master.startswith("spark://"):
        _reachable(master)
    active = sql.SparkSession.getActiveSession()
    if active is not None:
        if active.sparkContext.master != master:
            raise OptionError(
                f"a Spark session on {active.sparkContext.master} is in use; stop it, or use it"
            )
        yield active
        return
    builder = sql.SparkSession.builder.master(master).appName("quadrille")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    settings |= _LOOPBACK if master.startswith("local") else {}
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def _spark_errors(what: str) -> Iterator[None]:
    """Spark's own failures as one line, and nothing said of pandas, which we do not use of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        errors = _pyspark().errors
        from py4j.protocol import Py4JError

        try:
            yield
        except (Py4JError, errors.PySparkException) as why:
            causes = [x for x in str(why).splitlines() if x.strip()]
            said = next((x for x in causes if x.startswith("Caused by")), causes[0])
            raise LakeError(
                f"{what}: Spark could not count it ({said.strip()}); see Spark's own log, and whether "
                "the files are sound: quadrille lake verify"
            ) from None


def _spark(events: StoredEvents, master: str, query: ibis.expr.types.Table) -> pl.DataFrame:
    kinds = {"float64": "double", "int64": "bigint", "int32": "int"}
    schema = ", ".join(f"{name} {kinds.get(kind, kind)}" for name, kind in EVENTS.items())
    with _spark_errors(events.origin), _session(master) as session:
        # Without the lookup Spark takes folders named kind=… for columns.
        reader = session.read.schema(schema).option("recursiveFileLookup", "true")
        rows = reader.parquet(*events.paths)
        if events.without:
            rows = rows.filter(~rows["file"].isin(list(events.without)))
        rows.createOrReplaceTempView("events")
        try:
            found = session.sql(str(ibis.to_sql(query, dialect="pyspark"))).toArrow()
        finally:
            session.catalog.dropTempView("events")
    return pl.DataFrame(pl.from_arrow(found))


# ---------------------------------------------------------------- BigQuery


@cache
def bigquery_schema() -> dict[str, str]:
    """Columns of ``gdelt-bq.gdeltv2.events`` and their BigQuery types, as its publisher lists them."""
    text = files("quadrille.lake").joinpath("data/gdeltv2_events.csv").read_text("utf-8")
    return dict(line.split(",") for line in text.split()[1:])


def bigquery_sql(
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
) -> str:
    """The whole query, from the rows of GDELT's public table to the panel, as BigQuery SQL.

    Arguments as in `quadrille.lake.query.panel_query`.
    """
    kinds = {"INTEGER": "int64", "FLOAT": "float64", "STRING": "string"}
    schema = {name: kinds[kind] for name, kind in bigquery_schema().items()}
    project, dataset, name = BIGQUERY_TABLE.split(".")
    raw = ibis.table(schema, name=name, catalog=project, database=dataset)
    rows = canonical(raw)
    columns = [c for c in EVENTS if c not in ("event_id", "file")]
    events = rows.filter(rows.kind == "events").select(*columns)
    query = panel_query(events, frequency, collapse, since, until)
    # BigQuery bills by the columns a query names: those that come to nothing are taken out.
    tree = sqlglot.parse_one(str(ibis.to_sql(query, dialect="bigquery")), read="bigquery")
    typed: dict[str, Any] = {project: {dataset: {name: bigquery_schema()}}}
    rules = (qualify, pushdown_projections)
    pruned = optimize(tree, schema=typed, dialect="bigquery", rules=rules)
    return pruned.sql("bigquery", pretty=True)
