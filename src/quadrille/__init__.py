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
    from quadrille.questions.ahead import analogues as analogues
    from quadrille.questions.ahead import backtest as backtest
    from quadrille.questions.ahead import whatif as whatif
    from quadrille.questions.brief import brief as brief
    from quadrille.questions.claims import check as check
    from quadrille.questions.coupled import connectedness as connectedness
    from quadrille.questions.coupled import couple as couple
    from quadrille.questions.coupled import pivot as pivot
    from quadrille.questions.coupled import pivots as pivots
    from quadrille.questions.coupled import responses as responses
    from quadrille.questions.coupled import rolling_pivot as rolling_pivot
    from quadrille.questions.one_state import balance as balance
    from quadrille.questions.one_state import portfolio as portfolio
    from quadrille.questions.one_state import ties as ties
    from quadrille.questions.one_tie import bond as bond
    from quadrille.questions.one_tie import compare as compare
    from quadrille.questions.one_tie import durability as durability
    from quadrille.questions.one_tie import episodes as episodes
    from quadrille.questions.one_tie import events as events
    from quadrille.questions.one_tie import relation as relation
    from quadrille.questions.one_tie import relations as relations
    from quadrille.questions.several_ties import dance as dance
    from quadrille.questions.several_ties import network as network
    from quadrille.questions.several_ties import synchrony as synchrony
    from quadrille.questions.several_ties import triads as triads
    from quadrille.questions.several_ties import triangle as triangle
    from quadrille.questions.trade import arms as arms
    from quadrille.questions.trade import economics as economics
    from quadrille.questions.trade import trade_agreement as trade_agreement
    from quadrille.questions.trade import trade_corridor as trade_corridor
    from quadrille.questions.trade import trade_embargo as trade_embargo
    from quadrille.questions.trade import trade_openings as trade_openings
    from quadrille.questions.trade import trade_potential as trade_potential
    from quadrille.questions.trade import trade_warmth as trade_warmth
    from quadrille.sources.table import Table as Table
    from quadrille.states.registry import State as State
    from quadrille.states.registry import find as find

__all__ = sorted([*_public.NAMES, *(q.name for q in _public.QUESTIONS)])


def __getattr__(name: str) -> Any:
    return _public.load(name)


def __dir__() -> list[str]:
    return __all__
