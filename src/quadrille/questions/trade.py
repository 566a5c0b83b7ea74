"""Questions about trade and arms: what is, what could be, and what agreements, corridors and embargoes would change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Unpack

from quadrille.arguments import Range, question
from quadrille.errors import OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.shared import Draws, Seed, StateName, StateNames

if TYPE_CHECKING:
    from quadrille.economy.arms import Arms
    from quadrille.economy.change import Agreement, Corridor, Embargo
    from quadrille.economy.openings import Openings
    from quadrille.economy.panel import TradePanel
    from quadrille.economy.potential import Potential
    from quadrille.economy.section import Economics
    from quadrille.economy.warmth import Warmth

__all__ = [
    "arms", "economics", "trade_agreement", "trade_corridor", "trade_embargo", "trade_openings", "trade_potential", "trade_warmth",
]  # fmt: skip

Sigma = Annotated[
    float | None, "Elasticity of substitution, more than 1. Default: 7, and 4 to 10 for the bands."
]
Source = Annotated[
    str | None, "Name of the layer of trade. Default: the one with most that explains trade."
]
Year = Annotated[int | None, "Year of the flows that the change starts from. Default: the last."]


def _panel(world: World, source: str | None) -> TradePanel:
    from quadrille.economy.panel import trade_panel

    panel = trade_panel(world.layers, source)
    since, until = world.since, world.until
    if since is None and until is None:
        return panel
    years = [
        y for y in panel.data["year"].unique()
        if (since is None or y >= since.year) and (until is None or y <= until.year)
    ]  # fmt: skip
    return trade_panel(world.layers, source, years=years)


def _last_year(world: World) -> int:
    """As asked, else of the data given, else of the layers: a lake may hold acts of several sources."""
    if world.until is not None:
        return world.until.year
    told = [
        int(str(layer.data["year"].max()))
        for layer in world.layers.values()
        if layer.role in ("arms", "trade") and layer.data.height
    ]
    if world.named or world.embedded or not told:
        return world.panel.span[1].year
    return max(told)


def _drawn(sigma: float | None, draws: int, seed: int) -> dict[str, Any]:
    """How a change is drawn: the elasticity and its range, which is itself where it is given, draws and seed."""
    from quadrille.economy.change import SIGMA, SIGMA_RANGE

    if sigma is not None and not 1.0 < sigma < 100.0:
        raise OptionError(f"sigma is {sigma:g}; it must be more than 1 and less than 100")
    middle, span = (SIGMA, SIGMA_RANGE) if sigma is None else (sigma, (sigma, sigma))
    return {"sigma": middle, "sigma_range": span, "draws": draws, "seed": seed}


@question
def trade_potential(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    source: Source = None,
    **where: Unpack[Where],
) -> Potential:
    """How much two states trade against what is to be expected."""
    from quadrille.economy.potential import potential

    world = open_world(data, **where)
    first, second = world.states((a, b))
    return potential(_panel(world, source), first, second)


@question
def trade_agreement(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    phase_in: Annotated[
        int, Range(0, 30), "Years over which it comes into force, in equal steps."
    ] = 0,
    effect: Annotated[
        float | None,
        "What an agreement adds to the log of trade between its members. Default: estimated from the data.",
    ] = None,
    year: Year = None,
    sigma: Sigma = None,
    source: Source = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Agreement:
    """What a free-trade agreement of two states would change."""
    from quadrille.economy.change import Effect, agreement
    from quadrille.economy.world import trade_world

    world = open_world(data, **where)
    first, second = world.states((a, b))
    how = _drawn(sigma, draws, seed)
    panel = _panel(world, source)
    start = trade_world(panel, year)
    start.places((first, second))
    if effect is None:
        from quadrille.economy.gravity import agreement_effect

        known = agreement_effect(panel)
    else:
        known = Effect(effect)
    return agreement(start, first, second, known, phase_in=phase_in, **how)


@question
def trade_corridor(
    states: StateNames,
    data: Data = None,
    *,
    cut: Annotated[
        float, "Share by which the cost of trade among them falls, 0.1 for a tenth."
    ] = 0.1,
    year: Year = None,
    sigma: Sigma = None,
    source: Source = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Corridor:
    """What cheaper routes among some states would change."""
    from quadrille.economy.change import corridor
    from quadrille.economy.world import trade_world

    if not 0.0 < cut < 1.0:
        raise OptionError(f"cut is {cut:g}; it must be more than 0 and less than 1")
    world = open_world(data, **where)
    codes = tuple(world.states(states))
    if len(codes) < 2:
        raise OptionError("states: a corridor joins two states or more; name another")
    how = _drawn(sigma, draws, seed)
    return corridor(trade_world(_panel(world, source), year), codes, cut, **how)


@question
def trade_embargo(
    target: StateName,
    data: Data = None,
    *,
    by: Annotated[
        Sequence[str], "State that ends its trade with the target, either way; may be given again."
    ],
    year: Year = None,
    sigma: Sigma = None,
    source: Source = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Embargo:
    """What an end of trade with one state would change."""
    from quadrille.economy.change import embargo
    from quadrille.economy.world import trade_world

    world = open_world(data, **where)
    against, *others = world.states((target, *by))
    how = _drawn(sigma, draws, seed)
    return embargo(trade_world(_panel(world, source), year), against, tuple(others), **how)


@question
def trade_openings(
    state: Annotated[str, "The state that could sell: name, ISO3, COW code, adjective."],
    market: Annotated[str, "The market that is cut off."],
    data: Data = None,
    *,
    products: Annotated[
        str | Path,
        "Trade by product: a file of CEPII's BACI, or a folder of them, with the lists of a release beside them.",
    ],
    cut: Annotated[int, Range(1962, 2200), "First year in which the market is cut off."],
    by: Annotated[
        Sequence[str],
        "State that no longer sells to it; may be given again. Default: all others together.",
    ] = (),
    window: Annotated[int, Range(1, 20), "Years pooled before the cut, and from it on."] = 3,
    drop: Annotated[float, "Share of a line's value that is lost at least."] = 0.5,
    digits: Annotated[Literal["2", "4", "6"], "Of a line: 2 (chapters), 4 (headings) or 6."] = "6",
    **where: Unpack[Where],
) -> Openings:
    """Lines that a market lost and that another state exports well.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError
        NoDataError where the files lack the years or the states.
    """
    from quadrille.economy.openings import openings_of
    from quadrille.sources.layers.products import read_products

    if not 0.0 <= drop <= 1.0:
        raise OptionError(f"drop is {drop:g}; it is a share, from 0 to 1")
    world = open_world(data, **where)
    one, other, *gone = world.states((state, market, *by))
    years = range(cut - window, cut + window)
    found = read_products(products, (one, other), years, int(digits))
    return openings_of(found, one, other, tuple(gone), cut, window, drop)


@question
def trade_warmth(
    data: Annotated[Data, "An index of ties. Default: the one that came with the package."] = None,
    *,
    source: Source = None,
    **where: Unpack[Where],
) -> Warmth:
    """Whether warmth moves trade, and trade moves warmth."""
    from quadrille.economy.warmth import warmth_of_trade
    from quadrille.index.shipped import read_index

    asked = open_world("index" if data is None else data, **where)
    panel = _panel(asked, source)
    held = asked.of_ties().source
    return warmth_of_trade(panel, read_index(held.files[0] if held.files else None))


@question
def economics(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Economics:
    """Economics of a tie: what data show, what a model implies."""
    from quadrille.economy.section import economics_of

    world = open_world(data, **where).about(a, b)
    first, second = world.states((a, b))
    return economics_of(world.layers, first, second, _last_year(world), draws=draws, seed=seed)


@question
def arms(
    state: StateName,
    data: Data = None,
    *,
    supplier: Annotated[
        str | None, "A supplier to follow: name, ISO3, COW code, adjective."
    ] = None,
    window: Annotated[int, Range(2, 50), "Years pooled."] = 5,
    **where: Unpack[Where],
) -> Arms:
    """Who arms a state, how concentrated that is, and when it moved."""
    from quadrille.economy.arms import arms_of

    world = open_world(data, **where)
    code, *asked = world.states((state, supplier) if supplier else (state,))
    return arms_of(world.layers, code, window, asked[0] if asked else "")
