"""Every format that is read, in one table: what tells it, and what reads it.

A new publisher is one module among the readers of events or of layers, and one line in `FORMATS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Literal, TypeAlias

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.column_map import ColumnMap, find_column_map, matching, read_panel
from quadrille.sources.events.acled import acled_columns, read_acled
from quadrille.sources.events.gdelt import gdelt_kind, read_gdelt
from quadrille.sources.events.icews import NAMED_COLUMNS, icews_columns, read_icews, read_named
from quadrille.sources.events.mapped import guess_map, missing_parts, read_events
from quadrille.sources.events.mentions import Mentions, join, mentions_of
from quadrille.sources.events.phoenix import is_phoenix, read_phoenix
from quadrille.sources.events.polecat import polecat_columns, read_polecat
from quadrille.sources.events.rows import Rows, rows_of_table, rows_of_text
from quadrille.sources.files import (
    Head,
    check_once,
    data_files,
    decode,
    decode_lenient,
    head_of,
    peek,
    read_bytes,
    read_frame,
    separator_of,
    unpack,
)
from quadrille.sources.layers import (
    alliances,
    cow,
    disputes,
    fbic,
    geodist,
    gpr,
    leaders,
    sipri,
    trade,
    ucdp,
    unga,
    wars,
)
from quadrille.sources.layers.layer import Layer
from quadrille.sources.table import Table, merge

__all__ = [
    "FORMATS",
    "GDELT",
    "TABLE",
    "Format",
    "Found",
    "format_of",
    "format_within",
    "nearly",
    "open_files",
    "read_file",
    "read_layers",
    "read_mentions",
    "read_table",
    "wanted",
]

Found: TypeAlias = Table | Layer | Mentions
Reader: TypeAlias = Callable[[Head], Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of one publisher.

    Attributes
    ----------
    name : str
        Short name: ``"ICEWS"``, or that of the layers.
    publisher : str
        Whose files these are, for messages.
    kind : {"events", "mentions", "layer", "companion", "unused", "table"}
        What is in it; a companion is a list that is read with the file it belongs to, an unused file
        is known and says nothing of two states, a table needs a column map.
    sniff : callable
        How many columns of a head tell it; 0: it is not this format.
    columns : frozenset of str
        Of a layer: columns that together tell it, in lower case.
    read : callable
        What a file of this format holds.
    """

    name: str
    publisher: str
    kind: Literal["events", "mentions", "layer", "companion", "unused", "table"]
    sniff: Callable[[Head], int]
    read: Reader
    columns: frozenset[str] = frozenset()

    @property
    def use(self) -> str:
        """Name of the argument that takes such a file."""
        return "layers" if self.kind in ("layer", "companion") else "data"


# ---------------------------------------------------------------- events


# Events are told by more than names of columns, so that this comes before any layer.
_FIRST = 100


def _by_line(kind: Callable[[str], bool]) -> Callable[[Head], int]:
    return lambda head: _FIRST if head.first and kind(head.first) else 0


def _parted(kind: str) -> Callable[[Head], int]:
    """Tells GDELT that a spreadsheet saved again with other separators."""

    def sniff(head: Head) -> int:
        other = head.first and separator_of(head.first) != "\t"
        return _FIRST if other and gdelt_kind("\t".join(head.cells(0))) == kind else 0

    return sniff


def _by_columns(columns: Callable[[Sequence[str]], int]) -> Callable[[Head], int]:
    def sniff(head: Head) -> int:
        found = columns(head.columns)
        return _FIRST + found if found else 0

    return sniff


def _phoenix(head: Head) -> int:
    return _FIRST if head.first and is_phoenix(head.cells(0), separator_of(head.first)) else 0


def _named(head: Head) -> int:
    return _FIRST if set(NAMED_COLUMNS) <= set(head.columns) else 0


def _read_named(head: Head) -> Sequence[Found]:
    frame, _ = read_frame(head)
    if frame.schema["date"] == pl.String:
        frame = frame.with_columns(pl.col("date").str.to_datetime(strict=False))
    return [read_named(frame, head.file.shown)]


def _read_acled(head: Head) -> Sequence[Found]:
    return [read_acled(head.file.path, head.file.shown)]


