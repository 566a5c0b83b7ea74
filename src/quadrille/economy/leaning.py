r"""Whether the share that one partner has of a state's arms or trade tells how warm the two will be.

Valence four years on, on the share and valence now, by least squares with effects of either state's year and of the pair. The test
is valence four years *back*, given valence now: the share of today cannot have moved it. Valence is taken without what arms, trade and
formal influence say of it. Then what a forecast would make of it: valence four years on from valence now and four years back, with the
share and without, fitted to the first half of the years and scored on the second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl

from quadrille.economy.dependence import COLUMNS, POOLED, What
from quadrille.economy.gravity import Gravity, fit
from quadrille.economy.panel import TradePanel, dropped_rows, named
from quadrille.errors import NoDataError
from quadrille.kernels.constants import Z90
from quadrille.sources.layers.layer import Layer
from quadrille.verdicts import Verdict, region_of, verdict_of

__all__ = ["Leaning", "leaning_of", "shipped_leanings", "write_leanings"]

_STEP = 4
_FEWEST = 4
_CIRCULAR = ("shift_arms", "shift_trade", "shift_influence")
_PAIR = ["source", "target", "year"]


@dataclass(frozen=True, slots=True)
class Leaning:
    """What one standard deviation of a share goes with, in standard deviations of valence.

    Attributes
    ----------
    what : {"arms", "trade"}
    origin : str
    first, last : int
        Years of the shares.
    n : int
        Rows: a state, its partner and a year.
    spread : float
        Standard deviation of the shares of partners that have one.
    ahead, back : tuple of (float, float)
        Valence four years on, and four years back: estimate and standard error.
    split : int
        First year scored.
    scored : int
        Rows scored.
    gain : float
        Share of the squared error that the share saves; below zero: it adds to it.
    """

    what: What
    origin: str
    first: int
    last: int
    n: int
    spread: float
    ahead: tuple[float, float]
    back: tuple[float, float]
    split: int
    scored: int
    gain: float

    def band(self, which: tuple[float, float]) -> tuple[float, float, float]:
        """Low end, estimate and high end of a 90% band."""
        value, se = which
        return value - Z90 * se, value, value + Z90 * se

    @property
    def verdict(self) -> Verdict:
        """Whether it moves valence to come; undetermined where valence past goes with it too."""
        (low, _, high), (past_low, _, past_high) = self.band(self.ahead), self.band(self.back)
        small = verdict_of(low, high, region_of(1.0))
        clean = past_low <= 0 <= past_high
        return small if small.way == 0 else verdict_of(low, high, region_of(1.0), clean)


def leaning_of(layers: Mapping[str, Layer], index: pl.DataFrame, what: What) -> Leaning:
    """Estimate from the layer of arms or trade, and the index of ties.

    Parameters
    ----------
    layers : mapping of str to Layer
    index : polars.DataFrame
        As `quadrille.index.shipped.read_index` gives it.
    what : {"arms", "trade"}

    Raises
    ------
    NoDataError
        No such layer, or it has too few years in common with the index.
    OptionError, NotConvergedError
        As of `quadrille.economy.gravity.fit`.
    """
    layer, column = _layer(layers, what)
    first, last = (int(f(layer.data["year"].to_numpy())) for f in (np.min, np.max))
    end = min(last, int(index["year"].to_numpy().max()) - _STEP)
    years = sorted(range(end, first + POOLED[what] - 2, -_STEP))
    if len(years) < _FEWEST:
        raise NoDataError(
            f"{what}: {named(layer)} has too few years in common with the index; give more"
        )
    shares = _shares(layer, column, what, years)
    spread = float(shares["share"].to_numpy().std())
    data = _with_valence(shares.with_columns(pl.col("share") / spread), index, what)
    ahead, back = (_within(data, to) for to in ("ahead", "back"))
    split = years[len(years) // 2]
    scored, gain = _held_out(data.drop_nulls(["ahead", "back"]), split)
    n = data.drop_nulls("ahead").height
    return Leaning(
        what, named(layer), years[0], years[-1], n, spread, ahead, back, split, scored, gain
    )


def _layer(layers: Mapping[str, Layer], what: What) -> tuple[Layer, str]:
    for layer in layers.values():
        if layer.role == what and layer.unit == "directed dyad":
            for column in COLUMNS[what]:
                if column in layer.data.columns:
                    return layer, column
    raise NoDataError(f"layers: no {what} between states among them; give some")


def _shares(layer: Layer, column: str, what: What, years: list[int]) -> pl.DataFrame:
    """``source, target, year, share``: of the target's arms or trade that the source has, years pooled."""
    ends = [
        pl.col("source", "target"),
        pl.col("year").cast(pl.Int64),
        pl.col(column).alias("value"),
    ]
    flows = layer.data.filter(pl.col(column) > 0).select(*ends)
    if what == "trade":
        turned = flows.rename({"source": "target", "target": "source"})
        flows = pl.concat([flows, turned.select(flows.columns)])
    pooled = [
        flows.filter(pl.col("year").is_between(t - POOLED[what] + 1, t))
        .group_by("source", "target")
        .agg(pl.col("value").sum())
        .with_columns(year=pl.lit(t, pl.Int64))
        for t in years
    ]
    share = pl.col("value") / pl.col("value").sum().over("target", "year")
    return pl.concat(pooled).select(*_PAIR, share=share)


