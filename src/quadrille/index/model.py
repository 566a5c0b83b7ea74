r"""The model of the index: loadings learnt where history is agreed on, then every tie estimated.

The state of a dyad has two parts, *valence* and *engagement*. What a witness says of valence is learnt from dyad-years of
which the field agrees what they are, partners of a defence pact (+1) and strategic rivals (-1); all else (levels,
loadings on engagement, biases, noise, over-dispersion) from these and from a random sample of other dyads, the dynamics
from the others alone. While loadings are learnt no witness moves the valence of a labelled year: learning is *modular*
(Plummer 2015). Let the witnesses move it, and the likelihood is highest where valence is what the most frequent witness
says: its loading grows with every round, and the labels mean nothing.

A label is the mean of its class. Ties of a class differ by `LABEL_SPREAD`, for good, and a regression on the means of
classes has the right slope all the same (Berkson 1950); what it cannot tell from a dyad's own bias in a witness, that part
of the spread that the loading accounts for, is taken from the biases in the end.

Dyads are parted in two halves, each taught by the labels of the other (see `quadrille.index.build`); where the two do not
agree on the sign of a loading on valence, it is taken for noise (`agreed`).

Alliances are kept out of the first stage, since pacts are half of the labels; their loadings are learnt last, against
what all other witnesses say. So are those of witnesses that speak of too few partners or rivals to be taught by labels; of
fewer than twenty dyads no loading on engagement is learnt, since so few do not tell the two parts of a tie apart.

Ties of two states that are neither neighbours nor have a major power among them start closer to each other and move less:
their dynamics of valence are learnt apart (`distant`), with all else as it is.

The M step is that of variational EM (see `quadrille.kernels.witness`); the size of a negative binomial maximises its expected
log likelihood, the over-dispersion of shares is such that what the rest foretells is off by one standard deviation (after Williams 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from quadrille.index.witnesses import Evidence, Item
from quadrille.kernels.arrays import Array
from quadrille.kernels.witness import (
    BINOMIAL,
    COUNT,
    NORMAL,
    Items,
    Posterior,
    Reports,
    Statistics,
    first_guess,
    means,
    sweep,
)

__all__ = [
    "LABEL_SPREAD", "STATES", "Learnt", "agreed", "distant", "engagement_only", "estimate", "learn", "members", "repetition", "subset", "turned", "without",
]  # fmt: skip

STATES = 2
LABEL_SPREAD = 0.5
# Variance of a label while loadings are learnt: next to none.
_PINNED = 1e-6
# Of a bias this part is left at least.
_LEAST_BIAS = 0.1
_ROUNDS, _LATE_ROUNDS, _PASSES = 24, 10, 60
# EM of a variance of which little is known creeps: steps so many times as long (Salakhutdinov & Roweis 2003), the last ones plain.
_DISTANT_ROUNDS, _DISTANT_SAMPLE, _STRIDE, _PLAIN, _SETTLE = 36, 500, 5.0, 6, 4
_STARTS, _STEPS = (1e-2, 4.0), (1e-4, 1.0)
# So many dyads of partners, and of rivals, must an item speak of for its loading on valence to be learnt.
_FEWEST = 20
_SAMPLE = 1000
_SIZES = (0.05, 8.0)
_REPEATS = (0.0, 1.0)
# Where the search for an item's repeats begins, and so many halvings find it.
_SOME, _HALVINGS = 0.4, 20
# Of fewer reports nothing is learnt of repeats; of a squared distance no more than this counts.
_ENOUGH, _FAR, _TINY = 200, 25.0, 1e-12
_PRIOR = 1.0 / 9.0
_LEVEL_PRIOR = 1e-4
_PERSISTENCE = (0.5, 0.999)
_NU = 3.0
# Degrees of freedom of shares: one story does not carry a tie.
_STORY = 4.0
_STILL = 0.005
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(9)
_MASS = _MASS / _MASS.sum()
# Where the first guess of a loading points: (valence, engagement). Signs only; EM does the rest.
_GUESS = {
    "votes": (0.3, 0.0), "organisations": (0.0, 0.3), "dispute": (-1.0, 0.5), "arms": (0.0, 0.5),
    "trade": (0.0, 0.5), "influence": (0.0, 0.5), "events": (0.0, 1.0), "conflict": (-0.4, 0.0),
    "force": (-0.3, 0.0), "war": (-0.3, 0.0), "score": (0.3, 0.0), "acts": (1.0, 0.0),
}  # fmt: skip
# Items that tell engagement alone.
_ENGAGED = {"trade", "influence"}
# Items whose direction is known beforehand: they report cooperation (+1) or conflict (-1).
_DIRECTION = {"votes": 1.0, "dispute": -1.0, "conflict": -1.0, "score": 1.0, "acts": 1.0}

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the witnesses' numbers mean.

    Attributes
    ----------
    items : Items
        Without the item of the labels.
    repeats : ndarray, shape (K,)
        Over-dispersion of shares: n events of one dyad and year are worth ``n ** (1 - repeats)``, since stories repeat
        themselves; 0: each is news, 1: all are one story.
    names : tuple of Item
    """

    items: Items
    repeats: Array
    names: tuple[Item, ...]


