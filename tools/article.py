"""What the article's question comes out as today, written into its page; run it anew when the index or the chronicle changes.

python tools/article.py           both columns of the table and the answer of the index, minutes
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import quadrille
from quadrille.errors import NoDataError
from quadrille.foresight.analogues import Analogues
from quadrille.foresight.outcome import Scenario
from quadrille.verdicts import SURE
from quadrille.views.forms import signed
from quadrille.views.text import wrapped
from quadrille.views.words import band, chance

PAGE = Path(__file__).resolve().parents[1] / "docs" / "methods" / "article.md"
STATES = ("PAK", "RUS", "USA", "IND", "CHN")
RETURN = "PAK-USA normalises over 2 years"
# Data and the last day that the answer knows of, in the order of the table's last columns.
COLUMNS = (("chronicle", "2017-10-31"), ("index", "2017"))
WAYS = ("see", "do", "do at once")
ASKED = "$ quadrille whatif PAK RUS --if"


def change(s: Scenario, way: str) -> str:
    """What the return changes in the expected level at the end, with its band."""
    end = s.rows(way).row(-1, named=True)
    said = band((end["diff_lo90"], end["diff"], end["diff_hi90"]), sign=True)
    return said.replace("90% band ", "")


def cools(s: Scenario) -> str:
    """Whether the pivot's return cools the tie: seen, and made from the next period on where that differs."""
    seen, made = (
        s.verdict(s.rows(w).row(-1, named=True)).said("warms", "cools") for w in ("see", "do")
    )
    rest = "" if made == seen else f"; made from the next year on: {made}"
    return f"**{seen}**{rest}"


def still_warm(s: Scenario) -> str:
    """Whether the tie is warm at the end, in every reading."""
    p = [float(s.rows(w)["p_warm"][-1]) for w in WAYS]
    if min(p) >= SURE:
        return "**yes, most likely**"
    if max(p) <= 1 - SURE:
        return "**no, most likely**"
    return f"**undetermined** ({chance(min(p))} to {chance(max(p))})"


def elsewhere(data: str, until: str) -> tuple[str, str]:
    """How many such thaws lasted, and how much less where the pivot did not mend."""
    try:
        got: Analogues = quadrille.analogues("PAK", "RUS", data, on="USA", rival="IND", until=until)
    except NoDataError:
        return "too few cases", ""
    row = got.judged
    if row is None:
        return "too few cases", ""
    points = [100 * row[k] for k in ("effect", "effect_lo90", "effect_hi90")]
    effect, lo, hi = map(signed(0), points)
    return f"{row['warmer_rate']:.0%} of {row['cases']:,}", f"{effect} ({lo} to {hi})"


def column(s: Scenario, cases: tuple[str, str]) -> dict[str, str]:
    """The rows of the table by their names."""
    end = {w: s.rows(w).row(-1, named=True) for w in WAYS}
    seen = next(r for r in s.readings if r.way == "see")
    found = s.diagnostics
    said = "ok" if found.trusted else "NOT RELIABLE"
    return {
        "model": f"{said}: ≤ {found.rhat:.3f}, ≥ {min(found.ess_bulk, found.ess_tail):,.0f} effective draws",
        "P(Pakistan–Russia warm), last period": chance(s.p_warm_now),
        "… after 36 months, nothing supposed": chance(end["see"]["base_p_warm"]),
        "… if Pakistan–US is *seen* to normalise": chance(end["see"]["p_warm"]),
        "… if it is *made* to (from the next period on)": chance(end["do"]["p_warm"]),
        "… if it is made to (at once)": chance(end["do at once"]["p_warm"]),
        "change, seen": change(s, "see"),
        "change, made": change(s, "do"),
        "change, made at once": change(s, "do at once"),
        "implausibility of the scenario (seen)": f"{seen.kl:.2f} nats, coin {seen.coin:.3f}",
        "**does the pivot's return cool the tie?**": cools(s),
        "**is the tie still warm?**": still_warm(s),
        "such thaws elsewhere that lasted, pivot mended": cases[0],
        "… less where it did not mend, in points": cases[1],
    }


def answered(data: str, until: str) -> Scenario:
    """The return supposed, in the model of all ten ties."""
    model: Any = quadrille.couple(STATES, data, until=until)
    return quadrille.whatif("PAK", "RUS", if_=[RETURN], model=model, way="all")


def tabled(text: str, columns: list[dict[str, str]]) -> str:
    """The page with the last columns of its table; a row that is not there is an error."""
    for name in columns[0]:
        row = re.compile(rf"^\| {re.escape(name)} \|.*$", re.M)
        found = row.search(text)
        if found is None:
            raise SystemExit(f"{PAGE.name}: the table has no row {name!r}")
        cells = found[0].split("|")[1:-1]
        cells[-len(columns) :] = [f" {c[name]} " if c[name] else " " for c in columns]
        text = text.replace(found[0], f"|{'|'.join(cells)}|")
    return text


def told(text: str, s: Scenario) -> str:
    """The page with the answer of the index as the command prints it, down to the dots."""
    start = text.index("\n", text.index(ASKED)) + 1
    end = text.index("\n...\n", start)
    said = s.view().sentences[: 1 + len(WAYS)]
    return text[:start] + "\n".join(wrapped(line, 80, "  ") for line in said) + text[end:]


def main() -> None:
    """Write the page."""
    found = [answered(*of) for of in COLUMNS]
    columns = [column(s, elsewhere(*of)) for s, of in zip(found, COLUMNS, strict=True)]
    text = tabled(PAGE.read_text(encoding="utf-8"), columns)
    PAGE.write_text(told(text, found[-1]), encoding="utf-8")


if __name__ == "__main__":
    main()
