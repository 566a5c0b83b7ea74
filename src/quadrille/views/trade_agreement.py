"""An agreement: what it would do to the trade and the welfare of its members and of others."""

from __future__ import annotations

import math
from typing import Any

from quadrille.economy.change import Agreement
from quadrille.views import theme
from quadrille.views.forms import number, percent
from quadrille.views.names import source, state_list, the
from quadrille.views.trade import (
    MODEL,
    bands_of,
    change_chart,
    cited,
    country_grid,
    facts_of,
    flow_grid,
    points,
    share_band,
    where_from,
)
from quadrille.views.view import Column, Grid, View, grid, interval, view_of

__all__ = ["view"]


def _effect(made: Agreement) -> str:
    e = made.effect
    more = points(0)(math.expm1(e.value))
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
        *interval("trade", "trade", points(0)), Column(a, f"welfare {a}", points(3)),
        Column(b, f"welfare {b}", points(3)),
    ]  # fmt: skip
    return grid("coming into force", made.phases, columns)


def draw(made: Agreement, width: int) -> Any:
    """Welfare of the countries that change most."""
    heading = f"An agreement of {state_list(made.change.parties)}"
    return theme.figure(change_chart(made.change, width, heading))


def view(made: Agreement) -> View:
    """The agreement as people read it."""
    change = made.change
    a, b = change.parties
    trade = [float(v) for v in change.band("trade")[:, 0] - 1.0]
    said = [
        f"A free-trade agreement of {the(a)} and {the(b)} would change the trade between them by "
        f"{share_band(trade, 0)}, from {change.before.sum():,.0f} million dollars ({source(change.origin)}, {change.year}).",
        *bands_of(change, change.parties), _effect(made), where_from(change, a),
    ]  # fmt: skip
    low, high = change.sigma_range
    notes = (
        "What the model implies, not what the data show: no agreement of the two is observed.",
        f"Elasticity of substitution {change.sigma:g}, and {low:g} to {high:g} in the bands: it is taken from the literature.",
        MODEL, *cited(change.citations),
    )  # fmt: skip
    facts = facts_of(change) | {
        "effect": made.effect.value, "effect_se": made.effect.se, "effect_origin": made.effect.origin,
        "phases": made.phases,
    }  # fmt: skip
    return view_of(
        made, f"An agreement of {state_list(made.change.parties)}", said, change, draw,
        grids=(flow_grid(change), _phases(made), country_grid(change)), notes=notes, facts=facts,
        caption="Welfare of the countries that change most, with 90% bands.", states=change.parties,
    )  # fmt: skip
