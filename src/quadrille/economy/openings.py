r"""Openings: lines that a market no longer buys from some states and that another state exports with an advantage.

A line is *lost* where those states together sold the market less after than before by at least a given share. The
advantage is revealed (Balassa 1965): with :math:`x` exports to all others but the market itself, so that filling an
opening does not count as an advantage,

.. math:: \mathrm{RCA}_{ik} = \frac{x_{ik} / \sum_k x_{ik}}{\sum_i x_{ik} / \sum_{ik} x_{ik}}, \qquad
    \mathrm{SRCA} = \frac{\mathrm{RCA} - 1}{\mathrm{RCA} + 1}.

Lines are chosen by RCA above one, which is SRCA above zero. The index itself is printed, since it has a meaning (so many times
the world's share); means over lines are of the symmetric form (Dalum, Laursen & Villumsen 1998), as one line of which the world sells
little makes the other as large as one likes.

Complementarity (Michaely 1996) is the overlap of what one exports and the other imports,
:math:`1 - \frac12 \sum_k |x_{ik} - m_{jk}|` of shares; similarity (Finger & Kreinin 1979) that of two states' exports,
:math:`\sum_k \min(x_{ik}, x_{jk})`. Of shares that add up to one they are the same sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import polars as pl

from quadrille.errors import NoDataError
from quadrille.results import Result
from quadrille.sources.layers.products import Products, line_name

__all__ = ["Openings", "advantage", "openings_of", "overlap"]

_LINES = {
    "line": pl.String, "name": pl.String, "before": pl.Float64, "after": pl.Float64, "lost": pl.Float64,
    "replaced": pl.Float64, "sells": pl.Float64, "share": pl.Float64, "rca": pl.Float64, "srca": pl.Float64, "sold_before": pl.Float64,
    "sold_after": pl.Float64, "expected": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Openings(Result):
    """What a market lost, and what of it another state could sell; values in millions of USD a year.

    Attributes
    ----------
    state, market : str
        Who could sell, and the market.
    by : tuple of str
        Whose sales fell; empty: of all others together.
    before, after : tuple of int
        Years pooled.
    drop : float
        Share of a line's value that is lost at least.
    digits : int
        Of a line.
    lines : polars.DataFrame
        Lost lines, the largest loss first: ``line, name``; ``before, after, lost`` (sales to the market of those that left);
        ``replaced`` (what all others but the state sell it more); ``sells`` (exports of the state to all but the market),
        ``share`` (its part in the world's exports of the line), ``rca, srca``; ``sold_before, sold_after`` (its
        sales to the market); ``expected`` (of the loss, in proportion to what remaining suppliers sell elsewhere).
    base : float
        Share of all that those that left sold the market before, by value, in lines of the state's advantage.
    complementarity : tuple of (float, float)
        Of the state's exports with the market's imports, and of the market's exports with the state's imports; before.
    similarity : float
        Of the state's exports with what those that left sold the market before.
    origin : str
    rows, skipped, rejected : int
        Rows of the files.
    citation : str
    """

    kind: ClassVar[str] = "trade_openings"

    state: str
    market: str
    by: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    drop: float
    digits: int
    lines: pl.DataFrame
    base: float
    complementarity: tuple[float, float]
    similarity: float
    origin: str
    rows: int
    skipped: int
    rejected: int
    citation: str
    frequency: str = "Y"

    @property
    def label(self) -> str:
        """``PAK to RUS``."""
        return f"{self.state} to {self.market}"

    @property
    def periods(self) -> tuple[date, ...]:
        """First days of the years."""
        return tuple(date(y, 1, 1) for y in (*self.before, *self.after))

    @property
    def open(self) -> pl.DataFrame:
        """Lost lines in which the state has an advantage."""
        return self.lines.filter(pl.col("rca") > 1)

    def to_polars(self) -> pl.DataFrame:
        """One row a lost line, the largest loss first."""
        return self.lines


def overlap(one: pl.DataFrame, other: pl.DataFrame) -> float:
    """Sum over lines of the smaller of two shares; ``line, value`` each; NaN where one sells nothing."""
    totals = (one["value"].sum(), other["value"].sum())
    if not all(totals):
        return float("nan")
    both = one.join(other, on="line", suffix="_other")
    shares = pl.min_horizontal(pl.col("value") / totals[0], pl.col("value_other") / totals[1])
    return float(both.select(shares.sum()).item())


def advantage(exports: pl.DataFrame, state: str) -> pl.DataFrame:
    """Balassa's index and its symmetric form for every line that the world sells.

    Parameters
    ----------
    exports : polars.DataFrame
        ``state, line, value``.

    Returns
    -------
    polars.DataFrame
        ``line, sells, world, rca, srca``.
    """
    world = exports.group_by("line").agg(world=pl.col("value").sum())
    own = exports.filter(pl.col("state") == state).group_by("line").agg(sells=pl.col("value").sum())
    table = world.join(own, on="line", how="left").with_columns(pl.col("sells").fill_null(0.0))
    share = pl.col("sells") / pl.col("sells").sum() / (pl.col("world") / pl.col("world").sum())
    table = table.filter(pl.col("world") > 0).with_columns(rca=share.fill_nan(0.0))
    return table.with_columns(srca=(pl.col("rca") - 1) / (pl.col("rca") + 1)).sort("line")


def openings_of(
    products: Products, state: str, market: str, by: tuple[str, ...], cut: int, window: int = 3, drop: float = 0.5
) -> Openings:  # fmt: skip
    """What a market no longer buys, against what a state exports.

    Parameters
    ----------
    products : Products
        With the flows of the state and the market.
    state, market : str
        ISO3.
    by : tuple of str
        Whose sales fell; empty: of all others together.
    cut : int
        First year in which the market is cut off.
    window : int
        Years pooled on each side of it.
    drop : float
        Share of a line's value that is lost at least.

    Raises
    ------
    NoDataError
        The files lack years on one side, the market's purchases from those states, or the state's exports.
    """
    held = products.years
    before = tuple(y for y in held if cut - window <= y < cut)
    after = tuple(y for y in held if cut <= y < cut + window)
    if not before or not after:
        side = "before" if not before else "from"
        raise NoDataError(
            f"products: {products.origin} holds {held[0]} to {held[-1]}, and no year {side} {cut}; give files of these "
            "years"
        )
    bought = [_sold(products, market, years) for years in (before, after)]
    if by:
        absent = [s for s in by if s not in set(bought[0]["source"])]
        if absent:
            raise NoDataError(
                f"products: {absent[0]} sold {market} nothing in {before[0]} to {before[-1]}; leave it out"
            )
    left = [_left(b, by, state) for b in bought]
    exports = _elsewhere(products, market, after)
    own = advantage(exports, state)
    if not own["sells"].sum():
        raise NoDataError(
            f"products: {products.origin} holds no exports of {state} from {cut} on; name another state"
        )
    lines = _lines(products, bought, left, own, _gone(exports, by, market), state, drop)
    strong = own.filter(pl.col("rca") > 1)["line"].implode()
    was = left[0]
    suits, whole = (
        float(w["value"].sum()) for w in (was.filter(pl.col("line").is_in(strong)), was)
    )
    sells, buys = (_of(products, s, before) for s in (state, market))
    return Openings(
        state, market, by, before, after, drop, products.digits, lines, suits / (whole or 1.0),
        (overlap(sells[0], buys[1]), overlap(buys[0], sells[1])), overlap(sells[0], was), products.origin,
        products.rows, products.skipped, products.rejected, products.citation,
    )  # fmt: skip


def _yearly(data: pl.DataFrame, years: tuple[int, ...], *keys: str) -> pl.DataFrame:
    """Mean a year over some years."""
    some = data.filter(pl.col("year").is_in(years))
    return some.group_by(*keys, "line").agg(pl.col("value").sum() / len(years))


def _sold(products: Products, market: str, years: tuple[int, ...]) -> pl.DataFrame:
    """``source, line, value`` sold to the market."""
    return _yearly(products.flows.filter(pl.col("target") == market), years, "source")


def _left(bought: pl.DataFrame, by: tuple[str, ...], state: str) -> pl.DataFrame:
    """``line, value`` of those that left, or of all but the state."""
    who = pl.col("source").is_in(by) if by else pl.col("source") != state
    return bought.filter(who).group_by("line").agg(pl.col("value").sum())


def _of(
    products: Products, state: str, years: tuple[int, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``line, value`` of what a state sells to all, and buys of all."""
    return (
        _yearly(products.exports.filter(pl.col("state") == state), years),
        _yearly(products.flows.filter(pl.col("target") == state), years),
    )


