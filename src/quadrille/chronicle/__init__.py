"""Chronicles: relations coded by hand, act by act, each with a named source."""

from quadrille.chronicle.load import (
    ACT_SCHEMA,
    COLUMNS,
    DYADS,
    Problem,
    acts,
    bibliography,
    check,
    load,
    looks_like,
)

__all__ = [
    "ACT_SCHEMA",
    "COLUMNS",
    "DYADS",
    "Problem",
    "acts",
    "bibliography",
    "check",
    "load",
    "looks_like",
]
