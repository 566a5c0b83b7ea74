"""The economics of a tie: what data show, what the model implies and what is unknown; and who arms the first state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.desk import Desk
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]

# Role of a layer → what it holds, the command that brings it, and where its file comes from.
_NEEDED = {
    "trade": ("trade between states", "quadrille pull gravity --ingest", ""),
    "arms": ("deliveries of arms", "quadrille ingest FILE", " from SIPRI's register, downloaded at armstransfers.sipri.org"),
}  # fmt: skip


def _parts(given: Mapping[str, Any]) -> list[Part]:
    a, b = given.get("a"), given.get("b")
    return [part("economics", {"a": a, "b": b}), part("arms", {"state": a})]


async def _made(desk: Desk, given: Mapping[str, Any], opened: frozenset[str]) -> dict[str, Any]:
    """What the layers at hand lack, and what brings it."""
    desk.world.states([str(given.get(k) or "") for k in ("a", "b")])
    layers = await desk.in_thread(lambda: desk.world.layers.values())
    held = {x.role for x in layers if x.unit == "directed dyad"}
    return {"missing": [said for role, said in _NEEDED.items() if role not in held]}


PAGE = Page(
    "economy", "Economics", "What do two states trade, what would change it, and who arms the first?",
    (Field("a", "A state"), Field("b", "Another state")), _parts, {"a": "PAK", "b": "RUS"}, "economy.html.j2", made=_made,
)  # fmt: skip
