"""Data by path, by table or by default, and states by any name."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from quadrille.chronicle import load as chronicle
from quadrille.errors import OptionError, SameStateError
from quadrille.lake.catalogue import existing_lake, open_lake
from quadrille.lake.contents import LakeSource, choose, lake_table
from quadrille.lake.events import lake_events
from quadrille.panel.build import Panel, build
from quadrille.sources.formats import read_table
from quadrille.sources.table import Table
from quadrille.states.registry import require

__all__ = ["Data", "as_kind", "load", "panel_of", "states_of", "table_of"]

_IN_LAKE = re.compile(r"chronicle|lake(:.*)?")
_log = logging.getLogger(__name__)

Data: TypeAlias = str | Path | Table | LakeSource | Sequence[str | Path] | None


def load(data: Data = None) -> Table | LakeSource:
    """Find the data: files read into one canonical table, or a source of the lake.

    Parameters
    ----------
    data : path, sequence of paths, Table, LakeSource, str or None
        ``"chronicle"`` is the embedded one; ``"lake"`` the only source of the lake, ``"lake:NAME"`` the
        one of that name. None: the lake if there is one, else the embedded chronicle.

    Raises
    ------
    FileFormatError, InputError
        A file cannot be used; the message says where and how to mend it.
    OptionError
        The lake holds several sources and none was named.
    """
    if isinstance(data, Table | LakeSource):
        return data
    paths = [data] if isinstance(data, str | Path) else list(data or [])
    if len(paths) > 1 and (inside := [p for p in map(str, paths) if _IN_LAKE.fullmatch(p)]):
        raise OptionError(
            f"{inside[0]} is read alone: the same act stands in several sources; give one --data"
        )
    if not paths:
        if lake := existing_lake():
            return choose(lake)
        if named := os.environ.get("QUADRILLE_LAKE"):
            _log.warning("%s: no lake there; reading the embedded chronicle instead", named)
        return chronicle.load()
    first = str(paths[0])
    if len(paths) == 1 and first == "chronicle":
        return chronicle.load()
    if len(paths) == 1 and (first == "lake" or first.startswith("lake:")):
        return choose(open_lake(), first.partition(":")[2] or None)
    files = [Path(p) for p in paths]
    own = [chronicle.looks_like(p) for p in files]
    if any(own):
        if len(files) > 1:
            raise OptionError("a chronicle cannot be mixed with other files; give it alone")
        return chronicle.load(files[0])
    return read_table(*files)


def panel_of(
    data: Data = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Panel:
    """The panel of all dyads of the data, see `quadrille.panel.build`; ``data`` as in `load`."""
    found = load(data)
    if isinstance(found, LakeSource):
        if found.kind == "events" and found.coding == "machine":
            return build(lake_events(found.lake, found.source), frequency, since, until)  # type: ignore[arg-type]
        found = lake_table(found)
    return build(found, frequency, since, until)  # type: ignore[arg-type]


def table_of(
    data: Data = None,
    since: date | None = None,
    until: date | None = None,
    states: Sequence[str] = (),
) -> Table:
    """The rows of the data in a closed interval of days; ``data`` as in `load`.

    Parameters
    ----------
    states : sequence of str, optional
        ISO3: of the events of a lake only those that one of these does or suffers, since all of them
        may not fit in memory.
    """
    found = load(data)
    table = lake_table(found, states) if isinstance(found, LakeSource) else found
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


def as_kind(kind: type, value: Any, **more: Any) -> Any:
    """A result as a subclass of its own type that can draw itself, and maybe holds more."""
    return kind(**{f.name: getattr(value, f.name) for f in fields(value)}, **more)
