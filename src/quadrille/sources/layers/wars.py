"""Wars between states, dyad by year: the directed dyadic list of the Correlates of War.

Undirected, ``state_a < state_b``. No row means that the list names no war between two states.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import open_sheet, ordered, resolve_states

__all__ = ["READERS", "SIGNATURES", "read_wars"]

DYAD = ["state_a", "state_b", "year"]
_COLUMNS = (
    "warnum", "statea", "stateb", "year", "wardyadrolea", "outcomea", "batdtha", "batdthb",
)  # fmt: skip

CITE_WARS = (
    "Maoz, Z., Johnson, P. L., Kaplan, J., Ogunkoya, F. & Shreve, A. P. (2019). The dyadic militarized "
    "interstate disputes (MIDs) dataset version 3.0. Journal of Conflict Resolution 63(3): 811–835 "
    "(directed dyadic war). Sarkees, M. R. & Wayman, F. (2010). Resort to War: 1816–2007. CQ Press."
)


def _only(name: str) -> pl.Expr:
    """The one value of a group, null where there is none or they differ."""
    known = pl.col(name).drop_nulls().unique()
    return pl.when(known.len() == 1).then(known.first()).alias(name)


def read_wars(path: str | Path) -> Layer:
    """Wars between states by dyad and year (``directed_dyadic_war.csv``).

    The two orders of a dyad make one row. The year of each row is taken at its word; the days of start
    and end, of which some are mistyped, are not used. A war begins in the first year that the list
    has of a dyad.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; Int32: ``wars`` under way, ``onsets`` among them; ``deaths_a,
        deaths_b`` (Float64): battle deaths of each in the whole war against everybody, repeated in each
        year and dyad, so that they must not be added up; of several wars the largest; ``initiator``
        (String): who began it within the dyad, ``winner``: both ISO3, null where not known, undecided or
        different in several wars; ``numbers`` (String): the wars, ``;`` between.
    """
    sheet = open_sheet(path, "dyadic wars", [_COLUMNS])
    sheet = sheet.whole("warnum", between=(0, 99_999), what="number of a war")
    sheet = sheet.codes("statea", "stateb").years("year")
    sheet = sheet.numbers("wardyadrolea", "outcomea", "batdtha", "batdthb")
    sheet = resolve_states(sheet, _1="statea", _2="stateb")
    role, outcome = pl.col("wardyadrolea"), pl.col("outcomea")
    rows = ordered(sheet.frame, deaths=("batdtha", "batdthb")).with_columns(
        initiator=pl.when(role == 1).then("_1").when(role == 3).then("_2"),
        winner=pl.when(outcome == 1).then("_1").when(outcome == 3).then("_2"),
        _began=pl.col("year") == pl.col("year").min().over("state_a", "state_b", "warnum"),
    )
    each = rows.group_by(*DYAD, "warnum").agg(
        pl.col("_began").any(), pl.col("deaths_a", "deaths_b").max(),
        _only("initiator"), _only("winner"),
    )  # fmt: skip
    data = each.group_by(DYAD).agg(
        pl.len().cast(pl.Int32).alias("wars"),
        pl.col("_began").sum().cast(pl.Int32).alias("onsets"),
        pl.col("deaths_a", "deaths_b").max(),
        _only("initiator"),
        _only("winner"),
        pl.col("warnum").sort().cast(pl.String).str.join(";").alias("numbers"),
    )
    return sheet.layer("cow_wars", "disputes", "dyad", data, CITE_WARS)


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {"cow_wars": _COLUMNS}
READERS: dict[str, Callable[[str | Path], Layer]] = {"cow_wars": read_wars}
