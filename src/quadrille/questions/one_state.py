"""Questions about one state: how its cooperation is spread, and how it stands between two rivals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World
from quadrille.questions.shared import Draws, Period, Seed, StateName, of_period, world_of

if TYPE_CHECKING:
    from quadrille.readings.balance import Balance
    from quadrille.readings.portfolio import Portfolio
    from quadrille.readings.ties import Ties

__all__ = ["balance", "portfolio", "ties"]


@question
def ties(
    state: StateName,
    data: Annotated[
        Data,
        "A file or folder, chronicle, index or lake. Default: the index of ties that came with the package.",
    ] = None,
    *,
    in_: Period = None,
    draws: Draws = 500,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Ties:
    """Every tie of a state in one period, on a map.

    Examples
    --------
    >>> ties("Pakistan", in_="1960").state
    'PAK'
    """
    from quadrille.readings.ties import ties_of

    world = of_period(data, where)
    (code,) = world.states((state,), first_day(in_), last_day(in_))
    world.panel.require((code,))
    return ties_of(world, code, in_, draws, seed)


@question
def portfolio(
    state: StateName,
    data: Data = None,
    *,
    window: Annotated[
        int | None, Range(1), "Periods pooled. Default: a year, or ten years of a chronicle."
    ] = None,
    against: Annotated[
        int | None,
        "Year that the last period is compared with. Default: ten years earlier, or as near as there is.",
    ] = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Portfolio:
    """How a state's cooperation is spread.

    Examples
    --------
    >>> found = portfolio("Pakistan")
    >>> found.partner_table()["partner"][0]
    'RUS'
    """
    from quadrille.economy.dependence import dependence_of
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.portfolio import portfolio_of, reports_per_event

    world, (code,) = world_of(data, where, state)
    acts = world.acts_of(code)
    panel = acts.panel
    made = portfolio_of(
        panel, code, scale=reports_per_event(panel, code),
        domains=domain_counts(acts.table((code,)), panel),
        window=window, against=against, draws=draws, seed=seed,
    )  # fmt: skip
    year = made.periods[-1].year
    return replace(
        made, acts=world.origin_of(acts), dependence=dependence_of(world.layers, code, year)
    )


@question
def balance(
    pivot: Annotated[str, "The state in the middle: name, ISO3, COW code, adjective."],
    data: Data = None,
    *,
    between: Annotated[tuple[str, str], "The two rivals."],
    within: Annotated[
        int | None,
        Range(1),
        "Periods in which a protest follows a move. Default: 6 months for events, 1 period for counts.",
    ] = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Balance:
    """A state between two rivals.

    Examples
    --------
    >>> made = balance("RUS", between=("IND", "PAK"))
    >>> made.label
    'RUS between IND and PAK'
    """
    from quadrille.readings.balance import pivots_between

    world, (p, x, y) = world_of(data, where, pivot, *between)
    made = balance_by_itself(world, p, x, y, within, draws, seed)
    return replace(made, ranking=pivots_between(world.measurement("cordiality"), x, y))


def balance_by_itself(
    world: World, p: str, x: str, y: str, within: int | None, draws: int, seed: int
) -> Balance:
    """A state (ISO3) between two rivals, without the other states of the world that stand between rivals."""
    from quadrille.measure.tie import relation_of
    from quadrille.readings.balance import balance_of

    m = world.measurement("cordiality", (p, x, y))
    ties = (relation_of(m, p, x, draws, seed), relation_of(m, p, y, draws, seed))
    acted, unread, acts = None, tuple[str, ...](), ""
    try:
        doing = world.acts_of(p, x, y)
        acted, acts = doing.directed, world.origin_of(doing)
    except (NoDataError, OptionError) as gap:
        unread = (str(gap),)
    made = balance_of(*ties, acted, within=within, seed=seed)
    return replace(made, missing=(*made.missing, *unread), acts=acts)
