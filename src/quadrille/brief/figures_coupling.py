"""Pictures of coupled ties: responses, connectedness, pivots; theme and palette of `figures`."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import polars as pl

from quadrille.brief.figures import _BLUE, _GREY, _VERMILION, _style
from quadrille.coupling.result import Connectedness, Coupled, Pivot, Responses, RollingPivot

__all__ = [
    "connectedness_figure",
    "hold_figure",
    "pivot_figure",
    "prior_figure",
    "responses_figure",
]

_PERIOD = {"D": "days", "M": "months", "Q": "quarters", "Y": "years"}
_WIDTH = 560


def _dash(label: str) -> str:
    return label.replace("-", "–")


def _zero(base: Any) -> Any:
    return base.transform_calculate(zero="0").mark_rule(color="#888", strokeDash=[4, 3])


def _band(data: pl.DataFrame, x: alt.X, title: str) -> Any:
    base = alt.Chart(data)
    area = base.mark_area(color=_BLUE, opacity=0.25).encode(
        x=x, y=alt.Y("lo:Q", title=title), y2="hi:Q"
    )
    line = base.mark_line(color=_BLUE, strokeWidth=2, point={"color": _BLUE, "size": 25}).encode(
        x=x, y=alt.Y("value:Q", title=title)
    )
    return area + _zero(base).encode(y="zero:Q") + line


def _path_panel(p: Pivot) -> Any:
    data = pl.DataFrame(
        {"horizon": np.arange(p.horizon + 1), "lo": p.path[0], "value": p.path[1], "hi": p.path[2]}
    )
    x = alt.X(
        "horizon:Q",
        title=f"{_PERIOD[p.frequency]} after {_dash(p.pull)} warms by one typical shock",
        axis=alt.Axis(tickMinStep=1, grid=False, format="d"),
    )
    return _band(data, x, "cumulative response").properties(
        width=_WIDTH, height=170,
        title=alt.Title(
            f"What {_dash(p.tie)} does when {_dash(p.pull)} warms",
            subtitle=f"line: median; band: 90%; P(it cools) {p.p_substitution:.2f}; data: {p.origin}",
        ),
    )  # fmt: skip


def _placebo_panel(p: Pivot) -> Any:
    data = p.to_polars().with_columns(who=pl.when("named").then(pl.lit("asked about")).otherwise(pl.lit("other third state")))  # fmt: skip
    base = alt.Chart(data)
    x = alt.X("z:Q", title="response over its own uncertainty (z), three states at a time")
    ticks = base.mark_tick(thickness=2, size=26).encode(
        x=x,
        color=alt.Color(
            "who:N",
            title=None,
            scale=alt.Scale(domain=["asked about", "other third state"], range=[_VERMILION, _GREY]),
            legend=alt.Legend(orient="top"),
        ),
        opacity=alt.condition("datum.named", alt.value(1.0), alt.value(0.6)),
    )
    name = (
        base.transform_filter("datum.named")
        .mark_text(dy=-22, fontSize=12, fontWeight="bold", color=_VERMILION)
        .encode(x=x, text="state:N")
    )
    return (ticks + name).properties(
        width=_WIDTH, height=60,
        title=alt.Title(
            f"{p.on} among {len(p.placebos)} third states",
            subtitle=f"rank {p.rank} by size; p = {p.p_value:.2f}",
        ),
    )  # fmt: skip


def _share_panel(p: Pivot, most: int = 10) -> Any:
    rows = [(_dash(label), *band, label == p.pull) for label, band in p.shares if label != p.tie]
    data = pl.DataFrame(rows[:most], schema=["tie", "lo", "value", "hi", "named"], orient="row")
    base = alt.Chart(data).encode(y=alt.Y("tie:N", sort=list(data["tie"]), title=None))
    colour = alt.condition("datum.named", alt.value(_VERMILION), alt.value(_GREY))
    x = alt.X("value:Q", title="share of the forecast variance", axis=alt.Axis(format="%"))
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("lo:Q"), x2="hi:Q", color=colour)
    dots = base.mark_circle(size=60, opacity=1).encode(x=x, color=colour)
    return (bars + dots).properties(
        width=_WIDTH, height=20 * data.height,
        title=alt.Title(
            f"What else moves {_dash(p.tie)}",
            subtitle=f"dot: median; bar: 90%; P({_dash(p.pull)} leads) {p.dominant:.2f}; "
            f"own shocks are not shown",
        ),
    )  # fmt: skip


def pivot_figure(p: Pivot) -> Any:
    """A pivot's answer: cumulative response, placebos, and variance shares by tie."""
    chart = alt.vconcat(_path_panel(p), _placebo_panel(p), _share_panel(p), spacing=24)
    return _style(chart.resolve_scale(color="independent"))


