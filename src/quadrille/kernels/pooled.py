r"""A regression of the effects of triads on what they are.

The effects are those of `quadrille.kernels.triad_moves`. True effects differ about the regression by a variance that
products of residuals of blocks of time far from each other tell from noise; a triad's own effect is shrunk towards its fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, fused
from quadrille.kernels.triad_moves import CENTRINGS, F32, LEAST, Blur, Ints, Moves, Sums, sums_of

__all__ = ["Design", "Fit", "State", "Without", "fit_triads", "one_state", "without"]


class Design(NamedTuple):
    """What triads are: P terms, each a product of a number of B-C, of A-C and of A-B.

    Attributes
    ----------
    base : ndarray, shape (M, blocks, n, n)
        Numbers of dyads (or of the second state of a dyad); the first is 1 everywhere. NaN: not known.
    of : ndarray of int64, shape (P, 3)
        Of each term, which number of (B, C), of (A, C) and of (A, B).
    centred : bool
        Take out what the term is on average over B and over C, as moods out does to the effect.
    """

    base: Array
    of: Ints
    centred: bool


class Fit(NamedTuple):
    """A regression of the effects of triads on what they are.

    Attributes
    ----------
    coef : ndarray, shape (P,)
    cov : ndarray, shape (P, P)
        Robust to any dependence between triads that share a state, and between all triads in a span of time.
    df : int
        Degrees of freedom of its bands: spans less one.
    gram : ndarray, shape (P, P)
        Weighted cross products of the terms: ``gram @ coef`` is their weighted product with the effects.
    weight : ndarray, shape (G, G)
        Of a triad's periods, by group of A-B and A-C.
    tau2 : float
        Variance of true effects about the regression.
    scale : ndarray, shape (G, G)
        How much noisier sums are than `Blur.noise` says, by group of A-B and A-C.
    mean, var : ndarray of float32, shape (n, n, n)
        Fitted effect and the variance of its estimation, averaged over a triad's periods; NaN: not fitted.
    raw : ndarray of float32, shape (n, n, n)
        Effect by the triad's own record.
    raw_var : ndarray of float32, shape (n, n, n)
    years : ndarray of float32, shape (n, n, n)
    triads : int
    """

    coef: Array
    cov: Array
    df: int
    gram: Array
    weight: Array
    tau2: float
    scale: Array
    mean: F32
    var: F32
    raw: F32
    raw_var: F32
    years: F32
    triads: int


def _laid(design: Design) -> tuple[Array, bool]:
    """Numbers of (B, C), of (A, C) and of (A, B) by term, shape (3, blocks, n, n, P), whose product is the term; if centred."""
    return np.ascontiguousarray(np.moveaxis(design.base[design.of.T], 1, -1)), design.centred


@fused
def _centre(w, inside):  # type: ignore[no-untyped-def]
    """Take the means over B and over C out of terms (n, n, P), in place and in the order in which they lie."""
    n, p = w.shape[0], w.shape[2]
    of_b, of_c = np.zeros(n), np.zeros(n)
    for b in range(n):
        for c in range(n):
            if inside[b, c]:
                of_b[b] += 1.0
                of_c[c] += 1.0
    mean, means = np.zeros(p), np.zeros((n, p))
    for _ in range(CENTRINGS):
        means[:] = 0.0
        for b in range(n):
            mean[:] = 0.0
            for c in range(n):
                if inside[b, c]:
                    for k in range(p):
                        mean[k] += w[b, c, k]
            for k in range(p):
                mean[k] /= max(of_b[b], 1.0)
            for c in range(n):
                if inside[b, c]:
                    for k in range(p):
                        w[b, c, k] -= mean[k]
                        means[c, k] += w[b, c, k]
        for c in range(n):
            for k in range(p):
                means[c, k] /= max(of_c[c], 1.0)
        for b in range(n):
            for c in range(n):
                if inside[b, c]:
                    for k in range(p):
                        w[b, c, k] -= means[c, k]


@fused
def _terms(a, block, lo, hi, years, parts, centred, w, inside):  # type: ignore[no-untyped-def]
    """Terms (n, n, P) of one A and block, whose spans are lo to hi, and which triads are in."""
    n, p = w.shape[0], w.shape[2]
    for b in range(n):
        for c in range(n):
            y, known = 0.0, 0.0
            for span in range(lo, hi):
                y += years[b, c, span]
            for k in range(p):
                w[b, c, k] = parts[0, block, b, c, k] * parts[1, block, a, c, k] * parts[2, block, a, b, k]  # fmt: skip
            for k in range(p):
                known += w[b, c, k]
            inside[b, c] = b != c and y > 0.0 and np.isfinite(known)
            if not inside[b, c]:
                for k in range(p):
                    w[b, c, k] = 0.0
    if centred:
        _centre(w, inside)


@fused
def _normal(first, last, sums, years, spans, group, parts, centred, gram, cross):  # type: ignore[no-untyped-def]
    """Normal equations by group of A-B and of A-C, over some A."""
    n, p = years.shape[0], parts.shape[4]
    w = np.zeros((n, n, p))
    inside = np.zeros((n, n), np.bool_)
    for a in range(first, last):
        for block in range(spans.size - 1):
            lo, hi = spans[block], spans[block + 1]
            _terms(a, block, lo, hi, years[a], parts, centred, w, inside)
            for b in range(n):
                for c in range(n):
                    if not inside[b, c]:
                        continue
                    g, h = group[a, b], group[a, c]
                    y, s = 0.0, 0.0
                    for span in range(lo, hi):
                        y += years[a, b, c, span]
                        s += sums[a, b, c, span]
                    for i in range(p):
                        f = w[b, c, i]
                        cross[g, h, i] += f * s
                        f *= y
                        for j in range(i + 1):
                            gram[g, h, i, j] += f * w[b, c, j]


@fused
def _residuals(first, last, sums, years, spans, group, weight, parts, centred, coef, cov, least, far, width, dyad, mean, var, raw, pooled, spread):  # type: ignore[no-untyped-def]  # fmt: skip
    """Fitted and raw effects, and sums for the two variances, over some A."""
    n, p, blocks = years.shape[0], parts.shape[4], spans.size - 1
    w = np.zeros((blocks, n, n, p))
    inside = np.zeros((blocks, n, n), np.bool_)
    average, known = np.zeros(p), False
    for k in range(p):
        known = known or cov[k, k] > 0.0
    for a in range(first, last):
        for block in range(blocks):
            _terms(a, block, spans[block], spans[block + 1], years[a], parts, centred, w[block], inside[block])  # fmt: skip
        for b in range(n):
            for c in range(n):
                squares, whole, lengths, plain, total = 0.0, 0.0, 0.0, 0.0, 0.0
                apart, product, last_r, last_y = 0.0, 0.0, 0.0, 0.0
                g, h = group[a, b], group[a, c]
                v = weight[g, h]
                average[:] = 0.0
                for block in range(blocks):
                    if not inside[block, b, c]:
                        continue
                    y, s = 0.0, 0.0
                    for span in range(spans[block], spans[block + 1]):
                        y += years[a, b, c, span]
                        s += sums[a, b, c, span]
                    fitted = 0.0
                    for k in range(p):
                        fitted += w[block, b, c, k] * coef[k]
                        average[k] += y * w[block, b, c, k]
                    r = s - y * fitted
                    # Blocks that are not neighbours: moves spill over a border.
                    product += r * (total - last_r)
                    apart += y * (whole - last_y)
                    last_r, last_y = r, y
                    total += r
                    squares += r * r
                    whole += y
                    lengths += y * y
                    plain += s
                if whole < least:
                    continue
                given = 1.0 + width / max(dyad[a, b] - width, 0.5 * dyad[a, b])
                common = given * given * far[g, h] * apart / (dyad[a, b] * dyad[a, c])
                for state in (a, b, c):
                    pooled[state, 0] += v * v * (product - common)
                    pooled[state, 1] += v * v * apart
                    pooled[state, 2] += 1.0
                spread[0, g, h] += squares
                spread[1, g, h] += whole
                spread[2, g, h] += lengths
                raw[a, b, c] = plain / whole
                if not known:
                    continue
                fitted, total = 0.0, 0.0
                for k in range(p):
                    fitted += average[k] * coef[k]
                    row = 0.0
                    for q in range(k):
                        row += cov[k, q] * average[q]
                    total += average[k] * (2.0 * row + cov[k, k] * average[k])
                mean[a, b, c] = fitted / whole
                var[a, b, c] = total / (whole * whole)


@fused
def _scores(first, last, block, sums, years, spans, group, weight, parts, centred, coef, moods, score, total):  # type: ignore[no-untyped-def]  # fmt: skip
    """Scores of A-B by A-C and A-C by A-B together, by span of one block, over some A.

    With moods out sums of triads over B, or over C, are zero, so that centred weights give the same coefficients; scores by
    them are free of the dependence that taking moods out makes.
    """
    n, p, lo, hi = years.shape[0], parts.shape[4], spans[block], spans[block + 1]
    w, u = np.zeros((n, n, p)), np.zeros((n, n, p))
    inside = np.zeros((n, n), np.bool_)
    for a in range(first, last):
        _terms(a, block, lo, hi, years[a], parts, centred, w, inside)
        for b in range(n):
            for c in range(n):
                for k in range(p):
                    w[b, c, k] *= weight[group[a, b], group[a, c]]
                    u[b, c, k] = w[b, c, k]
        if moods:
            _centre(u, inside)
        pair = 0
        for c in range(n):
            for b in range(c):
                for span in range(lo, hi):
                    for k in range(p):
                        score[span - lo, a, pair, k] = 0.0
                for i, j in ((b, c), (c, b)):
                    if not inside[i, j]:
                        continue
                    fitted = 0.0
                    for k in range(p):
                        fitted += w[i, j, k] * coef[k]
                    fitted /= weight[group[a, i], group[a, j]]
                    for span in range(lo, hi):
                        r, y = sums[a, i, j, span], years[a, i, j, span] * fitted
                        for k in range(p):
                            score[span - lo, a, pair, k] += u[i, j, k] * r - w[i, j, k] * y
                for span in range(lo, hi):
                    for k in range(p):
                        total[a, pair, k] += score[span - lo, a, pair, k]
                pair += 1


@fused
def _meat(first, last, score, one, two, three):  # type: ignore[no-untyped-def]
    """Sums of scores by state and by two states, and of their products by three, over some middle states of three."""
    n, p = score.shape[0], score.shape[2]
    s = np.zeros(p)
    for j in range(first, last):
        for k in range(j + 1, n):
            for i in range(j):
                ij, ik, jk = j * (j - 1) // 2 + i, k * (k - 1) // 2 + i, k * (k - 1) // 2 + j
                any_ = False
                for m in range(p):
                    s[m] = score[i, jk, m] + score[j, ik, m] + score[k, ij, m]
                    any_ = any_ or s[m] != 0.0
                if not any_:
                    continue
                for m in range(p):
                    one[i, m] += s[m]
                    one[j, m] += s[m]
                    one[k, m] += s[m]
                    two[ij, m] += s[m]
                    two[ik, m] += s[m]
                    two[jk, m] += s[m]
                    for q in range(m + 1):
                        three[m, q] += s[m] * s[q]


class _Shared(NamedTuple):
    """Sums of products of scores, ``(P, P)``: of triads that share a state, and of all."""

    of_state: Array
    all: Array


def _shared(score: F32) -> _Shared:
    r"""Products of scores of triads that share states.

    The indicator that m states are shared is :math:`m - \binom m2 + \binom m3` (Cameron, Gelbach & Miller 2011; for dyads
    Aronow, Samii & Assenova 2015).

    Parameters
    ----------
    score : ndarray of float32, shape (n, pairs, P)
        Of A and each two others.
    """
    n, pairs, p = score.shape
    one, two, three, lock = np.zeros((n, p)), np.zeros((pairs, p)), np.zeros((p, p)), Lock()

    def work(first: int, last: int) -> None:
        mine = np.zeros((n, p)), np.zeros((pairs, p)), np.zeros((p, p))
        _meat(first, last, score, *mine)
        with lock:
            for whole, part in zip((one, two, three), mine, strict=True):
                whole += part

    over_blocks(work, n)
    every = one.sum(axis=0) / 3.0
    low = np.tril(three, -1)
    return _Shared(three + low.T + one.T @ one - two.T @ two, np.outer(every, every))


def _covariance(gram: Array, whole: _Shared, within: _Shared, spans: int) -> Array:
    r"""Covariance of coefficients whose errors are alike in triads that share a state, and in all triads of a span of time.

    Two-way clustering, :math:`V_{time} + V_{state} - V_{both}` (Cameron, Gelbach & Miller 2011; for states as clusters of
    triads Aronow, Samii & Assenova 2015). What triads that share a state have in common across spans,
    :math:`V_{state} - V_{both}`, is counted where it is positive: scores sum to zero over time, so that what is common to all
    makes it fall short.

    Parameters
    ----------
    gram : ndarray, shape (P, P)
    whole, within : _Shared
        Of sums over time, and summed over spans.
    spans : int
        In all; products of spans' sums fall short by one over their number, since scores sum to zero.
    """
    values, vectors = np.linalg.eigh(gram)
    kept = values > values.max() * 1e-12
    root = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    across = whole.of_state - within.of_state
    lasting, turned = np.linalg.eigh(root @ across @ root)
    time = within.all * (spans / max(spans - 1, 1))
    inner = root @ time @ root + (turned * np.maximum(lasting, 0.0)) @ turned.T
    return np.asarray(root @ inner @ root)


def fit_triads(sums: Sums, design: Design, kind: int = 0, each: bool = True) -> Fit:
    r"""Regress effects of triads on what they are, weighted by their noise and heterogeneity; nothing is shrunk yet.

    Parameters
    ----------
    sums : Sums
    design : Design
    kind : {0, 1}
        The whole effect, or the part that follows later.
    each : bool
        Fit the effects of single triads too; else these are empty, and ``tau2`` is that of the first round.

    Notes
    -----
    The variance of true effects compares blocks of time, of which the noises are unrelated: with residual sums
    :math:`r_b` over :math:`y_b` periods, :math:`E[r_b r_c] = \tau^2 y_b y_c` for blocks that are not neighbours. So it needs
    no model of the noise, and counts only what lasts.
    """
    noise, group = sums.blur.noise[kind], sums.group
    p = design.of.shape[0]
    whole = sums.years.sum(axis=3)
    counted = whole[whole >= LEAST]
    typical = float(np.median(counted)) if counted.size else 1.0
    gram, cross = _equations(sums, kind, design)
    scale, tau2 = np.ones_like(noise), 0.0
    cov, df = np.zeros((p, p)), 0
    for last in (False, True):
        weight = 1.0 / (noise * scale + tau2 * typical)
        whole_gram = np.einsum("gh,ghij->ij", weight, gram)
        coef = np.linalg.pinv(whole_gram, hermitian=True) @ np.einsum("gh,ghi->i", weight, cross)
        if last:
            products, within, spans = _products(sums, kind, weight, design, coef)
            cov, df = _covariance(whole_gram, products, within, spans), max(spans - 1, 1)
        if last and not each:
            break
        pooled, spread, fitted = _spreads(sums, kind, weight, design, coef, cov)
        tau2 = _heterogeneity(pooled)
        if not last:
            found = (spread[0] - tau2 * spread[2]) / np.maximum(spread[1] * noise, 1e-12)
            scale = np.where(spread[1] > 0, np.maximum(found, 0.1), 1.0)
    triads = int(pooled[:, 2].sum() / 3.0)
    if not each:
        none = np.zeros((0, 0, 0), np.float32)
        return Fit(
            coef, cov, df, whole_gram, weight, tau2, scale, none, none, none, none, none, triads
        )
    noisy = (noise * scale)[group[:, :, None], group[:, None, :]]
    raw_var = (noisy / np.maximum(whole, 1.0)).astype(np.float32)
    mean, var, raw = fitted
    return Fit(
        coef, cov, df, whole_gram, weight, tau2, scale, mean, var, raw, raw_var, whole, triads
    )  # fmt: skip


def _products(sums: Sums, kind: int, weight: Array, design: Design, coef: Array) -> tuple[_Shared, _Shared, int]:  # fmt: skip
    """Products of scores: of the sums over time; within spans, summed; how many spans there are."""
    n, p, first = sums.group.shape[0], coef.size, sums.first
    pairs, parts = n * (n - 1) // 2, int(np.diff(first).max())
    score, total = np.zeros((parts, n, pairs, p), np.float32), np.zeros((n, pairs, p), np.float32)
    laid, within = _laid(design), []
    for block in range(first.size - 1):

        def work(a: int, b: int, block: int = block) -> None:
            _scores(a, b, block, sums.effect[kind], sums.years, first, sums.group, weight, *laid, coef, sums.moods, score, total)  # fmt: skip

        over_blocks(work, n)
        within += [_shared(score[part]) for part in range(first[block + 1] - first[block])]
    summed = _Shared(*(np.sum(x, axis=0) for x in zip(*within, strict=True)))
    spans = sum(bool(np.diag(x.of_state).any()) for x in within)
    return _shared(total), summed, spans


def _heterogeneity(pooled: Array) -> float:
    """Variance of true effects given an estimate of it and how well that is known.

    The estimate is a ratio of sums over triads; its error is that of leaving out one state after another. A variance is not
    below zero: given a normal estimate and nothing else it has the mean of a normal that is cut off there.

    Parameters
    ----------
    pooled : ndarray, shape (n, 3)
        Of the triads with a state in any place: products of residuals, products of periods, and how many triads.
    """
    total = pooled.sum(axis=0) / 3.0
    found = total[0] / max(total[1], 1e-12)
    left = total[:2] - pooled[:, :2]
    held = left[left[:, 1] > 0.0]
    each = held[:, 0] / held[:, 1]
    se = np.sqrt((len(each) - 1) * each.var()) if len(each) else 0.0
    if se <= 0.0:
        return float(max(found, 0.0))
    z = found / se
    return float(found + se * np.exp(-0.5 * z * z - log_ndtr(z)) / np.sqrt(2.0 * np.pi))


def _equations(sums: Sums, kind: int, design: Design) -> tuple[Array, Array]:
    """Normal equations by group of A-B and of A-C."""
    n, p, g = sums.group.shape[0], design.of.shape[0], sums.blur.r.shape[0]
    gram, cross, lock = np.zeros((g, g, p, p)), np.zeros((g, g, p)), Lock()
    laid = _laid(design)

    def work(first: int, last: int) -> None:
        mine = np.zeros((g, g, p, p)), np.zeros((g, g, p))
        _normal(first, last, sums.effect[kind], sums.years, sums.first, sums.group, *laid, *mine)
        with lock:
            gram[:] += mine[0]
            cross[:] += mine[1]

    over_blocks(work, n)
    lower = np.tril(gram)
    return lower + np.swapaxes(np.tril(gram, -1), 2, 3), cross


def _spreads(sums: Sums, kind: int, weight: Array, design: Design, coef: Array, cov: Array) -> tuple[Array, Array, tuple[F32, F32, F32]]:  # fmt: skip
    """Sums for the two variances; fitted effects, their variances and raw effects."""
    n, g = sums.group.shape[0], weight.shape[0]
    pooled, spread, lock = np.zeros((n, 3)), np.zeros((3, g, g)), Lock()
    mean, var, raw = (np.full((n, n, n), np.nan, np.float32) for _ in range(3))
    laid = _laid(design)

    def work(first: int, last: int) -> None:
        mine = np.zeros((n, 3)), np.zeros((3, g, g))
        _residuals(
            first, last, sums.effect[kind], sums.years, sums.first, sums.group, weight, *laid, coef, cov, float(LEAST),
            sums.blur.far[kind], float(2 * sums.blur.window + 1), sums.many, mean, var, raw, *mine,
        )  # fmt: skip
        with lock:
            pooled[:] += mine[0]
            spread[:] += mine[1]

    over_blocks(work, n)
    return pooled, spread, (mean, var, raw)


class State(NamedTuple):
    """Effects on the ties of one state A, ``[B, C]``; NaN: no triad.

    ``raw`` by the triad's own record, ``raw_var``; ``mean`` and ``var`` by what the triad is; ``years``.
    """

    raw: F32
    raw_var: F32
    mean: F32
    var: F32
    years: F32


def one_state(moves: Moves, blur: Blur, blocks: Ints, design: Design, a: int, coef: Sequence[Array], cov: Sequence[Array], scale: Sequence[Array]) -> tuple[State, ...]:  # fmt: skip
    """Effects on the ties of one state of each kind, with coefficients that are known."""
    n, p, many = moves.e.shape[0], coef[0].size, blocks.size - 1
    effect, years = np.zeros((2, n, n, many), np.float32), np.zeros((n, n, many), np.float32)
    sums_of(
        a, moves.e[a].astype(np.float32), moves.seen[a].astype(np.float32), moves, blur, blocks, effect, years
    )  # fmt: skip
    total = np.zeros((n, n), np.float32)
    average = np.zeros((n, n, p), np.float32)
    w, inside = np.zeros((n, n, p)), np.zeros((n, n), np.bool_)
    plain = np.zeros((len(coef), n, n), np.float32)
    laid = _laid(design)
    for block in range(many):
        _terms(a, block, block, block + 1, years, *laid, w, inside)
        y = np.where(inside, years[:, :, block], 0.0).astype(np.float32)
        total += y
        average += y[:, :, None] * w.astype(np.float32)
        plain += np.where(inside, effect[: len(coef), :, :, block], 0.0)
    total = np.where(total >= LEAST, total, np.nan)
    average /= total[:, :, None]
    group, out = moves.group[a], []
    for kind, weights in enumerate(coef):
        noisy = (blur.noise[kind] * scale[kind])[group[:, None], group[None, :]] / total
        var = ((average @ cov[kind]) * average).sum(axis=2)
        of = (plain[kind] / total, noisy, average @ weights, var, total)
        out.append(State(*(np.asarray(x, np.float32) for x in of)))
    return tuple(out)


class Without(NamedTuple):
    """Some states' triads, foretold by a regression that has not seen their ties.

    Attributes
    ----------
    mean, var : ndarray, shape (S, S, S)
        Effect of triads like A, B, C on ``[A, B, C]`` and the variance of its estimation; NaN: no such triad.
    coef : ndarray, shape (P,)
        Of the regression on all other triads.
    triads : int
        Left out.
    """

    mean: Array
    var: Array
    coef: Array
    triads: int


@compiled
def _of_some(a, block, effect, years, group, weight, parts, centred, chosen, gram, cross, average):  # type: ignore[no-untyped-def]  # fmt: skip
    """Normal equations of the triads of one A in which B or C is chosen; terms of those in which both are."""
    n, p = years.shape[0], parts.shape[4]
    w = np.zeros((n, n, p))
    inside = np.zeros((n, n), np.bool_)
    _terms(a, block, block, block + 1, years, parts, centred, w, inside)
    for b in range(n):
        for c in range(n):
            if not inside[b, c] or (chosen[b] < 0 and chosen[c] < 0):
                continue
            v = weight[group[b], group[c]]
            y = years[b, c, block]
            for i in range(p):
                cross[i] += v * w[b, c, i] * effect[b, c, block]
                for j in range(p):
                    gram[i, j] += v * y * w[b, c, i] * w[b, c, j]
                if chosen[b] >= 0 and chosen[c] >= 0:
                    average[chosen[b], chosen[c], i] += y * w[b, c, i]


def without(moves: Moves, blur: Blur, blocks: Ints, design: Design, kind: int, states: Ints, coef: Array, gram: Array, weight: Array, cov: Array, known: int) -> Without:  # fmt: skip
    r"""Foretell the triads among some states by all triads but those that hold one of their ties as A-B or as A-C.

    The normal equations are sums over triads, so that what these add is taken from them:
    :math:`(G - G_S)\, \hat\beta_{-S} = G \hat\beta - g_S`.

    Parameters
    ----------
    moves, blur, blocks, design, kind
        As of the fit.
    states : ndarray of int64, shape (S,)
        Places of the states.
    coef, gram, weight, cov
        Of the fit.
    known : int
        The triads are described by what they were in the first blocks, so many of them.
    """
    n, p, s = moves.e.shape[0], coef.size, states.size
    chosen = np.full(n, -1, np.int64)
    chosen[states] = np.arange(s)
    out, cross, average = np.zeros((p, p)), np.zeros(p), np.zeros((s, s, s, p))
    total, left, laid = np.zeros((s, s, s)), 0, _laid(design)
    for place, a in enumerate(states):
        effect = np.zeros((2, n, n, blocks.size - 1), np.float32)
        years = np.zeros((n, n, blocks.size - 1), np.float32)
        sums_of(
            int(a), moves.e[a].astype(np.float32), moves.seen[a].astype(np.float32), moves, blur, blocks, effect, years
        )  # fmt: skip
        for block in range(blocks.size - 1):
            described = average[place] if block < known else np.zeros((s, s, p))
            _of_some(
                int(a), block, effect[kind], years, moves.group[a], weight, *laid, chosen, out, cross, described
            )  # fmt: skip
        whole = years.sum(axis=2)
        total[place] = years[:, :, :known].sum(axis=2)[np.ix_(states, states)]
        touched = (chosen >= 0)[:, None] | (chosen >= 0)[None, :]
        left += int(((whole >= LEAST) & touched).sum())
    rest = np.linalg.pinv(gram - out, hermitian=True) @ (gram @ coef - cross)
    average /= np.where(total > 0, total, np.nan)[..., None]
    var = np.einsum("abcp,pq,abcq->abc", average, cov, average)
    return Without(average @ rest, var, rest, left)
