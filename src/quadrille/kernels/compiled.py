"""How kernels are compiled, how one calls another without taking it in, and who is told.

Numba takes whatever a compiled function calls into that function and optimises all of it again, so
that a tree of calls is compiled once for each of its levels. Two means keep this short: what only
compiled code calls has no wrapper for Python (`inner`), and a large function is called through its
address (`address_of`, `call_number`, `call_flag`), which leaves it where it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from numba import njit, typeof, types
from numba.core.event import Event, Listener, install_listener
from numba.extending import intrinsic

__all__ = [
    "address_of",
    "call",
    "call_flag",
    "call_number",
    "compiled",
    "first_time",
    "fused",
    "inner",
    "inner_fused",
    "types_of",
]

_LOG = logging.getLogger("quadrille")
_COMMON: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
_FUSED: dict[str, Any] = {"fastmath": {"contract"}}
# What only compiled code may call; a call from Python would crash.
_INNER: dict[str, Any] = {"no_cpython_wrapper": True}

compiled = njit(**_COMMON)
fused = njit(**_COMMON, **_FUSED)
inner = njit(**_COMMON, **_INNER)
inner_fused = njit(**_COMMON, **_FUSED, **_INNER)


def types_of(*values: Any) -> tuple[Any, ...]:
    """Numba's types of values."""
    kind: Any = typeof
    return tuple(kind(value) for value in values)


@cache
def address_of(kernel: Any, *takes: Any) -> int:
    """Address of a kernel, compiled or taken from the cache for arguments of these types.

    Looking an address up takes a millisecond, so that it is kept.

    Parameters
    ----------
    kernel : compiled function
    *takes : types
        Numba's types of what it will be called with, see `types_of`.
    """
    kernel.compile(takes)
    made = kernel.overloads[takes]
    return int(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))


def _call(returns: types.Type) -> Any:
    """A function ``(address, *arguments)`` that calls a kernel that returns this type.

    The arguments must have the very types the address was asked for; nothing can check it.
    """

    def call(typingctx, address, arguments):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
            takes = list(signature.args[1])
            given = [builder.extract_value(values[1], i) for i in range(len(takes))]
            kind = context.call_conv.get_function_type(returns, takes)
            where = builder.inttoptr(values[0], kind.as_pointer())
            status, value = context.call_conv.call_function(builder, where, returns, takes, given)
            with builder.if_then(status.is_error, likely=False):
                context.call_conv.return_status_propagate(builder, status)
            return value

        packed: Any = types.StarArgTuple
        return returns(types.intp, packed(arguments)), generate

    return call


def _nothing(typingctx, address, *arguments):  # type: ignore[no-untyped-def]
    """Call the kernel at an address, which returns nothing; see `_call`."""
    return _call(types.none)(typingctx, address, arguments)


def _number(typingctx, address, *arguments):  # type: ignore[no-untyped-def]
    """Call the kernel at an address, which returns a float; see `_call`."""
    return _call(types.float64)(typingctx, address, arguments)


def _flag(typingctx, address, *arguments):  # type: ignore[no-untyped-def]
    """Call the kernel at an address, which returns a truth value; see `_call`."""
    return _call(types.boolean)(typingctx, address, arguments)


call: Any = intrinsic(_nothing)
call_number: Any = intrinsic(_number)
call_flag: Any = intrinsic(_flag)


class _Announcer(Listener):
    """Logs one line when something begins to be compiled."""

    def __init__(self, what: str, seconds: int) -> None:
        self._line = (
            f"compiling {what} for the first time on this machine, about {seconds} s; "
            "later runs start at once"
        )
        self._said = False

    def on_start(self, event: Event) -> None:
        if not self._said:
            self._said = True
            _LOG.info(self._line)

    def on_end(self, event: Event) -> None:
        pass


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
    with install_listener("numba:compile", _Announcer(what, seconds)):
        yield
