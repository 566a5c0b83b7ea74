r"""Every ordered triad of a world at once: how A-B moves with A-C and after it.

Moves of a dyad are :math:`e_{dt} = x_{dt} - \rho x_{d,t-1}`, divided by their own standard deviation, after the
*moods* of states (a state's mean move in a period) and the mean of each dyad have been taken out. Levels are smoothed, so
that a move at t has spilt into its neighbours. Where a smoother is right, the moves it shows are
:math:`e_d = H_d * \eta_d + \text{noise}` with autocovariance :math:`\sigma^2 r_d` and :math:`H_d = r_d / \sum_l r_d(l)`: the
Wiener filter passes what it keeps, and keeps the slow (r before moods are out; variances after). If :math:`\eta_{AB,t+j}` holds :math:`\theta_j \eta_{AC,t}`, then

.. math:: \frac1N \sum_t e_{AC,t} e_{AB,t+k} \to \sum_j \theta_j C(k - j), \qquad
   C(m) = \sqrt{\textstyle\sum r_{AB} \sum r_{AC}} \sum_l H_{AC}(l) H_{AB}(l + m) .

Solving for :math:`\theta_{-W..W}` undoes the spill: what comes before is told from what comes after, and what a noisy
level hides is given back (errors in variables). The *effect* is :math:`\sum_{j=0}^{W} \rho^{W-j} \theta_j`, the level of
A-B after W periods. It is linear in the products, so that one pass of matrix products over A does it for all.

With moods out, products over the other dyads of A sum to about zero. Only differences between the ties of A are then known: an
effect is against what A's other ties do, and covariates are centred in the same way, over B and over C.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled

__all__ = [
    "CENTRINGS", "F32", "LEAST", "Blur", "Ints", "Moves", "Sums", "blur_of", "level_path", "moves_of",
    "sums_of", "triad_sums",
]  # fmt: skip

Ints = NDArray[np.int64]
F32 = NDArray[np.float32]
_ROUNDS = 60
# Fewest moves of a dyad, and of a triad, that count; a move smaller than this is none.
LEAST = 20
_NOTHING = 1e-6
# A smoother spills at most so many periods either way.
_SPILL = 6
# Own lags that are taken out of moves.
_LAGS = 3
_GROUPS = (0.0, 0.3, 0.6, 0.8, 0.9, 1.0)
CENTRINGS = 2
# An autocorrelation below this counts as none, and so do those further away.
_FAINT = 0.02


class Moves(NamedTuple):
    """Moves of all dyads.

    Attributes
    ----------
    e : ndarray, shape (n, n, time)
        Symmetric, 0 where there is none; variance 1 over each dyad's periods.
    seen : ndarray of bool, shape (n, n, time)
    group : ndarray of int64, shape (n, n)
        Dyads whose moves are alike in size, which are smoothed alike.
    size : ndarray, shape (n, n)
        Standard deviation of a dyad's moves, in units of the level.
    spill, left : ndarray, shape (G, spill + 1)
        Autocorrelation of moves by group, before and after the moods are taken out; 1, 0, 0, … with own lags out.
    lags : ndarray, shape (G, own lags)
        Own lags that were taken out; 0 where levels are smoothed.
    moods : bool
        Whether moods of states are taken out; else the mean of each period.
    """

    e: Array
    seen: NDArray[np.bool_]
    group: Ints
    size: Array
    spill: Array
    left: Array
    lags: Array
    moods: bool


@compiled
def _mood_block(first, last, e, seen, rounds):  # type: ignore[no-untyped-def]
    """Take the two-way means out of some periods, in place; e (time, n, n)."""
    n = e.shape[1]
    mood = np.zeros(n)
    many = np.zeros(n)
    for t in range(first, last):
        for i in range(n):
            many[i] = 0.0
            for j in range(n):
                if seen[t, i, j]:
                    many[i] += 1.0
        for _ in range(rounds):
            largest = 0.0
            for i in range(n):
                total = 0.0
                for j in range(n):
                    total += e[t, i, j]
                mood[i] = total / max(many[i], 1.0)
                largest = max(largest, abs(mood[i]))
            for i in range(n):
                for j in range(n):
                    if seen[t, i, j]:
                        e[t, i, j] -= 0.5 * (mood[i] + mood[j])
            if largest < 1e-10:
                break


def _take_moods(e: Array, seen: NDArray[np.bool_]) -> None:
    over_blocks(lambda a, b: _mood_block(a, b, e, seen, _ROUNDS), e.shape[0])


def _demeaned(e: Array, seen: NDArray[np.bool_]) -> Array:
    many = np.maximum(seen.sum(axis=0), 1)
    return np.where(seen, e - e.sum(axis=0) / many, 0.0)


def _centred(e: Array, seen: NDArray[np.bool_], moods: bool) -> Array:
    """Moods (or the mean of the period) and the mean of each dyad out; ``(time, n, n)``."""
    for _ in range(3):
        if moods:
            _take_moods(e, seen)
        else:
            many = np.maximum(seen.sum(axis=(1, 2), keepdims=True), 1)
            e = np.where(seen, e - e.sum(axis=(1, 2), keepdims=True) / many, 0.0)
        e = _demeaned(e, seen)
    return e


def _spread(e: Array, seen: NDArray[np.bool_]) -> Array:
    many = seen.sum(axis=0)
    return np.asarray(np.sqrt((e * e).sum(axis=0) / np.maximum(many - 1, 1)))


def moves_of(
    level: Array, persistence: float, *, moods: bool = True, smoothed: bool = False
) -> Moves:
    """Moves of all dyads, their own size and the moods of states taken out.

    Parameters
    ----------
    level : ndarray, shape (n, n, time)
        Symmetric; NaN: no level.
    persistence : float
        What a level keeps of itself.
    moods : bool
        Take out each state's mean move of each period; else each period's mean only.
    smoothed : bool
        Moves are alike because a smoother spills them; else because ties move so, and own lags are taken out.
    """
    step = np.ascontiguousarray(np.moveaxis(level[:, :, 1:] - persistence * level[:, :, :-1], 2, 0))
    seen = np.isfinite(step)
    e = np.where(seen, step, 0.0)
    size = _spread(_demeaned(e, seen), seen)
    known = (seen.sum(axis=0) >= LEAST) & (size > _NOTHING)
    seen &= known
    e = np.where(seen, e / np.where(known, size, 1.0), 0.0)
    edges = np.quantile(size[known], _GROUPS[1:-1]) if known.any() else np.zeros(len(_GROUPS) - 2)
    group = np.searchsorted(edges, size).astype(np.int64)
    spill = _autocorrelation(_demeaned(e, seen), seen, group)
    e = _centred(e, seen, moods)
    rest = _spread(e, seen)
    known &= rest > _NOTHING
    seen &= known
    e = np.where(known, e / np.where(known, rest, 1.0), 0.0)
    left = _autocorrelation(e, seen, group)
    lags = np.zeros((len(left), _LAGS))
    if not smoothed:
        lags = _own_lags(left)
        e, seen = _innovations(e, seen, lags[group])
        spill = left = np.tile(np.eye(1, _SPILL + 1), (len(left), 1))
    whole = [np.ascontiguousarray(np.moveaxis(x, 0, 2)) for x in (e, seen)]
    size = np.where(known, size, np.nan)
    return Moves(whole[0], whole[1], group, size, spill, left, lags, moods)


def _own_lags(r: Array) -> Array:
    """Coefficients of an autoregression from autocorrelations, by group (Yule-Walker), shape (G, lags)."""
    at = np.abs(np.subtract.outer(np.arange(_LAGS), np.arange(_LAGS)))
    return np.stack([np.linalg.solve(x[at], x[1 : _LAGS + 1]) for x in r])


def _innovations(e: Array, seen: NDArray[np.bool_], lags: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Moves less what own lags (n, n, lags) foretell, of variance 1."""
    out, there = e.copy(), seen.copy()
    for k in range(_LAGS):
        before = np.zeros_like(e)
        before[k + 1 :] = e[: -k - 1]
        out -= lags[:, :, k] * before
        there[: k + 1] = False
        there[k + 1 :] &= seen[: -k - 1]
    there &= there.sum(axis=0) >= LEAST
    out = _demeaned(np.where(there, out, 0.0), there)
    spread = _spread(out, there)
    return np.where(there, out / np.where(spread > 0, spread, 1.0), 0.0), there


