"""What the shipped claims files come out as, written into the page of claims; run it anew when the index or the chronicle changes.

python tools/claims.py           every shipped file, minutes
"""

from __future__ import annotations

import re
from pathlib import Path

import quadrille
from quadrille.claims.texts import shipped

PAGE = Path(__file__).resolve().parents[1] / "docs" / "methods" / "claims.md"


def listing(name: str) -> str:
    """Each claim with its verdict and what it rests on."""
    view = quadrille.check(name, quick=True).view()
    lines = [view.sentences[0], ""]
    for fact in view.facts["claims"]:
        verdict, *rest = fact["sentences"]
        lines += [f"- **{fact['says']}** *{verdict}* {' '.join(rest)}"]
    return "\n".join(lines)


def written(text: str, name: str) -> str:
    """The page with the listing of one file between its marks."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    found = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.S)
    return found.sub(lambda _: f"{start}\n\n{listing(name)}\n\n{end}", text)


def main() -> None:
    """Write the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name in shipped():
        text = written(text, name)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
