"""The index by months: what reports become, twelve months against their year, and going on by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr
from tests.index.test_witnesses import TRIO, _disputes, _layer, _panel, _years

from quadrille.coding.vocabulary import QUADS
from quadrille.index.anchor import Scale
from quadrille.index.model import Learnt
from quadrille.index.monthly import AGAIN, as_month, begun_from, go_on, lay, month_of, reported
from quadrille.index.witnesses import Item, world
from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Items
from quadrille.panel.build import Panel

STATES = ("CHN", "FRA", "GBR", "IND", "JPN", "PAK", "RUS", "USA")
ITEMS = (
    Item("votes", "votes", NORMAL, "votes"),
    Item("dispute", "disputes", BINOMIAL, "disputes"),
    Item("x: events", "x", COUNT, "x: events"),
    Item("x: conflict", "x", BINOMIAL, "x: conflict"),
)
THETA = np.array(
    [[0.2, 0.7, -0.2, 0.6], [-3.0, -1.2, 1.0, 0.4], [0.3, 0.0, 1.2, 0.5], [-1.5, -0.8, 0.3, 0.4]]
)
RHO, Q, REPEATS, SIZE = 0.97, np.diag([0.04, 0.02]), 0.05, 3.0
JUMPS, JUMP = 0.01, 1.5
SCALE = Scale(0.3, 2.0, -0.4, 1.1, 0.9)
FIRST, LAST = 1990, 2009
NO_PARTS = pl.DataFrame(schema={"state_a": pl.String, "state_b": pl.String, "part": pl.Int8})


def _learnt(nu: float = 4.0, items: tuple[Item, ...] = ITEMS) -> Learnt:
    rows = [ITEMS.index(i) for i in items]
    made = Items(
        np.array([i.family for i in items], np.int32), np.arange(len(items), dtype=np.int32), THETA[rows],
        np.array([0.1, 1.0, SIZE, 1.0])[rows], np.tile([0.97, 0.06], (len(items), 1)), RHO, np.eye(2),
        np.linalg.inv(Q), nu,
    )  # fmt: skip
    return Learnt(made, np.array([0.0, 0.0, 0.0, REPEATS])[rows], items)


def _world(seed: int, monthly: int = 1998) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reports by month from 1998 and of votes and disputes by year, and the true states by dyad and month."""
    rng = np.random.default_rng(seed)
    dyads = list(combinations(STATES, 2))
    at = np.arange(month_of(FIRST, 1), month_of(LAST, 12) + 1)
    keeps = RHO ** (1 / 12)
    sd = np.sqrt(np.diag(Q) * (1 - keeps**2) / (1 - RHO**2))
    own = 0.97 ** (1 / 12)
    own_sd = np.sqrt(0.06 * (1 - own**2) / (1 - 0.97**2))
    x, u = np.zeros((len(dyads), at.size, 2)), np.zeros((len(dyads), at.size, 4))
    x[:, 0], u[:, 0] = rng.normal(size=(len(dyads), 2)), rng.normal(size=(len(dyads), 4))
    for t in range(1, at.size):
        jump = (rng.random((len(dyads), 2)) < JUMPS / 12) * rng.normal(0, JUMP, (len(dyads), 2))
        x[:, t] = keeps * x[:, t - 1] + sd * rng.normal(size=(len(dyads), 2)) + jump
        u[:, t] = own * u[:, t - 1] + own_sd * rng.normal(size=(len(dyads), 4))
    psi = THETA[:, 0] + x @ THETA[:, 1:3].T + THETA[:, 3] * u
    volume = np.log(rng.gamma(1.0, 30.0, len(dyads)) + 1)
    frames = []
    for d, (a, b) in enumerate(dyads):
        for t, when in enumerate(at):
            base = {"state_a": a, "state_b": b, "at": int(when), "part": 1.0}
            if when % 12 == 11:
                votes = psi[d, t, 0] + rng.normal(0, np.sqrt(0.2))
                frames.append(base | {"item": "votes", "y": votes, "offset": 0.1, "own": False})
                hit = float(rng.random() < 1 / (1 + np.exp(-psi[d, t, 1])))
                frames.append(base | {"item": "dispute", "y": hit, "offset": 1.0, "own": False})
            if when >= month_of(monthly, 1):
                mean = np.exp(psi[d, t, 2] + volume[d]) / 12
                n = rng.poisson(mean * rng.gamma(SIZE / 12, 12 / SIZE))
                frames.append(base | {"item": "x: events", "y": float(n), "offset": volume[d] - np.log(12), "own": True})  # fmt: skip
                if n:
                    y = rng.binomial(n, 1 / (1 + np.exp(-psi[d, t, 3])))
                    frames.append(base | {"item": "x: conflict", "y": float(y), "offset": float(n), "own": True})  # fmt: skip
    rows = pl.DataFrame(frames).with_columns(pl.col("at").cast(pl.Int32), months=pl.lit(1.0))
    keys = ["state_a", "state_b", "item"]
    rows = rows.sort("at").with_columns(
        events=pl.col("offset").rolling_sum_by("at", window_size="12i").over(keys)
    )
    truth = pl.DataFrame(
        {"state_a": np.repeat([a for a, _ in dyads], at.size), "state_b": np.repeat([b for _, b in dyads], at.size),
         "at": np.tile(at, len(dyads)).astype(np.int32), "v": x[..., 0].ravel(), "g": x[..., 1].ravel()}
    )  # fmt: skip
    return rows, truth


