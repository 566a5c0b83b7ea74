"""The command ``quadrille``: a table of commands, each loaded when it is called."""

from __future__ import annotations

import atexit
import errno
import gc
import logging
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from quadrille.cli.commands import command_from, single, text_as_it_is
from quadrille.errors import QuadrilleError
from quadrille.public import GROUPS, QUESTIONS, question_named

__all__ = ["app", "main", "start"]

_INTERRUPTED = 130
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EPIPE)
# Command → where it is defined, and what it does; questions come from `quadrille.public`.
_DATA = {
    "data": ("data:data", "Read files and say what was kept, skipped and rejected."),
    "ingest": ("lake:ingest", "Take files into the lake."),
    "pull": ("lake:pull", "Download a publisher's files."),
    "lake": ("lake:app", "Look after the lake."),
    "index": ("index:app", "Build the index of every tie from a lake."),
    "map": ("map:app", "Column maps: what the columns of your own table are."),
    "panel": ("panel:app", "Panels of dyads by period."),
    "serve": ("serve:serve", "Serve the page to explore to a browser."),
    "site": ("site:site", "Write the pages of some ties and regions as files."),
    "states": ("states:app", "The registry of states over time."),
    "chronicle": ("chronicle:app", "Hand-coded chronicles."),
}


def _sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for group in GROUPS:
        yield group, [(q.command, q.help) for q in QUESTIONS if q.group == group]
    yield "Data", [(name, line) for name, (_, line) in _DATA.items()]


class Commands(TyperGroup):
    """A group that loads a command's module when the command is called, and lists all without loading any."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order of the help."""
        return [name for _, rows in _sections() for name, _ in rows]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        asked = question_named(cmd_name.replace("-", "_"))
        if asked:
            return import_module("quadrille.cli.questions").command_of(asked)
        if cmd_name not in _DATA:
            return None
        module, _, name = _DATA[cmd_name][0].partition(":")
        found = getattr(import_module(f"quadrille.cli.{module}"), name)
        return command_from(found) if isinstance(found, typer.Typer) else single(cmd_name, found)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called; a name of two words may be written with a space or a hyphen."""
        if len(args) > 1 and question_named("_".join(args[:2])):
            args = ["-".join(args[:2]), *args[2:]]
        return super().resolve_command(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """Options of the program."""
        return text_as_it_is(self, super().get_params, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Every command in its group, a line each."""
        lines = [
            "Usage: quadrille [--version] COMMAND ...",
            "",
            *textwrap.wrap(
                "Measure, explain and forecast how the relations among states move together.", 80
            ),
        ]
        wide = max(map(len, self.list_commands(ctx)))
        for heading, rows in _sections():
            lines += ["", f"{heading}:", *(f"  {name:{wide}} {line}" for name, line in rows)]
        lines += ["", "quadrille COMMAND --help explains a command."]
        formatter.write("\n".join(lines) + "\n")


app = typer.Typer(
    name="quadrille", cls=Commands, no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"quadrille {version('quadrille')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


class _Lines(logging.Handler):
    """What the package logs, as lines on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"quadrille: {record.getMessage()}", file=sys.stderr, flush=True)


def main() -> None:
    """Entry point: errors raised on purpose, wrong options and output that cannot be written become one line and exit code 2.

    An interrupt ends with 130 and a line, also where what it struck makes an error of its own of it.
    """
    struck: list[int] = []

    def strike(number: int, frame: Any) -> None:
        struck.append(number)
        signal.default_int_handler(number, frame)

    main_thread = threading.current_thread() is threading.main_thread()
    if (
        main_thread and signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    ):  # as of a job in the background
        signal.signal(signal.SIGINT, strike)
    log = logging.getLogger("quadrille")
    log.setLevel(logging.INFO)
    log.handlers = [_Lines()]
    log.propagate = False
    try:
        code = app(prog_name="quadrille", standalone_mode=False)
    except QuadrilleError as problem:
        print(f"quadrille: {problem}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception as problem:
        if not struck:
            _wrong_option(problem)
            sys.exit(2)
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        print("quadrille: interrupted; no file is half-written", file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def start() -> None:
    """A process that runs one command: `main`, without what a process that ends soon need not do.

    A third of a short command's time went into looking for garbage among modules being loaded and into taking
    compiled code and modules apart at the end; the operating system takes all back at once.
    """
    gc.set_threshold(100_000, 20, 20)
    code = 0
    try:
        main()
    except SystemExit as end:
        if sys.gettrace() or sys.getprofile():  # a debugger or profiler has the last word
            raise
        code = end.code if isinstance(end.code, int) else 0
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError as why:
        code = _unwritten(why)
    sys.stderr.flush()
    os._exit(code)


def _unwritten(why: OSError) -> int:
    """Say that the output has no room, or nothing of a reader who has gone; the code to end with."""
    if not isinstance(why, BrokenPipeError):
        print(f"quadrille: the output cannot be written ({why.strerror})", file=sys.stderr)
    return 2


def _wrong_option(problem: Exception) -> None:
    """Typer's complaint about a command line, or output without room, in one line; any other exception is raised again."""
    # Files have names; what is printed to has none.
    if isinstance(problem, OSError) and problem.filename is None and problem.errno in _NO_ROOM:
        _unwritten(problem)
        return
    says = getattr(problem, "format_message", None)
    if says is None:
        raise problem
    if type(problem).__name__ == "NoArgsIsHelpError":
        print(says(), file=sys.stderr)
        return
    context = getattr(problem, "ctx", None)
    where = f" (see: {context.command_path} --help)" if context else ""
    print(f"quadrille: {' '.join(says().split())}{where}", file=sys.stderr)
