"""Pictures of portfolios, balances, bonds and durability, in the manner of `quadrille.brief.figures`."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import polars as pl

from quadrille.brief.figures import _BLUE, _GREY, _ORANGE, _VERMILION, _style, _time
from quadrille.readings.balance import Balance
from quadrille.readings.bond import Bond
from quadrille.readings.durability import Durability
from quadrille.readings.portfolio import Portfolio

__all__ = ["balance_figure", "bond_figure", "durability_figure", "portfolio_figure"]

_TOP = 10


def _words(name: str) -> str:
    return name.replace("_", " ")


def _band(data: pl.DataFrame, title: str, width: int, height: int, rule: float | None = None,
          colour: str = _BLUE) -> Any:  # fmt: skip
    """Line with band from ``period, value, lo, hi``."""
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(data)
    x = _time(data, 5 if width < 500 else 10)
    layers = [
        base.mark_area(color=colour, opacity=0.25).encode(x=x, y=alt.Y("lo:Q", title=title), y2="hi:Q"),
        base.mark_line(color=colour, strokeWidth=2).encode(x=x, y=y),
    ]  # fmt: skip
    if rule is not None:
        zero = alt.Chart(pl.DataFrame({"at": [rule]}))
        layers.insert(1, zero.mark_rule(color="#888", strokeDash=[4, 3]).encode(y="at:Q"))
    return alt.layer(*layers).properties(width=width, height=height)


def _intervals(data: pl.DataFrame, x_title: str, width: int, colours: dict[str, str],
               scale: alt.Scale | None = None, rule: float | None = None) -> Any:  # fmt: skip
    """Points with intervals from ``name, value, lo, hi, kind``, one row a name."""
    names = data["name"].unique(maintain_order=True).to_list()
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=150))
    kinds = [k for k in colours if k in set(data["kind"])]
    legend = (
        alt.Legend(orient="top", title=None, columns=1 if width < 500 else 3)
        if len(kinds) > 1
        else None
    )
    colour = alt.Color(
        "kind:N", legend=legend, scale=alt.Scale(domain=kinds, range=[colours[k] for k in kinds])
    )  # fmt: skip
    offset = alt.YOffset("kind:N", sort=kinds) if len(kinds) > 1 else alt.YOffset()
    x_scale = scale or alt.Scale(zero=True)
    base = alt.Chart(data)
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("lo:Q", title=x_title, scale=x_scale), x2="hi:Q", y=y, color=colour
    )
    dots = base.mark_circle(size=60, opacity=1).encode(
        x=alt.X("value:Q", title=x_title, scale=x_scale), y=y, color=colour
    )
    if len(kinds) > 1:
        lines, dots = lines.encode(yOffset=offset), dots.encode(yOffset=offset)
    layers = [lines, dots]
    if rule is not None:
        at = alt.Chart(pl.DataFrame({"at": [rule]}))
        layers.insert(0, at.mark_rule(color="#888", strokeDash=[4, 3]).encode(x="at:Q"))
    step = 15 if len(kinds) > 1 else 20
    return alt.layer(*layers).properties(width=width, height=len(names) * len(kinds) * step + 10)


def _titled(chart: Any, title: str, subtitle: str = "") -> Any:
    wanted = chart.width if isinstance(chart.width, int | float) else 640
    text = textwrap.wrap(title, max(20, int(wanted / 7)))
    if not subtitle:
        return chart.properties(title=alt.Title(text))
    below = textwrap.wrap(subtitle, max(20, int(wanted / 6)))
    return chart.properties(title=alt.Title(text, subtitle=below))


def portfolio_figure(p: Portfolio, width: int = 640) -> Any:
    """Effective partners over time; shares of partners and of domains in the last period.

    Parameters
    ----------
    p : Portfolio
    width : int
        Of the plotting area, in pixels.
    """
    table = p.to_polars()
    path = table.select("period", value="effective", lo="effective_lo90", hi="effective_hi90")
    wide = _band(path, "effective partners", width, 170)
    if table["corrected_effective"].null_count() < table.height:
        other = table.select("period", value="corrected_effective", lo="corrected_effective_lo90",
                             hi="corrected_effective_hi90")  # fmt: skip
        wide = alt.layer(
            wide, _band(other, "effective partners", width, 170, colour=_ORANGE)
        ).properties(width=width, height=170)
    corrected = table["corrected_effective"].null_count() < table.height
    note = "blue: as reported; orange: corrected for media attention; " if corrected else ""
    parts = [_titled(wide, f"Partners of {p.state}", f"{note}90% bands; data: {p.origin}")]
    top = p.partner_table().head(_TOP)
    kinds = [
        top.select("share", "lo90", "hi90", name="partner").with_columns(kind=pl.lit("as reported"))
    ]
    if corrected:
        kinds.append(
            top.select(share="corrected", lo90="corrected_lo90", hi90="corrected_hi90", name="partner")
            .with_columns(kind=pl.lit("corrected for media attention"))
        )  # fmt: skip
    data = pl.concat(k.rename({"share": "value", "lo90": "lo", "hi90": "hi"}).select(
        "name", "value", "lo", "hi", "kind") for k in kinds)  # fmt: skip
    colours = {"as reported": _BLUE, "corrected for media attention": _ORANGE}
    parts.append(
        _titled(_intervals(data, "share of cooperation", width, colours),
                f"Shares in {p.periods[-1]:%Y}, largest partners")
    )  # fmt: skip
    spread = p.domain_table()
    if spread is not None:
        shown = spread.select(
            pl.col("domain").replace({d: _words(d) for d in spread["domain"]}).alias("name"),
            value="share", lo="lo90", hi="hi90", kind=pl.lit("as reported"),
        )  # fmt: skip
        parts.append(_titled(_intervals(shown, "share of cooperation", width, colours), "Domains"))
    return _style(alt.vconcat(*parts, spacing=18).resolve_scale(color="independent"))


def balance_figure(b: Balance, width: int = 640) -> Any:
    """Tilt over time, the response to a move by horizon, the frontier of gains and losses."""
    table = b.to_polars()
    path = table.select("period", value="tilt", lo="tilt_lo90", hi="tilt_hi90")
    title = f"tilt: {b.y} ← 0 → {b.x}"
    parts = [
        _titled(_band(path, title, width, 170, rule=0.0), f"{b.pivot} between {b.x} and {b.y}",
                f"above 0: closer to {b.x}; 90% band; data: {b.ties[0].origin}")
    ]  # fmt: skip
    half = width if width < 500 else (width - 90) // 2
    response = b.response_table().drop_nulls()
    lower = []
    if response.height:
        lower.append(_responses(response, b.unit.name, half))
    lower.append(_frontier_chart(b, half))
    join = alt.vconcat if width < 500 else alt.hconcat
    parts.append(join(*lower, spacing=24).resolve_scale(color="independent"))
    return _style(alt.vconcat(*parts, spacing=18).resolve_scale(color="independent"))


def _responses(response: pl.DataFrame, unit: str, width: int) -> Any:
    data = response.with_columns(
        kind=pl.format("{} after a move to {}", "response", pl.col("move").str.tail(3))
    )
    kinds = data["kind"].unique(maintain_order=True).to_list()
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[_BLUE, _ORANGE]),
                       legend=alt.Legend(orient="top", columns=1))  # fmt: skip
    x = alt.X("horizon:O", title="periods after the move", axis=alt.Axis(labelAngle=0))
    base = alt.Chart(data).encode(x=x, color=colour, xOffset=alt.XOffset("kind:N", sort=kinds))
    zero = alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color="#888", strokeDash=[4, 3])
    chart = alt.layer(
        zero.encode(y=alt.Y("at:Q", title=f"response ({unit})")),
        base.mark_rule(strokeWidth=2).encode(y=alt.Y("lo90:Q", title=f"response ({unit})"), y2="hi90:Q"),
        base.mark_circle(size=50, opacity=1).encode(y=alt.Y("effect:Q", title=f"response ({unit})")),
    ).properties(width=width, height=170)  # fmt: skip
    return _titled(chart, "Compensation", "above 0: pays the other back")


def _frontier_chart(b: Balance, width: int) -> Any:
    points = b.windows.select(x=-pl.col("gain_y"), y="gain_x").with_columns(kind=pl.lit("window"))
    line = pl.DataFrame(
        {"loss": b.losses, "lo": b.frontier[0], "mid": b.frontier[1], "hi": b.frontier[2]}
    )
    titles = (f"loss with {b.y}", f"gain with {b.x}")
    base = alt.Chart(line)
    chart = alt.layer(
        alt.Chart(points).mark_circle(color=_GREY, opacity=0.4, size=20).encode(
            x=alt.X("x:Q", title=titles[0]), y=alt.Y("y:Q", title=titles[1])
        ),
        base.mark_area(color=_BLUE, opacity=0.25, interpolate="step-after").encode(
            x=alt.X("loss:Q", title=titles[0]), y=alt.Y("lo:Q", title=titles[1]), y2="hi:Q"
        ),
        base.mark_line(color=_BLUE, strokeWidth=2, interpolate="step-after").encode(x="loss:Q", y="mid:Q"),
    ).properties(width=width, height=170)  # fmt: skip
    return _titled(
        chart, "Frontier", "dots: expected changes of a year; line: the largest gain, 90% band"
    )


def bond_figure(b: Bond, width: int = 640) -> Any:
    """What the tie rests on, the shared adversaries, the domains."""
    parts_data = b.parts.select(
        name="part", value="percentile",
        lo=pl.coalesce("percentile_lo90", "percentile"), hi=pl.coalesce("percentile_hi90", "percentile"),
        kind=pl.when(pl.col("side") == "goal").then(pl.lit("common goals")).otherwise(pl.lit("shared animosity")),
    )  # fmt: skip
    colours = {"common goals": _BLUE, "shared animosity": _VERMILION}
    scale = alt.Scale(domain=[0, 100])
    parts = [
        _titled(_intervals(parts_data, "percentile among the dyads of the data", width, colours, scale),
                f"What {b.state_a}–{b.state_b} rests on in {b.period:%Y}",
                f"animosity: 90% band; data: {b.origin}")
    ]  # fmt: skip
    path = pl.DataFrame({"period": pl.Series(b.periods, dtype=pl.Date), "lo": b.path[0],
                         "value": b.path[1], "hi": b.path[2]})  # fmt: skip
    parts.append(_titled(_band(path, "shared animosity", width, 130, colour=_VERMILION),
                         "Shared animosity over time"))  # fmt: skip
    top = b.adversaries.filter(pl.col("share") > 0.005).head(6)
    if top.height:
        bars = alt.Chart(top).mark_bar(color=_VERMILION, opacity=0.8).encode(
            x=alt.X("share:Q", title="share of the shared animosity", scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("state:N", sort=top["state"].to_list(), title=None),
        ).properties(width=width, height=top.height * 20 + 10)  # fmt: skip
        parts.append(_titled(bars, "Third states both are cold to"))
    if b.domains is not None:
        shown = b.domains.select(
            name=pl.col("domain").replace({d: _words(d) for d in b.domains["domain"]}),
            value="share", lo="lo90", hi="hi90", kind=pl.lit("common goals"),
        )  # fmt: skip
        parts.append(_titled(_intervals(shown, "share of cooperation", width, colours),
                             f"Domains, {b.window} periods"))  # fmt: skip
    return _style(alt.vconcat(*parts, spacing=18).resolve_scale(color="independent"))


def _ratio_range(data: pl.DataFrame) -> list[float]:
    """Both sides of one, as far as the intervals go."""
    low, high = data["lo"].min(), data["hi"].max()
    return [min(0.8, 0.95 * float(low)), max(1.25, 1.05 * float(high))]  # type: ignore[arg-type]


def durability_figure(d: Durability, width: int = 640) -> Any:
    """Hazard ratios of both models, and the survival of the thaw."""
    table = d.to_polars()
    forest = pl.concat(
        table.select(
            name=pl.col("covariate").replace({c: _words(c) for c in table["covariate"]}),
            value=v, lo=lo, hi=hi, kind=pl.lit(kind),
        )
        for kind, v, lo, hi in (
            ("Cox", "hazard_ratio", "lo90", "hi90"),
            ("Weibull", "weibull", "weibull_lo90", "weibull_hi90"),
        )
    )  # fmt: skip
    colours = {"Cox": _BLUE, "Weibull": _ORANGE}
    first = _titled(
        _intervals(forest, "hazard ratio of a thaw's end, a standard deviation more", width, colours,
                   alt.Scale(type="log", domain=_ratio_range(forest), nice=False), rule=1.0),
        "What shortens a thaw (right) and what keeps it (left)",
        f"{d.spells:,} thaws, {d.ends:,} ended; 90% intervals; data: {d.origin}",
    )  # fmt: skip
    s = d.survival
    curves = pl.concat(
        s.select("horizon", value=k, lo=f"{k}_lo90", hi=f"{k}_hi90", kind=pl.lit(name))
        for k, name in (("cox", "Cox"), ("weibull", "Weibull"))
    ).drop_nulls()
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                       legend=None)  # fmt: skip
    y_scale = alt.Scale(domain=[0, 1])
    x = alt.X("horizon:Q", title="periods ahead", axis=alt.Axis(tickMinStep=1, grid=False))
    base = alt.Chart(curves).encode(x=x, color=colour)
    layers = [
        base.mark_area(opacity=0.2).encode(y=alt.Y("lo:Q", title="still warm", scale=y_scale), y2="hi:Q"),
        base.mark_line(strokeWidth=2).encode(y=alt.Y("value:Q", title="still warm", scale=y_scale)),
        alt.Chart(s.select("horizon", "base").drop_nulls()).mark_line(color=_GREY, strokeDash=[4, 3])
        .encode(x=x, y=alt.Y("base:Q", title="still warm", scale=y_scale)),
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(width=width, height=180)
    second = _titled(chart, f"Survival of the thaw {d.state_a}–{d.state_b}",
                     "bands: 90%; dashed: thaws of that age, whatever their covariates")  # fmt: skip
    return _style(alt.vconcat(first, second, spacing=18).resolve_scale(color="independent"))
