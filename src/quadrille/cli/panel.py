"""``quadrille panel``: dyads by period, counted where the events are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from quadrille.cli.commands import group, option
from quadrille.cli.common import (
    DataOption,
    FrequencyOption,
    JsonOption,
    LakeOption,
    SinceOption,
    UntilOption,
    place_for,
    say,
    show,
)
from quadrille.dates import first_day, last_day
from quadrille.errors import OptionError
from quadrille.measure.world import World
from quadrille.panel.build import Panel
from quadrille.panel.build import build as build_panel
from quadrille.views.save import TIDY, save_table
from quadrille.views.view import View

__all__ = ["app"]

app = group("Panels of dyads by period.")
_HOW = (
    "This is the whole query over GDELT's public table; nothing was sent anywhere. Run it with:\n"
    "  bq query --use_legacy_sql=false --max_rows=10000000 --format=csv < panel.sql\n"
    "or in the BigQuery console, which says beforehand how much it will read."
)


@app.command()
def build(
    engine: Annotated[
        str,
        option(
            "duckdb; bigquery (prints the SQL); or a master of Spark: spark://HOST:PORT, local[N], "
            "local-cluster[N,CORES,MB], yarn, k8s://…"
        ),
    ] = "duckdb",
    frequency: FrequencyOption = "M",
    collapse: Annotated[
        str,
        option(
            "What counts once: code, reports of one day, directed dyad and code; day, those of "
            "one day, directed dyad and quad class; none, every report."
        ),
    ] = "code",
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[
        Path,
        option(
            "Where to write the panel: .parquet or .csv.", callback=place_for(".parquet", ".csv")
        ),
    ] = Path("panel.parquet"),
    data: DataOption = None,
    lake: LakeOption = None,
    export: Annotated[
        Path | None,
        option(
            "Write it too for R, Stata or a notebook, with states' codes and a codebook: .parquet, .csv or .dta.",
            callback=place_for(*TIDY),
        ),
    ] = None,
    sql: Annotated[bool, option("Print BigQuery's SQL and nothing else.", "--sql")] = False,
    as_json: JsonOption = False,
) -> None:
    """Count the events of the lake, or of --data, to all dyads by period."""
    first, last = first_day(since), last_day(until)
    if sql and engine != "bigquery":
        raise OptionError("--sql shows what --engine bigquery would run; give both")
    if engine == "bigquery":
        from quadrille.panel.bigquery import bigquery_sql

        if data:
            raise OptionError("--engine bigquery counts GDELT's own table; leave out --data")
        print(bigquery_sql(frequency, collapse, first, last))
        if not sql:
            say(_HOW)
        return
    world = World(data or None, lake=lake)
    say(world.summary())
    made = build_panel(world.countable(), frequency, first, last, collapse, engine)  # type: ignore[arg-type]
    save_table(made.cells, out)
    if export is not None:
        _export(made, export)
    show(_view(made, collapse, out), as_json)


def _export(made: Panel, place: Path) -> None:
    from quadrille.views.tidy import export_table

    title = f"Events by dyad and period ({made.frequency})"
    say(
        f"exported: {', '.join(map(str, export_table(made.cells, place, 'panel', title, made.origin)))}"
    )


def _view(panel: Panel, collapse: str, out: Path) -> View:
    cells = panel.cells
    reports = int(cells["raw"].sum())
    events = cells.select("verbal_coop", "material_coop", "verbal_conf", "material_conf").sum()
    counted = f"{reports:,} reports"
    if collapse != "none":
        counted += f", {events.sum_horizontal().item():,.0f} events by {collapse}"
    dyads = cells.select("state_a", "state_b").n_unique()
    line = (
        f"{panel.origin}: {counted}; {cells.height:,} cells of {dyads:,} dyads by {panel.frequency}, "
        f"{panel.span[0]} to {panel.span[1]}; {out}"
    )
    facts = {
        "file": str(out), "reports": reports, "cells": cells.height, "dyads": dyads, "collapse": collapse,
    }  # fmt: skip
    return View(
        "panel build", "Panel", (line,), facts=facts, data=panel.origin, frequency=panel.frequency,
        periods=panel.span,
    )  # fmt: skip
