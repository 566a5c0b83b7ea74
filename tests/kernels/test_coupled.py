"""The coupled model's kernel: brute force, independent libraries, simulation-based calibration."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numba import njit
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import gammaln
from scipy.stats import chisquare, invwishart, multivariate_normal, norm
from scipy.stats import t as student
from statsmodels.tsa.api import VAR

from quadrille.kernels.addresses import call_flag, call_number
from quadrille.kernels.ar1 import log_likelihood, smooth_paths
from quadrille.kernels.coupled import all_kernels, draw_prior, inverse_wishart, keep_room, sweeps
from quadrille.kernels.dynamics import (
    Chain,
    World,
    log_density,
    smoothed_states,
    stationary_cov,
)
from quadrille.kernels.slices import LAMBDA_DF, LAMBDA_SCALE
from quadrille.measure.posterior import Series, make_noise, weighted_draws


@njit
def law_of(d, coef, q, xx, r, centre, precision, p, b, at):
    return call_flag(at.equation_law, d, coef, q, xx, r, centre, precision, p, b, at.factor)


@njit
def start_of(coef, sigma, z, deep, at):
    return call_number(at.log_start, coef, sigma, z, deep, at)


@njit
def inverse_of(a, out, deep, at):
    return call_flag(at.invert, a, out, deep, at.factor, at.subtract_gram)


def log_start(coef, sigma, z):
    return start_of(coef, sigma, z, np.empty((7, coef.size**2)), all_kernels())


def make_world(states, n_time, phi_min=0.5, network=True, moving=False, ties=None):
    pairs = list(combinations(range(states), 2))[:ties]
    n = len(pairs)
    group = [[0 if a == b else 1 if set(a) & set(b) else 2 for b in pairs] for a in pairs]
    return World(
        np.zeros((n_time, n)), np.ones((n_time, n)), np.full(n, 2.0), np.zeros(n), phi_min,
        np.array(group), np.full(n, 0.6),
        np.array([np.full(n, 0.5), np.full(n, -1.0), np.full(n, -0.5)]), np.array([1.0, 0.4, 0.4]),
        np.array([np.log(6.0), 0.25]), 1.0, network, moving, np.zeros((n, n)), LAMBDA_SCALE,
    )  # fmt: skip


def with_data(world, lags, seed, gaps=0.3):
    """A world of data drawn from the prior, and the truth."""
    rng = np.random.default_rng(seed)
    n_time, n = world.y.shape
    s2 = rng.gamma(2.0, 0.2, (n_time, n))
    truth = draw_prior(world, lags, rng)
    y = truth.x + rng.standard_normal((n_time, n)) * np.sqrt(truth.phi * s2)
    y[rng.random((n_time, n)) < gaps] = np.nan
    scatter = truth.phi * 2.0 * rng.standard_gamma(0.5 * world.repeats)
    return world._replace(y=y, s2=s2, scatter=scatter), truth


def dense(world, chain):
    """Mean and covariance of x by iterating the definition, without any banded algebra."""
    n_time, n = world.y.shape
    lags = chain.coef.shape[1] // n
    cov = np.empty((lags * n, lags * n))
    assert stationary_cov(chain.coef, chain.Sigma, cov)
    flip = np.arange(lags * n).reshape(lags, n)[::-1].ravel()
    size = n_time * n
    full = np.zeros((size, size))
    full[: lags * n, : lags * n] = cov[np.ix_(flip, flip)]
    for t in range(lags, n_time):
        now = slice(t * n, (t + 1) * n)
        for j in range(lags):
            past = slice((t - 1 - j) * n, (t - j) * n)
            full[now, : t * n] += chain.coef[:, j * n : (j + 1) * n] @ full[past, : t * n]
        full[: t * n, now] = full[now, : t * n].T
        for j in range(lags):
            past = slice((t - 1 - j) * n, (t - j) * n)
            full[now, now] += chain.coef[:, j * n : (j + 1) * n] @ full[past, now]
        full[now, now] += np.exp(chain.h[t]) * chain.Sigma
    return np.tile(chain.mu, n_time), full


@pytest.mark.parametrize(("states", "lags", "n_time"), [(2, 1, 6), (3, 1, 5), (3, 2, 6), (4, 3, 5)])
def test_smoothing_equals_the_joint_normal(states, lags, n_time):
    world, chain = with_data(make_world(states, n_time, moving=lags == 2), lags, states + lags)
    assert np.any(chain.h) == (lags == 2)
    mean, full = dense(world, chain)
    seen = ~np.isnan(world.y.ravel())
    noise = (chain.phi * world.s2).ravel()[seen]
    total = full[np.ix_(seen, seen)] + np.diag(noise)
    gain = np.linalg.solve(total, full[seen]).T
    y = world.y.ravel()[seen]
    got_mean, got_var = smoothed_states(world, chain)
    tolerance = {"rtol": 1e-8, "atol": 1e-8}
    np.testing.assert_allclose(got_mean.ravel(), mean + gain @ (y - mean[seen]), **tolerance)
    np.testing.assert_allclose(got_var.ravel(), np.diag(full - gain @ full[seen]), **tolerance)
    want = multivariate_normal.logpdf(y, mean[seen], total)
    assert log_density(world, chain) == pytest.approx(want, abs=1e-8)


def test_one_tie_is_the_measurement_model():
    world, chain = with_data(make_world(2, 30), 1, seed=3)
    mean, var = smoothed_states(world, chain)
    y, r = np.ascontiguousarray(world.y.T), np.ascontiguousarray((chain.phi * world.s2).T)
    args = (y, r, chain.mu, chain.coef[0], chain.Sigma[0])
    want = smooth_paths(*args)
    np.testing.assert_allclose(mean[:, 0], want.mean[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(var[:, 0], want.var[0], rtol=1e-9, atol=1e-9)
    assert log_density(world, chain) == pytest.approx(log_likelihood(*args)[0], abs=1e-9)


def test_order_of_ties_does_not_matter():
    world, chain = with_data(make_world(4, 12), 2, seed=5)
    order = np.random.default_rng(0).permutation(6)
    wide = np.concatenate([order, order + 6])
    moved = world._replace(y=world.y[:, order], s2=world.s2[:, order])
    other = chain._replace(
        mu=chain.mu[order], coef=chain.coef[order][:, wide].copy(), phi=chain.phi[order],
        Sigma=chain.Sigma[np.ix_(order, order)].copy(),
    )  # fmt: skip
    one, two = smoothed_states(world, chain), smoothed_states(moved, other)
    np.testing.assert_allclose(one[0][:, order], two[0], rtol=1e-9, atol=1e-9)
    assert log_density(world, chain) == pytest.approx(log_density(moved, other), abs=1e-9)


@pytest.mark.parametrize(("n", "lags"), [(1, 1), (3, 1), (2, 3)])
def test_stationary_covariance_equals_scipy(n, lags):
    rng = np.random.default_rng(n)
    coef = 0.3 * rng.standard_normal((n, n * lags))
    root = rng.standard_normal((n, n + 1))
    sigma = root @ root.T
    companion = np.eye(n * lags, k=-n)
    companion[:n] = coef
    assert np.abs(np.linalg.eigvals(companion)).max() < 1
    noise = np.zeros((n * lags, n * lags))
    noise[:n, :n] = sigma
    out = np.empty_like(noise)
    assert stationary_cov(coef, sigma, out)
    np.testing.assert_allclose(out, solve_discrete_lyapunov(companion, noise), rtol=1e-9, atol=1e-9)
    z = rng.standard_normal((lags + 2, n))
    want = multivariate_normal.logpdf(z[:lags][::-1].ravel(), cov=out)
    assert log_start(coef, sigma, z) + 0.5 * n * lags * np.log(2 * np.pi) * -1 == pytest.approx(
        want
    )


@pytest.mark.parametrize("coef", [1.0, 1.2, -1.0001])
def test_what_is_not_stationary_is_refused(coef):
    out = np.empty((1, 1))
    assert not stationary_cov(np.array([[coef]]), np.eye(1), out)
    assert log_start(np.array([[coef]]), np.eye(1), np.zeros((3, 1))) == -np.inf


@pytest.mark.parametrize("lags", [1, 2])
def test_without_noise_and_prior_it_is_least_squares(lags):
    """Coefficients solve statsmodels' VAR, and the states are the observations."""
    rng = np.random.default_rng(lags)
    n, n_time = 3, 60
    y = rng.standard_normal((n_time, n)).cumsum(axis=0) * 0.3 + rng.standard_normal((n_time, n))
    fitted = VAR(y).fit(lags)
    total = fitted.coefs.sum(axis=0)
    mu = np.linalg.solve(np.eye(n) - total, fitted.intercept)
    z = y - mu
    past = np.hstack([z[lags - 1 - j : n_time - 1 - j] for j in range(lags)])
    xx, xy = past.T @ past, past.T @ z[lags:]
    q = np.linalg.inv(fitted.sigma_u)
    coef, flat = np.zeros((n, n * lags)), np.zeros(n * lags)
    root, half = np.empty_like(xx), np.empty_like(flat)
    for _ in range(200):  # the conditional means, taken in turn, settle at the joint mean
        for d in range(n):
            r = xy - xx @ coef.T
            assert law_of(d, coef, q, xx, r, flat, flat, root, half, all_kernels())
            coef[d] = np.linalg.solve(np.triu(root), half)
    want = np.hstack(list(fitted.coefs))
    np.testing.assert_allclose(coef, want, rtol=1e-6, atol=1e-8)

    world = make_world(3, n_time)._replace(y=y, s2=np.full(y.shape, 1e-14))
    chain = draw_prior(world, lags, rng)
    mean, var = smoothed_states(world, chain)
    np.testing.assert_allclose(mean, y, atol=1e-6)
    assert var.max() < 1e-12


