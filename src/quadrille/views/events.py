"""The events behind a period of a tie, as people read them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any

import polars as pl

from quadrille.chronicle.rows import CERTAINTY
from quadrille.coding.vocabulary import QUADS
from quadrille.readings.events import Events
from quadrille.states.registry import lookup
from quadrille.views import theme
from quadrille.views.forms import count, percent, signed
from quadrille.views.names import listed, plural, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, view_of
from quadrille.views.words import acts_note, cited, when

__all__ = ["view"]

_CLASS = {
    "verbal_coop": "verbal cooperation", "material_coop": "material cooperation",
    "verbal_conf": "verbal conflict", "material_conf": "material conflict",
}  # fmt: skip
_COLOUR = {
    "verbal cooperation": theme.LIGHT_BLUE, "material cooperation": theme.BLUE,
    "verbal conflict": theme.ORANGE, "material conflict": theme.VERMILION,
}  # fmt: skip
_SHORT = {q: q.replace("_", " ") + "." for q in QUADS}
_SURE = {value: word for word, value in CERTAINTY.items()}
_ACT_HEADS = ("", "when", "what", "weight", "certainty")
_EVENT_HEADS = ("when", "what", "class", "weight", "reports", "id")
_SIDES = (("actor", "source"), ("recipient", "target"))
_NAMES = 2  # of a side, in the table
_LEAD = 3  # types, and days, that the sentences name
_CARRIES = 0.5  # of the reports
_MOST_TYPES = 12  # in the figure
_MONTH = 31  # days at most that are named on the axis
_DIGIT = 14  # pixels of a number beside an act
_ACTS, _LINE = 240, 12  # pixels of the panel of acts, and of the height of a number
_TICK = 55  # pixels of the name of a day
_LONG = 60  # letters of a story in a sentence
_UNIT = {"day": "1d", "month": "1mo", "year": "1y"}


def _acts(found: Events) -> str:
    """``3 acts and 1 state of affairs``, or ``23 events of 58 rows``."""
    many, rows = found.counted.height, found.rows.height
    if found.coding == "machine":
        told = int(found.rows["mentions"].sum())
        mentions = f" with {plural(told, 'mention')}" if told else ""
        return plural(many, "event") + (
            f" in {plural(rows, 'row')}{mentions}" if rows != many or told else ""
        )
    lasting = found.states_of_affairs()
    affairs = "1 state of affairs" if lasting == 1 else f"{lasting} states of affairs"
    acts = [plural(many - lasting, "act")] if many > lasting else []
    return listed([*acts, affairs] if lasting else acts)


def _classes(found: Events) -> str:
    """How many in each quad class."""
    many = {q: found.events_in(q) for q in QUADS}
    parts = [f"{n:,} {_CLASS[q]}" for q, n in many.items() if n]
    for side, pair in (("cooperation", QUADS[:2]), ("conflict", QUADS[2:])):
        if not any(many[q] for q in pair):
            parts.append(f"no {side}")
    return listed(parts)


def _directions(found: Events) -> str:
    """How many each way."""
    both = found.counted.filter("mutual").height if found.coding == "hand" else 0
    rest = found.counted.filter(~pl.col("mutual")) if both else found.counted
    ways = [
        f"{n:,} by {the(who)} to {the(whom)}"
        for who, whom in ((found.state_a, found.state_b), (found.state_b, found.state_a))
        if (n := rest.filter(source=who).height)
    ]
    return listed([*ways, f"{both} by both"] if both else ways)


def _type(row: Mapping[str, Any]) -> str:
    return f"{row['type']} ({row['cameo']})"


def _types(found: Events) -> str:
    """The few types that carry the period."""
    lead, all_types = found.types.head(_LEAD), found.types.height
    parts = [f"{_type(row)} {row['events']:,}" for row in lead.iter_rows(named=True)]
    if all_types <= _LEAD:
        return f"{'Types' if all_types > 1 else 'One type'}: {listed(parts)}."
    return f"{lead.height} of {all_types} types are {percent()(lead['share'].sum())} of the events: {listed(parts)}."


def _days(found: Events) -> str:
    """The days that carry the period."""
    if found.span.first == found.span.last:
        return ""
    lead, every = found.days.head(_LEAD), found.days.height
    parts = [f"{row['date']} ({percent()(row['share'])})" for row in lead.iter_rows(named=True)]
    shown = "Days with events" if every <= _LEAD else f"Busiest of {every} days with events"
    return f"{shown}, and their share of the {plural(_reports(found), 'report')}: {listed(parts)}."


def _reports(found: Events) -> int:
    return int(found.days["reports"].sum())


def _story(found: Events) -> str:
    """How much of the period the largest story is."""
    if found.stories.is_empty():
        return ""
    row = found.stories.row(0, named=True)
    lead = (
        "One story carries the period"
        if row["share"] >= _CARRIES and _reports(found) > 1
        else "Largest story"
    )
    return (
        f"{lead}: {_short(row['story'])}, {percent()(row['share'])} of the reports ({plural(row['events'], 'event')}); "
        f"{plural(found.stories.height, 'story')} in all."
    )  # fmt: skip


def _moved(found: Events, groups: pl.DataFrame, column: str, noun: str) -> str:
    """What the share of cooperative events is without the one day, or story, that moves it most."""
    if groups.height < 2:
        return ""
    gap = (pl.col("without") - found.cooperative).abs()
    row = groups.sort(gap, descending=True, nulls_last=True).row(0, named=True)
    if row["without"] is None:
        return ""
    return f"{percent()(row['without'])} without the {noun} that moves it most ({_short(str(row[column]))})"


def _rests(found: Events) -> str:
    """How much of the reading one day, or one story, carries."""
    parts = [
        _moved(found, found.days, "date", "day"),
        _moved(found, found.stories, "story", "story"),
    ]
    return f"{'; '.join([f'Cooperative events: {percent()(found.cooperative)}', *filter(None, parts)])}."


def _short(story: str) -> str:
    return story if len(story) <= _LONG else f"{story[:_LONG]}…"


def _named(names: str | None, state: str) -> list[str]:
    """Whom the source names, but for the state itself."""
    return [n for n in (names or "").split("; ") if n and not _is_state(n, state)]


def _is_state(actor: str, state: str) -> bool:
    """Whether a name says no more than the state: ``ARMENIA``, ``Armenian``."""
    return "(" not in actor and lookup(actor) == state


def _side(names: list[str], state: str) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return "; ".join(names[:_NAMES]) + more if names else the(state)


def _actors(row: Mapping[str, Any]) -> str:
    """``: Donald Trump to Kim Jong-Un``, where the source names more than the states."""
    sides = [(_named(row[names], row[state]), row[state]) for names, state in _SIDES]
    return ": " + " to ".join(_side(*side) for side in sides) if any(n for n, _ in sides) else ""


def _who(found: Events) -> str:
    """Whom the source names most, but for the two states themselves."""
    more = (r for r in found.actors.iter_rows(named=True) if not _is_state(r["actor"], r["state"]))
    parts = [f"{row['actor']} ({percent()(row['share'])})" for row in islice(more, _LEAD)]
    return f"Named most, and in what share of the reports: {listed(parts)}." if parts else ""


def _event_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One machine-coded event: when, what, class, weight, reports, and the source's own id."""
    more = f" +{row['rows'] - 1}" if row["rows"] > 1 else ""
    return (
        str(row["date"]), f"{row['source']} → {row['target']}: {_type(row)}{_actors(row)}", _SHORT[row["quad"]],
        signed(1)(row["goldstein"]), count(row["reports"]), f"{row['event_id']}{more}",
    )  # fmt: skip


