"""Thaws and chills of one tie: when, how large, how sure, and what carried them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from quadrille.panel.periods import n_periods, period_name, span_name
from quadrille.readings.bottomline import carriers_of, turns_of
from quadrille.readings.episodes import Episode, Episodes
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.bottomline import turn_sentence
from quadrille.views.compare import called
from quadrille.views.forms import percent, signed
from quadrille.views.names import plural, source, tie_name
from quadrille.views.relation import path_layers, rows_note, unit_facts, what
from quadrille.views.theme import alt
from quadrille.views.view import Grid, View, view_of
from quadrille.views.words import acts_note, chance, cited, equals, hole_notes, neutral_notes
from quadrille.views.words import when as when_of

__all__ = ["THAW_AND_CHILL", "episode_sentence", "now_sentence", "path_panel", "tie_facts", "view"]

THAW_AND_CHILL = (
    "A thaw is a rise of the tie and a chill a fall. Warm and cold are its level: a warm tie can chill, and a cold one "
    "can thaw."
)
_DATED = 0.5
_LABEL = 34  # pixels of a percentage above a shade


def _dated(points: tuple[date, date, date], frequency: str) -> str:
    low, mid, high = (period_name(p, frequency) for p in points)
    return mid if low == high else f"{mid} ({low} to {high})"


def _ends(e: Episode, frequency: str) -> tuple[str, str]:
    """Start and end in words; open where most draws have it reach beyond the record."""
    start, end = _dated(e.start, frequency), _dated(e.end, frequency)
    if e.p_open > 0.5:
        start = f"{period_name(e.start[1], frequency)} or before"
    if e.p_ongoing > 0.5:
        end = f"{period_name(e.end[1], frequency)} or later"
    return start, end


def _size(e: Episode) -> str:
    low, mid, high = map(signed(), e.change)
    return f"{mid} ({low} to {high})"


def episode_sentence(e: Episode, found: Episodes) -> str:
    """One episode: kind, dates and size with 90% bands, and how many draws hold it."""
    start, end = _ends(e, found.tie.frequency)
    broke = e.broke
    if broke is not None:
        when = f"{e.kind} by a break in {_dated(broke.when, found.tie.frequency)} (P(break, no slide) {equals(broke.probability)})"
        span = f", between the turning points {start} and {end}"
    else:
        when, span = f"{e.kind} from {start} to {end}", ""
    sure = "" if e.probability >= _DATED else "; fewer than half: undetermined"
    return (
        f"{when}{span}, by {_size(e)} in {found.tie.unit.label}, "
        f"held by {percent()(e.probability)} of draws{sure}"
    )


def now_sentence(found: Episodes) -> str:
    """Whether the tie is in a thaw or a chill in the last period."""
    tie, thaw, chill = found.tie, float(found.thaw[-1]), float(found.chill[-1])
    about = f"{tie_name(tie.label)} in {period_name(tie.periods[-1], tie.frequency)}"
    neither = 1.0 - thaw - chill
    best = max(
        ("in a thaw", thaw), ("in a chill", chill), ("in neither", neither), key=lambda v: v[1]
    )
    chances = f"thaw {chance(thaw)}, chill {chance(chill)}, neither {chance(neither)}"
    if best[1] < SURE:
        return (
            f"{about}: whether in a thaw or a chill is undetermined (none reaches 0.9: {chances})."
        )
    where = "in neither a thaw nor a chill" if best[0] == "in neither" else best[0]
    return f"{about}: {where} with probability {chance(best[1])} ({chances})."


def _counted(found: Episodes) -> str:
    """How many episodes, over what record."""
    tie, many = found.tie, len(found.items)
    span = span_name(tie.periods[0], tie.periods[-1], tie.frequency)
    record = f"{span} ({source(tie.origin)})"
    if not many:
        return f"No episode is held by enough draws, {record}."
    thaws = sum(e.kind == "thaw" for e in found.items)
    open_ = sum(e.probability < _DATED for e in found.items)
    unsure = f", {open_} undetermined" if open_ else ""
    return f"{plural(many, 'episode')}, {record}: {plural(thaws, 'thaw')} and {plural(many - thaws, 'chill')}{unsure}."


def _rules(found: Episodes) -> str:
    """What counts as an episode here."""
    tie = found.tie
    return (
        f"An episode lasts at least {n_periods(found.least_length, tie.frequency)} and moves the tie by at least "
        f"{found.least_amplitude:.2f} ({tie.unit.name}) on each path; between median dates the change can be smaller. Dates are "
        "turning points: medians with 90% bands over the draws that hold the episode; one held by fewer than half of the draws is undetermined. A break is a move from one "
        "level to another between two periods; a slide takes longer."
    )


def _overlaps(found: Episodes) -> list[str]:
    """Listed episodes whose median dates overlap, and what that means."""
    f = found.tie.frequency
    lines = []
    for first, second in pairwise(found.items):
        if first.end[1] > second.start[1]:
            lines.append(
                f"The {first.kind} to {period_name(first.end[1], f)} and the {second.kind} from "
                f"{period_name(second.start[1], f)} overlap by their median dates, which come from different draws; "
                "in no draw is the tie in both. The figure gives the overlap to the one that more draws hold."
            )
    return lines


def _regimes(found: Episodes) -> list[str]:
    """Where the reading by two levels and the dated episodes differ."""
    other, f = found.regimes, found.tie.frequency
    if other is None:
        return []
    low, high = (signed()(float(v)) for v in found.tie.unit.shown(other.levels))
    better = other.bic_gain > 0
    worth = "fit better than one" if better else "fit no better than one, so this reading is weak"
    lines = [
        f"Read as a tie that jumps between two levels: {low} and {high} in {found.tie.unit.label} {worth} "
        f"(BIC gain {signed(1)(other.bic_gain)})."
    ]
    dated = [_dated(points, f) for points in other.dated()]
    if dated:
        lines.append(f"Its jumps, with 90% bands: {', '.join(dated)}.")
    within = [
        f"{e.kind} of {span_name(e.start[1], e.end[1], f)}"
        for e in found.items
        if not found.agrees(e)
    ]
    if within:
        lines.append(f"Episodes without a jump: {', '.join(within)}.")
    outside = [
        period_name(day, f)
        for day in other.jumps()
        if not any(e.start[1] <= day <= e.end[1] for e in found.items)
    ]
    if outside:
        lines.append(f"Jumps outside any episode: {', '.join(outside)}.")
    return lines


def _episode_grid(found: Episodes) -> Grid:
    rows = tuple(
        (str(k), e.kind, *_ends(e, found.tie.frequency), _size(e), percent()(e.probability))
        for k, e in enumerate(found.items, 1)
    )
    heads = ("", "kind", "from", "to", "change", "held")
    title = f"Episodes; change: in {found.tie.unit.label}, between the median dates; held: by what share of draws"
    return Grid(title, heads, rows, (False, True, True, True, True, False))


def _break_grid(found: Episodes) -> Grid | None:
    """Episodes that were a break rather than a slide, dated."""
    unit = found.tie.unit
    rows = tuple(
        (
            str(k), e.kind, _dated(e.broke.when, found.tie.frequency), chance(e.broke.probability),
            *(signed()(float(unit.shown(v))) for v in (e.broke.before, e.broke.after)),
        )
        for k, e in enumerate(found.items, 1) if e.broke
    )  # fmt: skip
    heads = ("", "kind", "new level from", "P(break)", "before", "after")
    title = f"Breaks that the data prefer to a slide; before, after: mean of what was observed, {unit.label}"
    return Grid(title, heads, rows, (False, True, True, False, False, False)) if rows else None


def _carried_grid(found: Episodes) -> Grid | None:
    if found.carried is None or found.carried.is_empty():
        return None
    f = found.tie.frequency
    rows = tuple(
        (str(row["episode"] + 1), when_of(row, f), what(row), signed()(row["move"]))
        for row in found.carried.iter_rows(named=True)
    )
    heads = ("", "when", "what", "moved by")
    return Grid("What carried each episode most", heads, rows, (False, True, True, False))


def _added_grid(found: Episodes) -> Grid | None:
    """Of an index without acts, how far what each source adds moved the level over an episode."""
    if found.who is None or found.acts:
        return None
    rows = tuple(
        (str(k), called(c.witness).head, signed(1)(c.by))
        for k, e in enumerate(found.items, 1)
        for c in carriers_of(found.who, e)
    )
    title = "Sources whose part in the level changed the way of an episode, from their first year in it to their last"
    return Grid(title, ("", "source", "by"), rows, (False, True, False)) if rows else None


def _spans(found: Episodes, width: int) -> pl.DataFrame:
    """A shade an episode; where two overlap, the one that fewer draws hold gives way."""
    ends = [[e.start[1], e.end[1]] for e in found.items]
    for k, (first, second) in enumerate(pairwise(found.items)):
        if ends[k][1] > ends[k + 1][0]:
            if first.probability >= second.probability:
                ends[k + 1][0] = min(ends[k][1], ends[k + 1][1])
            else:
                ends[k][1] = max(ends[k + 1][0], ends[k][0])
    middle = [a + (b - a) / 2 for a, b in ends]
    return pl.DataFrame(
        {
            "kind": [e.kind for e in found.items],
            "from": pl.Series([a for a, _ in ends], dtype=pl.Date),
            "to": pl.Series([b for _, b in ends], dtype=pl.Date),
            "middle": pl.Series(middle, dtype=pl.Date),
            "probability": [e.probability for e in found.items],
            "label": [percent()(e.probability) for e in found.items],
            "row": _rows(middle, found.tie.periods, width),
        },
        schema_overrides={"kind": pl.String, "probability": pl.Float64, "label": pl.String, "row": pl.Int64},
    )  # fmt: skip


def _rows(days: Sequence[date], periods: Sequence[date], width: int) -> list[int]:
    """A row for each label, so that none stands on another."""
    pixel = (periods[-1] - periods[0]) / max(width, 1) or timedelta(1)
    last: list[date] = []
    rows = []
    for day in days:
        row = next((r for r, d in enumerate(last) if (day - d) / pixel >= _LABEL), len(last))
        last[row : row + 1] = [day]
        rows.append(row)
    return rows


def _colour() -> Any:
    return theme.colours_of(
        "kind", {"thaw": theme.VERMILION, "chill": theme.BLUE}, theme.legend_of()
    )


def path_panel(found: Episodes, width: int, height: int, **about: Any) -> Any:
    """The tie with its episodes shaded, the more draws hold one the darker."""
    spans = _spans(found, width)
    x = theme.time_axis(found.tie.periods, width, "from")
    shade = alt.Chart(spans).mark_rect().encode(
        x=x, x2=alt.X2("to:T"), color=_colour(),
        y=alt.YValue(0), y2=alt.Y2Value(height),  # type: ignore[no-untyped-call]
        opacity=alt.Opacity("probability:Q", scale=alt.Scale(domain=[0, 1], range=[0, 0.5]), legend=None),
    )  # fmt: skip
    names = [
        alt.Chart(part).mark_text(fontSize=11, color="#333", baseline="bottom").encode(
            x=theme.time_axis(found.tie.periods, width, "middle"), text=alt.Text("label:N"),
            y=alt.YValue(-3 - 13 * int(row)),  # type: ignore[no-untyped-call]
        )
        for (row,), part in spans.partition_by("row", as_dict=True).items()
    ]  # fmt: skip
    layers = [shade, *path_layers(found.tie, width, "#222222"), *names]
    return alt.layer(*layers, width=width, height=height, **about)


def _chances(found: Episodes, width: int) -> Any:
    """Probability of being in a thaw, and in a chill, over time."""
    table = found.periods().unpivot(["p_thaw", "p_chill"], index="period", value_name="p")
    table = table.with_columns(kind=pl.col("variable").str.strip_prefix("p_"))
    line = alt.Chart(table).mark_line(strokeWidth=2, interpolate="step-before")
    x, y = (
        theme.time_axis(found.tie.periods, width),
        theme.on_y("p", "probability", theme.unit_scale()),
    )
    return line.encode(x=x, y=y, color=_colour()).properties(width=width, height=90)


def draw(found: Episodes, width: int) -> Any:
    """One tie with its thaws and chills shaded, and below the probability of each over time."""
    tie = found.tie
    note = "shaded: thaws and chills at median dates, with the share of draws that hold each; below: probability of being in one"
    if found.items:
        upper = path_panel(found, width, 220)
    else:
        upper = alt.layer(*path_layers(tie, width, "#222222"), width=width, height=220)
    heading = theme.title(tie_name(tie.label), width, note, f"data: {source(tie.origin)}")
    shared = theme.resolved("shared", "color")
    return alt.vconcat(upper, _chances(found, width), resolve=shared, title=heading)


def tie_facts(found: Episodes) -> dict[str, Any]:
    """What machines are told of one tie's episodes."""
    return unit_facts(found.tie) | {
        "least_length": found.least_length, "least_amplitude": found.least_amplitude,
    }  # fmt: skip


