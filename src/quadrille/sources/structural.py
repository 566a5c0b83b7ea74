"""Structural files by what their columns are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from quadrille.sources import cow, disputes
from quadrille.sources.layer import Layer

__all__ = ["is_layer", "read_layers"]

_MODULES = (cow, disputes)


def _reader(path: Path) -> str | None:
    if path.suffix == ".parquet":
        names = set(pl.read_parquet_schema(path))
    else:
        with path.open("rb") as h:
            line = h.readline(1 << 20).decode("latin-1")
        names = {c.strip().strip('"').lower() for c in line.split(max(",;\t|", key=line.count))}
    for m in _MODULES:
        for key, sig in m.SIGNATURES.items():
            if set(sig) <= {n.lower() for n in names}:
                return key.split(":")[0]
    return None


def is_layer(path: Path) -> bool:
    """Whether it is one."""
    return _reader(path) is not None


def read_layers(path: Path) -> tuple[Layer, ...]:
    """Its layers."""
    name = _reader(path)
    return tuple(m.READERS[name](path) for m in _MODULES if name in m.READERS)
