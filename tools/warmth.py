"""Estimates of trade on warmth, and of warmth on trade and on dependence, made anew after the index or the data have changed.

python tools/warmth.py [FOLDER]    FOLDER: the panel of Yotov et al. and SIPRI's table; default: $QUADRILLE_DATA, else ../shared/data

Writes what ships (``economy/data/warmth.json``, ``leaning.json``) and the tables of ``docs/methods/economy.md`` between their marks.
Takes about a minute of processor time.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import quadrille
from quadrille.economy.leaning import Leaning, leaning_of, write_leanings
from quadrille.economy.warmth import Warmth, write_warmth
from quadrille.index.shipped import read_index, read_meta
from quadrille.views.dependence import leaning_line
from quadrille.views.trade_warmth import term_words

REPO = Path(__file__).resolve().parents[1]
SHIPPED = REPO / "src" / "quadrille" / "economy" / "data"
PAGE = REPO / "docs" / "methods" / "economy.md"
PANEL = "the panel of Yotov et al. (2016)"


def lines_of(found: Warmth, index: str) -> str:
    """The table of the page, and the verdicts as the command says them."""
    said = found.view().sentences
    rows = [
        f"| {q} | {term_words(term)} | {estimate:.3f} | {se:.3f} |".replace("-", "−")
        for q, term, estimate, se in found.table.rows()
    ]
    head = f"Of index {index}; {found.n:,} rows, {found.years[0]} to {found.years[-1]}."
    return "\n".join(
        [head, "", "| what on what | term | estimate | standard error |", "|---|---|---:|---:|", *rows, "",
         *(f"- {said[k]}" for k in (0, 1, 3, 4)), "", f"_{found.view().notes[0]}_", ""]
    )  # fmt: skip


def lines_of_leaning(found: tuple[Leaning, ...]) -> str:
    """The table of the page, and the verdicts as whatif says them."""
    rows = [
        f"| {x.what} | {x.first} to {x.last} | {x.n:,} | {x.ahead[0]:.3f} ({x.ahead[1]:.3f}) | {x.back[0]:.3f} ({x.back[1]:.3f}) | "
        f"{x.split}, {x.scored:,} | {100 * x.gain:+.2f}% |".replace("-", "−")
        for x in found
    ]
    return "\n".join(
        ["| share of | years | rows | valence 4 years on | 4 years back | scored from, rows | squared error saved |",
         "|---|---|---:|---:|---:|---:|---:|", *rows, "", *(f"- {leaning_line(x)}" for x in found), ""]
    )  # fmt: skip


def between(text: str, mark: str, lines: str) -> str:
    """The page with what stands between two marks replaced."""
    before, rest = text.split(f"<!-- {mark} -->\n")
    return f"{before}<!-- {mark} -->\n{lines}<!-- /{mark} -->{rest.split(f'<!-- /{mark} -->')[1]}"


def main(folder: str | None = None) -> None:
    """Estimate and write."""
    data = Path(folder or os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data")
    files = [data / "trade" / "agtpa_applications.parquet", data / "sipri" / "import_tiv.csv"]
    world = quadrille.open("index", layers=files)
    found = replace(world.trade_warmth(), origin=PANEL)
    leaning = tuple(leaning_of(world.layers, read_index(None), w) for w in ("arms", "trade"))
    leaning = tuple(replace(x, origin=PANEL if x.what == "trade" else "SIPRI") for x in leaning)
    meta = read_meta()
    index = f"version {meta['version']} of {meta['built']}"
    write_warmth(found, SHIPPED / "warmth.json", index)
    write_leanings(leaning, SHIPPED / "leaning.json")
    text = between(PAGE.read_text(encoding="utf-8"), "warmth", lines_of(found, index))
    PAGE.write_text(between(text, "leaning", lines_of_leaning(leaning)), encoding="utf-8")
    print(found, *map(leaning_line, leaning), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