def responses_figure(r: Responses, dyad: str) -> Any:
    """What moves one tie: its cumulative response to each tie's shock, a small panel each."""
    i = r.dyads.index(dyad)
    steps = r.median.shape[0]
    data = pl.concat(
        pl.DataFrame(
            {
                "horizon": np.arange(steps),
                "lo": r.cumulative_lo90[:, i, j],
                "value": r.cumulative_median[:, i, j],
                "hi": r.cumulative_hi90[:, i, j],
            }
        ).with_columns(shock=pl.lit(_dash(name)))
        for j, name in enumerate(r.dyads)
    )
    x = alt.X(
        "horizon:Q",
        title=f"{_PERIOD[r.frequency]} after the shock",
        axis=alt.Axis(tickMinStep=1, grid=False, format="d"),
    )
    chart = (
        alt.layer(*_band(data, x, "response").layer, data=data)
        .properties(width=170, height=100)
        .facet(alt.Facet("shock:N", title=None, sort=[_dash(d) for d in r.dyads]), columns=3)
        .properties(
            title=alt.Title(
                f"Cumulative response of {_dash(dyad)} to one typical shock in each tie",
                subtitle=f"line: median; band: 90%; {r.identification.split(' (')[0]}",
            )
        )
    )
    return _style(chart)


def connectedness_figure(c: Connectedness) -> Any:
    """Who gives how much to whom: median shares of forecast variance, a cell a pair."""
    names = [_dash(d) for d in c.dyads]
    data = c.pairs().with_columns(
        pl.col("dyad", "dyad_from").str.replace("-", "–"),
        other=pl.col("dyad") != pl.col("dyad_from"),
    )
    size = max(24, min(52, _WIDTH // len(names)))
    base = alt.Chart(data).encode(
        x=alt.X("dyad_from:N", sort=names, title="shock in", axis=alt.Axis(labelAngle=-60)),
        y=alt.Y("dyad:N", sort=names, title="share of forecast variance of"),
    )
    top = float(data.filter("other")["share"].max() or 1.0)  # type: ignore[arg-type]
    cells = base.transform_filter("datum.other").mark_rect().encode(
        color=alt.Color(
            "share:Q",
            title="median share",
            scale=alt.Scale(scheme="blues", domain=[0, top]),
            legend=alt.Legend(format="%", orient="right"),
        )
    )  # fmt: skip
    layers = [cells]
    if len(names) <= 15:
        text = base.mark_text(fontSize=11).encode(text=alt.Text("share:Q", format=".0%"))
        light = text.transform_filter(f"datum.other && datum.share > {0.6 * top}")
        dark = text.transform_filter(f"!datum.other || datum.share <= {0.6 * top}")
        layers += [light.encode(color=alt.value("white")), dark.encode(color=alt.value("#333"))]
    lo, mid, hi = c.total
    return _style(
        alt.layer(*layers).properties(
            width=size * len(names), height=size * len(names),
            title=alt.Title(
                f"Connectedness over {c.horizon} {_PERIOD[c.frequency]}",
                subtitle=f"{mid:.0%} of forecast variance comes from other ties "
                f"(90%: {lo:.0%} to {hi:.0%})",
            ),
        )
    )  # fmt: skip


def hold_figure(h: RollingPivot) -> Any:
    """A pivot's hold on a tie, window by window, at the windows' ends."""
    data = h.to_polars().rename({"lo90": "lo", "median": "value", "hi90": "hi"})
    x = alt.X("last:T", title="last period of the window", axis=alt.Axis(format="%Y", grid=False))
    chart = _band(data, x, "cumulative response").properties(
        width=_WIDTH, height=180,
        title=alt.Title(
            f"{h.on}'s hold on {h.a}–{h.b}, rolling windows",
            subtitle=f"response of {h.a}–{h.b} to {h.a}–{h.on}; line: median; band: 90%; "
            f"data: {h.origin}",
        ),
    )  # fmt: skip
    return _style(chart)


def prior_figure(c: Coupled) -> Any:
    """The network prior as this model learnt it: how far each lag-1 effect may be from its centre."""
    post = c.posterior
    own, shared, disjoint = (
        float(np.median(post[f"lambda_{name}"])) for name in ("own", "shared", "disjoint")
    )
    kinds = ("the tie itself", "shares a state", "shares none")
    spreads = (own, own * shared, own * shared * disjoint)
    ends = [set(d.split("-")) for d in c.dyads]
    rows = []
    for i, name in enumerate(c.dyads):
        for j, other in enumerate(c.dyads):
            kind = 0 if i == j else 1 if ends[i] & ends[j] else 2
            rows.append((_dash(name), _dash(other), kinds[kind]))
    data = pl.DataFrame(rows, schema=["dyad", "dyad_from", "kind"], orient="row")
    names = [_dash(d) for d in c.dyads]
    labels = [f"{k}: spread {s:.3f}" for k, s in zip(kinds, spreads, strict=True)]
    data = data.with_columns(kind=pl.col("kind").replace_strict(dict(zip(kinds, labels, strict=True))))  # fmt: skip
    size = max(16, min(36, _WIDTH // len(names)))
    chart = (
        alt.Chart(data)
        .mark_rect(stroke="white")
        .encode(
            x=alt.X(
                "dyad_from:N", sort=names, title="effect of", axis=alt.Axis(labelAngle=-60)
            ),
            y=alt.Y("dyad:N", sort=names, title="on"),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=labels, range=[_VERMILION, _BLUE, "#cfe3f1"]),
                legend=alt.Legend(orient="top", columns=1),
            ),
        )
        .properties(
            width=size * len(names), height=size * len(names),
            title=alt.Title(
                "The network prior", subtitle=f"medians of the inferred spreads; data: {c.origin}"
            ),
        )
    )  # fmt: skip
    return _style(chart)
