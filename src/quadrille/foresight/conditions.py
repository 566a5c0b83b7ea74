"""What is supposed of a tie, in a few plain phrases, each with the exact conditions it stands for.

::

    PAK-USA normalises over 24 months
    PAK-USA returns to 2004-2010 over 2 years
    PAK-USA stays for 12 months
    PAK-USA is at 0.3 from month 6 to 12
    PAK-USA is between 0.1 and 0.4 in month 12
    PAK-USA is above 0.2 from month 6 on
    PAK-USA is cold in month 12
    PAK-USA jumps by 2 sd

Levels are net cooperation, from -1 to 1. ``exactly`` at the end of the first three holds the path itself,
not only its expectation.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from quadrille.coupling import Coupled, Draws
from quadrille.errors import FileFormatError, NoDataError, OptionError, UnknownStateError
from quadrille.states import find

__all__ = [
    "Condition",
    "Kind",
    "Resolved",
    "parse",
    "read_scenario",
    "resolve_condition",
    "steps_of",
]

Array = NDArray[np.float64]
Kind: TypeAlias = Literal["return", "stay", "level", "band", "above", "below", "shock"]
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_NUMBER = r"[-+−]?\d*\.?\d+"
_SPAN = re.compile(
    r"^(?:in (?P<unit>month|year) (?P<at>\d+)"
    r"|from (?P<unit2>month|year) (?P<first>\d+) to (?P<last>\d+)"
    r"|from (?P<unit3>month|year) (?P<on>\d+) on)?$"
)
_VERBS = r"(?:normali[sz]es|returns|stays|is|jumps|falls)\b"
_Z90 = 1.6448536269514722
PHRASES = tuple(
    line.strip() for line in (__doc__ or "").split("::")[1].split("\n\n")[1].splitlines()
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one tie.

    Attributes
    ----------
    tie : str
        Label such as ``PAK-USA``, ISO3 sorted.
    kind : {"return", "stay", "level", "band", "above", "below", "shock"}
    first, last : int or None
        First and last month it holds, counted from 1 after the last period of the data; ``last`` None:
        to the end. ``return`` goes from where the tie is to its goal by ``first``, and stays.
    years : (int, int) or None
        Of ``return``: the goal is the tie's mean over these years; None: over all of the data.
    low, high : float or None
        Level as net cooperation: of ``level`` (both the same), ``band`` (its 90% interval), ``above``,
        ``below`` (None: the neutral level).
    size : float
        Of ``shock``: standard deviations of one period's innovation.
    exact : bool
        Of ``return`` and ``stay``: the path itself is held. Otherwise its expectation is moved and it
        varies about that as it usually does.
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

    def echo(self, frequency: str) -> str:
        """What the condition stands for, in full."""
        step = {"M": "month", "Q": "quarter", "Y": "year"}.get(frequency, "period")
        first = steps_of(self.first, frequency)
        end = "the end" if self.last is None else f"{step} {steps_of(self.last, frequency)}"
        held = f"in every {step} from {step} {first} to {end}"
        if self.last is not None and steps_of(self.last, frequency) == first:
            held = f"in {step} {first}"
        how = "exactly" if self.exact else "in expectation, varying about it as usual"
        if self.kind == "return":
            goal = "all of the data" if self.years is None else "{}–{}".format(*self.years)
            return (
                f"{self.tie} goes in equal steps from where it is to its mean over {goal} by {step} "
                f"{first}, and stays there to the end ({how})"
            )
        if self.kind == "stay":
            return f"{self.tie} stays at its level of the last period of the data {held} ({how})"
        if self.kind == "shock":
            return (
                f"{self.tie} in {step} 1 lies {self.size:+g} standard deviations of one {step}'s "
                "innovation from where it was expected"
            )
        if self.kind == "level":
            return f"{self.tie} has net cooperation {self.low:+.2f} exactly, {held}"
        if self.kind == "band":
            return (
                f"{self.tie} has net cooperation normal on the model's scale with 90% between "
                f"{self.low:+.2f} and {self.high:+.2f}, {held}"
            )
        bound = self.low if self.kind == "above" else self.high
        level = "the neutral level" if bound is None else f"net cooperation {bound:+.2f}"
        return f"{self.tie} lies {self.kind} {level} {held}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A condition as arrays, on the model's scale.

    Attributes
    ----------
    steps : ndarray of int, shape (k,)
        From 0.
    centre : ndarray, shape (draw, k)
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
    """Periods that a number of months takes, at least one.

    Raises
    ------
    OptionError
        Months cannot be counted in these periods.
    """
    if frequency not in _MONTHS:
        raise OptionError(f"scenarios are counted in months; data by {frequency} are too fine")
    return max(1, round(months / _MONTHS[frequency]))


def _label(text: str) -> str:
    """The tie that "PAK-USA", "Pakistan–United States" or "Guinea-Bissau-Mali" names."""
    cuts = [m.start() for m in re.finditer(r"[-–—]", text)]
    trouble: UnknownStateError | None = None
    for cut in cuts:
        try:
            a, b = find(text[:cut].strip()).iso3, find(text[cut + 1 :].strip()).iso3
        except UnknownStateError as why:
            trouble = why
            continue
        if a == b:
            raise OptionError(f"{text!r}: a tie joins two different states")
        return "-".join(sorted((a, b)))
    if trouble is not None:
        raise trouble
    raise OptionError(f"{text!r}: not a tie; write it as PAK-USA")


def _number(text: str, phrase: str, limit: float = 1.0) -> float:
    value = float(text.replace("−", "-"))
    if abs(value) >= limit:
        raise OptionError(f"{phrase!r}: net cooperation lies between -1 and 1, not at {text}")
    return value


def _span(text: str, phrase: str) -> tuple[int, int | None]:
    found = _SPAN.match(text.strip())
    if found is None:
        raise OptionError(
            f"{phrase!r}: cannot tell when; write in month 12, from month 6 to 12 or from month 6 on"
        )
    unit = found["unit"] or found["unit2"] or found["unit3"] or "month"
    per = 12 if unit == "year" else 1
    if found["at"]:
        return int(found["at"]) * per, int(found["at"]) * per
    if found["first"]:
        first, last = int(found["first"]) * per, int(found["last"]) * per
        if first > last:
            raise OptionError(f"{phrase!r}: {unit} {found['first']} comes after {found['last']}")
        return first, last
    return (int(found["on"]) * per if found["on"] else 1), None


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
        It is none of the phrases known; the message lists them.
    UnknownStateError
        A state in it is not known.
    """
    text = " ".join(phrase.split())
    cut = re.match(rf"^(.+?) ({_VERBS}.*)$", text, re.IGNORECASE)
    if cut is None:
        raise OptionError(_unknown(phrase))
    tie, rest = cut[1], cut[2].lower()
    exact = rest.endswith(" exactly")
    rest = rest.removesuffix(" exactly")
    for pattern, make in _RULES:
        found = re.fullmatch(pattern, rest)
        if found:
            made = make(found, phrase)
            if exact and made.kind not in ("return", "stay"):
                raise OptionError(f"{phrase!r}: only normalises, returns and stays take 'exactly'")
            return replace(made, tie=_label(tie), exact=exact)
    raise OptionError(_unknown(phrase))


