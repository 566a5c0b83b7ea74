"""The major powers, by year."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

__all__ = ["major_powers"]


@cache
def _powers() -> pl.DataFrame:
    text = files("quadrille.states").joinpath("data/major_powers.csv").read_bytes()
    return pl.read_csv(text)


def major_powers(year: int) -> tuple[str, ...]:
    """Major powers of a year (Correlates of War, *State System Membership*, v2016).

    That list ends in 2016. The rule from then on, marked ``extended`` in the data: who was a major
    power in 2016 still is one.
    """
    held = (pl.col("first") <= year) & (pl.col("last").is_null() | (pl.col("last") >= year))
    return tuple(_powers().filter(held)["iso3"].unique().sort())
