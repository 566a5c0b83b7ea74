"""``quadrille panel``: dyads by period, counted where the events are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from quadrille.cli.common import (
    DataOption,
    SinceOption,
    UntilOption,
    read_data,
    table_option,
    window,
    with_lake,
    write_table,
)
from quadrille.errors import OptionError
from quadrille.lake.contents import LakeSource
from quadrille.lake.events import lake_events
from quadrille.panel.bigquery import bigquery_sql
from quadrille.panel.build import Panel
from quadrille.panel.build import build as build_panel

__all__ = ["panel_app"]

panel_app = typer.Typer(help="Panels of dyads by period.", no_args_is_help=True)
_HOW = (
    "This is the whole query over GDELT's public table; nothing was sent anywhere. Run it with:\n"
    "  bq query --use_legacy_sql=false --max_rows=10000000 --format=csv < panel.sql\n"
    "or in the BigQuery console, which says beforehand how much it will read."
)


@panel_app.callback()
def _panel() -> None:
    """Panels of dyads by period."""


@panel_app.command()
@with_lake
def build(
    engine: Annotated[
        str,
        typer.Option(
            help="duckdb; bigquery (prints the SQL); or a master of Spark: spark://HOST:PORT, "
            "local[N], local-cluster[N,CORES,MB], yarn, k8s://…"
        ),
    ] = "duckdb",
    frequency: Annotated[str, typer.Option(help="Period: D, M, Q or Y.")] = "M",
    collapse: Annotated[
        str,
        typer.Option(
            help="What counts once: code, reports of one day, directed dyad and code; day, those of "
            "one day, directed dyad and quad class; none, every report."
        ),
    ] = "code",
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[Path, table_option("Where to write the panel")] = Path("panel.parquet"),
    data: DataOption = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print BigQuery's SQL and nothing else.")
    ] = False,
) -> None:
    """Count the events of the lake, or of --data, to all dyads by period."""
    first, last = window(since, until)
    if sql and engine != "bigquery":
        raise OptionError("--sql shows what --engine bigquery would run; give both")
    if engine == "bigquery":
        if data:
            raise OptionError("--engine bigquery counts GDELT's own table; leave out --data")
        print(bigquery_sql(frequency, collapse, first, last))
        if not sql:
            Console(stderr=True).print(_HOW, highlight=False)
        return
    began = time.perf_counter()
    found = read_data(data)
    events = lake_events(found.lake, found.source) if isinstance(found, LakeSource) else found
    made = build_panel(events, frequency, first, last, collapse, engine)  # type: ignore[arg-type]
    write_table(made.cells, out)
    _say(made, collapse, out, time.perf_counter() - began)


def _say(panel: Panel, collapse: str, out: Path, seconds: float) -> None:
    cells = panel.cells
    reports = cells["raw"].sum()
    events = cells.select("verbal_coop", "material_coop", "verbal_conf", "material_conf").sum()
    counted = f"{reports:,} reports"
    if collapse != "none":
        counted += f", {events.sum_horizontal().item():,.0f} events by {collapse}"
    first, last = panel.span
    Console().print(
        f"{panel.origin}: {counted}; {cells.height:,} cells of "
        f"{cells.select('state_a', 'state_b').n_unique():,} dyads by {panel.frequency}, "
        f"{first} to {last}; {out} ({seconds:.1f} s)",
        highlight=False,
    )
