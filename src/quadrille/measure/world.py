"""The one object on the way in: data read once, asked many times."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypedDict, Unpack

import polars as pl

from quadrille import public
from quadrille.arguments import check_path, checked, one_of, question
from quadrille.dates import first_day, last_day
from quadrille.errors import FileFormatError, NoDataError, OptionError, SameStateError
from quadrille.lake.contents import LakeSource
from quadrille.panel.build import FREQUENCIES
from quadrille.sources.layers.layer import Layer
from quadrille.sources.table import Table
from quadrille.states.registry import names_of, require

if TYPE_CHECKING:
    from quadrille.lake.events import StoredEvents
    from quadrille.measure.model import Learnt
    from quadrille.measure.result import Measurement
    from quadrille.panel.build import Panel
    from quadrille.panel.directed import Directed

__all__ = ["Data", "Layers", "Where", "World", "open", "open_world"]

_IN_LAKE = re.compile(r"chronicle|index|lake(:.*)?")
_log = logging.getLogger(__name__)

Layers: TypeAlias = Mapping[str, Layer] | Sequence[str | Path] | None


class Where(TypedDict, total=False):
    """How data are read; the same words everywhere."""

    frequency: Annotated[
        str | None,
        "Period: D, M, Q or Y. Default: the data's own; months for machine-coded events, years for a chronicle.",
    ]
    since: Annotated[
        str | date | None,
        "Use only what happened from this day, month or year on: YYYY, YYYY-MM or YYYY-MM-DD.",
    ]
    until: Annotated[str | date | None, "Use only what happened up to this day, month or year."]
    lake: Annotated[
        str | Path | None, "The lake. Default: QUADRILLE_LAKE, else the platform's data folder."
    ]
    layers: Annotated[
        Layers,
        "Structural data: UN votes, organisations, alliances, rivalries, trade. Default: those of the lake.",
    ]


class World:
    """Data at hand, read when first needed and kept: ask it any question of the package.

    Every question is a method: ``world.relation("PAK", "RUS")`` is ``quadrille.relation("PAK", "RUS", world)``.
    Make one with `quadrille.open`.

    Attributes
    ----------
    frequency : str or None
        As asked for.
    since, until : date or None
    """

    @checked
    def __init__(
        self,
        data: Data = None,
        frequency: str | None = None,
        since: str | date | None = None,
        until: str | date | None = None,
        lake: str | Path | None = None,
        layers: Layers = None,
    ) -> None:
        one_of("frequency", frequency, tuple(FREQUENCIES))
        self.frequency = frequency
        self.since, self.until = first_day(since), last_day(until)
        if self.since and self.until and self.since > self.until:
            raise OptionError(f"since {since} is after until {until}; swap them")
        self._data, self._lake, self._layers = data, lake, layers
        _check_named(data, lake, layers)
        self._measured: dict[str, Measurement] = {}
        self._learnt: dict[str, Learnt] = {}

    @cached_property
    def source(self) -> Table | LakeSource:
        """What is read: a table in memory, or one source of a lake.

        Raises
        ------
        FileFormatError, InputError
            A file cannot be used; the message says where and how to correct it.
        OptionError
            The lake holds several sources and none was named.
        """
        return _find(self._data, self._lake, self.frequency)

    @property
    def origin(self) -> str:
        """Short name of the data."""
        found = self.source
        return found.source if isinstance(found, LakeSource) else found.origin

    @property
    def from_lake(self) -> bool:
        """Whether a lake is read; known without reading."""
        from quadrille.lake.catalogue import existing_lake

        data = self._data
        if isinstance(data, Table | LakeSource):
            return isinstance(data, LakeSource)
        paths = _paths(data)
        if not paths:
            return self._lake is not None or existing_lake() is not None
        return str(paths[0]) == "lake" or str(paths[0]).startswith("lake:")

    def summary(self) -> str:
        """What was read, kept, skipped and rejected, in one line."""
        return self.source.summary()

    @cached_property
    def panel(self) -> Panel:
        """All dyads by period.

        Raises
        ------
        OptionError, NoDataError
            As in `quadrille.panel.build.build`.
        """
        from quadrille.panel.build import build

        return build(self.countable(), self.frequency, self.since, self.until)  # type: ignore[arg-type]

    @cached_property
    def directed(self) -> Directed:
        """Who did what to whom: events and acts by month, counts by their own periods.

        Raises
        ------
        OptionError, NoDataError
            As in `quadrille.panel.directed.directed`.
        """
        from quadrille.panel.directed import directed

        return directed(self.countable(), since=self.since, until=self.until)

    def countable(self) -> Table | StoredEvents:
        """The rows, or where the events of a lake lie, since they need not fit in memory."""
        from quadrille.lake.contents import lake_table
        from quadrille.lake.events import lake_events

        found = self.source
        if not isinstance(found, LakeSource):
            return found
        if found.kind == "events" and found.coding == "machine":
            return lake_events(found.lake, found.source)
        return lake_table(found)

    @checked
    def table(self, states: Sequence[str] = ()) -> Table:
        """The rows between `since` and `until`.

        Parameters
        ----------
        states : sequence of str, optional
            ISO3: of the events of a lake only those that one of these does or suffers, since all of
            them may not fit in memory.
        """
        from quadrille.lake.contents import lake_table

        found = self.source
        table = lake_table(found, states) if isinstance(found, LakeSource) else found
        when = pl.col("date" if table.kind == "events" else "period")
        first, last = self.since or date.min, self.until or date.max
        return replace(table, data=table.data.filter(when.is_between(first, last)))

    @checked
    def dyad_rows(self, a: str, b: str, first: date, last: date) -> pl.DataFrame:
        """The events between two states, by ISO3, in a closed interval; of a lake only these are read."""
        from quadrille.lake.contents import dyad_rows

        found = self.source
        if isinstance(found, LakeSource):
            return dyad_rows(found, a, b, first, last)
        return _of_dyad(found.data, a, b).filter(pl.col("date").is_between(first, last))

    @checked
    def dyad_days(self, a: str, b: str) -> pl.Series:
        """The days on which the data hold an event between two states, by ISO3, in order."""
        from quadrille.lake.contents import dyad_days

        found = self.source
        if isinstance(found, LakeSource):
            return dyad_days(found, a, b)
        return _of_dyad(found.data, a, b)["date"].unique().sort()

    @checked
    def about(self, *names: str) -> World:
        """The world that knows these states: this one, or the index where the chronicle was not asked for.

        Where no data are given and there is no lake, the embedded chronicle is read. It holds five states;
        of any other the index of ties tells.

        Parameters
        ----------
        *names : str
            Of states, any number.

        Raises
        ------
        UnknownStateError, StateNotThenError
        """
        if not self._unasked or not names:
            return self
        codes = dict.fromkeys(require(n, self.since, self.until).iso3 for n in names)
        from quadrille.chronicle.dance import DYADS

        held = {state for dyad in DYADS for state in dyad}
        absent = [code for code in codes if code not in held]
        if not absent or self.index is None:
            return self
        who = names_of(absent)
        verb = "is" if len(absent) == 1 else "are"
        _log.info("%s %s not in the chronicle; answered from the index of ties", who, verb)
        return self.index

    @cached_property
    def index(self) -> World | None:
        """The index of ties for the same time, where one came with the package and periods are years."""
        from quadrille.index.shipped import index_path

        if self.frequency not in (None, "Y") or not index_path().is_file():
            return None
        return World("index", None, self.since, self.until, layers=self._layers)

    @checked
    def between(self, since: date | None, until: date | None) -> World:
        """The world of the same data for another time; read and measured anew."""
        return World(self._data, self.frequency, since, until, self._lake, self._layers)

    @property
    def named(self) -> bool:
        """Whether data were given, by name or as they are."""
        return bool(self._data)

    @checked
    def holding(self, data: Data) -> World:
        """The world of other data for the same time, with the same lake and layers."""
        return World(data, self.frequency, self.since, self.until, self._lake, self._layers)

    def of_ties(self) -> World:
        """The index of ties: this world, or the one that came with the package where no data were named.

        Raises
        ------
        NoDataError
            No index is there.
        OptionError
            Other data were asked for.
        """
        if not self.named:
            return self.index or World("index", self.frequency, self.since, self.until)
        if self.source.kind != "index":
            raise OptionError(
                f"data: {self.origin} is no index of ties; leave data out, or give one"
            )
        return self

    @checked
    def acts_of(self, *states: str) -> World:
        """The world that holds what these states did: this one, or of an index another, since it holds levels only.

        That is the embedded chronicle where it holds them all; else, of the lake, its events, then its counts of
        cooperation and conflict, the most rows first. Periods are the index's years.

        Parameters
        ----------
        *states : str
            ISO3.

        Raises
        ------
        NoDataError
            Neither holds them all.
        """
        if self.source.kind != "index":
            return self
        from quadrille.panel.domains import cooperation

        for world in self._worlds_of_acts:
            with suppress(NoDataError, OptionError):
                world.panel.require(states)
                cooperation(world.panel)
                return world
        who = names_of(states)
        raise NoDataError(
            f"the index holds levels of ties, not acts, and neither the chronicle nor a lake holds {who}; "
            "give events or counts that do"
        )

    @cached_property
    def _worlds_of_acts(self) -> tuple[World, ...]:
        """What `acts_of` may give, each read and measured once."""
        return tuple(
            World(source, "Y", self.since, self.until, self._lake, self._layers)
            for source in self._sources_of_acts()
        )

    @checked
    def origin_of(self, acts: World) -> str:
        """Short name of the world that holds the acts; empty where that is this one."""
        return "" if acts is self else acts.origin

    def _sources_of_acts(self) -> list[str | LakeSource]:
        """Where acts of an index's states may be, the best first."""
        from quadrille.lake.catalogue import existing_lake, open_lake
        from quadrille.lake.contents import choose, held

        lake = open_lake(self._lake) if self._lake else existing_lake()
        if lake is None:
            return ["chronicle"]
        kinds = {"events": 0, "counts": 1}
        rows = held(lake).filter(pl.col("kind").is_in(list(kinds)), pl.col("kept") > 0)
        best = sorted(rows.iter_rows(named=True), key=lambda r: (kinds[r["kind"]], -r["kept"]))
        return ["chronicle", *(choose(lake, row["source"]) for row in best)]

    @property
    def embedded(self) -> bool:
        """Whether the embedded chronicle is read, by name or for want of other data."""
        given = isinstance(self._data, Table | LakeSource)
        return self._unasked or (not given and [*map(str, _paths(self._data))] == ["chronicle"])

    @property
    def _unasked(self) -> bool:
        """Whether the embedded chronicle is read because no data were given and there is no lake."""
        return not self.named and not self.from_lake

    @checked
    def measurement(
        self, facet: str | None = None, among: Sequence[str] = (), of: Sequence[str] = ()
    ) -> Measurement:
        """Dyads measured in one pass, once a facet; what all dyads teach about one is learnt from all of them.

        Parameters
        ----------
        among, of : sequence of str, optional
            ISO3: only the ties among these, or all ties of any of these. Their numbers are those of the whole.
        facet : {"cordiality", "engagement", "hostility", "materiality"}, optional
            By default cordiality, or hostility where the data hold the conflict side only.
        """
        from quadrille.panel.facets import default_facet

        name = facet or default_facet(self.panel)
        key = " ".join((name, *sorted(among), *(f"of {s}" for s in sorted(of))))
        # Ties of an index read by themselves begin where they do; among all they begin with the record.
        for known in (key,) if self.panel.kind == "index" else (name, key):
            if known in self._measured:
                return self._measured[known]
        self._measured[key] = self._measure(name, among, of)
        return self._measured[key]

    @checked
    def around(self, *states: str) -> Measurement:
        """Cordiality of every dyad, for a reading of the ties of some states (ISO3) within the world.

        Of an index, what stands for observations is worked out for their ties alone.
        """
        if self.panel.kind != "index" or "cordiality" in self._measured:
            return self.measurement("cordiality")
        from quadrille.measure.levels import index_measurement

        key = " ".join(("around", *sorted(states)))
        if key not in self._measured:
            self._measured[key] = index_measurement(self.panel, "cordiality", states)
        return self._measured[key]

    def _measure(self, facet: str, among: Sequence[str], of: Sequence[str]) -> Measurement:
        if self.panel.kind == "index":
            from quadrille.measure.levels import index_measurement

            panel = self.panel.among(among) if among else self.panel
            return index_measurement(panel.of(*of) if of else panel, facet)
        from quadrille.measure.model import learn, measured
        from quadrille.panel.facets import facet as facet_of

        if facet not in self._learnt:
            self._learnt[facet] = learn(facet_of(self.panel, facet))
        learnt = self._learnt[facet]
        return measured(learnt, learnt.rows(among, of))

    @checked
    def layers_named(self, *names: str) -> Mapping[str, Layer]:
        """Of `layers` those with these names; of a lake only these are read."""
        from quadrille.lake.catalogue import existing_lake, open_lake
        from quadrille.lake.contents import lake_layers

        if self._layers is not None or "layers" in self.__dict__:
            return {name: self.layers[name] for name in names if name in self.layers}
        lake = open_lake(self._lake) if self._lake else existing_lake()
        return lake_layers(lake, names) if lake else {}

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """Structural data by name: those given, else those of the lake, if there is one.

        Raises
        ------
        FileFormatError
            A file holds no structural data known to us.
        OptionError
            Two files hold the same layer, or what is given by name is no layer.
        """
        from quadrille.lake.catalogue import existing_lake, open_lake
        from quadrille.lake.contents import lake_layers
        from quadrille.sources.formats import read_layers

        if self._layers is None:
            lake = open_lake(self._lake) if self._lake else existing_lake()
            return lake_layers(lake) if lake else {}
        if isinstance(self._layers, Mapping):
            for name, layer in self._layers.items():
                if not isinstance(layer, Layer):
                    raise OptionError(
                        f"layers: {name!r} holds {layer!r}, which is no layer; give paths of files"
                    )
            return self._layers
        found: dict[str, Layer] = {}
        for path in self._layers:
            for layer in read_layers(path):
                if layer.name in found:
                    raise OptionError(f"{path}: holds {layer.name} again; give each layer once")
                found[layer.name] = layer
        return found

    @cached_property
    def references(self) -> Mapping[str, str]:
        """A printed line for each work that a chronicle cites, by its key; empty for other data."""
        from quadrille.chronicle.load import citations

        return citations(*self._chronicle) if self._chronicle else {}

    @cached_property
    def works(self) -> Mapping[str, Mapping[str, Any]]:
        """The same works as CSL-JSON."""
        from quadrille.chronicle.csl import csl_items

        return csl_items(*self._chronicle) if self._chronicle else {}

    @cached_property
    def locators(self) -> Mapping[str, str]:
        """Where each act of a chronicle is found in the works that it cites, by the act's id."""
        from quadrille.chronicle.csl import locators

        return locators(*self._chronicle) if self._chronicle else {}

    @property
    def _chronicle(self) -> tuple[Path | None] | None:
        """The chronicle that is read, None for the embedded one; nothing for other data."""
        found = self.source
        if found.coding != "hand":
            return None
        from quadrille.chronicle import load as chronicle

        own = next((Path(f) for f in found.files if chronicle.looks_like(f)), None)
        return None if found.files and own is None else (own,)

    @property
    def asked(self) -> dict[str, tuple[str, ...]]:
        """The arguments that open it again, as text; what is no file and no name is not among them."""
        data = [] if isinstance(self._data, Table | LakeSource) else _paths(self._data)
        layers = [] if isinstance(self._layers, Mapping) else _paths(self._layers)
        found: dict[str, Sequence[object]] = {
            "data": data, "frequency": [self.frequency], "since": [self.since], "until": [self.until],
            "lake": [self._lake], "layers": layers,
        }  # fmt: skip
        return {k: tuple(str(v) for v in vs if v is not None) for k, vs in found.items()}

    @checked
    def states(
        self, names: Sequence[str], since: date | None = None, until: date | None = None
    ) -> list[str]:
        """ISO3 of different states that existed at some time between two days, by default `since` and `until`.

        Raises
        ------
        UnknownStateError, StateNotThenError, SameStateError
        """
        given: dict[str, str] = {}
        for name in names:
            code = require(name, since or self.since, until or self.until).iso3
            if code in given:
                raise SameStateError(
                    f"{given[code]} and {name} are one state, {code}: give different states"
                )
            given[code] = name
        return list(given)

    @checked
    def present(self, names: Sequence[str]) -> list[str]:
        """The same, of states that the data hold.

        Raises
        ------
        NoDataError
            A state is not in the data.
        """
        codes = self.states(names)
        self.panel.require(codes)
        return codes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if public.question_named(name) is None:
            raise AttributeError(f"a World has no attribute {name!r}")
        ask = public.load(name)

        @wraps(ask)
        def asked(*args: Any, **kwargs: Any) -> Any:
            return ask(*args, data=self, **kwargs)

        return asked

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(q.name for q in public.QUESTIONS)]

    def __repr__(self) -> str:
        return f"<World {self.origin}>"


