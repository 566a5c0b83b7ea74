"""Views as HTML: a fragment for notebooks, and one page that opens without a network.

The page is made by the templates in `templates/`; a folder of the user's own may hold others of the same names.
"""

from __future__ import annotations

import json
import re
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from markupsafe import Markup, escape

from quadrille.errors import OptionError, QuadrilleError
from quadrille.panel.periods import span_name
from quadrille.views.names import source
from quadrille.views.paper import fewer_marks
from quadrille.views.vega import Draw, drawn
from quadrille.views.view import Grid, View

__all__ = [
    "check_template",
    "page_bytes",
    "references_of",
    "rendered",
    "span_words",
    "spoken",
    "to_fragment",
    "to_page",
    "to_print",
]

_DESK, _PHONE, _PAPER = 640, 270, 780  # pixels of a figure's plotting area
_OPEN = 12  # rows that a table may have and still be shown unfolded
_LONG = 10  # rows above which a table may be broken over two sheets
_WIDE = 5  # columns above which a row is a small block on a phone
_BOUND = re.compile(r"([<>]) (?=0\.)")  # the two halves of ``> 0.99`` are in one line
_SHORT = 11  # letters of a cell that is not broken
# A bracket belongs to an address only with its other half.
_CITED = re.compile(r"\[([^\[\]]+)\]|(https?://(?:[^\s;()]|\([^\s;()]*\))+)")
_BOX = re.compile(r'width="([\d.]+)" height="([\d.]+)" viewBox="0 0 \1 \2"')
_SPILL = 14
# What Vega says of each mark: the figure says it as a whole.
_SAID = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


@cache
def _templates(folder: str = "") -> Environment:
    own = [FileSystemLoader(folder)] if folder else []
    return Environment(
        loader=ChoiceLoader([*own, PackageLoader("quadrille.views")]), undefined=StrictUndefined,
        autoescape=lambda name: not (name or "").endswith(".md.j2"),
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _names() -> list[str]:
    """The templates that a folder may replace."""
    return sorted(PackageLoader("quadrille.views").list_templates())


def check_template(folder: str | Path) -> None:
    """Refuse a folder of templates that cannot be used, before the work and not after it.

    Raises
    ------
    OptionError
        There is no such folder, it holds no template, or one that is not known or not well formed.
    """
    place, names = Path(folder), _names()
    if not place.is_dir():
        raise OptionError(f"template: {place} is no folder; give the folder that holds {names[1]}")
    found = sorted(f.name for f in place.glob("*.j2"))
    unknown = [n for n in found if n not in names and not n.startswith("_")]
    if unknown or not found:
        what = f"{place / unknown[0]}: unknown template" if unknown else f"{place}: no template"
        raise OptionError(
            f"{what}; use one of {', '.join(names)}, or a name that begins with _ for parts of your own"
        )
    made = _templates(str(place))
    for name in found:
        if not (place / name).is_file():
            raise OptionError(f"{place / name}: it is no file; give a template of that name")
        try:
            made.get_template(name)
        except (TemplateSyntaxError, UnicodeDecodeError) as why:
            raise OptionError(_broken(place, why, name)) from None


def _broken(place: Path, why: Exception, name: str) -> str:
    """File, line and fault of a template of the user's own, which may do whatever Python can do wrong."""
    file, line = getattr(why, "name", None) or name, getattr(why, "lineno", None)
    inside = [
        f for f in traceback.extract_tb(why.__traceback__) if Path(f.filename).parent == place
    ]
    if line is None and inside:
        file, line = Path(inside[-1].filename).name, inside[-1].lineno
    missing = isinstance(why, TemplateNotFound)
    said = f"there is no template {why}" if missing else str(why) or type(why).__name__
    where = f"{place / file}{f', line {line}' if line else ''}"
    return f"{where}: {said}; correct the template"


def rendered(template: str, folder: str, **given: Any) -> str:
    """A template with what it is given.

    Raises
    ------
    OptionError
        A template of the user's own is broken.
    """
    try:
        return _templates(folder).get_template(template).render(**given)
    except Exception as why:
        if not folder or isinstance(why, QuadrilleError):
            raise
        raise OptionError(_broken(Path(folder), why, template)) from None


def _link(found: re.Match[str], references: Mapping[str, str]) -> str:
    if found[2]:
        return f'<a href="{escape(found[2])}">{escape(urlsplit(found[2]).netloc)}</a>'
    keys = [k.strip() for k in found[1].split(";")]
    if not all(k in references for k in keys):
        return str(escape(found[0]))
    return "[" + "; ".join(f'<a href="#ref-{escape(k)}">{escape(k)}</a>' for k in keys) + "]"


def _linked(text: str, references: Mapping[str, str]) -> Markup:
    """Keys in brackets that are references become links to them, and addresses links to where they lead."""
    text, parts, at = _BOUND.sub("\\1\u00a0", text), [], 0
    for found in _CITED.finditer(text):
        parts += [str(escape(text[at : found.start()])), _link(found, references)]
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
        "long": len(g.rows) > _LONG,
        "wide": len(g.heads) > _WIDE,
    }


