"""Hazards: equal to R's survival, true coefficients recovered, spells cut as the rule says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, NelsonAalenFitter, WeibullAFTFitter
from lifelines.statistics import proportional_hazard_test

import quadrille
from quadrille.errors import NoDataError, NotConvergedError
from quadrille.readings.durability import (
    _choose,
    _survival,
    _weibull_hazard,
    durability_of,
    fit_cox,
    fit_weibull,
    spell_rows,
    thaws,
)

# What the tests call of lifelines themselves; it lags behind pandas.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:lifelines")

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
NAMES = ("x1", "x2")


@pytest.fixture(scope="module")
def r():
    table = pl.read_csv(REFERENCE / "durability.csv")
    return dict(table.select("name", pl.col("value").cast(pl.Float64)).iter_rows())


def reference(name):
    return pl.read_csv(REFERENCE / f"{name}.csv").with_columns(pl.col("event").cast(pl.Boolean))


def test_cox_equals_r(r):
    got = fit_cox(reference("durability_rows"), NAMES)
    np.testing.assert_allclose(got.coef, [r["cox_x1"], r["cox_x2"]], atol=1e-6)
    se = np.sqrt(np.diag(got.cov))
    np.testing.assert_allclose(se, [r["cox_se_x1"], r["cox_se_x2"]], atol=1e-6)
    assert got.loglik == pytest.approx(r["cox_loglik"], abs=1e-6)


def test_proportionality_equals_r(r):
    got = fit_cox(reference("durability_rows"), NAMES)
    wanted = [r["zph_x1"], r["zph_x2"], r["zph_global"]]
    # 1e-4, as agreed for R: its own maximum stops at about 1e-6.
    np.testing.assert_allclose(got.ph_statistic, wanted, atol=1e-4)
    np.testing.assert_allclose(
        got.ph_p, [r["zph_p_x1"], r["zph_p_x2"], r["zph_p_global"]], atol=1e-4
    )


def test_weibull_equals_r(r):
    spells = reference("durability_spells").rename({"length": "age1"})
    got = fit_weibull(spells.with_columns(age0=pl.lit(0.0)), NAMES)
    wanted = [r[f"weibull_{k}"] for k in ("x1", "x2", "intercept", "log_rho")]
    np.testing.assert_allclose(got.theta, wanted, atol=1e-6)
    se = [r[f"weibull_se_{k}"] for k in ("x1", "x2", "intercept", "log_rho")]
    np.testing.assert_allclose(np.sqrt(np.diag(got.cov)), se, atol=1e-6)
    assert got.loglik == pytest.approx(r["weibull_loglik"], abs=1e-6)


def test_cutting_a_spell_changes_no_fit():
    whole = reference("durability_spells").rename({"length": "age1"})
    whole = whole.with_columns(age0=pl.lit(0.0), spell=pl.int_range(pl.len()))
    half = whole.filter(pl.col("age1") > 1.0)
    cut = pl.concat([
        whole.filter(pl.col("age1") <= 1.0),
        half.with_columns(age1=pl.lit(1.0), event=pl.lit(False)),
        half.with_columns(age0=pl.lit(1.0)),
    ])  # fmt: skip
    np.testing.assert_allclose(fit_cox(cut, NAMES).coef, fit_cox(whole, NAMES).coef, atol=1e-7)
    np.testing.assert_allclose(
        fit_weibull(cut, NAMES).theta, fit_weibull(whole, NAMES).theta, atol=1e-7
    )


def entered_late(seed):
    """Spells with ties, covariates of different units, half of them cut, some at risk from age 1 or 2."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, 3)) * [1.0, 30.0, 0.1] + [0.0, 100.0, 0.0]
    rate = np.exp(-1.5 + 0.4 * x[:, 0] + 0.02 * (x[:, 1] - 100) - 2 * x[:, 2])
    length = np.ceil(rng.weibull(1.4, 400) / rate)
    age0 = rng.integers(0, 3, 400).astype(float)
    table = pl.DataFrame({"age0": age0, "age1": np.minimum(length, 12), "event": length <= 12})
    names = ("x1", "x2", "x3")
    table = table.with_columns(*(pl.Series(n, v) for n, v in zip(names, x.T, strict=True)))
    return table.filter(pl.col("age1") > pl.col("age0")).with_row_index("spell"), names


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cox_equals_lifelines(seed):
    rows, names = entered_late(seed)
    theirs = CoxTimeVaryingFitter().fit(
        rows.to_pandas(), id_col="spell", event_col="event", start_col="age0", stop_col="age1",
        fit_options={"precision": 1e-12},
    )  # fmt: skip
    got = fit_cox(rows, names)
    sd = rows.select(names).to_numpy().std(axis=0)
    np.testing.assert_allclose(got.coef * sd, theirs.params_[list(names)] * sd, atol=1e-6)
    wanted = theirs.standard_errors_[list(names)] * sd
    np.testing.assert_allclose(np.sqrt(np.diag(got.cov)) * sd, wanted, atol=1e-6)
    assert got.loglik == pytest.approx(theirs.log_likelihood_, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weibull_equals_lifelines(seed):
    rows, names = entered_late(seed)
    sd = rows.select(names).to_numpy().std(axis=0)
    # In one unit: its optimiser stops at the gradient, whose size is that of the covariates.
    rows = rows.with_columns(*(pl.col(n) / s for n, s in zip(names, sd, strict=True)))
    fitter = WeibullAFTFitter()
    fitter._scipy_fit_options = {"ftol": 1e-14, "gtol": 1e-10}
    theirs = fitter.fit(
        rows.drop("spell").to_pandas(), duration_col="age1", event_col="event", entry_col="age0",
    )  # fmt: skip
    got = fit_weibull(rows, names)
    order = [*(("lambda_", n) for n in names), ("lambda_", "Intercept"), ("rho_", "Intercept")]
    assert got.loglik >= theirs.log_likelihood_ - 1e-9
    np.testing.assert_allclose(got.theta, theirs.params_[order], atol=1e-6)
    wanted = theirs.standard_errors_[order]
    np.testing.assert_allclose(np.sqrt(np.diag(got.cov)), wanted, atol=1e-6)
    assert got.loglik == pytest.approx(theirs.log_likelihood_, abs=1e-6)


@pytest.mark.parametrize("fit", [fit_cox, fit_weibull])
@pytest.mark.parametrize(
    "covariate",
    [pl.col("x1") * 2 + 1, pl.lit(3.0), pl.col("event").cast(float)],
    ids=["collinear", "constant", "separates"],
)
def test_what_has_no_maximum_says_so(fit, covariate):
    rows, names = entered_late(1)
    with pytest.raises(NotConvergedError, match="did not converge"):
        fit(rows.with_columns(z=covariate), (*names, "z"))


def test_proportionality_agrees_with_lifelines():
    """Its test averages the variance over time, so that it is close, not equal."""
    spells = reference("durability_spells")
    theirs = proportional_hazard_test(
        CoxPHFitter().fit(spells.to_pandas(), "length", "event"), spells.to_pandas(),
        time_transform="identity",
    )  # fmt: skip
    ours = fit_cox(
        spells.rename({"length": "age1"}).with_columns(
            age0=pl.lit(0.0), spell=pl.int_range(pl.len())
        ),
        NAMES,
    )
    np.testing.assert_allclose(ours.ph_p[:2], theirs.p_value, atol=0.05)


def test_base_survival_is_nelson_aalens():
    rows = reference("durability_rows")
    table = _survival(rows, fit_cox(rows, NAMES), fit_weibull(rows, NAMES), np.zeros(2), 1, 5, 1)
    last = rows.group_by("spell").agg(pl.col("age1").max(), pl.col("event").any())
    fitter = NelsonAalenFitter(nelson_aalen_smoothing=False)
    fitter.fit(last["age1"], last["event"], entry=np.ones(last.height))
    wanted = np.exp(-fitter.cumulative_hazard_at_times(table["age"]).to_numpy())
    np.testing.assert_allclose(table["base"], wanted, atol=1e-10)
    assert (table["cox_lo90"] <= table["cox"]).all() and (table["cox"] <= table["cox_hi90"]).all()
    assert table["weibull"].is_sorted(descending=True)


def simulated(seed, spells=1500, beta=(0.5, -0.4), rho=1.3):
    """Weibull spells with one covariate that changes each period, exact times within it."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(spells):
        fixed, moving, need = rng.normal(), rng.normal(), rng.exponential()
        for age in range(30):
            moving = 0.6 * moving + 0.8 * rng.normal()
            rate = 0.05 * np.exp(beta[0] * moving + beta[1] * fixed)
            step = rate * ((age + 1) ** rho - age**rho)
            if step >= need:
                at = (need / rate + age**rho) ** (1 / rho)
                out.append((k, float(age), at, True, moving, fixed))
                break
            need -= step
            out.append((k, float(age), age + 1.0, False, moving, fixed))
    schema = ["spell", "age0", "age1", "event", "x1", "x2"]
    return pl.DataFrame(out, schema=schema, orient="row")


@pytest.mark.slow
def test_known_coefficients_are_recovered_and_covered():
    inside, worlds = np.zeros((2, 2)), 40
    for seed in range(worlds):
        rows = simulated(seed, spells=250)
        cox, weibull = fit_cox(rows, NAMES), fit_weibull(rows, NAMES)
        hazard, se = _weibull_hazard(weibull)
        for i, (value, error) in enumerate(((cox.coef, np.sqrt(np.diag(cox.cov))), (hazard, se))):
            inside[i] += np.abs(value - [0.5, -0.4]) < 1.645 * error
    print("coverage of 90% intervals (Cox, Weibull) by coefficient:", inside / worlds)
    assert (inside / worlds > 0.75).all()
    big = simulated(99)
    cox, weibull = fit_cox(big, NAMES), fit_weibull(big, NAMES)
    np.testing.assert_allclose(cox.coef, [0.5, -0.4], atol=0.1)
    np.testing.assert_allclose(_weibull_hazard(weibull)[0], [0.5, -0.4], atol=0.1)
    assert weibull.rho == pytest.approx(1.3, abs=0.1)


def test_thaws_are_runs_above_the_line(measured):
    m = measured({
        ("AAA", "BBB"): [1, 1, -1, 1, 1, 1, -1, 1],  # on at the start; three years; one, still on
        ("AAA", "CCC"): [-1, 1, -1, -1, 1, 1, 1, 1],  # one year is too short; on at the end
    })  # fmt: skip
    got = thaws(m)
    rows = got.select(
        "state_b", pl.col("start").dt.year(), pl.col("end").dt.year(), "length", "censored"
    )
    assert rows.rows() == [("BBB", 2003, 2006, 3, False), ("CCC", 2004, 2008, 4, True)]
    assert thaws(m, shortest=1).height == 4
    assert thaws(m, least=10_000).height == 0


def test_spells_are_cut_at_every_period(measured):
    m = measured({("AAA", "BBB"): [-1, 1, 1, 1, -1], ("AAA", "CCC"): [-1, -1, -1, 1, 1]})
    z = np.arange(10.0).reshape(2, 5)
    rows = spell_rows(m, thaws(m), {"z": z}, 2)
    assert rows.select("spell", "age0", "age1", "event", "z").rows() == [
        (0, 1.0, 2.0, False, 2.0),  # the second warm year
        (0, 2.0, 3.0, True, 3.0),  # the third and last: what stood then
        (1, 1.0, 2.0, False, 9.0),
    ]


def test_few_ends_carry_few_covariates():
    kept, lines = _choose(["a", "b", "c"], 12)
    assert kept == ["a", "b"]
    assert lines == ["c: left out, 12 ends of warm spells carry 2 covariates at 5 each"]


def test_the_chronicle():
    m = quadrille.open("chronicle", until="2018").measurement("cordiality")
    got = durability_of(m, "RUS", "PAK")
    assert (got.spells, got.ends) == (18, 14)
    assert got.cox.names == ("animosity", "pivot")
    assert got.thaw[2] is True
    again = durability_of(m, "PAK", "RUS", spells=thaws(m))
    np.testing.assert_allclose(again.cox.coef, got.cox.coef)
    assert again.survival.equals(got.survival)
    with pytest.raises(NoDataError, match="too few"):
        durability_of(m, "RUS", "PAK", spells=thaws(m).head(5))
