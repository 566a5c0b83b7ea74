"""Which tie thaws first, on phases written by hand."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from quadrille.errors import NoDataError
from quadrille.readings.precedence import precedence_of

PERIODS = tuple(date(2000 + t, 1, 1) for t in range(10))


def thaws(*starts):
    """Episodes whose thaws start at these places, by draw; None: no thaw in that draw."""
    table = np.zeros((len(starts), len(PERIODS)), bool)
    for draw, places in enumerate(starts):
        table[draw, list(places)] = True
    return SimpleNamespace(
        tie=SimpleNamespace(periods=PERIODS), label="A-B", starts=lambda kind: table
    )


def test_lead_and_chances_are_those_counted():
    made = precedence_of(thaws([2], [2], [5], []), thaws([4], [2], [3], [1]))
    assert made.before == pytest.approx(1 / 3)
    assert made.same == pytest.approx(1 / 3)
    assert made.both == pytest.approx(3 / 4)
    assert made.lead[1] == 0
    assert (made.first, made.second) == (date(2002, 1, 1), date(2003, 1, 1))


def test_only_starts_in_the_time_named_count():
    first, second = thaws([1, 6], [1, 6]), thaws([7], [8])
    made = precedence_of(first, second, date(2004, 1, 1), date(2009, 1, 1))
    assert made.lead == pytest.approx(np.quantile([1, 2], (0.05, 0.5, 0.95)))
    assert made.before == 1
    assert precedence_of(first, second).lead[1] == 6.5


def test_swapping_the_ties_turns_the_answer():
    one, other = thaws([2], [4], [6]), thaws([4], [4], [3])
    made, turned = precedence_of(one, other), precedence_of(other, one)
    assert made.before == pytest.approx(1 - turned.before - turned.same)
    assert made.lead[1] == -turned.lead[1]


def test_ties_that_do_not_thaw_then_are_refused():
    with pytest.raises(NoDataError, match="name a longer time"):
        precedence_of(thaws([1]), thaws([2]), date(2005, 1, 1))
    with pytest.raises(NoDataError, match="name a longer time"):
        precedence_of(thaws([1]), thaws([2]), date(1990, 1, 1), date(1991, 1, 1))
