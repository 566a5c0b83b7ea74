"""Numbers as files write them: with a point, or with a comma where a whole column has it."""

from __future__ import annotations

import polars as pl

__all__ = ["comma_is_decimal", "no_number", "number", "numbers", "plain"]

_LONE = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
# As well a thousand and more: 1,850.
_GROUPED = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_POINT = r"\d\.|\.\d"


def comma_is_decimal(cell: pl.Expr, separator: str = "") -> pl.Expr:
    """Whether the commas of a column of text are decimal ones; an aggregate.

    They are where each stands alone between digits, no cell has a point, and either cells are parted by
    semicolons, as where commas are decimal, or some cell cannot be thousands (``1850,5``, ``0,142``).

    Parameters
    ----------
    cell : polars.Expr
        Trimmed text.
    separator : str
        What parts the cells of the file.
    """
    comma, lone = cell.str.contains(",", literal=True), cell.str.contains(_LONE)
    sure = pl.lit(separator == ";") | (lone & ~cell.str.contains(_GROUPED)).any()
    whole = (~comma | lone).all() & ~cell.str.contains(_POINT).any()
    return (comma.any() & whole & sure).fill_null(False)


def plain(cell: pl.Expr, separator: str = "") -> pl.Expr:
    """The text of a column, with points for its decimal commas."""
    decimal = comma_is_decimal(cell, separator)
    return pl.when(decimal).then(cell.str.replace(",", ".", literal=True)).otherwise(cell)


def number(cell: pl.Expr) -> pl.Expr:
    """Text as a finite number, null where it is none."""
    value = cell.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def numbers(written: pl.Series, separator: str = "") -> pl.Series:
    """A column of a table as finite numbers, null where a cell is none."""
    if written.dtype.is_numeric():
        return written.to_frame("_").select(number(pl.col("_"))).to_series()
    text = written.cast(pl.String).str.strip_chars()
    cell = pl.col("_")
    if text.str.contains(",", literal=True).any():
        cell = plain(cell, separator)
    return text.to_frame("_").select(number(cell)).to_series()


def no_number(column: str, cell: pl.Expr) -> pl.Expr:
    """What to say of a cell that is no number."""
    return pl.format(f"{column} is no number ('{{}}')", cell)
