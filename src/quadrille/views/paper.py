"""Figures for paper: the same drawing in fewer marks, since what sets a page takes its time with each.

Vega draws every dot, box, tick and line of the grid by itself, and PDF keeps each translucent one as a picture in the picture. Here
those of one look that follow each other are one path, and what draws nothing is left out. A shaded scale, which what sets the
page leaves blank, is a row of boxes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

__all__ = ["fewer_marks"]

_AT = r'transform="translate\((-?[\d.]+),(-?[\d.]+)\)"'
_NOTHING = re.compile(r'<path class="(?:background|foreground)"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_DOT = re.compile(
    rf'<path {_AT} d="M([\d.]+),0A\3,\3,0,1,1,-\3,0A\3,\3,0,1,1,\3,0"(?P<look>[^>]*)/>'
)
_BOX = re.compile(r'<path d="(M-?[\d.]+,-?[\d.]+h[\d.]+v[\d.]+h-[\d.]+Z)"(?P<look> fill="[^"]*")/>')
_LINE = re.compile(rf'<line {_AT} x2="(-?[\d.]+)" y2="(-?[\d.]+)"(?P<look>[^>]*)/>')
_SHADES = re.compile(
    r'<linearGradient id="([\w-]+)" x1="0" x2="1" y1="0" y2="0">(.*?)</linearGradient>'
)
_COLOUR = re.compile(r'stop-color="([^"]+)"')
_SHADED = re.compile(r'<path d="M0,0h([\d.]+)v([\d.]+)h-[\d.]+Z" fill="url\(#([\w-]+)\)"[^>]*/>')


def fewer_marks(svg: str) -> str:
    """An SVG of Vega's, with one path for each run of like dots, lines or opaque boxes, and without marks that draw nothing."""
    shades = {name: _COLOUR.findall(stops) for name, stops in _SHADES.findall(svg)}
    boxed = _SHADED.sub(lambda found: _boxes(found, shades), svg)
    bare = _NOTHING.sub("", boxed)
    for mark, drawn in ((_DOT, _dot), (_LINE, _line), (_BOX, _box)):
        bare = _joined(bare, mark, drawn)
    return bare


def _joined(svg: str, mark: re.Pattern[str], drawn: Callable[[re.Match[str]], str]) -> str:
    """Marks that follow each other and look alike as one path."""
    parts, at = [], 0
    for _, run in groupby(_runs(svg, mark), lambda pair: pair[0]):
        marks = [found for _, found in run]
        path = "".join(map(drawn, marks))
        parts += [svg[at : marks[0].start()], f'<path d="{path}"{marks[0]["look"]}/>']
        at = marks[-1].end()
    return "".join((*parts, svg[at:]))


def _runs(svg: str, mark: re.Pattern[str]) -> list[tuple[int, re.Match[str]]]:
    """Each mark, with the number of the run that it is in."""
    rows: list[tuple[int, re.Match[str]]] = []
    run, end, look = 0, -1, ""
    for found in mark.finditer(svg):
        run += (found.start(), found["look"]) != (end, look)
        end, look = found.end(), found["look"]
        rows.append((run, found))
    return rows


def _boxes(found: re.Match[str], shades: Mapping[str, Sequence[str]]) -> str:
    """A box for each colour, each to the end, so that no seam shows."""
    wide, high, colours = float(found[1]), found[2], shades.get(found[3], ())
    starts = (wide * k / len(colours) for k in range(len(colours)))
    boxes = (
        f'<path d="M{at:.3f},0H{wide:g}V{high}H{at:.3f}Z" fill="{colour}"/>'
        for at, colour in zip(starts, colours, strict=True)
    )
    return "".join(boxes) or found[0]


def _dot(found: re.Match[str]) -> str:
    x, y, r = (float(found[k]) for k in (1, 2, 3))
    arc = f"a{r:g},{r:g},0,1,1,"
    return f"M{x + r:.3f},{y:.3f}{arc}{-2 * r:g},0{arc}{2 * r:g},0Z"


def _box(found: re.Match[str]) -> str:
    return found[1]


def _line(found: re.Match[str]) -> str:
    return f"M{found[1]},{found[2]}l{found[3]},{found[4]}"