def _level(truth: pl.DataFrame) -> pl.DataFrame:
    """The truth's levels times the unit, which is known up to P(warm)."""
    raw = pl.col("v") + SCALE.b0 / SCALE.b1 + SCALE.b2 / SCALE.b1 * pl.col("g")
    year, month = (pl.col("at") // 12).cast(pl.Int16), (pl.col("at") % 12 + 1).cast(pl.Int8)
    return truth.with_columns(raw=raw, year=year, month=month)


def _both(rows: pl.DataFrame, until: int) -> pl.DataFrame:
    taught = _learnt()
    return lay(rows, NO_PARTS, (taught, taught), (SCALE, SCALE), until).ties


@pytest.mark.slow
def test_bands_of_months_hold_the_truth() -> None:
    held, engaged = [], []
    for seed in range(3):
        rows, truth = _world(seed)
        ties = _both(rows, month_of(LAST, 12)).join(
            _level(truth), on=["state_a", "state_b", "year", "month"]
        )
        z = ties["valence"] / ties["sd"]
        warm = ndtr(z.to_numpy())
        unit = warm * SCALE.ally + (1 - warm) * SCALE.rival
        off = ties["valence"].to_numpy() * unit - ties["raw"].to_numpy()
        held.append((np.abs(off) < 1.645 * ties["sd"].to_numpy() * unit).mean())
        off = ((ties["engagement"] - ties["g"]).abs() < 1.645 * ties["engagement_sd"]).mean()
        engaged.append(off)
    assert 0.84 < np.mean(held) < 0.95
    assert 0.81 < np.mean(engaged) < 0.95


@pytest.mark.slow
def test_months_begin_with_the_first_monthly_report() -> None:
    rows, _ = _world(1)
    ties = _both(rows, month_of(2005, 3))
    assert ties.select("state_a", "state_b").n_unique() == 28
    assert ties.select("year", "month").row(0) == (1998, 1)
    assert ties.filter(year=2005)["month"].max() == 3
    assert ties.group_by("state_a", "state_b").len()["len"].unique().to_list() == [7 * 12 + 3]


@pytest.mark.parametrize(
    ("items", "near"), [pytest.param(ITEMS[:1], 1e-5, marks=pytest.mark.slow), (ITEMS, 0.03)]
)
def test_one_more_month_is_a_full_run_to_that_month(items: tuple[Item, ...], near: float) -> None:
    """Exact where all is normal, but for what is kept in thousandths; within 0.03 with counts and jumps."""
    rows, _ = _world(2)
    taught = _learnt(4.0 if len(items) > 1 else 0.0, items)
    extra = rows.filter(item="votes").with_columns(at=pl.col("at") - 3, own=pl.lit(value=True))
    rows = pl.concat([rows, extra]).filter(pl.col("item").is_in([i.name for i in items]))
    two, until = ((taught, taught), (SCALE, SCALE)), month_of(2007, 9)
    before, through = lay(rows, NO_PARTS, *two, until - 1), lay(rows, NO_PARTS, *two, until)
    since = int(before.states["at"].max())
    assert since == until - 1 - AGAIN
    on = go_on(before.states, rows.filter(pl.col("at") > since), NO_PARTS, *two, until - 1, until)
    keys = ["state_a", "state_b", "year", "month"]
    assert on.ties.filter(year=2007, month=9).height == 28
    both = on.ties.join(through.ties, on=keys, suffix="_full")
    assert both.height == on.ties.height
    for column in ("valence", "sd", "engagement", "engagement_sd"):
        off = (both[column] - both[f"{column}_full"]).abs()
        assert off.filter((both["year"] == 2007) & (both["month"] == 9)).max() < near
    for got, full in zip(on.states.rows(), through.states.rows(), strict=True):
        assert got[:3] == full[:3]
        assert np.allclose(got[3], full[3], atol=near * 2)
        assert np.allclose(got[4], full[4], atol=near * 2)


def test_a_tie_of_which_nothing_is_reported_carries_on_by_the_prior() -> None:
    rows, _ = _world(3)
    rows = rows.filter(~((pl.col("state_a") == "CHN") & (pl.col("at") > month_of(2006, 6))))
    two, until = ((_learnt(), _learnt()), (SCALE, SCALE)), month_of(2007, 10)
    before, through = lay(rows, NO_PARTS, *two, until - 3), lay(rows, NO_PARTS, *two, until)
    since = int(before.states["at"].max())
    on = go_on(before.states, rows.filter(pl.col("at") > since), NO_PARTS, *two, until - 3, until)
    quiet = on.ties.filter(state_a="CHN")
    # The kernel tries weights of innovations on a grid that ends; its variance is a twentieth less than Student's.
    assert quiet["month"].unique().sort().to_list() == [8, 9, 10]
    both = quiet.join(through.ties, on=["state_a", "state_b", "year", "month"], suffix="_full")
    for column in ("valence", "sd", "engagement", "engagement_sd"):
        assert (both[column] - both[f"{column}_full"]).abs().max() < 3e-3
    mean = on.states.filter(state_a="CHN")
    full = through.states.filter(state_a="CHN")
    assert np.allclose(mean["cov"].to_numpy(), full["cov"].to_numpy(), atol=5e-3)


def test_december_agrees_with_the_years() -> None:
    """A yearly chain of the same counts, summed, has its level within its band in nine of ten ties."""
    rows, _ = _world(4)
    monthly = _both(rows, month_of(LAST, 12)).filter(month=12)
    year = (pl.col("at") // 12 * 12 + 11).cast(pl.Int32)
    months = rows.filter("own").with_columns(at=year)
    keys = ["state_a", "state_b", "at", "item"]
    count = pl.col("item") == "x: events"
    summed = months.group_by(keys).agg(
        pl.col("y").sum(), offset=pl.when(count.first()).then(pl.col("offset").first() + np.log(12)).otherwise(pl.col("offset").sum())
    )  # fmt: skip
    summed = summed.with_columns(
        own=pl.lit(value=False), part=pl.lit(1.0), events=pl.col("offset"), months=pl.lit(1.0)
    )
    # One monthly report of no weight each, in the last year, so that all before it are years.
    rest = rows.filter(~pl.col("own")).select(summed.columns)
    flag = rest.filter(pl.col("at") == month_of(LAST, 12), item="votes").with_columns(
        own=pl.lit(value=True), part=pl.lit(0.0)
    )
    taught = _learnt()
    until = month_of(LAST, 12)
    flag = flag.with_columns(at=pl.lit(month_of(LAST, 11), pl.Int32))
    yearly = lay(
        pl.concat([rest, summed, flag]), NO_PARTS, (taught, taught), (SCALE, SCALE), until
    ).ties
    both = monthly.join(
        yearly.filter(month=12), on=["state_a", "state_b", "year", "month"], suffix="_y"
    )
    assert both.height == 28
    inside = (both["valence"] - both["valence_y"]).abs() < 1.645 * both["sd_y"]
    assert inside.mean() >= 0.9
    ratio = (both["sd"] / both["sd_y"]).to_numpy()
    assert 0.8 < np.median(ratio) < 1.25


def test_disputes_lie_in_their_months_and_the_rest_in_december() -> None:
    live = _years([("IND", "PAK")], 1965, 1965).drop("year")
    live = live.join(pl.DataFrame({"month": [4, 8, 9]}), how="cross").with_columns(
        year=pl.lit(1965, pl.Int32), month=pl.col("month").cast(pl.Int32), dispute=pl.lit(value=True)
    )  # fmt: skip
    layer = _layer("x", "disputes", _years([("IND", "PAK")], 1965, 1965).with_columns(dispute=True))
    monthly = type(layer)(**{f: getattr(layer, f) for f in layer.__dataclass_fields__} | {"data": live, "frequency": "M"})  # fmt: skip
    events = _by_month(range(1964, 1966))
    rows = reported([_disputes(5), monthly], [], [events], world(1965, 1964))
    pair = rows.filter(state_a="IND", state_b="PAK", item="dispute")
    war = rows.filter(state_a="IND", state_b="PAK", item="war")
    assert sorted(pair.filter(pl.col("y") > 0)["at"]) == [month_of(1965, m) for m in (4, 8, 9)]
    assert pair["y"].to_list() == [1.0] * 3
    assert pair["offset"].to_list() == [1.0] * 3
    assert pair["part"].to_list() == pytest.approx([1 / 3] * 3)
    assert war["part"].to_list() == pytest.approx([1 / 3] * 3)
    assert not pair["own"].any()
    quiet = rows.filter(state_a="GBR", state_b="USA", item="dispute")
    assert quiet["at"].to_list() == [month_of(1965, 12)]


def _by_month(years: range) -> Panel:
    rows = _years(TRIO, years.start, years.stop - 1)
    rows = rows.join(pl.DataFrame({"m": np.arange(1, 13)}), how="cross")
    values = {q: pl.lit(4.0 if "conf" in q else 10.0) for q in QUADS}
    cells = rows.with_columns(pl.date("year", "m", 1).alias("period"), **values).drop("year", "m")
    return Panel("counts", "M", cells, "x_monthly", ("made",))


def test_months_know_their_year_and_two_extractions_of_one_year_are_halves() -> None:
    whole = _panel("x_yearly", range(2003, 2006), sided=False)
    rows = reported([], [whole], [_by_month(range(2000, 2005))], world(2006, 2000))
    share = rows.filter(state_a="IND", state_b="PAK", item="x: conflict").sort("at")
    own = share.filter("own")
    assert own["events"].round(6).unique().to_list() == pytest.approx([12 * 28.0])
    assert own.filter(pl.col("at") < month_of(2003, 1))["part"].unique().to_list() == [1.0]
    assert own.filter(pl.col("at") >= month_of(2003, 1))["part"].unique().to_list() == [0.5]
    years = share.filter(~pl.col("own"))
    assert [as_month(a) for a in years["at"]] == ["2003-12", "2004-12", "2005-12"]
    assert years["part"].to_list() == [0.5, 0.5, 1.0]


def test_states_of_the_years_are_read_back() -> None:
    """From level and spread to states and on to level and spread again."""
    rows, _ = _world(5)
    ties = _both(rows, month_of(2003, 12)).filter(year=2003, month=12).drop("month")
    states = begun_from(ties, NO_PARTS, (_learnt(), _learnt()), (SCALE, SCALE))
    assert states["at"].unique().to_list() == [month_of(2003, 12)]
    on = go_on(
        states, rows.clear(), NO_PARTS, (_learnt(), _learnt()), (SCALE, SCALE), month_of(2003, 12), month_of(2004, 1)
    )  # fmt: skip
    both = on.ties.join(ties, on=["state_a", "state_b"], suffix="_y")
    assert (both["engagement"] - RHO ** (1 / 12) * both["engagement_y"]).abs().max() < 1e-4
    assert (both["valence"] - both["valence_y"]).abs().max() < 0.02
    assert ((both["sd"] / both["sd_y"]) - 1).abs().max() < 0.05


def test_distant_ties_have_dynamics_of_their_own_by_months() -> None:
    rows, _ = _world(6)
    near = _learnt()
    still = near.items._replace(start=np.diag([25.0, 1.0]), precision=np.diag([400.0, 50.0]))
    taught = (near, near, Learnt(still, near.repeats, near.names))
    far = pl.DataFrame({"state_a": ["IND"], "state_b": ["JPN"], "part": [2]})
    until = month_of(2001, 12)
    laid = lay(rows, far, taught, (SCALE,) * 3, until)
    usual = lay(rows, NO_PARTS, (near, near), (SCALE, SCALE), until)
    both = laid.ties.join(usual.ties, on=["state_a", "state_b", "year", "month"], suffix="_near")
    mine = (pl.col("state_a") == "IND") & (pl.col("state_b") == "JPN")
    assert (both.filter(mine)["sd"] < 0.7 * both.filter(mine)["sd_near"]).all()
    assert (both.filter(~mine)["sd"] == both.filter(~mine)["sd_near"]).all()
    on = go_on(laid.states, rows.clear(), far, taught, (SCALE,) * 3, until, until + 6)
    ahead = on.ties.filter((pl.col("year") == 2002) & (pl.col("month") == 6))
    before = laid.ties.filter((pl.col("year") == 2001) & (pl.col("month") == 12))
    grown = before.join(ahead, on=["state_a", "state_b"], suffix="_on")
    grown = grown.with_columns(more=pl.col("sd_on") ** 2 - pl.col("sd") ** 2)
    assert grown.filter(mine)["more"].item() < 0.3 * grown.filter(~mine)["more"].min()
