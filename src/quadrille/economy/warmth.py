r"""Whether a warmer tie trades more, and whether trade warms a tie.

Trade on the valence of the index, less what the witnesses that are trade themselves add to it (trade, and
formal influence, which counts trade), with exporter-time, importer-time and directed pair effects: only what moves within a pair, against
the moods of both of its states, tells. Valence now and in the past is the effect, its sum the long run; valence *to
come* is the test: it cannot have moved trade. The reverse asks whether trade tells valence four and eight years on, given valence
now, and its test whether it tells valence four and eight years *back* as well. Units are standard deviations of valence over pairs and
years.

Two limits stand. The index is smoothed: a year's level knows the years after it, so that leads take a part of the
effect. And valence has an error of its own, which pulls every coefficient towards zero.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from quadrille.economy.gravity import Fit, Gravity, agreement_effect, correction, fit
from quadrille.economy.panel import DROPPED, TradePanel
from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.results import Result
from quadrille.verdicts import REGION, Verdict, region_of, verdict_of

__all__ = [
    "AGREED", "ALONE", "LITERATURE", "LONG_RUN", "STEP", "WITHOUT_LEAD", "Warmth", "shipped_warmth", "warmth_of_trade", "with_valence",
    "write_warmth",
]  # fmt: skip

# Fan, Wo & Xiang (2025, arXiv 2509.12084): trade in the long run for one standard deviation of alignment.
LITERATURE = 0.20
STEP = 4
ALONE, LONG_RUN, WITHOUT_LEAD = "valence alone", "long run", "long run, lead left out"
ON_TRADE, ON_VALENCE = "trade on valence", "valence on trade"
AGREED = "agreement"
_LAGS = ("valence", f"valence_lag{STEP}", f"valence_lag{2 * STEP}")
_LEAD = f"valence_lead{STEP}"
# What the reverse asks for: term → column.
_REVERSE = {
    f"valence in {STEP} years": _LEAD,
    f"valence in {2 * STEP} years": f"valence_lead{2 * STEP}",
    f"valence {STEP} years ago": _LAGS[1],
    f"valence {2 * STEP} years ago": _LAGS[2],
}
_CIRCULAR = ("shift_trade", "shift_influence")
_FEWEST = 100
_TABLE = {"question": pl.String, "term": pl.String, "estimate": pl.Float64, "se": pl.Float64}

Row = tuple[str, str, float, float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Warmth(Result):
    """Estimates, in logs of trade for one standard deviation of valence, or the reverse.

    Attributes
    ----------
    sd, within : float
        Standard deviation of valence over pairs and years, and within pairs, on the scale of the index.
    table : polars.DataFrame
        ``question`` (trade on valence, valence on trade, trade on agreement where the panel says who has one), ``term``,
        ``estimate``, ``se``.
    n : int
        Rows of trade on valence.
    years : tuple of int
    origin : str
    dropped : polars.DataFrame
        ``reason, rows``.
    """

    kind: ClassVar[str] = "trade_warmth"

    sd: float
    within: float
    table: pl.DataFrame
    n: int
    years: tuple[int, ...]
    origin: str
    dropped: pl.DataFrame
    frequency: str = "Y"

    @property
    def label(self) -> str:
        """Name of the trade data."""
        return self.origin

    @property
    def periods(self) -> tuple[date, ...]:
        """First days of the years."""
        return tuple(date(y, 1, 1) for y in self.years)

    def of(self, term: str) -> tuple[float, float]:
        """Estimate and standard error of a term."""
        row = self.table.filter(pl.col("term") == term).row(0, named=True)
        return row["estimate"], row["se"]

    def band(self, term: str) -> tuple[float, float, float]:
        """Low end, estimate and high end of a term's 90% band."""
        estimate, se = self.of(term)
        return estimate - Z90 * se, estimate, estimate + Z90 * se

    @property
    def long_run(self) -> tuple[float, float]:
        """Sum of valence now and before, and its standard error freed of leverage."""
        return self.of(LONG_RUN)

    @property
    def trends(self) -> bool:
        """Whether trade goes with valence to come, at the ten per cent level: then the past is no cause either."""
        low, _, high = self.band(_LEAD)
        return low > 0 or high < 0

    @property
    def verdict(self) -> Verdict:
        """Whether warmth moves trade in the long run; undetermined where trade goes with warmth to come."""
        low, _, high = self.band(LONG_RUN)
        return verdict_of(low, high, REGION, not self.trends)

    @property
    def reverse_trends(self) -> bool:
        """Whether trade tells valence past as well as valence to come."""
        bands = [self.band(t) for t in _REVERSE if t.endswith("ago") and self._has(t)]
        return any(low > 0 or high < 0 for low, _, high in bands)

    @property
    def reverse_verdict(self) -> Verdict:
        """Whether one more log of trade moves valence four years on, in its standard deviations."""
        low, _, high = self.band(next(iter(_REVERSE)))
        small = verdict_of(low, high, region_of(1.0))
        return (
            small
            if small.way == 0
            else verdict_of(low, high, region_of(1.0), not self.reverse_trends)
        )

    @property
    def of_agreement(self) -> tuple[float, float, float] | None:
        """What an agreement does to valence four years on through trade: its 90% band; None where no agreement is in the data."""
        if not self._has(AGREED):
            return None
        (more, more_se), (warms, warms_se) = self.of(AGREED), self.of(next(iter(_REVERSE)))
        off = Z90 * float(np.hypot(warms * more_se, more * warms_se))
        return more * warms - off, more * warms, more * warms + off

    def _has(self, term: str) -> bool:
        return term in self.table["term"]

    def to_polars(self) -> pl.DataFrame:
        """One row a term: ``question, term, estimate, se, lo90, hi90``."""
        off = Z90 * pl.col("se")
        return self.table.with_columns(lo90=pl.col("estimate") - off, hi90=pl.col("estimate") + off)


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
    first, last = (int(f(panel.data["year"].to_numpy())) for f in (np.min, np.max))
    years = tuple(sorted(range(last, first - 1, -STEP)))
    whole = with_valence(panel, index, (0, STEP, 2 * STEP, -STEP, -2 * STEP))
    whole = replace(whole, data=whole.data.filter(pl.col("year").is_in(list(years))))
    abroad = whole.data.filter(
        pl.col("exporter") != pl.col("importer"), pl.col("valence").is_not_null()
    )
    if abroad.height < _FEWEST:
        raise NoDataError(
            f"trade: the index of ties and {panel.origin} have no pairs in common; give trade of the index's "
            "years and states"
        )
    sd = float(abroad["valence"].to_numpy().std())
    own = pl.col("valence") - pl.col("valence").mean().over("exporter", "importer")
    within = float(abroad.select(own.pow(2).mean().sqrt()).item())
    columns = dict.fromkeys((*_LAGS, *_REVERSE.values()))
    scaled = replace(whole, data=whole.data.with_columns(pl.col(n) / sd for n in columns))
    rows, spread = _direct(scaled)
    rows += _reverse(scaled)
    if AGREED in scaled.data.columns:
        effect = agreement_effect(scaled)
        rows.append(("trade on agreement", AGREED, effect.value, effect.se))
    table = pl.DataFrame(rows, schema=_TABLE, orient="row")
    return Warmth(sd, within, table, spread.n, years, panel.origin, spread.dropped)


