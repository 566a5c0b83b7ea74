"""Triangles and moves from draws made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.ar1 import smooth_paths
from quadrille.measure.result import Diagnostics, Relation
from quadrille.panel.units import COOPERATION
from quadrille.readings.moves import period_moves
from quadrille.readings.triangle import TYPES, triangle_of

FINE = Diagnostics(True, 900.0, 8000, 1000, 0.1)
HYPER = {
    "mu": (0.0, 0.5, 1.0),
    "q": (0.1, 0.3, 0.5),
    "rho": (0.5, 0.7, 0.9),
    "phi": (1.0, 1.2, 2.0),
}


def make_tie(a, b, draws, facet="cordiality", origin="test", start=2000):
    draws = np.asarray(draws, float)
    n = draws.shape[1]
    periods = tuple(date(start + t, 1, 1) for t in range(n))
    y = np.linspace(-1, 1, n)
    return Relation(
        a,
        b,
        facet,
        COOPERATION,
        origin,
        "Y",
        0.0,
        periods,
        draws,
        y,
        np.ones(n),
        np.ones(n),
        COOPERATION.shown(y),
        HYPER,
        FINE,
    )


@pytest.mark.parametrize(
    ("signs", "kind", "pivot"),
    [
        ((1, 1, 1), "ménage à trois", None),
        ((1, 1, -1), "romantic triangle", "A"),
        ((1, -1, 1), "romantic triangle", "B"),
        ((-1, 1, 1), "romantic triangle", "C"),
        ((1, -1, -1), "stable marriage", None),
        ((-1, -1, -1), "unit veto", None),
    ],
)
def test_every_sign_pattern(signs, kind, pivot):
    pairs = (("A", "B"), ("A", "C"), ("B", "C"))
    made = triangle_of(*(make_tie(*p, [[s]]) for p, s in zip(pairs, signs, strict=True)))
    row = made.to_polars().row(0, named=True)
    assert row["likeliest"] == kind
    assert row[kind] == 1.0
    assert {s: row[f"pivot_{s}"] for s in "ABC"} == {s: float(s == pivot) for s in "ABC"}
    assert row["balanced"] == float(np.prod(signs) > 0)


@given(st.integers(0, 2**31))
def test_probabilities_and_relabelling(seed):
    rng = np.random.default_rng(seed)
    ab, ac, bc = (rng.normal(size=(40, 5)) for _ in range(3))
    made = triangle_of(make_tie("A", "B", ab), make_tie("A", "C", ac), make_tie("B", "C", bc))
    np.testing.assert_allclose(made.types.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        made.pivot.sum(axis=1), made.types[:, TYPES.index("romantic triangle")]
    )
    turned = triangle_of(make_tie("C", "B", bc), make_tie("C", "A", ac), make_tie("B", "A", ab))
    np.testing.assert_allclose(turned.types, made.types)
    assert turned.states == ("C", "B", "A")
    np.testing.assert_allclose(turned.pivot[:, ::-1], made.pivot)


def test_only_shared_periods_count():
    early, late = (
        make_tie("A", "B", np.ones((3, 4))),
        make_tie("A", "C", np.ones((3, 4)), start=2002),
    )
    made = triangle_of(early, late, make_tie("B", "C", np.ones((3, 6))))
    assert [p.year for p in made.periods] == [2002, 2003]


def test_what_is_no_triangle():
    one = np.ones((3, 2))
    ab, ac, bc = make_tie("A", "B", one), make_tie("A", "C", one), make_tie("B", "C", one)
    with pytest.raises(SameStateError):
        triangle_of(ab, ac, make_tie("B", "D", one))
    with pytest.raises(OptionError, match="cordiality"):
        triangle_of(ab, ac, make_tie("B", "C", one, facet="engagement"))
    with pytest.raises(OptionError, match="share data"):
        triangle_of(ab, ac, make_tie("B", "C", one, origin="other"))
    with pytest.raises(NoDataError, match="no period in common"):
        triangle_of(ab, ac, make_tie("B", "C", one, start=1950))
    assert triangle_of(ab, ac, bc).observed.tolist() == [3, 3]


def test_moves_add_up_to_the_filtered_path():
    tie = make_tie("A", "B", np.ones((3, 6)))
    tie.y[2] = tie.observed[2] = np.nan
    moves = period_moves(tie)
    assert moves.height == 5
    one = [np.array([HYPER[k][1]]) for k in ("mu", "rho", "q")]
    last = smooth_paths(tie.y[None], HYPER["phi"][1] * tie.s2[None], *one).mean[0, -1]
    row = moves.row(-1, named=True)
    expected, y = (COOPERATION.on_scale(moves[k].to_numpy()) for k in ("expected", "observed"))
    assert expected[-1] + row["move"] == pytest.approx(last)
    np.testing.assert_allclose(moves["move"], moves["gain"] * (y - expected))
