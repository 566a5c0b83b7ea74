"""Views as HTML: a fragment for notebooks, and one page that opens without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from quadrille.panel.periods import span_name
from quadrille.views import theme
from quadrille.views.view import Grid, View

__all__ = ["spoken", "to_fragment", "to_page"]

_DESK, _PHONE = 640, 270  # pixels of a figure's plotting area
_OPEN = 12  # rows that a table may have and still be shown unfolded
_SHORT = 10  # letters of a cell that is not broken
_KEY = re.compile(r"\[([^\[\]]+)\]")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("quadrille.views"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _linked(text: str, references: Mapping[str, str]) -> Markup:
    """Keys in brackets that are references become links to them."""

    def link(found: re.Match[str]) -> str:
        keys = [k.strip() for k in found[1].split(";")]
        if not all(k in references for k in keys):
            return str(escape(found[0]))
        return "[" + "; ".join(f'<a href="#ref-{escape(k)}">{escape(k)}</a>' for k in keys) + "]"

    parts, at = [], 0
    for found in _KEY.finditer(text):
        parts += [str(escape(text[at : found.start()])), link(found)]
        at = found.end()
    return Markup("".join([*parts, str(escape(text[at:]))]))


def _class(value: str, left: bool) -> str:
    """Numbers to the right; a date or a short name in one piece."""
    return ("short" if len(value) <= _SHORT else "") if left else "num"


def _grid(g: Grid, references: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": g.title,
        "heads": list(zip(g.heads, g.left, strict=True)),
        "rows": [
            [(_linked(v, references), _class(v, left)) for v, left in zip(r, g.left, strict=True)]
            for r in g.rows
        ],
        "folded": len(g.rows) > _OPEN,
    }


def spoken(view: View, references: Mapping[str, str]) -> dict[str, Any]:
    """What a page shows of a view without its figure; keys of the references are links to them."""
    return {
        "title": view.title,
        "sentences": [_linked(s, references) for s in view.sentences],
        "grids": [_grid(g, references) for g in view.grids if g.rows],
        "notes": view.notes,
        "warnings": view.warnings,
        "diagnostics": view.diagnostics,
    }


def _section(view: View, references: Mapping[str, str], phone: bool = True) -> dict[str, Any]:
    figure = None
    if view.draw is not None:
        figure = {"desk": theme.to_svg(view.draw(_DESK)), "caption": view.caption or view.title}
        figure["phone"] = theme.to_svg(view.draw(_PHONE)) if phone else ""
    return spoken(view, references) | {"figure": figure}


def _all(view: View) -> Iterator[View]:
    yield view
    for part in view.parts:
        yield from _all(part)


def _span(view: View) -> str:
    return span_name(view.periods[0], view.periods[-1], view.frequency) if view.periods else ""


def _script(linked: Sequence[Mapping[str, Any]]) -> Markup:
    """JSON-LD for the head of a page; no text in it can end the element."""
    if not linked:
        return Markup()
    content = json.dumps(list(linked), ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{content}</script>')


def to_fragment(view: View) -> str:
    """The view as a piece of HTML, figure included, for a notebook."""
    made = _templates().get_template("fragment.html.j2")
    return made.render(section=_section(view, {}, phone=False))


def to_page(view: View, made: date | None = None) -> str:
    """The view and its parts as one self-contained page.

    Parameters
    ----------
    view : View
    made : date, optional
        Printed in the header; today by default.
    """
    references = {k: line for v in _all(view) for k, line in v.references.items()}
    sections = [_section(v, references) for v in _all(view)]
    return _templates().get_template("page.html.j2").render(
        title=view.title, data=view.data, span=_span(view), made=(made or date.today()).isoformat(),
        linked=_script(view.linked), version=version("quadrille"), lead=sections[0], sections=sections[1:], references=references,
    )  # fmt: skip
