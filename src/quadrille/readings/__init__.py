"""Reading the dance: what an analyst says in words, as a measured reading."""

from quadrille.readings.balance import Balance, balance
from quadrille.readings.bond import Bond, bond
from quadrille.readings.durability import Durability, durability, thaws
from quadrille.readings.moves import event_moves, period_moves
from quadrille.readings.portfolio import Portfolio, portfolio
from quadrille.readings.triangle import TYPES, Triangle, triangle

__all__ = [
    "TYPES",
    "Balance",
    "Bond",
    "Durability",
    "Portfolio",
    "Triangle",
    "balance",
    "bond",
    "durability",
    "event_moves",
    "period_moves",
    "portfolio",
    "thaws",
    "triangle",
]
