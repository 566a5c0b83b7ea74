"""How a state depends on others for arms and for trade: shares of partners, and how concentrated they are.

Herfindahl and Hirschman's index is the sum of squared shares: 1 for one partner alone, 1/n for n equal ones. Deliveries of arms come
in lumps, so that the index is given with its range when each year of the window is left out in turn, and with the
years in which anything was delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import polars as pl

from quadrille.economy.panel import named
from quadrille.kernels.arrays import Array
from quadrille.sources.layers.layer import Layer

__all__ = ["COLUMNS", "POOLED", "Dependence", "Reliance", "What", "dependence_of"]

What: TypeAlias = Literal["arms", "trade"]
# Years pooled, and how much older than the year asked for the last may be.
POOLED: dict[What, int] = {"arms": 5, "trade": 3}
_STALE = 5
COLUMNS: dict[What, tuple[str, ...]] = {"arms": ("tiv", "delivered_tiv"), "trade": ("value",)}


@dataclass(frozen=True, slots=True, eq=False)
class Reliance:
    """Partners of one state, in arms delivered to it or in trade both ways; P partners.

    Attributes
    ----------
    state : str
    what : {"arms", "trade"}
    origin : str
        Name of the layer of arms; of trade of its file, since layers of trade are named by the form of their files.
    citation : str
    first, last : int
        Years pooled.
    partners : tuple of str, length P
        Largest first.
    shares : ndarray, shape (P,)
    hhi : float
    hhi_range : tuple of (float, float)
        Smallest and largest with one year left out.
    years : int
        In which there was anything.
    """

    state: str
    what: What
    origin: str
    citation: str
    first: int
    last: int
    partners: tuple[str, ...]
    shares: Array
    hhi: float
    hhi_range: tuple[float, float]
    years: int

    def share(self, partner: str) -> float:
        """A partner's share; 0 where there was nothing."""
        return float(self.shares[self.partners.index(partner)]) if partner in self.partners else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """What is known of a state's dependence.

    Attributes
    ----------
    state : str
    year : int
        Read up to it.
    parts : tuple of Reliance
    missing : tuple of str
        ``arms``, ``trade``: of which no layer tells.
    """

    state: str
    year: int
    parts: tuple[Reliance, ...]
    missing: tuple[str, ...]

    def of(self, what: What) -> Reliance | None:
        """Arms, or trade."""
        return next((p for p in self.parts if p.what == what), None)


def dependence_of(layers: Mapping[str, Layer], state: str, year: int) -> Dependence:
    """A state's dependence in the years up to one.

    Parameters
    ----------
    layers : mapping of str to Layer
        Those with the role ``arms`` or ``trade``, by directed dyads, are asked.
    state : str
        ISO3.
    year : int
        The last that counts; what is more than five years older is not known.
    """
    found = {what: _reliance(layers, state, year, what) for what in POOLED}
    parts = tuple(p for p in found.values() if p is not None)
    return Dependence(state, year, parts, tuple(w for w, p in found.items() if p is None))


def _reliance(layers: Mapping[str, Layer], state: str, year: int, what: What) -> Reliance | None:
    """Of the layer that reaches nearest to the year."""
    made = [
        r
        for layer in layers.values()
        if layer.role == what and layer.unit == "directed dyad"
        for column in COLUMNS[what]
        if column in layer.data.columns and (r := _read(layer, column, state, year, what))
    ]
    return max(made, key=lambda r: r.last) if made else None


def _read(layer: Layer, column: str, state: str, year: int, what: What) -> Reliance | None:
    held = layer.data.filter(pl.col("year") <= year)["year"].max()
    if not isinstance(held, int) or held < year - _STALE:
        return None
    first = held - POOLED[what] + 1
    to = pl.col("target") == state
    mine = layer.data.filter(
        to if what == "arms" else to | (pl.col("source") == state),
        pl.col("year").is_between(first, held), pl.col(column) > 0,
    ).select("year", partner=pl.when(to).then("source").otherwise("target"), value=column)  # fmt: skip
    if mine.is_empty():
        return None
    order = (
        mine.group_by("partner")
        .agg(pl.col("value").sum())
        .sort("value", "partner", descending=[True, False])
    )
    partners = tuple(order["partner"])
    place = {p: k for k, p in enumerate(partners)}
    yearly = np.zeros((held - first + 1, len(partners)))
    for when, partner, value in mine.iter_rows():
        yearly[when - first, place[partner]] += value
    total = yearly.sum(axis=0)
    left = [t for t in total - yearly if t.sum() > 0] or [total]
    ranges = [_hhi(t) for t in left]
    return Reliance(
        state, what, layer.name if what == "arms" else named(layer), layer.citation, first, held, partners, total / total.sum(), _hhi(total), (min(ranges), max(ranges)),
        int((yearly.sum(axis=1) > 0).sum()),
    )  # fmt: skip


def _hhi(values: Array) -> float:
    return float(((values / values.sum()) ** 2).sum())
