"""What every command shares: options, reading the data, and three ways to print a table."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer
from rich.console import Console
from rich.table import Table as RichTable

from quadrille import api
from quadrille.brief.figures import FIGURE_SUFFIXES, save_figure
from quadrille.cli.dates import first_day, last_day
from quadrille.errors import InputError, OptionError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.contents import Held
from quadrille.measure.result import Relation
from quadrille.sources.table import Table

__all__ = [
    "CsvOption",
    "DataOption",
    "DrawsOption",
    "FrequencyOption",
    "JsonOption",
    "PlotOption",
    "SeedOption",
    "SinceOption",
    "UntilOption",
    "emit",
    "place_for",
    "plot_to",
    "read_data",
    "rich_table",
    "table_option",
    "tie_facts",
    "warn",
    "window",
    "with_lake",
    "write_table",
]


LakeOption = Annotated[
    Path | None,
    typer.Option(
        "--lake", help="The lake. Default: QUADRILLE_LAKE, else the platform's data folder."
    ),
]


def with_lake(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option ``--lake``; the lake it finds is then that one."""

    @wraps(command)
    def chosen(*args: Any, lake: Path | None = None, **kwargs: Any) -> None:
        if lake is not None:
            os.environ["QUADRILLE_LAKE"] = str(lake)
            # A reading is of the lake that was named, and of nothing in its place.
            if kwargs.get("data", True) is None:
                open_lake()
        command(*args, **kwargs)

    own = inspect.signature(command, eval_str=True)
    more = inspect.Parameter(
        "lake", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=LakeOption
    )
    chosen.__signature__ = own.replace(parameters=[*own.parameters.values(), more])  # type: ignore[attr-defined]
    chosen.__annotations__ = {k: p.annotation for k, p in own.parameters.items()} | {
        "lake": LakeOption
    }
    return chosen


def place_for(*suffixes: str) -> Callable[[typer.CallbackParam, Path | None], Path | None]:
    """A check of an option that names a file to write, made before the work and not after it."""

    def check(option: typer.CallbackParam, out: Path | None) -> Path | None:
        if out is None:
            return None
        why = (
            "it is a folder" if out.is_dir()
            else "no such folder" if not out.parent.is_dir()
            else "permission denied" if not os.access(out.parent, os.W_OK | os.X_OK)
            else ""
        )  # fmt: skip
        if why:
            raise OptionError(f"{out}: cannot write there ({why}); choose another {option.opts[0]}")
        if suffixes and out.suffix.lower() not in suffixes:
            raise OptionError(f"{out}: expected a name that ends in {' or '.join(suffixes)}")
        return out

    return check


def table_option(what: str) -> Any:
    """An option that names a table to write."""
    return typer.Option(help=f"{what}: .parquet or .csv.", callback=place_for(".parquet", ".csv"))


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Write a table, as Parquet or CSV, whole or not at all.

    Raises
    ------
    InputError
        The place cannot be written.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        (table.write_csv if out.suffix.lower() == ".csv" else table.write_parquet)(part)
        part.replace(out)
    except (OSError, pl.exceptions.PolarsError) as why:
        raise InputError(
            f"{out}: cannot write there ({getattr(why, 'strerror', None) or why}); "
            "choose another --out"
        ) from None
    finally:
        part.unlink(missing_ok=True)


DataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        help="File or folder; may be given again. Or chronicle, lake, lake:SOURCE. "
        "Default: the lake if there is one, else the embedded chronicle.",
    ),
]
SinceOption = Annotated[
    str | None, typer.Option(help="Use only what happened from YYYY, YYYY-MM or YYYY-MM-DD on.")
]
UntilOption = Annotated[
    str | None, typer.Option(help="Use only what happened up to YYYY, YYYY-MM or YYYY-MM-DD.")
]
FrequencyOption = Annotated[
    str | None,
    typer.Option(
        "--frequency",
        help="Period: D, M, Q or Y. Default: the data's own; M for machine-coded events, Y for a chronicle.",
    ),
]
DrawsOption = Annotated[int, typer.Option(min=200, max=100_000, help="Posterior paths drawn.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
PlotOption = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        help="Write a figure: .png, .svg, .html or .json.",
        callback=place_for(*FIGURE_SUFFIXES),
    ),
]


def window(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """First and last day of --since and --until."""
    first = first_day(since) if since else None
    last = last_day(until) if until else None
    if first and last and first > last:
        raise OptionError(f"--since {since} comes after --until {until}; swap them")
    return first, last


def emit(table: pl.DataFrame, as_json: bool, as_csv: bool, extra: dict[str, Any]) -> bool:
    """Print machine-readable output if asked for; True if so."""
    if as_json and as_csv:
        raise OptionError("give --json or --csv, not both")
    if as_csv:
        sys.stdout.write(table.write_csv())
    elif as_json:
        rows = json.loads(table.write_json())
        print(json.dumps({**extra, "rows": rows}, ensure_ascii=False, indent=1, default=str))
    return as_json or as_csv


def rich_table(table: pl.DataFrame, title: str) -> RichTable:
    """A table for people."""
    shown = RichTable(title=title, title_justify="left", header_style="bold")
    for k, (name, kind) in enumerate(table.schema.items()):
        side: Literal["left", "right"] = "right" if kind.is_numeric() else "left"
        # A narrow terminal breaks a heading at its spaces.
        shown.add_column(name.replace("_", " "), justify=side, overflow="fold", no_wrap=k == 0)
    for row in table.iter_rows():
        shown.add_row(
            *("" if v is None else f"{v:.2f}" if isinstance(v, float) else str(v) for v in row)
        )
    return shown


def plot_to(make: Callable[[], Any], path: Path | None) -> None:
    """Write a figure if asked for, and say where."""
    if path is not None:
        try:
            save_figure(make(), path)
        except OSError as why:
            raise InputError(
                f"{path}: cannot write there ({why.strerror or why}); choose another --plot"
            ) from None
        Console(stderr=True).print(f"figure: {path}", highlight=False)


def tie_facts(tie: Relation) -> dict[str, Any]:
    """What a tie rests on, for JSON."""
    d = tie.diagnostics
    return {
        "dyad": tie.label,
        "facet": tie.facet,
        "unit": tie.unit.name,
        "shown": tie.unit.label,
        "data": tie.origin,
        "frequency": tie.frequency,
        "neutral": tie.neutral,
        "hyperparameters_5_50_95": {k: list(v) for k, v in tie.hyper.items()},
        "diagnostics": {
            "trusted": d.trusted,
            "converged": d.converged,
            "effective_proposals": d.effective_draws,
            "proposals": d.proposals,
            "draws": d.draws,
            "pareto_k": d.pareto_k,
        },
        "version": installed("quadrille"),
    }


def read_data(data: list[Path] | None) -> Table | Held:
    """Read the data, and say on standard error what was kept and what was refused."""
    found = api.load(data)
    if data or isinstance(found, Held):
        Console(stderr=True).print(found.summary(), highlight=False, soft_wrap=True)
    return found


def warn(tie: Relation) -> None:
    """Say on standard error that a tie's numbers cannot be trusted."""
    if not tie.diagnostics.trusted:
        Console(stderr=True).print(f"[bold red]{tie.label}: {tie.diagnostics.line()}[/]")
