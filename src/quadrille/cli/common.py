"""What the commands about data share: options, and one way to print a view."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from quadrille.arguments import check_place
from quadrille.cli.commands import option
from quadrille.errors import OptionError
from quadrille.results import render
from quadrille.views.view import View

__all__ = [
    "ActsOption", "CsvOption", "DataOption", "FrequencyOption", "JsonOption", "LakeOption", "SinceOption", "TiesOption",
    "UntilOption", "check_web", "one_form", "place_for", "say", "show",
]  # fmt: skip

LakeOption = Annotated[
    Path | None,
    option("The lake. Default: QUADRILLE_LAKE, else the platform's data folder.", "--lake"),
]
DataOption = Annotated[
    list[str] | None,
    option("File or folder, may be given again; or lake, lake:SOURCE.", "--data"),
]
SinceOption = Annotated[
    str | None, option("Use only what happened from YYYY, YYYY-MM or YYYY-MM-DD on.")
]
UntilOption = Annotated[
    str | None, option("Use only what happened up to YYYY, YYYY-MM or YYYY-MM-DD.")
]
FrequencyOption = Annotated[str, option("Period: D, M, Q or Y.")]
TiesOption = Annotated[str, option("What ties are read from: index, chronicle or lake:SOURCE.", "--data")]  # fmt: skip
ActsOption = Annotated[
    str | None,
    option(
        "The lake that acts are read from. Default: QUADRILLE_LAKE, else the platform's data folder.",
        "--lake",
    ),
]
JsonOption = Annotated[bool, option("Print JSON.", "--json")]
CsvOption = Annotated[bool, option("Print CSV.", "--csv")]


def place_for(*suffixes: str) -> Callable[[Path | None], Path | None]:
    """A check of an option that names a file to write, made before the work and not after it."""

    def check(out: Path | None) -> Path | None:
        if out is not None:
            check_place(out, suffixes)
        return out

    return check


def check_web(*modules: str) -> None:
    """Refuse what needs the extra ``web`` where a module of it is missing.

    Raises
    ------
    OptionError
    """
    if missing := [name for name in modules if find_spec(name) is None]:
        raise OptionError(f"the page needs {missing[0]}; install it: pip install 'quadrille[web]'")


def say(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr, flush=True)


def one_form(as_json: bool, as_csv: bool) -> None:
    """Refuse JSON and CSV at once.

    Raises
    ------
    OptionError
    """
    if as_json and as_csv:
        raise OptionError("give --json or --csv, not both")


def show(view: View, as_json: bool = False, as_csv: bool = False) -> None:
    """Print a view: for people, or as JSON or CSV.

    Raises
    ------
    OptionError
        Both JSON and CSV are asked for.
    """
    one_form(as_json, as_csv)
    if as_csv:
        sys.stdout.write(view.rows.write_csv())
    elif as_json:
        print(render("machine", "to_json", view))
    else:
        from quadrille.views.text import terminal_width, to_text

        print(to_text(view, terminal_width()))
