"""Processor time from the prompt to the answer, beside importing typer and polars alone.

Usage: ``python benchmarks/startup.py``. Seconds of the child's processor time, user and system, median of nine
runs after one that fills the caches (compiled modules, compiled kernels).
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys

RUNS = 9
# Modules are compiled once, as they are for whoever installed the package.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
COMMAND = ("-m", "quadrille")
CASES = {
    'python -c "import typer, polars"': ("-c", "import typer, polars"),
    'python -c "import quadrille"': ("-c", "import quadrille"),
    "quadrille --help": (*COMMAND, "--help"),
    "quadrille --version": (*COMMAND, "--version"),
    "quadrille states find Turkey": (*COMMAND, "states", "find", "Turkey"),
    "quadrille relation Pakistan Atlantis": (*COMMAND, "relation", "Pakistan", "Atlantis"),
    "quadrille relation JPN KOR": (*COMMAND, "relation", "JPN", "KOR", "--data", "index"),
    "quadrille relation PAK RUS": (*COMMAND, "relation", "PAK", "RUS", "--data", "chronicle"),
}


def seconds(words: tuple[str, ...]) -> float:
    """Processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 2) or "Traceback" in done.stderr:
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Every case once, then in turn, so that what else the machine does meets all alike."""
    for words in CASES.values():
        seconds(words)
    runs = [{name: seconds(words) for name, words in CASES.items()} for _ in range(RUNS)]
    print(f"CPU-seconds, median of {RUNS}, least and most")
    for name in CASES:
        each = sorted(run[name] for run in runs)
        print(f"{statistics.median(each):6.2f}  {each[0]:5.2f}  {each[-1]:5.2f}  {name}")


if __name__ == "__main__":
    main()