class Blur(NamedTuple):
    """How moves of a group spill, and what undoes it, G groups and window W.

    Attributes
    ----------
    r : ndarray, shape (G, spill + 1)
        Autocorrelation of moves.
    solve : ndarray, shape (G, G, 2 W + 1, 2 W + 1)
        By group of A-B and of A-C: products by lag to theta by lag.
    effect : ndarray, shape (2, G, G, 2 W + 1)
        Weights of products by lag: the whole effect, and the part of it that follows later.
    noise : ndarray, shape (2, G, G)
        Variance of N times such a sum over N, if the dyads have nothing to do with each other.
    own : ndarray, shape (2, G, G)
        What it makes of a share of the other's variance, as taking moods out leaves.
    far : ndarray, shape (2, G, G)
        What two blocks have in common without any effect, times periods of both over periods of the two dyads: the
        means of dyads are taken out.
    window : int
    persistence : float
    """

    r: Array
    solve: Array
    effect: Array
    noise: Array
    own: Array
    far: Array
    window: int
    persistence: float


def _autocorrelation(e: Array, seen: NDArray[np.bool_], group: Ints) -> Array:
    """Autocorrelation of moves by group of dyads, shape (G, spill + 1); ``e`` (time, n, n)."""
    groups = len(_GROUPS) - 1
    r = np.zeros((groups, _SPILL + 1))
    upper = np.triu(np.ones(group.shape, bool), 1) & seen.any(axis=0)
    for g in range(groups):
        mine = (group == g) & upper
        own, there = e[:, mine], seen[:, mine]
        for lag in range(_SPILL + 1):
            end = len(own) - lag
            both = (there[lag:] & there[:end]).sum()
            r[g, lag] = (own[lag:] * own[:end]).sum() / max(both, 1)
    raw = r / np.where(r[:, :1] > 0, r[:, :1], 1.0)
    many = seen.sum(axis=0)
    length = float(many[many > 0].mean()) if (many > 0).any() else 1.0
    whole = np.ones(groups)
    for _ in range(4):
        # Taking the mean of a dyad out takes its long-run variance over its length from each lag.
        r = raw + (whole / length)[:, None]
        r = r / r[:, :1]
        # A smoother's autocovariance is positive and falls.
        for lag in range(1, _SPILL + 1):
            r[:, lag] = np.clip(r[:, lag], 0.0, r[:, lag - 1])
        r = np.where(np.cumprod(r > _FAINT, axis=1) > 0, r, 0.0)
        whole = 2.0 * r.sum(axis=1) - r[:, 0]
    return r


