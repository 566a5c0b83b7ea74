"""Panels of events in a lake or at hand, counted by an engine."""

from __future__ import annotations

from datetime import date
from typing import cast

from quadrille.lake.catalogue import Lake
from quadrille.lake.engines import StoredEvents, lake_events, panel_cells, stored
from quadrille.panel.build import Frequency, Panel
from quadrille.sources.table import Table

__all__ = ["lake_panel", "table_panel"]


def _panel(
    events: StoredEvents,
    engine: str,
    frequency: str,
    collapse: str,
    since: date | None,
    until: date | None,
) -> Panel:
    cells = panel_cells(events, engine, frequency, collapse, since, until)
    return Panel("counts", cast(Frequency, frequency), cells, events.origin, events.files)


def lake_panel(
    lake: Lake,
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
    engine: str = "duckdb",
    source: str | None = None,
) -> Panel:
    """The panel of all dyads of one source of a lake.

    Parameters
    ----------
    lake : Lake
    frequency, collapse, since, until
        As in `quadrille.lake.query.panel_query`.
    engine : str
        As in `quadrille.lake.engines.panel_cells`.
    source : str, optional
        As in `quadrille.lake.engines.lake_events`.

    Returns
    -------
    Panel
        Of counts; its cells have ``raw`` besides, the number of reports before collapsing.

    Raises
    ------
    NoDataError, OptionError, LakeError
        As in `quadrille.lake.engines`.
    """
    return _panel(lake_events(lake, source), engine, frequency, collapse, since, until)


def table_panel(
    table: Table,
    frequency: str = "M",
    collapse: str = "code",
    since: date | None = None,
    until: date | None = None,
    engine: str = "duckdb",
) -> Panel:
    """The same of a table of events; arguments as in `lake_panel`.

    Raises
    ------
    OptionError
        The table holds no events.
    """
    with stored(table) as events:
        return _panel(events, engine, frequency, collapse, since, until)
