"""Data as publishers ship them, turned into canonical tables; what is refused is kept with its reason."""

from quadrille.sources.mapped import guess_map, map_toml
from quadrille.sources.mentions import Mentions, read_mentions, weigh
from quadrille.sources.panels import PRESETS, ColumnMap, read_column_map
from quadrille.sources.read import SUFFIXES, decode, frame_of, read, read_all, read_bytes
from quadrille.sources.table import QUARANTINE, Table, merge, sift

__all__ = [
    "PRESETS",
    "QUARANTINE",
    "SUFFIXES",
    "ColumnMap",
    "Mentions",
    "Table",
    "decode",
    "frame_of",
    "guess_map",
    "map_toml",
    "merge",
    "read",
    "read_all",
    "read_bytes",
    "read_column_map",
    "read_mentions",
    "sift",
    "weigh",
]