def _two_sided(r: Array, reach: int) -> Array:
    """r(-reach..reach)."""
    half = np.zeros(reach + 1)
    m = min(r.size, reach + 1)
    half[:m] = r[:m]
    return np.concatenate([half[:0:-1], half])


def _blend(spill: tuple[Array, Array], whole: float, window: int) -> Array:
    """C as a matrix over lags -W..W; ``whole``: geometric mean of the long-run variances of two dyads."""
    reach = 2 * window + 2 * _SPILL
    b, c = (_two_sided(r, reach) for r in spill)
    both = whole * np.convolve(b / b.sum(), c / c.sum(), "same")
    lags = np.arange(-window, window + 1)
    return np.asarray(both[lags[:, None] - lags[None, :] + reach])


def blur_of(moves: Moves, persistence: float, window: int) -> Blur:
    """Autocorrelation of moves by group, and the weights that undo it.

    Parameters
    ----------
    moves : Moves
    persistence : float
    window : int
        Periods over which A-B may follow A-C, or A-C follow A-B.
    """
    groups, width = len(_GROUPS) - 1, 2 * window + 1
    r, reach = moves.left, 2 * window + 2 * _SPILL
    solve = np.zeros((groups, groups, width, width))
    effect = np.zeros((2, groups, groups, width))
    noise, own, far = (np.zeros((2, groups, groups)) for _ in range(3))
    lags = np.arange(-window, window + 1)
    for g in range(groups):
        own_path = level_path(moves.lags[g], persistence, window)
        keeps = np.where(lags >= 0, own_path[window - np.abs(lags)] / own_path[window], 0.0)
        wanted = np.stack([keeps, np.where(lags > 0, keeps, 0.0)])
        for h in range(groups):
            b, a = _two_sided(r[g], reach), _two_sided(r[h], reach)
            whole = float(np.sqrt(b.sum() * a.sum()))
            solve[g, h] = np.linalg.inv(_blend((moves.spill[g], moves.spill[h]), whole, window))
            effect[:, g, h] = wanted @ solve[g, h]
            middle = b.size // 2
            shape = 0.5 * (b + a)[middle - window : middle + window + 1]
            for k, w in enumerate(effect[:, g, h]):
                both = _overlap(w, b, a)
                noise[k, g, h] = both[0] + 2.0 * both[1:].sum()
                own[k, g, h] = w @ shape
                far[k, g, h] = w.sum() ** 2 * b.sum() * a.sum()
    return Blur(r, solve, effect, noise, own, far, window, persistence)


def level_path(lags: Array, persistence: float, window: int) -> Array:
    """Level 0..W periods after a shock of 1 to a dyad's own moves."""
    move, level = np.zeros(window + 1), np.zeros(window + 1)
    for h in range(window + 1):
        past = sum(lags[k] * move[h - k - 1] for k in range(min(lags.size, h)))
        move[h] = past if h else 1.0
        level[h] = move[h] + (persistence * level[h - 1] if h else 0.0)
    return level


def _overlap(w: Array, b: Array, a: Array) -> Array:
    """Autocovariance of filtered moves of A-B times that of moves of A-C, by lag from 0 on."""
    filtered = np.convolve(np.convolve(w, w[::-1]), b, "full")
    f, m = filtered.size // 2, a.size // 2
    span = min(f, m)
    return np.asarray(filtered[f : f + span + 1] * a[m : m + span + 1])