def _elsewhere(products: Products, market: str, years: tuple[int, ...]) -> pl.DataFrame:
    """``state, line, value``: exports of all states to all but the market."""
    whole = _yearly(products.exports.filter(pl.col("state") != market), years, "state")
    there = _sold(products, market, years).rename({"source": "state"})
    both = whole.join(there, on=["state", "line"], how="left", suffix="_there")
    value = (pl.col("value") - pl.col("value_there").fill_null(0.0)).clip(0.0)
    return both.select("state", "line", value=value)


def _gone(exports: pl.DataFrame, by: tuple[str, ...], market: str) -> pl.DataFrame:
    """``line, others``: what remaining suppliers sell elsewhere."""
    remaining = exports.filter(~pl.col("state").is_in([*by, market]))
    return remaining.group_by("line").agg(others=pl.col("value").sum())


def _lines(
    products: Products, bought: list[pl.DataFrame], left: list[pl.DataFrame], own: pl.DataFrame, remaining: pl.DataFrame,
    state: str, drop: float,
) -> pl.DataFrame:  # fmt: skip
    """The table of lost lines."""
    table = (
        left[0]
        .rename({"value": "before"})
        .join(left[1].rename({"value": "after"}), on="line", how="left")
    )
    for name, data in zip(("all_before", "all_after"), bought, strict=True):
        table = table.join(
            data.group_by("line").agg(pl.col("value").sum().alias(name)), on="line", how="left"
        )
    for name, data in zip(("sold_before", "sold_after"), bought, strict=True):
        mine = data.filter(pl.col("source") == state).select("line", pl.col("value").alias(name))
        table = table.join(mine, on="line", how="left")
    table = table.join(own, on="line", how="left").join(remaining, on="line", how="left")
    numbers = [c for c in table.columns if c not in ("line", "srca")]
    table = table.with_columns(pl.col(numbers).fill_null(0.0), pl.col("srca").fill_null(-1.0))
    table = table.with_columns(lost=pl.col("before") - pl.col("after")).filter(
        pl.col("lost") > 0, pl.col("lost") >= drop * pl.col("before")
    )
    others = [pl.col(f"all_{t}") - pl.col(t) - pl.col(f"sold_{t}") for t in ("before", "after")]
    part = pl.when(pl.col("others") > 0).then(pl.col("sells") / pl.col("others")).otherwise(0.0)
    share = pl.when(pl.col("world") > 0).then(pl.col("sells") / pl.col("world")).otherwise(0.0)
    table = table.with_columns(
        replaced=others[1] - others[0], share=share, expected=pl.col("lost") * part.clip(0.0, 1.0),
        name=pl.col("line").map_elements(lambda k: line_name(k, products.names), pl.String),
    )  # fmt: skip
    return table.select(pl.col(c).cast(t) for c, t in _LINES.items()).sort(
        "lost", "line", descending=[True, False]
    )
