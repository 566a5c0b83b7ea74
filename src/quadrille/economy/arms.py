r"""Who arms a state: shares of suppliers in windows of years, how concentrated they are, and when they moved.

Values are SIPRI's trend-indicator values of deliveries, which measure what weapons can do, not what was paid. The effective
number of suppliers is :math:`1/\sum_k p_k^2`, one over Herfindahl and Hirschman's index. Deliveries come in lumps: how much a share depends on single years is shown
by leaving out each year of the window in turn (a jackknife).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl

from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.breaks import break_or_slide
from quadrille.kernels.constants import BAND
from quadrille.results import Result
from quadrille.sources.layers.layer import Layer
from quadrille.states.registry import names_of

__all__ = ["Arms", "arms_of"]

# Deliveries by value of the year come before those shared out over the years of an order.
_VALUES = ("tiv", "delivered_tiv")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Arms(Result):
    """Suppliers of a state's arms; S suppliers, T windows.

    Attributes
    ----------
    state : str
    asked : str
        The supplier asked about; empty: none.
    origin : str
    citation : str
    window : int
        Years pooled.
    suppliers : tuple of str, length S
        Most delivered over all years first.
    periods : tuple of date, length T
        Last years of the windows.
    value : ndarray, shape (T, S)
        Delivered in the window, millions of TIV.
    low, high : ndarray, shape (T, S)
        Smallest and largest share with one year of the window left out.
    effective_range : ndarray, shape (2, T)
        Smallest and largest effective number with one year of the window left out.
    years : ndarray of int, shape (T,)
        Years of the window in which anything was delivered.
    moves : polars.DataFrame
        ``supplier, period, before, after, p_break, break_lo, break_mid, break_hi``: largest rise and fall of each large supplier's share from one window to
        the next that has no year in common with it; ``period`` is the first year of the later. Then the yearly
        shares around it read as a break or a slide (`quadrille.kernels.breaks`): probability of a break, and 5%, 50%
        and 95% points of its first year, null where too few years tell.
    """

    kind: ClassVar[str] = "arms"

    state: str
    asked: str
    origin: str
    citation: str
    window: int
    suppliers: tuple[str, ...]
    periods: tuple[date, ...]
    value: Array
    low: Array
    high: Array
    effective_range: Array
    years: Array
    moves: pl.DataFrame
    frequency: str = "Y"

    @property
    def label(self) -> str:
        """``PAK``."""
        return self.state

    @property
    def shares(self) -> Array:
        """Shape (T, S); NaN where nothing was delivered."""
        total = self.value.sum(axis=1, keepdims=True)
        none = np.full_like(self.value, np.nan)
        return np.asarray(np.divide(self.value, total, out=none, where=total > 0))

    @property
    def effective(self) -> Array:
        """Effective number of suppliers, shape (T,)."""
        return np.asarray(1.0 / (self.shares**2).sum(axis=1))

    def to_polars(self) -> pl.DataFrame:
        """One row a window and supplier that delivered in it."""
        t, s = np.nonzero(self.value > 0)
        return pl.DataFrame(
            {
                "period": [self.periods[k] for k in t], "supplier": [self.suppliers[k] for k in s],
                "value": self.value[t, s], "share": self.shares[t, s],
                "share_least": self.low[t, s], "share_most": self.high[t, s],
                "effective_suppliers": self.effective[t],
            },
            schema_overrides={"period": pl.Date, "supplier": pl.String},
        )  # fmt: skip


def arms_of(layers: Mapping[str, Layer], state: str, window: int = 5, asked: str = "") -> Arms:
    """Suppliers of a state's arms.

    Parameters
    ----------
    layers : mapping of str to Layer
    state : str
        ISO3.
    window : int
        Years pooled.
    asked : str
        ISO3 of a supplier to follow.

    Raises
    ------
    NoDataError
        No layer of arms, nothing delivered to the state, or fewer years than a window.
    """
    layer, column = _layer(layers)
    data = layer.data.filter(pl.col("target") == state, pl.col(column) > 0)
    if data.is_empty():
        raise NoDataError(
            f"arms: {layer.name} holds no deliveries to {names_of((state,))}; name another state"
        )
    years = range(int(str(data["year"].min())), int(str(layer.data["year"].max())) + 1)
    if len(years) < window:
        raise NoDataError(
            f"arms: {layer.name} holds {len(years)} years of {names_of((state,))}; give a window of at most that"
        )
    if asked and asked not in set(data["source"]):
        raise NoDataError(
            f"arms: {layer.name} holds no deliveries from {names_of((asked,))} to {names_of((state,))}; name another supplier"
        )
    totals = (
        data.group_by("source")
        .agg(pl.col(column).sum())
        .sort(column, "source", descending=[True, False])
    )
    suppliers = tuple(totals["source"])
    place = {s: k for k, s in enumerate(suppliers)}
    yearly = np.zeros((len(years), len(suppliers)))
    for source, year, value in data.select("source", "year", column).iter_rows():
        yearly[year - years[0], place[source]] += value
    rows = np.lib.stride_tricks.sliding_window_view(yearly, window, axis=0)
    value = rows.sum(axis=2)
    low, high = _jackknife(rows)
    periods = tuple(date(y, 1, 1) for y in years[window - 1 :])
    total = value.sum(axis=1, keepdims=True)
    shares = np.divide(value, total, out=np.full_like(value, np.nan), where=total > 0)
    moves = _with_breaks(
        _moves(shares, suppliers, periods, window, asked), yearly, suppliers, years[0], window
    )
    return Arms(
        state, asked, layer.name, layer.citation, window, suppliers, periods, value, low, high, _effective_range(rows),
        (rows.sum(axis=1) > 0).sum(axis=1), moves,
    )  # fmt: skip


def _layer(layers: Mapping[str, Layer]) -> tuple[Layer, str]:
    for column in _VALUES:
        for layer in layers.values():
            if layer.role == "arms" and column in layer.data.columns:
                return layer, column
    raise NoDataError(
        "layers: no deliveries of arms among them; give SIPRI's register or its table of values, or ingest one"
    )


def _jackknife(rows: Array) -> tuple[Array, Array]:
    """Smallest and largest share with one year left out, shape (T, S)."""
    left = rows.sum(axis=2, keepdims=True) - rows
    total = left.sum(axis=1, keepdims=True)
    share = np.divide(left, total, out=np.full_like(left, np.nan), where=total > 0)
    with np.errstate(invalid="ignore"):
        return np.fmin.reduce(share, axis=2), np.fmax.reduce(share, axis=2)


def _moves(
    shares: Array, suppliers: tuple[str, ...], periods: tuple[date, ...], window: int, asked: str
) -> pl.DataFrame:
    """Largest rise and fall between windows that follow on each other.

    Of the supplier asked about, and of those that ever had a tenth.
    """
    schema = {"supplier": pl.String, "period": pl.Date, "before": pl.Float64, "after": pl.Float64}
    rows: list[tuple[str, date, float, float]] = []
    if len(periods) > window:
        step = shares[window:] - shares[:-window]
        for k, supplier in enumerate(suppliers):
            known = step[:, k]
            small = supplier != asked and np.nanmax(shares[:, k], initial=0.0) < 0.1
            if small or np.isnan(known).all():
                continue
            for t in dict.fromkeys((int(np.nanargmax(known)), int(np.nanargmin(known)))):
                first = date(periods[t].year + 1, 1, 1)
                rows.append((supplier, first, float(shares[t, k]), float(shares[t + window, k])))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _effective_range(rows: Array) -> Array:
    """Smallest and largest effective number of suppliers with one year left out, shape (2, T)."""
    left = rows.sum(axis=2, keepdims=True) - rows
    total, squares = left.sum(axis=1), (left**2).sum(axis=1)
    number = np.divide(total**2, squares, out=np.full_like(total, np.nan), where=squares > 0)
    with np.errstate(invalid="ignore"):
        return np.stack([np.fmin.reduce(number, axis=1), np.fmax.reduce(number, axis=1)])


def _with_breaks(
    moves: pl.DataFrame, yearly: Array, suppliers: tuple[str, ...], first: int, window: int
) -> pl.DataFrame:
    """Each move's yearly shares, two windows either way, as a break or a slide."""
    total = yearly.sum(axis=1, keepdims=True)
    share = np.divide(yearly, total, out=np.full_like(yearly, np.nan), where=total > 0)
    rows: list[tuple[float | date | None, ...]] = []
    for supplier, period in moves.select("supplier", "period").iter_rows():
        at = period.year - first
        start = max(at - 2 * window, 0)
        y = share[start : at + 2 * window, suppliers.index(supplier)]
        turn = break_or_slide(y, np.zeros(y.size))
        if turn is None:
            rows.append((None,) * 4)
            continue
        points = np.searchsorted(np.cumsum(turn.dates), BAND).clip(max=y.size - 1)
        rows.append((turn.p_break, *(date(first + start + int(k), 1, 1) for k in points)))
    schema = {
        "p_break": pl.Float64,
        **dict.fromkeys(("break_lo", "break_mid", "break_hi"), pl.Date),
    }
    return moves.hstack(pl.DataFrame(rows, schema=schema, orient="row"))
