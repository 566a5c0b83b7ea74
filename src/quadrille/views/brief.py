"""The brief as one view: a first page to be read by itself, then sections, each a small function; methods and tables folded.

A section gives a view, or says why it is left out. A new one is a function here and its line in `SECTIONS` or `FOLDED`, and
its reading in `quadrille.questions.sections`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from quadrille.measure.result import Measurement, Relation
from quadrille.panel.periods import n_periods, period_name, span_name, unit_word
from quadrille.panel.units import Unit
from quadrille.readings.bottomline import BottomLine
from quadrille.readings.brief import Brief
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.balance import determined_view
from quadrille.views.bottomline import bottom_notes, bottom_sentences, side_words
from quadrille.views.changes import changes_view
from quadrille.views.compare import called
from quadrille.views.forms import capital, count, number, percent, signed, smaller
from quadrille.views.names import listed, sentence, source, the, tie_name
from quadrille.views.pivot import evidence_facts, triad_sentence, world_sentence
from quadrille.views.relation import (
    draw as draw_tie,
)
from quadrille.views.relation import (
    evidence_words,
    level_words,
    path_grid,
    path_layers,
    path_scale,
    recent_moves,
    tie_sentence,
    top_moves,
    what,
)
from quadrille.views.relation import view as relation_view
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, warnings_of
from quadrille.views.whatif import effect_grid, effect_sentence
from quadrille.views.words import chance, neutral_words, when

__all__ = ["FOLDED", "SECTIONS", "LeftOut", "view"]

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
_MARKS = 3  # acts named on the first page and numbered in its figure


class LeftOut(NamedTuple):
    """A section that says nothing here, and why."""

    what: str
    why: str


Section: TypeAlias = Callable[[Brief], Iterable[View | LeftOut]]


def view(made: Brief) -> View:
    """The page: what must be known first, then what it rests on."""
    if made.short:
        return _short(made)
    opened = [p for section in SECTIONS for p in section(made)]
    folded = [p for section in FOLDED for p in section(made)]
    shown = [p for p in opened if isinstance(p, View)]
    below = [replace(p, folded=True) for p in folded if isinstance(p, View)]
    left = [p for p in (*opened, *folded) if isinstance(p, LeftOut)]
    lead = relation_view(made.ties[0])
    return replace(
        _first_page(made, lead),
        facts=_facts(made, lead, (*shown, *below)),
        references=_references(made),
        works=_works(made),
        linked=tuple(x for p in shown for x in p.linked),
        parts=(*shown, *_left_out(made, left), *below),
    )


def _short(made: Brief) -> View:
    """The first page alone."""
    lead = relation_view(made.ties[0])
    whole = made.basis.command if made.basis else "quadrille brief"
    first = _first_page(made, lead)
    return replace(
        first,
        facts=_facts(made, lead, ()),
        notes=(*first.notes, f"Methods, tables and sources are in the whole brief: {whole}"),
        references={},
    )


def _works(made: Brief) -> dict[str, dict[str, Any]]:
    """Works as CSL-JSON; with the acts of the tables that rest on each, and where these are found."""
    acts = _acts(made)
    resting = {key: [a for k, a in acts if k == key] for key, _ in acts}
    return {
        key: {**work, **({"custom": {"acts": resting[key]}} if key in resting else {})}
        for key, work in made.works.items()
    }


def _references(made: Brief) -> dict[str, str]:
    """Works that acts of the tables rest on, each with the dates of those acts."""
    lines = dict(made.ties[0].references)
    for found in _of(made, "episodes"):
        lines |= found.tie.references
    dates: dict[str, list[str]] = {}
    for key, act in _acts(made):
        dates.setdefault(key, []).append(act["date"])
    return {
        k: f"{lines[k]} Acts: {listed(list(dict.fromkeys(dates[k])))}."
        for k in sorted(dates)
        if k in lines
    }


def _acts(made: Brief) -> list[tuple[str, dict[str, str]]]:
    """Key of a work and an act of the tables that rests on it: date, text, where it is found."""
    rows = _shown_acts(made)
    return [
        (key.strip(), {"date": when(row, made.ties[0].frequency), "text": row["text"], "locator": _locator(made, row)})
        for row in rows
        for key in (row["reference"] or "").split(";")
    ]  # fmt: skip


def _shown_acts(made: Brief) -> list[dict[str, Any]]:
    """The acts of the tables on what moved the tie and what carried its episodes, each once, by date."""
    tie = made.ties[0]
    carried = (e.carried for e in _of(made, "episodes") if e.carried is not None)
    tables = (*_sharp_rows(tie), top_moves(tie.moves), recent_moves(tie), *carried)
    rows = {
        r["event_id"]: r for t in tables if "text" in t.columns for r in t.iter_rows(named=True)
    }
    return sorted(rows.values(), key=lambda row: (row["date"], row["event_id"]))


def _locator(made: Brief, row: dict[str, Any]) -> str:
    """Where an act is found: as the chronicle says, else at the addresses of the works that it cites."""
    own = made.locators.get(re.split("[<>@]", row["event_id"])[0], "")
    works = (made.works.get(key.strip(), {}) for key in (row["reference"] or "").split(";"))
    return own or "; ".join(w["URL"] for w in works if "URL" in w)


def _first_page(made: Brief, lead: View) -> View:
    """Title, bottom line, one chart, three facts."""
    return replace(
        lead,
        kind="brief",
        title=_title(made),
        sentences=(
            *(s.text for s in bottom_sentences(made.bottom)),
            *(sentence(line) for line in made.missing if _absent(line)),
        ),
        rows=made.to_polars(),
        grids=(_three_facts(made),),
        notes=_proposed(made),
        diagnostics=(),
        warnings=warnings_of(made.ties),
        states=made.states,
        template=made.template,
        draw=partial(_draw_first, made.ties[0]),
        caption=f"{tie_name(made.ties[0].label)} over time: {_seen(made)}.",
    )


def _draw_first(tie: Relation, width: int) -> Any:
    return draw_tie(_by_line(tie), width, _MARKS)


def _by_line(tie: Relation) -> Relation:
    """The tie with, of each period, how far the line moved as shown (``move``), and the act or events that moved the estimate that way most.

    An act moves the estimate when it comes in; what came before and after it moves the line too. So periods are
    ranked as the figure shows them, and acts within them.
    """
    if tie.moves is None or tie.from_index:
        return tie
    level = tie.to_polars()["shown"].to_numpy()
    line = pl.DataFrame(
        {"period": pl.Series(tie.periods[1:], dtype=pl.Date), "line": np.diff(level)}
    )
    rows = tie.moves.join(line, on="period").filter(pl.col("move") * pl.col("line") > 0)
    # A friendly act weaker than was expected lowers the estimate: one of the line's own sign comes first.
    meant = [pl.col("goldstein") * pl.col("line") > 0] if "goldstein" in rows.columns else []
    best = rows.sort(*meant, pl.col("move").abs(), descending=True)
    return replace(
        tie, moves=best.unique("period", keep="first").with_columns(move="line").drop("line")
    )


def _sharp_rows(tie: Relation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sharpest periods of the record, and that of the last ten years."""
    own = _by_line(tie)
    return top_moves(own.moves, _MARKS), recent_moves(own).head(1)


