r"""Turning points of a path: the dating of rises and falls with a least length and a least size.

Bry & Boschan (1971) date a cycle by candidate extremes that are then censored in turn: peaks and
troughs must alternate, a phase must last, a cycle must last longer. What such a chain of rules
keeps depends on the order in which it is applied. Here the same restrictions (alternation, least
phase, least amplitude) define one optimum: of all chains of alternating phases
:math:`\tau_0 < \tau_1 < \dots < \tau_k` with :math:`\tau_{i+1} - \tau_i \ge p`, the one with the
largest

.. math:: \sum_i \left( |x_{\tau_{i+1}} - x_{\tau_i}| - a \right).

Every phase of the optimum has amplitude of at least :math:`a`: leaving out a smaller one, together
with a neighbour that it interrupts, would raise the sum. Dynamic programming finds it in one pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner, little

__all__ = ["coincidences", "date_phases", "list_phases", "phase_modes", "same_phase"]


@inner
def _date_one(x, least_length, least_size, best, come, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with +1, -1, 0 for each step; ``best (2, time)`` ends a fall [0], a rise [1]."""
    n_time = x.shape[0]
    top, top_kind, top_at = 0.0, -1, -1
    start_value = np.full(2, -np.inf)
    start_at = np.full(2, -1)
    best[:] = -np.inf
    for t in range(least_length, n_time):
        s = t - least_length
        for kind in range(2):
            sign = 1.0 if kind == 1 else -1.0
            value = max(0.0, best[1 - kind, s]) - sign * x[s]
            if value > start_value[kind]:
                start_value[kind] = value
                start_at[kind] = s
            best[kind, t] = sign * x[t] - least_size + start_value[kind]
            come[kind, t] = start_at[kind]
            if best[kind, t] > top:
                top, top_kind, top_at = best[kind, t], kind, t
    out[:] = 0
    kind, t = top_kind, top_at
    while t > 0 and best[kind, t] > 0.0:
        s = come[kind, t]
        out[s + 1 : t + 1] = 1 if kind == 1 else -1
        t = s
        kind = 1 - kind


@compiled
def _date_block(a, b, x, least_length, least_size, out):  # type: ignore[no-untyped-def]
    best = np.empty((2, x.shape[1]))
    come = np.empty((2, x.shape[1]), np.int64)
    for d in range(a, b):
        _date_one(x[d], least_length, least_size, best, come, out[d])


def date_phases(x: Array, least_length: int, least_size: float) -> NDArray[np.int8]:
    """Date rises and falls of every path.

    Parameters
    ----------
    x : ndarray, shape (draw, time)
        Paths without gaps.
    least_length : int
        Steps that a phase must last, at least 1.
    least_size : float
        Amplitude that a phase must have, above 0, in the unit of ``x``.

    Returns
    -------
    ndarray of int8, shape (draw, time)
        For the step into each period: 1 while rising, -1 while falling, 0 before the first and
        after the last dated phase. The first column is 0. A phase that fills steps s+1 to t runs
        from the turning point s to the turning point t.
    """
    x = np.ascontiguousarray(x)
    out = np.zeros(x.shape, np.int8)
    if len(x) == 1 and little(x):
        best, come = np.empty((2, x.size)), np.empty((2, x.size), np.int64)
        _date_one.plain(x[0], least_length, least_size, best, come, out[0])
        return out
    over_blocks(lambda a, b: _date_block(a, b, x, least_length, least_size, out), x.shape[0])
    return out


def list_phases(labels: NDArray[np.int8]) -> NDArray[np.int64]:
    """List the phases of every path.

    Parameters
    ----------
    labels : ndarray of int8, shape (draw, time)
        From `date_phases`.

    Returns
    -------
    ndarray of int, shape (phase, 4)
        Draw, kind (1 or -1), turning point at the start, turning point at the end.
    """
    draw, last = np.nonzero(labels[:, :-1] != labels[:, 1:])
    ends = np.concatenate([last, np.full(labels.shape[0], labels.shape[1] - 1)])
    of = np.concatenate([draw, np.arange(labels.shape[0])])
    order = np.lexsort((ends, of))
    of, ends = of[order], ends[order]
    starts = np.where(np.r_[True, of[1:] != of[:-1]], 0, np.r_[0, ends[:-1]])
    kind = labels[of, ends].astype(np.int64)
    listed: NDArray[np.int64] = np.column_stack([of, kind, starts, ends])[kind != 0]
    return listed


