"""What a brief asks besides its ties: a small function for each section, in the order of the page.

A function is given what the brief knows and names the readings to ask; one that the data cannot give is left out and
its reason kept. A new section is a function here, its line in `SECTIONS`, and a function of `quadrille.views.brief`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from quadrille.measure.world import World
from quadrille.questions.one_state import balance_by_itself, portfolio
from quadrille.questions.one_tie import bond, episodes
from quadrille.questions.several_ties import dance, synchrony, triangle
from quadrille.questions.shared import known
from quadrille.questions.trade import economics
from quadrille.verdicts import SURE

if TYPE_CHECKING:
    from quadrille.claims.file import Claims
    from quadrille.measure.result import Relation

__all__ = ["BESIDE", "FIRST", "SECTIONS", "Ask", "Asked", "Four", "Section"]

Four: TypeAlias = tuple[str, str, str | None, str | None]

_SHOCKS = ("jumps by 2 sd", "falls by 2 sd")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a brief knows when its sections are asked.

    Attributes
    ----------
    world : World
    states : (str, str, str or None, str or None)
        A, B, pivot, rival.
    there : mapping of frozenset of str to Relation
        The ties among them that the data hold.
    tie : Relation
        A-B.
    claims : Claims, optional
        A file of claims.
    draws, seed : int
    """

    world: World
    states: Four
    there: Mapping[frozenset[str], Relation]
    tie: Relation
    claims: Claims | None
    draws: int
    seed: int

    def tied(self, *pairs: tuple[str, str]) -> bool:
        """Whether the data hold these ties."""
        return all(frozenset(p) in self.there for p in pairs)

    def warm(self, x: str, y: str) -> float:
        """P(warm) of a tie in its last period."""
        tie = self.there[frozenset((x, y))]
        return float((tie.draws[:, -1] > tie.neutral).mean())

    @property
    def coded(self) -> bool:
        """Whether what the first state did is known from acts that people chose and coded."""
        return known(lambda: self.world.acts_of(self.states[0]).panel.kind) == "acts"

    @property
    def present(self) -> list[str]:
        """The states with a tie."""
        return [s for s in self.states if s and any(s in pair for pair in self.there)]


Ask: TypeAlias = Callable[[], Any]
Section: TypeAlias = Callable[[Asked], Iterator[Ask]]


def _outlook(q: Asked) -> Iterator[Ask]:
    from quadrille.readings.outlook import outlook_of

    yield partial(outlook_of, q.tie)


def _whatif(q: Asked) -> Iterator[Ask]:
    """The tie if that with the pivot rose, and if it fell, by one model of the three."""
    from quadrille.foresight.conditions import MONTHS, parse
    from quadrille.foresight.scenario import scenario_of
    from quadrille.questions.coupled import config_of, estimate
    from quadrille.readings.outlook import AHEAD

    a, b, pivot, _ = q.states
    months = MONTHS.get(q.tie.frequency, 0) * AHEAD[q.tie.frequency]
    if pivot is None or not months or not q.tied((a, pivot), (b, pivot)):
        return
    three = (a, b, pivot)

    @cache
    def model() -> Any:
        return estimate(q.world, three, None, config_of(True, 1, q.seed), None)

    def ask(phrase: str) -> Any:
        return scenario_of(
            model(), a, b, [parse(f"{a}-{pivot} {phrase}")], months, ("see",), seed=q.seed
        )

    for phrase in _SHOCKS:
        yield partial(ask, phrase)


def _record(q: Asked) -> Iterator[Ask]:
    """How often forecasts such as the outlook were right, on the ties of the brief."""
    from quadrille.foresight.backtest import backtest_of
    from quadrille.foresight.record import BacktestOptions
    from quadrille.foresight.series import to_series
    from quadrille.readings.outlook import AHEAD

    def ask() -> Any:
        panel = q.world.panel
        own = panel.among(q.present) if panel.kind == "index" else panel
        series = to_series(own, "cordiality").among(tuple(q.present))
        return backtest_of(
            series, ("last", "mean", "measurement"), BacktestOptions(AHEAD[q.tie.frequency])
        )

    yield ask


