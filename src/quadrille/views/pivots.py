"""Who pivots whom, among all triangles of the world."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.coupling.evidence import Pivots
from quadrille.coupling.pooled import CLASSES
from quadrille.kernels.constants import Z90
from quadrille.kernels.triad_moves import LEAST
from quadrille.panel.periods import n_periods, unit_word
from quadrille.verdicts import REGION
from quadrille.views import theme
from quadrille.views.forms import number, signed
from quadrille.views.names import name, source, the, tie_name
from quadrille.views.pivot import WAYS, interval_of, mean_facts
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import band

__all__ = ["view"]

_ROWS = 10
_MARKED = ("PAK", "RUS", "USA")


def _first(p: Pivots) -> str:
    who = f"the ties of {the(p.state)}" if p.state else "ties of the world"
    if not p.considered:
        each = n_periods(p.pooled.world.window, p.frequency)
        return (
            f"Among {who} there is no triad: it takes two ties of one state that are seen together in {LEAST} periods with "
            f"{each} after each, and three ties of that state in all."
        )
    said = [
        f"Among triads of {who} whose three states have much to do with each other today (of {p.considered:,} in all)"
    ]
    for way, word in ((-1, "the surest substitution"), (1, "the surest complement")):
        table = _side(p, way)
        if table.is_empty():
            said.append(f"no {word.split()[-1]}")
            continue
        top = table.row(0, named=True)
        said.append(
            f"{word}: when {tie_name(top['a'], top['on'])} warms by 1 sd, {tie_name(top['a'], top['b'])} moves by "
            f"{band((top['lo90'], top['effect'], top['hi90']), 2, True)} sd over {n_periods(p.pooled.world.window, p.frequency)}"
        )
    return "; ".join(said) + "."


def _side(p: Pivots, way: int) -> pl.DataFrame:
    return p.triads.filter(pl.col("effect") * way > 0)


def _classes(p: Pivots) -> str:
    parts = []
    for word in CLASSES:
        both = p.pooled.classes[word]
        if not np.isfinite(both[0].value):
            parts.append(f"{word}: no such triad")
            continue
        whole, later = (
            f"{band(interval_of(mean), 3, True)}, {mean.verdict.said(*WAYS)}" for mean in both
        )
        parts.append(f"{word} {whole}, and later {later}")
    return (
        f"Mean effect with moods out, by what the tie of the other two is: {'; '.join(parts)}. Later: after the same "
        f"{unit_word(p.frequency, 1)}. Too small to matter: the band lies within ±{REGION:g} sd."
    )


def _world(p: Pivots) -> str:
    mean = p.pooled.mean[0]
    return (
        f"Moods left in, the mean over {mean.triads:,} triangles is {band(interval_of(mean), 3, True)} sd: "
        f"a state's mood, which moves all its ties: {mean.verdict.said(*WAYS)}. With moods out it is zero by construction."
    )


def _grid(p: Pivots, way: int) -> Grid | None:
    table = _side(p, way)
    if table.is_empty():
        return None
    columns = [
        Column(("a", "b"), "tie moved", tie_name), Column("on", "by its tie with", name),
        *interval("effect", "effect", signed(), ("lo90", "hi90")), Column("later", "later", signed()),
    ]  # fmt: skip
    more = table.height - _ROWS
    title = f"{'Substitution' if way < 0 else 'Complement'}: effect of one sd of the pivot's tie, surest first"
    return grid(f"{title}; {more} more in CSV" if more > 0 else title, table.head(_ROWS), columns)


def _term_grid(p: Pivots) -> Grid | None:
    (whole, later), (se, later_se) = p.pooled.coef, (np.sqrt(np.diag(c)) for c in p.pooled.cov)
    rows = pl.DataFrame(
        {"term": p.pooled.terms, "whole": whole, "se": se, "later": later, "later_se": later_se}
    ).filter(pl.col("se") > 0)
    columns = [
        Column("term", "what the triad is"), Column("whole", "effect", signed(3)), Column("se", "standard error", number(3)),
        Column("later", "later", signed(3)), Column("later_se", "standard error", number(3)),
    ]  # fmt: skip
    title = "What an effect depends on: B–C, by itself and times what else the triad is"
    return None if rows.is_empty() else grid(title, rows, columns)


def draw(p: Pivots, width: int) -> Any:
    """Distribution of shrunken effects over all triangles, with Pakistan–Russia–United States marked."""
    from quadrille.coupling.evidence import evidence_of

    middles = 0.5 * (p.edges[1:] + p.edges[:-1])
    share = p.spread / max(int(p.spread.sum()), 1) / (p.edges[1] - p.edges[0])
    kept = np.flatnonzero(p.spread)
    lo, hi = (int(kept[0]), int(kept[-1]) + 1) if kept.size else (0, middles.size)
    data = pl.DataFrame({"effect": middles[lo:hi], "density": share[lo:hi]})
    scale = theme.value_scale(float(p.edges[lo]), float(p.edges[hi]))
    heading = "effect of A–C on A–B, sd for one sd"
    x = alt.X("effect:Q", title=heading, scale=scale)
    area = alt.Chart(data).mark_area(interpolate="step", color=theme.GREY, opacity=0.6)
    layers = [area.encode(x=x, y=alt.Y("density:Q", title="density of triangles")), theme.rule(0.0, scale, horizontal=False, heading=heading)]  # fmt: skip
    note = f"{p.pooled.triads:,} triangles; moods out; grey lines: too small to matter within ±{REGION:g} sd"
    for edge in (-REGION, REGION):
        line = pl.DataFrame({"effect": [edge]})
        layers.append(alt.Chart(line).mark_rule(strokeDash=[2, 3], color=theme.GREY).encode(x=x))
    marked = evidence_of(p.pooled, *_MARKED)
    if not marked.missing:
        mean, sd = marked.effect
        row = pl.DataFrame({"effect": [mean], "lo": [mean - Z90 * sd], "hi": [mean + Z90 * sd]})
        base = alt.Chart(row)
        height = float(share.max()) * 0.5
        layers += [
            base.mark_rule(strokeWidth=2, color=theme.VERMILION).encode(x=alt.X("lo:Q", scale=scale), x2=alt.X2("hi:Q"), y=alt.YDatum(height)),
            base.mark_circle(size=70, color=theme.VERMILION, opacity=1).encode(x=x, y=alt.YDatum(height)),
        ]  # fmt: skip
        note += (
            f"; in colour: {'–'.join(name(s) for s in _MARKED[:2])} by {the(_MARKED[2])}, 90% band"
        )
    return theme.panel(tuple(layers), width, 190, "Effects over all triangles of the world", note, f"data: {source(p.origin)}")  # fmt: skip


def _facts(p: Pivots) -> dict[str, Any]:
    pooled = p.pooled
    return {
        "state": p.state or None, "considered": p.considered, "triads": pooled.triads, "window": pooled.world.window,
        "mean": mean_facts(pooled.mean[0]), "mean_later": mean_facts(pooled.mean[1]),
        "classes": {k: {"whole": mean_facts(w), "later": mean_facts(l)} for k, (w, l) in pooled.classes.items()},
        "terms": [
            {"term": t, "whole": float(c), "later": float(l)}
            for t, c, l in zip(pooled.terms, pooled.coef[0], pooled.coef[1], strict=True)
        ],
        "spread_of_true_effects": [float(np.sqrt(t)) for t in pooled.tau2],
        "placebo": [x._asdict() for x in pooled.placebo],
    }  # fmt: skip


def view(p: Pivots) -> View:
    """Who pivots whom as people read it."""
    notes = (
        "Effects are against the other ties of the same state. In the same period they say that the two move together, "
        "not which moves which; later is what follows.",
        "The index hears of most ties each year by UN votes, so that blocs that vote alike lead the complements.",
        "Shrunk towards triads like it, by how much its own record is worth.",
    )
    who = f"the ties of {the(p.state)}" if p.state else "whom"
    return view_of(
        p, f"Who pivots {who}?", (_first(p), _classes(p), _world(p)), draw=draw, facts=_facts(p),
        grids=(_grid(p, -1), _grid(p, 1), _term_grid(p)), notes=notes, states=(p.state,) if p.state else (),
        caption="Distribution of effects over the triangles of the world, and the surest.",
    )  # fmt: skip
