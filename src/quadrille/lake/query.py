"""The panel as one Ibis expression, for DuckDB, Spark and BigQuery alike."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias, get_args

import ibis
import ibis.expr.types as ir

from quadrille.errors import OptionError
from quadrille.events import DOMAINS, QUADS

__all__ = ["COLLAPSE", "Collapse", "panel_query"]

Collapse: TypeAlias = Literal["none", "code", "day"]
COLLAPSE: tuple[Collapse, ...] = get_args(Collapse)
_UNITS: dict[str, Literal["D", "M", "Q", "Y"]] = {"D": "D", "M": "M", "Q": "Q", "Y": "Y"}
_LAST = ("05", "09", "13", "20")


def _quad(code: ir.StringValue) -> ir.StringValue:
    """Quad class of a CAMEO code by its root, as in `quadrille.events.cameo`."""
    root = code.substr(0, 2)
    pairs = [(root <= last, ibis.literal(q)) for last, q in zip(_LAST, QUADS, strict=True)]
    return ibis.cases(*pairs, else_=ibis.null("string"))


def _weighted(events: ir.Table, collapse: Collapse) -> ir.Table:
    """One row for each event that counts, with ``n`` (its weight) and ``raw`` (reports behind it)."""
    if collapse == "none":
        return events.mutate(n=events.reports.cast("float64"), raw=events.reports)
    keys = ["date", "source", "target", "quad"]
    if collapse == "code":
        keys += ["cameo", "domain"]
    grouped = events.group_by(keys).agg(
        raw=events.reports.sum(),
        goldstein=(events.goldstein * events.reports).sum() / events.reports.sum(),
        **({} if collapse == "code" else {"domain": events.domain.min()}),
    )
    return grouped.mutate(n=ibis.literal(1.0))


def panel_query(
    events: ir.Table,
    frequency: str = "M",
    collapse: Collapse = "code",
    since: date | None = None,
    until: date | None = None,
    once: bool = False,
) -> ir.Table:
    """Events to undirected dyads by period.

    Parameters
    ----------
    events : ibis.Table
        Canonical events: ``event_id, date, source, target, cameo, domain, goldstein, reports``.
    frequency : {"D", "M", "Q", "Y"}
    collapse : {"none", "code", "day"}
        What counts as one event. ``code``: reports of the same day, directed dyad and code are one;
        ``day``: those of the same day, directed dyad and quad class; ``none``: every report counts.
    since, until : date, optional
        Closed interval.
    once : bool
        Count an ``event_id`` once, for data in which files overlap.

    Returns
    -------
    ibis.Table
        ``state_a < state_b, period``, the four quad classes, ``goldstein`` and ``goldstein_sq`` (means
        over events), ``d_<domain>``, and ``raw``, the number of reports before collapsing.

    Raises
    ------
    OptionError
        Unknown frequency or rule.
    """
    if frequency not in _UNITS:
        raise OptionError(f"unknown frequency {frequency!r}; use one of {', '.join(_UNITS)}")
    if collapse not in COLLAPSE:
        raise OptionError(f"unknown rule {collapse!r}; use one of {', '.join(COLLAPSE)}")
    if since is not None:
        events = events.filter(events.date >= ibis.literal(since))
    if until is not None:
        events = events.filter(events.date <= ibis.literal(until))
    if once:
        events = events.distinct(on=["event_id"], keep="first")
    counted = _weighted(events.mutate(quad=_quad(events.cameo)), collapse)
    counted = counted.mutate(
        state_a=ibis.least(counted.source, counted.target),
        state_b=ibis.greatest(counted.source, counted.target),
        period=counted.date.truncate(_UNITS[frequency]),
    )
    n = counted.n
    return counted.group_by("state_a", "state_b", "period").agg(
        **{q: n.sum(where=counted.quad == q).fill_null(0.0) for q in QUADS},
        goldstein=(counted.goldstein * n).sum() / n.sum(),
        goldstein_sq=(counted.goldstein * counted.goldstein * n).sum() / n.sum(),
        **{f"d_{d}": n.sum(where=counted.domain == d).fill_null(0.0) for d in DOMAINS},
        raw=counted.raw.sum(),
    )
