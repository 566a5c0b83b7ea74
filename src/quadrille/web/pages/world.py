"""One state and the world: every tie of it in a year, on a map that a slider moves through the years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.states.registry import require
from quadrille.views.names import the
from quadrille.web.desk import Desk
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    return [part("ties", {"state": given.get("state"), "in": given.get("in")})]


async def _made(desk: Desk, given: Mapping[str, Any], opened: frozenset[str]) -> Mapping[str, Any]:
    """The map and what each state on it is in every year."""
    from quadrille.views.ties import KINDS
    from quadrille.web.worldmap import HEIGHT, WIDTH, history_of, world_shapes

    state = require(str(given.get("state") or "")).iso3
    history, drawn = await desk.in_thread(lambda: (history_of(desk.world, state), world_shapes()))
    return {
        "history": history, "at": history.at(str(given.get("in") or "")), "shapes": drawn, "kinds": list(KINDS),
        "called": the(state), "wide": WIDTH, "high": HEIGHT,
    }  # fmt: skip


PAGE = Page(
    "world", "The world", "How does a state stand to all others, and how did it once?",
    (Field("state", "A state"), Field("in", "Year", "text")), _parts, {"state": "PAK", "in": "2016"},
    "world.html.j2", made=_made,
)  # fmt: skip
