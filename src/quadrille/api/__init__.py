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
from quadrille.api.relations import relations
from quadrille.api.whatif import ReferenceClass, WhatIf, analogues, whatif

__all__ = [
    "BalanceReading",
    "BondReading",
    "Data",
    "DurabilityReading",
    "PortfolioReading",
    "ReferenceClass",
    "TrackRecord",
    "WhatIf",
    "analogues",
    "backtest",
    "balance",
    "bond",
    "connectedness",
    "couple",
    "durability",
    "load",
    "load_coupled",
    "panel_of",
    "pivot",
    "pivot_over_time",
    "portfolio",
    "relations",
    "responses",
    "states_of",
    "whatif",
]
