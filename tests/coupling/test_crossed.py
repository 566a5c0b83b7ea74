"""The world's evidence as a prior: cross-fitted, on the model's scale, switchable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quadrille.coupling.crossed import crossed_of, gain_of
from quadrille.coupling.model import coupled_of, ties_of, world_of
from quadrille.coupling.pooled import Mean, Pooled, TieWorld, _design, design_of
from quadrille.coupling.shipped import shipped_pooled
from quadrille.errors import OptionError
from quadrille.kernels.pooled import _laid, _of_some, fit_triads
from quadrille.kernels.slices import LAMBDA_SCALE
from quadrille.kernels.triad_moves import moves_of, sums_of, triad_sums

FIVE = ("PAK", "RUS", "IND", "USA", "CHN")


def _labels(states):
    pairs = sorted("-".join(sorted((a, b))) for a in states for b in states if a < b)
    return tuple(pairs)


def test_effects_are_between_ties_that_share_a_state_and_small():
    got = crossed_of(shipped_pooled(), _labels(FIVE), "Y", 2021)
    sets = [set(d.split("-")) for d in _labels(FIVE)]
    for d, one in enumerate(sets):
        for e, two in enumerate(sets):
            assert (got.mean[d, e] != 0.0) <= (len(one & two) == 1)
    assert got.known == 60
    assert 0 < np.abs(got.mean).max() < 0.1
    assert 0.005 < got.spread < 0.1
    assert got.left_out > 7000
    monthly = crossed_of(shipped_pooled(), _labels(FIVE), "M", 2021)
    np.testing.assert_allclose(monthly.mean * 12, got.mean)
    assert monthly.spread * 12 == pytest.approx(got.spread)


def test_moves_of_the_modelled_ties_change_nothing():
    """Cross-fitted: replace every move of the five states' ties by another number, and the means stay."""
    pooled = shipped_pooled()
    want = crossed_of(pooled, _labels(FIVE[:3]), "Y", 2021)
    i = np.array([pooled.world.states.index(s) for s in FIVE[:3]])
    moves = pooled.world.moves
    e = moves.e.copy()
    some = np.random.default_rng(1).standard_normal(moves.e.shape[2])
    for a in i:
        for b in i:
            if a != b:
                e[a, b] = np.where(moves.seen[a, b], some * (1 + a * b % 7), 0.0)
    # The fit's own sums must have seen the same moves: those of the changed triads are added to both sides.
    changed = _refitted(pooled, moves._replace(e=e), i)
    got = crossed_of(changed, _labels(FIVE[:3]), "Y", 2021)
    np.testing.assert_allclose(got.mean, want.mean, atol=1e-5)
    assert np.abs(changed.coef[1] - pooled.coef[1]).max() > 1e-4


def _refitted(pooled, moves, states):
    """The fit with other moves of some states' ties: its normal equations less the old triads, with the new."""
    world, k = pooled.world, 1
    p = pooled.coef[k].size
    gram, cross = np.zeros((p, p)), np.zeros(p)
    for way, old in ((1.0, moves), (-1.0, world.moves)):
        g, c = _added(old, pooled, states)
        gram, cross = gram + way * g, cross + way * c
    whole = pooled.gram + gram
    coef = np.linalg.solve(whole, pooled.gram @ pooled.coef[k] + cross)
    return replace(
        pooled, world=replace(world, moves=moves), coef=(pooled.coef[0], coef), gram=whole,
    )  # fmt: skip


def _added(moves, pooled, states):
    """Normal equations of the triads in which a tie among the states is A-B or A-C."""
    world, k = pooled.world, 1
    n, p, blocks = len(world.states), pooled.coef[1].size, world.blocks.size - 1
    chosen = np.full(n, -1, np.int64)
    chosen[states] = np.arange(states.size)
    gram, cross = np.zeros((p, p)), np.zeros(p)
    for a in states:
        effect, years = (
            np.zeros((2, n, n, blocks), np.float32),
            np.zeros((n, n, blocks), np.float32),
        )
        sums_of(int(a), moves.e[a].astype(np.float32), moves.seen[a].astype(np.float32), moves, world.blur, world.blocks, effect, years)  # fmt: skip
        for block in range(blocks):
            spare = np.zeros((states.size, states.size, p))
            _of_some(
                int(a), block, effect[k], years, moves.group[a], pooled.weight, *_laid(design_of(pooled)), chosen, gram, cross, spare
            )  # fmt: skip
    return gram, cross