def _with_valence(shares: pl.DataFrame, index: pl.DataFrame, what: What) -> pl.DataFrame:
    """Pairs of the index with the share, and ``now, ahead, back`` in standard deviations of valence.

    Of arms every pair of a state that received some; of trade those whose trade is recorded.
    """
    circular = [pl.col(c).fill_null(0.0) for c in _CIRCULAR if c in index.columns]
    level = pl.col("valence") - pl.sum_horizontal(*circular, pl.lit(0.0))
    keys = [pl.col("state_a").alias("source"), pl.col("state_b").alias("target")]
    one = index.select(*keys, pl.col("year").cast(pl.Int64), now=level.cast(pl.Float64))
    both = pl.concat(
        [one, one.rename({"source": "target", "target": "source"}).select(one.columns)]
    )
    data = both.join(shares.select("target", "year").unique(), on=["target", "year"], how="semi")
    data = data.join(shares, on=_PAIR, how="left" if what == "arms" else "inner")
    data = data.with_columns(pl.col("share").fill_null(0.0))
    for name, years in (("ahead", _STEP), ("back", -_STEP)):
        then = both.select("source", "target", pl.col("year") - years, pl.col("now").alias(name))
        data = data.join(then, on=_PAIR, how="left")
    sd = float(data["now"].to_numpy().std())
    return data.with_columns(pl.col("now", "ahead", "back") / sd)


def _within(data: pl.DataFrame, to: str) -> tuple[float, float]:
    """Estimate and standard error of the share, with effects of either's year and of the pair."""
    # Least squares of logs: the exponential of valence in the place of the flow.
    rows = data.drop_nulls(to).with_columns(value=pl.col(to).exp())
    rows = rows.rename({"source": "exporter", "target": "importer"})
    panel = TradePanel(rows, dropped_rows({}), "", ())
    return fit(panel, Gravity(("share", "now"), "directed", method="ols"))["share"]


def _held_out(data: pl.DataFrame, split: int) -> tuple[int, float]:
    """Rows scored, and the share of their squared error that the share saves."""
    # What is learnt from ends before what is scored begins.
    old, new = data.filter(pl.col("year") + _STEP <= split), data.filter(pl.col("year") >= split)
    errors = []
    for names in (["now", "back"], ["now", "back", "share"]):
        x, z = (
            np.column_stack([np.ones(d.height), d.select(names).to_numpy()]) for d in (old, new)
        )
        beta = np.linalg.lstsq(x, old["ahead"].to_numpy(), rcond=None)[0]
        errors.append(float(np.square(new["ahead"].to_numpy() - z @ beta).sum()))
    return new.height, 1.0 - errors[1] / errors[0]


def write_leanings(found: Sequence[Leaning], path: Path) -> None:
    """Keep estimates as a file."""
    path.write_text(json.dumps([asdict(x) for x in found], indent=1) + "\n", encoding="utf-8")


@cache
def shipped_leanings() -> tuple[Leaning, ...]:
    """The estimates that came with the package; no estimation, no extra."""
    text = files("quadrille.economy").joinpath("data/leaning.json").read_text(encoding="utf-8")
    return tuple(
        Leaning(**said | {"ahead": tuple(said["ahead"]), "back": tuple(said["back"])})
        for said in json.loads(text)
    )