def _svg(text: str) -> str:
    """The figure as SVG; what is in it is said by its alternative text alone."""
    return _SAID.sub("", text).replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)


def _image(text: str) -> str:
    """The figure as the address of a picture that holds itself."""
    drawn = _BOX.sub(_wider, fewer_marks(_SAID.sub("", text)), count=1).encode()
    return f"data:image/svg+xml;base64,{b64encode(drawn).decode()}"


def _wider(box: re.Match[str]) -> str:
    """Room at both sides: what sets the page may have wider letters than what drew the figure."""
    width, height = float(box[1]) + 2 * _SPILL, box[2]
    return f'width="{width:g}" height="{height}" viewBox="{-_SPILL} 0 {width:g} {height}"'


# Form of a page → of each of its figures the widths that it is drawn in, and what is made of the drawing.
_DRAWINGS: dict[str, dict[str, tuple[int, Callable[[str], str]]]] = {
    "page": {"desk": (_DESK, _svg), "phone": (_PHONE, _svg)},
    "print": {"image": (_PAPER, _image)},
    "fragment": {"desk": (_DESK, _svg)},
}


def _figure(view: View, figures: Iterator[bytes], form: str) -> dict[str, str] | None:
    if view.draw is None:
        return None
    made = {
        "caption": view.caption or view.title,
        "alt": view.description,
        "image": "",
        "desk": "",
        "phone": "",
    }
    ways = _DRAWINGS[form].items()
    return made | {name: shown(next(figures).decode()) for name, (_, shown) in ways}


def _sections(
    views: Sequence[View], references: Mapping[str, str], form: str, draw: Draw
) -> list[dict[str, Any]]:
    """What a page shows of some views."""
    widths = [width for width, _ in _DRAWINGS[form].values()]
    charts = (v.chart(w).to_dict(validate=False) for v in views if v.draw for w in widths)
    figures = draw(charts, ".svg")
    return [
        spoken(v, references) | {"figure": _figure(v, figures, form), "print": form == "print"}
        for v in views
    ]


def spoken(view: View, references: Mapping[str, str]) -> dict[str, Any]:
    """What a page shows of a view without its figure; keys of the references are links to them."""
    return {
        "kind": view.kind,
        "title": view.title,
        "folded": view.folded,
        "sentences": [_linked(s, references) for s in view.sentences],
        "grids": [_grid(g, references) for g in view.grids if g.rows],
        "notes": [_linked(n, references) for n in view.notes],
        "warnings": view.warnings,
        "diagnostics": view.diagnostics,
    }


def span_words(view: View) -> str:
    """The periods of a view in words; empty where it has none."""
    return span_name(view.periods[0], view.periods[-1], view.frequency) if view.periods else ""


def _script(linked: Sequence[Mapping[str, Any]], kind: str) -> Markup:
    """JSON for the head of a page; no text in it can end the element."""
    if not linked:
        return Markup()
    content = json.dumps(list(linked), ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="{kind}">{content}</script>')


def references_of(view: View) -> dict[str, str]:
    """Works that a text of the page cites, a printed line by key; what the view itself says of one comes first."""
    found = {k: line for v in view.all() for k, line in v.references.items()} | dict(
        view.references
    )
    texts = (t for v in view.all() for t in _texts(v))
    cited = {k.strip() for t in texts for c in _CITED.finditer(t) if c[1] for k in c[1].split(";")}
    return {k: line for k, line in found.items() if k in cited}


def _texts(view: View) -> Iterator[str]:
    """What is said of a view in sentences, tables and notes."""
    yield from (*view.sentences, *view.notes)
    for g in view.grids:
        for row in g.rows:
            yield from row


def to_fragment(view: View) -> str:
    """The view as a piece of HTML, figure included, for a notebook."""
    return rendered("fragment.html.j2", "", section=_sections([view], {}, "fragment", drawn)[0])


def to_page(view: View, draw: Draw = drawn) -> str:
    """The view and its parts as one self-contained page; ``draw`` is what draws the figures.

    Raises
    ------
    OptionError
        A template of the user's own is broken.
    """
    return _page(view, "page", draw)


def page_bytes(view: View, draw: Draw) -> bytes:
    """The same as a file."""
    return to_page(view, draw).encode()


def to_print(view: View, draw: Draw = drawn) -> str:
    """The same page for paper: figures as pictures, nothing folded."""
    return _page(view, "print", draw)


def _page(view: View, form: str, draw: Draw) -> str:
    references = references_of(view)
    sections = _sections(list(view.all()), references, form, draw)
    works = [v for k, v in view.works.items() if k in references]
    head = _script(view.linked, "application/ld+json") + _script(
        works, "application/vnd.citationstyles.csl+json"
    )
    return rendered(
        "page.html.j2", view.template, title=view.title, data=source(view.data), span=span_words(view), print=form == "print",
        made=date.today().isoformat(), linked=head, version=version("quadrille"), lead=sections[0],
        sections=sections[1:], references=references,
    )  # fmt: skip
