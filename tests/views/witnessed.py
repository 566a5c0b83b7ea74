"""A small index of ties whose witnesses are known, made up: what tests of readings, views and commands share."""

from __future__ import annotations

import math
from itertools import combinations

import polars as pl

from quadrille.index.shipped import write_index

YEARS = (1950, 2012)
META = {"version": "test", "built": "2013-01-01", "sources": {"made up": "Nobody 2013."}}
_SINCE = {"CHN": 1950, "DDR": 1950, "DZA": 1962, "IND": 1950, "TLS": 2002, "USA": 1950}
_UNTIL = {"DDR": 1990}
# Of China and India: first and last year, and what the witness adds.
CHN_IND = {
    "votes": (1950, 2000, 0.4),
    "disputes": (1950, 2000, -1.2),
    "trade": (1960, 2000, 0.0),
    "icews": (1995, 2010, 0.1),
    "chronicle": (1950, 1990, 0.2),
}
# Of China and the United States: never two that pull apart.
CHN_USA = {"votes": (1950, 2000, -0.24), "disputes": (1950, 2000, 0.31)}
WITNESSES = (*CHN_IND, "arms")


def said(dyad: tuple[str, str], witness: str, year: int) -> float | None:
    """What a witness adds to a dyad in a year; one says something of India and the United States, none of Algeria."""
    spans = {("CHN", "IND"): CHN_IND, ("CHN", "USA"): CHN_USA, ("IND", "USA"): {"votes": (1950, 1980, 0.5)}}  # fmt: skip
    first, last, shift = spans.get(dyad, {}).get(witness, (1, 0, 0.0))
    return shift if first <= year <= last else None


def small_frame() -> pl.DataFrame:
    """Six states, each in its own years."""
    rows = [
        {
            "state_a": a, "state_b": b, "year": year, "valence": (k - 7) / 4 + 0.2 * math.sin(year / 5 + k), "sd": 0.3,
            "engagement": (k - 7) / 5, "engagement_sd": 0.2, **{f"shift_{w}": said((a, b), w, year) for w in WITNESSES},
        }
        for k, (a, b) in enumerate(combinations(sorted(_SINCE), 2))
        for year in range(max(_SINCE[a], _SINCE[b]), min(_UNTIL.get(x, YEARS[1]) for x in (a, b)) + 1)
    ]  # fmt: skip
    shifts = {f"shift_{w}": pl.Float32 for w in WITNESSES}
    return pl.DataFrame(rows, schema_overrides=shifts, infer_schema_length=None)


def write_small(path) -> None:
    """Write it as an index."""
    write_index(small_frame(), path, META)
