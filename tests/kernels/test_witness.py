"""The sweep over witnesses against a dense joint normal, a closed form, and the smoother of one relation."""

from __future__ import annotations

import numpy as np
import pytest
from joint_normal import dense

from quadrille.kernels.witness import (
    BINOMIAL,
    COUNT,
    NORMAL,
    Items,
    Posterior,
    Reports,
    first_guess,
    means,
    sweep,
)

S = 2


def _items(rng: np.random.Generator, family: list[int], group: list[int], nu: float = 0.0) -> Items:
    k, g = len(family), max(group) + 1
    root = rng.normal(size=(S, S))
    return Items(
        np.array(family, np.int32), np.array(group, np.int32), rng.normal(0, 0.7, (k, S + 2)),
        rng.uniform(0.5, 2.0, k), np.c_[rng.uniform(0.3, 0.95, g), rng.uniform(0.1, 0.5, g)], 0.9,
        np.array([[1.3, 0.2], [0.2, 0.8]]), root @ root.T + 2.0 * np.eye(S), nu,
    )  # fmt: skip


def _reports(rng: np.random.Generator, items: Items, years: list[int]) -> Reports:
    dyad = np.r_[0, np.cumsum(years)].astype(np.int32)
    per_cell = rng.integers(0, 4, dyad[-1])
    per_cell[0] = 0
    item = rng.integers(0, items.family.size, per_cell.sum()).astype(np.int32)
    family = items.family[item]
    trials = rng.integers(1, 9, item.size).astype(float)
    y = np.select(
        [family == NORMAL, family == BINOMIAL],
        [rng.normal(size=item.size), rng.binomial(trials.astype(int), 0.4).astype(float)],
        rng.poisson(2.0, item.size).astype(float),
    )
    offset = np.select(
        [family == NORMAL, family == BINOMIAL], [rng.uniform(0.2, 2.0, item.size), trials],
        rng.normal(0.0, 0.5, item.size),
    )  # fmt: skip
    weight = rng.choice([0.5, 1.0], item.size)
    cell = np.r_[0, np.cumsum(per_cell)].astype(np.int32)
    return Reports(dyad, cell, item, y, offset, weight)


def _posterior(rng: np.random.Generator, reports: Reports, scale: bool = True) -> Posterior:
    cells, n = reports.cell.size - 1, reports.item.size
    weights = rng.uniform(0.3, 2.0, cells) if scale else np.ones(cells)
    return Posterior(
        np.zeros((cells, S)), *np.zeros((2, cells, S, S)), weights, rng.uniform(0.1, 1.0, n),
        rng.normal(size=n), np.zeros(n), np.zeros(n),
    )  # fmt: skip


def _of(reports: Reports, told: np.ndarray) -> Reports:
    cell = np.repeat(np.arange(reports.cell.size - 1), np.diff(reports.cell))[told]
    counts = np.bincount(cell, minlength=reports.cell.size - 1)
    return Reports(
        reports.dyad, np.r_[0, np.cumsum(counts)].astype(np.int32), *(c[told] for c in reports[2:])
    )


@pytest.mark.parametrize("seed", range(3))
def test_means_of_some_reports_are_those_of_the_joint_normal_without_the_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = _items(rng, [NORMAL, BINOMIAL, COUNT, NORMAL], [0, 1, 2, 1])
    reports = _reports(rng, items, [7, 1, 12])
    post = _posterior(rng, reports)
    told = rng.random(reports.item.size) < 0.6
    got = means(reports, items, post, told, np.array([0, 2]))
    fewer = post._replace(omega=post.omega[told], value=post.value[told])
    n = S + items.drift.shape[0]
    for d in (0, 2):
        expected = dense(_of(reports, told), items, fewer, d)[0].reshape(-1, n)[:, :S]
        np.testing.assert_allclose(got[reports.dyad[d] : reports.dyad[d + 1]], expected, atol=1e-9)
    assert (got[7] == post.mean[7]).all()


@pytest.mark.parametrize("seed", range(6))
def test_states_are_those_of_the_joint_normal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = _items(rng, [NORMAL, BINOMIAL, COUNT, NORMAL], [0, 1, 2, 1])
    reports = _reports(rng, items, [7, 1, 12])
    post = _posterior(rng, reports)
    expected = [dense(reports, items, post, d) for d in range(3)]
    sweep(reports, items, post)
    n = S + items.drift.shape[0]
    for d, (mean, cov) in enumerate(expected):
        for t in range(reports.dyad[d + 1] - reports.dyad[d]):
            c, at = reports.dyad[d] + t, slice(t * n, t * n + S)
            np.testing.assert_allclose(post.mean[c], mean[at], atol=1e-9)
            np.testing.assert_allclose(post.cov[c], cov[at, at], atol=1e-9)
            if t:
                old = slice(at.start - n, at.stop - n)
                changed = cov[at, at] + cov[old, old] - cov[at, old] - cov[old, at]
                np.testing.assert_allclose(post.change[c], changed, atol=1e-9)