def _text(read: Callable[[str, str], Table | Mentions], lenient: bool = False) -> Reader:
    """A reader of text; lenient where the columns used are ASCII, whatever places are written in."""
    return lambda head: [read(_decoded(head, lenient), head.file.shown)]


def _decoded(head: Head, lenient: bool) -> str:
    raw = read_bytes(head.file.path)
    return decode_lenient(raw) if lenient else decode(raw, head.file.shown)


def _tabbed(read: Callable[[str, str], Table | Mentions]) -> Reader:
    """A reader of text parted by tabs, for one that is parted otherwise."""

    def whole(head: Head) -> Sequence[Found]:
        rows = rows_of_text(_decoded(head, True), header=head.cells(0), file=head.file.shown)
        cells = rows.frame["cells"]
        plain = cells.list.eval(pl.element().str.replace_all(r"[\t\r\n]+", " "))
        return [read("\n".join(plain.list.join("\t")), head.file.shown)]

    return whole


def _rows(read: Callable[[Rows, str], Table], lenient: bool = False) -> Reader:
    """A reader of rows by the names of their columns, in a text or a table that came whole."""

    def whole(head: Head) -> Sequence[Found]:
        if head.container == "text":
            rows = rows_of_text(_decoded(head, lenient), file=head.file.shown)
        else:
            rows = rows_of_table(*read_frame(head))
        return [read(rows, head.file.shown)]

    return whole


# ---------------------------------------------------------------- layers


def _has(signature: Collection[str]) -> Callable[[Head], int]:
    wanted = frozenset(signature)
    return lambda head: len(wanted) if wanted <= {c.strip().lower() for c in head.columns} else 0


def _layers(readers: Sequence[Callable[[str | Path], Layer | None]]) -> Reader:
    return lambda head: [x for read in readers if (x := read(head.file.path)) is not None]


def _layer_formats(publisher: str, module: ModuleType) -> Iterator[Format]:
    """A format for each signature; of a file that holds several layers, all of them are read."""
    for signature in dict.fromkeys(frozenset(s) for s in module.SIGNATURES.values()):
        keys = [k for k, s in module.SIGNATURES.items() if frozenset(s) == signature]
        names = list(dict.fromkeys(key.split(":")[0] for key in keys))
        readers = [module.READERS[name] for name in names]
        name = " and ".join(names)
        yield Format(name, publisher, "layer", _has(signature), _layers(readers), signature)


def _companions(publisher: str, what: str, lists: Sequence[Sequence[str]]) -> Iterator[Format]:
    def read(head: Head) -> Sequence[Found]:
        raise FileFormatError(
            f"{head.file.shown}: a list read with the {what} beside it; give the {what}"
        )

    for columns in lists:
        yield Format("list", publisher, "companion", _has(columns), read)


# Files of publishers whose other files are read: the columns that tell them, and what to give instead.
_UNUSED = (
    ("COW disputes", ("styear", "outcome", "settle", "recip", "numa", "numb"),
     "disputes without their participants; give MIDB"),
    ("COW incidents", ("incidnum", "styear", "duration", "tbi", "action", "numa"),
     "incidents without their participants; give MIDIP"),
    ("COW country codes", ("stateabb", "ccode", "statenme"),
     "a list of states and their numbers; they are known to Quadrille"),
    ("UCDP", ("conflict_id", "org", "side_a_name", "side_b_name", "best_fatality_estimate"),
     "conflicts between groups, with no government; give ucdp-prio-acd, ucdp-dyadic or GEDEvent"),
    ("UCDP", ("conflict_id", "actor_id", "is_government_actor", "best_fatality_estimate"),
     "violence of one side against civilians; give ucdp-prio-acd, ucdp-dyadic or GEDEvent"),
    ("UCDP", ("conflict_id", "bd_best", "bd_low", "bd_high", "gwno_a"),
     "deaths in battle by conflict; give ucdp-prio-acd, ucdp-dyadic or GEDEvent"),
    ("UN votes", ("undl_id", "ms_code", "ms_vote", "permanent_member"),
     "votes of the Security Council; give those of the General Assembly"),
    ("WITS", ("reporteriso3", "partneriso3", "tradeflowname", "year"),
     "trade as WITS exports it, which is not read; give BACI or Gravity of CEPII, the IMF's direction of trade, "
     "or trade of the Correlates of War"),
    ("lists of states", ("cowcode", "country_name", "start", "end"),
     "a list of states, their numbers and spells; they are known to Quadrille"),
    ("lists of states", ("gwcode", "country_name", "start", "end"),
     "a list of states, their numbers and spells; they are known to Quadrille"),
)  # fmt: skip


