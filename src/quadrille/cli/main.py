"""Commands of ``quadrille``; bad input prints one line and exits with code 2."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table as RichTable

from quadrille import api
from quadrille.brief.compose import Brief
from quadrille.brief.figures import tie_figure, triangles_figure
from quadrille.brief.page import bibliography_lines, history, render_html, standing, write_text
from quadrille.brief.words import tie_sentence
from quadrille.chronicle import load as chronicle
from quadrille.cli import backtest as backtest_commands
from quadrille.cli import lake, whatif
from quadrille.cli.common import (
    CsvOption,
    DataOption,
    DrawsOption,
    FrequencyOption,
    JsonOption,
    PlotOption,
    SeedOption,
    SinceOption,
    UntilOption,
    emit,
    place_for,
    plot_to,
    read_data,
    rich_table,
    table_option,
    tie_facts,
    warn,
    window,
    with_lake,
    write_table,
)
from quadrille.cli.coupling import register as register_coupling
from quadrille.cli.episodes import register as register_episodes
from quadrille.cli.map import app as map_app
from quadrille.cli.panel import panel_app
from quadrille.cli.portfolio import register as register_portfolio
from quadrille.errors import ChronicleError, OptionError, QuadrilleError
from quadrille.lake.contents import Held
from quadrille.sources.table import Table
from quadrille.states import registry as states

__all__ = ["app", "main"]

app = typer.Typer(
    name="quadrille",
    help="Measure, explain and forecast how the relations among states move together.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
states_app = typer.Typer(help="The registry of states over time.", no_args_is_help=True)
chronicle_app = typer.Typer(help="Hand-coded chronicles.", no_args_is_help=True)
lake.register(app)
whatif.register(app)
app.add_typer(states_app, name="states")
app.add_typer(chronicle_app, name="chronicle")
app.add_typer(map_app, name="map")
app.add_typer(panel_app, name="panel")
register_episodes(app)
register_portfolio(app)
backtest_commands.register(app)
register_coupling(app)


@app.command()
@with_lake
def relation(
    a: Annotated[str, typer.Argument(help="A state: name, ISO3, COW code…")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    data: DataOption = None,
    facet: Annotated[
        str | None, typer.Option(help="cordiality, engagement, hostility or materiality.")
    ] = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """How warm is a tie, and since when."""
    first, last = window(since, until)
    tie = api.relation(
        a,
        b,
        read_data(data),
        facet_name=facet,
        frequency=frequency,
        since=first,
        until=last,
        draws=draws,
        seed=seed,
    )
    warn(tie)
    plot_to(lambda: tie_figure(tie), plot)
    table = tie.to_polars()
    if not emit(table, as_json, as_csv, tie_facts(tie)):
        names = (states.get(tie.state_a).name, states.get(tie.state_b).name)
        console = Console()
        if tie.facet == "cordiality":
            console.print(tie_sentence(tie, names), highlight=False)
            shown = table.select(
                "period", "shown", "shown_lo90", "shown_hi90", "p_warm", "shown_y", "n"
            )
        else:
            shown = table.select("period", "shown", "shown_lo90", "shown_hi90", "shown_y", "n")
        console.print(
            rich_table(shown, f"{tie.label} {tie.facet} ({tie.unit.label}), {tie.origin}")
        )
        console.print(f"Draws: {tie.diagnostics.line()}", highlight=False)


@app.command()
@with_lake
def triangle(
    a: Annotated[str, typer.Argument(help="A state.")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    c: Annotated[str, typer.Argument(help="A third state.")],
    data: DataOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Which strategic triangle three states form, period by period (Dittmer 1981)."""
    first, last = window(since, until)
    made = api.triangle(
        a,
        b,
        c,
        read_data(data),
        frequency=frequency,
        since=first,
        until=last,
        draws=draws,
        seed=seed,
    )
    for tie in made.ties:
        warn(tie)
    plot_to(lambda: triangles_figure([made], columns=1, width=640), plot)
    table = made.to_polars()
    facts = {"triangle": "-".join(made.states), "ties": [tie_facts(t) for t in made.ties]}
    if not emit(table, as_json, as_csv, facts):
        console = Console()
        console.print(rich_table(table, f"{'–'.join(made.states)}, {made.ties[0].origin}"))
        console.print(history(made, made.ties[0].frequency), highlight=False)
        for tie in made.ties:
            console.print(f"{tie.label} draws: {tie.diagnostics.line()}", highlight=False)


def _summary(made: Brief, console: Console) -> None:
    shown = RichTable(header_style="bold", title="Ties in the last period", title_justify="left")
    for name in ("tie", made.stories[0].tie.unit.label, "90% band", "P(warm)", "events"):
        shown.add_column(name, justify="left" if name == "tie" else "right")
    for story in made.stories:
        row = story.tie.to_polars().row(-1, named=True)
        events = story.tie.to_polars()["n"].sum()
        shown.add_row(
            story.tie.label, f"{row['shown']:+.2f}",
            f"{row['shown_lo90']:+.2f} to {row['shown_hi90']:+.2f}",
            f"{row['p_warm']:.2f}", f"{events:,.0f}" if events else "not known",
        )  # fmt: skip
    console.print(made.stories[0].sentence, highlight=False)
    console.print(shown)
    for t in made.triangles:
        console.print(f"{'–'.join(t.states)}: {standing(t, t.ties[0].frequency)}", highlight=False)
    for line in made.missing:
        console.print(f"[yellow]not measured: {line}[/]", highlight=False)


