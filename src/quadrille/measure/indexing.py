"""The index of every tie, built from what a lake holds and from the embedded chronicle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from quadrille.dates import last_day
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.index.anchor import labels
from quadrille.index.build import Index, build
from quadrille.index.model import Learnt
from quadrille.index.monthly import (
    AGAIN,
    Laid,
    as_month,
    begun_from,
    go_on,
    lay,
    month_of,
    reported,
    speaking,
)
from quadrille.index.shipped import (
    months_beside,
    read_index,
    read_meta,
    read_parts,
    write_index,
    write_months,
)
from quadrille.index.weights import scales_in, weights_in, weights_of
from quadrille.index.witnesses import FIRST, WITNESS_OF, evidence, producer, usable, world
from quadrille.lake.catalogue import Lake, manifest
from quadrille.lake.contents import held, lake_layers
from quadrille.measure.world import World
from quadrille.panel.build import Panel
from quadrille.sources.layers.layer import Layer

__all__ = ["Update", "index_of_lake", "update_index"]

_PRODUCERS = {
    "chronicle": "Hand-coded chronicle of five states, part of Quadrille.",
    "icews": "Boschee, E., Lautenschlager, J., O'Brien, S., Shellman, S., Starz, J. & Ward, M. (2015). ICEWS Coded Event "
    "Data. Harvard Dataverse. https://doi.org/10.7910/DVN/28075",
    "polecat": "Halterman, A., Bagozzi, B. E., Beger, A., Schrodt, P. & Scarborough, G. (2023). PLOVER and POLECAT: A new "
    "political event ontology and dataset. https://doi.org/10.7910/DVN/AJGVIT",
    "gdelt": "Leetaru, K. & Schrodt, P. A. (2013). GDELT: Global Data on Events, Location, and Tone, 1979–2012. "
    "ISA Annual Convention. https://www.gdeltproject.org",
}  # fmt: skip


def _panel(lake: Lake, source: str, kind: str) -> Panel:
    """A source by year; scores by their own period, since sums of months are no scores of years."""
    frequency = None if kind == "scores" else "Y"
    return World(f"lake:{source}", frequency=frequency, lake=lake.path).panel


def index_of_lake(
    lake: Lake, out: Path, until: int | None = None, told: Callable[[str], None] = lambda _: None
) -> Index:
    """Build the index and write it.

    Parameters
    ----------
    lake : Lake
        Its layers, events, counts and scores are the witnesses, with the embedded chronicle.
    out : path
        Ends in ``.parquet``; a JSON file beside it says what the index is made of.
    until : int, optional
        Last year. Default: the last of which any witness reports.
    told : callable
        Takes a line of progress.

    Raises
    ------
    NoDataError
        The lake holds no witness, or neither rivalries nor defence pacts to anchor the scale.
    """
    told("reading the lake")
    layers = list(lake_layers(lake).values())
    sources = held(lake)
    events = sources.filter(sources["kind"].is_in(["events", "counts", "scores"]))
    panels = [_panel(lake, *row) for row in events.select("source", "kind").iter_rows()]
    panels.append(World("chronicle").panel)
    found = evidence(layers, panels, until)
    index = build(found, labels(found.cells, layers), told)
    write_index(index.ties, out, _about(index, layers, panels))
    return index


def _about(index: Index, layers: list[Layer], panels: list[Panel]) -> dict[str, Any]:
    """What the index is made of: sources, loadings of the witnesses, by half, and the scale."""
    items = [
        {
            "item": item.name,
            "witness": item.witness,
            "valence": float(t[1]),
            "engagement": float(t[2]),
        }
        | {"level": float(t[0]), "bias": float(t[3])}
        for learnt in index.learnt[:2]
        for item, t in zip(learnt.names, learnt.items.theta, strict=True)
    ]
    heard = [x for mine in usable(layers).values() for x in mine]
    anchors = [x for x in layers if x.role == "rivalry"]
    cited = {x.name: x.citation for x in (*heard, *anchors)}
    cited |= {p.origin: _PRODUCERS.get(producer(p.origin), p.origin) for p in panels}
    return {
        "version": 1, "built": date.today().isoformat(), "sources": cited, "loadings": items,
        "scales": [s._asdict() for s in index.scales],
        "weights": [weights_of(x) for x in index.learnt],
    }  # fmt: skip


# ---------------------------------------------------------------- months


@dataclass(frozen=True, slots=True)
class Update:
    """What an update of the months did.

    Attributes
    ----------
    file : Path
        The table by months.
    first, last : str
        First and last new month, YYYY-MM; none where nothing is new.
    months : int
    ties, spoken : int
        Ties of the table, and those with a report in the new months.
    rows : int
        Reports that were used.
    again : int
        Months that were there and were smoothed again.
    unknown : tuple of str
        Sources of the lake whose weights the index has not learnt.
    """

    file: Path
    first: str | None
    last: str
    months: int
    ties: int
    spoken: int
    rows: int
    again: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An index and what a lake holds for it."""

    index: Path
    meta: Mapping[str, Any]
    learnt: tuple[Learnt, ...]
    sources: pl.DataFrame
    held: frozenset[str]
    unknown: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Of the weights: months laid with others are laid again."""
        text = json.dumps([self.meta["weights"], self.meta["scales"]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def update_index(
    lake: Lake, index: Path, until: str | None = None, told: Callable[[str], None] = lambda _: None
) -> Update:
    """Lay the months of an index, or go on with those that a lake holds beyond them.

    Nothing is learnt again. The first time all months are laid, from the lake that the index was built from or, where the
    lake holds only part of its sources, on from the last year of the index. Later, ties with a report in the new months or in the
    `AGAIN` before them are smoothed again over these; the others follow from the prior.

    Parameters
    ----------
    lake : Lake
    index : path
        As `index_of_lake` wrote it. The months go into ``NAME-months.parquet`` and ``NAME-months-states.parquet`` beside it.
    until : str, optional
        Last month, YYYY-MM. Default: the last that a source of the lake reaches; of yearly sources, December.
    told : callable
        Takes a line of progress.

    Raises
    ------
    NoDataError
        No index is there, or the lake holds no witness of it.
    FileFormatError
        The index has no weights, or its months are torn.
    """
    weighed = _weighed(lake, index)
    last = _last(weighed.sources, until)
    months = months_beside(index)
    there = _there(weighed, months)
    if there is None:
        told("laying all months; the first time it takes minutes")
        return _laid(lake, weighed, last, told)
    states, done = there
    if last <= done:
        return _nothing(weighed, done)
    return _appended(lake, weighed, states, done, last, told)


def _weighed(lake: Lake, index: Path) -> _Weighed:
    meta = read_meta(index)
    learnt = weights_in(meta, index.with_suffix(".json"))
    scales_in(meta, index.with_suffix(".json"))
    known = {i.witness for i in learnt[0].names}
    files = manifest(lake).filter(pl.col("kept") > 0)
    files = files.filter(pl.col("kind").is_in(["events", "counts", "scores", "layer"]))
    sources = files.group_by("source", "kind", "role").agg(
        pl.col("first").min(), pl.col("last").max(), pl.col("frequency").first()
    )
    layer = pl.col("kind") == "layer"
    sources = sources.with_columns(
        yearly=layer | (pl.col("frequency") == "Y"),
        witness=pl.when(layer)
        .then(pl.col("role").replace_strict(WITNESS_OF, default=None))
        .otherwise(pl.col("source").map_elements(producer, return_dtype=pl.String)),
    )
    speaks = pl.col("witness").is_in(list(known))
    unknown = sources.filter(~layer & ~speaks)["source"].sort().to_list()
    mine = sources.filter(speaks).sort("kind", "source")
    if mine.is_empty():
        raise NoDataError(
            f"{lake.path}: holds no witness of this index, which reads {', '.join(sorted(known - {'chronicle'}))}; ingest one of them"
        )
    every = frozenset(n.rpartition(":")[2] for n in sources["source"])
    return _Weighed(index, meta, learnt, mine, every, tuple(unknown))


def _last(sources: pl.DataFrame, until: str | None) -> int:
    """The last month that any source reaches."""
    ends = sources.select(
        pl.when("yearly")
        .then(pl.col("last").dt.year() * 12 + 11)
        .otherwise(pl.col("last").dt.year() * 12 + pl.col("last").dt.month().cast(pl.Int32) - 1)
    ).to_series()
    last = int(ends.max())  # type: ignore[arg-type]
    if until is None:
        return last
    day = last_day(until)
    if day is None or len(until) != 7:
        raise OptionError(f"until {until!r}: the months end with a month; write YYYY-MM")
    return min(last, month_of(day.year, day.month))


def _there(weighed: _Weighed, months: Path) -> tuple[pl.DataFrame, int] | None:
    """States to go on from and the last month that is there; none where months must be laid anew."""
    if not months.is_file():
        return None
    about = read_meta(months).get("months", {})
    if about.get("weights") != weighed.digest:
        return None
    path = _states_beside(months)
    last = int(about["last"])
    try:
        states = pl.read_parquet(path)
        whole = states["at"].min() == about["states"]
    except (pl.exceptions.PolarsError, OSError):
        whole = False
    if not whole:
        raise FileFormatError(
            f"{path}: the states of these months are missing or torn; delete {months.name} and update again"
        )
    return states, last


def _states_beside(months: Path) -> Path:
    return months.with_name(f"{months.stem}-states.parquet")


def _nothing(weighed: _Weighed, done: int) -> Update:
    ties = read_meta(months_beside(weighed.index)).get("ties", 0)
    return Update(
        months_beside(weighed.index), None, as_month(done), 0, ties, 0, 0, 0, weighed.unknown
    )


def _panels(
    lake: Lake, sources: pl.DataFrame, since: int | None, until: int
) -> tuple[list[Panel], list[Panel]]:
    """Panels of sources by year and by month, those that reach beyond ``since``."""
    yearly, monthly = [], []
    for row in sources.filter(pl.col("kind") != "layer").iter_rows(named=True):
        if (
            since is not None
            and month_of(row["last"].year, 12 if row["yearly"] else row["last"].month) < since
        ):
            continue
        if row["yearly"]:
            yearly.append(_panel(lake, row["source"], row["kind"]))
            continue
        # A score is read against the usual size of all of them.
        first = None if since is None or row["kind"] == "scores" else as_month(since)
        monthly.append(World(f"lake:{row['source']}", "M", first, as_month(until), lake.path).panel)
    acts = World("chronicle", "M", None if since is None else as_month(since), as_month(until))
    return yearly, [*monthly, acts.panel]


def _read(lake: Lake, weighed: _Weighed, since: int | None, until: int) -> pl.DataFrame:
    """Every report of the index's witnesses, from a month on; events are read from a year before."""
    names = {i.name for i in weighed.learnt[0].names}
    decembers = [] if since is None else range(since // 12, (until + 1) // 12)
    wanted = weighed.sources.filter(pl.col("kind") == "layer")
    if since is not None:
        wanted = wanted.filter(pl.col("last").dt.year() >= (min(decembers, default=9999)))
    layers = list(lake_layers(lake, wanted["source"].to_list()).values()) if wanted.height else []
    before = None if since is None else since - 11
    yearly, monthly = _panels(lake, weighed.sources, before, until)
    years = world(until // 12, FIRST if since is None else since // 12)
    rows = reported(layers, yearly, monthly, years)
    rows = rows.filter(pl.col("item").is_in(list(names)))
    return rows if since is None else rows.filter(pl.col("at") >= since)


def _laid(lake: Lake, weighed: _Weighed, last: int, told: Callable[[str], None]) -> Update:
    span = weighed.meta["span"]
    whole = {n.rpartition(":")[2] for n in weighed.meta["sources"]} - {"chronicle"}
    scales = scales_in(weighed.meta, weighed.index)
    if whole <= weighed.held:
        told("reading the lake")
        rows = _read(lake, weighed, None, last)
        told(f"{rows.height:,} reports")
        found = lay(rows, read_parts(weighed.index), weighed.learnt, scales, last)
        return _written(weighed, found, None, month_of(FIRST, 1), last)
    end = month_of(span[1], 12)
    if last <= end:
        raise NoDataError(
            f"{lake.path}: holds only some sources of this index and nothing after {span[1]}, its last year; ingest the rest, or newer data"
        )
    return _appended(lake, weighed, None, end, last, told)


def _appended(
    lake: Lake, weighed: _Weighed, states: pl.DataFrame | None, done: int, last: int,
    told: Callable[[str], None],
) -> Update:  # fmt: skip
    """Months after those that are there, or after the last year of the index."""
    told(f"reading the lake from {as_month(done + 1)} on")
    since = done + 1 if states is None else int(states["at"].min()) + 1  # type: ignore[arg-type]
    rows = _read(lake, weighed, since, last)
    last = min(last, int(rows["at"].max() or 0))  # type: ignore[arg-type]
    if last <= done:
        return _nothing(weighed, done)
    scales = scales_in(weighed.meta, weighed.index)
    parts = read_parts(weighed.index)
    new = speaking(rows.filter("own")).select("state_a", "state_b").unique()
    if states is not None:
        new = new.join(states, on=["state_a", "state_b"], how="anti")
    begun = begun_from(
        read_index(weighed.index, pl.col("year") == min(since // 12 - 1, weighed.meta["span"][1])).join(new, on=["state_a", "state_b"], how="semi"),
        parts, weighed.learnt, scales,
    )  # fmt: skip
    every = begun if states is None else pl.concat([states, begun])
    found = go_on(every, rows, parts, weighed.learnt, scales, done, last)
    return _written(weighed, found, None if states is None else since, done + 1, last)


def _written(weighed: _Weighed, found: Laid, since: int | None, first: int, last: int) -> Update:
    """Write the table, the states and what they are made of."""
    path = months_beside(weighed.index)
    if first == month_of(FIRST, 1):
        first = int(
            found.ties.select(pl.col("year").cast(pl.Int32) * 12 + pl.col("month") - 1).min().item()
        )
    found.states.write_parquet(_states_beside(path), compression="lz4")
    about = {
        "last": last, "states": found.states["at"].min(), "again": AGAIN, "weights": weighed.digest,
    }  # fmt: skip
    kept = {k: weighed.meta[k] for k in ("version", "built", "sources")}
    many = write_months(found.ties, path, kept | {"months": about}, since)
    again = 0 if since is None else first - since
    return Update(
        path, as_month(first), as_month(last), last - first + 1, many,
        found.spoken, found.rows, again, weighed.unknown,
    )  # fmt: skip
