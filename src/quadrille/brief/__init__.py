"""Results told: figures, sentences, the page."""

from quadrille.brief.compose import Brief, TieStory, compose
from quadrille.brief.figures import (
    FIGURE_SUFFIXES,
    many_ties_figure,
    save_figure,
    tie_figure,
    to_svg,
    triangles_figure,
)
from quadrille.brief.page import render_html, write_text
from quadrille.brief.words import neutral_words, since_when, tie_sentence

__all__ = [
    "FIGURE_SUFFIXES",
    "Brief",
    "TieStory",
    "compose",
    "many_ties_figure",
    "neutral_words",
    "render_html",
    "save_figure",
    "since_when",
    "tie_figure",
    "tie_sentence",
    "to_svg",
    "triangles_figure",
    "write_text",
]
