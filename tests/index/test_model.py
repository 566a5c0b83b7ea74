"""The model of the index on worlds made of counts, shares, rare disputes and jumps."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from drawn_worlds import alike

from quadrille.index.model import Learnt, distant, estimate, learn
from quadrille.index.witnesses import Evidence, Item
from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Items, Reports

ITEMS = (
    Item("votes", "votes", NORMAL, "votes"),
    Item("dispute", "disputes", BINOMIAL, "disputes"),
    Item("x: events", "x", COUNT, "x: events"),
    Item("x: conflict", "x", BINOMIAL, "x: conflict"),
)
# Level, valence, engagement, own bias.
THETA = np.array(
    [[0.2, 0.7, -0.2, 0.6], [-4.0, -1.2, 1.0, 0.4], [0.3, 0.0, 1.5, 0.6], [-2.0, -0.6, 0.3, 0.5]]
)
RHO, Q, REPEATS = 0.98, np.diag([0.03, 0.015]), 0.4
JUMPS, JUMP = 0.01, 1.5
YEARS = 40


def _world(seed: int, dyads: int) -> tuple[Evidence, np.ndarray, np.ndarray]:
    """Evidence, labels and the true states ``(cells, 2)``."""
    rng = np.random.default_rng(seed)
    x = np.zeros((dyads, YEARS, 2))
    u = np.zeros((dyads, YEARS, len(ITEMS)))
    volume = rng.normal(1.0, 1.5, dyads)
    x[:, 0], u[:, 0] = rng.normal(size=(dyads, 2)), rng.normal(size=(dyads, len(ITEMS)))
    for t in range(1, YEARS):
        jump = (rng.random((dyads, 2)) < JUMPS) * rng.normal(0, JUMP, (dyads, 2))
        x[:, t] = RHO * x[:, t - 1] + rng.normal(size=(dyads, 2)) @ np.sqrt(Q) + jump
        u[:, t] = 0.97 * u[:, t - 1] + rng.normal(0, 0.24, (dyads, len(ITEMS)))
    psi = THETA[:, 0] + x @ THETA[:, 1:3].T + THETA[:, 3] * u
    y = np.zeros_like(psi)
    offset = np.zeros_like(psi)
    offset[..., 0] = 0.1
    y[..., 0] = psi[..., 0] + rng.normal(0, np.sqrt(0.1 + 0.1), psi.shape[:2])
    offset[..., 1] = 1.0
    y[..., 1] = rng.random(psi.shape[:2]) < 1 / (1 + np.exp(-psi[..., 1]))
    offset[..., 2] = volume[:, None]
    mean = np.exp(psi[..., 2] + offset[..., 2])
    y[..., 2] = rng.poisson(mean * rng.gamma(2.0, 0.5, mean.shape))
    p = 1 / (1 + np.exp(-psi[..., 3]))
    together = np.maximum(alike(np.maximum(y[..., 2], 1.0), REPEATS), 1e-6)
    m = (1 - together) / together
    offset[..., 3] = y[..., 2]
    y[..., 3] = rng.binomial(y[..., 2].astype(int), rng.beta(p * m, (1 - p) * m))
    there = np.ones(psi.shape, bool)
    there[..., 3] = offset[..., 3] > 0
    there[:, :10, 2:] = False
    flat = there.reshape(-1, len(ITEMS))
    cell, item = np.nonzero(flat)
    counts = np.bincount(cell, minlength=flat.shape[0])
    reports = Reports(
        np.arange(0, dyads * YEARS + 1, YEARS, dtype=np.int32),
        np.r_[0, np.cumsum(counts)].astype(np.int32), item.astype(np.int32),
        y.reshape(flat.shape)[flat], offset.reshape(flat.shape)[flat], np.ones(item.size),
    )  # fmt: skip
    cells = pl.DataFrame(
        {"state_a": np.repeat([f"D{d:04}" for d in range(dyads)], YEARS), "state_b": "Z",
         "year": np.tile(np.arange(1980, 1980 + YEARS), dyads)}
    )  # fmt: skip
    truth = x.reshape(-1, 2)
    near = truth[:, 0] + rng.normal(0, 0.5, truth.shape[0])
    label = np.select([np.abs(near - 1) < 0.1, np.abs(near + 1) < 0.1], [1.0, -1.0], np.nan)
    label.reshape(dyads, YEARS)[rng.random(dyads) < 0.6] = np.nan
    return Evidence(cells, ITEMS, reports, {}), label, truth


def _true() -> Learnt:
    items = Items(
        np.array([i.family for i in ITEMS], np.int32), np.arange(4, dtype=np.int32), THETA,
        np.array([0.1, 1.0, 2.0, 1.0]), np.tile([0.97, 0.24**2], (4, 1)), RHO, np.eye(2),
        np.linalg.inv(Q), 4.0,
    )  # fmt: skip
    return Learnt(items, np.array([0.0, 0.0, 0.0, REPEATS]), ITEMS)


def _held(
    found: Evidence, learnt: Learnt, truth: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    post = estimate(found.reports, learnt)
    sd = np.sqrt(np.diagonal(post.cov, axis1=1, axis2=2))
    return np.abs(post.mean - truth) < 1.645 * sd, post.mean, sd


def test_bands_hold_in_every_class_of_volume() -> None:
    found, _, truth = _world(1, 400)
    held, mean, _ = _held(found, _true(), truth)
    assert 0.86 < held[:, 0].mean() < 0.94
    assert 0.86 < held[:, 1].mean() < 0.94
    events = np.zeros(truth.shape[0])
    at = found.reports.item == 2
    cell = np.repeat(np.arange(truth.shape[0]), np.diff(found.reports.cell))
    events[cell[at]] = found.reports.y[at]
    for low, high in ((0, 1), (1, 4), (4, 20), (20, 1e9)):
        mine = (events >= low) & (events < high)
        assert 0.84 < held[mine, 0].mean() < 0.95
        assert abs((mean - truth)[mine, 0].mean()) < 0.12


@pytest.mark.slow
def test_what_witnesses_mean_is_learnt_from_labels() -> None:
    found, label, truth = _world(2, 1500)
    learnt = learn(found, label)
    theta = learnt.items.theta
    assert np.all(np.sign(theta[[0, 1, 3], 1]) == np.sign(THETA[[0, 1, 3], 1]))
    # The unit is that of the labels, whose noise makes classes lie nearer each other than ±1.
    found_of_true = theta[[0, 1, 3], 1] / THETA[[0, 1, 3], 1]
    assert 0.5 < found_of_true.mean() < 1.0
    assert np.all(np.abs(found_of_true / found_of_true.mean() - 1) < 0.25)
    assert learnt.repeats[3] == pytest.approx(REPEATS, abs=0.1)
    held, mean, _ = _held(found, learnt, truth)
    assert np.corrcoef(mean[:, 0], truth[:, 0])[0, 1] > 0.75
    assert 0.84 < held[:, 0].mean() < 0.95


@pytest.mark.slow
def test_a_flipped_witness_gets_a_flipped_loading_and_noise_gets_none() -> None:
    found, label, _ = _world(3, 1500)
    right = learn(found, label).items.theta
    y = found.reports.y.copy()
    votes = found.reports.item == 0
    y[votes] = -y[votes]
    flipped = learn(
        Evidence(found.cells, ITEMS, found.reports._replace(y=y), {}), label
    ).items.theta
    assert np.sign(flipped[0, 1]) == -np.sign(right[0, 1])
    rng = np.random.default_rng(0)
    y[votes] = rng.permutation(y[votes])
    noise = learn(Evidence(found.cells, ITEMS, found.reports._replace(y=y), {}), label).items.theta
    assert abs(noise[0, 1]) < 0.1 * abs(right[0, 1])


@pytest.mark.slow
def test_a_witness_of_a_few_dyads_is_learnt_against_all_others() -> None:
    found, label, truth = _world(4, 1000)
    rng = np.random.default_rng(9)
    few = np.sort(rng.choice(1000, 15, replace=False))
    cells = (few[:, None] * YEARS + np.arange(YEARS)).ravel()
    seen = 0.4 * truth[cells, 0] + np.repeat(0.2 * rng.normal(size=few.size), YEARS)
    seen += rng.normal(0, 0.3, seen.size)
    r = found.reports
    at = np.r_[np.repeat(np.arange(r.cell.size - 1), np.diff(r.cell)), cells]
    order = np.argsort(at, kind="stable")
    reports = Reports(
        r.dyad, np.r_[0, np.cumsum(np.bincount(at, minlength=r.cell.size - 1))].astype(np.int32),
        np.r_[r.item, np.full(cells.size, 4, np.int32)][order], np.r_[r.y, seen][order],
        np.r_[r.offset, np.zeros(cells.size)][order], np.ones(at.size),
    )  # fmt: skip
    acts = Item("acts: acts", "acts", NORMAL, "acts")
    learnt = learn(Evidence(found.cells, (*ITEMS, acts), reports, {}), label)
    level, valence, engagement, _ = learnt.items.theta[4]
    # Fifteen dyads' own biases take a part of it: it comes out low, never high.
    assert 0.08 < valence < 0.4
    assert engagement == 0.0
    assert abs(level) < 0.4
    assert learnt.items.noise[4] == pytest.approx(0.09, rel=0.5)


def test_distant_ties_are_found_to_lie_close_to_each_other() -> None:
    """Valence that starts at a third of the usual deviation and hardly moves; all weights known but its dynamics."""
    rng = np.random.default_rng(8)
    dyads, years = 300, 30
    x = 0.3 * rng.normal(size=(dyads, 1)) + np.cumsum(rng.normal(0, 0.03, (dyads, years)), axis=1)
    u = rng.normal(0, 0.6, (dyads, 1))
    y = 0.2 + 0.7 * x + u + rng.normal(0, 0.3, (dyads, years))
    n = dyads * years
    edges = np.arange(0, n + 1, years, dtype=np.int32)
    reports = Reports(
        edges, np.arange(n + 1, dtype=np.int32), np.zeros(n, np.int32), y.ravel(), np.zeros(n),
        np.ones(n),
    )  # fmt: skip
    names = ITEMS[:1]
    items = Items(
        np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([[0.2, 0.7, 0.0, 0.6]]), np.array([0.09]),
        np.array([[0.999, 1e-6]]), 0.98, np.eye(2), np.diag([25.0, 1000.0]), 3.0,
    )  # fmt: skip
    cells = pl.DataFrame({"state_a": ["A"] * n, "state_b": ["B"] * n, "year": [1950] * n})
    found = Evidence(cells, names, reports, {})
    taught = Learnt(items, np.zeros(1), names)
    calm = distant(found, taught, np.arange(dyads)).items
    assert 1.0 / calm.start[0, 0] < 0.35
    assert 1.0 / calm.precision[0, 0] < 0.01
    assert calm.start[1, 1] == 1.0 and calm.precision[1, 1] == 1000.0
    assert distant(found, taught, np.arange(5)) is taught
