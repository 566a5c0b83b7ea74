"""Dates as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.dates import first_day, last_day
from quadrille.errors import OptionError


def test_dates_as_typed():
    assert str(first_day("1999")) == "1999-01-01"
    assert str(last_day("1999")) == "1999-12-31"
    assert str(last_day("2000-2")) == "2000-02-29"
    assert str(first_day(" 2000-2-7 ")) == str(last_day("2000-02-07")) == "2000-02-07"


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_a_date_is_itself_and_reads_back(day):
    for read in (first_day, last_day):
        assert read(day) == read(day.isoformat()) == day
    assert first_day(f"{day:%Y-%m}") <= day <= last_day(f"{day:%Y-%m}")


def test_none_is_no_end():
    assert first_day(None) is None
    assert last_day(None) is None


def test_of_a_time_the_day_counts():
    noon = datetime(2000, 5, 1, 12)
    assert (first_day(noon), last_day(noon)) == (date(2000, 5, 1), date(2000, 5, 1))
    none = pytest.importorskip("pandas").NaT
    with pytest.raises(OptionError, match="NaT is not a date"):
        first_day(none)


@pytest.mark.parametrize(
    "value",
    [
        "19991",
        "",
        "soon",
        "2000-13",
        "2001-02-29",
        "1700",
        1999,
        1.5,
        True,
        b"1999",
        [1999],
        {},
    ],
)
def test_what_is_no_date_is_one_clear_line(value):
    for read in (first_day, last_day):
        with pytest.raises(OptionError) as trouble:
            read(value)
        assert repr(value) in str(trouble.value)
        assert "\n" not in str(trouble.value)