def _seen(made: Brief) -> str:
    if made.ties[0].from_index:
        return "median and 90% band; neutral, median ally and median rival as lines"
    return f"median, 90% band, observed periods as dots; numbers: the sharpest {unit_word(made.ties[0].frequency, 2)}, as below"


def _three_facts(made: Brief) -> Grid:
    tie = made.ties[0]
    rows = [
        ("How warm", f"{sentence(level_words(tie))} {_scale(tie)} {sentence(evidence_words(tie))}"),
        _carried(made),
        ("Around it", _around(made)),
    ]
    return Grid("Three facts", ("fact", "numbers"), tuple(r for r in rows if r[1]))


def _scale(tie: Relation) -> str:
    """What the ends of the scale are."""
    if tie.unit.anchored:
        return "0 is neutral, +1 the median ally and −1 the median rival."
    return "−1 is only conflict, +1 only cooperation." if tie.unit.bounds else ""


def _carried(made: Brief) -> tuple[str, str]:
    """What moved the tie most, the largest first; of the index, who carries its level."""
    tie = made.ties[0]
    if found := _of(made, "compare"):
        told = " ".join(found[0].view().sentences[1:2])
        return "Who says so", f"The level of {found[0].period.year}: {told}"
    moves, late = _sharp_rows(tie)
    late = late.join(moves.select("period"), on="period", how="anti") if late.height else late
    said = [f"({k}) {_moved_by(row, tie)}" for k, row in enumerate(moves.iter_rows(named=True), 1)]
    said += [f"In the last ten years most: {_moved_by(row, tie)}" for row in late.iter_rows(named=True)]  # fmt: skip
    return f"Sharpest {unit_word(tie.frequency, 2)}", " ".join(map(sentence, said))


