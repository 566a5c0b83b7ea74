"""``quadrille states``: the registry of states over time."""

from __future__ import annotations

from typing import Annotated

from quadrille.cli.commands import argument, group, option
from quadrille.cli.common import CsvOption, JsonOption, show
from quadrille.errors import UnknownStateError
from quadrille.states.registry import search
from quadrille.views.view import Column, View, grid

__all__ = ["app"]

app = group("The registry of states over time.")


@app.command()
def find(
    name: Annotated[str, argument("A name, code or adjective; part of one is enough.")],
    limit: Annotated[int, option("How many at most.", min=1)] = 10,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Find states by name, code or adjective."""
    table = search(name, limit)
    if table.is_empty():
        raise UnknownStateError(name)
    columns = [Column(c, c.replace("_", " ")) for c in table.columns]
    title = f"States like {name!r}"
    found = View("states find", title, rows=table, grids=(grid(title, table, columns),))
    show(found, as_json, as_csv)
