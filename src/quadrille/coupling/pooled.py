r"""Who moves whom, learnt from every triangle of the world.

`quadrille.kernels.triad_moves` gives each ordered triad A, B, C an effect of A-C on A-B with moods out. What a triad is says what
to expect, its own record moves that as far as it is worth (empirical Bayes, Morris 1983):

.. math:: \hat b = \mu + \kappa (b - \mu), \quad \kappa = \frac{\tau^2}{\tau^2 + v}, \quad
   \operatorname{Var} = \kappa v + (1 - \kappa)^2 \operatorname{Var}\mu .
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.kernels.pooled import Design, Fit, fit_triads, one_state
from quadrille.kernels.triad_moves import (
    LEAST,
    Blur,
    Moves,
    Sums,
    blur_of,
    moves_of,
    triad_sums,
)
from quadrille.measure.result import Measurement
from quadrille.sources.layers.layer import Layer
from quadrille.verdicts import REGION, Verdict, verdict_of

__all__ = ["ASPECTS", "BINS", "CLASSES", "PERSISTENCE", "Effects", "Mean", "Pooled", "TieWorld", "cube_of", "design_of", "effects_of", "kind_of_tie", "lifetime", "pooled_of", "surest_of"]  # fmt: skip

# Periods over which A-B may follow A-C, by frequency.
WINDOWS = {"Y": 5, "Q": 8, "M": 12, "D": 30}
F32 = NDArray[np.float32]
_FEWEST_STATES = 12
_FEWEST_TIES = 3
# B-C is taken as hostile below minus this, as friendly above it: a third of the way to the median rival or ally.
_CLEAR = 1.0 / 3.0
_LATE = 1990
CLASSES = ("hostile", "neither", "friendly")
# What layers say of triads: the role of a layer, and its name in `TieWorld.about`.
ASPECTS = {
    "rivalry": "rival",
    "alliance": "allied",
    "capabilities": "power",
    "contiguity": "border",
}
# What a level of the index keeps of itself from one year to the next; moves of other data are taken alike.
PERSISTENCE = 0.985
BINS = np.linspace(-1.0, 1.0, 81)
_TOP = 300
_ENGAGED = 0.75


class Mean(NamedTuple):
    """A mean effect, its standard error, over how many triads, and the degrees of freedom of its error.

    The error is clustered on states and on spans of time; spans are few, so that bands are of Student's t.
    """

    value: float
    se: float
    triads: int
    df: int

    @property
    def band(self) -> tuple[float, float]:
        """Ends of the 90% band; NaN: not known."""
        if self.df < 1:
            return float("nan"), float("nan")
        half = float(stdtrit(self.df, 0.95)) * self.se
        return self.value - half, self.value + half

    @property
    def verdict(self) -> Verdict:
        """By the band."""
        return verdict_of(*self.band, REGION)


@dataclass(frozen=True, slots=True, eq=False)
class TieWorld:
    """What the regression of all triads is made of.

    Attributes
    ----------
    states : tuple of str
        ISO3.
    years : tuple of int
        First and last.
    frequency, origin : str
    window : int
        Periods over which A-B may follow A-C.
    moves : Moves
        Moods out.
    blocks : ndarray of int64
        Edges of the blocks of time.
    about : mapping of str to ndarray of float32, shape (blocks, n, n)
        ``level`` of a tie, and what else is known of it or of its second state: ``engagement, power, rival, allied,
        border``.
    late : ndarray, shape (blocks,)
        1 from 1990 on.
    """

    states: tuple[str, ...]
    years: tuple[int, int]
    frequency: str
    origin: str
    window: int
    moves: Moves
    blocks: NDArray[np.int64]
    about: Mapping[str, NDArray[np.float32]]
    late: Array

    @property
    def blur(self) -> Blur:
        """How moves spill."""
        return blur_of(self.moves, PERSISTENCE, self.window)


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """All triads of a world, fitted.

    Attributes
    ----------
    world : TieWorld
    terms : tuple of str
    coef, cov, scale : tuple of ndarray
        Of the whole effect and of the part that follows later: ``(P,)``, ``(P, P)``, ``(G, G)``.
    gram, weight : ndarray
        Of the part that follows later: ``(P, P)``, ``(G, G)``; see `quadrille.kernels.pooled.Fit`.
    tau2 : tuple of float
        Variance of true effects about the regression.
    mean : tuple of Mean
        Moods left in. With moods out it is zero by construction.
    classes : mapping of str to (Mean, Mean)
        By what B-C is, moods out.
    placebo : tuple of Mean
        Slopes on B-C, hostile and friendly, with the labels of states permuted there; they must be zero.
    spread : ndarray of int64, shape (bins,)
        Triads by shrunken effect; edges `BINS`.
    top : ndarray of float32, shape (rows, 7)
        Triads with the surest effects below zero and above it: A, B, C, effect, sd, later, later sd.
    triads : int
    """

    world: TieWorld
    terms: tuple[str, ...]
    coef: tuple[Array, Array]
    cov: tuple[Array, Array]
    scale: tuple[Array, Array]
    gram: Array
    weight: Array
    tau2: tuple[float, float]
    mean: tuple[Mean, Mean]
    classes: Mapping[str, tuple[Mean, Mean]]
    placebo: tuple[Mean, ...]
    spread: NDArray[np.int64]
    top: F32
    triads: int


class Effects(NamedTuple):
    """Effects on the ties of one state A, ``[B, C]``; NaN: no such triad.

    ``effect, sd`` shrunk; ``later, later_sd`` the part that follows later; ``like, like_se`` of triads like it; ``own,
    own_se`` by its own record; ``years``.
    """

    effect: F32
    sd: F32
    later: F32
    later_sd: F32
    like: F32
    like_se: F32
    own: F32
    own_se: F32
    years: F32


# ---------------------------------------------------------------- what triads are


def lifetime(y: Array) -> NDArray[np.bool_]:
    """From a dyad's first observation to its last."""
    seen = ~np.isnan(y)
    started = np.logical_or.accumulate(seen, axis=1)
    return np.asarray(started & np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1])


