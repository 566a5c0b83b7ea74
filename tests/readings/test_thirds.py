"""Third states that a tie is read against where nobody names them."""

from __future__ import annotations

import polars as pl
import pytest

from quadrille.errors import NoDataError
from quadrille.readings.thirds import pivot_and_rival

WHO = ["PAK", "RUS", "IND", "CHN", "USA", "FJI"]


def _index(levels: dict[tuple[str, str], tuple[float, float]]) -> pl.DataFrame:
    rows = [(*sorted(tie), y, v, g) for tie, (v, g) in levels.items() for y in (2000, 2020, 2021)]
    return pl.DataFrame(rows, ["state_a", "state_b", "year", "valence", "engagement"], orient="row")


def test_the_power_both_deal_with_and_the_coldest_of_the_close() -> None:
    levels = {
        ("PAK", "USA"): (0.0, 1.0), ("RUS", "USA"): (-0.3, 0.9), ("PAK", "CHN"): (1.5, 1.0), ("RUS", "CHN"): (1.2, 0.5),
        ("PAK", "IND"): (-2.0, 2.0), ("RUS", "IND"): (1.4, 0.8), ("PAK", "FJI"): (-9.0, -3.0), ("RUS", "FJI"): (0.0, 3.0),
    }  # fmt: skip
    assert pivot_and_rival(_index(levels), "PAK", "RUS", WHO) == ("USA", "IND")
    assert pivot_and_rival(_index(levels), "PAK", "RUS", set(WHO) - {"USA"}) == ("CHN", "IND")


def test_a_tie_without_third_states_is_one_line() -> None:
    with pytest.raises(NoDataError, match="no two third states have ties with both PAK and RUS"):
        pivot_and_rival(_index({("PAK", "USA"): (0.0, 1.0)}), "PAK", "RUS", WHO)
