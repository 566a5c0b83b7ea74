"""What the lake hands on to be counted: where the events of one source lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from quadrille.errors import NoDataError, OptionError

if TYPE_CHECKING:
    from quadrille.lake.catalogue import Lake

__all__ = ["BY_HAND", "StoredEvents", "lake_events"]

BY_HAND = (
    "hand-coded acts are read one by one, not counted; quadrille measure takes them as they are"
)


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """Canonical events in Parquet.

    Attributes
    ----------
    paths : tuple of str
        Files, or folders read whole.
    origin : str
        Short name of the data.
    files : tuple of str
        What they were ingested from.
    without : tuple of int
        ``file`` of rows that no longer count.
    once : bool
        Files overlap, so that an ``event_id`` may stand in more than one.
    """

    paths: tuple[str, ...]
    origin: str
    files: tuple[str, ...]
    without: tuple[int, ...] = ()
    once: bool = False


def lake_events(lake: Lake, source: str | None = None) -> StoredEvents:
    """The events of one source that the lake now holds.

    Parameters
    ----------
    lake : Lake
    source : str, optional
        Needed where the lake holds events of several sources: the same act stands in each of them.

    Raises
    ------
    NoDataError
        The lake holds no events.
    OptionError
        It holds none of this source, or of several and none was chosen.
    LakeError
        Parquet that the catalogue lists is gone.
    """
    from quadrille.lake.catalogue import connect, overlap, parts_of
    from quadrille.lake.frames import fetch

    with connect(lake, read_only=True) as con:
        listed = fetch(
            con.sql(
                "SELECT id, name, source, batch, state, kept, id_low, id_high, first, last, coding FROM files "
                "WHERE kind = 'events' ORDER BY id"
            )
        )
    current = listed.filter(state="current")
    held = current["source"].unique().sort().to_list()
    if not held:
        raise NoDataError(f"{lake.path}: the lake holds no events; quadrille ingest PATH adds some")
    if source is None and len(held) > 1:
        raise OptionError(
            f"{lake.path} holds events of {', '.join(held)}, which tell of the same acts; "
            "choose one: lake:NAME"
        )
    chosen = source or held[0]
    if chosen not in held:
        raise OptionError(
            f"{lake.path} holds no events of {chosen!r}; use one of {', '.join(held)}"
        )
    current = current.filter(source=chosen)
    if (current["coding"] == "hand").any():
        raise OptionError(f"{chosen}: {BY_HAND}")
    kept = current.filter(pl.col("kept") > 0)["batch"].unique(maintain_order=True)
    folders = [lake.data / batch / "kind=events" for batch in kept]
    if not folders:
        raise NoDataError(f"{lake.path}: no row of {chosen} was an act between two states")
    parts_of(lake, kept, "events")
    stale = listed.filter(pl.col("batch").is_in(kept.implode()), pl.col("state") != "current")
    return StoredEvents(
        tuple(map(str, folders)), chosen, tuple(current["name"]), tuple(stale["id"]),
        overlap(current),
    )  # fmt: skip
