"""An embargo: what the end of trade with one country would do to it, to those that end it, and to others."""

from __future__ import annotations

import polars as pl

from quadrille.economy.change import Embargo
from quadrille.views.names import source, state_list, the
from quadrille.views.trade import bands_of, change_view, elasticity
from quadrille.views.view import View

__all__ = ["view"]


def _gainers(made: Embargo) -> str:
    """Who gains most welfare of those that take no part."""
    others = pl.col("state").is_in(list(made.change.parties)).not_()
    table = made.change.countries().filter(others, pl.col("welfare") > 0)
    best = table.sort("welfare", descending=True).head(3)
    if best.is_empty():
        return "No other country gains."
    return f"Of the others {state_list(best['state'])} gain{'s' if best.height == 1 else ''} most."


def view(made: Embargo) -> View:
    """The embargo as people read it."""
    change = made.change
    target, *by = change.parties
    title = f"An embargo of {state_list(by)} against {the(target)}"
    said = (
        f"{title} would end {change.before.sum():,.0f} million dollars of trade a year "
        f"({source(change.origin)}, {change.year}).",
        *bands_of(change, change.parties[:4]), _gainers(made),
    )  # fmt: skip
    notes = (
        elasticity(change),
        "All trade of those named with the target ends, in goods that the data hold, and none is routed round.",
    )
    return change_view(made, title, said, (), notes, {})
