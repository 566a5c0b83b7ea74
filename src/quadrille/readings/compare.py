"""What each witness says of a tie: the evidence behind its level in the index, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError, OptionError
from quadrille.index.place import Band, percentiles
from quadrille.index.shipped import read_shifts
from quadrille.kernels.constants import Z90
from quadrille.measure.world import World
from quadrille.panel.build import Panel
from quadrille.panel.units import INDEX, Unit
from quadrille.results import Result
from quadrille.states.registry import State, get

__all__ = ["BEFORE", "Comparison", "comparison_of", "year_of"]

BEFORE = 10  # years back that the table looks
# One witness pulls up and another down by at least so much: they disagree.
_PULL = 0.25
# Shifts are kept to tenths; less than half of one is nothing.
_NOTHING = 0.05
_ENOUGH = 2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison(Result):
    """A tie's level in the index, and what each witness adds to it.

    A witness's *shift* is the level with all witnesses less the level estimated without it: above zero it says that
    the tie is warmer than the others say.

    Attributes
    ----------
    state_a, state_b : str
        ISO3, as asked.
    origin : str
        Short name of the data.
    period : date
        First day of the year read.
    level : (float, float, float)
        5%, 50% and 95% points; 0 neutral, +1 the median ally, -1 the median rival.
    ties : int
        Ties in the world that year.
    world : (float, float, float)
        Percentage of them with a lower level, at the three points of ``level``.
    path : polars.DataFrame
        ``period, level, level_lo90, level_hi90`` and, for each witness, a column of its name with its shift; null in
        a year in which it says nothing.
    witnesses : polars.DataFrame
        ``witness, shift, before`` (the shift ten years before), ``first, last`` (years in which it speaks); those
        that speak in the year read first, the largest shift leading; the silent ones by their last year.
    """

    kind: ClassVar[str] = "compare"

    state_a: str
    state_b: str
    origin: str
    period: date
    level: Band
    ties: int
    world: Band
    path: pl.DataFrame
    witnesses: pl.DataFrame

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def frequency(self) -> str:
        """``Y``."""
        return "Y"

    @property
    def unit(self) -> Unit:
        """Of the level and of every shift."""
        return INDEX

    @property
    def periods(self) -> tuple[date, ...]:
        """First day of each year."""
        return tuple(self.path["period"])

    @property
    def names(self) -> tuple[str, ...]:
        """The witnesses that speak in some year, in the order of `witnesses`."""
        return tuple(self.witnesses.filter(pl.col("last").is_not_null())["witness"])

    @property
    def warm(self) -> pl.DataFrame:
        """The witnesses that pull up in the year read."""
        return self.witnesses.filter(pl.col("shift") >= _NOTHING)

    @property
    def cold(self) -> pl.DataFrame:
        """The witnesses that pull down."""
        return self.witnesses.filter(pl.col("shift") <= -_NOTHING)

    @property
    def nothing(self) -> pl.DataFrame:
        """The witnesses that speak and add nothing."""
        return self.witnesses.filter(pl.col("shift").abs() < _NOTHING)

    @property
    def silent(self) -> pl.DataFrame:
        """The witnesses that say nothing that year."""
        return self.witnesses.filter(pl.col("shift").is_null())

    @property
    def decisive(self) -> pl.DataFrame:
        """The witnesses without each of which the level would lie outside its band."""
        low, level, high = self.level
        without = level - pl.col("shift")
        return self.witnesses.filter((without < low) | (without > high))

    @property
    def disagree(self) -> bool:
        """Whether one witness pulls up by at least 0.25 and another down by as much."""
        shift = self.witnesses["shift"]
        return bool((shift >= _PULL).any() and (shift <= -_PULL).any())

    def to_polars(self) -> pl.DataFrame:
        """One row a year: ``period, level, level_lo90, level_hi90`` and the shift of each witness."""
        return self.path


def year_of(when: str | date | None) -> date | None:
    """The first day of a whole year; None passes.

    Raises
    ------
    OptionError
        It is no date, or finer than a year.
    """
    first, last = first_day(when), last_day(when)
    if first is None or last is None:
        return None
    whole = date(first.year, 1, 1)
    if first != whole or (last != whole and last != date(first.year, 12, 31)):
        raise OptionError(f"{when}: the index comes by years; give a year, such as {first.year}")
    return whole


def comparison_of(world: World, a: str, b: str, period: date | None) -> Comparison:
    """What each witness says of a tie of an index.

    Parameters
    ----------
    world : World
        Of an index.
    a, b : str
        ISO3.
    period : date, optional
        First day of the year read. Default: the last in which two witnesses speak; else the last in which one does;
        else the last of all.

    Raises
    ------
    NoDataError
        The two never existed together, the index has no level of that year, or holds no shifts.
    """
    path = _path(world.panel, a, b, world.countable().files)
    names = path.columns[4:]
    period = period or _default(path, names)
    if period not in set(path["period"]):
        first, last = path["period"][0], path["period"][-1]
        raise NoDataError(
            f"{_dyad(a, b)} has no level in {period.year}; the index has it from {first.year} to {last.year}"
        )
    row = path.row(by_predicate=pl.col("period") == period, named=True)
    level = (row["level_lo90"], row["level"], row["level_hi90"])
    ties, below = percentiles(world.panel, (period,), {"valence": np.array(level)[:, None]})
    lo, mid, hi = (float(v) for v in below["valence"][:, 0])
    table = _witnesses(path, names, period)
    return Comparison(a, b, world.origin, period, level, ties[0], (lo, mid, hi), path, table)


def _path(panel: Panel, a: str, b: str, files: tuple[str, ...]) -> pl.DataFrame:
    """Level and shifts by year."""
    first, second = sorted((a, b))
    own = panel.cells.filter(state_a=first, state_b=second).sort("period")
    if own.is_empty():
        raise NoDataError(_apart(panel, get(a), get(b)))
    shifts = read_shifts(a, b, Path(files[0]) if files else None)
    if shifts.width == 1:
        raise NoDataError(
            f"{files[0]}: this index does not hold what each witness adds; build it again: quadrille index build"
        )
    level, half = pl.col("valence").cast(pl.Float64), Z90 * pl.col("sd").cast(pl.Float64)
    levels = own.select("period", level=level, level_lo90=level - half, level_hi90=level + half)
    shifts = shifts.with_columns(pl.col(pl.Float32).cast(pl.Float64).round(1))
    shifts = shifts.with_columns(period=pl.date("year", 1, 1)).drop("year")
    return levels.join(shifts, on="period", how="left", maintain_order="left")


def _default(path: pl.DataFrame, names: list[str]) -> date:
    """The last year in which two witnesses speak, or one, or none."""
    speak = path.select("period", n=pl.sum_horizontal(pl.col(n).is_not_null() for n in names))
    for least in range(_ENOUGH, -1, -1):
        found: date | None = speak.filter(pl.col("n") >= least)["period"].max()  # type: ignore[assignment]
        if found is not None:
            return found
    raise NoDataError("the index holds no year of this dyad")  # a path has one row at least


def _witnesses(path: pl.DataFrame, names: list[str], period: date) -> pl.DataFrame:
    """One row a witness, as in `Comparison.witnesses`."""
    then = date(period.year - BEFORE, 1, 1)
    rows = []
    for name in names:
        said = path.select("period", pl.col(name).alias("shift")).drop_nulls()
        at = dict(said.iter_rows())
        years = said["period"].dt.year()
        rows.append((name, at.get(period), at.get(then), years.min(), years.max()))
    schema = {"witness": pl.String, "shift": pl.Float64, "before": pl.Float64, "first": pl.Int32, "last": pl.Int32}  # fmt: skip
    table = pl.DataFrame(rows, schema, orient="row")
    return table.sort(pl.col("shift").abs(), "last", "witness", descending=[True, True, False], nulls_last=True)  # fmt: skip


def _dyad(a: str, b: str) -> str:
    return f"{get(a).name}–{get(b).name}"


def _lived(state: State) -> str:
    """``Germany (1949-05-23 to 1990-10-02)``."""
    spells = ", ".join(f"{first} to {last or 'today'}" for first, last in state.spells)
    return f"{state.name} ({spells})" if spells else state.name


def _apart(panel: Panel, one: State, other: State) -> str:
    """Why an index has no row of a dyad: the two never existed together, or not in its years."""
    if not one.spells or not other.spells or _together(one, other):
        first, last = panel.span
        return f"{one.name}–{other.name} is not in the index from {first.year} to {last.year}"
    return (
        f"{_lived(one)} and {_lived(other)} never existed together; no index has a level of the two"
    )


def _together(one: State, other: State) -> bool:
    """Whether one time of the one overlaps with one of the other."""
    end = date.today() + timedelta(1)
    return any(
        first <= (until or end) and since <= (last or end)
        for first, last in one.spells for since, until in other.spells
    )  # fmt: skip
