"""A track record as a file, so that the one that most ask for need not be run again.

It holds the scores of every cell in half precision, and a digest of the data and of what was asked: of any other data, methods,
dates or horizons it says nothing, and the record is run. ``python tools/record.py`` writes the one that comes with the package.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from quadrille.foresight.record import Backtest, BacktestOptions, Scores
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array

__all__ = ["digest_of", "record_path", "shipped_record", "write_record"]

_CELLS = ("crps", "log_score", "hit", "pit", "warm", "latent")


def record_path() -> Path:
    """Where the record lies that came with the package."""
    return Path(__file__).parent / "data" / "record.npz"


def digest_of(series: Series, methods: tuple[str, ...], options: BacktestOptions) -> str:
    """The same for the same data, methods and options."""
    asked = [
        series.facet, series.origin, series.frequency, methods, {k: str(v) for k, v in asdict(options).items()},
        [str(p) for p in series.periods], series.labels,
    ]  # fmt: skip
    parts = (np.round(series.y, 6), np.round(series.s2, 6))
    return sha256(json.dumps(asked).encode() + b"".join(p.tobytes() for p in parts)).hexdigest()


def _half(values: Array) -> Any:
    return values.astype(np.float16)


def write_record(record: Backtest, path: str | Path, when: date, of: str = "") -> Path:
    """Write a record.

    Parameters
    ----------
    record : Backtest
    path : path
        Ends in ``.npz``.
    when : date
        On which it was run.
    of : str
        Digest of the file that it was run on, so that a test can tell without reading that file.
    """
    path = Path(path)
    about = {
        "of": of,
        "digest": digest_of(record.series, record.methods, record.options), "run": str(when), "version": version("quadrille"),
        "methods": {m: [s.joint, s.seconds] for m, s in record.scores.items()}, "origins": [str(d) for d in record.origins],
        "targets": [str(d) for d in record.targets],
    }  # fmt: skip
    arrays = {"outcome_warm": _half(record.outcome_warm), "outcome_latent": _half(record.outcome_latent)}  # fmt: skip
    for k, s in enumerate(record.scores.values()):
        arrays |= {f"{name}_{k}": _half(getattr(s, name)) for name in _CELLS}
        arrays[f"energy_{k}"] = s.energy
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    return path


def shipped_record(
    series: Series, methods: tuple[str, ...], options: BacktestOptions, population: int,
    path: Path | None = None,
) -> Backtest | None:  # fmt: skip
    """The record of these data, methods and options, if it came with the package.

    Parameters
    ----------
    series, methods, options, population
        As in `quadrille.foresight.backtest.backtest_of`, methods by name.
    path : path, optional
    """
    found = path or record_path()
    if not found.is_file():
        return None
    with np.load(found) as held:
        about = json.loads(held["about"].tobytes())
        if about["digest"] != digest_of(series, methods, options):
            return None
        whole = {k: held[k].astype(float) for k in held.files if k != "about"}
    scores = {}
    for k, method in enumerate(methods):
        cells = {name: whole[f"{name}_{k}"] for name in _CELLS}
        joint, seconds = about["methods"][method]
        scores[method] = Scores(**cells, energy=whole[f"energy_{k}"], joint=joint, seconds=seconds)
    first, last = map(date.fromisoformat, about["targets"])
    return Backtest(
        series, options, tuple(map(date.fromisoformat, about["origins"])), (first, last), whole["outcome_warm"],
        whole["outcome_latent"], scores, population, f"{about['run']} by quadrille {about['version']}",
    )  # fmt: skip
