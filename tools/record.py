"""The track record that the page shows, made anew after the index or a method has changed.

python tools/record.py

Runs ``quadrille backtest --data index --top 100 --horizons 5`` and writes what ships (``foresight/data/record.npz``). Takes about
two minutes of processor time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import quadrille
from quadrille.foresight.shipped import record_path, write_record
from quadrille.index.shipped import index_path


def main() -> None:
    """Run the record and write it."""
    path = record_path()
    path.unlink(missing_ok=True)  # else it would be read
    began = time.process_time()
    record = quadrille.backtest(data="index", top=100, horizons=5)
    of = sha256(index_path().read_bytes()).hexdigest()
    write_record(record, path, datetime.now(UTC).date(), of)
    size = path.stat().st_size / 1e6
    print(record)
    print(f"{path.relative_to(Path.cwd())}: {size:.2f} MB, {time.process_time() - began:.0f} s")


if __name__ == "__main__":
    main()
