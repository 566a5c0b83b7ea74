"""SIPRI arms transfers: the trade register and the tables of trend-indicator values (TIV).

A TIV is a volume of military capability in a unit of SIPRI's own, shown in millions. It is no price: aid,
gifts and sales count alike. Names that SIPRI marks with ``*`` (armed groups) or ``**`` (organisations)
are no states, whatever stands in their brackets; with unknown suppliers and recipients they are counted
in `Layer.unresolved`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.files import (
    File,
    check_once,
    csv_cells,
    csv_rows,
    head_of,
    read_text,
    workbook_rows,
)
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import YEARS, Sheet, open_sheet
from quadrille.sources.table import REJECTED
from quadrille.states.registry import resolve

__all__ = ["READERS", "SIGNATURES", "read_register", "read_tiv"]

CITE_SIPRI = (
    "Stockholm International Peace Research Institute. SIPRI Arms Transfers Database. "
    "https://www.sipri.org/databases/armstransfers. Give the date of the download."
)
_TIVS = ("sipri tiv per unit", "sipri tiv for total order", "sipri tiv of delivered weapons")
_ORDERS = ("recipient", "supplier", "year of order", "year(s) of delivery", "comments", *_TIVS)
_DELIVERIES = ("supplier", "recipient", "order date", "delivery year", "tiv delivery values")
_DEALS = ("seller", "buyer", "order date", "delivery year", "tiv delivery values")
_TABLE = ("import_to", "export_from", "year", "tiv")
# Exports begin with up to eleven lines of explanation.
_PREAMBLE = 40
_TOTALS = ("All", "Total")
# Columns of one year each, and into how many lines a record may be torn.
_WHEN = ("year of order", "order date", "delivery year")
_PIECES = 4
_DYAD = ["source", "target", "year"]


@dataclass(frozen=True, slots=True)
class _Record:
    """Cells of a record, the lines it stands on, and why it is refused, if it is."""

    cells: list[str]
    line: int
    raw: str
    reason: str | None = None


def _header(
    lines: Sequence[str], layouts: Sequence[tuple[str, ...]], file: str
) -> tuple[int, str, list[str]] | None:
    """Number of the line before which explanations stand, the separator, and the columns."""
    for number, line in enumerate(lines[:_PREAMBLE]):
        separator = max(",;\t", key=line.count)
        names = [n.strip().lower() for n in csv_cells(line, separator, file)]
        if any(set(layout) <= set(names) for layout in layouts):
            return number, separator, names
    return None


def _records(
    lines: list[str], skip: int, separator: str, width: int, file: str
) -> Iterator[_Record]:
    body = (f"{line}\n" for line in lines[skip:])
    for line, last, row in csv_rows(body, separator, file, skip + 1):
        cells = [" ".join(c.split()) for c in row]
        raw = "\n".join(lines[line - 1 : last])
        if not any(cells):
            continue
        while len(cells) > width and not cells[-1]:
            cells.pop()
        found = len(cells)
        wrong = f"wrong number of columns ({found}, expected {width})" if found != width else None
        yield _Record(cells, line, raw, wrong)


def _amount(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _fits(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether value a unit times number gives the two totals, as far as two decimals can tell."""
    unit, *totals = (_amount(cells[names.index(c)]) for c in _TIVS)
    numbers = [_amount(cells[names.index(c)]) for c in ("number ordered", "number delivered")]
    return all(
        n is None or (unit is not None and t is not None and abs(unit * n - t) <= 0.005 * n + 0.005)
        for n, t in zip(numbers, totals, strict=True)
    )


def _is_year(text: str) -> bool:
    return text.isdigit() and YEARS[0] <= int(text) <= YEARS[1]


def _put_together(parts: Sequence[_Record], width: int) -> list[str] | None:
    """The cells of a record whose lines broke inside a field; None if they are no such lines.

    Short lines follow on one another. Of lines that a program filled up to the width of the header, the
    last ends where the record does, and those between hold nothing but text of the torn field.
    """
    first, *more = (p.cells for p in parts)
    if all(len(p.cells) < width for p in parts):
        cells = list(first)
        for rest in more:
            cells = [*cells[:-1], f"{cells[-1]} {rest[0]}".strip(), *rest[1:]]
        return cells if len(cells) == width else None
    if any(len(p.cells) != width for p in parts):
        return None
    *between, last = ([*rest] for rest in more)
    while last and not last[-1]:
        last.pop()
    place = width - len(last)
    if not last or any(first[place + 1 :]) or any(c for rest in between for c in rest[1:]):
        return None
    torn = " ".join([first[place], *(rest[0] for rest in between), last[0]]).strip()
    return [*first[:place], torn, *last[1:]]


