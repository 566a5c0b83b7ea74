"""``quadrille chronicle``: hand-coded chronicles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import polars as pl

from quadrille.chronicle import load as chronicle
from quadrille.cli.commands import argument, group, option
from quadrille.cli.common import CsvOption, JsonOption, place_for, say, show
from quadrille.errors import ChronicleError
from quadrille.views.view import View

__all__ = ["app"]

app = group("Hand-coded chronicles.")
_File = Annotated[Path | None, argument("A chronicle CSV. Default: the embedded chronicle.")]


@app.command()
def check(file: _File = None, as_json: JsonOption = False) -> None:
    """Check a chronicle of your own, line by line."""
    name = file or "embedded chronicle"
    problems = [str(p) for p in chronicle.check(file)]
    summary = f"{len(problems)} problems"
    if not problems:
        summary = f"no problems; {chronicle.load(file).summary()}"
    rows = pl.DataFrame({"problem": problems}, schema={"problem": pl.String})
    doubts = () if problems else tuple(f"Look again: {d}" for d in chronicle.doubts(file))
    said = (f"{name}: {summary}",)
    if as_json or not problems:
        view = View("chronicle check", "Chronicle check", said, rows, notes=doubts, data=str(name))
        show(view, as_json)
    if problems:
        for line in () if as_json else problems:
            say(line)
        why = f"{name}: {len(problems)} problem(s); correct the lines above"
        raise ChronicleError(why, problems)


@app.command()
def agreement(
    first: Annotated[Path, argument("A coding: CSV. chronicle is the embedded chronicle.")],
    second: Annotated[Path, argument("Another coding of acts of the first, matched by id.")],
    draws: Annotated[int, option("Samples of acts behind the intervals.")] = 2000,
    seed: Annotated[int, option("Seed of the samples.")] = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compare two codings of the same acts; --csv lists the acts that are not coded alike."""
    from quadrille.chronicle.agreement import agreement as compared
    from quadrille.views.agreement import view

    show(view(compared(first, second, draws, seed)), as_json, as_csv)


@app.command()
def sample(
    file: _File = None,
    n: Annotated[int, option("How many acts.")] = 100,
    seed: Annotated[int, option("Seed of the draw.")] = 1,
    out: Annotated[Path | None, option("Write the sheet here.", callback=place_for(".csv"))] = None,
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