def _unknown(phrase: str) -> str:
    return f"{phrase!r}: not a phrase that is known; write one as: {'; '.join(PHRASES)}"


def _months(number: str, unit: str) -> int:
    return int(number) * (12 if unit.startswith("year") else 1)


def _returns(m: re.Match[str], _phrase: str) -> Condition:
    groups = m.groupdict()
    years = None
    if groups.get("since"):
        first, last = int(m["since"]), int(m["until"] or m["since"])
        years = (min(first, last), max(first, last))
    return Condition("", "return", _months(m["n"], m["unit"]), years=years)


def _stays(m: re.Match[str], _phrase: str) -> Condition:
    return Condition("", "stay", last=_months(m["n"], m["unit"]) if m["n"] else None)


def _at(m: re.Match[str], phrase: str) -> Condition:
    level = _number(m["x"], phrase)
    first, last = _span(m["when"], phrase)
    return Condition("", "level", first, last, low=level, high=level)


def _band(m: re.Match[str], phrase: str) -> Condition:
    low, high = _number(m["x"], phrase), _number(m["y"], phrase)
    if low >= high:
        raise OptionError(f"{phrase!r}: {m['x']} is not below {m['y']}; swap them")
    return Condition("", "band", *_span(m["when"], phrase), low=low, high=high)


def _bound(m: re.Match[str], phrase: str) -> Condition:
    level = _number(m["x"], phrase)
    if m["side"] == "above":
        return Condition("", "above", *_span(m["when"], phrase), low=level)
    return Condition("", "below", *_span(m["when"], phrase), high=level)


def _side(m: re.Match[str], phrase: str) -> Condition:
    return Condition("", "above" if m["side"] == "warm" else "below", *_span(m["when"], phrase))


def _jumps(m: re.Match[str], phrase: str) -> Condition:
    sign = -1.0 if m["verb"] == "falls" else 1.0
    return Condition("", "shock", 1, 1, size=sign * _number(m["x"], phrase, 20.0))


