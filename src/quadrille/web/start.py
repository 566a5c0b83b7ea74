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
        "The level by year with its band, its place among all ties, and who says so.",
        "tie", {"a": "PAK", "b": "RUS"},
    ),
    Asked(
        "When did they thaw, and what moved it?",
        "Thaws and chills with their dates, and the acts or years behind each.",
        "tie", {"a": "PAK", "b": "RUS"}, "#episodes",
    ),
    Asked(
        "Does the tie with the United States matter to it?",
        "What one tie does when the other moves, the triangle, and whether the two turn together.",
        "triangle", {"a": "PAK", "b": "RUS", "c": "USA"}, "#moves",
    ),
    Asked(
        "How did such cases end before?",
        "Every comparable case since 1946, the nearest by name.",
        "analogues", {"a": "PAK", "b": "RUS", "on": "USA"},
    ),
    Asked(
        "How often were such forecasts right?",
        "Forecasts from past dates, against the last value and a plain mean.",
        "record", {},
    ),
)  # fmt: skip
