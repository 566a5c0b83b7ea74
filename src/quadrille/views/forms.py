"""How values are written: numbers, shares, counts, truths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "capital",
    "count",
    "last_of",
    "number",
    "percent",
    "signed",
    "signed_percent",
    "smaller",
    "text",
    "verbatim",
    "yes",
]


def number(digits: int = 2) -> Callable[[Any], str]:
    """Format a number; nothing for null. Zero has no sign."""
    return lambda v: "" if v is None else _plain(f"{v:.{digits}f}")


def signed(digits: int = 2) -> Callable[[Any], str]:
    """Format a number with its sign, minus as U+2212."""
    return lambda v: "" if v is None else _plain(f"{v:+.{digits}f}")


def percent(digits: int = 0) -> Callable[[Any], str]:
    """Format a share as a percentage."""
    return lambda v: "" if v is None else _plain(f"{100 * v:.{digits}f}") + "%"


def smaller(percentage: float) -> str:
    """How much smaller an error is, or larger: ``12% smaller``."""
    return f"{abs(percentage):.0f}% {'smaller' if percentage >= 0 else 'larger'}"


def signed_percent(digits: int = 0) -> Callable[[Any], str]:
    """Format a change by a share as a percentage with its sign, minus as U+2212."""
    return lambda v: "" if v is None else _plain(f"{100 * v:+.{digits}f}") + "%"


def count(v: Any) -> str:
    """Format a count, with commas."""
    return "" if v is None else f"{v:,.0f}"


def text(v: Any) -> str:
    """Format text; underscores are spaces."""
    return "" if v is None else str(v).replace("_", " ")


def verbatim(v: Any) -> str:
    """Format a name or a path as it is."""
    return "" if v is None else str(v)


def last_of(shown: int, many: int) -> str:
    """``, the last 12 of 40``: what a title says where a table shows the end alone."""
    return f", the last {shown} of {many}" if many > shown else ""


def yes(v: Any) -> str:
    """Format a truth."""
    return "yes" if v else "no"


def _plain(shown: str) -> str:
    """No negative zero, and a minus sign that is one."""
    bare = shown.lstrip("+-")
    if not bare.strip("0."):
        return bare
    return shown.replace("-", "−")


def capital(text: str) -> str:
    """The same with a capital letter first."""
    return f"{text[:1].upper()}{text[1:]}"
