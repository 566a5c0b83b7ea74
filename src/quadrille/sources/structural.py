"""Structural files by what their columns are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources import cow, disputes
from quadrille.sources.layer import Layer

__all__ = ["read_layers"]

_MODULES = (cow, disputes)


def _columns(path: Path) -> set[str]:
    try:
        if path.suffix == ".parquet":
            return {c.strip().lower() for c in pl.read_parquet_schema(path)}
        with path.open("rb") as file:
            head = file.readline(1 << 20).decode("latin-1")
    except (OSError, pl.exceptions.PolarsError) as why:
        raise FileFormatError(f"{path}: cannot be read ({why}); check the path") from None
    cells = head.split(max(",;\t|", key=head.count))
    return {c.strip().strip('"').lower() for c in cells}


def read_layers(path: str | Path) -> tuple[Layer, ...]:
    """Read the layers of a file.

    Raises
    ------
    FileFormatError
        It is no structural file known to us.
    """
    columns = _columns(Path(path))
    for module in _MODULES:
        for name, signature in module.SIGNATURES.items():
            if set(signature) <= columns:
                return (module.READERS[name.split(":")[0]](path),)
    raise FileFormatError(
        f"{path}: no structural data known to us; expected Correlates of War or ATOP"
    )
