"""Every case of a constellation among the triads of a measurement; `quadrille.foresight.analogues` says which."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.coincidences import coincidences
from quadrille.measure.dealings import existing
from quadrille.measure.result import Measurement
from quadrille.panel.build import Panel
from quadrille.panel.levels import paths_of
from quadrille.panel.units import INDEX
from quadrille.sources.layers.layer import Layer
from quadrille.states.powers import major_powers

__all__ = [
    "FEATURES",
    "AnalogueRules",
    "Cases",
    "Levels",
    "Moved",
    "Outcomes",
    "TiePaths",
    "close",
    "described",
    "features",
    "filled_in",
    "index_paths",
    "judged",
    "levels_of",
    "measured_paths",
    "moved",
    "moves",
    "search",
    "table",
]

Index = NDArray[np.int64]
_DEFAULTS = {"M": (6, 6, 12), "Q": (2, 2, 4), "Y": (2, 1, 2)}
FEATURES = ("ab_before", "ab_thaw", "ac_before", "ac_fray", "b_rival")


@dataclass(frozen=True, slots=True)
class AnalogueRules:
    """What counts as a case; lengths in periods, None: as usual for the frequency.

    Attributes
    ----------
    window, gap, horizon : int or None
        By months 6, 6 and 12; by quarters 2, 2 and 4; by years 2, 1 and 2.
    size : float
        Least move, in units.
    seen : float
        A dyad is usable if it was observed in at least this share of the periods.
    nearest : int
        How many of the nearest cases with a major power make a class of their own, and are named.
    reports : int
        Of counted events, the fewest that A–B and A–C must each have had for a case to be named.
    seed : int
        Of the bootstrap.
    """

    window: int | None = None
    gap: int | None = None
    horizon: int | None = None
    size: float = 1.0
    seen: float = 0.5
    nearest: int = 20
    reports: int = 1000
    seed: int = 1


def filled_in(rules: AnalogueRules, frequency: str, length: int) -> AnalogueRules:
    """Rules with nothing left open.

    Raises
    ------
    OptionError
        A rule outside its range, or data too fine.
    NoDataError
        Too few periods.
    """
    if frequency not in _DEFAULTS:
        raise OptionError(f"data by {frequency} are too fine for analogues; use M, Q or Y")
    names = ("window", "gap", "horizon")
    usual = dict(zip(names, _DEFAULTS[frequency], strict=True))
    full = replace(
        rules, **{k: usual[k] if getattr(rules, k) is None else getattr(rules, k) for k in names}
    )
    for name, least in (("window", 1), ("gap", 0), ("horizon", 0), ("nearest", 1), ("reports", 0)):
        if getattr(full, name) < least:
            raise OptionError(f"{name} is {getattr(full, name)}; it must be at least {least}")
    if not full.size > 0 or not 0 <= full.seen <= 1:
        raise OptionError("size is above 0, and seen a share between 0 and 1")
    needed = 2 * int(full.window or 0) + int(full.horizon or 0) + 1
    if length < needed:
        raise NoDataError(
            f"{length} periods are too few: a case takes at least {needed} (window twice and horizon); "
            "use a shorter window or horizon"
        )
    return full


class TiePaths(NamedTuple):
    """What cases are looked for in: levels ``(dyad, time)``, NaN while one of the two does not exist.

    ``seen (dyad,)``: share of the periods in which it was observed; ``events (dyad,)``, NaN where they are not
    counted.
    """

    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    level: Array
    seen: Array
    events: Array
    neutral: float
    facet: str
    frequency: str
    origin: str
    scale: str


def measured_paths(m: Measurement) -> TiePaths:
    """What a measurement tells."""
    panel, events = m.observations.panel, np.nansum(m.n, axis=1)
    counted = panel.kind == "counts" and bool(events.any())
    return TiePaths(
        m.dyads, tuple(m.periods), np.where(existing(m), m.mean, np.nan), np.mean(~np.isnan(m.y), axis=1),
        events if counted else np.full(events.shape, np.nan), m.neutral, m.observations.facet, m.frequency,
        m.origin, m.unit.name,
    )  # fmt: skip


def index_paths(panel: Panel) -> TiePaths:
    """What an index tells, without the observations that stand for its levels."""
    found = paths_of(panel, "cordiality")
    seen = np.mean(~np.isnan(found.mean), axis=1)
    return TiePaths(
        found.dyads, found.periods, found.mean, seen, np.full(seen.shape, np.nan), 0.0, "cordiality",
        panel.frequency, panel.origin, INDEX.name,
    )  # fmt: skip


class Levels(NamedTuple):
    """Levels by dyad ``(dyad, time)``, NaN while one of the two does not exist, and place of each dyad ``(state, state)``, -1 where none usable.

    ``rivals (state, state, time)``; ``great (state, time)``: a major power in that year; ``events (dyad,)``, NaN
    where they are not counted.
    """

    states: tuple[str, ...]
    level: Array
    place: Index
    rivals: NDArray[np.bool_]
    great: NDArray[np.bool_]
    events: Array
    neutral: float


class Cases(NamedTuple):
    """One entry a case, by ``a``: states, and periods (``mended`` -1 where it did not)."""

    a: Index
    b: Index
    c: Index
    thawed: Index
    mended: Index

    def take(self, keep: NDArray[Any]) -> Cases:
        """Those to be kept."""
        return Cases(*(part[keep] for part in self))


def _rivals_measured(level: Array, place: Index, enough: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``(state, state, time)``: the partner whose tie with a state was coldest on average so far, and still is there.

    Of a state's ties with ``enough`` reports, where it has any: a tie of a few is cold by one story.
    """
    n, time = len(place), level.shape[1]
    there = np.isfinite(level)
    so_far = np.cumsum(np.where(there, level, 0.0), axis=1) / np.maximum(there.cumsum(axis=1), 1)
    so_far[~there] = np.inf
    found = np.zeros((n, n, time), dtype=bool)
    for a in range(n):
        mine = np.flatnonzero(place[a] >= 0)
        known = enough[place[a, mine]]
        mine = mine[known] if known.any() else mine
        if mine.size:
            own = so_far[place[a, mine]]
            found[a, mine[own.argmin(axis=0)], np.arange(time)] = np.isfinite(own).any(axis=0)
    return found


