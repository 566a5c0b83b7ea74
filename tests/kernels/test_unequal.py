"""Ties over steps of unequal length: brute force, the kernel of years, and going on from where one stopped."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.kernels.unequal import Begin, run, steps_of
from quadrille.kernels.witness import COUNT, NORMAL, Items, Reports, first_guess, sweep

S, G, K = 2, 2, 3


def _items(nu: float = 0.0, family: tuple[int, ...] = (NORMAL, NORMAL, NORMAL)) -> Items:
    theta = np.array([[0.2, 0.9, -0.4, 0.7], [-0.1, 0.5, 0.8, 0.6], [0.4, -0.6, 0.9, 0.5]])
    q = np.array([[0.05, 0.01], [0.01, 0.03]])
    drift = np.array([[0.9, 0.15], [0.95, 0.08]])
    return Items(
        np.array(family, np.int32), np.array([0, 1, 1], np.int32), theta,
        np.array([0.3, 0.2, 2.0]), drift, 0.96, np.eye(2) * 0.8, np.linalg.inv(q), nu,
    )  # fmt: skip


def _begin(items: Items, *, born: bool = True) -> Begin:
    cov = np.zeros((1, S + G, S + G))
    cov[0, :S, :S] = np.linalg.inv(items.start)
    if born:
        cov[0, S:, S:] = np.eye(G)
    return Begin(np.zeros((1, S + G)), cov)


def _reports(rng: np.random.Generator, cells: list[int], items: Items) -> Reports:
    """Some reports a cell, on dyads of so many cells."""
    counts = rng.integers(0, 4, sum(cells))
    item = np.concatenate([np.sort(rng.choice(K, min(n, K), replace=False)) for n in counts])
    counted = items.family[item] == COUNT
    y = np.where(counted, rng.poisson(3, item.size), rng.normal(size=item.size))
    offset = np.where(counted, 0.5, 0.1)
    return Reports(
        np.r_[0, np.cumsum(cells)].astype(np.int32), np.r_[0, np.cumsum(np.minimum(counts, K))].astype(np.int32),
        item.astype(np.int32), y, offset, np.ones(item.size),
    )  # fmt: skip


def _joint(
    reports: Reports, items: Items, step: np.ndarray, months: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of all states and biases of the one dyad, from the joint normal distribution."""
    n, wide = step.size, S + G
    steps = steps_of(items, months)
    prior = np.zeros((n * wide, n * wide))
    before = _begin(items).cov[0]
    for t in range(n):
        f, q = np.eye(wide), np.zeros((wide, wide))
        if step[t] >= 0:
            m = step[t]
            f = np.diag(np.r_[np.repeat(steps.keeps[m], S), steps.bias[m, :, 0]])
            q[:S, :S], q[S:, S:] = steps.spread[m], np.diag(steps.bias[m, :, 1])
        if t == 0:
            prior[:wide, :wide] = f @ before @ f.T + q
            continue
        at, old = slice(t * wide, (t + 1) * wide), slice(0, t * wide)
        last = slice((t - 1) * wide, t * wide)
        prior[at, old] = f @ prior[last, old]
        prior[old, at] = prior[at, old].T
        prior[at, at] = f @ prior[last, last] @ f.T + q
    z = np.zeros((reports.item.size, n * wide))
    cell = np.repeat(np.arange(n), np.diff(reports.cell))
    for o, (c, k) in enumerate(zip(cell, reports.item, strict=True)):
        z[o, c * wide : c * wide + S] = items.theta[k, 1 : S + 1]
        z[o, c * wide + S + items.group[k]] = items.theta[k, -1]
    noise = np.diag((reports.offset + items.noise[reports.item]) / reports.weight)
    gain = prior @ z.T @ np.linalg.inv(z @ prior @ z.T + noise)
    return gain @ (reports.y - items.theta[reports.item, 0]), prior - gain @ z @ prior


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_joint_normal_distribution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = _items()
    months = np.array([12.0, 1.0, 30.0])
    step = np.array([-1 if seed % 2 else 0, 0, 0, 1, 1, 1, 2, 1, 1], np.int32)
    reports = _reports(rng, [step.size], items)
    got = run(reports, step, items, steps_of(items, months), _begin(items), np.array([5], np.int32))  # fmt: skip
    mean, cov = _joint(reports, items, step, months)
    wide = S + G
    np.testing.assert_allclose(got.mean, mean.reshape(-1, wide)[:, :S], atol=1e-9)
    for t in range(step.size):
        at = slice(t * wide, t * wide + S)
        np.testing.assert_allclose(got.cov[t], cov[at, at], atol=1e-9)
        if t:
            old = slice(at.start - wide, at.stop - wide)
            changed = cov[at, at] + cov[old, old] - cov[at, old] - cov[old, at]
            np.testing.assert_allclose(got.change[t], changed, atol=1e-9)
    # What is kept knows the reports up to the sixth cell only, states and biases alike.
    some = reports.cell[6]
    early = Reports(
        np.array([0, 6], np.int32), reports.cell[:7], reports.item[:some], reports.y[:some],
        reports.offset[:some], reports.weight[:some],
    )  # fmt: skip
    mean, cov = _joint(early, items, step[:6], months)
    np.testing.assert_allclose(got.kept.mean[0], mean[-wide:], atol=1e-9)
    np.testing.assert_allclose(got.kept.cov[0], cov[-wide:, -wide:], atol=1e-9)