def same_phase(phases: NDArray[np.int64], kind: int, start: int, end: int) -> NDArray[np.bool_]:
    """Which phases are that one: of its kind, and sharing more than half of the steps of either.

    Shared steps over all steps of the two (Jaccard 1912) above one half: no draw can hold two
    phases that both match, and no phase can match two that do not overlap.
    """
    shared = np.minimum(phases[:, 3], end) - np.maximum(phases[:, 2], start)
    joined = np.maximum(phases[:, 3], end) - np.minimum(phases[:, 2], start)
    return np.asarray((phases[:, 1] == kind) & (2 * shared > joined))


@compiled
def _agreement(first, last, candidates, phases, counts, out):  # type: ignore[no-untyped-def]
    for i in range(first, last):
        for j in range(phases.shape[0]):
            if phases[j, 0] == candidates[i, 0]:
                shared = min(phases[j, 2], candidates[i, 2]) - max(phases[j, 1], candidates[i, 1])
                joined = max(phases[j, 2], candidates[i, 2]) - min(phases[j, 1], candidates[i, 1])
                if 2 * shared > joined:
                    out[i, 0] += counts[j]
                    out[i, 1] += counts[j] * shared / joined


def phase_modes(
    phases: NDArray[np.int64], draws: int, least: float
) -> tuple[NDArray[np.int64], Array]:
    """Modes of the posterior of phases: those that most draws hold, none overlapping another.

    Each phase that any draw holds is a candidate, scored by the mean over draws of its agreement
    with the draw's matching phase (`same_phase`; no match counts 0). The best is kept, candidates
    that share a step with it are dropped, and so on.

    Parameters
    ----------
    phases : ndarray of int, shape (phase, 4)
        From `list_phases`.
    draws : int
    least : float
        A mode is kept if at least this share of the draws hold a match.

    Returns
    -------
    modes : ndarray of int, shape (mode, 3)
        Kind, start, end, by start.
    share : ndarray, shape (mode,)
        Share of draws that hold a match.
    """
    if phases.shape[0] == 0:
        return np.empty((0, 3), np.int64), np.empty(0)
    found, counts = np.unique(phases[:, 1:], axis=0, return_counts=True)
    score = np.zeros((found.shape[0], 2))
    over_blocks(lambda a, b: _agreement(a, b, found, found, counts, score), found.shape[0])
    score /= draws
    kept: list[int] = []
    for i in np.argsort(-score[:, 1], kind="stable"):
        start, end = found[i, 1:]
        clear = all(min(end, found[k, 2]) <= max(start, found[k, 1]) for k in kept)
        if score[i, 0] >= least and clear:
            kept.append(int(i))
    chosen = sorted(kept, key=lambda k: int(found[k, 1]))
    return found[chosen], score[chosen, 0]


def _any_within(events: NDArray[np.bool_], window: int, ahead: bool) -> NDArray[np.bool_]:
    """Whether an event falls in the closed window of periods behind (or ahead of) each period."""
    out = events.copy()
    for k in range(1, window + 1):
        if ahead:
            out[:, :-k] |= events[:, k:]
        else:
            out[:, k:] |= events[:, :-k]
    return out


def coincidences(
    late: NDArray[np.bool_], early: NDArray[np.bool_], window: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count coincidences of two event series for every circular shift of the earlier one.

    Parameters
    ----------
    late, early : ndarray of bool, shape (draw, time)
        Events, and the events that would come at most ``window`` periods before them (in the same
        period at the latest).
    window : int
        Periods, at least 0 and below the length of the series.

    Returns
    -------
    precursor, trigger : ndarray of int, shape (shift, draw)
        For ``early`` moved by 0, 1, ..., time - 1 periods round the circle: late events with an
        early one in the window before them, and early events with a late one in the window after
        them (Donges et al. 2016). Windows do not reach round the end of the series.
    """
    n_time = late.shape[1]
    before, after = _any_within(early, window, False), _any_within(late, window, True)
    precursor = np.empty((n_time, late.shape[0]), np.int64)
    trigger = np.empty_like(precursor)
    for shift in range(n_time):
        precursor[shift] = np.sum(late & np.roll(before, shift, axis=1), axis=1)
        trigger[shift] = np.sum(after & np.roll(early, shift, axis=1), axis=1)
    return precursor, trigger
