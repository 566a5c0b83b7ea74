"""A corridor: what cheaper routes would do to those along them and to others."""

from __future__ import annotations

from quadrille.economy.change import Corridor
from quadrille.views.names import state_list
from quadrille.views.trade import bands_of, change_view, elasticity, flow_grid, flow_words
from quadrille.views.view import View

__all__ = ["view"]


def view(made: Corridor) -> View:
    """The corridor as people read it."""
    change, who = made.change, state_list(made.change.parties)
    said = (
        f"Were trade among {who} {100 * made.cut:g}% cheaper to carry, it would change by {flow_words(change)}.",
        *bands_of(change, change.parties[:4]),
    )
    notes = (
        "The cut is given, not estimated: what a road or a port saves is not in trade data.",
        elasticity(change),
    )
    return change_view(
        made, f"A corridor of {who}", said, (flow_grid(change),), notes, {"cut": made.cut}
    )
