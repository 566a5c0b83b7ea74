"""From rows of large files to dyad-years: scanned, checked, resolved, with nothing lost on the way.

Used by `quadrille.sources.layers.trade`, whose files may hold tens of millions of rows, and, by `narrow`, for
files with long texts. Smaller files are read whole by `quadrille.sources.layers.sheet.open_sheet`, which shows
a refused row as it stands in the file.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.files import (
    File,
    Head,
    check_types,
    head_of,
    read_text,
    read_workbook,
    separator_of,
)
from quadrille.sources.layers.layer import Layer, Role, Unit, make_layer
from quadrille.sources.layers.sheet import BLANK, YEARS, Sheet
from quadrille.sources.numerals import comma_is_decimal, no_number, number
from quadrille.sources.table import REJECTED, Fate

__all__ = [
    "DYAD",
    "Flows",
    "Plan",
    "Scan",
    "narrow",
    "one_a_year",
    "reported",
    "scan_file",
    "summed",
    "take",
    "to_layer",
]

DYAD = ["source", "target", "year"]
# Rows of a file parted by commas that are looked at for decimal commas.
_LOOK = 1000
_KEYS = ["_1", "_2", "_year"]


@contextmanager
def _table_of(file: str) -> Iterator[None]:
    """Turn what the engine says of a broken text into one line."""
    try:
        yield
    except pl.exceptions.PolarsError as why:
        reason = str(why).splitlines()[0]
        raise FileFormatError(f"{file}: not a table ({reason}); fetch it again") from None


@dataclass(frozen=True, slots=True)
class Scan:
    """A file, or several of one layout, not yet read.

    Attributes
    ----------
    rows : polars.LazyFrame
        Columns in lower case, as text if from CSV; ``_line``, ``_file``, ``_more`` (text beyond the
        last column).
    names : tuple of str
        Columns of the file.
    file : str
    separator : str
        What parts the cells of a text; empty for others.
    """

    rows: pl.LazyFrame
    names: tuple[str, ...]
    file: str
    separator: str = ""

    def read(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Rows of the file; of a broken text one line is said.

        Raises
        ------
        FileFormatError
        """
        with _table_of(self.file):
            return rows.collect()

    def has(self, *columns: str) -> bool:
        """Whether all the columns are there."""
        return set(columns) <= set(self.names)

    def text(self, column: str) -> pl.Expr:
        """The cell as text, null where there is nothing in it."""
        dtype = self.rows.collect_schema()[column]
        whole = pl.col(column).cast(pl.Int64) if dtype.is_float() else pl.col(column)
        cell = whole.cast(pl.String).str.strip_chars()
        return pl.when(~cell.is_in(BLANK)).then(cell)

    def number(self, column: str) -> pl.Expr:
        """The cell as a finite number, null where it is none."""
        dtype = self.rows.collect_schema()[column]
        cell = pl.col(column) if dtype.is_numeric() else pl.col(column).str.strip_chars()
        return number(cell)

    def with_points(self, *columns: str) -> Scan:
        """The columns that `comma_is_decimal` is true of, written with points.

        Large files are parted by commas, and so have none in a number; of those only the first rows
        are looked at for any.
        """
        schema = self.rows.collect_schema()
        text = [c for c in dict.fromkeys(columns) if schema[c] == pl.String]
        if text and self.separator == ",":
            with _table_of(self.file):
                first = self.rows.select(text).head(_LOOK).collect()
            text = [c for c in text if first[c].str.contains(",", literal=True).any()]
        if not text:
            return self
        asked = (
            comma_is_decimal(pl.col(c).str.strip_chars(), self.separator).alias(c) for c in text
        )
        with _table_of(self.file):
            found = self.rows.select(asked).collect(engine="streaming").row(0, named=True)
        decimal = [c for c in text if found[c]]
        return replace(
            self,
            rows=self.rows.with_columns(
                pl.col(c).str.replace(",", ".", literal=True) for c in decimal
            ),
        )