def _rivals_listed(layer: Layer, states: tuple[str, ...], years: list[int]) -> NDArray[np.bool_]:
    """The same from a list of rivalries; it counts on past its last year."""
    index = {s: k for k, s in enumerate(states)}
    last = int(layer.data["year"].max())  # type: ignore[arg-type]
    found = np.zeros((len(states), len(states), len(years)), dtype=bool)
    when = np.minimum(years, last)
    for first, second, year in layer.data.select("state_a", "state_b", "year").iter_rows():
        if first in index and second in index:
            i, j = index[first], index[second]
            found[i, j] |= when == year
            found[j, i] |= when == year
    return found


def levels_of(m: TiePaths, rules: AnalogueRules, rivalries: Layer | None) -> Levels:
    """Usable dyads of the data, and who is whose rival."""
    usable = m.seen >= rules.seen
    states = tuple(np.unique(m.dyads[usable]).tolist())
    i, j = (np.searchsorted(states, m.dyads[usable, k]) for k in (0, 1))
    place = np.full((len(states), len(states)), -1)
    place[i, j] = place[j, i] = np.arange(usable.sum())
    level = m.level[usable]
    if rivalries is None:
        enough = ~(m.events[usable] < rules.reports)
        rivals = _rivals_measured(level, place, enough)
    else:
        rivals = _rivals_listed(rivalries, states, [p.year for p in m.periods])
    powers = [major_powers(p.year) for p in m.periods]
    great = np.array([[s in held for held in powers] for s in states])
    return Levels(states, level, place, rivals, great, m.events[usable], m.neutral)


