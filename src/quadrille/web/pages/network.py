"""The signed network of a region, or of some states, in a year: two camps, and what is at odds with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.states.regions import region_names
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]

_REGIONS = (("", "no region"), *((name, name) for name in region_names()))


def _parts(given: Mapping[str, Any]) -> list[Part]:
    asked = {name: given.get(name) for name in ("region", "states", "in")}
    return [part("network", asked)]


PAGE = Page(
    "network", "A network", "Which camps do the states of a region form?",
    (
        Field("region", "A region", "choice", _REGIONS), Field("states", "Further state", many=4),
        Field("in", "Year", "text"),
    ),
    _parts, {"region": "Middle East", "in": "2016"},
)  # fmt: skip
