"""Data as publishers ship them, turned into canonical tables; what is refused is kept with its reason."""

from quadrille.sources.collapse import COLLAPSE, Collapse, collapse
from quadrille.sources.mapped import fit, guess_map, map_toml, missing_parts
from quadrille.sources.mentions import Mentions, read_mentions, weigh
from quadrille.sources.panels import PRESETS, ColumnMap, read_column_map
from quadrille.sources.read import (
    SUFFIXES,
    beside,
    decode,
    frame_of,
    publisher_of,
    read,
    read_all,
    read_bytes,
)
from quadrille.sources.table import QUARANTINE, Table, merge, sift

__all__ = [
    "COLLAPSE",
    "PRESETS",
    "QUARANTINE",
    "SUFFIXES",
    "Collapse",
    "ColumnMap",
    "Mentions",
    "Table",
    "beside",
    "collapse",
    "decode",
    "fit",
    "frame_of",
    "guess_map",
    "map_toml",
    "merge",
    "missing_parts",
    "publisher_of",
    "read",
    "read_all",
    "read_bytes",
    "read_column_map",
    "read_mentions",
    "sift",
    "weigh",
]
