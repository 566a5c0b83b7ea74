"""``quadrille chronicle``: hand-coded chronicles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from quadrille.chronicle import load as chronicle
from quadrille.cli.common import JsonOption, say, show
from quadrille.errors import ChronicleError
from quadrille.views.view import View

__all__ = ["app"]

app = typer.Typer(help="Hand-coded chronicles.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _root() -> None:
    pass


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A chronicle CSV. Default: the embedded chronicle.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a chronicle of your own, line by line."""
    name = file or "embedded chronicle"
    problems = [str(p) for p in chronicle.check(file)]
    summary = (
        f"{len(problems)} problems"
        if problems
        else f"no problems; {chronicle.load(file).summary()}"
    )
    rows = pl.DataFrame({"problem": problems}, schema={"problem": pl.String})
    doubts = () if problems else tuple(f"Look again: {d}" for d in chronicle.doubts(file))
    view = View(
        "chronicle check",
        "Chronicle check",
        (f"{name}: {summary}",),
        rows,
        notes=doubts,
        data=str(name),
    )
    if as_json or not problems:
        show(view, as_json)
    if problems:
        for line in () if as_json else problems:
            say(line)
        raise ChronicleError(
            f"{name}: {len(problems)} problem(s); correct the lines above", problems
        )
