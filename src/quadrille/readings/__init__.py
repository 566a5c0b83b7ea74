"""Reading the dance: what an analyst says in words, as a measured reading."""

from quadrille.readings.moves import event_moves, period_moves
from quadrille.readings.triangle import TYPES, Triangle, triangle

__all__ = ["TYPES", "Triangle", "event_moves", "period_moves", "triangle"]
