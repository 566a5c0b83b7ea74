"""A result as people read it: sentences, tables, one figure, and facts for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import compress
from typing import Any

import polars as pl

from quadrille.errors import OptionError
from quadrille.panel.periods import period_name
from quadrille.views.forms import capital, text

__all__ = [
    "WIDTH",
    "Column",
    "Grid",
    "View",
    "grid",
    "interval",
    "period_column",
    "view_of",
    "warnings_of",
]

WIDTH = 80  # characters that a table may take


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a frame, or several as one, is shown.

    Attributes
    ----------
    name : str or tuple of str
        In the frame.
    head : str
        For people.
    form : callable
        Value → text; of several columns, the values in their order.
    """

    name: str | tuple[str, ...]
    head: str
    form: Callable[..., str] = text


def interval(
    name: str, head: str, form: Callable[[Any], str], ends: tuple[str, str] | None = None
) -> tuple[Column, Column, Column]:
    """A median and the ends of its 90% interval, ``name_lo90`` and ``name_hi90`` unless named."""
    low, high = ends or (f"{name}_lo90", f"{name}_hi90")
    return Column(name, head, form), Column(low, "90% from", form), Column(high, "to", form)


def period_column(frequency: str, name: str = "period", head: str = "period") -> Column:
    """A column of days, shown as the periods that they begin."""
    return Column(name, head, lambda day: period_name(day, frequency))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table for people; a column that is empty in all rows is left out.

    Attributes
    ----------
    title : str
    heads : tuple of str
    rows : tuple of tuple of str
    left : tuple of bool
        Columns set to the left; the others are numbers. Default: all.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", self.left or (True,) * len(self.heads))
        if not self.rows:
            return
        kept = [any(cells) for cells in zip(*self.rows, strict=True)]
        for name in ("heads", "left"):
            object.__setattr__(self, name, tuple(compress(getattr(self, name), kept)))
        object.__setattr__(self, "rows", tuple(tuple(compress(r, kept)) for r in self.rows))


def grid(title: str, frame: pl.DataFrame, columns: Sequence[Column]) -> Grid:
    """A grid of some columns of a frame.

    Parameters
    ----------
    title : str
    frame : polars.DataFrame
    columns : sequence of Column
    """
    cells = [[c.form(*row) for row in frame.select(c.name).iter_rows()] for c in columns]
    return Grid(
        capital(title),
        tuple(c.head for c in columns),
        tuple(zip(*cells, strict=True)) if frame.height else (),
        tuple(not any(t.is_numeric() for t in frame.select(c.name).dtypes) for c in columns),
    )


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is said, shown and handed on of one result.

    Attributes
    ----------
    kind : str
        As the question is called.
    title : str
        For a heading.
    sentences : tuple of str
        The answer, the most important first. Each names its interval, n and data where it has them.
    rows : polars.DataFrame
        The main table, as `Result.to_polars` gives it.
    facts : mapping
        Further values for machines; JSON types, dates, or arrays.
    grids : tuple of Grid
        Tables for people.
    notes : tuple of str
        What is missing or must be kept in mind.
    warnings : tuple of str
        Diagnostics that failed; empty where the numbers can be trusted.
    diagnostics : tuple of str
        One line each.
    draw : callable or None
        Width of the plotting area in pixels → Altair chart.
    caption : str
        What the figure shows.
    behind : Grid or None
        Every period that the figure shows, for pages; None: the rows are that table.
    data : str
        Short name of the data.
    states : tuple of str
        ISO3.
    frequency : str
    periods : tuple of date
        First and last.
    references : mapping of str to str
        Works cited, by key.
    parts : tuple of View
        Further readings on the same page.
    linked : tuple of mapping
        JSON-LD that a page carries for machines.
    alt : str
        What the figure shows, for who does not see it. Default: the caption and the first sentence.
    folded : bool
        Shown folded, where a page can fold.
    works : mapping of str to mapping
        Works cited as CSL-JSON, by key.
    template : str
        Folder of templates that stand in for the package's own; empty: none.
    """

    kind: str
    title: str
    sentences: tuple[str, ...] = ()
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    facts: Mapping[str, Any] = field(default_factory=dict)
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    diagnostics: tuple[str, ...] = ()
    draw: Callable[[int], Any] | None = None
    caption: str = ""
    behind: Grid | None = None
    data: str = ""
    states: tuple[str, ...] = ()
    frequency: str = ""
    periods: tuple[date, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[View, ...] = ()
    linked: tuple[Mapping[str, Any], ...] = ()
    alt: str = ""
    folded: bool = False
    works: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    template: str = ""

    @property
    def description(self) -> str:
        """The figure in words."""
        return self.alt or " ".join(filter(None, (self.caption or self.title, *self.sentences[:1])))

    def all(self) -> Iterator[View]:
        """The view and its parts, in the order of the page."""
        yield self
        for part in self.parts:
            yield from part.all()

    def chart(self, width: int = 640) -> Any:
        """The figure, in the common style.

        Raises
        ------
        OptionError
            There is none.
        """
        if self.draw is None:
            raise OptionError(f"{self.kind} has no figure")
        from altair.utils.schemapi import debug_mode

        from quadrille.views.theme import figure

        with debug_mode(False):  # the tests hold each figure whole to Vega-Lite's schema
            return figure(self.draw(width))


def view_of(
    result: Any, title: str, sentences: Iterable[str | None], of: Any = None, draw: Any = None,
    checked: Sequence[Any] = (), grids: Iterable[Grid | None] = (), notes: Iterable[str | None] = (), **more: Any,
) -> View:  # fmt: skip
    """The view of a result, with its rows and what it rests on.

    Parameters
    ----------
    result : Result
    title : str
    sentences, grids, notes : iterable
        Empty ones and None are left out; sentences and titles begin with a capital letter.
    of : object, optional
        What has ``origin, frequency, periods``, such as a tie of the result. Default: the result itself.
    draw : callable, optional
        Result and width → Altair chart.
    checked : sequence, optional
        Relations or models whose diagnostics are given, and warned of where they failed.
    **more
        Further fields of a `View`.
    """
    source = of or result
    days = more.pop("periods", None) or source.periods
    about = [f" of {c.label}" for c in checked] if len(checked) > 1 else [""]
    lines = (f"Draws{a}: {c.diagnostics.line()}" for a, c in zip(about, checked, strict=False))
    given = {"warnings": warnings_of(checked), "diagnostics": tuple(lines)} | more
    return View(
        kind=result.kind, title=capital(title), sentences=tuple(capital(s) for s in sentences if s), rows=result.to_polars(),
        grids=tuple(filter(None, grids)), notes=tuple(filter(None, notes)),
        draw=partial(draw, result) if draw else None, data=source.origin, frequency=source.frequency,
        periods=(days[0], days[-1]) if days else (), **given,
    )  # fmt: skip


def warnings_of(results: Iterable[Any]) -> tuple[str, ...]:
    """A line for each of some relations or models whose diagnostics failed."""
    return tuple(
        f"{r.label}: {r.diagnostics.line().removeprefix('NOT RELIABLE: ')}"
        for r in results
        if not r.diagnostics.trusted
    )
