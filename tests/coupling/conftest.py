"""Small models shared by the tests of this room."""

from __future__ import annotations

import pytest

from quadrille import chronicle
from quadrille.coupling import CoupleConfig, couple
from quadrille.measure import measure
from quadrille.panel import build, facet

TINY = CoupleConfig(chains=2, draws=60, warmup=60, thin=1)


@pytest.fixture(scope="session")
def measured():
    """Every dyad of the embedded chronicle."""
    return measure(facet(build(chronicle.load())))


@pytest.fixture(scope="session")
def tiny():
    """A configuration that is fast and far from converged."""
    return TINY


@pytest.fixture(scope="session")
def model(measured):
    return couple(["PAK", "RUS", "USA", "IND"], measured, TINY)
