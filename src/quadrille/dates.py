"""Dates as people type them."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from typing import cast

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


def _given(day: str | date | None) -> bool:
    """Whether a day is given as such; text is still to be read."""
    # The NaT of pandas is a datetime that is none: it does not equal itself.
    if not isinstance(day, str | date | None) or day != day:
        raise OptionError(f"{day!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
    return not isinstance(day, str)


def _date(day: object) -> date | None:
    """The day of a time, as pandas has it."""
    return day.date() if isinstance(day, datetime) else cast("date | None", day)


def first_day(text: str | date | None) -> date | None:
    """First day of the year, month or day written; a date and None stay as they are, of a time the day counts.

    Raises
    ------
    OptionError
        It is no date.
    """
    if _given(text):
        return _date(text)
    year, month, day = _parse(str(text))
    return _day(str(text), year, month or 1, day or 1)


def last_day(text: str | date | None) -> date | None:
    """Last day of the year, month or day written; a date and None stay as they are, of a time the day counts.

    Raises
    ------
    OptionError
        It is no date.
    """
    if _given(text):
        return _date(text)
    year, month, day = _parse(str(text))
    month = month or 12
    return _day(str(text), year, month, day or calendar.monthrange(year, month)[1])
