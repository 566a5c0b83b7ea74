"""A small index of ties, made up: five states, 1950 to 2000, one of them from 1970 on."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from quadrille.index.shipped import write_index
from quadrille.measure.world import World

STATES = ("CHN", "DZA", "JPN", "KOR", "USA")
META = {"version": "test", "built": "2001-01-01", "sources": {"made up": "Nobody 2001."}}


def make_frame(seed: int = 1) -> pl.DataFrame:
    """Paths that wander, as AR(1) with the index's own persistence."""
    rng = np.random.default_rng(seed)
    parts = []
    for a, b in combinations(STATES, 2):
        first = 1970 if "DZA" in (a, b) else 1950
        years = np.arange(first, 2001)
        steps = rng.normal(0, 0.15, years.size)
        level = rng.normal(0, 1) + np.cumsum(steps)
        parts.append(
            pl.DataFrame(
                {
                    "state_a": [a] * years.size, "state_b": [b] * years.size, "year": years.astype(np.int16),
                    "valence": level.astype(np.float32),
                    "sd": (0.3 + 0.02 * np.sin(years / 9)).astype(np.float32),
                    "engagement": rng.normal(0, 1, years.size).astype(np.float32),
                    "engagement_sd": np.full(years.size, 0.3, np.float32),
                }
            )
        )  # fmt: skip
    return pl.concat(parts)


@pytest.fixture(scope="session")
def frame():
    return make_frame()


@pytest.fixture(scope="session")
def meta():
    return META


@pytest.fixture(scope="session")
def index_file(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("index") / "index.parquet"
    write_index(frame, path, META)
    return path


@pytest.fixture
def shipped(monkeypatch, index_file):
    """The small index in place of the shipped one."""
    monkeypatch.setenv("QUADRILLE_INDEX", str(index_file))
    return index_file


@pytest.fixture
def missing(monkeypatch, tmp_path):
    """No index at all."""
    monkeypatch.setenv("QUADRILLE_INDEX", str(tmp_path / "none.parquet"))


@pytest.fixture
def world(index_file):
    return World(index_file)
