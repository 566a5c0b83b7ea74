"""The registry: one line a state from 1945 on, and everything it is called.

Codes are ISO 3166 alpha-3, withdrawn ones (``DDR``, ``CSK``, ``YMD``) or our own (``RVN``, ``EAZ``,
``TIB``) for states that ended. Numeric codes are those of the Correlates of War state system (2017)
and of Gleditsch & Ward (1999). A state that went on under another name keeps its line: the USSR is
``RUS``, Yugoslavia ``SRB``, the Federal Republic ``DEU``, North Vietnam ``VNM``, North Yemen ``YEM``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import polars as pl

from quadrille.errors import OptionError, StateNotThenError, UnknownStateError

__all__ = [
    "Scheme",
    "State",
    "all_states",
    "existed",
    "find",
    "get",
    "require",
    "resolve",
    "search",
    "successions",
]

Scheme = Literal["any", "iso3", "cow", "cowabb", "gw", "icews", "cameo"]
Spell = tuple[date, date | None]
# How a name in brackets ends an ICEWS actor: "Military (Pakistan)".
_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")


@dataclass(frozen=True, slots=True)
class State:
    """A state, or a territory that data sets count beside states.

    Attributes
    ----------
    iso3 : str
        Public key everywhere in Quadrille.
    iso2 : str or None
    name : str
    kind : {"state", "territory"}
    cow, gw : int or None
        Correlates of War and Gleditsch-Ward numbers.
    cowabb : str or None
    spells : tuple of (date, date or None)
        First and last day of each time it was a state, None for still; empty if no dates are kept.
    adjectives, aliases : tuple of str
    """

    iso3: str
    iso2: str | None
    name: str
    kind: Literal["state", "territory"]
    cow: int | None
    cowabb: str | None
    gw: int | None
    spells: tuple[Spell, ...]
    adjectives: tuple[str, ...]
    aliases: tuple[str, ...]


def table(name: str) -> pl.DataFrame:
    """A table of the registry's data folder, all text."""
    raw = files("quadrille.states").joinpath(f"data/{name}.csv").read_bytes()
    return pl.read_csv(raw, infer_schema=False)


def _spells(text: str | None) -> tuple[Spell, ...]:
    pairs = (spell.split("/") for spell in (text or "").split(";") if spell)
    return tuple((date.fromisoformat(a), date.fromisoformat(b) if b else None) for a, b in pairs)


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


@cache
def _registry() -> dict[str, State]:
    return {
        r["iso3"]: State(
            iso3=r["iso3"],
            iso2=r["iso2"],
            name=r["name"],
            kind=r["kind"],
            cow=int(r["cow"]) if r["cow"] else None,
            cowabb=r["cowabb"],
            gw=int(r["gw"]) if r["gw"] else None,
            spells=_spells(r["spells"]),
            adjectives=_list(r["adjectives"]),
            aliases=_list(r["aliases"]),
        )
        for r in table("states").iter_rows(named=True)
    }


@cache
def successions() -> pl.DataFrame:
    """Which state came out of which: ``date, before, after, how``; ``before`` null if of none."""
    return table("successions").with_columns(pl.col("date").str.to_date())


