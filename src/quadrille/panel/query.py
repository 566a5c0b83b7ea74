"""The panel as one Ibis expression, for DuckDB, Spark and BigQuery alike."""

from __future__ import annotations

from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir

from quadrille.coding.record import DOMAINS
from quadrille.coding.vocabulary import QUADS
from quadrille.errors import OptionError
from quadrille.panel.schema import COLLAPSE, Collapse

__all__ = ["panel_query"]

_UNITS = ("D", "M", "Q", "Y")
# Codes of a quad class lie from one of these up to the next, as text; in the order of QUADS.
_FROM = ("01", "06", "10", "14", "21")


def _quad(code: ir.StringValue) -> ir.StringValue:
    """Quad class of a CAMEO code, as in `quadrille.coding.vocabulary.cameo`; null for no code."""
    pairs = [
        ((code >= low) & (code < high), ibis.literal(q))
        for low, high, q in zip(_FROM[:-1], _FROM[1:], QUADS, strict=True)
    ]
    return ibis.cases(*pairs, else_=ibis.null("string"))


def _period(day: ir.DateValue, frequency: str) -> ir.DateValue:
    """First day of the period; built, since what truncates a date gives no date on Spark."""
    if frequency == "D":
        return day
    month = {"M": day.month(), "Q": day.quarter() * 3 - 2, "Y": 1}[frequency]
    return ibis.date(day.year(), month, 1)


def _mean(weight: ir.NumericValue, n: ir.IntegerValue) -> ir.FloatingValue:
    """Mean over the events whose weight is known; null where none is."""
    return (weight * n).sum() / n.sum(where=weight.notnull()).nullif(0)


def _main_domain(events: ir.Table) -> dict[str, ir.StringValue]:
    """The domain of most reports of a group; of two that tie, the first of `DOMAINS`."""
    reports = [events.reports.sum(where=events.domain == d).fill_null(0) for d in DOMAINS]
    most = ibis.greatest(*reports)
    pairs = [(n == most, ibis.literal(d)) for n, d in zip(reports, DOMAINS, strict=True)]
    return {"domain": ibis.cases((most == 0, ibis.null("string")), *pairs)}


def _collapsed(events: ir.Table, collapse: Collapse) -> ir.Table:
    """One row for each event that counts, with ``raw``, the reports behind it."""
    facts = {"raw": events.reports.sum(), "goldstein": _mean(events.goldstein, events.reports)}
    if collapse == "code":
        grouped = events.group_by("date", "source", "target", "cameo", "domain").agg(**facts)
        return grouped.mutate(quad=_quad(grouped.cameo))
    events = events.mutate(quad=_quad(events.cameo))
    return events.group_by("date", "source", "target", "quad").agg(**facts, **_main_domain(events))


def _once(events: ir.Table) -> ir.Table:
    """Each event id of a day once, from the file that came last; the same row on every engine."""
    order = [ibis.desc(events.file, nulls_first=False)]
    order += [
        ibis.asc(events[c], nulls_first=True)
        for c in ("source", "target", "cameo", "domain", "goldstein", "reports")
    ]
    rank = ibis.row_number().over(group_by=[events.event_id, events.date], order_by=order)
    return events.mutate(_rank=rank).filter(lambda t: t._rank == 0).drop("_rank")


def panel_query(
    events: ir.Table,
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
    once: bool = False,
    directed: bool = False,
) -> ir.Table:
    """Events to dyads by period, undirected or directed.

    Parameters
    ----------
    events : ibis.Table
        Canonical events with the columns of `quadrille.panel.schema.EVENTS`; ``file`` is needed only for ``once``. Rows
        without date, source or target are left out. A null weight or domain is not known, and the
        event counts all the same.
    frequency : {"D", "M", "Q", "Y"}
    collapse : {"none", "code", "day"}
        What counts as one event. ``none``: every report. ``code``: the reports of one day, directed
        dyad, code and domain. ``day``: those of one day, directed dyad and quad class; its domain is
        that of most of them, on a tie the first in `DOMAINS`. The weight of several reports is their
        mean.
    since, until : date, optional
        Closed interval.
    once : bool
        Count an ``event_id`` once a day, as the highest ``file`` has it, for data in which files
        overlap.
    directed : bool
        Keep apart what A does to B and what B does to A.

    Returns
    -------
    ibis.Table
        ``state_a < state_b, period`` (directed: ``source, target, period``), the four quad classes,
        ``goldstein`` and ``goldstein_sq`` (means over the events whose weight is known, null where
        none is), ``d_<domain>``, and ``raw``, the number of reports before collapsing.

    Raises
    ------
    OptionError
        Unknown frequency or rule.
    """
    if frequency not in _UNITS:
        raise OptionError(f"unknown frequency {frequency!r}; use one of {', '.join(_UNITS)}")
    if collapse not in COLLAPSE:
        raise OptionError(f"unknown rule {collapse!r}; use one of {', '.join(COLLAPSE)}")
    events = events.filter(events.date.notnull(), events.source.notnull(), events.target.notnull())
    if since is not None:
        events = events.filter(events.date >= ibis.literal(since))
    if until is not None:
        events = events.filter(events.date <= ibis.literal(until))
    if once:
        events = _once(events)
    if collapse == "none":
        counted = events.mutate(quad=_quad(events.cameo), raw=events.reports)
    else:
        counted = _collapsed(events, cast(Collapse, collapse))
    ends = (
        {"source": counted.source, "target": counted.target}
        if directed
        else {
            "state_a": ibis.least(counted.source, counted.target),
            "state_b": ibis.greatest(counted.source, counted.target),
        }
    )
    counted = counted.mutate(**ends, period=_period(counted.date, frequency))

    def total(where: ir.BooleanValue) -> ir.FloatingValue:
        if collapse == "none":
            return counted.raw.sum(where=where).fill_null(0).cast("float64")
        # On Spark the count of what is never known to be true is null.
        return counted.count(where=where).fill_null(0).cast("float64")

    def mean(weight: ir.FloatingValue) -> ir.FloatingValue:
        return _mean(weight, counted.raw) if collapse == "none" else weight.mean()

    return counted.group_by(*ends, "period").agg(
        **{q: total(counted.quad == q) for q in QUADS},
        goldstein=mean(counted.goldstein),
        goldstein_sq=mean(counted.goldstein * counted.goldstein),
        **{f"d_{d}": total(counted.domain == d) for d in DOMAINS},
        raw=counted.raw.sum(),
    )
