"""Commands ``episodes``, ``synchrony``, ``dance`` and ``triads``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console

from quadrille import api
from quadrille.api.data import states_of
from quadrille.brief.figures_episodes import (
    dance_figure,
    episodes_figure,
    synchrony_figure,
    world_figure,
)
from quadrille.brief.words_episodes import dance_sentence, episode_lines, synchrony_lines
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
from quadrille.panel.periods import period_name
from quadrille.readings.episodes import EpisodeRules
from quadrille.readings.triangle import TYPES, transitions

__all__ = ["register"]

_SHOWN = 12
LengthOption = Annotated[
    int | None,
    typer.Option(
        "--least-length", help="Periods an episode lasts at least. Default: by frequency."
    ),
]
AmplitudeOption = Annotated[
    float | None,
    typer.Option(
        "--least-amplitude",
        help="Amplitude at least, in the tie's unit. Default: 1.5 times its standard deviation.",
    ),
]


def episodes(
    a: Annotated[str, typer.Argument(help="A state: name, ISO3, COW code…")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    data: DataOption = None,
    least_length: LengthOption = None,
    least_amplitude: AmplitudeOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Thaws and chills of a tie, each with its dates, amplitude and what carried it."""
    first, last = window(since, until)
    found = api.episodes(
        a, b, read_data(data), rules=EpisodeRules(least_length, least_amplitude),
        frequency=frequency, since=first, until=last, draws=draws, seed=seed,
    )  # fmt: skip
    warn(found.tie)
    plot_to(lambda: episodes_figure(found), plot)
    other = found.regimes
    facts = {
        **tie_facts(found.tie),
        "least_length": found.least_length,
        "least_amplitude": found.least_amplitude,
        "regimes": {
            "levels": other.levels,
            "stay": other.stay,
            "bic_gain": other.bic_gain,
            "changes": other.jumps(),
        },
        "periods": found.periods().to_dicts(),
        "carried_by": found.carried.to_dicts(),
    }
    if not emit(found.to_polars(), as_json, as_csv, facts):
        console = Console()
        for line in episode_lines(found, found.carried, other):
            console.print(line, highlight=False)
        console.print(f"Draws: {found.tie.diagnostics.line()}", highlight=False)


def synchrony(
    a: Annotated[str, typer.Argument(help="A state.")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    with_: Annotated[
        tuple[str, str], typer.Option("--with", help="The two states of the other tie.")
    ],
    within: Annotated[
        int, typer.Option(help="Periods within which A-B follows the other tie.")
    ] = 2,
    data: DataOption = None,
    least_length: LengthOption = None,
    least_amplitude: AmplitudeOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Compare turning points: do thaws of A-B begin when another tie frays, end when it mends."""
    first, last = window(since, until)
    made = api.synchrony(
        (a, b), with_, read_data(data), window=within,
        rules=EpisodeRules(least_length, least_amplitude), frequency=frequency, since=first,
        until=last, draws=draws, seed=seed,
    )  # fmt: skip
    for one in (made.first, made.second):
        warn(one.tie)
    plot_to(lambda: synchrony_figure(made), plot)
    facts = {
        "ties": [tie_facts(e.tie) for e in (made.first, made.second)],
        "window": made.window,
        "shifts": made.shifts,
    }
    if not emit(made.to_polars(), as_json, as_csv, facts):
        console = Console()
        for line in synchrony_lines(made):
            console.print(line, highlight=False)
        console.print(rich_table(made.to_polars(), f"{made.first.tie.label} after "
                                 f"{made.second.tie.label}, {made.first.tie.origin}"))  # fmt: skip


def dance(
    states: Annotated[list[str], typer.Argument(help="Three or more states.")],
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
    """The signed network of some states over time: camps, frustration, ties that would flip."""
    first, last = window(since, until)
    made = api.dance(
        states,
        read_data(data),
        frequency=frequency,
        since=first,
        until=last,
        draws=draws,
        seed=seed,
    )
    for tie in made.ties:
        warn(tie)
    plot_to(lambda: dance_figure(made), plot)
    table = made.to_polars()
    facts = {
        "states": list(made.states),
        "triangles": [
            {"states": list(t.states), "types": list(TYPES),
             "transitions": [[None if np.isnan(v) else v for v in row] for row in transitions(t)],
             "periods": t.to_polars().to_dicts()}
            for t in made.triangles
        ],
        "ties": [tie_facts(t) for t in made.ties],
    }  # fmt: skip
    if not emit(table, as_json, as_csv, facts):
        console = Console()
        console.print(dance_sentence(made), highlight=False)
        shown = table.select(
            "period", "frustration", "proven", "camps", "flips", "expected", "lo90", "hi90",
            "ties_observed",
        )  # fmt: skip
        title = f"{'–'.join(made.states)}, {made.ties[0].origin}"
        console.print(rich_table(_dated(shown, made.ties[0].frequency), title))


def triads(
    data: DataOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="Show the triads that hold this state; may be given again."),
    ] = None,
    out: Annotated[Path | None, table_option("Write every triad and period")] = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: Annotated[int, typer.Option(min=200, max=32_767, help="Posterior paths drawn.")] = 200,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Every triangle of the world: the share of each type, and who is the pivot of most."""
    first, last = window(since, until)
    wanted = states_of(state or (), first, last)
    made = api.triads(
        read_data(data), frequency=frequency, since=first, until=last, draws=draws, seed=seed
    )
    plot_to(lambda: world_figure(made), plot)
    if out is not None:
        write_table(made.to_polars(), out)
    summary, pivots = made.summary(), made.pivots()
    shown = summary
    if wanted:
        table = made.to_polars(-1)
        held = [pl.any_horizontal(pl.col("state_a", "state_b", "state_c") == s) for s in wanted]
        shown = table.filter(*held).sort("romantic triangle", descending=True, nulls_last=True)
    facts = {"data": made.origin, "states": len(made.states), "draws": made.draws,
             "neutral": made.neutral, "pivots": pivots.to_dicts()}  # fmt: skip
    if not emit(shown, as_json, as_csv, facts):
        console = Console()
        title = f"Triads of {len(made.states)} states, {made.origin}"
        console.print(rich_table(_dated(summary, made.frequency), title))
        if wanted:
            console.print(
                rich_table(_most_romantic(shown), f"With {' and '.join(wanted)}, last period")
            )
        else:
            title = "Expected number of triads in which a state is the pivot, last period"
            console.print(rich_table(pivots.head(_SHOWN), title))


def _dated(table: pl.DataFrame, frequency: str) -> pl.DataFrame:
    """Periods as people write them."""
    names = [period_name(day, frequency) for day in table["period"]]
    return table.with_columns(period=pl.Series(names, dtype=pl.String))


def _most_romantic(table: pl.DataFrame) -> pl.DataFrame:
    """A line a triad, with the likeliest pivot by name."""
    chance = pl.concat_list("pivot_a", "pivot_b", "pivot_c")
    names = pl.concat_list("state_a", "state_b", "state_c")
    return table.head(_SHOWN).select(
        pl.concat_str("state_a", "state_b", "state_c", separator="–").alias("triad"),
        *TYPES,
        names.list.get(chance.list.arg_max()).alias("pivot"),
        pl.col("ties_observed").alias("ties observed"),
    )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (episodes, synchrony, dance, triads):
        app.command()(with_lake(command))