def test_sums_of_the_m_step_are_expectations() -> None:
    rng = np.random.default_rng(3)
    items = _items(rng, [NORMAL, BINOMIAL], [0, 1])
    reports = _reports(rng, items, [9])
    post = _posterior(rng, reports)
    mean, cov = dense(reports, items, post, 0)
    sums = sweep(reports, items, post)
    n = S + 2
    gram = np.zeros((2, S + 2, S + 2))
    step, start = np.zeros((S, S)), cov[:S, :S] + np.outer(mean[:S], mean[:S])
    scale = np.ones(9)
    for t in range(9):
        second = cov + np.outer(mean, mean)
        for o in range(reports.cell[t], reports.cell[t + 1]):
            k = reports.item[o]
            index = [t * n, t * n + 1, t * n + S + items.group[k]]
            moments = np.ones((S + 2, S + 2))
            moments[0, 1:] = moments[1:, 0] = mean[index]
            moments[1:, 1:] = second[np.ix_(index, index)]
            w = reports.weight[o] * post.omega[o]
            if items.family[k] == NORMAL:
                w = reports.weight[o] / (reports.offset[o] + items.noise[k])
            gram[k] += w * moments
        if t:
            now, old = slice(t * n, t * n + S), slice((t - 1) * n, (t - 1) * n + S)
            move = second[now, now] - items.rho * (second[now, old] + second[old, now])
            step += scale[t] * (move + items.rho**2 * second[old, old])
    np.testing.assert_allclose(sums.gram, gram, rtol=1e-8)
    np.testing.assert_allclose(sums.step, step, atol=1e-8)
    np.testing.assert_allclose(sums.start, start, atol=1e-9)


def test_normal_reports_stand_for_expected_slope_and_curvature() -> None:
    rng = np.random.default_rng(4)
    items = _items(rng, [BINOMIAL, COUNT], [0, 1])
    reports = _reports(rng, items, [6, 6])
    post = _posterior(rng, reports)
    sweep(reports, items, post, pace=1.0)
    z = rng.normal(size=400_000)
    for o, k in enumerate(reports.item):
        psi = post.fit[o] + np.sqrt(post.fit_var[o]) * z
        y, r = reports.y[o], items.noise[k]
        trials = reports.offset[o] if items.family[k] == BINOMIAL else y + r
        at = psi if items.family[k] == BINOMIAL else psi + reports.offset[o] - np.log(r)
        p = 1 / (1 + np.exp(-at))
        omega = trials * (p * (1 - p)).mean()
        assert post.omega[o] == pytest.approx(omega, rel=0.02)
        slope = y - trials * p.mean()
        assert post.value[o] - post.omega[o] * post.fit[o] == pytest.approx(
            slope, abs=0.02 * trials
        )


def test_a_rare_event_that_stays_away_is_little_evidence() -> None:
    """One dyad, one cell: the posterior is that of the exact likelihood, by quadrature."""
    items = Items(
        np.array([BINOMIAL], np.int32), np.array([0], np.int32), np.array([[-4.0, 1.2, 0.0, 0.0]]),
        np.ones(1), np.array([[0.5, 0.5]]), 0.9, np.eye(S), np.eye(S), 0.0,
    )  # fmt: skip
    grid = np.linspace(-8, 8, 4001)
    for y in (0.0, 1.0):
        reports = Reports(
            np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.zeros(1, np.int32),
            np.array([y]), np.ones(1), np.ones(1),
        )  # fmt: skip
        post = first_guess(reports, items)
        for _ in range(60):
            sweep(reports, items, post)
        p = 1 / (1 + np.exp(4.0 - 1.2 * grid))
        weight = np.exp(-0.5 * grid**2) * (p if y else 1 - p)
        weight /= weight.sum()
        mean = (weight * grid).sum()
        assert post.mean[0, 0] == pytest.approx(mean, abs=0.03)
        assert post.cov[0, 0, 0] == pytest.approx((weight * (grid - mean) ** 2).sum(), rel=0.04)


def test_a_jump_gets_a_small_weight() -> None:
    """A level that breaks: of Student t innovations the break's weight is the smallest of all."""
    years = 30
    items = Items(
        np.array([NORMAL], np.int32), np.array([0], np.int32), np.array([[0.0, 1.0, 0.0, 0.0]]),
        np.array([0.05]), np.array([[0.5, 0.5]]), 0.98, np.eye(S), np.eye(S) / 0.02, 3.0,
    )  # fmt: skip
    y = np.r_[np.full(15, 1.0), np.full(15, -3.0)]
    index = np.arange(years + 1, dtype=np.int32)
    reports = Reports(
        np.array([0, years], np.int32), index, np.zeros(years, np.int32), y, np.full(years, 0.01), np.ones(years)
    )  # fmt: skip
    post = Posterior(
        np.zeros((years, S)), *np.zeros((2, years, S, S)), np.full(years, 0.3), np.ones(years), np.zeros(years),
        np.zeros(years), np.zeros(years),
    )  # fmt: skip
    for _ in range(50):
        sweep(reports, items, post)
    assert int(np.argmin(post.scale[1:])) + 1 == 15
    normal = items._replace(nu=0.0)
    smooth = Posterior(*(np.array(a) for a in post))
    smooth.scale[:] = 1.0
    sweep(reports, normal, smooth)
    truth = np.where(np.arange(years) < 15, 1.0, -3.0)
    assert np.abs(post.mean[:, 0] - truth).max() < 0.6 * np.abs(smooth.mean[:, 0] - truth).max()
