"""Views for machines: one JSON envelope for every command and result."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from quadrille.views.view import View

__all__ = ["SCHEMA", "envelope", "to_json"]

SCHEMA = 1  # of the envelope; a change of a key's meaning raises it


def plain(value: Any) -> Any:
    """A value of JSON: numbers that are none become null, dates ISO 8601, frames lists of rows."""
    if isinstance(value, pl.DataFrame):
        return [plain(row) for row in value.to_dicts()]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def envelope(view: View) -> dict[str, Any]:
    """The keys that every result has, in this order; what is its own is under ``facts``."""
    head = {
        "kind": view.kind,
        "schema": SCHEMA,
        "version": version("quadrille"),
        "title": view.title,
    }
    given = {
        name: plain(getattr(view, name)) for name in ("data", "states", "frequency", "periods")
    }
    rest = ("diagnostics", "sentences", "notes", "facts", "rows")
    said = {name: plain(getattr(view, name)) for name in rest}
    return head | given | {"trusted": not view.warnings} | said


def to_json(view: View) -> str:
    """The envelope as text."""
    return json.dumps(envelope(view), ensure_ascii=False, indent=1, allow_nan=False)
