"""Polars frames out of DuckDB and into it, over the Arrow C stream that both speak: no pyarrow is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import duckdb

__all__ = ["fetch", "offer"]


@dataclass(frozen=True, slots=True)
class _Stream:
    """A frame that DuckDB takes for a stream of Arrow batches; it is read anew by every query."""

    frame: pl.DataFrame

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.frame.__arrow_c_stream__(requested_schema)


def fetch(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The rows of a query.

    Raises
    ------
    duckdb.Error
        The query fails. It is run to its end first: while it streams, Polars would put its own error in place.
    """
    return pl.DataFrame(relation.materialize())


def offer(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Make a frame known to DuckDB, where it lies."""
    con.register(name, _Stream(frame))
