"""Pictures of scenarios: what is expected anyway and what under the conditions, reading by reading."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import polars as pl

from quadrille.brief.figures import _BLUE, _GREY, _VERMILION, _style, _wrap
from quadrille.foresight.scenario import Scenario

__all__ = ["analogues_figure", "scenario_figure"]

_WITHOUT, _WITH = "without the conditions", "with the conditions"
_TITLE = {
    "see": "seen: whatever brings it about",
    "do": "done: by the conditioned ties' own shocks",
    "do at once": "done at once: own shocks, others answer at once",
}


def _dash(label: str) -> str:
    return label.replace("-", "–")


def _panel(data: pl.DataFrame, s: Scenario, title: str, note: str, width: int, height: int) -> Any:
    unit = s.unit.label
    neutral = float(s.unit.shown(s.neutral))
    colours = alt.Scale(domain=[_WITHOUT, _WITH], range=[_GREY, _VERMILION])
    colour = alt.Color(
        "which:N", title=None, scale=colours, legend=alt.Legend(orient="top", labelLimit=240)
    )
    x = alt.X(
        "period:T", title=None,
        axis=alt.Axis(
            format="%Y" if s.frequency == "Y" else "%b %Y", grid=False, labelOverlap=True,
            tickCount={"interval": "year", "step": 1} if s.frequency == "Y" else 5,
        ),
    )  # fmt: skip
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(data)
    y = alt.Y("lo:Q", title=unit, scale=scale)
    band = (
        base.transform_filter(alt.datum.which == _WITHOUT)
        .mark_area(opacity=0.28)
        .encode(x=x, y=y, y2="hi:Q", color=colour)
    )
    given = base.transform_filter(alt.datum.which == _WITH)
    edges = [
        given.mark_line(strokeWidth=1.2).encode(
            x=x, y=alt.Y(f"{edge}:Q", title=unit, scale=scale), color=colour
        )
        for edge in ("lo", "hi")
    ]
    line = base.mark_line(strokeWidth=2.5).encode(
        x=x, y=alt.Y("mid:Q", title=unit, scale=scale), color=colour,
        strokeDash=alt.StrokeDash(
            "which:N", legend=None, scale=alt.Scale(domain=[_WITHOUT, _WITH], range=[[6, 3], [1, 0]])
        ),
    )  # fmt: skip
    rule = (
        alt.Chart(pl.DataFrame({"neutral": [neutral]}))
        .mark_rule(color="#888", strokeDash=[2, 2])
        .encode(y=alt.Y("neutral:Q", title=unit))
    )
    return alt.layer(band, rule, *edges, line).properties(
        width=width, height=height, title=alt.Title(title, subtitle=_wrap(note, width))
    )


def _fan(s: Scenario, paths: Any, which: str) -> pl.DataFrame:
    lo, mid, hi = s.unit.shown(np.quantile(paths, (0.05, 0.5, 0.95), axis=0))
    return pl.DataFrame(
        {"period": pl.Series(s.periods, dtype=pl.Date), "lo": lo, "mid": mid, "hi": hi}
    ).with_columns(which=pl.lit(which))


def scenario_figure(s: Scenario, width: int = 480, height: int = 170) -> Any:
    """One panel a reading of the tie, and below them the paths of the conditioned ties.

    Parameters
    ----------
    s : Scenario
    width, height : int
        Size of a panel in pixels.
    """
    note = "thick: medians; grey band and thin lines: 90%; dotted: neutral"
    panels = [
        _panel(
            pl.concat([_fan(s, r.base, _WITHOUT), _fan(s, r.paths, _WITH)]), s,
            f"{_dash(s.tie)}, {_TITLE[r.way]}", note, width, height,
        )
        for r in s.readings
    ]  # fmt: skip
    panels += [
        _panel(
            pl.concat([_fan(s, s.expected[tie], _WITHOUT), _fan(s, paths, _WITH)]), s,
            f"{_dash(tie)}, as supposed", f"in the first reading; data: {s.origin}", width,
            round(0.65 * height),
        )
        for tie, paths in s.conditioned.items()
    ]  # fmt: skip
    return _style(alt.vconcat(*panels, spacing=18).resolve_scale(color="shared", x="shared"))


def analogues_figure(classes: pl.DataFrame, origin: str, width: int = 300) -> Any:
    """Base rates by class, with both intervals.

    Parameters
    ----------
    classes : polars.DataFrame
        As in `quadrille.foresight.Analogues`.
    origin : str
    width : int
    """
    data = classes.with_columns(
        label=pl.format("{}|{} cases, {} dyads", "class", "cases", "dyads")
    ).filter(pl.col("cases") > 0)
    order = data["label"].to_list()
    y = alt.Y(
        "label:N",
        title=None,
        sort=order,
        axis=alt.Axis(labelLimit=300, labelExpr="split(datum.label, '|')"),
    )
    x = alt.X("warmer_lo90:Q", title="share still warmer than before the thaw", scale=alt.Scale(domain=[0, 1]))  # fmt: skip
    base = alt.Chart(data)
    band = base.mark_rule(color=_BLUE, strokeWidth=5, opacity=0.45).encode(x=x, x2="warmer_hi90:Q", y=y)  # fmt: skip
    point = base.mark_point(filled=True, size=80, color=_BLUE, opacity=1).encode(
        x="warmer_rate:Q", y=y
    )
    other = base.mark_tick(color=_VERMILION, thickness=3, size=16).encode(
        x="contrast_warmer:Q", y=y
    )
    chart = alt.layer(band, point, other).properties(
        width=width, height=46 * data.height,
        title=alt.Title(
            "How often such thaws lasted",
            subtitle=["dot: pivot mended; bar: 90%, dyads resampled; red: pivot did not mend", f"data: {origin}"],
        ),
    )  # fmt: skip
    return _style(chart)
