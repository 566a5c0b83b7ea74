"""One look for every figure: palette, axes, bands, and how charts become files.

Colours are those of Okabe & Ito (2008), safe for the common kinds of colour blindness. Axes are built from the data
that the figure shows, so that no observation lies outside them; ticks are explicit, so that none is repeated.

Views take Altair from here, as ``alt``: it is imported when a figure is first drawn, since most results are only read.
What a joined chart is to have is given when it is made: each of Altair's methods copies all that the chart holds.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from quadrille.panel.build import FREQUENCIES
from quadrille.views.forms import capital
from quadrille.views.vega import Draw, drawn, spec_svg

if TYPE_CHECKING:
    import altair as alt
else:

    @cache
    def _altair(name):
        """What Altair has by this name; its chart of one mark is not copied whole where it joins others."""
        found = getattr(import_module("altair"), name)
        if name != "Chart":
            return found

        class Chart(found):
            def __deepcopy__(self, memo):
                return self.copy(deep=False)

        return Chart

    class _Altair:
        def __getattr__(self, name):
            return _altair(name)

    alt = _Altair()

__all__ = [
    "BLUE", "DASH", "GREEN", "GREY", "LIGHT_BLUE", "MARKS", "ORANGE", "PALETTE", "PHONE", "VERMILION",
    "alt", "apart", "band_layers", "bands", "chart_bytes", "colours_of", "columns_of", "dashed", "domain_chart", "figure", "interval_chart", "legend_of", "on_y", "panel", "period_end", "resolved", "rule", "share_scale", "small_multiples", "span", "stack", "step_axis",
    "time_axis", "title", "to_svg", "unit_scale", "value_scale",
]  # fmt: skip

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#555555"
LIGHT_BLUE = "#56B4E9"
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, LIGHT_BLUE, "#CC79A7", GREY, "#000000")
MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "arrow")  # fmt: skip
_STYLE: dict[str, Any] = {
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#e5e5e5",
        "domainColor": "#999", "tickColor": "#999", "labelColor": "#333", "titleColor": "#333", "labelLimit": 0,
    },
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 0},
    "header": {"labelFontSize": 13, "labelFontWeight": "bold", "titleFontSize": 12},
    "title": {"fontSize": 14, "anchor": "start", "frame": "group", "subtitleFontSize": 12, "subtitleColor": "#555"},
}  # fmt: skip
PHONE = 500  # a figure narrower than this is laid out for a phone
DASH = [4, 3]  # of a line at a value, px
_NAME = 18  # characters that a name beside a figure has in a line on a phone
# A label in lines, the middle of which is at its tick.
_LINES: dict[str, Any] = {
    "labelExpr": "split(datum.label, '\\n')",
    "labelOffset": {
        "condition": {"test": "indexof(datum.value, '\\n') > 0", "value": -7},
        "value": 0,
    },
}
_LETTER = 6.3  # pixels of a letter at 12 px, on average, and some more


def figure(chart: Any) -> Any:
    """A chart just made, finished in the common style."""
    chart.config = _STYLE
    return chart


def title(text: str, width: int, *subtitle: str) -> alt.Title:
    """A title broken to the width; each subtitle begins a line."""
    most = max(20, int(width / _LETTER))
    below = [line for part in subtitle for line in textwrap.wrap(part, most)]
    heading = textwrap.wrap(capital(text), max(18, int(width / 8)))
    return alt.Title(heading, subtitle=below) if below else alt.Title(heading)


def legend_of(columns: int | None = None) -> alt.Legend:
    """Kinds above the figure, in so many columns."""
    wrap = alt.Undefined if columns is None else columns
    return alt.Legend(
        orient="top", title=None, symbolLimit=0, symbolOpacity=1, columns=wrap, columnPadding=18
    )


def colours_of(name: str, colours: Mapping[str, str], legend: alt.Legend | None) -> alt.Color:
    """Colours of the kinds in a field, in order."""
    kinds, scale = list(colours), alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{name}:N", title=None, sort=kinds, legend=legend, scale=scale)


def on_y(name: str, heading: str, scale: alt.Scale) -> alt.Y:
    """A field of numbers up the side."""
    return alt.Y(f"{name}:Q", title=heading, scale=scale)


def bands(periods: Sequence[date], values: Iterable[Any]) -> pl.DataFrame:
    """Low, median and high of each period as ``period, lo, value, hi``."""
    lo, mid, hi = values
    return pl.DataFrame(
        {"period": pl.Series(periods, dtype=pl.Date), "lo": lo, "value": mid, "hi": hi}
    )


def panel(layers: Any, width: int, height: int, heading: str, *notes: str) -> Any:
    """Layers, or one chart, as a panel of a size, under a title and its notes."""
    about: dict[str, Any] = {
        "width": width,
        "height": height,
        "title": title(heading, width, *notes),
    }
    return (
        alt.layer(*layers, **about)
        if isinstance(layers, list | tuple)
        else layers.properties(**about)
    )


def columns_of(width: int, count: int) -> tuple[int, int]:
    """How many small panels stand in a row, and the width of each."""
    across = min(1 if width < PHONE else 2 if width < 900 else 3, count)
    return across, (width - 60 * (across - 1)) // across


def small_multiples(
    layers: Sequence[Any], data: pl.DataFrame, names: Sequence[str], width: int, height: int, heading: str, *notes: str
) -> Any:  # fmt: skip
    """The same layers once for each of the names in the column ``panel``."""
    across, each = columns_of(width, len(names))
    facet = alt.Facet("panel:N", title=None, sort=list(names))
    chart = alt.layer(*layers, data=data, width=each, height=height)
    return figure(chart.facet(facet, columns=across, title=title(heading, width, *notes)))


def _every(days: Sequence[date], most: int) -> tuple[list[date], str]:
    """Ticks at equal steps of the calendar, at most ``most``, and their format."""
    first, last = min(days), max(days)
    months = (last.year - first.year) * 12 + last.month - first.month
    yearly = months >= 12 and all((d.month, d.day) == (1, 1) for d in days)
    for step in () if yearly else (1, 3, 6):
        if 2 <= months <= step * most and months <= 36:
            start = first.month - 1 + (-(first.month - 1) % step if step > 1 else 0)
            at = range(first.year * 12 + start, last.year * 12 + last.month, step)
            return [date(m // 12, m % 12 + 1, 1) for m in at], "%b %Y"
    if months < 2:
        step = max(1, math.ceil(((last - first).days + 1) / most))
        return [d for d in sorted(set(days))][::step], "%d %b %Y"
    years = last.year - first.year
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50) if years / s < most), 100)
    start = first.year if step == 1 and first.month == 1 else first.year + (-first.year % step or 0)
    if date(start, 1, 1) < first:
        start += step
    return [date(y, 1, 1) for y in range(start, last.year + 1, step)], "%Y"


def time_axis(
    days: Iterable[date], width: int, name: str = "period", heading: str | None = None
) -> alt.X:
    """A time axis whose ticks are distinct days, as many as there is room for.

    Parameters
    ----------
    days : iterable of date
        Every day shown.
    width : int
        Pixels.
    name : str
        The field.
    """
    shown = list(days)
    ticks, form = _every(shown, max(2, int(width / (52 if width >= PHONE else 44))))
    if form != "%Y":
        ticks, form = _every(shown, max(2, int(width / 78)))
    values = [{"year": d.year, "month": d.month, "date": d.day} for d in ticks]
    axis = alt.Axis(values=values, format=form, grid=False, labelOverlap=False)
    return alt.X(f"{name}:T", title=heading, axis=axis)


def apart(
    places: Sequence[tuple[float, float]], wide: Sequence[float], high: float, height: float
) -> list[float]:
    """Heights in a panel, px from its top, at which marks of some widths do not lie on each other.

    A mark stays where it is, or moves up or down by as little as it must; the first places come first.

    Parameters
    ----------
    places : sequence of (float, float)
        Middle of each mark, px from the left and from the top.
    wide : sequence of float
        Width of each mark.
    high : float
        Height of all.
    height : float
        Of the panel; marks stay inside where there is room.
    """
    found: list[tuple[float, float, float]] = []
    for (x, y), w in zip(places, wide, strict=True):
        tries = (y + way * k * high / 4 for k in range(8 * len(places) + 1) for way in (-1, 1))
        free = [
            at
            for at in tries
            if all(abs(x - u) >= (w + b) / 2 or abs(at - v) >= high for u, v, b in found)
        ]
        inside = [at for at in free if 0 <= at <= height]
        found.append((x, (inside or free)[0], w))
    return [v for _, v, _ in found]


def period_end(frequency: str) -> pl.Expr:
    """First day after a period, for boxes a period wide."""
    return pl.col("period").dt.offset_by(FREQUENCIES[frequency]).alias("until")


def step_axis(name: str, steps: Sequence[int], width: int, heading: str) -> alt.X:
    """An axis of whole steps, each labelled once."""
    step = max(1, math.ceil(len(steps) * 28 / max(width, 1)))
    axis = alt.Axis(values=list(steps)[::step], format="d", grid=False)
    return alt.X(f"{name}:Q", title=heading, axis=axis)


def span(data: pl.DataFrame, *fields: str, include: Sequence[float] = ()) -> tuple[float, float]:
    """Smallest and largest of the finite values of some columns, and of further ones."""
    found = [*include]
    for name in fields:
        values = data[name].cast(pl.Float64).fill_nan(None).drop_nulls()
        if len(values):
            found += [float(values.min()), float(values.max())]  # type: ignore[arg-type]
    return (min(found), max(found)) if found else (0.0, 1.0)


def value_scale(low: float, high: float, bounds: tuple[float, float] | None = None) -> alt.Scale:
    """A linear scale with a little room on both sides, never beyond the bounds of the unit."""
    room = 0.04 * (high - low) or 0.5
    low, high = low - room, high + room
    if bounds:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return alt.Scale(domain=[low, high], nice=bounds is None, zero=False)


def share_scale(data: pl.DataFrame, *fields: str) -> alt.Scale:
    """From 0 to the largest share of some columns, and a little more."""
    return value_scale(0.0, span(data, *fields, include=(0.0,))[1], (0.0, 1.0))


def unit_scale() -> alt.Scale:
    """From 0 to 1, for probabilities and shares."""
    return alt.Scale(domain=[0, 1], nice=False)


def dashed(
    data: pl.DataFrame, field: str, scale: alt.Scale, heading: str, horizontal: bool = True
) -> Any:
    """Dashed lines at the values of a field, from side to side or from top to bottom."""
    chart = alt.Chart(data).mark_rule(color="#888", strokeDash=DASH)
    if horizontal:
        return chart.encode(y=on_y(field, heading, scale))
    return chart.encode(x=alt.X(f"{field}:Q", title=heading, scale=scale))


def rule(at: float, scale: alt.Scale, heading: str, horizontal: bool = True) -> Any:
    """A dashed line at a value."""
    return dashed(pl.DataFrame({"at": [at]}), "at", scale, heading, horizontal)


def band_layers(
    data: pl.DataFrame, x: alt.X, heading: str, scale: alt.Scale, colour: str = BLUE
) -> list[Any]:
    """A 90% band and a median line from the columns ``lo, value, hi``."""
    base = alt.Chart(data)
    low, middle = (on_y(name, heading, scale) for name in ("lo", "value"))
    return [
        base.mark_area(color=colour, opacity=0.25).encode(x=x, y=low, y2=alt.Y2("hi:Q")),
        base.mark_line(color=colour, strokeWidth=2).encode(x=x, y=middle),
    ]


def _broken(names: pl.Series, most: int) -> pl.Series:
    """Names in lines of at most so many characters."""
    return names.map_elements(lambda name: "\n".join(textwrap.wrap(name, most)), pl.String)


def interval_chart(
    data: pl.DataFrame,
    heading: str,
    width: int,
    colours: dict[str, str],
    scale: alt.Scale,
    titles: tuple[str, ...],
    at: float | None = None,
    form: str = "",
) -> Any:
    """Points with intervals from ``name, value, lo, hi, kind``, a row a name and kind.

    Parameters
    ----------
    colours : dict of str to str
        Kind → colour, in order.
    titles : tuple of str
        The title and what is written below it.
    at : float, optional
        A dashed line there.
    form : str
        D3's format of the ticks; ``%`` for shares.
    """
    data = data.with_columns(name=_broken(data["name"], _NAME if width < PHONE else 80))
    names = data["name"].unique(maintain_order=True).to_list()
    kinds = [k for k in colours if k in set(data["kind"])]
    legend = legend_of(1 if width < PHONE else 3) if len(kinds) > 1 else None
    colour = colours_of("kind", {k: colours[k] for k in kinds}, legend)
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=0, **_LINES))
    axis = alt.Axis(tickCount=max(3, width // 80), format=form or alt.Undefined)
    lo, mid = (alt.X(f"{end}:Q", title=heading, scale=scale, axis=axis) for end in ("lo", "value"))
    base = alt.Chart(data).encode(y=y, color=colour)
    beside = data["name"].len() > len(names)  # of one kind each, points stand at their names
    if beside:
        base = base.encode(yOffset=alt.YOffset("kind:N", sort=kinds))
    layers = [
        base.mark_rule(strokeWidth=2).encode(x=lo, x2=alt.X2("hi:Q")),
        base.mark_circle(size=60, opacity=1).encode(x=mid),
    ]
    if at is not None:
        layers.insert(0, rule(at, scale, heading, horizontal=False))
    lines = 1 + max((name.count("\n") for name in names), default=0)
    step = max(15 * len(kinds) if beside else 20, 14 * lines)
    return panel(layers, width, len(names) * step + 10, *titles)


def domain_chart(domains: pl.DataFrame, heading: str, width: int, title: str) -> Any:
    """Shares of domains with their intervals, from ``domain, share, lo90, hi90``."""
    data = domains.select(
        name=pl.col("domain").str.replace_all("_", " "), value="share", lo="lo90", hi="hi90", kind=pl.lit(heading),
    )  # fmt: skip
    scale = share_scale(data, "hi")
    return interval_chart(data, heading, width, {heading: BLUE}, scale, (title,), form="%")


def stack(*charts: Any) -> Any:
    """Charts one below the other, each with its own colours."""
    return alt.vconcat(*charts, spacing=18, resolve=resolved("independent", "color"))


def resolved(how: Literal["independent", "shared"], *channels: str) -> dict[str, Any]:
    """Whether charts joined share the scales of some channels, for ``resolve=``."""
    return {"scale": dict.fromkeys(channels, how)}


def to_svg(chart: Any) -> str:
    """SVG text, fonts by name, no network; the same chart gives the same text."""
    return spec_svg(chart.to_dict(validate=False))


def chart_bytes(chart: Any, suffix: str, draw: Draw = drawn) -> bytes:
    """A chart as PNG, SVG, a page that carries Vega's script, or Vega-Lite."""
    return (
        str(chart.to_json()).encode()
        if suffix == ".json"
        else next(draw((chart.to_dict(validate=False),), suffix))
    )
