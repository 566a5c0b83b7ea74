"""Pictures of ties and triangles: static, labelled, colour-blind safe, for screen and phone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import vl_convert as vlc

from quadrille.errors import OptionError
from quadrille.measure.result import Relation
from quadrille.panel.build import FREQUENCIES
from quadrille.readings.triangle import TYPES, Triangle

__all__ = ["many_ties_figure", "save_figure", "tie_figure", "to_svg", "triangles_figure"]

# Okabe & Ito (2008), safe for the common kinds of colour blindness.
_BLUE, _ORANGE, _GREEN, _VERMILION, _GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#555555"
_TYPE_COLOURS = dict(zip(TYPES, (_VERMILION, _ORANGE, "#56B4E9", _GREEN), strict=True))
FIGURE_SUFFIXES = (".png", ".svg", ".html", ".json")
_CLIP = re.compile(r"\b(?:clip|gradient_)\d+\b")


def _is_net(tie: Relation) -> bool:
    """Shown on a bounded scale."""
    return tie.unit.bounds is not None


def axis_title(tie: Relation) -> str:
    """What the vertical axis of a tie shows."""
    return tie.unit.label


def _tie_data(tie: Relation, label: str | None = None) -> pl.DataFrame:
    shown = tie.to_polars().select(
        "period", "n", value="shown", lo="shown_lo90", hi="shown_hi90", seen="shown_y"
    )
    neutral = float(tie.unit.shown(tie.neutral))
    return shown.with_columns(tie=pl.lit(label or tie.label), neutral=pl.lit(neutral))


def _style(chart: Any) -> Any:
    return (
        chart.configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", gridColor="#e5e5e5",
            domainColor="#999", tickColor="#999", labelColor="#333", titleColor="#333",
        )
        .configure_legend(labelFontSize=12, titleFontSize=12, labelLimit=200)
        .configure_header(labelFontSize=13, labelFontWeight="bold", titleFontSize=12)
        .configure_title(fontSize=14, anchor="start", subtitleFontSize=12, subtitleColor="#555")
    )  # fmt: skip


def _time(data: pl.DataFrame, tick_count: int) -> alt.X:
    years = data["period"].n_unique() and (
        (data["period"].max() - data["period"].min()).days > 3 * 366  # type: ignore[operator, union-attr]
    )
    return alt.X(
        "period:T",
        title=None,
        axis=alt.Axis(format="%Y" if years else "%b %Y", tickCount=tick_count, grid=False),
    )


def _scale(data: pl.DataFrame, net: bool) -> alt.Scale:
    """The whole of [-1, 1] only where the ties fill it; the neutral line is always inside."""
    low = float(data.select(pl.min_horizontal("lo", "neutral").min()).item())
    high = float(data.select(pl.max_horizontal("hi", "neutral").max()).item())
    if net:
        steps = [s for s in (0.0, -0.5) if s <= low - 0.05]
        return alt.Scale(domain=[steps[0] if steps else -1.0, 1.0])
    return alt.Scale(domain=[min(low, 0.0), max(high, 0.0)], nice=True)


def _layers(data: pl.DataFrame, title: str, net: bool, ticks: int, points: bool) -> list[Any]:
    x = _time(data, ticks)
    y_scale = _scale(data, net)
    y = alt.Y("value:Q", title=title, scale=y_scale)
    base = alt.Chart(data)
    rule = base.mark_rule(color="#888", strokeDash=[4, 3]).encode(
        y=alt.Y("neutral:Q", title=title, scale=y_scale)
    )
    band = base.mark_area(color=_BLUE, opacity=0.25).encode(
        x=x, y=alt.Y("lo:Q", title=title, scale=y_scale), y2="hi:Q"
    )
    line = base.mark_line(color=_BLUE, strokeWidth=2).encode(x=x, y=y)
    layers = [band, rule, line]
    if points:
        seen = base.transform_filter("isValid(datum.seen)")
        layers.append(
            seen.mark_circle(color=_GREY, opacity=0.55, size=22, clip=True).encode(
                x=x, y=alt.Y("seen:Q", title=title, scale=y_scale)
            )
        )
    return layers


def _source_line(tie: Relation, seen: int) -> str:
    return f"line: median; band: 90%; dots: {seen} observed periods; dashed: neutral; data: {tie.origin}"


def _marks(labels: Sequence[tuple[date, float, str]], data: pl.DataFrame, net: bool) -> list[Any]:
    """Numbered flags that the text under the figure explains."""
    if not labels:
        return []
    table = pl.DataFrame(
        {
            "period": pl.Series([p for p, _, _ in labels], dtype=pl.Date),
            "at": [v for _, v, _ in labels],
            "mark": [t for _, _, t in labels],
        }
    )
    scale = _scale(data, net)
    base = alt.Chart(table).encode(x="period:T", y=alt.Y("at:Q", scale=scale, title=None))
    ring = base.mark_point(size=210, filled=True, color="white", stroke=_VERMILION, opacity=1)
    text = base.mark_text(fontSize=11, fontWeight="bold", color=_VERMILION).encode(text="mark:N")
    return [ring, text]


def tie_figure(
    tie: Relation,
    width: int = 680,
    height: int = 260,
    labels: Sequence[tuple[date, float, str]] = (),
) -> Any:
    """One tie over time with its 90% band, as an Altair chart.

    Parameters
    ----------
    tie : Tie
    width, height : int
        Size of the plotting area in pixels.
    labels : sequence of (date, float, str)
        Marks to put on the line: period, height on the figure's scale, text.
    """
    data, net = _tie_data(tie), _is_net(tie)
    seen = data["seen"].fill_nan(None).count()
    layers = _layers(data, axis_title(tie), net, 6 if width < 500 else 10, points=True)
    chart = alt.layer(*layers, *_marks(labels, data, net)).properties(
        width=width,
        height=height,
        title=alt.Title(
            tie.label.replace("-", "–"), subtitle=_wrap(_source_line(tie, seen), width)
        ),
    )
    return _style(chart)


def _wrap(text: str, width: int) -> list[str]:
    """Break a subtitle at every second semicolon where the figure is narrow."""
    if width >= 500:
        return [text]
    parts = text.split("; ")
    return ["; ".join(parts[i : i + 2]) for i in range(0, len(parts), 2)]


def many_ties_figure(ties: Sequence[Relation], columns: int = 2, width: int = 310) -> Any:
    """Several ties on one scale, a small panel each.

    Raises
    ------
    OptionError
        No tie is given.
    """
    if not ties:
        raise OptionError("a figure of ties needs at least one tie")
    data = pl.concat([_tie_data(t, t.label.replace("-", "–")) for t in ties])
    net = _is_net(ties[0])
    layers = _layers(data, axis_title(ties[0]), net, 5, points=True)
    order = [t.label.replace("-", "–") for t in ties]
    chart = (
        alt.layer(*layers, data=data)
        .properties(width=width, height=130)
        .facet(alt.Facet("tie:N", title=None, sort=order), columns=columns)
    )
    return _style(chart)


def _triangle_data(t: Triangle) -> pl.DataFrame:
    """One box a period and type, stacked from 0 to 1."""
    frequency = FREQUENCIES[t.ties[0].frequency]
    top = t.types.cumsum(axis=1)
    return pl.concat(
        pl.DataFrame(
            {
                "period": pl.Series(t.periods, dtype=pl.Date),
                "low": top[:, k] - t.types[:, k],
                "high": top[:, k],
            }
        ).with_columns(
            until=pl.col("period").dt.offset_by(frequency),
            type=pl.lit(name),
            triangle=pl.lit("–".join(t.states)),
        )
        for k, name in enumerate(TYPES)
    )


def triangles_figure(triangles: Sequence[Triangle], columns: int = 2, width: int = 310) -> Any:
    """Type probabilities of each triangle, stacked, period by period.

    Raises
    ------
    OptionError
        No triangle is given.
    """
    if not triangles:
        raise OptionError("a figure of triangles needs at least one triangle")
    data = pl.concat([_triangle_data(t) for t in triangles])
    chart = (
        alt.Chart(data)
        .mark_rect(stroke=None)
        .encode(
            x=_time(data, 5),
            x2="until:T",
            y=alt.Y("low:Q", title="probability", scale=alt.Scale(domain=[0, 1])),
            y2="high:Q",
            color=alt.Color(
                "type:N",
                title=None,
                sort=list(TYPES),
                scale=alt.Scale(domain=list(TYPES), range=[_TYPE_COLOURS[t] for t in TYPES]),
                legend=alt.Legend(orient="top", columns=2 if columns == 1 else 4, columnPadding=16),
            ),
        )
        .properties(width=width, height=120)
        .facet(
            alt.Facet("triangle:N", title=None, sort=["–".join(t.states) for t in triangles]),
            columns=columns,
        )
    )
    return _style(chart)


def to_svg(chart: Any) -> str:
    """Render to SVG text, fonts by name, no network; the same chart gives the same text.

    Vega numbers its clipping paths and gradients through the life of the process; here they are named after the
    chart, so that several charts on one page do not share names either.
    """
    spec = chart.to_dict()
    name = sha256(json.dumps(spec, sort_keys=True, default=str).encode()).hexdigest()[:8]
    text = str(vlc.vegalite_to_svg(spec))
    order = {old: i for i, old in enumerate(dict.fromkeys(_CLIP.findall(text)))}
    return _CLIP.sub(lambda found: f"clip-{name}-{order[found[0]]}", text)


def save_figure(chart: Any, path: Path) -> None:
    """Write a figure; the suffix says how: png (2x), svg, html (self-contained) or json (Vega-Lite).

    Raises
    ------
    OptionError
        The suffix is none of these.
    """
    kind = path.suffix.lower()
    if kind not in FIGURE_SUFFIXES:
        raise OptionError(
            f"{path}: cannot write a figure as {path.suffix or 'a file without suffix'!r}; "
            f"use one of {', '.join(FIGURE_SUFFIXES)}"
        )
    spec = chart.to_dict()
    if kind == ".png":
        path.write_bytes(vlc.vegalite_to_png(spec, scale=2))
    elif kind == ".svg":
        path.write_text(to_svg(chart), encoding="utf-8")
    elif kind == ".html":
        path.write_text(vlc.vegalite_to_html(spec, bundle=True), encoding="utf-8")
    else:
        path.write_text(chart.to_json(), encoding="utf-8")
