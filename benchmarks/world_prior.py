"""Does the world's evidence improve the coupled model? Held-out log scores, prior ``world`` against ``network``.

Usage: ``python benchmarks/world_prior.py [regression [GROUPS]] [index [GROUPS]] [icews [GROUPS]] [chronicle] [simulated]``; data in ``$QUADRILLE_DATA`` or
``../shared/data``. Without arguments, all but the last. Each group is five states drawn at random, none twice; the log predictive density of
the last periods of its ten ties is in nats, the difference is given per observation with a standard error over groups. ``regression``
is quick, and so is ``simulated``: the same priors on the regression of the index's levels on those of the year before, in closed form over a grid of spreads;
``simulated`` takes worlds of the tests in place of the index, with an effect of what B-C is and without.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from quadrille.coupling.crossed import crossed_of
from quadrille.coupling.model import CoupleConfig, _groups, log_predictive, ties_of
from quadrille.coupling.shipped import shipped_pooled
from quadrille.kernels.slices import LAMBDA_SCALE
from quadrille.measure.world import open_world

REPO = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data")
CONFIG = CoupleConfig(chains=2, draws=150, warmup=400, thin=4)
FIVE = ["PAK", "RUS", "IND", "USA", "CHN"]


def groups_of(m, many, seed=1):
    """Disjoint groups of five among the states whose ties are seen longest."""
    seen = np.sum(~np.isnan(m.y), axis=1)
    at = {s: i for i, s in enumerate(m.states)}
    total = np.zeros(len(at))
    for (a, b), n in zip(m.dyads, seen, strict=True):
        total[at[a]] += n
        total[at[b]] += n
    best = np.argsort(-total)[: max(5 * many, 100)]
    order = np.random.default_rng(seed).permutation(best)
    return [[m.states[i] for i in order[5 * g : 5 * g + 5]] for g in range(many)]


def compare(m, groups, last):
    """Differences of log predictive densities, group by group."""
    rows, began = [], time.process_time()
    for states in groups:
        got = [
            log_predictive(states, m, last, replace(CONFIG, prior=p)) for p in ("network", "world")
        ]
        inside = np.isin(m.dyads, states).all(axis=1)
        count = int((~np.isnan(m.y[inside][:, -last:])).sum())
        rows.append((got[1][0] - got[0][0], np.hypot(got[0][1], got[1][1]), count))
        print(f"  {' '.join(states)}: {rows[-1][0]:+.2f} nats ({rows[-1][1]:.2f} Monte Carlo), {count} observations", flush=True)  # fmt: skip
    gain, noise, count = np.array(rows).T
    mean = gain.sum() / count.sum()
    spread = gain - mean * count
    se = np.sqrt((spread**2).sum() * len(gain) / max(len(gain) - 1, 1)) / count.sum()
    print(
        f"{m.observations.panel.origin}, last {last} periods, {len(groups)} groups: {mean:+.4f} nats an observation "
        f"(s.e. {se:.4f}; Monte Carlo {np.sqrt((noise**2).sum()) / count.sum():.4f}); better in {(gain > 0).sum()} groups; "
        f"{time.process_time() - began:.0f} s of processor",
        flush=True,
    )  # fmt: skip


def _equation(x, d, unit, own, centre, tau, group, train):
    """Log marginal likelihood of a tie's years of training, and its predictive densities after them, by spread of cross effects."""
    ratio = np.sqrt(unit[d] / unit)
    mean = np.where(group == 0, own, centre * ratio)
    past, now = x[:-1], x[1:, d]
    likely, ahead = [], []
    for t in tau:
        sd = np.select([group == 0, group == 1], [0.2, t], 0.5 * t) * ratio
        z = past * sd
        rest = now - past @ mean
        cov = z[:train] @ z[:train].T + np.eye(train)
        root = np.linalg.cholesky(cov)
        e = np.linalg.solve(root, rest[:train]) / np.sqrt(unit[d])
        likely.append(-0.5 * e @ e - np.log(np.diag(root)).sum())
        cross = np.linalg.solve(root, z[:train] @ z[train:].T)
        said = cross.T @ e * np.sqrt(unit[d])
        var = unit[d] * (1.0 + (z[train:] ** 2).sum(axis=1) - (cross**2).sum(axis=0))
        ahead.append(-0.5 * np.log(2 * np.pi * var) - 0.5 * (rest[train:] - said) ** 2 / var)
    return np.array(likely), np.array(ahead)