def _act_row(mark: int, row: Mapping[str, Any]) -> tuple[str, ...]:
    """One act: when; what, with its citation, type and id; its weight and certainty."""
    arrow = "↔" if row["mutual"] else "→"
    said = [f"{row['source']} {arrow} {row['target']}:"]
    said += [row["text"]] if row["text"] else []
    said += [f"[{row['reference']}]"] if row["reference"] else []
    return (
        str(mark), when(row, "D"), f"{' '.join(said)} {_type(row)}; {row['event_id']}",
        signed(1)(row["goldstein"]), _SURE.get(row["certainty"], f"{row['certainty']:.1f}"),
    )  # fmt: skip


def _listed(found: Events) -> Grid | None:
    """The weightiest events, and how many more there are."""
    shown = found.counted.head(found.top)
    if shown.is_empty():
        return None
    more = found.counted.height - shown.height
    title = f"{'Acts' if found.coding == 'hand' else 'Events'}, the weightiest first" + (
        f": {shown.height:,} of {found.counted.height:,}, {more:,} more" if more else ""
    )
    listing = shown.iter_rows(named=True)
    if found.coding == "hand":
        acts = tuple(_act_row(k, row) for k, row in enumerate(listing, 1))
        return Grid(title, _ACT_HEADS, acts, (False, True, True, False, True))
    events = tuple(map(_event_row, listing))
    return Grid(title, _EVENT_HEADS, events, (True, True, True, False, False, True))