def _facts(found: Episodes) -> dict[str, Any]:
    other = found.regimes
    regimes = other and {
        "levels": other.levels, "stay": other.stay, "bic_gain": other.bic_gain, "changes": other.jumps(),
        "changes_dated": other.dated(),
    }  # fmt: skip
    carried: Any = [] if found.carried is None else found.carried
    return tie_facts(found) | {
        "regimes": regimes, "periods": found.periods(), "carried_by": carried,
    }  # fmt: skip


def view(found: Episodes) -> View:
    """The episodes as people read them."""
    tie = found.tie
    last = f"Last: {episode_sentence(found.items[-1], found)}." if found.items else ""
    hostile = ("Here a thaw is a fall of hostility.",)
    level = neutral_notes(tie) if tie.facet == "cordiality" else hostile
    moved = turn_sentence(turns_of(found, found.who)) if tie.facet == "cordiality" else ""
    return view_of(
        found, f"Thaws and chills of {tie_name(tie.label)}", (moved, now_sentence(found), last, _counted(found)), tie, draw,
        (tie,), facts=_facts(found), grids=(_episode_grid(found), _break_grid(found), _carried_grid(found), _added_grid(found)),
        notes=(acts_note(found.acts, "what carried each episode, and how far it moved the tie there, is"), THAW_AND_CHILL, *level, *_overlaps(found), *hole_notes([tie]), rows_note(tie), _rules(found), *_regimes(found)),
        caption=f"{tie_name(tie.label)}: thaws and chills at their median dates, the darker the more draws hold them; "
        "below, the probability of being in one.",
        states=(tie.state_a, tie.state_b), references=cited(tie.references, found.carried),
    )  # fmt: skip
