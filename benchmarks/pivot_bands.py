"""Whether bands of pooled pivots hold: sizes, bias and coverage on simulated worlds without an effect.

Usage: ``python benchmarks/pivot_bands.py [WORLDS]`` (default 150 of each kind; about 1.2 s of processor each).

A world has 40 states, 76 years, moods of half a standard deviation, and sizes of moves that differ by dyad. Kinds:

- ``plain``: moves of each tie's own;
- ``smoothed``: the same, levels seen through noise and a smoother;
- ``differ``: effects of each triad's own, 0.05 sd, none by what B-C is;
- ``camps``: every year one shock to all ties across two camps, a tenth of the variance; B-C across camps is mostly hostile.
  It is an effect of the same year, so that only what follows later is without effect;
- ``swings``: A-B follows A-C a year later by what B-C is, as much as that year's own draw says, 0 on average.

Of a class mean (hostile, neither, friendly) and of the slope on B-C it prints how often 95% and 90% bands leave out zero, the
bias over the standard deviation, and the standard error over the standard deviation.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.special import stdtrit

from quadrille.kernels.ar1 import smooth_paths
from quadrille.kernels.pooled import Design, fit_triads
from quadrille.kernels.triad_moves import blur_of, moves_of, triad_sums

RHO, WINDOW, STATES, STEPS, BURN, MOOD = 0.985, 5, 40, 76, 20, 0.5
KINDS = ("plain", "smoothed", "differ", "camps", "swings")


def off_diagonal(b):
    """No triad has one state twice."""
    i = np.arange(b.shape[0])
    b[i, i], b[i, :, i], b[:, i, i] = 0, 0, 0
    return b


def world(rng, kind):
    """Levels (n, n, time), and what B-C is (n, n)."""
    n, steps = STATES, STEPS + BURN
    f = rng.normal(size=(n, n))
    f = (f + f.T) / np.sqrt(2)
    own = np.triu(rng.normal(size=(steps, n, n)), 1)
    own = own + own.transpose(0, 2, 1)
    size = np.triu(np.exp(0.5 * rng.normal(size=(n, n))), 1)
    size = size + size.T
    moved = own.copy()
    if kind == "camps":
        camp = np.sign(rng.normal(size=n))
        across = np.outer(camp, camp)
        f = np.sqrt(0.5) * (f + across)
        moved += np.sqrt(0.1) * (across < 0) * rng.normal(size=(steps, 1, 1))
    if kind in ("differ", "swings"):
        b = 0.05 * rng.normal(size=(n, n, n)) if kind == "differ" else 0.03 * np.repeat(f[None], n, 0)  # fmt: skip
        b = off_diagonal(b)
        for t in range(1, steps):
            swing = rng.normal() if kind == "swings" else 1.0
            add = swing * np.matmul(b, own[t - 1][:, :, None])[:, :, 0]
            moved[t] += add + add.T
    mood = MOOD * rng.normal(size=(steps, n))
    moved = (moved + mood[:, :, None] + mood[:, None, :]) * size * (1 - np.eye(n))
    x, levels = np.zeros((n, n)), np.zeros((n, n, STEPS))
    for t in range(steps):
        x = RHO * x + moved[t]
        if t >= BURN:
            levels[:, :, t - BURN] = x
    i, j = np.triu_indices(n, 1)
    level = levels[i, j]
    if kind == "smoothed":
        s = size[i, j][:, None]
        seen, noise = level + s * rng.normal(size=level.shape), np.broadcast_to(s**2, level.shape)
        alike = np.full(s.size, 0.0), np.full(s.size, RHO)
        level = smooth_paths(seen, np.ascontiguousarray(noise), *alike, (1 + 2 * MOOD**2) * s[:, 0] ** 2).mean  # fmt: skip
    out = np.full((n, n, STEPS), np.nan)
    out[i, j] = out[j, i] = level
    return out, f


def designs(f):
    """Classes of B-C, and the slope on it."""
    classes = np.ones((4, 6, *f.shape))
    classes[1], classes[2], classes[3] = f < -1 / 3, np.abs(f) <= 1 / 3, f > 1 / 3
    slope = np.ones((2, 6, *f.shape))
    slope[1] = f
    return (
        Design(classes, np.array([[1, 0, 0], [2, 0, 0], [3, 0, 0]], np.int64), False),
        Design(slope, np.array([[1, 0, 0]], np.int64), True),
    )


def fitted(seed, kind):
    """Coefficients and standard errors of both kinds of effect, ``(2, 4)`` each; degrees of freedom."""
    level, f = world(np.random.default_rng([77, seed]), kind)
    moves = moves_of(level, RHO, smoothed=kind == "smoothed")
    blocks = np.linspace(0, moves.e.shape[2], 7).astype(np.int64)
    sums = triad_sums(moves, blur_of(moves, RHO, WINDOW), blocks)
    fits = [[fit_triads(sums, design, k) for design in designs(f)] for k in (0, 1)]
    coef = [np.concatenate([x.coef for x in two]) for two in fits]
    se = [np.sqrt(np.concatenate([np.diag(x.cov) for x in two])) for two in fits]
    return np.array(coef), np.array(se), fits[0][0].df


def said(values, form):
    return ", ".join(format(v, form) for v in values)


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    print(f"{worlds} worlds of each kind; hostile, neither, friendly | slope on B-C", flush=True)
    for kind in KINDS:
        began = time.process_time()
        coef, se, df = zip(*(fitted(seed, kind) for seed in range(worlds)), strict=True)
        coef, se = np.array(coef), np.array(se)
        sd = coef.std(axis=0, ddof=1)
        for k, name in enumerate(("whole", "later")):
            parts = []
            for level in (0.975, 0.95):
                out = (np.abs(coef[:, k]) > stdtrit(df[0], level) * se[:, k]).mean(axis=0)
                parts.append(f"{2 * level - 1:.0%} {said(out[:3], '.0%')} | {out[3]:.1%}")
            bias, ratio = coef[:, k].mean(axis=0) / sd[k], np.sqrt((se[:, k] ** 2).mean(axis=0)) / sd[k]  # fmt: skip
            parts.append(f"bias/sd {said(bias[:3], '+.2f')} | {bias[3]:+.2f}")
            parts.append(f"se/sd {said(ratio[:3], '.2f')} | {ratio[3]:.2f}")
            print(f"{kind:9s} {name:5s} {'; '.join(parts)}", flush=True)
        print(f"{'':9s} {(time.process_time() - began) / worlds:.2f} s of processor a world", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
