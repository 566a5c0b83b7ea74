"""The same readings from Python: name the states, point at the data, get typed results."""

from quadrille.api.coupling import (
    connectedness,
    couple,
    load_coupled,
    pivot,
    pivot_over_time,
    responses,
)
from quadrille.api.data import Data, load, panel_of, states_of
from quadrille.api.relations import (
    Relation,
    TriangleReading,
    make_brief,
    relation,
    relations,
    triangle,
)
from quadrille.api.whatif import ReferenceClass, WhatIf, analogues, whatif

__all__ = [
    "Data",
    "ReferenceClass",
    "Relation",
    "TriangleReading",
    "WhatIf",
    "analogues",
    "connectedness",
    "couple",
    "load",
    "load_coupled",
    "make_brief",
    "panel_of",
    "pivot",
    "pivot_over_time",
    "relation",
    "relations",
    "responses",
    "states_of",
    "triangle",
    "whatif",
]
