"""Is the index right: simulated worlds, witnesses left out, forecasts, order of innovations, time and memory.

Usage: ``python benchmarks/index_checks.py [--lake DIR] [--only CHECK,…] [--dyads N] [--replicates N] [--world-dyads N] [--cache FILE]``.

CHECK is one of worlds, left-out, ahead, innovations, then, paths, linear; by default all. Each prints a table. Evidence and weights of
the lake are kept in FILE (default among the temporary files): delete it to compute them anew. Equality to the smoother of
one witness, to the exact posterior, and to sampling is tested by ``pytest tests/index/test_check_exact.py -m "slow or not slow"``.
"""

from __future__ import annotations

import argparse
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, ndtr

from quadrille.index import model
from quadrille.index.anchor import labels, on_scale
from quadrille.index.build import parts_of, scales_of, taught
from quadrille.index.model import Learnt, distant, estimate, learn, members, subset
from quadrille.index.shipped import read_meta
from quadrille.index.weights import scales_in, weights_in
from quadrille.index.witnesses import Evidence, evidence
from quadrille.kernels.lasting import steps_of
from quadrille.kernels.witness import (
    BINOMIAL,
    COUNT,
    NORMAL,
    Items,
    Posterior,
    Reports,
    first_guess,
    sweep,
)
from quadrille.lake.catalogue import open_lake
from quadrille.lake.contents import held, lake_layers
from quadrille.measure.indexing import _panel
from quadrille.measure.levels import LASTING
from quadrille.measure.world import World

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests/index"))
from drawn_worlds import alike, drawn
from joint_normal import dense

LAST = 2021
LABELS_UNTIL = 2004
PASSES = 5
# Years whose index is made of no later report.
THEN = (1960, 1975, 1990, 2005)
APART = (2, 5, 10, 20)
Array = NDArray[np.float64]
Ints = NDArray[np.int64]
NODES, MASS = np.polynomial.hermite_e.hermegauss(15)
MASS = MASS / MASS.sum()


class Real(NamedTuple):
    """The world's evidence, labels, and weights by part of the world."""

    found: Evidence
    label: Array
    learnt: tuple[Learnt, ...]