def _type_grid(found: Events) -> Grid | None:
    """The most frequent types, where there are more than the sentences name."""
    if found.types.height <= _LEAD:
        return None
    table = found.types.head(_MOST_TYPES).with_columns(
        pl.col("quad").replace_strict(_CLASS), what=pl.format("{} ({})", "type", "cameo")
    )
    columns = [
        Column("what", "type"), Column("quad", "class"), Column("events", "events", count),
        Column("reports", "reports", count), Column("share", "of the events", percent()),
    ]  # fmt: skip
    of = f": {_MOST_TYPES} of {found.types.height}" if found.types.height > _MOST_TYPES else ""
    return grid(f"Types{of}", table, columns)


def _notes(found: Events) -> list[str]:
    """How events are counted, what is missing, and where the rest is."""
    notes = []
    if found.coding == "machine":
        notes.append(
            "An event is what a panel counts as one: the reports of one day, direction, code and domain. “+2” after an id: "
            "the event has so many rows more."
        )
        if found.actors.is_empty():
            notes.append(
                f"{source(found.origin)}: the names and sectors of the actors are not in these data."
            )
        if found.stories.is_empty():
            notes.append(
                f"{source(found.origin)}: which story a report comes from is not in these data."
            )
    if found.inexact:
        dates = "its date is" if found.inexact == 1 else "their dates are"
        notes.append(
            f"{plural(found.inexact, 'act')} may lie in this period, but {dates} known less exactly; ask for the year."
        )
    if found.counted.height > found.top or found.rows.height > found.counted.height:
        notes.append(
            f"Saved as .csv or .parquet, the result is all {plural(found.rows.height, 'row')}."
        )
    return notes  # fmt: skip


def _bars(found: Events) -> pl.DataFrame:
    """Boxes of a day's events by quad class, cooperation above zero and conflict below."""
    days = (
        found.counted.group_by("date")
        .agg(**{q: (pl.col("quad") == q).sum().cast(pl.Int64) for q in QUADS})
        .sort("date")
    )
    a, b, c, d = (pl.col(q) for q in QUADS)
    zero = pl.lit(0, pl.Int64)
    ends = ((zero, a), (a, a + b), (zero, -c), (-c, -c - d))
    boxes = [
        days.select("date", kind=pl.lit(_CLASS[q]), lo=lo, hi=hi) for q, (lo, hi) in zip(QUADS, ends, strict=True)
    ]  # fmt: skip
    until = pl.col("date").dt.offset_by("1d")
    return pl.concat(boxes).filter(pl.col("lo") != pl.col("hi")).with_columns(until=until)


def _heading(found: Events) -> str:
    return f"{tie_name(found.label)}, {found.span}"


