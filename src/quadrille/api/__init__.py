"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.backtest import TrackRecord, backtest
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
from quadrille.api.whatif import ReferenceClass, analogues

__all__ = [
    "BalanceReading",
    "BondReading",
    "Data",
    "DurabilityReading",
    "PortfolioReading",
    "ReferenceClass",
    "TrackRecord",
    "analogues",
    "backtest",
    "balance",
    "bond",
    "durability",
    "load",
    "panel_of",
    "portfolio",
    "relations",
    "states_of",
]
