"""The five questions with which the first page begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ASKED", "Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that people ask, and the page that answers it.

    Attributes
    ----------
    says : str
    about : str
        What the answer holds.
    page : str
    given : mapping
    place : str
        Of the page, with its ``#``; empty: the whole.
    """

    says: str
    about: str
    page: str
    given: Mapping[str, str | tuple[str, ...]]
    place: str = ""


ASKED = (
    Asked(
        "How warm are Pakistan and Russia, and since when?",
        "The level of the tie by year with its band, and its place among all ties.",
        "tie", {"a": "PAK", "b": "RUS"},
    ),
)  # fmt: skip
