"""Up to four ties side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quadrille.errors import OptionError
from quadrille.web.page import Field, Page, Part, part

__all__ = ["PAGE"]

_MOST = 4
_BETWEEN = re.compile(r"\s*(?:–|—|/|,|;|-(?=[A-Z]{3}$)| and | with )\s*")


def _pair(text: str) -> tuple[str, str]:
    """Two states of ``PAK-RUS``, ``Pakistan, Russia`` or ``Pakistan and Russia``.

    Raises
    ------
    OptionError
    """
    found = [t for t in _BETWEEN.split(text.strip()) if t]
    if len(found) != 2:
        raise OptionError(f"{text!r:.60} is no tie; give two states, such as PAK-RUS or Pakistan, Russia")  # fmt: skip
    return found[0], found[1]


def _parts(given: Mapping[str, Any]) -> list[Part]:
    ties = given.get("tie") or []
    if len(ties) > _MOST:
        raise OptionError(f"{len(ties)} ties are more than {_MOST}; leave some out")
    pairs = [dict(zip(("a", "b"), _pair(t), strict=True)) for t in ties]
    return [part("relation", pair, f"tie-{n}") for n, pair in enumerate(pairs, 1)]


PAGE = Page(
    "compare", "Compare", "How do up to four ties stand beside each other?",
    (Field("tie", "Tie", "text", many=_MOST, hint="PAK-RUS"),),
    _parts, {"tie": ["PAK-RUS", "PAK-USA", "PAK-CHN", "IND-RUS"]}, layout="beside",
)  # fmt: skip