def said(line: str) -> None:
    print(line, flush=True)


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A table in Markdown."""
    head = list(head)
    said(f"\n{title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        said("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row) + " |")


# ---------------------------------------------------------------- what there is


def read(lake: str | None, cache: Path) -> Real:
    """Evidence and weights, from the cache where they lie there."""
    if cache.is_file():
        with cache.open("rb") as file:
            return Real(*pickle.load(file))
    store = open_lake(Path(lake) if lake else None)
    layers = list(lake_layers(store).values())
    sources = held(store)
    events = sources.filter(sources["kind"].is_in(["events", "counts", "scores"]))
    panels = [_panel(store, *row) for row in events.select("source", "kind").iter_rows()]
    found = evidence(layers, [*panels, World("chronicle").panel], LAST)
    label = labels(found.cells, layers)
    learnt = taught(found, label)
    with cache.open("wb") as file:
        pickle.dump((found, label, learnt), file)
    return Real(found, label, learnt)


def of_dyads(found: Evidence, dyads: Ints) -> Evidence:
    cells = members(found.reports.dyad, dyads)
    return Evidence(found.cells[cells], found.items, subset(found.reports, dyads), {})


def picked(reports: Reports, keep: NDArray[np.bool_]) -> Reports:
    """Reports without some of them."""
    cell = np.repeat(np.arange(reports.cell.size - 1), np.diff(reports.cell))[keep]
    counts = np.bincount(cell, minlength=reports.cell.size - 1)
    return Reports(
        reports.dyad, np.r_[0, np.cumsum(counts)].astype(np.int32),
        *(a[keep] for a in (reports.item, reports.y, reports.offset, reports.weight)),
    )  # fmt: skip


class Places(NamedTuple):
    """Of each report the cell, the dyad, the year and the witness."""

    cell: Ints
    dyad: Ints
    year: Ints
    witness: Ints


def places(found: Evidence) -> Places:
    reports = found.reports
    cell = np.repeat(np.arange(reports.cell.size - 1), np.diff(reports.cell))
    dyad = np.repeat(np.arange(reports.dyad.size - 1), np.diff(reports.dyad))
    speaker = np.array([found.witnesses.index(i.witness) for i in found.items])
    year = found.cells["year"].to_numpy().astype(np.int64)
    return Places(cell, dyad[cell], year[cell], speaker[reports.item])


def talked_of(found: Evidence, many: int, least: int, rng: np.random.Generator) -> Ints:
    """A sample of dyads of which several witnesses speak, and all of which the chronicle does."""
    at = places(found)
    n = found.reports.dyad.size - 1
    speak = np.zeros((n, len(found.witnesses)), bool)
    speak[at.dyad, at.witness] = True
    enough = np.flatnonzero(speak.sum(1) >= least)
    acts = np.flatnonzero(speak[:, found.witnesses.index("chronicle")])
    some = rng.choice(enough, min(many, enough.size), replace=False)
    return np.unique(np.r_[some, acts])


# ---------------------------------------------------------------- scores


def log_score(
    reports: Reports, at: Ints, fit: Array, parts: list[tuple[float, Array]], learnt: Learnt
) -> Array:
    """Log predictive density of reports whose psi is a mixture of normals of one mean."""
    item, y, offset = reports.item[at], reports.y[at], reports.offset[at]
    family, noise = learnt.items.family[item], learnt.items.noise[item]
    together = np.maximum(alike(offset, learnt.repeats[item]), 1e-3)
    out = np.full(at.size, -np.inf)
    for mass, var in parts:
        one = np.zeros(at.size)
        total = var + offset + noise
        normal = -0.5 * (np.log(2 * np.pi * total) + (y - fit) ** 2 / total)
        psi = fit[:, None] + np.sqrt(np.maximum(var, 0))[:, None] * NODES
        for kind, density in ((BINOMIAL, _share), (COUNT, _count)):
            mine = family == kind
            if mine.any():
                args = (a[mine][:, None] for a in (y, offset, together if kind == BINOMIAL else noise))  # fmt: skip
                one[mine] = np.log(np.exp(density(*args, psi[mine])) @ MASS + 1e-300)
        one[family == NORMAL] = normal[family == NORMAL]
        out = np.logaddexp(out, np.log(mass) + one)
    return out


def _share(y: Array, n: Array, shared: Array, psi: Array) -> Array:
    """Beta-binomial; of one trial the mean of two codings, which may be a half."""
    single = y * psi - np.logaddexp(0.0, psi)
    p = np.clip(1 / (1 + np.exp(-psi)), 1e-9, 1 - 1e-9)
    size = (1 - shared) / shared
    chosen = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    several = chosen + betaln(y + p * size, n - y + (1 - p) * size) - betaln(p * size, (1 - p) * size)  # fmt: skip
    return np.where(n <= 1, single, several)


def _count(y: Array, offset: Array, size: Array, psi: Array) -> Array:
    eta = psi + offset
    base = gammaln(y + size) - gammaln(size) - gammaln(y + 1) + size * np.log(size)
    return np.asarray(base + y * eta - (y + size) * np.logaddexp(np.log(size), eta))


def clustered(gain: Array, dyad: Ints) -> tuple[float, float]:
    """Mean, and its standard error by clusters."""
    mean = float(gain.mean())
    return mean, float(np.sqrt((np.bincount(dyad, gain - mean) ** 2).sum()) / gain.size)


def weights_of(nu: float) -> list[tuple[float, float]]:
    """Mass and weight of a Student innovation's normal parts."""
    if not nu:
        return [(1.0, 1.0)]
    lam = np.exp(np.linspace(np.log(0.01), np.log(5.0), 15))
    mass = np.exp(0.5 * nu * np.log(lam) - 0.5 * nu * lam)
    return list(zip((mass / mass.sum()).tolist(), lam.tolist(), strict=True))


# ---------------------------------------------------------------- worlds


