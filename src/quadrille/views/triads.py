"""All triads of the data: share of each type, and who is the pivot of most."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.panel.periods import n_periods, period_name
from quadrille.readings.triads import Triads
from quadrille.readings.triangle import TYPES
from quadrille.views import theme
from quadrille.views.forms import count, number, percent
from quadrille.views.names import name, source, state_list, the
from quadrille.views.theme import alt
from quadrille.views.triangle import type_colour
from quadrille.views.view import Column, Grid, View, grid, period_column, view_of
from quadrille.views.words import chance, neutral_notes

__all__ = ["view"]

_ROWS = 12


def _many(v: float) -> str:
    return count(v) if v >= 100 else number(1)(v)


def _answer(w: Triads) -> tuple[str, ...]:
    """Shares of the types and the state that is most often the pivot, in the last period."""
    row = w.summary().row(-1, named=True)
    when = period_name(w.periods[-1], w.frequency)
    total = row["triads"] + row["unknown"]
    about = f"In {when}, {row['triads']:,} of the {total:,} triads of {len(w.states)} states have three known ties"
    if not row["triads"]:
        return (f"{about} ({source(w.origin)}).",)
    form = percent()
    shares = ", ".join(f"{form(row[kind])} {kind}" for kind in TYPES)
    first = w.pivots().row(0, named=True)
    return (
        f"{about}; expected shares of the types: {shares}; {form(row['balanced'])} are balanced ({source(w.origin)}).",
        f"{the(first['state'])} is the pivot of the largest share of its triads: {form(first['share'])} of "
        f"{first['triads']:,} (expected number {_many(first['pivot_of'])}).",
    )


def _summary_grid(w: Triads) -> Grid:
    table = w.summary().tail(_ROWS).fill_nan(None)
    columns = [
        period_column(w.frequency), Column("triads", "known triads", count), Column("unknown", "others", count),
        *(Column(kind, kind, percent()) for kind in TYPES), Column("balanced", "balanced", percent()),
    ]  # fmt: skip
    last = f"the last {_ROWS} of " if len(w.periods) > _ROWS else ""
    shown = f"{last}{n_periods(len(w.periods), w.frequency)}"
    return grid(f"Expected share of each type, {shown}", table, columns)


def _pivot_grid(w: Triads) -> Grid:
    table = w.pivots().head(_ROWS)
    columns = [
        Column("state", "state", name), Column("pivot_of", "expected number", _many), Column("triads", "of its triads", count),
        Column("share", "share", percent()),
    ]  # fmt: skip
    return grid("Romantic triangles of which a state is the pivot, last period", table, columns)


def _chosen_grid(w: Triads) -> Grid:
    """Triads of the chosen states, the likeliest romantic triangles first."""
    names = pl.concat_list("state_a", "state_b", "state_c")
    held = [pl.any_horizontal(pl.col("state_a", "state_b", "state_c") == s) for s in w.chosen]
    table = w.listed(-1).filter(*held).drop_nulls("romantic triangle")
    total = table.height
    table = table.sort("romantic triangle", descending=True).head(_ROWS).select(
        pl.concat_str("state_a", "state_b", "state_c", separator="–").alias("triad"), *TYPES,
        names.list.get(pl.concat_list("pivot_a", "pivot_b", "pivot_c").list.arg_max()).alias("pivot"), "ties_observed",
    )  # fmt: skip
    columns = [
        Column("triad", "triad"), *(Column(k, k, chance) for k in TYPES), Column("pivot", "likeliest pivot"),
        Column("ties_observed", "ties observed", number(0)),
    ]  # fmt: skip
    which = f"the {_ROWS} likeliest romantic triangles of " if total > _ROWS else ""
    title = f"Triads with {state_list(w.chosen)}, last period: {which}{total:,}"
    return grid(title if which else f"{title} in all", table, columns)


def draw(w: Triads, width: int) -> Any:
    """Expected share of each type among the triads of the data, over time."""
    table = w.summary().fill_nan(None)
    long = table.unpivot(
        list(TYPES), index="period", variable_name="type", value_name="share"
    ).drop_nulls()
    scale = theme.value_scale(*theme.span(long, "share", include=(0.0,)), (0.0, 1.0))
    chart = alt.Chart(long).mark_line(strokeWidth=2, point=len(w.periods) <= 40).encode(
        x=theme.time_axis(w.periods, width),
        y=alt.Y("share:Q", title="share of triads", scale=scale, axis=alt.Axis(format=".0%")),
        color=type_colour(width),
    )  # fmt: skip
    known = f"{int(table['triads'][-1]):,} triads with three known ties in {period_name(w.periods[-1], w.frequency)}"
    return theme.panel(chart, width, 240, "Types of triads", known, f"data: {source(w.origin)}")


def view(w: Triads) -> View:
    """The triads as people read them."""
    return view_of(
        w, f"Triads of {len(w.states)} states", _answer(w), draw=draw, states=w.chosen,
        facts={"states": len(w.states), "draws": w.draws, "neutral": w.neutral, "unit": w.unit.name,
               "chosen": w.chosen, "pivots": w.pivots(), "summary": w.summary()},
        grids=(_chosen_grid(w),) if w.chosen else (_summary_grid(w), _pivot_grid(w)),
        notes=(
            *neutral_notes(w),
            "Shares are means over draws. A pair never observed is unknown, not cold: a triad that holds one has no "
            "type, nor has one with a state that did not exist on the first day of the period.",
            "Balanced: one tie is warm, or all three.",
        ),
        caption="Expected share of each type among the triads with three known ties.",
    )  # fmt: skip
