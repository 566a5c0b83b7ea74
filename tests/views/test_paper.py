"""Figures for paper: fewer marks, the same picture."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import polars as pl
import pytest

from quadrille.views import theme
from quadrille.views.page import _SAID
from quadrille.views.paper import fewer_marks
from quadrille.views.theme import alt


@pytest.fixture(scope="module")
def svg():
    """Dots of two looks in turns, a line, axes with their grid."""
    data = pl.DataFrame({"x": range(12), "y": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], "k": ["a"] * 8 + ["b"] * 4})  # fmt: skip
    base = alt.Chart(data).encode(x="x:Q", y="y:Q")
    dots = base.mark_circle(opacity=1, size=22).encode(color="k:N")
    drawn = theme.to_svg(theme.figure(theme.panel([base.mark_line(), dots], 300, 160, "Dots")))
    return _SAID.sub("", drawn)


def test_like_marks_are_one_path_and_what_draws_nothing_is_gone(svg):
    made = fewer_marks(svg)
    dots = [path for path in re.findall("<path[^>]*>", made) if "a2.345" in path]
    assert [path.count("M") for path in dots] == [8, 4]
    assert made.count("<line") == 0 and svg.count("<line") > 20
    assert 'd=""' not in made and "M0,0h0v0h0Z" not in made
    assert fewer_marks(made) == made


def test_the_picture_is_the_same(svg):
    pil = pytest.importorskip("PIL.Image")
    import vl_convert as vlc

    before, after = (
        np.asarray(pil.open(BytesIO(vlc.svg_to_png(text))).convert("L"), float)
        for text in (svg, fewer_marks(svg))
    )
    assert before.std() > 10
    assert np.abs(before - after).max() < 16  # edges are smoothed a little otherwise


def test_a_shaded_scale_is_boxes_of_its_colours():
    data = pl.DataFrame({"x": [0.0, 0.5, 1.0]})
    colour = alt.Color("x:Q", legend=alt.Legend(orient="bottom"))
    drawn = theme.to_svg(alt.Chart(data).mark_circle().encode(x="x:Q", color=colour))
    made = fewer_marks(_SAID.sub("", drawn))
    stops = re.findall('stop-color="([^"]+)"', drawn)
    assert "url(#" in drawn and len(stops) > 5
    assert 'fill="url(#' not in made
    assert re.findall('<path d="M[0-9.]+,0H[^>]*fill="([^"]+)"/>', made) == stops


def test_boxes_of_one_colour_in_a_row_are_one_path():
    data = pl.DataFrame({"x": range(6), "y": [3, 1, 4, 1, 5, 9], "k": ["a"] * 4 + ["b"] * 2})
    bars = alt.Chart(data).mark_bar().encode(x="x:O", y="y:Q", color=alt.Color("k:N", legend=None))
    drawn = _SAID.sub("", theme.to_svg(bars))
    rows = [
        path.count("M")
        for path in re.findall('<path d="([^"]*Z)" fill="#[0-9a-f]*"/>', fewer_marks(drawn))
    ]
    assert rows == [4, 2]
