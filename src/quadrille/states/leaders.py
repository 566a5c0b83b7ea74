"""Who led the five states at the heart of the chronicle, from 1947 on: one row a term of an office.

Heads of state and of government, party leaders where they ruled, foreign and defence ministers, national
security advisers and army chiefs of Pakistan, Russia, India, the United States and China. A time in which
nobody held an office, or nobody was found, is a row without a name. The last day of a term is the day it was
handed over, so that two holders may share it; a day on which an office changed hands has both.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from quadrille.states.registry import table

__all__ = ["holders", "leaders", "leading", "spelt_out"]

# The office that leads, the first of these that a state has.
_LEADING = ("leader", "head of state and government", "head of government")


@cache
def leaders() -> pl.DataFrame:
    """Every term.

    Returns
    -------
    polars.DataFrame
        ``iso3, office, name, spellings, since, until, how, certainty, note``: ``name`` is null where
        nobody held the office or nobody was found, as ``note`` says; ``spellings``, a list, holds other
        ways in which news write the name; ``until`` is null for a term that lasts; ``how`` is null, acting or caretaker; ``certainty`` of
        the days is certain or probable.
    """
    return table("leaders").with_columns(
        pl.col("since", "until").str.to_date(),
        pl.col("spellings").fill_null("").str.split(";").list.eval(
            pl.element().filter(pl.element() != "")
        ),
    )  # fmt: skip


def holders(iso3: str, on: date, office: str | None = None) -> pl.DataFrame:
    """Terms of a state that a day lies in, all of them or those of one office.

    Examples
    --------
    >>> holders("PAK", date(1998, 5, 28), "army chief")["name"].to_list()
    ['Jehangir Karamat']
    """
    day = pl.lit(on)
    held = (pl.col("since") <= day) & (pl.col("until").is_null() | (pl.col("until") >= day))
    mine = leaders().filter((pl.col("iso3") == iso3) & pl.col("name").is_not_null() & held)
    return mine if office is None else mine.filter(pl.col("office") == office)


def leading(iso3: str) -> tuple[int, ...]:
    """Years in which another leader than in the year before held office for most of the days; none: no such record.

    Examples
    --------
    >>> leading("USA")[:3]
    (1953, 1961, 1964)
    """
    mine = leaders().filter(pl.col("iso3") == iso3)
    office = next((x for x in _LEADING if x in mine["office"]), None)
    terms = mine.filter((pl.col("office") == (office or "")) & pl.col("name").is_not_null()).sort(
        "since"
    )
    if terms.is_empty():
        return ()
    spans = [
        (n, s, u or date.today()) for n, s, u in terms.select("name", "since", "until").iter_rows()
    ]
    held = {year: _most(spans, year) for year in range(1946, spans[-1][2].year + 1)}
    return tuple(y for y in held if held[y] and held.get(y - 1) and held[y] != held[y - 1])


def _most(spans: list[tuple[str, date, date]], year: int) -> str:
    """Who held an office for most of the days of a year; empty: nobody."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days: dict[str, int] = {}
    for name, since, until in spans:
        if since <= last and until >= first:
            days[name] = days.get(name, 0) + (min(until, last) - max(since, first)).days
    return max(days, key=days.__getitem__, default="")


def spelt_out() -> pl.DataFrame:
    """Terms under every spelling of the name: ``name, iso3, since, until, role``."""
    named = leaders().filter(pl.col("name").is_not_null())
    every = pl.concat_list(pl.concat_list("name"), "spellings")
    return (
        named.with_columns(name=every)
        .explode("name")
        .select("name", "iso3", "since", "until", role="office")
    )
