"""The posterior of the index against ways of computing it that share nothing with it."""

from __future__ import annotations

import numpy as np
import pytest
from witnessed_worlds import Told, as_reports, exact, sampled

from quadrille.kernels.ar1 import smooth_paths
from quadrille.kernels.witness import (
    BINOMIAL,
    COUNT,
    NORMAL,
    Items,
    Posterior,
    Reports,
    first_guess,
    sweep,
)

Q = np.array([[0.06, 0.01], [0.01, 0.04]])


def _items(**changed: object) -> Items:
    """Votes, a dispute, force in it, war with force (one bias), a count and a share of it."""
    base = Items(
        np.array([NORMAL, BINOMIAL, BINOMIAL, BINOMIAL, COUNT, BINOMIAL], np.int32),
        np.array([0, 1, 1, 1, 2, 3], np.int32),
        np.array([
            [0.2, 0.9, -0.4, 0.7], [-2.0, -1.7, 1.5, 1.0], [0.5, -1.7, 1.5, 1.0], [-2.0, -1.7, 1.5, 1.0],
            [0.1, 0.2, 1.5, 0.5], [-1.0, -0.7, 0.3, 0.8],
        ]),
        np.array([0.15, 1.0, 1.0, 1.0, 2.0, 1.0]),
        np.array([[0.97, 0.09], [0.98, 0.04], [0.95, 0.06], [0.9, 0.06]]),
        0.97, np.linalg.inv(np.array([[1.5, 0.6], [0.6, 1.0]])), np.linalg.inv(Q), 0.0,
    )  # fmt: skip
    return base._replace(**changed)


def _settled(reports: Reports, items: Items, sweeps: int = 300) -> Posterior:
    post = first_guess(reports, items)
    post.scale[:] = 1.0
    for _ in range(sweeps):
        sweep(reports, items, post, learn=False)
    return post


def _made(rng: np.random.Generator, items: Items, years: int, gaps: float = 0.3) -> Told:
    """A dyad drawn from the model: the next stage of a dispute is reported where the one before was reached."""
    s, g = 2, items.drift.shape[0]
    x = np.zeros((years, s))
    u = np.zeros((years, g))
    x[0] = rng.multivariate_normal(np.zeros(s), np.linalg.inv(items.start))
    u[0] = rng.normal(size=g)
    for t in range(1, years):
        lam = rng.gamma(items.nu / 2, 2 / items.nu) if items.nu else 1.0
        x[t] = items.rho * x[t - 1] + rng.multivariate_normal(np.zeros(s), Q / lam)
        u[t] = items.drift[:, 0] * u[t - 1] + rng.normal(size=g) * np.sqrt(items.drift[:, 1])
    rows: list[tuple[int, int, float, float]] = []
    for t in range(years):
        psi = items.theta[:, 0] + items.theta[:, 1:3] @ x[t] + items.theta[:, 3] * u[t][items.group]
        p = 1 / (1 + np.exp(-psi))
        if rng.random() > gaps:
            rows.append((t, 0, psi[0] + rng.normal(0, np.sqrt(0.1 + items.noise[0])), 0.1))
        for stage in (1, 2, 3):
            reached = float(rng.random() < p[stage])
            rows.append((t, stage, reached, 1.0))
            if not reached:
                break
        if rng.random() > gaps:
            attention = rng.normal(0.5, 1.0)
            size = items.noise[4]
            n = float(rng.poisson(np.exp(psi[4] + attention) * rng.gamma(size, 1 / size)))
            rows.append((t, 4, n, attention))
            if n:
                rows.append((t, 5, float(rng.binomial(int(n), p[5])), n))
    year, item, y, offset = (np.array(c) for c in zip(*rows, strict=True))
    return Told(year, item, y, offset, years)


def test_one_normal_witness_is_the_model_of_one_relation() -> None:
    rng = np.random.default_rng(1)
    dyads, years, mu, rho, q = 50, 40, 0.3, 0.93, 0.08
    y = np.cumsum(rng.normal(0, 0.3, (dyads, years)), 1)
    y[rng.random(y.shape) < 0.4] = np.nan
    r = rng.uniform(0.05, 2.0, y.shape)
    omega = 0.2
    today = smooth_paths(y, r + omega, *(np.full(dyads, v) for v in (mu, rho, q)))
    told = []
    for row, var in zip(y, r, strict=True):
        at = np.flatnonzero(np.isfinite(row))
        told.append(Told(at, np.zeros(at.size, int), row[at], var[at], years))
    items = Items(
        np.array([NORMAL], np.int32), np.array([0], np.int32), np.array([[mu, 1.0, 0.0]]),
        np.array([omega]), np.array([[0.9, 0.19]]), rho, np.array([[(1 - rho**2) / q]]), np.array([[1 / q]]), 0.0,
    )  # fmt: skip
    post = _settled(as_reports(told), items, 2)
    assert np.abs(mu + post.mean.reshape(y.shape) - today.mean).max() < 1e-8
    assert np.abs(post.cov.reshape(y.shape) - today.var).max() < 1e-8


