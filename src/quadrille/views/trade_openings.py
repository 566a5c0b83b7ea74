"""Openings: lines that a market lost, and what of them another state exports."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.economy.openings import Openings
from quadrille.views import theme
from quadrille.views.forms import number, percent
from quadrille.views.names import plural, source, state_list, the
from quadrille.views.theme import alt
from quadrille.views.trade import cited
from quadrille.views.view import Column, View, grid, view_of

__all__ = ["view"]

_ROWS = 12
_LONGEST = 34


def _years(years: tuple[int, ...]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _money(millions: float) -> str:
    digits = 0 if abs(millions) >= 10 or abs(millions) < 0.005 else 1 if abs(millions) >= 1 else 2
    return f"{number(digits)(millions)} million dollars"


def _sum(lines: pl.DataFrame, column: str) -> float:
    return float(lines[column].sum())


def _gone(o: Openings) -> str:
    return state_list(o.by) if o.by else f"all others but {the(o.state)}"


def _lost(o: Openings) -> str:
    total = _sum(o.lines, "lost")
    return (
        f"In {plural(o.lines.height, 'line')} {the(o.market)} bought at least {percent()(o.drop)} less of {_gone(o)} in "
        f"{_years(o.after)} than in {_years(o.before)}: {_money(total)} a year ({source(o.origin)})."
    )


def _chosen(o: Openings) -> str:
    some, total = o.open, _sum(o.lines, "lost")
    share = _sum(some, "lost") / total if total > 0 else 0.0
    return (
        f"{the(o.state)} exports {some.height} of them with a revealed advantage: {percent()(share)} of what was lost. Of all "
        f"that they sold before, such lines were {percent()(o.base)}: the lost lines suit it "
        + ("more than most." if share > o.base else "no more than most.")
    )


def _taken(o: Openings) -> str:
    some = o.open
    lost, replaced = _sum(some, "lost"), _sum(some, "replaced")
    sold = [_sum(some, c) for c in ("sold_before", "sold_after")]
    return (
        f"In the lines of its advantage {the(o.state)} sold {the(o.market)} {_money(sold[0])} a year before and "
        f"{_money(sold[1])} after; of {_money(lost)} lost, others sell {_money(replaced)} more."
    )


def _implied(o: Openings) -> str:
    return (
        f"If the loss went to all remaining suppliers of a line in proportion to what they sell elsewhere, {the(o.state)} would "
        f"sell {_money(_sum(o.open, 'expected'))} a year more."
    )


def _fit(o: Openings) -> str:
    one, other = o.complementarity
    return (
        f"In {_years(o.before)} {percent()(one)} of {the(o.state)}'s exports overlapped with {the(o.market)}'s imports, and "
        f"{percent()(other)} the other way (Michaely); with what {_gone(o)} sold there, {percent()(o.similarity)} (Finger and "
        "Kreinin)."
    )


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"


def draw(o: Openings, width: int) -> Any:
    """What was lost of each line, and what the state sells of it elsewhere."""
    some = (o.open if o.open.height else o.lines).head(_ROWS)
    kinds = {f"{the(o.market)} buys less": ("lost", theme.ORANGE),
             f"{the(o.state)} sells elsewhere": ("sells", theme.BLUE),
             f"{the(o.state)} sells {the(o.market)}": ("sold_after", theme.GREEN)}  # fmt: skip
    label = pl.format("{} {}", "line", pl.col("name").map_elements(_short, pl.String))
    data = pl.concat(
        some.select(name=label, value=pl.col(c).cast(pl.Float64), kind=pl.lit(k))
        for k, (c, _) in kinds.items()
    ).filter(pl.col("value") > 0.001)
    names = data["name"].unique(maintain_order=True).to_list()
    legend = theme.legend_of(1 if width < theme.PHONE else 3)
    colour = theme.colours_of(
        "kind", {k: c for k, (_, c) in kinds.items() if k in set(data["kind"])}, legend
    )
    x = alt.X("value:Q", title="million dollars a year", scale=alt.Scale(type="log", nice=True),
              axis=alt.Axis(tickCount=max(3, width // 120), format="~g"))  # fmt: skip
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=width // 2)), x=x
    )
    layers = [
        base.mark_line(color=theme.GREY, strokeWidth=1).encode(detail=alt.Detail("name:N")),
        base.mark_circle(size=70, opacity=1).encode(color=colour),
    ]
    note = f"lost: {_years(o.before)} less {_years(o.after)}; data: {source(o.origin)}"
    return theme.panel(
        layers,
        width,
        22 * len(names) + 10,
        f"Openings in {the(o.market)} for {the(o.state)}",
        note,
    )


def view(o: Openings) -> View:
    """The openings as people read them."""
    columns = [
        Column("line", "line"), Column("name", "what", _short), Column("before", "bought before", number(1)),
        Column("lost", "lost", number(1)), Column("replaced", "others more", number(1)),
        Column("sells", f"{o.state} elsewhere", number(1)), Column("rca", "RCA", number(1)),
        Column("sold_after", f"{o.state} now", number(1)),
    ]  # fmt: skip
    said = [_lost(o)]
    if o.open.height:
        said += [_chosen(o), _taken(o), _implied(o)]
    elif o.lines.height:
        said.append(f"{the(o.state)} exports none of them with a revealed advantage.")
    unit = f"m$ a year, {_years(o.before)} and {_years(o.after)}"
    return view_of(
        o, f"Openings in {the(o.market)} for {the(o.state)}", (*said, _fit(o)), draw=draw if o.lines.height else None,
        grids=(grid(f"lost lines of an advantage of {the(o.state)}, {unit}", o.open.head(_ROWS), columns) if o.open.height else None,
               grid(f"the largest lost lines, {unit}", o.lines.head(_ROWS), columns) if o.lines.height else None),
        facts={"by": o.by, "before": o.before, "after": o.after, "drop": o.drop, "digits": o.digits, "base": o.base,
               "complementarity": o.complementarity, "similarity": o.similarity, "rows": o.rows, "skipped": o.skipped,
               "rejected": o.rejected},
        notes=(
            "RCA: Balassa's index of exports to all but the market; above 1, an advantage. It says what a state sells, not "
            "what it could make, nor at what price, nor whether anyone would pay, carry or insure it.",
            "Values are dollars of the year: a fall may be one of prices. A line that fell need not have fallen for sanctions.",
            f"{o.rows:,} rows of the files: {o.rows - o.skipped - o.rejected:,} kept, {o.skipped:,} skipped (not between two "
            f"known states), {o.rejected:,} rejected (malformed).",
            *cited((o.citation,)),
        ),
        caption="Lost lines: what the market lost, what the state sells of them elsewhere, and to the market.",
        states=(o.state, o.market),
    )  # fmt: skip
