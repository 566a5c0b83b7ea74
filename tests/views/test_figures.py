"""Every quick figure, of yearly, monthly, scored and coded data, as it is drawn: no label is repeated or cut."""

from __future__ import annotations

import re

import pytest
from figures import WIDTHS, check_axes

from quadrille.errors import QuadrilleError
from quadrille.views.theme import to_svg

# Questions answered in a second; what takes longer has its figure in the tests of its view.
ASKED = {
    "relation": lambda w: w.relation("PAK", "RUS"),
    "relations": lambda w: w.relations(),
    "episodes": lambda w: w.episodes("PAK", "RUS"),
    "synchrony": lambda w: w.synchrony("PAK", "RUS", with_=("PAK", "USA")),
    "bond": lambda w: w.bond("PAK", "RUS"),
    "durability": lambda w: w.durability("PAK", "RUS"),
    "triangle": lambda w: w.triangle("PAK", "RUS", "USA"),
    "triads": lambda w: w.triads(),
    "dance": lambda w: w.dance(["PAK", "RUS", "USA", "IND"]),
    "network": lambda w: w.network(["PAK", "RUS", "USA", "IND"]),
    "ties": lambda w: w.ties("PAK"),
    "portfolio": lambda w: w.portfolio("PAK"),
    "balance": lambda w: w.balance("RUS", between=("IND", "PAK")),
    "analogues": lambda w: w.analogues("PAK", "RUS", on="USA"),
    "backtest": lambda w: w.backtest(methods=("last",), horizons=3, top=9),
}
# What data do not hold: no shares in scores, too few warm spells.
REFUSED = {("portfolio", "scored"), ("durability", "yearly")}
AXIS = re.compile(r'<g class="mark-text role-axis-label"[^>]*>(.*?)</g>', re.DOTALL)
TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")


@pytest.mark.parametrize("kind", ["chronicle", "yearly", "monthly", "scored"])
@pytest.mark.parametrize("name", ASKED)
def test_a_figure_holds_its_data_and_each_label_once(name, kind, request):
    world = request.getfixturevalue(kind)
    if (name, kind) in REFUSED:
        with pytest.raises(QuadrilleError):
            ASKED[name](world)
        return
    view = ASKED[name](world).view()
    for width in WIDTHS:
        chart = view.chart(width)
        check_axes(chart, least=0)
        for axis in AXIS.findall(to_svg(chart)):
            labels = list(filter(None, TEXT.findall(axis)))
            assert len(set(labels)) == len(labels), (width, labels)
            assert not any(label.endswith("…") for label in labels), (width, labels)
