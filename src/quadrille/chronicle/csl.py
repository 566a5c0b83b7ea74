"""Works of a chronicle as CSL-JSON (Citation Style Language 1.0.2), which reference managers read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quadrille.chronicle.load import acts, affairs, bibliography

__all__ = ["csl_item", "csl_items", "locators"]

_TYPES = {
    "book": "book", "article": "article-journal", "newspaper": "article-newspaper", "news agency": "article-newspaper",
    "magazine": "article-magazine", "periodical": "article-magazine", "broadcaster": "broadcast", "report": "report",
    "database": "dataset", "reference": "webpage",
}  # fmt: skip
_LONGEST = 3  # words of a family name; what has more before its comma is an organisation
_FIELDS = {"title": "title", "container": "container-title", "publisher": "publisher", "url": "URL"}  # fmt: skip


def _names(author: str) -> list[dict[str, str]]:
    """``Burke, S. M.; Ziring, Lawrence`` as names; without a comma, or with many words before it, an organisation."""
    found = []
    for part in author.split("; "):
        family, comma, given = part.removesuffix(", and others").partition(", ")
        person = comma and len(family.split()) <= _LONGEST and " of " not in family
        found.append({"family": family, "given": given} if person else {"literal": part})
    return found


def csl_item(key: str, work: Mapping[str, Any]) -> dict[str, Any]:
    """One work."""
    made: dict[str, Any] = {"id": key, "type": _TYPES.get(str(work.get("type", "")), "document")}
    if author := work.get("author"):
        made["author"] = _names(str(author))
    made |= {csl: str(work[own]) for own, csl in _FIELDS.items() if work.get(own)}
    if year := work.get("year"):
        made["issued"] = {"date-parts": [[int(year)]]}
    return made


def csl_items(path: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """Every work of a bibliography by its key; ``path`` as in `bibliography`."""
    return {key: csl_item(key, work) for key, work in bibliography(path).items()}


def locators(path: str | Path | None = None) -> dict[str, str]:
    """Where each act or state of affairs is found, by id, where that is known.

    Pages and dates in its works, then the addresses at which the coder saw it.
    """
    return {
        name: "; ".join(dict.fromkeys(x for x in found if x))
        for frame in (acts(path), affairs(path))
        for name, *found in frame.select("id", "locator", "seen").iter_rows()
        if any(found)
    }
