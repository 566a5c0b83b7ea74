"""Who arms a state: suppliers, their concentration, and when shares moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.economy.arms import Arms
from quadrille.views import theme
from quadrille.views.forms import number, percent
from quadrille.views.names import name, source, the
from quadrille.views.theme import alt
from quadrille.views.trade import cited
from quadrille.views.view import Column, View, grid, period_column, view_of

__all__ = ["view"]

_TOP, _MOVES = 6, 8


def _span(made: Arms, k: int = -1) -> str:
    last = made.periods[k].year
    return f"{last - made.window + 1} to {last}"


def _latest(made: Arms) -> int | None:
    """The last window in which something was delivered."""
    some = np.flatnonzero(made.value.sum(axis=1) > 0)
    return int(some[-1]) if some.size else None


def _table(made: Arms, k: int) -> pl.DataFrame:
    table = made.to_polars().filter(pl.col("period") == made.periods[k])
    return table.sort("share", "supplier", descending=[True, False])


def _lead(made: Arms, k: int) -> list[str]:
    table = _table(made, k)
    top = table.row(0, named=True)
    others = " and ".join(
        f"{the(r['supplier'])} {percent()(r['share'])}" for r in table[1:3].iter_rows(named=True)
    )
    said = [
        f"Of what was delivered to {the(made.state)} in {_span(made, k)}, {percent()(top['share'])} came from "
        f"{the(top['supplier'])}"
        + (f", then {others}" if others else "")
        + f" ({source(made.origin)}).",
        f"With one year left out its share lies between {percent()(top['share_least'])} and "
        f"{percent()(top['share_most'])}; effective suppliers: {made.effective[k]:.1f} "
        f"({made.effective_range[0, k]:.1f} to {made.effective_range[1, k]:.1f}); concentration (HHI) "
        f"{1 / made.effective[k]:.2f}, on {int(made.years[k])} years with deliveries.",
    ]
    if k >= 10 and made.value[k - 10].sum() > 0:
        said.append(f"Ten years earlier effective suppliers were {made.effective[k - 10]:.1f}.")
    return said


def _move(row: dict[str, Any], window: int) -> str:
    word = "rose" if row["after"] > row["before"] else "fell"
    year = row["period"].year
    said = (
        f"{the(row['supplier'])}'s share {word} most at the start of {year}: from {percent()(row['before'])} in the "
        f"{window} years before to {percent()(row['after'])} in the {window} from then"
    )
    return f"{said}; {_broke(row)}."


def _broke(row: dict[str, Any]) -> str:
    """Whether the yearly shares around a move have a break, and when."""
    p = row["p_break"]
    if p is None:
        return "too few years tell whether it was a break"
    if p <= 0.5:
        return f"a slide rather than a break (P(break) {number()(p)})"
    low, mid, high = (row[f"break_{k}"].year for k in ("lo", "mid", "hi"))
    when = f"90% band {low} to {high}" if low < high else "no other year is likely"
    return f"read as a break (P {number()(p)}) it begins in {mid} ({when})"


def _of_interest(made: Arms, k: int) -> list[str]:
    """The moves of the supplier asked about, else of the largest now and over all years."""
    now = _table(made, k)["supplier"][0]
    who = (made.asked,) if made.asked else tuple(dict.fromkeys((now, made.suppliers[0])))
    rows = made.moves.filter(pl.col("supplier").is_in(who)).sort("period").iter_rows(named=True)
    said = [_move(r, made.window) for r in rows]
    if made.asked:
        share = made.shares[k, made.suppliers.index(made.asked)]
        said.insert(0, f"{the(made.asked)}'s share in {_span(made, k)}: {percent()(float(share))}.")
    return said


def _drawn(made: Arms) -> list[str]:
    """The largest suppliers, and the one asked about."""
    largest = [s for s in made.suppliers if s != made.asked]
    return [*([made.asked] if made.asked else []), *largest][:_TOP]


def draw(made: Arms, width: int) -> Any:
    """Shares of the largest suppliers over time, the first at the bottom; every one in every window, since areas join what they have."""
    drawn = _drawn(made)
    places = [made.suppliers.index(s) for s in drawn]
    shares = [
        *made.shares[:, places].T,
        made.shares.sum(axis=1) - made.shares[:, places].sum(axis=1),
    ]
    names = [*map(name, drawn), "others"]
    data = pl.concat(
        pl.DataFrame({"period": made.periods, "kind": n, "share": s.clip(0.0, 1.0), "rank": k})
        for k, (n, s) in enumerate(zip(names, shares, strict=True))
        if np.nansum(s) > 1e-9
    ).with_columns(pl.col("share").fill_nan(0.0))
    pairs = zip(names, theme.PALETTE, strict=False)
    colours = {n: c for n, c in pairs if n in set(data["kind"])}
    legend = theme.legend_of(2 if width < theme.PHONE else 4)
    chart = alt.Chart(data).mark_area().encode(
        x=theme.time_axis(made.periods, width), y=alt.Y("share:Q", stack=True, title="share", scale=theme.unit_scale()),
        order=alt.Order("rank:Q"), color=theme.colours_of("kind", colours, legend),
    )  # fmt: skip
    note = f"{made.window} years pooled; data: {source(made.origin)}"
    return theme.panel(chart, width, 260, f"Who arms {the(made.state)}", note)


def view(made: Arms) -> View:
    """The suppliers as people read them."""
    k = _latest(made)
    k = len(made.periods) - 1 if k is None else k
    columns = [
        Column("supplier", "supplier", name), Column("value", "delivered, m TIV", number(0)),
        Column("share", "share", percent()), Column("share_least", "one year out: from", percent()),
        Column("share_most", "to", percent()),
    ]  # fmt: skip
    moves = [
        Column("supplier", "supplier", name), period_column("Y", head="from"),
        Column("before", "share before", percent()), Column("after", "share after", percent()),
    ]  # fmt: skip
    turns = made.moves.with_columns(_by=(pl.col("after") - pl.col("before")).abs()).sort(
        "_by", descending=True
    )
    return view_of(
        made, f"Who arms {the(made.state)}", (*_lead(made, k), *_of_interest(made, k)), draw=draw,
        grids=(grid(f"suppliers, {_span(made, k)}", _table(made, k).head(8), columns),
               grid("largest moves of a share", turns.head(_MOVES), moves) if turns.height else None),
        facts={"window": made.window, "moves": made.moves, "effective": made.effective[k]},
        notes=(
            "TIV, SIPRI's trend-indicator values, measure what weapons can do, not what was paid.",
            "Moves are read from the record, by windows without a year in common; a break or a slide, from the yearly shares within "
            "two windows of a move.",
            *cited((made.citation,)),
        ),
        caption="Shares of suppliers over time.", states=(made.state,),
    )  # fmt: skip
