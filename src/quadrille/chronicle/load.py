"""Read and check chronicles: a CSV of acts, and a bibliography that their references name.

The embedded chronicle is the four-way dance of Pakistan, Russia, India, the United States and China,
1947 to 2026, coded by us from the works of its bibliography.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from quadrille.chronicle import affairs as standing
from quadrille.chronicle.rows import (
    CERTAINTY,
    UNKNOWN,
    Problem,
    among,
    certainty,
    column,
    dated,
    dates,
    frame_of,
    number,
    parties,
    problems_of,
    sure,
    written,
)
from quadrille.coding.record import DOMAINS, EVENT_SCHEMA, complete, derive
from quadrille.coding.schema import Rule, Schema, validate
from quadrille.coding.vocabulary import cameo, is_code
from quadrille.errors import ChronicleError, FileFormatError
from quadrille.sources.files import decode, load_toml, read_bytes
from quadrille.sources.table import REJECTED, Table

__all__ = [
    "ACT_SCHEMA",
    "COLUMNS",
    "Problem",
    "acts",
    "affairs",
    "bibliography",
    "check",
    "citations",
    "doubts",
    "load",
    "looks_like",
]

REQUIRED = (
    "id", "date", "source", "target", "mutual", "cameo", "domain", "description", "certainty",
    "reference",
)  # fmt: skip
OPTIONAL = ("intensity", "intensity_reason", "locator", "article", "seen")
COLUMNS = (*REQUIRED[:7], *OPTIONAL[:2], *REQUIRED[7:], *OPTIONAL[2:])
PRECISION = {4: "year", 7: "month", 10: "day"}
# How a reason begins that keeps a weight whose sign is not that of the code's quad class.
AGAINST = "against the code:"
_CITED = ("author", "year", "title", "container", "publisher", "url")

# Acts as written, all text, with the columns of truths that `_prepare` adds.
ACT_SCHEMA: Schema = {
    "id": written(
        "id", r"^[a-z0-9]+(-[a-z0-9]+)*$", "use small letters, digits, hyphens", unique=True
    ),
    "date": dated("date"),
    "source": column(
        Rule(pl.col("_source_ok"), UNKNOWN),
        Rule(pl.col("_source_then"), "the state did not exist then"),
    ),
    "target": column(
        Rule(pl.col("_target_ok"), UNKNOWN),
        Rule(pl.col("_target_then"), "the state did not exist then"),
        Rule(pl.col("_differ"), "source and target are the same state"),
    ),
    "mutual": among("mutual", ("yes", "no")),
    "cameo": column(
        Rule(is_code(), "no CAMEO code; codes run from 01 to 2042, zero first"),
    ),
    "domain": among("domain", DOMAINS),
    "intensity": column(
        Rule(pl.col("_intensity_ok"), "expected a number from -10 to 10, or nothing"),
        Rule(
            pl.col("_reason_ok"), "a weight of your own needs an intensity_reason, and only it does"
        ),
        Rule(
            pl.col("_sign_ok"),
            "cooperation has a positive weight and conflict a negative one; correct the code or the weight, or begin "
            f"the intensity_reason with {AGAINST!r}",
        ),
        nullable=True,
    ),
    "intensity_reason": column(nullable=True),
    "description": column(
        Rule(
            pl.col("description").str.len_chars().is_between(10, 300),
            "one line of 10 to 300 characters",
        ),
    ),
    "certainty": certainty(),
    "reference": column(
        Rule(pl.col("_reference_ok"), "names a work that the bibliography does not hold"),
    ),
    "locator": column(nullable=True),
    "article": among("article", ("yes", "no"), nullable=True),
    "seen": column(nullable=True),
}


class _Chronicle(NamedTuple):
    """Acts and states of affairs as written, with what their checks need."""

    acts: pl.DataFrame
    affairs: pl.DataFrame


@cache
def _sides() -> dict[str, tuple[float, float]]:
    """Of each code the sign of its quad class, and its own weight; some cooperative ones weigh less than nothing."""
    coop = pl.col("quad").str.ends_with("coop")
    sign = pl.when(coop).then(1.0).otherwise(-1.0)
    rows = cameo().select("code", sign.alias("sign"), "goldstein")
    return {code: (side, weight) for code, side, weight in rows.iter_rows()}


def _agrees(code: str | None, weight: float | None) -> bool:
    """Whether a weight has the sign of the code's quad class or of the code itself."""
    if not weight or code not in _sides():
        return True
    return any(weight * side > 0 for side in _sides()[code])


