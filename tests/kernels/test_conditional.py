"""Conditional forecasts against the joint normal worked out by linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from quadrille.kernels import conditional
from quadrille.kernels.conditional import (
    System,
    at_levels,
    given,
    levels_of,
    outlook,
    paths_from,
    restricted_moments,
    shocked,
)


@pytest.fixture(autouse=True, scope="module", params=[0, 10**6], ids=["loops", "at_once"])
def _ways(request):
    """All is asked of compiled loops, and of all draws at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditional, "_FEW", request.param)
        yield


def make(seed, n=3, lags=2, draws=5):
    rng = np.random.default_rng(seed)
    A = 0.3 * rng.standard_normal((draws, lags, n, n)) / lags
    root = rng.standard_normal((draws, n, n)) + 2 * np.eye(n)
    P = np.linalg.cholesky(root @ root.transpose(0, 2, 1))
    return System(rng.standard_normal((draws, n)), A, P, rng.standard_normal((draws, lags, n))), rng


def asked(system, where, free, values, targets, groups, noise):
    """All series under conditions, with what is said of them without any."""
    ahead = outlook(system, noise.shape[1], np.arange(system.c.shape[1]))
    base = shocked(ahead, noise, np.arange(system.c.shape[1]))
    return given(ahead, where, free, values, targets, groups, base), ahead, base


def joint(system, d, steps):
    """Mean and the matrix M with path = mean + M e, from the companion form."""
    lags, n = system.history.shape[1:]
    F = np.zeros((n * lags, n * lags))
    F[:n] = np.hstack(list(system.A[d]))
    F[n:, :-n] = np.eye(n * (lags - 1))
    state = system.history[d][::-1].ravel()
    mean, M = [], np.zeros((steps * n, steps * n))
    drift = np.zeros(n * lags)
    drift[:n] = system.c[d]
    for t in range(steps):
        state = drift + F @ state
        mean.append(state[:n])
        for s in range(t + 1):
            M[t * n : (t + 1) * n, s * n : (s + 1) * n] = (
                np.linalg.matrix_power(F, t - s)[:n, :n] @ system.P[d]
            )
    return np.concatenate(mean), M


