"""Near-duplicate reports of one act, counted once by a stated rule."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import polars as pl

from quadrille.errors import OptionError
from quadrille.events.record import DOMAINS
from quadrille.events.vocabulary import cameo

__all__ = ["COLLAPSE", "Collapse", "collapse"]

Collapse: TypeAlias = Literal["none", "code", "day"]
COLLAPSE: tuple[Collapse, ...] = get_args(Collapse)
_SAME = ("date", "source", "target", "quad")


def collapse(events: pl.DataFrame, rule: Collapse = "code") -> pl.DataFrame:
    """Events that count, with their weight.

    Parameters
    ----------
    events : polars.DataFrame
        Canonical events.
    rule : {"none", "code", "day"}
        ``code``: reports of the same day, directed dyad, CAMEO code and domain are one event; ``day``:
        those of the same day, directed dyad and quad class are one (one a day); ``none``: every report
        counts.

    Returns
    -------
    polars.DataFrame
        ``date, source, target, quad, domain, goldstein``, ``reports`` (all that stand behind it) and
        ``n``, its weight in counts. The Goldstein weight of a collapsed event is the mean over its
        reports; its domain under ``day`` is that of most of them, on a tie the first of
        `quadrille.events.DOMAINS`.

    Raises
    ------
    OptionError
        Unknown rule.
    """
    if rule not in COLLAPSE:
        raise OptionError(f"unknown rule {rule!r}; use one of {', '.join(COLLAPSE)}")
    quad = cameo().select("code", "quad")
    told = events.join(quad, left_on="cameo", right_on="code", how="left", maintain_order="left")
    columns = [*_SAME, "domain", "goldstein", "reports"]
    if rule == "none":
        return told.select(*columns, pl.col("reports").cast(pl.Float64).alias("n"))
    reports = pl.col("reports")
    keys = [*_SAME, "cameo", "domain"] if rule == "code" else list(_SAME)
    one = told.group_by(keys, maintain_order=True).agg(
        (pl.col("goldstein") * reports).sum() / reports.sum(),
        reports.sum(),
        *(reports.filter(pl.col("domain") == d).sum().alias(f"_{d}") for d in DOMAINS),
    )
    if rule == "day":
        most = pl.concat_list(f"_{d}" for d in DOMAINS).list.arg_max()
        one = one.with_columns(domain=most.replace_strict(dict(enumerate(DOMAINS))))
    return one.select(*columns, pl.lit(1.0).alias("n"))