def turned(learnt: Sequence[Learnt]) -> tuple[str, ...]:
    """Items that say the opposite of what they report, in each of what was learnt: a sign may have been turned."""
    names = learnt[0].names if learnt else ()
    signs = [_DIRECTION.get(i.name.rpartition(": ")[2], 0.0) for i in names]
    return tuple(
        item.name
        for k, (item, sign) in enumerate(zip(names, signs, strict=True))
        if all(sign * x.items.theta[k, 1] < 0 for x in learnt)
    )


def engagement_only(learnt: Sequence[Learnt]) -> tuple[str, ...]:
    """Witnesses that say nothing of valence: on the sign of what they say those who taught it do not agree."""
    speak = {
        item.witness
        for x in learnt
        for item, loading in zip(x.names, x.items.theta[:, 1], strict=True)
        if loading != 0.0
    }
    every = dict.fromkeys(item.witness for x in learnt for item in x.names)
    return tuple(w for w in every if w not in speak)


def agreed(learnt: Sequence[Learnt]) -> tuple[Learnt, ...]:
    """What was learnt of several sets of labels, without what they do not agree on.

    Where the loadings of an item on valence differ in sign, the item is taken to say nothing of it.
    """
    loadings = np.array([x.items.theta[:, 1] for x in learnt])
    same = (loadings > 0).all(0) | (loadings < 0).all(0)
    out = []
    for x in learnt:
        theta = x.items.theta.copy()
        theta[~same, 1] = 0.0
        out.append(replace(x, items=x.items._replace(theta=theta)))
    return tuple(out)


def _groups(items: tuple[Item, ...]) -> NDArray[np.int32]:
    names = list(dict.fromkeys(i.bias for i in items))
    return np.array([names.index(i.bias) for i in items], np.int32)


def _start(reports: Reports, items: tuple[Item, ...], group: NDArray[np.int32]) -> Items:
    """Levels from the reports, loadings by sign."""
    k_all = len(items)
    theta, noise = np.zeros((k_all, STATES + 2)), np.ones(k_all)
    theta[:, -1] = 0.5
    for k, item in enumerate(items):
        mine = reports.item == k
        y = reports.y[mine]
        if not y.size:
            continue
        if item.family == BINOMIAL:
            p = np.clip(y.sum() / reports.offset[mine].sum(), 1e-4, 1 - 1e-4)
            theta[k, 0] = np.log(p / (1 - p))
        elif item.family == NORMAL:
            theta[k, 0], noise[k] = y.mean(), max(0.5 * y.var(), 1e-3)
        theta[k, 1:3] = _GUESS.get(item.name.rpartition(": ")[2], (0.0, 0.0))
    rho = 0.97
    q = 1.0 - rho**2
    return Items(
        np.array([i.family for i in items], np.int32), group, theta, noise,
        np.tile([rho, q], (group.max() + 1, 1)), rho, np.diag([0.7, 1.0]), np.eye(STATES) / q, _NU,
        _STORY,
    )  # fmt: skip


def _solve(gram: Array, cross: Array, held: tuple[int, float] | None = None) -> Array:
    """Ridge solution; one coefficient may be held."""
    n = cross.size
    if held is None:
        return np.asarray(np.linalg.solve(gram, cross))
    at, value = held
    rest = np.delete(np.arange(n), at)
    out = np.empty(n)
    out[at] = value
    out[rest] = np.linalg.solve(gram[np.ix_(rest, rest)], cross[rest] - gram[rest, at] * value)
    return out


