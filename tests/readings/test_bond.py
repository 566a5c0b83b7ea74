"""What a tie rests on, worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import quadrille
from quadrille.errors import NoDataError
from quadrille.panel.domains import domain_counts
from quadrille.panel.units import COOPERATION
from quadrille.readings.bond import (
    _expected_cold,
    animosity,
    bond_of,
    coldness,
    percentile,
)
from quadrille.readings.goals import goal_values
from quadrille.sources.layers.layer import make_layer

ROLES = {
    "atop": "alliance", "cow_trade": "trade", "cow_igos": "institutions", "unga_votes": "votes",
}  # fmt: skip


def layer(name, unit, data):
    data = data.with_columns(pl.col("year").cast(pl.Int32))
    return make_layer(name, ROLES[name], unit, data, None, "made", data.height, "made up")


def dyads(name, column, rows):
    schema = ["state_a", "state_b", "year", column]
    return layer(name, "dyad", pl.DataFrame(rows, schema=schema, orient="row"))


def logit(net):
    return 2 * np.arctanh(net)


@pytest.mark.parametrize("mean", [-2.0, 0.1, 3.0])
@pytest.mark.parametrize("sd", [1e-9, 0.3, 2.0])
def test_expected_coldness_is_the_integral(mean, sd):
    got = _expected_cold(np.array([mean]), np.array([sd]), 0.5, COOPERATION)[0]
    if sd < 1e-6:
        assert got == pytest.approx(max(0, np.tanh(0.25) - np.tanh(mean / 2)), abs=1e-8)
        return
    inside = quad(
        lambda x: (np.tanh(0.25) - np.tanh(x / 2)) * norm.pdf(x, mean, sd), mean - 9 * sd, 0.5
    )
    truth = inside[0] if mean - 9 * sd < 0.5 else 0.0
    assert got == pytest.approx(truth, abs=1e-7)


def four(measured, **extra):
    """A and B both cold to X, only A to Y; the line is at zero."""
    paths = {
        ("AAA", "BBB"): [logit(0.5)], ("AAA", "XXX"): [logit(-0.6)], ("BBB", "XXX"): [logit(-0.4)],
        ("AAA", "YYY"): [logit(-0.5)], ("BBB", "YYY"): [logit(0.3)], ("XXX", "YYY"): [logit(0.2)],
    }  # fmt: skip
    return measured({k: v for k, v in paths.items()} | extra, sd=1e-6)


def test_animosity_by_hand(measured):
    m = four(measured)
    w = coldness(m)
    at = {s: i for i, s in enumerate(w.states)}
    np.testing.assert_allclose(w.engaged.sum(axis=1), 1.0)
    shared = animosity(w, 0)
    assert shared[at["AAA"], at["BBB"]] == pytest.approx(0.6 * 0.4 / 3, abs=1e-5)
    assert shared[at["XXX"], at["YYY"]] == pytest.approx(0.6 * 0.5 / 3, abs=1e-5)
    np.testing.assert_allclose(shared, shared.T)
    got = bond_of(m, "AAA", "BBB")
    top = got.adversaries.row(0, named=True)
    assert top["state"] == "XXX"
    assert top["share"] == top["share_lo90"] == top["share_hi90"] == pytest.approx(1.0)
    assert top["left"] == pytest.approx(0.0, abs=1e-9)
    assert got.path[1, 0] == pytest.approx(0.08, abs=1e-5)
    assert np.isnan(got.goals)
    assert np.isnan(got.rests_on_animosity).all()


def test_order_of_the_states_does_not_matter(measured):
    m = four(measured)
    one, two = bond_of(m, "AAA", "BBB"), bond_of(m, "BBB", "AAA")
    assert one.parts["value"].to_list() == pytest.approx(two.parts["value"].to_list(), abs=1e-6)
    assert one.adversaries["cold_a"][0] == pytest.approx(two.adversaries["cold_b"][0], abs=1e-6)


def test_uncertainty_of_the_ties_goes_through(measured):
    widths = []
    for sd in (0.05, 0.3, 0.8):
        m = measured({("AAA", "BBB"): [1.0], ("AAA", "XXX"): [-1.0], ("BBB", "XXX"): [-1.0]}, sd=sd)
        path = bond_of(m, "AAA", "BBB").path[:, 0]
        widths.append(path[2] - path[0])
    assert widths == sorted(widths)


def test_engagement_weighs_third_states(measured):
    m = four(measured)
    m.n[m.row("AAA", "XXX")] = 700.0
    w = coldness(m)
    a, b, x = (w.states.index(s) for s in ("AAA", "BBB", "XXX"))
    assert w.engaged[a, x] == pytest.approx(700 / 900)
    assert w.engaged[b, x] == pytest.approx(1 / 3)
    wanted = np.sqrt(700 / 900 / 3) * 0.6 * 0.4
    assert animosity(w, 0)[a, b] == pytest.approx(wanted, abs=1e-5)
    assert bond_of(m, "AAA", "BBB").path[1, 0] == pytest.approx(wanted, abs=1e-5)


def test_goals_are_percentiles_and_what_lacks_is_named(measured):
    m = four(measured)
    igos = dyads("cow_igos", "igos", [("AAA", "BBB", 1998, 30), ("AAA", "XXX", 1998, 10),
                                      ("BBB", "XXX", 1998, 20), ("XXX", "YYY", 1998, 10)])  # fmt: skip
    atop = dyads("atop", "defense", [("AAA", "BBB", 2000, True)]).data
    atop = layer("atop", "dyad", atop.with_columns(offense=pl.lit(False), neutral=pl.lit(False),
                 nonagg=pl.lit(False), consul=pl.lit(True)))  # fmt: skip
    got = bond_of(m, "AAA", "BBB", {"cow_igos": igos, "atop": atop})
    parts = {r["part"]: r for r in got.parts.iter_rows(named=True)}
    assert parts["organisations"]["percentile"] == pytest.approx(100 * 3.5 / 4)
    assert parts["organisations"]["year"] == 1998
    assert parts["alliance"]["percentile"] == pytest.approx(
        100 * 5.5 / 6
    )  # of six dyads, one allied
    assert got.goals == pytest.approx((87.5 + 100 * 5.5 / 6) / 2)
    lo, mid, hi = got.rests_on_animosity
    assert 0 <= lo <= mid <= hi < 1
    assert got.absent == ("votes", "trade")
    assert [line.split(":")[0] for line in got.missing] == ["domains"]
    assert dict(got.layers) == {"cow_igos": "made up", "atop": "made up"}
    assert goal_values({"cow_igos": igos}, "organisations", 2004) is None  # six years old


def test_trade_is_the_mean_share(measured):
    rows = [("AAA", "BBB", 2000, 30.0), ("BBB", "AAA", 2000, 10.0), ("AAA", "XXX", 2000, 60.0)]
    data = pl.DataFrame(rows, schema=["source", "target", "year", "value"], orient="row")
    found = goal_values({"cow_trade": layer("cow_trade", "directed dyad", data)}, "trade", 2001)
    share = dict(((a, b), v) for a, b, v in found.values.iter_rows())
    assert found.year == 2000
    assert share["AAA", "BBB"] == pytest.approx(np.sqrt(40 / 100 * 40 / 40))


def test_percentile_counts_ties_half():
    assert percentile(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == pytest.approx(50.0)
    assert percentile(np.array([1.0, 2.0]), 0.0) == 0.0


def test_one_domain_bond(measured):
    m = four(measured)
    period = m.periods[0]
    rows = [("AAA", "BBB", period, "defence", 40.0), ("AAA", "BBB", period, "economy", 3.0)]
    domains = pl.DataFrame(
        rows, schema=["state_a", "state_b", "period", "domain", "count"], orient="row"
    )
    got = bond_of(m, "BBB", "AAA", domains=domains)
    assert got.one_domain[0] == "defence"
    assert got.flagged
    even = domains.with_columns(count=pl.lit(20.0))
    assert not bond_of(m, "AAA", "BBB", domains=even).flagged


def test_the_chronicle_bond_of_pakistan_and_russia():
    table = quadrille.open("chronicle", until="2018").table()
    m = quadrille.open("chronicle", until="2018").measurement("cordiality")
    got = bond_of(m, "PAK", "RUS", domains=domain_counts(table, m.observations.panel))
    assert got.adversaries["state"][0] == "USA"
    assert got.domains["count"].sum() == 39
    assert not got.flagged
    with pytest.raises(NoDataError):
        bond_of(m, "PAK", "FRA")


def _domains(rows):
    return pl.DataFrame(
        rows, schema=["state_a", "state_b", "period", "domain", "count"], orient="row"
    )


def test_the_share_of_a_domain_and_whether_it_is_the_largest():
    from quadrille.readings.bond import domain_share_of

    day = date(2000, 1, 1)
    rows = [("PAK", "RUS", day, "defence", 30.0), ("PAK", "RUS", day, "economy", 5.0),
            ("IND", "RUS", day, "defence", 3.0), ("IND", "RUS", day, "economy", 9.0),
            ("IND", "PAK", day, "defence", 2.0), ("PAK", "RUS", date(1990, 1, 1), "economy", 99.0)]  # fmt: skip
    made = domain_share_of(_domains(rows), "RUS", "PAK", "defence", day, day)
    assert made.top == "defence" and made.events == 35
    assert made.largest > 0.99
    assert made.share[0] < 30 / 35 < made.share[2]
    assert made.others == (0.25,)  # two events are too few to compare with
    other = domain_share_of(_domains(rows), "RUS", "PAK", "economy", day, day)
    assert other.largest < 0.01
    with pytest.raises(NoDataError, match="no cooperation of CHN-RUS"):
        domain_share_of(_domains(rows), "CHN", "RUS", "economy", day, day)
    with pytest.raises(NoDataError, match="no single events"):
        domain_share_of(None, "CHN", "RUS", "economy", day, day)
