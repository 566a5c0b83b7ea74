"""One tie: how warm, since when, what turned it, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    pair = {k: given.get(k) for k in ("a", "b")}
    period = given.get("in")
    parts = [part("relation", pair, "valence", at="in", behind="witnesses")]
    if period:
        parts.append(part("events", pair | {"in": period}, "acts"))
    witnesses = pair | {"in": str(period)[:4] if period else None}
    return [
        *parts,
        part("compare", witnesses, "witnesses", at="in", behind="witnesses"),
        part("episodes", pair, "episodes"),
        part("relation", pair | {"facet": "engagement"}, "engagement", "Engagement"),
    ]


PAGE = Page(
    "tie", "A tie", "How warm is it, since when, and what moved it?",
    (Field("a", "A state"), Field("b", "Another state"), Field("in", "A year to look behind", "text")),
    _parts, {"a": "PAK", "b": "RUS"},
)  # fmt: skip