def _prepare(row: dict[str, Any], works: frozenset[str]) -> dict[str, Any]:
    """What the checks of one act need, and the act as written."""
    when = dates(row["date"])
    weight = number(row["intensity"])
    keys = [k.strip() for k in (row["reference"] or "").split(";")]
    return {
        **row,
        **parties(row, when),
        "_first": when[0] if when else None,
        "_weight": weight,
        "_date_ok": when is not None and date(1945, 1, 1) <= when[0] <= date.today(),
        "_intensity_ok": weight is None or -10 <= weight <= 10,
        "_reason_ok": (weight is None) == (not row["intensity_reason"]),
        "_sign_ok": _agrees(row["cameo"], weight)
        or (row["intensity_reason"] or "").lower().startswith(AGAINST),
        "_reference_ok": all(k in works for k in keys),
        "_certain_ok": sure(row),
    }


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
    return complete(derive(both))


def _works(raw: bytes, file: str) -> dict[str, dict[str, Any]]:
    try:
        found = load_toml(decode(raw, file))
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


def _beside(path: Path) -> Path | None:
    """The file of states of affairs beside a chronicle, if there is one."""
    own = path.with_suffix(".affairs.csv")
    return own if own.is_file() else None


def _texts(path: Path | None, affairs: bool) -> list[tuple[str, bytes]]:
    """Name and content of the files of acts, or of those of states of affairs."""
    if path is None:
        return _embedded("affairs.csv" if affairs else "part_?.csv")
    found = _beside(path) if affairs else path
    return [(str(found), read_bytes(found))] if found else []


def _checked(path: Path | None, sound: bool = False) -> tuple[_Chronicle, list[Problem]]:
    """A chronicle and what is wrong with it; of one that is known to be sound the rules are not asked again."""
    works = frozenset(bibliography(path))
    acts, problems = [], []
    for file, raw in _texts(path, affairs=False):
        frame, broken = frame_of(
            decode(raw, file), file, REQUIRED, COLUMNS, lambda row: _prepare(row, works)
        )
        problems += broken
        if frame.height:
            acts.append(frame)
        if frame.height and not sound:
            problems += problems_of(frame, file, ACT_SCHEMA, COLUMNS)
    if not acts and not problems:
        raise ChronicleError(f"{path or 'chronicle'}: it holds no acts")
    lasting = []
    for file, raw in _texts(path, affairs=True):
        frame, broken = frame_of(
            decode(raw, file), file, standing.REQUIRED, standing.COLUMNS,
            lambda row: standing.prepare(row, works),
        )  # fmt: skip
        problems += broken
        if frame.height:
            lasting.append(frame)
        if frame.height and not sound:
            problems += problems_of(frame, file, standing.AFFAIR_SCHEMA, standing.COLUMNS)
    return _Chronicle(*(_together(f) for f in (acts, lasting))), problems


