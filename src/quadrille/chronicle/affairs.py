"""States of affairs: what lasts between two states, and the events that stand for it.

An act is dated once; a war, an embargo or an alliance holds on every day between two. Each is expanded into
events, so that a year inside it is not without a record for want of dated acts:

- *fighting* and what is next to it (war, siege, mobilisation) is an act a month, of its code's whole weight;
- *what stands* (a standoff, a proxy war, an occupation, broken relations, an embargo, restrictions, an alliance,
  a pact) is an act a year of half its code's weight. To make, end or break it takes an act, which is coded as
  such; that it goes on says less.

Two rules keep them from drowning the acts. No event is made for a period in which the dyad has a dated act of the
same CAMEO root: the act says it better. And of several states of affairs that hold between two states in one month
(or stand in one year), only the gravest becomes an event, one of cooperation and one of conflict at the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from quadrille.chronicle.rows import (
    CERTAINTY,
    UNKNOWN,
    Span,
    among,
    certainty,
    column,
    dated,
    dates,
    parties,
    sure,
    written,
)
from quadrille.coding.record import DOMAINS, EVENT_SCHEMA
from quadrille.coding.schema import Rule, Schema
from quadrille.coding.vocabulary import cameo

__all__ = ["AFFAIR_SCHEMA", "COLUMNS", "KINDS", "REQUIRED", "Kind", "expand", "prepare"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of state of affairs becomes.

    Attributes
    ----------
    cameo : str
        Code of its events.
    every : {"month", "year"}
        How often it counts as an act.
    share : float
        Of the code's Goldstein weight.
    """

    cameo: str
    every: Literal["month", "year"]
    share: float


KINDS = {
    "war": Kind("190", "month", 1.0),
    "siege": Kind("191", "month", 1.0),
    "mobilisation": Kind("154", "month", 1.0),
    "standoff": Kind("154", "year", 0.5),
    "proxy_war": Kind("180", "year", 0.5),
    "occupation": Kind("192", "year", 0.5),
    "broken_relations": Kind("161", "year", 0.5),
    "embargo": Kind("163", "year", 0.5),
    "restrictions": Kind("160", "year", 0.5),
    "alliance": Kind("057", "year", 0.5),
    "pact": Kind("050", "year", 0.5),
}
REQUIRED = (
    "id", "first", "source", "target", "mutual", "kind", "domain", "description", "certainty",
    "reference",
)  # fmt: skip
COLUMNS = (*REQUIRED[:2], "last", *REQUIRED[2:], "locator", "article", "seen")

AFFAIR_SCHEMA: Schema = {
    "id": written(
        "id", r"^[a-z0-9]+(-[a-z0-9]+)*$", "use small letters, digits, hyphens", unique=True
    ),
    "first": dated("first"),
    "last": dated(
        "last", Rule(pl.col("_in_order"), "the last day is before the first"), nullable=True
    ),
    "source": column(
        Rule(pl.col("_source_ok"), UNKNOWN),
        Rule(pl.col("_source_then"), "the state did not exist then"),
    ),
    "target": column(
        Rule(pl.col("_target_ok"), UNKNOWN),
        Rule(pl.col("_target_then"), "the state did not exist then"),
        Rule(pl.col("_differ"), "source and target are the same state"),
    ),
    "mutual": among("mutual", ("yes", "no")),
    "kind": among("kind", tuple(KINDS)),
    "domain": among("domain", DOMAINS),
    "description": column(
        Rule(
            pl.col("description").str.len_chars().is_between(10, 300),
            "one line of 10 to 300 characters",
        )
    ),
    "certainty": certainty(),
    "reference": column(
        Rule(pl.col("_reference_ok"), "names a work that the bibliography does not hold")
    ),
    "locator": column(nullable=True),
    "article": among("article", ("yes", "no"), nullable=True),
    "seen": column(nullable=True),
}


def _sound(span: Span | None) -> bool:
    return span is not None and date(1945, 1, 1) <= span[0] <= date.today()


