"""Commands that look ahead: ``whatif`` and ``analogues``."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import typer
from rich.console import Console

from quadrille.api.backtest import backtest
from quadrille.api.portfolio import durability
from quadrille.api.whatif import analogues as find_cases
from quadrille.api.whatif import whatif as ask
from quadrille.brief.figures_foresight import analogues_figure, scenario_figure
from quadrille.brief.words_foresight import (
    implausible_words,
    scenario_sentences,
    survival_sentence,
    survival_table,
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
    window,
    with_lake,
)
from quadrille.coupling.model import CoupleConfig
from quadrille.coupling.pivot import QUICK
from quadrille.coupling.result import Diagnostics
from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.foresight.analogues import AnalogueRules, Analogues
from quadrille.foresight.card import ModelCard
from quadrille.foresight.conditions import LONGEST, Condition, parse, read_scenario
from quadrille.foresight.scenario import Scenario, Way
from quadrille.foresight.survival import compare_survival

__all__ = ["register"]

_HORIZON = 36
_WAYS: dict[str, tuple[Way, ...]] = {
    "see": ("see",),
    "do": ("do",),
    "both": ("see", "do"),
    "all": ("see", "do", "do at once"),
}
LayerOption = Annotated[
    list[Path] | None,
    typer.Option("--layer", help="A list of rivalries, in place of each state's coldest tie."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command()(with_lake(whatif))
    app.command()(with_lake(analogues))


def _conditions(
    phrases: list[str] | None, scenario: Path | None, horizon: int | None
) -> tuple[list[Condition], int]:
    made = [parse(p) for p in phrases or []]
    if scenario is not None:
        more, stated = read_scenario(scenario)
        made += more
        horizon = horizon or stated
    return made, horizon or _HORIZON


def _facts(s: Scenario, floor: float | None) -> dict[str, Any]:
    d = s.diagnostics
    return {
        "tie": s.tie,
        "conditions": list(s.conditions),
        "data": s.origin,
        "facet": s.facet,
        "unit": s.unit.name,
        "shown": s.unit.label,
        "frequency": s.frequency,
        "last_period": s.last.isoformat(),
        "neutral": s.neutral,
        "p_warm_now": s.p_warm_now,
        "verdict": [*scenario_sentences(s), survival_sentence(s)],
        "survival": s.survival(floor).to_dicts(),
        "floor": floor,
        "attribution": s.attribution().to_dicts(),
        "readings": {
            r.way: {
                "identification": r.identification,
                "kl": r.kl,
                "coin": r.coin,
                "surprise": r.surprise,
                "bounds_hold": r.possible,
                "effective_proposals": r.effective,
                "proposals": r.proposals,
            }
            for r in s.readings
        },
        "diagnostics": {"trusted": s.trusted, **{k: getattr(d, k) for k in Diagnostics.__slots__}},
        "provenance": s.provenance,
    }


def _path_table(s: Scenario) -> pl.DataFrame:
    """The tie at about four moments, without the conditions and in each reading."""
    steps = len(s.periods)
    rows = {s.periods[max(1, round(steps * k / 4)) - 1] for k in (1, 2, 3, 4)}
    cells = [
        {
            "way": r["way"],
            "month": r["month"],
            "without": f"{r['base_level']:.2f} [{r['base_lo90']:.2f},{r['base_hi90']:.2f}]",
            "with": f"{r['level']:.2f} [{r['lo90']:.2f},{r['hi90']:.2f}]",
            "change": f"{r['diff']:+.2f} [{r['diff_lo90']:+.2f},{r['diff_hi90']:+.2f}]",
        }
        for r in s.to_polars().iter_rows(named=True)
        if r["period"] in rows
    ]
    return pl.DataFrame(cells)


def _print(s: Scenario, floor: float | None) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for line in s.conditions:
        console.print(f"If {line}:")
    unit = s.unit.label
    name = (
        f"{s.tie}, {unit}: median [90%]; change: in the expected path, on the model's scale; "
        f"{s.origin} to {s.last}"
    )
    Console().print(rich_table(_path_table(s), name))
    level = "warm" if floor is None else f"above {floor:g}"
    shown = survival_table(s, floor).rename(
        {"p_above": f"P({level} at the end)", "p_never_below": f"P(always {level})",
         "months": "expected months until not"}
    )  # fmt: skip
    Console().print(rich_table(shown, f"Survival over {s.months[-1]} months"))
    if len(s.conditions) > 1:
        parts = s.attribution().with_columns(pl.col("condition").str.slice(0, 60))
        Console().print(
            rich_table(parts, "What each condition adds to the expected path at the end")
        )
    for r in s.readings:
        console.print(f"{r.way}: {r.identification}.")
        console.print(f"{r.way}: {implausible_words(r)}.")
        if r.possible < 1:
            console.print(f"{r.way}, bounds: {r.line()}", style=None if r.trusted else "bold red")
    console.print(f"Model: {s.diagnostics.line()}", style=None if s.trusted else "bold red")
    for line in (*scenario_sentences(s), survival_sentence(s)):
        console.print(line)


def whatif(
    a: Annotated[str, typer.Argument(help="A state of the tie asked about.")],
    b: Annotated[str, typer.Argument(help="The other.")],
    conditions: Annotated[
        list[str] | None,
        typer.Option(
            "--if",
            help='A condition, such as "PAK-USA normalises over 24 months"; may be given again.',
        ),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", help="A TOML file of conditions.")
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(min=1, max=LONGEST, help="Months ahead. Default: the file's, else 36."),
    ] = None,
    among: Annotated[
        list[str] | None,
        typer.Option("--with", help="A further state of the model; may be given again."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="A model that quadrille couple wrote, .nc.")
    ] = None,
    data: DataOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    way: Annotated[
        Literal["see", "do", "both", "all"],
        typer.Option(
            help="Seen to happen, made to happen, both side by side; all: with do at once, too."
        ),
    ] = "both",
    floor: Annotated[
        float | None,
        typer.Option(help="Survival above this shown level. Default: warm, the neutral level."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Forecast again from past dates, and print how often such forecasts were right: one "
            "estimate for each date, minutes.",
        ),
    ] = False,
    hazard: Annotated[
        bool,
        typer.Option(
            "--hazard/--no-hazard", help="Set the survival of such thaws beside that of the paths."
        ),
    ] = True,
    quick: Annotated[bool, typer.Option("--quick", help="Estimate with fewer draws.")] = False,
    lags: Annotated[int, typer.Option(min=1, help="Periods back that ties act on each other.")] = 1,
    thin: Annotated[int, typer.Option(min=1, help="Sweeps for each draw kept.")] = 10,
    draws: DrawsOption = 4000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """What would become of a tie if other ties went a certain way."""
    first, last = window(since, until)
    made, months = _conditions(conditions, scenario, horizon)
    config = replace(QUICK if quick else CoupleConfig(thin=thin), lags=lags, seed=seed)
    found = None if model else read_data(data)
    got = ask(
        a, b, made, data if model else found,
        among=among or (), horizon=months, ways=_WAYS[way], model=model,
        frequency=frequency, since=first, until=last, config=config,
        draws=draws, seed=seed, progress=True,
    )  # fmt: skip
    got.survival(floor)
    if not got.trusted:
        bad = [r.line() for r in got.readings if not r.trusted]
        for line in bad or [got.diagnostics.line()]:
            Console(stderr=True).print(f"[bold red]{line}[/]", highlight=False, soft_wrap=True)
    plot_to(lambda: scenario_figure(got), plot)
    facts = _facts(got, floor)
    lines: list[str] = []
    if found is not None and hazard and floor is None:
        table, lines = _hazards(got, found, frequency, first, last)
        facts["hazards"] = table.to_dicts() if table is not None else None
    card = _record(got, found, frequency, first, last) if record and found is not None else None
    facts["record"] = json.loads(card.to_json()) if card else None
    if not emit(got.to_polars(), as_json, as_csv, facts):
        _print(got, floor)
        console = Console(soft_wrap=True, highlight=False)
        for line in (*lines, *(card.lines() if card else (_NO_RECORD,))):
            console.print(line)


_NO_RECORD = (
    "Track record: not made here; --record makes it (with --data, one estimate for each past date), and "
    "docs/article.md holds those of the five states of the dance."
)


def _hazards(
    got: Scenario, found: Any, frequency: str | None, first: date | None, last: date | None
) -> tuple[pl.DataFrame | None, list[str]]:
    """Survival by paths beside that of thaws of the world, as a table and in words."""
    a, b = got.tie.split("-")
    try:
        hazards = durability(a, b, found, frequency=frequency, since=first, until=last,
                             horizon=len(got.periods))  # fmt: skip
        table = compare_survival(got, hazards.survival, "weibull")
    except (NoDataError, OptionError, NotConvergedError) as why:
        return None, [f"Survival by thaws of the world: undetermined ({why})."]
    if table.is_empty() or hazards.thaw is None:
        return None, [f"Survival by thaws of the world: undetermined (no thaw of {got.tie})."]
    end = table.row(-1, named=True)
    start, age, ongoing = hazards.thaw
    state = f"its thaw of {start:%Y} {'is' if ongoing else 'was'} {age} periods old"
    words = (
        f"Survival by {hazards.spells:,} thaws of {hazards.origin} ({state}): after {end['month']} months "
        f"{end['hazard']:.2f} ({end['hazard_lo90']:.2f} to {end['hazard_hi90']:.2f}), by the paths "
        f"without conditions {end['without']:.2f}: "
        + ("they differ." if end["differ"] else "they agree.")
    )
    return table, [words]


def _record(
    got: Scenario, found: Any, frequency: str | None, first: date | None, last: date | None
) -> ModelCard:
    """How often the model of these states was right, against the last value, the mean and each tie alone."""
    states = sorted({s for tie in got.provenance["ties"] for s in tie.split("-")})
    made = backtest(
        found, ("last", "mean", "measurement", "coupled"), facet_name=got.facet, frequency=frequency,
        since=first, until=last, states=states, top=None, horizons=len(got.periods),
    )  # fmt: skip
    return made.card("coupled")


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
