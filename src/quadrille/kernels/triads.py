"""Types of every triad of a world, counted over draws packed into bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = ["count_types", "pack_draws"]

Bits = NDArray[np.uint64]
_WORD = 64


def pack_draws(warm: NDArray[np.bool_]) -> Bits:
    """Pack booleans over draws into words of 64 bits.

    Parameters
    ----------
    warm : ndarray of bool, shape (dyad, draw, time)

    Returns
    -------
    ndarray of uint64, shape (dyad, time, word)
        Unused bits of the last word are 0.
    """
    dyads, draws, n_time = warm.shape
    words = -(-draws // _WORD)
    full = np.zeros((dyads, n_time, words * _WORD), np.uint8)
    full[:, :, :draws] = warm.transpose(0, 2, 1)
    return np.packbits(full, axis=2, bitorder="little").view(np.uint64)


@inner
def _ones(x):  # type: ignore[no-untyped-def]
    """Number of set bits (Hacker's Delight, 5-1)."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    low = np.uint64(0x3333333333333333)
    x = (x & low) + ((x >> np.uint64(2)) & low)
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _count_block(first, last, bits, rows, draws, out):  # type: ignore[no-untyped-def]
    n_time, words = bits.shape[1], bits.shape[2]
    for k in range(first, last):
        if rows[k, 0] < 0 or rows[k, 1] < 0 or rows[k, 2] < 0:
            continue
        for t in range(n_time):
            some, three, two_a, two_b, two_c = 0, 0, 0, 0, 0
            for word in range(words):
                ab = bits[rows[k, 0], t, word]
                ac = bits[rows[k, 1], t, word]
                bc = bits[rows[k, 2], t, word]
                some += _ones(ab | ac | bc)
                three += _ones(ab & ac & bc)
                two_a += _ones(ab & ac & ~bc)
                two_b += _ones(ab & bc & ~ac)
                two_c += _ones(ac & bc & ~ab)
            two = two_a + two_b + two_c
            out[k, t, 0] = draws - some
            out[k, t, 1] = some - two - three
            out[k, t, 2] = two_a
            out[k, t, 3] = two_b
            out[k, t, 4] = two_c
            out[k, t, 5] = three


def count_types(bits: Bits, rows: NDArray[np.int64], draws: int) -> NDArray[np.int16]:
    """Count, over draws, what each triad is in each period.

    Parameters
    ----------
    bits : ndarray of uint64, shape (dyad, time, word)
        From `pack_draws`: which ties are warm in which draw.
    rows : ndarray of int, shape (triad, 3)
        Row of the ties a-b, a-c and b-c in ``bits``; -1 where a tie is not known.
    draws : int
        At most 32,767.

    Returns
    -------
    ndarray of int16, shape (triad, time, 6)
        Draws with no warm tie, with one, with two and pivot a, b or c, with three; -1 in all six
        where a tie is not known. Known rows sum to ``draws``.
    """
    out = np.full((rows.shape[0], bits.shape[1], 6), -1, np.int16)
    over_blocks(lambda a, b: _count_block(a, b, bits, rows, draws, out), rows.shape[0])
    return out