@pytest.mark.parametrize("n", [1, 3, 4, 9])
def test_an_inverse_is_one(n):
    root = np.random.default_rng(n).standard_normal((n, n + 2))
    a, out = root @ root.T, np.empty((n, n))
    assert inverse_of(a, out, np.empty((7, n * n)), all_kernels())
    np.testing.assert_allclose(out @ a, np.eye(n), atol=1e-8)  # a may be ill-conditioned
    assert not inverse_of(-a, out, np.empty((7, n * n)), all_kernels())


def test_inverse_wishart_moments():
    rng = np.random.default_rng(0)
    scale = np.array([[2.0, 0.5], [0.5, 1.0]])
    draws = np.empty((20_000, 2, 2))
    for draw in draws:
        assert inverse_wishart(9.0, scale, draw, rng)
    want = invwishart(9, scale)
    np.testing.assert_allclose(draws.mean(axis=0), want.mean(), atol=0.01)  # 4 standard errors
    np.testing.assert_allclose(draws.var(axis=0), want.var(), rtol=0.15)


def run(world, lags, seed, draws, thin, warmup=500):
    rng = np.random.default_rng(seed)
    chain = draw_prior(world, lags, rng)
    sweeps(world, chain, keep_room(chain, 0), 0, warmup, 1, rng)
    kept = keep_room(chain, draws)
    assert sweeps(world, chain, kept, 0, draws, thin, rng) == draws
    return kept


