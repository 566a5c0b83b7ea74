r"""Whether a warmer tie trades more, and whether trade warms a tie.

Trade on the valence of the index, less what the witnesses that are trade themselves add to it (trade, and
formal influence, which counts trade), with exporter-time, importer-time and directed pair effects: only what moves within a pair, against
the moods of both of its states, tells. Valence now and in the past is the effect, its sum the long run; valence *to
come* is the test: it cannot have moved trade. The reverse asks whether trade tells valence four years on, given valence
now, and its test whether it tells valence four years *back* as well. Units are standard deviations of valence over pairs and
years.

Two limits stand. The index is smoothed: a year's level knows the years after it, so that leads take a part of the
effect. And valence has an error of its own, which pulls every coefficient towards zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from quadrille.economy.gravity import Fit, Gravity, correction, fit
from quadrille.economy.panel import TradePanel
from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array

__all__ = ["LITERATURE", "Warmth", "warmth_of_trade", "with_valence"]

# Fan, Wo & Xiang (2025, arXiv 2509.12084): trade in the long run for one standard deviation of alignment.
LITERATURE = 0.20
STEP = 4
_CIRCULAR = ("shift_trade", "shift_influence")


@dataclass(frozen=True, slots=True, eq=False)
class Warmth:
    """Estimates, in logs of trade for one standard deviation of valence, or the reverse.

    Attributes
    ----------
    sd, within : float
        Standard deviation of valence over pairs and years, and within pairs, on the scale of the index.
    table : polars.DataFrame
        ``question`` (trade on valence, valence on trade), ``term``, ``estimate``, ``se``.
    long_run : tuple of (float, float)
        Sum of valence now and before, and its standard error freed of leverage.
    n : int
        Rows of trade on valence.
    years : tuple of int
    origin : str
    dropped : polars.DataFrame
        ``reason, rows``.
    """

    sd: float
    within: float
    table: pl.DataFrame
    long_run: tuple[float, float]
    n: int
    years: tuple[int, ...]
    origin: str
    dropped: pl.DataFrame

    def of(self, term: str) -> tuple[float, float]:
        """Estimate and standard error of a term."""
        row = self.table.filter(pl.col("term") == term).row(0, named=True)
        return row["estimate"], row["se"]

    @property
    def trends(self) -> bool:
        """Whether trade goes with valence to come, at the ten per cent level: then the past is no cause either."""
        estimate, se = self.of(f"valence_lead{STEP}")
        return abs(estimate) > 1.6448536269514722 * se


def with_valence(panel: TradePanel, index: pl.DataFrame, shifts: tuple[int, ...]) -> TradePanel:
    """The panel with ``valence``, ``valence_lag4`` and ``valence_lead4`` and the like; of sales at home zero.

    Parameters
    ----------
    panel : TradePanel
    index : polars.DataFrame
        As `quadrille.index.shipped.read_index` gives it.
    shifts : tuple of int
        Years back (positive) or ahead (negative); 0: the year itself.
    """
    circular = [pl.col(c).fill_null(0.0) for c in _CIRCULAR if c in index.columns]
    level = pl.col("valence").cast(pl.Float64) - pl.sum_horizontal(*circular, pl.lit(0.0)).cast(
        pl.Float64
    )
    told = index.select("state_a", "state_b", pl.col("year").cast(pl.Int32), level.alias("level"))
    home = pl.col("exporter") == pl.col("importer")
    data = panel.data.with_columns(
        state_a=pl.min_horizontal("exporter", "importer"),
        state_b=pl.max_horizontal("exporter", "importer"),
    )
    for k in shifts:
        name = "valence" if k == 0 else f"valence_{'lag' if k > 0 else 'lead'}{abs(k)}"
        then = told.select(
            "state_a", "state_b", (pl.col("year") + k).alias("year"), pl.col("level").alias(name)
        )
        data = data.join(then.with_columns(pl.col("year").cast(data.schema["year"])), on=["state_a", "state_b", "year"],
                         how="left", maintain_order="left")  # fmt: skip
        data = data.with_columns(pl.when(home).then(0.0).otherwise(pl.col(name)).alias(name))
    return replace(panel, data=data.drop("state_a", "state_b"))


def warmth_of_trade(panel: TradePanel, index: pl.DataFrame) -> Warmth:
    """Estimate both ways, on years four apart.

    Raises
    ------
    NoDataError
        Index and trade have no pair in common.
    """
    shifts = (0, STEP, 2 * STEP, -STEP)
    last = int(panel.data["year"].to_numpy().max())
    years = tuple(sorted(set(range(last, int(panel.data["year"].to_numpy().min()) - 1, -STEP))))
    whole = with_valence(panel, index, shifts)
    whole = replace(whole, data=whole.data.filter(pl.col("year").is_in(list(years))))
    abroad = whole.data.filter(
        pl.col("exporter") != pl.col("importer"), pl.col("valence").is_not_null()
    )
    if abroad.height < 100:
        raise NoDataError(f"trade: the index of ties and {panel.origin} have no pairs in common")
    sd = float(abroad["valence"].to_numpy().std())
    names = ("valence", f"valence_lag{STEP}", f"valence_lag{2 * STEP}", f"valence_lead{STEP}")
    scaled = replace(whole, data=whole.data.with_columns(pl.col(n) / sd for n in names))
    agreed = ("agreement",) if "agreement" in panel.data.columns else ()
    now = fit(scaled, Gravity(("valence", *agreed), "directed"))
    spread = fit(scaled, Gravity((*names, *agreed), "directed"))
    made = correction(spread)
    total, se = _sum(spread, made.bias, made.corrected, names[:3])
    rows = [("trade on valence", "valence alone", *_freed(now, "valence"))]
    rows += [
        (
            "trade on valence",
            n,
            spread[n][0] - float(made.bias[k]),
            float(np.sqrt(made.corrected[k, k])),
        )
        for k, n in enumerate(names)
    ]
    rows.append(("trade on valence", "long run", total, se))
    past = fit(scaled, Gravity((*names[:3], *agreed), "directed"))
    without = correction(past)
    rows.append(
        (
            "trade on valence", "long run, lead left out",
            *_sum(past, without.bias, without.corrected, names[:3]),
        )
    )  # fmt: skip
    rows += _reverse(scaled, names)
    table = pl.DataFrame(rows, schema=("question", "term", "estimate", "se"), orient="row")
    within = abroad.select(
        (pl.col("valence") - pl.col("valence").mean().over("exporter", "importer"))
        .pow(2)
        .mean()
        .sqrt()
    ).item()
    return Warmth(
        sd, float(within), table, (total, se), spread.n, years, panel.origin, spread.dropped
    )


def _freed(found: Fit, name: str) -> tuple[float, float]:
    made = correction(found)
    k = found.names.index(name)
    return found[name][0] - float(made.bias[k]), float(np.sqrt(made.corrected[k, k]))


def _sum(found: Fit, bias: Array, cov: Array, names: tuple[str, ...]) -> tuple[float, float]:
    k = [found.names.index(n) for n in names]
    return float((found.coef - bias)[k].sum()), float(np.sqrt(cov[np.ix_(k, k)].sum()))


def _reverse(panel: TradePanel, names: tuple[str, ...]) -> list[tuple[str, str, float, float]]:
    """Valence four years on, and four years back, on the log of trade, given valence now: least squares."""
    abroad = panel.data.filter(
        pl.col("exporter") != pl.col("importer"),
        pl.col("value") > 0,
        pl.col("valence").is_not_null(),
    ).with_columns(log_trade=pl.col("value").log())
    rows = []
    for term, outcome in (("valence in 4 years", names[3]), ("valence 4 years ago", names[1])):
        # Least squares of logs: the exponential of valence in the place of the flow.
        data = abroad.filter(pl.col(outcome).is_not_null()).with_columns(
            value=pl.col(outcome).exp()
        )
        found = fit(
            replace(panel, data=data), Gravity(("log_trade", "valence"), "directed", method="ols")
        )
        rows.append(("valence on trade", term, *found["log_trade"]))
    return rows
