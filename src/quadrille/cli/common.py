"""What the commands about data share: options, and one way to print a view."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from quadrille.arguments import check_place
from quadrille.errors import OptionError
from quadrille.views.view import View

__all__ = [
    "CsvOption", "DataOption", "FrequencyOption", "JsonOption", "LakeOption", "SinceOption", "UntilOption",
    "command_from", "place_for", "say", "show", "single",
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


def single(name: str, function: Callable[..., Any]) -> Any:
    """A function as a command by itself."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name)(function)
    return command_from(app)


def command_from(app: typer.Typer) -> Any:
    """The command, or the group of commands, of an app; text on its command line is taken as it is.

    Typer converts every argument by pydantic, which takes as long to load as a third of a short command.
    """
    made = typer.main.get_command(app)
    for command in (made, *getattr(made, "commands", {}).values()):
        hints = get_type_hints(inspect.unwrap(command.callback)) if command.callback else {}
        for parameter in command.params:
            parameter.process_value = partial(
                _value, parameter, parameter.process_value, _takes_text(hints.get(parameter.name))
            )
    return made


def _takes_text(hint: Any) -> bool:
    return hint is str or any(map(_takes_text, get_args(hint)))


def _value(
    parameter: Any, convert: Callable[..., Any], text: bool, context: Any, value: Any
) -> Any:
    """What needs no converting (text, a default, or nothing) as it is; any other value by Typer."""
    written = isinstance(value, str | tuple | list)
    if (written and not text) or (parameter.required and not value):
        return convert(context, value)
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    return parameter.callback(context, parameter, value) if parameter.callback else value


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
