"""``quadrille states``: the registry of states over time."""

from __future__ import annotations

from typing import Annotated

import typer

from quadrille.cli.common import CsvOption, JsonOption, show
from quadrille.errors import UnknownStateError
from quadrille.states.registry import search
from quadrille.views.view import Column, View, grid

__all__ = ["app"]

app = typer.Typer(
    help="The registry of states over time.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _root() -> None:
    pass


@app.command()
def find(
    name: Annotated[str, typer.Argument(help="A name, code or adjective; part of one is enough.")],
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 10,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Find states by name, code or adjective."""
    table = search(name, limit)
    if table.is_empty():
        raise UnknownStateError(name)
    columns = [Column(c, c.replace("_", " ")) for c in table.columns]
    title = f"States like {name!r}"
    show(
        View("states find", title, rows=table, grids=(grid(title, table, columns),)),
        as_json,
        as_csv,
    )
