"""How well breaks can be dated, and what exact intervals hold on the dyads that broke: the bounds quoted in the docs.

Usage: ``python benchmarks/breaks.py``. Worlds of 36 periods, a tenth of them missing, one break between the ninth and
the twenty-eighth; then worlds whose law the forecaster knows.
"""

from __future__ import annotations

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.breaks import break_or_slide

LENGTH, EDGE = 36, 8
CASES = ((2.0, 0.0), (2.5, 0.0), (3.0, 0.0), (2.0, 0.4), (2.25, 0.4), (2.5, 0.4), (3.0, 0.4))


def world(rng: np.random.Generator, size: float, rho: float) -> tuple[Array, int]:
    """A series with a break, and when it is."""
    at, e = int(rng.integers(EDGE, LENGTH - EDGE)), rng.normal(size=LENGTH)
    for t in range(1, LENGTH):
        e[t] = rho * e[t - 1] + np.sqrt(1 - rho**2) * e[t]
    y = e + size * (np.arange(LENGTH) >= at)
    y[rng.random(LENGTH) < 0.1] = np.nan
    return y, at


def knowing(y: Array, size: float, rho: float, first: int) -> int:
    """The best date for one who knows the law of the noise and the size to be expected, not the levels."""
    seen = np.flatnonzero(~np.isnan(y))
    gap = np.abs(seen[:, None] - seen)
    x = (seen[:, None] >= np.arange(first, LENGTH - first + 1)).astype(float)
    solved = np.linalg.solve(
        rho**gap if rho else np.eye(seen.size), np.column_stack([x, np.ones(seen.size)])
    )
    mine, one = solved[:, :-1], solved[:, -1]
    d = np.sum(mine * x, axis=0) - (one @ x) ** 2 / one.sum() + 1 / (4 * size**2)
    q = mine.T @ y[seen] - (one @ x) * (one @ y[seen]) / one.sum()
    log_p = 0.5 * q**2 / d - 0.5 * np.log(d)
    p = np.exp(log_p - log_p.max())
    return int(np.convolve(p, np.ones(3), "same").argmax()) + first


def dates(count: int = 400) -> None:
    """Share dated within one period, by the package and by one who knows more."""
    for size, rho in CASES:
        rng, found = np.random.default_rng(12), []
        for _ in range(count):
            y, at = world(rng, size, rho)
            got = break_or_slide(y, np.full(LENGTH, 0.1))
            best = [knowing(y, size, rho, edge) for edge in (3, EDGE)]
            lo, hi = np.searchsorted(np.cumsum(got.dates), (0.05, 0.95)) if got else (0, -1)
            found.append([abs(got.best - at) <= 1 if got else False, lo <= at <= hi, *(abs(b - at) <= 1 for b in best)])  # fmt: skip
        ours, band, bound, inner = np.mean(found, axis=0)
        print(
            f"{size} sd, rho {rho}: dated {ours:.0%} (band of 90% {band:.0%}); noise known {bound:.0%}, and where no break is {inner:.0%}"
        )


def exact(judge: int, before: int, phi: float, q: float, dyads: int = 4000) -> str:
    """What exact intervals of 90% hold, on all dyads and on the tenth whose mean changed most, at h = 1, 3, 6, 12.

    A relation x = phi x + N(0, q) seen through N(0, 1), and its Kalman filter.
    """
    rng, length = np.random.default_rng(0), 60
    p = q / (1 - phi**2)
    x, m = rng.normal(size=dyads) * np.sqrt(p), np.zeros(dyads)
    seen, means, spread = [], [], []
    for _ in range(length):
        x = phi * x + np.sqrt(q) * rng.normal(size=dyads)
        y = x + rng.normal(size=dyads)
        m, p = phi * m, phi**2 * p + q
        m, p = m + p / (p + 1) * (y - m), p / (p + 1)
        seen.append(y)
        means.append(m)
        spread.append(p)
    y, m = np.array(seen), np.array(means)
    first = length - judge
    change = np.abs(y[first:].mean(axis=0) - y[first - before : first].mean(axis=0))
    worst, out = np.argsort(-change)[: dyads // 10], []
    for h in (1, 3, 6, 12):
        at = np.arange(first, length)
        v = phi ** (2 * h) * spread[-1] + q * (1 - phi ** (2 * h)) / (1 - phi**2) + 1
        hit = np.abs(y[at] - phi**h * m[at - h]) <= 1.6449 * np.sqrt(v)
        out.append(f"{hit.mean():.0%} / {hit[:, worst].mean():.0%}")
    return ", ".join(out)


def main() -> None:
    """Print both."""
    dates()
    for words, judge, before in (("9 months", 9, 12), ("2 years", 2, 5), ("45 months", 45, 12)):
        for phi, q in ((0.9, 0.1), (0.95, 0.3), (0.98, 0.05)):
            print(
                f"{words} judge, phi {phi}, q {q}: all / largest breaks {exact(judge, before, phi, q)}"
            )


if __name__ == "__main__":
    main()
