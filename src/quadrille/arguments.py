"""Arguments of public functions: checked against their annotations, so that a wrong one is one clear line.

An annotation may be ``Annotated[int, Range(1), "What it is."]``: the range is checked too, and the words are what help
and docstring say of the argument. What several functions take is described once, in a type of its own.
"""

from __future__ import annotations

import inspect
import os
import re
import textwrap
import types
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, wraps
from numbers import Integral, Real
from pathlib import Path
from typing import (
    Any,
    Literal,
    NamedTuple,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from quadrille.errors import OptionError

__all__ = [
    "Progress", "Range", "at_least", "check_path", "check_place", "checked", "described", "expanded", "one_of", "question",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")
Progress: TypeAlias = Callable[[int, int], None]  # of steps done and steps in all
_LARGEST = 2**31 - 1
_SECTION = re.compile(r"\n\n(\w+)\n-{3,}\n")
_SHARED = "\n    As in `quadrille.open`."
_RAISES = "UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError"


class Range(NamedTuple):
    """Smallest and largest value of a number, as a part of its annotation."""

    low: int
    high: int = _LARGEST


def at_least(name: str, value: int | None, low: int, high: int = _LARGEST) -> None:
    """Refuse a number outside its range; None passes.

    Raises
    ------
    OptionError
    """
    if value is not None and not low <= value <= high:
        upper = "" if high == _LARGEST and value < low else f" and at most {high:,}"
        raise OptionError(f"{name} is {value}; it must be at least {low:,}{upper}")


def one_of(name: str, value: str | None, allowed: Sequence[str]) -> None:
    """Refuse a word that is none of those allowed; None passes.

    Raises
    ------
    OptionError
    """
    if value is not None and value not in allowed:
        raise OptionError(f"unknown {name} {value!r}; use one of {', '.join(allowed)}")


def check_path(name: str, place: object) -> None:
    """Refuse what can be the name of no file.

    Raises
    ------
    OptionError
    """
    if not isinstance(place, str | os.PathLike) or "\0" in os.fspath(place):
        raise OptionError(f"{name} is {place!r:.60}; expected the name of a file")


def check_place(place: str | os.PathLike[str], suffixes: Sequence[str] = ()) -> None:
    """Refuse a file name that cannot be written, before the work and not after it.

    Raises
    ------
    OptionError
    """
    check_path("path", place)
    path = os.fspath(place)
    folder, (_, suffix) = os.path.dirname(path) or ".", os.path.splitext(path)
    why = (
        "it is a folder" if os.path.isdir(path)
        else "no such folder" if not os.path.isdir(folder)
        else "permission denied" if not os.access(folder, os.W_OK | os.X_OK)
        else ""
    )  # fmt: skip
    if why:
        raise OptionError(f"{path}: cannot write there ({why}); choose another place")
    if suffixes and suffix.lower() not in suffixes:
        raise OptionError(f"{path}: expected a name that ends in {' or '.join(suffixes)}")


@cache
def expanded(function: Callable[..., Any], extras: bool = False) -> dict[str, Any]:
    """Annotations of a function by argument, keywords of a ``**where: Unpack[TypedDict]`` among them."""
    bare = inspect.unwrap(function)
    # What a function gives need not be imported to ask it.
    own = {k: v for k, v in bare.__annotations__.items() if k != "return"}
    holder = type("_", (), {"__annotations__": own})
    hints = get_type_hints(holder, bare.__globals__, include_extras=extras)
    for name, p in inspect.signature(function).parameters.items():
        if p.kind is p.VAR_KEYWORD:
            (keywords,) = get_args(hints.pop(name))
            hints |= get_type_hints(keywords, include_extras=extras)
    return hints


def _sections(docstring: str | None) -> dict[str, str]:
    """Text under each heading of a NumPy docstring; before the first, under none."""
    first, *rest = _SECTION.split(inspect.cleandoc(docstring or ""))
    return {"": first, **dict(zip(rest[::2], rest[1::2], strict=True))}


def described(function: Callable[..., Any]) -> dict[str, str]:
    """What the annotations of a function say of its arguments, keywords of its ``**where`` among them."""
    hints = expanded(function, extras=True)
    said = {
        n: [w for w in getattr(h, "__metadata__", ()) if isinstance(w, str)]
        for n, h in hints.items()
    }
    return {name: words[-1] for name, words in said.items() if words}


def _type_words(hint: Any) -> str:
    """A type as docstrings name it: ``sequence of str``, ``int, optional``."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if Path in parts:
        parts = tuple(p for p in parts if p is not str)
    names = {
        f"sequence of {_type_words(get_args(p)[0])}" if get_origin(p) is Sequence
        else f"({', '.join(map(_type_words, get_args(p)))})" if get_origin(p) is tuple
        else "callable" if get_origin(p) is Callable
        else "{" + ", ".join(map(repr, get_args(p))) + "}" if get_origin(p) is Literal
        else "path" if p is Path else p.__name__: None
        for p in parts if p is not type(None)
    }  # fmt: skip
    return " or ".join(names) + (", optional" if type(None) in parts else "")


def _documented(function: Callable[..., Any]) -> str:
    """The docstring, with what the annotations say of the arguments, of the result and of errors."""
    sections, known = _sections(function.__doc__), inspect.signature(function).parameters
    words, said = described(function), dict[str, list[str]]()
    for name, hint in expanded(function, extras=True).items():
        what = _SHARED
        if name in known and name in words:
            lines = textwrap.fill(words[name], 110, initial_indent="    ", subsequent_indent="    ")
            what = f" : {_type_words(get_args(hint)[0])}\n{lines}"
        said.setdefault(what, []).append(name)
    made = {
        "": sections.pop(""),
        "Parameters": "\n".join(f"{', '.join(names)}{what}" for what, names in said.items()),
        "Returns": str(function.__annotations__.get("return", "")),
        "Raises": _RAISES,
    } | sections
    return "\n\n".join(f"{h}\n{'-' * len(h)}\n{text}" if h else text for h, text in made.items())


_PLAIN = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(_fits(value, p) for p in parts)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin is tuple:
        if Ellipsis in parts:
            return isinstance(value, tuple | list) and all(_fits(v, parts[0]) for v in value)
        return (
            isinstance(value, tuple | list)
            and len(value) == len(parts)
            and all(map(_fits, value, parts))
        )
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping)
    if origin is Sequence:
        sequence = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return sequence and all(_fits(v, parts[0]) for v in value)
    if origin is not None:
        return callable(value) if origin is Callable else isinstance(value, origin)
    return _is(value, hint)


def _is(value: Any, kind: Any) -> bool:
    if kind in (None, type(None)):
        return value is None
    if kind in (int, float):
        number = Integral if kind is int else Real
        return isinstance(value, number) and not isinstance(value, bool)
    if getattr(kind, "_is_protocol", False):
        return True
    return isinstance(value, kind)


def _words(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(p) for p in parts))
    if origin is Literal:
        return ", ".join(map(str, parts))
    if origin is tuple:
        return f"{len(parts)} of {_words(parts[0])}"
    if origin is not None:
        named = getattr(origin, "__name__", str(origin))
        return f"several of {_words(parts[0])}" if origin is Sequence else named
    if hint in (None, type(None)):
        return "None"
    return _PLAIN.get(hint, getattr(hint, "__name__", str(hint)))


def _bound(function: Callable[..., Any], args: Any, kwargs: Any) -> dict[str, Any]:
    """Arguments by name.

    Raises
    ------
    OptionError
        One is missing, unknown, or given twice.
    """
    known, signature = expanded(function), inspect.signature(function)
    for name in kwargs:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
            raise OptionError(f"{function.__name__}() takes no argument {name!r}; {hint}")
    try:
        found = signature.bind(*args, **kwargs).arguments
    except TypeError as why:
        raise OptionError(f"{function.__name__}(): {why}; see help({function.__name__})") from None
    rest = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), None)
    return {
        k: v
        for name, value in found.items()
        for k, v in (value.items() if name == rest else ((name, value),))
    }


def _check(function: Callable[..., Any], args: Any, kwargs: Any) -> None:
    """Refuse an argument that is missing, unknown, of another type or outside its range.

    Raises
    ------
    OptionError
    """
    hints, extras = expanded(function), expanded(function, extras=True)
    known = inspect.signature(function).parameters
    for name, given in _bound(function, args, kwargs).items():
        if name not in hints:  # self
            continue
        hint = hints[name]
        several = name in known and known[name].kind is inspect.Parameter.VAR_POSITIONAL
        for value in given if several else (given,):
            if get_origin(hint) is Literal and isinstance(value, str):
                one_of(name, value, get_args(hint))
            if not _fits(value, hint):
                raise OptionError(
                    f"{function.__name__}: {name} is {value!r:.60}; expected {_words(hint)}"
                )
            for limits in getattr(extras[name], "__metadata__", ()):
                if isinstance(limits, Range):
                    at_least(name, value, *limits)


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """Check the arguments of a public method against its annotations.

    Raises
    ------
    OptionError
        When called: an argument is missing, unknown or of another type; the message names it.
    """

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        _check(function, args, kwargs)
        return function(*args, **kwargs)

    return asked


def question(function: Callable[P, T]) -> Callable[P, T]:
    """Check the arguments of a public function against its annotations, and complete its docstring from them.

    Raises
    ------
    OptionError
        As in `checked`.
    """
    asked = checked(function)
    asked.__doc__ = _documented(function)
    return asked
