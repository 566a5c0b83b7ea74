"""An agreement: what it would do to the trade and the welfare of its members and of others."""

from __future__ import annotations

import math

from quadrille.economy.change import Agreement
from quadrille.views.forms import number, percent, signed_percent
from quadrille.views.names import state_list, the
from quadrille.views.trade import bands_of, change_view, flow_grid, flow_words, where_from
from quadrille.views.view import Column, Grid, View, grid, interval

__all__ = ["view"]


def _effect(made: Agreement) -> str:
    e = made.effect
    more = signed_percent()(math.expm1(e.value))
    if e.raw is None:
        return f"The effect of an agreement on trade is given: {e.value:.3f} in logs, {more} with nothing else moving."
    return (
        f"Agreements of the data add {e.value:.3f} (standard error {e.se:.3f}) to the log of trade, {more} with "
        f"nothing else moving: gravity with effects of pairs, {e.rows:,} rows; {e.raw[0]:.3f} ({e.raw[1]:.3f}) before the "
        "correction for the many effects."
    )


def _phases(made: Agreement) -> Grid | None:
    if made.phases.is_empty():
        return None
    a, b = made.change.parties
    columns = [
        Column("year", "year", number(0)), Column("share", "in force", percent()),
        *interval("trade", "trade", signed_percent()), Column(a, f"welfare {a}", signed_percent(3)),
        Column(b, f"welfare {b}", signed_percent(3)),
    ]  # fmt: skip
    return grid("coming into force", made.phases, columns)


def view(made: Agreement) -> View:
    """The agreement as people read it."""
    change, effect = made.change, made.effect
    a, b = change.parties
    said = (
        f"A free-trade agreement of {the(a)} and {the(b)} would change the trade between them by {flow_words(change)}.",
        *bands_of(change, change.parties), _effect(made), where_from(change, a),
    )  # fmt: skip
    low, high = change.sigma_range
    notes = (
        "What the model implies, not what the data show: no agreement of the two is observed.",
        f"Elasticity of substitution {change.sigma:g}, and {low:g} to {high:g} in the bands: it is taken from the literature.",
    )
    facts = {
        "effect": effect.value, "effect_se": effect.se, "effect_origin": effect.origin, "phases": made.phases,
    }  # fmt: skip
    title = f"An agreement of {state_list(change.parties)}"
    return change_view(made, title, said, (flow_grid(change), _phases(made)), notes, facts)
