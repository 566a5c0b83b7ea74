"""What a text says, put to data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.claims.texts import shipped
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    return [part("check", {"claims": given.get("claims")}, "check")]


_TEXTS = tuple((name, name.replace("-", " ").capitalize()) for name in shipped())

PAGE = Page(
    "claims", "Claims", "Does what a text claims hold?",
    (Field("claims", "A text", "choice", _TEXTS),), _parts, {"claims": "article"},
)  # fmt: skip
