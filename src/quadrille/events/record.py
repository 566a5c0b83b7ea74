"""The event record: one act, on a date, from a source state to a target state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from quadrille.events.checks import pa
from quadrille.events.vocabulary import cameo

__all__ = ["DOMAINS", "EVENT_SCHEMA", "PRECISIONS", "Event", "derive"]

DOMAINS = (
    "diplomacy", "defence", "economy", "energy", "education_culture", "counter_terrorism",
    "nuclear", "territory",
)  # fmt: skip
PRECISIONS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Event:
    """One act.

    Attributes
    ----------
    event_id : str
        Unique in its source; the two directions of a mutual act end in ``>`` and ``<``.
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


EVENT_SCHEMA = pa.DataFrameSchema(
    {
        "event_id": pa.Column(pl.String),
        "date": pa.Column(pl.Date),
        "precision": pa.Column(pl.String, pa.Check.isin(PRECISIONS)),
        "source": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "target": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "cameo": pa.Column(pl.String, pa.Check.isin(cameo()["code"].to_list())),
        "domain": pa.Column(pl.String, pa.Check.isin(DOMAINS)),
        "goldstein": pa.Column(pl.Float64, pa.Check.in_range(-10, 10)),
        "reports": pa.Column(pl.Int64, pa.Check.ge(1)),
        "certainty": pa.Column(pl.Float64, [pa.Check.gt(0), pa.Check.le(1)]),
        "text": pa.Column(pl.String, nullable=True),
        "origin": pa.Column(pl.String),
        "reference": pa.Column(pl.String, nullable=True),
    },
    strict=True,
    ordered=True,
)


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
