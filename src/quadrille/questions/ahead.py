"""Looking ahead: forecasts under conditions, comparable past cases, and the record of forecasts."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Unpack, cast

from quadrille.arguments import Progress, Range, question
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.conditions import (
    LONGEST,
    Condition,
    check_conditions,
    parse,
    read_scenario,
)
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.coupled import Model, config_of, estimate, model_at_hand
from quadrille.questions.one_tie import dependence_of_each
from quadrille.questions.shared import (
    Compared,
    Partner,
    Quick,
    Seed,
    StateName,
    Sweeps,
    world_of,
)

if TYPE_CHECKING:
    from quadrille.foresight.analogues import Analogues
    from quadrille.foresight.card import ModelCard
    from quadrille.foresight.outcome import Hazards, Scenario, Way
    from quadrille.foresight.record import Backtest
    from quadrille.foresight.series import Series

__all__ = ["analogues", "backtest", "whatif"]

_log = logging.getLogger(__name__)

_HORIZON = 36
# Ties times periods from which on all methods take minutes.
_LONG = 10_000
_TAKES_MINUTES = (
    "forecasting %d ties again from past dates, which takes minutes; fewer ties (top) take less"
)
_AGREES = re.compile(r"\bsigns? an? (free[- ])?trade agreement\b", re.IGNORECASE)
_WAYS: dict[str, tuple[Way, ...]] = {
    "see": ("see",), "do": ("do",), "both": ("see", "do"), "all": ("see", "do", "do at once"),
}  # fmt: skip
_JUDGES = ("last", "mean", "measurement", "coupled")

Conditions = Annotated[
    Sequence[str | Condition],
    'Condition, such as "PAK-USA normalises over 24 months", may be given again. Besides: returns to YEARS, stays, is at, '
    "is above, is cold, jumps by 2 sd. Thaws, warms, warms up: a rise by one standard deviation of the tie (over months, "
    "12 if not said); chills, cools, cools down, freezes: as large a fall; by X sd: jumps, falls.",
]
Ways = Annotated[
    Literal["see", "do", "both", "all"],
    "see: the conditions are observed (conditional forecast); do: brought about (intervention); both; or all: with do at "
    "once, where other ties answer within the period.",
]
Against = Annotated[
    Literal["hazards", "record", "both", "none"],
    "What to set the forecast against, where data are given: hazards, the survival of warm spells of the world; record, "
    "how often such forecasts from past dates were right (an estimate a date, minutes); both; or none.",
]


@question
def whatif(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    if_: Conditions = (),
    scenario: Annotated[str | Path | None, "A TOML file of conditions."] = None,
    among: Annotated[
        Sequence[str],
        "Further state of the model, may be given again, besides those of the tie and of the conditions.",
    ] = (),
    horizon: Annotated[
        int | None, Range(1, LONGEST), "Months ahead. Default: the file's, else 36."
    ] = None,
    way: Ways = "both",
    model: Model = None,
    floor: Annotated[
        float | None, "Shown level that survival is counted above. Default: the neutral level."
    ] = None,
    against: Against = "hazards",
    quick: Quick = False,
    seed: Seed = 1,
    progress: Sweeps = None,
    **where: Unpack[Where],
) -> Scenario:
    """Forecast of a tie under conditions on other ties.

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> answer = whatif("PAK", "RUS", if_=["PAK-USA normalises over 24 months"], model=few)
    >>> answer.label
    'PAK-RUS'
    """
    conditions, months = _conditions(if_, scenario, horizon)
    if model is not None and against in ("record", "both"):
        raise OptionError(
            "a record is made from past dates, which a model does not hold; give data instead of the model"
        )
    used = model_at_hand(model, data, where, among=tuple(among), quick=quick)
    world = open_world(data, **where) if used is None else World(None)
    first, second = tie = world.states((a, b))
    check_conditions("-".join(sorted(tie)), conditions)
    if used is None:
        world, states = _states_of(world, tie, conditions, among)
        used = estimate(world, states, None, config_of(quick, 1, seed), progress)
    from quadrille.foresight.scenario import scenario_of

    made = scenario_of(used, first, second, conditions, months, _WAYS[way], seed=seed)
    made = replace(made, floor=floor)
    made.survival()
    return made if model is not None else _set_against(world, made, tie, against)


def _states_of(
    world: World, tie: Sequence[str], conditions: Sequence[Condition], among: Sequence[str]
) -> tuple[World, list[str]]:
    """A world that knows the states of a tie, of conditions and further ones; and their ISO3, the tie's first."""
    further = {s for c in conditions for s in c.tie.split("-")} | set(world.states(among))
    world = world.about(*tie, *further)
    return world, world.present((*tie, *sorted(further - set(tie))))


