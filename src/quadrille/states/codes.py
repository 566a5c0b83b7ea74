"""Codes and names of states beside their ISO3 keys, for tables that other programs join.

A state that keeps its line under a new number has the number of the day: Germany is 260 in the Correlates of War until the
union of 1990 and 255 after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from quadrille.states.registry import all_states, table

__all__ = ["SCHEMES", "with_codes"]

SCHEMES = ("cow", "gw")


def _numbers() -> pl.DataFrame:
    """``iso3, name, cow, gw`` as of today."""
    rows = [(s.iso3, s.name, s.cow, s.gw) for s in all_states()]
    kinds = {"iso3": pl.String, "name": pl.String, "cow": pl.Int16, "gw": pl.Int16}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _then(column: str, scheme: str, day: str | None) -> pl.Expr:
    """Today's number, or the one that the state bore on the day."""
    found = pl.col(scheme)
    if day is None:
        return found
    before = table("codes").filter(scheme=scheme)
    for iso3, code, until in before.select("iso3", "code", "until").iter_rows():
        early = (pl.col(column) == iso3) & (pl.col(day) <= date.fromisoformat(until))
        found = pl.when(early).then(pl.lit(int(code), pl.Int16)).otherwise(found)
    return found


def with_codes(frame: pl.DataFrame, columns: Sequence[str], day: str | None = None) -> pl.DataFrame:
    """The table with names and numbers of the states in some columns.

    Parameters
    ----------
    frame : polars.DataFrame
    columns : sequence of str
        Of ISO3; ``state_a`` gets ``name_a, cow_a, gw_a``, any other ``x`` gets ``name_x, cow_x, gw_x``.
    day : str, optional
        Column of dates; numbers are those of that day. Default: today's.

    Returns
    -------
    polars.DataFrame
        The new columns stand behind their state's; null where a scheme has no number for it.
    """
    for column in columns:
        end = column.removeprefix("state_")
        found = frame.join(
            _numbers(), left_on=column, right_on="iso3", how="left", maintain_order="left"
        )
        new = [
            pl.col("name").alias(f"name_{end}"),
            *(_then(column, s, day).alias(f"{s}_{end}") for s in SCHEMES),
        ]
        at = frame.columns.index(column) + 1
        made = found.select(new)
        frame = (
            frame.select(*frame.columns[:at]).hstack(made).hstack(frame.select(frame.columns[at:]))
        )
    return frame
