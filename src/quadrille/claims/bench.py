"""Data that claims are put to: each source by itself, without what rests on the reviewed text alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from quadrille.arguments import Progress
from quadrille.coding.record import is_act
from quadrille.index.shipped import open_index, read_shifts
from quadrille.measure.world import World
from quadrille.panel.build import QUADS
from quadrille.sources.table import Table

if TYPE_CHECKING:
    from quadrille.coupling.result import Coupled

__all__ = ["Bench", "rows_between", "without_text", "witnesses_of"]

_CHRONICLE = "chronicle"  # the witness of an index that is asked by itself
_LEAST_SHIFT = 0.05  # shifts are kept to tenths


def without_text(table: Table, source: str) -> Table:
    """The table without the rows that cite one work and no other; as it is where no source is named."""
    if not source or "reference" not in table.data.columns:
        return table
    keys = (
        pl.col("reference").fill_null("").str.split(";").list.eval(pl.element().str.strip_chars())
    )
    alone = (keys.list.len() > 0) & keys.list.eval(pl.element() == source).list.all()
    return replace(table, data=table.data.filter(~alone))


@dataclass(slots=True)
class Bench:
    """Worlds and models, made once for all claims that need them.

    Attributes
    ----------
    source : str
        Key of the reviewed text in the chronicle's bibliography; empty: the chronicle does not cite it.
    base : World
        Data asked in place of those that the claims name, if it has any; else its lake and layers are used.
    quick : bool
        Models of several ties with fewer draws.
    seed : int
    progress : callable, optional
        Called with sweeps done and sweeps in all, while a model of several ties is estimated.
    """

    source: str
    base: World
    quick: bool
    seed: int
    progress: Progress | None = None
    _worlds: dict[tuple[Any, ...], World] = field(default_factory=dict)
    _models: dict[tuple[Any, ...], Coupled] = field(default_factory=dict)
    _left_out: dict[str, int] = field(default_factory=dict)

    def names(self, named: Sequence[str]) -> tuple[str, ...]:
        """The data to ask, for a claim that names some."""
        return (self.base.origin,) if self.base.named else tuple(named)

    def world(self, name: str, since: date | None = None, until: date | None = None) -> World:
        """One source of data, in a time.

        Raises
        ------
        InputError
            It is not there or cannot be read.
        """
        key = (name, since, until)
        if key not in self._worlds:
            base = self.base if self.base.named else self.base.holding(name)
            self._worlds[key] = self._apart(name, base.between(since, until))
        return self._worlds[key]

    def _apart(self, name: str, world: World) -> World:
        """The world without the text's own rows; of an index without what the chronicle adds to it."""
        table = world.source
        if not isinstance(table, Table):
            return world
        if table.kind == "index":
            return world.holding(open_index(table.files[0], without=_CHRONICLE))
        kept = without_text(table, self.source)
        self._left_out[name] = table.data.height - kept.data.height
        return world.holding(kept) if self._left_out[name] else world

    def left_out(self, name: str) -> int:
        """Rows of a source that rest on the text alone."""
        return self._left_out.get(name, 0)

    def model(self, name: str, states: Sequence[str], since: date | None, until: date | None) -> Coupled:  # fmt: skip
        """The model of all ties among some states, made once."""
        from quadrille.coupling.model import QUICK, CoupleConfig, coupled_of

        chosen = tuple(sorted(states))
        key = (name, chosen, since, until)
        if key not in self._models:
            world = self.world(name, since, until)
            world.panel.require(chosen)
            config = replace(QUICK if self.quick else CoupleConfig(), seed=self.seed)
            self._models[key] = coupled_of(
                chosen, world.measurement(None, chosen), config, self.progress
            )
        return self._models[key]


def rows_between(world: World, pairs: Sequence[tuple[str, str]], first: date, last: date) -> int:
    """Acts or events between the states of some ties in a time; 0 of an index."""
    panel = world.panel
    dyads = pl.DataFrame(
        [tuple(sorted(p)) for p in pairs], schema=["state_a", "state_b"], orient="row"
    )
    rows = panel.cells.filter(pl.col("period").is_between(first, last))
    rows = rows.join(dyads, on=["state_a", "state_b"], how="semi")
    if panel.kind == "acts":
        return rows.filter(is_act()).height
    if panel.kind == "counts":
        return int(rows.select(pl.sum_horizontal(QUADS).sum()).item() or 0)
    return 0 if panel.kind == "index" else rows.height


def witnesses_of(world: World, pairs: Sequence[tuple[str, str]], first: date, last: date) -> dict[str, float] | None:  # fmt: skip
    """Mean absolute shift of each source behind the levels of some ties of an index, the largest first."""
    if world.panel.kind != "index":
        return None
    files = world.panel.files
    parts = [
        read_shifts(a, b, Path(files[0]) if files else None)
        .filter(pl.col("year").is_between(first.year, last.year))
        .drop("year", _CHRONICLE, strict=False)
        for a, b in pairs
    ]
    means = pl.concat(parts).select(pl.all().abs().fill_null(0.0).mean()).row(0, named=True)
    strong = {k: float(v) for k, v in means.items() if v is not None and v >= _LEAST_SHIFT}
    return dict(sorted(strong.items(), key=lambda kv: (-kv[1], kv[0])))
