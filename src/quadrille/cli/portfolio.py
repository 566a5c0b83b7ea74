"""Commands for portfolio, balancing act, bond and durability."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer
from rich.console import Console

from quadrille.api.portfolio import balance as read_balance
from quadrille.api.portfolio import bond as read_bond
from quadrille.api.portfolio import durability as read_durability
from quadrille.api.portfolio import layers_of
from quadrille.api.portfolio import portfolio as read_portfolio
from quadrille.brief.sections_portfolio import (
    balance_lines,
    bond_lines,
    durability_lines,
    portfolio_lines,
    portfolio_notes,
)
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
    tie_facts,
    warn,
    window,
    with_lake,
)
from quadrille.errors import OptionError
from quadrille.readings.portfolio import Portfolio
from quadrille.sources.layers.layer import Layer

__all__ = ["register"]

LayerOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--layer",
        help="A file of structural data; may be given again. Default: those of the lake, if there is one.",
    ),
]
_ROWS = 12


def _say(lines: Sequence[str], missing: Sequence[str] = ()) -> None:
    console = Console()
    for line in lines:
        console.print(line, highlight=False)
    for line in missing:
        console.print(f"[yellow]{line}[/]", highlight=False)


def _facts(origin: str, lines: Sequence[str], **more: Any) -> dict[str, Any]:
    return {"data": origin, **more, "said": list(lines), "version": installed("quadrille")}


def _layers(paths: list[Path] | None) -> dict[str, Layer]:
    found = layers_of(paths)
    for layer in found.values():
        Console(stderr=True).print(layer.summary(), highlight=False)
    return found


def _cited(layers: dict[str, Layer]) -> dict[str, str]:
    return {name: layer.citation for name, layer in layers.items()}


def _period_of(p: Portfolio, year: int | None) -> int:
    if year is None:
        return p.decade_ago
    years = [q.year for q in p.periods]
    if year not in years:
        raise OptionError(f"--against {year}: the portfolio is known for {years[0]} to {years[-1]}")
    return years.index(year)


def portfolio(
    state: Annotated[str, typer.Argument(help="A state: name, ISO3, COW code…")],
    data: DataOption = None,
    pooled: Annotated[
        int | None,
        typer.Option(
            "--window", min=1, help="Periods pooled. Default: a year, or ten of a chronicle."
        ),
    ] = None,
    against: Annotated[
        int | None, typer.Option(help="Year to compare the last one with. Default: ten years back.")
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
    """How a state's cooperation is spread over partners and domains."""
    first, last = window(since, until)
    made = read_portfolio(
        state, read_data(data), window=pooled, frequency=frequency, since=first, until=last,
        draws=draws, seed=seed,
    )  # fmt: skip
    at = _period_of(made, against)
    plot_to(made.plot, plot)
    lines = portfolio_lines(made, at)
    partners = made.partner_table(-1, at)
    spread = made.domain_table(-1, at)
    facts = _facts(
        made.origin, lines, state=made.state, window=made.window, reports_per_event=made.scale,
        partners=partners.head(_ROWS).to_dicts(), domains=spread.to_dicts() if spread is not None else None,
        notes=portfolio_notes(made),
    )  # fmt: skip
    if emit(made.to_polars(), as_json, as_csv, facts):
        return
    _say(lines)
    console = Console()
    shown = partners.head(_ROWS).select(
        "partner", "events", "share", "lo90", "hi90", "change", "corrected"
    )
    if shown["corrected"].null_count() == shown.height:
        shown = shown.drop("corrected")
    console.print(
        rich_table(shown, f"{made.state}: partners in {made.periods[-1]:%Y}, {made.origin}")
    )
    if spread is not None:
        console.print(rich_table(spread, f"{made.state}: domains"))
    _say(portfolio_notes(made))


