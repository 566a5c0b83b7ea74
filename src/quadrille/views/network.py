"""The signed network of some states in one period: camps, ties at odds with them, and a picture."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.panel.periods import period_name
from quadrille.readings.network import Network
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.forms import capital, number, percent, signed
from quadrille.views.names import name, plural, source, state_list, tie_name
from quadrille.views.theme import alt
from quadrille.views.ties import sure_of
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import chance, neutral_notes

__all__ = ["view"]

_ROWS, _FEW, _LISTED = 12, 10, 20
# Ties drawn at most: the sure cold ones first, then the warmest.
_DRAWN = 150
_SIGNS = {"warm": theme.VERMILION, "cold": theme.BLUE}
_ARTICLE = frozenset(("Americas", "Caribbean", "Middle East"))
_CAMPS = ("larger camp", "smaller camp")
# A state that so few ties would follow into the other camp stands loosely in its own.
_LOOSE = 1.0


def _when(n: Network) -> str:
    return period_name(n.period, n.frequency)


def _who(n: Network) -> str:
    if n.region:
        return f"the {n.region}" if n.region in _ARTICLE else n.region
    return state_list(n.states) if len(n.states) <= 8 else f"{len(n.states)} states"


def _answer(n: Network) -> str:
    one, other = n.camps()
    about = f"{_who(n)} in {_when(n)}: {len(n.states)} states, {plural(n.table.height, 'tie')}"
    if not other:
        return f"{about}; no division in two camps fits better than one camp of all ({source(n.origin)})."
    small = state_list(other) if len(other) <= _LISTED else plural(len(other), "state")
    rest = state_list(one) if len(one) <= 5 else f"the {len(one)} others"
    return f"{about}; the two camps that fit best are {small} against {rest} ({source(n.origin)})."


def _fit(n: Network) -> str:
    """How many ties are at odds with the camps, and whether another division could do better."""
    proof = (
        "no division has fewer" if n.proven else f"not proven the fewest: at least {n.least:.1f}"
    )
    share = percent()(n.at_odds / n.table.height)
    sure = n.table.filter(pl.col("p_odds") >= SURE).height
    some = f"{plural(sure, 'tie')} {'is' if sure == 1 else 'are'}" if sure else "no tie is"
    return (
        f"{n.at_odds:.1f} of the ties ({share}) are expected to be at odds with the camps, warm across or cold inside; {proof}. "
        f"{capital(some)} at odds with probability 0.9 or more."
    )


def _balance(n: Network) -> str:
    if not n.triangles:
        return ""
    return (
        f"{percent()(n.balanced)} of the {plural(n.triangles, 'triangle')} are expected to be balanced; signs by the toss of a "
        "coin would give 50%."
    )


def _signs(n: Network) -> str:
    warm, cold = sure_of(n.table)
    left = n.table.height - warm - cold
    return (
        f"{warm:,} {'tie is' if warm == 1 else 'ties are'} warm and {cold:,} cold with probability 0.9 or more; {left:,} are "
        "undetermined."
    )


def _loose(n: Network) -> str:
    """States whose camp hangs on little."""
    if not n.camps()[1]:
        return ""
    found = n.members().filter(pl.col("firm") < _LOOSE).sort("firm", "state")
    if found.is_empty():
        return ""
    return (
        f"Loosely in their camps, where changing sides alone would put less than one more tie at odds: "
        f"{state_list(found['state'])}."
    )


def _grids(n: Network) -> tuple[Grid, ...]:
    members = n.members().sort("camp", "firm", "state", descending=[False, True, False])
    of_members = [
        Column("state", "state", name), Column("camp", "camp", str), Column("warm", "warm ties, expected", number(1)),
        Column("cold", "cold ties, expected", number(1)), Column("firm", "firmness", number(1)),
    ]  # fmt: skip
    of_ties = [
        Column(("state_a", "state_b"), "tie", tie_name), *interval("shown", n.unit.label, signed()), Column("p_warm", "P(warm)", chance),
        Column("p_odds", "P(at odds)", chance),
    ]  # fmt: skip
    most = {
        "Most surely at odds with the camps": n.table.filter(pl.col("p_odds") > 0.5).sort("p_odds", descending=True),
        "Most surely cold": n.table.filter(pl.col("p_warm") < 0.5).sort("p_warm", "shown"),
        "Most surely warm": n.table.filter(pl.col("p_warm") > 0.5).sort("p_warm", "shown", descending=True),
    }  # fmt: skip
    if not n.camps()[1]:  # in one camp of all the cold ties are those at odds
        del most["Most surely at odds with the camps"]
    found = (grid(title, rows.head(_ROWS), of_ties) for title, rows in most.items() if rows.height)
    return (grid(f"States in {_when(n)}", members, of_members), *found)


def _edges(n: Network) -> tuple[pl.DataFrame, int]:
    """Ties that are drawn, and how many are sure in all."""
    p = pl.col("p_warm")
    sure = n.table.filter((p >= SURE) | (p <= 1 - SURE))
    cold = sure.filter(p < 0.5).sort("shown").head(_DRAWN)
    warm = sure.filter(p > 0.5).sort("shown", descending=True).head(_DRAWN - cold.height)
    at = n.members().select("state", "x", "y")
    edges = pl.concat([cold, warm]).join(at, left_on="state_a", right_on="state")
    edges = edges.join(at.rename({"x": "x2", "y": "y2"}), left_on="state_b", right_on="state")
    kind = pl.when(p > 0.5).then(pl.lit("warm")).otherwise(pl.lit("cold"))
    size = (pl.col("shown") - float(n.unit.shown(n.neutral))).abs()
    ties = [tie_name(a, b) for a, b in edges.select("state_a", "state_b").iter_rows()]
    tie = pl.Series("tie", ties, dtype=pl.String)
    return edges.with_columns(tie, sign=kind, strength=size), sure.height


def _scales(members: pl.DataFrame, width: int) -> tuple[int, Any, Any]:
    """Height, and scales of the same length along both axes, so that near is near either way, with room for labels."""
    at = members.select("x", "y").to_numpy()
    low, high = at.min(axis=0), at.max(axis=0)
    spans = [float(s) or 1.0 for s in high - low]
    most = (0.8 if width >= theme.PHONE else 1.1) * width
    height = round(min(max(spans[1] / spans[0] * (width - 70) + 50, 160), most))
    unit = max(spans[0] / (width - 70), spans[1] / (height - 50))
    x, y = (
        alt.Scale(domain=[m - unit * p / 2, m + unit * p / 2], nice=False, zero=False)
        for m, p in zip(map(float, (low + high) / 2), (width, height), strict=True)
    )
    return height, x, y


def draw(n: Network, width: int) -> Any:
    """The states in the plane, joined by the ties whose sign is sure."""
    members = n.members().with_columns(
        called=pl.col("state").map_elements(name, pl.String),
        which=pl.when(pl.col("camp") == 1).then(pl.lit(_CAMPS[0])).otherwise(pl.lit(_CAMPS[1])),
    )  # fmt: skip
    edges, sure = _edges(n)
    height, sx, sy = _scales(members, width)
    x, y = (
        alt.X("x:Q", scale=sx, axis=None, title=None),
        alt.Y("y:Q", scale=sy, axis=None, title=None),
    )
    legend = theme.legend_of(2)
    lines = alt.Chart(edges).mark_rule(opacity=0.55).encode(
        x=x, y=y, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), color=theme.colours_of("sign", _SIGNS, legend),
        strokeDash=alt.StrokeDash("sign:N", scale=alt.Scale(domain=[*_SIGNS], range=[[1, 0], [5, 3]]), legend=None),
        strokeWidth=alt.StrokeWidth("strength:Q", scale=alt.Scale(domain=[0, 2], range=[0.5, 3], clamp=True), legend=None),
        tooltip=[
            alt.Tooltip("tie:N"), alt.Tooltip("shown:Q", title=n.unit.label, format="+.2f"), alt.Tooltip("p_warm:Q", title="P(warm)", format=".2f"),
        ],
    )  # fmt: skip
    shape = alt.Shape(
        "which:N", title=None, scale=alt.Scale(domain=[*_CAMPS], range=["circle", "square"]),
        legend=theme.legend_of(2) if n.camps()[1] else None,
    )  # fmt: skip
    tips = [alt.Tooltip("called:N", title="state"), alt.Tooltip("which:N", title="camp"), alt.Tooltip("firm:Q", title="firmness", format=".1f")]  # fmt: skip
    points = alt.Chart(members).mark_point(filled=True, size=110, opacity=1, color="#333", stroke="white").encode(
        x=x, y=y, shape=shape, tooltip=tips
    )  # fmt: skip
    words = [
        alt.Chart(members)
        .mark_text(dy=-12, fontSize=11, **how)
        .encode(x=x, y=y, text=alt.Text("state:N"))
        for how in ({"stroke": "white", "strokeWidth": 3}, {"color": "#222"})
    ]
    drawn = "" if edges.height == sure else f"; {edges.height:,} of {sure:,} sure ties drawn, the coldest and the warmest"  # fmt: skip
    note = f"near: warm; far: cold; lines: ties with P 0.9 or more, thicker the stronger{drawn}"
    heading = f"{_who(n)} in {_when(n)}"
    layers = [lines, points, *words]
    return theme.panel(layers, width, height, heading, note, f"data: {source(n.origin)}")


def _facts(n: Network) -> dict[str, Any]:
    one, other = n.camps()
    warm, cold = sure_of(n.table)
    return {
        "states": n.states, "region": n.region, "period": n.period, "camps": [one, other], "at_odds": n.at_odds, "least": n.least,
        "proven": n.proven, "balanced": n.balanced if n.triangles else None, "triangles": n.triangles, "warm": warm, "cold": cold,
        "members": n.members(), "absent": n.absent, "unit": n.unit.name, "neutral": n.neutral,
    }  # fmt: skip


def view(n: Network) -> View:
    """The network as people read it."""
    absent = f"No tie of {state_list(n.absent)} with the others is in the data." if n.absent else ""
    return view_of(
        n, f"Signed network of {_who(n)} in {_when(n)}", (_answer(n), _fit(n), _loose(n), _signs(n), _balance(n)), draw=draw,
        facts=_facts(n), grids=_grids(n), states=n.states,
        notes=(
            *neutral_notes(n),
            "Camps: the division in two with the fewest ties expected to be at odds, each counted by its probability; a tie that "
            "may be either counts nothing. Firmness: how many more would be at odds if the state alone changed camps.",
            "Balanced: a triangle with no cold tie or two. The share takes the signs of ties for independent.",
            absent,
        ),
        caption=f"{_who(n)} in {_when(n)}: states near each other have warm ties; lines are ties whose sign is sure.",
    )  # fmt: skip