def _unused(publisher: str, columns: Sequence[str], why: str) -> Format:
    def read(head: Head) -> Sequence[Found]:
        raise FileFormatError(f"{head.file.shown}: {why}")

    return Format("unused", publisher, "unused", _has(columns), read)


# ---------------------------------------------------------------- tables


def _read_table(head: Head, given: ColumnMap | None = None) -> Sequence[Found]:
    """A table by its map: the one given, a known layout, else a guess that is clear."""
    frame, lines = read_frame(head)
    file = head.file.shown
    chosen = given or matching(frame.columns) or guess_map(frame)
    if chosen is None and frame.is_empty():
        raise FileFormatError(f"{file}: it holds no rows under its header; expected {wanted()}")
    if chosen is None and all(re.fullmatch(r"-?[\d.]+", c.strip()) for c in frame.columns):
        raise FileFormatError(
            f"{file}: its first line holds numbers and no names of columns; name the columns in a first "
            "line, and states by their names or codes"
        )
    if chosen is None:
        raise FileFormatError(
            f"{file}: cannot tell what its columns {', '.join(frame.columns[:8])} are: it has "
            f"{missing_parts(frame)}; expected {wanted()}: write a column map {Path(file).name}.map.toml "
            "in the same folder (quadrille map guess FILE shows how)"
        )
    if head.container == "text":
        check_once(head.columns, chosen.columns, file)
    read = read_events if chosen.kind == "events" else read_panel
    return [read(frame, chosen, file, lines)]


GDELT = Format(
    "GDELT", "GDELT", "events", _by_line(lambda line: gdelt_kind(line) == "events"),
    _text(read_gdelt, lenient=True),
)  # fmt: skip
TABLE = Format("table", "a table with a column map", "table", lambda head: 0, _read_table)
FORMATS: tuple[Format, ...] = (
    Format("ICEWS", "ICEWS", "events", _by_columns(icews_columns), _rows(read_icews)),
    Format("named ICEWS events", "ICEWS", "events", _named, _read_named),
    Format("POLECAT", "POLECAT", "events", _by_columns(polecat_columns), _rows(read_polecat, lenient=True)),
    GDELT,
    Format(
        "GDELT mentions", "GDELT", "mentions", _by_line(lambda line: gdelt_kind(line) == "mentions"),
        _text(mentions_of, lenient=True),
    ),
    Format("ACLED", "ACLED", "events", _by_columns(acled_columns), _read_acled),
    Format("GDELT saved again", "GDELT", "events", _parted("events"), _tabbed(read_gdelt)),
    Format("GDELT mentions saved again", "GDELT", "mentions", _parted("mentions"), _tabbed(mentions_of)),
    Format("Phoenix", "Phoenix", "events", _phoenix, _text(read_phoenix)),
    *_layer_formats("UN votes or ideal points", unga),
    *_companions("UN votes", "UN votes", unga.COMPANIONS),
    *_layer_formats("Correlates of War or ATOP", cow),
    *_layer_formats("Correlates of War or ATOP", alliances),
    *_layer_formats("disputes or rivalries", disputes),
    *_layer_formats("disputes or rivalries", wars),
    *_layer_formats("FBIC", fbic),
    *_layer_formats("GPR", gpr),
    *_layer_formats("SIPRI", sipri),
    *_layer_formats("trade", trade),
    *_layer_formats("CEPII GeoDist", geodist),
    *_layer_formats("UCDP", ucdp),
    *_layer_formats("Archigos or REIGN", leaders),
    *_companions("trade", "files of BACI", trade.COMPANIONS),
    *(_unused(*known) for known in _UNUSED),
)  # fmt: skip


def wanted(kinds: Collection[str] = ("events", "table")) -> str:
    """Publishers whose files are read, for messages."""
    some = [f.publisher for f in (*FORMATS, TABLE) if f.kind in kinds]
    return ", ".join(dict.fromkeys(some))


