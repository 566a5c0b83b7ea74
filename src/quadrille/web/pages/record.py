"""How often forecasts from past dates were right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]

_TAKES = "some seconds; a minute or more on data of your own"


def _parts(given: Mapping[str, Any]) -> list[Part]:
    asked = {
        "horizons": given.get("horizons") or 5,
        "top": 100,
        "states": given.get("state") or [],
    }
    return [part("backtest", asked, "record", takes=_TAKES)]


PAGE = Page(
    "record", "Track record", "How often were such forecasts right?",
    (Field("state", "Only among the states", many=4), Field("horizons", "Years ahead", "number", hint="5")),
    _parts, {"horizons": "5"},
)  # fmt: skip
