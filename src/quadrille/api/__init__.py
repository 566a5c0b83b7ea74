"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.backtest import TrackRecord, backtest
from quadrille.api.coupling import (
    connectedness,
    couple,
    load_coupled,
    pivot,
    pivot_over_time,
    responses,
)
from quadrille.api.data import Data, load, panel_of, states_of
from quadrille.api.episodes import (
    DanceReading,
    EpisodesReading,
    WorldReading,
    dance,
    episodes,
    synchrony,
    triads,
)
from quadrille.api.portfolio import (
    BalanceReading,
    BondReading,
    DurabilityReading,
    PortfolioReading,
    balance,
    bond,
    durability,
    portfolio,
)
from quadrille.api.relations import (
    Relation,
    TriangleReading,
    make_brief,
    relation,
    relations,
    triangle,
)
from quadrille.api.whatif import ReferenceClass, WhatIf, analogues, whatif

__all__ = [
    "BalanceReading",
    "BondReading",
    "DanceReading",
    "Data",
    "DurabilityReading",
    "EpisodesReading",
    "PortfolioReading",
    "ReferenceClass",
    "Relation",
    "TrackRecord",
    "TriangleReading",
    "WhatIf",
    "WorldReading",
    "analogues",
    "backtest",
    "balance",
    "bond",
    "connectedness",
    "couple",
    "dance",
    "durability",
    "episodes",
    "load",
    "load_coupled",
    "make_brief",
    "panel_of",
    "pivot",
    "pivot_over_time",
    "portfolio",
    "relation",
    "relations",
    "responses",
    "states_of",
    "synchrony",
    "triads",
    "triangle",
    "whatif",
]
