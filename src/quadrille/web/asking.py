"""What may be asked over the web, and how a query becomes the arguments of a question.

The table names each question and those of its parameters that are served; types, ranges and words come from the
question's signature and docstring. Nothing that names a file or a place is served.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from quadrille import public
from quadrille.arguments import Range, described, expanded
from quadrille.claims.texts import shipped
from quadrille.errors import OptionError
from quadrille.states.registry import require

__all__ = ["SERVED", "Ask", "Served", "ask_of", "asked", "model_of", "one_line", "served", "take"]

_LETTERS, _ITEMS, _MOST = 80, 20, 10_000
_TEXT = r"^[^\x00-\x1f\x7f<>]+$"
_PERIOD = r"^\d{4}(-\d\d(-\d\d)?)?$"
_STATES = frozenset(
    ("a", "b", "c", "on", "rival", "pivot", "state", "states", "supplier", "between", "with_")
)


@dataclass(frozen=True, slots=True)
class Served:
    """A question that is served.

    Attributes
    ----------
    name : str
        In `quadrille.public`.
    parameters : tuple of str
    heavy : bool
        Whether it takes seconds, and so a process of its own.
    """

    name: str
    parameters: tuple[str, ...]
    heavy: bool = False


SERVED = (
    Served("relation", ("a", "b", "facet", "draws", "seed")),
    Served("episodes", ("a", "b", "least_length", "least_amplitude", "least_share", "top", "seed")),
    Served("events", ("a", "b", "in_", "top")),
    Served("compare", ("a", "b", "in_")),
    Served("triangle", ("a", "b", "c", "seed")),
    Served("dance", ("states", "seed")),
    Served("synchrony", ("a", "b", "with_", "within", "seed")),
    Served("network", ("states", "region", "in_")),
    Served("ties", ("state", "in_", "seed")),
    Served("portfolio", ("state", "window", "against", "seed")),
    Served("pivots", ("a", "top")),
    Served("arms", ("state", "supplier", "window")),
    Served("balance", ("pivot", "between", "within", "seed"), heavy=True),
    Served("bond", ("a", "b", "window", "seed"), heavy=True),
    Served("economics", ("a", "b", "draws", "seed"), heavy=True),
    Served("durability", ("a", "b", "horizon", "seed"), heavy=True),
    Served("analogues", ("a", "b", "on", "rival", "window", "gap", "horizon", "size", "nearest", "seed"), heavy=True),
    Served("check", ("claims", "only", "quick"), heavy=True),
    Served("backtest", ("methods", "facet", "states", "top", "horizons", "score_from", "score_until"), heavy=True),
    Served("brief", ("a", "b", "pivot", "rival", "seed"), heavy=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with its arguments, states by ISO3.

    Attributes
    ----------
    question : Served
    arguments : tuple of (str, value)
        Sorted by name; JSON values.
    """

    question: Served
    arguments: tuple[tuple[str, Any], ...]

    @property
    def key(self) -> str:
        """The same for the same question and arguments."""
        return json.dumps([self.question.name, self.arguments])

    @property
    def query(self) -> dict[str, Any]:
        """Arguments as a query names them."""
        return {k.rstrip("_"): v for k, v in self.arguments}


def served(name: str) -> Served:
    """The served question of this name.

    Raises
    ------
    OptionError
    """
    found = next((s for s in SERVED if s.name == name), None)
    if found is None:
        raise OptionError(
            f"no such question {name!r:.60}; use one of {', '.join(s.name for s in SERVED)}"
        )
    return found


