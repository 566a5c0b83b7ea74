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
from quadrille.views import theme
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, count, grid, number, signed, warnings_of
from quadrille.views.words import chance, name, neutral_words, sentence, tie_name

__all__ = [
    "cited", "move_grid", "path_data", "path_grid", "path_layers", "path_scale", "tie_sentence", "view", "what",
    "when",
]  # fmt: skip

_TOP, _LATE, _YEARS = 8, 5, 10
_ROWS = 24
_NEWS = (
    "These are reports, most of them of talk, and rivals talk too: above the median dyad is not friendship. The "
    "probability covers the noise of the reports, not what was never reported."
)


def _since(tie: Relation) -> str:
    """``, since 2001 (90% interval 1987 to 2013)``; a hole in the record by its bounds."""
    start = since_when(tie)
    first, lo, hi = (period_name(d, tie.frequency) for d in (start.median, start.early, start.late))
    spread = f" (90% interval {lo} to {hi})" if lo != hi else ""
    if start.open:
        return f", since {first} or before{spread}"
    if start.hole is None:
        return f", since {first}{spread}"
    ends = tuple(period_name(d, tie.frequency) for d in start.hole)
    inside = f", since some time between {ends[0]} and {ends[1]}, when nothing was observed"
    return inside if (lo, hi) == ends else inside + spread


def _verdict(tie: Relation, p_warm: float) -> str:
    """Warm or cold, against what, with its probability, and since when."""
    world = tie.neutral != 0.0
    if max(p_warm, 1 - p_warm) < 0.9:
        against = "warmer or colder than the median dyad" if world else "warm or cold"
        return f"{against} is undetermined (P(warm) = {chance(p_warm)}, less than 0.9 either way)"
    warm = p_warm >= 0.5
    word = "warm" if warm else "cold"
    if world:
        level = signed()(float(tie.unit.shown(tie.neutral)))
        word = f"{'warmer' if warm else 'colder'} than the median dyad of these data ({level})"
    return f"{word} with probability {chance(max(p_warm, 1 - p_warm))}{_since(tie)}"


def _evidence(tie: Relation) -> str:
    seen = int(np.sum(~np.isnan(tie.y)))
    total = np.nansum(tie.n)
    what = f"{total:,.0f} events" if total > 0 else "scores without counts"
    idle = len(tie.periods) - 1 - int(np.flatnonzero(~np.isnan(tie.y))[-1])
    late = unit_word(tie.frequency) if idle == 1 else n_periods(idle, tie.frequency)
    note = f", none in the last {late}" if idle else ""
    return f"{what} in {seen} of {n_periods(len(tie.periods), tie.frequency)}{note} ({tie.origin})"


def tie_sentence(tie: Relation) -> str:
    """How warm a tie is and since when, its level with the band, and from what."""
    last = tie.to_polars().row(-1, named=True)
    form = signed()
    level = (
        f"{form(last['shown'])} (90% band {form(last['shown_lo90'])} to {form(last['shown_hi90'])})"
    )
    about = (
        f"{name(tie.state_a)}–{name(tie.state_b)} in {period_name(tie.periods[-1], tie.frequency)}"
    )
    verdict = f"{_verdict(tie, last['p_warm'])}; " if tie.facet == "cordiality" else ""
    return f"{about}: {verdict}{tie.unit.label} {level}; {_evidence(tie)}."


def what(row: Mapping[str, Any]) -> str:
    """An act, or the quad classes of a period."""
    if "text" in row:
        arrow = "↔" if row["mutual"] else "→"
        cited = f" [{row['reference']}]" if row.get("reference") else ""
        return f"{row['source']} {arrow} {row['target']}: {row['text']}{cited}"
    if row.get("verbal_coop") is None:
        return f"observed {signed()(row['y'])}, expected {signed()(row['expected'])}"
    coop, conf = (
        (row["verbal_coop"], row["material_coop"]),
        (row["verbal_conf"], row["material_conf"]),
    )
    return (
        f"{sum(coop):,.0f} cooperative ({coop[1]:,.0f} material), "
        f"{sum(conf):,.0f} conflictual events ({conf[1]:,.0f} material)"
    )


def when(row: Mapping[str, Any], frequency: str) -> str:
    """The date of an act as exact as it is known, or a period."""
    if "date" not in row:
        return period_name(row["period"], frequency)
    return period_name(row["date"], {"day": "D", "month": "M", "year": "Y"}[row["precision"]])


def top_moves(tie: Relation, most: int = _TOP) -> pl.DataFrame:
    """The acts or periods that moved a tie most, by date."""
    if tie.moves is None:
        return pl.DataFrame()
    by = "date" if "date" in tie.moves.columns else "period"
    return tie.moves.sort(pl.col("move").abs(), descending=True).head(most).sort(by)


def move_grid(title: str, moves: pl.DataFrame, frequency: str, numbered: bool = False) -> Grid:
    """Acts or periods, with what they were and how far each moved the estimate."""
    rows = []
    for k, row in enumerate(moves.iter_rows(named=True), 1):
        cells = (when(row, frequency), what(row), signed()(row["move"]))
        rows.append((str(k), *cells) if numbered else cells)
    heads = ("when", "what", "moved by")
    left = (True, True, False)
    return Grid(title, ("", *heads), tuple(rows), (False, *left)) if numbered else Grid(title, heads, tuple(rows), left)  # fmt: skip


def _recent(tie: Relation) -> pl.DataFrame:
    """The largest moves of the last ten years, where the ten years are not the whole record."""
    first = date(tie.periods[-1].year - _YEARS, 1, 1)
    if tie.moves is None or tie.periods[0] >= first:
        return pl.DataFrame()
    late = tie.moves.filter(pl.col("period") > first)
    return late.sort(pl.col("move").abs(), descending=True).head(_LATE).sort("period")