def _pivot(q: Asked) -> Iterator[Ask]:
    """Whether turns follow those of the pivot's tie."""
    a, b, pivot, _ = q.states
    if pivot is not None and q.tied((a, pivot)):
        yield partial(synchrony, a, b, q.world, with_=(a, pivot), draws=q.draws, seed=q.seed)


def _claims(q: Asked) -> Iterator[Ask]:
    """The claims of a file that are on this tie, and what is wrong in the file."""
    if q.claims is None:
        return
    from quadrille.claims.ask import check_of
    from quadrille.claims.bench import Bench

    found, tie = q.claims, {*q.states[:2]}
    own = found.only([c.id for c in found.claims if any({*pair} == tie for pair in c.ties)])
    yield lambda: check_of(own, Bench(found.text.source, World(None), True, q.seed))


def _portfolio(q: Asked) -> Iterator[Ask]:
    """Of counted events: shares of acts that people chose and coded measure the record."""
    if not q.coded:
        yield partial(portfolio, q.states[0], q.world, draws=q.draws, seed=q.seed)


def _balance(q: Asked) -> Iterator[Ask]:
    """The one of the two that the rival is less cold to, between the other and the rival; and the pivot between the two."""
    a, b, pivot, rival = q.states
    threes = []
    if rival is not None and q.tied((a, rival), (b, rival)):
        p, x = (a, b) if q.warm(a, rival) > q.warm(b, rival) else (b, a)
        threes.append((p, x, rival))
    if pivot is not None and q.tied((pivot, a), (pivot, b)):
        threes.append((pivot, a, b))
    for p, x, y in threes:
        yield partial(balance_by_itself, q.world, p, x, y, None, q.draws, q.seed)


def _bond(q: Asked) -> Iterator[Ask]:
    """Of a tie that is warm: a cold one rests on nothing."""
    a, b = q.states[:2]
    if q.warm(a, b) >= SURE:
        yield partial(bond, a, b, q.world, draws=q.draws, seed=q.seed)


def _economics(q: Asked) -> Iterator[Ask]:
    """Trade and arms of the tie: what data show, what a model implies, what is unknown."""
    yield partial(economics, *q.states[:2], q.world, draws=q.draws, seed=q.seed)


def _episodes(q: Asked) -> Iterator[Ask]:
    a, b = q.states[:2]
    yield partial(episodes, a, b, q.world, draws=q.draws, seed=q.seed)


def _witnesses(q: Asked) -> Iterator[Ask]:
    """Of an index, who carries the level."""
    from quadrille.readings.compare import comparison_of

    if q.world.panel.kind == "index":
        yield partial(comparison_of, q.world, *q.states[:2], None)


def _triangles(q: Asked) -> Iterator[Ask]:
    for x, y, z in combinations(q.present, 3):
        if q.tied((x, y), (x, z), (y, z)):
            yield partial(triangle, x, y, z, q.world, draws=q.draws, seed=q.seed)


def _dance(q: Asked) -> Iterator[Ask]:
    if len(q.there) >= 3 and len(q.present) > 3:
        yield partial(dance, q.present, q.world, draws=q.draws, seed=q.seed)


SECTIONS: tuple[Section, ...] = (
    _outlook, _whatif, _record, _pivot, _claims, _portfolio, _balance, _bond, _economics, _episodes, _triangles, _dance, _witnesses,
)  # fmt: skip
# Long, and compiled: these are answered in a thread of their own while the others are.
BESIDE: tuple[Section, ...] = (_whatif,)
# What the first page alone is made from.
FIRST: tuple[Section, ...] = (_outlook, _pivot, _episodes, _witnesses)
