"""Synchrony: by hand, under the null, and where one tie does follow the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.ar1 import simulate_paths
from quadrille.measure.result import Diagnostics, Relation
from quadrille.panel.units import COOPERATION
from quadrille.readings.episodes import EpisodeRules, episodes_of
from quadrille.readings.synchrony import synchrony_of

FINE = Diagnostics(True, 900.0, 8000, 1000, 0.1)
RULES = EpisodeRules(least_amplitude=1.0)


def make_tie(a, b, draws, q=0.3, rho=0.7):
    draws = np.asarray(draws, float)
    n = draws.shape[1]
    hyper = {k: (v, v, v) for k, v in (("mu", 0.0), ("q", q), ("rho", rho), ("phi", 1.0))}
    return Relation(
        a, b, "cordiality", COOPERATION, "test", "Y", 0.0,
        tuple(date(1900 + t, 1, 1) for t in range(n)), draws, draws.mean(axis=0), np.full(n, 0.1),
        np.ones(n), COOPERATION.shown(draws.mean(axis=0)), hyper, FINE,
    )  # fmt: skip


def wave(n, peaks, depth=1.5):
    """Peaks at the periods given, troughs halfway between them."""
    at = sorted([*peaks, *((p + q) // 2 for p, q in pairwise(peaks))])
    level = [depth if t in peaks else -depth for t in at]
    return np.interp(np.arange(n), at, level)


def test_rates_by_hand():
    second = np.tile(wave(60, [8, 20, 32, 44]), (30, 1))
    first = -np.roll(second, 1, axis=1)
    first[:, 0] = first[:, 1]
    made = synchrony_of(
        *(episodes_of(make_tie("A", c, d), RULES) for c, d in (("B", first), ("C", second)))
    )
    assert made.begin.precursor == made.begin.trigger == 1.0
    assert made.begin.precursor_p < 0.3  # a regular wave is its own shift by a wavelength
    assert made.begin.early == made.begin.late
    same = synchrony_of(*(episodes_of(make_tie("A", c, second), RULES) for c in "BC"), window=1)
    assert same.begin.precursor == same.end.trigger == 0.0
    table = made.to_polars()
    assert table["rate"].to_list() == ["precursor", "trigger"] * 2
    assert table["question"][0] == "thaws of A-B begin within 2 years after a chill of A-C begins"


def test_no_turning_points_give_no_rate():
    flat = 0.01 * np.random.default_rng(0).normal(size=(20, 40))
    waves = np.tile(wave(40, [8, 20, 32]), (20, 1))
    made = synchrony_of(
        *(episodes_of(make_tie("A", c, d), RULES) for c, d in (("B", flat), ("C", waves)))
    )
    assert np.isnan(made.begin.precursor)
    assert made.begin.trigger == 0.0
    assert made.to_polars()["value"].to_list()[0] is None


def test_what_cannot_be_compared_is_refused():
    one = np.tile(wave(40, [8, 20, 32]), (20, 1))
    ab, ac = (episodes_of(make_tie("A", c, one), RULES) for c in "BC")
    with pytest.raises(OptionError, match="two different ties"):
        synchrony_of(ab, ab)
    with pytest.raises(OptionError, match="share data"):
        synchrony_of(ab, replace(ac, tie=replace(ac.tie, origin="other")))
    with pytest.raises(OptionError, match="within"):
        synchrony_of(ab, ac, window=30)
    short = episodes_of(make_tie("A", "C", one[:, :12]), RULES)
    with pytest.raises(NoDataError, match="at least 10"):
        synchrony_of(ab, short)


def posterior(rng, truth, noise, draws, q, rho):
    """Paths given the truth seen through noise with a fifth missing."""
    n = truth.size
    y = truth + noise * rng.normal(size=n)
    y[rng.random(n) < 0.2] = np.nan
    one = np.ones((1, draws))
    z = rng.normal(size=(1, draws, n))
    return simulate_paths(y[None], np.full((1, n), noise**2), one, 0 * one, rho * one, q * one, z)[
        0
    ]


def stationary(rng, n, q, rho):
    x = np.empty(n)
    x[0] = rng.normal() * np.sqrt(q / (1 - rho**2))
    for t in range(1, n):
        x[t] = rho * x[t - 1] + np.sqrt(q) * rng.normal()
    return x


def p_values(rng, n, follow, worlds):
    q, rho = 0.3, 0.8
    found = []
    for _ in range(worlds):
        ac = stationary(rng, n, q, rho)
        ab = stationary(rng, n, q, rho)
        if follow:
            ab[1:] = -ac[:-1]
        both = [
            episodes_of(make_tie("A", c, posterior(rng, x, 0.4, 100, q, rho), q, rho))
            for c, x in (("B", ab), ("C", ac))
        ]
        made = synchrony_of(*both)
        found.append(
            [made.begin.precursor_p, made.begin.trigger_p, made.end.precursor_p, made.end.trigger_p]
        )
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 72, 144])
def test_size_on_null_worlds_and_power_where_one_follows(n):
    """Independent ties: 5% and 10% tests reject as often as they say; followers are found."""
    rng = np.random.default_rng(n)
    null, follow = p_values(rng, n, False, 400), p_values(rng, n, True, 60)
    for level in (0.05, 0.10):
        rates = (null <= level).mean(axis=0)
        # Four standard errors of 400 Bernoulli trials; ranks are discrete, so it may be below.
        allowed = level + 4 * np.sqrt(level * (1 - level) / 400)
        print(f"{n} periods, level {level}: size {np.round(rates, 3)}, "
              f"power {np.round((follow <= level).mean(axis=0), 2)}")  # fmt: skip
        assert np.all(rates <= allowed)
        assert np.all(rates >= level / 3)
    assert np.all((follow <= 0.10).mean(axis=0) > (null <= 0.10).mean(axis=0) + 0.3)