def _direct(panel: TradePanel) -> tuple[list[Row], Fit]:
    """Trade on valence: alone, with past and future, their sum, and the sum without the future."""
    agreed = ("agreement",) if "agreement" in panel.data.columns else ()

    def freed(*names: str) -> tuple[Fit, Array, Array]:
        found = fit(panel, Gravity((*names, *agreed), "directed"))
        made = correction(found)
        return found, found.coef - made.bias, made.corrected

    alone, past, spread = freed(_LAGS[0]), freed(*_LAGS), freed(*_LAGS, _LEAD)
    rows: list[Row] = [(ON_TRADE, ALONE, *_sum(alone, _LAGS[:1]))]
    rows += [(ON_TRADE, n, *_sum(spread, (n,))) for n in (*_LAGS, _LEAD)]
    rows.append((ON_TRADE, LONG_RUN, *_sum(spread, _LAGS)))
    rows.append((ON_TRADE, WITHOUT_LEAD, *_sum(past, _LAGS)))
    return rows, spread[0]


def _sum(of: tuple[Fit, Array, Array], names: tuple[str, ...]) -> tuple[float, float]:
    """Sum of coefficients freed of bias, and its standard error."""
    found, coef, cov = of
    k = [found.names.index(n) for n in names]
    return float(coef[k].sum()), float(np.sqrt(cov[np.ix_(k, k)].sum()))


def _reverse(panel: TradePanel) -> list[Row]:
    """Valence years on, and years back, on the log of trade, given valence now: least squares."""
    abroad = panel.data.filter(
        pl.col("exporter") != pl.col("importer"),
        pl.col("value") > 0,
        pl.col("valence").is_not_null(),
    ).with_columns(log_trade=pl.col("value").log())
    rows: list[Row] = []
    for term, outcome in _REVERSE.items():
        # Least squares of logs: the exponential of valence in the place of the flow.
        data = abroad.filter(pl.col(outcome).is_not_null()).with_columns(
            value=pl.col(outcome).exp()
        )
        if data["year"].n_unique() < 2:
            continue
        found = fit(
            replace(panel, data=data), Gravity(("log_trade", "valence"), "directed", method="ols")
        )
        rows.append((ON_VALENCE, term, *found["log_trade"]))
    return rows


def write_warmth(found: Warmth, path: Path, index_version: str) -> None:
    """Keep estimates as a file, with the index that they are of."""
    said = {
        "index": index_version, "origin": found.origin, "n": found.n, "years": found.years, "sd": found.sd,
        "within": found.within, "table": found.table.rows(), "dropped": found.dropped.rows(),
    }  # fmt: skip
    path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


@cache
def shipped_warmth() -> Warmth:
    """The estimates that came with the package; no estimation, no extra."""
    text = files("quadrille.economy").joinpath("data/warmth.json").read_text(encoding="utf-8")
    said = json.loads(text)
    return Warmth(
        said["sd"], said["within"], pl.DataFrame(said["table"], schema=_TABLE, orient="row"), said["n"],
        tuple(said["years"]), said["origin"], pl.DataFrame(said["dropped"], schema=DROPPED, orient="row"),
    )  # fmt: skip
