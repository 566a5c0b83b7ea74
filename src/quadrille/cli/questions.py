"""Commands made from the questions of `quadrille.public`: an option for each argument, in the same words.

What is positional in Python is an argument of the command; every other parameter is an option. Help
comes from the function's docstring and annotations. Parameters that no text can give (functions, models at hand) are Python's alone.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer

from quadrille import public
from quadrille.arguments import check_place, described, expanded
from quadrille.cli.commands import argument, option, single
from quadrille.cli.common import one_form, say, show
from quadrille.measure.world import Where, open_world
from quadrille.views.ahead import drawing_soon
from quadrille.views.save import DRAWN, EXPORTED, FIGURES, TIDY, check_form
from quadrille.views.vega import Draw

__all__ = ["command_of"]

_DATA_HELP = (
    "File or folder; may be given again. Or chronicle, index, lake, lake:SOURCE. Default: the lake if there is one, "
    "else the embedded chronicle."
)
_OUTPUT = {
    "as_json": (bool, "--json", "Print JSON."),
    "as_csv": (bool, "--csv", "Print the main table as CSV."),
    "plot": (str, "--plot", "Write the figure: .png, .svg, .html or .json (Vega-Lite)."),
    "out": (
        str,
        "--out",
        "Write the result: .html, .md, .pdf, .docx, .txt, .json, .csv, .parquet, .png or .svg.",
    ),
}
_EXPORT = "Write the main table for R, Stata or a notebook, with states' codes and a codebook: .parquet, .csv or .dta."


def _parts(hint: Any) -> tuple[Any, ...]:
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return tuple(p for p in parts if p is not type(None))


def _kind(hint: Any) -> Any:
    """The type of an option for an annotation; None where no text can give it."""
    parts = _parts(hint)
    for kind in (bool, int, float):
        if kind in parts:
            return kind
    if any(p in (str, Path, date) or get_origin(p) is Literal for p in parts):
        return str
    for part in parts:
        if get_origin(part) is tuple and get_args(part) == (str, str):
            return tuple[str, str]
        if get_origin(part) is Sequence and {str, Path} & set(_parts(get_args(part)[0])):
            return list[str]
    return None


def _parameter(name: str, kind: Any, default: Any, how: Any) -> inspect.Parameter:
    form = Annotated[kind, how]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=form)


def _option(name: str, kind: Any, default: Any, words: str) -> inspect.Parameter:
    flag = f"--{name.rstrip('_').replace('_', '-')}"
    if kind is bool and default is True:
        flag = f"{flag}/--no-{flag[2:]}"
    needed = default is inspect.Parameter.empty
    if not needed and kind is not bool and (kind == list[str] or default is None or default == ()):
        kind, default = kind | None, None
    return _parameter(name, kind, default, option(words, flag, show_default=default is not None))


def _argument(name: str, kind: Any, default: Any, words: str) -> inspect.Parameter:
    label = f"{name.upper()}..." if kind == list[str] else name.upper()
    if default is not inspect.Parameter.empty:
        kind, default = kind | None, None
    return _parameter(name, kind, default, argument(words, metavar=label))


def _parameters(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    """Arguments and options of a command, the function's own before those that every question has."""
    hints, words = expanded(function), described(function)
    known = inspect.signature(function).parameters
    for name, p in known.items():
        kind = _kind(hints[name]) if name in hints and name != "data" else None
        if kind is None:
            continue
        if p.kind is not p.KEYWORD_ONLY:
            yield _argument(name, kind, p.default, words.get(name, ""))
        else:
            yield _option(name, kind, p.default, words.get(name, ""))
    yield _option("data", list[str], None, words.get("data", _DATA_HELP))
    for name in Where.__annotations__:
        yield _option(name, _kind(hints[name]), None, words[name])
    for name, (kind, flag, help_) in _OUTPUT.items():
        default = False if kind is bool else None
        yield _parameter(name, kind if kind is bool else kind | None, default, option(help_, flag))


def command_of(asked: public.Question) -> Any:
    """The command of a question."""
    function = public.load(asked.name)
    takes_progress = "progress" in inspect.signature(function).parameters

    def run(**given: Any) -> None:
        output = {name: given.pop(name) for name in _OUTPUT}
        export = given.pop("export", None)
        _check(output | {"export": export}, asked.keeps)
        where = {name: given.pop(name) for name in Where.__annotations__}
        data = given.pop("data") or asked.data
        world = open_world(data or None, **where)
        own = {k: v for k, v in given.items() if v is not None}
        if given.get("model") is None:
            _say_source(world, data, asked.layers)
        else:
            own |= {k: v for k, v in {"data": data, **where}.items() if v}
        with drawing_soon(_draws(**output)) as draw:
            with _bar(asked.name, takes_progress) as more:
                data_of = {} if "model" in own else {"data": world}
                result = function(**own, **data_of, **more)
            _show(result, draw, **output)
        if export is not None:
            say(f"exported: {', '.join(map(str, result.export(export)))}")
        if asked.keeps and not output["out"]:
            say(f"not kept; --out FILE{asked.keeps} keeps it")
        for line in result.faults:
            say(f"quadrille: {line}")
        if result.faults:
            raise typer.Exit(2)

    parameters = list(_parameters(function))
    if asked.name in EXPORTED:
        parameters.append(_parameter("export", str | None, None, option(_EXPORT, "--export")))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    text = inspect.cleandoc(function.__doc__)
    run.__doc__ = re.split(r"\n\n\w[^\n]*\n-{3,}", text)[0]
    return single(asked.command, run)


def _draws(plot: str | None, out: str | None, **_: Any) -> bool:
    """Whether a figure is to be drawn."""
    return plot is not None or Path(out or "").suffix.lower() in DRAWN


def _check(output: dict[str, Any], keeps: str) -> None:
    """Refuse places that cannot be written before the work, not after it."""
    one_form(output["as_json"], output["as_csv"])
    for name, suffixes in (("plot", FIGURES), ("export", TIDY)):
        if output[name] is not None:
            check_place(output[name], suffixes)
    if output["out"] is not None:
        check_form(output["out"], (keeps,) if keeps else ())


def _say_source(world: Any, data: Any, layers: bool) -> None:
    """On standard error, what was read; nothing where it is the embedded chronicle unasked, or layers alone."""
    if data or (world.from_lake and not layers):
        say(world.summary())


@contextmanager
def _bar(what: str, wanted: bool) -> Iterator[dict[str, Any]]:
    """A progress bar on standard error, for a function that reports progress, where that is a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield {}
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield {"progress": lambda done, total: bar.update(task, completed=done, total=total)}


def _show(
    result: Any, draw: Draw, as_json: bool, as_csv: bool, plot: str | None, out: str | None
) -> None:  # fmt: skip
    """Write what was asked for, and print the result."""
    from quadrille.views.save import save_chart, save_view

    view = result.view()
    if plot is not None:
        say(f"figure: {save_chart(view, plot, draw)}")
    if out is not None:
        whole = Path(out).suffix.lower() in result.own
        place = result.save(out) if whole else save_view(view, out, result.own, draw)
        say(f"written: {place}")
    show(view, as_json, as_csv)
    if (as_csv or as_json) and view.warnings:
        say("\n".join(f"NOT RELIABLE. {w}" for w in view.warnings))
