"""Weights learnt in worlds whose weights are known; a witness whose sign is turned is named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from drawn_worlds import drawn

from quadrille.index.model import LABEL_SPREAD, Learnt, estimate, learn, turned
from quadrille.index.witnesses import Evidence, Item
from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Items, Reports

# Level, valence, engagement, own bias; noise or size; how alike two events are.
_KNOWN = {
    Item("votes", "votes", NORMAL, "votes"): (0.6, 0.9, -0.5, 0.7, 0.14, 0.0),
    Item("defence", "alliances", BINOMIAL, "alliances", weight=0.05): (-1.1, 1.3, 0.9, 0.3, 1.0, 0.0),
    Item("pact", "alliances", BINOMIAL, "alliances", weight=0.05): (-1.9, 0.8, 0.6, 0.3, 1.0, 0.0),
    Item("dispute", "disputes", BINOMIAL, "disputes", "hostility"): (-4.0, -1.5, 1.5, 0.8, 1.0, 0.0),
    Item("force", "disputes", BINOMIAL, "disputes", "hostility"): (1.0, -1.5, 1.5, 0.8, 1.0, 0.0),
    Item("icews: events", "icews", COUNT, "icews: events"): (0.1, 0.2, 1.5, 0.5, 2.0, 0.0),
    Item("icews: conflict", "icews", BINOMIAL, "icews: conflict"): (-1.5, -0.7, 0.2, 0.7, 1.0, 0.1),
}  # fmt: skip
ITEMS = tuple(_KNOWN)


def _truth() -> Learnt:
    row = np.array(list(_KNOWN.values()))
    group = np.array([0, 1, 1, 2, 2, 3, 4], np.int32)
    q = np.array([[0.02, 0.001], [0.001, 0.01]])
    items = Items(
        np.array([i.family for i in ITEMS], np.int32), group, row[:, :4], row[:, 4],
        np.tile([0.97, 0.06], (5, 1)), 0.98, np.linalg.inv(np.array([[1.2, 0.4], [0.4, 1.0]])),
        np.linalg.inv(q), 4.0,
    )  # fmt: skip
    return Learnt(items, row[:, 5], ITEMS)


def _pattern(dyads: int, years: int) -> Evidence:
    """Who reports when: votes with gaps, alliances and disputes always, events of the last twenty years."""
    rng = np.random.default_rng(0)
    there = np.ones((dyads, years, len(ITEMS)), bool)
    there[..., 0] = rng.random((dyads, years)) < 0.8
    there[:, : years - 20, 5:] = False
    offset = np.ones(there.shape)
    offset[..., 0] = rng.uniform(0.03, 0.2, (dyads, years))
    offset[..., 5] = rng.normal(0.5, 1.5, (dyads, 1))
    flat = there.reshape(-1, len(ITEMS))
    cell, item = np.nonzero(flat)
    counts = np.bincount(cell, minlength=flat.shape[0])
    reports = Reports(
        np.arange(0, dyads * years + 1, years, dtype=np.int32),
        np.r_[0, np.cumsum(counts)].astype(np.int32), item.astype(np.int32),
        np.zeros(item.size), offset.reshape(flat.shape)[flat], np.array([i.weight for i in ITEMS])[item],
    )  # fmt: skip
    return Evidence(pl.DataFrame({"year": np.tile(np.arange(years), dyads)}), ITEMS, reports, {})


def _held(z: np.ndarray) -> np.ndarray:
    return np.asarray((np.abs(z) < 1.645).mean(0))


@pytest.mark.slow
def test_bands_hold_where_weights_are_known() -> None:
    truth = _truth()
    z, size = [], []
    for seed in range(3):
        world = drawn(_pattern(200, 40), truth, np.arange(200), seed)
        post = estimate(world.found.reports, truth)
        sd = np.sqrt(np.diagonal(post.cov, axis1=1, axis2=2))
        z.append((world.states - post.mean) / sd)
        size.append(np.abs(world.jump))
    all_, jump = np.concatenate(z), np.concatenate(size)
    assert np.all((_held(all_) > 0.88) & (_held(all_) < 0.92))
    assert np.all(np.abs(all_.mean(0)) < 0.12)
    assert np.all(np.abs(all_.std(0) - 1) < 0.06)
    assert _held(all_[jump > 4])[0] > 0.7


def test_a_witness_whose_sign_is_turned_is_named() -> None:
    truth = _truth()
    assert turned((truth, truth)) == ()
    theta = truth.items.theta.copy()
    theta[[0, 4], 1] *= -1
    other = Learnt(truth.items._replace(theta=theta), truth.repeats, truth.names)
    assert turned((other, other)) == ("votes",)
    assert turned((truth, other)) == ()


@pytest.mark.slow
def test_turned_votes_are_found_and_noise_weighs_nothing() -> None:
    truth = _truth()
    world = drawn(_pattern(400, 40), truth, np.arange(400), 1)
    assert turned((learn(world.found, world.label),)) == ()
    reports, votes = world.found.reports, world.found.reports.item == 0
    y = reports.y.copy()
    y[votes] *= -1
    wrong = Evidence(world.found.cells, ITEMS, reports._replace(y=y), {})
    assert turned((learn(wrong, world.label),)) == ("votes",)
    y[votes] = np.random.default_rng(0).permutation(y[votes])
    noise = learn(Evidence(world.found.cells, ITEMS, reports._replace(y=y), {}), world.label)
    assert abs(noise.items.theta[0, 1]) < 0.1


@pytest.mark.slow
def test_weights_are_learnt_and_bands_hold_with_them() -> None:
    truth = _truth()
    got, z = [], []
    for seed in range(3):
        world = drawn(_pattern(300, 40), truth, np.arange(300), seed)
        learnt = learn(world.found, world.label, seed=seed)
        post = estimate(world.found.reports, learnt)
        z.append((world.states[:, 0] - post.mean[:, 0]) / np.sqrt(post.cov[:, 0, 0]))
        got.append(np.c_[learnt.items.theta, learnt.items.noise])
    held = float(np.mean(np.abs(np.concatenate(z)) < 1.645))
    assert LABEL_SPREAD == 0.5
    assert 0.87 < held < 0.95
    # Loadings may be off by up to half: the page of the index says so, and how far in worlds of real gaps and totals.
    part = np.mean(got, 0)[[0, 1, 3, 6], 1] / truth.items.theta[[0, 1, 3, 6], 1]
    assert np.all((part > 0.5) & (part < 1.5))