def _together(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame()


def doubts(path: str | Path | None = None) -> list[Problem]:
    """Rows that may be one act under two codes: a chronicle may have them, a coder should look.

    Two conflictual rows of one day, one source and one domain, toward different targets, with different codes.

    Raises
    ------
    ChronicleError, FileFormatError
        As `load`.
    """
    rows = _read(path).acts.filter(pl.col("date").str.len_chars() == 10, pl.col("cameo") >= "10")
    pairs = rows.join(rows, on=["_first", "_source", "domain"], suffix="_2").filter(
        pl.col("cameo") != pl.col("cameo_2"),
        pl.col("_target") != pl.col("_target_2"),
        pl.col("id") < pl.col("id_2"),
    )
    return [
        Problem(
            row["_file_2"], row["_line_2"], "cameo",
            f"{row['cameo_2']!r}, and {row['cameo']!r} of {row['id']} (line {row['_line']} of {row['_file']}): one day, "
            "source and domain; is it one act under two codes?",
        )
        for row in pairs.sort("_first", "id").iter_rows(named=True)
    ]  # fmt: skip


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
def _embedded_chronicle() -> _Chronicle:
    """What came with the package was checked when it was made."""
    return _checked(None, sound=True)[0]


def _read(path: str | Path | None) -> _Chronicle:
    return _sound(Path(path)) if path else _embedded_chronicle()


def _sound(path: Path) -> _Chronicle:
    found, problems = _checked(path)
    if problems:
        more = (
            f" (and {len(problems) - 1} more: quadrille chronicle check {problems[0].file})"
            if len(problems) > 1
            else ""
        )
        raise ChronicleError(f"{problems[0]}{more}", [str(p) for p in problems])
    return found


def acts(path: str | Path | None = None) -> pl.DataFrame:
    """Acts as coded: the columns of the file, all text, one row an act, by date.

    Raises
    ------
    ChronicleError
        As `load`.
    """
    return _read(path).acts.select(COLUMNS).sort("date", "id")


def affairs(path: str | Path | None = None) -> pl.DataFrame:
    """States of affairs as coded: the columns of the file, all text, one row each, by their first day.

    Raises
    ------
    ChronicleError
        As `load`.
    """
    found = _read(path).affairs
    if found.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(standing.COLUMNS, pl.String))
    return found.select(standing.COLUMNS).sort("first", "id")


def load(path: str | Path | None = None) -> Table:
    """Read a chronicle into the canonical table of events.

    A chronicle is taken whole or not at all: what a person coded, a person corrects.

    Parameters
    ----------
    path : path, optional
        A chronicle CSV with its bibliography, and perhaps ``<name>.affairs.csv`` with its states of affairs; by
        default the embedded chronicle.

    Returns
    -------
    quadrille.sources.Table
        Kind ``events``; an act both ways is two events, whose ids end in ``>`` and ``<``; a state of affairs is
        several, whose ids hold ``@``, see `quadrille.chronicle.affairs.expand`; certainty is 1 for certain, 0.8 for
        probable, 0.5 for contested.

    Raises
    ------
    ChronicleError
        Rows are broken; ``problems`` holds one line for each.
    FileFormatError
        Its bibliography is missing or broken.
    """
    found = _read(path)
    origin = f"chronicle:{Path(path).stem}" if path else "chronicle"
    nothing = pl.DataFrame(schema=REJECTED)
    file = (str(path),) if path else ()
    events, held = _events(found.acts, origin), found.acts.height
    rows = f"{held:,} act{'s' if held > 1 else ''}"
    if not found.affairs.is_empty():
        lasting = standing.expand(found.affairs, events, origin)
        rows += f" and {_counted(found.affairs.height)} ({lasting.height:,} events)"
        events, held = pl.concat([events, lasting]), held + found.affairs.height
    data = validate(events.sort("date", "event_id"), EVENT_SCHEMA, origin)
    return Table("events", "D", data, nothing, origin, file, held, "hand", rows)


def _counted(n: int) -> str:
    return "1 state of affairs" if n == 1 else f"{n:,} states of affairs"


def looks_like(path: str | Path) -> bool:
    """Whether a file has the header of a chronicle."""
    try:
        with Path(path).open("rb") as f:
            header = f.readline(4096).decode("utf-8-sig").strip().split(",")
    except (OSError, UnicodeDecodeError):
        return False
    return {"id", "mutual", "certainty", "reference"} <= {c.strip() for c in header}
