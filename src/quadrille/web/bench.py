"""The bench: a scenario that is asked again while a slider moves.

What takes seconds, the model of three states, is estimated once and kept (`Model`). A position of the sliders is then a
forecast under conditions by the same function as `quadrille.whatif`, with fewer draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from quadrille.coupling.result import Coupled
from quadrille.foresight.conditions import MONTHS, Condition
from quadrille.foresight.outcome import Scenario, Way
from quadrille.foresight.scenario import Prepared, ask, prepare
from quadrille.panel.periods import period_name
from quadrille.views.forms import number, signed
from quadrille.views.names import tie_name
from quadrille.views.whatif import sentences
from quadrille.views.words import chance

__all__ = [
    "DRAWS",
    "HIGH",
    "WIDE",
    "Board",
    "Position",
    "answer_at",
    "board_of",
    "frame_of",
    "scenario_at",
]

DRAWS = 500
_PERIODS = {"Y": 10, "Q": 12, "M": 36}
_WAYS: tuple[Way, ...] = ("see", "do")
HEADINGS = {
    "see": "Seen: whatever brings it about",
    "do": "Done: by the moved ties' own shocks",
}
HEADS = ("reading", "when", "without", "with", "change", "P(warm) without", "with")
_SAID = {"see": "seen", "do": "done"}
WIDE, HIGH = 560, 220  # of the plotting area, in the units of the picture

Columns: TypeAlias = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the sliders stand.

    Attributes
    ----------
    level : float
        That the tie of A with the third state goes to, as it is shown.
    other : float or None
        The same of the tie of B with the third state; None: nothing is supposed of it.
    step : int
        Period, counted from 1 after the last one, from which the levels are held.
    """

    level: float
    other: float | None
    step: int


class _Still(NamedTuple):
    """Of a reading: its lines and bands without the conditions, and the cells of the table that the sliders do not move."""

    paths: Mapping[str, str]
    heads: Sequence[tuple[str, str, str]]
    warm: Sequence[str]


@dataclass(frozen=True, slots=True)
class Board:
    """What does not move with the sliders.

    Attributes
    ----------
    a, b, on : str
        ISO3: the tie A-B is asked about; A and B's ties with the third state are moved.
    ready : Prepared
        The model of the three ties, with what does not depend on where the sliders stand.
    low, high : float
        Ends of the sliders.
    now, other_now : float
        Where the two ties are.
    floor, top : float
        Ends of the picture's scale.
    steps : int
        Periods forecast.
    still : dict
        What of answers stays as it is while sliders move, by what is moved and how it is read.
    """

    a: str
    b: str
    on: str
    ready: Prepared
    low: float
    high: float
    now: float
    other_now: float
    floor: float
    top: float
    steps: int
    still: dict[tuple[bool, Way], _Still] = field(default_factory=dict, init=False, repr=False)

    @property
    def model(self) -> Coupled:
        """The model of the three ties."""
        return self.ready.model

    @property
    def pace(self) -> float:
        """Length of a slider's step."""
        return 0.1 if self.model.unit.bounds is None else 0.05

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods forecast."""
        each = MONTHS[self.model.frequency]
        start = self.model.periods[-1]
        first = start.year * 12 + start.month - 1
        made = []
        for k in range(1, self.steps + 1):
            year, month = divmod(first + each * k, 12)
            made.append(
                period_name(start.replace(year=year, month=month + 1), self.model.frequency)
            )
        return tuple(made)

    def label(self, state: str) -> str:
        """``Pakistan–United States``: the tie of a state with the third one."""
        return tie_name(f"{state}-{self.on}")

    def nearest(self, level: float) -> float:
        """A level at a position of the slider."""
        at = round(level / self.pace) * self.pace
        return round(min(max(at, self.low), self.high), 2) + 0.0

    def position(self, level: float | None, other: float | None, step: float) -> Position:
        """The nearest position that the sliders have; without a level the first tie stays where it is."""
        return Position(
            self.nearest(self.now if level is None else level),
            None if other is None else self.nearest(other),
            min(max(int(step), 1), self.steps),
        )


def _last(model: Coupled, a: str, b: str) -> float:
    x = model.stacked(DRAWS).x[:, model.index(a, b), -1]
    return float(model.unit.shown(float(np.median(x))))


def _ends(model: Coupled) -> tuple[float, float]:
    """Ends of the sliders: the unit's, or a little more than any of the ties was at."""
    if model.unit.bounds is not None:
        return tuple(round(0.95 * v, 2) for v in model.unit.bounds)  # type: ignore[return-value]
    x = np.median(model.stacked(DRAWS).x, axis=0)
    far = max(float(np.ceil(np.abs(x).max() * 2)) / 2, 1.0)
    return -far, far


