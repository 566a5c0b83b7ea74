"""Views as Markdown: headings, sentences, tables, notes; figures by their caption and what they show."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

from quadrille.views.names import source
from quadrille.views.page import references_of, rendered, span_words
from quadrille.views.view import Grid, View

__all__ = ["to_markdown"]


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


def table(grid: Grid) -> str:
    """A table with pipes; numbers to the right."""
    rule = ("---" if left else "---:" for left in grid.left)
    rows = (grid.heads, tuple(rule), *(tuple(map(_cell, row)) for row in grid.rows))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def to_markdown(view: View) -> str:
    """The view and its parts as one Markdown text."""
    return rendered(
        "page.md.j2", view.template, view=view, data=source(view.data), views=list(view.all()), table=table, span=span_words(view),
        made=date.today().isoformat(), version=version("quadrille"), references=references_of(view),
    )  # fmt: skip