def _moved_by(row: dict[str, Any], tie: Relation) -> str:
    at, day = period_name(row["period"], tie.frequency), when(row, tie.frequency)
    by = f"{at}, by {signed()(row['move'])}"
    if row.get("goldstein", row["move"]) * row["move"] < 0:
        return f"{by}: {'hostile acts grew milder' if row['move'] > 0 else 'friendly acts grew weaker'}"
    return f"{by}:{f' most by {day},' if day != at else ''} {what(row, citing=False)}"


def _around(made: Brief) -> str:
    """How pivot and rival stand to each of the two, and to one another."""
    ties = {frozenset((t.state_a, t.state_b)): t for t in made.ties}
    a, b, pivot, rival = made.asked
    said = []
    for third, role, others in ((pivot, "the pivot", (a, b)), (rival, "the rival", (a, b, pivot))):
        own = {s: ties.get(frozenset((s, third))) for s in others if s and third}
        if third and (stands := _stands({s: tie for s, tie in own.items() if tie})):
            said.append(f"{the(third)}, {role}: {stands}")
    return " ".join(map(sentence, said))


def _stands(ties: Mapping[str, Relation]) -> str:
    """``almost certainly cold with Saudi Arabia (0.98) and Iran (> 0.99)``: the likelier side of each in the last period."""
    found: dict[str, list[str]] = {}
    for state, tie in ties.items():
        side, whom = side_words(float((tie.draws[:, -1] > tie.neutral).mean()), the(state))
        found.setdefault(side, []).append(whom)
    return listed([f"{side} with {listed(whom)}" for side, whom in found.items()])


def _proposed(made: Brief) -> tuple[str, ...]:
    """Who was not named, and by what rule the index names them."""
    _, _, pivot, rival = made.asked
    said = []
    if pivot in made.proposed:
        said.append(f"pivot {the(pivot)}, the great power with which both have most to do")
    if rival in made.proposed:
        said.append(
            f"rival {the(rival)}, the most capable of the rivals of one or both with which both have much to do"
        )
    if rival is None:
        said.append("no rival, since these data hold no other rival of either")
    return (f"Proposed from the index, since not given: {'; '.join(said)}.",) if said else ()


def _absent(line: str) -> bool:
    return "not among the" in line


def _title(made: Brief) -> str:
    a, b = made.states[:2]
    others = [the(s) for s in made.states[2:]]
    return capital(f"{the(a)} and {the(b)}" + (f", with {' and '.join(others)}" if others else ""))


def _facts(made: Brief, lead: View, parts: Iterable[View]) -> dict[str, Any]:
    return {
        "asked": made.asked, "missing": made.missing, "dyads": [t.label for t in made.ties],
        "bottom_line": {s.about: s.text for s in bottom_sentences(made.bottom)}, "dyad": lead.facts,
        "readings": [_said(p) for p in parts], "marks": made.marks, "since_last": made.changes,
    }  # fmt: skip


def _said(part: View) -> dict[str, Any]:
    told = {name: part.facts[name] for name in ("verdict", "verdicts") if name in part.facts}
    return {name: getattr(part, name) for name in ("kind", "title", "sentences", "notes")} | told


