"""GDELT events, 1.0 and 2.0, as one Ibis expression that DuckDB, Spark and BigQuery all run.

Layouts: *The GDELT Event Database: Data Format Codebook* 1.03 (2013; 57 columns, 58 with SOURCEURL from
April 2013) and *GDELT 2.0 Event Database Codebook* (2015; 61 columns). Files are tab-separated, without
header and without quoting. A file may mix widths: what a short row lacks is null.
"""

from __future__ import annotations

from functools import cache

import ibis
import ibis.expr.types as ir

from quadrille.events import DOMAINS, cameo
from quadrille.states import all_states

__all__ = ["MENTIONS", "V1", "V2", "canonical", "columns_for"]

_ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code",
          "Religion2Code", "Type1Code", "Type2Code", "Type3Code")  # fmt: skip
_GEO_1 = ("Type", "FullName", "CountryCode", "ADM1Code", "Lat", "Long", "FeatureID")
_GEO_2 = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
_HEAD = ("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate")
_WHAT = ("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass",
         "GoldsteinScale", "NumMentions", "NumSources", "NumArticles", "AvgTone")  # fmt: skip


def _layout(geo: tuple[str, ...]) -> tuple[str, ...]:
    actors = tuple(f"Actor{n}{part}" for n in (1, 2) for part in _ACTOR)
    places = tuple(f"{who}Geo_{p}" for who in ("Actor1", "Actor2", "Action") for p in geo)
    return (*_HEAD, *actors, *_WHAT, *places, "DATEADDED", "SOURCEURL")


V1 = _layout(_GEO_1)
V2 = _layout(_GEO_2)
MENTIONS = ("GLOBALEVENTID", "EventTimeDate", "MentionTimeDate", "MentionType", "MentionSourceName",
            "MentionIdentifier", "SentenceID", "Actor1CharOffset", "Actor2CharOffset",
            "ActionCharOffset", "InRawText", "Confidence", "MentionDocLen", "MentionDocTone",
            "MentionDocTranslationInfo", "Extras")  # fmt: skip
# Country codes of CAMEO that stand for regions, not states.
REGIONS = ("AFR", "ASA", "BLK", "CAS", "CAU", "CEU", "CRB", "EAF", "EEU", "EIN", "EUR", "LAM",
           "MDT", "MEA", "NAF", "NMR", "PGS", "SAF", "SAM", "SAS", "SCN", "SEA", "WAF", "WST")  # fmt: skip


def columns_for(width: int) -> tuple[str, ...] | None:
    """Column names of a GDELT row of this many cells; None if GDELT has no such layout."""
    return {57: V1, 58: V1, 61: V2, 16: MENTIONS}.get(width)


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


def canonical(raw: ir.Table, also: tuple[str, ...] = ()) -> ir.Table:
    """GDELT rows as canonical events, with ``reason`` where a row is no act between two states.

    Parameters
    ----------
    raw : ibis.Table
        Text columns named as in `V1` or `V2`; at least the identifier, SQLDATE, the two country codes,
        EventCode, GoldsteinScale, NumMentions, AvgTone and SOURCEURL.
    also : tuple of str
        Further columns to pass on as they are.

    Returns
    -------
    ibis.Table
        The columns of `quadrille.events.EVENT_SCHEMA`, then ``mentions`` (how often the event was
        mentioned, Int32), ``tone`` (average tone of the documents), ``kind`` and ``reason``: kind is
        ``event`` (reason null), ``aside`` (sound, but not between two states) or ``broken``.
    """
    code, day = raw.EventCode, _date(raw.SQLDATE)
    one, two = raw.Actor1CountryCode, raw.Actor2CountryCode
    source, target = _state(one), _state(two)
    weight = raw.GoldsteinScale.try_cast("float64")
    broken = ibis.cases(
        (raw.GLOBALEVENTID.try_cast("int64").isnull(), "event id is no number"),
        (day.isnull(), "bad date"),
        ((day < ibis.date("1920-01-01")) | (day > ibis.today()), "date out of range"),
        (~code.isin(cameo()["code"].to_list()) | code.isnull(), "unknown CAMEO code"),
        (weight.abs() > 10, "weight out of range"),
        else_=ibis.null("string"),
    )
    aside = ibis.cases(
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
        source=source,
        target=target,
        cameo=code,
        domain=_domain(code),
        goldstein=weight,
        reports=ibis.literal(1, "int64"),
        certainty=ibis.literal(1.0),
        text=ibis.null("string"),
        origin=ibis.literal("gdelt"),
        reference=raw.SOURCEURL,
        mentions=raw.NumMentions.try_cast("int32"),
        tone=raw.AvgTone.try_cast("float64"),
        kind=ibis.cases((broken.notnull(), "broken"), (aside.notnull(), "aside"), else_="event"),
        reason=ibis.coalesce(broken, aside),
        **{name: raw[name] for name in also},
    )
