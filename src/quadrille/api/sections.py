"""The readings that a brief carries beside its ties and triangles."""

from __future__ import annotations

from collections.abc import Sequence

from quadrille.brief.sections_portfolio import (
    Section,
    balance_section,
    bond_section,
    portfolio_section,
)
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.model import relation_of
from quadrille.measure.result import Measurement
from quadrille.panel.directed import directed
from quadrille.panel.domains import domain_counts
from quadrille.readings.balance import balance_of
from quadrille.readings.bond import bond_of
from quadrille.readings.portfolio import portfolio_of, repeat_scale
from quadrille.sources.table import Table

__all__ = ["reading_sections"]


def reading_sections(
    m: Measurement, table: Table, states: Sequence[str], draws: int, seed: int
) -> tuple[Section, ...]:
    """Portfolio of A, B between A and the rival, bond of A-B; those that the data can show.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    table : Table
        What it was measured from, and nothing else.
    states : sequence of str, length 4
        ISO3 of A, B, pivot, rival.
    draws, seed : int
    """
    a, b, _, rival = states
    panel = m.observations.panel
    counts = domain_counts(table, panel)

    def spread() -> Section:
        scale = repeat_scale(m, a)
        return portfolio_section(
            portfolio_of(panel, a, scale=scale, domains=counts, draws=draws, seed=seed)
        )

    def between() -> Section:
        ties = (relation_of(m, b, a, draws, seed), relation_of(m, b, rival, draws, seed))
        return balance_section(balance_of(*ties, directed(table), seed=seed))

    def rests() -> Section:
        return bond_section(bond_of(m, a, b, domains=counts, draws=draws, seed=seed))

    made = []
    for read in (spread, between, rests):
        try:
            made.append(read())
        except (NoDataError, OptionError):
            # Scores have no shares, and a tie without data was named among those not measured.
            continue
    return tuple(made)
