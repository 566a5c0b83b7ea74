"""Views written to files, whole or not at all; the suffix says how."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from quadrille.arguments import check_place
from quadrille.errors import InputError
from quadrille.views.view import View

__all__ = ["FIGURES", "SUFFIXES", "save_chart", "save_table", "save_view", "write_bytes"]

# A figure by itself may also be a page that carries its script, or Vega-Lite.
FIGURES = (".png", ".svg", ".html", ".json")
SUFFIXES = (".html", ".txt", ".json", ".csv", ".parquet", ".png", ".svg")


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


def chart_bytes(chart: Any, suffix: str) -> bytes:
    """A chart as PNG (2x), SVG, HTML or Vega-Lite; the same chart gives the same bytes."""
    from quadrille.views import theme

    if suffix == ".png":
        return theme.to_png(chart)
    write = {".svg": theme.to_svg, ".html": theme.to_html, ".json": theme.to_vega_lite}[suffix]
    return write(chart).encode()


def _page(view: View) -> bytes:
    from quadrille.views.page import to_page

    return to_page(view).encode()


def _text(view: View) -> bytes:
    from quadrille.views.text import to_text

    return f"{to_text(view)}\n".encode()


def _json(view: View) -> bytes:
    from quadrille.views.machine import to_json

    return f"{to_json(view)}\n".encode()


def _csv(view: View) -> bytes:
    return view.rows.write_csv().encode()


def _parquet(view: View) -> bytes:
    out = BytesIO()
    view.rows.write_parquet(out)
    return out.getvalue()


def save_table(table: pl.DataFrame, path: str | Path) -> Path:
    """Write a table by itself, as ``.csv`` or ``.parquet``.

    Raises
    ------
    InputError
        The place cannot be written.
    """
    write = _csv if Path(path).suffix.lower() == ".csv" else _parquet
    return write_bytes(path, write(View("table", "", rows=table)))


_WRITERS: dict[str, Callable[[View], bytes]] = {
    ".html": _page, ".txt": _text, ".json": _json, ".csv": _csv, ".parquet": _parquet,
}  # fmt: skip


def save_view(view: View, path: str | Path, own: Sequence[str] = ()) -> Path:
    """Write a view.

    Parameters
    ----------
    view : View
    path : path
    own : sequence of str
        Suffixes that the result itself writes; named beside the others where this one is unknown.

    Raises
    ------
    OptionError
        The suffix is none of `SUFFIXES`, or the view has no figure.
    InputError
        The place cannot be written.
    """
    check_place(path, (*SUFFIXES, *own))
    suffix = Path(path).suffix.lower()
    return (
        save_chart(view, path)
        if suffix in FIGURES[:2]
        else write_bytes(path, _WRITERS[suffix](view))
    )


def save_chart(view: View, path: str | Path) -> Path:
    """Write the figure of a view; the suffix is one of `FIGURES`.

    Raises
    ------
    OptionError, InputError
        As in `save_view`.
    """
    check_place(path, FIGURES)
    return write_bytes(path, chart_bytes(view.chart(), Path(path).suffix.lower()))
