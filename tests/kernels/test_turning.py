"""Dating phases: the optimum against every chain there is, and what any dating must obey."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.kernels.turning import (
    coincidences,
    date_phases,
    list_phases,
    phase_modes,
    same_phase,
)

PATHS = st.lists(st.floats(-3, 3), min_size=3, max_size=40)


def gain(x, labels, size):
    """What a dating earns: amplitudes less the least amplitude of each phase."""
    rows = list_phases(labels[None])
    return sum(kind * (x[end] - x[start]) - size for _, kind, start, end in rows)


def best_gain(x, length, size):
    """Largest gain over all alternating chains of turning points."""
    best = 0.0
    for k in range(2, len(x) + 1):
        for chain in combinations(range(len(x)), k):
            steps = np.diff(chain)
            if np.all(steps >= length):
                moves = np.diff(x[list(chain)])
                for sign in (1.0, -1.0):
                    kinds = sign * (-1.0) ** np.arange(k - 1)
                    best = max(best, float(np.sum(kinds * moves - size)))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_no_chain_earns_more(seed):
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(size=rng.integers(3, 11)))
    length, size = int(rng.integers(1, 4)), float(rng.uniform(0.1, 2.0))
    labels = date_phases(x[None], length, size)[0]
    assert gain(x, labels, size) == pytest.approx(best_gain(x, length, size), abs=1e-9)


def test_one_path_is_dated_as_many_are():
    x = np.cumsum(np.random.default_rng(5).normal(size=(40, 30)), axis=1)
    whole = date_phases(x, 2, 1.0)
    assert np.abs(whole).sum() > 0
    alone = [date_phases(path[None], 2, 1.0)[0] for path in x]
    np.testing.assert_array_equal(whole, alone)


@given(PATHS, st.integers(1, 5), st.floats(0.05, 3))
def test_phases_alternate_and_are_long_and_large_enough(values, length, size):
    x = np.array(values)
    rows = list_phases(date_phases(x[None], length, size))
    for _, kind, start, end in rows:
        assert end - start >= length
        assert kind * (x[end] - x[start]) >= size - 1e-9
    assert np.all(rows[1:, 1] == -rows[:-1, 1])
    assert np.array_equal(rows[1:, 2], rows[:-1, 3])


@given(PATHS, st.integers(1, 4), st.floats(0.05, 3))
def test_upside_down_thaws_are_chills(values, length, size):
    x = np.array(values)
    up, down = (date_phases(v[None], length, size)[0] for v in (x, -x))
    assert gain(x, up, size) == pytest.approx(gain(-x, down, size), abs=1e-9)
    backwards = date_phases(x[::-1][None], length, size)[0]
    assert gain(x, up, size) == pytest.approx(gain(x[::-1], backwards, size), abs=1e-9)


def test_a_path_by_hand():
    x = np.array([[0.0, 1, 2, 1.8, 2.2, 1, 0, 0.2, 0]])
    labels = date_phases(x, 2, 1.5)
    assert labels.tolist() == [[0, 1, 1, 1, 1, -1, -1, 0, 0]]
    assert list_phases(labels).tolist() == [[0, 1, 0, 4], [0, -1, 4, 6]]
    assert not date_phases(x, 2, 3.0).any()
    assert list_phases(np.zeros((2, 5), np.int8)).shape == (0, 4)


def test_a_phase_is_the_same_when_most_of_both_is_shared():
    phases = np.array([[0, 1, 0, 10], [1, 1, 4, 10], [2, -1, 0, 10], [3, 1, 0, 20], [4, 1, 5, 10]])
    assert same_phase(phases, 1, 0, 10).tolist() == [True, True, False, False, False]


def test_modes_are_what_most_draws_hold():
    often = [[d, 1, 2 + d % 2, 8] for d in range(6)]
    rare = [[6, 1, 5, 12], [7, -1, 8, 12], [8, -1, 8, 12], [9, -1, 9, 12]]
    modes, share = phase_modes(np.array(often + rare), 10, 0.2)
    assert modes.tolist() == [[1, 2, 8], [-1, 8, 12]]
    assert share.tolist() == pytest.approx([0.6, 0.3])
    assert phase_modes(np.array(often + rare), 10, 0.5)[0].tolist() == [[1, 2, 8]]
    assert phase_modes(np.empty((0, 4), np.int64), 10, 0.5)[0].shape == (0, 3)


@given(st.integers(0, 2**31), st.integers(0, 4))
def test_coincidences_equal_the_definition(seed, window):
    rng = np.random.default_rng(seed)
    late, early = rng.random((2, 3, 12)) < 0.3
    precursor, trigger = coincidences(late, early, window)
    for d in range(3):
        a, b = np.flatnonzero(late[d]), np.flatnonzero(early[d])
        close = (a[:, None] - b >= 0) & (a[:, None] - b <= window)
        assert precursor[0, d] == close.any(axis=1).sum()
        assert trigger[0, d] == close.any(axis=0).sum()
    assert np.all(precursor <= late.sum(axis=1))
    assert np.all(trigger <= early.sum(axis=1))


def bry_boschan(x, length, size, half):
    """Candidate extremes within ``half`` steps, then censoring in turn, for comparison only."""
    n = len(x)
    turns = []
    for t in range(half, n - half):
        around = x[t - half : t + half + 1]
        if x[t] == around.max():
            turns.append((t, 1))
        elif x[t] == around.min():
            turns.append((t, -1))
    changed = True
    while changed:
        changed = False
        for i in range(len(turns) - 1):
            (s, a), (t, b) = turns[i], turns[i + 1]
            if a == b:
                turns.pop(i if a * x[s] < a * x[t] else i + 1)
                changed = True
                break
            if t - s < length or abs(x[t] - x[s]) < size:
                del turns[i : i + 2]
                changed = True
                break
    return turns


def scored(found, truth, near):
    hits = [min((abs(t - s) for t, k in found if k == kind), default=99) for s, kind in truth]
    good = [h for h in hits if h <= near]
    return len(good), len(truth), sum(good), len(found)


@pytest.mark.slow
def test_turning_points_of_simulated_paths_are_found():
    """Zigzags of known turns under noise: hit rate and date error, and those of the rule chain."""
    rng = np.random.default_rng(11)
    ours, theirs = np.zeros(4), np.zeros(4)
    for _ in range(400):
        gaps = rng.integers(6, 16, size=8)
        turns = np.cumsum(gaps)
        level = np.zeros(turns[-1] + 1)
        height, sign, last, truth = 0.0, 1.0, 0, []
        for k, t in enumerate(turns):
            to = height + sign * rng.uniform(2.0, 3.0)
            level[last : t + 1] = np.linspace(height, to, t - last + 1)
            if k < len(turns) - 1:
                truth.append((int(t), int(sign)))
            height, last, sign = to, t, -sign
        x = level + 0.35 * rng.normal(size=level.size)
        rows = list_phases(date_phases(x[None], 3, 1.2))
        found = [(int(end), int(kind)) for _, kind, _, end in rows[:-1]]
        ours += scored(found, truth, 3)
        theirs += scored(bry_boschan(x, 3, 1.2, 2), truth, 3)
    for name, (hit, all_, error, made) in (("optimum", ours), ("rules in turn", theirs)):
        print(f"{name}: {hit / all_:.3f} found within 3 steps, mean error {error / hit:.2f}, "
              f"{1 - hit / made:.3f} of its turns false")  # fmt: skip
    assert ours[0] / ours[1] > 0.97
    assert ours[2] / ours[0] < 1.0
    assert 1 - ours[0] / ours[3] < 0.05
    assert ours[0] / ours[1] >= theirs[0] / theirs[1]
