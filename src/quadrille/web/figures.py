"""Figures on a dark page: what each colour of the figures becomes there, as rules of style.

Figures are drawn once, on white. On a dark page their colours are set anew by their values, so that light and dark
show one figure: in the page for live ones, and inside the SVG, by the reader's own preference, for those that are not.
"""

from __future__ import annotations

import re

__all__ = ["figure_style", "for_page", "with_dark"]

_SIDE = 14  # pixels of room at either side of a drawing
_SIZE = re.compile(rb'width="(\d+)" height="(\d+)" viewBox="0 0 \1 \2"')
# Ink, rules and grids turn; the colours of the data are lightened until they stand out from the paper.
_DARK = {
    "#222": "#e8e6e3", "#222222": "#e8e6e3", "#8c8c8c": "#9b9894", "#f7f7f7": "#26292e", "#f4f4f4": "#26292e", "#f6cfb5": "#5c3a22",
    "#c3dcee": "#234b66", "#333": "#d6d3ce", "#333333": "#d6d3ce", "#000": "#e8e6e3", "#000000": "#e8e6e3", "#1c1c1c": "#e8e6e3", "black": "#e8e6e3",
    "#555": "#b3b0ab", "#555555": "#b3b0ab", "#666": "#aaa6a1", "#888": "#96938f", "#999": "#85827e", "#e5e5e5": "#33363b", "#ddd": "#33363b",
    "#e2e2e2": "#43474d", "#fff": "#17191c", "#ffffff": "#17191c", "white": "#17191c",
    "#0072B2": "#4fb0ea", "#D55E00": "#ff8a3d", "#009E73": "#2fd0a2", "#8f3300": "#ffb98a", "#003b5e": "#a8dcff",
    "#f3b58a": "#8a4a1c", "#9cc7e3": "#1f567c",
}  # fmt: skip


def _rules(within: str) -> str:
    made = [
        f'{within}[{what}="{old}"] {{ {what}: {new}; }}'
        for old, new in _DARK.items()
        for what in ("fill", "stroke")
    ]
    # Text without a colour is black.
    return "\n".join([f"{within}text:not([fill]) {{ fill: #e8e6e3; }}", *made])


def figure_style() -> str:
    """Rules for live figures of a page, by the reader's preference or choice."""
    asked = _rules(':root:not([data-theme="light"]) .live svg ')
    chosen = _rules(':root[data-theme="dark"] .live svg ')
    return f"@media screen and (prefers-color-scheme: dark) {{\n{asked}\n}}\n@media screen {{\n{chosen}\n}}\n"


def for_page(svg: bytes) -> bytes:
    """An SVG as a page shows it: dark where its reader prefers that, with room at the sides.

    It was laid out with the fonts of the server. Those of a reader may be wider; what stands at an edge, such as the name of a
    row, would be cut.
    """
    head, close, rest = svg.partition(b">")
    found = _SIZE.search(head)
    if found is not None:
        wide = int(found[1]) + 2 * _SIDE
        frame = b'width="%d" height="%b" viewBox="-%d 0 %d %b"' % (
            wide,
            found[2],
            _SIDE,
            wide,
            found[2],
        )
        head = head.replace(found[0], frame)
    return with_dark(head + close + rest)


def with_dark(svg: bytes) -> bytes:
    """An SVG that is dark where its reader prefers that."""
    head, close, rest = svg.partition(b">")
    style = f"<style>@media screen and (prefers-color-scheme: dark) {{ {_rules('')} }}</style>"
    return head + close + style.encode() + rest