def _best(head: Head, formats: Sequence[Format]) -> Format | None:
    """The format that most columns tell.

    Raises
    ------
    FileFormatError
        Those of two publishers fit as well.
    """
    scored = [(f.sniff(head), f) for f in formats]
    most = max(n for n, _ in scored)
    best = [f for n, f in scored if n == most and n > 0]
    if len({f.publisher for f in best}) > 1:
        names = " or ".join(f.name for f in best)
        raise FileFormatError(
            f"{head.file.shown}: its columns fit {names}; call the reader of the one it is"
        )
    return best[0] if best else None


def format_of(head: Head) -> Format:
    """The format of a file: by its first line, else, of layers, by the first line that is a header known to us.

    A text or table of none of the formats is `TABLE`.

    Raises
    ------
    FileFormatError
        The file is no table, or two formats fit as well.
    """
    if head.container == "tar":
        raise FileFormatError(
            f"{head.file.shown}: is a tar archive; unpack it and give what is in it"
        )
    if head.container == "binary" and head.file.path.suffix.lower() == ".dta":
        raise FileFormatError(
            f"{head.file.shown}: a file of Stata; save it as CSV (Stata: export delimited using F.csv, "
            'nolabel; R: write.csv(haven::read_dta("F.dta"), "F.csv", row.names = FALSE))'
        )
    if head.container == "binary":
        raise FileFormatError(f"{head.file.shown}: not text, Parquet or Excel; save it as CSV")
    found = _best(head, FORMATS)
    if found is not None:
        return found
    layers = [f for f in FORMATS if f.kind == "layer"]
    for lower in head.below:
        # Only the columns below an explanation count.
        below = _best(lower, layers)
        if below is not None:
            return below
    return TABLE


# Share of a layer's columns, and their least number, that a file of it with others must have.
_NEARLY, _SOME = 0.6, 3


def nearly(head: Head) -> str:
    """Which known file one in no known format looks like, and the column it lacks; empty for none."""
    there = {c.strip().lower() for c in head.columns}
    shares = [(len(f.columns & there) / len(f.columns), f) for f in FORMATS if f.columns]
    share, best = max(shares, key=lambda pair: pair[0])
    if share < _NEARLY or len(best.columns & there) < _SOME:
        return ""
    lacks = min(best.columns - there)
    return f"looks like a file of {best.publisher} ({best.name}), but has no column {lacks!r}"


def format_within(path: Path) -> Format:
    """The format of a file, or of the first table in a zip, without unpacking it.

    Raises
    ------
    FileFormatError
        It cannot be read.
    """
    return format_of(peek(path))


# ---------------------------------------------------------------- the door


def read_file(
    head: Head, column_map: ColumnMap | None = None, names: Mapping[str, str] | None = None
) -> list[Found]:
    """What one file, which is no zip, holds; a column map says that it is a table.

    Parameters
    ----------
    names : mapping, optional
        What to call the files of a zip, by where they were unpacked to.

    Raises
    ------
    FileFormatError
        It cannot be used.
    """
    called = {str(head.file.path): head.file.shown, **(names or {})}
    try:
        found = _read_table(head, column_map) if column_map else format_of(head).read(head)
    except FileFormatError as why:
        text = str(why)
        for place, shown in called.items():
            text = text.replace(place, shown)
        raise type(why)(text) from None
    return [_renamed(f, called) if isinstance(f, Layer) else f for f in found]


def _renamed(layer: Layer, called: Mapping[str, str]) -> Layer:
    """Name files as they are called in the zip."""
    if all(place == shown for place, shown in called.items()):
        return layer
    rejected = layer.rejected.with_columns(pl.col("file").replace(called))
    files = tuple(called.get(f, f) for f in layer.files)
    return replace(layer, files=files, rejected=rejected)


def _is_table(head: Head, found: Format, place: Path) -> bool:
    """Whether a file holds events, counts or scores.

    Raises
    ------
    FileFormatError
        It is of another kind that is known.
    """
    if found.kind == "layer":
        raise FileFormatError(
            f"{head.file.shown}: is a layer ({found.name}), not events, counts or scores; give it as "
            f"layers, or take it in with: quadrille ingest {place}"
        )
    if found.kind == "mentions":
        raise FileFormatError(
            f"{head.file.shown}: GDELT mentions say how events were reported, not what happened; give "
            "the export file, and see quadrille.sources.events.mentions.weigh"
        )
    return True


