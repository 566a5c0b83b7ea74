"""POLECAT, the successor of ICEWS: events in PLOVER's types and modes.

Layout: the tab-separated files of Harvard Dataverse (Scarborough et al. 2023), columns named as in
Halterman et al. (2023), *PLOVER and POLECAT: A New Political Event Ontology and Dataset*. Written from
those descriptions; no published file was at hand. Some published files carry more header cells than
columns of data, others empty columns at the end: columns are taken by name, and a row is refused only
where it is too short for the columns used.
"""

from __future__ import annotations

import polars as pl

from quadrille.events import derive, plover_codes
from quadrille.sources.rows import cells, dated, ends
from quadrille.sources.table import Table, sift
from quadrille.states import resolve

__all__ = ["is_polecat", "read_polecat"]

COLUMNS = ("Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Contexts",
           "Actor Country", "Recipient Country", "Source")  # fmt: skip
# Contexts of PLOVER that have a domain of their own, the more specific first.
_CONTEXTS = {
    "cbrn": "nuclear", "nuclear": "nuclear", "terrorism": "counter_terrorism",
    "territory": "territory", "military": "defence", "intelligence": "defence",
    "resource": "energy", "energy": "energy", "economic": "economy", "trade": "economy",
    "education": "education_culture",
}  # fmt: skip


def is_polecat(first_line: str) -> bool:
    """Whether a header is that of a POLECAT file."""
    names = {n.strip().strip('"') for n in first_line.split("\t")}
    return {"Event ID", "Event Type", "Event Mode", "Actor Country"} <= names


def _domain() -> pl.Expr:
    """Domain of an event's contexts, null where none has one."""
    held = pl.col("Contexts").str.to_lowercase()
    found = [
        pl.when(held.str.contains(rf"\b{word}")).then(pl.lit(domain))
        for word, domain in _CONTEXTS.items()
    ]
    return pl.coalesce(found)


def read_polecat(text: str, file: str) -> Table:
    """Read one POLECAT file.

    PLOVER's type and mode become a CAMEO code by our table; an unknown mode is read as its type alone.
    The weight is POLECAT's own intensity. An event that names several states on one side goes to
    quarantine.

    Raises
    ------
    FileFormatError
        A column is missing, or no row can be used.
    """
    rows = cells(text, file, "\t", COLUMNS, "POLECAT")
    weight = pl.col("Intensity").cast(pl.Float64, strict=False)
    rows = dated(rows, "Event Date", "%Y-%m-%d").with_columns(
        cameo=plover_codes(rows["Event Type"], rows["Event Mode"]),
        source=resolve(rows["Actor Country"], "iso3"),
        target=resolve(rows["Recipient Country"], "iso3"),
        goldstein=weight,
        domain=_domain(),
    )
    several = pl.col("Actor Country").str.contains(r"[;|,]") | pl.col(
        "Recipient Country"
    ).str.contains(r"[;|,]")
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("Event ID").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown event type ('{}')", pl.col("Event Type").fill_null(""))
            ),
            pl.when(weight.abs() > 10).then(
                pl.format("intensity out of range ('{}', expected -10 to 10)", "Intensity")
            ),
            pl.when(several).then(pl.lit("several states on one side")),
            ends("Actor Country", "Recipient Country"),
        )
    )
    made = derive(rows).select(
        pl.col("Event ID").alias("event_id"), "date", pl.lit("day").alias("precision"),
        "source", "target", "cameo", "domain", "goldstein",
        pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.concat_str("Event Type", "Event Mode", separator=" ", ignore_nulls=True).alias("text"),
        pl.lit("polecat").alias("origin"), pl.col("Source").alias("reference"),
        "line", "raw", "reason",
    )  # fmt: skip
    return sift(made, "events", "D", "polecat", file)
