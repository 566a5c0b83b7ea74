"""One relation: how warm, since when, and what moved it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from quadrille.measure.result import Relation
from quadrille.measure.since import since_when
from quadrille.panel.periods import n_periods, period_name, unit_word
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.forms import count, signed
from quadrille.views.names import source, tie_name
from quadrille.views.place import (
    RANKS,
    anchor_layers,
    index_sentence,
    known_ranks,
    place_columns,
    place_facts,
    place_sentences,
)
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, period_column, view_of
from quadrille.views.words import (
    band,
    chance,
    cited,
    neutral_notes,
    neutral_words,
    open_note,
    since_words,
    warmth,
    when,
)

__all__ = [
    "diagnostics_facts", "draw", "evidence_words", "level_words", "move_grid", "path_columns", "path_data", "path_grid", "path_layers", "path_scale", "recent_moves", "rows_note",
    "tie_facts", "tie_sentence", "top_moves", "unit_facts", "view", "what",
]  # fmt: skip

_TOP, _LATE, _YEARS = 8, 5, 10
_ROWS = 24
_MARK = 17  # pixels across a numbered mark, with some air


def _since(tie: Relation) -> str:
    """``, since 2001 (90% interval 1987 to 2013)``; a hole in the record by its bounds."""
    said = since_words(since_when(tie), tie.frequency, (tie.periods[0], tie.periods[-1]))
    return f", {said}"


def _verdict(tie: Relation, p_warm: float) -> str:
    """Warm or cold, against what, with its probability, and since when."""
    sure = max(p_warm, 1 - p_warm)
    if sure < SURE:
        return (
            f"warm or cold is undetermined (P(warm) = {chance(p_warm)}, less than 0.9 either way)"
        )
    return f"{warmth(p_warm >= 0.5)} with probability {chance(sure)}{_since(tie)}"


def evidence_words(tie: Relation) -> str:
    """What a tie was estimated from."""
    if tie.from_index:
        return f"estimates of {n_periods(len(tie.periods), tie.frequency)} ({source(tie.origin)})"
    seen = int(np.sum(~np.isnan(tie.y)))
    total = np.nansum(tie.n)
    what = f"{total:,.0f} events" if total > 0 else "scores without counts"
    idle = len(tie.periods) - 1 - int(np.flatnonzero(~np.isnan(tie.y))[-1])
    late = unit_word(tie.frequency) if idle == 1 else n_periods(idle, tie.frequency)
    note = f", none in the last {late}" if idle else ""
    return f"{what} in {seen} of {n_periods(len(tie.periods), tie.frequency)}{note} ({source(tie.origin)})"


def level_words(tie: Relation, row: Mapping[str, Any] | None = None) -> str:
    """``net cooperation +0.35 (90% band +0.02 to +0.60)`` in the last period, whose row may be at hand."""
    last = row or tie.to_polars().row(-1, named=True)
    return f"{tie.unit.label} {band([last[f'shown{end}'] for end in ('_lo90', '', '_hi90')], sign=True)}"


def tie_sentence(tie: Relation) -> str:
    """How warm a tie is and since when, its level with the band, and from what."""
    last = tie.to_polars().row(-1, named=True)
    about = f"{tie_name(tie.label)} in {period_name(tie.periods[-1], tie.frequency)}"
    verdict = f"{_verdict(tie, last['p_warm'])}; " if tie.facet == "cordiality" else ""
    return f"{about}: {verdict}{level_words(tie, last)}; {evidence_words(tie)}."


def what(row: Mapping[str, Any], citing: bool = True) -> str:
    """An act, or the quad classes of a period."""
    if "text" in row:
        arrow = "↔" if row["mutual"] else "→"
        cited = f" [{row['reference']}]" if citing and row.get("reference") else ""
        return f"{row['source']} {arrow} {row['target']}: {row['text']}{cited}"
    if "before" in row:
        return f"level {signed()(row['before'])} → {signed()(row['after'])}"
    if row.get("verbal_coop") is None:
        return f"observed {signed()(row['observed'])}, expected {signed()(row['expected'])}"
    coop, conf = row["material_coop"], row["material_conf"]
    return (
        f"{row['verbal_coop'] + coop:,.0f} cooperative ({coop:,.0f} material), "
        f"{row['verbal_conf'] + conf:,.0f} conflictual events ({conf:,.0f} material)"
    )


def top_moves(moves: pl.DataFrame | None, most: int = _TOP) -> pl.DataFrame:
    """The acts or periods that moved a tie most, the largest first."""
    if moves is None:
        return pl.DataFrame()
    by = "date" if "date" in moves.columns else "period"
    return moves.sort(pl.col("move").abs(), by, descending=[True, False]).head(most)


def move_grid(title: str, moves: pl.DataFrame, frequency: str, numbered: bool = False) -> Grid:
    """Acts or periods, with what they were and how far each moved the estimate."""
    marks = [(str(k),) if numbered else () for k in range(1, moves.height + 1)]
    rows = tuple(
        (*mark, when(row, frequency), what(row), signed()(row["move"]))
        for mark, row in zip(marks, moves.iter_rows(named=True), strict=True)
    )
    first = ("",) if numbered else ()
    return Grid(
        title,
        (*first, "when", "what", "moved by"),
        rows,
        (*(False for _ in first), True, True, False),
    )


def recent_moves(tie: Relation) -> pl.DataFrame:
    """The largest moves of the last ten years, where the ten years are not the whole record."""
    first = date(tie.periods[-1].year - _YEARS, 1, 1)
    if tie.moves is None or tie.periods[0] >= first:
        return pl.DataFrame()
    return top_moves(tie.moves.filter(pl.col("period") > first), _LATE)


def _shown_columns(tie: Relation, rows: pl.DataFrame) -> tuple[Column, ...]:
    if not tie.from_index:
        return path_columns(tie.unit.label, tie.facet)
    return (
        place_columns(tie.unit.label, rows)
        if tie.place
        else path_columns(tie.unit.label, tie.facet)[:3]
    )


def _last_rows(tie: Relation, most: int) -> pl.DataFrame:
    rows = tie.to_polars().tail(most)
    return known_ranks(rows) if tie.from_index and tie.place else rows


def _open_ranks(tie: Relation) -> str:
    """When a percentile is not known, where one is not."""
    if tie.place is None:
        return ""
    rows = tie.place.path.tail(_ROWS) if tie.from_index else tie.place.path.clear()
    ends = [rows.select(f"{k}_lo90", k, f"{k}_hi90").rows() for k in RANKS]
    return open_note(tie.place.world, *ends[0], *ends[1])


def path_columns(label: str, facet: str) -> tuple[Column, ...]:
    """Columns of a path: level with its band, whether warm, and what was observed."""
    warm = [Column("p_warm", "P(warm)", chance)] if facet == "cordiality" else []
    return (
        *interval("shown", label, signed()), *warm, Column("observed", "observed", signed()), Column("n", "events", count),
    )  # fmt: skip


def path_grid(tie: Relation, most: int = _ROWS) -> Grid:
    """The last periods of a tie."""
    rows = _last_rows(tie, most)
    columns = [period_column(tie.frequency), *_shown_columns(tie, rows)]
    shown = f"last {most} of " if len(tie.periods) > most else ""
    title = f"{tie_name(tie.label)}: {shown}{n_periods(len(tie.periods), tie.frequency)}"
    return grid(title, rows, columns)


def path_data(result: Any, *keep: str) -> pl.DataFrame:
    """What a figure of a path shows: ``period, value, lo, hi, seen, neutral``, on the shown scale."""
    table: pl.DataFrame = result.to_polars()
    return table.select(
        *keep, "period", value="shown", lo="shown_lo90", hi="shown_hi90", seen="observed",
        neutral=pl.lit(float(result.unit.shown(result.neutral))),
    )  # fmt: skip


def path_layers(
    tie: Relation, width: int, colour: str | None = None, scale: alt.Scale | None = None
) -> list[Any]:
    """Band, neutral line, median and every observation of a tie, as layers of a chart."""
    data = path_data(tie)
    x = theme.time_axis(tie.periods, width)
    scale = scale or path_scale([tie])
    y = alt.Y("seen:Q", title=tie.unit.label, scale=scale)
    seen = alt.Chart(data.drop_nulls("seen")).mark_circle(color=theme.GREY, opacity=0.55, size=22)
    band, line = theme.band_layers(data, x, tie.unit.label, scale, colour or theme.BLUE)
    neutral = theme.rule(float(tie.unit.shown(tie.neutral)), scale, heading=tie.unit.label)
    return [band, neutral, line, seen.encode(x=x, y=y)]


def path_scale(ties: list[Relation]) -> alt.Scale:
    """One scale that holds bands, neutral lines and all observations of some ties."""
    data = pl.concat(path_data(t) for t in ties)
    return theme.value_scale(*theme.span(data, "lo", "hi", "seen", "neutral"), ties[0].unit.bounds)


def _marks(tie: Relation, scale: alt.Scale, most: int, width: int, height: int) -> list[Any]:
    """Numbers on the line at the largest moves, or beside it where they would lie on each other; several in one period share a mark."""
    moves = top_moves(tie.moves, most)
    if moves.is_empty():
        return []
    level = dict(zip(tie.periods, tie.to_polars()["shown"], strict=True))
    numbered = sorted((p, k) for k, p in enumerate(moves["period"], 1))
    marks = {
        p: ",".join(str(k) for _, k in group)
        for p, group in groupby(numbered, key=lambda pair: pair[0])
    }
    low, high = scale["domain"]
    across = width / max(1, (tie.periods[-1] - tie.periods[0]).days)
    places = [
        ((p - tie.periods[0]).days * across, height * (high - level[p]) / (high - low))
        for p in marks
    ]
    down = theme.apart(places, [_MARK] * len(places), _MARK, height)
    rows = [
        {"period": p, "level": level[p], "at": high - (high - low) * y / height, "mark": mark}
        for (p, mark), y in zip(marks.items(), down, strict=True)
    ]
    y = theme.on_y("at", tie.unit.label, scale)
    base = alt.Chart(pl.DataFrame(rows)).encode(x=alt.X("period:T"), y=y)
    return [
        base.mark_rule(color=theme.VERMILION).encode(y2=alt.Y2("level:Q")),
        base.mark_point(size=210, filled=True, color="white", stroke=theme.VERMILION, opacity=1),
        base.mark_text(fontSize=11, fontWeight="bold", color=theme.VERMILION).encode(
            text=alt.Text("mark:N")
        ),
    ]


def draw(tie: Relation, width: int, marks: int = _TOP) -> Any:
    """The tie over time with its band, every observation, and numbers where it moved most."""
    if tie.from_index:
        return _draw_index(tie, width)
    scale = path_scale([tie])
    seen = int(np.sum(~np.isnan(tie.y)))
    height = 260 if width >= theme.PHONE else 200
    layers = [*path_layers(tie, width, scale=scale), *_marks(tie, scale, marks, width, height)]
    note = f"line: median; band: 90%; dots: {seen} observed; dashed: neutral ({neutral_words(tie)})"
    return theme.panel(
        layers, width, height, tie_name(tie.label), note, f"data: {source(tie.origin)}"
    )


def _draw_index(tie: Relation, width: int) -> Any:
    """The level of the index over time, against neutral, the median ally and the median rival."""
    span = theme.span(path_data(tie), "lo", "hi", include=(-1.0, 1.0))
    scale = theme.value_scale(*span)
    band, _, line, _ = path_layers(tie, width, scale=scale)
    level = path_data(tie)["value"].to_numpy()
    height = 260 if width >= theme.PHONE else 200
    note = "line: median; band: 90%; dashed: how the scale is anchored"
    return theme.panel(
        [band, *anchor_layers(tie, level, scale, height), line], width, height, tie_name(tie.label), note, "data: index of ties"
    )  # fmt: skip


def rows_note(tie: Relation) -> str:
    """How to see the rows behind a period, for data that hold single events."""
    if tie.moves is None or not {"text", "raw"} & set(tie.moves.columns):
        return ""
    most = tie.moves.sort(pl.col("move").abs(), descending=True)["period"][0]
    period = period_name(most, "Y" if tie.frequency == "Q" else tie.frequency)
    rows = "acts" if "text" in tie.moves.columns else "events of the same data"
    return (
        f"The {rows} behind a period: quadrille events {tie.state_a} {tie.state_b} --in {period}."
    )


def diagnostics_facts(d: Any, trusted: bool | None = None) -> dict[str, Any]:
    """Diagnostics of draws, and whether they pass."""
    passed = d.trusted if trusted is None else trusted
    return {"trusted": passed, **{k: getattr(d, k) for k in d.__slots__}}


def unit_facts(tie: Relation) -> dict[str, Any]:
    """What a tie is measured in, and how sure its draws are."""
    return {
        "dyad": tie.label, "facet": tie.facet, "unit": tie.unit.name, "shown": tie.unit.label, "neutral": tie.neutral,
        "diagnostics": diagnostics_facts(tie.diagnostics),
    }  # fmt: skip


def tie_facts(tie: Relation) -> dict[str, Any]:
    """What machines are given of a tie beside its rows."""
    return unit_facts(tie) | {
        "since": since_when(tie) if tie.facet == "cordiality" else None, "hyperparameters_5_50_95": tie.hyper,
        "over_dispersion": None if np.isnan(tie.omega) else tie.omega,
        "moves": tie.moves if tie.moves is not None else [],
        "index": place_facts(tie.place) if tie.place else None,
    }  # fmt: skip


def _sentences(tie: Relation) -> tuple[str, ...]:
    """The tie, and its place in the index."""
    if tie.place is None:
        return (tie_sentence(tie),)
    if tie.from_index:
        return (tie_sentence(tie), *place_sentences(tie.place))
    return (tie_sentence(tie), index_sentence(tie.place, tie.label))


def view(tie: Relation) -> View:
    """The relation as people read it."""
    moves, late = top_moves(tie.moves), recent_moves(tie)
    f, numbers = tie.frequency, ""
    seen = (
        "neutral, median ally and median rival as lines"
        if tie.from_index
        else "observed periods as dots"
    )
    grids, notes = [], list(neutral_notes(tie)) if tie.facet == "cordiality" else []
    notes.append(_open_ranks(tie))
    if moves.height:
        grids.append(move_grid("What moved it most", moves, f, True))
        notes.append(
            "“Moved by” is how far an act or period shifted the estimate when it came in, on the model's scale "
            f"({tie.unit.name}); it is arithmetic, not a cause."
        )
        notes.append(rows_note(tie))
        numbers = "; numbers: what moved it most, as in the table"
    if late.height:
        grids.append(move_grid(f"What moved it most in the last {_YEARS} years", late, f))
    return view_of(
        tie, tie_name(tie.label), _sentences(tie), draw=draw, behind=path_grid(tie, len(tie.periods)), facts=tie_facts(tie), grids=(*grids, path_grid(tie)),
        notes=tuple(notes), checked=(tie,), states=(tie.state_a, tie.state_b), references=cited(tie.references, moves, late),
        caption=f"{tie_name(tie.label)} over time: median, 90% band, {seen}{numbers}.",
    )  # fmt: skip
