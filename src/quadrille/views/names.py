"""Names of states and ties inside sentences, and how sentences are put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from quadrille.sources.table import source
from quadrille.states.registry import all_states, get
from quadrille.views.forms import capital

__all__ = [
    "dash",
    "listed",
    "name",
    "plural",
    "sentence",
    "source",
    "state_list",
    "the",
    "tie_name",
    "ties_named",
]

_TIE = re.compile(r"\b([A-Z]{3})[-–]([A-Z]{3})\b")
_ARTICLE = re.compile(
    r"United (?!States V)|Bahamas|Comoros|Holy See|Isle of|Maldives|Netherlands|Philippines|Seychelles|"
    r".*(Islands|Republic|Territor(y|ies))$"
)


def name(iso3: str) -> str:
    """Name of a state."""
    return get(iso3).name


def the(iso3: str) -> str:
    """Name of a state inside a sentence: ``Russia``, ``the United States``."""
    called = name(iso3)
    return f"the {called}" if _ARTICLE.match(called) else called


def dash(label: str) -> str:
    """A label of ISO3 codes with an en dash: ``PAK–RUS``."""
    return label.replace("-", "–")


def tie_name(*codes: str) -> str:
    """Two codes, or a label of some, as names: ``Pakistan–Russia``."""
    return "–".join(name(code) for code in "-".join(codes).split("-"))


def ties_named(text: str) -> str:
    """A line in which ties have the names of their states, where it has their codes."""
    known = {s.iso3 for s in all_states()}
    return _TIE.sub(lambda m: tie_name(m[1], m[2]) if {m[1], m[2]} <= known else m[0], text)


def listed(items: Sequence[str]) -> str:
    """``A, B and C``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def state_list(codes: Iterable[str]) -> str:
    """``Pakistan, Russia and the United States``, by name."""
    return listed([the(code) for code in codes])


def plural(many: int, noun: str) -> str:
    """``1 thaw``, ``2 thaws``, ``3 stories``."""
    if many != 1:
        noun = f"{noun[:-1]}ies" if noun[-1] == "y" and noun[-2] not in "aeou" else f"{noun}s"
    return f"{many:,} {noun}"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return f"{capital(text)}{'' if text.endswith(('.', '?')) else '.'}"
