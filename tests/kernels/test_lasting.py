"""Paths of which means, deviations and changes are known: moments as asked for, and what lasts as in the model they stand for."""

import numpy as np
import pytest

from quadrille.kernels.lasting import Lasting, correlations, standard_paths

YEARS, DRAWS = 40, 20_000
LASTING = Lasting(0.7, 0.97)


def test_correlations_give_the_changes_back() -> None:
    rng = np.random.default_rng(0)
    sd = rng.uniform(0.4, 0.9, (3, YEARS))
    apart = np.abs(np.diff(sd, prepend=sd[:, :1]))
    change = apart + rng.uniform(0.05, 0.6, sd.shape)
    kept = correlations(sd, change)
    assert np.isnan(kept[:, 0]).all()
    z = standard_paths(kept, LASTING, DRAWS, rng)
    assert z.shape == (3, DRAWS, YEARS)
    np.testing.assert_allclose(z.mean(axis=1), 0.0, atol=0.04)
    np.testing.assert_allclose(z.std(axis=1), 1.0, atol=0.03)
    moved = np.diff(sd[:, None] * z, axis=2).std(axis=1)
    inside = (kept[:, 1:] > 0.0) & (kept[:, 1:] < 0.999)
    assert inside.mean() > 0.8
    np.testing.assert_allclose(moved[inside], change[:, 1:][inside], rtol=0.04)


def test_neighbours_that_have_nothing_in_common_are_drawn_apart() -> None:
    kept = correlations(np.ones((1, 3)), np.array([[np.nan, 5.0, 0.0]]))
    assert kept[0, 1] == 0.0
    z = standard_paths(kept, LASTING, DRAWS, np.random.default_rng(1))[0]
    assert np.corrcoef(z[:, 0], z[:, 1])[0, 1] == pytest.approx(0.0, abs=0.03)
    assert np.abs(z[:, 2] - z[:, 1]).max() < 0.3


def test_what_lasts_of_a_level_seen_with_a_bias_that_stays() -> None:
    """Posterior of an AR(1) seen with noise and a bias that drifts, by the joint normal: years far apart go together more
    than neighbours alone would tell, and the paths hold that."""
    t = np.arange(YEARS)
    gap = np.abs(t[:, None] - t)
    level, bias = 1.2 * 0.985**gap, 0.15 * 0.97**gap
    seen = level + bias + 0.8 * np.eye(YEARS)
    post = level - level @ np.linalg.inv(seen) @ level
    sd = np.sqrt(np.diag(post))
    truth = post / np.outer(sd, sd)
    change = np.sqrt(np.maximum(sd[1:] ** 2 + sd[:-1] ** 2 - 2.0 * np.diag(post, 1), 0.0))
    kept = correlations(sd[None], np.r_[np.nan, change][None])
    z = standard_paths(kept, LASTING, DRAWS, np.random.default_rng(2))[0]
    got = np.corrcoef(z.T)
    alone = kept[0]
    for years, near in ((1, 0.01), (5, 0.06), (10, 0.1), (20, 0.12)):
        at = np.diag(got, years)
        assert at.mean() == pytest.approx(np.diag(truth, years).mean(), abs=near)
        if years > 1:
            chain = [np.prod(alone[k + 1 : k + years + 1]) for k in range(YEARS - years)]
            off = abs(np.mean(chain) - np.diag(truth, years).mean())
            assert abs(at.mean() - np.diag(truth, years).mean()) < off