_OVER = r" (?:over|within) (?P<n>\d+) (?P<unit>months?|years?)"
_RULES: tuple[tuple[str, Any], ...] = (
    (rf"normali[sz]es{_OVER}", _returns),
    (rf"returns to (?:the mean of )?(?P<since>\d{{4}})(?:[-–](?P<until>\d{{4}}))?{_OVER}", _returns),
    (r"stays(?: where it is)?(?: for (?P<n>\d+) (?P<unit>months?|years?))?", _stays),
    (rf"is at (?P<x>{_NUMBER})(?: (?P<when>(?:in|from) .*))?", _at),
    (rf"is between (?P<x>{_NUMBER}) and (?P<y>{_NUMBER})(?: (?P<when>(?:in|from) .*))?", _band),
    (rf"is (?P<side>above|below) (?P<x>{_NUMBER})(?: (?P<when>(?:in|from) .*))?", _bound),
    (r"is (?P<side>warm|cold)(?: (?P<when>(?:in|from) .*))?", _side),
    (rf"(?P<verb>jumps|falls) by (?P<x>{_NUMBER}) sd", _jumps),
)  # fmt: skip


def read_scenario(path: str | Path) -> tuple[list[Condition], int | None]:
    """Read a scenario file: TOML with ``if``, a list of phrases or tables, and ``horizon`` in months.

    A table has the fields of `Condition`.

    Raises
    ------
    FileFormatError
        It cannot be read, or a field is not known.
    """
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise FileFormatError(f"{path}: not a TOML file that can be read ({why})") from None
    known = [f.name for f in fields(Condition)]
    stated = raw.get("if")
    if not isinstance(stated, list) or not stated or set(raw) - {"if", "horizon"}:
        raise FileFormatError(
            f'{path}: expected horizon = 36 and if = ["PAK-USA normalises over 24 months"]'
        )
    made = []
    for k, entry in enumerate(stated, 1):
        if isinstance(entry, str):
            made.append(parse(entry))
            continue
        wrong = sorted(set(entry) - set(known)) or [n for n in ("tie", "kind") if n not in entry]
        if wrong or entry["kind"] not in get_args(Kind):
            what = f"field {wrong[0]!r}" if wrong else f"kind {entry['kind']!r}"
            raise FileFormatError(
                f"{path}: condition {k}: {what} is missing or not known; fields are {', '.join(known)}, "
                f"kinds {', '.join(get_args(Kind))}"
            )
        years = tuple(entry["years"]) if "years" in entry else None
        made.append(Condition(**entry | {"tie": _label(entry["tie"]), "years": years}))
    horizon = raw.get("horizon")
    if horizon is not None and (not isinstance(horizon, int) or horizon < 1):
        raise FileFormatError(f"{path}: horizon is a number of months, 1 or more")
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
        It begins after the end of the forecast.
    """
    row = model.index(*c.tie.split("-"))
    x = draws.x[:, row]
    first = steps_of(c.first, model.frequency)
    last = horizon if c.last is None else steps_of(c.last, model.frequency)
    if first > horizon:
        raise OptionError(
            f"{c.tie}: a condition begins {c.first} months ahead, after the end of the forecast; "
            "give a longer --horizon"
        )
    ahead = np.arange(1 if c.kind == "return" else first, min(last, horizon) + 1)
    shape = (len(x), len(ahead))
    centre, spread = np.full(shape, np.nan), np.full(len(ahead), 0.0 if c.exact else np.nan)
    low, high = np.full(len(ahead), -np.inf), np.full(len(ahead), np.inf)
    now = x[:, -1:]
    if c.kind == "return":
        share = np.minimum(ahead / first, 1.0)
        centre = now + share * (_goal(c, model, x)[:, None] - now)
    elif c.kind == "stay":
        centre = np.repeat(now, len(ahead), axis=1)
    elif c.kind == "shock":
        centre = c.size * np.sqrt(draws.Sigma[:, row, row])[:, None]
        spread[:] = 0.0
    elif c.kind in ("level", "band"):
        a, b = 2 * np.arctanh(c.low or 0.0), 2 * np.arctanh(c.high or 0.0)
        centre[:] = (a + b) / 2
        spread[:] = (b - a) / 2 / _Z90
    elif c.kind == "above":
        low[:] = model.neutral if c.low is None else 2 * np.arctanh(c.low)
    else:
        high[:] = model.neutral if c.high is None else 2 * np.arctanh(c.high)
    return Resolved(
        ahead.astype(np.int64) - 1, centre, spread, low, high, relative=c.kind == "shock"
    )
