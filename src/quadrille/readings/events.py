"""The events behind a period of a tie: what they are, and how much of the period one day or one story carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

import polars as pl

from quadrille.coding.record import DETAILS, is_act
from quadrille.coding.vocabulary import QUADS, cameo
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import World
from quadrille.panel.periods import period_name, unit_word
from quadrille.results import Result
from quadrille.sources.table import Coding, source
from quadrille.states.registry import get

__all__ = ["Events", "Span", "events_of", "span_of"]

# Reports of one act are one event, as `quadrille.panel.query.panel_query` counts them.
_ONE = ("date", "source", "target", "cameo", "domain")
# What not every source, or table made by hand, has.
_EXTRA = {**dict.fromkeys(DETAILS, pl.String), "mentions": pl.Int64}
_LASTS = {"day": "1d", "month": "1mo", "year": "1y"}
_COOP = pl.col("quad").is_in(QUADS[:2])
_BOTH_WAYS = r"[<>]$"


@dataclass(frozen=True, slots=True)
class Span:
    """A closed interval of days.

    Attributes
    ----------
    first, last : date
    """

    first: date
    last: date

    @property
    def frequency(self) -> str:
        """``Y``, ``M`` or ``D`` where it is a whole year, month or day; else empty."""
        if self.first == self.last:
            return "D"
        after = date.fromordinal(self.last.toordinal() + 1)
        if self.first.day != 1 or after.day != 1:
            return ""
        months = (after.year - self.first.year) * 12 + after.month - self.first.month
        return "M" if months == 1 else "Y" if (months, after.month) == (12, 1) else ""

    def __str__(self) -> str:
        """``2020``, ``2020-10``, ``2020-10-05`` or ``2020-10-05 to 2020-10-09``."""
        whole = self.frequency
        return period_name(self.first, whole) if whole else f"{self.first} to {self.last}"


def span_of(when: str | date, since: date | None = None, until: date | None = None) -> Span:
    """The days of a year, a month or a day, no further than a closed interval.

    Raises
    ------
    OptionError
        It is no date, has not begun, or lies outside the interval.
    """
    first, last = first_day(when), last_day(when)
    if first is None or last is None or first > date.today():
        raise OptionError(f"{when} is yet to come; give a period that has begun")
    first, last = max(first, since or first), min(last, until or last)
    if first > last:
        raise OptionError(f"{when} lies outside since and until; give one or the other")
    return Span(first, last)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Events(Result):
    """The events between two states in a period.

    Attributes
    ----------
    state_a, state_b : str
        ISO3, as asked.
    origin : str
        Short name of the data.
    span : Span
    coding : {"hand", "machine"}
    rows : polars.DataFrame
        Every row of the data, by date: ``event_id`` (the source's own), ``date, precision, source, target, mutual``
        (one row for both directions), ``cameo, type`` (its name), ``quad, domain, goldstein, reports, mentions``
        (of GDELT in a lake), ``certainty, text``, ``actor, actor_sectors, recipient, recipient_sectors`` (who, as
        the source writes it), ``story, reference``. What the source does not have is null.
    counted : polars.DataFrame
        The events, the weightiest first. Of machine-coded data the reports of one day, direction, code and domain
        are one event, with ``rows``, how many there are of it, and the mean weight; an act is an event by itself.
    types : polars.DataFrame
        ``cameo, type, quad, events, reports, share`` (of the events), the most frequent first.
    days : polars.DataFrame
        ``date, events, reports, share`` (of the reports), ``without``, the share of cooperative events on all other
        days (null where there are none); the busiest first.
    stories : polars.DataFrame
        ``story, events, reports, share`` (of the reports), ``without``, the share of cooperative events that are in
        any other story; the largest first. No row where the source names no story, and for acts.
    actors : polars.DataFrame
        ``state, actor, events, reports, share`` (of the reports), those named most first: who acted, or whom it was
        done to, by the source's own names. No row where it names none.
    inexact : int
        Acts that may lie in the period, but whose date is known less exactly.
    top : int
        Events listed for people.
    references : mapping of str to str
        A printed line for each work that the acts may cite, by its key.
    acts : str
        Of an index, which holds no acts: the source they are from; empty: the data themselves.
    """

    kind: ClassVar[str] = "events"

    state_a: str
    state_b: str
    origin: str
    span: Span
    coding: Coding
    rows: pl.DataFrame
    counted: pl.DataFrame
    types: pl.DataFrame
    days: pl.DataFrame
    stories: pl.DataFrame
    actors: pl.DataFrame
    inexact: int = 0
    top: int = 20
    references: Mapping[str, str] = field(default_factory=dict)
    acts: str = ""

    @property
    def label(self) -> str:
        """Both states, as asked."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def frequency(self) -> str:
        """Events are dated by the day."""
        return "D"

    @property
    def periods(self) -> tuple[date, date]:
        """First and last day."""
        return self.span.first, self.span.last

    def to_polars(self) -> pl.DataFrame:
        """Every row of the data."""
        return self.rows

    def events_in(self, quad: str) -> int:
        """How many events are of a quad class."""
        return self.counted.filter(quad=quad).height

    @property
    def cooperative(self) -> float:
        """Share of the events that are cooperative."""
        return float(self.counted.select(_COOP.mean()).item())

    def states_of_affairs(self) -> int:
        """How many of the events stand for a state of affairs, and are no dated act."""
        return self.counted.height - self.counted.filter(is_act()).height


def _described(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the name and quad class of their codes, the columns of every source, and by date."""
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in _EXTRA.items() if name not in rows.columns
    ]
    codes = cameo().select("code", "quad", type="label")
    url = pl.when(pl.col("reference").str.starts_with("http")).then("reference")
    return (
        rows.with_columns(*absent)
        .join(codes, left_on="cameo", right_on="code", how="left", maintain_order="left")
        .with_columns(
            mutual=pl.col("event_id").str.contains(_BOTH_WAYS),
            event_id=pl.col("event_id").str.replace(_BOTH_WAYS, ""),
            story=pl.coalesce("story", url),
        )
        .select(
            "event_id", "date", "precision", "source", "target", "mutual", "cameo", "type", "quad", "domain",
            "goldstein", "reports", "mentions", "certainty", "text", *DETAILS, "reference",
        )
        .sort("date", "event_id", maintain_order=True)
    )  # fmt: skip


def _within(rows: pl.DataFrame, span: Span) -> tuple[pl.DataFrame, int]:
    """Rows that lie in a span whole, and how many may lie in it."""
    ends = [pl.when(pl.col("precision") == p).then(pl.col("date").dt.offset_by(s)) for p, s in _LASTS.items()]  # fmt: skip
    after = pl.coalesce(ends)
    inside = (pl.col("date") >= span.first) & (after <= date.fromordinal(span.last.toordinal() + 1))
    touches = (pl.col("date") <= span.last) & (after > span.first)
    return rows.filter(inside), rows.filter(touches & ~inside).height


def _joined(name: str) -> pl.Expr:
    """The different names of a column, as they come."""
    return pl.col(name).drop_nulls().unique(maintain_order=True).str.join("; ")


def _counted(rows: pl.DataFrame, coding: Coding) -> pl.DataFrame:
    """Events as a panel counts them, the weightiest first."""
    if coding == "hand":
        events = rows.with_columns(rows=pl.lit(1, pl.UInt32))
    else:
        known = pl.col("reports").filter(pl.col("goldstein").is_not_null())
        weight = (pl.col("goldstein") * pl.col("reports")).sum() / known.sum()
        events = rows.group_by(_ONE, maintain_order=True).agg(
            pl.col("event_id", "type", "quad", "text", "mutual").first(), goldstein=weight.fill_nan(None),
            reports=pl.col("reports").sum(), mentions=_known_sum("mentions"), rows=pl.len(),
            actor=_joined("actor"), recipient=_joined("recipient"), stories=pl.col("story").n_unique(),
        )  # fmt: skip
    return events.sort(
        pl.col("goldstein").abs(), "reports", "date", "event_id",
        descending=[True, True, False, False], nulls_last=True,
    )  # fmt: skip


def _known_sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum())


def _shares(events: pl.DataFrame, by: Sequence[str], share_of: str) -> pl.DataFrame:
    """Events and reports by some columns, the most first, with the share of either."""
    many = pl.col(share_of)
    return (
        events.group_by(by)
        .agg(events=pl.len(), reports=pl.col("reports").sum())
        .with_columns(share=many / many.sum())
        .sort(share_of, "events", "reports", *by, descending=[True, True, True, *(False for _ in by)])
    )  # fmt: skip


def _days(events: pl.DataFrame) -> pl.DataFrame:
    """The days of a period, the busiest first, and what would be left without each."""
    per = events.group_by("date").agg(lost=pl.len(), lost_coop=_COOP.sum())
    return _left(
        _shares(events, ["date"], "reports").join(per, on="date", maintain_order="left"), events
    )


def _stories(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Stories, the largest first, and what would be left without each: an event goes if no other story has it."""
    named = rows.drop_nulls("story")
    alone = rows.group_by(_ONE).agg(
        pl.col("story", "quad").first(), only=pl.col("story").n_unique() == 1
    )
    per = alone.filter("only").group_by("story").agg(lost=pl.len(), lost_coop=_COOP.sum())
    share = pl.col("reports") / max(1, int(rows["reports"].sum()))
    found = (
        named.group_by("story")
        .agg(events=pl.struct(_ONE).n_unique(), reports=pl.col("reports").sum())
        .with_columns(share=share)
        .join(per, on="story", how="left")
        .with_columns(pl.col("lost", "lost_coop").fill_null(0))
        .sort("reports", "events", "story", descending=[True, True, False])
    )
    return _left(found, events)


def _actors(rows: pl.DataFrame) -> pl.DataFrame:
    """Who is named on either side, most often first."""
    sides = (("source", "actor"), ("target", "recipient"))
    named = [rows.select(*_ONE, "reports", state=state, name=name) for state, name in sides]
    share = pl.col("reports") / max(1, int(rows["reports"].sum()))
    return (
        pl.concat(named)
        .drop_nulls("name")
        .group_by("state", actor="name")
        .agg(events=pl.struct(_ONE).n_unique(), reports=pl.col("reports").sum())
        .with_columns(share=share)
        .sort("reports", "events", "state", "actor", descending=[True, True, False, False])
    )


def _left(groups: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Share of cooperative events without each group; null where it is all there is."""
    rest = (events.height - pl.col("lost").cast(pl.Int64)).replace(0, None)
    coop = int(events.select(_COOP.sum()).item()) - pl.col("lost_coop").cast(pl.Int64)
    return groups.with_columns(without=coop / rest).drop("lost", "lost_coop")


def events_of(world: World, a: str, b: str, span: Span, top: int = 20) -> Events:
    """The events between two states in a span.

    Parameters
    ----------
    world : World
    a, b : str
        ISO3.
    span : Span
    top : int
        Events listed for people.

    Raises
    ------
    OptionError
        The data hold counts or scores, and no single events.
    NoDataError
        They hold no event of the two in the span; the message names the nearest days that have one.
    """
    _refuse_counts(world)
    hand = world.source.coding == "hand"
    # An act may be known to the year only.
    rows = world.dyad_rows(
        a, b, span.first.replace(month=1, day=1) if hand else span.first, span.last
    )
    if hand:
        # An act both ways is two rows of one act.
        rows = rows.filter(~pl.col("event_id").str.ends_with("<"))
    inside, inexact = _within(_described(rows), span)
    if inside.is_empty():
        raise _nothing(world, (a, b), span, inexact)
    events = _counted(inside, world.source.coding)
    types, stories = _shares(events, ["cameo", "type", "quad"], "events"), _stories(inside, events)
    return Events(
        a, b, world.origin, span, world.source.coding, inside, events, types, _days(events),
        stories.clear() if hand else stories, _actors(inside), inexact, top, world.references,
    )  # fmt: skip


def _refuse_counts(world: World) -> None:
    found = world.source
    if found.kind != "events":
        raise OptionError(
            f"{source(world.origin)} holds {found.kind} by {unit_word(found.frequency)}, with no rows behind a period; "
            "give a file of events, such as those of ICEWS, POLECAT or GDELT, or the chronicle"
        )


def _nothing(world: World, dyad: tuple[str, str], span: Span, inexact: int) -> NoDataError:
    """The error for a span without an event, which names the nearest days that have one."""
    who = " and ".join(get(code).name for code in dyad)
    nothing = f"{source(world.origin)} holds no event between {who}"
    days = world.dyad_days(*dyad)
    if days.is_empty():
        return NoDataError(f"{nothing} at any time")
    if inexact:
        acts = f"{inexact} act{'s' if inexact > 1 else ''}"
        return NoDataError(f"{nothing} dated to {span}; {acts} may lie in it: ask for the year")
    near = [days.filter(days < span.first).max(), days.filter(days > span.last).min()]
    nearest = " and ".join(str(day) for day in near if day is not None)
    return NoDataError(f"{nothing} in {span}; the nearest are of {nearest}")