def _type(name: str, hint: Any, limits: Range | None) -> Any:
    """The type of a parameter for pydantic, bounded on every side."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    text = Annotated[str, Field(min_length=1, max_length=_LETTERS, pattern=_TEXT)]
    if name == "claims":
        return Literal[tuple(shipped())]
    if name == "in_":
        return Annotated[str, Field(pattern=_PERIOD)]
    if bool in parts:
        return bool
    if int in parts:
        low, high = limits or Range(-_MOST, _MOST)
        return Annotated[int, Field(ge=low, le=min(high, _MOST))]
    if float in parts:
        return Annotated[float, Field(ge=-_MOST, le=_MOST, allow_inf_nan=False)]
    if any(get_origin(p) is tuple for p in parts):
        return Annotated[list[text], Field(min_length=2, max_length=2)]
    if any(get_origin(p) is Sequence for p in parts):
        return Annotated[list[text], Field(max_length=_ITEMS)]
    return text


@cache
def model_of(name: str) -> type[BaseModel]:
    """The parameters of a question as a model of pydantic: what FastAPI documents and queries are checked by."""
    asked = served(name)
    function = public.load(name)
    extras, words = expanded(function, extras=True), described(function)
    known, fields = signature(function).parameters, dict[str, Any]()
    for each in asked.parameters:
        hint = extras[each]
        meta = getattr(hint, "__metadata__", ())
        limits = next((m for m in meta if isinstance(m, Range)), None)
        bare = get_args(hint)[0] if meta else hint
        kind, default = _type(each, bare, limits), known[each].default
        default = ... if default is Parameter.empty else None
        kind = kind if default is ... else kind | None
        fields[each] = (
            kind,
            Field(default, alias=each.rstrip("_"), description=words.get(each) or None),
        )
    return create_model(
        "".join(w.title() for w in name.split("_")), __config__=ConfigDict(extra="forbid"), **fields
    )


def one_line(problem: ValidationError | Iterable[Mapping[str, Any]]) -> str:
    """What is wrong with a query, in one line that repeats nothing long."""
    errors = problem.errors() if isinstance(problem, ValidationError) else list(problem)
    first = errors[0]
    where = [str(p) for p in first["loc"] if p != "query"]
    name = f"{where[0]:.40}" if where else "the query"
    if first["type"] == "missing":
        return f"{name} is missing; give it"
    if first["type"] == "extra_forbidden":
        return f"there is no parameter {name!r}; leave it out"
    return f"{name}: {str(first['msg'])[:1].lower()}{str(first['msg'])[1:]}"


def take(query: Iterable[tuple[str, str]], lists: Iterable[str] = ()) -> dict[str, str | list[str]]:
    """A query as a mapping; empty values are left out, what is a list is one.

    Raises
    ------
    OptionError
        A parameter that is no list comes twice, or a value holds control characters.
    """
    found, many = dict[str, Any](), frozenset(lists)
    for name, value in query:
        if not value.strip():
            continue
        if not value.strip().isprintable():
            raise OptionError(f"{name!r:.40} holds characters that nobody can read; leave them out")
        if name in many:
            found.setdefault(name, []).append(value.strip())
        elif name in found:
            raise OptionError(f"{name:.40} is given twice; give it once")
        else:
            found[name] = value.strip()
    return found


def _lists(model: type[BaseModel]) -> list[str]:
    return [f.alias or n for n, f in model.model_fields.items() if "list" in str(f.annotation)]


def _by_code(name: str, value: Any) -> Any:
    """States by ISO3, so that a tie asked by other names is the same question."""
    if name not in _STATES:
        return value
    if isinstance(value, str):
        return require(value).iso3
    return [require(v).iso3 for v in value]


def ask_of(name: str, given: Mapping[str, Any] | Iterable[tuple[str, str]]) -> Ask:
    """A question from a query, or from values by the names that a query has.

    Raises
    ------
    OptionError, UnknownStateError
    """
    model = model_of(name)
    if not isinstance(given, Mapping):
        given = take(given, _lists(model))
    try:
        made = model.model_validate({k: v for k, v in given.items() if v not in (None, "", [], ())})
    except ValidationError as why:
        raise OptionError(one_line(why)) from None
    return asked(name, made)


def asked(name: str, made: BaseModel) -> Ask:
    """A question from a model that holds its arguments.

    Raises
    ------
    UnknownStateError
    """
    question = served(name)
    given = made.model_dump(include=set(question.parameters), exclude_none=True)
    return Ask(question, tuple(sorted((k, _by_code(k, v)) for k, v in given.items())))