def key(text: str) -> str:
    """Fold case, accents, punctuation, a leading article and "&" away."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("’", "'"))
    kept = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[^\w]+", " ", kept).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def _names(state: State) -> list[str]:
    return [state.name, *state.aliases, *state.adjectives]


@cache
def _index(scheme: Scheme) -> dict[str, str]:
    """Key to ISO3 in one scheme; in "any", earlier entries win: ISO3, CAMEO, COW, Gleditsch-Ward."""
    states = _registry().values()
    codes = [a for s in states for a in s.aliases if re.fullmatch(r"[A-Z]{3}", a)]
    cameo = {a: s.iso3 for s in states for a in s.aliases if a in codes}
    iso3 = {s.iso3: s.iso3 for s in states}
    cow = {str(s.cow): s.iso3 for s in states if s.cow} | {
        a: s.iso3 for s in states for a in s.aliases if a.isdigit()
    }
    gw = {str(s.gw): s.iso3 for s in states if s.gw}
    cowabb = {s.cowabb: s.iso3 for s in states if s.cowabb} | {"GFR": "DEU", "YAR": "YEM"}
    names = {n: s.iso3 for s in states for n in _names(s)}
    parts: dict[Scheme, list[dict[str, str]]] = {
        "iso3": [iso3],
        "cow": [cow],
        "gw": [gw],
        "cowabb": [cowabb],
        "cameo": [iso3, cameo],
        # ICEWS writes "Congo" for the Republic alone.
        "icews": [names, {"Congo": "COG"}],
        "any": [iso3, cameo, names, cowabb, {s.iso2: s.iso3 for s in states if s.iso2}, cow, gw],
    }
    index: dict[str, str] = {}
    for part in parts[scheme]:
        for name, code in part.items():
            index.setdefault(key(name), code)
    return index


def names_index() -> dict[str, str]:
    """Folded names and adjectives to ISO3, without those that several states bore."""
    return _index("icews")


def ambiguous_keys() -> frozenset[str]:
    """Folded names that several states bore."""
    return frozenset(_ambiguous())


@cache
def _ambiguous() -> dict[str, list[tuple[str, Spell]]]:
    found: dict[str, list[tuple[str, Spell]]] = {}
    for name, iso3, since, until in table("ambiguous").iter_rows():
        spell = (
            date.fromisoformat(since) if since else date.min,
            date.fromisoformat(until) if until else None,
        )
        found.setdefault(key(name), []).append((iso3, spell))
    return found


def readings(text: str) -> list[str]:
    """The text, then what stands in its closing brackets, then what stands before them."""
    inside = _BRACKETS.search(text)
    return [text, inside[1], text[: inside.start()]] if inside else [text]


def lookup(text: str, scheme: Scheme = "any") -> str | None:
    """ISO3 of a text, null where nothing or more than one state is meant."""
    index = _index(scheme)
    return next((index[k] for r in readings(text) if (k := key(r)) in index), None)


def _in(spell: Spell, since: date, until: date) -> bool:
    return spell[0] <= until and (spell[1] is None or spell[1] >= since)


def all_states() -> tuple[State, ...]:
    """Every line of the registry, by ISO3."""
    return tuple(_registry().values())


def get(iso3: str) -> State:
    """The state of an exact code.

    Raises
    ------
    UnknownStateError
    """
    try:
        return _registry()[iso3]
    except KeyError:
        raise UnknownStateError(iso3, _close(iso3)) from None


def _close(text: str) -> list[str]:
    keys = get_close_matches(key(text), [*_index("any"), *_ambiguous()], n=6, cutoff=0.7)
    codes = [_index("any").get(k) or _ambiguous()[k][0][0] for k in keys]
    return [_registry()[c].name for c in dict.fromkeys(codes)][:3]


def find(text: str, on: date | None = None) -> State:
    """The state a person or a file means.

    Parameters
    ----------
    text : str
        Code (ISO3, ISO2, CAMEO, COW letters or number, Gleditsch-Ward number), name of today or of
        the past, adjective, or an ICEWS actor such as ``"Military (Pakistan)"``. Where schemes
        disagree the order is ISO3, CAMEO, names, COW, Gleditsch-Ward.
    on : date, optional
        Decides a name that several states bore, such as "East Pakistan".

    Raises
    ------
    UnknownStateError
        Nothing or more than one thing is meant; ``suggestions`` holds close names.

    Examples
    --------
    >>> [find(t).iso3 for t in ("Russian Federation", "USSR", "365", "Soviet", "Military (Pakistan)")]
    ['RUS', 'RUS', 'RUS', 'RUS', 'PAK']
    """
    for folded in map(key, readings(text)):
        if folded in _index("any"):
            return get(_index("any")[folded])
        if folded in _ambiguous():
            meant = [c for c, spell in _ambiguous()[folded] if on is None or _in(spell, on, on)]
            if len(meant) == 1:
                return get(meant[0])
            raise UnknownStateError(text, [get(c).name for c, _ in _ambiguous()[folded]])
    raise UnknownStateError(text, _close(text))


def resolve(values: pl.Series, scheme: Scheme = "any") -> pl.Series:
    """ISO3 of each value, null where nothing or more than one state is meant.

    Parameters
    ----------
    values : polars.Series
        Codes or names, numbers or text, any length; each distinct value is looked up once.
    scheme : {"any", "iso3", "cow", "cowabb", "gw", "icews", "cameo"}
        ``icews``: names only, so that a sector such as "Can" is not read as a code.

    Raises
    ------
    OptionError
        Unknown scheme.
    """
    if scheme not in get_args(Scheme):
        raise OptionError(
            f"unknown code scheme {scheme!r}; use one of {', '.join(get_args(Scheme))}"
        )
    if values.dtype.is_float():
        values = values.cast(pl.Int64)
    text = values.cast(pl.String)
    distinct = text.drop_nulls().unique()
    codes = [lookup(v, scheme) for v in distinct]
    known = pl.Series(codes, dtype=pl.String)
    return text.replace_strict(distinct, known, default=None, return_dtype=pl.String)


def existed(iso3: str, on: date) -> bool:
    """Whether the state existed on a day; True for territories, whose dates are not kept."""
    spells = get(iso3).spells
    return not spells or any(_in(s, on, on) for s in spells)


def _dates(state: State) -> str:
    return ", ".join(f"{a} to {b or 'today'}" for a, b in state.spells)


def require(text: str, since: date | None = None, until: date | None = None) -> State:
    """Find a state and check that it existed at some time of a closed interval.

    Raises
    ------
    UnknownStateError
    StateNotThenError
        The message gives its dates and, before them, what it belonged to.
    """
    state = find(text, on=until or since)
    first, last = since or date.min, until or date.max
    if not state.spells or any(_in(s, first, last) for s in state.spells):
        return state
    came = successions().filter((pl.col("after") == state.iso3) & (pl.col("date") > last))
    before = [get(c).name for c in came["before"].drop_nulls()]
    hint = f"; until then see {before[0]}" if before else ""
    when = f"from {since or 'the beginning'} to {until or 'today'}"
    raise StateNotThenError(
        f"{state.name} did not exist {when}: it was a state {_dates(state)}{hint}"
    )


def search(text: str, limit: int = 10) -> pl.DataFrame:
    """States whose names or codes are, hold or resemble a text, best first.

    Returns
    -------
    polars.DataFrame
        ``iso3, name, cow, gw, since, until, matched``; dates of the first and the last spell.
    """
    folded = key(text)
    entries = [
        *_index("any").items(),
        *((k, c) for k, found in _ambiguous().items() for c, _ in found),
    ]
    exact = [(k, c) for k, c in entries if k == folded]
    actor = [(folded, code)] if (code := lookup(text)) else []
    inside = sorted((k, c) for k, c in entries if len(folded) > 2 and folded in k)
    close = set(get_close_matches(folded, [k for k, _ in entries], n=limit, cutoff=0.75))
    ranked = [*exact, *actor, *inside, *((k, c) for k, c in entries if k in close)]
    best: dict[str, str] = {}
    for k, code in ranked if folded else []:
        best.setdefault(code, k)
    rows = [
        (s.iso3, s.name, s.cow, s.gw, s.spells[0][0] if s.spells else None,
         s.spells[-1][1] if s.spells else None, matched)
        for s, matched in ((get(c), k) for c, k in list(best.items())[:limit])
    ]  # fmt: skip
    schema = {"iso3": pl.String, "name": pl.String, "cow": pl.Int64, "gw": pl.Int64,
              "since": pl.Date, "until": pl.Date, "matched": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
