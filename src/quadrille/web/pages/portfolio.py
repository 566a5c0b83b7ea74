"""One state: with whom it cooperates, and how it stands between two rivals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.errors import OptionError
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    state, between = given.get("state"), [given.get(k) for k in ("x", "y") if given.get(k)]
    parts = [part("portfolio", {"state": state}, "portfolio")]
    if len(between) == 1:
        raise OptionError("a balance is between two rivals; give both or none")
    if between:
        parts.append(part("balance", {"pivot": state, "between": between}, "balance"))
    return parts


PAGE = Page(
    "portfolio", "Portfolio and balance", "With whom does a state cooperate, and how does it stand between two rivals?",
    (Field("state", "A state"), Field("x", "One rival, if any"), Field("y", "The other")),
    _parts, {"state": "RUS", "x": "PAK", "y": "IND"},
)  # fmt: skip