def regressed(m, states, last, kind, pooled=None):
    """Log predictive density of each tie and year; ``kind``: zero, tight (spread of the world alone) or world."""
    ties = ties_of(states, m)
    x = m.mean[ties.rows, ties.columns].T
    if np.isnan(x).any() or len(x) < 40:
        return None
    n_time, n = x.shape
    train = n_time - 1 - last
    x = x - x[: train + 1].mean(axis=0)
    own = np.array(
        [(x[:train, d] @ x[1 : train + 1, d]) / (x[:train, d] @ x[:train, d]) for d in range(n)]
    )
    unit = np.var(x[1 : train + 1] - own * x[:train], axis=0)
    crossed = crossed_of(pooled or shipped_pooled(), ties.labels, "Y", m.periods[-1 - last].year)
    scale = LAMBDA_SCALE.prod() if kind == "zero" else crossed.spread
    tau = np.geomspace(0.002, 0.5, 12)
    weight = np.log(tau) - 2.0 * np.log1p((tau / scale) ** 2 / 3.0)
    group = _groups(ties.labels)
    parts = [
        _equation(x, d, unit, own[d], crossed.mean[d] * (kind == "world"), tau, group[d], train) for d in range(n)
    ]  # fmt: skip
    weight = weight + sum(likely for likely, _ in parts)
    weight -= np.logaddexp.reduce(weight)
    return np.array([np.logaddexp.reduce(weight[:, None] + ahead, axis=0) for _, ahead in parts])


def regression(m, groups, last):
    """Differences by kind of prior, with standard errors over groups."""
    got = [[regressed(m, g, last, kind) for kind in ("zero", "tight", "world")] for g in groups]
    got = [g for g in got if g[0] is not None]
    for name, one, two in (("world against network", 2, 0), ("spread alone against network", 1, 0), ("means against spread alone", 2, 1)):  # fmt: skip
        gain = np.array([(g[one] - g[two]).mean() for g in got])
        print(
            f"index, regression, last {last} years, {len(got)} groups of ten ties: {name} {gain.mean():+.5f} nats an observation "
            f"(s.e. {gain.std(ddof=1) / np.sqrt(gain.size):.5f}); better in {(gain > 0).sum()}",
            flush=True,
        )  # fmt: skip


def simulated(worlds=6, last=10):
    """Gains in worlds in which what B-C is has an effect, and in worlds in which it has none; errors over worlds."""
    sys.path.insert(0, str(REPO))
    from tests.coupling.test_crossed import _made

    for slope in (0.0, 0.0006):
        gains, better = [], 0
        for seed in range(worlds):
            pooled, level = _made(seed, slope)
            states = pooled.world.states
            i, j = np.array(list(combinations(range(len(states)), 2))).T
            panel = SimpleNamespace(origin="made", frequency="Y")
            m = SimpleNamespace(
                dyads=np.array(states)[np.c_[i, j]], y=level[i, j], mean=level[i, j], states=states, require=lambda names: None,
                periods=np.array([date(1946 + t, 1, 1) for t in range(level.shape[2])]), observations=SimpleNamespace(panel=panel),
            )  # fmt: skip
            order = np.random.default_rng(seed).permutation(len(states))
            groups = [
                [states[k] for k in order[5 * g : 5 * g + 5]] for g in range(len(states) // 5)
            ]
            got = [[regressed(m, g, last, kind, pooled).mean() for kind in ("zero", "tight", "world")] for g in groups]  # fmt: skip
            zero, tight, world = np.array(got).T
            better += int((world > zero).sum())
            gains.append([(world - zero).mean(), (tight - zero).mean(), (world - tight).mean()])
        mean, se = np.mean(gains, axis=0), np.std(gains, axis=0, ddof=1) / np.sqrt(worlds)
        print(
            f"{worlds} worlds, coefficient {slope}: world against network {mean[0]:+.5f} nats an observation (s.e. {se[0]:.5f}), better in "
            f"{better} of {5 * worlds} groups; spread alone {mean[1]:+.5f} ({se[1]:.5f}); means against it {mean[2]:+.5f} ({se[2]:.5f})",
            flush=True,
        )  # fmt: skip


def main():
    """What is named, or everything."""
    asked = sys.argv[1:] or ["regression", "index", "icews", "chronicle"]
    for k, what in enumerate(asked):
        many = int(asked[k + 1]) if k + 1 < len(asked) and asked[k + 1].isdigit() else 20
        if what == "regression":
            m = open_world("index").measurement()
            for seed in (1, 2):
                regression(m, groups_of(m, many, seed), 10)
        elif what == "index":
            m = open_world("index").measurement()
            compare(m, groups_of(m, many), 5)
        elif what == "icews":
            m = open_world(DATA / "icews_yearly").measurement()
            compare(m, groups_of(m, many), 2)
        elif what == "simulated":
            simulated()
        elif what == "chronicle":
            compare(open_world("chronicle").measurement(), [FIVE], 10)


if __name__ == "__main__":
    main()
