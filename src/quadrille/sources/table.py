"""The canonical table every source yields, and the quarantine of what it refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from quadrille.errors import FileFormatError, OptionError
from quadrille.events.checks import pa
from quadrille.events.record import EVENT_SCHEMA
from quadrille.events.vocabulary import QUADS

__all__ = ["COUNTS_SCHEMA", "QUARANTINE", "SCORES_SCHEMA", "Kind", "Table", "merge", "sift"]

Kind = Literal["events", "counts", "scores"]
QUARANTINE = {"file": pl.String, "line": pl.Int64, "reason": pl.String, "raw": pl.String}
_CODE = pa.Check.str_matches(r"^[A-Z]{3}$")
COUNTS_SCHEMA = pa.DataFrameSchema(
    {
        "source": pa.Column(pl.String, _CODE),
        "target": pa.Column(pl.String, _CODE),
        "period": pa.Column(pl.Date),
        **{q: pa.Column(pl.Float64, pa.Check.ge(0), nullable=True) for q in QUADS},
    },
    strict=True,
    ordered=True,
)
SCORES_SCHEMA = pa.DataFrameSchema(
    {
        "state_a": pa.Column(pl.String, _CODE),
        "state_b": pa.Column(pl.String, _CODE),
        "period": pa.Column(pl.Date),
        "score": pa.Column(pl.Float64),
    },
    strict=True,
    ordered=True,
)
_SCHEMAS = {"events": EVENT_SCHEMA, "counts": COUNTS_SCHEMA, "scores": SCORES_SCHEMA}
_KEYS = {
    # ICEWS gives some identifiers twice, on different days.
    "events": ["event_id", "date"],
    "counts": ["source", "target", "period"],
    "scores": ["state_a", "state_b", "period"],
}


@dataclass(frozen=True, slots=True)
class Table:
    """What a source holds, in canonical form.

    Attributes
    ----------
    kind : {"events", "counts", "scores"}
    frequency : {"D", "M", "Y"}
        Of the source.
    data : polars.DataFrame
        Events as in `quadrille.events.EVENT_SCHEMA`; counts: ``source, target, period`` and the
        four quad classes (null: not known in this source); scores: ``state_a < state_b, period,
        score``.
    quarantine : polars.DataFrame
        ``file, line, reason, raw`` of every row that was not kept. The line is that of the text
        file, the row number for Parquet.
    origin : str
        Short name of the data, for labels.
    files : tuple of str
    rows_in : int
        Rows read: those kept, and those in quarantine. A mutual act of a chronicle is kept as two.
    """

    kind: Kind
    frequency: Literal["D", "M", "Y"]
    data: pl.DataFrame
    quarantine: pl.DataFrame
    origin: str
    files: tuple[str, ...]
    rows_in: int

    def summary(self) -> str:
        """Rows in, kept, refused by reason, span and states, in a few words."""
        when = self.data["date" if self.kind == "events" else "period"]
        ends = ("state_a", "state_b") if self.kind == "scores" else ("source", "target")
        states = pl.concat([self.data[ends[0]], self.data[ends[1]].alias(ends[0])]).n_unique()
        first, last = (str(d) for d in (when.min(), when.max()))
        # A mutual act is two events, so that there may be more events than rows.
        of = "from" if self.data.height > self.rows_in else "kept of"
        kept = f"{self.data.height:,} {self.kind} {of} {self.rows_in:,} rows"
        text = f"{self.origin}: {kept}, {first} to {last}, {states} states"
        if self.quarantine.is_empty():
            return text
        kinds = (
            self.quarantine.group_by(pl.col("reason").str.replace(r" [('].*", ""))
            .agg(pl.len(), pl.col("file").first(), pl.col("line").first())
            .sort("len", descending=True)
        )
        reasons = "; ".join(f"{n:,} {why}" for why, n, _, _ in kinds.head(6).iter_rows())
        more = f"; {kinds.height - 6} more kinds" if kinds.height > 6 else ""
        return f"{text}; {self.quarantine.height:,} in quarantine: {reasons}{more}"


def sift(
    rows: pl.DataFrame, kind: Kind, frequency: Literal["D", "M", "Y"], origin: str, file: str
) -> Table:
    """Part rows into those kept and those in quarantine.

    Parameters
    ----------
    rows : polars.DataFrame
        The canonical columns, and ``line``, ``raw`` and ``reason`` (null: keep).

    Raises
    ------
    FileFormatError
        No row can be kept.
    """
    schema = _SCHEMAS[kind]
    again = pl.struct(_KEYS[kind]).is_first_distinct().over(pl.col("reason").is_null())
    word = "event id" if kind == "events" else "dyad and period"
    rows = rows.with_columns(
        reason=pl.when(pl.col("reason").is_null() & ~again)
        .then(pl.lit(f"repeated {word}"))
        .otherwise("reason")
    )
    refused = rows.filter(pl.col("reason").is_not_null()).select(
        pl.lit(file).alias("file"), "line", "reason", "raw"
    )
    kept = rows.filter(pl.col("reason").is_null()).select(list(schema.columns))
    if kept.is_empty():
        first = refused.row(0, named=True) if refused.height else None
        why = f"line {first['line']}: {first['reason']}" if first else "it holds no rows"
        raise FileFormatError(f"{file}: nothing in it can be used; {why}")
    return Table(
        kind,
        frequency,
        schema.validate(kept),
        refused.cast(QUARANTINE),  # type: ignore[arg-type]
        origin,
        (file,),
        rows.height,
    )


def merge(tables: Sequence[Table]) -> Table:
    """One table of several of the same kind; what a later one repeats goes to quarantine.

    Raises
    ------
    OptionError
        The tables are of different kinds or frequencies.
    """
    first = tables[0]
    for other in tables[1:]:
        if (other.kind, other.frequency) != (first.kind, first.frequency):
            raise OptionError(
                f"{other.files[0]} holds {other.kind} by {other.frequency}, {first.files[0]} "
                f"{first.kind} by {first.frequency}; give data of one kind at a time"
            )
    if len(tables) == 1:
        return first
    keys = _KEYS[first.kind]
    data = pl.concat(
        t.data.with_columns(pl.lit(t.files[0]).alias("_file")) for t in tables
    ).with_row_index("_row")
    again = data.filter(~pl.struct(keys).is_first_distinct())
    repeated = again.select(
        pl.col("_file").alias("file"),
        pl.lit(None, pl.Int64).alias("line"),
        pl.lit("repeated in another file").alias("reason"),
        pl.concat_str([pl.col(k).cast(pl.String) for k in keys], separator=" ").alias("raw"),
    )
    return Table(
        first.kind,
        first.frequency,
        data.join(again.select("_row"), on="_row", how="anti").drop("_file", "_row"),
        pl.concat([*(t.quarantine for t in tables), repeated]),
        "+".join(dict.fromkeys(t.origin for t in tables)),
        tuple(f for t in tables for f in t.files),
        sum(t.rows_in for t in tables),
    )
