"""Commands made of functions and apps of Typer, whose arguments are converted only where they need it.

Typer converts every argument by pydantic, which takes as long to load as a third of a short command; text, a
default, and what was not given need no converting.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, get_args, get_type_hints

import typer

__all__ = ["argument", "command_from", "group", "option", "single", "text_as_it_is"]


def argument(words: str, **more: Any) -> Any:
    """An argument of a command, with its help."""
    return typer.Argument(help=words, **more)


def option(words: str, *flags: str, **more: Any) -> Any:
    """An option of a command, with its help."""
    return typer.Option(*flags, help=words, **more)


def group(words: str) -> typer.Typer:
    """An app whose commands stand under one name."""
    app = typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)
    app.callback()(lambda: None)
    return app


def single(name: str, function: Callable[..., Any]) -> Any:
    """A function as a command by itself."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name)(function)
    return command_from(app)


def command_from(app: typer.Typer) -> Any:
    """The command, or the group of commands, of an app."""
    made = typer.main.get_command(app)
    for command in (made, *getattr(made, "commands", {}).values()):
        command.get_params = partial(text_as_it_is, command, command.get_params)
    return made


def text_as_it_is(command: Any, params: Callable[..., list[Any]], context: Any) -> list[Any]:
    """Parameters of a command, ``--help`` among them, that convert nothing but what needs it."""
    found = params(context)
    hints = get_type_hints(inspect.unwrap(command.callback)) if command.callback else {}
    for each in found:
        if not isinstance(each.process_value, partial):
            text = _takes_text(hints.get(each.name))
            each.process_value = partial(_value, each, each.process_value, text)
    return found


def _takes_text(hint: Any) -> bool:
    return hint is str or any(map(_takes_text, get_args(hint)))


def _value(
    parameter: Any, convert: Callable[..., Any], text: bool, context: Any, value: Any
) -> Any:
    written = isinstance(value, str | tuple | list)
    if (written and not text) or (parameter.required and not value):
        return convert(context, value)
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    return parameter.callback(context, parameter, value) if parameter.callback else value
