"""Survival of a tie from its joint paths and from a hazard model, side by side."""

from __future__ import annotations

import polars as pl

from quadrille.errors import OptionError
from quadrille.foresight.scenario import Scenario

__all__ = ["compare_survival"]


def compare_survival(s: Scenario, hazard: pl.DataFrame, name: str = "hazard") -> pl.DataFrame:
    """P(the tie is warm in every period up to h), by paths and by a hazard model of thaws.

    Parameters
    ----------
    s : Scenario
    hazard : polars.DataFrame
        ``horizon`` (periods ahead, from 1) and, under ``name``, ``name_lo90`` and ``name_hi90``, the
        probability that the thaw is still on; such as ``survival`` of a reading of durability, with
        ``name`` one of its models.
    name : str

    Returns
    -------
    polars.DataFrame
        ``month``; ``without`` and one column a reading, by paths; ``hazard, hazard_lo90,
        hazard_hi90``; ``differ``: the paths without conditions lie outside the hazard model's 90%
        interval. Periods that both cover.

    Raises
    ------
    OptionError
        The table of hazards lacks a column.
    """
    wanted = ["horizon", name, f"{name}_lo90", f"{name}_hi90"]
    lacking = [c for c in wanted if c not in hazard.columns]
    if lacking:
        raise OptionError(f"the table of hazards has no column {lacking[0]!r}; it needs {wanted}")
    table = s.to_polars()
    first = table.filter(way=s.readings[0].way)
    columns = [first["month"], first["base_p_stays"].alias("without")]
    columns += [table.filter(way=r.way)["p_stays"].alias(r.way) for r in s.readings]
    model = hazard.select(
        (pl.col("horizon").cast(pl.Int64) * s.months[0]).alias("month"),
        *(pl.col(c).alias(c.replace(name, "hazard", 1)) for c in wanted[1:]),
    )
    joined = pl.DataFrame(columns).join(model, on="month").sort("month")
    inside = pl.col("without").is_between("hazard_lo90", "hazard_hi90")
    return joined.with_columns(differ=~inside)
