"""Trade of two states against what is to be expected, year by year."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.economy.potential import TIES, Potential
from quadrille.views import theme
from quadrille.views.forms import count, number, percent
from quadrille.views.names import listed, name, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.trade import cited
from quadrille.views.view import Column, View, grid, interval, period_column, view_of

__all__ = ["view"]


def _ways(p: Potential) -> list[tuple[str, str]]:
    return [
        w for w in ((p.state_a, p.state_b), (p.state_b, p.state_a)) if not _of(p, *w).is_empty()
    ]


def _of(p: Potential, exporter: str, importer: str) -> pl.DataFrame:
    return p.table.filter(pl.col("exporter") == exporter, pl.col("importer") == importer)


def _says(p: Potential, exporter: str, importer: str) -> str:
    row = _of(p, exporter, importer).row(-1, named=True)
    return (
        f"{the(exporter)} sold {the(importer)} {row['actual']:,.0f} million dollars in {row['period'].year}, where "
        f"{row['predicted']:,.0f} would be expected: {row['ratio']:.2f} of it ({row['ratio_lo90']:.2f} to "
        f"{row['ratio_hi90']:.2f}), more than {percent()(row['percentile'])} of all pairs."
    )


def _unknown(p: Potential) -> list[str]:
    """The way of which nothing is said, and what is not in the equation."""
    ways = ((p.state_a, p.state_b), (p.state_b, p.state_a))
    return [
        f"What {the(one)} sold {the(other)} is not known from {source(p.origin)}."
        for one, other in ways
        if (one, other) not in _ways(p)
    ]


def _left_out(p: Potential) -> str:
    absent = [t.replace("_", " ") for t in TIES if t not in set(p.coefficients["regressor"])]
    if not absent:
        return ""
    return f"Not in the equation, since the data do not tell it or it is the same for all pairs: {listed(absent)}."


def _world(p: Potential) -> str:
    row = p.world.row(-1, named=True)
    return (
        f"Half of all {row['n']:,} pairs of {row['period'].year} lie between {row['lo50']:.2f} and {row['hi50']:.2f} of "
        f"what is expected ({source(p.origin)}): a prediction of a pair is no better than that."
    )


def draw(p: Potential, width: int) -> Any:
    """Ratio of actual to expected over time, both ways, over the middle half of all pairs."""
    labels = {w: f"{name(w[0])} to {name(w[1])}" for w in _ways(p)}
    data = pl.concat(
        _of(p, *w).select(
            "period", value="ratio", lo="ratio_lo90", hi="ratio_hi90", kind=pl.lit(label)
        )
        for w, label in labels.items()
    ).filter(pl.col("value") > 0)
    middle = p.world.select("period", lo="lo50", hi="hi50").filter(pl.col("lo") > 0)
    colours = dict(zip(labels.values(), (theme.BLUE, theme.ORANGE), strict=False))
    scale = alt.Scale(type="log", nice=True)
    x = theme.time_axis(p.periods, width)
    heading = "actual over expected"
    low, mid = (theme.on_y(n, heading, scale) for n in ("lo", "value"))
    colour = theme.colours_of("kind", colours, theme.legend_of(1 if width < theme.PHONE else 2))
    line = alt.Chart(data).encode(x=x, color=colour)
    layers = [
        alt.Chart(middle)
        .mark_area(color=theme.GREY, opacity=0.2)
        .encode(x=x, y=low, y2=alt.Y2("hi:Q")),
        line.mark_rule().encode(y=low, y2=alt.Y2("hi:Q")),
        line.mark_line(strokeWidth=2, point=True).encode(y=mid),
        theme.rule(1.0, scale, heading=heading),
    ]
    note = f"grey: the middle half of all pairs; bars: 90% bands; data: {source(p.origin)}"
    return theme.panel(layers, width, 260, f"Trade of {tie_name(p.label)}", note)


def view(p: Potential) -> View:
    """The comparison as people read it."""
    columns = [
        period_column("Y"), Column("exporter", "from", name), Column("actual", "actual, m$", number(0)),
        Column("predicted", "expected, m$", number(0)), *interval("ratio", "ratio", number()),
        Column("percentile", "of pairs", percent()),
    ]  # fmt: skip
    recent = p.table.filter(pl.col("period").is_in(p.periods[-4:])).sort("period", "exporter")
    estimates = [Column("regressor", "regressor"), Column("estimate", "estimate", number(3)),
                 Column("se", "standard error", number(3))]  # fmt: skip
    lost = [Column("reason", "rows not used"), Column("rows", "rows", count)]
    dropped = grid("rows not used", p.dropped, lost) if p.dropped.height else None
    return view_of(
        p, f"Trade of {tie_name(p.label)} against what is to be expected",
        (*(_says(p, *w) for w in _ways(p)), *_unknown(p), _world(p)), draw=draw,
        grids=(grid("the last years", recent, columns), grid(f"gravity of {p.periods[-1].year}", p.coefficients, estimates), dropped),
        facts={"coefficients": p.coefficients, "world": p.world, "dropped": p.dropped, "rows": p.rows},
        notes=(
            "Expected: gravity with effects of every exporter and importer, each year by itself (PPML). Bands: for want of "
            "knowing the coefficients alone. What sets a pair apart, such as enmity, is not in the equation: it is in "
            "the ratio.", _left_out(p), *cited(p.citations),
        ),
        caption="Actual trade over expected, both ways.", states=(p.state_a, p.state_b),
    )  # fmt: skip
