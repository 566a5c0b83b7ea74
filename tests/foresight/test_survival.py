"""Two answers to how long a tie lasts, side by side."""

from __future__ import annotations

import polars as pl
import pytest

from quadrille.errors import OptionError
from quadrille.foresight.conditions import parse
from quadrille.foresight.scenario import scenario_of
from quadrille.foresight.survival import compare_survival


def test_paths_and_hazards_stand_side_by_side(make):
    model = make.random(3, draws=400, frequency="Y")
    made = scenario_of(model, "PAK", "RUS", [parse("PAK-USA stays")], 48, draws=400)
    paths = made.to_polars().filter(way="see")["base_p_stays"]
    hazard = pl.DataFrame(
        {
            "horizon": [1, 2, 3, 9],
            "weibull": [paths[0], 0.999, 0.5, 0.1],
            "weibull_lo90": [0.0, 0.998, 0.0, 0.0],
            "weibull_hi90": [1.0, 1.0, 1.0, 1.0],
        }
    )
    got = compare_survival(made, hazard, "weibull")
    assert got["month"].to_list() == [12, 24, 36]
    assert got.columns == ["month", "without", "see", "do", "hazard", "hazard_lo90", "hazard_hi90", "differ"]  # fmt: skip
    assert got["without"].to_list() == pytest.approx(paths[:3].to_list())
    assert got["hazard"].to_list() == hazard["weibull"][:3].to_list()
    assert got["differ"].to_list() == [False, True, False]
    with pytest.raises(OptionError, match="cox"):
        compare_survival(made, hazard, "cox")
