r"""A design where history offers one: changes of leader in C as dated shocks to A-C.

At a change of leader C may turn warmer or colder to the world. How far it did is measured without A and without B: the *turn* of event e is the mean change
of C's ties with all other states, less that of all ties of the world. A-C takes part in the turn (the first stage), for a reason that is not
A's; does A-B move with it? Windows are stacked (`quadrille.kernels.stacked`), each against controls of its own: A's other ties with states that did not
change their leader in the window, as far as that is known. Differences to the year before take out each dyad's mean, controls take
out the period and what A did to everyone. What a dyad does is in standard deviations of its own yearly changes.

An event's year is the first in which the new leader held office for most of the days. Windows do not overlap after the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from quadrille.coupling.pooled import cube_of, lifetime
from quadrille.kernels.arrays import Array
from quadrille.kernels.pseudo import bridge
from quadrille.kernels.stacked import line, ratio_band, robustness
from quadrille.panel.build import Panel
from quadrille.panel.levels import Paths, paths_of
from quadrille.sources.layers.layer import Layer
from quadrille.states.leaders import leading
from quadrille.verdicts import EVENTS, FIRST_STAGE, PRE_TREND, REGION, Verdict, verdict_of

__all__ = ["STEPS", "Turnover", "changes_by_state", "turnover_of", "whole_paths"]

# Years about the change: -4 to 2; the year before it is the base, the change is the mean of 0 to 2.
STEPS = np.arange(-4, 3)
_AFTER, _BEFORE = 3, 4
_FEWEST_CONTROLS = 5
_FEWEST_OTHERS = 10
_LEVEL = 0.9
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Turnover:
    """What A-B did when leaders of C changed. Effects are in sd of A-B's yearly changes for one of A-C's.

    Attributes
    ----------
    a, b, on : str
        ISO3; leaders changed in ``on``, C.
    origin, dates : str
        The data, and where dates of changes are from.
    years : tuple of int
        Of the events.
    turns : tuple of float
        How far C turned at each, in their standard deviations.
    first, moved : ndarray, shape (3, 7)
        5%, estimate, 95% of what A-C and A-B did by year from -4 to 2, for a turn of 1; year -1 is zero.
    first_stage : float
        Robust F of A-C's change on the turn.
    reduced : tuple of float
        A-B's change on the turn, and its standard error.
    before : tuple of float
        p-values of the slopes of A-C and of A-B over years -4 to -2.
    effect : tuple of float
        Lower end, estimate and upper end of the 90% band (Anderson-Rubin) of what A-C does to A-B.
    robust, robust_band : float
        Robustness value of the reduced form, and that at which its band would reach zero (Cinelli & Hazlett 2020).
    missing : str
        Why there is no number; else empty.
    """

    a: str
    b: str
    on: str
    origin: str
    dates: str
    years: tuple[int, ...]
    turns: tuple[float, ...]
    first: Array
    moved: Array
    first_stage: float
    reduced: tuple[float, float]
    before: tuple[float, float]
    effect: tuple[float, float, float]
    robust: float
    robust_band: float
    missing: str = ""

    @property
    def failures(self) -> tuple[str, ...]:
        """Why the design does not hold, in words; empty: it holds."""
        if self.missing:
            return (self.missing,)
        found = []
        if len(self.years) < EVENTS:
            found.append(f"{len(self.years)} changes, and at least {EVENTS} are needed")
        if not self.first_stage >= FIRST_STAGE:
            found.append(
                f"a weak first stage (F = {self.first_stage:.1f}, below {FIRST_STAGE:.0f})"
            )
        for which, p in zip(("the pull", "the tie itself"), self.before, strict=True):
            if p < PRE_TREND:
                found.append(
                    f"{which} moved before the change (p = {p:.2f}, below {PRE_TREND:.2f})"
                )
        return tuple(found)

    @property
    def verdict(self) -> Verdict:
        """Of the effect; a design that fails decides nothing."""
        lo, _, hi = self.effect
        return verdict_of(lo, hi, REGION, not self.failures)


def changes_by_state(layers: Mapping[str, Layer]) -> tuple[dict[str, tuple[int, ...]], str]:
    """Years in which a new leader first held office for most of the days, by state, and where they are from.

    Of a layer with the role ``leaders``, such as Archigos or REIGN; what it lacks is taken from the package's own record of five states.
    """
    found = {state: leading(state) for state in ("CHN", "IND", "PAK", "RUS", "USA")}
    layer = next((x for x in layers.values() if x.role == "leaders"), None)
    if layer is None:
        return found, "the package's own record of leaders"
    months = (
        layer.data.filter(pl.col("leader").is_not_null())
        .group_by("state", "year", "leader").len().sort("state", "year", "len", "leader", descending=[False, False, True, False])
        .group_by("state", "year", maintain_order=True).first()
        .with_columns(changed=(pl.col("leader") != pl.col("leader").shift().over("state")).fill_null(False))
        .filter("changed").group_by("state").agg("year")
    )  # fmt: skip
    theirs = {state: tuple(sorted(int(y) for y in years)) for state, years in months.iter_rows()}
    return found | theirs, layer.name


def _spaced(years: tuple[int, ...], first: int, last: int) -> list[int]:
    """Events with a whole window after them, and none within it."""
    kept: list[int] = []
    for year in years:
        inside = first + 1 <= year <= last - _AFTER + 1
        if inside and (not kept or year - kept[-1] >= _AFTER):
            kept.append(year)
    return kept


def _path(rows: Array, at: int) -> Array:
    """Levels from -4 to 2 about an event, less that of the year before; NaN outside."""
    out = np.full((len(rows), STEPS.size), np.nan)
    for k, step in enumerate(STEPS):
        if 0 <= at + step < rows.shape[1]:
            out[:, k] = rows[:, at + step] - rows[:, at - 1]
    return out


def _after(path: Array) -> Array:
    return np.asarray(path[:, _BEFORE:].mean(axis=1))


def _control(path: Array, own: Array) -> Array:
    """Mean of the controls by year; those that a window lacks at its far end are left out there."""
    kept = own & np.isfinite(_after(path))
    with np.errstate(invalid="ignore"):
        seen = np.isfinite(path[kept])
        mean = np.where(seen, path[kept], 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.where(seen.sum(axis=0) >= _FEWEST_CONTROLS, mean, np.nan)


def whole_paths(panel: Panel) -> Paths:
    """Levels of all ties of an index, gaps filled by what an AR(1) expects."""
    paths = paths_of(panel, "cordiality")
    centre, persistence, _ = panel.dynamics["cordiality"]
    filled = bridge(paths.mean - centre, persistence) + centre
    known = np.where(np.isnan(paths.mean), filled, paths.mean)
    return paths._replace(mean=np.where(lifetime(paths.mean), known, np.nan))


def turnover_of(paths: Paths, origin: str, a: str, b: str, on: str, layers: Mapping[str, Layer]) -> Turnover:  # fmt: skip
    """What A-B did when leaders of C changed.

    Parameters
    ----------
    paths : Paths
        Levels by year of every tie of the world.
    origin : str
        Whose they are.
    a, b, on : str
        ISO3; what is missing is said in ``missing``.
    layers : mapping of str to Layer
    """
    changes, dates = changes_by_state(layers)
    states, years = np.unique(paths.dyads).tolist(), [p.year for p in paths.periods]
    if on not in changes:
        return _nothing(a, b, on, origin, dates, f"{dates} has no leaders of {on}; Archigos or REIGN in the lake would")  # fmt: skip
    absent = [s for s in (a, b, on) if s not in states]
    if absent:
        return _nothing(a, b, on, origin, dates, f"the {origin} holds no {' and no '.join(absent)}")
    cube = cube_of(paths.dyads, paths.mean)
    steps = np.diff(cube, axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        many = np.isfinite(steps).sum(axis=2)
        size = np.sqrt(np.nansum(steps * steps, axis=2) / np.where(many > 1, many, np.nan))
        scaled = cube / np.where(size > 0, size, np.nan)[..., None]
    i, j, k = (states.index(s) for s in (a, b, on))
    kept, rows, turns = [], [], []
    for year in _spaced(changes[on], years[0], years[-1]):
        at = year - years[0]
        window = range(year - 1, year + _AFTER)
        quiet = np.array([not any(y in window for y in changes.get(s, ())) for s in states])
        quiet[[i, j, k]] = False
        mine, theirs = _path(scaled[i], at), _path(scaled[k], at)
        others = np.isfinite(_after(theirs))
        others[[i, j]] = False
        everyone = scaled[:, :, at : at + _AFTER].mean(axis=2) - scaled[:, :, at - 1]
        path = mine[[k, j]] - _control(mine, quiet)
        if others.sum() < _FEWEST_OTHERS or not np.isfinite(_after(path)).all():
            continue
        kept.append(year)
        rows.append(path)
        turns.append(float(_after(theirs)[others].mean() - np.nanmean(everyone)))
    if len(kept) < _FEWEST:
        return _nothing(a, b, on, origin, dates, f"{len(kept)} {'change of leader has' if len(kept) == 1 else 'changes of leader have'} a whole window of {a}-{b} and {a}-{on}, and at least {_FEWEST} are needed")  # fmt: skip
    return _fitted(a, b, on, origin, dates, kept, np.array(turns), np.stack(rows))


def _slopes(path: Array, turns: Array) -> Array:
    """Slope on the turn by year with its 90% band, over the events whose windows reach so far; path (E, years)."""
    out = np.full((3, STEPS.size), np.nan)
    for k in range(STEPS.size):
        seen = np.isfinite(path[:, k])
        if STEPS[k] == -1:
            out[:, k] = 0.0
        elif seen.sum() >= 4:
            got = line(path[seen, k], turns[seen])
            out[[0, 2], k] = got.band(_LEVEL)
            out[1, k] = got.value
    return out


def _early(path: Array, turns: Array) -> float:
    """p-value of the slope of what came before."""
    before = path[:, : _BEFORE - 1].mean(axis=1)
    seen = np.isfinite(before)
    return line(before[seen], turns[seen]).p


def _fitted(a: str, b: str, on: str, origin: str, dates: str, kept: list[int], turns: Array, paths: Array) -> Turnover:  # fmt: skip
    turns = (turns - turns.mean()) / turns.std(ddof=1)
    first, moved = paths[:, 0], paths[:, 1]
    z, y = _after(first), _after(moved)
    early = [_early(path, turns) for path in (first, moved)]
    reduced = line(y, turns)
    return Turnover(
        a, b, on, origin, dates, tuple(kept), tuple(float(t) for t in turns), _slopes(first, turns), _slopes(moved, turns),
        line(z, turns).f, (reduced.value, reduced.se), (early[0], early[1]), ratio_band(y, z, turns, _LEVEL),
        robustness(reduced.t, reduced.df), robustness(reduced.t, reduced.df, _LEVEL),
    )  # fmt: skip


def _nothing(a: str, b: str, on: str, origin: str, dates: str, why: str) -> Turnover:
    nan = float("nan")
    none = np.full((3, STEPS.size), nan)
    return Turnover(a, b, on, origin, dates, (), (), none, none, nan, (nan, nan), (nan, nan), (nan, nan, nan), nan, nan, why)  # fmt: skip