def test_normal_witnesses_with_drifting_biases_are_solved_exactly() -> None:
    rng = np.random.default_rng(2)
    items = _items(family=np.zeros(6, np.int32))
    told = []
    for years in (1, 2, 7, 12):
        there = rng.random((years, 6)) < 0.5
        there[0, 0] = True
        year, item = np.nonzero(there)
        told.append(Told(year, item, rng.normal(size=item.size), rng.uniform(0.1, 2, item.size), years))  # fmt: skip
    post = _settled(as_reports(told), items, 2)
    first = 0
    row = 0
    for dyad in told:
        mean, cov = exact(dyad, items)
        n = 6
        for t in range(dyad.years):
            at = slice(t * n, t * n + 2)
            assert np.abs(post.mean[first + t] - mean[at]).max() < 1e-8
            assert np.abs(post.cov[first + t] - cov[at, at]).max() < 1e-8
        for t, k in zip(dyad.year, dyad.item, strict=True):
            see = np.zeros(mean.size)
            see[t * n : t * n + 2] = items.theta[k, 1:3]
            see[t * n + 2 + items.group[k]] = items.theta[k, 3]
            assert abs(post.fit[row] - items.theta[k, 0] - see @ mean) < 1e-8
            assert abs(post.fit_var[row] - see @ cov @ see) < 1e-8
            row += 1
        first += dyad.years


def test_sums_for_the_m_step_are_those_of_the_exact_posterior() -> None:
    rng = np.random.default_rng(3)
    items = _items(family=np.zeros(6, np.int32))
    year, item = np.nonzero(np.ones((5, 6)))
    told = Told(year, item, rng.normal(size=30), rng.uniform(0.1, 2, 30), 5)
    reports = as_reports([told])
    post = first_guess(reports, items)
    post.scale[:] = 1.0
    sums = sweep(reports, items, post)
    mean, cov = exact(told, items)
    second = (cov + np.outer(mean, mean)).reshape(5, 6, 5, 6)
    now, lag, old = (
        sum(second[t + a, :, t + b] for t in range(4)) for a, b in ((1, 1), (1, 0), (0, 0))
    )
    x = slice(0, 2)
    step = now[x, x] - items.rho * (lag[x, x] + lag[x, x].T) + items.rho**2 * old[x, x]
    assert np.abs(sums.step - step).max() < 1e-8
    assert np.abs(sums.start - second[0, x, 0, x]).max() < 1e-8
    assert sums.lag[0] == pytest.approx(np.sum(items.precision * lag[x, x]), abs=1e-7)
    assert sums.square[0] == pytest.approx(np.sum(items.precision * old[x, x]), abs=1e-7)
    bias = np.c_[now.diagonal()[2:], lag.diagonal()[2:], old.diagonal()[2:]]
    assert np.abs(sums.bias[:, 2:5] - bias).max() < 1e-8
    for k in range(6):
        gram, cross = np.zeros((4, 4)), np.zeros(4)
        for r in np.flatnonzero(item == k):
            w = 1 / (told.offset[r] + items.noise[k])
            at = np.r_[0, 1, 2 + items.group[k]]
            one = np.r_[1, mean.reshape(5, 6)[year[r], at]]
            both = np.outer(one, one)
            both[1:, 1:] = second[year[r]][:, year[r]][np.ix_(at, at)]
            gram += w * both
            cross += w * told.y[r] * one
        assert np.abs(sums.gram[k] - gram).max() < 1e-8
        assert np.abs(sums.cross[k] - cross).max() < 1e-8


def test_a_year_without_reports_may_jump_as_a_student_innovation_does() -> None:
    items = _items(nu=4.0)
    told = Told(np.zeros(1, int), np.zeros(1, int), np.ones(1), np.ones(1), 3)
    post = _settled(as_reports([told]), items)
    for t in (1, 2):
        ahead = items.rho**2 * post.cov[t - 1] + 2.0 * Q
        assert np.abs(post.cov[t] / ahead - 1).max() < 0.04


def test_a_jump_that_reports_are_sure_of_is_followed() -> None:
    items = _items(nu=4.0, noise=np.array([0.01, 1.0, 1.0, 1.0, 2.0, 1.0]))
    y = np.r_[np.zeros(8), np.full(8, 3.0)]
    told = Told(np.arange(16), np.zeros(16, int), y, np.full(16, 0.01), 16)
    post = _settled(as_reports([told]), items)
    assert post.scale[8] < 0.25
    assert post.scale[2:8].min() > 0.5
    assert abs(post.fit[8] - 3.0) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("nu", [0.0, 4.0])
def test_counts_shares_and_stages_are_near_the_posterior_by_sampling(nu: float) -> None:
    """Gaps in posterior standard deviations, and of these in their own size."""
    for seed in (0, 1, 2):
        rng = np.random.default_rng(seed)
        items = _items(nu=nu)
        told = _made(rng, items, 5)
        post = _settled(as_reports([told]), items)
        draws = sampled(told, items, rng, chains=100, draws=150)[..., :2]
        sd = np.sqrt(np.diagonal(post.cov, axis1=1, axis2=2))
        assert np.abs((post.mean - draws.mean(0)) / draws.std(0)).max() < 0.08
        assert np.abs(sd / draws.std(0) - 1).max() < 0.06
        held = np.abs(draws - post.mean) < 1.645 * sd
        assert 0.88 < held.mean() < 0.92
