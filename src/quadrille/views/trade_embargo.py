"""An embargo: what the end of trade with one country would do to it, to those that end it, and to others."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.economy.change import Embargo
from quadrille.views import theme
from quadrille.views.names import source, state_list, the
from quadrille.views.trade import MODEL, bands_of, change_chart, cited, country_grid, facts_of
from quadrille.views.view import View, view_of

__all__ = ["view"]


def _title(made: Embargo) -> str:
    target, *by = made.change.parties
    return f"An embargo of {state_list(by)} against {the(target)}"


def draw(made: Embargo, width: int) -> Any:
    """Welfare of the countries that change most."""
    return theme.figure(change_chart(made.change, width, _title(made)))


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
    said = [
        f"{_title(made)} would end {change.before.sum():,.0f} million dollars of trade a year "
        f"({source(change.origin)}, {change.year}).",
        *bands_of(change, change.parties[:4]), _gainers(made),
    ]  # fmt: skip
    low, high = change.sigma_range
    notes = (
        f"Bands: the elasticity of substitution from {low:g} to {high:g}; {change.sigma:g} at the centre.",
        "All trade of those named with the target ends, in goods that the data hold, and none is routed round.",
        MODEL, *cited(change.citations),
    )  # fmt: skip
    return view_of(
        made, _title(made), said, change, draw, grids=(country_grid(change),), notes=notes,
        facts=facts_of(change), states=(target, *by),
        caption="Welfare of the countries that change most, with 90% bands.",
    )  # fmt: skip
