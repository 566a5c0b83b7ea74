"""Time scenarios on a model of five states: ten ties, 36 months, with and without bounds.

Usage: ``python benchmarks/whatif.py``. The model's parameters are made up; only its size matters.
"""

from __future__ import annotations

import time
from datetime import date

import numpy as np

from quadrille.coupling.posterior import Posterior, Variable
from quadrille.coupling.result import Coupled, Diagnostics
from quadrille.foresight.conditions import parse
from quadrille.foresight.scenario import ask, prepare, scenario_of
from quadrille.panel.units import COOPERATION

TIES = (
    "CHN-IND", "CHN-PAK", "CHN-RUS", "CHN-USA", "IND-PAK", "IND-RUS", "IND-USA", "PAK-RUS", "PAK-USA",
    "RUS-USA",
)  # fmt: skip
CASES = {
    "one path": ["PAK-USA normalises over 24 months"],
    "two paths": ["PAK-USA normalises over 24 months", "IND-PAK stays"],
    "a bound": ["PAK-USA is above 0.2 from month 12 on"],
}


def made_up(draws: int = 4000, lags: int = 2, length: int = 240) -> Coupled:
    """A model of the right size."""
    rng = np.random.default_rng(0)
    n = len(TIES)
    A = 0.04 * rng.standard_normal((1, draws, lags, n, n))
    A[:, :, 0] += 0.6 * np.eye(n)
    root = 0.3 * rng.standard_normal((1, draws, n, n)) + np.eye(n)
    tie, both = ("chain", "draw", "dyad"), ("chain", "draw", "dyad", "dyad_from")
    variables = {
        "mu": Variable(tie, np.zeros((1, draws, n))),
        "c": Variable(tie, np.zeros((1, draws, n))),
        "A": Variable(("chain", "draw", "lag", "dyad", "dyad_from"), A),
        "Sigma": Variable(both, 0.1 * root @ root.swapaxes(2, 3)),
        "x": Variable(
            ("chain", "draw", "dyad", "time"), rng.standard_normal((1, draws, n, length))
        ),
        "phi": Variable(tie, np.ones((1, draws, n))),
    }
    periods = tuple(date(2000 + t // 12, t % 12 + 1, 1) for t in range(length))
    none = np.zeros((n, length))
    return Coupled(
        ("CHN", "IND", "PAK", "RUS", "USA"), TIES, periods, "M", "cordiality",
        COOPERATION, "made up", 0.0, Posterior(variables), none, none, none, none, np.full(len(TIES), np.nan),
        Diagnostics(1.0, 4000.0, 4000.0, "mu", 1, draws, draws, 1), {},
    )  # fmt: skip


def main() -> None:
    """Medians of several runs, both readings and each alone."""
    model = made_up()
    for name, phrases in CASES.items():
        conditions = [parse(p) for p in phrases]
        for draws, runs in ((4000, 7), (500, 15)):
            for ways in (("see", "do"), ("see",), ("do",)):
                scenario_of(model, "PAK", "RUS", conditions, 36, ways, 100)
                times, before = [], time.process_time()
                for seed in range(runs):
                    began = time.perf_counter()
                    scenario_of(model, "PAK", "RUS", conditions, 36, ways, draws, seed)
                    times.append(time.perf_counter() - began)
                middle = float(np.median(times))
                cpu = (time.process_time() - before) / runs
                print(
                    f"{name}, {draws:,} draws x 36 months x 10 ties, {' and '.join(ways)}: "
                    f"{middle:.3f} s (median of {runs}; {cpu:.3f} s of processors' time, mean), "
                    f"{1 / middle:.1f} a second",
                    flush=True,
                )
    again(model)


def again(model: Coupled, moves: int = 20) -> None:
    """A slider: the same ties asked about again and again, the level of the bound moved."""
    for draws in (4000, 500):
        ready = prepare(model, 36, draws)
        ask(ready, "PAK", "RUS", [parse(CASES["a bound"][0])])
        before = time.process_time()
        for k in range(moves):
            ask(ready, "PAK", "RUS", [parse(f"PAK-USA is above {0.01 * k:.2f} from month 12 on")])
        cpu = (time.process_time() - before) / moves
        print(f"a bound moved, {draws:,} draws, made ready: {cpu:.3f} s of processors' time each")


if __name__ == "__main__":
    main()
