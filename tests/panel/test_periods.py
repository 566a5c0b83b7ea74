from __future__ import annotations

from datetime import date

import pytest

from quadrille.panel.periods import n_periods, period_name, unit_word


@pytest.mark.parametrize(
    ("frequency", "name", "one", "many"),
    [
        ("D", "2011-05-02", "day", "days"),
        ("M", "2011-05", "month", "months"),
        ("Q", "2011-05", "quarter", "quarters"),
        ("Y", "2011", "year", "years"),
    ],
)
def test_words_of_each_frequency(frequency, name, one, many):
    assert period_name(date(2011, 5, 2), frequency) == name
    assert unit_word(frequency) == one
    assert n_periods(1, frequency) == f"1 {one}"
    assert n_periods(0, frequency) == f"0 {many}"
    assert n_periods(1200, frequency) == f"1,200 {many}"