def cube_of(dyads: NDArray[np.str_], values: Array) -> Array:
    """Values of dyads as (n, n, time)."""
    states = np.unique(dyads)
    i, j = np.searchsorted(states, dyads[:, 0]), np.searchsorted(states, dyads[:, 1])
    out = np.full((states.size, states.size, values.shape[1]), np.nan)
    out[i, j] = out[j, i] = values
    return out


def _cube(m: Measurement) -> Array:
    return cube_of(m.dyads, np.where(lifetime(m.y), m.mean, np.nan))


def _by_block(values: Array, blocks: NDArray[np.int64]) -> NDArray[np.float32]:
    """Means over the periods of a block, (blocks, n, n); moves have one period less than levels."""
    parts = []
    for lo, hi in pairwise(blocks):
        part = values[:, :, lo : hi + 1]
        many = np.isfinite(part).sum(axis=2)
        parts.append(np.where(many > 0, np.nansum(part, axis=2) / np.maximum(many, 1), np.nan))
    return np.stack(parts).astype(np.float32)


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Zero mean and unit variance in each block; 0 where not known."""
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    many = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, flat, 0.0).sum(axis=1) / many
    gap = np.where(known, flat - mean[:, None], 0.0)
    sd = np.sqrt((gap * gap).sum(axis=1) / many)
    return (gap / np.where(sd > 0, sd, 1.0)[:, None]).reshape(values.shape).astype(np.float32)


def _named(layers: Mapping[str, Layer], role: str, which: str | None, states: Sequence[str], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32] | None:  # fmt: skip
    """Share of a block's years in which any layer of the role names the dyad; a list counts on past its last year."""
    found = [x for x in layers.values() if x.role == role and x.unit == "dyad"]
    found = [x for x in found if which is None or which in x.data.columns]
    if not found:
        return None
    at = {s: i for i, s in enumerate(states)}
    out = np.zeros((len(spans), len(states), len(states)), np.float32)
    for layer in found:
        rows = layer.data.filter(pl.col(which).cast(pl.Float64) > 0) if which else layer.data
        last = int(layer.data["year"].max())  # type: ignore[arg-type]
        named = rows.filter(pl.col("state_a").is_in(at), pl.col("state_b").is_in(at))
        for k, (lo, hi) in enumerate(spans):
            until = min(hi, last)
            since = min(lo, until)
            few = (
                named.filter(pl.col("year").is_between(since, until))
                .group_by("state_a", "state_b")
                .len()
            )
            for a, b, many in few.iter_rows():
                share = many / (until - since + 1)
                i, j = at[a], at[b]
                out[k, i, j] = out[k, j, i] = max(out[k, i, j], share)
    return out


