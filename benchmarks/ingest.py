"""Time ingestion against DuckDB's plain copy of the same file, and against pandas reading it.

Usage: ``python benchmarks/ingest.py [ROWS] [--repeat N] [--large ROWS] [--folder DIR]``
(default 10 million rows, of which each takes about 400 bytes of disk, twice over, and frees them).
``--large 50000000`` ingests that many rows besides and compares peak memory.

pandas reads as gdeltPyR does (``gdelt/parallel.py``): tab-separated, without header, the three code
columns as text, every column kept. Its table of ten million rows would not fit in memory, so that it
reads a part of the rows and its time is scaled up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator.gdelt import simulate

_PART = 500_000
# Each in a process of its own, so that its peak memory is its own.
TIMED = """
import json, os, resource, sys, time
path, out, part = sys.argv[1], sys.argv[2], int(sys.argv[3])
{setup}
wall, used = time.perf_counter(), os.times()
{work}
now = os.times()
print(json.dumps({{
    "wall": time.perf_counter() - wall,
    "cpu": now.user + now.system - used.user - used.system,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "rows": rows,
}}))
"""
WORK = {
    "quadrille ingest": (
        "from quadrille.lake.catalogue import open_lake\nfrom quadrille.lake.ingest import ingest",
        "rows = sum(o.rows_in for o in ingest(open_lake(out, create=True), [path]))",
    ),
    "DuckDB read_csv to Parquet": (
        "import duckdb\n"
        "from quadrille.sources.events.gdelt import V2\n"
        "columns = {c: 'VARCHAR' for c in V2}\n"
        "con = duckdb.connect(config={'memory_limit': '1000MB', 'temp_directory': out + '.tmp'})\n"
        "con.execute('SET preserve_insertion_order = false')",
        "rows = con.execute(f\"COPY (SELECT * FROM read_csv('{path}', columns = {columns}, "
        "delim = '\\t', header = false, quote = '', escape = '', auto_detect = false)) "
        "TO '{out}' (FORMAT parquet, COMPRESSION zstd)\").fetchall()[0][0]",
    ),
    "pandas as gdeltPyR": (
        "import pandas as pd",
        "rows = len(pd.read_csv(path, sep='\\t', header=None, nrows=part, "
        "dtype={26: 'str', 27: 'str', 28: 'str'}))",
    ),
}


def timed(name: str, path: Path, folder: str) -> dict[str, float]:
    setup, work = WORK[name]
    with tempfile.TemporaryDirectory(dir=folder) as out:
        script = TIMED.format(setup=setup, work=work)
        command = [sys.executable, "-W", "ignore", "-c", script, str(path), f"{out}/out"]
        done = subprocess.run([*command, str(_PART)], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """All three in turns, so that all see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        path = Path(folder) / "simulated.export.CSV"
        simulate(a.rows, path)
        print(f"{a.rows:,} rows, {path.stat().st_size / 1e9:.2f} GB")
        runs = [{name: timed(name, path, folder) for name in WORK} for _ in range(a.repeat)]
        middle = {}
        for name in WORK:
            mine = [r[name] for r in runs]
            scale = a.rows / mine[0]["rows"]
            wall, cpu = (scale * statistics.median(m[w] for m in mine) for w in ("wall", "cpu"))
            middle[name] = (wall, cpu)
            peak = max(m["peak"] for m in mine)
            scaled = f", scaled from {mine[0]['rows']:,} rows" if scale > 1 else ""
            print(
                f"{name}: {wall:.1f} s, {cpu:.1f} s of processor time (medians of {a.repeat}"
                f"{scaled}); peak memory {peak:,.0f} MB"
            )
        ours, copy, pandas = middle.values()
        print(
            f"speed relative to the plain copy: {copy[0] / ours[0]:.2f} (processor time "
            f"{copy[1] / ours[1]:.2f}); to pandas: {pandas[0] / ours[0]:.1f} times "
            f"(processor time {pandas[1] / ours[1]:.1f})"
        )
        if a.large:
            path.unlink()
            simulate(a.large, path)
            big = timed("quadrille ingest", path, folder)
            small = max(r["quadrille ingest"]["peak"] for r in runs)
            print(
                f"{a.large:,} rows: {big['wall']:.1f} s, peak memory {big['peak']:,.0f} MB, "
                f"{big['peak'] / small:.2f} times that of {a.rows:,} rows"
            )


if __name__ == "__main__":
    main()
