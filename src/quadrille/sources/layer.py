"""Structural data: what holds between states, or of a state, year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.table import QUARANTINE

__all__ = ["KEYS", "NOT_KNOWN", "Layer", "Unit", "make_layer"]

Unit: TypeAlias = Literal["dyad", "directed dyad", "state", "world"]
# Who a row is about; the period columns come after.
KEYS: dict[Unit, tuple[str, ...]] = {
    "dyad": ("state_a", "state_b"),
    "directed dyad": ("source", "target"),
    "state": ("state",),
    "world": (),
}


# How the reason begins of a row set aside for a name that the registry does not know; the name follows.
NOT_KNOWN = "not known: "


@dataclass(frozen=True, slots=True)
class Layer:
    """One structural data set in canonical form.

    Attributes
    ----------
    name : str
        Short name, ``"sipri_tiv"``.
    unit : {"dyad", "directed dyad", "state", "world"}
    frequency : {"Y", "M"}
        Whether a row is about a year (``year``, Int32) or a month (``year``, ``month``).
    data : polars.DataFrame
        Keys of the unit (ISO3; ``state_a < state_b``), the period, then typed values.
    unresolved : polars.DataFrame
        ``name, rows``: what the file calls states and the registry does not know, most rows first.
        Their rows are not in ``data``.
    aside : polars.DataFrame
        These rows, ``file, line, reason, raw``; of trade flows, which have millions, none.
    quarantine : polars.DataFrame
        ``file, line, reason, raw`` of broken rows.
    files : tuple of str
    rows_in : int
        Rows of the files: used, unresolved and in quarantine.
    citation : str
        How to cite the data.
    """

    name: str
    unit: Unit
    frequency: Literal["Y", "M"]
    data: pl.DataFrame
    unresolved: pl.DataFrame
    aside: pl.DataFrame
    quarantine: pl.DataFrame
    files: tuple[str, ...]
    rows_in: int
    citation: str

    def summary(self) -> str:
        """Rows in, rows kept, span, states, and what was not resolved, in a few words."""
        keys = KEYS[self.unit]
        first, last = (str(y) for y in (self.data["year"].min(), self.data["year"].max()))
        states = pl.concat([self.data[k].alias("k") for k in keys]).n_unique() if keys else 0
        text = (
            f"{self.name}: {self.data.height:,} {self.unit}-{'year' if self.frequency == 'Y' else 'month'}s "
            f"from {self.rows_in:,} rows, {first} to {last}, {states} states"
        )
        if self.unresolved.height:
            names = ", ".join(repr(n) for n in self.unresolved["name"].head(5))
            rows = int(self.unresolved["rows"].sum())
            text += f"; {rows:,} rows of {self.unresolved.height} names not resolved: {names}"
        if self.quarantine.height:
            text += f"; {self.quarantine.height:,} rows in quarantine"
        return text


def make_layer(
    name: str,
    unit: Unit,
    frequency: Literal["Y", "M"],
    data: pl.DataFrame,
    aside: pl.DataFrame | None,
    quarantine: pl.DataFrame | None,
    file: str,
    rows_in: int,
    citation: str,
) -> Layer:
    """Check and label a layer.

    Parameters
    ----------
    data : polars.DataFrame
        Keys, period and values; one row a key and period.
    aside, quarantine : polars.DataFrame, optional
        ``file, line, reason, raw`` of rows left out; of those aside it begins with `NOT_KNOWN`.

    Raises
    ------
    FileFormatError
        Nothing is left, or a key stands twice in a period.
    """
    keys = [*KEYS[unit], "year", *(["month"] if frequency == "M" else [])]
    if data.is_empty():
        raise FileFormatError(f"{file}: nothing in it can be used as {name}")
    twice = data.filter(data.select(keys).is_duplicated())
    if twice.height:
        row = " ".join(str(v) for v in twice.select(keys).row(0))
        raise FileFormatError(f"{file}: {name} has more than one row for {row}")
    empty = pl.DataFrame(schema=QUARANTINE)
    aside = empty if aside is None else aside
    counted = (
        aside.select(pl.col("reason").str.strip_prefix(NOT_KNOWN).alias("name"))
        .group_by("name")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .sort("rows", "name", descending=[True, False])
    )
    return Layer(
        name, unit, frequency, data.sort(keys), counted, aside,
        empty if quarantine is None else quarantine, (file,), rows_in, citation,
    )  # fmt: skip