def path_grid(tie: Relation, most: int = _ROWS) -> Grid:
    """The last periods of a tie."""
    table = tie.to_polars().tail(most)
    table = table.with_columns(
        when=pl.Series([period_name(p, tie.frequency) for p in table["period"]], dtype=pl.String)
    )
    columns = [
        Column("when", "period"),
        Column("shown", tie.unit.label, signed()),
        Column("shown_lo90", "90% from", signed()),
        Column("shown_hi90", "to", signed()),
        *([Column("p_warm", "P(warm)", number())] if tie.facet == "cordiality" else []),
        Column("shown_y", "observed", signed()),
        Column("n", "events", count),
    ]
    shown = f"last {most} of " if len(tie.periods) > most else ""
    return grid(
        f"{tie_name(tie.label)}: {shown}{n_periods(len(tie.periods), tie.frequency)}",
        table,
        columns,
    )


def path_data(tie: Relation) -> pl.DataFrame:
    """What a figure of the path shows: ``period, value, lo, hi, seen, neutral``, on the shown scale."""
    return tie.to_polars().select(
        "period", value="shown", lo="shown_lo90", hi="shown_hi90", seen="shown_y",
        neutral=pl.lit(float(tie.unit.shown(tie.neutral))),
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


def _marks(tie: Relation, scale: alt.Scale) -> list[Any]:
    """Numbers on the line at the largest moves; several in one period share a mark."""
    moves = top_moves(tie)
    if moves.is_empty():
        return []
    height = dict(zip(tie.periods, tie.to_polars()["shown"], strict=True))
    numbered = [(p, str(k)) for k, p in enumerate(moves["period"], 1)]
    rows = [
        {"period": p, "at": height[p], "mark": ",".join(k for _, k in group)}
        for p, group in groupby(numbered, key=lambda pair: pair[0])
    ]
    base = alt.Chart(pl.DataFrame(rows)).encode(
        x="period:T", y=alt.Y("at:Q", scale=scale, title=tie.unit.label)
    )
    return [
        base.mark_point(size=210, filled=True, color="white", stroke=theme.VERMILION, opacity=1),
        base.mark_text(fontSize=11, fontWeight="bold", color=theme.VERMILION).encode(text="mark:N"),
    ]


def draw(tie: Relation, width: int) -> Any:
    """The tie over time with its band, every observation, and numbers where it moved most."""
    scale = path_scale([tie])
    seen = int(np.sum(~np.isnan(tie.y)))
    layers = [*path_layers(tie, width, scale=scale), *_marks(tie, scale)]
    note = f"line: median; band: 90%; dots: {seen} observed; dashed: neutral ({neutral_words(tie)})"
    chart = alt.layer(*layers).properties(
        width=width, height=260 if width >= theme.PHONE else 200,
        title=theme.title(tie_name(tie.label), width, note, f"data: {tie.origin}"),
    )  # fmt: skip
    return theme.figure(chart)


def tie_facts(tie: Relation) -> dict[str, Any]:
    """What machines are given of a tie beside its rows."""
    d = tie.diagnostics
    return {
        "dyad": tie.label, "facet": tie.facet, "unit": tie.unit.name, "shown": tie.unit.label,
        "neutral": tie.neutral, "since": since_when(tie) if tie.facet == "cordiality" else None,
        "hyperparameters_5_50_95": tie.hyper, "diagnostics": {"trusted": d.trusted, **_slots(d)},
        "moves": tie.moves if tie.moves is not None else [],
    }  # fmt: skip


def _slots(value: Any) -> dict[str, Any]:
    return {k: getattr(value, k) for k in value.__slots__}


def view(tie: Relation) -> View:
    """The relation as people read it."""
    moves, late = top_moves(tie), _recent(tie)
    grids = [move_grid("What moved it most", moves, tie.frequency, True)] if moves.height else []
    if late.height:
        grids.append(
            move_grid(f"What moved it most in the last {_YEARS} years", late, tie.frequency)
        )
    notes = [sentence(neutral_words(tie))] if tie.facet == "cordiality" else []
    if tie.neutral != 0.0:
        notes.append(_NEWS)
    if moves.height:
        notes.append(
            "“Moved by” is how far an act or period shifted the estimate when it came in, on the model's scale "
            f"({tie.unit.name}); it is arithmetic, not a cause."
        )
    numbers = "; numbers: what moved it most, as in the table" if moves.height else ""
    return View(
        kind="relation", title=tie_name(tie.label), sentences=(tie_sentence(tie),), rows=tie.to_polars(),
        facts=tie_facts(tie), grids=(*grids, path_grid(tie)), notes=tuple(notes), warnings=warnings_of([tie]),
        diagnostics=(f"Draws: {tie.diagnostics.line()}",), draw=lambda width: draw(tie, width),
        caption=f"{tie_name(tie.label)} over time: median, 90% band, observed periods as dots{numbers}.",
        data=tie.origin, states=(tie.state_a, tie.state_b), frequency=tie.frequency,
        periods=(tie.periods[0], tie.periods[-1]), references=cited(tie, (moves, late)),
    )  # fmt: skip


def cited(tie: Relation, tables: tuple[pl.DataFrame, ...]) -> dict[str, str]:
    """The works that the acts shown cite."""
    keys = {
        key.strip()
        for table in tables
        if "reference" in table.columns
        for cell in table["reference"].drop_nulls()
        for key in cell.split(";")
    }
    return {k: tie.references[k] for k in sorted(keys) if k in tie.references}
