"""How kernels are compiled, when, and who is told.

Importing Numba takes longer than answering about one tie, so that a kernel is a function that is compiled
when it is first called, and that can run as it is (`Kernel.plain`) where there is little to do (`little`).
How one kernel calls another without taking it in: `quadrille.kernels.addresses`.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial, update_wrapper
from threading import RLock
from typing import Any

from quadrille.kernels.arrays import Array

__all__ = [
    "Kernel",
    "compiled",
    "compiled_sums",
    "first_time",
    "fused",
    "inner",
    "inner_fused",
    "inner_sums",
    "little",
]

_LOG = logging.getLogger("quadrille")
_COMMON: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
_FUSED: dict[str, Any] = {"fastmath": {"contract"}}
# Sums taken in whatever order is fastest on the machine, for kernels that add up many numbers: rounding differs.
_SUMS: dict[str, Any] = {"fastmath": {"contract", "reassoc", "nsz"}}
# What only compiled code may call; a call from Python would crash.
_INNER: dict[str, Any] = {"no_cpython_wrapper": True}
# Below so many numbers a kernel takes milliseconds as it is, and Numba a second to be loaded.
_LITTLE = 600
_MAKING = RLock()


class Kernel:
    """A function that Numba compiles when it is first called, from Python or from another kernel.

    Parameters
    ----------
    plain : callable
        The function as it is written; it may call no other kernel.
    options : mapping
        Of ``numba.njit``.
    """

    def __init__(self, plain: Callable[..., Any], options: Mapping[str, Any]) -> None:
        self.plain = plain
        self._options = options
        self._made: Any = None
        update_wrapper(self, plain)

    @property
    def made(self) -> Any:
        """What Numba makes of it."""
        if self._made is None:
            from numba import njit

            with _MAKING:
                self._made = self._made or njit(**self._options)(self.plain)
        return self._made

    def __call__(self, *args: Any) -> Any:
        """Run it compiled."""
        return self.made(*args)

    @property
    def _numba_type_(self) -> Any:
        """How Numba sees it where another kernel names it."""
        return self.made._numba_type_


def _kernel(options: Mapping[str, Any]) -> Callable[[Callable[..., Any]], Kernel]:
    return partial(Kernel, options=options)


compiled = _kernel(_COMMON)
compiled_sums = _kernel(_COMMON | _SUMS)
fused = _kernel(_COMMON | _FUSED)
inner = _kernel(_COMMON | _INNER)
inner_fused = _kernel(_COMMON | _FUSED | _INNER)
inner_sums = _kernel(_COMMON | _SUMS | _INNER)


def little(x: Array) -> bool:
    """Whether paths are so few and short that a kernel had better run as it is than be loaded."""
    return x.size <= _LITTLE


@cache
def _announcer(what: str, seconds: int) -> Any:
    """What logs one line, once in a process, when something begins to be compiled; Numba is loaded late."""
    from numba.core.event import Event, Listener

    class Announcer(Listener):
        said = False

        def on_start(self, event: Event) -> None:
            if not self.said:
                self.said = True
                _LOG.info(
                    "compiling %s for the first time on this machine, about %d s; later runs start at once",
                    what, seconds,
                )  # fmt: skip

        def on_end(self, event: Event) -> None:
            pass

    return Announcer()


@contextmanager
def first_time(what: str, seconds: int) -> Iterator[None]:
    """Log one line, before the compiling begins, if anything has to be compiled inside.

    Parameters
    ----------
    what : str
        What is compiled, as in "the coupled sampler".
    seconds : int
        About how long it takes.
    """
    from numba.core.event import install_listener

    looks = gc.isenabled()
    gc.disable()  # compiling makes much that is kept: there is little garbage to look for
    try:
        with install_listener("numba:compile", _announcer(what, seconds)):
            yield
    finally:
        if looks:
            gc.enable()
