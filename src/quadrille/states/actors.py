"""Which state an actor of an event data set stands for: bodies named after it, and its officials.

Event data name persons and bodies: "Armed Forces of Ukraine", "Vladimir Putin". A body counts for the
state whose name or adjective it bears. A person counts while in an office of the state, by the dated
tables ``data/actors.csv`` and ``data/leaders.csv``; the same person before or after is nobody's actor.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from quadrille.states.leaders import spelt_out
from quadrille.states.registry import (
    all_states,
    ambiguous_keys,
    is_code,
    lookup,
    names_index,
    table,
)
from quadrille.states.spelling import key, readings

__all__ = ["actors", "resolve_actors"]

# Bodies between states and movements: what comes after them is where they work, not whose they are.
_BETWEEN = (
    "united nations", "un", "african union", "european union", "eu", "nato",
    "north atlantic treaty organization", "organization of american states",
    "organisation of american states", "arab league", "league of arab states",
    "islamic state", "economic community", "kosovo force", "international commission",
    "international criminal tribunal",
)  # fmt: skip
# Names that hold a state's name and are not that state.
_NOT = (
    "african american", "native american", "arab american", "latin america", "latin american",
    "central america", "central american", "south america", "south american", "north america",
    "north american", "inter american", "inner mongolia", "order of malta", "central african states",
    "of rhodes and of malta", "american samoa", "east indian", "west indian", "west indies",
    "indian ocean", "gulf of guinea", "new guinea island", "niger delta", "niger river", "benin city",
    "south china sea", "east china sea", "sea of japan", "gulf of mexico", "gulf of oman",
    "gulf of thailand", "panama canal", "korean peninsula", "new england", "french guiana",
    "french polynesia", "british virgin", "british columbia", "new mexico", "new brunswick",
    "german shepherd", "american university of", "american university in", "irish republican army",
    "american popular revolutionary alliance", "indian administered kashmir",
    "pakistan administered kashmir", "northern cyprus", "georgia state", "jordan river",
    "america movil",
)  # fmt: skip
# Names of states that are names of persons too; they count only after a preposition, or where a body's word
# stands before or anywhere behind: "American Enterprise Institute".
_PERSONS = frozenset(
    ("chad", "chile", "cuba", "cyprus", "dominica", "england", "france", "french", "georgia",
     "german", "holland", "india", "ireland", "israel", "jersey", "jordan", "kenya", "mali", "malta",
     "nepal", "oman", "samoa", "scotland", "togo", "wales", "washington", "irish", "american")
)  # fmt: skip
_BODIES = frozenset(
    ("academy", "administration", "agency", "air", "airlines", "airways", "alliance", "ambassador",
     "armed", "army", "assembly", "association", "authority", "bank", "board", "border", "bureau",
     "business", "cabinet", "central", "chamber", "church", "coalition", "coast", "college",
     "command", "commission", "committee", "communist", "company", "confederation", "congress",
     "constitutional", "corporation", "council", "court", "cricket", "cyber", "defence", "defense",
     "democratic", "department", "development", "diaspora", "embassy", "federation", "force", "forces", "foreign",
     "foundation", "front", "government", "guard", "institute", "intelligence", "islamic",
     "journal", "justice", "labour", "liberation", "media", "medical", "military", "minister",
     "ministry", "mission", "movement", "national", "navy", "network", "news", "office", "olympic",
     "opposition", "oil", "organization", "parliament", "party", "patriotic", "people", "peoples",
     "police", "post", "power", "president", "press", "presse", "public", "radio", "rangers", "ranger", "red",
     "republic", "reserve", "revenue", "revolutionary", "royal", "school", "secret", "security",
     "senate", "service", "society", "space", "state", "stock", "students", "supreme", "telecom",
     "television", "times", "today", "tourism", "trade", "tribune", "union", "united", "university", "water", "wildlife",
     "women", "workers", "yard", "youth")
)  # fmt: skip


@cache
def actors() -> pl.DataFrame:
    """Officials and organs of states: ``name, iso3, since, until, role``; empty dates are open.

    With the leaders of five states, who may hold several offices at once: a row an office.
    """
    own = table("actors").with_columns(pl.col("since", "until").str.to_date())
    return pl.concat([own, spelt_out()]).sort("iso3", "name", "since", maintain_order=True)


def _spans(words: list[str], names: dict[str, str], doubtful: frozenset[str]) -> set[str | None]:
    """States whose names stand among the words, longest first; None for one of several states.

    A name that may be a person's counts beside another state's: "India Pakistan Society" has two.
    """
    found: set[str | None] = set()
    perhaps: set[str | None] = set()
    k = 0
    while k < len(words):
        for n in range(min(5, len(words) - k), 0, -1):
            phrase = " ".join(words[k : k + n])
            if phrase in doubtful:
                found.add(None)
            elif phrase in names:
                (found if _counts(phrase, words, k, n) else perhaps).add(names[phrase])
            else:
                continue
            k += n - 1
            break
        k += 1
    return found | perhaps if found else found


def _counts(phrase: str, words: list[str], k: int, n: int) -> bool:
    """Whether a state's name at a place is meant as one and not as a person's."""
    if phrase not in _PERSONS:
        return True
    before = words[k - 1] if k else ""
    return before in ("of", "the", "du", "for", "in") or bool({before, *words[k + n :]} & _BODIES)


@cache
def _names() -> dict[str, str]:
    """Folded names and adjectives, without codes."""
    codes = {key(a) for s in all_states() for a in s.aliases if is_code(a)}
    return {name: iso3 for name, iso3 in names_index().items() if name not in codes}


def _bears(name: str) -> str | None:
    """The one state whose name or adjective a body bears."""
    folded = f" {key(name)} "
    for phrase in _BETWEEN:
        folded = folded.split(f" {phrase} ", 1)[0] + " "
    for phrase in _NOT:
        folded = folded.replace(f" {phrase} ", " ")
    found = _spans(folded.split(), _names(), ambiguous_keys())
    return next(iter(found)) if len(found) == 1 else None


def resolve_actors(names: pl.Series, on: pl.Series) -> pl.Series:
    """ISO3 of the state each actor stands for on a day, null where for none or more than one.

    Tried in this order: the whole name or what stands in its closing brackets; an office held on that
    day; a state's name within the name.

    Parameters
    ----------
    names : polars.Series
        As ICEWS writes actors.
    on : polars.Series
        Date of each.
    """
    frame = pl.DataFrame({"name": names.cast(pl.String), "on": on}).with_row_index("row")
    listed = actors().with_columns(_key=pl.col("name").map_elements(key, pl.String))
    official = set(listed["_key"])
    distinct = frame["name"].drop_nulls().unique()
    plain = [lookup(n, "icews") for n in distinct]
    keys = [next((k for r in readings(n) if (k := key(r)) in official), None) for n in distinct]
    inside = [None if p or k else _bears(n) for n, k, p in zip(distinct, keys, plain, strict=True)]
    known = pl.DataFrame(
        {"name": distinct, "_key": keys, "plain": plain, "inside": inside},
        schema={"name": pl.String, "_key": pl.String, "plain": pl.String, "inside": pl.String},
    )
    frame = frame.join(known, on="name", how="left", maintain_order="left")
    held = (
        frame.join(listed.select("_key", "iso3", "since", "until"), on="_key")
        .filter(
            (pl.col("since").is_null() | (pl.col("on") >= pl.col("since")))
            & (pl.col("until").is_null() | (pl.col("on") <= pl.col("until")))
        )
        .unique("row")
        .select("row", "iso3")
    )
    return (
        frame.join(held, on="row", how="left", maintain_order="left")
        .select(pl.coalesce("plain", "iso3", "inside"))
        .to_series()
        .alias(names.name)
    )
