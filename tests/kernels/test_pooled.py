"""All triads at once: by brute force, and on simulated worlds with moods and noise."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import truncnorm
from statsmodels.api import WLS
from statsmodels.stats.sandwich_covariance import cov_cluster

from quadrille.kernels.pooled import (
    Design,
    _heterogeneity,
    _laid,
    _products,
    _terms,
    fit_triads,
    one_state,
    without,
)
from quadrille.kernels.triad_moves import LEAST, blur_of, level_path, moves_of, triad_sums

_RHO, _WINDOW = 0.985, 5


def _smooth(y, q, r):
    """An AR(1) smoother over rows."""
    n, steps = y.shape
    m, p = np.zeros(n), q / (1 - _RHO**2)
    kept = []
    for t in range(steps):
        mp, pp = (_RHO * m, _RHO**2 * p + q) if t else (m, p)
        k = pp / (pp + r)
        m, p = mp + k * (y[:, t] - mp), pp * (1 - k)
        kept.append((m, p, mp, pp))
    out = np.zeros_like(y)
    out[:, -1] = x = m
    for t in range(steps - 2, -1, -1):
        m, p = kept[t][:2]
        x = m + p * _RHO / kept[t + 1][3] * (x - kept[t + 1][2])
        out[:, t] = x
    return out


def _world(rng, n=30, steps=76, slope=0.0, tau=0.0, mood=0.5, noise=0.0, alike=True):
    """Levels (n, n, time), a property f of dyads, and b of triads: A-B follows A-C a period later by b own moves."""
    f = rng.normal(size=(n, n))
    if alike:
        f = (f + f.T) / np.sqrt(2)
    b = slope * f[None] + tau * rng.normal(size=(n, n, n))
    every = np.arange(n)
    b[every, every], b[every, :, every], b[:, every, every] = 0, 0, 0
    burn = 20
    own = np.triu(rng.normal(size=(steps + burn, n, n)), 1)
    own = own + own.transpose(0, 2, 1)
    size = np.triu(np.exp(0.5 * rng.normal(size=(n, n))), 1)
    size = size + size.T
    moved = own.copy()
    for t in range(1, steps + burn):
        add = np.matmul(b, own[t - 1][:, :, None])[:, :, 0]
        moved[t] += add + add.T
    a = mood * rng.normal(size=(steps + burn, n))
    moved = (moved + a[:, :, None] + a[:, None, :]) * size * (1 - np.eye(n))
    x, levels = np.zeros((n, n)), np.zeros((n, n, steps))
    for t in range(steps + burn):
        x = _RHO * x + moved[t]
        if t >= burn:
            levels[:, :, t - burn] = x
    i, j = np.triu_indices(n, 1)
    level = levels[i, j]
    if noise:
        s = size[i, j][:, None]
        level = _smooth(level + noise * s * rng.normal(size=level.shape), (1 + 2 * mood**2) * s[:, 0] ** 2, (noise * s[:, 0]) ** 2)  # fmt: skip
    out = np.full((n, n, steps), np.nan)
    out[i, j] = out[j, i] = level
    return out, f, b


def _slope_design(f, blocks=6):
    base = np.ones((2, blocks, *f.shape))
    base[1] = f
    return Design(base, np.array([[1, 0, 0]], np.int64), True)


def _fit(level, f, *, smoothed=False, kind=0):
    moves = moves_of(level, _RHO, smoothed=smoothed)
    blocks = np.linspace(0, moves.e.shape[2], 7).astype(np.int64)
    sums = triad_sums(moves, blur_of(moves, _RHO, _WINDOW), blocks)
    return fit_triads(sums, _slope_design(f), kind)


def _centred(b):
    """What is left of effects when moods are out: less the means over B and over C."""
    n = b.shape[0]
    i = np.arange(n)
    there = np.ones(b.shape, bool)
    there[i, i], there[i, :, i], there[:, i, i] = False, False, False
    b = np.where(there, b, 0.0)
    for axis in (2, 1) * 10:
        b = np.where(there, b - b.sum(axis=axis, keepdims=True) / np.maximum(there.sum(axis=axis, keepdims=True), 1), 0)  # fmt: skip
    return b, there


def _with_detours(b):
    """Effects of the same period too: what a third tie of A, or B-C, does to both."""
    n = b.shape[0]
    i = np.arange(n)
    b = b + np.matmul(b, b.transpose(0, 2, 1)) + np.einsum("bac,cab->abc", b, b)
    b[i, i], b[i, :, i], b[:, i, i] = 0, 0, 0
    return b


def test_moves_have_unit_size_and_no_order():
    level, _, _ = _world(np.random.default_rng(1), n=9)
    moves = moves_of(level, _RHO)
    assert moves.e[0, 1][moves.seen[0, 1]].std(ddof=1) == pytest.approx(1.0, abs=1e-6)
    assert np.array_equal(moves.e, moves.e.transpose(1, 0, 2))
    assert not moves.e[~moves.seen].any()


def test_moods_of_states_change_nothing():
    """Moods are added in the units in which moves of dyads are counted."""
    rng = np.random.default_rng(2)
    n, steps = 12, 80
    i, j = np.triu_indices(n, 1)
    step = rng.normal(size=(steps, n, n))
    step = np.triu(step, 1) + np.triu(step, 1).transpose(0, 2, 1)
    mood = rng.normal(size=(steps, n))
    same = []
    for moved in (step, step + mood[:, :, None] + mood[:, None]):
        level = np.full((n, n, steps), np.nan)
        level[i, j] = level[j, i] = moved.cumsum(axis=0)[:, i, j].T
        same.append(moves_of(level, 1.0).e)
    gap = np.corrcoef(same[0][i, j].ravel(), same[1][i, j].ravel())[0, 1]
    assert gap > 0.97  # moods are also part of the size that moves are divided by
    with_moods = moves_of(level, 1.0, moods=False).e
    assert np.corrcoef(same[0][i, j].ravel(), with_moods[i, j].ravel())[0, 1] < 0.7


def test_sums_are_the_products_written_out():
    level, _, _ = _world(np.random.default_rng(3), n=8, steps=60)
    level[0, 1, :30] = level[1, 0, :30] = np.nan
    moves = moves_of(level, _RHO)
    blur = blur_of(moves, _RHO, _WINDOW)
    blocks = np.array([0, 20, 41, moves.e.shape[2]])
    sums = triad_sums(moves, blur, blocks, 1)
    a, b, c = 0, 1, 2
    e, seen, n_time = moves.e, moves.seen, moves.e.shape[2]
    g, h = moves.group[a, b], moves.group[a, c]
    w = blur.effect[0, g, h]
    many = seen[a, b].sum()
    w = w + w.sum() / max(many - (2 * _WINDOW + 1), 0.5 * many)
    for block, (lo, hi) in enumerate(pairwise(blocks)):
        total, years = 0.0, 0
        for t in range(lo, hi):
            after = range(t, t + _WINDOW + 1)
            if not seen[a, c, t] or after[-1] >= n_time or not seen[a, b, list(after)].all():
                continue
            years += 1
            total += sum(w[k + _WINDOW] * e[a, c, t] * e[a, b, t + k] for k in range(-_WINDOW, _WINDOW + 1) if t + k >= 0)  # fmt: skip
            total += blur.own[0, g, h] / (seen[a, :, t].sum() - 1)
        assert sums.years[a, b, c, block] == years
        assert sums.effect[0, a, b, c, block] == pytest.approx(
            total, abs=1e-3
        )  # sums are kept in 32 bits


def _written_out(sums, design, fit, kind):
    """Triads by span one after another: their states, span, terms, weight, effect, periods."""
    n, parts = sums.group.shape[0], int(sums.first[1])
    rows = []
    for a, b, c in permutations(range(n), 3):
        for span in range(sums.years.shape[3]):
            years = float(sums.years[a, b, c, span])
            block = span // parts
            terms = [
                np.prod([design.base[k, block][place] for k, place in zip(of, ((b, c), (a, c), (a, b)), strict=True)])
                for of in design.of
            ]  # fmt: skip
            weight = fit.weight[sums.group[a, b], sums.group[a, c]]
            rows.append(
                ((a, b, c), span, terms, weight, float(sums.effect[kind, a, b, c, span]), years)
            )
    states, span, terms, weight, effect, years = zip(*rows, strict=True)
    return states, np.array(span), np.array(terms), np.array(weight), np.array(effect), np.array(years)  # fmt: skip


def _two_ways(scores, states, span, bread):
    """Pairs of one span, and pairs of different spans that share a state where these are positive; one coefficient."""
    share = np.array([[bool(set(x) & set(y)) for y in states] for x in states])
    same = span[:, None] == span[None, :]
    products, many = np.outer(scores, scores), len(set(span))
    time = products[same].sum() * many / (many - 1)
    return bread * (time + max(products[share & ~same].sum(), 0.0)) * bread


@pytest.mark.parametrize("moods", [True, False])
@pytest.mark.parametrize("tau", [0.0, 0.3])
def test_errors_are_those_of_pairs_of_triads_written_out(moods, tau):
    """A mean over classes: with moods out by centred weights, else as they are. Sums are kept in single precision."""
    level, f, _ = _world(np.random.default_rng(21), n=7, steps=60, tau=tau)
    moves = moves_of(level, _RHO, moods=moods)
    sums = triad_sums(moves, blur_of(moves, _RHO, _WINDOW), np.array([0, 18, 36, 59]))
    design = _slope_design(f > 0, 3)._replace(centred=False)
    fit = fit_triads(sums, design)
    states, span, terms, weight, effect, years = _written_out(sums, design, fit, 0)
    w = terms[:, 0] * weight
    u = w.copy()
    if moods:
        cells = [(s[0], t) for s, t in zip(states, span, strict=True)]
        for place in (1, 2, 1, 2):
            keys = [(*cell, s[place]) for cell, s in zip(cells, states, strict=True)]
            _, at = np.unique(keys, axis=0, return_inverse=True)
            u -= (np.bincount(at, u) / np.bincount(at))[at]
    scores = u * effect - w * years * fit.coef[0]
    expected = _two_ways(scores, states, span, 1.0 / (w * years * terms[:, 0]).sum())
    assert fit.cov[0, 0] == pytest.approx(expected, rel=1e-4)
    assert fit.df == 5


def test_errors_alike_in_a_span_are_those_of_statsmodels():
    """Weighted least squares of effects over periods on two terms, clusters of spans."""
    level, f, _ = _world(np.random.default_rng(22), n=8, steps=60)
    moves = moves_of(level, _RHO, moods=False)
    sums = triad_sums(moves, blur_of(moves, _RHO, _WINDOW), np.array([0, 18, 36, 59]))
    base = np.stack([np.ones((3, 8, 8)), np.broadcast_to(f, (3, 8, 8))])
    design = Design(base, np.array([[0, 0, 0], [1, 0, 0]], np.int64), False)
    fit = fit_triads(sums, design, 1)
    _, span, terms, weight, effect, years = _written_out(sums, design, fit, 1)
    other = WLS(effect / years, terms, weights=weight * years).fit()
    assert fit.coef == pytest.approx(other.params, rel=1e-4, abs=1e-6)
    _, within, spans = _products(sums, 1, fit.weight, design, fit.coef)
    bread = np.linalg.inv(fit.gram)
    mine = bread @ within.all @ bread
    np.testing.assert_allclose(mine, cov_cluster(other, span, use_correction=False), rtol=1e-3)
    assert spans == 6
    assert (np.diag(fit.cov) >= np.diag(mine) * 6 / 5 * (1 - 1e-6)).all()


def test_one_state_alone_is_what_all_together_give():
    level, f, _ = _world(np.random.default_rng(4), n=14, slope=0.05)
    moves = moves_of(level, _RHO)
    blur, blocks = blur_of(moves, _RHO, _WINDOW), np.linspace(0, 75, 7).astype(np.int64)
    design = _slope_design(f)
    fit = fit_triads(triad_sums(moves, blur, blocks), design)
    both = ((fit.coef,), (fit.cov,), (fit.scale,))
    (one,) = one_state(moves, blur, blocks, design, 3, *both)
    for mine, whole in ((one.raw, fit.raw), (one.mean, fit.mean), (one.raw_var, fit.raw_var)):
        known = np.isfinite(fit.raw[3])
        assert known.sum() == 13 * 12
        np.testing.assert_allclose(mine[known], whole[3][known], rtol=1e-4, atol=1e-6)


def test_states_in_another_order_give_the_same():
    level, f, _ = _world(np.random.default_rng(5), n=14, slope=0.05)
    order = np.random.default_rng(6).permutation(14)
    one, two = _fit(level, f), _fit(level[order][:, order], f[order][:, order])
    assert two.coef == pytest.approx(one.coef, abs=1e-5)
    assert two.tau2 == pytest.approx(one.tau2, abs=1e-5)


def test_a_dyad_of_few_periods_makes_no_triad():
    level, f, _ = _world(np.random.default_rng(7), n=14)
    level[0, 1, LEAST:] = level[1, 0, LEAST:] = np.nan
    fit = _fit(level, f)
    assert np.isnan(fit.raw[0, 1]).all()
    assert np.isfinite(fit.raw[0, 2, 3])


def test_the_level_after_a_shock():
    assert level_path(np.zeros(3), 0.5, 3) == pytest.approx([1, 0.5, 0.25, 0.125])
    assert level_path(np.array([0.5, 0, 0]), 1.0, 2) == pytest.approx([1, 1.5, 1.75])


def test_what_came_before_is_not_taken_for_what_follows():
    """By what B-C is for C, A-B follows A-C and nothing comes before; through a smoother too."""
    got = []
    for seed in range(6):
        level, f, _ = _world(
            np.random.default_rng([8, seed]), n=24, steps=150, slope=0.06, noise=1.0, alike=False
        )
        # A-B follows A-C by f of (B, C), A-C follows A-B by f of (C, B).
        got.append([_fit(level, x, smoothed=True).coef[0] for x in (f, f.T)])
    after, before = np.array(got).T
    assert after.mean() == pytest.approx(0.06 / 1.16 / _RHO, abs=3 * after.std() / np.sqrt(6))
    assert abs(before.mean()) < 3 * before.std() / np.sqrt(6)
    assert before.std() < 0.01


@pytest.mark.parametrize(("noise", "smoothed"), [(0.0, False), (1.0, True)])
def test_ties_that_have_nothing_to_do_with_each_other_have_no_effect(noise, smoothed):
    """What moods out does to them is given back, whole: few states, where it is much (1/14)."""
    found = []
    for seed in range(12):
        level, _, _ = _world(np.random.default_rng([14, seed]), n=16, noise=noise)
        moves = moves_of(level, _RHO, smoothed=smoothed)
        blocks = np.linspace(0, 75, 7).astype(np.int64)
        sums = triad_sums(moves, blur_of(moves, _RHO, _WINDOW), blocks)
        every = Design(np.ones((1, 6, 16, 16)), np.zeros((1, 3), np.int64), False)
        found.append([fit_triads(sums, every, kind).coef[0] for kind in (0, 1)])
    assert np.abs(np.mean(found, axis=0)).max() < 0.003


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "smoothed"), [(0.0, False), (1.0, True)])
def test_size_and_bias_of_a_slope(noise, smoothed):
    """Moods and noise, no effect: 3 to 7% at 5%, give or take what 300 worlds leave open (1.3%)."""
    z = []
    for seed in range(300):
        level, f, _ = _world(np.random.default_rng([9, seed]), n=40, noise=noise)
        fit = _fit(level, f, smoothed=smoothed)
        z.append(fit.coef[0] / np.sqrt(fit.cov[0, 0]))
    z = np.array(z)
    assert 0.03 - 0.013 <= np.mean(np.abs(z) > stdtrit(fit.df, 0.975)) <= 0.07 + 0.013
    assert abs(z.mean()) < 0.1 + 2 / np.sqrt(300)


@pytest.mark.slow
def test_bias_of_a_slope_and_coverage_of_single_triads():
    slope, tau, n = 0.02, 0.08, 40
    off, covered = [], []
    total = 1 + 2 * (n - 2) * (slope**2 + tau**2)  # variance of a dyad's moves, its own being 1
    for seed in range(60):
        level, f, b = _world(np.random.default_rng([10, seed]), n=n, slope=slope, tau=tau)
        fit = _fit(level, f)
        off.append((fit.coef[0] - slope / total / _RHO) / np.sqrt(fit.cov[0, 0]))
        worth = max(fit.tau2, 0.0) / (max(fit.tau2, 0.0) + fit.raw_var)
        effect = fit.mean + worth * (fit.raw - fit.mean)
        sd = np.sqrt(worth * fit.raw_var + (1 - worth) ** 2 * fit.var)
        truth, there = _centred(_with_detours(b))
        there &= np.isfinite(effect)
        covered.append((np.abs(effect - truth / total / _RHO) < 1.645 * sd)[there].mean())
    assert abs(np.mean(off)) < 0.1 + 2 / np.sqrt(60)
    assert 0.87 <= np.mean(covered) <= 0.93


def test_a_fit_without_some_ties_is_the_fit_of_all_other_triads():
    level, f, _ = _world(np.random.default_rng(8), n=12, steps=60, slope=0.05)
    moves = moves_of(level, _RHO)
    blur, blocks = blur_of(moves, _RHO, _WINDOW), np.array([0, 20, 40, 59])
    sums, design = triad_sums(moves, blur, blocks, 1), _slope_design(f, 3)
    fit = fit_triads(sums, design, 1)
    chosen = np.array([2, 5, 7])
    got = without(
        moves, blur, blocks, design, 1, chosen, fit.coef, fit.gram, fit.weight, fit.cov, 3
    )
    gram, cross = 0.0, 0.0
    w, inside = np.zeros((12, 12, 1)), np.zeros((12, 12), bool)
    inner = np.isin(np.arange(12), chosen)
    for a in range(12):
        for block in range(3):
            _terms(a, block, block, block + 1, sums.years[a], *_laid(design), w, inside)
            kept = inside & ~(inner[a] & (inner[:, None] | inner[None, :]))
            v = fit.weight[moves.group[a][:, None], moves.group[a][None, :]][kept] * w[kept][:, 0]
            gram += (v * sums.years[a, :, :, block][kept] * w[kept][:, 0]).sum()
            cross += (v * sums.effect[1, a, :, :, block][kept]).sum()
    # Effects and terms are kept in single precision.
    assert got.coef[0] == pytest.approx(cross / gram, rel=1e-4)
    assert got.coef[0] != pytest.approx(fit.coef[0], rel=1e-6)
    assert got.triads == 3 * (11 * 10 - 9 * 8)
    assert np.isfinite(got.mean[0, 1, 2])
    assert np.isnan(got.mean[0, 1, 1])


@pytest.mark.parametrize("shift", [-0.6, 0.0, 0.5])
def test_a_variance_is_the_mean_of_a_normal_cut_off_at_zero(shift):
    """Against a loop over the states left out and SciPy's truncated normal."""
    rng, n = np.random.default_rng(3), 9
    triads = list(combinations(range(n), 3))
    sums = np.c_[
        rng.normal(shift, 1.0, len(triads)),
        rng.uniform(1.0, 2.0, len(triads)),
        np.ones(len(triads)),
    ]
    by_state = np.array([sums[[k in t for t in triads]].sum(axis=0) for k in range(n)])
    ratio = sums[:, 0].sum() / sums[:, 1].sum()
    rest = [sums[[k not in t for t in triads]] for k in range(n)]
    each = np.array([r[:, 0].sum() / r[:, 1].sum() for r in rest])
    se = np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum())
    expected = truncnorm.mean(-ratio / se, np.inf, loc=ratio, scale=se)
    assert _heterogeneity(by_state) == pytest.approx(expected, rel=1e-9)
    assert _heterogeneity(by_state) > max(ratio, 0.0)
