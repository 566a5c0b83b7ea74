"""Where the panel query runs: DuckDB here, or Spark on a cluster."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import ibis
import polars as pl

from quadrille.errors import LakeError, NoDataError, OptionError
from quadrille.lake.catalogue import quoted, reading
from quadrille.lake.events import BY_HAND, StoredEvents
from quadrille.lake.frames import fetch, offer
from quadrille.panel.query import panel_query
from quadrille.panel.schema import EVENTS, cell_schema
from quadrille.sources.table import Table

__all__ = ["panel_cells"]

_Query: TypeAlias = Callable[..., Any]
_MEMORY = "2GB"
# Events counted at a time: their groups fit in memory, so that nothing is spilt.
_AT_ONCE = 5_000_000
_SPARK = re.compile(r"local(\[[^]]+\])?|local-cluster\[\d+, *\d+, *\d+\]|spark://.+|yarn|k8s://.+")
# Everything runs on this machine: no name need resolve.
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def panel_cells(
    events: Table | StoredEvents,
    engine: str = "duckdb",
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
    directed: bool = False,
) -> pl.DataFrame:
    """Run the panel query.

    Parameters
    ----------
    events : Table or StoredEvents
        Machine-coded events, at hand or in a lake.
    engine : str
        ``duckdb``, or the master of Spark: ``spark://HOST:PORT``, ``local[N]``,
        ``local-cluster[N,CORES,MB]``, ``yarn``, ``k8s://…``.
    frequency, collapse, since, until, directed
        As in `quadrille.panel.query.panel_query`.

    Returns
    -------
    polars.DataFrame
        The columns of `quadrille.panel.schema.cell_schema`, sorted by the first three.

    Raises
    ------
    OptionError
        Unknown engine, frequency or rule; data that are counted already or read one by one; Spark
        or Java is not installed.
    NoDataError
        Nothing lies in the interval.
    LakeError
        The files changed while they were read, or there is no room to work.
    """
    if isinstance(events, Table):
        _countable(events)
    once = isinstance(events, StoredEvents) and events.once
    query = partial(
        panel_query, ibis.table(EVENTS, name="events"), frequency, collapse, once=once,
        directed=directed,
    )  # fmt: skip
    whole = query(since=since, until=until)
    if engine == "duckdb":
        parts = _duckdb(events, query, frequency, since, until)
    elif _SPARK.fullmatch(engine):
        with _stored(events) as stored:
            parts = [_spark(stored, engine, whole)]
    else:
        raise OptionError(
            f"unknown engine {engine!r}; use duckdb, bigquery, or a master of Spark: "
            "spark://HOST:PORT, local[N], local-cluster[N,CORES,MB], yarn, k8s://…"
        )
    # Engines sum whole numbers to types of their own.
    schema = cell_schema(directed)
    cells = pl.concat(
        [pl.DataFrame(schema=schema), *(p.select(list(schema)).cast(schema) for p in parts)]
    )
    if cells.is_empty():
        when = f"{since or 'the beginning'} to {until or 'the end'}"
        raise NoDataError(f"{events.origin}: no rows from {when}; widen since or until")
    return cells.sort(list(schema)[:3])


def _countable(table: Table) -> None:
    if table.kind != "events":
        raise OptionError(
            f"{table.origin} holds {table.kind}, which are counted already; give events"
        )
    if table.coding == "hand":
        raise OptionError(f"{table.origin}: {BY_HAND}")


def _rows(table: Table) -> pl.DataFrame:
    names = [c for c in EVENTS if c != "file"]
    return table.data.select(*names, pl.lit(0, pl.Int32).alias("file"))


@contextmanager
def _stored(events: Table | StoredEvents) -> Iterator[StoredEvents]:
    """Events at hand as Parquet for as long as the context lasts; stored ones as they are."""
    if isinstance(events, StoredEvents):
        yield events
        return
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        path = Path(folder) / "events.parquet"
        _rows(events).write_parquet(path)
        yield StoredEvents((str(path),), events.origin, events.files)


# ---------------------------------------------------------------- DuckDB


def _offer(con: duckdb.DuckDBPyConnection, events: Table | StoredEvents) -> None:
    """Make the events known to DuckDB as ``events``: a frame where it lies, or Parquet."""
    if isinstance(events, Table):
        offer(con, "events", _rows(events))
        return
    paths = [f"{p}/**/*.parquet" if Path(p).is_dir() else p for p in events.paths]
    listed = ", ".join(map(quoted, paths))
    rest = f" WHERE file NOT IN ({', '.join(map(str, events.without))})" if events.without else ""
    con.execute(
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
    events: Table | StoredEvents,
    query: _Query,
    frequency: str,
    since: date | None,
    until: date | None,
) -> list[pl.DataFrame]:
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": folder}
        with reading(events.origin), duckdb.connect(config=settings) as con:
            con.execute("SET preserve_insertion_order = false")
            _offer(con, events)
            return [
                fetch(con.sql(ibis.to_sql(query(since=first, until=last), dialect="duckdb")))
                for first, last in _spans(con, frequency, since, until)
            ]


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
        f"{master}: no Spark master answers ({reason}); start it, or check spark://HOST:PORT"
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
