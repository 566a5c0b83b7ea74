"""Run a compiled kernel over blocks of rows on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["over_blocks"]

_SMALLEST = 64


def over_blocks(work: Callable[[int, int], object], rows: int) -> None:
    """Call ``work(first, last)`` for consecutive blocks that cover ``range(rows)``.

    The kernel must release the GIL and write only to its own rows, so that the outcome is the
    same for any number of threads.

    Parameters
    ----------
    work : callable
        Takes the first row of the block and one past its last.
    rows : int
        How many rows there are in all.
    """
    cores = os.cpu_count() or 1
    if cores == 1 or rows <= _SMALLEST:
        work(0, rows)
        return
    size = max(_SMALLEST, -(-rows // (cores * 8)))
    starts = range(0, rows, size)
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(work, a, min(a + size, rows)) for a in starts]:
            done.result()