def _set_against(world: World, made: Scenario, tie: Sequence[str], against: str) -> Scenario:
    """The forecast with what it is set against, and with whom the two depend on."""
    spells = against in ("hazards", "both") and made.floor is None and made.facet == "cordiality"
    return replace(
        made,
        dependence=dependence_of_each(world, tie, made.last.year),
        hazards=_hazards(world, made) if spells else None,
        record=_record(world, made) if against in ("record", "both") else None,
    )


def _conditions(
    phrases: Sequence[str | Condition], scenario: str | Path | None, horizon: int | None
) -> tuple[list[Condition], int]:
    """Conditions, those of a file last, and months ahead."""
    for phrase in phrases:
        if isinstance(phrase, str) and _AGREES.search(phrase):
            raise OptionError(_of_agreement(phrase))
    made = [parse(c) if isinstance(c, str) else c for c in phrases]
    if scenario is not None:
        more, stated = read_scenario(scenario)
        made += more
        horizon = horizon or stated
    return made, horizon or _HORIZON


def _of_agreement(phrase: str) -> str:
    """Why an agreement is no condition: what more trade does to warmth, with the numbers."""
    from quadrille.economy.warmth import AGREED, shipped_warmth
    from quadrille.verdicts import region_of, verdict_of

    w = shipped_warmth()
    (warms, warms_se), (more, more_se) = w.of("valence in 4 years"), w.of(AGREED)
    low, mid, high = w.of_agreement or (math.nan,) * 3
    found = verdict_of(low, high, region_of(1.0), w.reverse_verdict.word != "undetermined")
    said = (
        f"{phrase!r}: no condition is made of it. An agreement adds {more:.2f} ({more_se:.2f}) to the log of trade, and one more in "
        f"the log of trade goes with {warms:.3f} ({warms_se:.3f}) standard deviations of valence four years on: {mid:.3f} together "
        f"(90% band {low:.3f} to {high:.3f}), {found.said('it warms ties', 'it cools ties')}. trade-agreement says what it would do to trade"
    )
    return said.replace("-0.", "−0.")


def _hazards(world: World, made: Scenario) -> Hazards:
    """Survival of warm spells of the world, of these data."""
    from quadrille.foresight.survival import hazards_of
    from quadrille.panel.domains import domain_counts

    domains = None if world.from_lake else domain_counts(world.table(), world.panel)
    return hazards_of(made, world.measurement("cordiality"), world.layers, domains)


def _record(world: World, made: Scenario) -> ModelCard:
    """How often the model of these states was right, against the last value, the mean and each tie alone."""
    from quadrille.foresight.backtest import backtest_of
    from quadrille.foresight.record import BacktestOptions
    from quadrille.foresight.series import to_series

    states = sorted({s for tie in made.provenance["ties"] for s in tie.split("-")})
    series = to_series(world.panel, made.facet).among(tuple(states))
    options = BacktestOptions(horizons=len(made.periods))
    return backtest_of(series, _JUDGES, options).card("coupled")