@settings(max_examples=25)
@examples(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3))
def test_the_conditional_mean_and_spread_are_those_of_the_joint_normal(seed, lags, k):
    system, rng = make(seed, lags=lags)
    steps, n, draws = 5, 3, 5
    cells = rng.choice(steps * n, k, replace=False)
    where = np.stack(np.divmod(cells, n), axis=1)
    values = rng.standard_normal((draws, k)) * 3
    noise = rng.standard_normal((draws, steps, n))
    got, ahead, base = asked(system, where, np.arange(n), values, values, np.arange(k), noise)
    m0, cov0 = restricted_moments(ahead, where, np.arange(n))
    np.testing.assert_allclose(base.transpose(0, 2, 1), paths_from(system, noise), atol=1e-10)
    for d in range(draws):
        mean, M = joint(system, d, steps)
        cov = M @ M.T
        gain = cov[:, cells] @ np.linalg.inv(cov[np.ix_(cells, cells)])
        wanted = mean + gain @ (values[d] - mean[cells])
        np.testing.assert_allclose(got.mean[d].T.ravel(), wanted, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(ahead.mean[d].T.ravel(), mean, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(m0[d], mean[cells], rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(cov0[d], cov[np.ix_(cells, cells)], rtol=1e-10, atol=1e-10)
        # A draw is a linear map of the noise whose covariance is the conditional one.
        free = np.eye(steps * n) - gain @ np.eye(steps * n)[cells]
        wanted_draw = mean + free @ M @ noise[d].ravel() + gain @ (values[d] - mean[cells])
        np.testing.assert_allclose(got.draws[d].T.ravel(), wanted_draw, rtol=1e-9, atol=1e-9)
        conditional = cov - gain @ cov[cells]
        np.testing.assert_allclose(free @ cov @ free.T, conditional, atol=1e-8)
    along = got.draws.transpose(0, 2, 1).reshape(draws, -1)
    np.testing.assert_allclose(along[:, cells], values, atol=1e-9)
    np.testing.assert_allclose(got.parts.sum(axis=0), got.mean - ahead.mean, atol=1e-10)


@settings(max_examples=25)
@examples(st.integers(0, 10**6), st.integers(1, 3), st.booleans())
def test_paths_at_levels_are_those_given_the_levels(seed, lags, own):
    system, rng = make(seed, lags=lags)
    noise, free = rng.standard_normal((5, 4, 3)), np.arange(1 if own else 0, 3)
    where = np.array([[1, 1], [2, 1], [3, 1], [2, 2], [3, 2]])  # two series from two periods on
    groups = np.array([0, 0, 0, 1, 1])
    ahead = outlook(system, 4, np.arange(3))
    base = shocked(ahead, noise, np.arange(3))
    known = levels_of(ahead, where, free, groups, base)
    for levels in (np.zeros(2), rng.normal(0, 3, 2), np.array([1e4, -1e4])):
        values = np.broadcast_to(levels[groups], (5, 5))
        want = given(ahead, where, free, values, values, groups, base)
        got = at_levels(known, levels)
        for name, size in (("draws", 1.0), ("mean", 1.0), ("parts", 1.0), ("distance", 1e4)):
            scale = size * (1.0 + np.abs(levels).max())  # a distance grows with the square
            one, other = getattr(got, name), getattr(want, name)
            if name in ("mean", "parts"):
                other = other[..., -1:, :]  # of the last series alone
            far = 1e-9 * (scale + np.abs(other).max())  # of paths that lie at 30 rounding is more
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=far)


def test_without_conditions_nothing_changes():
    system, rng = make(1)
    noise = rng.standard_normal((5, 4, 3))
    none = np.zeros((0, 2), dtype=int)
    got, ahead, base = asked(
        system, none, np.arange(3), np.zeros((5, 0)), np.zeros((5, 0)), np.zeros(0, int), noise
    )
    np.testing.assert_array_equal(got.draws, base)
    np.testing.assert_array_equal(got.mean, ahead.mean)


def test_conditions_at_what_is_expected_anyway_do_not_move_the_mean():
    system, rng = make(2)
    where = np.array([[1, 0], [3, 2]])
    mean, cov = restricted_moments(outlook(system, 4, np.arange(3)), where, np.arange(3))
    spread = np.linalg.cholesky(cov) @ rng.standard_normal((5, 2, 1))
    values = mean + spread[:, :, 0]
    noise = rng.standard_normal((5, 4, 3))
    got, ahead, _ = asked(system, where, np.arange(3), values, mean, np.zeros(2, int), noise)
    np.testing.assert_allclose(got.mean, ahead.mean, atol=1e-10)
    np.testing.assert_allclose(got.distance, 0.0, atol=1e-12)


def test_only_free_shocks_answer():
    """With the series' own shock last in P, what is made of it says nothing of the others at once."""
    system, rng = make(3, n=2, lags=1)
    where = np.array([[0, 1]])
    values = np.full((5, 1), 50.0)
    noise = rng.standard_normal((5, 3, 2))
    made, _, base = asked(system, where, np.array([1]), values, values, np.zeros(1, int), noise)
    np.testing.assert_allclose(made.draws[:, 0, 0], base[:, 0, 0], atol=1e-9)
    seen, _, _ = asked(system, where, np.arange(2), values, values, np.zeros(1, int), noise)
    assert np.abs(seen.draws[:, 0, 0] - base[:, 0, 0]).min() > 1.0
    np.testing.assert_allclose(made.draws[:, 1, 0], 50.0, atol=1e-8)


def test_conditions_far_in_the_tail_stay_finite():
    system, rng = make(4)
    where = np.array([[t, 0] for t in range(6)])
    values = np.full((5, 6), 1e6)
    noise = rng.standard_normal((5, 6, 3))
    got, _, _ = asked(system, where, np.arange(3), values, values, np.zeros(6, int), noise)
    assert np.isfinite(got.draws).all()
    np.testing.assert_allclose(got.draws[:, 0], 1e6, rtol=1e-9)
