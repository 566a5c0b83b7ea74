"""Data by path, by table or by default, and states by any name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import polars as pl

from quadrille import chronicle, sources
from quadrille.errors import OptionError, SameStateError
from quadrille.sources import Table
from quadrille.states import require

__all__ = ["Data", "clipped", "load", "states_of"]

Data: TypeAlias = str | Path | Table | Sequence[str | Path] | None


def load(data: Data = None) -> Table:
    """Read data into one canonical table.

    Parameters
    ----------
    data : path, sequence of paths, Table or None
        None is the embedded chronicle.

    Raises
    ------
    FileFormatError, InputError
        A file cannot be used; the message says where and how to mend it.
    """
    if data is None:
        return chronicle.load()
    if isinstance(data, Table):
        return data
    paths = [Path(data)] if isinstance(data, str | Path) else [Path(p) for p in data]
    if not paths:
        return chronicle.load()
    own = [chronicle.looks_like(p) for p in paths]
    if any(own):
        if len(paths) > 1:
            raise OptionError("a chronicle cannot be mixed with other files; give it alone")
        return chronicle.load(paths[0])
    return sources.read_all(paths)


def clipped(table: Table, since: date | None, until: date | None) -> Table:
    """The rows of a table in a closed interval of days."""
    when = pl.col("date" if table.kind == "events" else "period")
    first, last = since or date.min, until or date.max
    return replace(table, data=table.data.filter(when.is_between(first, last)))


def states_of(names: Iterable[str], since: date | None, until: date | None) -> list[str]:
    """ISO3 of different states that existed at some time in the window.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError
    """
    codes = [require(n, since, until).iso3 for n in names]
    if len(set(codes)) != len(codes):
        raise SameStateError(f"{' '.join(codes)}: give different states")
    return codes