def _of(made: Brief, kind: str) -> list[Any]:
    """The readings of a kind."""
    return [r for r in made.readings if r.kind == kind]


def _left_out(made: Brief, left: list[LeftOut]) -> tuple[View, ...]:
    """What says nothing here, in one line, and what the data could not give."""
    line = "; ".join(f"{out.what} ({out.why})" for out in left)
    notes = tuple(sentence(m) for m in made.missing if not _absent(m))
    if not line and not notes:
        return ()
    said = (sentence(line),) if line else ()
    return (View(kind="left_out", title="Left out", sentences=said, notes=notes),)


# ---------------------------------------------------------------- sections that say something


def _changes(made: Brief) -> Iterator[View | LeftOut]:
    """What has moved since an earlier brief."""
    if made.changes:
        yield changes_view(made.changes)


def _outlook(made: Brief) -> Iterator[View | LeftOut]:
    """Where it goes by itself, what if the pivot's tie moved, and how often such forecasts were right."""
    for found in _of(made, "outlook"):
        own = found.view()
        ifs, record = _of(made, "whatif"), _of(made, "backtest")
        said = [_condition(s) for s in ifs]
        yield replace(
            own,
            title="Outlook",
            sentences=(*own.sentences, *map(effect_sentence, ifs, said), *map(_record, record)),
            grids=(*own.grids, *([effect_grid(ifs, said)] if ifs else []), _behind(made.bottom)),
            notes=(*own.notes, *_ways(ifs)),
            diagnostics=(),
        )


def _behind(b: BottomLine) -> Grid:
    """Numbers of the bottom line that no other table has: what it would take, who is behind it, how many turns there are."""
    c, lately = b.confidence, n_periods(b.confidence.periods, b.frequency)
    rows = []
    if b.fall:
        way = "fell" if b.warm else "rose"
        rows += [
            ("distance to neutral", number()(b.fall.gap)),
            (
                f"spans of {n_periods(b.fall.periods, b.frequency)} in which it {way} as far",
                percent(1)(b.fall.share),
            ),
        ]
    many = listed([called(n).head for n in c.sources.names]) or count(c.sources.many)
    rows.append(
        (
            f"{c.sources.what if c.sources.what != 'witness' else 'source'}s of the last {lately}",
            many,
        )
    )
    told = (
        "with something observed" if c.sources.spoken is None else "in which two of them moved it"
    )
    rows.append((f"part of the last {lately} {told}", percent()(c.coverage)))
    if b.link:
        rows.append((f"thaws of {tie_name(b.label)}, mean over paths", number(1)(b.link.thaws)))
        pull = tie_name(f"{b.state_a}-{b.link.pivot}")
        rows.append((f"chills of {pull}, mean over paths", number(1)(b.link.chills)))
    return Grid("Behind the bottom line", ("what", "number"), tuple(rows))


def _condition(scenario: Any) -> str:
    """``Pakistan–United States rose by two typical shocks``."""
    found = scenario.conditions[0]
    return f"{tie_name(found.tie)} {'fell' if found.condition.size < 0 else 'rose'} by two typical shocks"


def _ways(ifs: list[Any]) -> tuple[str, ...]:
    if not ifs:
        return ()
    return (
        "What if: the condition is seen, not brought about; what moves both ties in the same period is in it. The change is read "
        "from one model of the three ties, the outlook from this tie alone.",
    )


def _record(found: Any) -> str:
    """How such forecasts did, in one sentence."""
    card = found.card("measurement")
    r, f = card.records[-1], found.series.frequency
    first, last = (period_name(d, f) for d in found.targets)
    skill = (
        ""
        if r.skill is None
        else f", and the error was {smaller(r.skill)} than that of the last value"
    )
    mean = "" if r.over_mean is None else f" and {smaller(r.over_mean)} than that of the plain mean"
    brier = (
        "" if r.brier is None
        else f"; of ties that were warm, P(it is reported warm) had a Brier score of {r.brier:.2f}, where a coin has 0.25"
    )  # fmt: skip
    what, way = f"{r.cells:,} outcomes", "in the same way"
    if found.series.kind == "index":
        what = f"what {r.cells:,} years added to the index"
        way = "by each tie's own autoregression"
    return (
        f"Track record: of {what} of these {len(found.series.dyads)} ties, {first} to {last}, forecast {way} "
        f"{r.horizon} {unit_word(f, r.horizon)} before, {100 * r.coverage90:.0f}% lay inside the 90% band{skill}{mean}{brier}."
    )


