"""Counting triads in packed bits against counting them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.kernels.triads import count_types, pack_draws


@pytest.mark.parametrize("draws", [1, 63, 64, 65, 200])
def test_equal_to_counting_one_by_one(draws):
    rng = np.random.default_rng(draws)
    warm = rng.random((6, draws, 3)) < 0.5
    rows = np.array([[0, 1, 3], [0, 2, 4], [1, 2, 5], [0, -1, 2]])
    counts = count_types(pack_draws(warm), rows, draws)
    for k, (ab, ac, bc) in enumerate(rows[:3]):
        a, b, c = warm[ab], warm[ac], warm[bc]
        total = a.astype(int) + b + c
        wanted = [total == 0, total == 1, a & b & ~c, a & c & ~b, b & c & ~a, total == 3]
        assert counts[k].tolist() == np.array([w.sum(axis=0) for w in wanted]).T.tolist()
    assert np.all(counts[:3].sum(axis=2) == draws)
    assert np.all(counts[3] == -1)