@pytest.mark.parametrize("nu", [0.0, 4.0])
def test_twelve_months_are_a_year(nu: float) -> None:
    items = _items(nu)
    steps = steps_of(items, np.array([12.0, 1.0]))
    assert steps.keeps[1] ** 12 == pytest.approx(steps.keeps[0])
    assert steps.keeps[0] == pytest.approx(items.rho)
    total = np.zeros((S, S))
    bias = np.zeros(G)
    for _ in range(12):
        total = steps.keeps[1] ** 2 * total + steps.spread[1]
        bias = steps.bias[1, :, 0] ** 2 * bias + steps.bias[1, :, 1]
    np.testing.assert_allclose(total, steps.spread[0], rtol=1e-9)
    np.testing.assert_allclose(steps.spread[0], np.linalg.inv(items.precision))
    np.testing.assert_allclose(bias, items.drift[:, 1], rtol=1e-9)
    for m in range(2):
        stationary = steps.spread[m] / (1 - steps.keeps[m] ** 2)
        np.testing.assert_allclose(stationary, steps.spread[0] / (1 - items.rho**2), rtol=1e-9)


def test_over_years_it_is_the_kernel_of_years() -> None:
    rng = np.random.default_rng(5)
    items = _items(4.0, (NORMAL, COUNT, COUNT))
    cells = [12] * 30
    reports = _reports(rng, cells, items)
    step = np.zeros(sum(cells), np.int32)
    step[reports.dyad[:-1]] = -1
    got = run(
        reports, step, items, steps_of(items, np.array([12.0])), _begin(items, born=False),
        np.zeros(30, np.int32), most=400, still=1e-9,
    )  # fmt: skip
    post = first_guess(reports, items)
    for _ in range(400):
        sweep(reports, items, post, learn=False)
    np.testing.assert_allclose(got.mean, post.mean, atol=1e-6)
    np.testing.assert_allclose(got.cov, post.cov, atol=1e-6)
    np.testing.assert_allclose(got.change, post.change, atol=1e-6)


@pytest.mark.parametrize(("family", "near"), [((NORMAL,) * 3, 1e-9), ((NORMAL, COUNT, COUNT), 0.03)])  # fmt: skip
def test_going_on_from_where_one_stopped_is_going_through(family: tuple, near: float) -> None:
    """Exact where all is normal; with counts what came before the months that are smoothed again stays as it was."""
    rng = np.random.default_rng(7)
    items = _items(0.0, family)
    steps = steps_of(items, np.array([1.0]))
    n, again = 40, 6
    whole = _reports(rng, [n], items)
    step = np.zeros(n, np.int32)
    step[0] = -1
    begin = _begin(items, born=False)
    through = run(whole, step, items, steps, begin, np.array([n - 1], np.int32), still=1e-9, most=500)  # fmt: skip

    def part(first: int, last: int) -> Reports:
        some = slice(whole.cell[first], whole.cell[last])
        return Reports(
            np.array([0, last - first], np.int32), whole.cell[first : last + 1] - whole.cell[first],
            whole.item[some], whole.y[some], whole.offset[some], whole.weight[some],
        )  # fmt: skip

    # A run up to the last month but one keeps the state of some months before.
    early = run(part(0, n - 1), step[:-1], items, steps, begin, np.array([n - 2 - again], np.int32), still=1e-9, most=500)  # fmt: skip
    on = run(part(n - 1 - again, n), np.zeros(again + 1, np.int32), items, steps, early.kept, np.array([again], np.int32), still=1e-9, most=500)  # fmt: skip
    np.testing.assert_allclose(on.mean[-1], through.mean[-1], atol=near)
    np.testing.assert_allclose(on.kept.mean, through.kept.mean, atol=near)
    np.testing.assert_allclose(on.kept.cov, through.kept.cov, atol=near)
