"""Who may teach a loading on valence, and what is made of loadings that labels do not agree on."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.index import model
from quadrille.index.model import Learnt, agreed, engagement_only
from quadrille.index.witnesses import Item
from quadrille.kernels.witness import NORMAL, Items, Reports, Statistics, first_guess, sweep

NAMES = (Item("votes", "votes", NORMAL, "votes"), Item("trade", "trade", NORMAL, "trade"))


def items(valence, own=(0.8, 0.8)):
    theta = np.array([[0.0, valence[0], 0.5, own[0]], [0.0, valence[1], 1.0, own[1]]])
    return Items(
        np.zeros(2, np.int32), np.arange(2, dtype=np.int32), theta, np.full(2, 0.1),
        np.tile([0.97, 0.05], (2, 1)), 0.97, np.eye(2), np.eye(2) / 0.06, 0.0,
    )  # fmt: skip


def learnt(*valence):
    return Learnt(items(valence), np.zeros(2), NAMES)


def test_a_loading_whose_sign_labels_do_not_agree_on_is_none():
    both = agreed([learnt(0.3, 0.1), learnt(0.2, -0.1)])
    assert [x.items.theta[0, 1] for x in both] == [0.3, 0.2]
    assert [x.items.theta[1, 1] for x in both] == [0.0, 0.0]
    assert [x.items.theta[1, 2] for x in both] == [1.0, 1.0]
    assert engagement_only(both) == ("trade",)
    assert engagement_only([learnt(0.3, 0.1), learnt(0.2, 0.1)]) == ()


def few(partners, rivals):
    """A report of the votes on each dyad's one year, partners first, then rivals; of trade on half of the partners."""
    n = partners + rivals
    item = [[0, 1] if d < partners // 2 else [0] for d in range(n)]
    rows = [k for ks in item for k in ks]
    reports = Reports(
        np.arange(n + 1, dtype=np.int32), np.r_[0, np.cumsum([len(k) for k in item])].astype(np.int32),
        np.array(rows, np.int32), np.zeros(len(rows)), np.zeros(len(rows)), np.ones(len(rows)),
    )  # fmt: skip
    return reports, np.r_[np.ones(partners), -np.ones(rivals)]


@pytest.mark.parametrize(
    ("partners", "rivals", "told"), [(40, 20, [True, False]), (40, 19, [False, False])]
)
def test_twenty_partners_and_twenty_rivals_teach_a_loading(partners, rivals, told):
    teaches, _ = model._spoken(NAMES, *few(partners, rivals))
    assert teaches.tolist() == told


@pytest.mark.parametrize(("partners", "thin"), [(39, [False, True]), (40, [False, False])])
def test_an_item_of_fewer_than_twenty_dyads_does_not_tell_valence_from_engagement(partners, thin):
    assert model._spoken(NAMES, *few(partners, 20))[1].tolist() == thin


def test_engagement_is_not_read_off_a_few_dyads():
    """What a thin item says is put down to valence."""
    rng = np.random.default_rng(5)
    x, bias = rng.normal(size=(400, 2)), np.zeros(400)
    y = 0.4 * x[:, 0] - 0.5 * x[:, 1] + rng.normal(0, 0.1, 400)
    z = np.c_[np.ones(400), x, bias]
    gram, cross = np.tile(z.T @ z, (2, 1, 1)), np.tile(z.T @ y, (2, 1))
    none = np.zeros(0)
    sums = Statistics(gram, cross, *[none] * 9)
    plan = model._Plan(
        [[0], [1]], set(), np.array([False, False]), np.array([True, False]), np.zeros(2, bool)
    )
    theta = model._loadings(items((0.0, 0.0)), None, sums, plan)
    assert theta[:, 1] == pytest.approx([0.4, 0.4], abs=0.05)
    assert theta[0, 2] == 0.0
    assert theta[1, 2] == pytest.approx(-0.5, abs=0.05)


def test_what_biases_lean_on_the_class_goes_into_the_loading():
    """Between dyads EM alone moves a loading by a small part of the way a round; leaning biases take it there at once."""
    rng = np.random.default_rng(3)
    dyads, years, true = 120, 30, 0.6
    label = np.repeat(np.where(np.arange(dyads) % 2, 1.0, -1.0), years)
    bias = np.repeat(rng.normal(size=dyads), years)
    y = true * label + 0.8 * bias + rng.normal(0, 0.3, label.size)
    cells = dyads * years
    pinned = Reports(
        np.arange(0, cells + 1, years, dtype=np.int32), np.arange(0, 2 * cells + 1, 2, dtype=np.int32),
        np.tile([0, 1], cells).astype(np.int32), np.column_stack([y, label]).ravel(),
        np.tile([0.0, 1e-6], cells), np.ones(2 * cells),
    )  # fmt: skip
    two = items((0.0, 1.0), own=(0.8, 0.0))
    two.theta[:] = (0.0, 0.0, 0.0, 0.8), (0.0, 1.0, 0.0, 0.0)
    two = two._replace(noise=np.array([0.09, 1e-9]), drift=np.tile([0.999, 2e-3], (2, 1)))
    post = first_guess(pinned, two)
    sums = sweep(pinned, two, post)
    plan = model._Plan(
        [[0], [1]], {1}, np.array([True, True]), np.zeros(2, bool), np.zeros(2, bool)
    )
    plain = model._loadings(two, sums, sums, plan)
    upright = model._upright(two, plain, sums, sums, plan)
    class_means = y.reshape(dyads, years).mean(1)
    between = 0.5 * (class_means[1::2].mean() - class_means[::2].mean())
    assert abs(plain[0, 1] - between) > 0.5 * abs(between)
    assert abs(upright[0, 1] - between) < 0.1 * abs(between)
