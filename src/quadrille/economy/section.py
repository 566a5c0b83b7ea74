"""The economics of one tie: what data show, what the model implies, and what is unknown, kept apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import ClassVar, TypeVar

import polars as pl

from quadrille.economy.arms import Arms, arms_of
from quadrille.economy.change import Agreement, Effect, agreement
from quadrille.economy.dependence import Dependence, dependence_of
from quadrille.economy.gravity import agreement_effect
from quadrille.economy.panel import TradePanel, trade_panel
from quadrille.economy.potential import Potential, potential
from quadrille.economy.warmth import Warmth, shipped_warmth
from quadrille.economy.world import trade_world
from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.results import Result
from quadrille.sources.layers.layer import Layer

__all__ = ["Economics", "economics_of"]

T = TypeVar("T")
# Years of the pair compared with the gravity equation; years and step from which agreements are estimated.
_LATELY, _BACK, _STEP = 3, 20, 4


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Economics(Result):
    """What can be said of a tie's economics.

    Attributes
    ----------
    state_a, state_b : str
    year : int
        Read up to it.
    origin : str
        Of the trade; empty: no layer holds trade of the two.
    trade_until : int or None
        Last year of trade in the layers; None: they hold none between states.
    potential : Potential or None
        Trade against what is to be expected, in the last years.
    arms : tuple of Arms
        Of the two, where known.
    dependence : tuple of Dependence
        Of the two.
    agreement : Agreement or None
        What a free-trade agreement would change.
    warmth : Warmth
        Whether trade and warmth move each other, as estimated from what ships.
    missing : tuple of str
        Why the rest is not known.
    citations : tuple of str
        Of the trade and the arms.
    """

    kind: ClassVar[str] = "economics"

    state_a: str
    state_b: str
    year: int
    origin: str
    trade_until: int | None
    potential: Potential | None
    arms: tuple[Arms, ...]
    dependence: tuple[Dependence, ...]
    agreement: Agreement | None
    warmth: Warmth
    missing: tuple[str, ...]
    citations: tuple[str, ...]
    frequency: str = "Y"

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def periods(self) -> tuple[date, ...]:
        """Years of the trade shown, else the year asked for."""
        return self.potential.periods if self.potential else (date(self.year, 1, 1),)

    def to_polars(self) -> pl.DataFrame:
        """The two's trade, as `Potential.to_polars`; without it nothing. Of arms see `quadrille.arms`."""
        return self.potential.to_polars() if self.potential else pl.DataFrame()


def economics_of(
    layers: Mapping[str, Layer], a: str, b: str, year: int, *, draws: int = 1000, seed: int = 1
) -> Economics:
    """Everything that the layers tell of the economics of two states.

    Parameters
    ----------
    layers : mapping of str to Layer
    a, b : str
        ISO3.
    year : int
        Trade and arms up to it count.
    draws, seed : int
        Of the agreement's bands.
    """
    missing: list[str] = []
    panel = _tried(lambda: _lately(layers, year), missing)
    seen = _tried(lambda: potential(_years(panel, a, b), a, b), missing) if panel else None
    made = _tried(lambda: _agreed(panel, a, b, draws, seed), missing) if panel and seen else None
    armed = [_tried(partial(arms_of, layers, s), []) for s in (a, b)]
    until = int(panel.data["year"].to_numpy().max()) if panel else None
    leans = tuple(dependence_of(layers, s, year) for s in (a, b))
    return Economics(
        a, b, year, panel.origin if panel and seen else "", until, seen, tuple(x for x in armed if x),
        leans, made, shipped_warmth(), tuple(dict.fromkeys(missing)),
        tuple(dict.fromkeys((*(panel.citations if panel and seen else ()), *(r.citation for d in leans for r in d.parts)))),
    )  # fmt: skip


def _tried(ask: Callable[[], T], missing: list[str]) -> T | None:
    """The answer, or None and a line that says why there is none."""
    try:
        return ask()
    except (NoDataError, OptionError, NotConvergedError) as why:
        missing.append(str(why))
        return None


def _lately(layers: Mapping[str, Layer], year: int) -> TradePanel:
    whole = trade_panel(layers)
    years = [int(y) for y in whole.data["year"].unique().sort() if y <= year]
    return trade_panel(layers, years=years)


def _years(panel: TradePanel, a: str, b: str) -> TradePanel:
    """The last years in which the two have a row; all, where they have none, so that the reason is told."""
    pair = panel.data.filter(pl.col("exporter").is_in((a, b)), pl.col("importer").is_in((a, b)))
    some = (
        pair.filter(pl.col("exporter") != pl.col("importer"))["year"].unique().sort().tail(_LATELY)
    )
    if some.is_empty():
        return panel
    return TradePanel(
        panel.data.filter(pl.col("year").is_in(some.implode())), panel.dropped, panel.origin, panel.citations
    )  # fmt: skip


def _agreed(panel: TradePanel, a: str, b: str, draws: int, seed: int) -> Agreement:
    """An agreement of the two in the last world that can be solved, its effect from the twenty years before."""
    world = trade_world(panel)
    world.places((a, b))
    years = list(range(world.year, world.year - _BACK - 1, -_STEP))
    recent = TradePanel(
        panel.data.filter(pl.col("year").is_in(years)), panel.dropped, panel.origin, panel.citations
    )  # fmt: skip
    effect: Effect = agreement_effect(recent)
    return agreement(world, a, b, effect, draws=draws, seed=seed)
