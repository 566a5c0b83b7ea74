"""Which third states a tie is read against, where nobody names them: a rival of one of the two, and an outside power.

The *rival* is the state that one of the two is coldest to, of the tenth of its ties with most engagement. The *pivot* is the
major power with which both have most to do: the largest of the lesser of the two engagements. Both by the mean of
the index over its last ten years.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from quadrille.errors import NoDataError
from quadrille.readings.portfolio import major_powers

__all__ = ["pivot_and_rival"]

_YEARS = 10
_CLOSE = 0.9


def pivot_and_rival(index: pl.DataFrame, a: str, b: str, among: Collection[str]) -> tuple[str, str]:
    """Pivot and rival of a tie.

    Parameters
    ----------
    index : polars.DataFrame
        ``state_a, state_b, year, valence, engagement``.
    a, b : str
    among : collection of str
        States that may be named.

    Raises
    ------
    NoDataError
        Fewer than two such states have ties with both.
    """
    rows = index.filter(pl.col("year") > index["year"].max() - _YEARS)  # type: ignore[operator]
    mine, other = (_ties_of(rows, x) for x in (a, b))
    both = mine.join(other, on="third", suffix="_b").filter(
        pl.col("third").is_in(list(among)), ~pl.col("third").is_in([a, b])
    )
    if both.height < 2:
        raise NoDataError(
            f"no two third states have ties with both {a} and {b} in the index; name pivot and rival"
        )
    colder = pl.min_horizontal(
        pl.when(pl.col(f"close{end}")).then(pl.col(f"valence{end}")) for end in ("", "_b")
    )
    cold = both.with_columns(cold=colder).sort("cold", "third", nulls_last=True)
    rival = str(cold["third"][0])
    power = pl.col("third").is_in(major_powers(int(rows["year"].max())))  # type: ignore[arg-type]
    shared = pl.min_horizontal("engagement", "engagement_b")
    rest = both.filter(pl.col("third") != rival).sort(power, shared, descending=True)
    return str(rest["third"][0]), rival


def _ties_of(rows: pl.DataFrame, state: str) -> pl.DataFrame:
    """Third states of a state, with its mean valence and engagement, and whether the tie is close."""
    own = rows.filter((pl.col("state_a") == state) | (pl.col("state_b") == state))
    third = pl.when(pl.col("state_a") == state).then("state_b").otherwise("state_a")
    means = own.group_by(third=third).agg(pl.col("valence", "engagement").mean())
    return means.with_columns(close=pl.col("engagement") >= pl.col("engagement").quantile(_CLOSE))
