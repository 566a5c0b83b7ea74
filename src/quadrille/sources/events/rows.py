"""What readers of event files share: rows as text, and why a row is no act between two states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from quadrille.errors import FileFormatError, UnknownEventError
from quadrille.events.vocabulary import codes_of, normalise_code

__all__ = ["FIRST_DAY", "cells", "codes", "dated", "ends", "no_dyad", "split"]

FIRST_DAY = date(1945, 1, 1)
_ROOTS = [f"{root:02}" for root in range(1, 21)]


def split(text: str) -> list[str]:
    """Lines of a text, whatever ends them."""
    return text.splitlines() if "\r" in text else text.split("\n")


def cells(
    text: str,
    file: str,
    separator: str,
    wanted: Sequence[str],
    what: str,
    header: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Rows of a file whose cells are never quoted across separators, wanted columns by name.

    Parameters
    ----------
    wanted : sequence of str
        Columns that must be there.
    what : str
        Name of the source, for messages.
    header : sequence of str, optional
        Names of the columns, for files without a header.

    Returns
    -------
    polars.DataFrame
        ``line, raw``, the wanted columns as text (null for empty, ``NA`` and ``None``), and
        ``reason``, null but for rows too short to hold them.

    Raises
    ------
    FileFormatError
        A column is missing.
    """
    lines = split(text)
    names = list(header or (n.strip().strip('"') for n in lines[0].split(separator)))
    missing = [n for n in wanted if n not in names]
    if missing:
        raise FileFormatError(
            f"{file}: line 1: {what} column {missing[0]!r} is missing; expected {', '.join(wanted)}"
        )
    body = lines if header else lines[1:]
    rows = pl.DataFrame({"raw": body}, schema={"raw": pl.String}).with_row_index(
        "line", offset=1 if header else 2
    )
    rows = rows.filter(pl.col("raw") != "").with_columns(
        pl.col("line").cast(pl.Int64), _cells=pl.col("raw").str.split(separator)
    )

    def cell(name: str) -> pl.Expr:
        found = pl.col("_cells").list.get(names.index(name), null_on_oob=True)
        found = found.str.strip_chars().str.strip_chars('"')
        return pl.when(~found.is_in(["NA", "None", ""])).then(found).alias(name)

    least = 1 + max(names.index(n) for n in wanted)
    width = pl.col("_cells").list.len()
    return rows.with_columns(
        *(cell(n) for n in wanted),
        reason=pl.when(width < least).then(
            pl.format("wrong number of columns ({}, expected {})", width, pl.lit(len(names)))
        ),
    ).drop("_cells")


def dated(rows: pl.DataFrame, column: str, form: str) -> pl.DataFrame:
    """Add ``date``, and a reason where there is none or it lies out of range."""
    day = pl.col(column).str.to_date(form, strict=False)
    shown = pl.col(column).fill_null("")
    return rows.with_columns(
        date=day,
        reason=pl.coalesce(
            "reason",
            pl.when(day.is_null()).then(pl.format(f"bad date ('{{}}', expected {form})", shown)),
            pl.when(~day.is_between(FIRST_DAY, date.today())).then(
                pl.format("date out of range ('{}', expected 1945 to today)", shown)
            ),
        ),
    )


def ends(source: str, target: str, what: str = "is no known state") -> dict[str, pl.Expr]:
    """Why the ends, resolved in ``source`` and ``target``, are no dyad, as `no_dyad`.

    Parameters
    ----------
    source, target : str
        Columns of the ends as written.
    """
    absent = pl.col(source).is_null() | pl.col(target).is_null()
    unknown = {side: pl.col(side).is_null() for side in ("source", "target")}
    within = pl.col("source") == pl.col("target")
    return no_dyad(absent, unknown, {"source": source, "target": target}, within, what)


def no_dyad(
    absent: pl.Expr,
    unknown: Mapping[str, pl.Expr],
    written: Mapping[str, str],
    within: pl.Expr,
    what: str = "is no known state",
) -> dict[str, pl.Expr]:
    """``skip``, why a valid row is not between two known states, and ``name``, the name at fault.

    Parameters
    ----------
    absent : polars.Expr
        Whether a side has no state.
    unknown : mapping
        Side → whether its name is unknown.
    written : mapping
        Side → column of its name.
    within : polars.Expr
        Whether both sides are one state.
    """
    skip = [pl.when(absent).then(pl.lit("no country on one side"))]
    for side, cell in written.items():
        skip.append(pl.when(unknown[side]).then(pl.format(f"{side} {what} ('{{}}')", cell)))
    skip.append(pl.when(within).then(pl.lit("within one state")))
    name = pl.coalesce(pl.when(unknown[s]).then(pl.col(c)) for s, c in written.items())
    return {"skip": pl.coalesce(skip), "name": pl.when(~absent).then(name)}


def codes(written: pl.Series, texts: pl.Series | None = None) -> pl.Series:
    """CAMEO codes as CAMEO writes them; from the event text where there is no code.

    A column of codes that was read as numbers has lost its leading zeros, and then ``10`` may be
    ``010`` or the root 10. It is ``010`` where the text says so, and where no code of the column begins
    with a zero while some two-digit code is no root: publishers do not mix roots with such codes.
    """
    distinct = written.drop_nulls().unique()
    lost = _lost_zeros(distinct)
    fixed = pl.Series([_known(c, lost) for c in distinct], dtype=pl.String)
    found = written.replace_strict(distinct, fixed, default=None, return_dtype=pl.String)
    if texts is None:
        return found
    by_text = codes_of(texts)
    told = written.is_null() | (by_text == "0" + written).fill_null(False)
    return pl.select(pl.when(told).then(by_text).otherwise(found)).to_series()


def _known(code: str, lost_zeros: bool) -> str | None:
    try:
        return normalise_code(f"0{code}" if lost_zeros and len(code) == 2 else code)
    except UnknownEventError:
        return None


def _lost_zeros(distinct: pl.Series) -> bool:
    two = distinct.filter(distinct.str.len_chars() == 2)
    return not distinct.str.starts_with("0").any() and not two.is_in(_ROOTS).all()