Data: TypeAlias = World | Table | LakeSource | str | Path | Sequence[str | Path] | None


@question
def open(data: Data = None, **where: Unpack[Where]) -> World:
    """Open data to ask them many questions: they are read, counted and measured once.

    Parameters
    ----------
    data : path, sequence of paths, Table, World, str or None
        A file or folder, or several. ``"chronicle"`` is the embedded one; ``"index"`` the index of all ties;
        ``"lake"`` the only source of the lake, ``"lake:NAME"`` the one of that name. Default: the lake if there is
        one, else the chronicle, or the index where a state is asked about that the chronicle does not hold.
    frequency : str, optional
        Period: D, M, Q or Y. Default: the data's own; months for machine-coded events, years for a chronicle.
    since, until : str or date, optional
        Use only what happened in this closed interval: YYYY, YYYY-MM or YYYY-MM-DD.
    lake : path, optional
        The lake. Default: QUADRILLE_LAKE, else the platform's data folder.
    layers : sequence of paths, or mapping of str to Layer, optional
        Structural data: UN votes, organisations, alliances, rivalries, trade. Default: those of the lake.

    Returns
    -------
    World

    Raises
    ------
    OptionError
        An argument is of another type, or the dates are reversed.

    Examples
    --------
    >>> import quadrille
    >>> world = quadrille.open("chronicle", since="1990")
    >>> world.relation("Pakistan", "Russia").label
    'PAK-RUS'
    """
    return open_world(data, **where)


