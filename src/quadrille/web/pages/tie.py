"""One tie: how warm, since when, who says so, what turned it, and what was done in a period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.asking import ask_of
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    pair = {k: given.get(k) for k in ("a", "b")}
    period = str(given.get("in") or "")
    behind = [part("events", pair | {"in": period}, "acts")] if period else []
    return [
        part("relation", pair, "valence", at="in", behind="witnesses"),
        part("episodes", pair, "episodes"),
        part("compare", pair | {"in": period[:4]}, "witnesses", at="in", behind="witnesses"),
        *behind,
        part("relation", pair | {"facet": "engagement"}, "engagement", "Engagement", at="in", behind="witnesses"),
        part("bond", pair, "bond"),
        part("durability", pair, "durability"),
    ]  # fmt: skip


def _more(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"brief": ask_of("brief", {k: given.get(k) for k in ("a", "b")})}


PAGE = Page(
    "tie", "A tie", "How warm is a tie, since when, and what moved it?",
    (Field("a", "A state"), Field("b", "Another state"), Field("in", "Look behind a period", "text", hint="1965")),
    _parts, {"a": "PAK", "b": "RUS"}, "tie.html.j2", more=_more,
)  # fmt: skip
