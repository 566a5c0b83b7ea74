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
    from quadrille.coupling.result import Coupled as Coupled
    from quadrille.errors import InputError as InputError
    from quadrille.errors import QuadrilleError as QuadrilleError
    from quadrille.foresight.conditions import Condition as Condition
    from quadrille.measure.result import Measurement as Measurement
    from quadrille.measure.result import Relation as Relation
    from quadrille.measure.world import World as World
    from quadrille.measure.world import open as open
    from quadrille.panel.build import Panel as Panel
    from quadrille.questions.ahead import *
    from quadrille.questions.brief import *
    from quadrille.questions.claims import *
    from quadrille.questions.coupled import *
    from quadrille.questions.one_state import *
    from quadrille.questions.one_tie import *
    from quadrille.questions.several_ties import *
    from quadrille.questions.trade import *
    from quadrille.sources.table import Table as Table
    from quadrille.states.registry import State as State
    from quadrille.states.registry import find as find

__all__ = sorted([*_public.NAMES, *(q.name for q in _public.QUESTIONS)])


def __getattr__(name: str) -> Any:
    return _public.load(name)


def __dir__() -> list[str]:
    return __all__