def prepare(row: dict[str, Any], works: frozenset[str]) -> dict[str, Any]:
    """What the checks of one state of affairs need, and it as written."""
    first, last = dates(row["first"]), dates(row["last"])
    keys = [k.strip() for k in (row["reference"] or "").split(";")]
    return {
        **row,
        **parties(row, first),
        "_first": first[0] if first else None,
        "_last": last[1] if last else None,
        "_first_ok": _sound(first),
        "_last_ok": _sound(last),
        "_in_order": not (first and last) or first[0] <= last[1],
        "_reference_ok": all(k in works for k in keys),
        "_certain_ok": sure(row),
    }


def _starts(first: date, last: date, every: str) -> Iterator[date]:
    """The first day of a span, and of each month or year that begins within it."""
    day = first
    while day <= last:
        yield day
        month = day.month + 1 if every == "month" else 13
        day = date(day.year + (month > 12), (month - 1) % 12 + 1, 1)


def _period(day: date, every: str) -> tuple[int, int]:
    return (day.year, day.month if every == "month" else 0)


def _acted(acts: pl.DataFrame) -> frozenset[tuple[Any, ...]]:
    """Dyad, root and period of every act: by month, unless only its year is known, and by year."""
    found = set()
    columns = ("source", "target", "cameo", "date", "precision")
    for a, b, code, day, precision in acts.select(columns).iter_rows():
        said = (min(a, b), max(a, b), code[:2])
        found.add((*said, _period(day, "year")))
        if precision != "year":
            found.add((*said, _period(day, "month")))
    return frozenset(found)


def _candidates(affairs: pl.DataFrame, acts: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Each state of affairs in each of its periods that no act speaks for, with where it competes and its weight."""
    known, end = _acted(acts), max(acts["date"])
    weights = dict(cameo().select("code", "goldstein").iter_rows())
    for row in affairs.sort("_first", "id").iter_rows(named=True):
        kind = KINDS[row["kind"]]
        dyad = tuple(sorted((row["_source"], row["_target"])))
        weight = kind.share * weights[kind.cameo]
        for day in _starts(row["_first"], row["_last"] or end, kind.every):
            period = _period(day, kind.every)
            if (*dyad, kind.cameo[:2], period) not in known:
                yield (*dyad, period, weight > 0), row, day, weight


def expand(affairs: pl.DataFrame, acts: pl.DataFrame, origin: str) -> pl.DataFrame:
    """The events that stand for states of affairs.

    Parameters
    ----------
    affairs : polars.DataFrame
        Sound rows of `prepare`.
    acts : polars.DataFrame
        The events of the acts, canonical: an open state of affairs lasts to the last of them, and where the dyad
        has an act of the same root no event is made.
    origin : str

    Returns
    -------
    polars.DataFrame
        Canonical events. Ids are the state of affairs' own, ``@`` and the month:
        ``1962-usa-rus-quarantine-of-cuba@1962-11``; they end in ``>`` and ``<`` if it is mutual. Dates are known to
        the month; the text says the kind and since when.
    """
    best: dict[Any, tuple[Any, ...]] = {}
    for place, row, day, weight in _candidates(affairs, acts):
        if place not in best or abs(weight) > abs(best[place][2]):
            best[place] = row, day, weight
    rows = [
        event
        for row, day, weight in best.values()
        for event in _both_ways(row, day, weight, origin)
    ]
    made = pl.DataFrame(rows, schema={n: c.dtype for n, c in EVENT_SCHEMA.items()}, orient="row")
    return made.select(list(EVENT_SCHEMA))


def _both_ways(row: dict[str, Any], day: date, weight: float, origin: str) -> list[dict[str, Any]]:
    """One event, or the two of a mutual state of affairs."""
    here = {
        "event_id": f"{row['id']}@{day:%Y-%m}",
        "date": day,
        "precision": "month",
        "source": row["_source"],
        "target": row["_target"],
        "cameo": KINDS[row["kind"]].cameo,
        "domain": row["domain"],
        "goldstein": weight,
        "reports": 1,
        "certainty": CERTAINTY[row["certainty"]],
        "text": f"{row['description']} ({row['kind'].replace('_', ' ')}, since {row['first']})",
        "origin": origin,
        "reference": row["reference"],
    }
    if row["mutual"] != "yes":
        return [here]
    back = here | {"source": here["target"], "target": here["source"]}
    return [
        here | {"event_id": f"{here['event_id']}>"},
        back | {"event_id": f"{here['event_id']}<"},
    ]
