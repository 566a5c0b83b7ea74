"""Time the coupled model, set it beside PyMC, and score its forecasts on real panels.

Usage: ``make bench``, or ``python benchmarks/coupling.py [speed] [large] [pymc] [forecasts]``; data
in ``$QUADRILLE_DATA`` or ``../shared/data``. Without arguments, everything.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from quadrille.coupling.model import CoupleConfig, _sample, coupled_of
from quadrille.kernels.ar1 import filter_paths, unpack
from quadrille.kernels.coupled import draw_prior
from quadrille.kernels.diagnose import convergence
from quadrille.kernels.dynamics import World
from quadrille.kernels.scores import crps_normal
from quadrille.kernels.slices import LAMBDA_SCALE
from quadrille.measure.model import measure
from quadrille.measure.world import open_world
from quadrille.panel.build import build
from quadrille.panel.facets import Observations, facet

REPO = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data")
FIVE = ["PAK", "RUS", "IND", "USA", "CHN"]


def clocks():
    """Wall and processor seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def simulated(states, n_time, lags, missing, noise, seed=0):
    """A world whose ties are drawn from the prior."""
    pairs = list(combinations(range(states), 2))
    n = len(pairs)
    group = np.array([[0 if a == b else 1 if set(a) & set(b) else 2 for b in pairs] for a in pairs])
    rng = np.random.default_rng(seed)
    world = World(
        np.zeros((n_time, n)), noise * rng.gamma(2.0, 0.5, (n_time, n)), np.zeros(n), np.zeros(n),
        0.5, group, np.full(n, 0.7),
        np.array([np.zeros(n), np.full(n, -1.5), np.full(n, -0.5)]), np.array([1.0, 0.3, 0.3]),
        np.array([np.log(6.0), 0.25]), 1.0, True, False, np.zeros((n, n)), LAMBDA_SCALE,
    )  # fmt: skip
    chain = draw_prior(world, lags, rng)
    y = chain.x + rng.standard_normal(chain.x.shape) * np.sqrt(chain.phi * world.s2)
    y[rng.random(y.shape) < missing] = np.nan
    return world._replace(y=y)


def effective(kept):
    """Effective draws, bulk, of every coefficient."""
    draws = np.stack([k.coef for k in kept]).reshape(len(kept), kept[0].mu.shape[0], -1)
    return convergence(draws.transpose(2, 0, 1)).ess_bulk


def speed():
    """Ten ties, 252 periods, two lags, a fifth missing."""
    world = simulated(5, 252, 2, 0.2, 0.3)
    _sample(world, CoupleConfig(lags=2, draws=50, warmup=0, thin=1), None)
    began = clocks()
    kept, *_ = _sample(world, CoupleConfig(lags=2, draws=1500, warmup=500, thin=4), None)
    wall, cpu = clocks() - began
    ess = effective(kept)
    print(
        f"10 ties x 252 periods, 2 lags, 20% missing: {wall:.0f} s on the clock, {cpu:.0f} s of "
        f"processor; effective draws of a coefficient: least {ess.min():.0f}, median "
        f"{np.median(ess):.0f}; least a minute of the clock {60 * ess.min() / wall:.0f}, of two "
        f"whole cores {120 * ess.min() / cpu:.0f}"
    )


def large():
    """Ten states: 45 ties, 120 periods, 4 chains of 2,000 draws."""
    world = simulated(10, 120, 1, 0.2, 0.3)
    began = clocks()
    kept, *_ = _sample(world, CoupleConfig(draws=2000, warmup=500, thin=1), None)
    wall, cpu = clocks() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ess = effective(kept)
    print(
        f"45 ties x 120 periods, 4 x 2,000 draws after 500: {wall:.0f} s on the clock, {cpu:.0f} s "
        f"of processor ({cpu / 2:.0f} s on two whole cores); peak memory {peak:.2f} GB; effective "
        f"draws of a coefficient: least {ess.min():.0f}, median {np.median(ess):.0f}"
    )


