"""Picture of reference classes."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from quadrille.brief.figures import _BLUE, _VERMILION, _style

__all__ = ["analogues_figure"]


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