def test_a_chain_cut_in_pieces_is_the_same_chain():
    world, _ = with_data(make_world(3, 15), 1, seed=1)
    whole = run(world, 1, 7, 20, 2, warmup=10)
    rng = np.random.default_rng(7)
    chain = draw_prior(world, 1, rng)
    for count in (4, 6):
        sweeps(world, chain, keep_room(chain, 0), 0, count, 1, rng)
    kept = keep_room(chain, 20)
    for first, count in ((0, 5), (5, 14), (19, 1)):
        sweeps(world, chain, kept, first, count, 2, rng)
    for name, one, two in zip(Chain._fields, whole, kept, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=name)


def _one_tie_prior(theta, world, rng):
    """Log prior density of (mu, log q, logit rho, log phi) in the coupled model, by Monte Carlo."""
    k = np.exp(rng.normal(world.tight[0], np.sqrt(world.tight[1]), 300))
    unit = np.exp(rng.normal(world.mean[1, 0], np.sqrt(world.var[1]), 300))
    spread = np.geomspace(1e-3, 30.0, 300)  # by quadrature: near zero the density of rho is a spike
    mass = student.pdf(spread / LAMBDA_SCALE[0], LAMBDA_DF) * spread
    q, rho = np.exp(theta[:, 1, None]), 1 / (1 + np.exp(-theta[:, 2, None]))
    shape, rate = 0.5 * (k + 2), 0.5 * k * unit
    log_q = shape * np.log(rate) - gammaln(shape) - shape * np.log(q) - rate / q
    value = np.log(np.exp(log_q).mean(axis=1))
    value += np.log(norm.pdf(rho, world.own[0], spread) @ (mass / mass.sum()))
    value += np.log(rho * (1 - rho))[:, 0]
    value += norm.logpdf(theta[:, 0], world.mean[0, 0], np.sqrt(world.var[0]))
    return value + norm.logpdf(theta[:, 3], world.mean[2, 0], np.sqrt(world.var[2]))