def worlds(real: Real, dyads: int, replicates: int) -> None:
    """Bands, ranks, biases and jumps in worlds drawn from what the data are, and weights learnt there.

    Ties that are not distant teach the weights, as the world's do; the dynamics of distant ones are learnt from them alone.
    """
    names = [i.name for i in real.found.items]
    rng = np.random.default_rng(11)
    far = parts_of(real.found) >= 2
    kinds = [(kind, np.flatnonzero(far == is_far), real.learnt[2 * is_far]) for kind, is_far in (("not distant", 0), ("distant", 1)) if (far == is_far).any()]  # fmt: skip
    kept: dict[tuple[str, str], list[Array]] = {}
    jumps, seen, seen_item, learnt = [], [], [], []
    for r in range(replicates):
        found: Learnt | None = None
        for kind, of, truth in kinds:
            some = np.sort(rng.choice(of, min(dyads, of.size), replace=False))
            world = drawn(real.found, truth, some, r)
            if found is None:
                found = learn(world.found, world.label, seed=r)
                learnt.append(_flat(found))
                jumps.append(world.jump)
            else:
                found = distant(world.found, found, np.arange(some.size), seed=r)
            for name, weights in (("known", truth), ("learnt", found)):
                post = estimate(world.found.reports, weights)
                z = _away(world.states, post, shifts=name == "learnt")
                kept.setdefault((kind, name), []).append(z)
                if name == "known":
                    spread = np.sqrt(np.maximum(post.fit_var, 1e-12))
                    seen.append((world.psi - post.fit) / spread)
                    seen_item.append(world.found.reports.item)
    rows = []
    for (kind, name), parts in kept.items():
        z = np.concatenate(parts)
        by_world = np.array([(np.abs(p) < 1.645).mean(0) for p in parts])
        for s, what in enumerate(("valence", "engagement")):
            hist = np.histogram(ndtr(z[:, s]), 10, (0, 1))[0] / z.shape[0]
            rows.append((kind, name, what, 100 * (np.abs(z[:, s]) < 1.645).mean(), 100 * by_world[:, s].std() / np.sqrt(replicates),
                         z[:, s].mean(), z[:, s].std(), 10 * hist.min(), 10 * hist.max()))  # fmt: skip
    title = f"States in {replicates} worlds of {dyads} dyads of each kind: 90% bands, z-scores, ranks in ten classes (1: as many as there should be)"
    table(title, ("ties", "weights", "part", "held %", "± se", "z mean", "z sd", "fewest", "most"), rows)  # fmt: skip
    z, jump = np.concatenate(kept[kinds[0][0], "learnt"])[:, 0], np.concatenate(jumps)
    rows = []
    for low, high in ((0, 1), (1, 2), (2, 4), (4, np.inf)):
        m = (np.abs(jump) >= low) & (np.abs(jump) < high)
        told = f"{low} to {high}" if np.isfinite(high) else f"over {low}"
        rows.append((told, int(m.sum()), 100 * (np.abs(z[m]) < 1.645).mean(), (np.sign(jump) * z)[m].mean()))  # fmt: skip
    table("Years of an innovation of valence of so many scales, weights learnt", ("innovation", "years", "held %", "z in its direction"), rows)  # fmt: skip
    z, k = np.concatenate(seen), np.concatenate(seen_item)
    rows = [(name, int((k == i).sum()), 100 * (np.abs(z[k == i]) < 1.645).mean(), z[k == i].mean()) for i, name in enumerate(names) if (k == i).sum() > 100]  # fmt: skip
    table("What an item sees with the dyad's own bias, weights known", ("item", "reports", "held %", "z mean"), rows)  # fmt: skip
    _recovered(kinds[0][2], np.array(learnt), names)


def _away(states: Array, post: Posterior, *, shifts: bool) -> Array:
    """How many posterior standard deviations the true states lie from their means; nothing that is learnt fixes the
    origin and the unit of engagement."""
    sd = np.sqrt(np.diagonal(post.cov, axis1=1, axis2=2))
    mean = post.mean.copy()
    if shifts:
        unit, origin = np.polyfit(mean[:, 1], states[:, 1], 1)
        mean[:, 1], sd[:, 1] = origin + unit * mean[:, 1], unit * sd[:, 1]
    return np.asarray((states - mean) / sd)


def _flat(learnt: Learnt) -> Array:
    items = learnt.items
    return np.c_[items.theta, items.noise, learnt.repeats, items.drift[items.group]]


def _recovered(truth: Learnt, got: Array, names: list[str]) -> None:
    want = _flat(truth)
    rows = [
        (name, *(f"{want[k, c]:.2f} → {got[:, k, c].mean():.2f} ± {got[:, k, c].std():.2f}" for c in (1, 2, 3, 4)))
        for k, name in enumerate(names)
    ]  # fmt: skip
    table("Weights: truth → mean of the worlds ± their standard deviation", ("item", "valence", "engagement", "own bias", "noise or size"), rows)  # fmt: skip


