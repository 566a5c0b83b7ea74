"""What a text says, put to data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from quadrille.claims.texts import shipped
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]

# Tests that need a model of all ties among several states: a minute where the others take a second.
_MODELLED = ("connectedness", "whatif")


@cache
def _ids(text: str) -> tuple[list[str], list[str]]:
    """Claims of a text that need no model of several ties, and those that do."""
    from quadrille.claims.file import read_claims

    claims = read_claims(text).claims
    return tuple([c.id for c in claims if (c.test in _MODELLED) is slow] for slow in (False, True))  # type: ignore[return-value]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    text = str(given.get("claims") or "")
    if text not in shipped():
        return [part("check", {"claims": text}, "check")]
    quick, slow = _ids(text)
    first = part("check", {"claims": text, "only": quick, "quick": True}, "check")
    second = part(
        "check",
        {"claims": text, "only": slow, "quick": True},
        "modelled",
        _SLOW,
        takes="a minute or more",
    )
    return [each for each, ids in ((first, quick), (second, slow)) if ids]


_SLOW = "Claims that need a model of all ties among several states"
_TEXTS = tuple((name, name.replace("-", " ").capitalize()) for name in shipped())

PAGE = Page(
    "claims", "Claims", "Does what a text claims hold?",
    (Field("claims", "A text", "choice", _TEXTS),), _parts, {"claims": "article"},
)  # fmt: skip
