"""The panel query on a cluster, by Spark."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import polars as pl

from quadrille.errors import LakeError, OptionError
from quadrille.lake.events import StoredEvents
from quadrille.panel.query import panel_query
from quadrille.panel.schema import EVENTS, event_rows
from quadrille.sources.table import Table

__all__ = ["spark_cells"]

# Everything runs on this machine: no name need resolve.
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def spark_cells(
    events: Table | StoredEvents, master: str, frequency: str, collapse: str,
    since: date | None, until: date | None, directed: bool,
) -> pl.DataFrame:  # fmt: skip
    """The panel query on Spark; arguments as in `quadrille.panel.query.panel_query`.

    Raises
    ------
    OptionError
        Unknown frequency or rule; Spark or Java is not installed, or no master answers.
    LakeError
        Spark could not count.
    """
    once = isinstance(events, StoredEvents) and events.once
    table = ibis.table(EVENTS, name="events")
    query = panel_query(table, frequency, collapse, since, until, once, directed)
    kinds = {"float64": "double", "int64": "bigint", "int32": "int"}
    schema = ", ".join(f"{name} {kinds.get(kind, kind)}" for name, kind in EVENTS.items())
    with _stored(events) as stored, _spark_errors(events.origin), _session(master) as session:
        # Without the lookup Spark takes folders named kind=… for columns.
        reader = session.read.schema(schema).option("recursiveFileLookup", "true")
        rows = reader.parquet(*stored.paths)
        if stored.without:
            rows = rows.filter(~rows["file"].isin(list(stored.without)))
        rows.createOrReplaceTempView("events")
        try:
            found = session.sql(str(ibis.to_sql(query, dialect="pyspark"))).toArrow()
        finally:
            session.catalog.dropTempView("events")
    return pl.DataFrame(pl.from_arrow(found))


@contextmanager
def _stored(events: Table | StoredEvents) -> Iterator[StoredEvents]:
    """Events at hand as Parquet for as long as the context lasts; stored ones as they are."""
    if isinstance(events, StoredEvents):
        yield events
        return
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        path = Path(folder) / "events.parquet"
        event_rows(events).write_parquet(path)
        yield StoredEvents((str(path),), events.origin, events.files)


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
