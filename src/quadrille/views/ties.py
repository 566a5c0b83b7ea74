"""Every tie of a state in one period: a map, the surest of them, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from quadrille.panel.periods import period_name
from quadrille.readings.ties import Ties
from quadrille.verdicts import OPEN, SURE
from quadrille.views import theme
from quadrille.views.atlas import OWN, drawn_states, map_layers
from quadrille.views.forms import signed
from quadrille.views.names import listed, name, plural, source, state_list, the
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import band, chance, neutral_notes, rank

__all__ = ["KINDS", "end_grids", "kind_of", "sure_of", "view"]

_ROWS, _DRAWN, _NAMED = 12, 10, 3
# Warmer is red and colder blue, as in every figure; a tie whose sign is not sure is pale.
_DARK = ("#8f3300", "#003b5e")
_FAR = ("warm, as the median ally or more", "cold, as the median rival or more")
KINDS = {
    _FAR[0]: _DARK[0], "warm": theme.VERMILION, "leans warm": "#f6cfb5",
    "leans cold": "#c3dcee", "cold": theme.BLUE, _FAR[1]: _DARK[1],
}  # fmt: skip


def kind_of(anchored: bool) -> pl.Expr:
    """What a tie is by ``p_warm`` and ``shown``: a key of `KINDS`; the two ends only where the scale is anchored."""
    p, level = pl.col("p_warm"), pl.col("shown")
    warm, cold = p >= SURE, p <= 1 - SURE
    made = (
        pl.when(warm).then(pl.lit("warm")).when(cold).then(pl.lit("cold"))
        .when(p >= 0.5).then(pl.lit("leans warm")).otherwise(pl.lit("leans cold"))
    )  # fmt: skip
    if not anchored:
        return made
    return (
        pl.when(warm & (level >= 1)).then(pl.lit(_FAR[0]))
        .when(cold & (level <= -1)).then(pl.lit(_FAR[1])).otherwise(made)
    )  # fmt: skip


def _when(t: Ties) -> str:
    return period_name(t.period, t.frequency)


def _answer(t: Ties) -> str:
    warm, cold = sure_of(t.table)
    many, left = t.table.height, t.table.height - warm - cold
    are = "is" if warm == 1 else "are"
    return (
        f"{the(t.state)} in {_when(t)}: {plural(many, 'tie')}, of which {warm:,} {are} warm and {cold:,} cold with "
        f"probability 0.9 or more; {left:,} are undetermined ({source(t.origin)})."
    )


def sure_of(table: pl.DataFrame) -> tuple[int, int]:
    """How many ties are surely warm, and how many surely cold."""
    p = table["p_warm"]
    return int((p >= SURE).sum()), int((p <= 1 - SURE).sum())


def ends_of(table: pl.DataFrame, most: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ties whose band has the highest lower end, and those whose band has the lowest upper end."""
    high = table.sort("shown_lo90", descending=True).head(most)
    return high, table.sort("shown_hi90").head(most)


def end_grids(
    table: pl.DataFrame, most: int, when: str, columns: Sequence[Column], names: tuple[str, str] = ("Warmest", "Coldest")
) -> tuple[Grid, Grid]:  # fmt: skip
    """Both ends of many ties."""
    high, low = ends_of(table, most)
    return (
        grid(f"{names[0]} in {when}, by the lower end of the band", high, columns),
        grid(f"{names[1]} in {when}, by the upper end of the band", low, columns),
    )


def _three(rows: pl.DataFrame, prefix: str = "shown") -> str:
    """``China +1.32 (90% band +0.70 to +1.93), …``."""
    ends = (f"{prefix}_lo90", prefix, f"{prefix}_hi90")
    return "; ".join(
        f"{the(r['partner'])} {band([r[c] for c in ends], sign=True)}" for r in rows.iter_rows(named=True)
    )  # fmt: skip


def _ends(t: Ties) -> list[str]:
    """The warmest and the coldest of the ties whose sign is sure."""
    warm, _ = ends_of(t.table.filter(pl.col("p_warm") >= SURE), _NAMED)
    _, cold = ends_of(t.table.filter(pl.col("p_warm") <= 1 - SURE), _NAMED)
    said = []
    for rows, word, end in ((warm, "warmest", "lower"), (cold, "coldest", "upper")):
        if rows.height:
            said.append(
                f"The {word}, by the {end} end of the band ({t.unit.label}): {_three(rows)}."
            )
    return said


def _close(t: Ties) -> str:
    """Whom the state has most to do with, where that is known."""
    known = t.table.filter(
        pl.col("engagement_percentile_hi90") - pl.col("engagement_percentile_lo90") <= 100 * OPEN
    ).sort("engagement_percentile_lo90", descending=True)
    if known.is_empty():
        return ""
    return f"It has most to do with {state_list(known['partner'].head(_NAMED))}."


def _moved(t: Ties) -> str:
    """Ties whose change is sure of its sign."""
    if t.before is None:
        return ""
    since = period_name(t.before, t.frequency)
    known = t.table.drop_nulls("change")
    up = known.filter(pl.col("change_lo90") > 0).sort("change_lo90", descending=True)
    down = known.filter(pl.col("change_hi90") < 0).sort("change_hi90")
    if known.is_empty():
        return ""
    if up.is_empty() and down.is_empty():
        return f"Since {since} no tie of the {known.height:,} there then has changed for sure: each 90% band of a change holds zero."
    parts = [
        f"{rows.height:,} {word} ({_three(rows.head(_NAMED), 'change')})"
        for rows, word in ((up, "warmed"), (down, "chilled")) if rows.height
    ]  # fmt: skip
    return f"Since {since}, of {plural(known.height, 'tie')} there then, {listed(parts)}; of the others the 90% band holds zero."


