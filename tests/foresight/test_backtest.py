"""Rolling origin: no forecast sees the future, all methods meet the same cells, scores add up."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import quadrille
from quadrille.errors import NoDataError, OptionError
from quadrille.foresight.backtest import backtest_of, forecaster, joint_draws
from quadrille.foresight.combine import Combination
from quadrille.foresight.forecasters import LEVELS, Forecast
from quadrille.foresight.record import BacktestOptions
from quadrille.foresight.series import Series, to_series
from quadrille.kernels.scores import crps_quantiles, energy_score
from quadrille.panel.build import QUADS, Panel, build
from quadrille.panel.facets import facet
from quadrille.panel.units import Unit, neutral_level
from quadrille.sources.table import Table

QUICK = ("last", "mean", "smoothing")


def of(y, own_unit=False):
    y = np.asarray(y, dtype=float)
    dyads = np.array([(f"A{d:03d}", f"B{d:03d}") for d in range(len(y))])
    periods = tuple(date(2000 + t // 12, t % 12 + 1, 1) for t in range(y.shape[1]))
    zero = np.zeros(y.shape)
    return Series(
        "score", Unit("unit", "unit"), "simulated", "M", own_unit, "scores", 0.0, dyads, periods,
        y, zero + 1.0, zero + np.nan, zero, zero,
    )  # fmt: skip


def noise(n_dyads=12, n_time=30, seed=0, gaps=0.1):
    rng = np.random.default_rng(seed)
    y = rng.normal(0.5, 1.0, (n_dyads, n_time))
    y[rng.random(y.shape) < gaps] = np.nan
    return of(y)


@dataclass(frozen=True)
class Truth:
    """Knows the law of `noise`, and shrinks its spread by a factor."""

    name: str = "truth"
    sd: float = 1.0

    def forecast(self, past, horizons):
        q = 0.5 + self.sd * stats.norm.ppf(LEVELS)
        return Forecast(np.tile(q, (len(past.dyads), horizons, 1)))


@pytest.mark.parametrize(
    "name",
    ["last", "mean", "rolling", "smoothing", "pooled", "regression", "combination", "measurement"],
)
@given(seed=st.integers(0, 2**31))
@settings(max_examples=2)
def test_no_forecast_sees_the_future(name, seed):
    rng = np.random.default_rng(seed)
    before = noise(6, 22, seed)
    t = int(rng.integers(19, 22))
    changed = before.y.copy()
    changed[:, t:] = 100.0 * rng.standard_normal((6, 22 - t))
    after = replace(before, y=changed)
    options = BacktestOptions(horizons=2, score_from=before.periods[19])
    a, b = (_quantiles(s, name, t, options) for s in (before, after))
    np.testing.assert_array_equal(a, b)


def _quantiles(series, name, origin, options):
    """What the engine was told at one origin, every earlier origin having been run before it."""
    seen = {}

    @dataclass(frozen=True)
    class Spy:
        name: str = "spy"

        def forecast(self, past, horizons):
            made = forecaster(name).forecast(past, horizons)
            seen[len(past.periods)] = made.quantiles
            return made

    backtest_of(series, ("last", Spy()), options)
    return seen[origin]


def test_the_measurement_model_beats_its_baselines_on_its_own_world():
    rng = np.random.default_rng(6)
    n_dyads, n_time = 300, 30
    mu, q = rng.normal(1.0, 0.8, n_dyads), np.exp(rng.normal(-1.5, 0.7, n_dyads))
    rho = 1 / (1 + np.exp(-rng.normal(1.2, 0.7, n_dyads)))
    phi = 1.0 + np.exp(rng.normal(-0.3, 0.6, n_dyads))
    x = np.empty((n_dyads, n_time))
    x[:, 0] = mu + rng.normal(size=n_dyads) * np.sqrt(q / (1 - rho**2))
    for t in range(1, n_time):
        x[:, t] = mu + rho * (x[:, t - 1] - mu) + rng.normal(size=n_dyads) * np.sqrt(q)
    s2 = rng.gamma(2.0, 0.25, x.shape)
    y = x + rng.normal(size=x.shape) * np.sqrt(phi[:, None] * s2)
    y[rng.random(y.shape) < 0.3] = np.nan
    series = replace(of(y), s2=s2, phi_min=1.0, n=1.0 / s2)
    options = BacktestOptions(horizons=1, score_from=series.periods[25])
    got = backtest_of(series, ("last", "mean", "measurement"), options).to_polars()
    score = dict(got.select("method", "crps").iter_rows())
    assert score["measurement"] < score["last"]
    assert score["measurement"] < score["mean"]


def scores_table(seed):
    rng = np.random.default_rng(seed)
    pairs = [("IND", "PAK"), ("PAK", "RUS"), ("IND", "USA"), ("CHN", "USA")]
    rows = []
    for a, b in pairs:
        for t in range(24):
            value = rng.normal(3.0, 2.0)
            rows.append((a, b, date(2018 + t // 12, t % 12 + 1, 1), value))
    data = pl.DataFrame(
        rows,
        schema={"state_a": pl.String, "state_b": pl.String, "period": pl.Date,
                "score": pl.Float64},
        orient="row",
    )  # fmt: skip
    return Table("scores", "M", data, pl.DataFrame(), "scores:made", ("made",), len(rows))


@pytest.mark.parametrize("facet_name", ["cordiality", "engagement", "hostility"])
def test_what_a_forecaster_is_given_of_a_count_panel_is_not_changed_by_the_future(facet_name):
    def table(altered):
        rng = np.random.default_rng(1)
        names = ["verbal_coop", "material_coop", "verbal_conf", "material_conf"]
        rows = []
        for a, b in (("IND", "PAK"), ("PAK", "RUS"), ("IND", "USA"), ("CHN", "USA")):
            for year in range(2000, 2012):
                count = rng.poisson(5.0, 4).astype(float)
                if altered and year >= 2008:
                    count = count * 100 + 7
                if facet_name == "hostility":
                    count = [None, None, *count[2:]]
                rows.append((a, b, date(year, 1, 1), *count))
        schema = {"source": pl.String, "target": pl.String, "period": pl.Date}
        data = pl.DataFrame(rows, schema={**schema, **dict.fromkeys(names, pl.Float64)},
                            orient="row")  # fmt: skip
        return Table("counts", "Y", data, pl.DataFrame(), "counts:made", ("made",), len(rows))

    one, other = (to_series(build(table(a)), facet_name).before(8) for a in (False, True))
    np.testing.assert_array_equal(one.y, other.y)
    np.testing.assert_array_equal(one.s2, other.s2)


def test_raw_scores_are_laid_out_as_they_stand():
    series = to_series(build(scores_table(2)))
    assert (series.facet, series.own_unit, series.y.shape) == ("score", True, (4, 24))
    assert series.labels[0] == "CHN-USA"
    measured = to_series(build(scores_table(2)), "cordiality")
    obs = facet(build(scores_table(2)), "cordiality")
    assert measured.unit == obs.unit
    assert not measured.own_unit


def test_scores_are_those_of_the_cells():
    series = noise(5, 26, gaps=0.0)
    made = backtest_of(series, QUICK, BacktestOptions(horizons=2))
    first = 21  # the last fifth of 26 periods begins after 20.8
    assert made.targets == (series.periods[first], series.periods[25])
    assert len(made.origins) == 6  # one more for the horizon of two
    for i, t in enumerate(range(first - 1, 26)):
        q = forecaster("mean").forecast(series.before(t), 2).quantiles
        for h in range(2):
            cell = made.scores["mean"].crps[i, :, h]
            if first <= t + h < 26:
                np.testing.assert_allclose(cell, crps_quantiles(series.y[:, t + h], q[:, h]))
            else:
                assert np.isnan(cell).all()
    assert made.loss("mean", 1)[1:] == pytest.approx(made.scores["mean"].crps[1:, :, 0].mean(1))


def test_own_units_divide_errors_by_the_mean_size():
    y = np.random.default_rng(0).normal(2.0, 1.0, (4, 30))
    plain = backtest_of(of(y, own_unit=True), QUICK)
    large = backtest_of(of(y * np.array([[1.0], [10.0], [100.0], [5.0]]), own_unit=True), QUICK)
    np.testing.assert_allclose(plain.scores["last"].crps, large.scores["last"].crps)


def test_all_methods_meet_the_same_cells():
    @dataclass(frozen=True)
    class Half:
        name: str = "half"

        def forecast(self, past, horizons):
            q = Truth().forecast(past, horizons).quantiles
            q[::2] = np.nan
            return Forecast(q)

    made = backtest_of(noise(gaps=0.3), (*QUICK, Half()), BacktestOptions(horizons=3))
    counts = [~np.isnan(s.crps) for s in made.scores.values()]
    assert all((c == counts[0]).all() for c in counts)
    assert not counts[0][:, ::2].any()


def test_calibrated_forecasts_look_calibrated_and_narrow_ones_do_not():
    series = noise(200, 40, seed=2, gaps=0.0)
    made = backtest_of(series, ("last", Truth(), Truth("narrow", 0.6)), BacktestOptions(horizons=1))
    table = made.to_polars().rows_by_key("method", named=True, unique=True)
    assert table["truth"]["coverage90"] == pytest.approx(0.9, abs=0.025)  # 3.3 standard errors
    assert table["narrow"]["coverage90"] < 0.75
    assert stats.kstest(made.scores["truth"].pit.ravel(), "uniform").pvalue > 0.01
    assert made.card("truth").pit_uniform < 0.04 < made.card("narrow").pit_uniform
    assert made.best() == "truth"
    assert table["truth"]["log_score"] < table["narrow"]["log_score"]


def test_survival_is_reliable_where_the_law_is_known():
    series = noise(400, 40, seed=4, gaps=0.0)
    made = backtest_of(series, ("last", Truth()), BacktestOptions(horizons=2))
    kept = made.survival("truth")
    share = stats.norm.cdf(0.5)  # P(N(1/2, 1) > 0)
    assert kept.n.sum() == np.sum(~np.isnan(made.outcome_warm))
    assert kept.p[0] == pytest.approx(share, abs=0.005)  # a hundred points
    assert kept.lo[0] < share < kept.hi[0]
    warm_before = series.y[:, 31] > 0
    assert (~np.isnan(made.outcome_warm[1, :, 0]) == warm_before).all()


def test_skill_and_its_test_agree():
    made = backtest_of(noise(60, 60, seed=5), QUICK, BacktestOptions(horizons=3))
    row = made.to_polars().filter(pl.col("method") == "mean").row(0, named=True)
    assert row["skill"] == pytest.approx(
        100 * (1 - np.nanmean(made.loss("mean", 1)) / np.nanmean(made.loss("last", 1)))
    )
    assert row["skill_lo90"] < row["skill"] < row["skill_hi90"]
    assert (row["p_value"] < 0.1) == (row["skill_lo90"] > 0 or row["skill_hi90"] < 0)
    assert made.compare("last", "mean", 1).difference > 0


def test_joint_draws_keep_margins_and_past_order():
    rng = np.random.default_rng(7)
    common = rng.normal(size=200)
    y = np.stack([common, common + 0.1 * rng.normal(size=200), -common])
    past = of(y)
    made = Truth().forecast(past, 1)
    draws = joint_draws(made, past)
    corr = np.corrcoef(draws[:, :, 0].T)
    assert corr[0, 1] > 0.9
    assert corr[0, 2] < -0.9
    np.testing.assert_allclose(
        np.quantile(draws[:, 0, 0], [0.25, 0.75]),
        np.quantile(made.quantiles[0, 0], [0.25, 0.75]),
        atol=0.15,  # two hundred draws
    )
    np.testing.assert_array_equal(draws, joint_draws(made, past))
    short = joint_draws(Truth().forecast(past.before(3), 3), past.before(3))
    assert short.shape[1:] == (3, 3)


def test_energy_score_is_that_of_the_draws():
    series = noise(4, 30, gaps=0.0)
    made = backtest_of(series, ("last", Truth()), BacktestOptions(horizons=1))
    past = series.before(24)
    draws = joint_draws(Truth().forecast(past, 1), past)[:, :, 0]
    assert made.scores["truth"].energy[0] == pytest.approx(energy_score(series.y[:, 24], draws) / 2)
    assert not made.scores["truth"].joint


def test_coverage_picks_the_largest_by_what_was_known():
    y = np.ones((3, 10))
    y[1] = 5.0
    y[2, 8:] = 1e6
    assert of(y).largest(1, 8).labels == ("A001-B001",)
    assert of(y).among(("A000", "B000", "A001")).labels == ("A000-B000",)


def test_card_is_plain_and_complete():
    made = backtest_of(noise(40, 60, seed=1), QUICK, BacktestOptions(horizons=3))
    card = made.card()
    facts = json.loads(card.to_json())
    assert facts["method"] == made.best()
    assert [r["horizon"] for r in facts["records"]] == [1, 2, 3]
    text = "\n".join(card.lines())
    assert text.startswith(f"Track record of {made.best()}: 40 dyads of simulated")
    assert "90% interval" in text
    assert "undetermined" in "\n".join(
        backtest_of(noise(40, 20), QUICK, BacktestOptions(horizons=12)).card("mean").lines()
    )


@pytest.mark.parametrize(
    ("methods", "options", "error", "says"),
    [
        (("last", "oracle"), BacktestOptions(), OptionError, "unknown method 'oracle'"),
        (("last", "last"), BacktestOptions(), OptionError, "named once"),
        (("mean",), BacktestOptions(), OptionError, "reference 'last'"),
        (QUICK, BacktestOptions(horizons=0), OptionError, "at least one"),
        (QUICK, BacktestOptions(score_from=date(2050, 1, 1)), NoDataError, "no period left"),
    ],
)
def test_bad_questions_are_refused(methods, options, error, says):
    with pytest.raises(error, match=says):
        backtest_of(noise(), methods, options)


@pytest.mark.slow
def test_gdelt_scores_are_forecast_better_than_by_the_last_value(data_dir):
    """The last fifth judges; the bars are those of the project, well below what was measured."""
    series = to_series(quadrille.open(data_dir / "gdelt_monthly_score").panel)
    record = backtest_of(series.largest(300, 38), ("last", "rolling", "combination"))
    table = record.to_polars().filter(pl.col("method") == "combination")
    skill = table["skill"].to_list()
    assert skill[0] >= 18
    assert skill[11] >= 25
    assert 0.88 <= np.average(table["coverage90"], weights=table["cells"]) <= 0.92


def count_world(seed, n_dyads=150, n_time=16, rate=6.0):
    """A panel of counts whose relations are an AR(1) in log odds, and these relations."""
    rng = np.random.default_rng(seed)
    mu = rng.normal(2.1, 0.8, n_dyads)
    x = np.empty((n_dyads, n_time))
    x[:, 0] = mu + 0.6 * rng.standard_normal(n_dyads)
    for t in range(1, n_time):
        x[:, t] = mu + 0.8 * (x[:, t - 1] - mu) + 0.4 * rng.standard_normal(n_dyads)
    n = rng.poisson(rate, x.shape)
    plus = rng.binomial(n, 1.0 / (1.0 + np.exp(-x)))
    codes = [f"{k:03d}" for k in range(n_dyads)]
    rows = [
        (f"A{codes[d]}", f"B{codes[d]}", date(2000 + t, 1, 1), float(plus[d, t]), 0.0, float(n[d, t] - plus[d, t]), 0.0)
        for d in range(n_dyads) for t in range(n_time) if n[d, t]
    ]  # fmt: skip
    schema = {"state_a": pl.String, "state_b": pl.String, "period": pl.Date}
    cells = pl.DataFrame(rows, schema={**schema, **dict.fromkeys(QUADS, pl.Float64)}, orient="row")
    return Panel("counts", "Y", cells, "made", ()), x


def test_counts_are_forecast_as_shares_and_both_probabilities_are_scored():
    panel, x = count_world(3)
    series = to_series(panel)
    made = backtest_of(series, ("last", "measurement"), BacktestOptions(horizons=2))
    table = made.to_polars().rows_by_key("method", named=True)
    first = {name: rows[0] for name, rows in table.items()}
    assert first["measurement"]["crps"] < first["last"]["crps"]
    assert 0.85 < first["measurement"]["coverage90"] <= 1.0  # atoms: an interval holds 90% or more
    assert first["measurement"]["log_score"] is None
    assert first["last"]["latent_brier"] is None
    # The relation is told better than the next report of six events, and what the record says of it is so.
    assert first["measurement"]["latent_brier"] < first["measurement"]["brier"]
    level = neutral_level("counts", "cordiality")
    p, later = made.scores["measurement"].latent[:, :, 0], made.outcome_latent[:, :, 0]
    true = np.stack([x[:, series.periods.index(o)] > level for o in made.origins])
    known = ~np.isnan(p) & ~np.isnan(later)
    assert float(p[known].mean()) == pytest.approx(float(true[known].mean()), abs=0.08)
    assert float(later[known].mean()) == pytest.approx(float(true[known].mean()), abs=0.08)
    assert "for the relation behind it" in " ".join(made.card("measurement").lines())


@pytest.mark.slow
@pytest.mark.parametrize("n_time", [11, 48])
def test_bands_of_the_measurement_forecaster_hold(n_time):
    """Plugged-in modes held 74-82% at 11 periods; draws of the posterior hold what they say."""
    rng = np.random.default_rng(9)
    n_dyads = 400
    mu, q = rng.normal(1.0, 0.8, n_dyads), np.exp(rng.normal(-1.5, 0.7, n_dyads))
    rho = 1 / (1 + np.exp(-rng.normal(1.2, 0.7, n_dyads)))
    x = np.empty((n_dyads, n_time + 1))
    x[:, 0] = mu + rng.normal(size=n_dyads) * np.sqrt(q / (1 - rho**2))
    for t in range(1, n_time + 1):
        x[:, t] = mu + rho * (x[:, t - 1] - mu) + rng.normal(size=n_dyads) * np.sqrt(q)
    y = x + rng.normal(size=x.shape) * np.sqrt(0.5)
    series = replace(of(y), s2=np.full(y.shape, 0.5), phi_min=1.0, n=np.full(y.shape, 2.0))
    options = BacktestOptions(horizons=1, score_from=series.periods[-1])
    got = backtest_of(series, ("last", "measurement"), options).to_polars()
    held = dict(got.select("method", "coverage90").iter_rows())["measurement"]
    print(f"\n{n_time} periods: {held:.3f}")
    assert 0.86 < held < 0.95


class Asked:
    """Notes how many periods it was given."""

    name = "asked"

    def __init__(self):
        self.given = []

    def forecast(self, past, horizons):
        self.given.append(len(past.periods))
        return Truth().forecast(past, horizons)


@pytest.mark.parametrize(("periods", "horizons"), [(9, 3), (20, 1), (40, 12), (60, 12)])
def test_a_combination_learns_from_the_earliest_origin_it_names(periods, horizons):
    spy = Asked()
    mixed = Combination((spy,))
    mixed.forecast(noise(3, periods), horizons)
    assert min(spy.given) == mixed.earliest(periods, horizons)
    assert sorted(spy.given) == [*range(min(spy.given), periods), periods]


def test_how_far_the_work_is_is_told_forecast_by_forecast():
    spy, seen = Asked(), []
    record = backtest_of(
        noise(4, 40), ("last", spy, Combination((spy,))), BacktestOptions(horizons=3),
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    total = seen[0][1]
    assert seen == [(k + 1, total) for k in range(total)]
    # Three methods at each origin, and before them those that the combination learns from.
    assert total == 3 * len(record.origins) + min(range(30, 40)) - min(spy.given)
    # Nothing is left for the combination to ask.
    assert len(spy.given) == len(set(spy.given))
