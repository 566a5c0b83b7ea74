r"""What moved a tie: the shift of the estimate that each observation brought when it came in.

At the posterior medians of the hyperparameters, the filter's update in period t is
:math:`K_t (y_t - \hat x_{t|t-1})`. Where a period pools several acts, :math:`y_t = \sum_i w_i y_i`
with weights that sum to one, and the update splits exactly into :math:`K_t w_i (y_i - \hat
x_{t|t-1})`. An act as expected moves nothing, however loud it was.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from quadrille.errors import OptionError
from quadrille.kernels.ar1 import filter_paths
from quadrille.measure.result import Relation
from quadrille.panel.build import QUADS, Panel
from quadrille.panel.facets import act_reading

__all__ = ["event_moves", "level_moves", "moves_of", "period_moves"]


def _updates(tie: Relation) -> pl.DataFrame:
    """Of each observed period ``period, expected, gain, move``, on the model's scale."""
    mu, q, rho, phi = (np.array([tie.hyper[k][1]]) for k in ("mu", "q", "rho", "phi"))
    f = filter_paths(tie.y[None], (phi * tie.s2)[None], mu, rho, q)
    gain = f.predicted_var / (f.predicted_var + phi * tie.s2)
    table = pl.DataFrame(
        {
            "period": pl.Series(tie.periods, dtype=pl.Date),
            "expected": f.predicted[0],
            "gain": gain[0],
            "move": (f.updated - f.predicted)[0],
        }
    )
    return table.filter(pl.Series(~np.isnan(tie.y)))


def period_moves(tie: Relation) -> pl.DataFrame:
    """What each observed period moved.

    Returns
    -------
    polars.DataFrame
        ``period``; ``observed, expected``: what was observed and what was expected before it, as they are
        shown; ``gain``: the weight of the observation; ``move``: the update, on the model's scale; ``n``.
    """
    made = _updates(tie)
    seen = ~np.isnan(tie.y)
    return made.select(
        "period", observed=pl.Series(tie.observed[seen]),
        expected=pl.Series(tie.unit.shown(made["expected"].to_numpy())),
        gain="gain", move="move", n=pl.Series(tie.n[seen]).fill_nan(None),
    )  # fmt: skip


def event_moves(tie: Relation, panel: Panel) -> pl.DataFrame:
    """Split every period's update among its acts.

    Returns
    -------
    polars.DataFrame
        ``event_id, date, precision, period, source, target, mutual, cameo, domain, text,
        reference, goldstein, move``; the moves of a period add up to its row in `period_moves`.

    Raises
    ------
    OptionError
        The panel does not hold single acts.
    """
    if panel.kind != "acts":
        raise OptionError(f"{panel.origin} holds counts, not single acts; use period_moves")
    first, second = sorted((tie.state_a, tie.state_b))
    y, s2 = act_reading(pl.col("goldstein"), pl.col("certainty"))
    weight = 1.0 / pl.col("s2")
    return (
        panel.cells.filter((pl.col("state_a") == first) & (pl.col("state_b") == second))
        .with_columns(reading=y, s2=s2)
        .with_columns(weight=weight / weight.sum().over("period"))
        .join(_updates(tie).select("period", "expected", "gain"), on="period")
        .with_columns(
            move=pl.col("gain") * pl.col("weight") * (pl.col("reading") - pl.col("expected"))
        )
        .select(
            "event_id", "date", "precision", "period", "source", "target", "mutual", "cameo",
            "domain", "text", "reference", "goldstein", "move",
        )
        .sort("date", "event_id")
    )  # fmt: skip


def level_moves(tie: Relation) -> pl.DataFrame:
    """How far the level of an index moved from each period to the next.

    Returns
    -------
    polars.DataFrame
        ``period``; ``before, after``: the posterior mean of the period before and of the period; ``move``.
    """
    level = tie.draws.mean(axis=0)
    return pl.DataFrame(
        {
            "period": pl.Series(tie.periods[1:], dtype=pl.Date),
            "before": level[:-1],
            "after": level[1:],
            "move": np.diff(level),
        }
    )


def moves_of(tie: Relation, panel: Panel) -> pl.DataFrame:
    """What moved a tie: an act a row, or a period a row with its quad classes where these are counted, or its levels."""
    if panel.kind == "acts":
        return event_moves(tie, panel)
    if panel.kind == "index":
        return level_moves(tie)
    moves = period_moves(tie)
    if panel.kind == "scores":
        return moves
    a, b = sorted((tie.state_a, tie.state_b))
    # Cells that were counted from single events say of how many reports.
    raw = ["raw"] if "raw" in panel.cells.columns else []
    own = panel.cells.filter(state_a=a, state_b=b).select("period", *QUADS, *raw)
    return moves.join(own, on="period", how="left")
