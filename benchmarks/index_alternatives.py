"""What an index of ties is compared with: published measures and single witnesses, by dyad-year.

`alternatives` computes them from public files for every two states of the Correlates of War, year by
year; `stand_in` is the least index that works, of disputes and votes. ``benchmarks/index_known.py``
judges both and the index. Higher is warmer in every column but ``mids``, ``gml``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import expit

from quadrille.kernels.agreement import similarity
from quadrille.sources.formats import read_layers, read_table
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.unga import ideal_distance
from quadrille.states.registry import resolve

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DYAD = ["state_a", "state_b"]
KEYS = [*DYAD, "year"]
FIRST, LAST = 1946, 2020
DECAY = 10.0  # years in which a dispute or a delivery fades to 1/e
FEW = 10  # roll calls of both in a year; of fewer no measure says much
FOLDS = 5

# By name: what it is called in the tables.
PUBLISHED = {
    "s_atop": "S, alliances (Signorino-Ritter)", "s_atop_cinc": "S, alliances, weighted by CINC",
    "kappa_atop": "kappa, alliances (Häge)", "pi_atop": "pi, alliances (Häge)",
    "s_votes": "S, UN votes", "kappa_votes": "kappa, UN votes", "pi_votes": "pi, UN votes",
    "ideal": "ideal-point distance (BSV)",
}  # fmt: skip
WITNESSES = {
    "mids": "disputes, decayed (COW)", "agreement": "votes, agreement",
    "alliance": "alliance type (ATOP)", "icews": "ICEWS, log odds",
    "igos": "organisations shared", "arms": "arms transfers, decayed",
}  # fmt: skip
OTHERS = {"gml": "disputes, decayed (GML)", "votes_r": "votes, centred correlation"}
HOSTILE = {"mids", "gml"}
# No relation, but the occasion for one: neighbours, great powers, how strong the two are and how unlike.
OCCASION = ["near", "great", "power", "odds"]
COLUMNS = [*PUBLISHED, *WITNESSES, *OTHERS, *OCCASION]


def layer(data: Path, file: str) -> Layer:
    return read_layers(data / file)[0]


def states(data: Path) -> pl.DataFrame:
    """``state, year`` of the state system; from its last year on as then."""
    known = layer(data, "cow/cow_states.parquet").data.select("state", "year")
    last = known["year"].max()
    now = known.filter(pl.col("year") == last).drop("year")
    later = pl.DataFrame({"year": range(int(str(last)) + 1, LAST + 1)}, schema={"year": pl.Int32})
    every = pl.concat([known, now.join(later, how="cross").select("state", "year")])
    return every.filter(pl.col("year").is_between(FIRST, LAST)).sort("year", "state")


def every_dyad(data: Path) -> pl.DataFrame:
    """``state_a < state_b, year`` of any two states that existed."""
    one = states(data)
    both = one.rename({"state": "state_a"}).join(one.rename({"state": "state_b"}), on="year")
    return both.filter(pl.col("state_a") < pl.col("state_b")).select(KEYS).sort(KEYS)


def decayed(frame: pl.DataFrame, value: str, until: int) -> pl.DataFrame:
    """Sum over a dyad's past and present, each year of it weighing exp(-age / `DECAY`)."""
    past = frame.filter(pl.col("year") <= until).group_by(KEYS).agg(pl.col(value).sum())
    dyads = past.select(DYAD).unique().sort(DYAD).with_row_index("at")
    at = past.join(dyads, on=DYAD)
    first = min(int(str(at["year"].min())), FIRST)
    level = np.zeros((dyads.height, until - first + 1))
    level[at["at"].to_numpy(), at["year"].to_numpy() - first] = at[value].to_numpy()
    for t in range(1, level.shape[1]):
        level[:, t] += np.exp(-1 / DECAY) * level[:, t - 1]
    years = np.arange(FIRST, until + 1)
    kept = level[:, FIRST - first :]
    return dyads.select(
        pl.col(DYAD).repeat_by(years.size).explode(empty_as_null=False, keep_nulls=False)
    ).with_columns(year=pl.Series(np.tile(years, dyads.height), dtype=pl.Int32), value=kept.ravel())


