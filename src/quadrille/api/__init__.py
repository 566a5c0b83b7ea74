"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.backtest import TrackRecord, backtest
from quadrille.api.data import Data, load, states_of
from quadrille.api.relations import (
    Relation,
    TriangleReading,
    make_brief,
    relation,
    relations,
    triangle,
)

__all__ = [
    "Data",
    "Relation",
    "TrackRecord",
    "TriangleReading",
    "backtest",
    "load",
    "make_brief",
    "relation",
    "relations",
    "states_of",
    "triangle",
]
