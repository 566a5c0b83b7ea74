"""Comparable past cases, each of them named, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    asked = {k: given.get(k) for k in ("a", "b", "on", "rival", "nearest")}
    return [part("analogues", asked)]


PAGE = Page(
    "analogues", "Analogues", "How did such cases end before?",
    (
        Field("a", "The state that both ties share"), Field("b", "It thaws with"), Field("on", "It frays and mends with"),
        Field("rival", "Its rival, if named"), Field("nearest", "Nearest cases named", "number", hint="10"),
    ),
    _parts, {"a": "PAK", "b": "RUS", "on": "USA"},
)  # fmt: skip