def _of_kind(heads: Sequence[Head], place: Path, kind: str | None) -> list[Head]:
    """The files to read: of a zip with layers only those, and no companion beside other files."""
    known = [(head, format_of(head)) for head in heads]
    if any(f.kind == "layer" for _, f in known) and kind != "table":
        return [head for head, f in known if f.kind == "layer"]
    if kind == "layer" and known[0][1].kind not in ("companion", "unused"):
        raise _no_layer(heads, place)
    more = any(f.kind != "companion" for _, f in known)
    rest = [(head, f) for head, f in known if f.kind != "companion" or not more]
    return [head for head, f in rest if kind is None or _is_table(head, f, place)]


def _no_layer(heads: Sequence[Head], place: Path) -> FileFormatError:
    if heads[0].file.member:
        return FileFormatError(f"{place}: no structural file in it; expected {wanted(('layer',))}")
    has = ", ".join(c.strip().lower() for c in heads[0].columns[:8]) or "none"
    return FileFormatError(
        f"{place}: no structural data known to us (columns: {has}); expected {wanted(('layer',))}"
    )


def _read_place(place: Path, column_map: ColumnMap | None, kind: str | None) -> list[Found]:
    """What a file, or every file of a zip, holds."""
    with TemporaryDirectory(prefix="quadrille-") as folder:
        files = unpack(place, Path(folder))
        names = {str(f.path): f.shown for f in files}
        heads = [head_of(f) for f in files]
        given = column_map or find_column_map(place)
        chosen = heads if given and kind != "layer" else _of_kind(heads, place, kind)
        return [found for head in chosen for found in read_file(head, given, names)]


def open_files(path: str | Path, *, column_map: ColumnMap | None = None) -> list[Found]:
    r"""Everything in a file, a zip or a folder: tables of events, counts and scores, layers, mentions.

    Parameters
    ----------
    path : path
        Of the formats in `FORMATS`, or any table as CSV, Parquet or Excel; plain, zipped or gzipped.
        A folder is read whole; of a zip with layers, only the layers.
    column_map : ColumnMap, optional
        What the columns of a table are. By default ``<file>.map.toml`` beside the file, else a known
        layout, else what `quadrille.sources.events.mapped.guess_map` finds.

    Raises
    ------
    FileFormatError
        A file cannot be used; one line says where, and what to do.
    NoDataError
        The folder holds no data file.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("fbic.csv").write_text("iso3a,iso3b,year,fbic,bandwidth\nCHN,LAO,2020,0.3,1\n")
    >>> [found.summary() for found in open_files("fbic.csv")]
    ['fbic: 1 directed dyad-years from 1 rows, 2020 to 2020, 2 states']
    """
    return [f for place in data_files([path]) for f in _read_place(place, column_map, None)]


def read_table(*paths: str | Path, column_map: ColumnMap | None = None) -> Table:
    """Events, counts or scores of files, zips and folders, in one canonical table.

    Parameters
    ----------
    column_map : ColumnMap, optional
        As in `open_files`.

    Raises
    ------
    FileFormatError, NoDataError
        As `open_files`; or a file is a layer, or holds mentions.
    OptionError
        The files are of different kinds.
    """
    found = [f for p in data_files(paths) for f in _read_place(p, column_map, "table")]
    return merge([f for f in found if isinstance(f, Table)])


def read_layers(path: str | Path) -> tuple[Layer, ...]:
    """The layers of a file, or of each file in a zip or folder.

    Raises
    ------
    FileFormatError
        It holds no layer, or more than one publisher's columns fit, or it cannot be read.
    """
    found = [f for p in data_files([path]) for f in _read_place(p, None, "layer")]
    return tuple(f for f in found if isinstance(f, Layer))


def read_mentions(path: str | Path) -> Mentions:
    """The mentions in a file of GDELT, a zip of them, or a folder.

    Raises
    ------
    FileFormatError
        A file holds no mentions.
    NoDataError
        The folder holds no data file.
    """
    found = open_files(path)
    mentions = [f for f in found if isinstance(f, Mentions)]
    if len(mentions) < len(found):
        other = next(f for f in found if not isinstance(f, Mentions))
        raise FileFormatError(f"{other.files[0]}: not GDELT mentions; give *.mentions.CSV files")
    return join(mentions)
