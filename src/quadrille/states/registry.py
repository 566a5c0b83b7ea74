"""The registry: one line a state from 1945 on, and everything it is called.

Codes are ISO 3166 alpha-3, withdrawn ones (``DDR``, ``CSK``, ``YMD``) or our own (``RVN``, ``EAZ``,
``TIB``) for states that ended. Numeric codes are those of the Correlates of War state system (2017)
and of Gleditsch & Ward (1999). A state that went on under another name keeps its line: the USSR is
``RUS``, Yugoslavia ``SRB``, the Federal Republic ``DEU``, North Vietnam ``VNM``, North Yemen ``YEM``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, get_args

import polars as pl

from quadrille.errors import OptionError, StateNotThenError, UnknownStateError
from quadrille.states.spelling import Parts, core, is_side, key, parts, slips, without_former, words

__all__ = [
    "Scheme",
    "State",
    "all_states",
    "existed",
    "find",
    "get",
    "names_of",
    "require",
    "resolve",
    "search",
    "successions",
]

Scheme = Literal["any", "iso3", "cow", "cowabb", "gw", "icews", "cameo"]
Spell = tuple[date, date | None]
# States that bear one name with another or did, or nearly: only a full name tells them apart.
_DIVIDED = frozenset(
    ("CHN", "COD", "COG", "DDR", "DEU", "DMA", "KOR", "PRK", "RVN", "TWN", "VNM", "YEM", "YMD")
)
# Regions whose names a state's name spells too.
_REGIONS = frozenset(("southern africa",))
_CODE = re.compile(r"[A-Z]{2,4}")
# Codes that people say and write as names.
_SPOKEN = frozenset(("usa", "us", "uk", "uae", "ussr", "prc", "dprk", "drc"))


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
    sovereign : str or None
        ISO3 of the state that a territory belongs to; None if that is disputed or nobody's.
    cow, gw : int or None
        Correlates of War and Gleditsch-Ward numbers of today; those it bore before are read too.
    cowabb : str or None
    spells : tuple of (date, date or None)
        First and last day of each time it was a state, None for still; empty if no dates are kept.
    adjectives, aliases : tuple of str
    """

    iso3: str
    iso2: str | None
    name: str
    kind: Literal["state", "territory"]
    sovereign: str | None
    cow: int | None
    cowabb: str | None
    gw: int | None
    spells: tuple[Spell, ...]
    adjectives: tuple[str, ...]
    aliases: tuple[str, ...]


@cache
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
            sovereign=r["sovereign"],
            cow=int(_list(r["cow"])[0]) if r["cow"] else None,
            cowabb=_list(r["cowabb"])[0] if r["cowabb"] else None,
            gw=int(_list(r["gw"])[0]) if r["gw"] else None,
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


def _names(state: State) -> list[str]:
    return [state.name, *state.aliases, *state.adjectives]


def _codes(column: str) -> dict[str, str]:
    """Codes of one scheme, those of the past too, to ISO3."""
    rows = table("states").select(column, "iso3").drop_nulls().iter_rows()
    return {code: iso3 for codes, iso3 in rows for code in _list(codes)}


@cache
def _index(scheme: Scheme) -> dict[str, str]:
    """Key to ISO3 in one scheme; in "any", earlier entries win: ISO3, CAMEO, COW, Gleditsch-Ward."""
    states = _registry().values()
    iso3 = {s.iso3: s.iso3 for s in states}
    cameo = {a: s.iso3 for s in states for a in s.aliases if re.fullmatch(r"[A-Z]{3}", a)}
    names = {n: s.iso3 for s in states for n in _names(s)}
    cow, cowabb, gw = _codes("cow"), _codes("cowabb"), _codes("gw")
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


def is_code(text: str) -> bool:
    """Whether an alias is a code that nobody says: "Sun" and "Pal" are persons' names too."""
    return text.isdigit() or (_CODE.fullmatch(text) is not None and key(text) not in _SPOKEN)


@cache
def _nouns() -> dict[str, tuple[str, ...]]:
    """Words of names, in every spelling, to ISO3; several where several states bore them."""
    found: dict[str, tuple[str, ...]] = {
        words(name): tuple(code for code, _ in meant) for name, meant in _ambiguous().items()
    }
    for state in _registry().values():
        for name in (state.name, *state.aliases):
            if not is_code(name):
                found[words(name)] = tuple(dict.fromkeys((*found.get(words(name), ()), state.iso3)))
    return found


@cache
def _adjectives() -> dict[str, str]:
    return {words(a): s.iso3 for s in _registry().values() for a in s.adjectives}


def _spelt(text: str) -> tuple[str, ...]:
    """Whose name the words of a text are, in whatever order and however short or long.

    A full name counts for a state unless another has or had the name without its form: of two Congos,
    "Democratic Republic" tells which. Nor does it where the form is itself a state's name, as "United Kingdom" is.
    """
    if key(text) in _REGIONS:
        return ()
    folded = words(text)
    for name in (folded, without_former(folded)):
        if name in _nouns():
            return _nouns()[name]
    bare = core(folded)
    if " ".join(w for w in folded.split() if w not in bare.split()) in _nouns():
        return ()
    known = _nouns().get(bare) or ((_adjectives()[bare],) if bare in _adjectives() else ())
    return () if _DIVIDED.intersection(known) else known


