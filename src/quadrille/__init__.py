"""Quadrille: measure, explain and forecast how the relations among states move together.

>>> import quadrille
>>> tie = quadrille.relation("PAK", "RUS")
>>> tie.to_polars().columns[0]
'period'
"""

from __future__ import annotations

from importlib import import_module

# Public name → module that holds it; loaded when first used, so that importing the package is quick.
_HOLDS = {
    "Brief": "brief.compose",
    "CoupleConfig": "coupling.model",
    "Coupled": "coupling.result",
    "Diagnostics": "measure.result",
    "InputError": "errors",
    "Measurement": "measure.result",
    "Observations": "panel.facets",
    "Panel": "panel.build",
    "QuadrilleError": "errors",
    "Relation": "api.relations",
    "State": "states.registry",
    "Table": "sources.table",
    "Tie": "measure.result",
    "TrackRecord": "api.backtest",
    "TriangleReading": "api.relations",
    "analogues": "api.whatif",
    "backtest": "api.backtest",
    "connectedness": "api.coupling",
    "couple": "api.coupling",
    "dance": "api.episodes",
    "episodes": "api.episodes",
    "find": "states.registry",
    "load": "api.data",
    "make_brief": "api.relations",
    "pivot": "api.coupling",
    "relation": "api.relations",
    "relations": "api.relations",
    "synchrony": "api.episodes",
    "triads": "api.episodes",
    "triangle": "api.relations",
    "whatif": "api.whatif",
}

__all__ = list(_HOLDS)


def __getattr__(name: str) -> object:
    if name not in _HOLDS:
        raise AttributeError(f"module 'quadrille' has no attribute {name!r}")
    return getattr(import_module(f"quadrille.{_HOLDS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
