"""Is the index of ties right: known relations, rivalries and disputes to come, beside the published measures.

Usage: ``python benchmarks/index_known.py [INDEX.parquet] [--data DIR] [--alternatives FILE]``.

INDEX holds ``state_a < state_b, year, valence, valence_sd`` (above 0 warm, ±1 the median ally and rival),
``engagement``, and if it has them ``p_warm``, ``rivalry`` and ``dispute``: log odds of an active rivalry, and
of a militarised dispute that starts next year, each by a model that has not seen the dyad. Where the
last two are missing, they are made of valence and engagement by a logistic regression cross-fitted by
dyad. Without INDEX a stand-in of disputes and votes is judged. FILE keeps the alternatives
(default ``index_alternatives.parquet`` among the temporary files): delete it to compute them anew.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import textwrap
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from index_alternatives import (
    COLUMNS,
    DYAD,
    HOSTILE,
    KEYS,
    OCCASION,
    OTHERS,
    PUBLISHED,
    WITNESSES,
    Array,
    Flags,
    alternatives,
    crossfit,
    folds,
    layer,
    named,
    stand_in,
)
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from quadrille.index.shipped import read_index

REPO = Path(__file__).resolve().parents[1]
DRAWS = 500
SURE = 0.8
# What the tables judge by: name, file, and the column that counts onsets if it is no list.
OUTCOMES = {
    "Thompson-Dreyer": ("cow/td_rivalries.parquet", None),
    "TSS": ("cow/tss_rivalries.parquet", None),
    "MID onset (COW)": ("cow/cow_mid_ddydisps.parquet", "onsets"),
    "MID onset (GML)": ("cow/gml_dirdisp.parquet", "onsets"),
}
VERSUS = "rival, not ally"  # Thompson-Dreyer rivals among these and partners in defence (ATOP)
TIES = [
    "IND-PAK", "PRK-KOR", "GBR-USA", "JPN-KOR", "ISR-IRN", "RUS-USA", "CHN-USA", "FRA-DEU", "ARM-AZE",
    "PAK-RUS", "AUS-USA", "EGY-ISR",
]  # fmt: skip
YEARS = (1950, 1962, 1975, 1985, 1995, 2005, 2012, 2019)
CLOSEST = ("AUS", "PAK", "IND", "RUS", "TUR", "ARM")
# Codes of the list of known relations that layers and registry do not use.
AS_NOW = {"YUG": "SRB"}


# ---------------------------------------------------------------- known relations


def known(index: pl.DataFrame, data: Path) -> pl.DataFrame:
    """The index in the dyad-years of every span: ``span, cold, year, valence, right`` (its probability)."""
    spans = pl.read_csv(data / "known/known_relations.csv").with_row_index("span")
    have = set(index["state_a"]) | set(index["state_b"])
    code = {old: new for old, new in AS_NOW.items() if old not in have}
    spans = spans.with_columns(pl.col("a", "b").replace(code)).with_columns(
        state_a=pl.min_horizontal("a", "b"), state_b=pl.max_horizontal("a", "b"),
        year=pl.int_ranges("from", pl.col("to") + 1, dtype=pl.Int32), cold=pl.col("relation") == "cold",
    )  # fmt: skip
    years = spans.explode("year", empty_as_null=False, keep_nulls=False)
    right = pl.when("cold").then(1 - pl.col("p_warm")).otherwise("p_warm")
    return years.join(index, on=KEYS, how="left").with_columns(
        right=right,
        agrees=(pl.col("valence") < 0) == pl.col("cold"),
        sure=pl.max_horizontal("p_warm", 1 - pl.col("p_warm")) >= SURE,
    )


def shares(of: pl.DataFrame) -> tuple[float, float, float, int]:
    """Right sign; right and sure of it; right where sure; dyad-years."""
    right, sure = of["agrees"].to_numpy(), of["sure"].to_numpy()
    both = (of["right"] >= SURE).to_numpy()
    of_sure = float(right[sure].mean()) if sure.any() else np.nan
    return float(right.mean()), float(both.mean()), of_sure, right.size


def show_known(index: pl.DataFrame, data: Path) -> None:
    every = known(index, data)
    found = every.filter(pl.col("valence").is_not_null())
    per_span = [(s[0], shares(p)) for s, p in found.group_by("span", maintain_order=True)]
    print(
        f"\n1. Known relations: {found.height} of {every.height} dyad-years, {len(per_span)} spans"
    )
    print(f"{'':26}  right  right, P≥{SURE}  right of P≥{SURE}      n")
    parts = {"all": found, "warm": found.filter(~pl.col("cold")), "cold": found.filter("cold")}
    for name, part in parts.items():
        a, b, c, n = shares(part)
        print(f"{name:26} {a:6.1%} {b:13.1%} {c:15.1%} {n:7}")
    a, b, c = (float(np.nanmean([s[k] for _, s in per_span])) for k in range(3))
    print(f"{'balanced by span':26} {a:6.1%} {b:13.1%} {c:15.1%} {len(per_span):7}")
    print("span                     n of        right  P≥0.8  valence  worst years")
    for _, part in every.group_by("span", maintain_order=True):
        row, has = part.row(0, named=True), part.filter(pl.col("valence").is_not_null())
        head = f"{row['a']}-{row['b']} {row['from']}-{row['to']} {row['relation']}"
        if has.is_empty():
            print(f"{head:24} 0 of {part.height:2}")
            continue
        a, b, _, n = shares(has)
        bad = has.filter(pl.col("right") < SURE).sort("right").head(4)
        worst = " ".join(f"{y}:{v:+.1f}" for y, v in bad.select("year", "valence").iter_rows())
        mark = " " if a > 0.95 else "*" if a > 0.5 else "X"
        mean = float(has["valence"].to_numpy().mean())
        print(f"{head:23}{n:3} of {part.height:2} {mark} {a:7.0%} {b:6.0%} {mean:+8.2f}  {worst}")


# ---------------------------------------------------------------- rivalries and disputes to come


def truth(every: pl.DataFrame, data: Path, file: str, count: str | None) -> tuple[Flags, Flags]:
    """Whether a dyad-year is a case, and whether it can be known."""
    found = layer(data, file).data
    last = int(str(found["year"].max()))
    if count:  # a dispute starts in the next year
        found = found.filter(pl.col(count) > 0).with_columns(pl.col("year") - 1)
    return named(every, found), (every["year"] <= last - bool(count)).to_numpy()


def auc(score: Array, case: Flags, dyad: NDArray[np.int64], size: int) -> tuple[float, Array]:
    """Probability that a case scores higher than what is none, and each dyad's influence on it.

    The influence is that of DeLong et al. (1988), summed over a dyad's years (Obuchowski 1997): draws of
    whole dyads move the probability by their weights times it, to first order.
    """
    rank, own = rankdata(score), np.empty(score.size)
    own[case], own[~case] = rankdata(score[case]), rankdata(score[~case])
    n, rest = case.sum(), (~case).sum()
    below = np.where(case, (rank - own) / rest, 1 - (rank - own) / n)
    area = float(below[case].mean())
    pull = (below - area) / np.where(case, n, rest)
    return area, np.asarray(np.bincount(dyad, pull, size), dtype=np.float64)


class Judge:
    """Scores of one table of dyad-years, in one set of rows at a time."""

    def __init__(self, every: pl.DataFrame, data: Path) -> None:
        self.every, self.fold = every, folds(every)
        dyad = every.select(pl.struct(DYAD).rank("dense").cast(pl.Int64) - 1).to_series()
        self.dyad = dyad.to_numpy()
        self.dyads = int(self.dyad.max()) + 1
        draws = np.random.default_rng(1).multinomial(
            self.dyads, np.full(self.dyads, 1 / self.dyads), DRAWS
        )
        self.weight = draws - 1.0
        self.truth = {name: truth(every, data, *of) for name, of in OUTCOMES.items()}
        rival, may = self.truth["Thompson-Dreyer"]
        ally = (every["alliance"] == 3).fill_null(False).to_numpy()
        self.truth[VERSUS] = rival, may & (rival | ally)
        self.kept: dict[tuple[str, str], Array] = {}

    def column(self, name: str) -> Array:
        return np.asarray(self.every[name].to_numpy(), dtype=np.float64)

    def columns(self, names: Iterable[str]) -> Array:
        every: Array = self.every.select(list(names)).to_numpy().astype(float)
        return every

    def fitted(self, outcome: str, x: Array) -> Array:
        case, may = self.truth[outcome]
        rows = np.isfinite(x).all(axis=1)
        score = np.full(len(x), np.nan)
        score[rows] = crossfit(x[rows], case[rows], self.fold[rows], may[rows])
        return score

    def filled(self, names: Iterable[str]) -> Array:
        """Columns in standard units, the mean where one is missing."""
        x = self.columns(names)
        return np.asarray(np.nan_to_num((x - np.nanmean(x, axis=0)) / np.nanstd(x, axis=0)))

    def score(self, measure: str, outcome: str) -> Array:
        """Higher: more likely a case; NaN where the measure says nothing."""
        if (measure, outcome) not in self.kept:
            self.kept[measure, outcome] = self._score(measure, outcome)
        return self.kept[measure, outcome]

    def _score(self, measure: str, outcome: str) -> Array:
        if measure == "index" and outcome == VERSUS:
            return -self.column("valence")
        parts = ["valence", "engagement"]
        if measure == "index":
            own = "dispute" if outcome.startswith("MID") else "rivalry"
            has = own in self.every.columns
            return self.column(own) if has else self.fitted(outcome, self.columns(parts))
        if measure == "pca":
            x = self.filled(WITNESSES)
            return self.fitted(outcome, x @ np.linalg.eigh(x.T @ x)[1][:, -2:])
        if measure in ("all", "place", "place+all", "place+index"):
            names = [
                *(OCCASION if "place" in measure else ()),
                *(WITNESSES if "all" in measure else ()),
            ]
            ours = self.columns(parts if "index" in measure else ())
            return self.fitted(outcome, np.column_stack([self.filled(names), *ours.T]))
        return self.column(measure) * (1 if measure in HOSTILE else -1)


NAMES = {
    "index": "the index (cross-fitted score)", "valence": "the index, valence alone",
    **PUBLISHED, **WITNESSES, **OTHERS, "pca": "PCA of the witnesses, two components",
    "all": "the six witnesses, fitted to the list",
    "place": "neighbours and power, no relation", "place+all": "  these and the six witnesses",
    "place+index": "  these and the index's two parts",
}  # fmt: skip
OURS = {"index", "valence", "all", "place", "place+all", "place+index"}


def show_auc(judge: Judge) -> None:
    has = {m: np.isfinite(judge.score(m, "TSS")) for m in NAMES}
    most = np.logical_and.reduce([has[m] for m in NAMES if m != "icews"])
    blocks = {
        "each on the dyad-years it has": None, "where all but ICEWS say something": most,
        "the same, neighbours and great powers": most & (judge.column("near") + judge.column("great") > 0),
        "where all say something": most & has["icews"],
    }  # fmt: skip
    print(
        "\n2-3. AUC on dyads that no score was fitted to, 90% intervals from draws of whole dyads."
    )
    print(
        "Fitted are the index's scores, PCA and the last four rows. Below 0.5: says the opposite."
    )
    for title, common in blocks.items():
        print(f"\n{title:38}" + "".join(f"{o:>18}" for o in judge.truth) + "   dyad-years")
        draws: dict[tuple[str, str], Array] = {}
        for m, label in NAMES.items():
            cells = [
                one_auc(judge, m, o, has[m] if common is None else common, draws)
                for o in judge.truth
            ]
            rows = int((has[m] if common is None else common).sum())
            print(f"{label:38}" + "".join(cells) + f"{rows:13,}")
        within = has["index"] if common is None else common
        cases = (f"{(case & may & within).sum():18,}" for case, may in judge.truth.values())
        print(f"{'cases (of the years of the index)':38}" + "".join(cases))
        if common is not None:
            show_lead(judge, draws)


def one_auc(
    judge: Judge, measure: str, outcome: str, rows: Flags, draws: dict[tuple[str, str], Array]
) -> str:
    case, may = judge.truth[outcome]
    score = judge.score(measure, outcome)
    on = may & rows
    if not case[on].any() or not np.isfinite(score[on]).all():
        return f"{'-':>18}"
    area, pull = auc(score[on], case[on], judge.dyad[on], judge.dyads)
    draws[measure, outcome] = area + judge.weight @ pull
    lo, hi = np.quantile(draws[measure, outcome], (0.05, 0.95))
    return f"{area:8.3f} {lo:.2f}-{hi:.2f}".replace("0.", ".").rjust(18)


def show_lead(judge: Judge, draws: dict[tuple[str, str], Array]) -> None:
    for outcome in judge.truth:
        others = {m: d for (m, o), d in draws.items() if o == outcome and m not in OURS}
        best = max(others, key=lambda m: float(others[m].mean()))
        lead = draws["index", outcome] - others[best]
        lo, hi = np.quantile(lead, (0.05, 0.95))
        print(
            f"    {outcome}: the index less {NAMES[best]}: {lead.mean():+.3f} ({lo:+.3f} to {hi:+.3f})"
        )


# ---------------------------------------------------------------- face validity


def show_faces(index: pl.DataFrame) -> None:
    print("\n4. Twelve ties: valence by decade (mean)")
    decades = list(range(1940, 2030, 10))
    print(f"{'':8}" + "".join(f"{d:>7}s" for d in decades))
    for tie in TIES:
        a, b = sorted(tie.split("-"))
        of = index.filter((pl.col("state_a") == a) & (pl.col("state_b") == b))
        mean = dict(
            of.group_by(pl.col("year") // 10 * 10).agg(pl.col("valence").mean()).iter_rows()
        )
        print(f"{tie:8}" + "".join(f"{mean[d]:+8.2f}" if d in mean else f"{'':8}" for d in decades))
    ranked = pl.format("{}-{} {}", *DYAD, pl.col("valence").round(2))
    for year in YEARS:
        of = index.filter(pl.col("year") == year).sort("valence")
        for what, part in (("coldest", of.head(20)), ("warmest", of.tail(20).reverse())):
            shown = ", ".join(part.select(ranked).to_series()) or "-"
            print(textwrap.fill(f"{year} {what}: {shown}", 118, subsequent_indent="    "))
    for state in CLOSEST:
        of = index.filter(
            (pl.col("year") == 2012) & pl.any_horizontal(pl.col(c) == state for c in DYAD)
        )
        of = of.sort("valence", descending=True).head(15)
        other = pl.when(pl.col("state_a") == state).then("state_b").otherwise("state_a")
        shown = ", ".join(
            of.select(pl.format("{} {}", other, pl.col("valence").round(2))).to_series()
        )
        print(textwrap.fill(f"closest to {state}, 2012: {shown}", 118, subsequent_indent="    "))


# ---------------------------------------------------------------- the command


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("index", type=Path, nargs="?")
    there = os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(there))
    kept = Path(tempfile.gettempdir()) / "index_alternatives.parquet"
    parser.add_argument("--alternatives", type=Path, default=kept)
    return parser.parse_args()


def _read(path: Path) -> pl.DataFrame:
    """An index as `quadrille index build` writes it, or as ``index_checks.py --only then`` does."""
    if "valence_sd" in pl.read_parquet_schema(path):
        return pl.read_parquet(path)
    return read_index(path).rename({"sd": "valence_sd"})


def main() -> None:
    """Print the four parts."""
    given, began = arguments(), time.perf_counter()
    kept: Path = given.alternatives
    if not kept.exists() or not {*KEYS, *COLUMNS} <= set(pl.read_parquet_schema(kept)):
        alternatives(given.data).write_parquet(kept)
    others = pl.read_parquet(kept)
    index = _read(given.index) if given.index else stand_in(given.data, others)
    index = index.with_columns(pl.col("year").cast(pl.Int32))
    index = index.filter(pl.col("valence").is_not_null())
    if "p_warm" not in index.columns:
        z = (index["valence"] / index["valence_sd"]).to_numpy()
        index = index.with_columns(p_warm=ndtr(z))
    years = index["year"].min(), index["year"].max()
    print(
        f"{given.index or 'the stand-in'}: {index.height:,} dyad-years, {years[0]!s} to {years[1]!s}"
    )
    show_known(index, given.data)
    every = others.join(index, on=KEYS, how="left", maintain_order="left")
    show_auc(Judge(every, given.data))
    show_faces(index)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
