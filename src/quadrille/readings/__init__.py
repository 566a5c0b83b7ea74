"""Reading the dance: what an analyst says in words, as a measured reading."""

from quadrille.readings.balance import Balance, balance
from quadrille.readings.bond import Bond, bond
from quadrille.readings.dance import Dance, dance
from quadrille.readings.durability import Durability, durability, thaws
from quadrille.readings.episodes import Episode, EpisodeRules, Episodes, carriers, episodes
from quadrille.readings.moves import event_moves, period_moves
from quadrille.readings.portfolio import Portfolio, portfolio
from quadrille.readings.regimes import TieRegimes, regimes
from quadrille.readings.synchrony import Coincidence, Synchrony, synchrony
from quadrille.readings.triangle import TYPES, Triangle, transitions, triangle
from quadrille.readings.world import World, scan_triads

__all__ = [
    "TYPES",
    "Balance",
    "Bond",
    "Coincidence",
    "Dance",
    "Durability",
    "Episode",
    "EpisodeRules",
    "Episodes",
    "Portfolio",
    "Synchrony",
    "TieRegimes",
    "Triangle",
    "World",
    "balance",
    "bond",
    "carriers",
    "dance",
    "durability",
    "episodes",
    "event_moves",
    "period_moves",
    "portfolio",
    "regimes",
    "scan_triads",
    "synchrony",
    "thaws",
    "transitions",
    "triangle",
]
