"""The brief as one view with its parts: the tie, the ties around it, each reading, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from quadrille.measure.result import Measurement, Relation
from quadrille.panel.periods import period_name, span_name, unit_word
from quadrille.readings.brief import Brief
from quadrille.views import theme
from quadrille.views.bottomline import bottom_notes, bottom_sentences
from quadrille.views.changes import changes_view
from quadrille.views.forms import signed
from quadrille.views.names import sentence, source, the, tie_name
from quadrille.views.relation import path_grid, path_layers, path_scale, tie_sentence
from quadrille.views.relation import view as relation_view
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, warnings_of
from quadrille.views.words import chance, neutral_words

__all__ = ["view"]

_WHAT = {
    "acts": "hand-coded acts and states of affairs, each with a named source",
    "counts": "events counted by quad class (news reports coded by machine)",
    "scores": "sums of event weights without counts",
    "index": "the index of ties, one estimate of every tie and year from many witnesses",
}
_LIMITS = {
    "acts": "The chronicle holds what a coder judged worth coding and could date; silence in it is not calm, and "
    "few acts make wide bands.",
    "counts": "These are news reports about events, not the events: what is not reported is not counted, and one "
    "story can be counted many times.",
    "scores": "A sum without a count cannot tell a warm tie from a much-reported one.",
    "index": "The index sees states through votes, pacts, disputes and reports: what none of its witnesses records, it "
    "does not know. Each year is read in the light of later ones.",
}

_KNOWN = ("Levels and bands are the index's own; nothing is fitted here. Bands are 90%.",)


def view(made: Brief) -> View:
    """The page: the tie first."""
    first = made.ties[0]
    lead = relation_view(first)
    said = bottom_sentences(made.bottom)
    parts = [*([_others(made)] if len(made.ties) > 1 else []), *(r.view() for r in made.readings)]
    since = [changes_view(made.changes)] if made.changes else []
    rest = (_rests_on(made), _limits(made), _numbers(made))
    return replace(
        lead,
        kind="brief",
        title=_title(made),
        sentences=(
            *(s.text for s in said),
            *(sentence(line) for line in made.missing if _absent(line)),
            *lead.sentences,
        ),
        rows=made.to_polars(),
        facts={
            "asked": made.asked, "missing": made.missing, "dyads": [t.label for t in made.ties],
            "bottom_line": {s.about: s.text for s in said}, "dyad": lead.facts, "readings": [_facts(p) for p in parts],
            "marks": made.marks, "since_last": made.changes,
        },
        grids=lead.grids[:-1],
        notes=(*_proposed(made), *bottom_notes(made.bottom), *lead.notes),
        warnings=warnings_of(made.ties),
        states=made.states,
        parts=(*since, *parts, *rest),
    )  # fmt: skip


def _proposed(made: Brief) -> tuple[str, ...]:
    """Who was not named, and by what rule the index names them."""
    _, _, pivot, rival = made.asked
    said = []
    if pivot in made.proposed:
        said.append(
            sentence(
                f"{the(pivot)} is read as pivot, since none was given: the major power with which both have most to do in the index"
            )
        )
    if rival in made.proposed:
        said.append(
            sentence(
                f"{the(rival)} is read as rival, since none was given: of the states that one of the two has most to do with, "
                "the one it is coldest to in the index"
            )
        )
    return tuple(said)


def _absent(line: str) -> bool:
    return "not among the" in line


def _title(made: Brief) -> str:
    a, b = made.states[:2]
    others = [the(s) for s in made.states[2:]]
    return f"{the(a)} and {the(b)}" + (f", with {' and '.join(others)}" if others else "")


def _facts(part: View) -> dict[str, Any]:
    told = {name: part.facts[name] for name in ("verdict", "verdicts") if name in part.facts}
    return {name: getattr(part, name) for name in ("kind", "title", "sentences", "notes")} | told


def _others(made: Brief) -> View:
    """All ties on one scale, and where each is in the last period."""
    ties = made.ties
    return View(
        kind="relations", title="The ties among them",
        sentences=tuple(tie_sentence(t) for t in ties[1:]),
        grids=(_last(ties),),
        notes=tuple(sentence(line) for line in made.missing if not _absent(line)),
        diagnostics=tuple(f"{tie_name(t.label)}: {t.diagnostics.line()}" for t in ties),
        draw=lambda width: _many(ties, width),
        caption="The ties over time on one scale: median, 90% band, observed periods as dots; dashed: the "
        f"line between warm and cold ({neutral_words(ties[0])}).",
        data=ties[0].origin,
    )  # fmt: skip


def _last(ties: tuple[Relation, ...]) -> Grid:
    rows = [
        t.to_polars().row(-1, named=True) | {"tie": tie_name(t.label), "events": np.nansum(t.n)}
        for t in ties
    ]
    table = pl.DataFrame(rows)
    unit = ties[0].unit.label
    columns = [
        Column("tie", "tie"), Column("shown", unit, signed()), Column("shown_lo90", "90% from", signed()),
        Column("shown_hi90", "to", signed()), Column("p_warm", "P(warm)", chance),
        Column("events", "events", lambda v: f"{v:,.0f}" if v else "not known"),
    ]  # fmt: skip
    return grid(f"In {period_name(ties[0].periods[-1], ties[0].frequency)}", table, columns)


def _many(ties: tuple[Relation, ...], width: int) -> Any:
    """A small panel each, two in a row where there is room."""
    columns = 1 if width < theme.PHONE else 2
    each = width if columns == 1 else (width - 60) // 2
    scale = path_scale(list(ties))
    panels = [
        alt.layer(*path_layers(t, each, scale=scale)).properties(
            width=each, height=130, title=theme.title(tie_name(t.label), each)
        )
        for t in ties
    ]
    return theme.figure(alt.concat(*panels, columns=columns))


def _fitted(m: Measurement) -> tuple[str, ...]:
    settled = "settled" if m.prior.converged else "NOT settled"
    return (
        "A stationary autoregression seen through noise, one for each dyad; missing periods are missing, never "
        "zero. Bands are 90% and include the uncertainty of the fitted parameters.",
        f"The prior of those parameters was learnt from {m.prior.dyads:,} dyads ({settled} after {m.prior.rounds} "
        f"rounds); {int(m.converged.sum()):,} of {len(m.dyads):,} dyad fits converged.",
    )


def _rests_on(made: Brief) -> View:
    """What data and what model the numbers come from."""
    m = made.measurement
    obs, panel = m.observations, m.observations.panel
    span = span_name(m.periods[0], m.periods[-1], panel.frequency)
    lines = [
        f"{source(panel.origin)}: {_WHAT[panel.kind]}; {obs.data.height:,} dyad-{unit_word(panel.frequency, 2)} observed, "
        f"{len(m.dyads):,} dyads, {span}.",
        f"The model's scale is {obs.unit.name}; it is shown as {obs.unit.label}"
        + (
            ", tanh(x/2), from −1 (only conflict) to +1 (only cooperation)."
            if obs.unit.bounds
            else "."
        ),
        *(_KNOWN if m.prior.known else _fitted(m)),
    ]
    if panel.dropped:
        lines.append(
            f"{panel.dropped:,} events are dated less exactly than the panel and were left out."
        )
    if panel.files:
        lines.append("Files: " + ", ".join(Path(f).name for f in panel.files) + ".")
    return View(kind="method", title="Data and method", notes=tuple(lines))


def _limits(made: Brief) -> View:
    """What the numbers are not."""
    first = made.ties[0]
    observed = sum(int(np.sum(~np.isnan(t.y))) for t in made.ties)
    lines = (
        _LIMITS[made.measurement.observations.panel.kind],
        "Each tie is measured by itself here. Whether one moves another is asked by quadrille pivot, and no figure "
        "on this page says that one tie causes another to move.",
        f"Triangle types use only whether each tie is warm or not ({neutral_words(first)}); near that line the type "
        "is a coin toss, and the probabilities say so.",
        f"{observed:,} tie-{unit_word(first.frequency, 2)} were observed; in the others the line rests on its "
        "neighbours, and the band widens.",
        "There is no forecast on this page; quadrille whatif makes one.",
    )
    return View(kind="limits", title="What it cannot say", notes=lines)


def _numbers(made: Brief) -> View:
    """Every period of every tie."""
    return View(
        kind="numbers",
        title="The numbers",
        grids=tuple(path_grid(t, len(t.periods)) for t in made.ties),
    )
