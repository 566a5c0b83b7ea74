"""Positions in the plane: distances that can be met are met, and stress is the least that a library finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.kernels.layout import classical_scaling, stress, stress_layout


def apart(x):
    return np.linalg.norm(x[:, None] - x[None], axis=2)


def symmetric(rng, n):
    d = rng.uniform(0.5, 3.0, (n, n))
    d = (d + d.T) / 2
    np.fill_diagonal(d, 0.0)
    return d


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_distances_of_the_plane_are_given_back(seed, n):
    d = apart(np.random.default_rng(seed).normal(size=(n, 2)))
    np.testing.assert_allclose(apart(classical_scaling(d)), d, atol=1e-6)
    np.testing.assert_allclose(apart(stress_layout(d)), d, atol=1e-4)  # it stops when stress does


@given(st.integers(0, 10_000))
def test_no_position_can_be_moved_to_less_stress(seed):
    rng = np.random.default_rng(seed)
    d = symmetric(rng, 6)
    w = np.where(d > 0, np.where(d > 0, d, 1.0) ** -2.0, 0.0)
    x = stress_layout(d, steps=5000)
    least = stress(x, d, w)
    assert least <= stress(classical_scaling(d), d, w) + 1e-9
    for _ in range(20):
        assert stress(x + 1e-2 * rng.normal(size=x.shape), d, w) >= least - 1e-4


def test_the_same_stress_as_a_general_optimiser_finds():
    optimize = pytest.importorskip("scipy.optimize")
    d = symmetric(np.random.default_rng(4), 7)
    w = np.where(d > 0, np.where(d > 0, d, 1.0) ** -2.0, 0.0)
    start = classical_scaling(d)
    found = optimize.minimize(
        lambda v: stress(v.reshape(-1, 2), d, w), start.ravel(), method="BFGS"
    )
    ours = stress(stress_layout(d, steps=5000), d, w)
    assert ours == pytest.approx(found.fun, rel=1e-3)  # both stop at a slope, not at the point


@pytest.mark.parametrize("alike", [2, 3])
def test_members_with_the_same_distances_to_all_others_are_drawn_apart(alike):
    n = 6
    d = np.full((n, n), 3.0) - 2.0 * np.kron(np.eye(n // alike), np.ones((alike, alike)))
    np.fill_diagonal(d, 0.0)
    found = apart(stress_layout(d, np.ones((n, n))))
    assert found[np.triu_indices(n, 1)].min() > 0.3


def test_a_relabelled_network_is_the_same_picture():
    d = symmetric(np.random.default_rng(7), 9)
    order = np.random.default_rng(8).permutation(9)
    whole, moved = stress_layout(d), stress_layout(d[np.ix_(order, order)])
    np.testing.assert_allclose(
        moved, whole[order], atol=1e-3
    )  # axes of nearly equal length turn easily


def test_one_state_stands_in_the_middle_and_distances_must_be_symmetric():
    assert stress_layout(np.zeros((1, 1))).tolist() == [[0.0, 0.0]]
    with pytest.raises(ValueError, match="symmetric"):
        stress_layout(np.array([[0.0, 1.0], [2.0, 0.0]]))
