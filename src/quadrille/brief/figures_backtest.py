"""Pictures of a track record: skill by horizon, and whether probabilities were kept."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from quadrille.brief.figures import _style
from quadrille.foresight.backtest import Backtest

__all__ = ["record_figure", "reliability_figure", "skill_figure"]

# Okabe & Ito (2008), and a mark for each; from the ninth method on both are used again.
_PALETTE = ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#555555", "#000000"]
_MARKS = [
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "arrow",
]
_BLUE, _GREY = "#0072B2", "#888"


def skill_figure(record: Backtest, width: int = 420, height: int = 260) -> Any:
    """Skill of every method over the reference at each horizon, with the best one's 90% interval."""
    reference, best = record.options.reference, record.best()
    names = [m for m in record.methods if m != reference] or [reference]
    data = record.to_polars().filter(pl.col("method").is_in(names))
    order = sorted(
        names,
        key=lambda m: -float(data.filter(pl.col("method") == m)["skill"].mean() or 0.0),  # type: ignore[arg-type]
    )
    kinds = (_PALETTE * 2)[: len(order)], (_MARKS * 2)[: len(order)]
    x = alt.X("horizon:Q", title=f"periods ahead ({record.series.frequency})",
              scale=alt.Scale(domain=[0.5, record.options.horizons + 0.5]),
              axis=alt.Axis(values=list(record.horizons), format="d", grid=False))  # fmt: skip
    shown = [v for c in ("skill", "skill_lo90", "skill_hi90") for v in data[c].drop_nulls()]
    low, high = max(min([*shown, 0.0]), -60.0), min(max([*shown, 0.0]), 80.0)
    scale = alt.Scale(domain=[low, high], nice=True)
    y = alt.Y("skill:Q", title=f"CRPS smaller than {reference}'s, %", scale=scale)
    base = alt.Chart(data)
    legend = alt.Legend(orient="top", columns=3, symbolLimit=0)
    colour = alt.Color("method:N", sort=order, title=None, legend=legend,
                       scale=alt.Scale(domain=order, range=kinds[0]))  # fmt: skip
    shape = alt.Shape("method:N", sort=order, title=None, legend=legend,
                      scale=alt.Scale(domain=order, range=kinds[1]))  # fmt: skip
    band = (
        base.transform_filter(alt.datum.method == best)
        .transform_filter("isValid(datum.skill_lo90)")
        .mark_rule(opacity=0.6, clip=True)
        .encode(
            x=x, y=alt.Y("skill_lo90:Q", title=None, scale=scale), y2="skill_hi90:Q", color=colour
        )
    )
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=_GREY, strokeDash=[4, 3])
    line = base.mark_line(strokeWidth=2, clip=True).encode(x=x, y=y, color=colour)
    point = base.mark_point(filled=True, size=45, opacity=1, clip=True).encode(
        x=x, y=y, color=colour, shape=shape
    )
    first, last = record.targets
    title = alt.Title(
        f"Skill over {reference}",
        subtitle=[
            f"{len(record.series.dyads):,} dyads, {first:%b %Y} to {last:%b %Y}",
            f"data: {record.series.origin}; bars: 90% interval of the best",
        ],
    )
    return alt.layer(zero.encode(y="at:Q"), band, line, point).properties(
        width=width, height=height, title=title
    )


def reliability_figure(record: Backtest, method: str | None = None, size: int = 260) -> Any:
    """How often warm ties stayed warm, against what was forecast, all horizons together."""
    chosen = method or record.best()
    found = record.survival(chosen)
    title = alt.Title(f"P(still warm), {chosen}", subtitle=["no tie was warm at any origin"])
    data = pl.DataFrame({"p": [], "frequency": [], "lo": [], "hi": [], "n": []})
    if found is not None:
        data = pl.DataFrame({k: getattr(found, k) for k in ("p", "frequency", "lo", "hi", "n")})
        title = alt.Title(
            f"P(still warm), {chosen}",
            subtitle=[f"{int(found.n.sum()):,} forecasts; dashed: kept exactly",
                      "bars: 90%, as if independent; area: number"],
        )  # fmt: skip
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("p:Q", title="probability forecast", scale=unit)
    y_title = "share still warm"
    base = alt.Chart(data)
    bars = base.mark_rule(color=_BLUE, opacity=0.6).encode(
        x=x, y=alt.Y("lo:Q", scale=unit, title=y_title), y2="hi:Q"
    )
    dots = base.mark_circle(color=_BLUE, opacity=0.9).encode(
        x=x, y=alt.Y("frequency:Q", scale=unit, title=y_title),
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 300])),
    )  # fmt: skip
    line = alt.Chart(pl.DataFrame({"p": [0.0, 1.0], "q": [0.0, 1.0]})).mark_line(
        color=_GREY, strokeDash=[4, 3], strokeWidth=1
    )
    straight = line.encode(x=x, y=alt.Y("q:Q", scale=unit, title=y_title))
    return alt.layer(straight, bars, dots).properties(width=size, height=size, title=title)


def record_figure(record: Backtest) -> Any:
    """Skill by horizon, and reliability of the best method's P(still warm), side by side."""
    parts = alt.hconcat(skill_figure(record, 400), reliability_figure(record)).resolve_scale(
        color="independent", shape="independent", size="independent"
    )
    return _style(parts)
