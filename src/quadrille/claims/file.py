"""Claims files: TOML with a ``[text]`` and a ``[[claim]]`` for each proposition, checked line by line.

A file says what is claimed and how to ask it. It cannot say what the answer is: there is no key for that.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from quadrille.chronicle.load import bibliography
from quadrille.claims.kinds import KINDS, OPTIONS, Kind
from quadrille.claims.texts import shipped
from quadrille.dates import first_day, last_day
from quadrille.errors import FileFormatError, InputError, OptionError
from quadrille.sources.files import load_toml
from quadrille.states.registry import find

__all__ = ["Claim", "Claims", "Problem", "Text", "read_claims"]

_TEXT = ("title", "author", "publisher", "date", "url", "source")
_CLAIM = ("id", "says", "test", "ties", "direction", "data", "since", "until")
_NEEDED = ("id", "says", "test", "ties", "direction")
_DATA = ("chronicle", "index")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEAD = re.compile(r"\s*\[\[\s*claim\s*\]\]")
_ANY_HEAD = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


class Problem(NamedTuple):
    """One thing wrong in a claims file, or one claim that no data named can hold."""

    file: str
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: {self.key}: {self.what}"


@dataclass(frozen=True, slots=True)
class Text:
    """The text whose claims are checked.

    Attributes
    ----------
    title, author, publisher, date, url : str
        Empty where not given.
    source : str
        Its key in the bibliography of the chronicle, if it is cited there: what rests on it alone is left out.
    """

    title: str
    author: str = ""
    publisher: str = ""
    date: str = ""
    url: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One proposition.

    Attributes
    ----------
    id, says : str
        A short name, and the claim in one sentence.
    test, direction : str
        How it is asked, and which way it is claimed to be; see `quadrille.claims.kinds.KINDS`.
    ties : tuple of (str, str)
        ISO3, in the order given; a state that all share comes first in each.
    data : tuple of str
        Data that are asked, each by itself.
    since, until : date or None
        The time that the claim is about.
    options : mapping
        What else the test takes.
    line, lines : int, mapping of str to int
        Where the claim begins in its file, and where each key is.
    """

    id: str
    says: str
    test: str
    direction: str
    ties: tuple[tuple[str, str], ...]
    data: tuple[str, ...] = _DATA
    since: date | None = None
    until: date | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The kind of test."""
        return KINDS[self.test]

    @property
    def states(self) -> tuple[str, ...]:
        """ISO3 of all states of the ties, each once."""
        return tuple(dict.fromkeys(s for tie in self.ties for s in tie))


@dataclass(frozen=True, slots=True)
class Claims:
    """A claims file: its text, the claims that can be asked, and what is wrong with the others."""

    file: str
    text: Text
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]

    def only(self, ids: Sequence[str]) -> Claims:
        """The file with some of its claims.

        Raises
        ------
        OptionError
            It has no such claim.
        """
        known = [c.id for c in self.claims]
        for name in ids:
            if name not in known:
                raise OptionError(
                    f"only: {self.file} has no claim {name!r}; use {', '.join(known)}"
                )
        return replace(self, claims=tuple(c for c in self.claims if c.id in ids))


class _Fault(Exception):
    """What is wrong with one key of a claim."""

    def __init__(self, key: str, what: str) -> None:
        self.key, self.what = key, what
        super().__init__(what)


def read_claims(file: str | Path) -> Claims:
    """Read a claims file, by its path or by the name of one that came with the package.

    Raises
    ------
    FileFormatError
        It cannot be read, is no TOML, has no text, or holds no claim.
    """
    place = shipped().get(str(file), Path(file))
    name = Path(file).name
    try:
        written = place.read_text(encoding="utf-8-sig")
        raw = load_toml(written)
    except OSError as why:
        raise FileFormatError(
            f"{' '.join(str(file).split()) or 'the claims file'}: cannot be read ({why.strerror}); give a path, or one of {', '.join(shipped())}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise FileFormatError(f"{file}: not a TOML file ({why}); correct it") from None
    entries = raw.get("claim")
    if not isinstance(entries, list) or not entries:
        raise FileFormatError(f"{file}: it holds no [[claim]]; write one for each proposition")
    places = _Places(written)
    text, problems = _text(raw, name, places)
    made: dict[str, Claim] = {}
    for k, entry in enumerate(entries):
        lines = places.claims[k] if k < len(places.claims) else {"": 1}
        found = list(_faults(entry, made))
        problems += [Problem(name, lines.get(f.key, lines[""]), f.key, f.what) for f in found]
        if not found:
            claim = _claim(entry, lines)
            made[claim.id] = claim
    return Claims(name, text, tuple(made.values()), tuple(problems))


class _Places:
    """The line of every key: the TOML reader of the standard library does not say."""

    def __init__(self, written: str) -> None:
        self.claims: list[dict[str, int]] = []
        self.text: dict[str, int] = {"": 1}
        self.top: dict[str, int] = {"": 1}
        here = self.top
        for number, line in enumerate(written.splitlines(), 1):
            if _HEAD.match(line):
                here = {"": number}
                self.claims.append(here)
            elif (head := _ANY_HEAD.fullmatch(line.split("#")[0].rstrip())) is not None:
                self.top.setdefault(head[1], number)
                here = self.text if head[1] == "text" else {}
                here[""] = number
            elif (key := _KEY.match(line)) is not None:
                here.setdefault(key[1], number)


def _text(raw: Mapping[str, Any], name: str, places: _Places) -> tuple[Text, list[Problem]]:
    """The text, and what is wrong outside the claims."""
    problems = [
        Problem(name, places.top.get(k, 1), k, "unknown; a file has [text] and [[claim]]")
        for k in raw
        if k not in ("text", "claim")
    ]
    given = raw.get("text")
    if not isinstance(given, dict) or not isinstance(given.get("title"), str):
        raise FileFormatError(f"{name}: it has no [text] with a title; say whose claims these are")
    for key, value in given.items():
        what = ""
        if key not in _TEXT:
            what = f"unknown; keys of [text] are {', '.join(_TEXT)}"
        elif not isinstance(value, str | date):
            what = "expected text"
        elif key == "source" and value not in bibliography():
            near = get_close_matches(str(value), bibliography(), 1)
            what = f"{value!r} is no work of the chronicle's bibliography" + (
                f"; did you mean {near[0]}?"
                if near
                else "; leave it out where the chronicle does not cite the text"
            )
        if what:
            problems.append(Problem(name, places.text.get(key, 1), f"text.{key}", what))
    known = {k: str(v) for k, v in given.items() if k in _TEXT}
    return Text(**known), problems


def _faults(entry: Any, before: Mapping[str, Claim]) -> Iterator[_Fault]:
    """Everything wrong with one claim."""
    if not isinstance(entry, dict):
        yield _Fault("claim", "expected a table of keys")
        return
    for key in _NEEDED:
        if key not in entry:
            yield _Fault(key, f"missing; a claim needs {', '.join(_NEEDED)}")
    for key in ("id", "says", "test", "direction"):
        if key in entry and not isinstance(entry[key], str):
            yield _Fault(key, "expected text")
            return
    own = str(entry.get("id", ""))
    if own and not _ID.fullmatch(own):
        yield _Fault("id", f"{own!r}: use small letters, digits and hyphens")
    if own in before:
        yield _Fault(
            "id", f"{own!r} is the id of the claim at line {before[own].line}; give another"
        )
    yield from _test_faults(entry)
    yield from _data_faults(entry.get("data", list(_DATA)))
    yield from _time_faults(entry)


def _test_faults(entry: Mapping[str, Any]) -> Iterator[_Fault]:
    """What is wrong with the test, its direction, its ties and what else it takes."""
    test = entry.get("test")
    if test is None:
        return
    if test not in KINDS:
        yield _Fault("test", f"unknown test {test!r}; use one of {', '.join(KINDS)}")
        return
    kind = KINDS[test]
    way = entry.get("direction")
    if way is not None and way not in kind.directions:
        yield _Fault("direction", f"unknown direction {way!r} of {test}; use one of {', '.join(kind.directions)}")  # fmt: skip
    known = (*_CLAIM, *kind.options)
    for key in entry:
        if key not in known:
            yield _Fault(key, f"unknown for {test}; keys are {', '.join(known)}")
    for key in kind.options:
        if key in entry and not OPTIONS[key].fits(entry[key]):
            yield _Fault(key, f"{entry[key]!r}: expected {OPTIONS[key].what}")
        elif key not in entry and key in kind.needs:
            yield _Fault(key, f"missing; {test} needs it: {OPTIONS[key].what}")
    if "among" in entry and OPTIONS["among"].fits(entry["among"]):
        for name in entry["among"]:
            try:
                find(name)
            except InputError as why:
                yield _Fault("among", str(why))
    yield from _tie_faults(entry.get("ties"), kind)


def _tie_faults(ties: Any, kind: Kind) -> Iterator[_Fault]:
    if ties is None:
        return
    least, most = kind.ties
    if not isinstance(ties, list) or not least <= len(ties) <= most:
        many = str(least) if least == most else f"{least} to {most}"
        yield _Fault("ties", f"expected a list of {many} for this test, such as {kind.example}")
        return
    pairs = []
    for tie in ties:
        try:
            pairs.append(_pair(tie))
        except InputError as why:
            yield _Fault("ties", str(why))
    if len(pairs) < len(ties):
        return
    if len({frozenset(p) for p in pairs}) < len(pairs):
        yield _Fault("ties", "one tie is given twice; give different ones")
    elif kind.shares and len(pairs) > 1 and len(_shared(pairs)) != 1:
        yield _Fault("ties", f"the ties of this test share one state, as in {kind.example}")


def _pair(text: Any) -> tuple[str, str]:
    """The two states of a tie, in the order written.

    Raises
    ------
    InputError
    """
    if not isinstance(text, str):
        raise InputError(f"{text!r}: not a tie; write it as PAK-USA")
    trouble: InputError | None = None
    for cut in re.finditer(r"[-–—]", text):
        try:
            a, b = (find(p.strip()).iso3 for p in (text[: cut.start()], text[cut.end() :]))
        except InputError as why:
            trouble = why
            continue
        if a == b:
            raise InputError(f"{text!r}: a tie joins two different states")
        return a, b
    raise trouble or InputError(f"{text!r}: not a tie; write it as PAK-USA")


def _shared(pairs: Sequence[tuple[str, str]]) -> set[str]:
    return set.intersection(*(set(p) for p in pairs))


def _data_faults(data: Any) -> Iterator[_Fault]:
    if not isinstance(data, list) or not data or not all(isinstance(d, str) for d in data):
        yield _Fault("data", 'expected a list, such as ["chronicle", "index"]')
        return
    for name in data:
        known = name in _DATA or name == "lake" or name.startswith("lake:") or Path(name).exists()
        if not known:
            yield _Fault(
                "data", f"{name!r}: no such data; use chronicle, index, lake:NAME or a path"
            )
    if len(set(data)) < len(data):
        yield _Fault("data", "the same data are named twice; name each once")


def _time_faults(entry: Mapping[str, Any]) -> Iterator[_Fault]:
    days = {}
    for key, read in (("since", first_day), ("until", last_day)):
        try:
            days[key] = read(_written(entry.get(key)))
        except InputError as why:
            yield _Fault(key, str(why))
    first, last = days.get("since"), days.get("until")
    if first and last and first > last:
        yield _Fault("until", f"{entry['until']} is before since, {entry['since']}; swap them")


def _written(value: Any) -> Any:
    """A year may be written as a number."""
    return str(value) if isinstance(value, int) else value


def _claim(entry: Mapping[str, Any], lines: Mapping[str, int]) -> Claim:
    """A claim of which nothing is wrong."""
    kind = KINDS[entry["test"]]
    pairs = [_pair(tie) for tie in entry["ties"]]
    if kind.shares and len(pairs) > 1:
        (hub,) = _shared(pairs)
        pairs = [p if p[0] == hub else (p[1], p[0]) for p in pairs]
    options = {k: entry[k] for k in kind.options if k in entry}
    if "among" in options:
        options["among"] = tuple(find(s).iso3 for s in options["among"])
    return Claim(
        entry["id"], " ".join(entry["says"].split()), entry["test"], entry["direction"], tuple(pairs),
        tuple(entry.get("data", _DATA)), first_day(_written(entry.get("since"))),
        last_day(_written(entry.get("until"))), options, lines[""], lines,
    )  # fmt: skip
