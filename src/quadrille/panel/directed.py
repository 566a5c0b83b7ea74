"""Who did what to whom: cooperation and conflict of each directed dyad, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from quadrille.coding.record import is_act
from quadrille.errors import OptionError
from quadrille.lake.events import StoredEvents
from quadrille.panel.build import QUADS, Frequency, is_machine_coded, period_start, rows_within
from quadrille.panel.schema import Collapse
from quadrille.sources.table import Table

__all__ = ["Directed", "directed"]

_KEY = ("source", "target", "period")


@dataclass(frozen=True, slots=True, eq=False)
class Directed:
    """Directed dyads over time.

    Attributes
    ----------
    frequency : {"D", "M", "Q", "Y"}
    cells : polars.DataFrame
        ``source, target`` (ISO3), ``period`` (first day), ``coop, conf``: events counted by the same
        rule as in `quadrille.panel.build.build`. Of hand-coded acts ``coop`` is the sum of their
        positive weights, since one act more or less says little, and ``conf`` the number of
        conflictual ones.
    acts : polars.DataFrame or None
        Hand-coded acts dated well enough for the frequency: ``date, source, target, goldstein, text``;
        None for other data.
    origin : str
        Which data these are.
    """

    frequency: Frequency
    cells: pl.DataFrame
    acts: pl.DataFrame | None
    origin: str


def directed(
    table: Table | StoredEvents,
    frequency: Frequency | None = None,
    since: date | None = None,
    until: date | None = None,
    collapse: Collapse = "code",
) -> Directed:
    """Build the directed panel.

    Parameters
    ----------
    table : Table or StoredEvents
        Of events, hand-coded acts or counts.
    frequency : {"D", "M", "Q", "Y"}, optional
        By default months for events and acts, and the source's own for counts.
    since, until, collapse
        As in `quadrille.panel.build.build`.

    Raises
    ------
    OptionError
        Scores have no direction; the frequency is finer than the data.
    NoDataError
        Nothing lies in the interval.
    """
    if isinstance(table, StoredEvents) or is_machine_coded(table):
        from quadrille.panel.engines import panel_cells

        chosen = frequency or "M"
        cells = panel_cells(table, "duckdb", chosen, collapse, since, until, directed=True)
        return Directed(chosen, cells.select(*_KEY, *_sides()), None, table.origin)
    if table.kind == "scores":
        raise OptionError(f"{table.origin} holds scores without direction; give events or counts")
    if table.kind == "index":
        raise OptionError(
            f"{table.origin} holds levels of ties, not who did what to whom; give events or counts"
        )
    if table.kind == "counts":
        chosen = frequency or table.frequency
        cells = _of_counts(rows_within(table, chosen, since, until), chosen)
        return Directed(chosen, cells.sort(_KEY), None, table.origin)
    chosen = frequency or "M"
    acts = _dated(rows_within(table, chosen, since, until).filter(is_act()), chosen)
    return Directed(
        chosen, _of_acts(acts, chosen).sort(_KEY),
        acts.select("date", "source", "target", "goldstein", "text"), table.origin,
    )  # fmt: skip


def _sides() -> tuple[pl.Expr, pl.Expr]:
    return (
        pl.sum_horizontal(QUADS[:2]).alias("coop"),
        pl.sum_horizontal(QUADS[2:]).alias("conf"),
    )


def _of_counts(data: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    known = data.drop_nulls(list(QUADS)).with_columns(period_start("period", frequency))
    return known.group_by(_KEY).agg(*(side.sum() for side in _sides()))


def _dated(data: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    return data if frequency == "Y" else data.filter(pl.col("precision") != "year")


def _of_acts(data: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    weight = pl.col("goldstein")
    placed = data.with_columns(period_start("date", frequency).alias("period"))
    return placed.group_by(_KEY).agg(
        coop=weight.filter(weight > 0).sum(), conf=(weight < 0).sum().cast(pl.Float64)
    )
