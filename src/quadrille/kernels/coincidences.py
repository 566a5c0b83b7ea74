"""Where one tie of a state rises while another falls: bits of periods, and a loop over all pairs of ties."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.compiled import compiled

__all__ = ["Coincidences", "coincidences"]

Index = NDArray[np.int64]
_ONE, _NONE = np.uint64(1), np.uint64(0)
_WORD = 64


class Coincidences(NamedTuple):
    """The state, the partner with which its tie rises, the one with which it falls, and the period; each ``(case,)``."""

    state: Index
    rises: Index
    falls: Index
    period: Index


def _words(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Flags ``(tie, time)`` as bits, 64 to a word, the first lowest."""
    packed = np.packbits(flags, axis=1, bitorder="little")
    whole = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
    return np.ascontiguousarray(whole).view("<u8").astype(np.uint64, copy=False)


def _one_later(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    later = np.zeros_like(flags)
    later[:, 1:] = flags[:, :-1]
    return later


@compiled
def _search(place, rise, fall, rose, fell, out):  # type: ignore[no-untyped-def]
    """Fill the columns of ``out (4, most)`` and return how many cases there are; those beyond are only counted."""
    n, words, made = place.shape[0], rise.shape[1], 0
    for a in range(n):
        for b in range(n):
            i = place[a, b]
            if i < 0:
                continue
            for c in range(n):
                k = place[a, c]
                if k < 0:
                    continue
                for w in range(words):
                    new = rise[i, w] & fall[k, w] & ~(rose[i, w] & fell[k, w])
                    t = _WORD * w
                    while new != _NONE:
                        if new & _ONE:
                            if made < out.shape[1]:
                                out[0, made], out[1, made] = a, b
                                out[2, made], out[3, made] = c, t
                            made += 1
                        new >>= _ONE
                        t += 1
    return made


def coincidences(
    place: Index, rise: NDArray[np.bool_], fall: NDArray[np.bool_], start: NDArray[np.bool_]
) -> Coincidences:
    """Every period in which a tie of a state rises while another falls, and not both did in the period before.

    Parameters
    ----------
    place : ndarray of int, shape (state, state)
        Row of each pair's tie; -1 where there is none.
    rise, fall : ndarray of bool, shape (tie, time)
    start : ndarray of bool, shape (tie, time)
        Of the falls those that may begin a case.

    Returns
    -------
    Coincidences
        By state, then partners, then period.
    """
    rose, fell = (_words(_one_later(flags)) for flags in (rise, fall))
    bits = _words(rise), _words(fall & start), rose, fell
    at = np.ascontiguousarray(place, dtype=np.int64)
    out = np.empty((4, int(_search(at, *bits, np.empty((4, 0), np.int64)))), np.int64)
    _search(at, *bits, out)
    return Coincidences(*out)