def scan_file(path: str | Path, what: str, layouts: Sequence[tuple[str, ...]]) -> Scan:
    """Scan a CSV (parted by commas, semicolons, tabs or bars) or Parquet file, or read an Excel file.

    Raises
    ------
    FileFormatError
        It is no such file; one line says why and what to do.
    """
    file = str(path)
    head = head_of(File(Path(path), file))
    if head.container == "parquet":
        scan = _parquet(path)
    elif head.container == "excel":
        scan = _excel(path)
    else:
        scan = _csv(path, head, what)
    if not any(scan.has(*layout) for layout in layouts):
        closest = min(layouts, key=lambda layout: len(set(layout) - set(scan.names)))
        missing = next(c for c in closest if c not in scan.names)
        raise FileFormatError(
            f"{file}: line 1: {what} column {missing!r} is missing; expected {', '.join(closest)}; "
            f"it has {', '.join(scan.names[:12])}"
        )
    return scan


def narrow(scan: Scan, columns: Sequence[str], where: pl.Expr | None = None) -> Sheet:
    """Some columns of a scan as a sheet; a refused row is shown by these.

    Parameters
    ----------
    where : polars.Expr, optional
        Rows to look at closely; the others are counted, and skipped by the reader.

    Raises
    ------
    FileFormatError
        The file holds no rows, or is no table.
    """
    check_types({c: t for c, t in scan.rows.collect_schema().items() if c in columns}, scan.file)
    again = next((c for i, n in enumerate(scan.names, 1) for c in columns if n == f"{c}_{i}"), None)
    if again:
        raise FileFormatError(f"{scan.file}: line 1: column {again!r} appears twice; rename one")
    shown = [pl.col(c).cast(pl.String).fill_null("") for c in columns]
    rows = scan.rows if where is None else scan.rows.filter(where)
    taken = rows.select(
        *columns,
        pl.col("_line").cast(pl.Int64).alias("line"),
        pl.concat_str(shown, separator=",").alias("raw"),
        "_more",
    )
    with _table_of(scan.file):
        frame = taken.collect(engine="streaming")
        height = int(scan.rows.select(pl.len()).collect(engine="streaming").item())
    if not height:
        raise FileFormatError(f"{scan.file}: it holds no rows; fetch it again")
    sheet = Sheet(frame, pl.DataFrame(schema=REJECTED), scan.file, height)
    wide = pl.when(pl.col("_more").is_not_null())
    sheet = sheet.reject(wide.then(pl.lit("too many columns")))
    return replace(sheet, frame=sheet.frame.drop("_more"))


def _distinct(names: Sequence[str]) -> list[str]:
    """Names in lower case; nameless ones and the second of a name numbered."""
    lower = [n.strip().lower() for n in names]
    return [n if n and n not in lower[:i] else f"{n}_{i + 1}" for i, n in enumerate(lower)]


def _csv(path: str | Path, head: Head, what: str) -> Scan:
    if head.container != "text":
        raise FileFormatError(f"{path}: not text; unpack it, or save {what} as CSV or Parquet")
    if not head.first.strip():
        raise FileFormatError(f"{path}: it is empty; expected {what} as CSV or Parquet")
    separator, names = separator_of(head.first), _distinct(head.cells(0))
    rows = pl.scan_csv(
        path if _is_utf8(Path(path)) else io.BytesIO(read_text(path, what).encode()),
        separator=separator,
        has_header=False,
        skip_lines=1,
        schema=dict.fromkeys([*names, "_more"], pl.String),
        row_index_name="_line",
        row_index_offset=2,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        missing_columns="insert",
    )
    rows = rows.with_columns(_file=pl.lit(str(path)))
    return Scan(rows, tuple(names), str(path), separator)


