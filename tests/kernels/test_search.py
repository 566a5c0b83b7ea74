"""Searches without derivatives against SciPy's, and at the edges of the box."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar, rosen

from quadrille.kernels.search import golden_section, simplex_search


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_equal_to_scipys_simplex(size, seed):
    """On bowls with ripples, begun inside the box, outside it and at zero."""
    rng = np.random.default_rng(seed)
    slope, centre = rng.normal(size=(size, size)), rng.normal(size=size)
    low, high = np.full(size, -1.5), np.full(size, 1.5)
    start = rng.uniform(-2.0, 2.0, size) * (seed > 0)

    def loss(x):
        return float(((slope @ (x - centre)) ** 2).sum() + 0.1 * np.cos(3.0 * x).sum())

    outside = ((start < low) | (start > high)).any()
    with pytest.warns(match="bounds") if outside else np.errstate():
        theirs = minimize(
            loss, start, method="Nelder-Mead", bounds=list(zip(low, high, strict=True)),
            options={"xatol": 1e-4, "fatol": 1e-7, "maxiter": 2000},
        )  # fmt: skip
    ours = simplex_search(loss, start, low, high)
    assert ours.value == pytest.approx(theirs.fun, abs=1e-12)
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-12)


def test_finds_the_end_of_a_bent_valley_and_the_edge_of_a_box():
    wide = np.full(3, 5.0)
    inside = simplex_search(rosen, np.array([-1.2, 1.0, 0.5]), -wide, wide)
    np.testing.assert_allclose(inside.x, 1.0, atol=1e-3)  # ends within 1e-4 of its own corners
    edge = simplex_search(lambda x: float(x.sum()), np.zeros(3), -wide, wide)
    np.testing.assert_allclose(edge.x, -5.0, atol=1e-3)


@pytest.mark.parametrize(("low", "high"), [(-5.0, 5.0), (2.0, 4.0), (-9.0, 0.0)])
def test_golden_section_is_as_low_as_scipys_search(low, high):
    """A valley at 1.2, or the edge nearest to it."""

    def loss(x):
        return (x - 1.3) ** 2 + 0.3 * np.sin(x)

    theirs = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    assert golden_section(loss, low, high) == pytest.approx(theirs.fun, abs=1e-5)
