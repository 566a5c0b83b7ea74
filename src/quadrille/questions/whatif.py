"""Forecast of a tie under conditions on other ties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, one_of, question
from quadrille.errors import OptionError
from quadrille.foresight.conditions import (
    LONGEST,
    Condition,
    check_conditions,
    parse,
    read_scenario,
)
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.couple import Model, config_of, estimate, model_at_hand
from quadrille.questions.shared import Quick, Seed, StateName, Sweeps

if TYPE_CHECKING:
    from quadrille.foresight.card import ModelCard
    from quadrille.foresight.scenario import Scenario, Way
    from quadrille.foresight.survival import Hazards

__all__ = ["whatif"]

_HORIZON = 36
_WAYS: dict[str, tuple[Way, ...]] = {
    "see": ("see",), "do": ("do",), "both": ("see", "do"), "all": ("see", "do", "do at once"),
}  # fmt: skip
_AGAINST = ("hazards", "record", "both", "none")
_JUDGES = ("last", "mean", "measurement", "coupled")


@question
def whatif(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    if_: Sequence[str | Condition] = (),
    scenario: str | Path | None = None,
    among: Sequence[str] = (),
    horizon: Annotated[int | None, Range(1, LONGEST)] = None,
    way: str = "both",
    model: Model = None,
    floor: float | None = None,
    against: str = "hazards",
    quick: Quick = False,
    seed: Seed = 1,
    progress: Sweeps = None,
    **where: Unpack[Where],
) -> Scenario:
    """Forecast of a tie under conditions on other ties.

    Parameters
    ----------
    if_ : sequence of str or Condition
        Condition, such as "PAK-USA normalises over 24 months", may be given again.
    scenario : path, optional
        A TOML file of conditions.
    among : sequence of str
        Further state of the model, may be given again, besides those of the tie and of the conditions.
    horizon : int, optional
        Months ahead. Default: the file's, else 36.
    way : str
        see: the conditions are observed (conditional forecast); do: brought about (intervention); both; or
        all: with do at once, where other ties answer within the period.
    floor : float, optional
        Shown level that survival is counted above. Default: the neutral level.
    against : str
        What to set the forecast against, where data are given: hazards, the survival of thaws of the world; record,
        how often such forecasts from past dates were right (an estimate a date, minutes); both; or none.

    Examples
    --------
    >>> from quadrille import couple
    >>> few = couple(["PAK", "RUS", "USA"], chains=2, draws=100, warmup=100, thin=1)
    >>> answer = whatif("PAK", "RUS", if_=["PAK-USA normalises over 24 months"], model=few)
    >>> answer.label
    'PAK-RUS'
    """
    one_of("way", way, tuple(_WAYS))
    one_of("against", against, _AGAINST)
    conditions, months = _conditions(if_, scenario, horizon)
    judged = against in ("record", "both")
    if judged and model is not None:
        raise OptionError(
            "a record is made from past dates, which a model does not hold; give data instead of the model"
        )
    used = model_at_hand(model, data, where, among=tuple(among), quick=quick)
    world = open_world(data, **where) if used is None else World(None)
    first, second = world.states((a, b))
    check_conditions("-".join(sorted((first, second))), conditions)
    if used is None:
        further = {s for c in conditions for s in c.tie.split("-")} | set(world.states(among))
        states = world.present((first, second, *sorted(further - {first, second})))
        used = estimate(world, states, None, config_of(quick, 1, seed), progress)
    from quadrille.foresight.scenario import scenario_of

    made = scenario_of(used, first, second, conditions, months, _WAYS[way], seed=seed)
    made = replace(made, floor=floor)
    made.survival()
    if model is not None:
        return made
    thaws = against in ("hazards", "both") and floor is None and made.facet == "cordiality"
    return replace(
        made,
        hazards=_hazards(world, made) if thaws else None,
        record=_record(world, made) if judged else None,
    )


def _conditions(
    phrases: Sequence[str | Condition], scenario: str | Path | None, horizon: int | None
) -> tuple[list[Condition], int]:
    """Conditions, those of a file last, and months ahead."""
    made = [parse(c) if isinstance(c, str) else c for c in phrases]
    if scenario is not None:
        more, stated = read_scenario(scenario)
        made += more
        horizon = horizon or stated
    return made, horizon or _HORIZON


def _hazards(world: World, made: Scenario) -> Hazards:
    """Survival of thaws of the world, of these data."""
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
