"""Views as plain text, for a terminal and for `print`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from quadrille.views.view import WIDTH, Grid, View

__all__ = ["grid_text", "to_text", "wrapped"]


def wrapped(line: str, width: int = WIDTH, indent: str = "") -> str:
    """A line broken at spaces, so that no word is cut."""
    own = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), width, initial_indent=own, subsequent_indent=own + indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _longest(value: str) -> int:
    return max(map(len, value.split()), default=0)


def _shares(grid: Grid, width: int) -> list[int]:
    """Characters for each column: what it needs; where the sum is too wide, the widest text gives way."""
    columns = [[row[i] for row in grid.rows] for i in range(len(grid.heads))]
    needed = [
        max([_longest(head), *map(len, cells)])
        for head, cells in zip(grid.heads, columns, strict=True)
    ]
    words = [
        max([_longest(head), *map(_longest, c)])
        for head, c in zip(grid.heads, columns, strict=True)
    ]
    # First between words; a name without spaces is broken only where there is no other way.
    for least in (words, [8] * len(needed)):
        while sum(needed) + 2 * (len(needed) - 1) > width:
            wide = [i for i, left in enumerate(grid.left) if left and needed[i] > least[i]]
            if not wide:
                break
            needed[max(wide, key=lambda i: needed[i])] -= 1
    return needed


def _cell(value: str, width: int) -> list[str]:
    return textwrap.wrap(value, width, break_on_hyphens=False) or [""]


def _lines(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> list[str]:
    """One row of a table, over as many lines as its longest cell needs."""
    parts = [_cell(c, w) for c, w in zip(cells, widths, strict=True)]
    tall = max(map(len, parts))
    return [
        "  ".join(
            f"{p[k] if k < len(p) else '':{'<' if to_left else '>'}{w}}"
            for p, w, to_left in zip(parts, widths, left, strict=True)
        ).rstrip()
        for k in range(tall)
    ]


def grid_text(grid: Grid, width: int = WIDTH) -> str:
    """A table under its title and heads, at most ``width`` characters wide."""
    widths = _shares(grid, width)
    head = _lines(grid.heads, widths, grid.left)
    rule = "  ".join("-" * w for w in widths)
    body = [line for row in grid.rows for line in _lines(row, widths, grid.left)]
    return "\n".join([*([wrapped(grid.title, width)] if grid.title else []), *head, rule, *body])


def terminal_width() -> int:
    """Characters a line may take here: those of the terminal, from 60 to 100; else 80."""
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, 60), 100)


def to_text(view: View, width: int = WIDTH) -> str:
    """The whole view, most important first.

    Parameters
    ----------
    view : View
    width : int
        Of a line; tables never take more than 80.
    """
    blocks = [wrapped(f"NOT RELIABLE. {w}", width) for w in view.warnings]
    blocks += ["\n".join(wrapped(s, width, "  ") for s in view.sentences)] if view.sentences else []
    blocks += [grid_text(g, min(width, WIDTH)) for g in view.grids if g.rows]
    rest = [*(f"Note: {n}" for n in view.notes), *view.diagnostics]
    blocks += ["\n".join(wrapped(n, width, "  ") for n in rest)] if rest else []
    blocks += [_part(part, width) for part in view.parts if part.sentences and not part.folded]
    folded = [part.title for part in view.parts if part.folded]
    blocks += [wrapped(f"On the page besides: {'; '.join(folded)}.", width, "  ")] if folded else []
    return "\n\n".join(blocks)


def _part(view: View, width: int) -> str:
    """A part of a page: its heading and what it says."""
    return "\n".join(
        [wrapped(view.title), *(wrapped(f"  {s}", width, "  ") for s in view.sentences)]
    )
