"""From canonical tables to one row per undirected dyad and period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import polars as pl

from quadrille.errors import NoDataError, OptionError, UnknownStateError
from quadrille.lake.events import StoredEvents
from quadrille.panel.schema import Collapse
from quadrille.sources.table import Dynamics, Table
from quadrille.states.registry import get

__all__ = ["FREQUENCIES", "QUADS", "Frequency", "Panel", "build", "period_start", "require_states"]

Frequency = Literal["D", "M", "Q", "Y"]
FREQUENCIES: dict[str, str] = {"D": "1d", "M": "1mo", "Q": "1q", "Y": "1y"}
QUADS = ("verbal_coop", "material_coop", "verbal_conf", "material_conf")
_ORDER = tuple(FREQUENCIES)
_DYAD = ("state_a", "state_b", "period")


@dataclass(frozen=True, slots=True)
class Panel:
    """Undirected dyads over time.

    Attributes
    ----------
    kind : {"counts", "scores", "acts", "index"}
        ``counts``: events counted by quad class; ``scores``: sums of event weights without
        counts; ``acts``: single hand-coded events, each an observation: acts, and what stands for states of
        affairs; ``index``: ties measured already.
    frequency : {"D", "M", "Q", "Y"}
    cells : polars.DataFrame
        ``state_a < state_b`` (ISO3), ``period`` (first day), and for counts the four quad-class
        columns (null: not known in this source), and where events were counted those of
        `quadrille.panel.schema.PANEL`; for scores ``score``; for an index ``valence,
        sd, engagement, engagement_sd``; for acts one row an
        act: ``event_id, date, source, target, mutual, cameo, domain, goldstein, certainty, text``
        (see `quadrille.coding.record.is_act`).
    origin : str
        Which data these are, for labels.
    files : tuple of str
    dropped : int
        Rows that could not be placed in a period (their date is known less exactly than the
        panel's frequency).
    dynamics : mapping of str to Dynamics
        Of an index: how the facets move.
    """

    kind: Literal["counts", "scores", "acts", "index"]
    frequency: Frequency
    cells: pl.DataFrame
    origin: str
    files: tuple[str, ...]
    dropped: int = 0
    dynamics: Mapping[str, Dynamics] = field(default_factory=dict)

    @property
    def states(self) -> tuple[str, ...]:
        """ISO3 of the states that these data hold, sorted."""
        ends = pl.concat([self.cells["state_a"], self.cells["state_b"].alias("state_a")])
        return tuple(ends.unique().sort())

    def among(self, states: Collection[str]) -> Panel:
        """The dyads whose two states are both in ``states`` (ISO3)."""
        held = [pl.any_horizontal(pl.col(c) == s for s in states) for c in _DYAD[:2]]
        return replace(self, cells=self.cells.filter(*held))

    def of(self, *states: str) -> Panel:
        """The dyads of any of the states (ISO3)."""
        held = pl.any_horizontal(pl.col(c) == s for s in states for c in _DYAD[:2])
        return replace(self, cells=self.cells.filter(held))

    def holds(self, state: str) -> bool:
        """Whether a state (ISO3) is in these data; several times quicker than listing all."""
        ends = self.cells.select(pl.any_horizontal(pl.col(c) == state for c in _DYAD[:2]).any())
        return bool(ends.item())

    def require(self, states: Iterable[str]) -> None:
        """Refuse states that these data do not hold.

        Raises
        ------
        NoDataError
            It names them, and how many states there are.
        """
        asked = list(states)
        if not all(map(self.holds, asked)):
            require_states(asked, self.states, self.origin)

    @property
    def span(self) -> tuple[date, date]:
        """First and last period that hold anything."""
        period = self.cells["period"]
        first, last = period.min(), period.max()
        if not isinstance(first, date) or not isinstance(last, date):
            raise NoDataError(f"{self.origin}: no dyad has any data in the period asked for")
        return first, last


def require_states(asked: Iterable[str], known: Collection[str], origin: str) -> None:
    """Refuse states that data do not hold.

    Parameters
    ----------
    asked : iterable of str
        ISO3.
    known : collection of str
        The states of the data.
    origin : str
        Which data these are.

    Raises
    ------
    NoDataError
        It names them, and how many states there are.
    """
    absent = [_called(s) for s in dict.fromkeys(asked) if s not in known]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        raise NoDataError(
            f"{' and '.join(absent)} {verb} not among the {len(known):,} states of these data ({origin})"
        )


def _called(iso3: str) -> str:
    try:
        return get(iso3).name
    except UnknownStateError:
        return iso3


def period_start(column: str, frequency: Frequency) -> pl.Expr:
    """First day of the period that holds the date in ``column``."""
    return pl.col(column).dt.truncate(FREQUENCIES[frequency])


def _undirected(source: str = "source", target: str = "target") -> list[pl.Expr]:
    return [
        pl.min_horizontal(source, target).alias("state_a"),
        pl.max_horizontal(source, target).alias("state_b"),
    ]


def _known_sum(column: str) -> pl.Expr:
    """Sum that stays null when nothing is known."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum()).alias(column)


def _from_counts(data: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    return (
        data.lazy()
        .with_columns(*_undirected(), period_start("period", frequency))
        .group_by(_DYAD)
        .agg(*(_known_sum(q) for q in QUADS))
        .collect()
    )


def _from_scores(data: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    return (
        data.lazy()
        .with_columns(*_undirected("state_a", "state_b"), period_start("period", frequency))
        .group_by(_DYAD)
        .agg(pl.col("score").sum())
        .collect()
    )


def _from_acts(data: pl.DataFrame, frequency: Frequency) -> tuple[pl.DataFrame, int]:
    """One row an act: a mutual act was expanded to both directions, and is one observation."""
    coarser = {"D": ("day",), "M": ("day", "month"), "Q": ("day", "month")}
    placed = data
    if frequency in coarser:
        placed = data.filter(pl.col("precision").is_in(coarser[frequency]))
    acts = (
        placed.with_columns(
            *_undirected(),
            period_start("date", frequency).alias("period"),
            pl.col("event_id").str.replace(r"[<>]$", "").alias("event_id"),
            pl.col("event_id").str.contains(r"[<>]$").alias("mutual"),
        )
        .unique(["event_id", "state_a", "state_b"], keep="first", maintain_order=True)
        .drop("reports", "origin")
    )
    return acts, data.height - placed.height


def _from_index(table: Table, frequency: Frequency, data: pl.DataFrame) -> Panel:
    """An index as it is; its levels are of years and do not add up."""
    if frequency != table.frequency:
        raise OptionError(f"{table.origin} comes by {table.frequency}; leave out frequency")
    return Panel(
        "index", frequency, data, table.origin, table.files, dynamics=table.dynamics
    )  # fmt: skip


def _within(
    data: pl.DataFrame, column: str, since: date | None, until: date | None
) -> pl.DataFrame:
    if since is not None:
        data = data.filter(pl.col(column) >= since)
    if until is not None:
        data = data.filter(pl.col(column) <= until)
    return data


def build(
    table: Table | StoredEvents,
    frequency: Frequency | None = None,
    since: date | None = None,
    until: date | None = None,
    collapse: Collapse = "code",
    engine: str = "duckdb",
) -> Panel:
    """Build the panel of undirected dyads.

    Parameters
    ----------
    table : Table or StoredEvents
        Any canonical table of `quadrille.sources` or the chronicle, or the events of a lake.
    frequency : {"D", "M", "Q", "Y"}, optional
        By default the source's own; months for machine-coded events, years for the chronicle.
    since, until : date, optional
        Only what happened in this closed interval is used.
    collapse : {"none", "code", "day"}
        What counts as one machine-coded event, as in `quadrille.panel.query.panel_query`.
    engine : str
        What counts machine-coded events, as in `quadrille.panel.engines.panel_cells`.

    Raises
    ------
    OptionError
        The frequency, the rule or the engine is unknown, or the frequency finer than the data.
    NoDataError
        Nothing lies in the interval.
    LakeError
        As in `quadrille.panel.engines.panel_cells`.
    """
    chosen = frequency or native_frequency(table)
    if chosen not in FREQUENCIES:
        raise OptionError(f"unknown frequency {chosen!r}; use one of {', '.join(FREQUENCIES)}")
    if isinstance(table, StoredEvents) or is_machine_coded(table):
        from quadrille.panel.engines import panel_cells

        cells = panel_cells(table, engine, chosen, collapse, since, until)
        return Panel("counts", chosen, cells, table.origin, table.files)
    data = rows_within(table, chosen, since, until)
    if table.kind == "index":
        return _from_index(table, chosen, data)
    dropped = 0
    if table.kind == "events":
        cells, dropped = _from_acts(data, chosen)
        kind: Literal["counts", "scores", "acts"] = "acts"
    elif table.kind == "counts":
        cells, kind = _from_counts(data, chosen), "counts"
    else:
        cells, kind = _from_scores(data, chosen), "scores"
    return Panel(kind, chosen, cells.sort(*_DYAD), table.origin, table.files, dropped)


def native_frequency(table: Table | StoredEvents) -> Frequency:
    """The source's own; months for machine-coded events, years for hand-coded acts."""
    if isinstance(table, StoredEvents) or is_machine_coded(table):
        return "M"
    return "Y" if table.kind == "events" else table.frequency


def is_machine_coded(table: Table) -> bool:
    """Single events that are counted, not hand-coded acts or what was counted before."""
    return table.kind == "events" and table.coding == "machine"


def rows_within(
    table: Table, frequency: Frequency, since: date | None = None, until: date | None = None
) -> pl.DataFrame:
    """Rows of a table in a closed interval.

    Raises
    ------
    OptionError
        The frequency is finer than the data.
    NoDataError
        Nothing lies in the interval.
    """
    if table.kind != "events" and _ORDER.index(frequency) < _ORDER.index(table.frequency):
        raise OptionError(
            f"{table.origin} comes by {table.frequency}, a panel by {frequency} would be finer; "
            f"use {table.frequency} or coarser"
        )
    data = _within(table.data, "date" if table.kind == "events" else "period", since, until)
    if data.is_empty():
        when = f"{since or 'the beginning'} to {until or 'the end'}"
        raise NoDataError(f"{table.origin}: no rows from {when}; widen since or until")
    return data
