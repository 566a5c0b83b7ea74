"""Estimates of trade on warmth and of warmth on trade, made anew after the index or the trade data have changed.

python tools/warmth.py [FILE]    FILE: trade; default: the panel of Yotov et al. in $QUADRILLE_DATA, else ../shared/data

Writes what ships (``economy/data/warmth.json``) and the table of ``docs/methods/economy.md`` between its two marks. Takes
some fifteen seconds of processor time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import quadrille
from quadrille.economy.warmth import Warmth, write_warmth
from quadrille.index.shipped import read_meta
from quadrille.views.trade_warmth import term_words

REPO = Path(__file__).resolve().parents[1]
PAGE = REPO / "docs" / "methods" / "economy.md"
MARKS = ("<!-- warmth -->\n", "<!-- /warmth -->")


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
         *(f"- {said[k]}" for k in (0, 1, 3)), "", f"_{found.view().notes[0]}_", ""]
    )  # fmt: skip


def main(path: str | None = None) -> None:
    """Estimate and write."""
    data = os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data"
    file = path or str(Path(data) / "trade" / "agtpa_applications.parquet")
    found = quadrille.trade_warmth(layers=[file])
    meta = read_meta()
    index = f"version {meta['version']} of {meta['built']}"
    write_warmth(found, REPO / "src" / "quadrille" / "economy" / "data" / "warmth.json", index)
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(before + MARKS[0] + lines_of(found, index) + MARKS[1] + after, encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main(*sys.argv[1:2])
