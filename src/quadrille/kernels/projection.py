r"""Responses to a move, one regression a horizon; and what follows a set of moments.

Local projections (Jordà 2005): :math:`y_{t+h} = \alpha_h + \beta_h m_t + \gamma_h^\top z_t + u_{t+h}`.
With lags of everything among z, one more than the dynamics need, the scores are not correlated over
time and heteroskedasticity-robust errors are right at every horizon (Montiel Olea & Plagborg-Møller
2021); without them Newey & West (1987).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from quadrille.kernels.arrays import Array

__all__ = ["Projection", "RateRatio", "after_moves", "local_projection", "rate_ratio"]

Flags: TypeAlias = NDArray[np.bool_]
Covariance: TypeAlias = Literal["robust", "newey-west"]
_SPARE = 8


class Projection(NamedTuple):
    """By horizon 0 … H: response, its standard error, 90% interval, rows used; NaN if too few."""

    response: Array
    se: Array
    lo90: Array
    hi90: Array
    n: NDArray[np.int64]


def _meat(scores: Array, lag: int) -> Array:
    """Long-run covariance of the scores with Bartlett weights; ``lag`` 0 is White's."""
    total = scores.T @ scores
    for k in range(1, lag + 1):
        cross = scores[k:].T @ scores[:-k]
        total += (1.0 - k / (lag + 1.0)) * (cross + cross.T)
    return np.asarray(total, dtype=float)


def _ols(x: Array, y: Array, lag: int) -> tuple[float, float]:
    """Coefficient of the second column and its robust standard error with n/(n − k)."""
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    scores = x * (y - x @ beta)[:, None]
    n, k = x.shape
    cov = inverse @ _meat(scores, lag) @ inverse * n / (n - k)
    return float(beta[1]), float(np.sqrt(cov[1, 1]))


def local_projection(
    outcome: Array,
    move: Array,
    controls: Array,
    horizon: int,
    covariance: Covariance = "robust",
) -> Projection:
    """Response of the outcome, 0 to ``horizon`` periods after a unit move.

    Parameters
    ----------
    outcome, move : ndarray, shape (time,)
        NaN where not known; such rows are left out.
    controls : ndarray, shape (time, k)
        Known before the move; lags of outcome and move for the robust errors to hold.
    horizon : int
    covariance : {"robust", "newey-west"}
        Heteroskedasticity-robust, or Newey-West with ``h`` lags at horizon h. Rows left out are
        closed up.

    Returns
    -------
    Projection
        A horizon with fewer than 8 rows more than coefficients, or in which nothing moves, is NaN.
    """
    rows = []
    for h in range(horizon + 1):
        y = outcome[h:]
        x = np.column_stack([np.ones(y.size), move[: y.size], controls[: y.size]])
        keep = ~np.isnan(y) & ~np.isnan(x).any(axis=1)
        y, x = y[keep], x[keep]
        spare = y.size - x.shape[1]
        if spare < _SPARE or np.ptp(x[:, 1]) == 0.0:
            rows.append((np.nan, np.nan, np.nan, np.nan, y.size))
            continue
        beta, se = _ols(x, y, h if covariance == "newey-west" else 0)
        half = float(stdtrit(spare, 0.95)) * se
        rows.append((beta, se, beta - half, beta + half, y.size))
    table = np.array(rows, dtype=float).T
    return Projection(table[0], table[1], table[2], table[3], table[4].astype(np.int64))


def after_moves(moves: Flags, within: int) -> Flags:
    """Periods that come 1 to ``within`` periods after a move."""
    flags = np.zeros(moves.size, dtype=np.bool_)
    for k in range(1, within + 1):
        flags[k:] |= moves[:-k]
    return flags


class RateRatio(NamedTuple):
    """Rate after moves over the rate elsewhere, the two rates, and how it would be by chance.

    ``lo90, hi90``: block bootstrap; ``null_lo, null_hi``: 5% and 95% points under circular shifts;
    ``p``: share of shifts with a ratio at least as large, the series as it is among them.
    """

    ratio: float
    after: float
    elsewhere: float
    lo90: float
    hi90: float
    null_lo: float
    null_hi: float
    p: float
    moves: int
    periods: int


def _ratios(flags: Flags, counts: Array) -> tuple[Array, Array, Array]:
    """Ratio and its parts over the last axis; half an event is added to each side."""
    inside = flags.sum(axis=-1)
    outside = flags.shape[-1] - inside
    hit = np.where(flags, counts, 0.0).sum(axis=-1)
    other = counts.sum(axis=-1) - hit
    after = (hit + 0.5) / np.maximum(inside, 1)
    elsewhere = (other + 0.5) / np.maximum(outside, 1)
    known = (inside > 0) & (outside > 0)
    return np.where(known, after / elsewhere, np.nan), after, elsewhere


def rate_ratio(
    moves: Flags, counts: Array, within: int, draws: int, rng: np.random.Generator
) -> RateRatio:
    """Whether counts are more frequent in the periods after moves than in the others.

    Parameters
    ----------
    moves : ndarray of bool, shape (time,)
    counts : ndarray, shape (time,)
    within : int
        Length of the window after a move, at least 1; the period of the move itself is not in it,
        since what came first within a period is not known.
    draws : int
        Bootstrap samples, in blocks of max(within, T^(1/3)) periods.
    rng : numpy.random.Generator

    Returns
    -------
    RateRatio
        All NaN where every period, or none, follows a move.
    """
    flags = after_moves(moves, within)
    n = moves.size
    ratio, after, elsewhere = (float(v) for v in _ratios(flags, counts))
    if np.isnan(ratio):
        nan = float("nan")
        return RateRatio(nan, nan, nan, nan, nan, nan, nan, nan, int(moves.sum()), n)
    # The record closed to a ring: every shift keeps as many periods after moves.
    ring = after_moves(np.concatenate([moves, moves]), within)[n:]
    turned = ring[(np.arange(n)[None] - np.arange(1, n)[:, None]) % n]
    null = np.append(_ratios(turned, np.broadcast_to(counts, turned.shape))[0], ratio)
    block = max(within, round(n ** (1 / 3)))
    starts = rng.integers(0, n, (draws, -(-n // block)))
    at = ((starts[:, :, None] + np.arange(block)) % n).reshape(draws, -1)[:, :n]
    boot = _ratios(flags[at], counts[at])[0]
    lo, hi = np.nanquantile(boot, (0.05, 0.95))
    null_lo, null_hi = np.nanquantile(null, (0.05, 0.95))
    p = float((null >= ratio - 1e-12).mean())
    return RateRatio(
        ratio, after, elsewhere, float(lo), float(hi), float(null_lo), float(null_hi), p,
        int(moves.sum()), n,
    )  # fmt: skip
