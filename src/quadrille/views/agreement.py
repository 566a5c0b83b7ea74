"""How far two codings agree: the figures, and the acts on which they do not."""

from __future__ import annotations

from typing import Any

from quadrille.chronicle.agreement import Agreement
from quadrille.views.forms import count, number, percent, signed, verbatim
from quadrille.views.view import Column, View, grid, interval

__all__ = ["view"]

_OF = {
    "weight": "Goldstein weight",
    "quad": "quad class",
    "root": "CAMEO root",
    "code": "CAMEO code",
    "direction": "direction",
}
_NAMES = {"alpha": "Krippendorff's alpha (interval)", "kappa": "Cohen's kappa", "share": "the same"}


def _gravest(differs: str) -> str:
    """The first part that differs: a wrong quad class has a wrong root and code too."""
    return _OF[differs.split()[0]]


def _band(row: dict[str, Any]) -> str:
    """A value with its interval, or that there is none."""
    form = percent() if row["measure"] == "share" else number()
    if row["value"] is None:
        return "not defined, since every act has one value"
    return f"{form(row['value'])} (90% interval {form(row['lo90'])} to {form(row['hi90'])})"


def view(made: Agreement) -> View:
    """The figures first, then the acts that are not coded alike."""
    found = {(r["measure"], r["of"]): r for r in made.measures.iter_rows(named=True)}
    rest = f" of the {made.of:,} acts of {made.first}" if made.of > made.n else " acts"
    sentences = (
        f"{made.first} and {made.second}: {count(made.n)}{rest} were coded twice. Not coded alike in everything: "
        f"{count(made.disagreements.height)}.",
        f"Krippendorff's alpha of the Goldstein weight, interval scale: {_band(found['alpha', 'weight'])}.",
        f"Cohen's kappa of the quad class: {_band(found['kappa', 'quad'])}.",
    )
    table = made.measures.with_columns(
        what=made.measures["of"].replace_strict(_OF),
        how=made.measures["measure"].replace_strict(_NAMES),
    )
    share = table.filter(measure="share")
    return View(
        kind="agreement",
        title="Two codings of the same acts",
        sentences=sentences,
        rows=made.to_polars(),
        facts={
            "first": made.first, "second": made.second, "n": made.n, "of": made.of, "draws": made.draws,
            "measures": made.measures.to_dicts(),
        },
        grids=(
            grid("Acts with the same", share, [Column("what", "part"), *interval("value", "share", percent(), ("lo90", "hi90"))]),
            grid(
                "Acts that are not coded alike, the widest apart first", made.disagreements.head(20),
                [
                    Column("id", "act", verbatim), Column("differs", "differs", _gravest),
                    Column("cameo", "code", verbatim), Column("cameo_2", "second", verbatim),
                    Column("weight", "weight", signed(1)), Column("weight_2", "second", signed(1)),
                ],
            ),
        ),
        notes=(
            f"Intervals: the middle 90% of {made.draws:,} samples of {made.n:,} acts drawn with replacement.",
            *(
                (f"{made.disagreements.height - 20:,} more acts differ; the main table lists them all.",)
                if made.disagreements.height > 20
                else ()
            ),
        ),
        data=made.label,
    )  # fmt: skip