def _pivot(made: Brief) -> Iterator[View | LeftOut]:
    """Whether the pivot matters: for how far the tie moves, in the light of every triangle; and for when it turns."""
    pivot, evidence = made.asked[2], made.evidence
    if pivot is None:
        yield LeftOut("the pivot", "none was given, and no great power has ties with both")
        return
    known = [e for e in evidence if not e.missing]
    timing = _of(made, "synchrony")
    if not known and not timing:
        yield LeftOut("the pivot", f"no data on ties with {the(pivot)}")
        return
    turns = [t.view() for t in timing]
    yield View(
        kind="pivot",
        title=f"Does {the(pivot)} matter?",
        sentences=(
            *(s.text for s in bottom_sentences(made.bottom) if s.about == "pivot"),
            *map(triad_sentence, known),
            *([world_sentence(known[0])] if known else []),
        ),
        grids=tuple(g for t in turns for g in t.grids),
        notes=tuple(n for t in turns for n in t.notes),
        draw=turns[0].draw if turns else None,
        caption=turns[0].caption if turns else "",
        facts={
            "verdicts": {f"{e.a}-{e.b} on {e.on}": e.verdict.facts() for e in known},
            "evidence": [evidence_facts(e) for e in known],
        },
    )


def _claims(made: Brief) -> Iterator[View | LeftOut]:
    """Claims of a text on the tie, with their verdicts, and those that could not be asked."""
    found = _of(made, "check")
    if not found:
        why = "none was given; --claims FILE tests those of a text on this tie"
        yield LeftOut("claims", why)
    for check in found:
        if not check.answers and not check.problems:
            yield LeftOut("claims", f"none of {check.file} is on this tie")
            continue
        whole = check.view()
        said = (
            f"“{a.claim.says}” {p.sentences[0]}"
            for a, p in zip(check.answers, whole.parts, strict=True)
        )
        yield replace(
            whole, sentences=(*whole.sentences[:1], *said), parts=(),
            grids=(Grid("Evidence", ("claim", "numbers"), _evidence_rows(whole)),) if check.answers else (),
            notes=(*(f"Not asked: {line}." for line in check.faults), *whole.notes),
        )  # fmt: skip


def _evidence_rows(whole: View) -> tuple[tuple[str, str], ...]:
    return tuple((p.title, " ".join(p.sentences[1:])) for p in whole.parts)


def _decided(facts: Any) -> bool:
    """Whether any verdict in a view's facts is more than undetermined."""
    if isinstance(facts, dict) and "word" in facts:
        return bool(facts["word"] != "undetermined")
    if isinstance(facts, dict):
        return any(map(_decided, facts.values()))
    return isinstance(facts, list | tuple) and any(map(_decided, facts))


def _portfolio(made: Brief) -> Iterator[View | LeftOut]:
    """How the first state's cooperation is spread, where that is counted."""
    if made.coded:
        why = "the acts coded measure the record, not the state"
        yield LeftOut(f"the portfolio of {the(made.asked[0])}", why)
    yield from (found.view() for found in _of(made, "portfolio"))


def _balances(made: Brief) -> Iterator[View | LeftOut]:
    """What is determined of the balance of the second state, and of the pivot."""
    for found in _of(made, "balance"):
        part = determined_view(found)
        closer = float((found.tilt[:, -1] > 0).mean())
        if max(closer, 1 - closer) >= SURE or _decided(part.facts["verdicts"]):
            yield part
        else:
            names = f"{the(found.pivot)} between {the(found.x)} and {the(found.y)}"
            yield LeftOut(names, "closer to neither, and no response is determined")