def open_world(data: Data = None, **where: Unpack[Where]) -> World:
    """A World as it is, or one made of the data.

    Raises
    ------
    OptionError
        A World is given together with dates, a frequency, a lake or layers: it has its own.
    """
    if not isinstance(data, World):
        return World(data, **where)
    own = [name for name, value in where.items() if value is not None]
    if own:
        raise OptionError(
            f"{', '.join(own)} cannot be given with a World, which has its own; open another with quadrille.open"
        )
    return data


def _of_dyad(events: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    return events.filter(pl.col("source").is_in((a, b)), pl.col("target").is_in((a, b)))


def _paths(data: Any) -> list[str | Path]:
    """Files, folders and names of data, given as one or as several."""
    return [data] if isinstance(data, str | Path) else list(data or [])


def _check_named(data: Any, lake: Any, layers: Layers) -> None:
    """Refuse places that can be none, and files that are not there, whether a question reads them or not."""
    files = [] if isinstance(layers, Mapping) else _paths(layers)
    given = [] if isinstance(data, Table | LakeSource) else _paths(data)
    for name, places in (("data", given), ("lake", [lake] if lake else []), ("layers", files)):
        for place in places:
            check_path(name, place)
    for place in (*files, *(p for p in given if not _IN_LAKE.fullmatch(str(p)))):
        try:
            Path(place).stat()
        except OSError as why:
            raise FileFormatError(
                f"{place}: cannot be read ({why.strerror}); check the path"
            ) from None


def _find(data: Any, lake: str | Path | None, frequency: str | None = None) -> Table | LakeSource:
    from quadrille.index.shipped import looks_like, open_index
    from quadrille.lake.catalogue import open_lake
    from quadrille.lake.contents import choose

    if isinstance(data, Table | LakeSource):
        return data
    paths = _paths(data)
    if len(paths) > 1 and (inside := [p for p in map(str, paths) if _IN_LAKE.fullmatch(p)]):
        raise OptionError(
            f"{inside[0]} is read alone: the same act is in several sources; give one at a time"
        )
    if not paths:
        return _default(lake)
    first = str(paths[0])
    if first == "index":
        return open_index(frequency=frequency)
    from quadrille.chronicle import load as chronicle

    if first == "chronicle":
        return chronicle.load()
    if first == "lake" or first.startswith("lake:"):
        return choose(open_lake(lake), first.partition(":")[2] or None)
    files = [Path(p) for p in paths]
    if any(chronicle.looks_like(p) for p in files):
        if len(files) > 1:
            raise OptionError("a chronicle cannot be mixed with other files; give it alone")
        return chronicle.load(files[0])
    if any(looks_like(p) for p in files):
        if len(files) > 1:
            raise OptionError("an index of ties cannot be mixed with other files; give it alone")
        return open_index(files[0], frequency=frequency)
    from quadrille.sources.formats import read_table  # every reader there is

    return read_table(*files)


def _default(lake: str | Path | None) -> Table | LakeSource:
    """A named lake and nothing in its place; else the lake there is; else the embedded chronicle."""
    from quadrille.chronicle import load as chronicle
    from quadrille.lake.catalogue import existing_lake, find_lake, open_lake
    from quadrille.lake.contents import choose

    if lake is not None:
        return choose(open_lake(lake))
    if there := existing_lake():
        return choose(there)
    if os.environ.get("QUADRILLE_LAKE"):
        _log.warning("%s: there is no lake; the embedded chronicle is read instead", find_lake())
    return chronicle.load()