def moves(level: Array, window: int) -> Array:
    """Change over the window that ends in each period; NaN where it begins before the data."""
    change = np.full(level.shape, np.nan)
    change[:, window:] = level[:, window:] - level[:, :-window]
    return change


def _first_rise(rise: NDArray[np.bool_], window: int, gap: int) -> Index:
    """First period of a rise in [u + window, u + window + gap], ``(dyad, time)``; -1 where none."""
    time = rise.shape[1]
    ahead = np.where(rise, np.arange(time), 2 * time)
    ahead = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1]
    found = np.full(rise.shape, -1)
    within = ahead[:, window:] <= np.arange(time - window) + window + gap
    found[:, : time - window] = np.where(within, ahead[:, window:], -1)
    return found


def rival_level(w: Levels, f: Cases) -> Array:
    """B's warmest tie with a rival of A other than C when A–B thawed; NaN where there is none."""
    value = np.full(len(f.a), -np.inf)
    edges = np.searchsorted(f.a, np.arange(len(w.states) + 1))
    for a, (first, last) in enumerate(pairwise(edges)):
        part = slice(first, last)
        b, c, u = f.b[part], f.c[part], f.thawed[part]
        for foe in np.flatnonzero(w.rivals[a].any(axis=1)) if last > first else ():
            at = w.place[b, foe]
            there = w.rivals[a, foe, u] & (c != foe) & (at >= 0)
            value[part] = np.fmax(value[part], np.where(there, w.level[at, u], -np.inf))
    return np.where(np.isfinite(value), value, np.nan)


def features(w: Levels, f: Cases, window: int) -> Array:
    """What tells cases apart, see `FEATURES`: ``(case, 5)``."""
    ab, ac, then = w.place[f.a, f.b], w.place[f.a, f.c], f.thawed - window
    before = w.level[ab, then], w.level[ac, then]
    gained = w.level[ab, f.thawed] - before[0], w.level[ac, f.thawed] - before[1]
    return np.stack([before[0], gained[0], before[1], gained[1], rival_level(w, f)], axis=1)


class Moved(NamedTuple):
    """Whether each tie rises and falls ``(dyad, time)``, and when it mends after a fall (-1: not)."""

    rise: NDArray[np.bool_]
    fall: NDArray[np.bool_]
    mends: Index


def moved(w: Levels, window: int, gap: int, least: float) -> Moved:
    """Rises and falls of at least so much over a window."""
    change = moves(w.level, window)
    with np.errstate(invalid="ignore"):
        rise, fall = change >= least, change <= -least
    return Moved(rise, fall, _first_rise(rise, window, gap))


def search(w: Levels, m: Moved, mended: bool = False) -> Cases:
    """Every case of the world, or those that mended."""
    found = coincidences(w.place, m.rise, m.fall, m.mends >= 0 if mended else m.fall)
    mends = m.mends[w.place[found.state, found.falls], found.period]
    return Cases(*found, mends)


def described(
    w: Levels, m: Moved, states: tuple[int, int, int], rules: AnalogueRules
) -> tuple[int, bool]:
    """The period at which the question's own triad is described, and whether it is a case there.

    Its latest case, if that is recent enough not to be past judging; else the last period in which it existed.
    """
    a, b, c = states
    ab, ac = w.place[a, b], w.place[a, c]
    both = m.rise[ab] & m.fall[ac]
    both[1:] &= ~both[:-1].copy()
    last = int(np.flatnonzero(np.isfinite(w.level[ab] + w.level[ac])).max(initial=0))
    recent = last - int(rules.window or 0) - int(rules.gap or 0) - int(rules.horizon or 0)
    own = np.flatnonzero(both)
    return (int(own[-1]), True) if own.size and own[-1] >= recent else (last, False)


