"""The panel of Yotov et al. as a world's layers."""

from __future__ import annotations

import pytest

from quadrille.sources.formats import read_layers


@pytest.fixture(scope="session")
def agtpa(data_dir):
    found = read_layers(data_dir / "trade" / "agtpa_applications.parquet")
    return {layer.name: layer for layer in found}
