"""The scenario bench: move what other ties do, and see what becomes of this one while the slider moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.errors import OptionError
from quadrille.views.names import tie_name
from quadrille.web.bench_api import bench_of
from quadrille.web.desk import Desk
from quadrille.web.page import Field, Page

__all__ = ["PAGE"]


def _number(given: Mapping[str, Any], name: str) -> float | None:
    text = given.get(name)
    if text in (None, ""):
        return None
    try:
        value = float(str(text).replace("−", "-"))
    except ValueError:
        raise OptionError(f"{name} is {str(text)!r:.40}; give a number") from None
    if not -100 <= value <= 100:
        raise OptionError(f"{name} is {str(text)!r:.40}; give a number from -100 to 100")
    return value


async def _made(desk: Desk, given: Mapping[str, Any], opened: frozenset[str]) -> Mapping[str, Any]:
    """The board with its sliders where the query puts them; nothing where its model is not there yet."""
    from quadrille.web.bench import DRAWS, answer_at, frame_of

    bench = bench_of(desk)
    states = bench.states(*(str(given.get(k) or "") for k in ("a", "b", "on")))
    a, b, on = states
    told = {"tie": tie_name(f"{a}-{b}"), "board": None, "about": {"a": a, "b": b, "on": on}}
    level, other, step = (_number(given, n) for n in ("level", "other", "step"))
    if bench.kept(states) is None and not opened:
        return told
    board = await bench.board(states)
    at = board.position(level, other, step or 1)
    answer = await desk.in_thread(answer_at, board, at)
    return told | {
        "board": board, "at": at, "answer": answer, "frame": frame_of(board), "draws": DRAWS,
    }  # fmt: skip


PAGE = Page(
    "bench", "What if", "What becomes of a tie if other ties warm or chill?",
    (
        Field("a", "A state"), Field("b", "Another state"), Field("on", "A third state"), Field("level", "", "own"),
        Field("other", "", "own"), Field("step", "", "own"),
    ),
    example={"a": "PAK", "b": "RUS", "on": "USA"}, template="bench.html.j2", lasts=False, made=_made,
)  # fmt: skip