class Outcomes(NamedTuple):
    """Cases that can be judged, and what came of each; ``in_full`` is False where C did not mend."""

    cases: Cases
    at: Index
    great: NDArray[np.bool_]
    warm_after: NDArray[np.bool_]
    in_full: NDArray[np.bool_]
    warmer: NDArray[np.bool_]
    warm: NDArray[np.bool_]


def judged(w: Levels, found: Cases, rules: AnalogueRules) -> Outcomes:
    """The cases that the data do not end too early to judge, nor one of the states."""
    window, gap, horizon = int(rules.window or 0), int(rules.gap or 0), int(rules.horizon or 0)
    mended = found.mended >= 0
    known = np.where(mended, found.mended, found.thawed + window + gap)  # that it did, or did not
    ab, ac, last = w.place[found.a, found.b], w.place[found.a, found.c], w.level.shape[1] - 1
    at = known + horizon
    keep = (at <= last) & np.isfinite(w.level[ab, np.minimum(at, last)])
    keep &= np.isfinite(w.level[ac, np.minimum(known, last)])
    f, at, ab, ac = found.take(keep), at[keep], ab[keep], ac[keep]
    end, then = w.level[ab, at], f.thawed - window
    return Outcomes(
        f, at, w.great[f.c, f.thawed], w.level[ab, f.thawed] > w.neutral,
        (f.mended >= 0) & (w.level[ac, f.mended] >= w.level[ac, then]), end > w.level[ab, then], end > w.neutral,
    )  # fmt: skip


def close(w: Levels, f: Cases) -> NDArray[np.bool_]:
    """Whether B's tie with a rival of A was warm when A–B thawed."""
    with np.errstate(invalid="ignore"):
        return np.asarray(rival_level(w, f) > w.neutral)


def table(
    w: Levels, found: Outcomes, rules: AnalogueRules, periods: tuple[date, ...], near: Array
) -> pl.DataFrame:
    """Cases that can be judged, the nearest to ``near`` first."""
    f, window = found.cases, int(rules.window or 0)
    ab, ac = w.place[f.a, f.b], w.place[f.a, f.c]
    # Taken by number: strings of a million cases made one by one take a second.
    names = pl.Series(w.states, dtype=pl.String)
    days = np.array(periods, dtype="datetime64[D]")
    own = features(w, f, window)
    gaps = (own - near) / np.where(len(f.a) > 1, _spread(own), 1.0)
    known = ~np.isnan(gaps)
    distance = np.sqrt(np.where(known, gaps**2, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    made = pl.DataFrame(
        {
            "a": names.gather(f.a), "b": names.gather(f.b), "c": names.gather(f.c),
            "before": days[f.thawed - window], "thawed": days[f.thawed],
            "mended": days[np.maximum(f.mended, 0)], "judged": days[found.at],
            **dict(zip(FEATURES, own.T, strict=True)),
            "great": found.great, "reports": np.fmin(w.events[ab], w.events[ac]), "in_full": found.in_full,
            "warm_after": found.warm_after, "close": own[:, 4] > w.neutral,
            "warmer": found.warmer, "warm": found.warm, "distance": distance, "_mended": f.mended >= 0,
        }
    )  # fmt: skip
    done = pl.col("_mended")
    made = made.with_columns(
        mended=pl.when(done).then("mended"), in_full=pl.when(done).then("in_full"),
        b_rival=pl.col("b_rival").fill_nan(None), reports=pl.col("reports").fill_nan(None),
    ).drop("_mended")  # fmt: skip
    return made.sort("distance", "a", "b", "c", "thawed")


def _spread(features: Array) -> Array:
    """Standard deviation of each feature over cases; 1 where it does not vary or is not known."""
    known = ~np.isnan(features)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, features, 0.0)
    mean = filled.sum(axis=0) / count
    sd = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / count)
    return np.asarray(np.where(sd > 0, sd, 1.0))
