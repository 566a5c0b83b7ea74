"""Views written to files, whole or not at all; the suffix says how."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import polars as pl

from quadrille.arguments import check_place
from quadrille.errors import InputError
from quadrille.results import render
from quadrille.views.extras import check_extra
from quadrille.views.vega import Draw, drawn
from quadrille.views.view import View

__all__ = [
    "DRAWN",
    "EXPORTED",
    "FIGURES",
    "SUFFIXES",
    "TIDY",
    "check_form",
    "save_chart",
    "save_table",
    "save_view",
    "table_bytes",
    "write_bytes",
]

# A figure by itself may also be a page that carries its script, or Vega-Lite.
FIGURES = (".png", ".svg", ".html", ".json")
DRAWN = (".html", ".pdf", ".docx", ".png", ".svg")  # forms for which figures are drawn
SUFFIXES = (".html", ".md", ".pdf", ".docx", ".txt", ".json", ".csv", ".parquet", ".png", ".svg")
TIDY = (".parquet", ".csv", ".dta")
# Kind of a result with a table for other programs → the part of the codebook that says what its own columns are.
EXPORTED = {
    "relation": "relation", "relations": "relation", "brief": "relation", "couple": "relation", "episodes": "episodes",
    "pivots": "pivots", "check": "check",
}  # fmt: skip
_PAGES = {".html": ("page", "page_bytes"), ".pdf": ("pdf", "to_pdf"), ".docx": ("docx", "to_docx")}
# Renderer, and how the file ends.
_TEXTS = {
    ".txt": ("text", "to_text", "\n"), ".json": ("machine", "to_json", "\n"), ".md": ("markdown", "to_markdown", ""),
}  # fmt: skip


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        The place cannot be written; nothing is left behind.
    """
    place, part = Path(path), None
    try:
        handle, part = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(part, 0o644)
        os.replace(part, place)
    except OSError as why:
        raise InputError(
            f"{place}: cannot write there ({why.strerror or why}); choose another place"
        ) from None
    finally:
        if part:
            Path(part).unlink(missing_ok=True)
    return place


def _content(view: View, suffix: str, draw: Draw = drawn) -> bytes:
    """What a file of this suffix holds."""
    if suffix in (".parquet", ".csv"):
        return table_bytes(view.rows, suffix)
    if suffix in _PAGES:
        made: bytes = render(*_PAGES[suffix], view, draw)
        return made
    module, name, end = _TEXTS[suffix]
    return f"{render(module, name, view)}{end}".encode()


def table_bytes(table: pl.DataFrame, suffix: str) -> bytes:
    """A table as ``.parquet`` or ``.csv``."""
    if suffix == ".csv":
        return table.write_csv().encode()
    out = BytesIO()
    table.write_parquet(out)
    return out.getvalue()


def save_table(table: pl.DataFrame, path: str | Path) -> Path:
    """Write a table by itself, as ``.csv`` or ``.parquet``.

    Raises
    ------
    InputError
        The place cannot be written.
    """
    return write_bytes(path, table_bytes(table, Path(path).suffix.lower()))


def check_form(path: str | Path, own: Sequence[str] = ()) -> None:
    """Refuse a place, or a form whose extra is missing, before the work and not after it.

    Raises
    ------
    OptionError
    """
    check_place(path, (*SUFFIXES, *own))
    check_extra(Path(path).suffix.lower())


def save_view(view: View, path: str | Path, own: Sequence[str] = (), draw: Draw = drawn) -> Path:
    """Write a view.

    Parameters
    ----------
    view : View
    path : path
    own : sequence of str
        Suffixes that the result itself writes; named beside the others where this one is unknown.
    draw : callable
        What draws the figures.

    Raises
    ------
    OptionError
        The suffix is none of `SUFFIXES`, its extra is missing, or the view has no figure.
    InputError
        The place cannot be written.
    """
    check_form(path, own)
    suffix = Path(path).suffix.lower()
    if suffix in FIGURES[:2]:
        return save_chart(view, path, draw)
    return write_bytes(path, _content(view, suffix, draw))


def save_chart(view: View, path: str | Path, draw: Draw = drawn) -> Path:
    """Write the figure of a view; the suffix is one of `FIGURES`.

    Raises
    ------
    OptionError, InputError
        As in `save_view`.
    """
    from quadrille.views.theme import chart_bytes

    check_place(path, FIGURES)
    return write_bytes(path, chart_bytes(view.chart(), Path(path).suffix.lower(), draw))
