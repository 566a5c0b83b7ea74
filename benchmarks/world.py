"""Read once, ask many: CPU-seconds of one question, and of four to the same World.

    python benchmarks/world.py [icews_dyad_year_quad_2002_2012.parquet]

Each case is a process of its own, so that nothing is left over from the other; medians of five, in turn.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

FILE = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"
# Modules are compiled once, as they are for whoever installed the package.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ONE = "world.relation('PAK', 'RUS')"
FOUR = f"{ONE}; world.episodes('PAK', 'RUS'); world.triangle('PAK', 'RUS', 'USA'); world.bond('PAK', 'RUS')"


def seconds(code: str) -> float:
    """User and system time of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(path: str) -> None:
    start = f"import quadrille; world = quadrille.open({path!r}); "
    times: dict[str, list[float]] = {"one": [], "four": []}
    seconds(start + FOUR)  # kernels compiled, files in the cache
    for _ in range(5):
        times["one"].append(seconds(start + ONE))
        times["four"].append(seconds(start + FOUR))
    one, four = (statistics.median(times[k]) for k in ("one", "four"))
    print(f"one question {one:.2f} CPU-s, four {four:.2f}: {four / one:.2f} times")


if __name__ == "__main__":
    folder = Path(os.environ.get("QUADRILLE_DATA", "../shared/data"))
    main(sys.argv[1] if len(sys.argv) > 1 else str(folder / FILE))