def _stacked(sums: Statistics, items: list[int]) -> tuple[Array, Array]:
    """Normal equations of items with levels of their own and shared loadings."""
    m, s2 = len(items), STATES + 2
    gram = np.diag(np.r_[np.full(m, _LEVEL_PRIOR), np.full(s2 - 1, _PRIOR)])
    cross = np.zeros(m + s2 - 1)
    for i, k in enumerate(items):
        at = np.r_[i, np.arange(m, m + s2 - 1)]
        gram[np.ix_(at, at)] += sums.gram[k]
        cross[at] += sums.cross[k]
    return gram, cross


def _slopes(items: tuple[Item, ...]) -> list[list[int]]:
    names = [item.slope or f"\0{k}" for k, item in enumerate(items)]
    return [[k for k, n in enumerate(names) if n == name] for name in dict.fromkeys(names)]


class _Plan(NamedTuple):
    """What of the items is learnt: items that share loadings, those that stay, those whose loading on valence labels teach.

    Those that are thin speak of too few dyads to tell valence from engagement; of engagement they are taken to say nothing.
    Those that are engaged say nothing of valence.
    """

    slopes: list[list[int]]
    fixed: set[int]
    teaches: Bools
    thin: Bools
    engaged: Bools


def _spoken(names: Sequence[Item], reports: Reports, label: Array) -> tuple[Bools, Bools]:
    """Which items speak of enough partners and rivals to teach a loading on valence; which of too few dyads; ``(K,)``."""
    cell = np.repeat(np.arange(label.size), np.diff(reports.cell))
    dyad = np.searchsorted(reports.dyad, cell, side="right") - 1

    def enough(mine: Bools) -> Bools:
        pairs = np.unique(reports.item[mine].astype(np.int64) * reports.dyad.size + dyad[mine])
        return np.bincount(pairs // reports.dyad.size, minlength=len(names)) >= _FEWEST

    both = enough(label[cell] == 1.0) & enough(label[cell] == -1.0)
    slopes = {i.slope for i, e in zip(names, both, strict=True) if e and i.slope}
    return both | np.array([i.slope in slopes for i in names]), ~enough(np.ones(cell.size, bool))


def _loadings(items: Items, labelled: Statistics | None, every: Statistics, plan: _Plan) -> Array:
    """Levels and loadings; on valence from labelled dyads where there are any, and 0 where they tell too little."""
    theta = items.theta.copy()
    for together in plan.slopes:
        mine = [k for k in together if k not in plan.fixed and every.gram[k, 0, 0] > 0]
        if not mine:
            continue
        held = (len(mine) + 1, 0.0) if plan.thin[mine[0]] else None
        if plan.engaged[mine[0]] or (labelled and not plan.teaches[mine[0]]):
            held = (len(mine), 0.0)
        elif labelled and any(labelled.gram[k, 0, 0] > 0 for k in mine):
            held = (len(mine), float(_solve(*_stacked(labelled, mine))[len(mine)]))
        found = _solve(*_stacked(every, mine), held)
        theta[mine] = np.c_[found[: len(mine)], np.tile(found[len(mine) :], (len(mine), 1))]
    return theta


def _m_step(items: Items, labelled: Statistics, others: Statistics, plan: _Plan) -> Items:
    every = _added(labelled, others)
    theta = _loadings(items, labelled, every, plan)
    noise = _noise(items, every, plan)
    theta = _upright(items, theta, labelled, every, plan)
    theta, drift = _biases(items, theta, every)
    return _dynamics(items, theta, others)._replace(noise=noise, drift=drift)


def _noise(items: Items, sums: Statistics, plan: _Plan) -> Array:
    """Variances of normal items that are learnt."""
    normal = (items.family == NORMAL) & (sums.excess[:, 1] > 0)
    normal[list(plan.fixed)] = False
    noise = np.maximum(sums.excess[:, 0] / np.maximum(sums.excess[:, 1], 1e-9), 1e-4)
    return np.where(normal, noise, items.noise)


def _upright(
    items: Items, theta: Array, labelled: Statistics | None, every: Statistics, plan: _Plan
) -> Array:
    """Loadings with what biases lean on the states taken into them.

    EM with a parameter more, the slope of biases on (1, x), which the loadings then absorb (Liu, Rubin & Wu 1998): what a
    witness says of a class and the biases of the dyads in it are told apart in tens of rounds, not in hundreds.
    """
    out = theta.copy()
    for g in range(items.drift.shape[0]):
        mine = items.group == g
        ridge, held = _PRIOR * np.eye(STATES + 1), None
        if plan.engaged[mine].all():
            held = (1, 0.0)
        elif plan.thin[mine].all():
            held = (2, 0.0)
        elif labelled:
            held = (1, 0.0)
            if plan.teaches[mine].any() and labelled.lean[g, 0, 0] > 0:
                own = np.linalg.solve(labelled.lean[g] + ridge, labelled.leant[g])
                held = (1, float(own[1]))
        slope = _solve(every.lean[g] + ridge, every.leant[g], held)
        out[mine, : STATES + 1] += np.outer(theta[mine, -1], slope)
    return out


def _biases(items: Items, theta: Array, sums: Statistics) -> tuple[Array, Array]:
    """Dynamics of biases; their scale goes into the loadings, so that the first is standard."""
    first, n_first, square, lag, before, n = sums.bias.T
    known = n > 5
    r = np.where(
        known, np.clip(lag / np.maximum(before, 1e-9), 0, _PERSISTENCE[1]), items.drift[:, 0]
    )
    q = (square - 2 * r * lag + r * r * before) / np.maximum(n, 1)
    q = np.where(known, q, items.drift[:, 1])
    scale = np.where(n_first > 0, (first + 1) / (n_first + 1), 1.0)
    theta = theta.copy()
    theta[:, -1] *= np.sqrt(scale)[items.group]
    return theta, np.c_[r, np.maximum(q / scale, 1e-5)]


def _dynamics(items: Items, theta: Array, sums: Statistics) -> Items:
    """Dynamics of the state. Its parts are uncorrelated and start with variance one: labels set the scale of valence.

    Left free, valence of dyads without labels follows engagement (correlation 0.98), and no two that have much to do
    with each other can be cold.
    """
    rho = float(np.clip(sums.lag[0] / sums.square[0], *_PERSISTENCE))
    step = np.diag(sums.step) / sums.many[1]
    unit = np.sqrt(sums.start[1, 1] / sums.many[0])
    theta = theta.copy()
    theta[:, 2] *= unit
    return items._replace(
        theta=theta, rho=rho, start=np.eye(STATES), precision=np.diag([1.0, unit**2] / step)
    )


def _sizes(reports: Reports, items: Items, post: Posterior, rng: np.random.Generator) -> Items:
    """Sizes of negative binomials by expected log likelihood."""
    noise = items.noise.copy()
    for k in np.flatnonzero(items.family == COUNT):
        at = np.flatnonzero(reports.item == k)
        if not at.size:
            continue
        some = rng.choice(at, _SAMPLE * 10, replace=False) if at.size > _SAMPLE * 10 else at
        spread = np.sqrt(np.maximum(post.fit_var[some], 0))[:, None]
        eta = (reports.offset[some] + post.fit[some])[:, None] + spread * _NODES
        y = reports.y[some][:, None]
        sizes = np.clip(noise[k] * np.exp(np.linspace(-0.7, 0.7, 9)), *_SIZES)
        gains = [
            float(((gammaln(y + r) - gammaln(r) + r * np.log(r) + y * eta - (y + r) * np.logaddexp(np.log(r), eta)) @ _MASS).sum())
            for r in sizes
        ]  # fmt: skip
        new = float(sizes[int(np.argmax(gains))])
        noise[k] = new
    return items._replace(noise=noise)


def _repeated(reports: Reports, items: Items, post: Posterior, repeats: Array) -> Array:
    """How much events of one dyad and year repeat each other, by item.

    So much that squared distances from what the rest foretells are one on the average. By volume the correlation of two events falls (0.45 where there are three, 0.05 where there are hundreds), as it does
    where the number of stories is a power of the number of events.
    """
    repeats = repeats.copy()
    for k in np.flatnonzero(items.family == BINOMIAL):
        at = np.flatnonzero((reports.item == k) & (reports.offset > 1))
        if at.size < _ENOUGH:
            continue
        n, y = reports.offset[at], reports.y[at]
        mean, var = _cavity(reports, items, post, at)
        p = 1.0 / (1.0 + np.exp(-(mean[:, None] + np.sqrt(var)[:, None] * _NODES)))
        share, chance = p @ _MASS, (p * (1.0 - p)) @ _MASS
        known = n * n * ((p * p) @ _MASS - share**2)
        low, high = _REPEATS
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            usual = np.maximum(chance * n ** (1.0 + middle) + known, _TINY)
            z2 = (y - n * share) ** 2 / usual
            over = np.minimum(z2, _FAR).mean() > 1.0
            low, high = (middle, high) if over else (low, middle)
        repeats[k] = 0.5 * (low + high)
    return repeats


def _cavity(reports: Reports, items: Items, post: Posterior, at: Ints) -> tuple[Array, Array]:
    """Mean and variance of what an item sees by all other reports."""
    weight = reports.weight[at]
    prior = 1.0 / np.maximum((items.theta[reports.item[at], 1:] ** 2).sum(axis=1), 1e-6)
    precision = np.maximum(1.0 / post.fit_var[at] - weight * post.omega[at], prior)
    mean = (post.fit[at] / post.fit_var[at] - weight * post.value[at]) / precision
    return mean, 1.0 / precision


def repetition(family: NDArray[np.int32], events: Array, repeats: Array) -> Array:
    """How often a share's n events say the same: they are worth ``n ** (1 - repeats)``; of other reports 1."""
    many = np.where(family == BINOMIAL, np.maximum(events, 1.0), 1.0)
    return np.asarray(many**repeats)


def _worth(reports: Reports, weight: Array, family: NDArray[np.int32], repeats: Array) -> Array:
    """Powers of likelihoods."""
    k = reports.item
    return np.asarray(weight / repetition(family[k], reports.offset, repeats[k]))


def members(edges: NDArray[np.int32], of: Ints) -> Ints:
    """Places of what belongs to some of many, where ``edges`` holds the first place of each: cells of dyads."""
    lengths = np.diff(edges)[of]
    first = np.repeat(edges[of] - np.r_[0, np.cumsum(lengths)[:-1]], lengths)
    return np.asarray(first + np.arange(lengths.sum()), np.int64)


def subset(reports: Reports, dyads: Ints) -> Reports:
    """Reports of some dyads."""
    cells = members(reports.dyad, dyads)
    rows = members(reports.cell, cells)
    years, counts = np.diff(reports.dyad)[dyads], np.diff(reports.cell)[cells]
    return Reports(
        np.r_[0, np.cumsum(years)].astype(np.int32), np.r_[0, np.cumsum(counts)].astype(np.int32),
        reports.item[rows], reports.y[rows], reports.offset[rows], reports.weight[rows],
    )  # fmt: skip


def _without(reports: Reports, keep: Bools, label: Array, number: int) -> Reports:
    """Reports that are kept, and a label as one more report of a cell where there is one."""
    cell = np.repeat(np.arange(reports.cell.size - 1), np.diff(reports.cell))[keep]
    at = np.flatnonzero(np.isfinite(label))
    cells = np.r_[cell, at]
    order = np.argsort(cells, kind="stable")
    ones = np.ones(at.size)
    counts = np.bincount(cells, minlength=label.size)
    return Reports(
        reports.dyad, np.r_[0, np.cumsum(counts)].astype(np.int32),
        np.r_[reports.item[keep], np.full(at.size, number, np.int32)][order],
        np.r_[reports.y[keep], label[at]][order],
        np.r_[reports.offset[keep], _PINNED * ones][order],
        np.r_[reports.weight[keep], ones][order],
    )  # fmt: skip


def _added(a: Statistics, b: Statistics) -> Statistics:
    return Statistics(*(x + y for x, y in zip(a, b, strict=True)))


def learn(
    found: Evidence, label: Array, *, seed: int = 0, told: Callable[[str], None] = lambda _: None
) -> Learnt:
    """Loadings, biases, noise and dynamics.

    Parameters
    ----------
    found : Evidence
    label : ndarray, shape (cells,)
        +1: partners of a defence pact; -1: rivals; NaN: neither, both, or not known.
    seed : int
        Of the sample of unlabelled dyads.
    told : callable
        Takes a line of progress.
    """
    rng = np.random.default_rng(seed)
    names = found.items
    number = len(names)
    label_item = Item("label", "label", NORMAL, "label")
    every = (*names, label_item)
    group = _groups(every)
    teaches, thin = _spoken(names, found.reports, label)
    engaged = np.array([i.name in _ENGAGED for i in every])
    apart = {k for k, i in enumerate(names) if i.witness == "alliances" or thin[k]}
    late = apart | set(np.flatnonzero(~teaches).tolist())
    known = np.isfinite(label)
    dyad = np.repeat(np.arange(found.reports.dyad.size - 1), np.diff(found.reports.dyad))
    has = np.bincount(dyad[known], minlength=found.reports.dyad.size - 1) > 0
    taught = np.repeat(known | ~has[dyad], np.diff(found.reports.cell))
    keep = taught & ~np.isin(found.reports.item, list(apart))
    reports = _without(found.reports, keep, label, number)
    others = np.flatnonzero(~has)
    some = np.sort(rng.choice(others, min(_SAMPLE, others.size), replace=False))
    sides = [subset(reports, np.flatnonzero(has)), subset(reports, some)]
    items = _start(sides[0], every, group)
    items.theta[number], items.noise[number] = (0.0, 1.0, 0.0, 0.0), 1e-9
    plan = _Plan(
        _slopes(every), {number, *apart}, np.r_[teaches, True], np.r_[thin, False], engaged
    )
    items, repeats = _fitted(items, sides, plan, _ROUNDS, rng, told)
    items = _spread(items)
    if late:
        sides = [subset(found.reports, np.flatnonzero(has)), subset(found.reports, some)]
        plan = plan._replace(fixed=set(range(number + 1)) - late)
        items, repeats = _fitted(items, sides, plan, _LATE_ROUNDS, rng, told, repeats)
    return Learnt(_unlabelled(items, number), repeats[:number], names)


def distant(found: Evidence, learnt: Learnt, dyads: Ints, *, seed: int = 0) -> Learnt:
    """The same with dynamics of valence of some dyads, learnt from a sample of them without labels.

    Parameters
    ----------
    found : Evidence
    learnt : Learnt
        Its loadings and all else stay.
    dyads : ndarray of int64
    seed : int
        Of the sample.
    """
    rng = np.random.default_rng(seed)
    told = np.diff(found.reports.cell[found.reports.dyad])[dyads] > 0
    some = dyads[told]
    if some.size < _FEWEST:
        return learnt
    some = np.sort(rng.choice(some, min(_DISTANT_SAMPLE, some.size), replace=False))
    items, reports = learnt.items, subset(found.reports, some)
    reports = reports._replace(weight=_worth(reports, reports.weight, items.family, learnt.repeats))
    post = first_guess(reports, items)
    for r in range(_DISTANT_ROUNDS):
        sums = sweep(reports, items, post)
        if r >= _SETTLE:
            stride = _STRIDE if r < _DISTANT_ROUNDS - _PLAIN else 1.0
            items = _moved(items, sums, stride)
    return replace(learnt, items=items)


def _moved(items: Items, sums: Statistics, stride: float) -> Items:
    """Dynamics of valence a step further, in logarithms; engagement keeps its own."""

    def further(old: float, new: float) -> float:
        return float(old * (new / old) ** stride)

    start, precision = items.start.copy(), items.precision.copy()
    fades = further(1.0 - items.rho, 1.0 - sums.lag[0] / sums.square[0])
    step = further(1.0 / precision[0, 0], sums.step[0, 0] / sums.many[1])
    first = further(1.0 / start[0, 0], sums.start[0, 0] / sums.many[0])
    precision[0, 0], start[0, 0] = 1.0 / np.clip(step, *_STEPS), 1.0 / np.clip(first, *_STARTS)
    rho = float(np.clip(1.0 - fades, *_PERSISTENCE))
    return items._replace(rho=rho, start=start, precision=precision)


def _spread(items: Items) -> Items:
    """Biases without that part which is valence: how much the ties of one class differ."""
    theta = items.theta.copy()
    own = theta[:, -1] ** 2
    theta[:, -1] = np.sqrt(np.maximum(own - (LABEL_SPREAD * theta[:, 1]) ** 2, _LEAST_BIAS * own))
    return items._replace(theta=theta)


def _unlabelled(items: Items, number: int) -> Items:
    """Items without the label, which is the last and has a group of its own."""
    return items._replace(
        family=items.family[:number], group=items.group[:number], theta=items.theta[:number],
        noise=items.noise[:number], drift=items.drift[: items.group[number]],
    )  # fmt: skip


def _fitted(
    items: Items, sides: list[Reports], plan: _Plan, rounds: int,
    rng: np.random.Generator, told: Callable[[str], None], repeats: Array | None = None,
) -> tuple[Items, Array]:  # fmt: skip
    late = repeats is not None
    repeats = np.full(items.family.size, _SOME) if repeats is None else repeats
    bases = [s.weight for s in sides]
    posts: list[Posterior] = []
    for r in range(rounds):
        sides = [
            s._replace(weight=_worth(s, b, items.family, repeats))
            for s, b in zip(sides, bases, strict=True)
        ]
        posts = posts or [first_guess(s, items) for s in sides]
        sums = [sweep(s, items, p) for s, p in zip(sides, posts, strict=True)]
        if r < 2:
            continue
        if late:
            items = _late_step(items, _added(*sums), plan)
        else:
            repeats = _repeated(sides[0], items, posts[0], repeats)
            if r % 6 == 5:
                items = _sizes(sides[0], items, posts[0], rng)
            items = _m_step(items, sums[0], sums[1], plan)
        told(f"round {r + 1} of {rounds}")
    return items, repeats


def _late_step(items: Items, every: Statistics, plan: _Plan) -> Items:
    """Items learnt last, against a state that they do not bend."""
    theta = _upright(items, _loadings(items, None, every, plan), None, every, plan)
    theta, drift = _biases(items, theta, every)
    mine = [k for k in range(items.family.size) if k not in plan.fixed]
    kept, still = items.theta.copy(), items.drift.copy()
    kept[mine] = theta[mine]
    still[items.group[mine]] = drift[items.group[mine]]
    return items._replace(theta=kept, noise=_noise(items, every, plan), drift=still)


def estimate(
    reports: Reports,
    learnt: Learnt,
    told: Callable[[str], None] = lambda _: None,
) -> Posterior:
    """Posterior of every dyad, in passes until it stands still.

    Parameters
    ----------
    reports : Reports
    learnt : Learnt
    told : callable
        Takes a line of progress.

    Returns
    -------
    Posterior
        Every state of a dyad moved by less than `_STILL` in its last pass, or `_PASSES` are over.
    """
    items = learnt.items
    reports = reports._replace(weight=_worth(reports, reports.weight, items.family, learnt.repeats))
    post = first_guess(reports, items)
    moving = np.flatnonzero(np.diff(reports.dyad) > 0)
    for p in range(_PASSES):
        before = post.mean[:, 0].copy()
        sweep(reports, items, post, learn=False, which=moving)
        moved = np.maximum.reduceat(np.abs(post.mean[:, 0] - before), reports.dyad[moving])
        if p:
            moving = moving[moved >= _STILL]
        told(f"pass {p + 1}")
        if not moving.size:
            break
    return post


def without(reports: Reports, learnt: Learnt, post: Posterior, out: Bools) -> Array:
    """What the means of states would be without some reports, all else as it is, ``(cells, S)``.

    Exact where the other reports are normal. Jumps, and the normal reports that stand for counts, keep their values:
    found anew, a tie that jumps may come to rest elsewhere for next to nothing that is left out.

    Parameters
    ----------
    reports : Reports
    learnt : Learnt
    post : Posterior
        Of all reports, from `estimate`; it is not written to.
    out : ndarray of bool, shape (reports,)
    """
    items = learnt.items
    weighed = reports._replace(weight=_worth(reports, reports.weight, items.family, learnt.repeats))
    cell = np.repeat(np.arange(reports.cell.size - 1), np.diff(reports.cell))
    dyads = np.unique(np.searchsorted(reports.dyad, cell[out], side="right") - 1)
    return means(weighed, items, post, ~out, dyads)
