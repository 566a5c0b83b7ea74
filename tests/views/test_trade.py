"""Views of trade and arms: every value inside its axes at every width, sentences that name their band and data."""

from __future__ import annotations

import json
import re

import pytest
from figures import WIDTHS, check_axes
from traded import write_arms, write_products, write_trade, write_warm

import quadrille

ASKED = ("potential", "agreement", "corridor", "embargo", "arms", "warmth", "openings")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trade")
    write_warm(folder / "warm.csv", folder / "warm.parquet")
    write_products(folder / "products")
    return [write_trade(folder / "trade.csv")], [write_arms(folder / "arms.csv")]


@pytest.fixture(scope="module")
def results(files):
    trade, arms = files
    made = {
        "agreement": quadrille.trade_agreement(
            "PAK", "RUS", effect=0.5, phase_in=3, draws=200, layers=trade
        ),
        "corridor": quadrille.trade_corridor(["CHN", "PAK", "IRN"], draws=200, layers=trade),
        "embargo": quadrille.trade_embargo("RUS", by=["USA", "TUR"], draws=200, layers=trade),
        "openings": quadrille.trade_openings(
            "PAK", "RUS", products=trade[0].with_name("products"), cut=2014, by=["DEU", "USA"]
        ),
        "arms": quadrille.arms("PAK", layers=arms, supplier="RUS"),
    }
    try:
        import pyfixest  # noqa: F401
    except ImportError:
        return made
    warm = trade[0].with_name("warm.csv")
    return made | {
        "potential": quadrille.trade_potential("PAK", "RUS", layers=trade),
        "warmth": quadrille.trade_warmth(warm.with_suffix(".parquet"), layers=[warm]),
    }


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("width", WIDTHS)
def test_figures_hold_every_value(results, name, width):
    if name not in results:
        pytest.skip("pyfixest is not installed")
    check_axes(results[name].plot(width))


@pytest.mark.parametrize("name", ASKED)
def test_text_fits_a_terminal_and_json_is_whole(results, name):
    if name not in results:
        pytest.skip("pyfixest is not installed")
    text = str(results[name])
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"\bnan\b|\bNone\b", text)
    assert json.loads(results[name].to_json())


def test_what_is_implied_is_told_from_what_is_seen(results):
    said = results["agreement"].view()
    assert "not what the data show" in said.notes[0]
    assert "is given" in " ".join(said.sentences)
    assert "given, not estimated" in results["corridor"].view().notes[0]


def test_members_come_before_others(results):
    for name, first in (("agreement", "Pakistan"), ("embargo", "Russia")):
        assert results[name].view().sentences[1].startswith(first)


def test_every_supplier_is_drawn_in_every_window_so_that_areas_have_no_gaps(results):
    made = results["arms"]
    rows = next(iter(made.plot(640).to_dict()["datasets"].values()))
    kinds = {r["kind"] for r in rows}
    assert kinds == {"China", "Russia", "United States"}
    assert len(rows) == len(kinds) * len(made.periods)
    total = {}
    for r in rows:
        total[r["period"]] = total.get(r["period"], 0.0) + r["share"]
    assert all(v == pytest.approx(1.0) for v in total.values())


def test_results_name_the_work_that_their_data_are_cited_by(results):
    for name in results.keys() - {"warmth"}:
        assert any(n.startswith("Data: ") for n in results[name].view().notes), name


def test_a_supplier_that_is_asked_about_is_told_of(results):
    said = " ".join(results["arms"].view().sentences)
    assert "Russia's share in 2007 to 2011: 2%" in said
    assert "Russia's share rose most at the start of" in said
