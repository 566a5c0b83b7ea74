"""Dyad by period tables: counts, scores or hand-coded acts, and the facets measured from them."""

from quadrille.panel.build import FREQUENCIES, QUADS, Panel, build, period_start
from quadrille.panel.facets import FACETS, Observations, default_facet, domain_shares, facet
from quadrille.panel.lake import lake_panel, table_panel

__all__ = [
    "FACETS",
    "FREQUENCIES",
    "QUADS",
    "Observations",
    "Panel",
    "build",
    "default_facet",
    "domain_shares",
    "facet",
    "lake_panel",
    "period_start",
    "table_panel",
]
