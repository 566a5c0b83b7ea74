"""Agreement, S, κ and π against hand-worked cases, plain loops and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.inter_rater import cohens_kappa

from quadrille.kernels.agreement import similarity

YES, ABSTAIN, NO, AWAY = 0, 1, 2, -1
choices = arrays(
    np.int8,
    st.tuples(st.integers(2, 6), st.integers(1, 12)),
    elements=st.integers(AWAY, NO),
)


def plain(x, y, levels=3):
    """The sums as Signorino & Ritter and Häge print them, over the items of both."""
    pairs = [(float(a), float(b)) for a, b in zip(x, y, strict=True) if a >= 0 and b >= 0]
    if not pairs:
        return (0, *[np.nan] * 5)
    x, y = (np.array(side) for side in zip(*pairs, strict=True))
    longest = levels - 1
    gap = np.abs(x - y)
    squares = (gap**2).sum()
    own = ((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()
    own += len(x) * (x.mean() - y.mean()) ** 2
    middle = (x.mean() + y.mean()) / 2
    both = ((x - middle) ** 2).sum() + ((y - middle) ** 2).sum()
    same_one = np.ptp(np.concatenate([x, y])) == 0
    return (
        len(x),
        (gap == 0).mean(),
        1 - 2 * (gap / longest).sum() / len(x),
        1 - squares / (0.5 * longest**2 * len(x)),
        np.nan if same_one else 1 - squares / own,
        np.nan if same_one else 1 - squares / both,
    )


def of_pair(x, y, levels=3):
    found = similarity(np.array([x, y], dtype=np.int8), levels)
    return tuple(float(measure[0, 1]) for measure in found)


def test_by_hand():
    # Over the first four: distances 0, 1, 2, 0.
    x = [YES, YES, YES, NO, AWAY, YES]
    y = [YES, ABSTAIN, NO, NO, NO, AWAY]
    joint, agreement, s_absolute, s_squared, kappa, pi = of_pair(x, y)
    assert (joint, agreement) == (4, 0.5)
    assert s_absolute == pytest.approx(1 - 2 * 3 / 8, abs=1e-15)
    assert s_squared == pytest.approx(1 - 2 * 5 / 16, abs=1e-15)
    # x: mean 0.5, sum of squares 3; y: mean 1.25, 2.75; 4 · 0.75² = 2.25. Together 8.
    assert kappa == pytest.approx(1 - 5 / 8, abs=1e-15)
    # About their common mean 0.875: 3 + 4 · 0.375² + 2.75 + 4 · 0.375² = 6.875.
    assert pi == pytest.approx(1 - 5 / 6.875, abs=1e-15)


def test_always_opposed():
    # κ of two that never vary and always differ is 0, as chance foresees it all; π is -1.
    assert of_pair([YES, YES], [NO, NO]) == (2, 0, -1, -1, 0, -1)


def test_not_defined():
    assert of_pair([YES, YES], [YES, YES])[:4] == (2, 1, 1, 1)
    assert np.isnan(of_pair([YES, YES], [YES, YES])[4:]).all()
    assert of_pair([YES, AWAY], [AWAY, NO])[0] == 0
    assert np.isnan(of_pair([YES, AWAY], [AWAY, NO])[1:]).all()


@given(choices)
def test_every_pair_by_plain_sums(x):
    found = similarity(x, 3)
    for i in range(len(x)):
        for j in range(len(x)):
            ours = [m[i, j] for m in found]
            np.testing.assert_allclose(ours, plain(x[i], x[j]), atol=1e-12, equal_nan=True)


@given(choices, st.randoms(use_true_random=False))
def test_what_must_hold(x, random):
    found = similarity(x, 3)
    for measure in found:
        np.testing.assert_allclose(measure, measure.T, atol=1e-12)
    rows, items = list(range(len(x))), list(range(x.shape[1]))
    random.shuffle(rows)
    random.shuffle(items)
    moved = similarity(x[rows][:, items], 3)
    turned = similarity(np.where(x >= 0, 2 - x, x).astype(np.int8), 3)  # yes for no
    for measure, other, back in zip(found, moved, turned, strict=True):
        np.testing.assert_allclose(measure[np.ix_(rows, rows)], other, atol=1e-12)
        np.testing.assert_allclose(measure, back, atol=1e-12)
    some = found.joint > 0
    for measure in found[1:]:
        assert (measure[some & np.isfinite(measure)] <= 1 + 1e-12).all()
    known = np.isfinite(found.kappa)
    assert (found.pi[known] <= found.kappa[known] + 1e-12).all()
    assert (found.s_squared[some] >= found.s_absolute[some] - 1e-12).all()


def test_kappa_of_statsmodels():
    rng = np.random.default_rng(7)
    for levels in (2, 3, 5):
        x = rng.integers(0, levels, (2, 60)).astype(np.int8)
        x[1, :30] = x[0, :30]
        table = np.zeros((levels, levels))
        np.add.at(table, (x[0], x[1]), 1)
        theirs = cohens_kappa(table, wt="quadratic").kappa
        assert similarity(x, levels).kappa[0, 1] == pytest.approx(theirs, abs=1e-12)
