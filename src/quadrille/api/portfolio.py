"""Portfolio, balancing act, bond and durability from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from quadrille.api.data import Data, as_kind, load, panel_of, states_of, table_of
from quadrille.api.relations import relations
from quadrille.brief.figures_portfolio import (
    balance_figure,
    bond_figure,
    durability_figure,
    portfolio_figure,
)
from quadrille.errors import OptionError
from quadrille.lake.catalogue import existing_lake
from quadrille.lake.contents import lake_layers
from quadrille.measure.model import measure, relation_of
from quadrille.measure.result import Measurement
from quadrille.panel.build import Panel
from quadrille.panel.directed import directed
from quadrille.panel.domains import domain_counts
from quadrille.panel.facets import facet
from quadrille.readings.balance import Balance, pivots_between, pivots_of_the_world
from quadrille.readings.balance import balance_of as read_balance
from quadrille.readings.bond import Bond
from quadrille.readings.bond import bond_of as read_bond
from quadrille.readings.durability import Durability
from quadrille.readings.durability import durability_of as read_durability
from quadrille.readings.portfolio import Portfolio, repeat_scale
from quadrille.readings.portfolio import portfolio_of as read_portfolio
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.layer import Layer
from quadrille.sources.table import Table

__all__ = [
    "BalanceReading",
    "BondReading",
    "DurabilityReading",
    "Layers",
    "PortfolioReading",
    "balance",
    "bond",
    "durability",
    "layers_of",
    "portfolio",
]

Layers: TypeAlias = Mapping[str, Layer] | Sequence[str | Path] | None


@dataclass(frozen=True, slots=True)
class PortfolioReading(Portfolio):
    """A portfolio that can draw itself; fields as in `quadrille.readings.portfolio.Portfolio`."""

    def plot(self) -> Any:
        """An Altair chart: effective partners over time, shares in the last period."""
        return portfolio_figure(self)


@dataclass(frozen=True, slots=True)
class BalanceReading(Balance):
    """A balance that can draw itself; fields as in `quadrille.readings.balance.Balance`.

    Attributes
    ----------
    ranking : polars.DataFrame
        Every third state between the two rivals, see `quadrille.readings.balance.pivots_between`.
    world : polars.DataFrame
        Pivots of the world, see `quadrille.readings.balance.pivots_of_the_world`.
    """

    ranking: pl.DataFrame
    world: pl.DataFrame

    def plot(self) -> Any:
        """An Altair chart: tilt over time, responses, frontier."""
        return balance_figure(self)


@dataclass(frozen=True, slots=True)
class BondReading(Bond):
    """A bond that can draw itself; fields as in `quadrille.readings.bond.Bond`."""

    def plot(self) -> Any:
        """An Altair chart: parts, shared adversaries, domains."""
        return bond_figure(self)


@dataclass(frozen=True, slots=True)
class DurabilityReading(Durability):
    """A durability that can draw itself; fields as in `quadrille.readings.durability.Durability`."""

    def plot(self) -> Any:
        """An Altair chart: hazard ratios, survival of the thaw."""
        return durability_figure(self)


def layers_of(layers: Layers) -> dict[str, Layer]:
    """Layers by name: from files, as given, or, with None, those of the lake if there is one.

    Raises
    ------
    FileFormatError
        A file is no structural data known to us.
    OptionError
        Two files hold the same layer.
    """
    if layers is None:
        lake = existing_lake()
        return lake_layers(lake) if lake else {}
    if isinstance(layers, Mapping):
        return dict(layers)
    found: dict[str, Layer] = {}
    for path in layers:
        for layer in read_layers(path):
            if layer.name in found:
                raise OptionError(f"{path}: holds {layer.name} again; give each layer once")
            found[layer.name] = layer
    return found


def _own(panel: Panel, state: str) -> Measurement:
    """The dyads of one state, measured among themselves."""
    obs = facet(panel, "cordiality")
    mine = (pl.col("state_a") == state) | (pl.col("state_b") == state)
    return measure(replace(obs, data=obs.data.filter(mine)))


def portfolio(
    state: str,
    data: Data = None,
    *,
    window: int | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> PortfolioReading:
    """How a state's cooperation is spread over partners and domains.

    Parameters
    ----------
    state : str
        Anything `quadrille.states.find` resolves.
    data, frequency, since, until, draws, seed
        As in `quadrille.relation`.
    window : int, optional
        Periods pooled; a year of counted events, ten years of hand-coded acts by default.

    Examples
    --------
    >>> made = portfolio("Pakistan")
    >>> made.partner_table()["partner"][0]
    'RUS'
    """
    (code,) = states_of((state,), since, until)
    found = load(data)
    table = table_of(found, since, until, (code,))
    panel = panel_of(found, frequency, since, until)
    counted = (
        panel.kind == "counts" and panel.cells["verbal_coop"].null_count() < panel.cells.height
    )
    scale = 1.0
    known = panel.cells.filter((pl.col("state_a") == code) | (pl.col("state_b") == code))
    if counted and not known.is_empty():
        scale = repeat_scale(_own(panel, code), code)
    counts = domain_counts(table, panel)
    made: PortfolioReading = as_kind(
        PortfolioReading,
        read_portfolio(
            panel, code, scale=scale, domains=counts, window=window, draws=draws, seed=seed
        ),
    )
    return made


def _measured(
    data: Data,
    frequency: str | None,
    since: date | None,
    until: date | None,
    states: Sequence[str] = (),
) -> tuple[Table, Measurement]:
    found = load(data)
    table = table_of(found, since, until, states)
    return table, relations(found, "cordiality", frequency, since, until)


def balance(
    pivot: str,
    x: str,
    y: str,
    data: Data = None,
    *,
    within: int | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> BalanceReading:
    """A pivot between two rivals.

    Parameters
    ----------
    pivot, x, y : str
        States.
    within : int, optional
        Periods in which a protest follows a move: 6 months for events, 1 period for counts.
    data, frequency, since, until, draws, seed
        As in `quadrille.relation`.

    Examples
    --------
    >>> made = balance("RUS", "IND", "PAK")
    >>> made.to_polars().columns[3]
    'tilt'
    """
    p, one, two = states_of((pivot, x, y), since, until)
    table, m = _measured(data, frequency, since, until, (p,))
    read = read_balance(
        relation_of(m, p, one, draws, seed), relation_of(m, p, two, draws, seed),
        None if table.kind == "scores" else directed(table),
        within=within, seed=seed,
    )  # fmt: skip
    made: BalanceReading = as_kind(
        BalanceReading, read, ranking=pivots_between(m, one, two), world=pivots_of_the_world(m)
    )
    return made


def bond(
    a: str,
    b: str,
    data: Data = None,
    layers: Layers = None,
    *,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> BondReading:
    """What a tie rests on in the last period of the data.

    Parameters
    ----------
    a, b : str
        States.
    layers : sequence of paths, or mapping of str to Layer, optional
        Structural data: UN votes, shared organisations, alliances, trade.
    data, frequency, since, until, draws, seed
        As in `quadrille.relation`.

    Examples
    --------
    >>> bond("PAK", "RUS").adversaries["state"][0]
    'USA'
    """
    first, second = states_of((a, b), since, until)
    table, m = _measured(data, frequency, since, until, (first, second))
    panel = m.observations.panel
    made: BondReading = as_kind(
        BondReading,
        read_bond(
            m, first, second, layers_of(layers), domains=domain_counts(table, panel),
            draws=draws, seed=seed,
        ),
    )  # fmt: skip
    return made


def durability(
    a: str,
    b: str,
    data: Data = None,
    layers: Layers = None,
    *,
    horizon: int | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    seed: int = 1,
) -> DurabilityReading:
    """How long thaws last, over every thaw of the data, and what that says of A-B's.

    Parameters
    ----------
    a, b : str
        States.
    layers
        As in `bond`; and rivalries, capabilities.
    horizon : int, optional
        Periods ahead.
    data, frequency, since, until, seed
        As in `quadrille.relation`.
    """
    first, second = states_of((a, b), since, until)
    table, m = _measured(data, frequency, since, until)
    made: DurabilityReading = as_kind(
        DurabilityReading,
        read_durability(
            m, first, second, layers_of(layers),
            domains=domain_counts(table, m.observations.panel), horizon=horizon, seed=seed,
        ),
    )  # fmt: skip
    return made
