"""Breaks: dates in known worlds, against brute force, and told from slides."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from quadrille.kernels.breaks import _evidence, break_or_slide
from quadrille.kernels.regimes import jump_probabilities, regime_probabilities


def dated(rng, size, rho=0.0, length=36):
    """Whether a break of so many deviations is dated within a period, and lies in its 90% band."""
    at, noise = int(rng.integers(8, length - 8)), rng.normal(size=length)
    for t in range(1, length):
        noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * noise[t]
    y = noise + size * (np.arange(length) >= at)
    y[rng.random(length) < 0.1] = np.nan
    got = break_or_slide(y, np.full(length, 0.1))
    lo, hi = np.searchsorted(np.cumsum(got.dates), (0.05, 0.95))
    return abs(got.best - at) <= 1, lo <= at <= hi


@pytest.mark.parametrize("size, rho", [(2.0, 0.0), (2.5, 0.4)])
def test_simulated_breaks_are_dated_within_a_period_in_four_of_five(size, rho):
    """With noise of which 0.4 lasts, and two deviations, not even known levels would do: docs/methods/episodes.md."""
    rng = np.random.default_rng(3)
    found = np.array([dated(rng, size, rho) for _ in range(120)])
    assert found[:, 0].mean() >= 0.80
    assert found[:, 1].mean() >= 0.88


def test_a_break_is_told_from_a_slide():
    rng = np.random.default_rng(4)
    steps, slides = [], []
    for _ in range(60):
        noise, at = rng.normal(size=36), rng.integers(10, 26)
        steps.append(break_or_slide(noise + 4.0 * (np.arange(36) >= at), np.zeros(36)).p_break)
        ramp = np.clip((np.arange(36) - 10) / 14, 0, 1)
        slides.append(break_or_slide(noise + 4.0 * ramp, np.zeros(36)).p_break)
    assert np.median(steps) > 0.7
    assert np.median(slides) < 0.15


def test_evidence_is_the_density_of_the_joint_normal():
    rng = np.random.default_rng(5)
    at, y = np.array([0, 1, 2, 4, 5, 7, 8, 9, 10]), rng.normal(size=9)
    starts, ends = np.array([1, 3, 2]), np.array([2, 8, 5])
    root = rng.normal(size=(2, 9, 9))
    cov = root @ root.swapaxes(1, 2) + np.eye(9)
    got = _evidence(at, starts, ends, y, cov, 2.0)
    for noise, row in zip(cov, got, strict=True):
        for s, e, value in zip(starts, ends, row, strict=True):
            x = np.clip((at - s) / (e - s), 0, 1)
            whole = noise + 2.0 * (np.ones((9, 9)) + np.outer(x, x))
            assert value + 9 * -0.5 * np.log(2 * np.pi) == pytest.approx(
                multivariate_normal(np.zeros(9), whole).logpdf(y)
            )


@given(st.integers(0, 2**31), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
@settings(max_examples=20, deadline=None)
def test_neither_unit_nor_origin_matters(seed, unit, shift):
    y = np.random.default_rng(seed).normal(size=20)
    one, other = break_or_slide(y, np.full(20, 0.2)), break_or_slide(unit * y + shift, np.full(20, 0.2 * unit**2))  # fmt: skip
    assert other.p_break == pytest.approx(one.p_break)
    np.testing.assert_allclose(other.dates, one.dates, atol=1e-9)


def test_too_little_says_nothing():
    assert break_or_slide(np.array([1.0, 2, 3, 4, 5]), np.ones(5)) is None
    assert break_or_slide(np.ones(20), np.ones(20)) is None


def test_jumps_are_those_of_all_sequences():
    """Brute force over every sequence of seven periods."""
    rng = np.random.default_rng(6)
    y, r, levels, stay = (
        rng.normal(size=7),
        np.full(7, 0.3),
        np.array([-0.5, 0.7]),
        np.array([0.8, 0.7]),
    )
    y[3] = np.nan
    start = np.array([1 - stay[1], 1 - stay[0]]) / (2 - stay.sum())
    move = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])
    jumps, total = np.zeros((2, 7)), 0.0
    for code in range(2**7):
        s = [(code >> k) & 1 for k in range(7)]
        p = start[s[0]] * np.prod([move[i, j] for i, j in pairwise(s)])
        p *= np.prod(
            [np.exp(-0.5 * (v - levels[k]) ** 2 / 0.8) for v, k in zip(y, s, strict=True) if v == v]
        )
        total += p
        for t in range(1, 7):
            if s[t] != s[t - 1]:
                jumps[s[t], t] += p
    got = jump_probabilities(y, r, levels, 0.5, stay)
    np.testing.assert_allclose(got, jumps / total, atol=1e-12)
    high, _ = regime_probabilities(y, r, levels, 0.5, stay)
    np.testing.assert_allclose(np.diff(high), (got[1] - got[0])[1:], atol=1e-12)
