"""What the views of changed worlds of trade have in common: words, tables, the figure, and most of the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from quadrille.economy.change import Agreement, Change, Corridor, Embargo
from quadrille.views import theme
from quadrille.views.forms import number, signed, signed_percent
from quadrille.views.names import name, source, the
from quadrille.views.view import Column, Grid, View, grid, interval, view_of

__all__ = [
    "bands_of", "change_view", "cited", "elasticity", "flow_grid", "flow_words", "where_from",
]  # fmt: skip

_ROWS = 12
# Welfare that rounds to nothing in the table.
_NOTHING = 5e-6
_MODEL = (
    "Model: one good a country, all substitutes (Armington), outputs fixed in quantity, exact changes from the year's flows. "
    "It holds what trade in the data holds, and no capital, no services, no time to adjust beyond the phases named."
)


def _share_band(values: Sequence[float], digits: int = 2) -> str:
    """``+3.1% (+2.0 to +4.5)``; what rounds to nothing throughout is said to be small."""
    low, mid, high = shown = [signed(digits)(100 * v) for v in values]
    if not any(v.strip("+−0.") for v in shown):
        return f"less than {10.0**-digits:g}% either way"
    return f"{mid}% ({low} to {high})"


def flow_words(change: Change) -> str:
    """``+12% (+8 to +15), from 320 million dollars (trade, 2014)``: how the flows that change directly change."""
    low, mid, high = (float(v) for v in change.band("trade")[:, 0] - 1.0)
    return (
        f"{_share_band((low, mid, high), 0)}, from {change.before.sum():,.0f} million dollars "
        f"({source(change.origin)}, {change.year})"
    )


def elasticity(change: Change) -> str:
    """Where the bands are from, of a change whose size is given."""
    low, high = change.sigma_range
    return f"Bands: the elasticity of substitution from {low:g} to {high:g}; {change.sigma:g} at the centre."


def cited(citations: Sequence[str]) -> list[str]:
    """A note for each work that the data are cited by."""
    return [f"Data: {c}" for c in citations]


def bands_of(change: Change, states: Sequence[str]) -> list[str]:
    """A sentence of each state: welfare, with where its band comes from, terms of trade, exports."""
    said = []
    for state in states:
        welfare, terms, exports = (change.of(w, state) for w in ("welfare", "terms", "exports"))
        said.append(
            f"{the(state)}: welfare {_share_band(welfare)}, terms of trade {_share_band(terms)}, exports "
            f"{_share_band(exports, 1)}."
        )
    return said


def where_from(change: Change, state: str) -> str:
    """How much of the band is the effect's, and how much the elasticity's."""
    k = change.states.index(state)
    parts = []
    for what, words in (("effect", "the effect alone"), ("sigma", "the elasticity alone")):
        if what in change.alone and change.alone[what].shape[0] > 1:
            values = pl.Series(change.alone[what][:, k])
            low, high = (values.quantile(q, "linear") for q in (0.05, 0.95))
            if low is not None and high is not None and high - low > 1e-12:
                parts.append(
                    f"{signed_percent(2)(low - 1)} to {signed_percent(2)(high - 1)} from {words}"
                )
    return f"Of the band of {the(state)}'s welfare: {'; '.join(parts)}." if parts else ""


def flow_grid(change: Change) -> Grid:
    """The flows that change directly."""
    columns = [
        Column("exporter", "from", name), Column("importer", "to", name),
        Column("before", f"{change.year}, m$", number(0)), Column("direct", "alone", signed_percent()),
        Column("conditional", "prices", signed_percent()), *interval("change", "all", signed_percent()),
    ]  # fmt: skip
    title = "flows: alone; with prices of buyers and sellers; with outputs and incomes too"
    return grid(title, change.flow_table().head(_ROWS), columns)


def _country_grid(change: Change) -> Grid:
    """The countries whose welfare changes most, in either direction."""
    columns = [
        Column("state", "state", name), *interval("welfare", "welfare", signed_percent(3)),
        Column("real_output", "real output", signed_percent(3)), Column("exports", "exports", signed_percent(2)),
    ]  # fmt: skip
    return grid("largest changes of welfare", _changed(change), columns)


def _changed(change: Change) -> pl.DataFrame:
    """The parties, and the others whose welfare changes by more than nothing."""
    table = change.countries()
    some = pl.max_horizontal(pl.col("welfare", "welfare_lo90", "welfare_hi90").abs()) >= _NOTHING
    return table.filter(some | pl.col("state").is_in(list(change.parties))).head(_ROWS)


def _chart(change: Change, width: int, heading: str) -> Any:
    """Welfare of the countries that change most, with bands."""
    data = _changed(change).select(
        name=pl.col("state").map_elements(name, pl.String), value=100 * pl.col("welfare"),
        lo=100 * pl.col("welfare_lo90"), hi=100 * pl.col("welfare_hi90"), kind=pl.lit("welfare"),
    )  # fmt: skip
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    titles = (heading, f"90% bands; flows of {change.year}; data: {source(change.origin)}")
    return theme.interval_chart(
        data, "change of welfare, %", width, {"welfare": theme.BLUE}, scale, titles, 0.0
    )


def change_view(
    made: Agreement | Corridor | Embargo, title: str, said: Sequence[str], grids: Sequence[Grid | None], notes: Sequence[str],
    facts: Mapping[str, Any],
) -> View:  # fmt: skip
    """The view of a changed world: what is its own, and what all of them show, note and hand on."""
    change = made.change
    shared = {
        "parties": change.parties, "year": change.year, "sigma": change.sigma, "sigma_range": change.sigma_range,
        "flows": change.flow_table(),
    }  # fmt: skip
    return view_of(
        made, title, said, change, lambda made, width: _chart(made.change, width, title), grids=(*grids, _country_grid(change)),
        notes=(*notes, _MODEL, *cited(change.citations)), facts={**shared, **facts}, states=change.parties,
        caption="Welfare of the countries that change most, with 90% bands.",
    )  # fmt: skip
