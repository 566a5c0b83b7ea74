"""What is kept of an answered question: plain data that pages, files and the API are made of."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any, cast

import polars as pl

from quadrille.errors import NoDataError, OptionError
from quadrille.panel.periods import period_name
from quadrille.views.forms import capital, number, text
from quadrille.views.machine import envelope, plain
from quadrille.views.page import spoken
from quadrille.views.vega import spec_bytes
from quadrille.views.view import Column, Grid, View, grid

__all__ = ["KEPT", "PICTURES", "SIZES", "Answer", "answer_from", "content", "frame_of", "picture"]

SIZES = {"desk": 760, "phone": 270}  # pixels of a figure's plotting area
KEPT = 50_000  # rows of an answer
_SHOWN = 200  # rows of the table behind a figure
PICTURES = {"svg": "image/svg+xml", "png": "image/png", "vg.json": "application/json"}
_JSON = ("section", "numbers", "head", "total")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered question.

    Attributes
    ----------
    section : mapping
        What a page shows: title, sentences, grids, notes, warnings, diagnostics, caption, and the same of its parts.
    numbers : mapping
        The table behind the figure: heads, rows, and how many rows there are.
    head : mapping
        The JSON envelope without its rows.
    rows : polars.DataFrame
        The main table, at most `KEPT` rows of it.
    total : int
        Rows that it has.
    figure : callable, optional
        ``desk`` or ``phone`` → Vega-Lite. It is drawn when it is asked for: that takes longer than most answers.
    """

    section: Mapping[str, Any]
    numbers: Mapping[str, Any]
    head: Mapping[str, Any]
    rows: pl.DataFrame
    total: int
    figure: Callable[[str], dict[str, Any]] | None = None

    def to_bytes(self) -> bytes:
        """For another process: JSON, the table as Parquet in it, its figure drawn to every width."""
        out = BytesIO()
        self.rows.write_parquet(out)
        made = {name: getattr(self, name) for name in _JSON}
        made["rows"] = base64.b64encode(out.getvalue()).decode()
        made["specs"] = {size: self.figure(size) for size in SIZES} if self.figure else {}
        return json.dumps(made).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Answer:
        """What `to_bytes` made."""
        made = json.loads(content)
        rows = pl.read_parquet(BytesIO(base64.b64decode(made.pop("rows"))))
        specs = made.pop("specs")
        return cls(**made, rows=rows, figure=specs.__getitem__ if specs else None)

    def page(self, offset: int, limit: int) -> dict[str, Any]:
        """The JSON envelope with some of its rows."""
        shown = self.rows.slice(offset, limit)
        about = {"offset": offset, "limit": limit, "rows": shown.height, "total": self.total}
        return {**self.head, "page": about, "rows": plain(shown)}


def _form(dtype: pl.DataType, frequency: str) -> Callable[[Any], str]:
    if dtype == pl.Date:
        return lambda v: "" if v is None else period_name(v, frequency or "D")
    if dtype.is_float():
        return number(3)
    return text


def _table(made: Grid, total: int) -> dict[str, Any]:
    heads = list(zip(made.heads, made.left, strict=True))
    return {"heads": heads, "rows": made.rows, "total": total}


def frame_of(frame: pl.DataFrame, frequency: str) -> Grid:
    """The first rows of a table, written out, numbers to the thousandth."""
    flat = [c for c, t in frame.schema.items() if not t.is_nested()]
    shown = frame.select(flat).head(_SHOWN)
    columns = [
        Column(c, c.replace("_", " "), _form(shown.schema[c], frequency if c == "period" else "D"))
        for c in flat
    ]
    return grid("", shown, columns)


def _drawn(view: View, size: str) -> dict[str, Any]:
    return cast(dict[str, Any], view.chart(SIZES[size]).to_dict(validate=False))


def answer_from(view: View) -> Answer:
    """What is kept of a view."""
    figure = partial(_drawn, view) if view.draw else None
    few = view.rows.head(KEPT)
    caption = capital(view.caption or view.title)
    behind = view.behind or frame_of(view.rows, view.frequency)
    total = len(behind.rows) if view.behind else view.rows.height
    # What is behind the figure is not shown a second time, cut short.
    rest = tuple(g for g in view.grids if not view.behind or not {*g.heads} <= {*behind.heads})
    said = spoken(replace(view, grids=rest), view.references) | {
        "kind": view.kind, "caption": caption, "references": dict(view.references),
        "parts": [spoken(part, view.references) for top in view.parts for part in top.all()],
    }  # fmt: skip
    head = {k: v for k, v in envelope(replace(view, rows=pl.DataFrame())).items() if k != "rows"}
    return Answer(said, _table(behind, total), head, few, view.rows.height, figure)


def content(answer: Answer, suffix: str, size: str = "desk") -> tuple[bytes, str]:
    """A file made of an answer, and its media type.

    Parameters
    ----------
    answer : Answer
    suffix : str
        csv, parquet, json or vl.json.
    size : {"desk", "phone"}
        Of a figure.

    Raises
    ------
    OptionError
        There is no such kind of file.
    NoDataError
        The answer has no figure.
    """
    if suffix == "csv":
        return answer.rows.write_csv().encode(), "text/csv; charset=utf-8"
    if suffix == "parquet":
        out = BytesIO()
        answer.rows.write_parquet(out)
        return out.getvalue(), "application/vnd.apache.parquet"
    if suffix == "json":
        made = json.dumps(answer.page(0, KEPT), ensure_ascii=False, allow_nan=False)
        return made.encode(), "application/json"
    if suffix != "vl.json":
        raise OptionError(
            f"no such kind of file {suffix!r:.20}; use csv, parquet, json, vl.json, svg or png"
        )
    if answer.figure is None:
        raise NoDataError("this answer has no figure; take its table")
    made = json.dumps(answer.figure("phone" if size == "phone" else "desk"))
    return made.encode(), "application/json"


def _vega(spec: bytes) -> bytes:
    """What a browser draws: compiled here, so that no client waits for it; the paper is the page's."""
    import vl_convert as vlc

    made = json.loads(spec) | {"background": "transparent"}
    return json.dumps(vlc.vegalite_to_vega(made)).encode()


def picture(spec: bytes, suffix: str) -> tuple[bytes, str]:
    """A figure's Vega-Lite as SVG, PNG or Vega, and its media type."""
    if suffix == "vg.json":
        return _vega(spec), PICTURES[suffix]
    return spec_bytes(json.loads(spec), f".{suffix}"), PICTURES[suffix]
