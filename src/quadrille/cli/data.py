"""``quadrille data``: a look at files before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl

from quadrille.cli.commands import argument, option
from quadrille.cli.common import JsonOption, place_for, show
from quadrille.errors import OptionError
from quadrille.measure.world import World
from quadrille.sources.table import Table, reason_kind
from quadrille.views.forms import count, verbatim
from quadrille.views.save import write_bytes
from quadrille.views.view import Column, View, grid

__all__ = ["data"]


def data(
    paths: Annotated[list[Path], argument("Files or folders of one kind of data.")],
    rejected: Annotated[
        Path | None,
        option("Write the rows that were skipped or rejected here, as CSV.", callback=place_for()),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read files and say what was kept, skipped and rejected, and why."""
    table = World(paths).source
    if not isinstance(table, Table):
        raise OptionError("data reads files; for the lake run: quadrille lake status")
    if rejected:
        write_bytes(rejected, table.rejected.write_csv().encode())
    reasons = (
        table.rejected.group_by("fate", reason_kind())
        .agg(
            pl.len().alias("rows"),
            pl.col("line").min().alias("line"),
            pl.coalesce("name", pl.col("reason").str.extract(r" \('(.+?)'[,)]"))
            .drop_nulls()
            .first()
            .alias("example"),
        )
        .sort("rows", "reason", descending=[True, False])
    )
    columns = [
        Column("fate", "fate"), Column("reason", "reason"), Column("example", "example", verbatim),
        Column("rows", "rows", count), Column("line", "first line", count),
    ]  # fmt: skip
    facts = {
        "kind": table.kind, "coding": table.coding, "rows_in": table.rows_in, "kept": table.data.height,
        "files": table.files,
    }  # fmt: skip
    show(
        View("data", "Data", (table.summary(),), reasons, facts,
             (grid("Rows that are not used", reasons.head(20), columns),), data=table.origin),
        as_json,
    )  # fmt: skip
