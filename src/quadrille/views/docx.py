"""Views as a Word document: real headings, tables with header rows, figures with alternative text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from typing import Any

from quadrille.views.extras import check_extra
from quadrille.views.names import source
from quadrille.views.page import references_of, span_words
from quadrille.views.vega import Draw, drawn
from quadrille.views.view import Grid, View

__all__ = ["to_docx"]

_WIDTH = 16.0  # centimetres between the margins of A4
_DESK = 640  # pixels of a figure's plotting area


def to_docx(view: View, draw: Draw = drawn) -> bytes:
    """The view and its parts as one document.

    Raises
    ------
    OptionError
        The extra ``report`` is missing.
    """
    check_extra(".docx")
    from docx import Document

    made = Document()
    _about(made, view)
    charts = (v.chart(_DESK).to_dict(validate=False) for v in view.all() if v.draw)
    figures = draw(charts, ".png")
    for k, part in enumerate(view.all()):
        made.add_heading(part.title, level=min(k, 1))
        if not k:
            span = span_words(view)
            line = f"Quadrille · data: {source(view.data)}{f' · {span}' if span else ''} · quadrille {version('quadrille')}"
            made.add_paragraph(line, style="Subtitle")
        _body(made, part, figures)
    references = references_of(view)
    if references:
        made.add_heading("References of the acts shown", level=1)
        for key, line in references.items():
            made.add_paragraph(f"[{key}] {line}", style="List Bullet")
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _about(made: Any, view: View) -> None:
    """Title, language, page and who made it."""
    from docx.shared import Cm

    known = made.core_properties
    known.title, known.language, known.author = (
        view.title,
        "en",
        f"quadrille {version('quadrille')}",
    )
    known.comments, known.created = "", datetime.now(UTC)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21.0 - _WIDTH) / 2)


def _body(made: Any, view: View, figures: Iterator[bytes]) -> None:
    for line in view.warnings:
        made.add_paragraph().add_run(f"Not reliable. {line}").bold = True
    for line in view.sentences:
        made.add_paragraph(line)
    if view.draw is not None:
        _figure(made, view, next(figures))
    for grid in view.grids:
        if grid.rows:
            _table(made, grid)
    for line in (*view.notes, *view.diagnostics):
        made.add_paragraph(line, style="List Bullet")


def _figure(made: Any, view: View, drawing: bytes) -> None:
    from docx.shared import Cm

    shape = made.add_picture(BytesIO(drawing), width=Cm(_WIDTH))
    about = shape._inline.docPr
    about.set("descr", view.description)
    about.set("title", view.title)
    made.add_paragraph(view.caption or view.title, style="Caption")


def _table(made: Any, grid: Grid) -> None:
    """A table under its caption, its head repeated on each page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    if grid.title:
        made.add_paragraph(grid.title, style="Caption").paragraph_format.keep_with_next = True
    table = made.add_table(rows=0, cols=len(grid.heads), style="Light List Accent 1")
    for k, cells in enumerate((grid.heads, *grid.rows)):
        row = table.add_row()
        if not k:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, value, left in zip(row.cells, cells, grid.left, strict=True):
            (line,) = cell.paragraphs
            line.paragraph_format.space_after = Pt(0)
            line.add_run(value).font.size = Pt(8)
            if not left:
                line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph()
