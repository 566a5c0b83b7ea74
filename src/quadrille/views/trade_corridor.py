"""A corridor: what cheaper routes would do to those along them and to others."""

from __future__ import annotations

from typing import Any

from quadrille.economy.change import Corridor
from quadrille.views import theme
from quadrille.views.names import source, state_list
from quadrille.views.trade import (
    MODEL,
    bands_of,
    change_chart,
    cited,
    country_grid,
    facts_of,
    flow_grid,
    share_band,
)
from quadrille.views.view import View, view_of

__all__ = ["view"]


def draw(made: Corridor, width: int) -> Any:
    """Welfare of the countries that change most."""
    heading = f"A corridor of {state_list(made.change.parties)}"
    return theme.figure(change_chart(made.change, width, heading))


def view(made: Corridor) -> View:
    """The corridor as people read it."""
    change = made.change
    trade = [float(v) for v in change.band("trade")[:, 0] - 1.0]
    who = state_list(change.parties)
    said = [
        f"Were trade among {who} {100 * made.cut:g}% cheaper to carry, it would change by {share_band(trade, 0)}, from "
        f"{change.before.sum():,.0f} million dollars ({source(change.origin)}, {change.year}).",
        *bands_of(change, change.parties[:4]),
    ]  # fmt: skip
    low, high = change.sigma_range
    notes = (
        "The cut is given, not estimated: what a road or a port saves is not in trade data.",
        f"Bands: the elasticity of substitution from {low:g} to {high:g}; {change.sigma:g} at the centre.",
        MODEL, *cited(change.citations),
    )  # fmt: skip
    return view_of(
        made, f"A corridor of {who}", said, change, draw, grids=(flow_grid(change), country_grid(change)),
        notes=notes, facts=facts_of(change) | {"cut": made.cut}, states=change.parties,
        caption="Welfare of the countries that change most, with 90% bands.",
    )  # fmt: skip
