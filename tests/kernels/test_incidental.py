"""The bias of three-way gravity and its standard errors: brute force, and panels with known bias.

The panels are made after Weidner & Zylkin (2021, section 5): exporter-time, importer-time and pair effects, a regressor that
depends on all of them and on its past, log-normal errors whose variance falls with the mean or grows with it.
"""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.kernels.incidental import three_way, two_way


def panel(n, t, errors, rng):
    """Flows, regressor and the two ends of a world with β = 1."""
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    a, g, pair = (
        rng.normal(0, 0.25, (n, t)),
        rng.normal(0, 0.25, (n, t)),
        rng.normal(0, 0.25, i.size),
    )
    x, past = np.zeros((i.size, t)), pair + rng.normal(0, 0.25, i.size)
    for k in range(t):
        past = x[:, k] = past / 2 + a[i, k] + g[j, k] + rng.normal(0, 0.5, i.size)
    mean = np.exp(x + a[i] + g[j] + pair[:, None])
    spread = {"constant variance": mean**-2, "as Poisson": mean**-1, "as gamma": mean**0}[errors]
    z = rng.normal(size=mean.shape)
    for k in range(1, t):
        z[:, k] = 0.3 * z[:, k - 1] + np.sqrt(1 - 0.09) * z[:, k]
    log = np.log1p(spread)
    return mean * np.exp(z * np.sqrt(log) - log / 2), x[:, :, None], i, j


def dummies(i, j, n, t, pairs):
    """Every effect as a column, over rows (pair, time)."""
    p = i.size
    who, when = np.repeat(np.arange(p), t), np.tile(np.arange(t), p)
    d = [np.eye(n * t)[i[who] * t + when], np.eye(n * t)[j[who] * t + when]]
    return np.hstack([*d, np.eye(p)[who]] if pairs else d)


def estimate(y, x, i, j, n, pairs=True):
    """Poisson by Newton's method on dummies: coefficients, fit."""
    z = np.hstack([x.reshape(y.size, -1), dummies(i, j, n, y.shape[1], pairs)])
    flat, b = y.ravel(), np.zeros(z.shape[1])
    eta = np.log(flat + flat.mean()) - 0.5
    for _ in range(60):
        mu = np.exp(eta)
        w = z * mu[:, None]
        # What the dummies do not identify is held by next to nothing.
        b = np.linalg.solve(z.T @ w + 1e-10 * np.eye(b.size), w.T @ (eta + flat / mu - 1.0))
        step = np.abs(z @ b - eta).max()
        eta = z @ b
        if step < 1e-10:
            break
    return b[: x.shape[2]], np.exp(eta).reshape(y.shape)


def derivatives(fit):
    """Information of each pair and its derivative by each linear predictor, the latter by differences."""

    def information(mu):
        share = mu / mu.sum()
        return mu.sum() * (np.diag(share) - np.outer(share, share))

    first = np.stack([information(m) for m in fit])
    third = np.zeros((*first.shape, fit.shape[1]))
    h = 1e-5
    for p, m in enumerate(fit):
        for s in range(m.size):
            moved = []
            for sign in (h, -h):
                e = m * np.exp(sign * (np.arange(m.size) == s))
                moved.append(information(e * m.sum() / e.sum()))
            third[p, :, :, s] = -(moved[0] - moved[1]) / (2 * h)
    return first, third


@pytest.fixture(scope="module")
def tiny():
    rng = np.random.default_rng(4)
    y, x, i, j = panel(6, 3, "as Poisson", rng)
    x = np.concatenate([x, rng.normal(size=x.shape)], axis=2)
    return y, x, i, j, estimate(y, x, i, j, 6)[1]


def net_of_dummies(x, fit, z):
    """Weighted least squares residuals of the regressors on the dummies."""
    root = np.sqrt(fit.ravel())[:, None]
    flat = x.reshape(fit.size, -1)
    return (flat - z @ np.linalg.lstsq(z * root, flat * root, rcond=1e-11)[0]).reshape(x.shape)


