"""Dates as people type them."""

from __future__ import annotations

import calendar
import re
from datetime import date

from quadrille.errors import OptionError

__all__ = ["first_day", "last_day"]

_PATTERN = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


def _parse(text: str) -> tuple[int, int | None, int | None]:
    match = _PATTERN.fullmatch(text.strip())
    if not match:
        raise OptionError(f"{text!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(g) if g else None for g in match.groups())
    if year is None or not 1800 <= year <= 2200 or (month is not None and not 1 <= month <= 12):
        raise OptionError(f"{text!r} is out of range; years 1800-2200, months 1-12")
    return year, month, day


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise OptionError(f"{text!r} is not a day of the calendar") from None


def first_day(text: str) -> date:
    """First day of the year, month or day written."""
    year, month, day = _parse(text)
    return _day(text, year, month or 1, day or 1)


def last_day(text: str) -> date:
    """Last day of the year, month or day written."""
    year, month, day = _parse(text)
    month = month or 12
    return _day(text, year, month, day or calendar.monthrange(year, month)[1])
