"""The fit of all triads as a file of at most 2 MB, so that a question need not fit the world again.

It holds estimates only: moves of ties with moods out, in steps of a twentieth of a standard deviation, what ties and states
are by block of time, and the fit. Effects of triads are made from it when they are asked for.
"""

from __future__ import annotations

import json
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from quadrille.coupling.pooled import Mean, Pooled, TieWorld
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.kernels.triad_moves import Moves

__all__ = ["pooled_path", "read_pooled", "shipped_pooled", "write_pooled"]

_STEPS = 20
_BY_STATE = ("power",)
_FLAGS = ("rival", "allied", "border")
_FITTED = ("coef", "cov", "scale")


def pooled_path() -> Path:
    """Where the fit lies: ``QUADRILLE_PIVOTS``, else the one that came with the package."""
    own = os.environ.get("QUADRILLE_PIVOTS")
    return Path(own) if own else Path(__file__).parent / "data" / "pivots.npz"


def _whole(values: Any, steps: float, kind: Any) -> Any:
    """Numbers in steps, the lowest of the kind where there is none."""
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    held = np.clip(np.rint(np.nan_to_num(values) * steps), least + 1, most)
    return np.where(np.isfinite(values), held, least).astype(kind)


def _numbers(held: Any, steps: float) -> Any:
    return np.where(held == np.iinfo(held.dtype).min, np.nan, held / np.float32(steps)).astype(
        np.float32
    )


def write_pooled(pooled: Pooled, path: str | Path) -> Path:
    """Write a fit.

    Parameters
    ----------
    pooled : Pooled
        With moods out.
    path : path
        Ends in ``.npz``.

    Raises
    ------
    OptionError
        The path is of another kind.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise OptionError(f"{path}: pooled pivots are written to .npz; give such a path")
    world, m = pooled.world, pooled.world.moves
    i, j = np.nonzero(np.triu(m.seen.any(axis=2), 1))
    e = np.where(m.seen[i, j], m.e[i, j], np.nan)
    arrays = {
        "i": i.astype(np.int16), "j": j.astype(np.int16), "e": _whole(e, _STEPS, np.int8),
        "group": m.group[i, j].astype(np.int8), "size": m.size[i, j].astype(np.float16),
        "spill": m.spill, "left": m.left, "lags": m.lags, "blocks": world.blocks, "late": world.late,
        "spread": pooled.spread, "top": pooled.top,
    }  # fmt: skip
    for name, values in world.about.items():
        part = (
            values[:, 0] if name in _BY_STATE else values[:, *np.triu_indices(len(world.states), 1)]
        )
        if name in _BY_STATE:
            part = part.copy()
            part[:, 0] = values[:, 1, 0]
        arrays[f"about_{name}"] = _whole(part, 100 if name in _FLAGS else 64, np.int8 if name in _FLAGS else np.int16)  # fmt: skip
    for k, kind in enumerate(("whole", "later")):
        arrays |= {f"{kind}_{name}": getattr(pooled, name)[k] for name in _FITTED}
    arrays |= {"later_gram": pooled.gram, "later_weight": pooled.weight}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path, about=np.frombuffer(json.dumps(_said(pooled)).encode(), np.uint8), **arrays
    )
    return path


def _said(pooled: Pooled) -> dict[str, Any]:
    world = pooled.world
    return {
        "states": world.states, "years": world.years, "frequency": world.frequency, "origin": world.origin,
        "window": world.window, "moods": world.moves.moods, "terms": pooled.terms, "tau2": pooled.tau2,
        "mean": pooled.mean, "classes": pooled.classes, "placebo": pooled.placebo, "triads": pooled.triads,
    }  # fmt: skip


def read_pooled(path: str | Path | None = None) -> Pooled:
    """Read a fit.

    Raises
    ------
    NoDataError
        No file is there.
    FileFormatError
        It is no fit of triads.
    """
    found = pooled_path() if path is None else Path(path)
    if not found.is_file():
        raise NoDataError(
            f"{found}: no pooled pivots are there; build them: quadrille index pivots"
        )
    try:
        with np.load(found) as held:
            return _made({k: held[k] for k in held.files})
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        raise FileFormatError(
            f"{found}: it holds no pooled pivots, or those of an older version; build them: quadrille index pivots"
        ) from None


@cache
def shipped_pooled() -> Pooled:
    """The fit at `pooled_path`, read once."""
    return read_pooled()


def _made(held: dict[str, Any]) -> Pooled:
    said = json.loads(bytes(held["about"]).decode())
    states = tuple(said["states"])
    n, i, j = len(states), held["i"], held["j"]
    e = _numbers(held["e"], _STEPS)
    cube, seen = np.zeros((n, n, e.shape[1])), np.zeros((n, n, e.shape[1]), bool)
    cube[i, j] = cube[j, i] = np.nan_to_num(e)
    seen[i, j] = seen[j, i] = np.isfinite(e)
    group, size = np.zeros((n, n), np.int64), np.full((n, n), np.nan)
    group[i, j] = group[j, i] = held["group"]
    size[i, j] = size[j, i] = held["size"]
    moves = Moves(cube, seen, group, size, held["spill"], held["left"], held["lags"], said["moods"])
    about = {k.removeprefix("about_"): v for k, v in held.items() if k.startswith("about_")}
    world = TieWorld(
        states, tuple(said["years"]), said["frequency"], said["origin"], said["window"], moves, held["blocks"],
        {k: _spread_out(k, v, n) for k, v in about.items()}, held["late"],
    )  # fmt: skip
    coef, cov, scale = ((held[f"whole_{k}"], held[f"later_{k}"]) for k in _FITTED)
    classes = {k: (Mean(*v[0]), Mean(*v[1])) for k, v in said["classes"].items()}
    return Pooled(
        world, tuple(said["terms"]), coef, cov, scale, held["later_gram"], held["later_weight"], tuple(said["tau2"]),
        (Mean(*said["mean"][0]), Mean(*said["mean"][1])), classes, tuple(Mean(*x) for x in said["placebo"]),
        held["spread"], held["top"], said["triads"],
    )  # fmt: skip


def _spread_out(name: str, held: Any, n: int) -> Any:
    """Numbers of dyads, or of the second state of a dyad, as (blocks, n, n)."""
    values = _numbers(held, 100 if name in _FLAGS else 64)
    if name in _BY_STATE:
        return np.repeat(values[:, None, :], n, axis=1)
    out = np.full((len(values), n, n), np.nan, np.float32)
    i, j = np.triu_indices(n, 1)
    out[:, i, j] = out[:, j, i] = values
    return out