def _columns(t: Ties) -> list[Column]:
    found = [
        Column("partner", "partner", name), *interval("shown", t.unit.label, signed()),
        Column("p_warm", "P(warm)", chance), Column("percentile", "percentile", rank),
    ]  # fmt: skip
    if t.table["engagement_percentile"].null_count() < t.table.height:
        found.append(Column("engagement_percentile", "engagement", rank))
    if t.before is not None:
        since = period_name(t.before, t.frequency)
        found.append(Column("change", f"since {since}", signed()))
    return found


def _grids(t: Ties) -> tuple[Grid, ...]:
    if t.table.height <= 2 * _ROWS:
        return (grid(f"Ties of {the(t.state)} in {_when(t)}", t.table, _columns(t)),)
    return end_grids(t.table, _ROWS, _when(t), _columns(t))


def _kinds(t: Ties) -> dict[str, str]:
    return {kind: colour for kind, colour in KINDS.items() if t.unit.anchored or kind not in _FAR}


def _drawn(t: Ties) -> pl.DataFrame:
    """Every tie as the map takes it, and the state itself."""
    table = t.table.select(
        "shown", "p_warm", "percentile", state="partner", kind=kind_of(t.unit.anchored),
        called=pl.col("partner").map_elements(name, pl.String),
        band=pl.format(
            "{} to {}", pl.col("shown_lo90").map_elements(signed(), pl.String),
            pl.col("shown_hi90").map_elements(signed(), pl.String),
        ),
    )  # fmt: skip
    own = pl.DataFrame({"state": [t.state], "kind": [OWN], "called": [name(t.state)]})
    return pl.concat([table, own], how="diagonal")


def _map(t: Ties, width: int) -> Any:
    tips = [
        alt.Tooltip("called:N", title="tie with"), alt.Tooltip("shown:Q", title=t.unit.label, format="+.2f"),
        alt.Tooltip("band:N", title="90% band"), alt.Tooltip("p_warm:Q", title="P(warm)", format=".2f"),
        alt.Tooltip("percentile:Q", title="percentile", format=".0f"),
    ]  # fmt: skip
    layers, height = map_layers(_drawn(t), _kinds(t), width, tips)
    note = "pale: P(warm) between 0.1 and 0.9; dots: states too small for a shape; today's borders"
    return theme.panel(
        layers, width, height, f"Ties of {the(t.state)} in {_when(t)}", note, f"data: {source(t.origin)}"
    )  # fmt: skip


def _bars(t: Ties, width: int) -> Any:
    """The warmest and the coldest with their bands."""
    table = t.table.with_columns(kind=kind_of(t.unit.anchored))
    if table.height > 2 * _DRAWN:
        table = pl.concat(ends_of(table, _DRAWN)).unique("partner")
    data = table.sort("shown", descending=True).select(
        "kind", name=pl.col("partner").map_elements(name, pl.String), value="shown",
        lo="shown_lo90", hi="shown_hi90",
    )  # fmt: skip
    level = float(t.unit.shown(t.neutral))
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(level,)), t.unit.bounds)
    title = "Warmest and coldest" if t.table.height > 2 * _DRAWN else "Every tie"
    titles = (title, "level and 90% band; dashed: neutral")
    return theme.interval_chart(data, t.unit.label, width, _kinds(t), scale, titles, level)


def draw(t: Ties, width: int) -> Any:
    """The map, and below it the warmest and the coldest ties."""
    return theme.stack(_map(t, width), _bars(t, width))


def _shapeless(t: Ties) -> str:
    """Partners that today's map has no shape for."""
    gone = [s for s in t.table["partner"] if s not in drawn_states()]
    verb = "has" if len(gone) == 1 else "have"
    return f"{state_list(sorted(gone))} {verb} no shape on a map of today." if gone else ""


def _absent(t: Ties) -> str:
    if not t.absent:
        return ""
    few = len(t.absent) <= 8
    who = state_list(t.absent) if few else f"{len(t.absent):,} states of the time"
    return f"No tie with {who} is in the data."


def _elsewhen(t: Ties) -> str:
    then = [s for s in t.elsewhen if s in drawn_states()]
    if not then:
        return ""
    verb = "was no state" if len(then) == 1 else "were no states"
    who = state_list(then) if len(then) <= 4 else f"{len(then):,} states of the map"
    return f"{who} {verb} in {_when(t)} and {'is' if len(then) == 1 else 'are'} drawn as absent."


def _facts(t: Ties) -> dict[str, Any]:
    warm, cold = sure_of(t.table)
    return {
        "state": t.state, "period": t.period, "before": t.before, "unit": t.unit.name, "neutral": t.neutral,
        "ties": t.ties, "warm": warm, "cold": cold, "absent": t.absent, "not_then": t.elsewhen,
    }  # fmt: skip


def view(t: Ties) -> View:
    """The ties as people read them."""
    return view_of(
        t, f"Ties of {the(t.state)} in {_when(t)}", (_answer(t), *_ends(t), _moved(t), _close(t)), draw=draw,
        facts=_facts(t), grids=_grids(t), states=(t.state,),
        notes=(
            *neutral_notes(t), f"Percentiles are among the {t.ties:,} ties of the data in {_when(t)}; 100 is the warmest, or the "
            "most engaged.",
            _absent(t), _elsewhen(t), _shapeless(t),
        ),
        caption=f"Ties of {the(t.state)} in {_when(t)}: a map, and the warmest and coldest with their 90% bands.",
    )  # fmt: skip
