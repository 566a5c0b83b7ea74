"""A scenario as a result: one tie's paths in each way of reading the conditions, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np
import polars as pl

from quadrille.coupling.result import Diagnostics as CoupledDiagnostics
from quadrille.economy.dependence import Dependence
from quadrille.foresight.conditions import Supposed
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.panel.units import Unit
from quadrille.results import Result
from quadrille.verdicts import Verdict, region_of, verdict_of

if TYPE_CHECKING:
    from quadrille.foresight.card import ModelCard

__all__ = ["FEWEST_EFFECTIVE", "Hazards", "Reading", "Scenario", "Way"]

Way: TypeAlias = Literal["see", "do", "do at once"]
# Proposals of bounds that must count in a draw.
FEWEST_EFFECTIVE = 4.0


@dataclass(frozen=True, slots=True)
class Hazards:
    """Survival by warm spells of the world against that by a scenario's paths.

    Attributes
    ----------
    table : polars.DataFrame or None
        As `quadrille.foresight.survival.compare_survival` gives it; None: undetermined.
    thaw : (date, int, bool) or None
        Start and age in periods of the tie's warm spell, and that it is still on.
    spells : int
        Warm spells used.
    why : str
        Why it is undetermined.
    """

    table: pl.DataFrame | None
    thaw: tuple[date, int, bool] | None = None
    spells: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The forecast of one tie under the conditions, in one way of reading them.

    Attributes
    ----------
    way : {"see", "do", "do at once"}
    identification : str
    paths, base : ndarray, shape (draw, step)
        The tie with and without the conditions, on the model's scale, from the same shocks.
    reported, base_reported : ndarray, shape (step,)
        P(what is reported of the period is warm), with and without the conditions: reports are noisier
        than the tie.
    mean, base_mean : ndarray, shape (draw, step)
        Expected paths in each draw.
    parts : ndarray, shape (condition, step)
        What each condition adds to the expected path, averaged over draws; a bound adds what it
        lifts the expectation by.
    kl : float
        Implausibility: Kullback-Leibler divergence of the scenario from the unconditional forecast, in
        nats, median over draws. For means that are moved, half their squared Mahalanobis distance;
        for bounds, minus the log of their probability.
    coin : float
        The same as a coin (McCulloch 1989): the scenario is as far from the forecast as a coin that
        falls heads with this probability is from a fair one, tossed once for every shock; 0.5: not at
        all.
    surprise : float
        Probability that the unconditional forecast strays as far in the scenario's direction, either
        way, and keeps the bounds.
    possible : float
        Probability of the bounds, given the other conditions; 1 without bounds.
    effective, proposals : float, int
        How many proposals of bounds count in a draw (Kish; mean over draws), and of how many: 16, or 64
        where fewer than four of them count. Without bounds, one of one.
    told : dict
        The columns that the conditions leave as they are, once they were asked for.
    """

    way: Way
    identification: str
    paths: Array
    base: Array
    reported: Array
    base_reported: Array
    mean: Array
    base_mean: Array
    parts: Array
    kl: float
    coin: float
    surprise: float
    possible: float
    effective: float
    proposals: int
    told: dict[str, list[float]] = field(default_factory=dict, repr=False)

    @property
    def trusted(self) -> bool:
        """There are no bounds, or on average at least four proposals count in a draw."""
        return self.effective >= min(FEWEST_EFFECTIVE, self.proposals)

    @property
    def difference(self) -> Array:
        """What the conditions change in the expected path, ``(draw, step)``."""
        return self.mean - self.base_mean

    def line(self) -> str:
        """One line for people on the sampling of bounds; starts with NOT RELIABLE when it failed."""
        state = "ok" if self.trusted else "NOT RELIABLE"
        return (
            f"{state}: {self.effective:.1f} of {self.proposals} proposals count in a draw; the bounds "
            f"hold with probability {self.possible:.2g}"
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scenario(Result):
    """One tie's future under conditions on others.

    Attributes
    ----------
    tie : str
        Label such as ``PAK-RUS``.
    conditions : tuple of Supposed
        Each with its tie, and what exactly is supposed of it in words.
    periods : tuple of date, length step
        First days of the periods forecast.
    months : tuple of int, length step
        Months after the last period of the data.
    frequency, origin, facet : str
    unit : Unit
        Of the tie, as in the model.
    neutral : float
        Level above which a tie is called warm.
    last : date
        Last period of the data.
    p_warm_now : float
        P(the tie is warm in the last period).
    readings : tuple of Reading
    conditioned : dict of str to ndarray, shape (draw, step)
        Paths of the conditioned ties in the first reading.
    expected : dict of str to ndarray, shape (draw, step)
        The same without the conditions.
    diagnostics : quadrille.coupling.Diagnostics
        Of the model.
    provenance : dict
        Of the model, and ``ties``, those it holds.
    spread : float
        Standard deviation of the tie over the periods of the data, on the model's scale.
    marked : tuple of int
        Steps, from 0, at which the conditions begin, end or reach their goal.
    asked : tuple of str
        ISO3 of the tie's states in the order asked for; empty: as in ``tie``.
    floor : float or None
        Shown level that survival is counted above; None: the neutral level.
    hazards : Hazards or None
        The survival of warm spells of the world, to set against that of the paths.
    record : ModelCard or None
        How often such forecasts from past dates were right.
    dependence : tuple of Dependence
        Of the tie's states for arms and trade, up to the last period of the data.
    tables : dict
        The columns of readings by their ways, once they were asked for.
    """

    kind: ClassVar[str] = "whatif"

    tie: str
    conditions: tuple[Supposed, ...]
    periods: tuple[date, ...]
    months: tuple[int, ...]
    frequency: str
    origin: str
    facet: str
    unit: Unit
    neutral: float
    last: date
    p_warm_now: float
    readings: tuple[Reading, ...]
    conditioned: dict[str, Array]
    expected: dict[str, Array]
    diagnostics: CoupledDiagnostics
    provenance: dict[str, Any]
    spread: float = float("nan")
    marked: tuple[int, ...] = ()
    asked: tuple[str, ...] = ()
    floor: float | None = None
    hazards: Hazards | None = None
    record: ModelCard | None = None
    dependence: tuple[Dependence, ...] = ()
    tables: dict[str, dict[str, list[Any]]] = field(default_factory=dict, init=False)

    @property
    def label(self) -> str:
        """``PAK-RUS``, in the order asked for."""
        return "-".join(self.asked) or self.tie

    @property
    def trusted(self) -> bool:
        """The model has converged, and so has the sampling of bounds."""
        return self.diagnostics.trusted and all(r.trusted for r in self.readings)

    @property
    def warm_now(self) -> bool:
        """Whether the tie is more likely warm than not in the last period of the data."""
        return self.p_warm_now >= 0.5

    def to_polars(self) -> pl.DataFrame:
        """One row a reading and period.

        Returns
        -------
        polars.DataFrame
            ``way, period, month``; ``level, lo90, hi90``: the tie under the conditions, as its
            ``unit`` shows it; ``base_level, base_lo90, base_hi90``: without them;
            ``diff, diff_lo90, diff_hi90``: what the conditions change in the expected path, on the
            model's scale; ``p_warm, base_p_warm``: P(warm in the period); ``p_reported,
            base_p_reported``: P(what is reported of the period is warm); ``p_stays, base_p_stays``: P(warm in
            every period up to it).
        """
        return pl.concat(self.rows(r.way) for r in self.readings)

    def rows(self, way: str) -> pl.DataFrame:
        """The rows of `to_polars` of one reading."""
        return pl.DataFrame(self.columns(way))

    def columns(self, way: str) -> dict[str, list[Any]]:
        """The same as lists: no table is made where a page only writes them down."""
        if way not in self.tables:
            self.tables[way] = self._columns(next(r for r in self.readings if r.way == way))
        return self.tables[way]

    def row(self, way: str, step: int) -> dict[str, Any]:
        """One of the rows of a reading, by its step from 0, or from -1 back."""
        return {name: values[step] for name, values in self.columns(way).items()}

    def largest(self, way: str) -> dict[str, Any]:
        """The row of a reading where the expected path changes most."""
        return self.row(way, int(np.abs(self.columns(way)["diff"]).argmax()))

    def verdict(self, row: Mapping[str, Any]) -> Verdict:
        """Whether the conditions move the expected path in a row of `to_polars`."""
        return verdict_of(row["diff_lo90"], row["diff_hi90"], region_of(self.spread), self.trusted)

    def _columns(self, r: Reading) -> dict[str, list[Any]]:
        if not r.told:
            r.told.update(self._path(r.base, r.base_reported))
        got, bands = self._path(r.paths, r.reported), ("level", "lo90", "hi90")
        lo, mid, hi = _bands(r.difference).tolist()
        return {
            "way": [r.way] * len(self.periods), "period": list(self.periods), "month": list(self.months),
            **{n: got.pop(n) for n in bands}, **{f"base_{n}": r.told[n] for n in bands},
            "diff": mid, "diff_lo90": lo, "diff_hi90": hi, **got, **{f"base_{n}": r.told[n] for n in got},
        }  # fmt: skip

    def _path(self, paths: Array, reported: Array) -> dict[str, list[float]]:
        """What is told of paths ``(draw, step)``, period by period."""
        lo, mid, hi = self.unit.shown(_bands(paths)).tolist()
        warm, many = paths > self.neutral, len(paths)
        stays = np.logical_and.accumulate(warm, axis=1)
        return {
            "level": mid, "lo90": lo, "hi90": hi, "p_warm": (warm.sum(axis=0) / many).tolist(),
            "p_reported": reported.tolist(), "p_stays": (stays.sum(axis=0) / many).tolist(),
        }  # fmt: skip

    def survival(self, floor: float | None = None) -> pl.DataFrame:
        """One row a reading: how long the tie stays above a floor, with and without the conditions.

        Parameters
        ----------
        floor : float, optional
            In the unit of ``level`` of `to_polars`; by default the scenario's.

        Returns
        -------
        polars.DataFrame
            ``way``; ``p_above, base_p_above``: P(above the floor at the end); ``p_never_below,
            base_p_never_below``: P(above it in every period forecast); ``months, base_months``: expected
            months until the first period below it, counted to the end of the forecast at most.

        Raises
        ------
        OptionError
            The floor lies outside the unit.
        """
        floor = self.floor if floor is None else floor
        level = self.neutral if floor is None else float(self.unit.on_scale(floor))
        rows: list[dict[str, Any]] = []
        for r in self.readings:
            row: dict[str, Any] = {"way": r.way}
            for name, paths in (("", r.paths), ("base_", r.base)):
                above = paths > level
                stays = np.logical_and.accumulate(above, axis=1)
                row[f"{name}p_above"] = float(above[:, -1].mean())
                row[f"{name}p_never_below"] = float(stays[:, -1].mean())
                row[f"{name}months"] = float(stays.sum(axis=1).mean() * self.months[0])
            rows.append(row)
        return pl.DataFrame(rows)

    def attribution(self) -> pl.DataFrame:
        """One row a reading and condition: what it adds to the expected path at the end.

        Returns
        -------
        polars.DataFrame
            ``way, tie, condition, adds``, on the model's scale; within a reading they add up to the mean of
            ``diff``. The split is that of the linear forecast: each condition's share of the path
            given that the others hold too.
        """
        return pl.concat(
            pl.DataFrame(
                {
                    "way": [r.way] * len(self.conditions),
                    "tie": [c.tie for c in self.conditions],
                    "condition": [c.what for c in self.conditions],
                    "adds": r.parts[:, -1],
                }
            )
            for r in self.readings
        )


def _bands(draws: Array) -> Array:
    """Quantiles of the band over draws ``(draw, step)``, first: as NumPy's, which take four times as long here."""
    ordered, last = np.sort(draws.T, axis=-1), len(draws) - 1
    bands = []
    for place in (share * last for share in BAND):
        below = min(int(place), max(last - 1, 0))
        low, high = ordered[:, below], ordered[:, min(below + 1, last)]
        bands.append(low + (place - below) * (high - low))
    return np.stack(bands)
