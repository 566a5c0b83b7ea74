"""The canonical table every source yields, and the rows of the files that are not in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import polars as pl

from quadrille.coding.record import EVENT_SCHEMA, complete, state_column
from quadrille.coding.schema import Column, Rule, Schema, validate
from quadrille.coding.vocabulary import QUADS
from quadrille.errors import FileFormatError, OptionError

__all__ = [
    "COUNTS_SCHEMA",
    "REJECTED",
    "SCORES_SCHEMA",
    "Coding",
    "Dynamics",
    "Fate",
    "Kind",
    "Table",
    "left_out",
    "merge",
    "partition_rows",
    "reason_kind",
    "source",
]

Kind: TypeAlias = Literal["events", "counts", "scores", "index"]
Coding: TypeAlias = Literal["hand", "machine"]
# Of a row that is not kept: valid but not between two known states, or malformed.
Fate: TypeAlias = Literal["skipped", "rejected"]
REJECTED = {
    "file": pl.String, "line": pl.Int64, "fate": pl.String, "reason": pl.String, "name": pl.String,
    "raw": pl.String, "rows": pl.Int64,
}  # fmt: skip


def _not_negative(name: str) -> Column:
    return Column(pl.Float64, (Rule(pl.col(name) >= 0, "expected at least 0"),), nullable=True)


COUNTS_SCHEMA: Schema = {
    "source": state_column("source"),
    "target": state_column("target"),
    "period": Column(pl.Date),
    **{q: _not_negative(q) for q in QUADS},
}
SCORES_SCHEMA: Schema = {
    "state_a": state_column("state_a"),
    "state_b": state_column("state_b"),
    "period": Column(pl.Date),
    "score": Column(pl.Float64),
}
_SCHEMAS = {"events": EVENT_SCHEMA, "counts": COUNTS_SCHEMA, "scores": SCORES_SCHEMA}
_KEYS = {
    # ICEWS gives some identifiers twice, on different days.
    "events": ["event_id", "date"],
    "counts": ["source", "target", "period"],
    "scores": ["state_a", "state_b", "period"],
}


def source(origin: str) -> str:
    """Plain name of data in a sentence: without the kind that tells files of one name apart."""
    return origin.rpartition(":")[2]


class Dynamics(NamedTuple):
    """How the level of every tie of an index moves: an AR(1), common to all.

    Attributes
    ----------
    mean : float
        Long-run mean.
    persistence : float
        In (0, 1).
    innovation : float
        Variance of a year's shock.
    """

    mean: float
    persistence: float
    innovation: float


@dataclass(frozen=True, slots=True)
class Table:
    """What a source holds, in canonical form.

    Attributes
    ----------
    kind : {"events", "counts", "scores", "index"}
    frequency : {"D", "M", "Y"}
        Of the source.
    data : polars.DataFrame
        Events as in `quadrille.coding.record.EVENT_SCHEMA`; counts: ``source, target, period`` and the
        four quad classes (null: not known in this source); scores: ``state_a < state_b, period,
        score``; index: ``state_a < state_b, period, valence, sd, engagement, engagement_sd``.
    rejected : polars.DataFrame
        Rows that are not in ``data``: ``file, line`` (of the text file; the row number for Parquet),
        ``fate`` (``skipped``: valid, but not between two known states; ``rejected``: malformed),
        ``reason, name`` (that is no known state, if that is the reason), ``raw`` (the row as text) and
        ``rows`` (how many rows of the file it stands for, 1 here).
    origin : str
        Short name of the data, for labels.
    files : tuple of str
    rows_in : int
        Rows read: those kept, skipped and rejected. A mutual act of a chronicle is kept as two, a state of affairs as
        several.
    coding : {"hand", "machine"}
        Of events: acts that a person coded one by one, or reports coded by a program.
    held : str
        What the rows are, in words, such as ``1,438 acts``; empty: rows.
    dynamics : mapping of str to Dynamics
        Of an index: how the facets move.
    """

    kind: Kind
    frequency: Literal["D", "M", "Y"]
    data: pl.DataFrame
    rejected: pl.DataFrame
    origin: str
    files: tuple[str, ...]
    rows_in: int
    coding: Coding = "machine"
    held: str = ""
    dynamics: Mapping[str, Dynamics] = field(default_factory=dict)

    def summary(self) -> str:
        """Rows in, kept, skipped and rejected by reason, span and states, in a few words."""
        when = self.data["date" if self.kind == "events" else "period"]
        ends = ("source", "target") if "source" in self.data.columns else ("state_a", "state_b")
        states = pl.concat([self.data[ends[0]], self.data[ends[1]].alias(ends[0])]).n_unique()
        first, last = (str(d) for d in (when.min(), when.max()))
        # What is held in other words than rows may be more events than rows: a mutual act is two.
        of = f"from {self.held}" if self.held else f"kept of {self.rows_in:,} rows"
        kept = f"{self.data.height:,} {'estimates' if self.kind == 'index' else self.kind} {of}"
        text = f"{self.origin}: {kept}, {first} to {last}, {states} states"
        return text + "".join(self._why(fate) for fate in ("skipped", "rejected"))

    def _why(self, fate: str) -> str:
        rows = self.rejected.filter(fate=fate)
        if rows.is_empty():
            return ""
        kinds = (
            rows.group_by(reason_kind())
            .agg(pl.len(), pl.col("file").first(), pl.col("line").first())
            .sort("len", "reason", descending=[True, False])
        )
        reasons = "; ".join(f"{n:,} {why}" for why, n, _, _ in kinds.head(6).iter_rows())
        more = f"; {kinds.height - 6} more kinds" if kinds.height > 6 else ""
        return f"; {rows.height:,} {fate}: {reasons}{more}"


def reason_kind() -> pl.Expr:
    """The reason without the value that it names."""
    return pl.col("reason").str.replace(r" [('].*", "").alias("reason")


def left_out(rows: pl.DataFrame, file: str | pl.Expr, **columns: pl.Expr | str) -> pl.DataFrame:
    """Rows in the form of `Table.rejected`.

    Parameters
    ----------
    rows : polars.DataFrame
        With ``line`` and ``raw``, unless given.
    **columns : polars.Expr or str
        ``fate`` and ``reason``, and perhaps others, as expressions or fixed texts.
    """
    given: dict[str, pl.Expr | str] = {"file": file, "name": pl.lit(None), "rows": pl.lit(1)}
    given |= columns
    made = [
        (pl.lit(e) if isinstance(e, str) else e).alias(n).cast(REJECTED[n])
        for n, e in ((n, given.get(n, pl.col(n))) for n in REJECTED)
    ]
    return rows.select(made)


def partition_rows(
    rows: pl.DataFrame,
    kind: Kind,
    frequency: Literal["D", "M", "Y"],
    origin: str,
    file: str,
    coding: Coding = "machine",
) -> Table:
    """Part rows into those kept, skipped and rejected.

    Parameters
    ----------
    rows : polars.DataFrame
        The canonical columns, ``line``, ``raw``; ``reason``, why a row is malformed; ``skip``, why a
        valid row is not between two known states; ``name``, the name that is no known state. A row
        with neither reason is kept.

    Raises
    ------
    FileFormatError
        No row can be kept.
    """
    schema = _SCHEMAS[kind]
    sound = pl.col("reason").is_null() & pl.col("skip").is_null()
    again = ~pl.struct(_KEYS[kind]).is_first_distinct().over(sound)
    word = "event id" if kind == "events" else "dyad and period"
    rows = rows.with_columns(
        reason=pl.when(sound & again).then(pl.lit(f"repeated {word}")).otherwise("reason")
    )
    lost = rows.filter(pl.any_horizontal(pl.col("reason", "skip").is_not_null()))
    malformed = pl.col("reason").is_not_null()
    rejected = left_out(
        lost,
        file,
        fate=pl.when(malformed).then(pl.lit("rejected")).otherwise(pl.lit("skipped")),
        reason=pl.coalesce("reason", "skip"),
        name=pl.when(~malformed).then("name"),
    )
    kept = rows.filter(pl.all_horizontal(pl.col("reason", "skip").is_null()))
    kept = complete(kept) if kind == "events" else kept.select(list(schema))
    if kept.is_empty():
        first = rejected.row(0, named=True) if rejected.height else None
        why = f"line {first['line']}: {first['reason']}" if first else "it holds no rows"
        raise FileFormatError(f"{file}: nothing in it can be used; {why}")
    data = validate(kept, schema, file)
    return Table(kind, frequency, data, rejected, origin, (file,), rows.height, coding)


def merge(tables: Sequence[Table]) -> Table:
    """One table of several of the same kind; what a later one repeats is rejected.

    Raises
    ------
    OptionError
        The tables are of different kinds or frequencies, or coded differently.
    """
    first = tables[0]
    for other in tables[1:]:
        if (other.kind, other.frequency) != (first.kind, first.frequency):
            raise OptionError(
                f"{other.files[0]} holds {other.kind} by {other.frequency}, {first.files[0]} "
                f"{first.kind} by {first.frequency}; give data of one kind at a time"
            )
        if other.coding != first.coding:
            raise OptionError(
                f"{other.files[0]} is coded by {other.coding}, {first.files[0]} by {first.coding}; "
                "give one of them"
            )
    if len(tables) == 1:
        return first
    keys = _KEYS[first.kind]
    data = pl.concat(
        t.data.with_columns(pl.lit(t.files[0]).alias("_file")) for t in tables
    ).with_row_index("_row")
    again = data.filter(~pl.struct(keys).is_first_distinct())
    repeated = left_out(
        again,
        pl.col("_file"),
        line=pl.lit(None),
        fate="rejected",
        reason="repeated in another file",
        raw=pl.concat_str([pl.col(k).cast(pl.String) for k in keys], separator=" "),
    )
    return Table(
        first.kind,
        first.frequency,
        data.join(again.select("_row"), on="_row", how="anti").drop("_file", "_row"),
        pl.concat([*(t.rejected for t in tables), repeated]),
        "+".join(dict.fromkeys(t.origin for t in tables)),
        tuple(f for t in tables for f in t.files),
        sum(t.rows_in for t in tables),
        first.coding,
    )