def of_disputes(data: Path, file: str, since: int = 0) -> tuple[pl.DataFrame, int]:
    """Decayed hostility (1 to 5 a year), and the last year of the list."""
    found = layer(data, file).data.filter(pl.col("year") >= since)
    last = int(str(found["year"].max()))
    return decayed(found.with_columns(pl.col("hostility").fill_null(2)), "hostility", last), last


def alliance_types(data: Path) -> pl.DataFrame:
    """0 none, 1 consultation, 2 neutrality or non-aggression, 3 defence or offence."""
    pledge = {"consul": 1, "nonagg": 2, "neutral": 2, "offense": 3, "defense": 3}
    level = pl.max_horizontal(
        pl.col(p).fill_null(False).cast(pl.Int8) * v for p, v in pledge.items()
    )
    return layer(data, "cow/atop_alliance.parquet").data.select(*KEYS, alliance=level)


def portfolios(data: Path, kinds: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """S, κ and π of alliance portfolios, each state its own ally, year by year."""
    power = layer(data, "cow/cow_nmc.parquet").data.select("state", "year", "cinc")
    last = kinds["year"].max()
    known = states(data).join(power, on=["state", "year"], how="left", maintain_order="left")
    for (year,), part in known.filter(pl.col("year") <= last).group_by("year", maintain_order=True):
        names = part.select("state").with_row_index("at")
        pacts = kinds.filter(pl.col("year") == year)
        for side in DYAD:
            pacts = pacts.join(names.rename({"state": side, "at": f"at_{side}"}), on=side)
        choice = 3 * np.eye(names.height, dtype=np.int8)
        i, j = (pacts[f"at_{side}"].to_numpy() for side in DYAD)
        choice[i, j] = choice[j, i] = pacts["alliance"].to_numpy()
        found = similarity(choice, levels=4)
        share = part["cinc"].fill_null(0).to_numpy()
        apart = cdist(choice * (share / share.sum()), choice * (share / share.sum()), "cityblock")
        a, b = np.triu_indices(names.height, 1)
        yield pl.DataFrame(
            {
                "state_a": names["state"][a], "state_b": names["state"][b],
                "year": np.full(a.size, year, dtype=np.int32), "s_atop": found.s_absolute[a, b],
                "s_atop_cinc": 1 - 2 * apart[a, b] / 3, "kappa_atop": found.kappa[a, b],
                "pi_atop": found.pi[a, b],
            }
        )  # fmt: skip


def vote_correlation(data: Path) -> Iterator[pl.DataFrame]:
    """Correlation of two states' votes about each roll call's mean (yes 1, abstain 0, no -1)."""
    calls = pl.read_parquet(data / "unga/un_roll_calls.parquet").select(
        pl.col("rcid").cast(pl.Float64), "date", year=pl.col("date").str.slice(0, 4).cast(pl.Int32)
    )
    votes = pl.read_parquet(data / "unga/un_votes.parquet").join(calls, on="rcid")
    votes = votes.with_columns(
        state=resolve(votes["country"]),
        vote=pl.col("vote").replace_strict({"yes": 1.0, "no": -1.0}, default=0.0),
    )
    taipei = (pl.col("state") == "CHN") & (
        pl.col("date") < "1971-10-25"
    )  # held the seat until then
    votes = votes.with_columns(state=pl.when(taipei).then(pl.lit("TWN")).otherwise("state"))
    votes = votes.drop_nulls("state").sort("year", "state", "rcid")
    votes = votes.unique(["rcid", "state"], keep="first", maintain_order=True)
    for (year,), part in votes.group_by("year", maintain_order=True):
        names = part["state"].unique(maintain_order=True)
        at, item = (part[c].rank("dense").to_numpy().astype(int) - 1 for c in ("state", "rcid"))
        cast, x = np.zeros((2, len(names), item.max() + 1))
        cast[at, item], x[at, item] = 1, part["vote"].to_numpy()
        x = (x - x.sum(axis=0) / cast.sum(axis=0)) * cast
        own = x**2 @ cast.T
        a, b = np.triu(cast @ cast.T >= FEW, 1).nonzero()
        size = np.sqrt(own * own.T)[a, b]
        r = np.divide((x @ x.T)[a, b], size, out=np.zeros(a.size), where=size > 0)
        yield pl.DataFrame(
            {"state_a": names[a], "state_b": names[b], "year": year, "votes_r": r},
            schema_overrides={"year": pl.Int32},
        )


def from_votes(data: Path) -> pl.DataFrame:
    """S, κ, π and agreement of votes, the correlation, and the distance of ideal points."""
    votes = layer(data, "unga/un_votes.parquet").data.filter(pl.col("votes") >= FEW)
    points = ideal_distance(layer(data, "unga/IdealpointestimatesAll_Apr2020.csv")).data
    return (
        votes.select(*KEYS, "agreement", s_votes="s_absolute", kappa_votes="kappa", pi_votes="pi")
        .join(pl.concat(vote_correlation(data)), on=KEYS, how="left")
        .join(
            points.select(*KEYS, ideal=-pl.col("distance")), on=KEYS, how="full", coalesce=True
        )
    )  # fmt: skip


def occasion(data: Path, every: pl.DataFrame) -> pl.DataFrame:
    """Whether two states are contiguous or one is a great power (COW), and their capabilities."""
    near = named(every, layer(data, "cow/cow_contdir.parquet").data)
    power = layer(data, "cow/cow_nmc.parquet").data.select("state", "year", pl.col("cinc") + 1e-5)
    for side in DYAD:
        own = power.rename({"state": side, "cinc": f"cinc_{side}"})
        every = every.join(own, on=[side, "year"], how="left", maintain_order="left")
    one, other = (pl.col(f"cinc_{side}").fill_null(1e-4).log() for side in DYAD)
    great = pl.any_horizontal(
        pl.col(c).is_in(["USA", "GBR", "FRA", "RUS", "CHN"])
        | (pl.col(c).is_in(["DEU", "JPN"]) & (pl.col("year") >= 1991))
        for c in DYAD
    )
    return every.with_columns(
        near=pl.Series(near), great=great, power=one + other, odds=(one - other).abs()
    ).drop(f"cinc_{side}" for side in DYAD)


def from_events(data: Path) -> pl.DataFrame:
    """Log odds of cooperation against conflict in yearly ICEWS, both ways together."""
    counts = read_table(data / "icews_yearly/icews_dyad_year_quad_2002_2012.parquet").data
    good, bad = (pl.col(f"verbal_{k}") + pl.col(f"material_{k}") for k in ("coop", "conf"))
    return (
        counts.group_by(
            state_a=pl.min_horizontal("source", "target"), state_b=pl.max_horizontal("source", "target"),
            year=pl.col("period").dt.year().cast(pl.Int32),
        )
        .agg(good=good.sum(), bad=bad.sum())
        .select(*KEYS, icews=((pl.col("good") + 0.5) / (pl.col("bad") + 0.5)).log())
    )  # fmt: skip


def alternatives(data: Path) -> pl.DataFrame:
    """Every measure of every dyad-year, as Float32; null where its source does not cover the year."""
    warnings.simplefilter("ignore")
    kinds = alliance_types(data)
    every = every_dyad(data).join(pl.concat(portfolios(data, kinds)), on=KEYS, how="left")
    igos = layer(data, "cow/cow_igo_ndy.parquet").data
    arms = layer(data, "sipri/import_tiv.csv").data.select(
        "year", "tiv", state_a=pl.min_horizontal("source", "target"),
        state_b=pl.max_horizontal("source", "target"),
    )  # fmt: skip
    sparse = {
        "mids": of_disputes(data, "cow/cow_mid_ddydisps.parquet"),
        "gml": of_disputes(data, "cow/gml_dirdisp.parquet"),
        "alliance": (kinds.rename({"alliance": "value"}), int(str(kinds["year"].max()))),
        "arms": (decayed(arms, "tiv", LAST), LAST),
    }
    for name, (frame, last) in sparse.items():
        every = every.join(frame.select(*KEYS, **{name: pl.col("value")}), on=KEYS, how="left")
        every = every.with_columns(
            pl.when(pl.col("year") <= last).then(pl.col(name).fill_null(0)).alias(name)
        )
    for frame in (igos, from_votes(data), from_events(data)):
        every = every.join(frame, on=KEYS, how="left")
    every = occasion(data, every).with_columns(pl.col("mids", "gml", "arms").log1p())
    return every.select(*KEYS, pl.col(COLUMNS).cast(pl.Float32)).sort(KEYS)


def named(every: pl.DataFrame, found: pl.DataFrame) -> Flags:
    """Whether each dyad-year is in a list."""
    marked = found.select(KEYS).unique().with_columns(yes=True)
    joined = every.select(KEYS).join(marked, on=KEYS, how="left", maintain_order="left")
    return joined["yes"].fill_null(False).to_numpy()


def folds(every: pl.DataFrame) -> NDArray[np.int64]:
    """The fold of each row; a dyad's years are in one."""
    dyad = every.select(pl.struct(DYAD).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    return np.asarray(np.random.default_rng(0).permutation(dyad.max() + 1)[dyad] % FOLDS)


def logistic(x: Array, y: Flags, weight: Array) -> Array:
    """Coefficients by Newton's method, with a ridge of 1e-4 a row on all but the constant."""
    beta = np.zeros(x.shape[1])
    ridge = np.diag(np.r_[0.0, np.full(x.shape[1] - 1, 1e-4 * weight.sum())])
    for _ in range(50):
        p = expit(x @ beta)
        slope = x.T @ (weight * (y - p)) - ridge @ beta
        step = np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + ridge, slope)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def crossfit(x: Array, y: Flags, fold: NDArray[np.int64], fit: Flags) -> Array:
    """Log odds of *y*, even at even prior odds, by models of the other folds; fitted on rows *fit*."""
    x = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)])
    rng = np.random.default_rng(0)
    # Of many rows without y as few as serve: the weights restore the balance.
    fit = fit & (y | (rng.random(y.size) < 10 * max(y[fit].sum(), 1000) / fit.sum()))
    score = np.empty(len(x))
    for k in range(FOLDS):
        use = fit & (fold != k)
        share = y[use].mean()
        weight = np.where(y[use], 0.5 / share, 0.5 / (1 - share))
        score[fold == k] = x[fold == k] @ logistic(x[use], y[use], weight)
    return score


