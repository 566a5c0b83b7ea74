"""Read and check chronicles: a CSV of acts, and a bibliography that their references name.

The embedded chronicle is the four-way dance of Pakistan, Russia, India, the United States and China,
1947 to 2026, coded by us from the works of its bibliography.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from quadrille.errors import ChronicleError, FileFormatError, UnknownStateError
from quadrille.events.record import DOMAINS, EVENT_SCHEMA, derive
from quadrille.events.schema import EMPTY, REPEATED, Column, Rule, Schema, failures, validate
from quadrille.events.vocabulary import cameo
from quadrille.sources.files import decode, read_bytes
from quadrille.sources.table import REJECTED, Table
from quadrille.states.registry import existed, find, get

__all__ = [
    "ACT_SCHEMA",
    "COLUMNS",
    "DYADS",
    "Problem",
    "acts",
    "bibliography",
    "check",
    "citations",
    "load",
    "looks_like",
]

REQUIRED = (
    "id", "date", "source", "target", "mutual", "cameo", "domain", "description", "certainty",
    "reference",
)  # fmt: skip
OPTIONAL = ("intensity", "intensity_reason", "locator", "article")
COLUMNS = (*REQUIRED[:7], *OPTIONAL[:2], *REQUIRED[7:], *OPTIONAL[2:])
# The ten dyads of the dance.
DYADS = tuple(
    (a, b)
    for a in ("CHN", "IND", "PAK", "RUS", "USA")
    for b in ("IND", "PAK", "RUS", "USA")
    if a < b
)
# Weight of an act in the measurement: how sure its coder is that it happened, then, so.
CERTAINTY = {"certain": 1.0, "probable": 0.8, "contested": 0.5}
PRECISION = {4: "year", 7: "month", 10: "day"}
_CITED = ("author", "year", "title", "container", "publisher", "url")
DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a chronicle: where, and what was expected."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        """One line: file, line, column, what is wrong and what was expected."""
        where = f"{self.file}: line {self.line}"
        return (
            f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


def _column(name: str, *rules: Rule, nullable: bool = False, unique: bool = False) -> Column:
    return Column(pl.String, rules, nullable, unique)


def _among(name: str, values: tuple[str, ...], nullable: bool = False) -> Column:
    rule = Rule(pl.col(name).is_in(values), f"use one of {', '.join(values)}")
    return _column(name, rule, nullable=nullable)


def _written(name: str, pattern: str, message: str, unique: bool = False) -> Column:
    return _column(name, Rule(pl.col(name).str.contains(pattern), message), unique=unique)


_UNKNOWN = "unknown state"
# Acts as written, all text, with the columns of truths that `_prepare` adds.
ACT_SCHEMA: Schema = {
    "id": _written(
        "id", r"^[a-z0-9]+(-[a-z0-9]+)*$", "use small letters, digits, hyphens", unique=True
    ),
    "date": _column(
        "date",
        Rule(pl.col("date").str.contains(DATE), "write YYYY, YYYY-MM or YYYY-MM-DD"),
        Rule(pl.col("_date_ok"), "no day of the calendar from 1945 to today"),
    ),
    "source": _column(
        "source",
        Rule(pl.col("_source_ok"), _UNKNOWN),
        Rule(pl.col("_source_then"), "the state did not exist then"),
    ),
    "target": _column(
        "target",
        Rule(pl.col("_target_ok"), _UNKNOWN),
        Rule(pl.col("_target_then"), "the state did not exist then"),
        Rule(pl.col("_differ"), "source and target are the same state"),
    ),
    "mutual": _among("mutual", ("yes", "no")),
    "cameo": _column(
        "cameo",
        Rule(
            pl.col("cameo").is_in(cameo()["code"].implode()),
            "no CAMEO code; codes run from 01 to 2042, zero first",
        ),
    ),
    "domain": _among("domain", DOMAINS),
    "intensity": _column(
        "intensity",
        Rule(pl.col("_intensity_ok"), "expected a number from -10 to 10, or nothing"),
        Rule(
            pl.col("_reason_ok"), "a weight of your own needs an intensity_reason, and only it does"
        ),
        nullable=True,
    ),
    "intensity_reason": _column("intensity_reason", nullable=True),
    "description": _column(
        "description",
        Rule(
            pl.col("description").str.len_chars().is_between(10, 300),
            "one line of 10 to 300 characters",
        ),
    ),
    "certainty": _among("certainty", tuple(CERTAINTY)),
    "reference": _column(
        "reference",
        Rule(pl.col("_reference_ok"), "names a work that the bibliography does not hold"),
    ),
    "locator": _column("locator", nullable=True),
    "article": _among("article", ("yes", "no"), nullable=True),
}


def _dates(text: str | None) -> tuple[date, date] | None:
    """First and last day of YYYY, YYYY-MM or YYYY-MM-DD; None if it is no such date."""
    try:
        parts = [int(p) for p in (text or "").split("-")]
        first = date(*[*parts, 1, 1][:3])
        if len(parts) == 3:
            return first, first
        after = date(first.year + 1, 1, 1) if len(parts) == 1 else _next_month(first)
        return first, date.fromordinal(after.toordinal() - 1)
    except (ValueError, TypeError):
        return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _state(text: str | None, when: tuple[date, date] | None) -> str | None:
    try:
        return find(text or "", on=when[0] if when else None).iso3
    except UnknownStateError:
        return None


def _then(iso3: str | None, when: tuple[date, date] | None) -> bool:
    """Whether a state existed at some time of a span; True where either is unknown."""
    return (
        not iso3
        or not when
        or any(existed(iso3, d) for d in when)
        or any(a <= when[1] and (b or when[0]) >= when[0] for a, b in get(iso3).spells)
    )


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return float("nan")


def _prepare(row: dict[str, Any], works: frozenset[str]) -> dict[str, Any]:
    """What the checks of one act need, beside the act as written."""
    when = _dates(row["date"])
    ends = {e: _state(row[e], when) for e in ("source", "target")}
    weight = _number(row["intensity"])
    keys = [k.strip() for k in (row["reference"] or "").split(";")]
    return row | {
        "_first": when[0] if when else None,
        "_source": ends["source"],
        "_target": ends["target"],
        "_weight": weight,
        "_date_ok": when is not None and date(1945, 1, 1) <= when[0] <= date.today(),
        "_source_ok": ends["source"] is not None,
        "_target_ok": ends["target"] is not None,
        "_source_then": _then(ends["source"], when),
        "_target_then": _then(ends["target"], when),
        "_differ": ends["source"] is None or ends["source"] != ends["target"],
        "_intensity_ok": weight is None or -10 <= weight <= 10,
        "_reason_ok": (weight is None) == (not row["intensity_reason"]),
        "_reference_ok": all(k in works for k in keys),
    }


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every row that is not blank, header first."""
    reader = csv.reader(io.StringIO(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as why:
            raise ChronicleError(
                f"{file}: line {reader.line_num}: broken quoting ({why}); close every quotation mark"
            ) from None
        if any(c.strip() for c in cells):
            yield line, cells
        line = reader.line_num + 1


def _frame(text: str, file: str, works: frozenset[str]) -> tuple[pl.DataFrame, list[Problem]]:
    """Acts as written with what the checks need, and the rows that are no rows."""
    rows = _rows(text, file)
    header = [c.strip() for c in next(rows, (1, []))[1]]
    missing = [c for c in REQUIRED if c not in header]
    strange = [c for c in header if c not in COLUMNS]
    if missing or strange or len(set(header)) < len(header):
        what = (
            f"column {missing[0]!r} is missing"
            if missing
            else f"unknown or repeated column in {header}"
        )
        raise ChronicleError(f"{file}: line 1: {what}; columns are {','.join(COLUMNS)}")
    problems, made = [], []
    for line, cells in rows:
        if len(cells) != len(header):
            found = f"{len(cells)} columns, expected {len(header)}; quote texts that hold commas"
            problems.append(Problem(file, line, "", found))
            continue
        row = dict.fromkeys(COLUMNS) | {
            n: c.strip() or None for n, c in zip(header, cells, strict=True)
        }
        made.append(_prepare(row, works) | {"_line": line})
    return pl.DataFrame(made, infer_schema_length=None), problems


def _problems(frame: pl.DataFrame, file: str) -> list[Problem]:
    """What breaks `ACT_SCHEMA`, with the line of each; of each cell the first rule it breaks."""
    texts = frame.with_columns(pl.col(c).cast(pl.String) for c in COLUMNS)
    first: dict[tuple[int, str], Problem] = {}
    for number, column, message in failures(texts, ACT_SCHEMA):
        line, value = texts["_line"][number], texts[column][number]
        first.setdefault((line, column), Problem(file, line, column, _said(value, message)))
    return sorted(first.values(), key=lambda p: (p.line, COLUMNS.index(p.column)))


def _said(value: str | None, message: str) -> str:
    if message == EMPTY:
        return message
    if message == REPEATED:
        message = "the same id stands on another line"
    if message == _UNKNOWN:
        try:
            find(value or "")
        except UnknownStateError as why:
            return str(why)
    return f"{value!r}: {message}"


def _events(frame: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Canonical events: an act both ways becomes two, whose ids end in ``>`` and ``<``."""
    there = frame.with_columns(
        _id=pl.col("id")
        + pl.when(pl.col("mutual") == "yes").then(pl.lit(">")).otherwise(pl.lit(""))
    )
    back = frame.filter(pl.col("mutual") == "yes").with_columns(
        _id=pl.col("id") + "<", _source="_target", _target="_source"
    )
    both = pl.concat([there, back]).select(
        pl.col("_id").alias("event_id"),
        pl.col("_first").alias("date"),
        pl.col("date").str.len_chars().replace_strict(PRECISION).alias("precision"),
        pl.col("_source").alias("source"),
        pl.col("_target").alias("target"),
        "cameo",
        "domain",
        pl.col("_weight").cast(pl.Float64).alias("goldstein"),
        pl.lit(1, pl.Int64).alias("reports"),
        pl.col("certainty").replace_strict(CERTAINTY).alias("certainty"),
        pl.col("description").alias("text"),
        pl.lit(origin).alias("origin"),
        "reference",
    )
    return derive(both).select(list(EVENT_SCHEMA)).sort("date", "event_id")


def _works(raw: bytes, file: str) -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(decode(raw, file))
    except tomllib.TOMLDecodeError as why:
        raise FileFormatError(f"{file}: not a TOML file: {why}") from None
    for key, work in found.items():
        if not isinstance(work, dict) or "title" not in work:
            raise FileFormatError(f"{file}: [{key}]: a work needs at least a title")
    return found


def _bibliography_of(path: Path) -> Path:
    own = path.with_suffix(".bibliography.toml")
    return own if own.is_file() else path.with_name("bibliography.toml")


def bibliography(path: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """The works a chronicle names, by key.

    Parameters
    ----------
    path : path, optional
        A chronicle CSV: its ``<name>.bibliography.toml`` or the ``bibliography.toml`` beside it. By
        default the embedded one.

    Raises
    ------
    FileFormatError
        There is none, or it is broken.
    """
    if path is None:
        found: dict[str, dict[str, Any]] = {}
        for name, raw in _embedded("bibliography.toml"):
            found |= _works(raw, name)
        return dict(sorted(found.items()))
    place = _bibliography_of(Path(path))
    try:
        return _works(place.read_bytes(), str(place))
    except OSError:
        raise FileFormatError(
            f"{path}: no bibliography beside it; write {place.name} with a [key] for each reference"
        ) from None


def citations(path: str | Path | None = None) -> dict[str, str]:
    """One printed line for each work of a bibliography, by its key; ``path`` as in `bibliography`."""
    return {key: _cite(entry) for key, entry in bibliography(path).items()}


def _cite(entry: Mapping[str, Any]) -> str:
    """Author, year, title, container and publisher, each once and each with one full stop."""
    parts = (str(entry[k]).rstrip(".") for k in _CITED if entry.get(k))
    return ". ".join(dict.fromkeys(parts)) + "."


def _embedded(pattern: str) -> list[tuple[str, bytes]]:
    folder = files("quadrille.chronicle").joinpath("data")
    inside = sorted((f for f in folder.iterdir() if fnmatch(f.name, pattern)), key=lambda f: f.name)
    return [(f.name, f.read_bytes()) for f in inside]


def _checked(path: Path | None) -> tuple[pl.DataFrame, list[Problem]]:
    parts = _embedded("part_?.csv") if path is None else [(str(path), read_bytes(path))]
    works = frozenset(bibliography(path))
    frames, problems = [], []
    for file, raw in parts:
        frame, broken = _frame(decode(raw, file), file, works)
        problems += broken
        if frame.height:
            frames.append(frame)
            problems += _problems(frame, file)
    if not frames and not problems:
        raise ChronicleError(f"{parts[0][0]}: it holds no acts")
    return (pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame()), problems


def check(path: str | Path | None = None) -> list[Problem]:
    """Everything wrong with a chronicle, line by line; nothing for the embedded one.

    Raises
    ------
    ChronicleError
        The file cannot be read, is no UTF-8 CSV, or its columns are not a chronicle's.
    FileFormatError
        Its bibliography is missing or broken.
    """
    return _checked(Path(path) if path else None)[1]


@cache
def _embedded_acts() -> pl.DataFrame:
    return _sound(None)


def _sound(path: Path | None) -> pl.DataFrame:
    frame, problems = _checked(path)
    if problems:
        more = (
            f" (and {len(problems) - 1} more: quadrille chronicle check {problems[0].file})"
            if len(problems) > 1
            else ""
        )
        raise ChronicleError(f"{problems[0]}{more}", [str(p) for p in problems])
    return frame


def acts(path: str | Path | None = None) -> pl.DataFrame:
    """Acts as coded: the columns of the file, all text, one row an act, by date.

    Raises
    ------
    ChronicleError
        As `load`.
    """
    frame = _sound(Path(path)) if path else _embedded_acts()
    return frame.select(COLUMNS).sort("date", "id")


def load(path: str | Path | None = None) -> Table:
    """Read a chronicle into the canonical table of events.

    A chronicle is taken whole or not at all: what a person coded, a person mends.

    Parameters
    ----------
    path : path, optional
        A chronicle CSV with its bibliography; by default the embedded chronicle.

    Returns
    -------
    quadrille.sources.Table
        Kind ``events``; an act both ways is two events, whose ids end in ``>`` and ``<``; certainty
        is 1 for certain, 0.8 for probable, 0.5 for contested.

    Raises
    ------
    ChronicleError
        Rows are broken; ``problems`` holds one line for each.
    FileFormatError
        Its bibliography is missing or broken.
    """
    frame = _sound(Path(path)) if path else _embedded_acts()
    origin = f"chronicle:{Path(path).stem}" if path else "chronicle"
    nothing = pl.DataFrame(schema=REJECTED)
    file = (str(path),) if path else ()
    data = validate(_events(frame, origin), EVENT_SCHEMA, origin)
    return Table("events", "D", data, nothing, origin, file, frame.height, "hand")


def looks_like(path: str | Path) -> bool:
    """Whether a file has the header of a chronicle."""
    try:
        with Path(path).open("rb") as f:
            header = f.readline(4096).decode("utf-8-sig").strip().split(",")
    except (OSError, UnicodeDecodeError):
        return False
    return {"id", "mutual", "certainty", "reference"} <= {c.strip() for c in header}