def balance(
    pivot: Annotated[str, typer.Argument(help="The state in between.")],
    between: Annotated[tuple[str, str], typer.Option("--between", help="The two rivals.")],
    data: DataOption = None,
    within: Annotated[
        int | None,
        typer.Option(
            min=1, help="Periods in which a protest follows a move. Default: 6 months, 1 year."
        ),
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
    """How a state stands between two rivals, and what its moves toward one bring."""
    first, last = window(since, until)
    made = read_balance(
        pivot, *between, read_data(data), within=within, frequency=frequency, since=first,
        until=last, draws=draws, seed=seed,
    )  # fmt: skip
    for tie in made.ties:
        warn(tie)
    plot_to(made.plot, plot)
    lines = balance_lines(made)
    facts = _facts(
        made.ties[0].origin, lines, pivot=made.pivot, between=[made.x, made.y],
        responses=made.response_table().to_dicts(), frontier=_frontier(made),
        protests=[{"protester": p.protester, "toward": p.toward, **p.rate._asdict()} for p in made.protests],
        ranking=made.ranking.to_dicts(), pivots_of_the_world=made.world.head(_ROWS).to_dicts(),
        not_known=list(made.missing), ties=[tie_facts(t) for t in made.ties],
    )  # fmt: skip
    if emit(made.to_polars(), as_json, as_csv, facts):
        return
    _say(lines, made.missing)
    console = Console()
    responses = made.response_table().drop_nulls()
    if responses.height:
        console.print(rich_table(responses, "Response to a typical move, periods after it"))
    for p in made.protests:
        if p.acts is not None and p.acts.height:
            console.print(
                rich_table(p.acts, f"Protests of {p.protester}, with the move before each")
            )
    console.print(
        rich_table(
            made.ranking.head(8), f"Pivots between {made.x} and {made.y}, best balanced first"
        )
    )
    console.print(
        rich_table(
            made.world.head(8), "Pivots of the world: romantic triangles they are the pivot of"
        )
    )


def _frontier(made: Any) -> list[dict[str, float]]:
    columns = ("lo90", "gain", "hi90")
    return [
        {"loss": float(loss), **dict(zip(columns, map(float, gains), strict=True))}
        for loss, gains in zip(made.losses, np.asarray(made.frontier).T, strict=True)
    ]


def bond(
    a: Annotated[str, typer.Argument(help="A state.")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    data: DataOption = None,
    layer: LayerOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """What a tie rests on: common goals, shared animosities, domains."""
    first, last = window(since, until)
    found = read_data(data)
    layers = _layers(layer)
    made = read_bond(
        a, b, found, layers, frequency=frequency, since=first, until=last,
        draws=draws, seed=seed,
    )  # fmt: skip
    plot_to(made.plot, plot)
    lines = bond_lines(made)
    facts = _facts(
        made.origin, lines, dyad=f"{made.state_a}-{made.state_b}", period=made.period,
        adversaries=made.adversaries.head(_ROWS).to_dicts(),
        domains=made.domains.to_dicts() if made.domains is not None else None,
        one_domain_bond=made.flagged, not_known=list(made.missing), citations=_cited(layers),
    )  # fmt: skip
    if emit(made.to_polars(), as_json, as_csv, facts):
        return
    _say(lines, made.missing)
    console = Console()
    shown = made.parts.select(
        "part", "percentile", "percentile_lo90", "percentile_hi90", "year", "what"
    )
    console.print(
        rich_table(shown.with_columns(pl.col("year").cast(pl.String)), "Parts of the bond")
    )
    shared = made.adversaries.filter(pl.col("share") > 0.005).head(_ROWS)
    console.print(
        rich_table(
            shared.drop("left"), "Third states both are cold to, and what is left without them"
        )
    )
    if made.domains is not None:
        console.print(rich_table(made.domains, f"Domains, {made.window} periods"))


def durability(
    a: Annotated[str, typer.Argument(help="A state.")],
    b: Annotated[str, typer.Argument(help="Another state.")],
    data: DataOption = None,
    layer: LayerOption = None,
    horizon: Annotated[
        int | None,
        typer.Option(min=1, help="Periods ahead. Default: 5 years, 8 quarters, 24 months."),
    ] = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """How long a thaw lasts, over every thaw of the data, and how long this one may."""
    first, last = window(since, until)
    found = read_data(data)
    layers = _layers(layer)
    made = read_durability(
        a, b, found, layers, horizon=horizon, frequency=frequency, since=first,
        until=last, seed=seed,
    )  # fmt: skip
    plot_to(made.plot, plot)
    lines = durability_lines(made)
    thaw = None if made.thaw is None else dict(zip(("start", "age", "on"), made.thaw, strict=True))
    facts = _facts(
        made.origin, lines, dyad=f"{made.state_a}-{made.state_b}", thaws=made.spells, ended=made.ends,
        thaw=thaw, survival=made.survival.to_dicts(), weibull_shape=made.weibull.rho,
        proportional_p_of_all=float(made.cox.ph_p[-1]), not_known=list(made.missing),
        citations=_cited(layers),
    )  # fmt: skip
    if emit(made.to_polars(), as_json, as_csv, facts):
        return
    _say(lines, made.missing)
    console = Console()
    console.print(
        rich_table(made.to_polars(), "Hazard ratios of a thaw's end, a standard deviation more")
    )
    console.print(
        rich_table(made.survival, f"{made.state_a}-{made.state_b}: P(still warm), periods ahead")
    )


def register(app: typer.Typer) -> None:
    """Add the commands to ``quadrille``."""
    for command in (portfolio, balance, bond, durability):
        app.command()(with_lake(command))
