"""What dyads deal in: cooperation in all, and by domain."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quadrille.coding.record import DOMAINS, is_act
from quadrille.coding.vocabulary import cameo
from quadrille.errors import NoDataError, OptionError
from quadrille.panel.build import QUADS, Panel, is_machine_coded
from quadrille.panel.schema import Collapse
from quadrille.sources.table import Table

__all__ = ["cooperation", "domain_counts", "domain_shares"]

_KEY = ("state_a", "state_b", "period")
_DOMAINS = [f"d_{d}" for d in DOMAINS]


def cooperation(panel: Panel) -> pl.DataFrame:
    """Cooperative and all events of each dyad and period; of a chronicle the acts alone, without what lasts.

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, period, coop, total``.

    Raises
    ------
    OptionError
        The data are scores, or hold the conflict side only.
    """
    if panel.kind in ("scores", "index"):
        held = "sums of weights" if panel.kind == "scores" else "levels of ties"
        raise OptionError(
            f"{panel.origin} holds {held}, which have no shares; give counts or events"
        )
    if panel.kind == "acts":
        return (
            panel.cells.filter(is_act())
            .group_by(_KEY)
            .agg(
                coop=(pl.col("goldstein") > 0).sum().cast(pl.Float64),
                total=pl.len().cast(pl.Float64),
            )
        )
    known = panel.cells.drop_nulls(list(QUADS))
    if known.is_empty():
        raise OptionError(
            f"{panel.origin} holds the conflict side only; give data with cooperation"
        )
    return known.select(*_KEY, coop=pl.sum_horizontal(QUADS[:2]), total=pl.sum_horizontal(QUADS))


def domain_counts(table: Table, panel: Panel, collapse: Collapse = "code") -> pl.DataFrame | None:
    """Cooperative events by domain, by the periods of a panel; None for data without domains.

    Coders gave each act of a chronicle its domain. Of machine-coded events the code alone tells it,
    and what is only said is diplomacy whatever it was about: material cooperation is left.

    Parameters
    ----------
    table : Table
        What the panel was built from.
    panel : Panel
    collapse : {"none", "code", "day"}
        The rule that the panel was counted by.

    Returns
    -------
    polars.DataFrame or None
        ``state_a, state_b, period, domain, count``.
    """
    if panel.kind == "acts":
        warm = panel.cells.filter(is_act(), pl.col("goldstein") > 0)
        found = warm.group_by(*_KEY, "domain").agg(count=pl.len().cast(pl.Float64))
        return None if found.is_empty() else found
    if not is_machine_coded(table):
        return None
    from quadrille.panel.engines import panel_cells

    codes = cameo().filter(pl.col("quad") == "material_coop")["code"]
    material = replace(table, data=table.data.filter(pl.col("cameo").is_in(codes.implode())))
    try:
        cells = panel_cells(material, "duckdb", panel.frequency, collapse)
    except NoDataError:
        return None
    return cells.unpivot(
        _DOMAINS, index=_KEY, variable_name="domain", value_name="count"
    ).with_columns(pl.col("domain").str.strip_prefix("d_"))


def domain_shares(panel: Panel, prior: float = 0.5) -> pl.DataFrame:
    """Share of each domain in a dyad's events per period, Dirichlet-smoothed.

    Parameters
    ----------
    panel : Panel
        Built from events or acts (already counted panels hold no domains).
    prior : float
        Pseudo-count given to each domain (1/2: Jeffreys).

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, period, domain, share, sd, n``; ``share`` sums to one over domains and
        ``sd`` is the posterior standard deviation.

    Raises
    ------
    OptionError
        The panel has no domains.
    """
    if panel.kind == "acts":
        wide = (
            panel.cells.filter(is_act())
            .group_by(_KEY)
            .agg(*((pl.col("domain") == d).sum().cast(pl.Float64).alias(f"d_{d}") for d in DOMAINS))
        )
    elif _DOMAINS[0] in panel.cells.columns:
        wide = panel.cells
    else:
        raise OptionError(f"{panel.origin} holds no domains; give events instead of counts")
    total = pl.sum_horizontal(*_DOMAINS)
    full = total + prior * len(DOMAINS)
    return (
        wide.with_columns(n=total, _full=full)
        .unpivot(_DOMAINS, index=[*_KEY, "n", "_full"], variable_name="domain", value_name="count")
        .with_columns(
            pl.col("domain").str.strip_prefix("d_"),
            share=(pl.col("count") + prior) / pl.col("_full"),
        )
        .with_columns(
            sd=(pl.col("share") * (1.0 - pl.col("share")) / (pl.col("_full") + 1.0)).sqrt()
        )
        .select(*_KEY, "domain", "share", "sd", "n")
        .sort(*_KEY, "domain")
    )
