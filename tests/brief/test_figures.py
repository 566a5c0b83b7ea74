"""Figures say what they show, and are written as their suffix says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from quadrille.brief.figures import (
    many_ties_figure,
    save_figure,
    tie_figure,
    to_svg,
    triangles_figure,
)
from quadrille.brief.page import write_text
from quadrille.errors import InputError, OptionError
from quadrille.measure.result import Diagnostics, Relation
from quadrille.panel.units import COOPERATION, Unit
from quadrille.readings.triangle import triangle_of

HYPER = dict.fromkeys(("mu", "q", "rho", "phi"), (0.1, 0.5, 0.9))


def make_tie(a, b, facet="cordiality", unit=COOPERATION):
    draws = np.random.default_rng(0).normal(size=(50, 6))
    periods = tuple(date(2000 + t, 1, 1) for t in range(6))
    y = np.array([0.5, np.nan, 0.2, 0.1, np.nan, -0.3])
    return Relation(a, b, facet, unit, "test data", "Y", 0.0, periods, draws, y, np.ones(6), np.ones(6), HYPER,
               Diagnostics(True, 900.0, 8000, 50, 0.1))  # fmt: skip


def test_tie_figure_names_tie_data_scale_and_band():
    svg = to_svg(tie_figure(make_tie("PAK", "RUS"), labels=[(date(2002, 1, 1), 0.1, "1")]))
    for text in (
        "PAK–RUS",
        "net cooperation",
        "band: 90%",
        "dots: 4 observed periods",
        "test data",
        ">1<",
    ):
        assert text in svg


def test_other_facets_keep_their_own_scale():
    svg = to_svg(
        tie_figure(make_tie("PAK", "RUS", "engagement", Unit("a log ratio", "engagement (log)")))
    )
    assert "engagement (log)" in svg
    assert "net cooperation" not in svg


def test_many_ties_and_triangles_show_each():
    ties = [make_tie("PAK", "RUS"), make_tie("PAK", "USA"), make_tie("RUS", "USA")]
    svg = to_svg(many_ties_figure(ties))
    assert all(t.label.replace("-", "–") in svg for t in ties)
    drawn = to_svg(triangles_figure([triangle_of(*ties)]))
    for text in ("PAK–RUS–USA", "romantic triangle", "unit veto", "probability"):
        assert text in drawn


def test_empty_figures_are_refused():
    with pytest.raises(OptionError):
        many_ties_figure([])
    with pytest.raises(OptionError):
        triangles_figure([])


def test_unknown_suffix_lists_the_known(tmp_path):
    with pytest.raises(OptionError, match=r"\.png, \.svg, \.html, \.json"):
        save_figure(tie_figure(make_tie("A", "B")), tmp_path / "x.bmp")
    assert list(tmp_path.iterdir()) == []


def test_write_text_is_whole_or_nothing(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text() == "old"
    write_text(path, "new")
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(InputError, match="cannot write there"):
        write_text(tmp_path / "no" / "page.html", "x")