# ---------------------------------------------------------------- one witness alone


def alone(reports: Reports, found: Evidence, *, still: bool, rounds: int = 30) -> Learnt:
    """A witness by itself: each dyad has a level of its own, which stands still or moves."""
    rng = np.random.default_rng(0)
    group = model._groups(found.items)
    items = model._start(reports, found.items, group)
    items.theta[:, 1:3] = 0.0
    drift = np.tile([1 - 1e-6, 1e-6] if still else [0.97, 0.06], (group.max() + 1, 1))
    items = items._replace(nu=0.0, drift=drift)
    repeats = np.full(len(found.items), 0.4)
    post = first_guess(reports, items)
    slopes = model._slopes(found.items)
    base = reports.weight
    for r in range(rounds):
        reports = reports._replace(weight=model._worth(reports, base, items.family, repeats))
        sums = sweep(reports, items, post)
        if r < 2:
            continue
        theta = _levels(items, sums, slopes)
        noise = np.maximum(sums.excess[:, 0] / np.maximum(sums.excess[:, 1], 1e-9), 1e-4)
        mine = (items.family == NORMAL) & (sums.excess[:, 1] > 0)
        theta, moved = model._biases(items, theta, sums)
        repeats = model._repeated(reports, items, post, repeats)
        if r % 6 == 5:
            items = model._sizes(reports, items, post, rng)
        noise = np.where(mine, noise, items.noise)
        items = items._replace(theta=theta, noise=noise, drift=drift if still else moved)
    return Learnt(items, repeats, found.items)


def _levels(items: Items, sums: Any, slopes: list[list[int]]) -> Array:
    """Levels, and what the dyad's own level counts for; items that share loadings share it."""
    theta = items.theta.copy()
    for together in slopes:
        mine = [k for k in together if sums.gram[k, 0, 0] > 0]
        if not mine:
            continue
        m = len(mine)
        gram, cross = np.diag(np.r_[np.full(m, 1e-4), 1 / 9]), np.zeros(m + 1)
        for i, k in enumerate(mine):
            at, of = np.ix_([i, m], [i, m]), np.ix_([0, -1], [0, -1])
            gram[at] += sums.gram[k][of]
            cross[[i, m]] += sums.cross[k][[0, -1]]
        got = np.linalg.solve(gram, cross)
        theta[mine, 0], theta[mine, -1] = got[:m], got[m]
    return theta


# ---------------------------------------------------------------- left out


def left_out(real: Real, dyads: int) -> None:
    """Each witness's reports of odd years, told without it, and with its even years, on dyads that taught nothing."""
    part = parts_of(real.found)
    some = talked_of(real.found, dyads, 4, np.random.default_rng(3))
    gains: dict[str, list[tuple[Array, Ints]]] = {}
    for mine, weights in enumerate(real.learnt):
        # What the witness says by itself is learnt of other dyads, of the half that taught these weights.
        rest = np.setdiff1d(talked_of(real.found, dyads, 4, np.random.default_rng(4 + mine)), some)
        held, rest = some[part[some] == mine], rest[part[rest] == mine ^ 1]
        for name, got, dyad in _one_part(of_dyads(real.found, held), of_dyads(real.found, rest), weights):  # fmt: skip
            gains.setdefault(name, []).append((got, dyad + 1_000_000 * mine))
    rows = []
    for name, parts in gains.items():
        score, dyad = np.concatenate([p[0] for p in parts], 1), np.unique(np.concatenate([p[1] for p in parts]), return_inverse=True)[1]  # fmt: skip
        world, mean, path, others, both = score

        def pair(a: Array, b: Array, dyad: Ints = dyad) -> str:
            return "{:+.3f} ± {:.3f}".format(*clustered(a - b, dyad))

        rows.append((name, score.shape[1], dyad.max() + 1, pair(others, world), pair(others, mean), pair(both, mean), pair(both, path)))  # fmt: skip
    title = "Leave one witness out: log score of its reports of odd years, per report, on held-out dyads (± se, clustered by dyad)"
    table(title, ("witness", "reports", "dyads", "others − world's mean", "others − dyad's own mean", "others and its even years − own mean", "the same − its own path"), rows)  # fmt: skip


