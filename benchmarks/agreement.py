"""Do measured relations agree with what others coded: rivalries, disputes, UN votes.

Usage: ``make bench``, or ``python benchmarks/agreement.py [DATA_DIR]`` (default
``$QUADRILLE_DATA`` or ``../shared/data``).
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata, spearmanr

from quadrille.measure.model import measure
from quadrille.measure.world import World
from quadrille.panel.build import build
from quadrille.panel.facets import facet
from quadrille.sources.layers import disputes

REPO = Path(__file__).resolve().parents[1]
YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"
BOOT = 200


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    """Probability that a dyad of the list scores higher than one that is not in it."""
    rank = rankdata(score)
    n1 = truth.sum()
    return float((rank[truth].sum() - n1 * (n1 + 1) / 2) / (n1 * (truth.size - n1)))


def with_interval(score: np.ndarray, truth: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(BOOT):
        at = rng.integers(0, truth.size, truth.size)
        drawn.append(auc(score[at], truth[at]))
    lo, hi = np.quantile(drawn, (0.05, 0.95))
    return f"{auc(score, truth):.3f} ({lo:.3f} to {hi:.3f})"


def votes(data: Path) -> pl.DataFrame:
    """Share of roll calls on which two states voted alike, by year: ``state_a, state_b, year, agree``."""
    from quadrille.states.registry import resolve

    calls = pl.read_parquet(data / "unga/un_roll_calls.parquet").select(
        "rcid", pl.col("date").cast(pl.String)
    )
    calls = calls.with_columns(
        pl.col("rcid").cast(pl.Float64), year=pl.col("date").str.slice(0, 4).cast(pl.Int32)
    )
    table = pl.read_parquet(data / "unga/un_votes.parquet").join(calls, on="rcid")
    table = table.filter(pl.col("year").is_between(2002, 2012))
    table = table.with_columns(state=resolve(table["country"])).drop_nulls("state")
    table = table.unique(["rcid", "state"])
    parts = []
    for (year,), part in table.partition_by("year", as_dict=True).items():
        wide = part.pivot("state", index="rcid", values="vote")
        states = [c for c in wide.columns if c != "rcid"]
        ballots = [
            (wide.select(states) == v).fill_null(False).to_numpy().astype(float)
            for v in ("yes", "no", "abstain")
        ]
        cast = sum(ballots)
        both, same = cast.T @ cast, sum(b.T @ b for b in ballots)
        i, j = np.triu_indices(len(states), 1)
        enough = both[i, j] >= 20
        a, b = np.array(states)[i[enough]], np.array(states)[j[enough]]
        swap = a > b
        parts.append(
            pl.DataFrame(
                {
                    "state_a": np.where(swap, b, a), "state_b": np.where(swap, a, b), "year": year,
                    "agree": (same[i, j] / np.maximum(both[i, j], 1))[enough],
                }
            ).with_columns(pl.col("year").cast(pl.Int32))
        )  # fmt: skip
    return pl.concat(parts)


def readings(data: Path) -> dict[str, pl.DataFrame]:
    """Cordiality and hostility of every dyad, averaged over the record, and by year."""
    panel = build(World(data / YEARLY).table())
    made = {}
    for name in ("cordiality", "hostility"):
        table = measure(facet(panel, name)).to_polars()
        made[name] = table.with_columns(year=pl.col("period").dt.year().cast(pl.Int32))
    return made


def main() -> None:
    """Print AUCs and rank correlations with 90% bootstrap intervals over dyads."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QUADRILLE_DATA")
    data = Path(folder) if folder else REPO.parent / "shared" / "data"
    warnings.simplefilter("ignore")
    made = readings(data)
    cow = data / "cow"
    dyad = ["state_a", "state_b"]
    both = (
        made["cordiality"].group_by(dyad).agg(cold=-pl.col("mean").mean(), n=pl.col("n").sum())
        .join(made["hostility"].group_by(dyad).agg(
            hostile=pl.col("mean").mean(), sure=(pl.col("mean") / pl.col("sd")).mean()), on=dyad)
    )  # fmt: skip
    # Evidence of coldness: how many standard deviations the tie lies below the line.
    line = made["cordiality"].group_by(dyad).agg(pl.col("mean").mean())["mean"].median()
    expected = (
        made["cordiality"].group_by(dyad)
        .agg(
            amount=(pl.col("n").fill_null(0) / (1 + pl.col("mean").exp())).sum(),
            evidence=((line - pl.col("mean")) / pl.col("sd")).mean(),
        )
    )  # fmt: skip
    both = both.join(expected, on=dyad).sort(dyad)
    scores = {
        "coldness": both["cold"].to_numpy(),
        "coldness in standard deviations": both["evidence"].to_numpy(),
        "hostility (over expected)": both["hostile"].to_numpy(),
        "hostility in standard deviations": both["sure"].to_numpy(),
        "expected hostile events": both["amount"].to_numpy(),
        "all events (baseline: news volume)": both["n"].to_numpy(),
    }
    lists = {
        "rivalry (Thompson-Dreyer)": disputes.read_rivalries(cow / "td_rivalries.parquet"),
        "rivalry (Thompson-Sakuwa-Suhas)": disputes.read_rivalries(cow / "tss_rivalries.parquet"),
        "militarized dispute (GML)": disputes.read_gml(cow / "gml_dirdisp.parquet"),
        "militarized dispute (COW)": disputes.read_mids(cow / "cow_mid_ddydisps.parquet"),
    }
    print(f"{both.height:,} dyads of icews_yearly, 2002-2012; AUC with 90% bootstrap interval")
    for name, layer in lists.items():
        named = layer.data.filter(pl.col("year").is_between(2002, 2012)).select(dyad).unique()
        truth = both.join(named.with_columns(yes=True), on=dyad, how="left", maintain_order="left")[
            "yes"
        ]
        flag = truth.fill_null(False).to_numpy()
        print(f"{name}: {flag.sum()} dyads")
        for what, score in scores.items():
            print(f"    {what:36} {with_interval(score, flag)}")
        much = both["n"].to_numpy() >= 1000
        part = with_interval(scores["coldness"][much], flag[much])
        print(
            f"    coldness, {much.sum()} dyads of 1,000 events {part} ({flag[much].sum()} of the list)"
        )
    affinity = votes(data)
    joined = made["cordiality"].join(affinity, on=[*dyad, "year"])
    print("UN votes: Spearman's correlation of cordiality with agreement, dyad-years")
    for least in (0, 10, 100, 1000):
        part = joined.filter(pl.col("n").fill_null(0) >= least)
        rho = spearmanr(part["mean"], part["agree"]).statistic
        print(f"    at least {least:5,} events: {rho:+.3f}, n = {part.height:,}")
    over = joined.group_by(dyad).agg(
        pl.col("mean").mean(), pl.col("agree").mean(), pl.col("n").sum()
    )
    engaged = over.filter(pl.col("n") >= 1000)
    print(f"    dyads with 1,000 events or more, averages: "
          f"{spearmanr(engaged['mean'], engaged['agree']).statistic:+.3f}, n = {engaged.height:,}")  # fmt: skip


if __name__ == "__main__":
    main()
