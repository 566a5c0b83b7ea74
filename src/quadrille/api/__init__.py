"""The same readings from Python: name the states, point at the data, get typed results."""

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
from quadrille.api.relations import (
    Relation,
    TriangleReading,
    make_brief,
    relation,
    relations,
    triangle,
)

__all__ = [
    "DanceReading",
    "Data",
    "EpisodesReading",
    "Relation",
    "TriangleReading",
    "WorldReading",
    "dance",
    "episodes",
    "load",
    "make_brief",
    "panel_of",
    "relation",
    "relations",
    "states_of",
    "synchrony",
    "triads",
    "triangle",
]