def _one_part(held: Evidence, rest: Evidence, learnt: Learnt) -> list[tuple[str, Array, Ints]]:
    at, out = places(held), []
    at_rest = places(rest)
    for w, name in enumerate(held.witnesses):
        target = np.flatnonzero((at.witness == w) & (at.year % 2 == 1))
        if target.size < 20:
            continue
        given = {"others": at.witness != w, "both": (at.witness != w) | (at.year % 2 == 0)}
        score = {}
        for how, keep in given.items():
            post = estimate(
                held.reports._replace(weight=np.where(keep, held.reports.weight, 0.0)), learnt
            )
            score[how] = _known(held.reports, target, post, learnt)
        own, even = picked(held.reports, at.witness == w), at.year[at.witness == w] % 2 == 0
        train = picked(rest.reports, at_rest.witness == w)
        here = np.flatnonzero(~even)
        for how, still in (("mean", True), ("path", False)):
            weights = alone(train, rest, still=still)
            post = estimate(own._replace(weight=np.where(even, own.weight, 0.0)), weights)
            for _ in range(10):
                sweep(own._replace(weight=model._worth(own, np.where(even, own.weight, 0.0), weights.items.family, weights.repeats)), weights.items, post, learn=False)  # fmt: skip
            score[how] = _known(own, here, post, weights)
            if still:
                level, spread = weights.items.theta[own.item[here], 0], weights.items.theta[own.item[here], -1]  # fmt: skip
                score["world"] = log_score(own, here, level, [(1.0, spread**2)], weights)
        got = np.array([score[k] for k in ("world", "mean", "path", "others", "both")])
        out.append((name, got, at.dyad[target]))
    return out


def _known(reports: Reports, at: Ints, post: Posterior, learnt: Learnt) -> Array:
    return log_score(reports, at, post.fit[at], [(1.0, post.fit_var[at])], learnt)


# ---------------------------------------------------------------- one year ahead


def last_fifths(found: Evidence) -> dict[str, int]:
    """First year of the last fifth of the years of each witness."""
    at = places(found)
    years = {n: np.unique(at.year[at.witness == w]) for w, n in enumerate(found.witnesses)}
    return {n: int(y[-max(1, round(y.size / 5))]) for n, y in years.items() if y.size > 1}


def told_ahead(
    reports: Reports, at: Places, learnt: Learnt, target: NDArray[np.bool_]
) -> tuple[Ints, Array]:
    """Log score of the targets, each from all reports up to the year before."""
    items = learnt.items
    spread = np.linalg.inv(items.precision)
    post, where, scores = first_guess(reports, items), [], []
    worth = model._worth(reports, reports.weight, items.family, learnt.repeats)
    years = np.unique(at.year[target])
    for t in years:
        now = reports._replace(weight=np.where(at.year < t, worth, 0.0))
        for _ in range(PASSES if t > years[0] else 3 * PASSES):
            sweep(now, items, post, learn=False)
        mine = np.flatnonzero(target & (at.year == t))
        b = items.theta[reports.item[mine], 1:3]
        step = np.einsum("ki,ij,kj->k", b, spread, b)
        known = np.maximum(post.fit_var[mine] - step / post.scale[at.cell[mine]], 0)
        parts = [(m, known + step / lam) for m, lam in weights_of(items.nu)]
        where.append(mine)
        scores.append(log_score(reports, mine, post.fit[mine], parts, learnt))
    order = np.argsort(np.concatenate(where))
    return np.concatenate(where)[order], np.concatenate(scores)[order]


class Told(NamedTuple):
    """Log scores of reports that were told a year ahead, with dyad and year of each."""

    score: Array
    dyad: Ints
    year: Ints


