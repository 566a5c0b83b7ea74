"""What the commands about data share: options, and one way to print a view."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from quadrille.arguments import check_place
from quadrille.errors import OptionError
from quadrille.views.view import View

__all__ = [
    "CsvOption", "DataOption", "FrequencyOption", "JsonOption", "LakeOption", "SinceOption", "UntilOption",
    "place_for", "say", "show",
]  # fmt: skip

LakeOption = Annotated[
    Path | None,
    typer.Option(
        "--lake", help="The lake. Default: QUADRILLE_LAKE, else the platform's data folder."
    ),
]
DataOption = Annotated[
    list[str] | None,
    typer.Option("--data", help="File or folder, may be given again; or lake, lake:SOURCE."),
]
SinceOption = Annotated[
    str | None, typer.Option(help="Use only what happened from YYYY, YYYY-MM or YYYY-MM-DD on.")
]
UntilOption = Annotated[
    str | None, typer.Option(help="Use only what happened up to YYYY, YYYY-MM or YYYY-MM-DD.")
]
FrequencyOption = Annotated[str, typer.Option(help="Period: D, M, Q or Y.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def place_for(*suffixes: str) -> Callable[[Path | None], Path | None]:
    """A check of an option that names a file to write, made before the work and not after it."""

    def check(out: Path | None) -> Path | None:
        if out is not None:
            check_place(out, suffixes)
        return out

    return check


def say(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr, flush=True)


def show(view: View, as_json: bool = False, as_csv: bool = False) -> None:
    """Print a view: for people, or as JSON or CSV.

    Raises
    ------
    OptionError
        Both JSON and CSV are asked for.
    """
    if as_json and as_csv:
        raise OptionError("give --json or --csv, not both")
    if as_csv:
        sys.stdout.write(view.rows.write_csv())
    elif as_json:
        from quadrille.views.machine import to_json

        print(to_json(view))
    else:
        from quadrille.views.text import terminal_width, to_text

        print(to_text(view, terminal_width()))
