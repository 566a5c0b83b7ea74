"""Calls by address, and the line that says what is compiled."""

from __future__ import annotations

import logging
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit, types

from quadrille.kernels.addresses import (
    address_of,
    call,
    call_flag,
    call_number,
    over,
    pointer_to,
    pointer_type,
    types_of,
)
from quadrille.kernels.compiled import compiled, first_time, inner


@compiled
def _weighted(a, b, k):
    return a[0] * b + k


@compiled
def _count(a):
    if a[0] < 0:
        raise ValueError("negative")
    a[0] += 1.0
    return a[0] > 3.0


@compiled
def _set(a, value):
    a[0] = value


@compiled
def _total(weighted, count, put, a, b):
    total = 0.0
    while not call_flag(count, a):
        total += call_number(weighted, a, b, 2)
    call(put, a, 7.0)
    return total


def _addresses(a):
    row, number = *types_of(a), types.float64
    return (
        address_of(_weighted, row, number, types.int64),
        address_of(_count, row),
        address_of(_set, row, number),
    )


def test_calls_by_address_equal_calls_by_name():
    a = np.zeros(1)
    assert _total(*_addresses(a), a, 10.0) == (1 + 2 + 3) * 10.0 + 3 * 2
    assert a[0] == 7.0


def test_an_exception_comes_through_the_address():
    a = np.full(1, -1.0)
    with pytest.raises(ValueError, match="negative"):
        _total(*_addresses(a), a, 1.0)


class _Desk(NamedTuple):
    room: np.ndarray
    put: np.ndarray
    shift: float
    yes: bool


@inner
def _fill(desk):
    a = over(desk.room, 1, 2, 3)
    for i in range(2):
        for j in range(3):
            a[i, j] = 10 * i + j + desk.shift
    desk.put[0] = a[1].sum()
    return desk.yes


@compiled
def _filled(at, desk):
    return call_flag(at, pointer_to(desk))


@pytest.mark.parametrize("yes", [True, False])
def test_a_named_tuple_is_passed_by_pointer_and_an_array_laid_over_a_row(yes):
    desk = _Desk(np.zeros((3, 7)), np.zeros(1), 0.5, yes)
    at = address_of(_fill, *(pointer_type(kind) for kind in types_of(desk)))
    assert _filled(at, desk) is yes
    want = np.zeros((3, 7))
    want[1, :6] = [0.5, 1.5, 2.5, 10.5, 11.5, 12.5]
    np.testing.assert_array_equal(desk.room, want)
    assert desk.put[0] == 34.5


def test_what_is_compiled_is_said_once_before_it_is(caplog):
    said = []

    @njit
    def double(x):
        return x + x

    @njit
    def half(x):
        return double(x) * 0.25

    with caplog.at_level(logging.INFO, "quadrille"):
        with first_time("the halves", 3):
            assert half(2.0) == 1.0
        said = [r.message for r in caplog.records]
        with first_time("the halves", 3):
            assert half(4.0) == 2.0
    assert said == [
        "compiling the halves for the first time on this machine, about 3 s; "
        "later runs start at once"
    ]
    assert len(caplog.records) == 1


def test_the_line_comes_first(caplog):
    @njit
    def triple(x):
        return 3 * x

    class Watch(logging.Handler):
        def emit(self, record):
            held.append(len(triple.overloads))

    held = []
    watch = Watch()
    log = logging.getLogger("quadrille")
    log.addHandler(watch)
    try:
        with caplog.at_level(logging.INFO, "quadrille"), first_time("triples", 3):
            triple(1)
    finally:
        log.removeHandler(watch)
    assert held == [0]
    assert len(triple.overloads) == 1


@inner
def _double(x):
    return x + x


@compiled
def _half(x):
    return _double(x) * 0.25


def test_a_kernel_runs_compiled_or_as_it_is():
    assert _half(2.0) == 1.0
    assert _double.plain(2.0) == 4.0
    assert _half.made is _half.made
    assert _half.__doc__ is None
    assert _half.__name__ == "_half"