def ahead(real: Real, dyads: int) -> None:
    """Each witness's last fifth of years, a year ahead: from all witnesses, and from that witness alone.

    Weights of both are learnt on the whole world's reports of the years before, cross-fitted as the index's are.
    """
    some = talked_of(real.found, dyads, 5, np.random.default_rng(5))
    at, first = places(real.found), last_fifths(real.found)
    since = np.array([first.get(n, 9999) for n in real.found.witnesses])
    past = at.year < since[at.witness]
    label = np.where(real.found.cells["year"].to_numpy() <= LABELS_UNTIL, real.label, np.nan)
    every = np.full(len(since), True)
    index = _of_parts(real.found, some, taught(found_of(real.found, picked(real.found.reports, past)), label), every, since)  # fmt: skip
    rows = []
    for w, name in enumerate(real.found.witnesses):
        if name not in index:
            continue
        mine = np.arange(since.size) == w
        train = found_of(real.found, picked(real.found.reports, past & (at.witness == w)))
        own = alone(train.reports, train, still=False)
        same = taught(train, label)
        path, model_ = (_of_parts(real.found, some, weights, mine, since)[name] for weights in ((own,) * len(same), same))  # fmt: skip
        got = index[name]
        best = max((path, model_), key=lambda t: t.score.mean())
        gain = clustered(got.score - best.score, got.dyad)
        adds = clustered(pooled([t.score for t in (got, path, model_)], got.year) - pooled([t.score for t in (path, model_)], got.year), got.dyad)  # fmt: skip
        rows.append((name, f"{first[name]}–", got.score.size, got.dyad.max() + 1, got.score.mean(), path.score.mean(), model_.score.mean(),
                     "{:+.3f} ± {:.3f}".format(*gain), "{:+.4f} ± {:.4f}".format(*adds)))  # fmt: skip
    title = f"One year ahead, log score per report, {some.size:,} dyads (± se, clustered by dyad)"
    table(title, ("witness", "years", "reports", "dyads", "index", "alone, own path", "alone, same model", "index − better of the two", "all three averaged − the two"), rows)  # fmt: skip


def _of_parts(
    found: Evidence, some: Ints, learnt: tuple[Learnt, ...], speak: NDArray[np.bool_], since: Ints
) -> dict[str, Told]:
    """Scores by witness, each part of the world told by its own weights, from the witnesses that speak."""
    parts = parts_of(found)[some]
    kept: dict[str, list[Told]] = {}
    for part, weights in enumerate(learnt):
        dyads = some[parts == part]
        mine = of_dyads(found, dyads)
        at = places(mine)
        keep = speak[at.witness]
        reports, at = picked(mine.reports, keep), Places(*(a[keep] for a in at))
        target = at.year >= since[at.witness]
        if not target.any():
            continue
        where, score = told_ahead(reports, at, weights, target)
        for w in np.unique(at.witness[where]):
            this = at.witness[where] == w
            told = Told(score[this], dyads[at.dyad[where[this]]], at.year[where[this]])
            kept.setdefault(found.witnesses[w], []).append(told)
    out = {}
    for name, these in kept.items():
        score, dyad, year = (np.concatenate(c) for c in zip(*these, strict=True))
        out[name] = Told(score, np.unique(dyad, return_inverse=True)[1], year)
    return out


def pooled(scores: list[Array], year: Ints) -> Array:
    """Log score of an average of forecasts, whose weights are the likeliest of the years before; equal in the first."""
    density = np.exp(np.array(scores))
    out, weight = np.empty(year.size), np.full(len(scores), 1 / len(scores))
    for t in np.unique(year):
        now, before = year == t, year < t
        if before.any():
            for _ in range(50):
                share = weight[:, None] * density[:, before]
                weight = (share / share.sum(0)).mean(1)
        out[now] = np.log(weight @ density[:, now])
    return out


def found_of(found: Evidence, reports: Reports) -> Evidence:
    """The same dyads with other reports."""
    return replace(found, reports=reports)


# ---------------------------------------------------------------- as it was known then


def then(real: Real, path: Path) -> None:
    """The index of some years from reports up to each of them, for ``index_known.py`` to judge."""
    found, reports = real.found, real.found.reports
    at, where = places(found), parts_of(found)
    parts, scales = [], scales_of(found, real.label, real.learnt)
    for part, learnt in enumerate(real.learnt):
        scale = scales[part % 2]
        mine = np.flatnonzero(where == part)
        cells = found.cells[members(reports.dyad, mine)]
        for year in THEN:
            known = reports._replace(weight=np.where(at.year <= year, reports.weight, 0.0))
            tie = on_scale(estimate(subset(known, mine), learnt), scale)
            now = cells.with_columns(
                valence=tie.valence, valence_sd=tie.sd, engagement=tie.engagement
            )
            parts.append(now.filter(pl.col("year") == year))
    pl.concat(parts).write_parquet(path)
    said(f"{path}: judge it with index_known.py {path}")


