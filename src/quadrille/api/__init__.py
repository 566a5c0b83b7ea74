"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.data import Data, load, panel_of, states_of
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
    "TriangleReading",
    "load",
    "make_brief",
    "panel_of",
    "relation",
    "relations",
    "states_of",
    "triangle",
]
