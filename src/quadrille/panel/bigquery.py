"""The panel of GDELT's public table, as SQL for BigQuery: nothing is sent anywhere."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import ibis
import sqlglot
from sqlglot.optimizer import optimize
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from quadrille.panel.query import panel_query
from quadrille.panel.schema import EVENTS
from quadrille.sources.events.gdelt_query import canonical

__all__ = ["bigquery_schema", "bigquery_sql"]

BIGQUERY_TABLE = "gdelt-bq.gdeltv2.events"


@cache
def bigquery_schema() -> dict[str, str]:
    """Columns of ``gdelt-bq.gdeltv2.events`` and their BigQuery types, as its publisher lists them."""
    text = files("quadrille.panel").joinpath("data/gdeltv2_events.csv").read_text("utf-8")
    return dict(line.split(",") for line in text.split()[1:])


def bigquery_sql(
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
) -> str:
    """The whole query, from the rows of GDELT's public table to the panel, as BigQuery SQL.

    Arguments as in `quadrille.panel.query.panel_query`.
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
