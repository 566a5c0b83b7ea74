"""What has changed since an earlier brief: what moved, what flipped, what is new."""

from __future__ import annotations

import re

import polars as pl

from quadrille.panel.periods import period_name, unit_word
from quadrille.readings.marks import Changes, Moved
from quadrille.views.forms import last_of, signed
from quadrille.views.names import listed, plural, sentence, source, the, tie_name
from quadrille.views.view import Column, Grid, View, grid, interval
from quadrille.views.words import band, chance

__all__ = ["changes_view"]

_TOP = 5  # new acts that are named
_CODES = re.compile(r"\b[A-Z]{3}(?:-[A-Z]{3})?\b")


def _about(text: str) -> str:
    """What is judged, with names for codes."""
    return _CODES.sub(lambda m: tie_name(m[0]) if "-" in m[0] else the(m[0]), text)


def _span(c: Changes) -> str:
    then, now = (period_name(m.periods[1], m.frequency) for m in (c.then, c.now))
    return f"in {now}" if then == now else f"from {then} to {now}"


def _change(m: Moved) -> str:
    return band((m.lo, m.change, m.hi), sign=True)


def _levels(c: Changes) -> str:
    """The ties whose level moved by more than its uncertainty; that none did, where none did."""
    first = next((m for m in c.moved if m.now.tie == c.now.label), None)
    clear = [m for m in c.moved if m.matters]
    if clear:
        told = listed([f"{tie_name(m.now.tie)} by {_change(m)}" for m in clear])
        return f"Moved {_span(c)}: {told}"
    lead = f"; {tie_name(first.now.tie)} by {_change(first)}" if first else ""
    return f"No level moved by more than its uncertainty {_span(c)}{lead}"


def _flips(c: Changes) -> str:
    if not c.flipped:
        return "No verdict flipped"
    return "Flipped: " + "; ".join(
        f"{_about(f.about)}, {f.then} then and {f.now} now" for f in c.flipped
    )


def _new(c: Changes) -> str:
    parts = []
    if c.added:
        parts.append(f"{unit_word(c.now.frequency, 2)} after {period_name(c.then.periods[1], c.then.frequency)}, to "
                     f"{period_name(c.now.periods[1], c.now.frequency)}")  # fmt: skip
    if c.acts:
        parts.append(plural(len(c.acts), "act"))
    if c.sources:
        parts.append(f"{plural(len(c.sources), 'source')} ({', '.join(map(source, c.sources))})")
    return f"New: {listed(parts)}" if parts else "Nothing is new: no act, period or source"


def _lost(c: Changes) -> list[str]:
    """What was there and is no longer."""
    said = []
    if c.withdrawn:
        said.append(
            f"{plural(c.withdrawn, 'act')} of the earlier brief {'is' if c.withdrawn == 1 else 'are'} no longer in the data"
        )
    if c.gone:
        said.append(f"No longer among the sources: {', '.join(map(source, c.gone))}")
    if c.now.periods[1] < c.then.periods[1]:
        said.append(
            f"The earlier brief reached further, to {period_name(c.then.periods[1], c.then.frequency)}"
        )
    if c.then.data != c.now.data:
        said.append(f"The data were {source(c.then.data)} and are {source(c.now.data)}")
    return said


def _reread(c: Changes) -> str | None:
    """Levels of the same period that the data of now read otherwise."""
    told = [m for m in c.reread if m.matters]
    if not told:
        return None
    each = listed([f"{tie_name(m.now.tie)} by {_change(m)}" for m in told])
    return (
        f"Read anew, {period_name(told[0].then.period, c.now.frequency)} itself has moved: {each}"
    )


def _ahead(c: Changes) -> str | None:
    """The outlook then and now, where it differs as printed."""
    (day, p), (was, q) = c.now.ahead, c.then.ahead
    if day == was and chance(p) == chance(q):
        return None
    return (
        f"P(warm in {period_name(day, c.now.frequency)}) is {chance(p)}; the earlier brief had {chance(q)} for "
        f"{period_name(was, c.then.frequency)}"
    )


def _table(c: Changes) -> Grid | None:
    if not c.moved:
        return None
    rows = [
        {"tie": tie_name(m.now.tie), "then": m.then.shown, "now": m.now.shown, "change": m.change, "lo": m.lo, "hi": m.hi,
         "warm": f"{chance(m.then.p_warm)} → {chance(m.now.p_warm)}",
         "is": ("up" if m.change > 0 else "down") if m.matters else "undetermined" if m.change else "no"}
        for m in c.moved
    ]  # fmt: skip
    columns = [
        Column("tie", "tie"), Column("then", "then", signed()), Column("now", "now", signed()),
        *interval("change", "change", signed(), ("lo", "hi")), Column("warm", "P(warm)"), Column("is", "moved"),
    ]  # fmt: skip
    return grid(f"Levels then and now, {c.now.unit}", pl.DataFrame(rows), columns)


def _acts(c: Changes) -> Grid | None:
    if not c.acts:
        return None
    rows = tuple((a.day.isoformat(), a.text) for a in c.acts[-_TOP:])
    return Grid(f"New acts{last_of(_TOP, len(c.acts))}", ("when", "what"), rows)


def changes_view(c: Changes) -> View:
    """A short section: three sentences that always stand, and those that have something to say."""
    lines = (_levels(c), _flips(c), _new(c), _reread(c), _ahead(c), *_lost(c))
    return View(
        kind="since_last", title="Since the last brief", sentences=tuple(sentence(line) for line in lines if line),
        grids=tuple(g for g in (_table(c), _acts(c)) if g),
        notes=(
            "Undetermined, of a change between two briefs: its 90% band holds zero. The band takes the two levels as "
            "independent; they share most of their evidence, so that it is rather too wide.",
        ),
    )  # fmt: skip
