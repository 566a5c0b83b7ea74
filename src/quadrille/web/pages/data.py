"""What the numbers rest on: the data, the works that they come from, and the questions put to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.index.shipped import read_meta
from quadrille.public import question_named
from quadrille.web.asking import SERVED, model_of
from quadrille.web.desk import Desk
from quadrille.web.page import Page

__all__ = ["PAGE"]


def _asked() -> list[dict[str, Any]]:
    """Each question that is served, what it asks, and its parameters in the words of its docstring."""
    made = []
    for each in SERVED:
        fields = model_of(each.name).model_fields
        known = question_named(each.name)
        words = [(f.alias or n, f.description or "") for n, f in fields.items()]
        made.append({"name": each.name, "help": known.help if known else "", "parameters": words})
    return made


async def _made(desk: Desk, given: Mapping[str, Any], opened: frozenset[str]) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        works = read_meta()["sources"] if desk.world.panel.kind == "index" else {}
        return {"summary": desk.world.summary(), "works": works, "asked": _asked()}

    return await desk.in_thread(read)


PAGE = Page(
    "data", "Data and methods", "What do the numbers rest on?", template="data.html.j2", made=_made
)
