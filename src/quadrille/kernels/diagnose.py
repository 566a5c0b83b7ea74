"""Convergence of many sampled quantities at once: rank-normalised R-hat and effective sizes.

The definitions are those of Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), as ArviZ
computes them; a tie-by-tie model has thousands of quantities, so they are taken together here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks

__all__ = ["Convergence", "convergence"]

_BATCH = 256


class Convergence(NamedTuple):
    """Each of shape ``(quantity,)``; NaN for a quantity that never changes."""

    rhat: Array
    ess_bulk: Array
    ess_tail: Array


def _geyer(acov: Array, mean_var: Array, var_plus: Array) -> Array:
    """Integrated autocorrelation time of each row by Geyer's (1992) initial monotone sequence."""
    n = acov.shape[1]
    rho = 1.0 - (mean_var[:, None] - acov) / var_plus[:, None]
    rho[:, 0] = 1.0
    count = max((n - 3) // 2, 0) + 1
    pair = rho[:, 0 : 2 * count : 2] + rho[:, 1 : 2 * count : 2]
    ends = pair <= 0.0
    last = np.where(ends.any(axis=1), ends.argmax(axis=1), count - 1)
    row = np.arange(len(rho))
    total = np.where(np.arange(count) < last[:, None], np.minimum.accumulate(pair, axis=1), 0.0)
    even = rho[row, 2 * last]
    over = np.where(pair[row, last] >= 0.0, even, np.maximum(even, 0.0))
    return np.asarray(-1.0 + 2.0 * total.sum(axis=1) + over)


def _effective(split: Array) -> Array:
    """Effective size of ``split (quantity, chain, draw)``."""
    n_chain, n = split.shape[1:]
    size = next_fast_len(2 * n)
    centre = split.mean(axis=2)
    spectrum = rfft(split - centre[:, :, None], size, axis=2)
    acov = irfft(np.abs(spectrum) ** 2, size, axis=2)[:, :, :n].mean(axis=1) / n
    mean_var = acov[:, 0] * n / (n - 1)
    var_plus = acov[:, 0] + (centre.var(axis=1, ddof=1) if n_chain > 1 else 0.0)
    total = n_chain * n
    out, moves = np.full(split.shape[0], np.nan), var_plus > 0
    tau = _geyer(acov[moves], mean_var[moves], var_plus[moves])
    out[moves] = total / np.maximum(tau, 1.0 / np.log10(total))
    return out


def _rhat(split: Array) -> Array:
    n = split.shape[2]
    within = split.var(axis=2, ddof=1).mean(axis=1)
    between = split.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(between / within + (n - 1) / n))


def _ranks(rows: Array) -> Array:
    """Ranks within each row from 1; equal values share their mean rank."""
    order = np.argsort(rows, axis=1, kind="stable")
    ordered = np.take_along_axis(rows, order, axis=1)
    new = np.ones(rows.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.cumsum(new.ravel()) - 1  # a row's first value always begins a group
    place = np.tile(np.arange(1.0, rows.shape[1] + 1), rows.shape[0])
    mean = np.bincount(group, place) / np.bincount(group)
    out = np.empty(rows.shape)
    np.put_along_axis(out, order, mean[group].reshape(rows.shape), axis=1)
    out[np.isnan(rows).any(axis=1)] = np.nan
    return out


def _normal_scores(split: Array) -> Array:
    flat = split.reshape(split.shape[0], -1)
    rank = _ranks(flat)
    return np.asarray(ndtri((rank - 0.375) / (flat.shape[1] + 0.25)).reshape(split.shape))


def _batch(draws: Array) -> Convergence:
    half = draws.shape[2] // 2
    split = np.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)
    scores = _normal_scores(split)
    middle = np.median(split, axis=(1, 2), keepdims=True)
    folded = _normal_scores(np.abs(split - middle))
    low, high = np.quantile(draws, (0.05, 0.95), axis=(1, 2), keepdims=True)
    tails = [_effective((split <= q).astype(float)) for q in (low, high)]
    return Convergence(np.fmax(_rhat(scores), _rhat(folded)), _effective(scores), np.fmin(*tails))


def convergence(draws: Array) -> Convergence:
    """Rank-normalised split R-hat, and effective size in bulk and in the 5% tails.

    Parameters
    ----------
    draws : ndarray, shape (quantity, chain, draw)
        At least eight draws a chain.

    Returns
    -------
    Convergence
    """
    out = Convergence(*np.empty((3, len(draws))))

    def some(first: int, last: int) -> None:
        for i in range(first, last, _BATCH):
            rows = slice(i, min(i + _BATCH, last))
            for whole, part in zip(out, _batch(draws[rows]), strict=True):
                whole[rows] = part

    over_blocks(some, len(draws))  # sorting and transforming let go of the interpreter's lock
    return out
