"""``quadrille chronicle``: hand-coded chronicles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from quadrille.chronicle import load as chronicle
from quadrille.cli.common import CsvOption, JsonOption, place_for, say, show
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


@app.command()
def agreement(
    first: Annotated[
        Path, typer.Argument(help="A coding: CSV. chronicle is the embedded chronicle.")
    ],
    second: Annotated[
        Path, typer.Argument(help="Another coding of acts of the first, matched by id.")
    ],
    draws: Annotated[int, typer.Option(help="Samples of acts behind the intervals.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compare two codings of the same acts; --csv lists the acts that are not coded alike."""
    from quadrille.chronicle.agreement import agreement as compared
    from quadrille.views.agreement import view

    show(view(compared(first, second, draws, seed)), as_json, as_csv)


@app.command()
def sample(
    file: Annotated[
        Path | None, typer.Argument(help="A chronicle CSV. Default: the embedded chronicle.")
    ] = None,
    n: Annotated[int, typer.Option(help="How many acts.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the sheet here.", callback=place_for(".csv"))
    ] = None,
) -> None:
    """Draw acts at random as a sheet for a second coder, without their codes."""
    from quadrille.chronicle.agreement import sample as drawn
    from quadrille.views.save import write_bytes

    sheet = drawn(file, n, seed).write_csv()
    if out:
        write_bytes(out, sheet.encode())
        say(f"written: {out}")
    else:
        sys.stdout.write(sheet)
