"""The brief as one HTML page that opens without a network."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from quadrille.brief.compose import Brief, TieStory
from quadrille.brief.figures import many_ties_figure, tie_figure, to_svg, triangles_figure
from quadrille.brief.section_episodes import dance_view, episodes_view
from quadrille.brief.sections_portfolio import Section
from quadrille.brief.words import neutral_words
from quadrille.errors import InputError
from quadrille.panel.periods import period_name
from quadrille.readings.triangle import TYPES, Triangle
from quadrille.states.registry import get

__all__ = ["history", "limits", "render_html", "rests_on", "write_text"]

_DESK, _PHONE = 660, 270
_COLUMNS = ("shown", "shown_lo90", "shown_hi90", "p_warm", "shown_y", "n")


@cache
def _template() -> Template:
    env = Environment(
        loader=PackageLoader("quadrille.brief"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return env.get_template("brief.html.j2")


def _when(row: Mapping[str, Any], frequency: str) -> str:
    if "date" not in row:
        return period_name(row["period"], frequency)
    return str(period_name(row["date"], {"day": "D", "month": "M", "year": "Y"}[row["precision"]]))


def _move_row(row: Mapping[str, Any], frequency: str) -> dict[str, str]:
    if "text" in row:
        arrow = "↔" if row["mutual"] else "→"
        what = f"{row['source']} {arrow} {row['target']}: {row['text']}"
    else:
        events = f", {row['n']:,.0f} events" if row["n"] else ""
        what = f"{row['y']:+.2f} against {row['expected']:+.2f} expected{events}"
    return {
        "when": _when(row, frequency),
        "what": what,
        "reference": row.get("reference") or "",
        "move": f"{row['move']:+.2f}",
    }


def _interval(values: tuple[float, float, float]) -> str:
    return f"{values[1]:.2f} ({values[0]:.2f} to {values[2]:.2f})"


def _story_view(story: TieStory) -> dict[str, Any]:
    tie = story.tie
    table = tie.to_polars().select("period", *_COLUMNS)
    rows = [
        [period_name(p, tie.frequency), *("" if v is None else f"{v:.2f}" for v in rest[:-1]),
         "" if rest[-1] is None else f"{rest[-1]:,.0f}"]
        for p, *rest in table.iter_rows()
    ]  # fmt: skip
    return {
        "sentence": story.sentence,
        "label": tie.label.replace("-", "–"),
        "acts": "text" in story.moves.columns,
        "moves": [_move_row(r, tie.frequency) for r in story.moves.iter_rows(named=True)],
        "diagnostics": tie.diagnostics.line(),
        "hyper": {k: _interval(v) for k, v in tie.hyper.items()},
        "columns": (tie.unit.label, "90% from", "to", "P(warm)", "observed", "events"),
        "rows": rows,
    }


def _marks(story: TieStory) -> list[tuple[date, float, str]]:
    """Number the moves on the line; several in one period share a mark."""
    table = story.tie.to_polars()
    height = dict(zip(table["period"], table["shown"], strict=True))
    numbered = [
        (row["period"], str(k)) for k, row in enumerate(story.moves.iter_rows(named=True), 1)
    ]
    return [
        (period, float(height[period]), ",".join(k for _, k in group))
        for period, group in groupby(numbered, key=lambda pair: pair[0])
    ]


def history(t: Triangle, frequency: str) -> str:
    """Runs of the likeliest type, naming only those above one half."""
    best = t.types.argmax(axis=1)
    sure = t.types.max(axis=1) > 0.5
    label = [TYPES[k] if ok else "undetermined" for k, ok in zip(best, sure, strict=True)]
    runs = []
    for name, group in groupby(zip(t.periods, label, strict=True), key=lambda pair: pair[1]):
        days = [d for d, _ in group]
        first, last = (period_name(d, frequency) for d in (days[0], days[-1]))
        runs.append(f"{first if first == last else f'{first} to {last}'}: {name}")
    return "; ".join(runs)


def standing(t: Triangle, frequency: str) -> str:
    """The likeliest type in the last period, its probability, and since when it has been likeliest."""
    best = t.types.argmax(axis=1)
    k = int(best[-1])
    if t.types[-1, k] <= 0.5:
        return f"undetermined in {period_name(t.periods[-1], frequency)}"
    other = [i for i in range(len(best)) if best[i] != k or t.types[i, k] <= 0.5]
    since = period_name(t.periods[other[-1] + 1 if other else 0], frequency)
    row = _triangle_row(t, frequency)
    return f"{row['now']}, probability {row['probability']}, the likeliest since {since}"


def _triangle_row(t: Triangle, frequency: str) -> dict[str, str]:
    k = int(t.types[-1].argmax())
    now = TYPES[k]
    if now == "romantic triangle":
        now += f", pivot {t.states[int(t.pivot[-1].argmax())]}"
    return {
        "name": "–".join(t.states),
        "now": now,
        "probability": f"{t.types[-1, k]:.2f}",
        "history": history(t, frequency),
    }


def rests_on(brief: Brief) -> list[str]:
    """What data and what model the numbers come from, one line each."""
    m = brief.measurement
    obs, panel = m.observations, m.observations.panel
    first, last = (period_name(p, panel.frequency) for p in (m.periods[0], m.periods[-1]))
    what = {
        "acts": "hand-coded acts, each with a named source",
        "counts": "events counted by quad class (news reports coded by machine)",
        "scores": "sums of event weights without counts",
    }[panel.kind]
    prior = m.prior
    lines = [
        f"{panel.origin}: {what}; {obs.data.height:,} dyad-{_unit(panel.frequency)}s observed, "
        f"{len(m.dyads):,} dyads, {first} to {last}.",
        f"Cordiality on the scale “{obs.unit.name}”; shown as tanh(x/2), the net cooperation between "
        "−1 (only conflict) and +1 (only cooperation)."
        if obs.unit.bounds is not None
        else f"Cordiality on the scale “{obs.unit.name}”: the sign is valence, the size mixes valence "
        "with media coverage.",
        "A stationary autoregression seen through noise, one for each dyad; missing periods are "
        "missing, never zero. Bands are 90% and include the uncertainty of the fitted parameters.",
        f"The prior of those parameters was learnt from {prior.dyads:,} dyads "
        f"({'settled' if prior.converged else 'NOT settled'} after {prior.rounds} rounds); "
        f"{int(m.converged.sum()):,} of {len(m.dyads):,} dyad fits converged.",
    ]
    if panel.dropped:
        lines.append(
            f"{panel.dropped:,} acts are dated less exactly than the panel and were left out."
        )
    if panel.files:
        lines.append("Files: " + ", ".join(Path(f).name for f in panel.files) + ".")
    return lines


def _unit(frequency: str) -> str:
    return {"D": "day", "M": "month", "Q": "quarter", "Y": "year"}[frequency]


def limits(brief: Brief) -> list[str]:
    """What the numbers are not."""
    kind = brief.measurement.observations.panel.kind
    by_kind = {
        "acts": "The chronicle holds what a coder judged worth coding and could date; silence in it "
        "is not calm, and few acts make wide bands.",
        "counts": "These are news reports about events, not the events: what is not reported is not "
        "counted, and one story can be counted many times.",
        "scores": "A sum without a count cannot tell a warm tie from a much-reported one.",
    }
    observed = sum(int(np.sum(~np.isnan(s.tie.y))) for s in brief.stories)
    return [
        by_kind[kind],
        "Each tie is measured by itself here. Whether one moves another is asked by quadrille pivot, and no "
        "figure on this page says that one tie causes another to move.",
        "“Moved the estimate” is arithmetic on the observations, not cause and effect.",
        f"Triangle types use only whether each tie is warm or not ({neutral_words(brief.stories[0].tie)}); "
        "near that line the type is a coin toss, and the probabilities say so.",
        f"{observed:,} tie-periods were observed; in the others the line rests on its neighbours, "
        "and the band widens.",
        "There is no forecast on this page.",
    ]


def _picture(draw: Callable[[bool], Any], caption: str) -> dict[str, str]:
    return {"desk": to_svg(draw(False)), "phone": to_svg(draw(True)), "caption": caption}


def _section_view(s: Section) -> dict[str, Any]:
    picture = _picture(lambda phone: s.draw(_PHONE if phone else _DESK - 60), s.caption)
    return {"title": s.title, "lines": s.lines, "notes": s.notes, **picture}


def _references(brief: Brief, bibliography: Mapping[str, str]) -> list[dict[str, str]]:
    keys = {
        key.strip()
        for story in brief.stories
        if "reference" in story.moves.columns
        for cell in story.moves["reference"].drop_nulls()
        for key in cell.split(";")
    }
    return [{"key": k, "text": bibliography[k]} for k in sorted(keys) if k in bibliography]


def render_html(brief: Brief, bibliography: Mapping[str, str], made: date) -> str:
    """Render the page.

    Parameters
    ----------
    brief : Brief
    bibliography : mapping of str to str
        One printed line for each reference key.
    made : date
        Printed in the header.
    """
    a, b, pivot, rival = (get(s).name for s in brief.states)
    first = brief.stories[0]
    ties = [s.tie for s in brief.stories]
    frequency = first.tie.frequency
    panel = brief.measurement.observations.panel
    hero = _picture(
        lambda phone: tie_figure(
            first.tie, *((_PHONE, 200) if phone else (_DESK, 260)), labels=_marks(first)
        ),
        f"{a}–{b} over time. Numbers mark what moved the estimate most; the list is below.",
    )
    all_ties = _picture(
        lambda phone: many_ties_figure(ties, *((1, _PHONE) if phone else (2, 300))),
        "The ties over time on one scale: median, 90% band, observed periods as dots; dashed: the "
        f"line between warm and cold ({neutral_words(first.tie)}).",
    )
    triads: dict[str, Any] | None = None
    if brief.triangles:
        triads = {
            **_picture(
                lambda phone: triangles_figure(
                    brief.triangles, *((1, _PHONE) if phone else (2, 300))
                ),
                "Probability of each triangle type, period by period.",
            ),
            "rows": [_triangle_row(t, frequency) for t in brief.triangles],
        }
    start, end = (period_name(p, frequency) for p in (ties[0].periods[0], ties[0].periods[-1]))
    return _template().render(
        title=f"{a} and {b}, with {pivot} and {rival}",
        origin=panel.origin,
        span=f"{start} to {end}",
        made=made.isoformat(),
        version=version("quadrille"),
        unreliable=brief.unreliable,
        stories=[_story_view(s) for s in brief.stories],
        scale=first.tie.unit.name,
        hero=hero,
        ties=all_ties,
        triangles=triads,
        episodes=episodes_view(brief, _picture),
        dance=dance_view(brief, _picture),
        missing=brief.missing,
        sections=[_section_view(s) for s in brief.sections],
        last_period=end,
        moves_note="How far each "
        + ("act" if panel.kind == "acts" else _unit(frequency))
        + " shifted the estimate when it came in, on the model's scale: what was as expected moves nothing.",
        rests_on=rests_on(brief),
        limits=limits(brief),
        references=_references(brief, bibliography),
    )


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        The place cannot be written; nothing is left behind.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as why:
        raise InputError(
            f"{path}: cannot write there ({why.strerror or why}); choose another --out"
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as why:
        raise InputError(
            f"{path}: cannot write ({why.strerror or why}); choose another --out"
        ) from None
    finally:
        Path(name).unlink(missing_ok=True)


def bibliography_lines(entries: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """One printed line for each bibliography entry."""
    return {key: _cite(entry) for key, entry in entries.items()}


def _cite(entry: Mapping[str, object]) -> str:
    order: Sequence[str] = ("author", "year", "title", "container", "publisher")
    return ". ".join(str(entry[k]) for k in order if entry.get(k)) + "."