def _power(layers: Mapping[str, Layer], states: Sequence[str], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32] | None:  # fmt: skip
    """Log capability (CINC) of the second state, by block."""
    layer = next((x for x in layers.values() if x.role == "capabilities"), None)
    if layer is None:
        return None
    rows = layer.data.filter(pl.col("cinc") > 0)
    last = int(rows["year"].max())  # type: ignore[arg-type]
    at = {s: i for i, s in enumerate(states)}
    out = np.full((len(spans), len(states)), np.nan, np.float32)
    for k, (lo, hi) in enumerate(spans):
        since, until = min(lo, last), min(hi, last)
        means = (
            rows.filter(pl.col("year").is_between(since, until))
            .group_by("state")
            .agg(pl.col("cinc").mean())
        )
        for state, cinc in means.iter_rows():
            if state in at:
                out[k, at[state]] = np.log(cinc)
    return np.repeat(out[:, None, :], len(states), axis=1)


def _design(
    world: TieWorld, level: NDArray[np.float32] | None = None
) -> tuple[Design, tuple[str, ...]]:
    """Terms that differ over B: what B-C is, and what that depends on."""
    level = world.about["level"] if level is None else level
    one = np.ones(level.shape)
    base: dict[str, Array] = {
        "one": one,
        "hostile": np.minimum(level, 0.0),
        "friendly": np.maximum(level, 0.0),
    }
    base |= {
        k: world.about[k].astype(float) for k in ("rival", "allied", "border") if k in world.about
    }
    base |= {
        k: _standard(world.about[k]).astype(float)
        for k in ("power", "engagement")
        if k in world.about
    }
    base["cold"] = (np.nan_to_num(world.about["level"]) < -_CLEAR).astype(float)
    base["late"] = one * world.late[:, None, None]
    names = list(base)
    terms = [
        ("B borders C" if w == "border" else w, w, "one", "one")
        for w in ("hostile", "friendly", "rival", "allied", "border")
    ]
    terms += [("rival, power of C", "rival", "power", "one")]
    for w in ("hostile", "friendly"):
        terms += [
            (f"{w}, power of C", w, "power", "one"), (f"{w}, A close to C", w, "engagement", "one"),
            (f"{w}, A hostile to C", w, "cold", "one"), (f"{w}, A borders B", w, "one", "border"),
            (f"{w}, since 1990", w, "late", "one"),
        ]  # fmt: skip
    kept = [t for t in terms if all(x in base for x in t[1:])]
    varies = [t for t in kept if any(np.nanstd(base[x]) > 0 for x in t[1:])]
    of = np.array([[names.index(x) for x in t[1:]] for t in varies], np.int64)
    return Design(np.stack([base[k] for k in names]), of, True), tuple(t[0] for t in varies)


def _class_design(world: TieWorld) -> Design:
    """Dummies of what B-C is."""
    level = world.about["level"]
    known = np.where(np.isfinite(level), 1.0, np.nan)
    marks = [level < -_CLEAR, np.abs(level) <= _CLEAR, level > _CLEAR]
    base = np.stack([np.ones(level.shape), *(known * mark for mark in marks)])
    return Design(base, np.array([[k + 1, 0, 0] for k in range(len(CLASSES))], np.int64), False)


