"""Periods in words."""

from __future__ import annotations

from datetime import date

__all__ = ["HOLE", "n_periods", "period_name", "span_name", "unit_word"]

# So many consecutive periods without an observation are a hole: a month, a year, three years.
HOLE = {"D": 30, "M": 12, "Q": 4, "Y": 3}
_NAMES = {"Y": "%Y", "Q": "%Y-%m", "M": "%Y-%m", "D": "%Y-%m-%d"}
_WORDS = {"D": "day", "M": "month", "Q": "quarter", "Y": "year"}


def period_name(day: date, frequency: str) -> str:
    """``2011``, ``2011-05`` or ``2011-05-02``, as fine as the panel."""
    return day.strftime(_NAMES[frequency])


def span_name(first: date, last: date, frequency: str) -> str:
    """``1947 to 2018``; one period by its name."""
    names = (period_name(first, frequency), period_name(last, frequency))
    return " to ".join(dict.fromkeys(names))


def unit_word(frequency: str, count: int = 1) -> str:
    """``year`` or ``years``."""
    return _WORDS[frequency] + ("" if count == 1 else "s")


def n_periods(count: int, frequency: str) -> str:
    """``1 month``, ``3 months``."""
    return f"{count:,} {unit_word(frequency, count)}"
