"""Where the panel query runs: DuckDB here, or Spark on a cluster."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from quadrille.errors import NoDataError, OptionError
from quadrille.lake.catalogue import quoted, reading
from quadrille.lake.events import BY_HAND, StoredEvents
from quadrille.lake.frames import fetch, offer
from quadrille.panel.schema import EVENTS, cell_schema, event_rows
from quadrille.panel.sql import duckdb_query
from quadrille.sources.table import Table

__all__ = ["panel_cells"]

_MEMORY = "2GB"
# Events counted at a time: their groups fit in memory, so that nothing is spilt.
_AT_ONCE = 5_000_000
_MASTER = re.compile(r"local(\[[^]]+\])?|local-cluster\[\d+, *\d+, *\d+\]|spark://.+|yarn|k8s://.+")


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
    if engine == "duckdb":
        once = isinstance(events, StoredEvents) and events.once
        query = duckdb_query(frequency, collapse, once, directed)
        parts = _duckdb(events, query, frequency, since, until)
    elif _MASTER.fullmatch(engine):
        from quadrille.panel.spark import spark_cells

        parts = [spark_cells(events, engine, frequency, collapse, since, until, directed)]
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


# ---------------------------------------------------------------- DuckDB


def _offer(con: duckdb.DuckDBPyConnection, events: Table | StoredEvents) -> None:
    """Make the events known to DuckDB as ``every_event``: a frame where it lies, or Parquet."""
    if isinstance(events, Table):
        offer(con, "every_event", event_rows(events))
        return
    paths = [f"{p}/**/*.parquet" if Path(p).is_dir() else p for p in events.paths]
    listed = ", ".join(map(quoted, paths))
    rest = f" WHERE file NOT IN ({', '.join(map(str, events.without))})" if events.without else ""
    con.execute(
        f"CREATE VIEW every_event AS SELECT {', '.join(EVENTS)} FROM "
        f"read_parquet([{listed}], hive_partitioning = false){rest}"
    )


def _spans(
    con: duckdb.DuckDBPyConnection, frequency: str, since: date | None, until: date | None
) -> list[tuple[date, date]]:
    """Closed intervals of whole periods that hold about `_AT_ONCE` events or one period each."""
    unit = "year" if frequency == "Y" else "quarter"
    counted = con.execute(
        f"SELECT CAST(date_trunc('{unit}', date) AS DATE), max(date), count(*) FROM every_event "
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
    events: Table | StoredEvents, query: str, frequency: str, since: date | None, until: date | None
) -> list[pl.DataFrame]:
    with tempfile.TemporaryDirectory(prefix="quadrille-") as folder:
        settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": folder}
        with reading(events.origin), duckdb.connect(config=settings) as con:
            con.execute("SET preserve_insertion_order = false")
            _offer(con, events)
            return [_counted(con, query, *span) for span in _spans(con, frequency, since, until)]


def _counted(con: duckdb.DuckDBPyConnection, query: str, first: date, last: date) -> pl.DataFrame:
    """The query over the events of a closed interval."""
    con.execute(
        "CREATE OR REPLACE VIEW events AS SELECT * FROM every_event "
        f"WHERE date BETWEEN DATE '{first}' AND DATE '{last}'"
    )
    return fetch(con.sql(query))
