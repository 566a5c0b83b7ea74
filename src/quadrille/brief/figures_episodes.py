"""Pictures of episodes, of the dance and of the world's triads; style as in `figures`."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from quadrille.brief import figures as base
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.periods import period_name
from quadrille.readings.dance import Dance
from quadrille.readings.episodes import Episodes
from quadrille.readings.synchrony import Synchrony
from quadrille.readings.triads import Triads
from quadrille.readings.triangle import TYPES

__all__ = ["dance_figure", "episodes_figure", "synchrony_figure", "world_figure"]

_THAW, _CHILL = base._VERMILION, base._BLUE
_KIND = alt.Scale(domain=["thaw", "chill"], range=[_THAW, _CHILL])


def _spans(found: Episodes, low: float, high: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": [e.kind for e in found.items],
            "from": pl.Series([e.start[1] for e in found.items], dtype=pl.Date),
            "to": pl.Series([e.end[1] for e in found.items], dtype=pl.Date),
            "probability": [e.probability for e in found.items],
            "label": [f"{e.probability:.2f}" for e in found.items],
            "low": [low] * len(found.items),
            "high": [high] * len(found.items),
        }
    ).with_columns(middle=pl.col("from") + (pl.col("to") - pl.col("from")) / 2)


def _path(data: pl.DataFrame, title: list[str], scale: alt.Scale, ticks: int) -> list[Any]:
    """Median, band and observations in grey, so that the shades keep the colours to themselves."""
    x, chart = base._time(data, ticks), alt.Chart(data)
    seen = chart.transform_filter("isValid(datum.seen)")
    return [
        chart.mark_area(color="black", opacity=0.13).encode(
            x=x, y=alt.Y("lo:Q", title=title, scale=scale), y2="hi:Q"
        ),
        chart.mark_rule(color="#888", strokeDash=[4, 3]).encode(y=alt.Y("neutral:Q", scale=scale)),
        chart.mark_line(color="#222", strokeWidth=2).encode(x=x, y=alt.Y("value:Q", scale=scale)),
        seen.mark_circle(color=base._GREY, opacity=0.6, size=22, clip=True).encode(
            x=x, y=alt.Y("seen:Q", scale=scale)
        ),
    ]


def _panel(found: Episodes, width: int, height: int) -> Any:
    """The tie with its episodes shaded, the more likely the darker."""
    tie, net = found.tie, base._is_net(found.tie)
    data, title = base._tie_data(tie), base.axis_title(tie).split(": ")
    scale = base._scale(data, net)
    spans = _spans(found, *scale["domain"])
    shade = (
        alt.Chart(spans)
        .mark_rect()
        .encode(
            x="from:T",
            x2="to:T",
            y=alt.Y("low:Q", scale=scale, title=title),
            y2="high:Q",
            color=alt.Color("kind:N", scale=_KIND, title=None, legend=alt.Legend(orient="top")),
            opacity=alt.Opacity(
                "probability:Q", scale=alt.Scale(domain=[0, 1], range=[0, 0.5]), legend=None
            ),
        )
    )
    text = (
        alt.Chart(spans)
        .mark_text(fontSize=11, color="#333", baseline="top", dy=3)
        .encode(x="middle:T", y=alt.Y("high:Q", scale=scale), text="label:N")
    )
    return alt.layer(shade, *_path(data, title, scale, 6 if width < 500 else 10), text).properties(
        width=width, height=height
    )


def episodes_figure(found: Episodes, width: int = 680) -> Any:
    """One tie with its thaws and chills shaded, and below the chance of each over time.

    Parameters
    ----------
    found : Episodes
    width : int
        Of the plotting area, in pixels.
    """
    phone = width < 500
    chances = found.periods().unpivot(["p_thaw", "p_chill"], index="period", value_name="p")
    chances = chances.with_columns(kind=pl.col("variable").str.strip_prefix("p_"))
    bottom = (
        alt.Chart(chances)
        .mark_line(strokeWidth=2, interpolate="step-before")
        .encode(
            x=base._time(chances, 6 if phone else 10),
            y=alt.Y("p:Q", title="chance", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("kind:N", scale=_KIND, title=None),
        )
        .properties(width=width, height=90)
    )
    lines = [
        "shaded: thaws and chills; number: share of draws that hold the episode",
        f"below: chance of being in one; data: {found.tie.origin}",
    ]
    return base._style(
        alt.vconcat(_panel(found, width, 220), bottom)
        .resolve_scale(color="shared")
        .properties(
            title=alt.Title(found.tie.label.replace("-", "–"), subtitle=_narrow(lines, phone))
        )
    )


def synchrony_figure(made: Synchrony, width: int = 680) -> Any:
    """Two ties with their episodes, one above the other on the same years."""
    panels = [
        _panel(e, width, 160).properties(title=e.tie.label.replace("-", "–"))
        for e in (made.first, made.second)
    ]
    lines = [
        "shaded: thaws and chills; number: share of draws that hold the episode",
        f"data: {made.first.tie.origin}",
    ]
    return base._style(
        alt.vconcat(*panels)
        .resolve_scale(x="shared")
        .properties(title=alt.Title("Do they turn together?", subtitle=_narrow(lines, width < 500)))
    )


def _narrow(lines: list[str], phone: bool) -> list[str]:
    """Break subtitles at semicolons for a phone."""
    return [part.strip() for line in lines for part in line.split(";")] if phone else lines


_MIDDLE = pl.col("period") + (pl.col("until") - pl.col("period")) / 2


def _until(frequency: str) -> pl.Expr:
    return pl.col("period").dt.offset_by(FREQUENCIES[frequency]).alias("until")


def dance_figure(d: Dance, width: int = 680) -> Any:
    """Frustration over time, and below the sign of every tie with those that would have to flip.

    Parameters
    ----------
    d : Dance
    width : int
        Of the plotting area, in pixels.
    """
    phone, frequency = width < 500, d.ties[0].frequency
    ticks = 6 if phone else 10
    table = d.to_polars().with_columns(
        _until(frequency), low=pl.col("lo90") - 0.06, high=pl.col("hi90") + 0.06
    )
    table = table.with_columns(middle=_MIDDLE)
    chart, x = alt.Chart(table), base._time(table, ticks)
    largest = max(int(d.hi90.max()), int(d.value.max()), 1)
    y = alt.Y(
        "low:Q",
        title="frustrated ties",
        scale=alt.Scale(domain=[-0.1, largest + 0.1], nice=False),
        axis=alt.Axis(format="d", tickMinStep=1),
    )
    band = chart.mark_rect(color=base._BLUE, opacity=0.2).encode(
        x=x, x2="until:T", y=y, y2="high:Q"
    )
    mean = chart.mark_rule(color=base._BLUE, strokeWidth=2).encode(
        x=x, x2="until:T", y="expected:Q"
    )
    best = chart.mark_point(color=base._VERMILION, size=24, filled=True, opacity=0.9).encode(
        x="middle:T", y="frustration:Q"
    )
    rule = (
        alt.Chart(pl.DataFrame({"chance": [d.chance]}))
        .mark_rule(color="#555", strokeDash=[4, 3])
        .encode(y="chance:Q")
    )
    upper = alt.layer(band, rule, mean, best).properties(width=width, height=150)
    cells = pl.concat(
        pl.DataFrame(
            {
                "period": pl.Series(d.periods, dtype=pl.Date),
                "tie": [f"{d.states[i]}–{d.states[j]}"] * len(d.periods),
                "p_warm": d.p_warm[k],
                "flip": d.flips[k],
            }
        )
        for k, (i, j) in enumerate(d.pairs)
    ).with_columns(_until(frequency))
    order = [f"{d.states[i]}–{d.states[j]}" for i, j in d.pairs]
    grid = alt.Chart(cells)
    signs = grid.mark_rect(stroke=None).encode(
        x=base._time(cells, ticks),
        x2="until:T",
        y=alt.Y("tie:N", sort=order, title=None),
        color=alt.Color(
            "p_warm:Q",
            title="P(warm)",
            scale=alt.Scale(domain=[0, 0.5, 1], range=[base._BLUE, "#f7f7f7", base._VERMILION]),
            legend=alt.Legend(orient="bottom", gradientLength=160),
        ),
    )
    middle = cells.filter("flip").with_columns(middle=_MIDDLE)
    marks = (
        alt.Chart(middle)
        .mark_point(shape="cross", size=16 if phone else 22, color="black", filled=True)
        .encode(x="middle:T", y=alt.Y("tie:N", sort=order))
    )
    lower = alt.layer(signs, marks).properties(width=width, height=max(20 * len(order), 60))
    lines = [
        "blue: mean over draws, band 90%; red dots: the likelier signs; dashed: signs by coin toss",
        f"below: P(warm) of each tie; crosses: ties that would flip; data: {d.ties[0].origin}",
    ]
    return base._style(
        alt.vconcat(upper, lower)
        .resolve_scale(x="shared")
        .properties(
            title=alt.Title(f"Frustration of {'–'.join(d.states)}", subtitle=_narrow(lines, phone))
        )
    )


def world_figure(w: Triads, width: int = 640) -> Any:
    """Expected share of each triangle type among the triads of the world, over time."""
    table = w.summary()
    long = table.unpivot(list(TYPES), index="period", variable_name="type", value_name="share")
    last = period_name(w.periods[-1], w.frequency)
    known = int(table["triads"][-1])
    chart = (
        alt.Chart(long)
        .mark_line(strokeWidth=2, point=True)
        .encode(
            x=base._time(table, 10),
            y=alt.Y("share:Q", title="share of triads", scale=alt.Scale(domainMin=0)),
            color=alt.Color(
                "type:N",
                title=None,
                sort=list(TYPES),
                scale=alt.Scale(domain=list(TYPES), range=[base._TYPE_COLOURS[t] for t in TYPES]),
                legend=alt.Legend(orient="top"),
            ),
        )
        .properties(
            width=width,
            height=240,
            title=alt.Title(
                "Triads of the world",
                subtitle=f"{known:,} triads with three known ties in {last}; data: {w.origin}",
            ),
        )
    )
    return base._style(chart)