def pymc():
    """Complete data without noise, the same VAR(1) of ten ties, effective draws a second."""
    import pymc as pm

    world = simulated(5, 120, 1, 0.0, 1e-10)
    config = CoupleConfig(chains=2, draws=1000, warmup=500, thin=1)
    _sample(world, CoupleConfig(chains=2, draws=50, warmup=0, thin=1), None)
    began = clocks()
    kept, *_ = _sample(world, config, None)
    ours = clocks() - began
    mine = effective(kept)

    y = world.y
    n = y.shape[1]
    with pm.Model():
        lam = pm.HalfStudentT("lam", nu=3, sigma=0.2)
        shared = pm.HalfStudentT("shared", nu=3, sigma=0.5)
        disjoint = pm.Uniform("disjoint")
        tau = pm.math.stack([lam, lam * shared, lam * shared * disjoint])[world.group]
        raw = pm.Normal("raw", shape=(n, n))
        coef = pm.Deterministic("coef", np.diag(world.own) + raw * tau)
        mu = pm.Normal("mu", 0.0, 1.0, shape=n)
        chol, _, _ = pm.LKJCholeskyCov(
            "chol", n=n, eta=4.0, sd_dist=pm.LogNormal.dist(-0.75, 0.3, shape=n)
        )
        centre = mu + pm.math.dot(y[:-1] - mu, coef.T)
        pm.MvNormal("y", centre, chol=chol, observed=y[1:])
        began = clocks()
        trace = pm.sample(
            500, tune=500, chains=2, cores=2, random_seed=1, progressbar=False,
            compute_convergence_checks=False,
        )  # fmt: skip
        theirs = clocks() - began
    draws = trace.posterior["coef"].to_numpy().reshape(2, 500, -1)
    other = convergence(draws.transpose(2, 0, 1)).ess_bulk
    print("10 ties x 120 periods, 1 lag, complete, no noise; least effective draws a second:")
    a, b = mine.min() / ours[0], other.min() / theirs[0]
    print(
        f"  here {a:.1f} ({mine.min():.0f} in {ours[0]:.1f} s); PyMC {pm.__version__} NUTS {b:.2f} "
        f"({other.min():.0f} in {theirs[0]:.0f} s, tuning and compiling included): {a / b:.0f}x"
    )


# ---------------------------------------------------------------- forecasts


def crps_draws(y, draws):
    """CRPS of equally weighted draws along the first axis (Gneiting & Raftery 2007, eq. 20)."""
    ordered = np.sort(draws, axis=0)
    m = draws.shape[0]
    weight = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *[1] * (draws.ndim - 1))
    return np.abs(draws - y).mean(axis=0) - (weight * ordered).sum(axis=0) / m**2


def noise_ahead(y, s2):
    """A tie's usual noise so far stands for that of the period to come."""
    return np.nanmedian(np.where(np.isnan(y), np.nan, s2), axis=1)


def coupled_forecast(model, horizons, rng):
    """Draws of y, ``(horizon, draw, tie)``."""
    d = model.stacked(2000)
    lags, n = d.A.shape[1:3]
    z = [d.x[:, :, -1 - j] - d.mu for j in range(lags)]
    root = np.linalg.cholesky(d.Sigma)
    noise = np.sqrt(d.phi * noise_ahead(model.y, model.s2))
    out = {}
    for h in range(1, max(horizons) + 1):
        new = sum(np.einsum("sij,sj->si", d.A[:, j], z[j]) for j in range(lags))
        new = new + np.einsum("sij,sj->si", root, rng.standard_normal((len(z[0]), n)))
        z = [new, *z[:-1]]
        out[h] = new + d.mu + noise * rng.standard_normal(new.shape)
    return out


def alone_forecast(m, rows, horizons):
    """Mean and sd of y under the measurement model of each tie by itself."""
    mu, q, rho, phi = unpack(m.theta[rows], m.observations.phi_min)
    f = filter_paths(m.y[rows], phi[:, None] * m.s2[rows], mu, rho, q)
    noise = phi * noise_ahead(m.y[rows], m.s2[rows])
    out = {}
    for h in horizons:
        mean = mu + rho**h * (f.updated[:, -1] - mu)
        var = rho ** (2 * h) * f.updated_var[:, -1] + q * (1 - rho ** (2 * h)) / (1 - rho**2)
        out[h] = mean, np.sqrt(var + noise)
    return out


def filled(y):
    """Carry forward, then back: what complete-data methods are given."""
    return np.array(pl.DataFrame(y.T).fill_nan(None).fill_null(strategy="forward").fill_null(strategy="backward").to_numpy().T)  # fmt: skip


