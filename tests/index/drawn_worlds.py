r"""Worlds drawn from what data are: the totals, gaps and attention of real reports, all else from the model.

States, biases and reports are drawn from the items' own parameters. What hangs on other reports is drawn in their order:
force only in a dispute, shares of the events that were drawn. Alliances last: one draw stands for twenty
years, which is what their weight of 1/20 says. Labels are the means of classes whose ties
differ for good, as the model takes them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from quadrille.index.model import LABEL_SPREAD, Learnt, subset
from quadrille.index.witnesses import Evidence
from quadrille.kernels.witness import COUNT, NORMAL, Reports

Array = NDArray[np.float64]
LASTING = 20
# No year has more events, however far a tie has jumped.
_MOST = 1e9
# Of each item of which another hangs: the item, and whether it is the successes, the failures or all of it.
_HANGS = {
    "force": ("dispute", "yes"), "war": ("force", "yes"), "pact": ("defence", "no"),
    ": conflict": (": events", "all"), ": force": (": conflict", "yes"), ": aid": (": conflict", "no"),
    " conflict side: force": (" conflict side: events", "all"),
}  # fmt: skip


class _Kept(NamedTuple):
    """Reports of an item: cells, values, how many they are of, offsets, what the item sees."""

    cell: NDArray[np.int64]
    y: Array
    n: Array
    offset: Array
    psi: Array


class Drawn(NamedTuple):
    """Evidence, labels of some dyads, true states ``(cells, S)`` and sizes of innovations, in standard deviations."""

    found: Evidence
    label: Array
    states: Array
    jump: Array
    psi: Array


def _paths(
    dyad: NDArray[np.int32], learnt: Learnt, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """States, biases by the years since the witness first spoke, and innovations of valence in their own scale."""
    items = learnt.items
    s, g, cells = items.precision.shape[0], items.drift.shape[0], int(dyad[-1])
    first, step = (np.linalg.cholesky(np.linalg.inv(m)) for m in (items.start, items.precision))
    x, u, jump = np.zeros((cells, s)), np.zeros((cells, g)), np.zeros(cells)
    lam = rng.gamma(items.nu / 2, 2 / items.nu, cells) if items.nu else np.ones(cells)
    z, w = rng.normal(size=(cells, s)), rng.normal(size=(cells, g))
    for a, b in pairwise(dyad):
        if b > a:
            x[a], u[a] = first @ z[a], w[a]
        for t in range(a + 1, b):
            x[t] = items.rho * x[t - 1] + step @ z[t] / np.sqrt(lam[t])
            u[t] = items.drift[:, 0] * u[t - 1] + np.sqrt(items.drift[:, 1]) * w[t]
            jump[t] = z[t, 0] / np.sqrt(lam[t])
    return x, u, jump


def _labels(x: Array, dyad: NDArray[np.int32], rng: np.random.Generator) -> Array:
    """+1 and -1 of some dyads, so that ties of a class are N(+1 or -1, `LABEL_SPREAD` squared)."""
    label = np.full(x.size, np.nan)
    spread = x.std()
    luck = np.repeat(rng.random(dyad.size - 1), np.diff(dyad))
    for sign in (1.0, -1.0):
        odds = -0.5 * ((x - sign) / LABEL_SPREAD) ** 2 + 0.5 * (x / spread) ** 2
        peak = sign / LABEL_SPREAD**2 / (1 / LABEL_SPREAD**2 - 1 / spread**2)
        odds -= -0.5 * ((peak - sign) / LABEL_SPREAD) ** 2 + 0.5 * (peak / spread) ** 2
        mine = np.repeat(rng.random(dyad.size - 1) < 0.4, np.diff(dyad)) & np.isnan(label)
        label[mine & (luck < np.exp(odds))] = sign
    return label


def alike(n: Array, repeats: float | Array) -> Array:
    """Correlation of two of n events, of which all are worth ``n ** (1 - repeats)``; of one event 0."""
    many = np.maximum(n, 1.0)
    return np.asarray((many**repeats - 1.0) / np.maximum(many - 1.0, 1.0))


def _shares(n: Array, p: Array, repeats: float, rng: np.random.Generator) -> Array:
    together = alike(n, repeats)
    if repeats < 1e-6 or n.max(initial=0.0) <= 1:
        return rng.binomial(n.astype(np.int64), p).astype(float)
    size = (1 - together) / np.maximum(together, 1e-6)
    mixed = rng.beta(np.maximum(p * size, 1e-9), np.maximum((1 - p) * size, 1e-9))
    return rng.binomial(n.astype(np.int64), mixed).astype(float)


def _base(name: str) -> tuple[str, str] | None:
    """The item on which this one hangs, and how."""
    for end in sorted(_HANGS, key=len, reverse=True):
        if name == end or (":" in end and name.endswith(end)):
            other, how = _HANGS[end]
            return name.removesuffix(end) + other, how
    return None


def drawn(real: Evidence, learnt: Learnt, dyads: NDArray[np.int64], seed: int) -> Drawn:
    """A world of some dyads of the real one."""
    rng = np.random.default_rng(seed)
    reports, items = subset(real.reports, dyads), learnt.items
    cells = reports.cell.size - 1
    x, u, jump = _paths(reports.dyad, learnt, rng)
    common = items.theta[:, 0] + x @ items.theta[:, 1:3].T
    first = np.repeat(reports.dyad[:-1], np.diff(reports.dyad))
    owner = np.repeat(np.arange(dyads.size), np.diff(reports.dyad))
    since = np.full((dyads.size, items.drift.shape[0]), -1)
    cell = np.repeat(np.arange(cells), np.diff(reports.cell))
    held = owner * 1000 + (np.arange(cells) - first) // LASTING
    kept: dict[str, _Kept] = {}
    names = [i.name for i in real.items]
    order = sorted(range(len(names)), key=lambda k: (_depth(names[k], names), k))
    for k in order:
        mine, base = np.flatnonzero(reports.item == k), _base(names[k])
        if base is None or base[0] not in kept:
            c, offset = cell[mine], reports.offset[mine]
        else:
            of = kept[base[0]]
            left = {"yes": of.y, "no": of.n - of.y, "all": of.y}[base[1]]
            c, offset = of.cell[left > 0], left[left > 0]
        g = items.group[k]
        new, at = np.unique(owner[c], return_index=True)
        since[new, g] = np.where(since[new, g] < 0, c[at], since[new, g])
        psi = common[c, k] + items.theta[k, 3] * u[first[c] + np.abs(c - since[owner[c], g]), g]
        if items.family[k] == NORMAL:
            y = psi + rng.normal(size=c.size) * np.sqrt(offset + items.noise[k])
        elif items.family[k] == COUNT:
            size = items.noise[k]
            rate = np.exp(psi + offset) * rng.gamma(size, 1 / size, c.size)
            y = rng.poisson(np.minimum(rate, _MOST)).astype(float)
        elif real.items[k].weight < 1:
            _, at = np.unique(held[c], return_inverse=True)
            y = (rng.random(at.max(initial=0) + 1)[at] < expit(psi)).astype(float)
        else:
            y = _shares(offset, expit(psi), learnt.repeats[k], rng)
        kept[names[k]] = _Kept(c, y, y if items.family[k] == COUNT else offset, offset, psi)
    kept = {n: kept[n] for n in names}
    found, seen = _assembled(kept, cells, real, reports.dyad, dyads)
    return Drawn(found, _labels(x[:, 0], reports.dyad, rng), x, jump, seen)


def _depth(name: str, names: list[str]) -> int:
    base = _base(name)
    return 0 if base is None or base[0] not in names else 1 + _depth(base[0], names)


def _assembled(
    kept: dict[str, _Kept],
    cells: int,
    real: Evidence,
    dyad: NDArray[np.int32],
    dyads: NDArray[np.int64],
) -> tuple[Evidence, Array]:
    cell = np.concatenate([v.cell for v in kept.values()])
    item = np.repeat(np.arange(len(kept)), [v.cell.size for v in kept.values()])
    y = np.concatenate([v.y for v in kept.values()])
    offset = np.concatenate([v.offset for v in kept.values()])
    order = np.lexsort((item, cell))
    cell, item, y, offset = cell[order], item[order], y[order], offset[order]
    counts = np.bincount(cell, minlength=cells)
    weight = np.array([i.weight for i in real.items])[item]
    reports = Reports(
        dyad, np.r_[0, np.cumsum(counts)].astype(np.int32), item.astype(np.int32), y, offset, weight
    )
    frame = pl.DataFrame(
        {"state_a": np.repeat([f"D{d:05}" for d in dyads], np.diff(dyad)), "state_b": "Z",
         "year": np.concatenate([np.arange(n) for n in np.diff(dyad)])}
    )  # fmt: skip
    psi = np.concatenate([v.psi for v in kept.values()])[order]
    return Evidence(frame, real.items, reports, {}), psi
