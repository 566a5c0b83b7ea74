"""Tables for other programs: dyads with names and numbers of their states, and a codebook beside them.

What every column is stands in one table, ``data/columns.csv``; the codebook and the labels of a Stata file are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from quadrille.arguments import check_place
from quadrille.errors import OptionError
from quadrille.states.codes import with_codes
from quadrille.views.forms import capital, verbatim
from quadrille.views.markdown import table as markdown_table
from quadrille.views.names import source
from quadrille.views.save import EXPORTED, TIDY, table_bytes, write_bytes
from quadrille.views.stata import stata_bytes
from quadrille.views.view import Column, View, grid

__all__ = ["codebook", "export_table", "export_view", "tidy"]

_ONE_TIE = ("relation", "episodes")  # their tables do not name the tie
_TYPES = ((pl.Date, "date"), (pl.Boolean, "true or false"), (pl.String, "text"))


@cache
def _columns() -> dict[tuple[str, str], Mapping[str, str]]:
    raw = files("quadrille.views").joinpath("data/columns.csv").read_bytes()
    table = pl.read_csv(raw, infer_schema=False).fill_null("")
    return {(r["table"], r["column"]): r for r in table.iter_rows(named=True)}


def _line(table: str, column: str) -> Mapping[str, str]:
    """What is said of a column: its own line, that of every table, or that of its prefix.

    Raises
    ------
    OptionError
        Nothing is.
    """
    known = _columns()
    prefix = f"{column.partition('_')[0]}_*"
    for key in ((table, column), ("*", column), (table, prefix)):
        if key in known:
            return known[key]
    raise OptionError(
        f"{column}: no line of the codebook says what it is; write the table as it is instead"
    )


def _type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "whole number"
    return next((word for known, word in _TYPES if kind == known), "number")


def codebook(
    frame: pl.DataFrame, table: str, origin: str, units: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """What each column of a table is.

    Parameters
    ----------
    frame : polars.DataFrame
    table : str
        Of ``data/columns.csv``.
    origin : str
        The data that the numbers come from.
    units : mapping of str to str, optional
        Unit of the model's scale (``unit``) and of what is shown (``shown``), which depend on the data.

    Returns
    -------
    polars.DataFrame
        ``name, type, unit, meaning, source, missing``, a row a column.

    Raises
    ------
    OptionError
        A column of which nothing is known.
    """
    given = {"unit": "model's scale", "shown": "as shown", **(units or {})}
    rows = []
    for name, kind in frame.schema.items():
        line = _line(table, name)
        registry = name.partition("_")[0] in ("name", "cow", "gw")
        rows.append(
            {"name": name, "type": _type(kind), "unit": line["unit"].format_map(given), "meaning": line["meaning"],
             "source": "registry of states" if registry else origin, "missing": line["missing"]}
        )  # fmt: skip
    return pl.DataFrame(rows)


def _markdown(book: pl.DataFrame, title: str, rows: int) -> str:
    empty = "Missing values are empty in CSV, null in Parquet and `.` in Stata."
    listed = markdown_table(grid("", book, [Column(c, c, verbatim) for c in book.columns]))
    return f"# {title}\n\n{rows:,} rows. {empty}\n\n{listed}\n"


def _dyads(view: View) -> pl.DataFrame:
    """The rows of a view with the states of each in columns of their own."""
    rows = view.rows
    if view.kind in _ONE_TIE:
        a, b = view.states[:2]
        return rows.select(pl.lit(a).alias("state_a"), pl.lit(b).alias("state_b"), pl.all())
    if "dyad" in rows.columns:
        ends = rows.select(
            state_a=pl.col("dyad").str.split("-").list.get(0),
            state_b=pl.col("dyad").str.split("-").list.get(1),
        )
        return ends.hstack(rows.drop("dyad"))
    if view.kind == "pivots":
        return rows.rename({"a": "state_a", "b": "state_b", "on": "pivot"})
    return rows


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with names and numbers behind each column of states, as of the period's first day."""
    states = [c for c in ("state_a", "state_b", "pivot") if c in frame.columns]
    if "period" in frame.columns:
        return with_codes(frame, states, "period")
    if "year" not in frame.columns:
        return with_codes(frame, states)
    return with_codes(frame.with_columns(_day=pl.date(pl.col("year"), 1, 1)), states, "_day").drop(
        "_day"
    )


def export_table(
    frame: pl.DataFrame,
    path: str | Path,
    table: str,
    title: str,
    origin: str,
    units: Mapping[str, str] | None = None,
) -> tuple[Path, Path, Path]:
    """Write a table for other programs, and its codebook as CSV and Markdown beside it.

    Parameters
    ----------
    frame : polars.DataFrame
        With ``state_a, state_b`` (ISO3) where its rows are dyads.
    path : path
        Ends in one of `TIDY`.
    table, origin, units
        As in `codebook`.
    title : str

    Returns
    -------
    (Path, Path, Path)
        Of the table, ``NAME-codebook.csv`` and ``NAME-codebook.md``.

    Raises
    ------
    OptionError, InputError
        The suffix is another, a column is not known; the place cannot be written.
    """
    check_place(path, TIDY)
    place, made = Path(path), tidy(frame)
    book = codebook(made, table, origin, units)
    labels, suffix = dict(book.select("name", "meaning").iter_rows()), place.suffix.lower()
    stata = suffix == ".dta"
    write_bytes(place, stata_bytes(made, labels, title) if stata else table_bytes(made, suffix))
    beside = [place.with_name(f"{place.stem}-codebook{end}") for end in (".csv", ".md")]
    write_bytes(beside[0], book.write_csv().encode())
    write_bytes(beside[1], _markdown(book, title, made.height).encode())
    return place, beside[0], beside[1]


def _units(facts: Mapping[str, Any]) -> dict[str, str]:
    """Units that the facts of a view name, its own or those of its first tie."""
    ties: Sequence[Any] = facts.get("ties") or ()
    inner = facts.get("dyad")
    found = (
        facts if "unit" in facts else inner if isinstance(inner, Mapping) else next(iter(ties), {})
    )
    return {k: found[k] for k in ("unit", "shown") if isinstance(found.get(k), str)}


def export_view(view: View, path: str | Path) -> tuple[Path, Path, Path]:
    """Write the main table of a view for other programs, and its codebook beside it.

    Raises
    ------
    OptionError, InputError
        As in `export_table`; this kind of result has no such table.
    """
    table = EXPORTED.get(view.kind)
    if table is None:
        raise OptionError(
            f"{view.kind} has no table for other programs; write its own with .csv or .parquet"
        )
    return export_table(
        _dyads(view), path, table, capital(view.title), source(view.data), _units(view.facts)
    )
