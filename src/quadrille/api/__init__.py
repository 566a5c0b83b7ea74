"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.data import Data, load, states_of
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

__all__ = [
    "BalanceReading",
    "BondReading",
    "Data",
    "DurabilityReading",
    "PortfolioReading",
    "Relation",
    "TriangleReading",
    "balance",
    "bond",
    "durability",
    "load",
    "make_brief",
    "portfolio",
    "relation",
    "relations",
    "states_of",
    "triangle",
]
