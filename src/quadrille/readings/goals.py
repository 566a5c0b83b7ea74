"""Common goals of dyads, read from structural layers: votes, organisations, alliance, trade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from quadrille.sources.layers.layer import Layer

__all__ = ["GOALS", "Goal", "goal_values"]

GOALS = ("votes", "organisations", "alliance", "trade")
# A layer's last year may be this much older than the period read.
_STALE = 5
# Of ATOP and of the Correlates of War, whose entente is a duty to consult.
_PLEDGES = ("defense", "offense", "neutral", "nonagg", "consul", "entente")


def _latest(data: pl.DataFrame, year: int) -> pl.DataFrame | None:
    """Rows of the last year up to ``year``, if it is at most five years older."""
    last = data.filter(pl.col("year") <= year)["year"].max()
    if not isinstance(last, int) or last < year - _STALE:
        return None
    return data.filter(pl.col("year") == last)


def _trade_shares(rows: pl.DataFrame) -> pl.DataFrame:
    """Geometric mean of what each is of the other's trade, from directed ``value``."""
    flows = rows.group_by(
        state_a=pl.min_horizontal("source", "target"), state_b=pl.max_horizontal("source", "target")
    ).agg(v=pl.col("value").sum())
    ends = pl.concat(
        [flows.select(state=end, v="v") for end in ("state_a", "state_b")]
    ).group_by("state").agg(pl.col("v").sum())  # fmt: skip
    joined = flows.join(ends, left_on="state_a", right_on="state", suffix="_of_a").join(
        ends, left_on="state_b", right_on="state", suffix="_of_b"
    )
    share = pl.col("v") / (pl.col("v_of_a") * pl.col("v_of_b")).sqrt()
    return joined.filter(pl.col("v_of_a") > 0, pl.col("v_of_b") > 0).select(
        "state_a", "state_b", value=share
    )


class Goal(NamedTuple):
    """One part of common goals: ``state_a, state_b, value``, their year, what they are, the layer's name."""

    values: pl.DataFrame
    year: int
    what: str
    layer: str


def goal_values(layers: Mapping[str, Layer], part: str, year: int) -> Goal | None:
    """One part of common goals for every dyad that the layer knows.

    Votes are chance-corrected agreement κ; organisations the number shared; alliance 1 for a defence
    pact, ½ for any lesser pledge; trade the geometric mean of each one's share in the other's trade.
    The last year up to the one asked for counts, if it is at most five years older.
    """
    for name, layer in layers.items():
        rows = _latest(layer.data, year) if layer.frequency == "Y" else None
        if rows is None:
            continue
        made: pl.DataFrame | None = None
        what = ""
        if part == "votes" and layer.role == "votes" and layer.unit == "dyad":
            column = next((c for c in ("kappa", "agreement") if c in rows.columns), None)
            if column:
                made, what = rows.select("state_a", "state_b", value=column), f"UN votes, {column}"
        elif part == "organisations" and layer.role == "institutions":
            made = rows.select("state_a", "state_b", value=pl.col("igos").cast(pl.Float64))
            what = "organisations shared"
        elif part == "alliance" and layer.role == "alliance":
            lesser = pl.any_horizontal(
                pl.col(p).fill_null(False) for p in _PLEDGES if p in rows.columns
            )
            value = pl.when(pl.col("defense")).then(1.0).when(lesser).then(0.5).otherwise(0.0)
            made, what = rows.select("state_a", "state_b", value=value), "alliance pledges"
        elif part == "trade" and layer.role == "trade" and layer.unit == "directed dyad":
            made, what = _trade_shares(rows), "share in each other's trade"
        if made is not None and not made.is_empty():
            return Goal(made.drop_nulls(), int(rows["year"][0]), what, name)
    return None