def _bond(made: Brief) -> Iterator[View | LeftOut]:
    """Of a tie that is warm."""
    if made.bottom.p_warm < SURE:
        yield LeftOut("what the tie rests on", "it is not warm with probability 0.9")
        return
    yield from (found.view() for found in _of(made, "bond"))


def _economics(made: Brief) -> Iterator[View | LeftOut]:
    """Where the layers at hand hold trade or arms of the two."""
    for found in _of(made, "economics"):
        if found.potential is None and found.agreement is None and not found.arms:
            yield LeftOut("trade and arms", "no layer at hand holds those of the two")
        else:
            yield found.view()
        if found.potential is None:
            yield from (armed.view() for armed in found.arms[:1])


# ---------------------------------------------------------------- methods and tables, folded


def _moved(made: Brief) -> Iterator[View | LeftOut]:
    """What moved the tie: all acts of the tables."""
    lead = relation_view(made.ties[0])
    grids = lead.grids[:-1]
    if grids:
        yield View(
            kind="relation", title=f"What moved {tie_name(made.ties[0].label)}", sentences=(tie_sentence(made.ties[0]),),
            grids=grids, notes=(*bottom_notes(made.bottom), *lead.notes), diagnostics=lead.diagnostics,
            references=lead.references,
        )  # fmt: skip


def _others(made: Brief) -> Iterator[View | LeftOut]:
    """All ties on one scale, and where each is in the last period."""
    ties = made.ties
    if len(ties) < 2:
        return
    yield View(
        kind="relations", title="The ties among them",
        sentences=tuple(tie_sentence(t) for t in ties[1:]),
        grids=(_last(ties),),
        diagnostics=_checked(ties),
        draw=lambda width: _many(ties, width),
        caption="The ties over time on one scale: median, 90% band, observed periods as dots; dashed: the "
        f"line between warm and cold ({neutral_words(ties[0])}).",
        data=ties[0].origin,
    )  # fmt: skip


def _checked(ties: tuple[Relation, ...]) -> tuple[str, ...]:
    """How the draws of each were made; those of whom the same is to be said together."""
    lines: dict[str, list[str]] = {}
    for t in ties:
        lines.setdefault(t.diagnostics.line(), []).append(tie_name(t.label))
    return tuple(f"{listed(names)}: {line}" for line, names in lines.items())


def _last(ties: tuple[Relation, ...]) -> Grid:
    rows = [
        t.to_polars().row(-1, named=True) | {"tie": tie_name(t.label), "events": np.nansum(t.n)}
        for t in ties
    ]
    table = pl.DataFrame(rows)
    unit = ties[0].unit.label
    events = [Column("events", "events", count)] if table["events"].sum() > 0 else []
    columns = [
        Column("tie", "tie"), *interval("shown", unit, signed()), Column("p_warm", "P(warm)", chance), *events,
    ]  # fmt: skip
    return grid(f"In {period_name(ties[0].periods[-1], ties[0].frequency)}", table, columns)


def _many(ties: tuple[Relation, ...], width: int) -> Any:
    """A small panel each, two in a row where there is room."""
    columns = 1 if width < theme.PHONE else 2
    each = width if columns == 1 else (width - 60) // 2
    scale = path_scale(list(ties))
    panels = [
        theme.panel(path_layers(t, each, scale=scale), each, 130, tie_name(t.label)) for t in ties
    ]
    return theme.figure(alt.concat(*panels, columns=columns))


def _whole(kind: str) -> Section:
    """The section of a reading as its own view has it."""

    def section(made: Brief) -> Iterator[View | LeftOut]:
        for found in _of(made, kind):
            yield found.view()

    return section


def _triangles(made: Brief) -> Iterator[View | LeftOut]:
    """Triangles of the tie whose type is found."""
    both = {*made.asked[:2]}
    for found in _of(made, "triangle"):
        if not both <= {*found.states}:
            continue
        if float(found.types[-1].max()) >= SURE:
            yield found.view()
        else:
            yield LeftOut(f"the triangle {tie_name(found.label)}", "its type is undetermined")


