"""POLECAT, the successor of ICEWS: events in PLOVER's types and modes.

Layout: the tab-separated files of Harvard Dataverse (Scarborough et al. 2023), by year, month or week,
40 columns named as in Halterman et al. (2023), *PLOVER and POLECAT: A New Political Event Ontology and
Dataset*. Written from those descriptions and from public programs that read the files; no published
file was at hand. Columns are taken by name, also as R and databases write it (``Event.ID``, ``event_id``),
so that their order and empty ones at the end do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from quadrille.coding.record import derive
from quadrille.coding.vocabulary import plover_codes
from quadrille.sources.events.rows import (
    Rows,
    bad_number,
    date_form,
    dated,
    fold,
    no_dyad,
    taken,
)
from quadrille.sources.numerals import numbers
from quadrille.sources.table import Table, partition_rows
from quadrille.states.registry import resolve

__all__ = ["polecat_columns", "read_polecat"]

COLUMNS = ("Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Contexts",
           "Actor Country", "Recipient Country", "Source")  # fmt: skip
DETAILS = {
    "actor": "Actor Name", "actor_sectors": "Actor Sectors", "recipient": "Recipient Name",
    "recipient_sectors": "Recipient Sectors",
}  # fmt: skip
# Some files name these in the header and hold no cells for them.
_HEADER_ONLY = ("Headline", "Event Text", "Feed", "Story ID")
# Contexts of PLOVER that have a domain of their own, the more specific first.
_CONTEXTS = {
    "cbrn": "nuclear", "terrorism": "counter_terrorism", "military": "defence",
    "intelligence": "defence", "peacekeeping": "defence", "resource": "energy",
    "economic": "economy", "culture": "education_culture",
}  # fmt: skip
# Types whose actors all stand on the acting side where none of them hosts or was attacked.
_MUTUAL = ("CONSULT", "ASSAULT", "AGREE", "COOPERATE")


def polecat_columns(names: Sequence[str]) -> int:
    """How many columns of a POLECAT file there are; 0 if it is not one."""
    there = {fold(n) for n in names}
    sure = {"eventid", "eventtype", "eventmode", "actorcountry"} <= there
    return len(there & {fold(n) for n in COLUMNS}) if sure else 0


def _with_header(rows: Rows) -> Rows:
    """The rows under one spelling of their header, without names that have no cells."""
    names = ["Intensity" if fold(n) == "eventintensity" else n for n in rows.names]
    extra = {fold(n) for n in _HEADER_ONLY} & {fold(n) for n in names}
    first = rows.frame["cells"][0] if rows.frame.height else ()
    if extra and len(first) <= len(names) - len(extra):
        names = [n for n in names if fold(n) not in extra]
    return replace(rows, names=tuple(names))


def _domain() -> pl.Expr:
    """Domain of an event's contexts, null where none has one."""
    held = pl.col("Contexts").str.to_lowercase()
    found = [
        pl.when(held.str.contains(rf"\b{word}")).then(pl.lit(domain))
        for word, domain in _CONTEXTS.items()
    ]
    return pl.coalesce(found)


def _states(written: pl.Series) -> pl.Series:
    """ISO3 of each state a cell names, null for one that is none."""
    parts = written.str.replace_all("|", ";", literal=True).str.split(";")
    parts = parts.list.eval(pl.element().str.strip_chars())
    flat = parts.explode().drop_nulls().unique()
    codes = resolve(flat, "any")
    return parts.list.eval(
        pl.element().replace_strict(flat, codes, default=None, return_dtype=pl.String)
    )


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """``line, source, target`` of every two different states that a row puts in relation."""
    return (
        rows.select("line", source="_from", target="_to")
        .explode("source")
        .explode("target")
        .filter(pl.col("source") != pl.col("target"))
        .unique(maintain_order=True)
    )


def _ends(between: pl.DataFrame) -> dict[str, pl.Expr]:
    """Why a row is no act between states, as `quadrille.sources.events.rows.no_dyad`."""
    absent = pl.col("_from").is_null() | pl.col("_to").is_null()
    unknown = {
        side: pl.col(states).list.eval(pl.element().is_null()).list.any()
        for side, states in (("source", "_from"), ("target", "_to"))
    }
    written = {"source": "Actor Country", "target": "Recipient Country"}
    alone = ~pl.col("line").is_in(between["line"].unique().to_list())
    return no_dyad(absent, unknown, written, alone)


def read_polecat(rows: Rows, file: str) -> Table:
    """Read one POLECAT file.

    PLOVER's type and mode become a CAMEO code by our table; an unknown mode is read as its type alone.
    The weight is POLECAT's own intensity. An event that names several states (``PAK; IND``) is kept
    once for each pair of an actor and a recipient, its identifier followed by the pair. Where several
    meet, agree, cooperate or fight and no recipient is named, each acts on each other, as the manual
    codes such events. A row that names a state we do not know is skipped whole.

    Raises
    ------
    FileFormatError
        A column is missing, or no row can be used.
    """
    table = taken(_with_header(rows), file, "POLECAT", COLUMNS, tuple(DETAILS.values()))
    weight = numbers(table["Intensity"], rows.separator)
    table = dated(table, "Event Date", date_form(table["Event Date"])).with_columns(
        cameo=plover_codes(table["Event Type"], table["Event Mode"]),
        _from=_states(table["Actor Country"]),
        _to=_states(table["Recipient Country"]),
        goldstein=weight,
        domain=_domain(),
    )
    return _table(table, file)


def _table(rows: pl.DataFrame, file: str) -> Table:
    mutual = pl.col("Event Type").str.to_uppercase().is_in(_MUTUAL) & pl.col("_to").is_null()
    several = pl.col("_from").list.len() > 1
    rows = rows.with_columns(_to=pl.when(mutual & several).then("_from").otherwise("_to"))
    between = _pairs(rows)
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("Event ID").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown event type ('{}')", pl.col("Event Type").fill_null(""))
            ),
            *bad_number("Intensity", "goldstein", "intensity"),
        ),
        **_ends(between),
    )
    sound = pl.col("reason").is_null() & pl.col("skip").is_null()
    kept = rows.filter(sound & pl.col("Event ID").is_first_distinct().over(sound)).join(
        between, on="line", maintain_order="left_right"
    )
    rest = rows.join(kept, on="line", how="anti").with_columns(
        pl.when(sound).then(pl.lit("repeated event id")).otherwise("reason").alias("reason"),
        *(pl.lit(None, pl.String).alias(c) for c in ("source", "target")),
    )
    pair = pl.when(pl.len().over("line") > 1).then(pl.format(":{}-{}", "source", "target"))
    made = derive(pl.concat([kept.select(rest.columns), rest])).select(
        pl.concat_str("Event ID", pair.fill_null("")).alias("event_id"),
        "date", pl.lit("day").alias("precision"), "source", "target", "cameo", "domain",
        "goldstein", pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        pl.concat_str("Event Type", "Event Mode", separator=" ", ignore_nulls=True).alias("text"),
        pl.lit("polecat").alias("origin"), pl.col("Source").alias("reference"),
        "line", "raw", "reason", "skip", "name",
        *(pl.col(column).alias(field) for field, column in DETAILS.items()),
    )  # fmt: skip
    return replace(partition_rows(made, "events", "D", "polecat", file), rows_in=rows.height)
