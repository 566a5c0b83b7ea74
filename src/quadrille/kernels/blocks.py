"""Run a compiled kernel over blocks of rows on all cores."""

from __future__ import annotations

import os
from collections import deque
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
    left = deque(range(0, rows, size))

    def some() -> None:
        while True:
            try:
                a = left.popleft()
            except IndexError:
                return
            work(a, min(a + size, rows))

    # This thread takes its share: starting another, and handing it a block at a time, takes as long as a small block.
    with ThreadPoolExecutor(cores - 1) as pool:
        others = [pool.submit(some) for _ in range(cores - 1)]
        some()
        for other in others:
            other.result()