class Sums(NamedTuple):
    """Sufficient statistics of every ordered triad, ``[A, B, C, span]``; a span is a part of a block of time.

    Attributes
    ----------
    effect : ndarray of float32, shape (2, n, n, n, spans)
        Sums whose means over ``years`` estimate the whole effect of A-C on A-B and the part that follows later.
    years : ndarray of float32, shape (n, n, n, spans)
        Periods in which both ties are seen; 0: no triad.
    first : ndarray of int64, shape (blocks + 1,)
        First span of each block, and one past the last.
    many : ndarray, shape (n, n)
        Periods of each dyad.
    group : ndarray, shape (n, n)
    blur : Blur
    moods : bool
        Whether moods of states are out, so that sums over B, or over C, are about zero.
    """

    effect: F32
    years: F32
    first: Ints
    many: Array
    group: Ints
    blur: Blur
    moods: bool


def triad_sums(moves: Moves, blur: Blur, blocks: Ints, parts: int = 2) -> Sums:
    """Sums over time of every ordered triad, by span of time.

    Parameters
    ----------
    moves : Moves
    blur : Blur
    blocks : ndarray of int64, shape (blocks + 1,)
        First period of each block, and one past the last.
    parts : int
        Spans of a block. What a triad is belongs to a block; errors may be alike in all triads of a span.
    """
    edges = [np.linspace(lo, hi, parts, endpoint=False) for lo, hi in pairwise(blocks)]
    spans = np.append(np.concatenate(edges).round(), blocks[-1]).astype(np.int64)
    n, many = moves.e.shape[0], spans.size - 1
    effect = np.zeros((2, n, n, n, many), np.float32)
    years = np.zeros((n, n, n, many), np.float32)
    e, seen = moves.e.astype(np.float32), moves.seen.astype(np.float32)

    def work(first: int, last: int) -> None:
        for a in range(first, last):
            sums_of(a, e[a], seen[a], moves, blur, spans, effect[:, a], years[a])

    over_blocks(work, n)
    first = np.arange(0, many + 1, parts)
    return Sums(
        effect, years, first, moves.seen.sum(axis=2).astype(float), moves.group, blur, moves.moods
    )


def _filtered(e: F32, weights: Array) -> F32:
    """Moves of A-B weighted by lag, (rows, time); weights (rows, 2 W + 1)."""
    out, window, n_time = np.zeros_like(e), weights.shape[1] // 2, e.shape[1]
    for k in range(weights.shape[1]):
        lag = k - window
        first, last = max(0, -lag), min(n_time, n_time - lag)
        if first < last and weights[:, k].any():
            out[:, first:last] += (
                weights[:, k : k + 1].astype(np.float32) * e[:, first + lag : last + lag]
            )
    return out


def _followed(seen: F32, window: int) -> F32:
    """1 in periods from which a dyad is seen all the time until W periods later."""
    out = seen.copy()
    for k in range(1, window + 1):
        out[:, :-k] *= seen[:, k:]
        out[:, -k:] = 0.0
    return out


def sums_of(a: int, e: F32, seen: F32, moves: Moves, blur: Blur, blocks: Ints, effect: F32, years: F32) -> None:  # fmt: skip
    """Fill one A."""
    rows = np.flatnonzero(seen.any(axis=1))
    if rows.size < 3:
        return
    e, seen = e[rows], seen[rows]
    group, many = moves.group[a, rows], seen.sum(axis=1)
    # A has n - 1 partners, and two of its ties that have nothing to do with each other a correlation of -1/(n - 2).
    inverse = 1.0 / np.maximum(seen.sum(axis=0) - 1.0, 1.0) if moves.moods else 0.0 * seen[0]
    usable = _followed(seen, blur.window)
    # The means of dyads have taken the sum of all products, over the periods, from each of them (Nickell 1981).
    taken = 1.0 / np.maximum(many - (2.0 * blur.window + 1.0), 0.5 * many)
    pairs = [slice(int(x), int(y)) for x, y in pairwise(blocks)]
    for when, t in enumerate(pairs):
        both = usable[:, t] @ seen[:, t].T
        np.fill_diagonal(both, 0.0)
        years[rows[:, None], rows, when] = both
    for h in np.unique(group):
        mine = group == h
        for kind in range(2):
            weights = blur.effect[kind, group, h]
            f = _filtered(e, weights + (weights.sum(axis=1) * taken)[:, None]) * usable
            own = blur.own[kind, group, h].astype(np.float32)[:, None]
            for when, t in enumerate(pairs):
                got = f[:, t] @ e[mine, t].T
                got += own * ((usable[:, t] * inverse[t]) @ seen[mine, t].T)
                effect[kind, rows[:, None], rows[mine], when] = got
