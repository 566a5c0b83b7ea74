"""How much two countries trade against what size, distance, language and the like lead one to expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl

from quadrille.economy.gravity import Fit, Gravity, correction, fit, prediction_se
from quadrille.economy.panel import TradePanel, dropped_rows
from quadrille.errors import NoDataError
from quadrille.kernels.constants import Z90
from quadrille.results import Result
from quadrille.states.registry import names_of

__all__ = ["TIES", "Potential", "potential"]

TIES = ("log_distance", "contiguity", "language", "colony", "agreement")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Potential(Result):
    """Trade of two countries, actual and predicted.

    Attributes
    ----------
    state_a, state_b : str
    origin : str
    table : polars.DataFrame
        ``exporter, importer, period, actual, predicted`` (millions of USD), ``ratio`` (actual over predicted),
        ``ratio_lo90, ratio_hi90`` (for want of knowing the coefficients), ``percentile`` (share of the pairs of the
        year with a smaller ratio).
    world : polars.DataFrame
        ``period, lo50, hi50``: ratios between which half of all pairs of the year lie; ``n``.
    coefficients : polars.DataFrame
        ``regressor, estimate, se`` of the last year, standard errors freed of leverage.
    dropped : polars.DataFrame
        ``reason, rows``.
    rows : int
        Used, over all years.
    citations : tuple of str
        Of the trade.
    """

    kind: ClassVar[str] = "trade_potential"

    state_a: str
    state_b: str
    origin: str
    table: pl.DataFrame
    world: pl.DataFrame
    coefficients: pl.DataFrame
    dropped: pl.DataFrame
    rows: int
    citations: tuple[str, ...]
    frequency: str = "Y"

    @property
    def label(self) -> str:
        """``IND-CHN``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def periods(self) -> tuple[date, ...]:
        """Years estimated."""
        return tuple(self.world["period"])

    def to_polars(self) -> pl.DataFrame:
        """One row a direction and year."""
        return self.table


def potential(panel: TradePanel, a: str, b: str) -> Potential:
    """Each year's trade against the gravity equation of that year, without effects of pairs.

    Raises
    ------
    NoDataError
        The two have no row in the panel.
    """
    abroad = panel.data.filter(pl.col("exporter") != pl.col("importer"))
    pair = abroad.filter(pl.col("exporter").is_in((a, b)), pl.col("importer").is_in((a, b)))
    if pair.is_empty():
        missing = [c for c in (a, b) if c not in {*abroad["exporter"], *abroad["importer"]}]
        who = f"of {names_of(missing)}" if missing else f"between {names_of((a, b))}"
        raise NoDataError(f"trade: no trade {who} in {panel.origin}; give trade that holds it")
    if "distance" not in abroad.columns:
        raise NoDataError(
            f"trade: {panel.origin} holds no distances, without which no trade is to be expected; give CEPII Gravity, or a file "
            "with a column dist"
        )
    rows, world, dropped, used = [], [], [panel.dropped], 0
    found: Fit | None = None
    for year in sorted(pair["year"].unique()):
        of = TradePanel(
            abroad.filter(pl.col("year") == year), dropped_rows({}), panel.origin, panel.citations
        )
        found = fit(of, Gravity(_varying(of.data), "none"))
        used += found.n
        dropped.append(found.dropped)
        ratios = found.table.join(
            prediction_se(found), on=["exporter", "importer", "year"]
        ).with_columns(ratio=pl.col("value") / pl.col("fitted"))
        known = ratios["ratio"].to_numpy()
        world.append((date(year, 1, 1), *np.quantile(known, (0.25, 0.75)), len(known)))
        mine = ratios.filter(pl.col("exporter").is_in((a, b)), pl.col("importer").is_in((a, b)))
        for exporter, importer, value, fitted, se, ratio in mine.select(
            "exporter", "importer", "value", "fitted", "log_se", "ratio"
        ).iter_rows():
            off = np.exp(Z90 * se)
            rows.append(
                (exporter, importer, date(year, 1, 1), value, fitted, ratio, ratio / off, ratio * off,
                 float((known < ratio).mean()))
            )  # fmt: skip
    if found is None or not rows:
        raise NoDataError(
            f"trade: the pair {a}-{b} is separated in every year of {panel.origin}: it never trades"
        )
    made = correction(found)
    coefficients = pl.DataFrame(
        {"regressor": found.names, "estimate": found.coef, "se": np.sqrt(np.diag(made.corrected))}
    )
    columns = (
        "exporter", "importer", "period", "actual", "predicted", "ratio", "ratio_lo90", "ratio_hi90", "percentile"
    )  # fmt: skip
    lost = pl.concat(dropped).group_by("reason", maintain_order=True).agg(pl.col("rows").sum())
    return Potential(
        a, b, panel.origin, pl.DataFrame(rows, schema=columns, orient="row").sort("exporter", "period"),
        pl.DataFrame(world, schema=("period", "lo50", "hi50", "n"), orient="row"), coefficients, lost, used,
        panel.citations,
    )  # fmt: skip


def _varying(data: pl.DataFrame) -> tuple[str, ...]:
    """Those of `TIES` that are in the data and differ between pairs that year."""
    columns = {t: t.removeprefix("log_") for t in TIES}
    return tuple(
        t for t, c in columns.items() if c in data.columns and data[c].drop_nulls().n_unique() > 1
    )
