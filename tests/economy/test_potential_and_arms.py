"""Trade against what is expected, and suppliers of arms."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from traded import write_arms, write_trade

import quadrille
from quadrille.economy.dependence import dependence_of
from quadrille.economy.gravity import Gravity, fit, prediction_se
from quadrille.economy.panel import TradePanel, trade_panel
from quadrille.errors import NoDataError
from quadrille.sources.formats import read_layers
from quadrille.views.dependence import dependence_note, dependence_sentences


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    path = write_trade(tmp_path_factory.mktemp("trade") / "trade.csv")
    return {x.name: x for x in read_layers(path)}


@pytest.fixture(scope="module")
def potential(layers):
    pytest.importorskip("pyfixest")
    return quadrille.trade_potential("PAK", "RUS", layers=layers)


def test_ratio_is_actual_over_fitted(potential):
    t = potential.table
    assert t.height == 6 and potential.world["n"].to_list() == [42, 42, 42]
    np.testing.assert_allclose(t["ratio"], t["actual"] / t["predicted"], rtol=1e-12)
    assert ((t["ratio_lo90"] < t["ratio"]) & (t["ratio"] < t["ratio_hi90"])).all()


def test_expected_flows_do_not_depend_on_the_unit(layers, potential):
    more = {
        n: type(x)(x.name, x.role, x.unit, x.frequency, x.data.with_columns(pl.col("value") * 1000.0),
                   x.rejected, x.files, x.rows_in, x.citation)
        for n, x in layers.items()
    }  # fmt: skip
    other = quadrille.trade_potential("PAK", "RUS", layers=more)
    np.testing.assert_allclose(other.table["ratio"], potential.table["ratio"], rtol=1e-5)


def test_error_of_a_prediction_by_moving_the_coefficients(layers):
    """The error's formula against refitting the effects by hand with a coefficient moved."""
    pytest.importorskip("pyfixest")
    from quadrille.kernels.armington import balanced

    whole = trade_panel(layers, years=[2008], domestic=False)
    found = fit(TradePanel(whole.data, whole.dropped, "", ()), Gravity(("log_distance",), "none"))
    table = found.table.sort("exporter", "importer")
    names = sorted(table["exporter"].unique())
    place = {s: k for k, s in enumerate(names)}
    i = [place[s] for s in table["exporter"]]
    j = [place[s] for s in table["importer"]]
    fitted, far = np.zeros((7, 7)), np.zeros((7, 7))
    fitted[i, j], far[i, j] = table["fitted"], table["log_distance"]
    h = 1e-5
    ends = [
        balanced(fitted * np.exp(s * far), fitted.sum(1), fitted.sum(0), 1e-14) for s in (h, -h)
    ]
    slope = (np.log(ends[0][i, j]) - np.log(ends[1][i, j])) / (2 * h)
    np.testing.assert_allclose(
        prediction_se(found)["log_se"], np.abs(slope) * found.se[0], rtol=1e-5, atol=1e-9
    )


def test_states_that_the_trade_does_not_hold_are_named(layers):
    pytest.importorskip("pyfixest")
    with pytest.raises(NoDataError, match="no trade of Brazil in"):
        quadrille.trade_potential("PAK", "Brazil", layers=layers)


def test_rows_of_a_file_that_cannot_be_used_are_counted_and_said(tmp_path):
    pytest.importorskip("pyfixest")
    whole = write_trade(tmp_path / "trade.csv").read_text().splitlines()
    head, *rows = whole
    bad = [
        ",".join((*r.split(",")[:4], "-5", *r.split(",")[5:])) if r.startswith("PAK,RUS") else r
        for r in rows
    ]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join([head, *bad, rows[1], f"Ruritania{rows[1][3:]}"]) + "\n")
    found = quadrille.trade_potential("PAK", "RUS", layers=[file])
    lost = dict(found.dropped.rows())
    assert lost["trade is below 0"] == 3 and lost["no known state"] == 1
    assert lost["another row of the dyad and year says as much or more"] == 1
    said = found.view().sentences
    assert (
        "What Pakistan sold Russia is not known from mine.csv." in said and "mine.csv" in said[-1]
    )


def test_a_file_of_ones_own_is_cited_as_such_and_may_lack_sales_at_home(tmp_path):
    lines = write_trade(tmp_path / "trade.csv").read_text().splitlines()
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(x for x in lines if x[:3] != x[4:7]) + "\n")
    panel = trade_panel(quadrille.open("chronicle", layers=[file]).layers)
    assert panel.origin == "mine.csv" and not panel.domestic
    assert panel.citations == (
        "mine.csv, a file with the columns of the panel of Yotov et al. (2016)",
    )
    file.write_text("\n".join(",".join(x.split(",")[:5]) for x in lines) + "\n")
    with pytest.raises(NoDataError, match=r"mine\.csv holds no distances"):
        quadrille.trade_potential("PAK", "RUS", layers=[file])