def _fitted(m: Measurement) -> tuple[str, ...]:
    settled = "settled" if m.prior.converged else "NOT settled"
    return (
        "A stationary autoregression seen through noise, one for each dyad; missing periods are missing, never "
        "zero. Bands are 90% and include the uncertainty of the fitted parameters.",
        f"The prior of those parameters was learnt from {m.prior.dyads:,} dyads ({settled} after {m.prior.rounds} "
        f"rounds); {int(m.converged.sum()):,} of {len(m.dyads):,} dyad fits converged.",
    )


def _scale_note(unit: Unit) -> str:
    """The scale of the numbers, and how it is shown where that is another."""
    if unit.anchored:
        return f"The scale is the {unit.name}."
    ends = ", tanh(x/2), from −1 (only conflict) to +1 (only cooperation)" if unit.bounds else ""
    return f"The model's scale is {unit.name}; it is shown as {unit.label}{ends}."


def _rests_on(made: Brief) -> Iterator[View]:
    """What data and what model the numbers come from."""
    m = made.measurement
    obs, panel = m.observations, m.observations.panel
    span = span_name(m.periods[0], m.periods[-1], panel.frequency)
    lines = [
        f"{source(panel.origin)}: {_WHAT[panel.kind]}; {obs.data.height:,} dyad-{unit_word(panel.frequency, 2)} observed, "
        f"{len(m.dyads):,} dyads, {span}.",
        _scale_note(obs.unit),
        *(_KNOWN if m.prior.known else _fitted(m)),
    ]
    if panel.dropped:
        lines.append(
            f"{panel.dropped:,} events are dated less exactly than the panel and were left out."
        )
    if panel.files:
        lines.append("Files: " + ", ".join(Path(f).name for f in panel.files) + ".")
    yield View(kind="method", title="Data and method", notes=tuple(lines))


def _limits(made: Brief) -> Iterator[View]:
    """What the numbers are not."""
    first = made.ties[0]
    # Of an index the years that it leaves out are filled in; those that it holds are its observations.
    held = made.measurement.observations.data.height
    observed = held if first.from_index else sum(int(np.sum(~np.isnan(t.y))) for t in made.ties)
    lines = (
        _LIMITS[made.measurement.observations.panel.kind],
        "No figure on this page says that one tie causes another to move.",
        f"Triangle types use only whether each tie is warm or not ({neutral_words(first)}); near that line the type "
        "is a coin toss, and the probabilities say so.",
        f"{observed:,} tie-{unit_word(first.frequency, 2)} were observed; in the others the line rests on its "
        "neighbours, and the band widens.",
    )
    yield View(kind="limits", title="What it cannot say", notes=lines)


def _sources(made: Brief) -> Iterator[View]:
    """Where each act of the tables is recorded."""
    rows = tuple(
        (when(row, made.ties[0].frequency), what(row), _locator(made, row))
        for row in _shown_acts(made)
    )
    if rows:
        heads = ("when", "act", "where it is found")
        found = ", and where they are found" if any(row[-1] for row in rows) else ""
        yield View(
            kind="sources", title=f"The acts shown{found}",
            grids=(Grid("", heads, rows),),
        )  # fmt: skip


def _reproduced(made: Brief) -> Iterator[View]:
    """How to make the page again, and of what data it was made."""
    if made.basis is None:
        return
    b = made.basis
    yield View(
        kind="reproduce", title="How to make this page again",
        sentences=(f"quadrille {b.version}: {b.command}",),
        grids=(Grid("Data", ("data", "SHA-256"), tuple((d.name, d.sha) for d in b.data)),),
    )  # fmt: skip


def _numbers(made: Brief) -> Iterator[View]:
    """Every period of the tie."""
    first = made.ties[0]
    yield View(kind="numbers", title="The numbers", grids=(path_grid(first, len(first.periods)),))


SECTIONS: tuple[Section, ...] = (
    _changes,
    _outlook,
    _pivot,
    _claims,
    _portfolio,
    _balances,
    _bond,
    _economics,
)
FOLDED: tuple[Section, ...] = (
    _moved, _others, _whole("episodes"), _triangles, _whole("dance"), _whole("compare"), _rests_on, _limits, _numbers,
    _sources, _reproduced,
)  # fmt: skip