def _is_utf8(path: Path) -> bool:
    """Whether a text can be scanned as it lies there; those that cannot are read whole."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as handle:
        try:
            while chunk := handle.read(1 << 22):
                if b"\n" not in chunk and b"\r" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _excel(path: str | Path) -> Scan:
    header, rows = read_workbook(path)
    names = _distinct(header)
    lines = rows["line"].alias("_line")
    rows = rows.drop("line")
    rows.columns = names
    more = [pl.lit(str(path)).alias("_file"), pl.lit(None, pl.String).alias("_more")]
    return Scan(rows.with_columns(lines, *more).lazy(), tuple(names), str(path))


def _parquet(path: str | Path) -> Scan:
    try:
        rows = pl.scan_parquet(path, row_index_name="_line", row_index_offset=1)
        columns = rows.collect_schema().names()[1:]
    except pl.exceptions.PolarsError as why:
        reason = str(why).splitlines()[0]
        raise FileFormatError(
            f"{path}: not a whole Parquet file ({reason}); fetch it again"
        ) from None
    names = _distinct(columns)
    rows = rows.rename(dict(zip(columns, names, strict=True))).with_columns(
        _file=pl.lit(str(path)), _more=pl.lit(None, pl.String)
    )
    return Scan(rows, tuple(names), str(path))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take from the rows of a scan.

    Attributes
    ----------
    one, two, year : str
        Columns of the two parties and of the year.
    values : mapping
        Name to make → column of numbers.
    needed : tuple of str
        Values without which a row is refused.
    missing : tuple of float
        Published codes for "not known"; other numbers below zero are refused.
    signed : tuple of str
        Values that may be below zero.
    skip : polars.Expr or None
        As what kind a row is passed over; null: it is not.
    each : bool
        Keep every row apart, with its line; else rows of the same parties and year are added up.
    """

    one: str
    two: str
    year: str
    values: Mapping[str, str]
    needed: tuple[str, ...] = ()
    missing: tuple[float, ...] = ()
    signed: tuple[str, ...] = ()
    skip: pl.Expr | None = None
    each: bool = False


@dataclass(frozen=True, slots=True)
class Flows:
    """Rows between two states, and what became of the others.

    Attributes
    ----------
    data : polars.DataFrame
        ``source, target, year``, the values, ``_1, _2`` (codes), ``_rows``; ``_line`` if kept apart.
    skipped : polars.DataFrame
        ``name, reason`` (null: the name is no known state), ``_rows``: rows skipped, counted.
    rejected : polars.DataFrame
        Other rows left out, one by one, as in `quadrille.sources.table.Table`.
    rows : int
        Rows of the file.
    sound : polars.LazyFrame
        Rows that passed the checks.
    scan : Scan
    """

    data: pl.DataFrame
    skipped: pl.DataFrame
    rejected: pl.DataFrame
    rows: int
    sound: pl.LazyFrame
    scan: Scan


def _checks(plan: Plan) -> list[tuple[pl.Expr, pl.Expr]]:
    """What makes a row no row of trade, and what to say of it; the first that holds counts."""
    year, shown = pl.col("_y"), pl.col(plan.year).cast(pl.String).fill_null("")
    whole = (year == year.floor()) & year.is_between(*YEARS)
    checks = [
        (pl.col("_more").is_not_null(), pl.lit("too many columns")),
        (pl.col("_1").is_null(), pl.lit(f"{plan.one} is empty")),
        (pl.col("_2").is_null(), pl.lit(f"{plan.two} is empty")),
        (~whole.fill_null(False), pl.format(f"{plan.year} is no year ('{{}}')", shown)),
    ]
    for name, column in plan.values.items():
        cell, value = pl.col(f"_c_{name}"), pl.col(f"_n_{name}")
        wrong = value.is_null() & cell.is_not_null() & ~cell.is_in(BLANK)
        checks.append((wrong, no_number(column, cell)))
        if name not in plan.signed:
            low = value < 0
            low = low & ~value.is_in(plan.missing) if plan.missing else low
            checks.append((low, pl.format(f"{column} is below 0 ('{{}}')", cell)))
        if name in plan.needed:
            checks.append((value.is_null(), pl.lit(f"{column} is empty")))
    return checks


