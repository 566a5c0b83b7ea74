"""Three states and the ties among them; four and more, and the camps they form; who moves whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.states.registry import require
from quadrille.views.names import tie_name
from quadrille.web.desk import Desk
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    a, b, c, d = (given.get(k) for k in ("a", "b", "c", "d"))
    parts = [part("triangle", {"a": a, "b": b, "c": c}, "triangle")]
    states = [s for s in (a, b, c, d) if s]
    parts.append(part("dance", {"states": states}, "dance"))
    parts.append(part("synchrony", {"a": a, "b": b, "with": [a, c]}, "synchrony"))
    return [*parts, part("pivots", {"a": a, "top": 20}, "pivots")]


async def _made(desk: Desk, given: Mapping[str, Any], opened: frozenset[str]) -> Mapping[str, Any]:
    """Whether the tie with the third state moves the first one, by every triangle of the index."""
    from quadrille.questions.coupled import evidence_in_index
    from quadrille.views.pivot import triad_answer, triad_sentence, world_sentence

    a, b, c = (require(str(given.get(k) or "")).iso3 for k in ("a", "b", "c"))
    found = await desk.in_thread(evidence_in_index, a, b, c)
    return {
        "moved": tie_name(f"{a}-{b}"), "mover": tie_name(f"{a}-{c}"), "asked": f"quadrille pivot {a} {b} --on {c}",
        "moves": [f(found) for f in (triad_answer, triad_sentence, world_sentence)] if found else [],
    }  # fmt: skip


PAGE = Page(
    "triangle", "Triangle and dance", "How do three or four states stand to each other, and does one tie move another?",
    (Field("a", "A state"), Field("b", "Its partner"), Field("c", "A third state"), Field("d", "A fourth, if any")),
    _parts, {"a": "PAK", "b": "RUS", "c": "USA", "d": "IND"}, "triangle.html.j2", made=_made,
)  # fmt: skip