def _plain_design(shape: tuple[int, ...]) -> Design:
    return Design(np.ones((1, *shape)), np.zeros((1, 3), np.int64), False)


def world_of_ties(m: Measurement, engagement: Measurement | None, layers: Mapping[str, Layer], *, moods: bool = True) -> TieWorld:  # fmt: skip
    """Lay a measured world out for pooling.

    Parameters
    ----------
    m : Measurement
        Cordiality of every dyad.
    engagement : Measurement, optional
        How much each two have to do with each other, of the same dyads.
    layers : mapping of str to Layer
        Rivalries, alliances, capabilities, contiguity: as far as they are there.
    moods : bool
        Take out the moods of states; else the mean of each period.

    Raises
    ------
    NoDataError
        The world is too small to pool: it says how many states and periods there are, or that there is no triad.
    """
    panel = m.observations.panel
    frequency, origin = panel.frequency, panel.origin
    window = WINDOWS[frequency]
    states, periods = m.states, len(m.periods) - 1
    if len(states) < _FEWEST_STATES or periods < LEAST + window:
        raise NoDataError(
            f"{origin}: {len(states)} states and {periods} moves are too few to pool triads; at least "
            f"{_FEWEST_STATES} states and {LEAST + window} moves are needed"
        )
    cube = _cube(m)
    moves = moves_of(cube, PERSISTENCE, moods=moods, smoothed=panel.kind != "index")
    if moves.seen.any(axis=2).sum(axis=1).max() < _FEWEST_TIES:
        left = "with the moods of states out, " if moods else ""
        raise NoDataError(
            f"{origin}: {left}no state has {_FEWEST_TIES} ties with {LEAST} moves or more, so that there is no triad to pool"
        )
    blocks = np.linspace(0, periods, max(3, periods // (window + 7)) + 1).astype(np.int64)
    years = [p.year for p in m.periods]
    spans = [(years[lo], years[hi]) for lo, hi in pairwise(blocks)]
    about: dict[str, NDArray[np.float32] | None] = {
        "level": _by_block(cube - m.neutral, blocks),
        "engagement": None if engagement is None else _by_block(_cube(engagement), blocks),
        "power": _power(layers, states, spans),
        "rival": _named(layers, "rivalry", None, states, spans),
        "allied": _named(layers, "alliance", "defense", states, spans),
        "border": _named(layers, "contiguity", "contiguity", states, spans),
    }
    late = np.array([float(lo >= _LATE) for lo, _ in spans])
    known = {k: v for k, v in about.items() if v is not None}
    return TieWorld(
        states, (years[0], years[-1]), frequency, origin, window, moves, blocks, known, late
    )


# ---------------------------------------------------------------- the fit


def _means(fit: Fit) -> list[Mean]:
    """Coefficients with their errors; NaN of a term that no triad has."""
    there = np.diag(fit.gram) > 0
    se = np.sqrt(np.diag(fit.cov))
    coef, se = (np.where(there, x, np.nan) for x in (fit.coef, se))
    return [Mean(float(c), float(s), fit.triads, fit.df) for c, s in zip(coef, se, strict=True)]


def _shrunk(mean: F32, var: F32, raw: F32, raw_var: F32, tau2: float) -> tuple[F32, F32]:
    """Empirical-Bayes effect and its standard deviation."""
    worth = np.float32(tau2) / (np.float32(tau2) + raw_var)
    return mean + worth * (raw - mean), np.sqrt(worth * raw_var + (1.0 - worth) ** 2 * var)


def pooled_of(m: Measurement, engagement: Measurement | None, layers: Mapping[str, Layer], *, placebos: int = 4, told: Callable[[str], None] = lambda _: None) -> Pooled:  # fmt: skip
    """Fit all triads of a world.

    Parameters
    ----------
    m, engagement, layers
        As in `world_of_ties`.
    placebos : int
        Fits with the labels of states permuted in what B-C is.
    told : callable
        Takes a line of progress.

    Raises
    ------
    NoDataError
        The world is too small to pool.
    """
    told("moods left in")
    plain = world_of_ties(m, engagement, layers, moods=False)
    sums = triad_sums(plain.moves, plain.blur, plain.blocks)
    shape = plain.about["level"].shape
    mean = tuple(_means(fit_triads(sums, _plain_design(shape), k, each=False))[0] for k in (0, 1))
    told("moods out")
    world = world_of_ties(m, engagement, layers)
    sums = triad_sums(world.moves, world.blur, world.blocks)
    design, terms = _design(world)
    whole = fit_triads(sums, design, 0)
    effect, sd = _shrunk(whole.mean, whole.var, whole.raw, whole.raw_var, whole.tau2)
    spread, places = _histogram(effect), _surest(effect, sd, _TOP, _listed(world))
    del effect, sd
    whole = _light(whole)
    told("what follows later")
    later = _light(fit_triads(sums, design, 1))
    told("classes")
    whole_of, later_of = (
        _means(fit_triads(sums, _class_design(world), k, each=False)) for k in (0, 1)
    )
    counts = _class_counts(sums, world)
    found = {
        name: (w._replace(triads=n), l._replace(triads=n))
        for name, w, l, n in zip(CLASSES, whole_of, later_of, counts, strict=True)
    }
    told("placebos")
    placebo = tuple(x for k in range(placebos) for x in _placebo(sums, world, k))
    made = Pooled(
        world, terms, (whole.coef, later.coef), (whole.cov, later.cov), (whole.scale, later.scale),
        later.gram, later.weight, (whole.tau2, later.tau2), (mean[0], mean[1]), found, placebo, spread, np.zeros((0, 7), np.float32), whole.triads,
    )  # fmt: skip
    return _with_later(made, places)


def _light(fit: Fit) -> Fit:
    """Without what there is of each triad."""
    none = np.zeros((0, 0, 0), np.float32)
    return fit._replace(mean=none, var=none, raw=none, raw_var=none, years=none)


def _histogram(effect: F32) -> NDArray[np.int64]:
    known = effect[np.isfinite(effect)]
    return np.asarray(np.histogram(np.clip(known, BINS[0], BINS[-1]), BINS)[0])


def _listed(world: TieWorld) -> NDArray[np.bool_]:
    """Triads that can be listed, ``[A, B, C]``: of each two of the last years, with more engagement than three of four ties have.

    Where nothing is known of engagement, every triad of the last years.
    """
    ties = np.isfinite(world.about["level"][-1])
    engagement = world.about.get("engagement")
    if engagement is not None:
        ties &= engagement[-1] > np.nanquantile(engagement[-1][ties], _ENGAGED)
    return np.asarray(ties[:, :, None] & ties[:, None, :] & ties[None, :, :])


def _surest(effect: F32, sd: F32, many: int, listed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Flat places of the effects whose 90% bands are furthest below zero, and above it; half of each."""
    found = []
    for way in (-1.0, 1.0):
        near = np.where(
            listed, np.nan_to_num(way * effect - Z90 * sd, nan=-np.inf), -np.inf
        ).ravel()
        best = np.argpartition(near, -many)[-many:] if near.size > many else np.arange(near.size)
        best = best[np.isfinite(near[best])]
        found.append(best[np.argsort(-near[best])][: many // 2])
    return np.unique(np.concatenate(found))


def _with_later(pooled: Pooled, places: NDArray[np.int64]) -> Pooled:
    """The surest triads with the part that follows later."""
    n = len(pooled.world.states)
    a, *others = np.unravel_index(places, (n, n, n))
    design = design_of(pooled)

    def of(i: int) -> F32:
        return _rows(_effects(pooled, design, i), i, *(x[a == i] for x in others))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = pool.map(of, np.unique(a).tolist())
    return replace(pooled, top=np.concatenate([pooled.top, *rows]))


def _rows(got: Effects, a: int, b: NDArray[np.intp], c: NDArray[np.intp]) -> F32:
    """Triads of one state as in `Pooled.top`."""
    values = [x[b, c] for x in (got.effect, got.sd, got.later, got.later_sd)]
    return np.stack([np.full(b.size, a), b, c, *values], axis=1).astype(np.float32)


def surest_of(pooled: Pooled, state: str, many: int) -> tuple[F32, int]:
    """Triads of one state with the surest effects, as in `Pooled.top`, and how many were ranked.

    Raises
    ------
    NoDataError
        The world does not hold the state.
    """
    got, n = effects_of(pooled, state), len(pooled.world.states)
    a = pooled.world.states.index(state)
    places = _surest(got.effect, got.sd, many, _listed(pooled.world)[a])
    b, c = np.unravel_index(places, (n, n))
    return _rows(got, a, b, c), int(np.isfinite(got.effect).sum())


def _class_counts(sums: Sums, world: TieWorld) -> list[int]:
    known = (sums.years.sum(axis=3) >= LEAST).sum(axis=0)
    with np.errstate(invalid="ignore"):
        level = np.nanmean(
            np.where(np.isfinite(world.about["level"]), world.about["level"], 0.0), axis=0
        )
    marks = (level < -_CLEAR, np.abs(level) <= _CLEAR, level > _CLEAR)
    return [int(known[mark].sum()) for mark in marks]


def _placebo(sums: Sums, world: TieWorld, seed: int) -> list[Mean]:
    """Slopes on the level of B-C with the labels of states permuted there."""
    order = np.random.default_rng([seed, 11]).permutation(len(world.states))
    level = np.nan_to_num(world.about["level"][:, order][:, :, order])
    base = np.stack([np.ones(level.shape), np.minimum(level, 0.0), np.maximum(level, 0.0)])
    return _means(
        fit_triads(sums, Design(base, np.array([[1, 0, 0], [2, 0, 0]], np.int64), True), each=False)
    )


def design_of(pooled: Pooled) -> Design:
    """What triads are, in the order of the fit's terms."""
    design, names = _design(pooled.world)
    return design._replace(of=design.of[[names.index(t) for t in pooled.terms]])


def effects_of(pooled: Pooled, state: str) -> Effects:
    """Effects on the ties of one state.

    Parameters
    ----------
    pooled : Pooled
    state : str
        ISO3.

    Raises
    ------
    NoDataError
        The world does not hold the state.
    """
    world = pooled.world
    if state not in world.states:
        raise NoDataError(f"{world.origin}: {state} is not among its {len(world.states)} states")
    return _effects(pooled, design_of(pooled), world.states.index(state))


def _effects(pooled: Pooled, design: Design, a: int) -> Effects:
    """Effects on the ties of one state, by its place."""
    world = pooled.world
    parts = one_state(
        world.moves, world.blur, world.blocks, design, a, pooled.coef, pooled.cov, pooled.scale
    )
    shrunk = [
        _shrunk(x.mean, x.var, x.raw, x.raw_var, t) for x, t in zip(parts, pooled.tau2, strict=True)
    ]
    one = parts[0]
    return Effects(
        *shrunk[0], *shrunk[1], one.mean, np.sqrt(one.var), one.raw, np.sqrt(one.raw_var), one.years
    )


def kind_of_tie(world: TieWorld, b: int, c: int) -> str:
    """What the tie of two states is on average: hostile, neither or friendly; empty where it is not known."""
    level = world.about["level"][:, b, c]
    if not np.isfinite(level).any():
        return ""
    mean = float(np.nanmean(level))
    return CLASSES[0] if mean < -_CLEAR else CLASSES[2] if mean > _CLEAR else CLASSES[1]
