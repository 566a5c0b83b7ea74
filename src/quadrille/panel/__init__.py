"""Dyad by period tables: counts, scores or hand-coded acts, and the facets measured from them."""