def _prepared(scan: Scan, plan: Plan) -> pl.LazyFrame:
    """Add ``_1, _2, _year``, values as text ``_c_*`` and numbers ``_n_*``, ``_skip`` and ``_bad``.

    Each cell is made a number once, before it is looked at, as this takes most of the time.
    """
    values = plan.values.items()
    skip = pl.lit(None, pl.String) if plan.skip is None else plan.skip
    rows = scan.rows.with_columns(
        scan.text(plan.one).alias("_1"),
        scan.text(plan.two).alias("_2"),
        scan.number(plan.year).alias("_y"),
        *(pl.col(c).cast(pl.String).str.strip_chars().alias(f"_c_{n}") for n, c in values),
        *(scan.number(c).alias(f"_n_{n}") for n, c in values),
        skip.alias("_skip"),
    )
    bad = pl.any_horizontal(wrong.fill_null(False) for wrong, _ in _checks(plan))
    return rows.with_columns(
        _bad=bad & pl.col("_skip").is_null(), _year=pl.col("_y").cast(pl.Int32, strict=False)
    )


def _left_out(
    rows: pl.LazyFrame, names: Sequence[str], fate: Fate, reason: pl.Expr
) -> pl.DataFrame:
    """Rows of the file in the form of `quadrille.sources.table.Table.rejected`."""
    raw = pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in names], separator=",")
    return (
        rows.select(
            pl.col("_file").alias("file"),
            pl.col("_line").cast(pl.Int64).alias("line"),
            pl.lit(fate).alias("fate"),
            reason.alias("reason"),
            pl.lit(None).alias("name"),
            raw.alias("raw"),
            pl.lit(1).alias("rows"),
        )
        .collect(engine="streaming")
        .cast(REJECTED)  # type: ignore[arg-type]
    )


def _known_total(column: str) -> pl.Expr:
    """The sum of what is known, null where nothing is."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum())


def take(scan: Scan, plan: Plan, place: Callable[[pl.Series], pl.Series]) -> Flows:
    """Run a plan and resolve the parties.

    Parameters
    ----------
    place : callable
        ISO3 of each distinct code or name.

    Raises
    ------
    FileFormatError
        The file holds no rows, or is no table.
    """
    scan = scan.with_points(*plan.values.values())
    base = _prepared(scan, plan)
    sound = base.filter(~pl.col("_bad"), pl.col("_skip").is_null())
    values = [
        (pl.when(~pl.col(f"_n_{v}").is_in(plan.missing)).then(f"_n_{v}") if plan.missing
         else pl.col(f"_n_{v}")).alias(v)
        for v in plan.values
    ]  # fmt: skip
    kept = sound.select(*_KEYS, *values, "_line", pl.lit(1, pl.UInt32).alias("_rows"))
    if not plan.each:
        sums = (_known_total(v) for v in plan.values)
        kept = kept.group_by(_KEYS).agg(*sums, pl.len().alias("_rows"))
    kinds = base.group_by("_skip", "_bad").agg(pl.len().alias("_rows"))
    with _table_of(scan.file):
        # One after the other: a scan shared by two plans is kept in memory whole.
        found = kept.collect(engine="streaming")
        rows = int(scan.rows.select(pl.len()).collect(engine="streaming").item())
        more = rows > found["_rows"].sum()
        left = kinds.collect(engine="streaming") if more else kinds.collect_schema().to_frame()
    if not rows:
        raise FileFormatError(f"{scan.file}: it holds no rows; fetch it again")
    rejected = pl.DataFrame(schema=REJECTED)
    if left["_bad"].any():
        said = pl.coalesce(pl.when(wrong).then(text) for wrong, text in _checks(plan))
        rejected = _left_out(base.filter("_bad"), scan.names, "rejected", said)
    skipped = left.filter(pl.col("_skip").is_not_null()).select(
        pl.format("({})", "_skip").alias("name"), pl.col("_skip").alias("reason"), "_rows"
    )
    data, lost = _resolved(found, place)
    return _between(Flows(data, pl.concat([lost, skipped]), rejected, rows, sound, scan))


def _resolved(
    kept: pl.DataFrame, place: Callable[[pl.Series], pl.Series]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add ``source``, ``target`` and ``year``; the rest by the name that failed."""
    names = pl.concat([kept["_1"].unique(), kept["_2"].unique().alias("_1")]).unique()
    known = dict(zip(names, place(names), strict=True))
    ends = (
        pl.col(code).replace_strict(known, default=None, return_dtype=pl.String).alias(end)
        for code, end in (("_1", "source"), ("_2", "target"))
    )
    placed = kept.rename({"_year": "year"}).with_columns(ends)
    failed = pl.when(pl.col("source").is_null()).then("_1").when(pl.col("target").is_null()).then(
        "_2"
    )  # fmt: skip
    lost = placed.select(failed.alias("name"), "_rows").filter(pl.col("name").is_not_null())
    lost = lost.group_by("name").agg(pl.lit(None, pl.String).alias("reason"), pl.col("_rows").sum())
    whole = pl.col("source").is_not_null() & pl.col("target").is_not_null()
    return placed.filter(whole), lost


