"""Reading the dance: what an analyst says in words, as a measured reading."""

from quadrille.readings.dance import Dance, dance
from quadrille.readings.episodes import Episode, EpisodeRules, Episodes, carriers, episodes
from quadrille.readings.moves import event_moves, period_moves
from quadrille.readings.regimes import TieRegimes, regimes
from quadrille.readings.synchrony import Coincidence, Synchrony, synchrony
from quadrille.readings.triangle import TYPES, Triangle, transitions, triangle
from quadrille.readings.world import World, scan_triads

__all__ = [
    "TYPES",
    "Coincidence",
    "Dance",
    "Episode",
    "EpisodeRules",
    "Episodes",
    "Synchrony",
    "TieRegimes",
    "Triangle",
    "World",
    "carriers",
    "dance",
    "episodes",
    "event_moves",
    "period_moves",
    "regimes",
    "scan_triads",
    "synchrony",
    "transitions",
    "triangle",
]
