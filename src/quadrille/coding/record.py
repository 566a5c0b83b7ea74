"""The event record: one act, on a date, from a source state to a target state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from quadrille.coding.schema import Column, Rule, Schema
from quadrille.coding.vocabulary import cameo, is_code

__all__ = [
    "DETAILS", "DOMAINS", "EVENT_SCHEMA", "PRECISIONS", "Event", "complete", "derive", "is_act", "state_column",
]  # fmt: skip

DOMAINS = (
    "diplomacy", "defence", "economy", "energy", "education_culture", "counter_terrorism",
    "nuclear", "territory",
)  # fmt: skip
PRECISIONS = ("day", "month", "year")
# Who acted on whom and in which story, as the source says it; null where it does not.
DETAILS = ("actor", "actor_sectors", "recipient", "recipient_sectors", "story")


@dataclass(frozen=True, slots=True)
class Event:
    """One act.

    Attributes
    ----------
    event_id : str
        Unique in its source; the two directions of a mutual act end in ``>`` and ``<``; what stands for a state of
        affairs ends in ``@`` and a month before them, see `is_act`.
    date : date
        First day of the span the act is known to lie in.
    precision : {"day", "month", "year"}
    source, target : str
        ISO3.
    cameo : str
    domain : str
        One of `DOMAINS`.
    goldstein : float
        Weight in [-10, 10]: the code's, or the coder's own.
    reports : int
        How often it was reported, at least once.
    certainty : float
        In (0, 1]; 1 for machine-coded events.
    text, reference : str or None
    origin : str
        Which data it comes from.
    actor, actor_sectors, recipient, recipient_sectors : str or None
        Who acted and whom it was done to, by name and sector, as the source writes them.
    story : str or None
        The source's own key of the report.
    """

    event_id: str
    date: date
    precision: str
    source: str
    target: str
    cameo: str
    domain: str
    goldstein: float
    reports: int
    certainty: float
    text: str | None
    origin: str
    reference: str | None
    actor: str | None = None
    actor_sectors: str | None = None
    recipient: str | None = None
    recipient_sectors: str | None = None
    story: str | None = None


_CODE = r"^[A-Z]{3}$"


def _among(name: str, values: tuple[str, ...]) -> Column:
    return Column(pl.String, (Rule(pl.col(name).is_in(values), f"use one of {', '.join(values)}"),))


def state_column(name: str) -> Column:
    """A column of ISO3 codes."""
    return Column(pl.String, (Rule(pl.col(name).str.contains(_CODE), "expected an ISO3 code"),))


EVENT_SCHEMA: Schema = {
    "event_id": Column(pl.String),
    "date": Column(pl.Date),
    "precision": _among("precision", PRECISIONS),
    "source": state_column("source"),
    "target": state_column("target"),
    "cameo": Column(pl.String, (Rule(is_code(), "unknown CAMEO code"),)),
    "domain": _among("domain", DOMAINS),
    "goldstein": Column(
        pl.Float64, (Rule(pl.col("goldstein").is_between(-10, 10), "expected -10 to 10"),)
    ),
    "reports": Column(pl.Int64, (Rule(pl.col("reports") >= 1, "expected at least 1"),)),
    "certainty": Column(
        pl.Float64,
        (Rule((pl.col("certainty") > 0) & (pl.col("certainty") <= 1), "expected 0 to 1"),),
    ),
    "text": Column(pl.String, nullable=True),
    "origin": Column(pl.String),
    "reference": Column(pl.String, nullable=True),
    **dict.fromkeys(DETAILS, Column(pl.String, nullable=True)),
}


def is_act() -> pl.Expr:
    """Whether an ``event_id`` is an act's own, not that of an event which stands for a state of affairs."""
    return ~pl.col("event_id").str.contains(r"@\d{4}-\d{2}[<>]?$")


def complete(events: pl.DataFrame) -> pl.DataFrame:
    """The columns of `EVENT_SCHEMA`, those of `DETAILS` null where they are absent."""
    absent = [pl.lit(None, pl.String).alias(n) for n in DETAILS if n not in events.columns]
    return events.with_columns(absent).select(list(EVENT_SCHEMA))


def derive(events: pl.DataFrame) -> pl.DataFrame:
    """Fill what follows from the code: ``domain`` and ``goldstein`` where null or absent, and ``quad``.

    Parameters
    ----------
    events : polars.DataFrame
        With a ``cameo`` column of valid codes.
    """
    table = cameo().select("code", "quad", _domain="domain", _goldstein="goldstein")
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in (("domain", pl.String), ("goldstein", pl.Float64))
        if name not in events.columns
    ]
    return (
        events.with_columns(*absent)
        .join(table, left_on="cameo", right_on="code", how="left", maintain_order="left")
        .with_columns(
            pl.col("domain").fill_null(pl.col("_domain")),
            pl.col("goldstein").fill_null(pl.col("_goldstein")),
        )
        .drop("_domain", "_goldstein")
    )
