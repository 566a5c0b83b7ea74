"""GDELT events as one Ibis expression that DuckDB, Spark and BigQuery all run."""

from __future__ import annotations

from functools import cache

import ibis
import ibis.expr.types as ir

from quadrille.coding.record import DOMAINS
from quadrille.coding.vocabulary import cameo
from quadrille.sources.events.gdelt import REGIONS
from quadrille.sources.events.rows import FIRST_DAY
from quadrille.states.registry import all_states

__all__ = ["canonical"]


@cache
def _codes() -> tuple[tuple[str, ...], dict[str, str]]:
    """Codes that are ISO3 already, and what the others of CAMEO stand for."""
    states = all_states()
    same = tuple(s.iso3 for s in states)
    other = {
        a: s.iso3 for s in states for a in s.aliases if len(a) == 3 and a.isupper() and a.isalpha()
    }
    return same, {a: i for a, i in other.items() if a not in same}


def _state(code: ir.StringValue) -> ir.StringValue:
    same, other = _codes()
    pairs = [(code == alias, ibis.literal(iso3)) for alias, iso3 in sorted(other.items())]
    return ibis.cases((code.isin(same), code), *pairs, else_=ibis.null("string"))


def _domain(code: ir.StringValue) -> ir.StringValue:
    table = cameo()
    pairs = [
        (code.isin(table.filter(domain=d)["code"].to_list()), ibis.literal(d))
        for d in DOMAINS
        if d != "diplomacy"
    ]
    return ibis.cases(*pairs, else_=ibis.literal("diplomacy"))


def _date(text: ir.StringValue) -> ir.DateValue:
    """A date from YYYYMMDD; null if it is none."""
    iso = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)
    return ibis.cases((text.length() == 8, iso), else_=ibis.null("string")).try_cast("date")


def canonical(raw: ir.Table, also: tuple[str, ...] = (), padded: bool = False) -> ir.Table:
    """GDELT rows as canonical events, with ``reason`` where a row is no act between two states.

    Parameters
    ----------
    raw : ibis.Table
        Text columns named as in `V1` or `V2`; at least the identifier, SQLDATE, the two country codes,
        names and first types, EventCode, GoldsteinScale, NumMentions, AvgTone and SOURCEURL.
    also : tuple of str
        Further columns to pass on as they are.
    padded : bool
        Rows may be short, so that cells are missing at the end: GDELT 1.0 has 57 columns and 58.

    Returns
    -------
    ibis.Table
        The columns of `quadrille.coding.record.EVENT_SCHEMA` but for ``story``, which is the ``reference``, then ``mentions`` (how often the event was
        mentioned, Int32), ``tone`` (average tone of the documents), ``kind`` and ``reason``: kind is
        ``events`` (reason null), ``skipped`` (valid, but not between two known states; a side that is no
        state has the code of the file) or ``rejected`` (malformed).
    """
    code, day = raw.EventCode, _date(raw.SQLDATE.cast("string"))
    one, two = raw.Actor1CountryCode, raw.Actor2CountryCode
    source, target = _state(one), _state(two)
    weight = raw.GoldsteinScale.try_cast("float64")
    # The last two cells: the day it was added, which is in every row, and the address.
    cut = raw.DATEADDED.isnull() & raw.SOURCEURL.isnull() if padded else ibis.literal(False)
    malformed = ibis.cases(
        (cut, "wrong number of columns"),
        (raw.GLOBALEVENTID.try_cast("int64").isnull(), "event id is no number"),
        (day.isnull(), "bad date"),
        ((day < ibis.date(FIRST_DAY.isoformat())) | (day > ibis.today()), "date out of range"),
        (~code.isin(cameo()["code"].to_list()) | code.isnull(), "unknown CAMEO code"),
        (weight.isnull() & raw.GoldsteinScale.notnull(), "weight is no number"),
        (weight.abs() > 10, "weight out of range"),
        else_=ibis.null("string"),
    )
    skip = ibis.cases(
        (one.isnull() | two.isnull(), "no country on one side"),
        (one.isin(REGIONS) | two.isin(REGIONS), "a region, not a state"),
        (source.isnull() | target.isnull(), "unknown country code"),
        (source == target, "within one state"),
        else_=ibis.null("string"),
    )
    return raw.select(
        event_id=raw.GLOBALEVENTID,
        date=day,
        precision=ibis.literal("day"),
        source=ibis.coalesce(source, one),
        target=ibis.coalesce(target, two),
        cameo=code,
        domain=_domain(code),
        goldstein=weight,
        reports=ibis.literal(1, "int64"),
        certainty=ibis.literal(1.0),
        text=ibis.null("string"),
        origin=ibis.literal("gdelt"),
        reference=raw.SOURCEURL,
        actor=raw.Actor1Name,
        actor_sectors=raw.Actor1Type1Code,
        recipient=raw.Actor2Name,
        recipient_sectors=raw.Actor2Type1Code,
        mentions=raw.NumMentions.try_cast("int32"),
        tone=raw.AvgTone.try_cast("float64"),
        kind=ibis.cases(
            (malformed.notnull(), "rejected"), (skip.notnull(), "skipped"), else_="events"
        ),
        reason=ibis.coalesce(malformed, skip),
        **{name: raw[name] for name in also},
    )