def test_posterior_of_one_tie_equals_importance_sampling():
    """The whole posterior of one tie, against the measurement model's sampler under this prior."""
    world = make_world(2, 80, phi_min=1.0)._replace(repeats=np.zeros(1))
    rng = np.random.default_rng(11)
    x = np.empty(80)
    x[0] = 1.0
    for t in range(1, 80):
        x[t] = 0.5 + 0.9 * (x[t - 1] - 0.5) + 0.6 * rng.standard_normal()
    y = x + 0.6 * rng.standard_normal(80)
    y[rng.random(80) < 0.2] = np.nan
    world = world._replace(y=y[:, None], s2=np.full((80, 1), 0.2))
    mean = np.array([[0.5, -1.0, 1.5, -0.5]])
    cov = np.diag([1.0, 0.5, 1.0, 0.5])
    zero = np.zeros(1)
    series = Series(world.y.T.copy(), world.s2.T.copy(), zero, zero)
    got = weighted_draws(series, mean, cov, 1.0, make_noise(rng, 1, 30_000))
    theta = got.theta[0]
    log_w = got.log_w[0] - norm.logpdf(theta, mean[0], np.sqrt(np.diag(cov))).sum(axis=1)
    log_w += _one_tie_prior(theta, world, rng)
    w = np.exp(log_w - log_w.max())
    w /= w.sum()
    effective = 1 / (w**2).sum()
    assert effective > 800, effective
    kept = run(world, 1, 3, 2500, 4)
    rho = kept.coef[:, 0, 0]
    assert (rho < 0).mean() < 1e-3  # the measurement model holds positive persistence only
    mine = np.column_stack(
        [kept.mu[:, 0], np.log(kept.Sigma[:, 0, 0]), rho, np.log(kept.phi[:, 0] - 1.0)]
    )
    theirs = theta.copy()
    theirs[:, 2] = 1 / (1 + np.exp(-theta[:, 2]))
    centre = w @ theirs
    spread = np.sqrt(w @ (theirs - centre) ** 2)
    # Monte Carlo error of both: about 1/sqrt(1000) of a standard deviation each.
    np.testing.assert_allclose((mine.mean(axis=0) - centre) / spread, 0.0, atol=0.15)
    np.testing.assert_allclose(mine.std(axis=0) / spread, 1.0, atol=0.12)


def ranks(seed, states, n_time, lags, phi_min, moving, draws=99, thin=15):
    base = make_world(states, n_time, phi_min, moving=moving)
    world, truth = with_data(base, lags, seed)
    kept = run(world, lags, seed + 1_000_000, draws, thin, warmup=200)
    n = world.y.shape[1]
    upper = np.triu_indices(n)
    out = {}
    for name in Chain._fields:
        if name in ("h", "vol") and not moving:
            continue
        one, many = getattr(truth, name), getattr(kept, name)
        if name == "Sigma":
            one, many = one[upper], many[:, upper[0], upper[1]]
        out[name] = (many.reshape(draws, -1) < one.ravel()).sum(axis=0)
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("states", "n_time", "lags", "phi_min", "moving"),
    [(3, 12, 1, 0.5, False), (3, 10, 2, 0.0, False), (3, 12, 1, 0.5, True)],
)
def test_simulation_based_calibration(states, n_time, lags, phi_min, moving):
    """Talts et al. (2018): ranks of the truth among 99 draws are uniform, 500 worlds."""
    got = [ranks(s, states, n_time, lags, phi_min, moving) for s in range(500)]
    for name in got[0]:
        rank = np.stack([g[name] for g in got])
        p = [chisquare(np.bincount(r // 10, minlength=10)).pvalue for r in rank.T]
        worst = min(1.0, min(p) * len(p))  # Bonferroni within the block
        print(
            f"{name}: {len(p)} quantities, smallest p x number {worst:.3f}, mean rank {rank.mean():.2f}"
        )
        assert worst > 0.001, name