def baselines(y, horizons, season):
    """Mean and sd of y by method and horizon."""
    from statsforecast.models import AutoARIMA, AutoETS
    from statsmodels.tsa.api import VAR

    full, out = filled(y), {}
    n, n_time = full.shape
    out["last value"] = {
        h: (full[:, -1], np.sqrt(np.mean((full[:, h:] - full[:, :-h]) ** 2, axis=1)))
        for h in horizons
        if h < n_time - 2
    }
    if n_time > 2 * n + 4:
        fitted = VAR(full.T).fit(1)
        mean, cov = fitted.forecast(full.T[-1:], max(horizons)), fitted.forecast_cov(max(horizons))
        sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
        out["OLS VAR"] = {h: (mean[h - 1], sd[h - 1]) for h in horizons}
    for name, kind in (("AutoARIMA", AutoARIMA), ("AutoETS", AutoETS)):
        got = []
        for row in full:
            model = kind(season_length=season if n_time >= 3 * season else 1).fit(row)
            ahead = model.predict(max(horizons), level=[90])
            got.append((ahead["mean"], (ahead["hi-90"] - ahead["mean"]) / 1.6448536269514722))
        mean, sd = np.array(got).transpose(1, 0, 2)
        out[name] = {h: (mean[:, h - 1], np.maximum(sd[:, h - 1], 1e-6)) for h in horizons}
    return out


def forecast(name, path, states, fraction, every, horizons, season, frequency=None):
    """Score the last part of one panel."""
    observations = facet(build(open_world(path).table(), frequency))
    whole = measure(observations)
    total = len(whole.periods)
    first = total - max(1, round(fraction * total))
    rng = np.random.default_rng(0)
    scores: dict[tuple[str, int], dict[str, list[float]]] = {}
    for cut in range(first - max(horizons) + 1, total, every):
        # What is forecast lies in the last part.
        use = [h for h in horizons if first < cut + h <= total]
        if not use:
            continue
        past = observations.data.filter(pl.col("period") < whole.periods[cut])
        m = measure(Observations(
            observations.facet, observations.unit, observations.phi_min, past, observations.panel
        ))  # fmt: skip
        models = {}
        for prior in ("network", "minnesota"):
            config = CoupleConfig(draws=500, warmup=500, thin=5, prior=prior)
            model = coupled_of(states, m, config)
            models[f"coupled, {prior} prior"] = coupled_forecast(model, use, rng)
        pairs = [label.split("-") for label in model.dyads]
        rows = np.array([m.row(*p) for p in pairs])
        truth = whole.y[[whole.row(*p) for p in pairs]]
        normal = {"each tie alone": alone_forecast(m, rows, use)}
        normal |= baselines(m.y[rows], use, season)
        for h in use:
            y = truth[:, cut + h - 1]
            for method, draws in models.items():
                for label, value in zip(model.dyads, crps_draws(y, draws[h]), strict=True):
                    scores.setdefault((method, h), {}).setdefault(label, []).append(value)
            for method, by in normal.items():
                if h in by:
                    for label, value in zip(model.dyads, crps_normal(y, *by[h]), strict=True):
                        scores.setdefault((method, h), {}).setdefault(label, []).append(value)
    print(
        f"{name}: CRPS over the last {total - first} of {total} periods, every {every}, {len(states)} states"
    )
    for h in horizons:
        mine = scores.get(("coupled, network prior", h))
        if not mine:
            continue
        for (method, step), by in scores.items():
            if step == h:
                mean = np.nanmean([v for values in by.values() for v in values])
                worse = [t for t in mine if np.nanmean(mine[t]) > np.nanmean(by[t])]
                count = np.sum(~np.isnan([v for values in by.values() for v in values]))
                print(
                    f"  h={h:2} {method:24} {mean:.4f}  n {count}  better than coupled on {len(worse)} of {len(by)} ties: {' '.join(worse)}"
                )


def forecasts():
    """The three panels with enough periods to split."""
    warnings.simplefilter("ignore")
    forecast("GDELT scores, monthly", next((DATA / "gdelt_monthly_score").glob("*.parquet")), FIVE, 0.2, 1, (1, 6, 12), 12)  # fmt: skip
    forecast(
        "ICEWS, yearly", next((DATA / "icews_yearly").glob("*.parquet")), FIVE, 0.2, 1, (1,), 1
    )
    forecast("ICEWS conflict, monthly", next((DATA / "icews_monthly_conflict").glob("*.parquet")), FIVE, 0.2, 6, (1, 12), 12)  # fmt: skip


PARTS = {"speed": speed, "large": large, "pymc": pymc, "forecasts": forecasts}


def main() -> None:
    """Run the parts named, or all."""
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
