"""Whether two ties turn together: the rates, what chance alone would give, and both ties over time."""

from __future__ import annotations

from typing import Any

from quadrille.panel.periods import n_periods, span_name
from quadrille.readings.synchrony import Coincidence, Synchrony
from quadrille.views import theme
from quadrille.views.episodes import THAW_AND_CHILL, path_panel, tie_facts
from quadrille.views.forms import percent
from quadrille.views.names import source, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Grid, View, view_of
from quadrille.views.words import chance, equals

__all__ = ["view"]


def _questions(made: Synchrony) -> tuple[tuple[str, Coincidence], ...]:
    first, second = tie_name(made.first.label), tie_name(made.second.label)
    span = n_periods(made.window, made.first.tie.frequency)
    return (
        (f"Thaws of {first} begin within {span} after a chill of {second} begins", made.begin),
        (f"Thaws of {first} end within {span} after a thaw of {second} begins", made.end),
    )


def _answer(question: str, c: Coincidence) -> str:
    """A question with its two rates, what to expect, and whether that is more than chance."""
    if not (c.precursor == c.precursor and c.trigger == c.trigger):
        return f"{question}: no turning points to compare."
    word = c.verdict.said("more often than by chance", "less often than by chance")
    form = percent()
    return (
        f"{question}: {word}. {form(c.precursor)} of them do (by chance {form(c.precursor_null)}, "
        f"p {equals(c.precursor_p)}), and {form(c.trigger)} of the other tie's turns are followed by one (by chance "
        f"{form(c.trigger_null)}, p {equals(c.trigger_p)}); a draw holds {c.late:.1f} and {c.early:.1f} such turns "
        "on average."
    )


def _grid(made: Synchrony) -> Grid:
    form, rows = percent(), []
    for what, c in (("begin", made.begin), ("end", made.end)):
        for among, value, band, null, p in (
            (made.first, c.precursor, c.precursor_band, c.precursor_null, c.precursor_p),
            (made.second, c.trigger, c.trigger_band, c.trigger_null, c.trigger_p),
        ):
            known = value == value
            cells = (form(value), f"{form(band[0])} to {form(band[1])}", form(null), chance(p))
            rows.append(
                (f"thaws {what}", tie_name(among.label), *(cells if known else ("", "", "", "")))
            )
    heads = ("question", "of the turns of", "share", "90% band", "by chance", "p")
    first, second = tie_name(made.first.label), tie_name(made.second.label)
    title = (
        f"Did turns of {first} follow turns of {second}? The share of those of {first} that came after one of {second}, and "
        f"of those of {second} that came before one of {first}"
    )
    return Grid(title, heads, tuple(rows), (True, True, False, True, False, False))


def draw(made: Synchrony, width: int) -> Any:
    """Two ties with their episodes, one above the other on the same periods."""
    small: dict[str, Any] = {"fontSize": 12, "fontWeight": "normal", "offset": 14}
    panels = [
        path_panel(e, width, 160, title=alt.Title(tie_name(e.label), **small))
        for e in (made.first, made.second)
    ]
    note = "shaded: thaws and chills at median dates, with the share of draws that hold each"
    heading = theme.title(
        "Do they turn together?", width, note, f"data: {source(made.first.tie.origin)}"
    )
    return alt.vconcat(*panels, title=heading)


def view(made: Synchrony) -> View:
    """The comparison as people read it."""
    tie, other = made.first.tie, made.second.tie
    notes = (
        f"More or less often than by chance: one of the two rates lies outside 90% of those of shifts. Too small to "
        f"matter: both lie within ±{100 * made.begin.verdict.region:.0f} points of the shifts', in 90% of draws too. p is the share of the "
        f"{made.shifts} circular shifts of the other tie with a rate at least as high; there are four tests, "
        "without correction. A rate no higher than by chance refutes nothing: turns may be dated too loosely.",
        THAW_AND_CHILL,
    )  # fmt: skip
    return view_of(
        made, f"{tie_name(tie.label)} after {tie_name(other.label)}",
        (*(_answer(*q) for q in _questions(made)), f"Data: {source(tie.origin)}, {span_name(tie.periods[0], tie.periods[-1], tie.frequency)}."), tie, draw, (tie, other),
        facts={"verdicts": {"begin": made.begin.verdict.facts(), "end": made.end.verdict.facts()}, "ties": [tie_facts(e) for e in (made.first, made.second)], "window": made.window,
               "shifts": made.shifts},
        grids=(_grid(made),), notes=notes,
        caption="The two ties on the same periods: thaws and chills at their median dates, the darker the more draws "
        "hold them.",
        states=tuple(dict.fromkeys((tie.state_a, tie.state_b, other.state_a, other.state_b))),
    )  # fmt: skip
