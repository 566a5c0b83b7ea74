"""The lake: every file ingested once, kept as Parquet, with a manifest of where each row came from."""

from quadrille.lake.catalogue import Lake, existing_lake, find_lake, manifest, open_lake
from quadrille.lake.contents import (
    Held,
    choose,
    export,
    held,
    lake_layers,
    lake_table,
    reasons,
    verify,
)
from quadrille.lake.ingest import Outcome, forget, ingest
from quadrille.lake.pull import Pulled, pull, sources

__all__ = [
    "Held",
    "Lake",
    "Outcome",
    "Pulled",
    "choose",
    "existing_lake",
    "export",
    "find_lake",
    "forget",
    "held",
    "ingest",
    "lake_layers",
    "lake_table",
    "manifest",
    "open_lake",
    "pull",
    "reasons",
    "sources",
    "verify",
]
