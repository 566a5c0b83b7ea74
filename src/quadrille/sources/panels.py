"""Panels of counts or scores, already added up by dyad and period, with a map of their columns."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.events import QUADS
from quadrille.sources.table import Table, sift
from quadrille.states import Scheme, resolve

__all__ = ["PRESETS", "ColumnMap", "matching", "read_column_map", "read_panel"]

YEARS = (1945, 2100)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column of a file is which.

    Attributes
    ----------
    kind : {"counts", "scores"}
    source, target : str
        Columns of the two states; for scores their order does not matter.
    scheme : str
        How states are written, as in `quadrille.states.resolve`.
    year, month, date : str or None
        Either ``date`` (the first day of the period, YYYY-MM-DD) or ``year`` with or without
        ``month``.
    frequency : {"D", "M", "Y"} or None
        Needed with ``date``; else it follows from ``month``.
    verbal_coop, material_coop, verbal_conf, material_conf : tuple of str
        Columns added up to each quad class; none: not known in this source.
    score : str or None
    """

    kind: Literal["counts", "scores"]
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

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        quads = tuple(c for q in QUADS for c in getattr(self, q))
        return (*quads, *((self.score,) if self.score else ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the file must have."""
        when = tuple(c for c in (self.year, self.month, self.date) if c)
        return (self.source, self.target, *when, *self.numbers)

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
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise FileFormatError(f"{path}: not a TOML file: {why}") from None
    known = [f.name for f in fields(ColumnMap)]
    unknown = [k for k in raw if k not in known]
    absent = [k for k in ("kind", "source", "target") if k not in raw]
    if unknown or absent:
        what = f"unknown field {unknown[0]!r}" if unknown else f"field {absent[0]!r} is missing"
        raise FileFormatError(f"{path}: {what}; fields are {', '.join(known)}")
    for quad in QUADS:
        value = raw.get(quad, ())
        raw[quad] = (value,) if isinstance(value, str) else tuple(value)
    _check_map(raw, path)
    return ColumnMap(**raw)


def _check_map(raw: dict[str, object], path: Path) -> None:
    allowed = {
        "kind": ("counts", "scores"),
        "scheme": get_args(Scheme),
        "frequency": ("D", "M", "Y"),
    }
    for name, values in allowed.items():
        if name in raw and raw[name] not in values:
            raise FileFormatError(f"{path}: {name} is {raw[name]!r}; use {', '.join(values)}")
    if ("date" in raw) == ("year" in raw) or ("date" in raw and "frequency" not in raw):
        raise FileFormatError(f"{path}: give year (and month), or date and frequency")
    if raw["kind"] == "scores" and "score" not in raw:
        raise FileFormatError(f"{path}: kind is scores: name the column with score = …")
    if raw["kind"] == "counts" and not any(raw[q] for q in QUADS):
        raise FileFormatError(f"{path}: kind is counts: name columns for {', '.join(QUADS)}")


def _period(m: ColumnMap) -> tuple[pl.Expr, pl.Expr]:
    """First day of the period, and the text it was read from."""
    if m.date:
        text = pl.col(m.date).cast(pl.String).str.head(10)
        return text.str.to_date("%Y-%m-%d", strict=False), text
    year = pl.col(m.year or "").cast(pl.String).cast(pl.Int32, strict=False)
    month = pl.col(m.month).cast(pl.String).cast(pl.Int32, strict=False) if m.month else pl.lit(1)
    sound = year.is_between(*YEARS) & month.is_between(1, 12)
    day = pl.date(pl.when(sound).then(year), pl.when(sound).then(month), 1)
    shown = [pl.col(c).cast(pl.String) for c in (m.year, m.month) if c]
    return day, pl.concat_str(shown, separator="-", ignore_nulls=True)


def _bad_number(m: ColumnMap, texts: pl.DataFrame) -> pl.Expr:
    """The first thing wrong among the numbers; null if nothing is."""
    found = []
    for c in m.numbers:
        number = pl.col(c).cast(pl.Float64, strict=False)
        text = pl.col(c).cast(pl.String)
        blank = pl.col(c).is_null() | (text.str.strip_chars() == "")
        wrong = ~blank & (number.is_null() | ~number.is_finite())
        found.append(pl.when(wrong).then(pl.format(f"{c} is no number ('{{}}')", text)))
        if m.kind == "counts":
            found.append(pl.when(number < 0).then(pl.format(f"{c} is negative ('{{}}')", text)))
        else:
            found.append(pl.when(blank).then(pl.lit(f"{c} is empty")))
    return pl.coalesce(found)


def _bad_ends(m: ColumnMap) -> pl.Expr:
    def unknown(column: str, code: str) -> pl.Expr:
        text = pl.col(column).cast(pl.String).fill_null("")
        return pl.when(pl.col(code).is_null()).then(
            pl.format(f"{column} is no known state ('{{}}')", text)
        )

    return pl.coalesce(
        unknown(m.source, "_source"),
        unknown(m.target, "_target"),
        pl.when(pl.col("_source") == pl.col("_target")).then(pl.lit("within one state")),
    )


def read_panel(frame: pl.DataFrame, m: ColumnMap, file: str, first_line: int) -> Table:
    """Turn a frame into canonical counts or scores.

    Parameters
    ----------
    frame : polars.DataFrame
    m : ColumnMap
    file : str
        For messages.
    first_line : int
        Line of the first row.

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
    shown = [pl.col(c).cast(pl.String).fill_null("") for c in m.columns]
    rows = frame.with_row_index("line", offset=first_line).with_columns(
        pl.col("line").cast(pl.Int64),
        _source=resolve(frame[m.source], m.scheme),
        _target=resolve(frame[m.target], m.scheme),
        _period=day,
        raw=pl.concat_str(shown, separator=","),
    )
    lowest, highest = date(YEARS[0], 1, 1), date(YEARS[1], 12, 31)
    bad_day = pl.when(~pl.col("_period").is_between(lowest, highest).fill_null(False)).then(
        pl.format("no period from {} to {} ('{}')", pl.lit(YEARS[0]), pl.lit(YEARS[1]), when)
    )
    rows = rows.with_columns(reason=pl.coalesce(_bad_ends(m), bad_day, _bad_number(m, frame)))
    stem = Path(file).name.split(".")[0]
    made = rows.select(*_canonical(m), "line", "raw", "reason")
    return sift(made, m.kind, m.step, f"{m.kind}:{stem}", file)


def _canonical(m: ColumnMap) -> list[pl.Expr]:
    source, target = pl.col("_source"), pl.col("_target")
    period = pl.col("_period").alias("period")
    if m.kind == "scores":
        return [
            pl.min_horizontal(source, target).alias("state_a"),
            pl.max_horizontal(source, target).alias("state_b"),
            period,
            pl.col(m.score or "").cast(pl.Float64, strict=False).alias("score"),
        ]
    sums = [
        pl.sum_horizontal(
            [pl.col(c).cast(pl.Float64, strict=False) for c in getattr(m, q)], ignore_nulls=False
        ).alias(q)
        if getattr(m, q)
        else pl.lit(None, pl.Float64).alias(q)
        for q in QUADS
    ]
    return [source.alias("source"), target.alias("target"), period, *sums]