def _is_record(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether cells are by themselves in their places: years where years belong, and a state."""
    return bool(cells[0]) and all(
        _is_year(cells[names.index(c)]) for c in _WHEN if c in names and names.index(c) < len(cells)
    )


def _mended(records: list[_Record], names: list[str]) -> Iterator[_Record]:
    """Put records that line breaks tore apart together again, or refuse their parts."""
    checked = {*_ORDERS, "number ordered", "number delivered"} <= set(names)
    i = 0
    while i < len(records):
        found = _torn(records, i, names, checked) if records[i].cells[0] else None
        if found is None:
            yield records[i]
            i += 1
            continue
        parts, cells = found
        if not checked or _fits(cells, names):
            raw = "\n".join(p.raw for p in parts)
            yield replace(parts[0], cells=cells, raw=raw, reason=None)
        else:
            lines = " and ".join(str(p.line) for p in parts)
            reason = f"torn over lines {lines}, and its values do not fit"
            yield from (replace(p, reason=reason) for p in parts)
        i += len(parts)


def _torn(
    records: list[_Record], i: int, names: list[str], checked: bool
) -> tuple[list[_Record], list[str]] | None:
    """The lines of the record that begins at one of them, and its cells, if it is torn.

    The first number of lines with which its values fit; else the first with which its columns do.
    """
    nearly = None
    for n in range(2, _PIECES + 1):
        parts = records[i : i + n]
        if len(parts) < n or (parts[-1].reason is None and _is_record(parts[-1].cells, names)):
            break
        # Without its numbers a whole line cannot be told from the rest of one.
        if not checked and any(p.reason is None for p in parts):
            break
        cells = _put_together(parts, len(names))
        if cells is None or not _is_record(cells, names):
            continue
        if not checked or _fits(cells, names):
            return parts, cells
        nearly = nearly or (parts, cells)
    return nearly


def _open(path: str | Path, what: str, layouts: Sequence[tuple[str, ...]]) -> Sheet:
    """A sheet of text or Excel, without the explanations before its header.

    Raises
    ------
    FileFormatError
        It is no such file; one line says why and what to do.
    """
    file = File(Path(path), str(path))
    container = head_of(file).container
    if container == "parquet":
        return open_sheet(path, what, layouts)
    if container == "excel":
        lines = ["\t".join(" ".join(c.split()) for c in row) for row in workbook_rows(file)]
    else:
        lines = read_text(path, what).split("\n")
    found = _header(lines, layouts, str(path))
    if found is None:
        raise FileFormatError(
            f"{path}: no line among the first {_PREAMBLE} names the columns of {what}; expected "
            f"{', '.join(layouts[0])}"
        )
    skip, separator, names = found
    while names and not names[-1]:
        names.pop()
    columns = [n or f"_{i}" for i, n in enumerate(names, 1)]
    check_once(columns, columns, str(path), skip + 1)
    records = list(_records(lines, skip + 1, separator, len(columns), str(path)))
    if not records:
        raise FileFormatError(f"{path}: it holds no rows; fetch it again")
    return _sheet(records, columns, str(path), separator)


def _sheet(records: list[_Record], columns: list[str], file: str, separator: str) -> Sheet:
    whole = list(_mended(records, columns))
    sound = [r for r in whole if r.reason is None]
    frame = pl.DataFrame(
        [[*r.cells, r.line, r.raw] for r in sound],
        schema={**dict.fromkeys(columns, pl.String), "line": pl.Int64, "raw": pl.String},
        orient="row",
    )
    wrong = [(file, r.line, "rejected", r.reason, None, r.raw, 1) for r in whole if r.reason]
    lost = pl.DataFrame(wrong, schema=REJECTED, orient="row")
    return Sheet(frame, lost, file, len(records), separator)


def _party(names: pl.Series) -> pl.Series:
    """ISO3 of SIPRI's names; null for those marked as no state.

    What stands in brackets explains a name and does not replace it: "Hezbollah (Lebanon)" is not
    Lebanon. "Congo" is the Republic alone, as in ICEWS.
    """
    plain = names.str.replace(r"\s*\([^()]*\)$", "")
    return pl.select(pl.when(~names.str.ends_with("*")).then(resolve(plain, "icews"))).to_series()


def _resolved(sheet: Sheet, source: str, target: str) -> Sheet:
    """Rows between two states; the others are skipped, by the name that failed."""
    frame = sheet.frame.with_columns(
        _party(sheet.frame[source]).alias("source"), _party(sheet.frame[target]).alias("target")
    )
    failed = (
        pl.when(pl.col("source").is_null()).then(source)
        .when(pl.col("target").is_null()).then(target)
    )  # fmt: skip
    sheet = replace(sheet, frame=frame).skip_unknown(failed)
    within = pl.when(pl.col("source") == pl.col("target")).then(pl.lit("within one state"))
    return sheet.skip(within)


def _named(sheet: Sheet, *columns: str) -> Sheet:
    empty = [pl.when(pl.col(c) == "").then(pl.lit(f"{c} is empty")) for c in columns]
    return sheet.reject(pl.coalesce(empty))


def _spread(sheet: Sheet) -> Sheet:
    """Add ``_years``, a list of the years of delivery."""
    years = pl.col("year(s) of delivery").str.extract_all(r"[^;,\s]+")
    sheet = replace(sheet, frame=sheet.frame.with_columns(_years=years))
    bad = pl.col("_years").list.eval(
        ~pl.element().cast(pl.Int32, strict=False).is_between(*YEARS).fill_null(False)
    )
    delivered, none = pl.col(_TIVS[2]), pl.col("_years").list.len() == 0
    sheet = sheet.reject(
        pl.when(bad.list.any())
        .then(pl.format("year(s) of delivery are no years ('{}')", "year(s) of delivery"))
        .when(none & (delivered > 0))
        .then(pl.format("delivered ('{}'), but no year of delivery", delivered))
    )
    return replace(sheet, frame=sheet.frame.with_columns(pl.col("_years").cast(pl.List(pl.Int32))))


def _orders(sheet: Sheet) -> tuple[Sheet, pl.DataFrame]:
    sheet = _named(sheet, "supplier", "recipient").years("year of order").numbers(*_TIVS)
    sheet = _resolved(_spread(sheet), "supplier", "recipient")
    ordered = sheet.frame.group_by("source", "target", pl.col("year of order").alias("year")).agg(
        pl.len().alias("orders"), _total(_TIVS[1]).alias("ordered_tiv")
    )
    share = pl.col(_TIVS[2]) / pl.col("_years").list.len()
    delivered = (
        sheet.frame.filter(pl.col("_years").list.len() > 0)
        .with_columns(_share=share)
        .explode("_years")
        .group_by("source", "target", pl.col("_years").alias("year"))
        .agg(pl.len().alias("deliveries"), _total("_share").alias("delivered_tiv"))
    )
    return sheet, _joined(ordered, delivered)


def _total(column: str) -> pl.Expr:
    """The sum of what is known, null where nothing is."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum())


def _joined(ordered: pl.DataFrame, delivered: pl.DataFrame) -> pl.DataFrame:
    """Both, by year; what stands on one side only is zero on the other."""
    both = ordered.with_columns(_o=True).join(
        delivered.with_columns(_d=True), on=_DYAD, how="full", coalesce=True
    )
    zero = {
        "orders": "_o", "ordered_tiv": "_o", "deliveries": "_d", "delivered_tiv": "_d",
    }  # fmt: skip
    filled = both.with_columns(
        pl.when(pl.col(flag).is_null()).then(0).otherwise(c).alias(c) for c, flag in zero.items()
    )
    return filled.select(
        *_DYAD,
        pl.col("orders").cast(pl.Int32),
        pl.col("ordered_tiv").cast(pl.Float64),
        pl.col("deliveries").cast(pl.Int32),
        pl.col("delivered_tiv").cast(pl.Float64),
    )


def _deliveries(sheet: Sheet) -> tuple[Sheet, pl.DataFrame]:
    source, target, *_ = _DELIVERIES if sheet.has(*_DELIVERIES) else _DEALS
    deal = next((c for c in ("sipri at database id", "deal id") if sheet.has(c)), "line")
    sheet = _named(sheet, source, target).years("order date", "delivery year")
    sheet = _resolved(sheet.numbers("tiv delivery values"), source, target)
    number = pl.col(deal).n_unique()
    ordered = sheet.frame.group_by("source", "target", pl.col("order date").alias("year")).agg(
        number.alias("orders"), pl.lit(None, pl.Float64).alias("ordered_tiv")
    )
    delivered = sheet.frame.group_by("source", "target", pl.col("delivery year").alias("year")).agg(
        number.alias("deliveries"), _total("tiv delivery values").alias("delivered_tiv")
    )
    return sheet, _joined(ordered, delivered)


def read_register(path: str | Path) -> Layer:
    """Orders and deliveries of major arms, from supplier to recipient.

    Takes the register of orders (``Recipient, Supplier, Year of order, …``) or that of deliveries
    (``SIPRI AT Database ID, Supplier, Recipient, …, Delivery year, …``; earlier ``Deal ID; Seller;
    Buyer; …``), with or without the lines of explanation that the publisher's exports begin with.

    A register of orders gives one value for all deliveries of an order and the years in which there
    were some: the value is shared out equally over these years. A register of deliveries gives the
    value of each year.

    A line break in a comment, or another field, tears a record in two or more: each line is short, or
    filled up with empty cells, and the field goes on where the next begins. Such lines are put together
    if value a unit × number = total, within what two decimals allow, for what was ordered and what was
    delivered; else they are rejected. Each is a row of `Layer.rows_in`.

    Returns
    -------
    Layer
        ``source`` (supplier), ``target`` (recipient), ``year``; ``orders`` (Int32: placed that year),
        ``ordered_tiv`` (Float64: their value if all is delivered, null in a register of deliveries),
        ``deliveries`` (Int32: orders of which something came that year), ``delivered_tiv`` (Float64).
        TIV in millions. Zero is zero where the dyad has a row; no row: nothing listed.
    """
    sheet = _open(path, "the SIPRI register", [_ORDERS, _DELIVERIES, _DEALS])
    sheet, data = (_orders if sheet.has(*_ORDERS) else _deliveries)(sheet)
    return sheet.layer("sipri_register", "arms", "directed dyad", data, CITE_SIPRI)


def read_tiv(path: str | Path) -> Layer:
    """Value of arms delivered a year, from the table ``Import_To, Export_From, Year, TIV``.

    Rows that are totals (``All`` for the importer, ``Total`` for the exporter or the year) are
    skipped. In the copy known to us a row ``All, X`` holds what *X imported*, not what it
    exported. Names that are one state of the registry in a year (Soviet Union and Russia in 1992) are
    added up.

    Returns
    -------
    Layer
        ``source`` (exporter), ``target`` (importer), ``year``; ``tiv`` (Float64, millions, whole
        numbers; 0 is less than half a million). No row: nothing delivered.
    """
    sheet = _open(path, "the SIPRI TIV table", [_TABLE])
    over = pl.col("import_to").is_in(_TOTALS) | pl.col("export_from").is_in(_TOTALS)
    sheet = sheet.skip(
        pl.when(over)
        .then(pl.lit("a total over states"))
        .when(pl.col("year") == "Total")
        .then(pl.lit("a total over years"))
    )
    sheet = _named(sheet, "import_to", "export_from", "tiv").years("year").numbers("tiv")
    sheet = _resolved(sheet, "export_from", "import_to")
    data = sheet.frame.group_by(_DYAD).agg(_total("tiv").alias("tiv"))
    return sheet.layer("sipri_tiv", "arms", "directed dyad", data, CITE_SIPRI)


# As in `quadrille.sources.layers.cow`. The publisher's exports have their columns below explanations: look
# for them in the first forty lines.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "sipri_register": _ORDERS,
    "sipri_register:deliveries": _DELIVERIES,
    "sipri_register:deals": _DEALS,
    "sipri_tiv": _TABLE,
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "sipri_register": read_register,
    "sipri_tiv": read_tiv,
}
