"""The command ``analogues``, not yet converted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console

from quadrille.api.whatif import analogues as find_cases
from quadrille.brief.figures_foresight import analogues_figure
from quadrille.cli.common import (
    CsvOption,
    DataOption,
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
    window,
)
from quadrille.errors import OptionError
from quadrille.foresight.analogues import AnalogueRules, Analogues

LayerOption = Annotated[
    list[Path] | None,
    typer.Option("--layer", help="A list of rivalries, in place of each state's coldest tie."),
]


def _analogue_facts(got: Analogues) -> dict[str, Any]:
    a, b, c = got.states
    return {
        "tie": f"{a}-{b}", "on": c, "rivals": list(got.rivals), "rivalry": got.rivalry,
        "data": got.origin, "frequency": got.frequency, "span": [str(d) for d in got.span],
        "query": got.query, "verdict": got.verdict, "unit": got.unit, "undecided": got.undecided,
        "triads": got.triads, "rules": {k: getattr(got.rules, k) for k in AnalogueRules.__slots__},
        "classes": got.classes.to_dicts(), "sensitivity": got.sensitivity.to_dicts(),
    }  # fmt: skip


def _share(rate: str, lo: str, hi: str) -> pl.Expr:
    cells = [pl.format("{}%", (100 * pl.col(c)).round(0).cast(pl.Int64)) for c in (rate, lo, hi)]
    return pl.when(pl.col(rate).is_not_null() & pl.col(lo).is_not_null()).then(
        pl.format("{} [{}, {}]", *cells)
    )


def _print_analogues(got: Analogues) -> None:
    a, b, c = got.states
    console, r = Console(soft_wrap=True, highlight=False), got.rules
    console.print(
        f"Case: {a}–{b} rose by {r.size:g} × {got.unit:.2f} or more over {r.window} periods while {a}–{c} fell "
        f"by as much; then {a}–{c} rose as much over {r.window} periods that began at most {r.gap} later; "
        f"judged {r.horizon} periods after. {got.triads:,} ordered triads, {got.origin} {got.span[0]} to "
        f"{got.span[1]}; {got.undecided:,} cases too late to judge."
    )
    q = got.query
    console.print(
        f"The question's triad at {q['period']}: {'is such a case' if q['is_case'] else 'not itself such a case'}; "
        f"{a}–{b} moved {q['ab_thaw']:+.2f}, {a}–{c} {q['ac_fray']:+.2f}; rival of {a} "
        f"({got.rivalry}): {', '.join(got.rivals) or 'none'}."
    )
    classes = got.classes.select(
        "class", "cases", "dyads",
        _share("warmer_rate", "warmer_lo90", "warmer_hi90").alias("still warmer [90%]"),
        _share("warm_rate", "warm_lo90", "warm_hi90").alias("still warm"),
        pl.format("{}% of {}", (100 * pl.col("contrast_warmer")).round(0).cast(pl.Int64), "contrast_cases").alias("not mended"),
        _share("effect", "effect_lo90", "effect_hi90").alias("difference"),
    )  # fmt: skip
    Console().print(rich_table(classes, "Base rates as the class narrows"))
    near = got.nearest.select(
        "a", "b", "c", "before", "thawed", "mended", "warmer", "warm", "distance"
    )
    Console().print(rich_table(near, "Nearest cases whose pivot is a great player"))
    shown = got.sensitivity.select(
        "window", "size", "cases", _share("rate", "lo90", "hi90").alias("first class"),
        "narrow_cases", _share("narrow_rate", "narrow_lo90", "narrow_hi90").alias("narrowest"),
    )  # fmt: skip
    Console().print(rich_table(shown, "Sensitivity: share still warmer"))
    console.print(f"Verdict: {got.verdict}.")


def analogues(
    a: Annotated[str, typer.Argument(help="The state that both ties share.")],
    b: Annotated[str, typer.Argument(help="The state it thaws with.")],
    on: Annotated[str, typer.Option("--on", help="The pivot, with which it frays and mends.")],
    rival: Annotated[str | None, typer.Option(help="The rival of the first state.")] = None,
    data: DataOption = None,
    layer: LayerOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    window_: Annotated[
        int | None, typer.Option("--window", help="Periods that a thaw or a fray takes.")
    ] = None,
    gap: Annotated[
        int | None, typer.Option(help="Periods that may pass between fray and mending.")
    ] = None,
    ahead: Annotated[
        int | None, typer.Option("--ahead", help="Periods after the mending when a case is judged.")
    ] = None,
    size: Annotated[
        float, typer.Option(help="Least move, in standard deviations of all moves.")
    ] = 1.0,
    nearest: Annotated[int, typer.Option(min=1, help="How many of the nearest to name.")] = 10,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """How such thaws ended before: every past case of the constellation, in all of the data."""
    first, last = window(since, until)
    rules = AnalogueRules(window_, gap, ahead, size, nearest=nearest, seed=seed)
    got = find_cases(
        a, b, on, read_data(data), rival=rival, layers=layer or (), frequency=frequency,
        since=first, until=last, rules=rules,
    )  # fmt: skip
    plot_to(lambda: analogues_figure(got.classes, got.origin), plot)
    if as_json and as_csv:
        raise OptionError("give --json or --csv, not both")
    if not emit(got.cases, as_json, as_csv, _analogue_facts(got)):
        _print_analogues(got)
