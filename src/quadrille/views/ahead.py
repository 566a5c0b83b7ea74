"""What draws figures, started before it is asked: it takes a second, on a core of its own, while the answer is worked out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from subprocess import PIPE, Popen
from threading import Timer
from typing import Any

from quadrille.views import vega
from quadrille.views.vega import Draw

__all__ = ["drawing_soon"]

_AFTER = 0.8  # seconds: what is refused at once is not kept waiting


class _Drawer:
    """The process that draws, ended with what it was begun for."""

    def __init__(self) -> None:
        self._begun: Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the process."""
        # -P: what lies beside the file is not imported in place of the library's.
        self._begun = Popen([sys.executable, "-P", vega.__file__], stdin=PIPE, stdout=PIPE)

    def end(self) -> None:
        """Ask no more."""
        if self._begun is not None:
            self._begun.kill()
            self._begun.communicate()

    def __call__(self, specs: Iterable[dict[str, Any]], suffix: str) -> Iterator[bytes]:
        """Each figure drawn; while the process draws one, the next are made ready. What was not begun is not waited for."""
        if self._begun is None or not (self._begun.stdin and self._begun.stdout):
            yield from vega.drawn(specs, suffix)
            return
        pipes = self._begun.stdin, self._begun.stdout
        with ThreadPoolExecutor(1) as pool:
            asked = [pool.submit(vega.ask, *pipes, spec, suffix) for spec in specs]
            yield from (each.result() for each in asked)


@contextmanager
def drawing_soon(wanted: bool) -> Iterator[Draw]:
    """What draws figures: a process of its own, begun soon if figures are wanted and what is within has not ended."""
    drawer = _Drawer()
    soon = Timer(_AFTER, drawer.begin)
    if wanted:
        soon.start()
    try:
        yield drawer
    finally:
        soon.cancel()
        if wanted:
            soon.join()
        drawer.end()