def _data(found: Events) -> str:
    return f"data: {source(found.origin)}"


def _colour(legend: bool = True) -> Any:
    return theme.colours_of("kind", _COLOUR, theme.legend_of(2) if legend else None)


def _moment(day: date) -> Any:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _axis(found: Events, width: int) -> Any:
    """The whole period, whether or not its days hold an event."""
    days = pl.date_range(found.span.first, found.span.last, "1d", eager=True).to_list()
    ends = [_moment(found.span.first), _moment(found.span.last + timedelta(1))]
    x = theme.time_axis(days, width, "date")
    if len(days) <= _MONTH:
        step = math.ceil(len(days) * _TICK / width)
        ticks = [_moment(day) for day in days[::step]]
        x = x.axis(values=ticks, format="%d %b", grid=False, labelFlush=False, labelOverlap=False)
    return x.scale(domain=ends, nice=False)


def _day_panel(found: Events, width: int) -> Any:
    data = _bars(found)
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    heading = "events (conflict below)"
    chart = alt.Chart(data).mark_rect().encode(
        x=_axis(found, width), x2=alt.X2("until:T"), y=theme.on_y("lo", heading, scale), y2=alt.Y2("hi:Q"), color=_colour(),
    )  # fmt: skip
    layers = [theme.rule(0.0, scale, heading=heading), chart]
    return theme.panel(layers, width, 200, _heading(found), f"events by day; {_data(found)}")


def _type_panel(found: Events, width: int, alone: bool) -> Any:
    """The most frequent types; alone, with a legend and what both panels say."""
    lead = found.types.head(_MOST_TYPES)
    most = 44 if width >= theme.PHONE else 20
    labels = ["\n".join(textwrap.wrap(_type(row), most)) for row in lead.iter_rows(named=True)]
    data = lead.select("events", kind=pl.col("quad").replace_strict(_CLASS)).with_columns(
        what=pl.Series(labels)
    )
    of = f": {lead.height} of {found.types.height}" if found.types.height > lead.height else ""
    top = int(data["events"].max())  # type: ignore[arg-type]
    breaks = alt.Axis(labelLimit=0, labelLineHeight=13, labelExpr="split(datum.label, '\\n')")
    axis = alt.Axis(format="d", tickCount=min(top, 6), tickMinStep=1)
    x = alt.X("events:Q", title="events", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)
    y = alt.Y("what:N", sort=labels, title=None, axis=breaks)
    bars = alt.Chart(data).mark_bar(size=13).encode(x=x, y=y, color=_colour(alone))
    step = 14 * max(label.count("\n") + 1 for label in labels) + 6
    titles = (_heading(found), f"by type{of}", _data(found)) if alone else (f"By type{of}",)
    return theme.panel(bars, width, step * data.height + 10, *titles)


def _placed(found: Events) -> pl.DataFrame:
    """Acts with their number in the table, and the day after the last that their date may mean."""
    spans = [
        pl.when(pl.col("precision") == p).then(pl.col("date").dt.offset_by(s))
        for p, s in _UNIT.items()
    ]
    kind = pl.col("quad").replace_strict(_CLASS)
    acts = found.counted.with_row_index("mark", 1).with_columns(kind=kind, until=pl.coalesce(spans))
    return acts.select("mark", "date", "until", "goldstein", "kind", zero=pl.lit(0.0))


def _numbers(acts: pl.DataFrame, days: int, width: int) -> pl.DataFrame:
    """Numbers beside the acts; those of one weight that would stand on each other are one text."""
    made: list[dict[str, Any]] = []
    for row in acts.sort("goldstein", "date", "mark").iter_rows(named=True):
        last = made[-1] if made and made[-1]["goldstein"] == row["goldstein"] else None
        room = _DIGIT * len(last["text"]) if last else 0
        if last and (row["date"] - last["date"]).days * width / days < room:
            last |= {"text": f"{last['text']},{row['mark']}", "date": row["date"]}
        else:
            made.append({k: row[k] for k in ("date", "goldstein")} | {"text": str(row["mark"])})
    return pl.DataFrame(made)