@app.command()
@with_lake
def brief(
    a: Annotated[str, typer.Argument(help="First state of the tie.")],
    b: Annotated[str, typer.Argument(help="Second state of the tie.")],
    pivot: Annotated[str, typer.Option(help="The outside power the tie may turn on.")],
    rival: Annotated[str, typer.Option(help="The rival of one of the two.")],
    data: DataOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[
        Path, typer.Option(help="Where to write the page: .html.", callback=place_for(".html"))
    ] = Path("brief.html"),
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """A page on one tie, its pivot and its rival, and a summary here."""
    began = time.perf_counter()
    first, last = window(since, until)
    if out.is_dir():
        raise OptionError(f"{out}: is a folder; give a file name with --out")
    found = read_data(data)
    made = api.make_brief(
        a,
        b,
        pivot,
        rival,
        found,
        frequency=frequency,
        since=first,
        until=last,
        draws=draws,
        seed=seed,
    )
    for story in made.stories:
        warn(story.tie)
    write_text(out, render_html(made, _citations(found), date.today()))
    table = pl.concat(
        s.tie.to_polars().insert_column(0, pl.Series("tie", [s.tie.label] * len(s.tie.periods)))
        for s in made.stories
    )
    facts = {"states": list(made.states), "missing": list(made.missing), "page": str(out),
             "ties": [tie_facts(s.tie) for s in made.stories]}  # fmt: skip
    if not emit(table, as_json, as_csv, facts):
        _summary(made, Console())
        Console().print(f"Page: {out} ({time.perf_counter() - began:.1f} s)", highlight=False)


def _citations(found: Table | Held) -> dict[str, str]:
    if isinstance(found, Held) or not found.origin.startswith("chronicle"):
        return {}
    own = next((Path(f) for f in found.files if chronicle.looks_like(f)), None)
    return bibliography_lines(chronicle.bibliography(own))


@app.command()
@with_lake
def measure(
    data: DataOption = None,
    facet: Annotated[
        str | None, typer.Option(help="cordiality, engagement, hostility or materiality.")
    ] = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[Path, table_option("Where to write the table")] = Path("relations.parquet"),
) -> None:
    """Measure every dyad of the data, hyperparameters fitted, in one pass."""
    began = time.perf_counter()
    first, last = window(since, until)
    m = api.relations(read_data(data), facet, frequency, first, last)
    write_table(m.to_polars(), out)
    obs = m.observations
    settled = "settled" if m.prior.converged else "NOT settled"
    Console().print(
        f"{len(m.dyads):,} dyads × {len(m.periods):,} periods of {obs.facet} ({obs.unit.name}) from "
        f"{obs.panel.origin}; {int(m.converged.sum()):,} fits converged; prior {settled} after "
        f"{m.prior.rounds} rounds; {out} ({time.perf_counter() - began:.1f} s)",
        highlight=False,
    )


@app.command("data")
def data_summary(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of one kind of data.")],
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Write the refused rows here, as CSV.", callback=place_for()),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read data and say what was kept and what was refused, and why."""
    table = api.load(paths)
    if isinstance(table, Held):
        raise OptionError("the lake is looked at with: quadrille lake status")
    refused = table.quarantine
    if quarantine:
        write_text(quarantine, refused.write_csv())
    if as_json:
        reasons = refused.group_by("reason").len().sort("len", descending=True)
        facts = {"data": table.origin, "kind": table.kind, "rows_in": table.rows_in,
                 "kept": table.data.height, "files": list(table.files)}  # fmt: skip
        emit(reasons, True, False, facts)
    else:
        print(table.summary())


@states_app.command("find")
def states_find(
    name: Annotated[str, typer.Argument(help="A name, code or adjective; part of one is enough.")],
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 10,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Find states by name, code or adjective."""
    table = states.search(name, limit)
    machine = emit(table, as_json, as_csv, {"query": name})
    if table.is_empty():
        print(f"no state is called anything like {name!r}", file=sys.stderr)
        raise typer.Exit(1)
    if not machine:
        Console().print(rich_table(table, f"states like {name!r}"))


@chronicle_app.command("check")
def chronicle_check(
    file: Annotated[Path, typer.Argument(help="A chronicle CSV.")],
    as_json: JsonOption = False,
) -> None:
    """Check a chronicle of your own, line by line."""
    problems = chronicle.check(file)
    if as_json:
        print(json.dumps([str(p) for p in problems], ensure_ascii=False, indent=1))
    elif problems:
        for p in problems:
            print(p, file=sys.stderr)
    if problems:
        raise ChronicleError(f"{file}: {len(problems)} problem(s); mend the lines above")
    if not as_json:
        table = chronicle.load(file)
        print(f"{file}: no problems; {table.summary()}")


def _version(asked: bool) -> None:
    if asked:
        print(f"quadrille {installed('quadrille')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point: errors raised on purpose, and wrong options, become one line and exit code 2."""
    try:
        code = app(prog_name="quadrille", standalone_mode=False)
    except QuadrilleError as problem:
        print(f"quadrille: {problem}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        print("quadrille: interrupted; nothing was written", file=sys.stderr)
        sys.exit(130)
    except Exception as problem:
        _wrong_option(problem)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _wrong_option(problem: Exception) -> None:
    """Typer's complaint about a command line in one line; what is none is raised again."""
    says = getattr(problem, "format_message", None)
    if says is None:
        raise problem
    if type(problem).__name__ == "NoArgsIsHelpError":
        print(says(), file=sys.stderr)
        return
    context = getattr(problem, "ctx", None)
    where = f" (see: {context.command_path} --help)" if context else ""
    print(f"quadrille: {' '.join(says().split())}{where}", file=sys.stderr)
