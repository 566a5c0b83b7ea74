"""``quadrille backtest``: how often were we right."""

from __future__ import annotations

import json
import re
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from quadrille import api
from quadrille.brief.figures_backtest import record_figure
from quadrille.cli.common import (
    CsvOption,
    DataOption,
    FrequencyOption,
    JsonOption,
    PlotOption,
    SinceOption,
    UntilOption,
    emit,
    plot_to,
    read_data,
    rich_table,
    window,
    with_lake,
)
from quadrille.errors import OptionError
from quadrille.foresight.backtest import DEFAULT_METHODS, METHODS
from quadrille.foresight.card import model_card

__all__ = ["register"]

_RANGE = re.compile(r"(?:1-)?([1-9]\d{0,2})")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(with_lake(_backtest))


def _longest(text: str) -> int:
    """``12`` or ``1-12``: forecasts run from one period ahead to the longest."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise OptionError(f"--horizons {text!r}: write the longest, as 12 or 1-12")
    return int(found[1])


def _backtest(
    data: DataOption = None,
    facet: Annotated[
        str | None,
        typer.Option(help="cordiality, engagement, hostility, materiality, or score (raw sums)."),
    ] = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    horizons: Annotated[str, typer.Option(help="The longest: 12 or 1-12.")] = "1-12",
    method: Annotated[
        list[str] | None,
        typer.Option(help=f"May be given again. One of {', '.join(METHODS)}."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Measure skill against this method. Default: last.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only dyads among the states so named; give again.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Only so many dyads with most coverage.")] = 300,
    score_from: Annotated[
        str | None, typer.Option(help="First period forecast. Default: the last fifth.")
    ] = None,
    score_until: Annotated[str | None, typer.Option(help="Last period forecast.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Forecast again from past dates, and score it: how often were we right."""
    methods = tuple(method) if method else DEFAULT_METHODS
    base = reference or ("last" if "last" in methods or not method else methods[0])
    if base not in methods:
        methods = (base, *methods)
    first, last = window(since, until)
    score_first, score_last = window(score_from, score_until)
    record = api.backtest(
        read_data(data),
        methods,
        facet_name=facet,
        frequency=frequency,
        since=first,
        until=last,
        states=tuple(state or ()),
        top=top,
        horizons=_longest(horizons),
        reference=base,
        score_from=score_first,
        score_until=score_last,
    )
    plot_to(lambda: record_figure(record), plot)
    table, card = record.to_polars(), model_card(record)
    if emit(table, as_json, as_csv, {"card": json.loads(card.to_json())}):
        return
    console = Console()
    shown = table.pivot(on="horizon", index="method", values="crps", sort_columns=True)
    console.print(rich_table(_rounded(shown), "CRPS by horizon (smaller is better)"))
    skill = table.pivot(on="horizon", index="method", values="skill", sort_columns=True)
    console.print(
        rich_table(_rounded(skill, 0).filter(pl.col("method") != base), f"% better than {base}")
    )
    for line in card.lines():
        console.print(line, highlight=False)


def _rounded(table: pl.DataFrame, digits: int = 3) -> pl.DataFrame:
    """Few horizons and few digits, so that a row fits a screen."""
    names = table.columns[1:]
    kept = names if len(names) <= 6 else [names[i] for i in (0, 1, 2, 5, 8, 11) if i < len(names)]
    return table.select(
        "method", *(pl.col(c).map_elements(lambda v: f"{v:.{digits}f}", pl.String) for c in kept)
    )
