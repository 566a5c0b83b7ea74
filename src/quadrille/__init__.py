"""Quadrille: measure, explain and forecast how the relations among states move together.

>>> import quadrille
>>> tie = quadrille.relation("PAK", "RUS")
>>> tie.to_polars().columns[0]
'period'

Names are loaded when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quadrille import public as _public

if TYPE_CHECKING:
    from quadrille.coupling.model import couple as couple
    from quadrille.coupling.pivot import pivot as pivot
    from quadrille.coupling.pivot import rolling_pivot as rolling_pivot
    from quadrille.coupling.responses import connectedness as connectedness
    from quadrille.coupling.responses import responses as responses
    from quadrille.coupling.result import Coupled as Coupled
    from quadrille.errors import InputError as InputError
    from quadrille.errors import QuadrilleError as QuadrilleError
    from quadrille.foresight.analogues import analogues as analogues
    from quadrille.foresight.backtest import backtest as backtest
    from quadrille.foresight.conditions import Condition as Condition
    from quadrille.foresight.scenario import whatif as whatif
    from quadrille.measure.result import Measurement as Measurement
    from quadrille.measure.result import Relation as Relation
    from quadrille.measure.world import World as World
    from quadrille.measure.world import open as open
    from quadrille.panel.build import Panel as Panel
    from quadrille.readings.balance import balance as balance
    from quadrille.readings.bond import bond as bond
    from quadrille.readings.dance import dance as dance
    from quadrille.readings.durability import durability as durability
    from quadrille.readings.episodes import episodes as episodes
    from quadrille.readings.portfolio import portfolio as portfolio
    from quadrille.readings.relation import relation as relation
    from quadrille.readings.relation import relations as relations
    from quadrille.readings.synchrony import synchrony as synchrony
    from quadrille.readings.triads import triads as triads
    from quadrille.readings.triangle import triangle as triangle
    from quadrille.report.brief import brief as brief
    from quadrille.sources.table import Table as Table
    from quadrille.states.registry import State as State
    from quadrille.states.registry import find as find

__all__ = sorted([*_public.NAMES, *(q.name for q in _public.QUESTIONS)])


def __getattr__(name: str) -> Any:
    return _public.load(name)


def __dir__() -> list[str]:
    return __all__
