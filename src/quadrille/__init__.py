"""Quadrille: measure, explain and forecast how the relations among states move together.

>>> import quadrille
>>> tie = quadrille.relation("PAK", "RUS")
>>> tie.to_polars().columns[0]
'period'
"""

from quadrille.api import (
    Relation,
    TrackRecord,
    TriangleReading,
    analogues,
    backtest,
    connectedness,
    couple,
    dance,
    episodes,
    load,
    make_brief,
    pivot,
    relation,
    relations,
    synchrony,
    triads,
    triangle,
    whatif,
)
from quadrille.brief import Brief
from quadrille.coupling import CoupleConfig, Coupled
from quadrille.errors import InputError, QuadrilleError
from quadrille.measure import Diagnostics, Measurement, Tie
from quadrille.panel import Observations, Panel
from quadrille.sources import Table
from quadrille.states import State, find

__all__ = [
    "Brief",
    "CoupleConfig",
    "Coupled",
    "Diagnostics",
    "InputError",
    "Measurement",
    "Observations",
    "Panel",
    "QuadrilleError",
    "Relation",
    "State",
    "Table",
    "Tie",
    "TrackRecord",
    "TriangleReading",
    "analogues",
    "backtest",
    "connectedness",
    "couple",
    "dance",
    "episodes",
    "find",
    "load",
    "make_brief",
    "pivot",
    "relation",
    "relations",
    "synchrony",
    "triads",
    "triangle",
    "whatif",
]
