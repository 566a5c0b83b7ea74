"""Count worlds with their own totals: what the sites say of a truth that is known."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.measure.counts import Counts, count_observations, learn_counts
from quadrille.measure.posterior import Series, make_noise, moments, weighted_draws

RHO, Q, LEVEL, APART = 0.8, 0.15, 2.3, 0.8
CLASSES = ((0, 1), (1, 4), (4, 20), (20, 100), (100, np.inf))


def world(seed, dyads, worth=np.inf, periods=11):
    """Truth in log odds with one mean at every volume, and counts of heavy-tailed yearly totals.

    ``worth``: as many independent events as a dyad's period holds at most (beta-binomial); inf: binomial.
    """
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.normal(1.0, 2.2, dyads)).clip(0.05, 5000)
    n = rng.poisson(rate[:, None] * rng.gamma(3.0, 1 / 3.0, (dyads, periods)))
    n = n[(n > 0).any(axis=1)]
    mu = LEVEL + rng.normal(0, APART, len(n))
    x = np.empty(n.shape)
    x[:, 0] = mu + rng.normal(0, np.sqrt(Q / (1 - RHO**2)), len(n))
    for t in range(1, periods):
        x[:, t] = mu + RHO * (x[:, t - 1] - mu) + rng.normal(0, np.sqrt(Q), len(n))
    p = 1 / (1 + np.exp(-x))
    share = p if np.isinf(worth) else rng.beta(worth * p, worth * (1 - p))
    plus = np.where(n > 0, rng.binomial(n, share), np.nan)
    return x, n, Counts(plus, np.where(n > 0, n, np.nan) - plus)


def measured(n, counts):
    volume = np.log1p(n.sum(axis=1) / (n > 0).sum(axis=1))
    got = count_observations(learn_counts(counts, volume))
    zero = np.zeros(len(n))
    series = Series(got.y, got.s2, zero, zero)
    noise = make_noise(np.random.default_rng(1), len(n), 64)
    drawn = weighted_draws(series, got.prior.mean(volume), got.prior.cov, 1.0, noise, got.start)
    return got, *moments(series, drawn, 1.0)


def by_volume(x, n, mean, sd):
    """Bias in log odds, and the share of 90% bands that hold the truth, in each class of volume."""
    usual = n.mean(axis=1)
    for low, high in CLASSES:
        own = (usual >= low) & (usual < high)
        off = (mean - x)[own]
        yield float(off.mean()), float(np.mean(np.abs(off) < 1.645 * sd[own]))


def test_no_volume_is_dragged_down_and_bands_hold():
    x, n, counts = world(3, 500)
    got, mean, sd = measured(n, counts)
    assert got.prior.converged
    assert got.omega.max() < 0.05
    for bias, held in by_volume(x, n, mean, sd):
        assert abs(bias) < 0.2
        assert 0.82 < held < 0.96


def test_the_empirical_logit_is_dragged_down():
    """What this replaces: the same world by (C + 1/2)/(F + 1/2) with a variance from the same counts."""
    x, n, counts = world(3, 500)
    y = np.log((counts.plus + 0.5) / (counts.minus + 0.5))
    few = n.mean(axis=1) < 4
    assert np.nanmean((y - x)[few]) < -0.5


def test_over_dispersion_is_learnt():
    _, n, counts = world(4, 500, worth=20.0)
    got, _, _ = measured(n, counts)
    assert 0.025 < float(np.median(got.omega)) < 0.1  # 1/20


def test_many_events_are_their_own_logit():
    """Where events are many, repeat nothing and follow a slow path, a site is the log odds with its usual variance."""
    rng = np.random.default_rng(5)
    n = rng.integers(2000, 6000, (60, 8)).astype(float)
    x = 1.0 + np.cumsum(0.4 * rng.standard_normal((60, 8)), axis=1)
    plus = rng.binomial(n.astype(int), 1 / (1 + np.exp(-x))).astype(float)
    got, _, _ = measured(n, Counts(plus, n - plus))
    worth = 1 + (n - 1) * (got.omega / (1 + got.omega))[:, None]
    np.testing.assert_allclose(got.y, np.log(plus / (n - plus)), atol=0.1)
    np.testing.assert_allclose(got.s2, (1 / plus + 1 / (n - plus)) * worth, rtol=0.35)


@pytest.mark.slow
@pytest.mark.parametrize("worth", [np.inf, 20.0])
def test_bands_hold_in_every_class_of_volume(worth):
    x, n, counts = world(6, 2000, worth)
    _, mean, sd = measured(n, counts)
    for bias, held in by_volume(x, n, mean, sd):
        assert abs(bias) < 0.1
        assert 0.87 < held < 0.94
