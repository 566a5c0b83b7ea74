"""Chapter 2 of the *Advanced Guide*: what is printed, what its loop gives when it goes on, and the exact solution.

The book solves for the new world by estimating gravity again and again. Its loop stops once the largest *rise* of a factory-gate
price between two rounds, and their standard deviation, are below 0.01; a fall may be larger, and then is. Beside, expenditure
is set to a fixed share of output, which over the world does not add up to what is sold. So there are two gaps
between the printed values and the exact solution. `rounds` does what the book does; here is that it reproduces the printed
values at its stop, that it converges elsewhere, and that with spending that adds up it converges to `equilibrium`.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from quadrille.economy.gravity import Gravity, fit
from quadrille.economy.panel import trade_panel
from quadrille.kernels.armington import balanced, equilibrium

SIGMA = 7.0
REFERENCE = "DEU"


def effects(seed, rows, columns, base):
    """Exporter and importer effects on a seed, that of the reference importer one, and the fit."""
    found = balanced(seed, rows, columns * rows.sum() / columns.sum(), 1e-13, 100_000)
    some = seed > 0
    j = base
    exporter = found[:, j] / np.where(some[:, j], seed[:, j], np.nan)
    importer = (found / np.where(some, seed * exporter[:, None], np.nan)).max(
        axis=0, initial=0, where=some
    )
    return exporter, importer, found


def rounds(flows, factor, base, spend_what_is_sold=False, most=60):
    """Real output after each round, with the standard deviation and the signed maximum that the loop looks at."""
    power = 1 / (1 - SIGMA)
    output, spent = flows.sum(axis=1), flows.sum(axis=0)
    seed, share = flows * factor, spent / output
    a, b, fitted = effects(seed, output, spent, base)
    exporters, anchors = [np.ones_like(a), a], [spent[base]] * 2
    changes, turned = [np.zeros_like(a), a**power], 1.0
    outward, inward = output * spent[base] / a, spent / (b * spent[base])
    for _ in range(most):
        p = changes[-1]
        trade = fitted * np.outer(p, p) / turned
        a, b, fitted = effects(seed, trade.sum(axis=1), trade.sum(axis=0), base)
        y = fitted.sum(axis=1)
        e = fitted.sum(axis=0) if spend_what_is_sold else share * y
        exporters.append(a)
        anchors.append(e[base])
        changes.append(((a / exporters[-2]) / (anchors[-1] / anchors[-2])) ** power)
        now = y * e[base] / a, e / (b * e[base])
        turned = np.outer(now[0] / outward, now[1] / inward)
        outward, inward = now
        moved = changes[-2] - changes[-3]
        price = (a / (anchors[-1] / anchors[0])) ** power
        living = (inward / (spent / spent[base])) ** power
        yield moved.std(ddof=1), abs(moved.max()), price / living


def stopped(steps):
    """Where the book stops."""
    return next(real for sd, rise, real in steps if sd <= 0.01 and rise <= 0.01)


def matrix(table):
    names = sorted({*table["exporter"], *table["importer"]})
    place = {s: k for k, s in enumerate(names)}
    flows = np.zeros((len(names), len(names)))
    for exporter, importer, value in table.select("exporter", "importer", "fitted").iter_rows():
        flows[place[exporter], place[importer]] = value
    return flows, names


def percent(real, names, states):
    return np.array([100 * (real[names.index(s)] - 1) for s in states])


@pytest.fixture(scope="module")
def borders(agtpa):
    pytest.importorskip("pyfixest")
    found = fit(
        trade_panel(agtpa, years=[2006]), Gravity(("log_distance", "contiguity", "border"), "none")
    )
    flows, names = matrix(found.table)
    factor = np.exp(-found["border"][0] * (1 - np.eye(len(names))))
    return flows, factor, names


STATES = ("USA", "DEU", "CAN", "IND", "CHN", "JPN")
PRINTED = (10.652, 24.313, 54.363, 33.911, 14.354, 12.371)


def test_borders_removed_as_printed_where_the_book_stops(borders):
    flows, factor, names = borders
    real = stopped(rounds(flows, factor, names.index(REFERENCE)))
    np.testing.assert_allclose(percent(real, names, STATES), PRINTED, atol=0.00051, rtol=0)


def test_a_tighter_stop_gives_other_values_and_spending_that_adds_up_the_exact_ones(borders):
    flows, factor, names = borders
    base = names.index(REFERENCE)
    *_, (_, rise, real) = rounds(flows, factor, base)
    assert rise < 1e-6
    tight = percent(real, names, STATES)
    np.testing.assert_allclose(tight, (10.601, 24.361, 54.281, 33.921, 14.354, 12.377), atol=0.001)
    *_, (_, _, real) = rounds(flows, factor, base, spend_what_is_sold=True)
    exact = equilibrium(flows, factor ** (1 / (1 - SIGMA)), SIGMA).real_output
    np.testing.assert_allclose(real, exact, rtol=1e-6)
    np.testing.assert_allclose(
        percent(exact, names, STATES), (10.681, 24.406, 54.401, 33.985, 14.455, 12.434), atol=0.001
    )
    # What remains between the printed and the exact values, in points.
    assert np.abs(percent(exact, names, STATES) - PRINTED).max() < 0.11


def test_nafta_as_printed_where_the_book_stops(agtpa):
    pytest.importorskip("pyfixest")
    found = fit(
        trade_panel(agtpa, years=range(1986, 2007, 4)), Gravity(("agreement",), "symmetric")
    )
    flows, names = matrix(found.table.filter(pl.col("year") == 1994))
    members = [names.index(s) for s in ("MEX", "CAN", "USA")]
    factor = np.ones_like(flows)
    for i in members:
        for j in members:
            if i != j:
                factor[i, j] = np.exp(-found["agreement"][0])
    # Printed is what there is over what would be without.
    without = stopped(rounds(flows, factor, names.index(REFERENCE)))
    np.testing.assert_allclose(
        100 * (1 / without - 1)[members], (3.810, 3.403, 0.335), atol=0.00051
    )
    exact = equilibrium(flows, factor ** (1 / (1 - SIGMA)), SIGMA).real_output
    np.testing.assert_allclose(100 * (1 / exact - 1)[members], (3.829, 3.440, 0.334), atol=0.001)