# ---------------------------------------------------------------- arms


@pytest.fixture(scope="module")
def arms(tmp_path_factory):
    path = write_arms(tmp_path_factory.mktemp("arms") / "tiv.csv")
    return quadrille.arms("PAK", layers=[path], supplier="Russia")


def test_shares_of_windows_by_hand(arms):
    k = [p.year for p in arms.periods].index(1994)
    usa, china = sum(200 - 15 * n for n in range(5)), sum(20 * (n + 1) for n in range(5))
    total = usa + china + 50
    at = {s: arms.shares[k, arms.suppliers.index(s)] for s in arms.suppliers}
    np.testing.assert_allclose(
        [at["USA"], at["CHN"], at["RUS"]], np.array([usa, china, 50]) / total
    )
    assert arms.effective[k] == pytest.approx(1 / sum(v**2 for v in at.values()))
    # Russia delivered in 1992 alone: without that year it has nothing.
    assert arms.low[k, arms.suppliers.index("RUS")] == 0.0


def test_without_trade_economics_has_no_figure_since_that_of_arms_is_of_its_own_question(tmp_path):
    made = quadrille.economics("PAK", "RUS", layers=[write_arms(tmp_path / "tiv.csv")])
    assert made.arms
    assert made.to_polars().is_empty()
    assert made.view().draw is None


def test_moves_are_the_largest_between_windows_apart(arms):
    for supplier, period, before, after in arms.moves.select(
        "supplier", "period", "before", "after"
    ).iter_rows():
        k = arms.suppliers.index(supplier)
        t = [p.year for p in arms.periods].index(period.year - 1)
        assert (before, after) == (arms.shares[t, k], arms.shares[t + 5, k])
        steps = arms.shares[5:, k] - arms.shares[:-5, k]
        assert after - before in (steps.max(), steps.min())
    assert "RUS" in set(arms.moves["supplier"])


def test_every_delivery_is_in_a_window(arms):
    t = arms.to_polars()
    assert t.filter(pl.col("period") == pl.col("period").max())["share"].sum() == pytest.approx(1.0)


def test_suppliers_of_real_states(data_dir):
    """SIPRI's own table: India's arms came mostly from Russia; that share fell after the middle of the 2010s."""
    path = data_dir / "sipri" / "import_tiv.csv"
    found = quadrille.arms("IND", layers=[path], supplier="RUS")
    fell = found.moves.filter(pl.col("supplier") == "RUS", pl.col("after") < pl.col("before"))
    assert fell["period"][0].year in range(2014, 2019)
    assert fell["before"][0] - fell["after"][0] > 0.15
    pakistan = quadrille.arms("PAK", layers=[path])
    assert pakistan.suppliers[0] == "CHN" and pakistan.effective[-1] < found.effective[-1]


def test_no_such_supplier_is_said(tmp_path):
    path = write_arms(tmp_path / "tiv.csv")
    with pytest.raises(NoDataError, match="no deliveries from Brazil to Pakistan"):
        quadrille.arms("PAK", layers=[path], supplier="Brazil")
    with pytest.raises(NoDataError, match="no deliveries to India"):
        quadrille.arms("IND", layers=[path])


# ---------------------------------------------------------------- dependence


def test_dependence_by_hand_and_what_is_not_known_is_named(tmp_path):
    world = quadrille.open("chronicle", layers=[write_arms(tmp_path / "tiv.csv")])
    found = dependence_of(world.layers, "PAK", 2011)
    (arms,) = found.parts
    # The five years to 2011: China alone but for Russia's 50 of 2008; the United States had gone.
    china = [20 * (y - 1989) for y in range(2007, 2012)]
    share = np.array([sum(china), 50.0]) / (sum(china) + 50)
    assert arms.partners == ("CHN", "RUS") and arms.years == 5 and found.missing == ("trade",)
    np.testing.assert_allclose(arms.shares, share)
    assert arms.hhi == pytest.approx(float((share**2).sum()))
    # Without 2008 only China is left.
    assert arms.hhi_range[1] == 1.0 and arms.hhi_range[0] < arms.hhi
    assert dependence_of(world.layers, "PAK", 2020).missing == ("arms", "trade")
    said, note = dependence_sentences(found, "RUS"), dependence_note((found,))
    assert f"{share[0]:.0%} came from China and {share[1]:.0%} from Russia" in said[0]
    assert "on 2 partners in 5 years" in said[0] and "layers of dyadic trade" in note
