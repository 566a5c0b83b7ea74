"""The lake: every file ingested once, kept as Parquet, with a manifest of where each row came from."""

from quadrille.lake.catalogue import Lake, find_lake, manifest, open_lake
from quadrille.lake.ingest import Outcome, forget, ingest

__all__ = ["Lake", "Outcome", "find_lake", "forget", "ingest", "manifest", "open_lake"]