def _without(
    flows: Flows, some: pl.DataFrame, on: Mapping[str, str], fate: Fate, reason: str
) -> Flows:
    """Leave out rows: those alike in columns of the data, named so among the rows."""
    if some.is_empty():
        return flows
    rows = flows.sound.join(
        some.select(*on).unique().lazy(), left_on=list(on.values()), right_on=list(on), how="semi"
    )
    lost = _left_out(rows, flows.scan.names, fate, pl.lit(reason))
    data = flows.data.join(some.select(*on), on=list(on), how="anti")
    return replace(flows, data=data, rejected=pl.concat([flows.rejected, lost]))


def _between(flows: Flows) -> Flows:
    """Without rows whose two parties are one state."""
    within = flows.data.filter(pl.col("source") == pl.col("target"))
    same = {"_1": "_1", "_2": "_2", "year": "_year"}
    return _without(flows, within, same, "skipped", "within one state")


def one_a_year(flows: Flows, keys: Sequence[str], values: Sequence[str], own: pl.Expr) -> Flows:
    """One row a key and year: that which says most, then that under the code now in use."""
    several = flows.data.filter(pl.struct(*keys, "year").is_duplicated())
    known = pl.sum_horizontal(pl.col(v).is_not_null() for v in values)
    ranked = several.with_columns(_known=known, _own=own.fill_null(False)).sort(
        "_known", "_own", "_line", descending=[True, True, False]
    )
    again = ranked.filter(~pl.struct(*keys, "year").is_first_distinct())
    reason = "another row of the dyad and year says as much or more"
    return _without(flows, again, {"_line": "_line"}, "rejected", reason)


def to_layer(
    flows: Flows,
    name: str,
    data: pl.DataFrame,
    cite: str,
    unit: Unit = "directed dyad",
    role: Role = "trade",
) -> Layer:
    """The layer, with the counts of what was left out."""
    counted = flows.skipped.group_by("name", "reason").agg(pl.col("_rows").sum())
    skipped = counted.select(
        pl.lit(flows.scan.file).alias("file"),
        pl.lit(None, pl.Int64).alias("line"),
        pl.lit("skipped").alias("fate"),
        pl.col("reason").fill_null(pl.format("no known state ('{}')", "name")),
        "name",
        pl.lit(None, pl.String).alias("raw"),
        pl.col("_rows").cast(pl.Int64).alias("rows"),
    ).sort("rows", "name", descending=[True, False])
    lost = pl.concat([flows.rejected.sort("file", "line"), skipped])
    return make_layer(name, role, unit, data, lost, flows.scan.file, flows.rows, cite)


def summed(data: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """One row a dyad and year, what several codes of a state trade added up."""
    return data.group_by(DYAD).agg(_known_total(v).alias(v) for v in values)


def reported(importer: str, exporter: str) -> list[pl.Expr]:
    """``value`` and ``by``: what the importer reports, and where it reports nothing, the exporter."""
    by = (
        pl.when(pl.col(importer).is_not_null())
        .then(pl.lit("importer"))
        .when(pl.col(exporter).is_not_null())
        .then(pl.lit("exporter"))
    )
    return [pl.coalesce(importer, exporter).alias("value"), by.alias("by")]