def board_of(model: Coupled, a: str, b: str, on: str, draws: int = DRAWS) -> Board:
    """Prepare a model for its sliders.

    Parameters
    ----------
    model : Coupled
        Of the three states, perhaps of more.
    a, b, on : str
        ISO3.
    draws : int
        Of the model that are used, at most.

    Raises
    ------
    NoDataError
        The model lacks one of the three ties.
    """
    low, high = _ends(model)
    now, other = _last(model, a, on), _last(model, b, on)
    steps = _PERIODS[model.frequency]
    ready = prepare(model, MONTHS[model.frequency] * steps, draws, seed=1, again=True)
    board = Board(a, b, on, ready, low, high, now, other, 0.0, 0.0, steps)
    tables = [scenario_at(board, Position(end, None, 1)).to_polars() for end in (low, high)]
    every = pl.concat(tables)
    ends = every.select("lo90", "base_lo90").min(), every.select("hi90", "base_hi90").max()
    floor, top = min(ends[0].row(0)), max(ends[1].row(0))
    return replace(board, floor=float(floor), top=float(top))


def scenario_at(board: Board, at: Position) -> Scenario:
    """The forecast at a position of the sliders.

    Raises
    ------
    OptionError
        The position lies outside the unit or the forecast.
    """
    months = MONTHS[board.model.frequency]
    first = at.step * months
    made = [Condition(f"{board.a}-{board.on}", "level", first, None, low=at.level, high=at.level)]
    if at.other is not None:
        made.append(
            Condition(f"{board.b}-{board.on}", "level", first, None, low=at.other, high=at.other)
        )
    return ask(board.ready, board.a, board.b, made, _WAYS)


def _shape(board: Board, low: list[float], high: list[float] | None = None) -> str:
    """A line as SVG draws it, or the band between two."""
    tall, wide = HIGH / ((board.top - board.floor) or 1.0), WIDE / max(board.steps - 1, 1)

    def points(values: list[float]) -> list[str]:
        kept = (min(max(v, board.floor), board.top) for v in values)
        return [f"{wide * k:.1f},{(board.top - v) * tall:.1f}" for k, v in enumerate(kept)]

    if high is None:
        return "M" + "L".join(points(low))
    return "M" + "L".join(points(high) + points(low)[::-1]) + "Z"


def _bands(rows: Columns, name: str, low: str, high: str) -> list[str]:
    form = signed()
    ends = zip(rows[name], rows[low], rows[high], strict=True)
    return [f"{form(mid)} ({form(lo)} to {form(hi)})" for mid, lo, hi in ends]


def _still(board: Board, rows: Columns, way: Way) -> _Still:
    bands, periods = _bands(rows, "base_level", "base_lo90", "base_hi90"), board.periods
    paths = {
        f"{way}-base-band": _shape(board, rows["base_lo90"], rows["base_hi90"]),
        f"{way}-base": _shape(board, rows["base_level"]),
    }
    heads = [(_SAID[way], *each) for each in zip(periods, bands, strict=True)]
    return _Still(paths, heads, [chance(p) for p in rows["base_p_warm"]])


def _shown(
    board: Board, rows: Columns, way: Way, still: _Still
) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Lines and bands of a reading, and what the picture shows in numbers, a row a period; see `HEADS`."""
    lines = {
        f"{way}-band": _shape(board, rows["lo90"], rows["hi90"]),
        f"{way}-line": _shape(board, rows["level"]),
    }
    columns = (
        _bands(rows, "level", "lo90", "hi90"), _bands(rows, "diff", "diff_lo90", "diff_hi90"),
        still.warm, [chance(p) for p in rows["p_warm"]],
    )  # fmt: skip
    cells = zip(still.heads, zip(*columns, strict=True), strict=True)
    return {**still.paths, **lines}, [(*head, *rest) for head, rest in cells]


def answer_at(board: Board, at: Position) -> Mapping[str, Any]:
    """What the page shows at a position of the sliders.

    Returns
    -------
    mapping
        ``sentences``; ``paths``, by the id of what they draw; ``heads`` and ``rows`` of the table.
    """
    s = scenario_at(board, at)
    paths, rows = dict[str, str](), list[tuple[str, ...]]()
    for r in s.readings:
        columns, key = s.columns(r.way), (at.other is None, r.way)
        if key not in board.still:
            board.still[key] = _still(board, columns, r.way)
        more, cells = _shown(board, columns, r.way, board.still[key])
        paths |= more
        rows += cells
    warn = [] if s.trusted else ["Not reliable: the sampling has not converged."]
    return {
        "sentences": [*warn, *(line for line in sentences(s) if line)], "paths": paths,
        "heads": HEADS, "rows": rows,
    }  # fmt: skip


def frame_of(board: Board) -> Mapping[str, Any]:
    """What stands still in the picture: levels and periods at their places."""
    tall = HIGH / ((board.top - board.floor) or 1.0)
    span = board.top - board.floor
    pace = next(p for p in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 1e9) if span / p <= 6)
    first = int(np.ceil(board.floor / pace))
    levels = [k * pace for k in range(first, int(np.floor(board.top / pace)) + 1)]
    names, wide = board.periods, WIDE / max(board.steps - 1, 1)
    each = max(1, -(-board.steps // 5))
    neutral = float(board.model.unit.shown(board.model.neutral))
    return {
        "levels": [(round((board.top - v) * tall, 1), number(1)(v)) for v in levels],
        "periods": [(round(k * wide, 1), names[k]) for k in range(0, board.steps, each)],
        "neutral": round((board.top - neutral) * tall, 1) if board.floor < neutral < board.top else None,
        "unit": board.model.unit.label, "wide": WIDE, "high": HIGH, "headings": HEADINGS,
    }  # fmt: skip
