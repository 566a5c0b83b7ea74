"""Schemas of tables: the type, presence and rules of every column, as Polars expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from quadrille.errors import FileFormatError

__all__ = ["EMPTY", "REPEATED", "Column", "Rule", "Schema", "failures", "validate"]

EMPTY = "is empty"
REPEATED = "appears twice"


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold of a cell that is not empty: a Boolean expression, and what to say if it fails."""

    holds: pl.Expr
    message: str


@dataclass(frozen=True, slots=True)
class Column:
    """Type and rules of one column."""

    dtype: type[pl.DataType]
    rules: tuple[Rule, ...] = ()
    nullable: bool = False
    unique: bool = False


Schema: TypeAlias = Mapping[str, Column]


def _broken(name: str, column: Column) -> Iterator[tuple[pl.Expr, str]]:
    cell = pl.col(name)
    if not column.nullable:
        yield cell.is_null(), EMPTY
    if column.unique:
        yield cell.is_duplicated() & cell.is_not_null(), REPEATED
    for rule in column.rules:
        yield ~rule.holds & cell.is_not_null(), rule.message


def failures(frame: pl.DataFrame, schema: Schema) -> list[tuple[int, str, str]]:
    """Row, column and message of every cell that breaks a rule, the first rule of a column first."""
    checks = [(n, *check) for n, c in schema.items() for check in _broken(n, c)]
    found = frame.select(bad.fill_null(False).alias(str(k)) for k, (_, bad, _) in enumerate(checks))
    return [
        (row, name, message)
        for k, (name, _, message) in enumerate(checks)
        for row in found[str(k)].arg_true()
    ]


def validate(frame: pl.DataFrame, schema: Schema, what: str) -> pl.DataFrame:
    """The frame, if it has the columns of the schema, in order, and every cell keeps the rules.

    Raises
    ------
    FileFormatError
        It does not.
    """
    types = {name: column.dtype for name, column in schema.items()}
    if dict(frame.schema) != types or frame.columns != list(types):
        given = ", ".join(f"{n} {t}" for n, t in frame.schema.items())
        raise FileFormatError(f"{what}: columns are {given}; expected {', '.join(types)}")
    for row, column, message in failures(frame, schema):
        cell = frame[column][row]
        raise FileFormatError(f"{what}: row {row + 1}: {column} {cell!r}: {message}")
    return frame
