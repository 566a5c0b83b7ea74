"""The panel query as DuckDB reads it, compiled once and kept on this machine: loading Ibis takes longer than the query."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from quadrille.coding.record import DOMAINS
from quadrille.coding.vocabulary import QUADS
from quadrille.kept import keep
from quadrille.panel.schema import EVENTS

__all__ = ["duckdb_query"]

_QUERY = Path(__file__).with_name("query.py")


def _place(options: tuple[str, str, bool, bool]) -> Path:
    """Where the query of these options lies; elsewhere once anything it is made from has changed."""
    made_from = (options, EVENTS, DOMAINS, QUADS, version("ibis-framework"), _QUERY.read_bytes())
    digest = hashlib.sha256(repr(made_from).encode()).hexdigest()[:16]
    return user_cache_path("quadrille") / f"panel-{digest}.sql"


def duckdb_query(frequency: str, collapse: str, once: bool, directed: bool) -> str:
    """SQL that counts the rows of a table ``events``: from the cache, else compiled by Ibis.

    Parameters
    ----------
    frequency, collapse, once, directed
        As in `quadrille.panel.query.panel_query`.

    Raises
    ------
    OptionError
        Unknown frequency or rule.
    """
    place = _place((frequency, collapse, once, directed))
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    import ibis

    from quadrille.panel.query import panel_query

    events = ibis.table(EVENTS, name="events")
    query = panel_query(events, frequency, collapse, once=once, directed=directed)
    made = str(ibis.to_sql(query, dialect="duckdb"))
    keep(place, made.encode())
    return made