def _made(seed, slope, n=26, steps=151, rho=0.985):
    """A world in which A-C's level adds slope times what B-C is to A-B's next innovation, on sizes that differ."""
    rng = np.random.default_rng(seed)
    f = rng.standard_normal((n, n))
    f = (f + f.T) / np.sqrt(2)
    np.fill_diagonal(f, 0.0)
    size = np.exp(0.4 * rng.standard_normal((n, n)))
    size = np.triu(size, 1) + np.triu(size, 1).T + np.eye(n)
    x, levels = np.zeros((n, n)), []
    for t in range(steps + 30):
        shock = np.triu(rng.standard_normal((n, n)), 1)
        # [A, B]: sum over C of slope f[B, C] x[A, C]; and as a tie of B.
        push = slope * (x @ f)
        x = rho * x + push + push.T + shock + shock.T
        np.fill_diagonal(x, 0.0)
        if t >= 30:
            levels.append(x * size)
    level = np.stack(levels, axis=2)
    level[np.arange(n), np.arange(n)] = np.nan
    blocks = np.linspace(0, steps - 1, 7).astype(np.int64)
    states = tuple(f"S{k:02d}" for k in range(n))
    about = {"level": np.repeat(f[None], 6, axis=0).astype(np.float32)}
    world = TieWorld(
        states,
        (1946, 1946 + steps - 1),
        "Y",
        "made",
        5,
        moves_of(level, 0.985),
        blocks,
        about,
        np.zeros(6),
    )
    sums = triad_sums(world.moves, world.blur, blocks)
    design, terms = _design(world)
    fits = [fit_triads(sums, design, k) for k in (0, 1)]
    parts = [tuple(getattr(x, name) for x in fits) for name in ("coef", "cov", "scale")]
    tau2 = tuple(max(x.tau2, 0.0) for x in fits)
    none = Mean(0.0, 0.0, 0, 1)
    return Pooled(world, terms, *parts, fits[1].gram, fits[1].weight, tau2, (none, none), {}, (), np.zeros(80, np.int64), np.zeros((0, 7), np.float32), fits[0].triads), level  # fmt: skip


@pytest.mark.slow
def test_the_map_gives_back_the_coefficient_of_a_world():
    """Simulated VAR(1): slopes on what B-C is over G, against the true coefficient; known to about a fifth in eight worlds."""
    found = []
    for seed in range(8):
        pooled, _ = _made(seed, 0.0006)
        slopes = [pooled.coef[1][pooled.terms.index(k)] for k in ("hostile", "friendly")]
        found.append(np.mean(slopes) / gain_of(pooled) / 0.0006)
    mean, se = np.mean(found), np.std(found, ddof=1) / np.sqrt(8)
    print(f"{mean:.2f} ({se:.2f}) of the true coefficient, G {gain_of(pooled):.2f}")
    assert mean > 2 * se
    assert abs(mean - 1.0) < 2 * se


def test_which_prior_is_in_one_place(measured, tiny):
    ties = ties_of(FIVE[:4], measured)
    zero = world_of(measured, ties, tiny)
    world = world_of(measured, ties, replace(tiny, prior="world"))
    assert not zero.cross.any()
    np.testing.assert_array_equal(zero.scale, LAMBDA_SCALE)
    assert world.cross.any()
    assert world.scale[0] * world.scale[1] == pytest.approx(
        crossed_of(shipped_pooled(), ties.labels, "Y", 2100).spread, rel=0.2
    )
    with pytest.raises(OptionError, match="unknown prior"):
        coupled_of(FIVE[:3], measured, replace(tiny, prior="zero"))


def test_a_model_says_where_its_means_are_from(measured, tiny):
    model = coupled_of(FIVE[:3], measured, replace(tiny, prior="world"))
    assert model.provenance["cross_from"].startswith("triads of the world, ")
    assert model.provenance["config"]["prior"] == "world"