def stand_in(data: Path, every: pl.DataFrame) -> pl.DataFrame:
    """An index of decayed disputes and vote correlation, weighted to tell rivals from partners in defence.

    Disputes count from 1946: those of the world war would have former enemies cold for thirty years.
    """
    faded, last = of_disputes(data, "cow/cow_mid_ddydisps.parquet", FIRST)
    every = every.filter(pl.col("year") <= last).join(faded, on=KEYS, how="left").sort(KEYS)
    rival = named(every, layer(data, "cow/td_rivalries.parquet").data)
    ally = (every["alliance"] == 3).to_numpy() & ~rival
    told, fold = rival | ally, folds(every)
    x, y = (
        every.select(pl.col(*columns).fill_null(0)).to_numpy().astype(float)
        for columns in (("value", "votes_r"), ("mids", "igos", "arms"))
    )
    cold = crossfit(x, rival, fold, told & (every["year"] <= 2010).to_numpy())
    scale = np.where(cold > 0, np.median(cold[rival]), -np.median(cold[ally]))
    return every.select(KEYS).with_columns(
        valence=-cold / scale, valence_sd=0.5, p_warm=expit(-cold),
        engagement=crossfit(y, told, fold, np.ones(told.size, dtype=bool)), engagement_sd=0.5,
    )  # fmt: skip
