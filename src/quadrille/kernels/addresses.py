"""Calls by address, arrays over other arrays, and pointers: what keeps compiling short.

Numba takes whatever a compiled function calls into that function and optimises all of it again, so
that a tree of calls is compiled once for each of its levels. Three means keep this short, beside
`quadrille.kernels.compiled.inner`:

- a function is called through its address (`address_of`, `call_number`, `call_flag`), which leaves
  it where it is;
- named tuples of arrays are passed as one pointer (`pointer_to`), not as seven numbers an array;
- room for arrays is laid out in an array that is there (`over`): ``np.empty`` is compiled anew for
  every function that calls it, with what frees the memory on each way out.
"""

# Numba's own functions that make code are untyped.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from functools import cache
from typing import Any

from numba import typeof, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)
from numba.np.arrayobj import make_array, populate_array

__all__ = [
    "address_of",
    "call",
    "call_flag",
    "call_number",
    "over",
    "pointer_to",
    "pointer_type",
    "types_of",
]


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
    kernel : Kernel
    *takes : types
        Numba's types of what it will be called with, see `types_of`.
    """
    dispatcher = kernel.made
    dispatcher.compile(takes)
    made = dispatcher.overloads[takes]
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


# ---------------------------------------------------------------- named tuples in memory


class _Pointer(types.Type):
    """Where a named tuple lies; its fields are read from there, and nothing counts references."""

    def __init__(self, to: Any) -> None:
        self.to = to
        super().__init__(name=f"pointer({to})")


@register_model(_Pointer)
class _PointerModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _Pointer) -> None:
        super().__init__(manager, kind, manager[kind.to].get_data_type().as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = _Pointer

    def generic_resolve(self, kind, name):  # type: ignore[no-untyped-def,override]
        return kind.to.types[kind.to.fields.index(name)] if name in kind.to.fields else None


@lower_getattr_generic(_Pointer)
def _read_field(context, builder, kind, value, name):  # type: ignore[no-untyped-def]
    # What takes pointers calls what is heavy by address: widening its own loops costs more to compile
    # than it saves.
    builder.function.attributes.add("optsize")
    i = kind.to.fields.index(name)
    model = context.data_model_manager[kind.to.types[i]]
    where = cgutils.gep_inbounds(builder, value, 0, i)
    got = model.load_from_data_pointer(builder, where)
    return impl_ret_borrowed(context, builder, kind.to.types[i], got)


def pointer_type(to: Any) -> Any:
    """Numba's type of a pointer to a named tuple of this type."""
    return _Pointer(to)


def _pointer_to(typingctx, value):  # type: ignore[no-untyped-def]
    """A pointer to a copy of a named tuple; it holds while the function that asks for it runs.

    Fields are read anew at each use, so that a loop should use local names for them.
    """

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        model = context.data_model_manager[value]
        return cgutils.alloca_once_value(builder, model.as_data(builder, values[0]))

    return _Pointer(value)(value), generate


def _over(typingctx, room, row, *shape):  # type: ignore[no-untyped-def]
    """An array of this shape on top of one row of a matrix.

    The row must be long enough and must outlive the array; nothing checks it.
    """
    kind = types.Array(room.dtype, len(shape), "C")

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        below = make_array(room)(context, builder, values[0])
        width = cgutils.unpack_tuple(builder, below.shape)[1]
        sizes = cgutils.unpack_tuple(builder, values[2])
        step = context.get_constant(types.intp, room.dtype.bitwidth // 8)
        steps = [step]
        for size in sizes[:0:-1]:
            steps.insert(0, builder.mul(steps[0], size))
        made = make_array(kind)(context, builder)
        start = builder.gep(below.data, [builder.mul(values[1], width)])
        populate_array(made, start, sizes, steps, step, None)
        return made._getvalue()

    packed: Any = types.StarArgTuple
    return kind(room, types.intp, packed(shape)), generate


pointer_to: Any = intrinsic(_pointer_to)
over: Any = intrinsic(_over)
