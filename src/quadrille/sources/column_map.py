"""Tables of any layout, with a map of their columns: events, or counts and scores by dyad and period."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from quadrille.coding.record import DETAILS
from quadrille.coding.vocabulary import QUADS
from quadrille.errors import FileFormatError
from quadrille.sources.files import load_toml
from quadrille.sources.numerals import no_number, numbers
from quadrille.sources.table import Coding, Table, partition_rows
from quadrille.states.registry import Scheme, resolve

__all__ = [
    "PRESETS",
    "ColumnMap",
    "find_column_map",
    "first_days",
    "matching",
    "read_column_map",
    "read_panel",
]

YEARS = (1945, 2100)
# Terms of a form of dates that tell the day.
_DAY = re.compile(r"%[-_0]?[dejDFxvcs+UWuwaA]")
# No count and no score of a dyad and period is larger.
_MOST = 1e12
# Text with the terms that dates may be written in.
_DATE_FORMAT = re.compile(
    r"(?:[^%]|%[-_0]?[YCyqmbBhdeaAwuUWGgVjDxFvHkIlPpMSfRTXrZzcsnt%+]|%\.?[369]?f|%:{1,3}z)+"
)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column of a file is which.

    Attributes
    ----------
    kind : {"events", "counts", "scores"}
    source, target : str
        Columns of the two states; for scores their order does not matter.
    scheme : str
        How states are written, as in `quadrille.states.resolve`.
    year, month, date : str or None
        Either ``date`` (the day of an event, the first day of a period) or, but for events, ``year``
        with or without ``month``.
    date_format : str
        How dates are written, in the terms of ``strptime``.
    frequency : {"D", "M", "Y"} or None
        Needed with ``date``; else it follows from ``month``.
    verbal_coop, material_coop, verbal_conf, material_conf : tuple of str
        Columns added up to each quad class; none: not known in this source.
    score : str or None
    code : str or None
        CAMEO code of an event.
    root : str or None
        Its root, if there is a column of it: it mends codes that lost their leading zero.
    event_id, weight, text, reference : str or None
        Of an event: identifier (default: the row's number), weight from -10 to 10 (default: the
        code's), text, and where it was reported.
    actor, actor_sectors, recipient, recipient_sectors, story : str or None
        Of an event: who acted and whom it was done to, by name and sector, and the key of the report.
    origin : str or None
        Short name of the data (default: kind and file name).
    coding : {"machine", "hand"}
        Of events: reports coded by a program, or acts that a person coded one by one.
    """

    kind: Literal["events", "counts", "scores"]
    source: str
    target: str
    scheme: Scheme = "any"
    year: str | None = None
    month: str | None = None
    date: str | None = None
    frequency: Literal["D", "M", "Y"] | None = None
    verbal_coop: tuple[str, ...] = field(default=())
    material_coop: tuple[str, ...] = field(default=())
    verbal_conf: tuple[str, ...] = field(default=())
    material_conf: tuple[str, ...] = field(default=())
    score: str | None = None
    date_format: str = "%Y-%m-%d"
    code: str | None = None
    root: str | None = None
    event_id: str | None = None
    weight: str | None = None
    text: str | None = None
    reference: str | None = None
    origin: str | None = None
    coding: Coding = "machine"
    actor: str | None = None
    actor_sectors: str | None = None
    recipient: str | None = None
    recipient_sectors: str | None = None
    story: str | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        quads = tuple(c for q in QUADS for c in getattr(self, q))
        return (*quads, *((self.score,) if self.score else ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the file must have."""
        when = (self.year, self.month, self.date)
        act = (self.code, self.root, self.event_id, self.weight, self.text, self.reference)
        details = (getattr(self, name) for name in DETAILS)
        return (self.source, self.target, *(c for c in (*when, *act, *details) if c), *self.numbers)

    @property
    def step(self) -> Literal["D", "M", "Y"]:
        """The frequency given or implied."""
        return self.frequency or ("M" if self.month else "Y")


def _roots(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"cameo_{root}" for root in range(first, last + 1))


PRESETS: dict[str, ColumnMap] = {
    "icews_yearly": ColumnMap(
        "counts", "source", "target", "any", "year",
        verbal_coop=("verbal_cooperation",), material_coop=("material_cooperation",),
        verbal_conf=("verbal_conflict",), material_conf=("material_conflict",),
    ),
    "icews_monthly_conflict": ColumnMap(
        "counts", "source", "target", "cowabb", "year", "month",
        verbal_conf=_roots(10, 13), material_conf=_roots(14, 20),
    ),
    "gdelt_monthly_score": ColumnMap(
        "scores", "state_a", "state_b", "any", "year", "month", score="net_score"
    ),
}  # fmt: skip


def matching(columns: list[str]) -> ColumnMap | None:
    """The first preset whose columns are all there."""
    return next((m for m in PRESETS.values() if set(m.columns) <= set(columns)), None)


def read_column_map(path: Path) -> ColumnMap:
    """Read a column map: a TOML file with the fields of `ColumnMap`.

    Raises
    ------
    FileFormatError
        Not TOML, an unknown or missing field, or fields that do not fit together.
    """
    try:
        raw = load_toml(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise FileFormatError(f"{path}: not a TOML file: {why}") from None
    known = [f.name for f in fields(ColumnMap)]
    unknown = [k for k in raw if k not in known]
    absent = [k for k in ("kind", "source", "target") if k not in raw]
    if unknown or absent:
        what = f"unknown field {unknown[0]!r}" if unknown else f"field {absent[0]!r} is missing"
        raise FileFormatError(f"{path}: {what}; fields are {', '.join(known)}")
    for name, value in raw.items():
        several = name in QUADS and isinstance(value, list)
        if not all(isinstance(v, str) for v in (value if several else [value])):
            raise FileFormatError(f"{path}: {name} is {value!r:.60}; expected text in quotes")
    form = raw.get("date_format", "%Y-%m-%d")
    if not _DATE_FORMAT.fullmatch(form):
        raise FileFormatError(
            f"{path}: date_format is {form!r}; expected the terms of strptime, such as '%d.%m.%Y'"
        )
    for quad in QUADS:
        value = raw.get(quad, ())
        raw[quad] = (value,) if isinstance(value, str) else tuple(value)
    _check_map(raw, path)
    return ColumnMap(**raw)


def find_column_map(path: Path) -> ColumnMap | None:
    """The column map ``<file>.map.toml`` that lies beside a file, if there is one."""
    own = path.with_name(f"{path.name}.map.toml")
    return read_column_map(own) if own.is_file() else None


def _check_map(raw: dict[str, object], path: Path) -> None:
    allowed = {
        "kind": ("events", "counts", "scores"),
        "scheme": get_args(Scheme),
        "frequency": ("D", "M", "Y"),
        "coding": get_args(Coding),
    }
    for name, values in allowed.items():
        if name in raw and raw[name] not in values:
            raise FileFormatError(f"{path}: {name} is {raw[name]!r}; use {', '.join(values)}")
    if raw["kind"] == "events":
        if "date" not in raw or "code" not in raw:
            raise FileFormatError(f"{path}: kind is events: name the columns date and code")
        return
    if raw.get("coding") == "hand":
        raise FileFormatError(f"{path}: coding is 'hand': only events can be hand-coded")
    if ("date" in raw) == ("year" in raw) or ("date" in raw and "frequency" not in raw):
        raise FileFormatError(f"{path}: give year (and month), or date and frequency")
    if raw["kind"] == "scores" and "score" not in raw:
        raise FileFormatError(f"{path}: kind is scores: name the column with score = …")
    if raw["kind"] == "counts" and not any(raw[q] for q in QUADS):
        raise FileFormatError(f"{path}: kind is counts: name columns for {', '.join(QUADS)}")


def first_days(written: pl.Expr, form: str) -> pl.Expr:
    """Dates of text; of a form without days (``%Y-%m``) the first of the month."""
    if _DAY.search(form):
        return written.str.to_date(form, strict=False)
    return (written + " 01").str.to_date(f"{form} %d", strict=False)


def _period(m: ColumnMap) -> tuple[pl.Expr, pl.Expr]:
    """First day of the period, and the text it was read from."""
    if m.date:
        text = pl.col(m.date).cast(pl.String)
        text = text.str.head(10) if m.date_format == "%Y-%m-%d" else text
        return first_days(text, m.date_format), text
    year = pl.col(m.year or "").cast(pl.String).cast(pl.Int32, strict=False)
    month = pl.col(m.month).cast(pl.String).cast(pl.Int32, strict=False) if m.month else pl.lit(1)
    sound = year.is_between(*YEARS) & month.is_between(1, 12)
    day = pl.date(pl.when(sound).then(year), pl.when(sound).then(month), 1)
    written = [pl.col(c).cast(pl.String) for c in (m.year, m.month) if c]
    return day, pl.concat_str(written, separator="-", ignore_nulls=True)


def _number(column: str) -> str:
    return f"_n_{column}"


def _bad_number(m: ColumnMap) -> pl.Expr:
    """The first thing wrong among the numbers; null if nothing is."""
    found = []
    for c in m.numbers:
        number, text = pl.col(_number(c)), pl.col(c).cast(pl.String)
        blank = pl.col(c).is_null() | (text.str.strip_chars() == "")
        found.append(pl.when(~blank & number.is_null()).then(no_number(c, text)))
        found.append(
            pl.when(number.abs() > _MOST).then(pl.format(f"{c} is too large ('{{}}')", text))
        )
        if m.kind == "counts":
            found.append(pl.when(number < 0).then(pl.format(f"{c} is negative ('{{}}')", text)))
        else:
            found.append(pl.when(blank).then(pl.lit(f"{c} is empty")))
    return pl.coalesce(found)


def _ends(m: ColumnMap) -> dict[str, pl.Expr]:
    """``skip``, why the row is about no dyad, and the ``name`` at fault."""
    reasons, names = [], []
    for column, code in ((m.source, "_source"), (m.target, "_target")):
        text, unknown = pl.col(column).cast(pl.String).fill_null(""), pl.col(code).is_null()
        reasons.append(
            pl.when(unknown).then(pl.format(f"{column} is no known state ('{{}}')", text))
        )
        names.append(pl.when(unknown).then(text))
    within = pl.when(pl.col("_source") == pl.col("_target")).then(pl.lit("within one state"))
    return {"skip": pl.coalesce(*reasons, within), "name": pl.coalesce(names)}


def read_panel(frame: pl.DataFrame, m: ColumnMap, file: str, lines: pl.Series) -> Table:
    """Turn a frame into canonical counts or scores.

    Parameters
    ----------
    frame : polars.DataFrame
    m : ColumnMap
    file : str
        For messages.
    lines : polars.Series
        Line of each row.

    Raises
    ------
    FileFormatError
        A column of the map is missing, or no row can be used.
    """
    missing = [c for c in m.columns if c not in frame.columns]
    if missing:
        raise FileFormatError(
            f"{file}: column {missing[0]!r} is missing; it has {', '.join(frame.columns[:12])}"
        )
    day, when = _period(m)
    cells = [pl.col(c).cast(pl.String).fill_null("") for c in m.columns]
    rows = frame.select(*dict.fromkeys(m.columns)).with_columns(
        lines.alias("line"),
        _source=resolve(frame[m.source], m.scheme),
        _target=resolve(frame[m.target], m.scheme),
        _period=day,
        raw=pl.concat_str(cells, separator=","),
        **{_number(c): numbers(frame[c]) for c in m.numbers},
    )
    lowest, highest = date(YEARS[0], 1, 1), date(YEARS[1], 12, 31)
    bad_day = pl.when(~pl.col("_period").is_between(lowest, highest).fill_null(False)).then(
        pl.format("no period from {} to {} ('{}')", pl.lit(YEARS[0]), pl.lit(YEARS[1]), when)
    )
    rows = rows.with_columns(reason=pl.coalesce(bad_day, _bad_number(m)), **_ends(m))
    stem = Path(file).name.split(".")[0]
    made = rows.select(*_canonical(m), "line", "raw", "reason", "skip", "name")
    return partition_rows(made, m.kind, m.step, m.origin or f"{m.kind}:{stem}", file)


def _canonical(m: ColumnMap) -> list[pl.Expr]:
    source, target = pl.col("_source"), pl.col("_target")
    period = pl.col("_period").alias("period")
    if m.kind == "scores":
        return [
            pl.min_horizontal(source, target).alias("state_a"),
            pl.max_horizontal(source, target).alias("state_b"),
            period,
            pl.col(_number(m.score or "")).alias("score"),
        ]
    sums = [
        pl.sum_horizontal([pl.col(_number(c)) for c in getattr(m, q)], ignore_nulls=False).alias(q)
        if getattr(m, q)
        else pl.lit(None, pl.Float64).alias(q)
        for q in QUADS
    ]
    return [source.alias("source"), target.alias("target"), period, *sums]
