"""CAMEO: what kinds of act there are, in words, and what follows from each kind.

The code tree is that of Gerner, Schrodt & Yılmaz (2012), *CAMEO: Conflict and Mediation Event
Observations, Event and Actor Codebook*, version 1.1b3; the one-line descriptions are ours. Goldstein
weights are the CAMEO scale that GDELT publishes (after Goldstein 1992); ICEWS uses the same except
for a few codes, listed in the documentation. Seven codes are in no published scale: their
weights are ours and marked ``own``. Quad classes follow the root: 01-05 verbal cooperation,
06-09 material cooperation, 10-13 verbal conflict, 14-20 material conflict (Schrodt 2012); GDELT counts
root 14, protest, as verbal conflict.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, cast

import polars as pl

from quadrille.errors import UnknownEventError

__all__ = [
    "PLOVER",
    "QUADS",
    "cameo",
    "code_of",
    "codes_of",
    "describe",
    "is_code",
    "normalise_code",
    "plover_codes",
]

QUADS = ("verbal_coop", "material_coop", "verbal_conf", "material_conf")
# Event types of PLOVER as POLECAT uses them (Halterman et al. 2023); public statements have none.
PLOVER = (
    "AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "CONCEDE", "RETREAT", "REQUEST", "ACCUSE",
    "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
)  # fmt: skip
# Types of earlier versions of PLOVER, as the type they were merged into or renamed to.
_FORMER = {
    "DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE", "INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT",
    "YIELD": "CONCEDE", "COOPERATION": "COOPERATE",
}  # fmt: skip
# Last root of each quad class, in the order of QUADS.
_LAST_ROOT = (5, 9, 13, 20)


def _quad(root: pl.Expr) -> pl.Expr:
    number = root.cast(pl.Int32)
    found: Any = pl.when(number <= _LAST_ROOT[0]).then(pl.lit(QUADS[0]))
    for last, name in zip(_LAST_ROOT[1:], QUADS[1:], strict=True):
        found = found.when(number <= last).then(pl.lit(name))
    return cast(pl.Expr, found)


@cache
def cameo() -> pl.DataFrame:
    """The whole code tree.

    Returns
    -------
    polars.DataFrame
        ``code, root, parent, level, label, description, goldstein, own, quad, plover, domain``;
        level 1 is a root (two digits), 2 and 3 its three- and four-digit codes; ``parent`` is null
        for roots, ``plover`` where PLOVER has no counterpart; ``own`` is True where the weight is
        ours because no published scale has the code.
    """
    text = files("quadrille.coding").joinpath("data/cameo.csv").read_bytes()
    code = pl.col("code")
    return (
        pl.read_csv(text, schema_overrides={"code": pl.String})
        .with_columns(
            root=code.str.slice(0, 2),
            parent=pl.when(code.str.len_chars() > 2).then(code.str.head(-1)),
            level=code.str.len_chars().cast(pl.Int32) - 1,
            goldstein=pl.col("goldstein").cast(pl.Float64),
            own=pl.col("own") == "yes",
        )
        .with_columns(quad=_quad(pl.col("root")))
        .select(
            "code", "root", "parent", "level", "label", "description", "goldstein", "own", "quad",
            "plover", "domain",
        )
    )  # fmt: skip


def is_code() -> pl.Expr:
    """Whether the column ``cameo`` holds a code; the code tree is read when rows are looked at, not before."""
    return pl.col("cameo").map_batches(
        lambda given: given.is_in(cameo()["code"].implode()), return_dtype=pl.Boolean
    )


@cache
def _texts() -> dict[str, str]:
    """Folded event text to code; roots have none of their own (ICEWS writes their ``0`` codes)."""
    leaves = cameo().filter(pl.col("level") > 1).select("label", "code")
    return {label.lower(): code for label, code in leaves.iter_rows()}


@cache
def _codes() -> frozenset[str]:
    return frozenset(cameo()["code"])


def normalise_code(text: str) -> str:
    """A CAMEO code as published: ``42``, ``042`` and ``0042`` written as CAMEO writes it.

    Numbers lose their leading zero in spreadsheets. Roots run from 01 to 20, so that what was lost
    is clear: a code that stands in the tree as written is itself; otherwise a zero goes before it.

    Raises
    ------
    UnknownEventError
        No such code; the message names the closest.
    """
    code = text.strip()
    for candidate in (code, f"0{code}"):
        if candidate in _codes():
            return candidate
    near = get_close_matches(code, _codes(), 3, 0.5)
    hint = f"; close: {', '.join(near)}" if near else ""
    raise UnknownEventError(f"unknown CAMEO code {text!r}{hint} (codes run from 01 to 2042)")


def code_of(text: str) -> str:
    """CAMEO code of an event text as ICEWS writes it, case ignored.

    Examples
    --------
    >>> code_of("Make a visit")
    '042'

    Raises
    ------
    UnknownEventError
        No event has this text; the message names the closest.
    """
    found = _texts().get(" ".join(text.split()).lower())
    if found is None:
        near = get_close_matches(text.lower(), _texts(), 3, 0.6)
        hint = f"; close: {', '.join(repr(n) for n in near)}" if near else ""
        raise UnknownEventError(f"unknown event text {text!r}{hint}")
    return found


def codes_of(texts: pl.Series) -> pl.Series:
    """CAMEO codes of a column of event texts; null where unknown."""
    folded = texts.cast(pl.String).str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()
    return folded.replace_strict(_texts(), default=None, return_dtype=pl.String).alias("cameo")


def plover_codes(types: pl.Series, modes: pl.Series) -> pl.Series:
    """CAMEO codes of PLOVER event types and modes; null where the type is unknown.

    The table is ours, after the modes of the PLOVER manual and the project's own list of which CAMEO
    code becomes which type. A pair takes the broadest code that fits and keeps the side PLOVER puts it
    on: an investigation, which CAMEO counts as material cooperation, becomes an accusation. CONCEDE is
    verbal in PLOVER and material in CAMEO. Of several modes the first counts; a mode the table does not
    have is read as its type alone. Types of earlier versions are read as what became of them.
    """
    text = files("quadrille.coding").joinpath("data/plover.csv").read_bytes()
    table = pl.read_csv(text, infer_schema=False).with_columns(pl.col("mode").fill_null(""))
    mode = modes.cast(pl.String).str.to_lowercase().str.split(";").list.first().str.strip_chars()
    given = pl.DataFrame(
        {
            "event": types.cast(pl.String).str.strip_chars().str.to_uppercase().replace(_FORMER),
            "mode": mode.fill_null(""),
        }
    )
    exact = given.join(table, on=["event", "mode"], how="left", maintain_order="left")["cameo"]
    alone = table.filter(pl.col("mode") == "").drop("mode")
    broad = given.join(alone, on="event", how="left", maintain_order="left")["cameo"]
    return pl.select(pl.coalesce(exact, broad).alias("cameo")).to_series()


def describe(code: str) -> str:
    """One line on a code: its label and what it means.

    Raises
    ------
    UnknownEventError
    """
    found = cameo().row(by_predicate=pl.col("code") == normalise_code(code), named=True)
    return f"{found['code']} {found['label']}: {found['description']}"
