"""Every relation of the data, for the readings that are not yet questions."""

from __future__ import annotations

from datetime import date

from quadrille.api.data import Data, panel_of
from quadrille.measure.model import measure
from quadrille.measure.result import Measurement
from quadrille.panel.facets import facet

__all__ = ["relations"]


def relations(
    data: Data = None,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Measurement:
    """Measure every dyad of the data in one pass."""
    return measure(facet(panel_of(data, frequency, since, until), facet_name))
