"""Agreement of coders: published worked examples, brute force, and what must hold."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.kernels.raters import bootstrap_band, interval_alpha, kappa, same

_ = np.nan
# Krippendorff (2011), section C: four observers, twelve units, values missing; interval alpha 0.849.
FOUR = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
# Section A: two observers, binary data, where the interval metric is the nominal one; alpha 0.095.
TWO = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float).T
# Cohen (1960), table 2: 200 cases, p_o 0.70, p_e 0.41, kappa 0.492.
COHEN = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]])


def of_table(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


def alpha_by_pairs(values: np.ndarray) -> float:
    """Every pair within units over every pair at all."""
    units = [u[~np.isnan(u)] for u in values]
    units = [u for u in units if u.size > 1]
    n = sum(u.size for u in units)
    observed = (
        sum(sum((a - b) ** 2 for a, b in permutations(u, 2)) / (u.size - 1) for u in units) / n
    )
    every = np.concatenate(units)
    expected = sum((a - b) ** 2 for a, b in permutations(every, 2)) / (n * (n - 1))
    return 1.0 - observed / expected


def test_krippendorffs_examples():
    assert float(interval_alpha(FOUR)) == pytest.approx(0.849, abs=5e-4)  # printed to three places
    assert float(interval_alpha(TWO)) == pytest.approx(0.095, abs=5e-4)


def test_cohens_example():
    first, second = of_table(COHEN)
    assert float(same(first, second)) == pytest.approx(0.70)
    assert float(kappa(first, second)) == pytest.approx(0.492, abs=5e-4)  # printed to three places
    assert float(kappa(first, second)) == pytest.approx((140 - 82) / (200 - 82), abs=1e-12)


@given(
    st.lists(
        st.lists(st.sampled_from([-8.0, -2.0, 0.0, 1.9, 7.4, np.nan]), min_size=3, max_size=3),
        min_size=2,
        max_size=8,
    )
)
def test_alpha_is_that_of_every_pair(rows):
    values = np.array(rows)
    pairable = values[(~np.isnan(values)).sum(axis=1) > 1]
    known = pairable[~np.isnan(pairable)]
    found = float(interval_alpha(values))
    if known.size < 2 or np.ptp(known) == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(alpha_by_pairs(values), abs=1e-9)


def test_alpha_knows_no_unit_of_scale_and_no_order_of_coders():
    moved = 3.0 * FOUR - 7.0
    assert float(interval_alpha(moved)) == pytest.approx(float(interval_alpha(FOUR)))
    assert float(interval_alpha(FOUR[:, ::-1])) == pytest.approx(float(interval_alpha(FOUR)))
    assert float(interval_alpha(np.repeat([[1.0], [2.0], [5.0]], 2, axis=1))) == 1.0


def test_kappa_of_all_alike_is_one_and_of_one_category_nothing():
    codes = np.array([0, 1, 2, 1])
    assert float(kappa(codes, codes)) == 1.0
    assert np.isnan(kappa(np.zeros(4, dtype=np.intp), np.zeros(4, dtype=np.intp)))
    # Chance alone: each of the four pairs once.
    assert float(kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))) == pytest.approx(0.0)


def test_kappa_is_that_of_statsmodels():
    from statsmodels.stats.inter_rater import cohens_kappa

    rng = np.random.default_rng(2)
    a = rng.integers(0, 4, 60)
    b = np.where(rng.random(60) < 0.6, a, rng.integers(0, 4, 60))
    table = np.zeros((4, 4))
    np.add.at(table, (a, b), 1)
    assert float(kappa(a, b)) == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)


def test_many_samples_at_once_are_each_its_own():
    rng = np.random.default_rng(1)
    chosen = rng.integers(0, 12, (5, 12))
    each = [float(interval_alpha(FOUR[c])) for c in chosen]
    assert interval_alpha(FOUR[chosen]) == pytest.approx(each, nan_ok=True)
    first, second = of_table(COHEN)
    drawn = rng.integers(0, 200, (5, 200))
    assert kappa(first[drawn], second[drawn]) == pytest.approx(
        [float(kappa(first[d], second[d])) for d in drawn]
    )


def test_the_band_holds_the_truth_as_often_as_it_says():
    """Plain agreement of 100 units at 0.8: the 90% band of 200 samples holds it 80 to 97% of the time."""
    rng = np.random.default_rng(3)
    held = 0
    for k in range(200):
        alike = rng.random(100) < 0.8
        low, high = bootstrap_band(lambda i, alike=alike: alike[i].mean(axis=-1), 100, 200, k)
        held += low <= 0.8 <= high
    assert 160 <= held <= 194
    nothing = bootstrap_band(lambda i: np.full(len(i), np.nan), 3, 10, 0)
    assert np.isnan(nothing).all()
