"""Three states and the ties among them; four and more, and the camps they form; who moves whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    a, b, c, d = (given.get(k) for k in ("a", "b", "c", "d"))
    parts = [part("triangle", {"a": a, "b": b, "c": c}, "triangle")]
    states = [s for s in (a, b, c, d) if s]
    parts.append(part("dance", {"states": states}, "dance"))
    parts.append(part("synchrony", {"a": a, "b": b, "with": [a, c]}, "synchrony"))
    return [*parts, part("pivots", {"a": a, "top": 20}, "pivots")]


PAGE = Page(
    "triangle", "Triangle and dance", "How do three or four states stand to each other, and does one tie move another?",
    (Field("a", "A state"), Field("b", "Its partner"), Field("c", "A third state"), Field("d", "A fourth, if any")),
    _parts, {"a": "PAK", "b": "RUS", "c": "USA", "d": "IND"},
)  # fmt: skip
