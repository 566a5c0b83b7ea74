"""Structural data: what holds between states, or of a state, year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.table import REJECTED, left_out

__all__ = [
    "KEYS", "TIME", "Frequency", "Layer", "Role", "Unit", "make_layer", "unknown_states",
]  # fmt: skip

Unit: TypeAlias = Literal["dyad", "directed dyad", "state", "world"]
Frequency: TypeAlias = Literal["Y", "M", "none"]
# The columns that say when; a layer without any holds at all times, as a distance does.
TIME: dict[str, tuple[str, ...]] = {"Y": ("year",), "M": ("year", "month"), "none": ()}
# What a layer is about; readings ask for a layer by its role.
Role: TypeAlias = Literal[
    "alliance", "arms", "capabilities", "contiguity", "covariates", "disputes", "geography",
    "ideal points", "influence", "institutions", "leaders", "membership", "risk", "rivalry", "trade",
    "votes",
]  # fmt: skip
# Who a row is about; the period columns come after.
KEYS: dict[Unit, tuple[str, ...]] = {
    "dyad": ("state_a", "state_b"),
    "directed dyad": ("source", "target"),
    "state": ("state",),
    "world": (),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One structural data set in canonical form.

    Attributes
    ----------
    name : str
        Short name, ``"sipri_tiv"``.
    role : str
        What it is about, one of `Role`: ``"rivalry"``, ``"votes"``, ``"trade"``, …
    unit : {"dyad", "directed dyad", "state", "world"}
    frequency : {"Y", "M", "none"}
        Whether a row is about a year (``year``, Int32), a month (``year``, ``month``) or no time.
    data : polars.DataFrame
        Keys of the unit (ISO3; ``state_a < state_b``), the period, then typed values.
    rejected : polars.DataFrame
        Rows of the files that are not in ``data``, as in `quadrille.sources.table.Table`. Of trade,
        whose files have millions, a row stands for all that were skipped for one name, ``rows`` of them.
    files : tuple of str
    rows_in : int
        Rows of the files: used, skipped and rejected.
    citation : str
        How to cite the data.
    """

    name: str
    role: Role
    unit: Unit
    frequency: Frequency
    data: pl.DataFrame
    rejected: pl.DataFrame
    files: tuple[str, ...]
    rows_in: int
    citation: str

    @property
    def unresolved(self) -> pl.DataFrame:
        """``name, rows``: what the file calls states and the registry does not know, most rows first."""
        return (
            self.rejected.filter(pl.col("fate") == "skipped", pl.col("name").is_not_null())
            .group_by("name")
            .agg(pl.col("rows").sum())
            .sort("rows", "name", descending=[True, False])
        )

    def summary(self) -> str:
        """Rows in, rows kept, span, states, and what was not resolved, in a few words."""
        keys = KEYS[self.unit]
        states = pl.concat([self.data[k].alias("k") for k in keys]).n_unique() if keys else 0
        what = "-".join([self.unit, *TIME[self.frequency][-1:]])
        text = f"{self.name}: {self.data.height:,} {what}s from {self.rows_in:,} rows"
        if TIME[self.frequency]:
            first, last = (str(y) for y in (self.data["year"].min(), self.data["year"].max()))
            text += f", {first} to {last}"
        text += f", {states} states"
        rows = dict(self.rejected.group_by("fate").agg(pl.col("rows").sum()).iter_rows())
        if "skipped" in rows:
            text += f"; {rows['skipped']:,} rows skipped"
        if (names := self.unresolved["name"]).len():
            text += f", of {names.len()} unknown names: {', '.join(map(repr, names.head(5)))}"
        if "rejected" in rows:
            text += f"; {rows['rejected']:,} rows rejected"
        return text


def unknown_states(frame: pl.DataFrame, failed: pl.Expr, file: str) -> pl.DataFrame:
    """Rows in which a name, ``failed`` where it is not null, is no known state, as skipped."""
    rows = frame.with_columns(_failed=failed.cast(pl.String)).filter(
        pl.col("_failed").is_not_null()
    )
    reason = pl.format("no known state ('{}')", "_failed")
    return left_out(rows, file, fate="skipped", reason=reason, name=pl.col("_failed"))


def make_layer(
    name: str,
    role: Role,
    unit: Unit,
    data: pl.DataFrame,
    rejected: pl.DataFrame | None,
    file: str,
    rows_in: int,
    citation: str,
    frequency: Frequency = "Y",
) -> Layer:
    """Check and label a layer.

    Parameters
    ----------
    data : polars.DataFrame
        Keys, period and values; one row a key and period.
    rejected : polars.DataFrame, optional
        As `Layer.rejected`.

    Raises
    ------
    FileFormatError
        Nothing is left, or a key appears twice in a period.
    """
    keys = [*KEYS[unit], *TIME[frequency]]
    if rejected is None:
        rejected = pl.DataFrame(schema=REJECTED)
    if data.is_empty():
        first = rejected.filter(pl.col("line").is_not_null()).sort("line").head(1)
        why = f"; line {first['line'][0]}: {first['reason'][0]}" if first.height else ""
        # Of trade, rows are counted by name and have no line.
        counted = rejected.filter(pl.col("line").is_null())["reason"].head(5)
        why = f"; {', '.join(counted)}" if counted.len() and not why else why
        raise FileFormatError(f"{file}: nothing in it can be used as {name}{why}")
    twice = data.filter(data.select(keys).is_duplicated())
    if twice.height:
        row = " ".join(str(v) for v in twice.select(keys).row(0))
        raise FileFormatError(f"{file}: {row} appears twice in {name}")
    return Layer(name, role, unit, frequency, data.sort(keys), rejected, (file,), rows_in, citation)
