"""Survival of a tie from its joint paths and from a hazard model, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.foresight.outcome import Hazards, Scenario
from quadrille.measure.result import Measurement
from quadrille.readings.durability import durability_of
from quadrille.sources.layers.layer import Layer

__all__ = ["compare_survival", "hazards_of"]


def hazards_of(
    s: Scenario, m: Measurement, layers: Mapping[str, Layer], domains: pl.DataFrame | None
) -> Hazards:
    """Set the survival of a scenario's paths against a Weibull hazard over every warm spell of the data.

    Parameters
    ----------
    s : Scenario
    m : Measurement
        Of cordiality, every dyad.
    layers, domains
        As in `quadrille.readings.durability.durability_of`.
    """
    if not s.warm_now:
        return Hazards(None, why="the tie is not warm now")
    a, b = s.tie.split("-")
    try:
        fit = durability_of(m, a, b, layers, domains=domains, horizon=len(s.periods))
        table = compare_survival(s, fit.survival, "weibull")
    except (NoDataError, OptionError, NotConvergedError) as why:
        return Hazards(None, why=str(why))
    if table.is_empty() or fit.thaw is None:
        return Hazards(None, why="the tie had no warm spell whose start is known")
    if not fit.thaw[2]:
        return Hazards(
            None, why="by the measurement of the tie alone its last warm spell has ended"
        )
    return Hazards(table, fit.thaw, fit.spells)


def compare_survival(s: Scenario, hazard: pl.DataFrame, name: str = "hazard") -> pl.DataFrame:
    """P(the tie is warm in every period up to h), by paths and by a hazard model of warm spells.

    Parameters
    ----------
    s : Scenario
    hazard : polars.DataFrame
        ``horizon`` (periods ahead, from 1) and, under ``name``, ``name_lo90`` and ``name_hi90``, the
        probability that the spell is still on; such as ``survival`` of a reading of durability, with
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
