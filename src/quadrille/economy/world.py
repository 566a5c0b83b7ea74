"""The trading world of a year: what every country sells to every other and to itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from quadrille.economy.panel import TradePanel
from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.states.registry import names_of

__all__ = ["TradeWorld", "trade_world"]


@dataclass(frozen=True, slots=True, eq=False)
class TradeWorld:
    """Flows of one year among N countries.

    Attributes
    ----------
    states : tuple of str, length N
        ISO3.
    flows : ndarray, shape (N, N)
        From row to column, own sales on the diagonal, millions of current USD.
    year : int
    origin : str
    agreements : frozenset of (str, str)
        Exporter and importer that have an agreement that year, where the data say.
    absent : tuple of str
        Countries of the data that year that are left out: what they sell to themselves is not known.
    citations : tuple of str
    """

    states: tuple[str, ...]
    flows: Array
    year: int
    origin: str
    agreements: frozenset[tuple[str, str]]
    absent: tuple[str, ...]
    citations: tuple[str, ...]

    @property
    def period(self) -> date:
        """First day of the year."""
        return date(self.year, 1, 1)

    def places(self, codes: tuple[str, ...]) -> list[int]:
        """Where states stand.

        Raises
        ------
        NoDataError
            One is not in the world.
        """
        missing = [c for c in codes if c not in self.states]
        if missing:
            why = "; its sales to itself are not known" if missing[0] in self.absent else ""
            raise NoDataError(
                f"trade: {names_of(missing[:1])} is not in {self.origin} of {self.year}{why}: give trade that holds it, with what "
                "each country sells to itself"
            )
        return [self.states.index(c) for c in codes]


def trade_world(panel: TradePanel, year: int | None = None) -> TradeWorld:
    """The world of a year, by default the last.

    Raises
    ------
    NoDataError
        Sales of countries to themselves are not in the data, or nothing is of that year.
    """
    own = panel.data.filter(pl.col("exporter") == pl.col("importer"), pl.col("value") > 0)
    if own.is_empty():
        raise NoDataError(
            f"trade: {panel.origin} lacks what each country sells to itself, without which no world can be solved; "
            "give the panel of Yotov et al., or another with such rows"
        )
    last = int(own["year"].to_numpy().max()) if year is None else year
    data = panel.data.filter(pl.col("year") == last)
    states = sorted(own.filter(pl.col("year") == last)["exporter"])
    if len(states) < 2:
        first, final = (str(y) for y in (own["year"].min(), own["year"].max()))
        raise NoDataError(
            f"trade: {panel.origin} holds no world of {last}; years {first} to {final}"
        )
    place = {s: k for k, s in enumerate(states)}
    within = data.filter(pl.col("exporter").is_in(states), pl.col("importer").is_in(states))
    flows = np.zeros((len(states), len(states)))
    for exporter, importer, value in within.select("exporter", "importer", "value").iter_rows():
        flows[place[exporter], place[importer]] = value
    agreed: frozenset[tuple[str, str]] = frozenset()
    if "agreement" in within.columns:
        agreed = frozenset(
            within.filter(pl.col("agreement") > 0).select("exporter", "importer").rows()
        )
    absent = {*data["exporter"], *data["importer"]} - set(states)
    return TradeWorld(
        tuple(states), flows, last, panel.origin, agreed, tuple(sorted(absent)), panel.citations
    )
