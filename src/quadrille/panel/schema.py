"""What is counted, by which rule, and to which columns: the two ends of the panel query."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import polars as pl

from quadrille.coding.record import DOMAINS
from quadrille.coding.vocabulary import QUADS
from quadrille.sources.table import Table

__all__ = ["COLLAPSE", "EVENTS", "PANEL", "Collapse", "cell_schema", "event_rows"]

# What counts as one event, see `quadrille.panel.query.panel_query`.
Collapse: TypeAlias = Literal["none", "code", "day"]
COLLAPSE: tuple[Collapse, ...] = get_args(Collapse)

# What the query reads of canonical events; `file` is where the lake took the row from.
EVENTS = {
    "event_id": "string",
    "date": "date",
    "source": "string",
    "target": "string",
    "cameo": "string",
    "domain": "string",
    "goldstein": "float64",
    "reports": "int64",
    "file": "int32",
}
PANEL = {
    "state_a": pl.String,
    "state_b": pl.String,
    "period": pl.Date,
    **dict.fromkeys((*QUADS, "goldstein", "goldstein_sq"), pl.Float64),
    **{f"d_{d}": pl.Float64 for d in DOMAINS},
    "raw": pl.Int64,
}


def cell_schema(directed: bool = False) -> pl.Schema:
    """Columns of the cells: `PANEL`, or with ``source, target`` in place of the sorted dyad."""
    names = {"state_a": "source", "state_b": "target"} if directed else {}
    return pl.Schema({names.get(c, c): kind for c, kind in PANEL.items()})


def event_rows(table: Table) -> pl.DataFrame:
    """What the query reads of events at hand, which are one file."""
    names = [c for c in EVENTS if c != "file"]
    return table.data.select(*names, pl.lit(0, pl.Int32).alias("file"))