@question
def analogues(
    a: Compared,
    b: Partner,
    data: Data = None,
    *,
    on: Annotated[str, "The pivot, with which it frays and mends."],
    rival: Annotated[
        str | None,
        "The rival of the first state. Default: as in a list of rivalries among the layers, else the state its "
        "tie is coldest with.",
    ] = None,
    window: Annotated[
        int | None, "Periods that a thaw or a fray takes. Default: 6 months, 2 quarters or 2 years."
    ] = None,
    gap: Annotated[
        int | None,
        "Periods that may pass between fray and mending. Default: 6 months, 2 quarters or 1 year.",
    ] = None,
    horizon: Annotated[
        int | None,
        "Periods after the mending when a case is judged. Default: 12 months, 4 quarters or 2 years.",
    ] = None,
    size: Annotated[float, "Least move, in standard deviations of all moves."] = 1.0,
    nearest: Annotated[int, Range(1), "How many of the nearest cases to name."] = 10,
    reports: Annotated[
        int,
        Range(0),
        "Of counted events, the fewest that both ties of a case must have had for it to be named.",
    ] = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Analogues:
    """Base rates: outcomes of comparable past cases.

    A case is a thaw of one tie while another tie of the same state frayed and then mended, among all triads of
    the data.

    Examples
    --------
    >>> found = analogues("PAK", "RUS", on="USA")
    >>> found.triads
    60
    """
    from quadrille.foresight.analogues import analogues_of, rivalry_list
    from quadrille.foresight.cases import AnalogueRules, index_paths, measured_paths

    rules = AnalogueRules(window, gap, horizon, size, nearest=nearest, reports=reports, seed=seed)
    named = (a, b, on, rival) if rival else (a, b, on)
    world, (first, second, third, *foe) = world_of(data, where, *named)
    indexed = world.panel.kind == "index"
    if indexed:
        _log.info("searching every triad of the index, which takes some seconds")
    paths = index_paths(world.panel) if indexed else measured_paths(world.measurement("cordiality"))
    against = foe[0] if foe else None
    return analogues_of(paths, first, second, third, against, rules, rivalry_list(world.layers))


@question
def backtest(
    data: Data = None,
    *,
    methods: Annotated[
        Sequence[str | object],
        "Methods to judge: last, mean, smoothing, rolling, pooled, regression, shifting, measurement, "
        "combination, var, coupled, autoets, autoarima, autotheta. Default: the first nine. The reference, the "
        "plain mean and the rolling mean are always among them.",
    ] = (),
    facet: Annotated[
        str | None,
        "cordiality, engagement, hostility, materiality, or score (sums as they are; the default of scored data).",
    ] = None,
    states: Annotated[Sequence[str], "Only dyads among these states; by default all."] = (),
    top: Annotated[
        int | None,
        Range(1),
        "Only so many dyads with most coverage before the first period forecast.",
    ] = 300,
    horizons: Annotated[int, Range(1, 999), "Forecast 1 to so many periods ahead."] = 12,
    reference: Annotated[str, "Method that skill is measured against."] = "last",
    score_from: Annotated[
        str | date | None, "First and last period forecast. Default: the last fifth of the periods."
    ] = None,
    score_until: Annotated[
        str | date | None, "First and last period forecast. Default: the last fifth of the periods."
    ] = None,
    progress: Annotated[Progress | None, "Called with forecasts done and forecasts in all."] = None,
    **where: Unpack[Where],
) -> Backtest:
    """How often forecasts from past dates were right.

    Examples
    --------
    >>> record = backtest(methods=("last", "mean"), horizons=2)
    >>> record.methods  # the rolling mean is always among them
    ('rolling', 'last', 'mean')
    """
    from quadrille.foresight.backtest import DEFAULT_METHODS, backtest_of
    from quadrille.foresight.record import BacktestOptions
    from quadrille.foresight.shipped import shipped_record

    options = BacktestOptions(horizons, reference, first_day(score_from), last_day(score_until))
    world = open_world(data, **where).about(*states)
    series = _series(world, facet, states)
    chosen = series if top is None else series.largest(top, options.span(series)[0])
    asked = _with(cast("Sequence[Any]", methods or DEFAULT_METHODS), reference)
    if series.kind == "index" and all(isinstance(m, str) for m in asked):
        kept = shipped_record(chosen, asked, options, len(series.dyads))
        if kept is not None:
            return kept
    if not methods and chosen.y.size > _LONG:
        _log.info(_TAKES_MINUTES, len(chosen.dyads))
    return backtest_of(chosen, asked, options, len(series.dyads), progress)


def _series(world: World, facet: str | None, states: Sequence[str]) -> Series:
    from quadrille.foresight.series import to_series

    codes = world.present(states) if states else []
    series = to_series(world.panel, facet)
    if not codes:
        return series
    among = series.among(tuple(codes))
    if not len(among.dyads):
        raise NoDataError(
            f"{series.origin}: no observation of {series.facet} among {', '.join(states)}; name other states"
        )
    return among


def _with(methods: Sequence[Any], reference: str) -> tuple[Any, ...]:
    """The methods, the reference, the plain mean and the rolling mean, each once."""
    names = [getattr(m, "name", m) for m in methods]
    further = [m for m in dict.fromkeys((reference, "mean", "rolling")) if m not in names]
    return (*further, *methods)