def _moved_apart(texts: pl.DataFrame, first: date, across: float, scale: Any) -> pl.DataFrame:
    """The same with ``at``, the weight at which each number stands so that none lies on another."""
    low, high = scale["domain"]
    places = [
        (
            (day - first).days * across + _DIGIT * len(text) / 2,
            _ACTS * (high - weight) / (high - low),
        )
        for day, weight, text in texts.select("date", "goldstein", "text").iter_rows()
    ]
    down = theme.apart(places, [_DIGIT * len(t) for t in texts["text"]], _LINE, _ACTS)
    return texts.with_columns(at=pl.Series([high - (high - low) * y / _ACTS for y in down]))


def _act_panel(found: Events, width: int) -> Any:
    """Each act at its weight; a line as long as its date is known to."""
    acts = _placed(found)
    scale = theme.value_scale(*theme.span(acts, "goldstein", include=(0.0,)))
    days = (found.span.last - found.span.first).days + 1
    texts = _moved_apart(_numbers(acts, days, width), found.span.first, width / days, scale)
    heading = "Goldstein weight"
    x, y = _axis(found, width), theme.on_y("goldstein", heading, scale)
    base = alt.Chart(acts).encode(x=x, color=_colour())
    stem = base.mark_rule(strokeWidth=1.5)
    text = alt.Chart(texts).mark_text(dx=7, dy=-6, align="left", fontSize=11, color="#333")
    layers = [
        theme.rule(0.0, scale, heading=heading),
        stem.encode(y=theme.on_y("zero", heading, scale), y2=alt.Y2("goldstein:Q")),
        base.mark_rule(strokeWidth=4, opacity=0.6).encode(x2=alt.X2("until:T"), y=y),
        base.mark_circle(size=60, opacity=1).encode(y=y),
        text.encode(x=x, y=theme.on_y("at", heading, scale), text=alt.Text("text:N")),
    ]
    note = "acts at their weight, numbered as in the table; a thick line spans a date known to the month or year"
    return theme.panel(layers, width, _ACTS, _heading(found), note, _data(found))


def draw(found: Events, width: int) -> Any:
    """Events by day and by type; of a chronicle each act at its weight."""
    if found.coding == "hand":
        return _act_panel(found, width)
    if found.span.first == found.span.last:
        return _type_panel(found, width, alone=True)
    return theme.stack(_day_panel(found, width), _type_panel(found, width, alone=False))


def _facts(found: Events) -> dict[str, Any]:
    return {
        "dyad": found.label, "coding": found.coding, "events": found.counted.height, "reports": _reports(found),
        "quad_classes": {q: found.events_in(q) for q in QUADS}, "inexact": found.inexact,
        "counted": found.counted, "types": found.types, "days": found.days, "stories": found.stories, "actors": found.actors,
        "cooperative": found.cooperative,
    }  # fmt: skip


def view(found: Events) -> View:
    """The events as people read them."""
    period = str(found.span)
    lead = (
        f"{tie_name(found.label)} in {period} ({source(found.origin)}): {_acts(found)}; {_classes(found)}; "
        f"{_directions(found)}."
    )
    machine = found.coding == "machine"
    more = [f(found) for f in (_types, _days, _who, _story, _rests)] if machine else []
    return view_of(
        found, f"Events of {tie_name(found.label)} in {period}", (lead, *more), draw=draw, facts=_facts(found),
        grids=(_type_grid(found) if machine else None, _listed(found)), notes=(acts_note(found.acts, "these events are"), *_notes(found)),
        caption=f"{tie_name(found.label)} in {period}: "
        + ("events by day and by type." if machine else "each act at its weight."),
        states=(found.state_a, found.state_b), references=cited(found.references, found.counted.head(found.top)),
    )  # fmt: skip