# ---------------------------------------------------------------- innovations


def innovations(real: Real, dyads: int) -> None:
    """Which innovations forecast best, and whether their size is right."""
    some = talked_of(real.found, dyads, 5, np.random.default_rng(6))
    found = of_dyads(real.found, some)
    at = places(found)
    label = real.label[members(real.found.reports.dyad, some)]
    label = np.where(found.cells["year"].to_numpy() <= LABELS_UNTIL, label, np.nan)
    first = last_fifths(real.found)
    since = np.array([first.get(n, 9999) for n in found.witnesses])[at.witness]
    past = found_of(found, picked(found.reports, at.year < since))
    shipped, tried = model._NU, {}
    for nu in (0.0, 6.0, 4.0, 3.0, 2.5):
        model._NU = nu
        learnt = learn(past, label)
        tried[nu] = (learnt, *told_ahead(found.reports, at, learnt, at.year >= since))
        said(f"innovations of nu {nu:g} are done")
    model._NU = shipped
    base, where, standard = tried[shipped]
    dyad = np.unique(at.dyad[where], return_inverse=True)[1]
    rows = []
    for nu, (learnt, _, score) in tried.items():
        q = np.linalg.inv(learnt.items.precision)
        gain, se = clustered(score - standard, dyad)
        wide = nu / (nu - 2) if nu else 1.0
        rows.append(("normal" if not nu else f"ν = {nu:g}", q[0, 0] * wide, q[1, 1] * wide, learnt.items.rho, score.mean(), f"{gain:+.4f} ± {se:.4f}"))  # fmt: skip
    table(f"Order of innovations: log score a year ahead, {where.size:,} reports, {some.size} dyads", ("innovations", "variance, valence", "variance, engagement", "ρ", "log score", f"against ν = {shipped:g}"), rows)  # fmt: skip
    rows = []
    for times in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        items = base.items._replace(precision=base.items.precision / times)
        score = told_ahead(found.reports, at, Learnt(items, base.repeats, base.names), at.year >= since)[1]  # fmt: skip
        rows.append((f"× {times:g}", score.mean(), "{:+.4f} ± {:.4f}".format(*clustered(score - standard, dyad))))  # fmt: skip
    table("Their size: the learnt variance, multiplied", ("variance", "log score", "against what is learnt"), rows)  # fmt: skip
    _shipped_dynamics()


def _shipped_dynamics() -> None:
    """Variance of a level's yearly innovation, by the weights of the shipped index and by its own summary."""
    meta = read_meta()
    if "weights" not in meta:
        said("\nThe shipped index has no weights of its witnesses.")
        return
    said_of = meta["dynamics"]["cordiality"]["innovation"]
    for half, (learnt, scale) in enumerate(zip(weights_in(meta, "index.json"), scales_in(meta, "index.json"), strict=True)):  # fmt: skip
        slope = np.array([1.0, scale.b2 / scale.b1])
        nu = learnt.items.nu
        step = float(slope @ np.linalg.inv(learnt.items.precision) @ slope) * nu / (nu - 2)
        unit = 0.5 * (scale.ally + scale.rival)
        said(f"\nShipped, half {half + 1}: innovations of a level have variance {step / unit**2:.4f} a year by the weights; {said_of:.4f} by `dynamics`.")  # fmt: skip


# ---------------------------------------------------------------- paths


