"""What is supposed of a tie, in a few plain phrases, each with the exact conditions it stands for.

`PHRASES` lists them. Months count from the last period of the data; a month stands for the period that
holds it. Levels are in the shown unit of the model: net cooperation, from -1 to 1, where it measures
log odds of cooperation. ``exactly`` at the end of the first four holds the path itself, not only its
expectation. ``thaws``, ``warms`` and ``warms up`` are one word, and ``chills``, ``cools``, ``cools down`` and
``freezes`` its opposite: over months they are a return whose goal lies a standard deviation of the tie above, or
below, where it is; by a size they are ``jumps`` and ``falls``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from quadrille.coupling.result import Coupled, Draws
from quadrille.errors import (
    FileFormatError,
    InputError,
    NoDataError,
    OptionError,
    UnknownStateError,
)
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.panel.periods import unit_word
from quadrille.sources.files import load_toml
from quadrille.states.registry import find

__all__ = [
    "LONGEST",
    "PHRASES",
    "Condition",
    "Kind",
    "Resolved",
    "Supposed",
    "check_conditions",
    "parse",
    "read_scenario",
    "resolve_condition",
    "steps_of",
]

Kind: TypeAlias = Literal["return", "stay", "level", "band", "above", "below", "shock"]
PHRASES = (
    "PAK-USA normalises over 24 months",
    "PAK-USA returns to 2004-2010 over 2 years",
    "PAK-USA thaws over 24 months",
    "PAK-USA stays for 12 months",
    "PAK-USA is at 0.3 from month 6 to 12",
    "PAK-USA is between 0.1 and 0.4 in month 12",
    "PAK-USA is above 0.2 from month 6 on",
    "PAK-USA is cold in month 12",
    "PAK-USA jumps by 2 sd",
    "PAK-USA cools by 2 sd",
)
_EXAMPLE = "PAK-USA"
MONTHS = {"M": 1, "Q": 3, "Y": 12}
# Months: no record is as long.
LONGEST = 1200
_NUMBER = r"[-+−]?\d*\.?\d+"
_SPAN = re.compile(
    r"^(?:in (?P<unit>month|year) (?P<at>\d+)"
    r"|from (?P<unit2>month|year) (?P<first>\d+) to (?:month |year )?(?P<last>\d+)"
    r"|from (?P<unit3>month|year) (?P<on>\d+) on)?$"
)
_WARMS = r"thaws|warms up|warms"
_COOLS = r"chills|cools down|cools|freezes"
_VERBS = rf"(?:normali[sz]es|returns|stays|is|jumps|falls|{_WARMS}|{_COOLS})\b"
_YEAR = 12  # months that a thaw takes where nothing is said of it
_LARGEST_SHOCK = 20.0


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one tie.

    Attributes
    ----------
    tie : str
        Such as ``PAK-USA``, by any names; kept as ISO3, sorted.
    kind : {"return", "stay", "level", "band", "above", "below", "shock"}
    first, last : int or None
        First and last month it holds, counted from 1 after the last period of the data; ``last`` None:
        to the end. ``return`` goes from where the tie is to its goal by ``first``, and stays.
    years : (int, int) or None
        Of ``return``: the goal is the tie's mean over these years; None: over all of the data.
    low, high : float or None
        Levels: of ``level`` (both the same), ``band`` (its 90% interval), ``above`` (low), ``below``
        (high); None in the last two: the neutral level.
    size : float
        Of ``shock``: standard deviations of one period's innovation. Of ``return``: the goal lies so many standard
        deviations of the tie over the data above where it is; 0: the goal is a mean.
    exact : bool
        Of ``return`` and ``stay``: the path itself is held. Otherwise its expectation is moved and it
        varies about that as it usually does.
    asked : str
        The tie as given, its states in that order.

    Raises
    ------
    OptionError
        A field does not fit the others.
    UnknownStateError
        The tie names no two states.
    """

    tie: str
    kind: Kind
    first: int = 1
    last: int | None = None
    years: tuple[int, int] | None = None
    low: float | None = None
    high: float | None = None
    size: float = 0.0
    exact: bool = False
    asked: str = field(default="", init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check every field, and sort the tie's states."""
        states = _states(self.tie)
        object.__setattr__(self, "tie", "-".join(sorted(states)))
        object.__setattr__(self, "asked", "–".join(states))
        trouble = self._trouble()
        if trouble:
            raise OptionError(f"{self.tie}: {trouble}")

    def _trouble(self) -> str | None:
        numbers = [v for v in (self.low, self.high, self.size) if v is not None]
        whole = [self.first, *(v for v in (self.last, *(self.years or ())) if v is not None)]
        if self.kind not in get_args(Kind):
            return f"unknown kind {self.kind!r}; use one of {', '.join(get_args(Kind))}"
        if not all(type(v) is int for v in whole) or min(whole) < 1:
            return "first, last and years are whole numbers, 1 or more"
        if not all(isinstance(v, int | float) and np.isfinite(v) for v in numbers):
            return "low, high and size are numbers"
        if self.last is not None and self.last < self.first:
            return f"month {self.first} comes after month {self.last}; swap them"
        if self.years and (len(self.years) != 2 or self.years[0] > self.years[1]):
            return "years are two, the earlier first"
        if self.kind in ("level", "band") and (self.low is None or self.high is None):
            return f"{self.kind} needs low and high"
        if self.low is not None and self.high is not None:
            if self.kind == "level" and self.low != self.high:
                return "a level has low and high the same; a band lies between them"
            if self.kind == "band" and self.low >= self.high:
                return f"{self.low:g} is not below {self.high:g}; swap them"
        if (self.kind == "above" and self.high is not None) or (
            self.kind == "below" and self.low is not None
        ):
            return f"{self.kind} has one bound; for two, give two conditions or a band"
        if self.kind == "shock" and not 0 < abs(self.size) <= _LARGEST_SHOCK:
            return f"a shock has a size other than 0, up to {_LARGEST_SHOCK:g} sd"
        if self.kind == "return" and self.size and (self.years or abs(self.size) > _LARGEST_SHOCK):
            return f"a return goes to a mean over years, or by a size up to {_LARGEST_SHOCK:g} sd"
        if self.exact and self.kind not in ("return", "stay"):
            return "only a return and a stay can be held exactly; the others say how they vary"
        return None

    def read(self, model: Coupled) -> Supposed:
        """What the condition stands for in a model, in full."""
        return Supposed(self, self._what(model))

    def _what(self, model: Coupled) -> str:
        step = unit_word(model.frequency)
        unit = model.unit.label
        first = steps_of(self.first, model.frequency)
        last = None if self.last is None else steps_of(self.last, model.frequency)
        end = "the end" if last is None else f"{step} {last}"
        held = f"in every {step} from {step} {first} to {end}"
        if last == first:
            held = f"in {step} {first}"
        how = "exactly" if self.exact else "in expectation, varying about it as usual"
        if self.kind == "return":
            return (
                f"goes in equal steps from where it is to {self._goal()} by {step} {first}, and stays "
                f"there to the end ({how})"
            )
        if self.kind == "stay":
            return f"stays at its level of the last period of the data {held} ({how})"
        if self.kind == "shock":
            return (
                f"in {step} 1 lies {self.size:+g} standard deviations of one {step}'s "
                "innovation from where it was expected"
            )
        if self.kind == "level":
            return f"has {unit} {_shown(self.low)} exactly, {held}"
        if self.kind == "band":
            return (
                f"has {unit} with 90% between {_shown(self.low)} and {_shown(self.high)} "
                f"(normal on the model's scale, moving from {step} to {step} as usual), {held}"
            )
        bound = self.low if self.kind == "above" else self.high
        level = "the neutral level" if bound is None else f"{unit} {_shown(bound)}"
        return f"lies {self.kind} {level} {held}"

    def _goal(self) -> str:
        """Where a return goes."""
        if self.size:
            sd = "one standard deviation" if abs(self.size) == 1 else f"{abs(self.size):g} standard deviations"  # fmt: skip
            return f"{sd} of its level over the data {'above' if self.size > 0 else 'below'} that"
        return "its mean over " + ("all of the data" if self.years is None else "{}–{}".format(*self.years))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Supposed:
    """A condition as a model reads it.

    Attributes
    ----------
    condition : Condition
        It holds the tie.
    what : str
        What is supposed of the tie, a clause without its subject.
    """

    condition: Condition
    what: str

    @property
    def tie(self) -> str:
        """``PAK-USA``, its states in the order asked."""
        return self.condition.asked.replace("–", "-")

    def __str__(self) -> str:
        """``PAK–USA lies above ...``."""
        return f"{self.condition.asked} {self.what}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A condition as arrays, on the model's scale.

    Attributes
    ----------
    steps : ndarray of int, shape (k,)
        From 0.
    centre : ndarray, shape (draw, k), or (1, k) where it is the same in every draw
        NaN for ``above`` and ``below``; for ``shock`` the distance from the expectation.
    spread : ndarray, shape (k,)
        Standard deviation about the centre; NaN: as usual.
    low, high : ndarray, shape (k,)
        Bounds; infinite where none.
    relative : bool
        Whether the centre is counted from the expectation.
    """

    steps: NDArray[np.int64]
    centre: Array
    spread: Array
    low: Array
    high: Array
    relative: bool


def steps_of(months: int, frequency: str) -> int:
    """The period, counted from 1, that holds a month.

    Raises
    ------
    OptionError
        Months cannot be counted in these periods, or are more than `LONGEST`.
    """
    if months > LONGEST:
        raise OptionError(f"{months:,} months ahead are too many; give {LONGEST:,} or fewer")
    if frequency not in MONTHS:
        raise OptionError(
            f"scenarios are counted in months; data by {frequency} are too fine: couple by M, Q or Y"
        )
    return -(-months // MONTHS[frequency])


def _on_scale(level: float, c: Condition, model: Coupled) -> float:
    try:
        return float(model.unit.on_scale(level))
    except OptionError as why:
        raise OptionError(f"{c.tie}: {why}") from None


def _states(text: str) -> tuple[str, str]:
    """The states of the tie that "PAK-USA", "Pakistan–United States" or "Guinea-Bissau-Mali" names."""
    trouble: UnknownStateError | None = None
    for cut in re.finditer(r"[-–—]", text):
        try:
            a, b = (find(part.strip()).iso3 for part in (text[: cut.start()], text[cut.end() :]))
        except UnknownStateError as why:
            trouble = why
            continue
        if a == b:
            raise OptionError(f"{text!r}: a tie joins two different states")
        return a, b
    if trouble is not None:
        raise trouble
    raise OptionError(f"{text!r}: not a tie; write it as PAK-USA")


def _shown(value: float | None) -> str:
    """A level with its sign, zero without, minus as U+2212."""
    text = f"{value or 0.0:+.2f}".replace("-", "−")
    return text if text.strip("+−0.") else "0.00"


def check_conditions(tie: str, conditions: Sequence[Condition]) -> None:
    """Refuse what no model could answer, before there is one.

    Raises
    ------
    OptionError
        There is no condition, or one on the tie that is asked about.
    """
    if not conditions:
        state = tie.partition("-")[0]
        third = next(s for s in ("USA", "CHN", "RUS") if s not in tie)
        raise OptionError(
            f"a scenario needs a condition, such as '{state}-{third} normalises over 24 months'"
        )
    if tie in {c.tie for c in conditions}:
        raise OptionError(
            f"conditions must be on other ties than {tie}, the tie that is asked about"
        )


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _months(number: str, unit: str | None) -> int:
    return int(number) * (12 if unit and unit.startswith("year") else 1)


def _span(text: str | None) -> dict[str, Any]:
    found = _SPAN.match((text or "").strip())
    if found is None:
        raise OptionError(
            "cannot tell when; write in month 12, from month 6 to 12 or from month 6 on"
        )
    if found["at"]:
        month = _months(found["at"], found["unit"])
        # A year named alone is all of it.
        return {"first": month - 11 if found["unit"] == "year" else month, "last": month}
    if found["first"]:
        first, last = (_months(found[k], found["unit2"]) for k in ("first", "last"))
        return {"first": first - 11 if found["unit2"] == "year" else first, "last": last}
    if found["on"]:
        month = _months(found["on"], found["unit3"])
        return {"first": month - 11 if found["unit3"] == "year" else month}
    return {}


def _returns(m: re.Match[str]) -> dict[str, Any]:
    years = None
    if m.groupdict().get("since"):
        years = (int(m["since"]), int(m["until"] or m["since"]))
    return {"kind": "return", "first": _months(m["n"], m["unit"]), "years": years}


def _stays(m: re.Match[str]) -> dict[str, Any]:
    return {"kind": "stay", "last": _months(m["n"], m["unit"]) if m["n"] else None}


def _at(m: re.Match[str]) -> dict[str, Any]:
    return {"kind": "level", "low": _number(m["x"]), "high": _number(m["x"]), **_span(m["when"])}


def _band(m: re.Match[str]) -> dict[str, Any]:
    return {"kind": "band", "low": _number(m["x"]), "high": _number(m["y"]), **_span(m["when"])}


def _bound(m: re.Match[str]) -> dict[str, Any]:
    edge = "low" if m["side"] == "above" else "high"
    return {"kind": m["side"], edge: _number(m["x"]), **_span(m["when"])}


def _side(m: re.Match[str]) -> dict[str, Any]:
    return {"kind": "above" if m["side"] == "warm" else "below", **_span(m["when"])}


def _moves(m: re.Match[str]) -> dict[str, Any]:
    first = _months(m["n"], m["unit"]) if m["n"] else _YEAR
    return {"kind": "return", "first": first, "size": -1.0 if m["down"] else 1.0}


def _jumps(m: re.Match[str]) -> dict[str, Any]:
    size = _number(m["x"]) * (-1.0 if m["down"] else 1.0)
    return {"kind": "shock", "size": size, "last": 1}


_OVER = r" (?:over|within) (?P<n>\d+) (?P<unit>months?|years?)"
_WHEN = r"(?: (?P<when>(?:in|from) .*))?"
_RULES: tuple[tuple[str, Callable[[re.Match[str]], dict[str, Any]]], ...] = (
    (rf"normali[sz]es{_OVER}", _returns),
    (rf"returns to (?:the mean of )?(?P<since>\d{{4}})(?:[-–](?P<until>\d{{4}}))?{_OVER}", _returns),
    (r"stays(?: where it is)?(?: for (?P<n>\d+) (?P<unit>months?|years?))?", _stays),
    (rf"is at (?P<x>{_NUMBER}){_WHEN}", _at),
    (rf"is between (?P<x>{_NUMBER}) and (?P<y>{_NUMBER}){_WHEN}", _band),
    (rf"is (?P<side>above|below) (?P<x>{_NUMBER}){_WHEN}", _bound),
    (rf"is (?P<side>warm|cold){_WHEN}", _side),
    (rf"(?:{_WARMS}|(?P<down>{_COOLS}))(?:{_OVER})?", _moves),
    (rf"(?:jumps|{_WARMS}|(?P<down>falls|{_COOLS})) by (?P<x>{_NUMBER}) sd", _jumps),
)  # fmt: skip


def parse(phrase: str) -> Condition:
    """The condition a phrase stands for.

    Examples
    --------
    >>> parse("PAK-USA normalises over 24 months").first
    24
    >>> parse("Pakistan-USA is above 0.2 from month 6 on").low
    0.2

    Raises
    ------
    OptionError
        It is none of the phrases known, which the message lists, or contradicts itself.
    UnknownStateError
        A state in it is not known.
    """
    cut = re.match(rf"^(.+?) ({_VERBS}.*)$", " ".join(phrase.split()), re.IGNORECASE)
    rest = cut[2].lower() if cut else ""
    exact = rest.endswith(" exactly")
    for pattern, make in _RULES:
        found = re.fullmatch(pattern, rest.removesuffix(" exactly"))
        if cut and found:
            try:
                return Condition(cut[1], **make(found), exact=exact)
            except OptionError as why:
                raise OptionError(f"{phrase!r}: {why}") from None
    about = _tie_named(phrase)
    examples = "; ".join(p.replace(_EXAMPLE, about) for p in PHRASES)
    raise OptionError(f"{phrase!r}: not a phrase that is known; write one as: {examples}")


def _tie_named(phrase: str) -> str:
    """The tie that a phrase begins with, as it is written there; that of `PHRASES` where it names none."""
    words = phrase.split()
    for many in range(len(words), 0, -1):
        text = " ".join(words[:many])
        try:
            _states(text)
        except InputError:
            continue
        return text
    return _EXAMPLE


def _entry(entry: Any) -> Condition:
    """One entry of a scenario file."""
    if isinstance(entry, str):
        return parse(entry)
    known = [f.name for f in fields(Condition) if f.init]
    if not isinstance(entry, dict):
        raise OptionError("is neither a phrase nor a table")
    wrong = sorted(set(entry) - set(known)) or [n for n in ("tie", "kind") if n not in entry]
    if wrong:
        raise OptionError(
            f"field {wrong[0]!r} is missing or not known; fields are {', '.join(known)}"
        )
    years = entry.get("years")
    return Condition(**entry | {"years": tuple(years) if isinstance(years, list) else years})


def read_scenario(path: str | Path) -> tuple[list[Condition], int | None]:
    """Read a scenario file: TOML with ``if``, a list of phrases or tables, and ``horizon`` in months.

    A table has the fields of `Condition`.

    Raises
    ------
    FileFormatError
        It cannot be read, or a condition is not one; the message says which.
    """
    try:
        raw = load_toml(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as why:
        raise FileFormatError(f"{path}: cannot be read ({why.strerror}); check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise FileFormatError(f"{path}: not a TOML file ({why})") from None
    stated, horizon = raw.get("if"), raw.get("horizon")
    if not isinstance(stated, list) or not stated or set(raw) - {"if", "horizon"}:
        raise FileFormatError(
            f'{path}: expected horizon = 36 and if = ["PAK-USA normalises over 24 months"]'
        )
    if horizon is not None and (type(horizon) is not int or not 1 <= horizon <= LONGEST):
        raise FileFormatError(f"{path}: horizon is a number of months, 1 to {LONGEST:,}")
    made = []
    for k, entry in enumerate(stated, 1):
        try:
            made.append(_entry(entry))
        except (InputError, TypeError) as why:
            raise FileFormatError(f"{path}: condition {k}: {why}") from None
    return made, horizon


def _goal(c: Condition, model: Coupled, x: Array) -> Array:
    """Mean of the tie over the years of a return, in each draw."""
    if c.years is None:
        return np.asarray(x.mean(axis=1))
    first, last = c.years
    inside = [k for k, p in enumerate(model.periods) if first <= p.year <= last]
    if not inside:
        raise NoDataError(
            f"{c.tie}: the data have no period in {first}–{last}; they span "
            f"{model.periods[0]:%Y}–{model.periods[-1]:%Y}"
        )
    return np.asarray(x[:, inside].mean(axis=1))


def resolve_condition(c: Condition, model: Coupled, draws: Draws, horizon: int) -> Resolved:
    """Turn a condition into arrays for the steps of a forecast.

    Raises
    ------
    NoDataError
        The model has no such tie, or no period in the years of a return.
    OptionError
        It holds only after the end of the forecast, or a level lies outside its unit.
    """
    row = model.index(*c.tie.split("-"))
    x = draws.x[:, row]
    first = steps_of(c.first, model.frequency)
    last = horizon if c.last is None else steps_of(c.last, model.frequency)
    if first > horizon:
        raise OptionError(
            f"{c.tie}: a condition speaks of month {c.first}, after the end of the forecast; "
            "give a longer horizon"
        )
    ahead = np.arange(1 if c.kind == "return" else first, min(last, horizon) + 1)
    centre, spread = (
        np.full((1, len(ahead)), np.nan),
        np.full(len(ahead), 0.0 if c.exact else np.nan),
    )
    low, high = np.full(len(ahead), -np.inf), np.full(len(ahead), np.inf)
    now = x[:, -1:]
    a, b = (None if v is None else _on_scale(v, c, model) for v in (c.low, c.high))
    if c.kind == "return":
        share = np.minimum(ahead / first, 1.0)
        goal = (
            now + c.size * x.std(axis=1, keepdims=True) if c.size else _goal(c, model, x)[:, None]
        )
        centre = now + share * (goal - now)
    elif c.kind == "stay":
        centre = np.repeat(now, len(ahead), axis=1)
    elif c.kind == "shock":
        centre = c.size * np.sqrt(draws.Sigma[:, row, row])[:, None]
        spread[:] = 0.0
    elif a is not None and b is not None:
        centre[:] = (a + b) / 2
        spread[:] = (b - a) / 2 / Z90
    elif c.kind == "above":
        low[:] = model.neutral if a is None else a
    else:
        high[:] = model.neutral if b is None else b
    return Resolved(
        ahead.astype(np.int64) - 1, centre, spread, low, high, relative=c.kind == "shock"
    )
