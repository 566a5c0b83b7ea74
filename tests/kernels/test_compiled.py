"""Calls by address, and the line that says what is compiled."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from numba import njit, types

from quadrille.kernels.compiled import (
    address_of,
    call,
    call_flag,
    call_number,
    first_time,
    types_of,
)


@njit
def _weighted(a, b, k):
    return a[0] * b + k


@njit
def _count(a):
    if a[0] < 0:
        raise ValueError("negative")
    a[0] += 1.0
    return a[0] > 3.0


@njit
def _set(a, value):
    a[0] = value


@njit
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
            compiled.append(len(triple.overloads))

    compiled = []
    watch = Watch()
    log = logging.getLogger("quadrille")
    log.addHandler(watch)
    try:
        with caplog.at_level(logging.INFO, "quadrille"), first_time("triples", 3):
            triple(1)
    finally:
        log.removeHandler(watch)
    assert compiled == [0]
    assert len(triple.overloads) == 1
