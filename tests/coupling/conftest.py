"""Small models shared by the tests of this room."""

from __future__ import annotations

import pytest

from quadrille.chronicle import load as chronicle
from quadrille.coupling.model import CoupleConfig, coupled_of
from quadrille.measure.model import measure
from quadrille.panel.build import build
from quadrille.panel.facets import facet

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
    return coupled_of(["PAK", "RUS", "USA", "IND"], measured, TINY)
