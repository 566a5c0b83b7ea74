"""Make the two tables that durability.R fits: ``python tests/reference/durability_data.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent


def rows(spells: int = 120, seed: int = 5) -> pl.DataFrame:
    """Spells of whole periods, one covariate that moves within them and one that does not."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(spells):
        fixed, moving, stop = rng.normal(), rng.normal(), rng.integers(6, 15)
        for age in range(2, 40):
            moving = 0.7 * moving + rng.normal()
            chance = 1 - np.exp(-0.08 * np.exp(0.6 * moving - 0.5 * fixed))
            ends = rng.random() < chance
            out.append((k, age - 1.0, float(age), bool(ends), round(moving, 4), round(fixed, 4)))
            if ends or age >= stop:
                break
    schema = ["spell", "age0", "age1", "event", "x1", "x2"]
    return pl.DataFrame(out, schema=schema, orient="row")


def spells(count: int = 150, seed: int = 6) -> pl.DataFrame:
    """Whole spells with covariates that do not move, some censored."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2)).round(4)
    length = np.exp(1.5 + x @ [0.4, -0.3]) * rng.weibull(1.4, count)
    cut = rng.uniform(2, 15, count)
    return pl.DataFrame(
        {"length": np.minimum(length, cut).round(4), "event": length <= cut,
         "x1": x[:, 0], "x2": x[:, 1]}
    )  # fmt: skip


if __name__ == "__main__":
    rows().with_columns(pl.col("event").cast(pl.Int8)).write_csv(HERE / "durability_rows.csv")
    spells().with_columns(pl.col("event").cast(pl.Int8)).write_csv(HERE / "durability_spells.csv")