def _narrower(before: str, after: str, mark: str) -> tuple[str, ...]:
    """Which of two different states a text means that names both; both if it cannot be told.

    A territory beside its sovereign is meant; "France, Monaco" is a list. What stands before brackets is
    meant, unless the brackets hold a part of it ("Serbia (Kosovo)") or the United States, whose places
    bear many states' names.
    """
    sovereign = {code: _registry()[code].sovereign for code in (before, after)}
    if mark != "/" and sovereign[before] == after:
        return (before,)
    if mark == "(" and sovereign[after] == before:
        return (after,)
    left = successions().filter(pl.col("before") == before)["after"].to_list()
    inner = after in left or after == "USA" or _registry()[after].kind == "territory"
    return (before,) if mark == "(" and not inner else (before, after)


def _of_two(before: tuple[str, ...], after: tuple[str, ...], mark: str) -> tuple[str, ...]:
    """States meant by a text in two parts, from those that each part names."""
    if not before or not after:
        return (after if mark == "(" else ()) if not before else (before if mark != "," else ())
    common = tuple(c for c in before if c in after or _registry()[c].sovereign in after)
    if common or len(before) > 1 or len(after) > 1:
        return common or (*before, *after)
    return _narrower(before[0], after[0], mark)


@cache
def _slips() -> frozenset[str]:
    """Names of five letters and more with a slip of the pen."""
    names = (n for s in _registry().values() for n in (s.name, *s.aliases) if not is_code(n))
    return frozenset(slip for name in names if len(key(name)) > 4 for slip in slips(name))


def _misspelt(text: str) -> bool:
    """Whether a text is nearly the name of a state: "Tiwan (China)" is not China."""
    return (
        len(key(text)) > 3
        and words(text) not in _adjectives()
        and not _slips().isdisjoint(slips(text))
    )


def _split(found: Parts, scheme: Scheme) -> tuple[str, ...]:
    """States meant by a text in two parts."""
    before = _spelt(found.before)
    inside = meanings(found.after, scheme) if found.mark == "(" else _spelt(found.after)
    own = any(_registry()[code].sovereign in inside for code in before)
    if before and not own and words(found.after) in _adjectives():
        # "Cyprus (Turkish)" is a part of what stands before, or it is somewhere else.
        return tuple(dict.fromkeys((*before, *inside)))
    if is_side(found.after) or (inside and not before and _misspelt(found.before)):
        return ()
    return _of_two(before, inside, found.mark)


@lru_cache(1024)
def meanings(text: str, scheme: Scheme = "any") -> tuple[str, ...]:
    """ISO3 of every state that a text may mean: none, one, or several if it does not say which."""
    folded = key(text)
    if folded in _index(scheme):
        return (_index(scheme)[folded],)
    if scheme not in ("any", "icews"):
        return ()
    if folded in _ambiguous():
        return tuple(code for code, _ in _ambiguous()[folded])
    found = parts(text)
    if found and found.mark == "(" and _spelt(found.before) and _spelt(found.after):
        # "Montenegro (Serbia)" is not "Serbia and Montenegro".
        return _split(found, scheme)
    return _spelt(text) or (_split(found, scheme) if found else ())


def lookup(text: str, scheme: Scheme = "any") -> str | None:
    """ISO3 of a text, null where nothing or more than one state is meant."""
    found = meanings(text, scheme)
    return found[0] if len(found) == 1 else None


def _in(spell: Spell, since: date, until: date) -> bool:
    return spell[0] <= until and (spell[1] is None or spell[1] >= since)


def all_states() -> tuple[State, ...]:
    """Every line of the registry, by ISO3."""
    return tuple(_registry().values())


def names_of(codes: Sequence[str]) -> str:
    """``Iran, Saudi Arabia and Israel``, of exact codes.

    Raises
    ------
    UnknownStateError
    """
    names = [get(code).name for code in codes]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


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
    OptionError
        It is no text.

    Examples
    --------
    >>> [find(t).iso3 for t in ("Russian Federation", "USSR", "365", "Soviet", "Military (Pakistan)")]
    ['RUS', 'RUS', 'RUS', 'RUS', 'PAK']
    """
    if not isinstance(text, str):
        raise OptionError(f"find: text is {text!r:.60}; expected text, such as 'PAK' or '770'")
    found = meanings(text)
    if len(found) > 1:
        then = tuple(c for c, spell in _ambiguous().get(key(text), ()) if on and _in(spell, on, on))
        if len(then) != 1:
            raise UnknownStateError(text, [get(c).name for c in found], several=True)
        found = then
    if not found:
        raise UnknownStateError(text, _close(text))
    return get(found[0])


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
    """States whose names or codes are or hold a text, best first; where none is that text, also those that resemble it.

    Returns
    -------
    polars.DataFrame
        ``iso3, name, kind, cow, gw, since, until, matched``; dates of the first and the last spell.
    """
    folded = key(text)
    entries = [
        *_index("any").items(),
        *((k, c) for k, found in _ambiguous().items() for c, _ in found),
    ]
    exact = [(k, c) for k, c in entries if k == folded]
    actor = [(folded, code)] if (code := lookup(text)) else []
    inside = sorted((k, c) for k, c in entries if len(folded) > 2 and folded in k)
    known = [] if exact or actor else [k for k, _ in entries]
    close = set(get_close_matches(folded, known, n=limit, cutoff=0.75))
    ranked = [*exact, *actor, *inside, *((k, c) for k, c in entries if k in close)]
    best: dict[str, str] = {}
    for k, code in ranked if folded else []:
        best.setdefault(code, k)
    rows = [
        (s.iso3, s.name, s.kind, s.cow, s.gw, s.spells[0][0] if s.spells else None,
         s.spells[-1][1] if s.spells else None, matched)
        for s, matched in ((get(c), k) for c, k in list(best.items())[:limit])
    ]  # fmt: skip
    schema = {"iso3": pl.String, "name": pl.String, "kind": pl.String, "cow": pl.Int64, "gw": pl.Int64,
              "since": pl.Date, "until": pl.Date, "matched": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