def test_bias_is_the_formula_term_by_term(tiny):
    y, x, i, j, fit = tiny
    net = net_of_dummies(x, fit, dummies(i, j, 6, 3, True))
    score, (own, third) = y - fit, derivatives(fit)
    wanted = np.zeros(2)
    for end in (i, j):
        for c in range(6):
            mine = np.flatnonzero(end == c)
            inverse = np.linalg.pinv(sum(own[p] for p in mine))
            spread = inverse @ sum(np.outer(score[p], score[p]) for p in mine) @ inverse
            for k in range(2):
                for p in mine:
                    wanted[k] -= net[p, :, k] @ own[p] @ inverse @ score[p]
                    wanted[k] += 0.5 * np.sum((third[p] @ net[p, :, k]) * spread)
    w = sum(net[p].T @ own[p] @ net[p] for p in range(i.size))
    found = three_way(y, fit, x, i, j, 6)
    # Third derivatives by central differences are good to about 1e-8.
    np.testing.assert_allclose(found.bias, np.linalg.solve(w, wanted) * 6 / 5, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("pairs", [True, False])
def test_variances_are_those_of_explicit_dummies(tiny, pairs):
    y, x, i, j, fit = tiny
    if not pairs:
        fit = estimate(y, x, i, j, 6, pairs=False)[1]
    z = np.hstack([x.reshape(y.size, -1), dummies(i, j, 6, 3, pairs)])
    net = net_of_dummies(x, fit, z[:, 2:])
    bread = np.linalg.inv(np.einsum("ptk,pt,ptl->kl", net, fit, net))
    hat = fit.ravel()[:, None] * (z @ np.linalg.pinv(z.T @ (z * fit.ravel()[:, None])) @ z.T)
    raw, freed = [], []
    for p in range(i.size):
        rows = slice(3 * p, 3 * p + 3)
        s = (y - fit)[p]
        # With pair effects the leverage is one along the fit itself, where the regressor has nothing.
        raw.append(net[p].T @ s)
        freed.append(net[p].T @ np.linalg.pinv(np.eye(3) - hat[rows, rows], rcond=1e-9) @ s)
    raw, freed = np.array(raw), np.array(freed)
    found = (three_way if pairs else two_way)(y, fit, x, i, j, 6)
    np.testing.assert_allclose(found.cov, bread @ raw.T @ raw @ bread, rtol=1e-7)
    both = bread @ raw.T @ freed @ bread
    np.testing.assert_allclose(found.corrected, (both + both.T) / 2, rtol=1e-6)


def test_what_effects_absorb_changes_nothing(tiny):
    y, x, i, j, fit = tiny
    rng = np.random.default_rng(5)
    more = (
        rng.normal(size=(6, 3))[i] + rng.normal(size=(6, 3))[j] + rng.normal(size=i.size)[:, None]
    )
    found, other = (three_way(y, fit, v, i, j, 6) for v in (x, x + more[:, :, None]))
    for one, two in zip(found, other, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-7, atol=1e-12)


def test_names_and_order_and_absent_rows_do_not_matter(tiny):
    y, x, i, j, fit = tiny
    rng = np.random.default_rng(6)
    order, names = rng.permutation(i.size), rng.permutation(6)
    found = three_way(y, fit, x, i, j, 6)
    other = three_way(y[order], fit[order], x[order], names[i[order]], names[j[order]], 6)
    # A seventh country that never trades, and a period in which nothing is seen.
    pad = [np.concatenate([v, np.zeros_like(v[:, :1])], axis=1) for v in (y, fit, x)]
    more = three_way(*pad, i, j, 7)
    for one, two, three in zip(found, other, more, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(one, three, rtol=1e-8, atol=1e-12)


def test_clusters_of_both_directions_add_up(tiny):
    y, x, i, j, fit = tiny
    alone = three_way(y, fit, x, i, j, 6, np.arange(i.size)).cov
    np.testing.assert_allclose(alone, three_way(y, fit, x, i, j, 6).cov, rtol=1e-10)
    both = np.minimum(i, j) * 6 + np.maximum(i, j)
    assert not np.allclose(three_way(y, fit, x, i, j, 6, both).cov, alone)


@pytest.mark.parametrize(("errors", "biased"), [("constant variance", True), ("as gamma", False)])
def test_known_bias_is_found_and_taken_off(errors, biased):
    """Ten countries, three periods: PPML is off where the variance does not grow with the mean, and not where it does."""
    rng = np.random.default_rng(7)
    off, told, raw, freed = [], [], [], []
    for _ in range(120):
        y, x, i, j = panel(10, 3, errors, rng)
        b, fit = estimate(y, x, i, j, 10)
        found = three_way(y, fit, x, i, j, 10)
        off.append(b[0] - 1.0)
        told.append(found.bias[0])
        raw.append(np.sqrt(found.cov[0, 0]))
        freed.append(np.sqrt(found.corrected[0, 0]))
    off, told = np.array(off), np.array(told)
    noise = off.std() / np.sqrt(off.size)
    if biased:
        assert off.mean() > 3 * noise
        assert 0.3 * off.mean() < told.mean() < 1.2 * off.mean()
    assert abs((off - told).mean()) < abs(off.mean()) or abs(off.mean()) < 2 * noise
    # The usual standard errors are too small by a fifth and more in so small a world; the freed are within a tenth.
    assert np.mean(raw) < 0.88 * off.std()
    assert 0.85 * off.std() < np.mean(freed) < 1.2 * off.std()


def test_without_pair_effects_only_the_variance_is_off():
    rng = np.random.default_rng(8)
    off, raw, freed = [], [], []
    for _ in range(120):
        y, x, i, j = panel(8, 1, "as gamma", rng)
        b, fit = estimate(y, x, i, j, 8, pairs=False)
        found = two_way(y, fit, x, i, j, 8)
        assert found.bias[0] == 0.0
        off.append(b[0] - 1.0)
        raw.append(np.sqrt(found.cov[0, 0]))
        freed.append(np.sqrt(found.corrected[0, 0]))
    assert np.mean(raw) < 0.92 * np.std(off)
    assert abs(np.mean(freed) - np.std(off)) < abs(np.mean(raw) - np.std(off))


def test_a_regressor_that_is_an_effect_is_refused(tiny):
    y, x, i, j, fit = tiny
    # Constant over the time of a pair: the pair's effect.
    x = np.concatenate([x[:, :, :1], np.repeat(x[:, :1, 1:], 3, axis=1)], axis=2)
    with pytest.raises(np.linalg.LinAlgError):
        three_way(y, fit, x, i, j, 6)
