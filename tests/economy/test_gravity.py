"""Gravity against the printed tables of the *Advanced Guide* (Yotov et al. 2016), and the account of rows.

Reference values: tables 1 and 3 of chapter 1 and the first step of chapter 2. They are printed to three decimals,
so that the tolerance is half of the last. Standard errors are clustered by pair, without a factor for the number of
coefficients.
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
import pytest

from quadrille.economy.gravity import Gravity, correction, fit
from quadrille.economy.panel import TradePanel, dropped_rows, trade_panel
from quadrille.errors import NoDataError, NotConvergedError, OptionError

YEARS = range(1986, 2007, 4)
TIES = ("log_distance", "contiguity", "language", "colony")
LAGS = ("agreement_lag4", "agreement_lag8", "agreement_lag12")
BORDERS = tuple(f"border_{year}" for year in (1986, 1990, 1994, 1998, 2002))
needs_pyfixest = pytest.mark.usefixtures("pyfixest")


@pytest.fixture(scope="module")
def pyfixest():
    return pytest.importorskip("pyfixest")


@pytest.fixture(scope="module")
def abroad(agtpa):
    return trade_panel(agtpa, years=YEARS, domestic=False)


@pytest.fixture(scope="module")
def whole(agtpa):
    return trade_panel(agtpa, years=YEARS)


def printed(found, **values):
    """Estimates, or (estimate, standard error), to half of the last printed decimal."""
    for name, value in values.items():
        got = found[name] if isinstance(value, tuple) else found[name][:1]
        want = value if isinstance(value, tuple) else (value,)
        np.testing.assert_allclose(got, want, atol=0.00051, rtol=0, err_msg=name)


@needs_pyfixest
def test_table_1_traditional_gravity(abroad):
    ppml = fit(abroad, Gravity(TIES, "none"))
    assert ppml.n == 28_152
    printed(ppml, log_distance=(-0.841, 0.032), contiguity=(0.437, 0.083), language=(0.247, 0.077),
            colony=(-0.222, 0.116))  # fmt: skip
    ols = fit(abroad, Gravity(TIES, "none", method="ols"))
    printed(ols, log_distance=(-1.216, 0.038), contiguity=0.223, language=0.661, colony=0.670)
    zeros = abroad.data.filter(pl.col("value") == 0).height
    assert ("the flow is zero", zeros) in ols.dropped.rows() and ols.n == 28_152 - zeros


@needs_pyfixest
def test_table_3_agreements_without_and_with_sales_at_home(abroad, whole):
    printed(
        fit(abroad, Gravity(("agreement", *TIES), "none", method="ols")), agreement=(-0.004, 0.053)
    )
    printed(fit(abroad, Gravity(("agreement", *TIES), "none")), agreement=(0.191, 0.066))
    # With an effect of own sales for every country, as the authors' programs have it.
    printed(fit(whole, Gravity(("agreement", *TIES), "none", home=True)), agreement=(0.409, 0.069))


@needs_pyfixest
def test_table_3_agreements_with_effects_of_pairs(whole):
    found = fit(whole, Gravity(("agreement",), "symmetric"))
    assert found.n == 28_482
    assert ("separated: the pair never trades", 84) in found.dropped.rows()
    printed(found, agreement=(0.557, 0.102))
    printed(fit(whole, Gravity(("agreement", "agreement_lead4"), "symmetric")),
            agreement_lead4=(0.077, 0.092))  # fmt: skip
    phased = fit(whole, Gravity(("agreement", *LAGS), "symmetric"))
    np.testing.assert_allclose(phased.coef, (0.291, 0.414, 0.169, 0.119), atol=0.00051, rtol=0)


@needs_pyfixest
def test_table_3_agreements_beside_globalisation(whole):
    found = fit(whole, Gravity(("agreement", *LAGS, *BORDERS), "symmetric"))
    # Printed 0.116, 0.288, 0.069, 0.002, together 0.475 (0.110).
    np.testing.assert_allclose(found.coef[:4], (0.116, 0.288, 0.069, 0.002), atol=0.00051, rtol=0)
    total = found.coef[:4].sum(), np.sqrt(found.cov[:4, :4].sum())
    # The error of the sum comes from another program's covariances: 0.1095 here.
    np.testing.assert_allclose(total, (0.475, 0.110), atol=0.001, rtol=0)


@needs_pyfixest
def test_chapter_2_gravity_of_2006(agtpa):
    found = fit(
        trade_panel(agtpa, years=[2006]), Gravity(("log_distance", "contiguity", "border"), "none")
    )
    np.testing.assert_allclose(found.coef, (-0.7913, 0.6736, -2.4745), atol=5.1e-5, rtol=0)


@needs_pyfixest
def test_every_row_is_used_or_dropped_with_a_reason(agtpa, whole):
    rows = agtpa["agtpa_trade"].data.height + agtpa["agtpa_domestic"].data.height
    found = fit(whole, Gravity(("agreement", "agreement_lead4"), "directed"))
    assert found.n + found.dropped["rows"].sum() == rows
    assert found.dropped["reason"].is_unique().all()


@needs_pyfixest
def test_fitted_flows_add_up_as_the_actual_do(whole):
    table = fit(whole, Gravity(("agreement",), "directed")).table
    for group in (["exporter", "year"], ["importer", "year"], ["exporter", "importer"]):
        sums = table.group_by(group).agg(pl.col("value", "fitted").sum())
        np.testing.assert_allclose(sums["fitted"], sums["value"], rtol=1e-6, atol=1e-3)


@needs_pyfixest
def test_correction_of_the_agreements_coefficient(whole):
    found = fit(whole, Gravity(("agreement",), "directed"))
    made = correction(found)
    # The same sandwich from our own arithmetic as from pyfixest's.
    np.testing.assert_allclose(made.cov, found.cov, rtol=1e-6)
    assert made.corrected[0, 0] > made.cov[0, 0]
    two = fit(trade_panel_of(whole, 2006), Gravity(("log_distance", "border"), "none"))
    np.testing.assert_allclose(correction(two).cov, two.cov, rtol=1e-6)


def trade_panel_of(panel, year):
    return TradePanel(
        panel.data.filter(pl.col("year") == year), panel.dropped, panel.origin, panel.citations
    )


@needs_pyfixest
def test_correction_is_refused_where_it_is_not_known(whole):
    small = trade_panel_of(whole, 2006)
    found = fit(small, Gravity(("log_distance", "border"), "none", method="ols"))
    with pytest.raises(OptionError, match="the correction is known for PPML"):
        correction(found)


def world(rows):
    data = pl.DataFrame(
        rows, schema=["exporter", "importer", "year", "value", "distance"], orient="row"
    ).with_columns(pl.col("value", "distance").cast(pl.Float64))
    return TradePanel(data, dropped_rows({}), "made", ())


@needs_pyfixest
def test_regressors_that_effects_absorb_are_refused(whole):
    with pytest.raises(NotConvergedError, match="cannot be told from the effects"):
        fit(whole, Gravity(("agreement", "log_distance"), "directed"))


@needs_pyfixest
def test_country_that_sells_nothing_is_dropped_with_its_reason():
    rng = np.random.default_rng(1)
    states = "ABCDEFG"
    rows = [
        (a, b, 2000, 0.0 if a == "G" else rng.lognormal(), rng.uniform(1, 9))
        for a in states for b in states if a != b
    ]  # fmt: skip
    rows[0] = (*rows[0][:4], None)
    found = fit(world(rows), Gravity(("log_distance",), "none"))
    assert dict(found.dropped.rows()) == {
        "log_distance is not known": 1, "separated: the exporter sells nothing that year": 6
    }  # fmt: skip
    assert found.n == 42 - 7


def test_without_pyfixest_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(OptionError, match=r"pip install 'quadrille\[economy\]'"):
        fit(world([("A", "B", 2000, 1.0, 1.0)]))


def test_without_trade_one_line_says_what_to_give():
    with pytest.raises(NoDataError, match="no trade between states among them"):
        trade_panel({})


def test_panel_says_what_it_left_out(agtpa):
    panel = trade_panel(agtpa, years=[2000, 2001])
    assert set(panel.data["year"]) == {2000, 2001} and panel.domestic
    assert panel.dropped.rows() == [("not in the years asked for", 99_981 - panel.data.height)]
    with pytest.raises(NoDataError, match="1986 to 2006"):
        trade_panel(agtpa, years=[2015])
    with pytest.raises(OptionError, match="'baci_trade' is not among agtpa_trade"):
        trade_panel(agtpa, "baci_trade")
