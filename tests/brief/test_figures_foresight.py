"""Pictures of reference classes."""

from __future__ import annotations

import polars as pl

from quadrille.brief.figures import save_figure
from quadrille.brief.figures_foresight import analogues_figure


def test_base_rates_leave_out_empty_classes(tmp_path):
    row = {
        "class": "one", "cases": 12, "dyads": 11, "warmer_rate": 0.7, "warmer_lo90": 0.5,
        "warmer_hi90": 0.9, "contrast_warmer": 0.6,
    }  # fmt: skip
    chart = analogues_figure(pl.DataFrame([row, {**row, "class": "two", "cases": 0}]), "made")
    save_figure(chart, tmp_path / "rates.svg")
    text = (tmp_path / "rates.svg").read_text()
    assert "12 cases, 11 dyads" in text
    assert "two" not in text