def paths(real: Real, dyads: int) -> None:
    """How far years apart go together in the exact posterior of ties, and in the paths that are drawn of them."""
    rng, parts = np.random.default_rng(7), parts_of(real.found)
    scales = scales_of(real.found, real.label, real.learnt)
    long = np.diff(real.found.reports.dyad) > max(APART)
    found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for part, learnt in enumerate(real.learnt):
        mine = np.flatnonzero((parts == part) & long)
        scale = scales[part % len(scales)]
        slopes = {"cordiality": (1.0, scale.b2 / scale.b1), "engagement": (0.0, 1.0)}
        for d in rng.choice(mine, min(dyads // len(real.learnt), mine.size), replace=False):
            reports = subset(real.found.reports, np.array([d]))
            post = estimate(reports, learnt)
            worth = model._worth(reports, reports.weight, learnt.items.family, learnt.repeats)
            cov = dense(reports._replace(weight=worth), learnt.items, post, 0)[1]
            years = len(post.mean)
            states = cov.reshape(years, -1, years, cov.shape[0] // years)[:, :2, :, :2]
            for facet, slope in slopes.items():
                level = np.einsum("i,tiuj,j->tu", slope, states, slope)
                sd = np.sqrt(np.diag(level))
                exact = level / np.outer(sd, sd)
                slow, fast = steps_of(np.diag(exact, 1), LASTING[facet])
                share = LASTING[facet].share
                for apart in APART:
                    true = np.diag(exact, apart)
                    drawn = np.array([
                        share * slow[t : t + apart].prod() + (1 - share) * fast[t : t + apart].prod()
                        for t in range(years - apart)
                    ])  # fmt: skip
                    gap = float(((drawn - true) ** 2).mean())
                    found.setdefault((facet, apart), []).append((true.mean(), drawn.mean(), gap))
    rows = []
    for (facet, apart), values in found.items():
        true, drawn, gap = np.mean(values, axis=0)
        rows.append((facet, apart, f"{true:.2f}", f"{drawn:.2f}", f"{np.sqrt(gap):.3f}"))
    table(f"Years apart: correlation given all reports, {len(values)} ties", ("facet", "years", "exact", "paths", "root mean square gap"), rows)  # fmt: skip


# ---------------------------------------------------------------- time and memory


def repeated(found: Evidence, label: Array, times: int) -> tuple[Evidence, Array]:
    """The world so many times over, under names of their own."""
    n = found.reports.dyad.size - 1
    every = np.tile(np.arange(n), times)
    cells = pl.concat(found.cells.with_columns(pl.col("state_a") + f"{i}") for i in range(times))
    return Evidence(cells, found.items, subset(found.reports, every), {}), np.tile(label, times)


def linear(cache: Path) -> None:
    """Each size in a process of its own, so that its memory can be told."""
    rows = []
    for times in (1, 2, 4):
        out = subprocess.run(
            [sys.executable, __file__, "--cache", str(cache), "--one-size", str(times)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        cells, reports, peak, taught, told = out.stdout.split()
        rows.append((f"{times}×", f"{int(cells):,}", f"{int(reports):,}", float(taught), float(told), float(peak)))  # fmt: skip
    table("Time and memory: 6 rounds of learning and a pass over every dyad", ("world", "dyad-years", "reports", "learn, CPU s", "estimate, CPU s", "peak GB"), rows)  # fmt: skip


def one_size(real: Real, times: int) -> None:
    found, label = repeated(real.found, real.label, times)
    model._ROUNDS, model._LATE_ROUNDS, model._PASSES, model._STILL = 3, 3, 1, 0.0
    start = time.process_time()
    learn(found, label)
    middle = time.process_time()
    estimate(found.reports, real.learnt[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    said(f"{found.cells.height} {found.reports.item.size} {peak} {middle - start} {time.process_time() - middle}")  # fmt: skip


# ---------------------------------------------------------------- all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lake")
    parser.add_argument("--only", default="worlds,left-out,ahead,innovations,then,paths,linear")
    parser.add_argument("--dyads", type=int, default=1500)
    parser.add_argument("--replicates", type=int, default=40)
    parser.add_argument("--world-dyads", type=int, default=200)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "index_checks.pkl")  # fmt: skip
    parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    real = read(given.lake, given.cache)
    if given.one_size:
        one_size(real, given.one_size)
        return
    checks: dict[str, Callable[[], None]] = {
        "worlds": lambda: worlds(real, given.world_dyads, given.replicates),
        "left-out": lambda: left_out(real, given.dyads),
        "ahead": lambda: ahead(real, given.dyads),
        "innovations": lambda: innovations(real, given.dyads // 3),
        "then": lambda: then(real, given.cache.with_name("index_then.parquet")),
        "paths": lambda: paths(real, given.dyads // 15),
        "linear": lambda: linear(given.cache),
    }
    for name in given.only.split(","):
        start = time.process_time()
        checks[name]()
        said(f"\n{name}: {time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
